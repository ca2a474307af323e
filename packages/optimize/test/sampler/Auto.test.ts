import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import * as Problems from "../../src/problem/Problems.ts"
import * as Auto from "../../src/sampler/Auto.ts"
import * as CmaEs from "../../src/sampler/CmaEs.ts"
import * as DifferentialEvolution from "../../src/sampler/DifferentialEvolution.ts"
import * as GaussianProcess from "../../src/sampler/GaussianProcess.ts"
import * as NsgaII from "../../src/sampler/NsgaII.ts"
import type { Observation } from "../../src/sampler/Sampler.ts"
import * as Tpe from "../../src/sampler/Tpe.ts"
import * as SearchSpace from "../../src/space/SearchSpace.ts"

const wide = (count: number, variable: SearchSpace.Variable): SearchSpace.SearchSpace =>
  SearchSpace.makeUnsafe(Object.fromEntries(Array.from({ length: count }, (_, i) => [`x${i}`, variable])))

const known = (space: SearchSpace.SearchSpace, number = 0): Auto.Known => ({
  space,
  directions: ["minimize"],
  number,
  history: []
})

const mixed: SearchSpace.SearchSpace = Problems.mixed.space
const conditional: SearchSpace.SearchSpace = Problems.conditional.space
const branin: SearchSpace.SearchSpace = Problems.branin.space

const complete = (number: number, params: SearchSpace.AnyParams, value: number): Observation => ({
  state: "complete",
  number,
  params,
  values: [value]
})

const chosen = (request: Auto.Known, options?: Partial<Auto.Options>) =>
  Auto.explain(request, { ...Auto.defaults, ...options }).sampler

describe("Auto", () => {
  it("chooses by space and trials so far", () => {
    for (const space of [branin, mixed, conditional]) assert.strictEqual(chosen(known(space, 299)), "gp")
    assert.strictEqual(chosen(known(branin, 300)), "cmaes")
    assert.strictEqual(chosen(known(mixed, 300)), "de")
    assert.strictEqual(chosen(known(conditional, 300)), "de")
    assert.strictEqual(chosen(known(wide(20, SearchSpace.float(0, 1)))), "gp")
    assert.strictEqual(chosen(known(wide(21, SearchSpace.float(0, 1)))), "cmaes")
    assert.strictEqual(chosen(known(wide(21, SearchSpace.boolean()))), "de")
    assert.strictEqual(chosen(known(wide(30, SearchSpace.int(4, 4)))), "random")
  })

  it("chooses by objectives and budget", () => {
    const several: Auto.Known = { ...known(branin), directions: ["minimize", "maximize"] }
    assert.strictEqual(chosen(several), "nsga2")
    assert.strictEqual(chosen(several, { budget: 101 }), "nsga2")
    assert.strictEqual(chosen(several, { budget: 100 }), "tpe")
  })

  it("chooses by noise, told or seen in equal parameters with different values", () => {
    const late = known(branin, 400)
    assert.strictEqual(chosen(late, { noisy: true }), "tpe")
    const at = { x: 1, y: 2 }
    const seen = (second: number) => chosen({ ...late, history: [complete(0, at, 3), complete(1, { ...at }, second)] })
    assert.strictEqual(seen(3), "cmaes")
    assert.strictEqual(seen(3.1), "tpe")
    assert.strictEqual(chosen({ ...late, history: [complete(0, at, 3), complete(1, { ...at, x: 2 }, 4)] }), "cmaes")
  })

  it("says why", () => {
    const reason = (request: Auto.Known, options?: Partial<Auto.Options>) =>
      Auto.explain(request, { ...Auto.defaults, ...options }).reason
    assert.strictEqual(
      reason(known(branin)),
      "one objective, 2 variables, at most 300 trials so far: a Gaussian process makes the most of each"
    )
    assert.strictEqual(
      reason(known(mixed, 300)),
      "one objective, 6 variables, more than 300 trials, too many for a Gaussian process; unordered or conditional ones among them: differential evolution takes every type"
    )
    assert.include(reason(known(wide(1, SearchSpace.float(0, 1)))), "1 variable,")
    assert.include(reason(known(wide(40, SearchSpace.float(0, 1)), 5)), "40 variables, too many")
    assert.include(reason(known(branin, 500), { noisy: true }), "noise")
    assert.include(reason({ ...known(branin), directions: ["minimize", "minimize"] }, { budget: 1 }), "1 trial in all")
    assert.include(reason({ ...known(branin), directions: ["minimize", "minimize"] }), "2 objectives: a genetic")
  })

  it("suggests what the chosen sampler suggests", () => {
    const request = (number: number) => ({ ...known(branin, number), seed: 4, pending: [] })
    const history = Array.from({ length: 30 }, (_, number) =>
      complete(number, SearchSpace.sample(branin, { seed: 4, number }), number % 7)
    )
    const early = { ...request(30), history }
    assert.deepStrictEqual(Auto.suggest(early), GaussianProcess.suggest(early))
    const late = { ...request(330), history }
    assert.deepStrictEqual(Auto.suggest(late), CmaEs.suggest(late))
    assert.deepStrictEqual(Auto.suggest(late, { ...Auto.defaults, noisy: true }), Tpe.suggest(late))
    const other = { ...late, space: mixed, history: [] }
    assert.deepStrictEqual(Auto.suggest(other), DifferentialEvolution.suggest(other))
    const several = { ...late, directions: ["minimize", "minimize"] as const, history: [] }
    assert.deepStrictEqual(Auto.suggest(several), NsgaII.suggest(several))
    assert.deepStrictEqual(Auto.suggest(several, { ...Auto.defaults, budget: 9 }), Tpe.suggest(several))
  })

  it("has the defaults that it tells of, and refuses options out of range", () => {
    assert.deepStrictEqual<object>(Auto.defaults, { budget: 0, noisy: false })
    assert.deepStrictEqual(Result.getOrThrow(Auto.make()).options, Auto.defaults)
    const refused = Auto.make({ budget: -1 })
    assert.isTrue(Result.isFailure(refused) && refused.failure.message.startsWith("auto.budget:"))
  })
})
