/** The pictures in a real browser: nothing is asked for, nothing lies on each other, in light and in dark. */
import * as Browser from "@apps/demo/testing/browser"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readFileSync } from "node:fs"
import * as Calculation from "../src/calculators/Calculation.ts"
import { examples } from "./calculators/examples.ts"

const drawn = Object.entries(examples).filter(([, { noun }]) => ["auction", "market", "book"].includes(noun))

const units = (letter: string, amounts: ReadonlyArray<number>) =>
  amounts.map((amount, index) => ({ id: `${letter}${index}`, amount }))
const bids = [100, 40, 1].map((amount, index) => ({ bidder: `b${index}`, amount }))

/** Where texts have little room: at the right edge, where all is traded, and above the axis, where prices are low. */
const crowded = {
  "all units are traded": { mechanism: "double-k", k: 0.5, buyers: units("b", [9]), sellers: units("s", [1]) },
  "low prices": { mechanism: "double-vcg", buyers: units("b", [100, 3, 1]), sellers: units("s", [2, 4, 90]) },
  "low prices, all traded": { mechanism: "double-vcg", buyers: units("b", [90, 3]), sellers: units("s", [1, 1]) },
  "a low reserve": { mechanism: "second-price", bids, reserve: 2 },
  "a low reserve that is the price": { mechanism: "k-unit-uniform", units: 3, bids, reserve: 2 }
}

const files = drawn.map(([name, { noun }]) => ({
  name,
  noun,
  bytes: readFileSync(new URL(`../examples/${name}.json`, import.meta.url))
}))
const documents = Object.entries(crowded).map(([name, document]) => ({
  name,
  noun: "auction" as const,
  bytes: Buffer.from(JSON.stringify(document))
}))

const drawings = Effect.forEach([...files, ...documents], ({ bytes, name, noun }) =>
  Effect.map(
    Calculation.run({ _tag: "Solve", noun, bytes, wantsReceipt: false, wantsPlot: true }, () => undefined),
    (reply) => ({ name, svg: reply._tag === "Answered" ? (reply.plot ?? "") : reply.message })
  )
)

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
