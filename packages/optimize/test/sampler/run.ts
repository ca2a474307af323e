/** Runs a sampler on a problem, one trial after the other. */
import type { Problem } from "../../src/problem/Problems.ts"
import type { Observation, Request } from "../../src/sampler/Sampler.ts"
import type { Declaration, Params } from "../../src/space/SearchSpace.ts"

export type Suggest = <D extends Declaration>(request: Request<D>) => Params<D>

/** The complete trials, in order. */
export const trialsOf = <D extends Declaration>(
  { space, evaluate }: Problem<D>,
  suggest: Suggest,
  seed: number,
  trials: number
): ReadonlyArray<Extract<Observation<D>, { readonly state: "complete" }>> => {
  const history: Array<Extract<Observation<D>, { readonly state: "complete" }>> = []
  for (let number = 0; number < trials; number++) {
    const params = suggest({ space, directions: ["minimize"], seed, number, history, pending: [] })
    history.push({ state: "complete", number, params, values: [evaluate(params)] })
  }
  return history
}

/** How far the best trial is from the minimum. */
export const regret = <D extends Declaration>(problem: Problem<D>, suggest: Suggest, seed: number, trials: number) =>
  Math.min(...trialsOf(problem, suggest, seed, trials).map(({ values }) => values[0]!)) - problem.minimum

/** The middle of an odd number of values; of an even number, the upper of the two. */
export const median = (values: ReadonlyArray<number>): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
