import { assert, describe, it } from "@effect/vitest"
import { meanInterval, studentQuantile } from "../../src/internal/meanInterval.ts"
import { dice } from "../economy/dice.ts"

/** Published 97.5th percentiles of Student's t (Abramowitz & Stegun, table 26.10; more digits by any statistics package). */
const published: ReadonlyArray<readonly [degrees: number, quantile: number]> = [
  [4, 2.776445],
  [5, 2.570582],
  [6, 2.446912],
  [7, 2.364624],
  [8, 2.306004],
  [9, 2.262157],
  [10, 2.228139],
  [14, 2.144787],
  [19, 2.093024],
  [24, 2.063899],
  [29, 2.04523],
  [30, 2.042272],
  [60, 2.000298],
  [120, 1.97993],
  [1000, 1.962339]
]

describe("meanInterval", () => {
  it("quantiles are the published ones, within 0.04 %, and far nearer from 10 degrees of freedom on", () => {
    for (const [degrees, quantile] of published) {
      // The first term that is left out falls with the fifth power; the tables have six decimals.
      const tolerance = 3.5e-4 * (4 / degrees) ** 5 + 4e-7
      assert.approximately(studentQuantile(degrees), quantile, tolerance * quantile, `${degrees} degrees of freedom`)
    }
  })

  it("a sample by hand: 1 to 5 has mean 3 and half-width 2.776·√(2.5 / 5)", () => {
    const { high, low, mean, values } = meanInterval([1, 2, 3, 4, 5])
    assert.deepStrictEqual([mean, values], [3, 5])
    assert.approximately(high - mean, 2.776445 * Math.SQRT1_2, 0.001)
    assert.strictEqual(mean - low, high - mean)
  })

  it("of many samples, 95 % of the intervals hold the true mean", () => {
    const { share } = dice(95)
    const normal = () => Math.sqrt(-2 * Math.log(1 - share())) * Math.cos(2 * Math.PI * share())
    for (const size of [5, 10, 30]) {
      let held = 0
      for (let sample = 0; sample < 4000; sample++) {
        const { high, low } = meanInterval(Array.from({ length: size }, () => 7 + 3 * normal()))
        if (low <= 7 && 7 <= high) held++
      }
      // Four standard errors of a share of 4,000.
      assert.approximately(held / 4000, 0.95, 0.0138, `samples of ${size}`)
    }
  })

  it("equal values have an interval of one point", () => {
    assert.deepStrictEqual(meanInterval([2, 2, 2, 2, 2]), { mean: 2, low: 2, high: 2, values: 5 })
  })

  it("values that are not finite are left out, and fewer than 5 give no interval", () => {
    assert.deepStrictEqual(meanInterval([1, Number.NaN, 2, Infinity, 3, 4, 5]), meanInterval([1, 2, 3, 4, 5]))
    for (const sample of [[], [1], [1, 2, 3, 4], [1, 2, 3, 4, Number.NaN]]) {
      const values = sample.filter(Number.isFinite).length
      assert.deepStrictEqual(meanInterval(sample), { mean: Number.NaN, low: Number.NaN, high: Number.NaN, values })
    }
  })
})
