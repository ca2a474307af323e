import { assert, describe, it } from "@effect/vitest"
import * as Random from "../../src/internal/random.ts"
import * as Variation from "../../src/internal/variation.ts"
import * as Domain from "../../src/space/Domain.ts"

const draws = (count: number, draw: (random: Random.Stream) => number): Float64Array => {
  const random = Random.stream(11)
  return Float64Array.from({ length: count }, () => draw(random))
}

const mean = (values: Float64Array) => values.reduce((sum, x) => sum + x, 0) / values.length
const share = (values: Float64Array, holds: (x: number) => boolean) => values.filter(holds).length / values.length

describe("simulated binary crossover", () => {
  it("keeps the middle of the parents where no bound is near, and both sides alike", () => {
    const children = draws(40_000, (random) => Variation.crossed(0.4, 0.6, 15, random))
    assert.closeTo(mean(children), 0.5, 0.002)
    assert.closeTo(
      share(children, (x) => x < 0.5),
      0.5,
      0.01
    )
  })

  it("spreads by the density of the paper: P(β ≤ b) is b^(η+1) / 2 below 1, and 1 − b^−(η+1) / 2 above", () => {
    const eta = 3
    const betas = draws(40_000, (random) => Math.abs(Variation.crossed(0.49, 0.51, eta, random) - 0.5) / 0.01)
    assert.closeTo(
      share(betas, (b) => b <= 0.8),
      0.8 ** (eta + 1) / 2,
      0.01
    )
    assert.closeTo(
      share(betas, (b) => b <= 1),
      0.5,
      0.01
    )
    assert.closeTo(
      share(betas, (b) => b <= 1.5),
      1 - 1.5 ** -(eta + 1) / 2,
      0.01
    )
  })

  it("stays inside, comes to the bounds without standing on them, and gives equal parents back", () => {
    const children = draws(20_000, (random) => Variation.crossed(0.001, 0.9, 0.5, random))
    assert.isTrue(children.every((x) => x >= 0 && x <= 1))
    assert.isBelow(
      share(children, (x) => x === 0 || x === 1),
      0.001
    )
    assert.isTrue(draws(100, (random) => Variation.crossed(0.3, 0.3, 15, random)).every((x) => x === 0.3))
  })
})

describe("polynomial mutation", () => {
  it("spreads by the density of the paper: P(|δ| ≤ t) is 1 − (1 − t)^(η+1) far from the bounds", () => {
    const eta = 20
    const steps = draws(40_000, (random) => Math.abs(Variation.polynomial(0.5, eta, random) - 0.5))
    assert.closeTo(
      share(steps, (t) => t <= 0.03),
      1 - 0.97 ** (eta + 1),
      0.01
    )
  })

  it("stays inside and goes both ways equally often, at the bounds too", () => {
    for (const x of [0, 1e-9, 0.2, 1]) {
      const places = draws(20_000, (random) => Variation.polynomial(x, 5, random))
      assert.isTrue(places.every((y) => y >= 0 && y <= 1))
      if (x === 0 || x === 1) continue
      const lower = share(places, (y) => y <= x)
      assert.closeTo(lower, 0.5, 0.02)
      // What would pass a bound is spread before it, not piled up on it.
      if (x === 0.2)
        assert.isBelow(
          share(places, (y) => y === 0 || y === 1),
          0.001
        )
    }
  })

  it("changes what has cells to another cell: an ordered one mostly to a neighbour, an unordered one to any", () => {
    const domains: ReadonlyArray<Domain.Domain> = [
      { type: "boolean" },
      { type: "categorical", choices: ["a", "b", "c", "d"] },
      { type: "ordinal", choices: ["a", "b", "c", "d"] },
      { type: "int", low: 1, high: 100, log: true, step: 1 },
      { type: "int", low: -3, high: 9, log: false, step: 3 }
    ]
    for (const domain of domains) {
      const axis = Domain.axis(domain)
      const places = [0, 0.3, 0.5, 0.999].map((u) => axis.toUnit(axis.fromUnit(u)))
      for (const x of places) {
        const values = draws(300, (random) => axis.toUnit(axis.fromUnit(Variation.mutated(axis, x, 30, random))))
        assert.isTrue(
          values.every((y) => y !== x),
          `${domain.type} at ${x}`
        )
        if (domain.type === "categorical") assert.strictEqual(new Set(values).size, 3)
      }
    }
    const single = Domain.axis({ type: "categorical", choices: ["a"] })
    assert.strictEqual(Variation.mutated(single, 0.5, 20, Random.stream(1)), 0.5)
  })
})
