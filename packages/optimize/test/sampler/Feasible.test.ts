import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import * as Feasible from "../../src/sampler/Feasible.ts"
import type { Observation, Request } from "../../src/sampler/Sampler.ts"
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

  it("says so when nothing keeps the constraints", () => {
    const none = SearchSpace.makeUnsafe({ x: SearchSpace.float(0, 1) }, { constraints: ["x > 2"] })
    const sampler = Result.getOrThrowWith(Samplers.decode({ name: "sobol", options: {} }), (error) => error)
    const request = { space: none, directions: ["minimize"], seed: 1, number: 0, history: [], pending: [] } as const
    const suggested = Feasible.suggest(sampler, request)
    assert.isTrue(Result.isFailure(suggested) && suggested.failure._tag === "NothingFeasible")
  })
})
