/**
 * What the comparison of samplers minimizes, and how one sampler does on it.
 *
 * @since 0.1.0
 */
import { Problems, SearchSpace, SpaceJson } from "@mabeam/optimize"
import type { Sampler } from "@mabeam/optimize"
import { Result } from "effect"
import * as Team from "./team.ts"

/** A function as the comparison knows it. */
export interface Entry {
  readonly name: string
  /** How many dimensions, for people. */
  readonly dimensions: number
  readonly space: SpaceJson.SpaceJson
  /** Why a sampler cannot search it, if it cannot. */
  readonly refusal: (sampler: Sampler.Sampler) => string | undefined
  /** Distance of the best of the first trials from the minimum, after each budget. */
  readonly regrets: (sampler: Sampler.Sampler, seed: number, budgets: ReadonlyArray<number>) => ReadonlyArray<number>
  /** The same of a team of agents with different samplers. */
  readonly teamRegrets: (seed: number, budgets: ReadonlyArray<number>) => Promise<ReadonlyArray<number>>
  /** Distance of parameters from the minimum; throws when they are not of the space. */
  readonly distance: (params: unknown) => number
  /** Milliseconds of suggestions after so many random trials, each timed. */
  readonly times: (sampler: Sampler.Sampler, trials: number, repetitions: number) => ReadonlyArray<number>
}

type Complete<D extends SearchSpace.Declaration> = Extract<Sampler.Observation<D>, { readonly state: "complete" }>

const entry = <D extends SearchSpace.Declaration>(problem: Problems.Problem<D>): Entry => {
  const { evaluate, minimum, name, space } = problem
  const request = { space, directions: ["minimize"], pending: [] } as const
  return {
    name,
    dimensions: space.variables.length,
    space: SpaceJson.encode(space),
    refusal: (sampler) => sampler.refusal?.(space)?.message,
    regrets: (sampler, seed, budgets) => {
      const history: Array<Complete<D>> = []
      const best: Array<number> = []
      let least = Number.POSITIVE_INFINITY
      for (let number = 0; number < Math.max(...budgets); number++) {
        if (sampler.isExhausted?.({ ...request, seed, number, history }) === true) break
        const params = sampler.suggest({ ...request, seed, number, history })
        const value = evaluate(params)
        history.push({ state: "complete", number, params, values: [value] })
        least = Math.min(least, value)
        best.push(least)
      }
      return budgets.map((budget) => best[Math.min(budget, best.length) - 1]! - minimum)
    },
    teamRegrets: (seed, budgets) => Team.regrets(problem, seed, budgets),
    distance: (params) =>
      evaluate(Result.getOrThrowWith(SearchSpace.validate(space, params), (error) => error)) - minimum,
    times: (sampler, trials, repetitions) => {
      const history = Array.from({ length: trials }, (_, number): Complete<D> => {
        const params = SearchSpace.sample(space, { seed: 1, number })
        return { state: "complete", number, params, values: [evaluate(params)] }
      })
      const once = (number: number) => {
        const before = performance.now()
        sampler.suggest({ ...request, seed: 1, number, history })
        return performance.now() - before
      }
      // The first ones warm up.
      for (let i = 0; i < 3; i++) once(trials + i)
      return Array.from({ length: repetitions }, (_, i) => once(trials + 3 + i))
    }
  }
}

/** The functions of the comparison, in the order of its table. */
export const entries: ReadonlyArray<Entry> = [
  entry(Problems.branin),
  entry(Problems.hartmann3),
  entry(Problems.hartmann6),
  entry(Problems.ackley5),
  entry(Problems.levy4),
  entry(Problems.rosenbrock4),
  entry(Problems.mixed),
  entry(Problems.conditional)
]

/** The function of a name. */
export const entryOf = (name: string): Entry => {
  const found = entries.find((each) => each.name === name)
  if (found === undefined) throw new Error(`no function is called "${name}"`)
  return found
}
