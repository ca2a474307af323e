/**
 * Two objectives, both to be minimized, with known fronts (E. Zitzler, K. Deb, L. Thiele, "Comparison of multiobjective evolutionary
 * algorithms: empirical results", Evol. Comput. 8(2), 2000), here in 10 variables.
 */
import { hypervolume } from "../../src/internal/dominance.ts"
import type { Observation } from "../../src/sampler/Sampler.ts"
import * as SearchSpace from "../../src/space/SearchSpace.ts"
import type { Suggest } from "./run.ts"

const VARIABLES = 10

export const space: SearchSpace.SearchSpace = SearchSpace.makeUnsafe(
  Object.fromEntries(Array.from({ length: VARIABLES }, (_, i) => [`x${i}`, SearchSpace.float(0, 1)]))
)

type Evaluate = (params: SearchSpace.AnyParams) => readonly [number, number]

const zdt =
  (shape: (first: number, tail: number) => number): Evaluate =>
  (params) => {
    const [first = 0, ...rest] = Object.values(params).map(Number)
    const tail = 1 + (9 * rest.reduce((sum, x) => sum + x, 0)) / rest.length
    return [first, tail * shape(first, tail)]
  }

/** A convex front, a concave one, and one in five pieces. */
export const problems: Readonly<Record<string, Evaluate>> = {
  zdt1: zdt((x, g) => 1 - Math.sqrt(x / g)),
  zdt2: zdt((x, g) => 1 - (x / g) ** 2),
  zdt3: zdt((x, g) => 1 - Math.sqrt(x / g) - (x / g) * Math.sin(10 * Math.PI * x))
}

/** The volume that the trials dominate, up to (1.1, 6): the higher, the better. */
export const volume = (evaluate: Evaluate, suggest: Suggest, seed: number, trials: number): number => {
  const history: Array<Extract<Observation, { readonly state: "complete" }>> = []
  for (let number = 0; number < trials; number++) {
    const params = suggest({ space, directions: ["minimize", "minimize"], seed, number, history, pending: [] })
    history.push({ state: "complete", number, params, values: evaluate(params) })
  }
  return hypervolume(
    history.map(({ values }) => values),
    [1.1, 6]
  )
}
