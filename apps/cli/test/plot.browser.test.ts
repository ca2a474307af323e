/** The pictures in a real browser: nothing is asked for, nothing lies on each other, in light and in dark. */
import * as Browser from "@apps/demo/testing/browser"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readFileSync } from "node:fs"
import * as Calculation from "../src/calculators/Calculation.ts"
import { examples } from "./calculators/examples.ts"

const drawn = Object.entries(examples).filter(([, { noun }]) => ["auction", "market", "book"].includes(noun))

const drawings = Effect.forEach(drawn, ([name, { noun }]) => {
  const bytes = readFileSync(new URL(`../examples/${name}.json`, import.meta.url))
  return Effect.map(
    Calculation.run({ _tag: "Solve", noun, bytes, wantsReceipt: false, wantsPlot: true }, () => undefined),
    (reply) => ({ name, svg: reply._tag === "Answered" ? (reply.plot ?? "") : reply.message })
  )
})

describe("pictures in Chromium", () => {
  it.live(
    "are whole and readable, ask for nothing, and follow the theme",
    () =>
      Effect.gen(function* () {
        for (const [colorScheme, background] of [
          ["light", "rgb(255, 255, 255)"],
          ["dark", "rgb(23, 30, 41)"]
        ] as const) {
          const { complaints, page, requests } = yield* Browser.open({ colorScheme })
          for (const { name, svg } of yield* drawings) {
            yield* Effect.promise(() => page.setContent(svg))
            assert.deepStrictEqual(yield* Effect.promise(() => page.evaluate(Browser.misplaced("svg"))), [], name)
            assert.strictEqual(yield* Effect.promise(() => page.evaluate(Browser.background)), background, name)
          }
          assert.deepStrictEqual([...complaints, ...requests], [])
        }
      }),
    120_000
  )
})
