import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import * as Problems from "../../src/problem/Problems.ts"
import * as CmaEs from "../../src/sampler/CmaEs.ts"
import * as SearchSpace from "../../src/space/SearchSpace.ts"
import { median, regret, trialsOf } from "./run.ts"

const seeds = [1, 2, 3, 4, 5, 6, 7]

describe("CmaEs", () => {
  it("reaches its marks on Branin, Hartmann-6 and Rosenbrock-4 after 200 trials, medians over 7 seeds", () => {
    const middle = <D extends SearchSpace.Declaration>(problem: Problems.Problem<D>) =>
      median(seeds.map((seed) => regret(problem, CmaEs.suggest, seed, 200)))
    assert.isAtMost(middle(Problems.branin), 3e-5)
    assert.isAtMost(middle(Problems.hartmann6), 0.09)
    assert.isAtMost(middle(Problems.rosenbrock4), 7.8)
  })

  it("doubles the population with each start: generations of 6, 12, 24 and 48 where all values are equal", () => {
    const flat = {
      name: "flat",
      space: SearchSpace.makeUnsafe({ x: SearchSpace.float(0, 1), y: SearchSpace.float(0, 1) }),
      minimum: 1,
      evaluate: () => 1
    }
    const narrow = { ...CmaEs.defaults, sigma: 0.01 }
    const points = trialsOf(flat, (request) => CmaEs.suggest(request, narrow), 1, 91).map(({ params }) => params)
    const jumps = points.flatMap(({ x, y }, at) => {
      const before = points[at - 1]
      return before !== undefined && Math.hypot(x - before.x, y - before.y) > 0.15 ? [at] : []
    })
    assert.deepStrictEqual(jumps, [6, 18, 42, 90])
  })

  it("starts again when it has converged", () => {
    const line = {
      name: "line",
      space: SearchSpace.makeUnsafe({ x: SearchSpace.float(0, 1), y: SearchSpace.float(0, 1) }),
      minimum: 0,
      evaluate: ({ x, y }: { readonly x: number; readonly y: number }) => (x - 0.5) ** 2 + (y - 0.25) ** 2
    }
    const trials = trialsOf(line, CmaEs.suggest, 1, 800)
    const far = (from: number, to: number) =>
      Math.max(...trials.slice(from, to).map(({ params: { x, y } }) => Math.hypot(x - 0.5, y - 0.25)))
    const spread = Array.from({ length: 20 }, (_, i) => far(i * 40, (i + 1) * 40))
    const calm = spread.findIndex((it) => it < 1e-5)
    assert.isAtLeast(calm, 1)
    assert.isTrue(spread.slice(calm).some((it) => it > 0.05))
  })

  it("leaves unordered and conditional variables to the estimator, and does without any of its own", () => {
    const history = trialsOf(Problems.conditional, CmaEs.suggest, 3, 60)
    assert.isAtLeast(new Set(history.map(({ params }) => params.branch)).size, 2)
    assert.isBelow(Math.min(...history.map(({ values }) => values[0]!)), 0.6)
  })

  it("goes on while trials of earlier generations are missing, failed or pending", () => {
    const { space, evaluate } = Problems.branin
    const whole = trialsOf(Problems.branin, CmaEs.suggest, 2, 60)
    const holes = whole.filter(({ number }) => number % 5 !== 0)
    const pending = whole.filter(({ number }) => number % 5 === 0)
    const request = { space, directions: ["minimize"], seed: 2, number: 60 } as const
    const params = CmaEs.suggest({ ...request, history: holes, pending })
    assert.isTrue(Number.isFinite(evaluate(params)))
    assert.notDeepEqual(params, CmaEs.suggest({ ...request, history: whole, pending: [] }))
    assert.isTrue(SearchSpace.contains(space, CmaEs.suggest({ ...request, history: [], pending })))
  })

  it("has the defaults that it tells of, and refuses options out of range", () => {
    assert.deepStrictEqual<object>(CmaEs.defaults, { sigma: 0.2, population: 0 })
    assert.deepStrictEqual(Result.getOrThrow(CmaEs.make()).options, CmaEs.defaults)
    const refused = CmaEs.make({ population: 3 })
    assert.strictEqual(Result.isFailure(refused) && refused.failure.message.startsWith("cmaes.population:"), true)
  })
})
