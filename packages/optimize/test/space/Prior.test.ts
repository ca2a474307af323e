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
  })
})
