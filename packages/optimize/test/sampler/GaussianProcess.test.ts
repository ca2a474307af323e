import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import * as Problems from "../../src/problem/Problems.ts"
import * as GaussianProcess from "../../src/sampler/GaussianProcess.ts"
import * as SearchSpace from "../../src/space/SearchSpace.ts"
import { median, regret, trialsOf } from "./run.ts"

describe("GaussianProcess", () => {
  it(
    "comes within 1e-3 of the minimum of Branin in 50 trials, and within 0.01 on the mixed space",
    { timeout: 60_000 },
    () => {
      const middle = <D extends SearchSpace.Declaration>(problem: Problems.Problem<D>) =>
        median([1, 2, 3].map((seed) => regret(problem, GaussianProcess.suggest, seed, 50)))
      assert.isBelow(middle(Problems.branin), 1e-3)
      assert.isBelow(middle(Problems.mixed), 0.01)
    }
  )

  it("resolves the minimum of Branin to 1e-6 in 60 trials, by the process of what is near", { timeout: 60_000 }, () => {
    const reached = median([1, 2, 3].map((seed) => regret(Problems.branin, GaussianProcess.suggest, seed, 60)))
    assert.isBelow(reached, 1e-6)
  })

  it("leaves a branch that it has searched through, and finds the better one", { timeout: 60_000 }, () => {
    const reached = median([1, 2, 3].map((seed) => regret(Problems.conditional, GaussianProcess.suggest, seed, 70)))
    assert.isBelow(reached, 0.05)
  })

  it("sends workers that ask at once to different places", () => {
    const { space } = Problems.branin
    const history = trialsOf(Problems.branin, GaussianProcess.suggest, 1, 10)
    const pending: Array<{ readonly number: number; readonly params: { readonly x: number; readonly y: number } }> = []
    for (let number = 10; number < 16; number++) {
      const params = GaussianProcess.suggest({ space, directions: ["minimize"], seed: 1, number, history, pending })
      pending.push({ number, params })
    }
    const points = pending.map(({ params }) => SearchSpace.encodeUnsafe(space, params))
    const gaps = points.flatMap((a, i) => points.slice(i + 1).map((b) => Math.hypot(a[0]! - b[0]!, a[1]! - b[1]!)))
    assert.isAbove(Math.min(...gaps), 1e-5)
    assert.isAbove(Math.max(...gaps), 0.02)
  })

  it("does not try the same twice while there is something else, and goes on when there is not", () => {
    const space = SearchSpace.makeUnsafe({ n: SearchSpace.int(1, 12), flag: SearchSpace.boolean() })
    const problem = {
      name: "cells",
      space,
      minimum: 0,
      evaluate: ({ flag, n }: { readonly n: number; readonly flag: boolean }) => (n - 7) ** 2 + (flag ? 1 : 0)
    }
    const trials = trialsOf(problem, GaussianProcess.suggest, 3, 30)
    const kinds = new Set(trials.slice(8, 24).map(({ params }) => `${params.n} ${params.flag}`))
    assert.isAtLeast(kinds.size, 15)
    assert.lengthOf(trials, 30)
  })

  it("gives the same for a shifted objective and for one scaled by a power of two", () => {
    const { space } = Problems.hartmann6
    const history = trialsOf(Problems.hartmann6, GaussianProcess.suggest, 5, 14)
    const after = (change: (value: number) => number) =>
      GaussianProcess.suggest({
        space,
        directions: ["minimize"],
        seed: 5,
        number: 14,
        pending: [],
        history: history.map((trial) => ({ ...trial, values: trial.values.map(change) }))
      })
    assert.deepStrictEqual(
      after((value) => value * 1024),
      after((value) => value)
    )
  })

  it("stands values of any size, equal ones, and trials that failed", () => {
    const { space } = Problems.branin
    for (const values of [
      [1e308, -1e308],
      [1e-310, 0],
      [3, 3]
    ]) {
      const history = Array.from({ length: 12 }, (_, number) => ({
        state: "complete" as const,
        number,
        params: SearchSpace.sample(space, { seed: 1, number }),
        values: [values[number % 2]!]
      }))
      const failed = {
        state: "failed" as const,
        number: 12,
        params: SearchSpace.sample(space, { seed: 1, number: 12 })
      }
      const request = { space, directions: ["minimize"], seed: 1, number: 13, pending: [] } as const
      const params = GaussianProcess.suggest({ ...request, history: [...history, failed] })
      assert.isTrue(SearchSpace.contains(space, params))
      assert.deepStrictEqual(params, GaussianProcess.suggest({ ...request, history }))
    }
  })

  it("stays away from where constraints were broken, however good the values are there", () => {
    const { space, evaluate } = Problems.branin
    const history = Array.from({ length: 24 }, (_, number) => {
      const params = SearchSpace.sample(space, { seed: 2, number })
      const isBroken = params.x > 2.5
      return {
        state: "complete" as const,
        number,
        params,
        values: [isBroken ? -1_000 : evaluate(params)],
        constraints: [params.x - 2.5]
      }
    })
    const request = { space, directions: ["minimize"], seed: 1, pending: [], history } as const
    const xs = [24, 25, 26, 27].map((number) => GaussianProcess.suggest({ ...request, number }).x)
    for (const x of xs) assert.isBelow(x, 4)
  })

  it("has the defaults that it tells of, and refuses options out of range", () => {
    assert.deepStrictEqual<object>(GaussianProcess.defaults, { startup: 8, pointsMax: 300 })
    assert.deepStrictEqual(Result.getOrThrow(GaussianProcess.make()).options, GaussianProcess.defaults)
    const refused = GaussianProcess.make({ startup: 1 })
    assert.strictEqual(Result.isFailure(refused) && refused.failure.message.startsWith("gp.startup:"), true)
  })
})
