import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import * as Composite from "../../src/space/Composite.ts"
import * as SearchSpace from "../../src/space/SearchSpace.ts"
import { law } from "@foundation/core/testing/law"

const parts = Schema.Array(Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))).check(
  Schema.isMinLength(2),
  Schema.isMaxLength(8)
)

describe("Composite", () => {
  law(
    "the weights of a simplex are weights, and read back as they were written",
    1_000,
    Arbitrary.schema(parts),
    (raw) => {
      const sum = raw.reduce((total, part) => total + part, 0)
      const weights = sum > 0 ? raw.map((part) => part / sum) : raw.map((_, index) => (index === 0 ? 1 : 0))
      const mix = Composite.simplex("mix", weights.length)
      const space = SearchSpace.makeUnsafe(mix.variables)
      const params = mix.write(weights)
      const again = mix.read(params)
      if (!SearchSpace.contains(space, params)) return false
      return again.every((weight, index) => weight >= 0 && Math.abs(weight - weights[index]!) <= 1e-12)
    }
  )

  it("draws the simplex evenly: every weight has the moments of Dirichlet(1, 1, 1, 1)", () => {
    const mix = Composite.simplex("mix", 4)
    const space = SearchSpace.makeUnsafe({ ...mix.variables })
    const draws = Array.from({ length: 20_000 }, (_, number) =>
      mix.read(SearchSpace.sample(space, { seed: 1, number }))
    )
    for (let index = 0; index < 4; index++) {
      const mean = draws.reduce((sum, weights) => sum + weights[index]!, 0) / draws.length
      const square = draws.reduce((sum, weights) => sum + weights[index]! ** 2, 0) / draws.length
      assert.closeTo(mean, 1 / 4, 0.005)
      // Of Beta(1, 3): variance 3 / 80.
      assert.closeTo(square - mean ** 2, 3 / 80, 0.002)
    }
  })

  it("lays an embedding into its box", () => {
    const code = Composite.embedding("code", [
      [-1, 1],
      [0, 10]
    ])
    const space = SearchSpace.makeUnsafe({ ...code.variables })
    const params = SearchSpace.sample(space, { seed: 3 })
    assert.deepStrictEqual(code.read(code.write(code.read(params))), code.read(params))
    assert.deepStrictEqual(
      space.variables.map(({ name }) => name),
      ["code.0", "code.1"]
    )
  })

  it("reads what it writes for many weights, too, or says that it cannot", () => {
    const even = Array.from({ length: 1_000 }, () => 1 / 1_000)
    const mix = Composite.simplex("mix", 1_000)
    for (const [index, weight] of mix.read(mix.write(even)).entries()) assert.closeTo(weight, even[index]!, 1e-12)
    // 0.4 to the power of 999 is 0 in doubles.
    const uneven = [0.6, ...Array.from({ length: 999 }, () => 0.4 / 999)]
    assert.throws(() => mix.write(uneven), /mix: the weights are too uneven for 1000 of them/)
    const corner = [1, ...Array.from({ length: 999 }, () => 0)]
    assert.deepStrictEqual(mix.read(mix.write(corner)), corner)
  })

  it("refuses what is no vector of it", () => {
    const mix = Composite.simplex("mix", 3)
    assert.throws(() => mix.write([0.5, 0.5]), /mix: has 3 weights, not 2/)
    assert.throws(() => mix.write([0.5, 0.6, -0.1]), /mix: a weight lies between 0 and 1, not at -0.1/)
    assert.throws(() => mix.write([0.5, 0.5, 0.5]), /mix: the weights sum to 1.5/)
    assert.throws(() => mix.write([0.5, 0.5, Number.NaN]), /not at NaN/)
    assert.throws(() => Composite.simplex("mix", 1), /at least 2/)
    assert.throws(() => Composite.simplex("mix", 1e6), /1 to 1000/)
    const code = Composite.embedding("code", [[0, 1]])
    assert.throws(() => code.write([2]), /number 0 lies between 0 and 1, not at 2/)
    assert.throws(() => code.write([]), /has 1 numbers, not 0/)
    assert.throws(() => Composite.embedding("code", []), /1 to 1000/)
  })
})
