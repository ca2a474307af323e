import { assert, describe, it } from "@effect/vitest"
import { campaign, law } from "@foundation/core/testing/law"
import { Arbitrary, Schema } from "effect"
import * as Random from "../../src/internal/random.ts"
import { standardize, warp } from "../../src/internal/warp.ts"

const seeds = Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1e9 })))

/** Values spread over a few or over many orders of magnitude. */
const valuesOf = (seed: number): Float64Array => {
  const random = Random.stream(seed)
  const decades = Random.below(random, 20)
  return Float64Array.from({ length: 2 + Random.below(random, 30) }, () => {
    const size = 10 ** (decades * (Random.uniform(random) - 0.5))
    return Random.uniform(random) < 0.5 ? size : -size
  })
}

const moments = (values: Float64Array) => {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length
  return { mean, variance: values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length }
}

describe("warp", () => {
  law("keeps the order, and gives mean 0 and variance 1", campaign(1_000, 20_000), seeds, (seed) => {
    const values = valuesOf(seed)
    const warped = warp(values)
    if (new Set(values).size === 1) return warped.every((value) => value === 0)
    const { mean, variance } = moments(warped)
    assert.closeTo(mean, 0, 1e-9)
    assert.closeTo(variance, 1, 1e-9)
    const order = [...values.keys()].sort((a, b) => values[a]! - values[b]!)
    return order.every((at, i) => i === 0 || warped[order[i - 1]!]! <= warped[at]!)
  })

  law("gives the same for values scaled by a power of two", campaign(1_000, 20_000), seeds, (seed) => {
    const values = valuesOf(seed)
    for (const scale of [64, 2 ** 510, 2 ** 900, 2 ** -900]) {
      const scaled = values.map((value) => value * scale)
      assert.deepStrictEqual(warp(scaled), warp(values))
      assert.deepStrictEqual(standardize(scaled), standardize(values))
    }
    return true
  })

  it("leaves a narrow range in its proportions, and spreads what is crowded at the lower end of a wide one", () => {
    const narrow = warp(Float64Array.of(0, 1, 2, 3, 4))
    for (let i = 1; i < 5; i++) assert.closeTo(narrow[i]! - narrow[i - 1]!, narrow[1]! - narrow[0]!, 1e-12)
    const wide = warp(Float64Array.of(0, 1, 10, 100, 1_000, 1e4, 1e5, 1e6))
    const plain = 1 / 1e6
    assert.isAbove((wide[1]! - wide[0]!) / (wide[7]! - wide[0]!), 1_000 * plain)
  })

  it("stays finite on equal, huge and tiny values", () => {
    assert.deepStrictEqual([...warp(Float64Array.of(3, 3, 3))], [0, 0, 0])
    assert.deepStrictEqual([...warp(Float64Array.of(7))], [0])
    for (const values of [
      [1.7e308, -1.7e308, 0],
      [5e-324, 0, 1],
      [1e308, 1e308, 0, 1],
      [-1e-320, 1e-320]
    ]) {
      assert.isTrue(warp(Float64Array.from(values)).every(Number.isFinite), `${values}`)
    }
  })
})
