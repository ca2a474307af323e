import { Tatonnement } from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { campaign, law } from "@foundation/core/testing/law"
import { inputOf, seeded } from "./instances.ts"
import * as reference from "./reference/markets.ts"
import { own, scarf } from "./samples.ts"

const economy = { kind: "leontief", table: scarf, endowments: own(1, 1, 1) } as const

/** How far relative prices are from equal ones. */
const awayOf = ({ prices }: Tatonnement.State): number => {
  const sum = prices.reduce((total, price) => total + price, 0)
  return Math.max(...prices.map((price) => Math.abs(price / sum - 1 / prices.length)))
}

const numbers = (rows: unknown): Array<Array<number>> =>
  Array.isArray(rows) ? rows.map((row) => (Array.isArray(row) ? row.map(Number) : [])) : []

describe("tatonnement", () => {
  it("circles in Scarf's economy: it comes round again and again and no nearer", () => {
    const step = Tatonnement.make(Tatonnement.excessDemand(economy), { rate: 0.002 })
    const path = Tatonnement.path(step, Tatonnement.start([1.2, 1, 0.8]), 60_000, 10)
    const away = awayOf(path[0] ?? Tatonnement.start([]))
    const late = path.slice(-3_000)
    assert.isTrue(late.every((state) => awayOf(state) > 0.5 * away))
    // The dearest good is each one in turn, in the same order, many times.
    const dearest = path.map(({ prices }) => prices.indexOf(Math.max(...prices)))
    const turns = dearest.filter((good, at) => at > 0 && good !== dearest[at - 1])
    assert.isAbove(turns.length, 9)
    const stride = ((turns[1] ?? 0) - (turns[0] ?? 0) + 3) % 3
    assert.isTrue(turns.every((good, at) => at === 0 || (good - (turns[at - 1] ?? 0) + 3) % 3 === stride))
  })

  law("comes to the equilibrium of gross substitutes", campaign(300, 3_000), seeded, (made) => {
    const input = inputOf("exchange", "cobb-douglas", { ...made, style: "any" }, 0)
    const economy = {
      kind: "cobb-douglas",
      table: numbers(input["alpha"]),
      endowments: numbers(input["endowments"])
    } as const
    const step = Tatonnement.make(Tatonnement.excessDemand(economy), {
      rate: 0.2 / made.agents,
      rule: "multiplicative"
    })
    const state = Tatonnement.path(step, Tatonnement.start(Array.from({ length: made.goods }, () => 1)), 4_000).at(-1)
    return (state?.excess ?? [1]).every((excess) => Math.abs(excess) < 1e-3)
  })

  law("excess demand is the textbook's", campaign(1_000, 10_000), seeded, (made) => {
    const kind = (["cobb-douglas", "ces", "leontief", "linear"] as const)[made.seed % 4] ?? "ces"
    const input = inputOf("exchange", kind, { ...made, style: "any" })
    const market = {
      kind,
      table: numbers(
        input[{ linear: "utilities", "cobb-douglas": "alpha", ces: "weights", leontief: "coefficients" }[kind]]
      ),
      endowments: numbers(input["endowments"]),
      sigma: Array.isArray(input["sigma"]) ? input["sigma"].map(Number) : []
    }
    const prices = Array.from({ length: made.goods }, (_, j) => 1 + (((made.seed >> j) % 7) + j) / 10)
    const expected = reference.excessOf(market, prices)
    return Tatonnement.excessDemand(market)(prices).every((excess, j) => Math.abs(excess - (expected[j] ?? 0)) < 1e-9)
  })

  it("keeps every so many states and the last, as plain columns", () => {
    const step = Tatonnement.make((prices) => prices.map((price) => 1 - price), { rate: 0.5 })
    const path = Tatonnement.path(step, Tatonnement.start([0, 2]), 5, 2)
    assert.deepStrictEqual(Tatonnement.columns(path), {
      time: [0, 2, 4, 5],
      prices: [
        [0, 0.75, 0.9375, 0.96875],
        [2, 1.25, 1.0625, 1.03125]
      ]
    })
    assert.deepStrictEqual(JSON.parse(JSON.stringify(path)), path)
  })

  it("an additive price does not fall below 0", () => {
    const step = Tatonnement.make(() => [-10], { rate: 1 })
    assert.deepStrictEqual(step(Tatonnement.start([1])), { time: 1, prices: [0], excess: [-10] })
  })
})
