import { assert, describe, it } from "@effect/vitest"
import { campaign, law } from "@foundation/core/testing/law"
import { Result } from "effect"
import * as RandomStream from "../../src/internal/random.ts"
import * as Problems from "../../src/problem/Problems.ts"
import * as NsgaII from "../../src/sampler/NsgaII.ts"
import * as Random from "../../src/sampler/Random.ts"
import type { Observation, Request } from "../../src/sampler/Sampler.ts"
import * as SearchSpace from "../../src/space/SearchSpace.ts"
import { cases } from "../spaces.ts"
import type { Case } from "../spaces.ts"
import { median, regret } from "./run.ts"
import type { Suggest } from "./run.ts"
import * as Zdt from "./zdt.ts"

const seeds = [1, 2, 3, 4, 5]

const small: NsgaII.Options = { ...NsgaII.defaults, population: 4 }

/** Histories of two or three objectives, of all states, with and without constraints. */
const requestOf = ({ space, seed }: Case): Request => {
  const random = RandomStream.stream(seed, 7)
  const objectives = 2 + RandomStream.below(random, 2)
  const length = 4 + RandomStream.below(random, 30)
  const history = Array.from({ length }, (_, number): Observation => {
    const params = SearchSpace.sample(space, { seed, number })
    const kind = RandomStream.below(random, 10)
    if (kind === 0) return { state: "failed", number, params }
    if (kind === 1) return { state: "pruned", number, params, step: RandomStream.below(random, 3) }
    const values = Array.from({ length: objectives }, () => RandomStream.below(random, 6))
    return kind === 2
      ? { state: "complete", number, params, values, constraints: [RandomStream.below(random, 3) - 1] }
      : { state: "complete", number, params, values }
  })
  const directions = history.slice(0, objectives).map((_, k) => (k % 2 === 0 ? "minimize" : "maximize"))
  return { space, directions: directions as Request["directions"], seed, number: length, history, pending: [] }
}

const changed = (request: Request, change: (value: number, k: number) => number): Request => ({
  ...request,
  history: request.history.map((trial) =>
    trial.state === "complete" ? { ...trial, values: trial.values.map(change) } : trial
  )
})

