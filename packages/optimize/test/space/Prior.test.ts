import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import * as Random from "../../src/internal/random.ts"
import * as SearchSpace from "../../src/space/SearchSpace.ts"
import { fixed, float, int, logFloat, categorical, boolean, prior } from "../../src/space/SearchSpace.ts"

const share = (count: number, holds: (index: number) => boolean) =>
  Array.from({ length: count }, (_, index) => holds(index)).filter(Boolean).length / count

describe("Prior", () => {
  it("puts four fifths of nine tenths, and what is spread evenly, between the likely values", () => {
    const space = SearchSpace.makeUnsafe({ rate: prior({ likely: [1e-4, 1e-2] }, logFloat(1e-6, 1)) })
    const inside = share(20_000, (number) => {
      const { rate } = SearchSpace.sample(space, { seed: 1, number })
      return rate >= 1e-4 && rate <= 1e-2
    })
    // 2 of 6 decades: 0.1 · ⅓ + 0.9 · 0.8, and nothing is cut off that counts.
    assert.closeTo(inside, 0.1 / 3 + 0.9 * 0.8, 0.01)
  })

  it("keeps the unlikely within reach", () => {
    const space = SearchSpace.makeUnsafe({ x: prior({ likely: [0, 0.1] }, float(0, 100)) })
    const far = share(20_000, (number) => SearchSpace.sample(space, { seed: 2, number }).x > 50)
    assert.closeTo(far, 0.05, 0.006)
  })

  it("draws choices by their weights, and numbers from cells by theirs", () => {
    const space = SearchSpace.makeUnsafe({
      optimizer: prior({ weights: [6, 3, 1] }, categorical(["adam", "sgd", "lbfgs"])),
      bias: prior({ weights: [1, 9] }, boolean()),
      layers: prior({ likely: [2, 3] }, int(1, 8))
    })
    const draws = Array.from({ length: 20_000 }, (_, number) => SearchSpace.sample(space, { seed: 3, number }))
    const of = (holds: (params: (typeof draws)[number]) => boolean) => draws.filter(holds).length / draws.length
    assert.closeTo(
      of(({ optimizer }) => optimizer === "adam"),
      0.6,
      0.012
    )
    assert.closeTo(
      of(({ optimizer }) => optimizer === "lbfgs"),
      0.1,
      0.008
    )
    assert.closeTo(
      of(({ bias }) => bias),
      0.9,
      0.008
    )
    assert.isAbove(
      of(({ layers }) => layers === 2 || layers === 3),
      0.7
    )
    assert.isAbove(
      of(({ layers }) => layers === 8),
      0.008
    )
  })

  it("is kept under a condition, and fixed values are choices of one", () => {
    const space = SearchSpace.makeUnsafe({
      kind: fixed("deep"),
      width: SearchSpace.when("kind = deep", prior({ likely: [10, 20] }, int(1, 1000)))
    })
    const params = SearchSpace.sample(space, { seed: 4 })
    assert.strictEqual(params.kind, "deep")
    assert.isDefined(space.variables[1]?.prior)
  })

  it("has an inverse to the last digits", () => {
    const space = SearchSpace.makeUnsafe({ x: prior({ likely: [0.4, 0.40001] }, float(0, 1)) })
    const [variable] = space.variables
    const random = Random.stream(5, 0)
    for (let draw = 0; draw < 2_000; draw++) {
      const u = Random.uniform(random)
      const x = variable!.axis.fromUnit(u)
      assert.closeTo(Number(variable!.axis.fromUnit(variable!.axis.toUnit(x))), Number(x), 1e-14)
    }
  })

  it("draws as often from each part of the axis as its density says, and its inverse is one, wherever the likely values lie", () => {
    const random = Random.stream(6, 0)
    const space = (variable: SearchSpace.Variable) => SearchSpace.makeUnsafe({ v: variable }).variables[0]!
    for (let round = 0; round < 40; round++) {
      const [a, b] = [Random.uniform(random), Random.uniform(random)].sort((x, y) => x - y) as [number, number]
      // Wide and narrow, at the edges and in the middle, and at the ends of what doubles reach.
      const [from, to] = round % 2 === 0 ? [a, b] : [0.9 * a, 0.9 * a + 0.1 * 10 ** (-4 * b)]
      const low = round % 3 === 0 ? -1.7e308 : 0
      const high = round % 3 === 0 ? 1.7e308 : 1
      const at = (u: number) => low * (1 - u) + high * u
      const { axis } = space(prior({ likely: [at(from), at(to)] }, float(low, high)))
      const [mean, deviation] = [(from + to) / 2, (to - from) / 2 / 1.2815515655446004]
      const bell = (u: number) => Math.exp(-(((u - mean) / deviation) ** 2) / 2)
      // The mass before u, by the midpoint rule over places that lie close where the density is high.
      const edges = [0, ...Array.from({ length: 4_001 }, (_, i) => mean + deviation * (i / 250 - 8)), 1]
        .map((u) => Math.min(1, Math.max(0, u)))
        .sort((x, y) => x - y)
      let sum = 0
      const below = edges.map(
        (edge, i) => (sum += i === 0 ? 0 : bell((edge + edges[i - 1]!) / 2) * (edge - edges[i - 1]!))
      )
      for (const p of [0.001, 0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.925, 0.98, 0.999]) {
        const u = (Number(axis.fromUnit(p)) / 2 - low / 2) / (high / 2 - low / 2)
        const i = Math.max(
          1,
          edges.findIndex((edge) => edge >= u)
        )
        const part = (u - edges[i - 1]!) / (edges[i]! - edges[i - 1]!)
        const mass = below[i - 1]! + (below[i]! - below[i - 1]!) * (Number.isFinite(part) ? part : 0)
        assert.closeTo(0.1 * u + (0.9 * mass) / sum, p, 2e-4, `round ${round}, p ${p}`)
      }
    }
  })

  it("finds each place again, whatever the likely values: no step of the search for it goes round in circles", () => {
    const random = Random.stream(7, 0)
    for (let round = 0; round < 400; round++) {
      const [from, to] = [Random.uniform(random), Random.uniform(random)].sort((a, b) => a - b) as [number, number]
      const { axis } = SearchSpace.makeUnsafe({ x: prior({ likely: [from, to + 1e-5] }, float(0, 1.1)) }).variables[0]!
      for (let draw = 0; draw < 20; draw++) {
        const p = Random.uniform(random)
        assert.closeTo(axis.toUnit(axis.fromUnit(p)), p, 1e-9, `from ${from} to ${to}`)
      }
    }
  })

  it("does not mind how large weights are, only how they compare", () => {
    const { axis } = SearchSpace.makeUnsafe({ b: prior({ weights: [1.7e308, 0.85e308] }, boolean()) }).variables[0]!
    assert.closeTo(axis.upper(false), 2 / 3, 1e-12)
    assert.isFalse(axis.fromUnit(0.6))
    assert.isTrue(axis.fromUnit(axis.toUnit(true)))
  })

  it("is refused with its path when it cannot be one", () => {
    const problem = (variable: SearchSpace.Variable) => {
      const made = SearchSpace.make({ v: variable })
      assert.isTrue(Result.isFailure(made), "accepted")
      return Result.isFailure(made) ? made.failure.message : ""
    }
    assert.match(problem(prior({ weights: [1, 2] }, float(0, 1))), /^v\.prior: "weights" are for choices/)
    assert.match(problem(prior({ likely: [0, 1] }, boolean())), /^v\.prior: "likely" is for numbers/)
    assert.match(problem(prior({ likely: [1, 0] }, float(0, 1))), /from a smaller to a larger/)
    assert.match(problem(prior({ likely: [Number.NaN, 1] }, float(0, 1))), /from a smaller to a larger/)
    assert.match(problem(prior({ likely: [-1, 0.5] }, float(0, 1))), /within 0 and 1/)
    assert.match(problem(prior({ likely: [0.5, 0.5 + 1e-9] }, float(0, 1))), /cover at least/)
    assert.match(problem(prior({ likely: [0, 2 ** 50] }, int(0, 2 ** 50))), /at most 2\^40 values/)
    assert.match(problem(prior({ weights: [1] }, boolean())), /1 weights for 2 choices/)
    assert.match(problem(prior({ weights: [1, 0] }, boolean())), /above 0/)
    assert.match(problem(prior({ weights: [1, 1e-9] }, boolean())), /of the largest/)
    assert.match(problem(prior({ weights: [1, Number.NaN] }, boolean())), /of the largest/)
    assert.match(problem(prior({ weights: [Infinity, Infinity] }, boolean())), /is finite/)
    const both = { likely: [0, 1], weights: [1] } as const
    assert.match(problem(prior(both, float(0, 1))), /not both/)
  })
})
