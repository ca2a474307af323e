import { assert, describe, it } from "@effect/vitest"
import { campaign } from "@foundation/core/testing"
import { Arbitrary, Schema } from "effect"
import * as Parzen from "../../src/internal/parzen.ts"
import * as Random from "../../src/internal/random.ts"
import { law } from "../law.ts"

const runs = campaign(300, 5_000)
const between = (minimum: number, maximum: number) => Schema.Finite.check(Schema.isBetween({ minimum, maximum }))

const mixtures = Arbitrary.map(
  Arbitrary.schema(
    Schema.Struct({
      kernels: Schema.Array(Schema.Struct({ place: between(0, 1), weight: between(0.01, 1) })).check(
        Schema.isMaxLength(40)
      ),
      priorWeight: between(0.1, 10),
      seed: Schema.Int
    })
  ),
  ({ kernels, priorWeight, seed }) => ({
    seed,
    mixture: Parzen.mixture(
      Float64Array.from(kernels, ({ place }) => place),
      Float64Array.from(kernels, ({ weight }) => weight),
      priorWeight
    )
  })
)

describe("parzen", () => {
  it("reaches to the farther neighbour, within limits; the bounds are no neighbours", () => {
    const places = Float64Array.of(0.3, 0.9, 0.35, 0.6, 0.62, 0.64, 0.35)
    const { widths } = Parzen.mixture(places, new Float64Array(7).fill(1), 1)
    // The prior stands at 0.5, the narrowest width is 1 / 9, and two in one place are neighbours.
    const expected = [1 / 9, 0.26, 1 / 9, 1 / 9, 1 / 9, 0.26, 1 / 9, 1]
    for (const [i, width] of expected.entries()) assert.closeTo(widths[i]!, width, 1e-15)
  })

  it("is the truncated standard normal around the middle when nothing is known", () => {
    const prior = Parzen.mixture(new Float64Array(0), new Float64Array(0), 1)
    assert.closeTo(Parzen.densityAt(prior, 0.5), 1.041828977196953, 1e-12)
    assert.closeTo(Parzen.densityAt(prior, 0), 0.9194108453991882, 1e-12)
    assert.closeTo(Parzen.massBetween(prior, 0, 0.25), 0.24223060482425504, 1e-12)
  })

  law("has the mass 1, which is also the integral of the density", runs, mixtures, ({ mixture }) => {
    const cells = 1_024
    let mass = 0
    let integral = 0
    for (let i = 0; i < cells; i++) {
      const [from, to] = [i / cells, (i + 1) / cells]
      mass += Parzen.massBetween(mixture, from, to)
      // Simpson's rule.
      const middle = Parzen.densityAt(mixture, (from + to) / 2)
      integral += (Parzen.densityAt(mixture, from) + 4 * middle + Parzen.densityAt(mixture, to)) / (6 * cells)
    }
    return Math.abs(mass - 1) < 1e-12 && Math.abs(integral - 1) < 1e-9
  })

  law("draws places as often as the mass around them says", runs, mixtures, ({ mixture, seed }) => {
    const random = Random.stream(seed)
    const [cells, n] = [8, 2_000]
    const seen = new Float64Array(cells)
    for (let i = 0; i < n; i++) {
      const x = Parzen.draw(mixture, random)
      if (!(x >= 0 && x <= 1)) return false
      seen[Math.min(cells - 1, Math.floor(x * cells))]! += 1
    }
    return seen.every((count, i) => {
      const expected = n * Parzen.massBetween(mixture, i / cells, (i + 1) / cells)
      // Six standard deviations: one in half a billion.
      return Math.abs(count - expected) <= 6 * Math.sqrt(expected) + 6
    })
  })

  it("counts unordered cells with the prior's weight on each", () => {
    const chances = Parzen.counts(3, Uint32Array.of(0, 0, 2), Float64Array.of(1, 0.5, 1), 0.5)
    assert.deepStrictEqual([...chances], [0.5, 0.125, 0.375])
    const random = Random.stream(3)
    const seen = new Float64Array(3)
    for (let i = 0; i < 8_000; i++) seen[Parzen.drawCell(chances, random)]! += 1
    for (const [i, chance] of chances.entries()) assert.closeTo(seen[i]! / 8_000, chance, 0.025)
  })
})