describe("NsgaII", () => {
  it("dominates more of ZDT1, 2 and 3 than random search after 200 trials, medians over 5 seeds", () => {
    for (const [name, evaluate] of Object.entries(Zdt.problems)) {
      const middle = (suggest: Suggest) => median(seeds.map((seed) => Zdt.volume(evaluate, suggest, seed, 200)))
      assert.isAbove(middle(NsgaII.suggest), 1.2 * middle(Random.suggest), name)
    }
  })

  it("comes near the whole front of ZDT1 in 1,000 trials", () => {
    // Of the reference box the front leaves out 1/3 below it: 1.1 × 6 − 1/3 is all that can be dominated.
    const zdt1 = Zdt.problems["zdt1"]!
    assert.isAbove(median([1, 2, 3].map((seed) => Zdt.volume(zdt1, NsgaII.suggest, seed, 1_000))), 0.95 * (6.6 - 1 / 3))
  })

  it("works with one objective: ahead of random search on the mixed space and on Ackley-5", () => {
    const compare = <D extends SearchSpace.Declaration>(problem: Problems.Problem<D>, factor: number) => {
      const middle = (suggest: Suggest) => median(seeds.map((seed) => regret(problem, suggest, seed, 200)))
      assert.isBelow(middle(NsgaII.suggest) * factor, middle(Random.suggest), problem.name)
    }
    compare(Problems.mixed, 2)
    compare(Problems.ackley5, 1.2)
  })

  law(
    "several objectives: suggests members of the space, however trials are listed",
    campaign(500, 10_000),
    cases,
    (given) => {
      const request = requestOf(given)
      const params = NsgaII.suggest(request, small)
      assert.deepStrictEqual(NsgaII.suggest({ ...request, history: request.history.toReversed() }, small), params)
      return SearchSpace.contains(given.space, params)
    }
  )

  law(
    "several objectives: maximizing is minimizing the negated, a power of two and a shift change nothing",
    campaign(500, 10_000),
    cases,
    (given) => {
      const request = requestOf(given)
      const params = NsgaII.suggest(request, small)
      const negated = changed(request, (value, k) => (k === 0 ? -value : value))
      const directions = request.directions.map((direction, k) => (k === 0 ? "maximize" : direction))
      assert.deepStrictEqual(NsgaII.suggest({ ...negated, directions }, small), params)
      assert.deepStrictEqual(
        NsgaII.suggest(
          changed(request, (value) => 8 * value - 64),
          small
        ),
        params
      )
      return true
    }
  )

  it("breeds from the front, not from what it dominates, and not from what breaks constraints", () => {
    const space = SearchSpace.makeUnsafe({ x: SearchSpace.float(0, 1) })
    // 0.2 … 0.3 is the front; 0.7 … 0.8 is dominated or breaks a constraint with better values.
    const history = Array.from({ length: 8 }, (_, number) => {
      const good = number < 4
      const x = good ? 0.2 + number / 30 : 0.7 + number / 80
      const values = good ? [number, 4 - number] : number % 2 === 0 ? [number + 5, 9] : [-1, -1]
      const constraints = good || number % 2 === 0 ? [-1, 0] : [-1, 0.1]
      return { state: "complete" as const, number, params: { x }, values, constraints }
    })
    const places = Array.from({ length: 200 }, (_, i) => {
      const request = { space, directions: ["minimize", "minimize"], seed: 1, history, pending: [] } as const
      return NsgaII.suggest({ ...request, number: 8 + i }, { ...small, mutation: 1e-9, mutationEta: 1_000 }).x
    })
    assert.isTrue(places.every((x) => x > 0.1 && x < 0.45))
  })

  it("prefers the better of two as a parent: of four the best wins 7 tournaments in 16, the worst 1", () => {
    const space = SearchSpace.makeUnsafe({ x: SearchSpace.float(0, 1) })
    const history = [0.2, 0.4, 0.6, 0.8].map((x, number) => ({
      state: "complete" as const,
      number,
      params: { x },
      values: [number]
    }))
    const options: NsgaII.Options = { ...small, crossover: 0, mutation: 1e-9, mutationEta: 1_000 }
    const request = { space, directions: ["minimize"], seed: 1, history, pending: [] } as const
    const places = Array.from({ length: 800 }, (_, i) => NsgaII.suggest({ ...request, number: 4 + i }, options).x)
    const near = (x: number) => places.filter((place) => Math.abs(place - x) < 0.1).length / places.length
    assert.closeTo(near(0.2), 7 / 16, 0.05)
    assert.closeTo(near(0.8), 1 / 16, 0.03)
  })

  it("a trial differs from the survivors while something else is left", () => {
    const space = SearchSpace.makeUnsafe({ n: SearchSpace.int(1, 9), flag: SearchSpace.boolean() })
    const history = [0, 1, 2, 3].map((number) => ({
      state: "complete" as const,
      number,
      params: { n: 5, flag: true },
      values: [0]
    }))
    for (let number = 4; number < 104; number++) {
      const request = { space, directions: ["minimize"], seed: 1, number, history, pending: [] } as const
      assert.notDeepEqual(NsgaII.suggest(request, small), { n: 5, flag: true })
    }
  })

  it("each option does what it says", () => {
    const space = SearchSpace.makeUnsafe({ x: SearchSpace.float(0, 1), y: SearchSpace.float(0, 1) })
    const history = [0.3, 0.4, 0.5, 0.6].map((x, number) => ({
      state: "complete" as const,
      number,
      params: { x, y: x },
      values: [0, 0]
    }))
    const seen = (change: Partial<NsgaII.Options>) =>
      Array.from({ length: 300 }, (_, i) => {
        const request = { space, directions: ["minimize", "minimize"], seed: 1, history, pending: [] } as const
        return NsgaII.suggest({ ...request, number: 4 + i }, { ...small, ...change })
      })
    const mixing = (change: Partial<NsgaII.Options>) => seen(change).filter(({ x, y }) => Math.abs(x - y) > 0.05).length
    assert.isAbove(mixing({ crossover: 1 }), 3 * mixing({ crossover: 0, mutationEta: 1_000 }))
    const spread = (change: Partial<NsgaII.Options>) =>
      seen(change).reduce(
        (sum, { x }) => sum + Math.min(...[0.3, 0.4, 0.5, 0.6].map((place) => Math.abs(x - place))),
        0
      )
    assert.isAbove(spread({ mutation: 1 }), 1.5 * spread({ mutation: 0.1 }))
    assert.isAbove(spread({ mutation: 1, mutationEta: 3 }), 1.5 * spread({ mutation: 1, mutationEta: 100 }))
    assert.isAbove(spread({ mutation: 1e-9, crossoverEta: 1 }), 1.5 * spread({ mutation: 1e-9, crossoverEta: 100 }))
    const first = Random.suggest({ space, seed: 1, number: 0 })
    assert.notDeepEqual(first, seen({})[0])
  })

  it("has the defaults that it tells of, and refuses options out of range", () => {
    assert.deepStrictEqual<object>(NsgaII.defaults, {
      population: 20,
      crossover: 0.9,
      mutation: 0,
      crossoverEta: 15,
      mutationEta: 20
    })
    assert.deepStrictEqual(Result.getOrThrow(NsgaII.make()).options, NsgaII.defaults)
    const problem = (options: object) => {
      const refused = NsgaII.make(options)
      assert(Result.isFailure(refused))
      return refused.failure.message.split(" ")[0]
    }
    assert.strictEqual(problem({ population: 3 }), "nsga2.population:")
    assert.strictEqual(problem({ crossover: 1.5 }), "nsga2.crossover:")
    assert.strictEqual(problem({ mutationEta: -1 }), "nsga2.mutationEta:")
    assert.strictEqual(problem({ eta: 1 }), "nsga2.eta:")
  })
})
