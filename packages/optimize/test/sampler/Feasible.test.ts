import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import * as Feasible from "../../src/sampler/Feasible.ts"
import type { Observation, Request, Sampler } from "../../src/sampler/Sampler.ts"
import * as Samplers from "../../src/sampler/Samplers.ts"
import * as SearchSpace from "../../src/space/SearchSpace.ts"

const space = SearchSpace.makeUnsafe(
  { x: SearchSpace.float(0, 1), y: SearchSpace.float(0, 1), units: SearchSpace.int(1, 100) },
  { constraints: ["x + y <= 0.4", "units * x <= 10"] }
)

/** Trials of the sampler on a function whose optimum without constraints lies far outside of them. */
const run = (name: string, trials: number) => {
  const sampler = Result.getOrThrowWith(Samplers.decode({ name, options: {} }), (error) => error)
  const observations: Array<Observation> = []
  for (let number = 0; number < trials; number++) {
    const request: Request = { space, directions: ["minimize"], seed: 7, number, history: observations, pending: [] }
    const params = Result.getOrThrowWith(Feasible.suggest(sampler, request), (error) => error)
    const { units, x, y } = params
    const value = (Number(x) - 0.9) ** 2 + (Number(y) - 0.9) ** 2 + (Number(units) - 90) ** 2 / 1e4
    observations.push({ state: "complete", number, params, values: [value] })
  }
  return observations
}

