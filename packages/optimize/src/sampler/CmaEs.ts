/**
 * CMA-ES: an evolution strategy that learns the shape of the objective (N. Hansen, A. Ostermeier, "Completely derandomized
 * self-adaptation in evolution strategies", Evol. Comput. 9(2), 2001), restarted with twice the population when it has
 * converged (IPOP: A. Auger, N. Hansen, "A restart CMA evolution strategy with increasing population size", CEC 2005).
 *
 * A generation is the next λ trials by number, whoever suggested them: a trial of another sampler takes part as an injected
 * solution. Points outside of the bounds are drawn again, and in the end set onto the bound. Integers, ordinal
 * and stepped variables keep a margin (see `internal/evolution`). Unordered and conditional variables are left to `Tpe`, one by one.
 *
 * **When to use** Hundreds to thousands of trials, continuous or ordered variables, interactions between them.
 *
 * **Guarantees** Only the ranking of values counts. The state is computed from the trials alone, so a resumed study goes on as one
 * that never stopped; trials of a generation that are still running when the next begins count as its worst.
 *
 * **Does not guarantee** Much within the first ten generations: for fewer trials use `GaussianProcess`.
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import * as Evolution from "../internal/evolution.ts"
import * as Generations from "../internal/generations.ts"
import { quantile } from "../internal/normal.ts"
import { real, withDefault } from "../internal/optionSchema.ts"
import * as RandomStream from "../internal/random.ts"
import { rank } from "../internal/ranking.ts"
import { build, encodeUnsafe } from "../space/SearchSpace.ts"
import type { Declaration, Params, SearchSpace } from "../space/SearchSpace.ts"
import { parseOptions, streams } from "./Sampler.ts"
import type { InvalidOptions, Observation, Request, Sampler } from "./Sampler.ts"
import * as Tpe from "./Tpe.ts"

/** The options with their defaults. */
export const Options = Schema.Struct({
  /** First standard deviation, as a share of each range. 0.001 … 1, default 0.2. */
  sigma: withDefault(real(0.001, 1), 0.2),
  /** Size of the first population; 0 takes 4 + ⌊3 ln d⌋. Otherwise 4 … 10,000, default 0. */
  population: withDefault(
    Schema.Int.check(
      Schema.makeFilter((size) => size === 0 || (size >= 4 && size <= 10_000), { expected: "0, or from 4 to 10000" })
    ),
    0
  )
})
export type Options = typeof Options.Type

/** What is used where nothing is told. */
export const defaults: Options = Schema.decodeSync(Options)({})

/** Draws a point again so often before it is set onto the bounds. */
const DRAWS = 20

/** The indexes of the variables that the strategy moves: ordered and always active. */
const movedOf = (space: SearchSpace): ReadonlyArray<number> =>
  space.variables.flatMap(({ always, axis }, index) => (axis.ordered && axis.cells !== 1 && always ? [index] : []))

const inside = (point: Float64Array): boolean => point.every((x) => x >= 0 && x <= 1)

/** The point of a trial in its generation. */
const draw = (state: Evolution.State, seed: number, number: number): Float64Array => {
  const random = RandomStream.stream(seed, number, streams.cmaes)
  let point: Float64Array = new Float64Array()
  for (let tries = 0; tries < DRAWS; tries++) {
    const normals = Float64Array.from({ length: state.d }, () =>
      quantile(Math.min(1 - 2 ** -53, Math.max(2 ** -60, RandomStream.uniform(random))))
    )
    point = Evolution.sample(state, normals)
    if (inside(point)) return point
  }
  return point.map((x) => Math.min(1, Math.max(0, x)))
}

/** The strategy, and how often it was started again. */
interface Standing {
  readonly state: Evolution.State
  readonly restarts: number
}

const startOf = (seed: number, d: number, lambda: number, restarts: number, { sigma }: Options): Evolution.State => {
  const random = RandomStream.stream(seed, restarts, streams.cmaes, 1)
  const mean = Float64Array.from({ length: d }, () => (restarts === 0 ? 0.5 : RandomStream.uniform(random)))
  return Evolution.begin(mean, sigma, lambda)
}

/** The point from which a trial came: the drawn one if the parameters are its image, otherwise the middle of their cells. */
const pointOf = <D extends Declaration>(
  space: SearchSpace<D>,
  moved: ReadonlyArray<number>,
  drawn: Float64Array,
  params: Params<D>
): Float64Array => {
  const exact = encodeUnsafe(space, params)
  const isImage = moved.every((index, i) => {
    const { axis } = space.variables[index]!
    return axis.toUnit(axis.fromUnit(drawn[i]!)) === exact[index]
  })
  return isImage ? drawn : Float64Array.from(moved, (index) => exact[index]!)
}

/** Whether all values of a generation are the same, so that nothing can be learned from it. */
const isFlat = (trials: ReadonlyArray<Observation>): boolean => {
  const values = trials.flatMap((trial) => (trial.state === "complete" ? [trial.values[0]] : []))
  return values.length > 1 && new Set(values).size === 1
}

const remembered = Generations.memory<Standing>()

/** The strategy as it is when the trial is asked for. */
const standing = (request: Request, moved: ReadonlyArray<number>, options: Options): Evolution.State => {
  const { directions, seed, space } = request
  const d = moved.length
  const cells = moved.map((index) => space.variables[index]!.axis.cells)
  const first = options.population === 0 ? Evolution.lambdaOf(d) : options.population

  const next = ({ restarts, state }: Standing, trials: ReadonlyArray<Observation>): Standing => {
    const ranked = rank(trials, directions)
    // With fewer than half of its results a generation says too little: the next is drawn from the same distribution.
    if (ranked.length < state.lambda / 2) return { restarts, state }
    const points = ranked.map((trial) => pointOf(space, moved, draw(state, seed, trial.number), trial.params))
    const advanced = Evolution.withMargin(Evolution.advance(state, points), cells)
    if (!Evolution.hasConverged(advanced) && !isFlat(trials)) return { restarts, state: advanced }
    const again = restarts + 1
    return { restarts: again, state: startOf(seed, d, first * 2 ** Math.min(again, 10), again, options) }
  }

  return Generations.standing(remembered, request, {
    key: `${first} ${options.sigma} ${seed} ${directions.join()}`,
    first: { restarts: 0, state: startOf(seed, d, first, 0, options) },
    size: ({ state }) => state.lambda,
    next
  }).state.state
}

/** Suggests the next parameters. */
export const suggest = <D extends Declaration>(request: Request<D>, options: Options = defaults): Params<D> => {
  const { number, seed, space } = request
  const moved = movedOf(space)
  if (moved.length === 0) return Tpe.suggest(request)
  const point = draw(standing(request, moved, options), seed, number)
  const places = new Map(moved.map((index, i) => [index, point[i]!]))
  const others = moved.length === space.variables.length ? undefined : Tpe.chooser(request)
  return build(space, (variable, index) => {
    const place = places.get(index)
    return place === undefined ? others!(variable, index) : variable.axis.fromUnit(place)
  })
}

/** The sampler. Options left out take their defaults. */
export const make = (options?: Partial<Options>): Result.Result<Sampler, InvalidOptions> =>
  Result.map(parseOptions("cmaes", Options, options ?? {}), (settings) => ({
    name: "cmaes",
    options: settings,
    objectives: "one",
    suggest: (request) => suggest(request, settings)
  }))
