import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Schema } from "effect"
import { campaign, law } from "../../src/testing/law.ts"
import { broken } from "../../src/testing/law/broken.ts"

const numbers = Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1000 })))
const place = { name: "it's (a) law", project: "@foundation/core", file: "test/some.test.ts" }

/** Four ways to say that 10 and more are wrong. */
const ways: ReadonlyArray<readonly [string, (value: number) => boolean | Effect.Effect<boolean, unknown>]> = [
  ["answers false", (value) => value < 10],
  [
    "throws",
    (value) => {
      assert.isBelow(value, 10)
      return true
    }
  ],
  ["fails", (value) => (value < 10 ? Effect.succeed(true) : Effect.fail("too large"))],
  ["dies", (value) => (value < 10 ? Effect.succeed(true) : Effect.die("too large"))]
]

describe("law", () => {
  law("holds", campaign(100, 1_000), numbers, (value) => value >= 0)

  for (const [name, holds] of ways) {
    it.effect(`that ${name} is shrunk, and says how it is replayed`, () =>
      Effect.gen(function* () {
        const problem = (yield* broken(place, 1_000, numbers, holds, {})) ?? "held"
        assert.include(problem, "Shrunk input: 10\n")
        const command = /Replay with: REPLAY='([^']+)' (.*)$/.exec(problem)
        assert.strictEqual(
          command?.[2],
          "npx vitest run --project @foundation/core test/some.test.ts -t 'it.s .a. law'"
        )
        const replay = command?.[1]
        assert.include((yield* broken(place, 1, numbers, holds, { replay })) ?? "held", "Shrunk input: 10\n")
        const repaired = yield* broken(place, 1, numbers, () => true, { replay })
        assert.isUndefined(repaired, "what was broken and holds by now")
      })
    )
  }

  it.effect("that finds no values to be tried on does not hold", () =>
    Effect.gen(function* () {
      const none = Arbitrary.schema(Schema.Int.check(Schema.makeFilter(() => false)))
      assert.include((yield* broken(place, 10, none, () => true, {})) ?? "held", "exhausted")
    })
  )

  it.effect("tries the same values under the same seed, others under another and others each time without", () =>
    Effect.gen(function* () {
      const tried = (seed?: number) =>
        Effect.gen(function* () {
          const seen: Array<number> = []
          yield* broken(place, 50, numbers, (value) => seen.push(value) > 0, { seed })
          return seen.join(" ")
        })
      const [first, again, other, fresh, fresher] = yield* Effect.all([tried(1), tried(1), tried(2), tried(), tried()])
      assert.strictEqual(first, again)
      assert.strictEqual(new Set([first, other, fresh, fresher]).size, 4)
    })
  )
})
