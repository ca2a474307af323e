import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import * as Waiting from "../../src/calculators/Waiting.ts"

const screen = (isLive: boolean) => {
  const written: Array<string> = []
  return { written, isLive, columns: () => 80, write: (text: string) => void written.push(text) }
}

const wait = (isLive: boolean, millis: number) =>
  Effect.gen(function* () {
    const it = screen(isLive)
    let done = 0
    const answer = Effect.as(Effect.sleep(millis), "answer")
    const fiber = yield* Effect.forkChild(Waiting.during(answer, () => ({ done: ++done, of: 5 }), it))
    yield* TestClock.adjust(millis)
    assert.strictEqual(yield* Fiber.join(fiber), "answer")
    return it.written
  })

describe("Waiting", () => {
  it.effect("says nothing of what is quick", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* wait(false, 2_900), [])
      assert.deepStrictEqual((yield* wait(true, 900)).join("").replaceAll("\r\u001b[K", ""), "")
    })
  )

  it.effect("redraws a terminal's line every second and wipes it away", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* wait(true, 2_500), [
        "\r\u001b[Kanswered 1 of 5 inputs, 1 s",
        "\r\u001b[Kanswered 2 of 5 inputs, 2 s",
        "\r\u001b[K"
      ])
    })
  )

  it.effect("writes a line after three seconds and then every ten elsewhere", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* wait(false, 15_000), [
        "answered 1 of 5 inputs, 3 s\n",
        "answered 2 of 5 inputs, 13 s\n"
      ])
    })
  )

  it("does not know how far one input has come", () => {
    assert.strictEqual(Waiting.lineOf({ done: 0, of: 0 }, 61_000), "calculating, 1 min 01 s")
  })
})
