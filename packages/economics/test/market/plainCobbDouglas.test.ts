import { assert, describe, it } from "@effect/vitest"
import { logBest, logUtility, tastesOf } from "../../src/market/EquilibriumCertificate.ts"
import { judged } from "../../src/market/internal/plainCobbDouglas.ts"

/** A stream of numbers in [0, 1). */
const seeded = (seed: number) => {
  let state = seed
  return () => (state = (state * 48271) % 2147483647) / 2147483647
}

describe("plain products", () => {
  it("say of 1,000 agents what logarithms say, or nothing, from 1e-80 to 1e80 and beyond", () => {
    const chance = seeded(7)
    let silent = 0
    for (let round = 0; round < 1_000; round++) {
      const reach = [0, 3, 40, 160][round % 4] ?? 0
      const amount = () => (0.01 + chance()) * 10 ** Math.round(reach * (chance() - 0.5))
      const row = Array.from({ length: 6 }, () => (chance() < 0.2 ? 0 : amount()))
      const prices = row.map((wish) => (wish === 0 && chance() < 0.5 ? 0 : amount()))
      const bundle = row.map((wish) => (wish === 0 && chance() < 0.5 ? 0 : amount()))
      const income = amount()
      const [taste] = tastesOf({ kind: "cobb-douglas", table: [row] })
      const found = judged(row, prices, bundle, income)
      if (found === undefined || taste === undefined) {
        silent++
        continue
      }
      const near = (a: number, b: number) => assert.isAtMost(Math.abs(a - b), 1e-12 * (1 + Math.abs(b)))
      near(
        found.cost,
        row.reduce((sum, _, j) => sum + (prices[j] ?? 0) * (bundle[j] ?? 0), 0)
      )
      near(found.logUtility, logUtility(taste, bundle))
      near(found.logUtility + found.missed, logBest(taste, prices, Math.log(income)))
    }
    assert.isBelow(silent, 250)
  })

  it("are silent where logarithms are needed", () => {
    assert.isUndefined(judged([1, 1], [1, 1], [1, 0], 1))
    assert.isUndefined(judged([1, 1], [1, 0], [1, 1], 1))
    assert.isUndefined(judged([0, 0], [1, 1], [1, 1], 1))
    assert.isUndefined(judged([1, 1], [1, 1], [1, 1], 0))
    assert.isUndefined(judged([1e300, 1e-300], [1, 1], [1, 1], 1))
    assert.isUndefined(judged([1, 1], [1e200, 1], [1e200, 1], 1))
    assert.isUndefined(judged([1, 0], [1, 1e200], [1, 1e200], 1))
    assert.deepStrictEqual(judged([2, 0], [1, 0], [1, 0], 1), { cost: 1, logUtility: 0, missed: 0 })
  })
})