describe("Feasible", () => {
  for (const name of Samplers.makers.keys()) {
    it(`keeps the constraints with ${name}, and depends on the request alone`, () => {
      const trials = run(name, 25)
      for (const { params } of trials) assert.isTrue(SearchSpace.contains(space, params), JSON.stringify(params))
      assert.deepStrictEqual(run(name, 25), trials)
    })
  }

  it("comes near an optimum on the border", () => {
    const best = Math.min(...run("gp", 60).map((trial) => (trial.state === "complete" ? trial.values[0]! : Infinity)))
    // Among x + y <= 0.4 and units·x <= 10: x = 0.1 … 0.12 and y = 0.28 … 0.3 with units at 83 … 90.
    let optimum = Infinity
    for (let units = 1; units <= 100; units++) {
      for (let step = 0; step <= 4_000; step++) {
        const x = Math.min(step / 10_000, 10 / units)
        optimum = Math.min(optimum, (x - 0.9) ** 2 + (0.4 - x - 0.9) ** 2 + (units - 90) ** 2 / 1e4)
      }
    }
    assert.isAtLeast(best, optimum - 1e-9)
    assert.closeTo(best, optimum, 0.02)
  })

  it("gives a value to a variable that becomes active on the way to where the constraints are kept", () => {
    const branches = SearchSpace.makeUnsafe(
      {
        kind: SearchSpace.ordinal([0, 1, 2, 3, 4, 5, 6, 7]),
        x: SearchSpace.float(0, 1),
        three: SearchSpace.when("kind = 3", SearchSpace.float(0, 1)),
        even: SearchSpace.when("kind in (2, 4)", SearchSpace.logFloat(1e-3, 1))
      },
      { constraints: ["kind * x <= 0.05", "three <= 0.5"] }
    )
    for (const name of ["random", "lhs", "sobol"]) {
      const design = Result.getOrThrowWith(Samplers.decode({ name, options: {} }), (error) => error)
      // As if it had learned where to look: its suggestions are moved, not replaced.
      const sampler: Sampler = { ...design, learns: true }
      for (let number = 10; number < 210; number++) {
        const history = Array.from({ length: 10 }, (_, trial): Observation => {
          return {
            state: "failed",
            number: trial,
            params: SearchSpace.sample(branches, { seed: number, number: trial })
          }
        })
        const request: Request = { space: branches, directions: ["minimize"], seed: 3, number, history, pending: [] }
        const params = Result.getOrThrowWith(Feasible.suggest(sampler, request), (error) => error)
        assert.isTrue(SearchSpace.contains(branches, params), JSON.stringify(params))
      }
    }
  })

  it("goes on from a feasible point that is known, where no draw would find one", () => {
    const thin = SearchSpace.makeUnsafe(
      { x: SearchSpace.float(0, 1), y: SearchSpace.float(0, 1) },
      { constraints: ["0.5 < x < 0.500001 and y > 0.9999"] }
    )
    const sampler = Result.getOrThrowWith(Samplers.decode({ name: "random", options: {} }), (error) => error)
    const request: Request = { space: thin, directions: ["minimize"], seed: 1, number: 1, history: [], pending: [] }
    assert.isTrue(Result.isFailure(Feasible.suggest(sampler, request)))
    const params = { x: 0.5000005, y: 0.99995 }
    // Where the constraints are not kept is no place to go on from, however near.
    const wrong = { state: "failed", number: 2, params: { x: 0.4, y: 0.5 } } as const
    for (const known of [
      { history: [{ state: "failed", number: 0, params } as const, wrong] },
      { pending: [{ number: 0, params }], history: [wrong] }
    ]) {
      const suggested = Result.getOrThrowWith(Feasible.suggest(sampler, { ...request, ...known }), (error) => error)
      assert.isTrue(SearchSpace.contains(thin, suggested), JSON.stringify(suggested))
    }
  })

  /** Suggests what it is told to. */
  const told = (of: (seed: number) => { readonly x: number; readonly y: number }): Sampler => ({
    name: "told",
    options: {},
    objectives: "one",
    suggest: <D extends SearchSpace.Declaration>({ space, seed }: Request<D>) => {
      const point = of(seed)
      return SearchSpace.build(space, ({ name }) => (name === "x" ? point.x : point.y))
    }
  })
  const corner = SearchSpace.makeUnsafe(
    { x: SearchSpace.float(0, 1), y: SearchSpace.float(0, 1) },
    { constraints: ["x + y <= 1.98"] }
  )
  const after = (...points: ReadonlyArray<{ readonly x: number; readonly y: number }>): Request => ({
    space: corner,
    directions: ["minimize"],
    seed: 1,
    number: 10,
    history: Array.from({ length: 10 }, (_, number) => ({
      state: "failed",
      number,
      params: points[number % points.length] ?? { x: 0, y: 0 }
    })),
    pending: []
  })

  it("spreads designs, and the first trials of others, evenly over what keeps the constraints", () => {
    const triangle = SearchSpace.makeUnsafe(
      { x: SearchSpace.float(0, 1), y: SearchSpace.float(0, 1) },
      { constraints: ["x + y <= 0.3"] }
    )
    const sums = (name: string, seed: number, numbers: number) => {
      const sampler = Result.getOrThrowWith(Samplers.decode({ name, options: {} }), (error) => error)
      return Array.from({ length: numbers }, (_, number) => {
        const request = { space: triangle, directions: ["minimize"], seed, number, history: [], pending: [] } as const
        const { x, y } = Result.getOrThrow(Feasible.suggest(sampler, request))
        return x + y
      })
    }
    const mean = (all: ReadonlyArray<number>) => all.reduce((sum, value) => sum + value, 0) / all.length
    // Of a triangle: two thirds of the way to its long side.
    for (const name of ["random", "sobol", "lhs"]) assert.closeTo(mean(sums(name, 1, 1_000)), 0.2, 0.01, name)
    for (const name of ["tpe", "gp", "cmaes", "de", "nsga2"]) {
      const first = Array.from({ length: 60 }, (_, seed) => sums(name, seed, 1)[0]!)
      assert.closeTo(mean(first), 0.2, 0.03, name)
    }
  })

  it("asks again with other luck before it moves anything", () => {
    const sampler = told((seed) => (seed === 1 ? { x: 1, y: 1 } : { x: 0.25, y: 0.125 }))
    assert.deepStrictEqual(Result.getOrThrow(Feasible.suggest(sampler, after())), { x: 0.25, y: 0.125 })
  })

  it("goes from the nearest feasible point to the border, and no further", () => {
    const sampler = told(() => ({ x: 1, y: 1 }))
    const request = after({ x: 0, y: 0.5 }, { x: 0.99, y: 0.985 }, { x: 0.9, y: 0.3 })
    const { x, y } = Result.getOrThrow(Feasible.suggest(sampler, request))
    // On the line from (0.99, 0.985) to (1, 1), where x + y = 1.98.
    assert.closeTo(Number(x), 0.992, 1e-6)
    assert.closeTo(Number(y), 0.988, 1e-6)
    assert.isTrue(SearchSpace.contains(corner, { x, y }))
  })

  it("says so when nothing keeps the constraints", () => {
    const none = SearchSpace.makeUnsafe({ x: SearchSpace.float(0, 1) }, { constraints: ["x > 2"] })
    const sampler = Result.getOrThrowWith(Samplers.decode({ name: "sobol", options: {} }), (error) => error)
    const request = { space: none, directions: ["minimize"], seed: 1, number: 0, history: [], pending: [] } as const
    const suggested = Feasible.suggest(sampler, request)
    assert.isTrue(Result.isFailure(suggested) && suggested.failure._tag === "NothingFeasible")
  })
})
