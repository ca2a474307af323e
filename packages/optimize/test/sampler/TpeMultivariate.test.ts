import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import * as Dominance from "../../src/internal/dominance.ts"
import * as Problems from "../../src/problem/Problems.ts"
import * as Random from "../../src/sampler/Random.ts"
import type { Observation, Request } from "../../src/sampler/Sampler.ts"
import * as Tpe from "../../src/sampler/Tpe.ts"
import * as TpeMultivariate from "../../src/sampler/TpeMultivariate.ts"
import * as SearchSpace from "../../src/space/SearchSpace.ts"
import { median, regret } from "./run.ts"
import type { Suggest } from "./run.ts"

const seeds = Array.from({ length: 9 }, (_, seed) => seed)
const eager: Tpe.Options = { ...TpeMultivariate.defaults, startup: 1, exploration: 0, priorWeight: 0.1 }

const square = SearchSpace.makeUnsafe({ x: SearchSpace.float(0, 1), y: SearchSpace.float(0, 1) })

/** A lattice of 12 by 12 points, whose values are the distance to the nearer of (0.2, 0.8) and (0.8, 0.2). */
const twoValleys = Array.from({ length: 144 }, (_, number) => {
  const [x, y] = [(number % 12) / 11, Math.floor(number / 12) / 11]
  const values = [Math.min(Math.hypot(x - 0.2, y - 0.8), Math.hypot(x - 0.8, y - 0.2))]
  return { state: "complete" as const, number, params: { x, y }, values }
})

const asks = (count: number) => Array.from({ length: count }, (_, i) => 1_000 + i)

describe("TpeMultivariate", () => {
  it("sees which values go together, where one variable at a time does not", () => {
    const request = { space: square, directions: ["minimize"] as const, seed: 1, history: twoValleys, pending: [] }
    const inValley = (suggest: Suggest, options: Tpe.Options) =>
      asks(200).filter((number) => {
        const { x, y } = (suggest === Tpe.suggest ? Tpe : TpeMultivariate).suggest({ ...request, number }, options)
        return Math.min(Math.hypot(x - 0.2, y - 0.8), Math.hypot(x - 0.8, y - 0.2)) < 0.25
      }).length
    const options = { ...eager, candidates: 4 }
    const [apart, together] = [inValley(Tpe.suggest, options), inValley(TpeMultivariate.suggest, options)]
    assert.isAbove(together, 180)
    assert.isBelow(apart, 150)
  })

  it("beats random search clearly, medians over 9 seeds at 60 trials", { timeout: 60_000 }, () => {
    const compare = <D extends SearchSpace.Declaration>(problem: Problems.Problem<D>, factor: number) => {
      const middle = (suggest: Suggest) => median(seeds.map((seed) => regret(problem, suggest, seed, 60)))
      assert.isBelow(middle(TpeMultivariate.suggest) * factor, middle(Random.suggest), problem.name)
    }
    compare(Problems.branin, 3)
    compare(Problems.hartmann6, 1.5)
  })

  it("learns a conditional group from the trials in which it is active, all of its variables together", () => {
    const space = SearchSpace.makeUnsafe({
      branch: SearchSpace.boolean(),
      x: SearchSpace.when("branch = true", SearchSpace.float(0, 1)),
      y: SearchSpace.when("branch = true", SearchSpace.float(0, 1))
    })
    // Without the branch all goes well; within it, the valleys are best.
    const inside = twoValleys.map(({ params, values: [value = 0], ...trial }) => {
      return { ...trial, params: { branch: true, ...params }, values: [10 + value] }
    })
    const outside = Array.from({ length: 60 }, (_, i) => {
      return { state: "complete" as const, number: 144 + i, params: { branch: false }, values: [0] }
    })
    const request = { space, directions: ["minimize"] as const, seed: 1, history: [...inside, ...outside], pending: [] }
    const greedy = { ...eager, exploration: 1 }
    const near = asks(100).flatMap((number) => {
      // Exploring draws the branch by chance, and what depends on it from the model.
      const { x, y } = TpeMultivariate.suggest({ ...request, number }, greedy)
      return x === undefined || y === undefined
        ? []
        : [Math.min(Math.hypot(x - 0.2, y - 0.8), Math.hypot(x - 0.8, y - 0.2))]
    })
    assert.isAbove(near.length, 30)
    assert.isAbove(near.filter((distance) => distance < 0.25).length, 0.8 * near.length)
  })

  it("groups the variables of an open space by the trials that have them", () => {
    let space: SearchSpace.SearchSpace = SearchSpace.open
    for (const name of ["x", "y", "z"])
      space = Result.getOrThrow(SearchSpace.extend(space, name, SearchSpace.float(0, 1)))
    const history: ReadonlyArray<Observation> = twoValleys.map(({ params, ...trial }) => {
      // None of the good ones has z.
      return { ...trial, params: trial.values[0]! < 0.4 ? { ...params } : { ...params, z: 0.5 } }
    })
    const request: Request = { space, directions: ["minimize"], seed: 1, number: 0, history, pending: [] }
    const near = asks(100).filter((number) => {
      const params = TpeMultivariate.suggest({ ...request, number }, eager)
      assert(SearchSpace.contains(space, params) && Number.isFinite(params["z"]))
      const { x, y } = params
      return Math.min(Math.hypot(Number(x) - 0.2, Number(y) - 0.8), Math.hypot(Number(x) - 0.8, Number(y) - 0.2)) < 0.25
    })
    assert.isAbove(near.length, 90)
  })

  it("has the options of tpe with defaults of its own, and refuses others in its own name", () => {
    const made = Result.getOrThrow(TpeMultivariate.make())
    assert.deepStrictEqual([made.name, made.options], ["tpe-multivariate", TpeMultivariate.defaults])
    const junk: ReadonlyArray<readonly [object, string]> = [
      [{ startup: -1 }, "startup"],
      [{ startup: 1e9 }, "startup"],
      [{ goodFraction: 0 }, "goodFraction"],
      [{ goodFraction: "0.1" }, "goodFraction"],
      [{ goodMax: 2.5 }, "goodMax"],
      [{ candidates: 0 }, "candidates"],
      [{ candidates: null }, "candidates"],
      [{ exploration: 1.1 }, "exploration"],
      [{ exploration: Number.NaN }, "exploration"],
      [{ priorWeight: Number.POSITIVE_INFINITY }, "priorWeight"],
      [{ group: true }, "group"],
      [{ multivariate: true }, "multivariate"]
    ]
    for (const [options, path] of junk) {
      const refused = TpeMultivariate.make(options)
      assert(Result.isFailure(refused), path)
      assert.strictEqual(refused.failure.message.split(":")[0], `tpe-multivariate.${path}`)
    }
  })
})

