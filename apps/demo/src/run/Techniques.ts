/**
 * How the six optimizer agents look for parameters: the samplers of `@mabeam/optimize` under different settings, and a local
 * search around what the team has agreed on.
 *
 * @since 0.1.0
 */
import { GaussianProcess, Random, type Sampler, SearchSpace, Sobol, Tpe } from "@mabeam/optimize"
import { Result, Schema, Struct } from "effect"
import * as SeededRandom from "../data/SeededRandom.ts"
import { defaults, type Dimension, HyperParameters, searchSpace } from "../training/HyperParameters.ts"
import { type Temperament, temperaments } from "./Bidding.ts"
import { score } from "./Score.ts"
import { names } from "./names.ts"
import type { RunState } from "./RunState.ts"

const variableOf = (dimension: Dimension) => {
  switch (dimension.kind) {
    case "float":
      return SearchSpace.float(dimension.min, dimension.max)
    case "log-float":
      return SearchSpace.logFloat(dimension.min, dimension.max)
    case "int":
      return SearchSpace.int(dimension.min, dimension.max)
    case "categorical":
      return SearchSpace.categorical(dimension.choices)
  }
}

/** What is searched: the tuned parameters, without the number of epochs, which is the same for all. */
export const space: SearchSpace.SearchSpace = SearchSpace.makeUnsafe(
  Object.fromEntries(searchSpace.map((dimension) => [dimension.name, variableOf(dimension)]))
)

const decode = Schema.decodeUnknownSync(HyperParameters)

/** A point of the space as the parameters of a training. */
export const toHyperParameters = (params: SearchSpace.AnyParams): HyperParameters =>
  decode({ ...params, epochs: defaults.epochs })

/** The tuned parameters of a training, as a point of the space. */
export const toParams = (params: HyperParameters): SearchSpace.AnyParams => Struct.omit(params, ["epochs"])

/** What a suggestion is made from. */
export interface Request {
  readonly seed: number
  /** The number of the team's trial, from 1. */
  readonly number: number
  readonly state: RunState
}

/** A way to look for parameters. */
export interface Technique {
  readonly sampler: string
  readonly temperament: Temperament
  readonly suggest: (request: Request) => HyperParameters
}

const historyOf = (state: RunState) => {
  const numbered = [...state.trials.values()].map((trial, index) => ({ trial, number: index }))
  return {
    history: numbered.flatMap(({ number, trial }) => {
      const finished = state.finished.get(trial.job)
      return finished === undefined
        ? []
        : [{ state: "complete", number, params: toParams(trial.params), values: [score(finished.result)] } as const]
    }),
    pending: numbered.flatMap(({ number, trial }) =>
      state.finished.has(trial.job) ? [] : [{ number, params: toParams(trial.params) }]
    )
  }
}

const sampled =
  (sampler: Sampler.Sampler): Technique["suggest"] =>
  ({ number, seed, state }) =>
    toHyperParameters(
      sampler.suggest({ space, directions: ["maximize"], seed, number: number - 1, ...historyOf(state) })
    )

/** Steps away from the agreed values, in units of each parameter's range, wide at first and narrower with each trial. */
const nearby =
  (widest: number, narrowest: number): Technique["suggest"] =>
  ({ number, seed, state }) => {
    const random = SeededRandom.make(seed).fork(`nearby-${number}`)
    const center = SearchSpace.encodeUnsafe(space, toParams(state.best?.params ?? state.agreed.params))
    const width = Math.max(narrowest, widest * 0.96 ** number)
    const point = Float64Array.from(center, (place) => reflect(place + width * random.normal()))
    return toHyperParameters(SearchSpace.decode(space, point))
  }

/** Folds a step over the border of [0, 1] back into it. */
const reflect = (place: number): number => {
  const folded = Math.abs(place % 2)
  return Math.min(1 - Number.EPSILON, folded > 1 ? 2 - folded : folded)
}

const tpe = (options: Parameters<typeof Tpe.make>[0]) => sampled(Result.getOrThrow(Tpe.make(options)))

/** The techniques, in the order in which they are given to agents; with more agents they begin again. */
const techniques: ReadonlyArray<Technique> = [
  { sampler: "tpe", temperament: temperaments.bold, suggest: tpe({ startup: 8 }) },
  {
    sampler: "gaussian process",
    temperament: temperaments.steady,
    suggest: sampled(Result.getOrThrow(GaussianProcess.make({})))
  },
  { sampler: "local search", temperament: temperaments.bold, suggest: nearby(0.25, 0.05) },
  { sampler: "sobol", temperament: temperaments.thrifty, suggest: sampled(Result.getOrThrow(Sobol.make({}))) },
  {
    sampler: "tpe, wide",
    temperament: temperaments.thrifty,
    suggest: tpe({ startup: 10, goodFraction: 0.25, exploration: 0.15 })
  },
  { sampler: "random", temperament: temperaments.steady, suggest: sampled(Random.make()) }
]

/** Agent `index`, counted from 0. */
export const techniqueOf = (index: number): Technique & { readonly id: string } => ({
  ...techniques[index % techniques.length]!,
  id: names[index % names.length]!
})

/**
 * Random search, which the team is compared with: the same seed gives the same trials. Its stream is its own, so that the
 * team's random agent does not draw the points of its opponent.
 */
export const randomSearch = (seed: number, number: number): HyperParameters =>
  toHyperParameters(
    Random.make().suggest({
      space,
      directions: ["maximize"],
      seed: SeededRandom.make(seed).fork("random search").uint32(),
      number: number - 1,
      history: [],
      pending: []
    })
  )