const samplers = [
  ["tpe", Tpe],
  ["tpe-multivariate", TpeMultivariate]
] as const

describe.each(samplers)("several objectives and constraints, %s", (_, sampler) => {
  const five: SearchSpace.SearchSpace = SearchSpace.makeUnsafe(
    Object.fromEntries(Array.from({ length: 5 }, (_, i) => [`x${i}`, SearchSpace.float(0, 1)]))
  )
  /** ZDT1 (E. Zitzler, K. Deb, L. Thiele, 2000) in five variables. */
  const zdt1 = (params: Readonly<Record<string, unknown>>): ReadonlyArray<number> => {
    const [first = 0, ...rest] = Object.values(params).map(Number)
    const g = 1 + (9 * rest.reduce((sum, x) => sum + x, 0)) / rest.length
    return [first, g * (1 - Math.sqrt(first / g))]
  }
  const volume = (suggest: Suggest, seed: number) => {
    const history: Array<Extract<Observation, { readonly state: "complete" }>> = []
    for (let number = 0; number < 100; number++) {
      const params = suggest({ space: five, directions: ["minimize", "minimize"], seed, number, history, pending: [] })
      history.push({ state: "complete", number, params, values: zdt1(params) })
    }
    return Dominance.hypervolume(
      history.map(({ values }) => values),
      [1.1, 6]
    )
  }

  it("dominates more of ZDT1 than random search, on every one of 5 seeds", { timeout: 60_000 }, () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const random = volume(Random.suggest, seed)
      assert.isAbove(volume(sampler.suggest, seed), random + 0.3)
    }
  })

  it("does not care for the units of objectives, nor for maximizing the negated ones", () => {
    const history = Array.from({ length: 60 }, (_, number): Extract<Observation, { readonly state: "complete" }> => {
      const params = Random.suggest({ space: five, seed: 3, number })
      return { state: "complete", number, params, values: zdt1(params) }
    })
    const base = {
      space: five,
      seed: 3,
      number: 60,
      directions: ["minimize", "minimize"] as const,
      history,
      pending: []
    }
    const scaled = history.map((trial) => ({ ...trial, values: [trial.values[0]! * 1024, trial.values[1]! / 4] }))
    const flipped = history.map((trial) => ({ ...trial, values: [-trial.values[0]!, trial.values[1]!] }))
    const expected = sampler.suggest(base)
    assert.deepStrictEqual(sampler.suggest({ ...base, history: scaled }), expected)
    assert.deepStrictEqual(
      sampler.suggest({ ...base, history: flipped, directions: ["maximize", "minimize"] }),
      expected
    )
    assert.deepStrictEqual(sampler.suggest({ ...base, history: history.toReversed() }), expected)
  })

  it("suggests where constraints are kept, or broken least", () => {
    // The best values lie where the constraint is broken: it is kept above 0.6.
    const told = (kept: (x: number) => boolean) =>
      twoValleys.map(({ number, params }) => {
        const { x } = params
        return { state: "complete" as const, number, params, values: [x], constraints: [kept(x) ? -1 : 1.01 - x] }
      })
    const meanOf = (history: ReturnType<typeof told>) => {
      const request = { space: square, directions: ["minimize"] as const, seed: 1, history, pending: [] }
      return asks(100).reduce((sum, number) => sum + sampler.suggest({ ...request, number }, eager).x, 0) / 100
    }
    assert.closeTo(meanOf(told((x) => x >= 0.6)), 0.64, 0.08)
    assert.isAbove(meanOf(told(() => false)), 0.85)
    assert.isBelow(meanOf(told(() => true)), 0.15)
  })

  it("suggests with more objectives than hypervolumes are reckoned for, and with values at the ends of the doubles", () => {
    for (const objectives of [2, 3, 4, 6]) {
      const history = Array.from({ length: 40 }, (_, number) => {
        const params = Random.suggest({ space: square, seed: 5, number })
        const values = Array.from(
          { length: objectives },
          (_, k) => (k % 2 === 0 ? 1.7e308 : -1e-308) * (params.x - 0.1 * k)
        )
        return { state: "complete" as const, number, params, values }
      })
      const directions = history[0]!.values.map(() => "minimize" as const)
      const params = sampler.suggest({ space: square, directions, seed: 1, number: 40, history, pending: [] })
      assert(SearchSpace.contains(square, params))
    }
  })
})
