/**
 * Differential evolution: a trial takes steps that are differences of others (R. Storn, K. Price, "Differential evolution – a
 * simple and efficient heuristic for global optimization over continuous spaces", J. Global Optim. 11, 1997), here towards one of the
 * best and with step lengths and crossover rates that are learned from what has succeeded (J. Zhang, A. C. Sanderson, "JADE: adaptive
 * differential evolution with optional external archive", IEEE Trans. Evol. Comput. 13(5), 2009; several memories as
 * in R. Tanabe, A. Fukunaga, "Success-history based parameter adaptation for differential evolution", CEC 2013).
 *
 * The population has N slots. The first N trials are a Sobol sequence; from then on trial n competes for slot n mod N with the
 * best trial that the slot has seen, and replaces it at once, not at the end of a generation. A step that leaves the cube ends half-way
 * between where it began and the bound. Of an unordered variable a trial takes the value of one of the best, its own or, where
 * others differ, any. A variable that the slot's trial lacks, because it was inactive there, comes from the others.
 *
 * **When to use** Hundreds to thousands of trials, rugged objectives, variables of every type.
 *
 * **Guarantees** Only the ranking of values counts. The population is computed from the trials alone, whoever suggested them, so a
 * resumed study goes on as one that never stopped. A trial that breaks constraints or was pruned loses to every one that
 * did not; a failed one loses to all. What has been tried or is being tried is moved away by chance, variable by variable.
 *
 * **Does not guarantee** That workers asking at once learn from each other's trials: they are in different slots instead. Another
 * point where next to all of a small space has been tried.
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import * as Differential from "../internal/differential.ts"
import type { Control, State } from "../internal/differential.ts"
import * as Generations from "../internal/generations.ts"
import { real, whole, withDefault } from "../internal/optionSchema.ts"
import * as RandomStream from "../internal/random.ts"
import { rank } from "../internal/ranking.ts"
import type { Telling } from "../internal/ranking.ts"
import * as Variation from "../internal/variation.ts"
import { encodeUnsafe } from "../space/SearchSpace.ts"
import type { Declaration, Params, SearchSpace } from "../space/SearchSpace.ts"
import { parseOptions, streams } from "./Sampler.ts"
import type { InvalidOptions, Request, Sampler } from "./Sampler.ts"
import * as Sobol from "./Sobol.ts"

/** The options with their defaults. */
export const Options = Schema.Struct({
  /** Slots of the population. 4 … 10,000, default 10; larger explores more and settles later. */
  population: withDefault(whole(4, 10_000), 10),
  /** Share of the population that counts as the best, at least two of them. 0.001 … 1, default 0.2. */
  bestFraction: withDefault(real(0.001, 1), 0.2)
})
export type Options = typeof Options.Type

/** What is used where nothing is told. */
export const defaults: Options = Schema.decodeSync(Options)({})

const remembered = Generations.memory<State>()

/** The population as it is when the trial is asked for. */
const standing = (request: Request, { population }: Options): State => {
  const { directions, seed } = request
  const setting = { directions, seed, population }
  const { present, state } = Generations.standing(remembered, request, {
    key: `${population} ${seed} ${directions.join()}`,
    first: Differential.begin(population),
    size: () => population,
    next: (state, trials) =>
      Differential.close(trials.reduce((now, trial) => Differential.compete(now, trial, setting), state))
  })
  return present.reduce((now, trial) => Differential.compete(now, trial, setting), state)
}

/** Where a step goes that would leave the cube: half-way to the bound. */
const reflected = (from: number, to: number): number => (to < 0 ? from / 2 : to >= 1 ? (from + 1) / 2 : to)

/** The points that a trial is made from; `NaN` where a variable is inactive. */
interface Parents {
  readonly own: Float64Array
  readonly best: Float64Array
  readonly one: Float64Array
  readonly other: Float64Array
}

const chosen = (
  request: Request,
  { archive, members }: State,
  own: Telling<Declaration>,
  { bestFraction }: Options,
  random: RandomStream.Stream
): Parents => {
  const ranked = rank(
    members.filter((member) => member !== undefined),
    request.directions
  )
  const pointOf = (trial: Telling<Declaration>) => encodeUnsafe<Declaration>(request.space, trial.params)
  const oneOf = (trials: ReadonlyArray<Telling<Declaration>>) => trials[RandomStream.below(random, trials.length)]!
  const best = oneOf(ranked.slice(0, Math.max(2, Math.round(bestFraction * ranked.length))))
  const one = oneOf(ranked.filter((trial) => trial !== own))
  const other = oneOf([...ranked, ...archive].filter((trial) => trial !== own && trial !== one))
  return { own: pointOf(own), best: pointOf(best), one: pointOf(one), other: pointOf(other) }
}

/** One coordinate after the step. */
const stepped = (
  { best, one, other, own }: Parents,
  index: number,
  ordered: boolean,
  scale: number,
  random: RandomStream.Stream
): number => {
  const chance = RandomStream.uniform(random)
  const place = RandomStream.uniform(random)
  const from = [own, best, one, other].map((point) => point[index]!).find((x) => !Number.isNaN(x))
  if (from === undefined) return place
  const at = (point: Float64Array) => (Number.isNaN(point[index]!) ? from : point[index]!)
  if (ordered) return reflected(from, from + scale * (at(best) - from) + scale * (at(one) - at(other)))
  if (at(one) !== at(other) && chance < scale / 2) return place
  return chance < (1 + scale) / 2 ? at(best) : from
}

/** The trial's point: the step where its variables cross over, the slot's own place elsewhere. */
const crossed = (
  space: SearchSpace,
  parents: Parents,
  { crossover, scale }: Control,
  random: RandomStream.Stream
): Float64Array => {
  const sure = RandomStream.below(random, space.variables.length)
  return Float64Array.from(space.variables, ({ axis }, index) => {
    const moves = RandomStream.uniform(random) < crossover || index === sure
    const step = stepped(parents, index, axis.ordered, scale, random)
    return moves || Number.isNaN(parents.own[index]!) ? step : parents.own[index]!
  })
}

/** Suggests the next parameters. */
export const suggest = <D extends Declaration>(request: Request<D>, options: Options = defaults): Params<D> => {
  const { number, seed, space } = request
  if (number < options.population) return Sobol.suggest(request)
  const state = standing(request, options)
  const alive = state.members.filter((member) => member !== undefined)
  if (alive.length < 4) return Sobol.suggest(request)
  const random = RandomStream.stream(seed, number, streams.de)
  const control = Differential.controlOf(state, random)
  const own = state.members[number % options.population] ?? alive[RandomStream.below(random, alive.length)]!
  const parents = chosen(request, state, own, options, random)
  const point = crossed(space, parents, control, random)
  return Variation.moveOn(request, point, random, () => RandomStream.uniform(random))
}

/** The sampler. Options left out take their defaults. */
export const make = (options?: Partial<Options>): Result.Result<Sampler, InvalidOptions> =>
  Result.map(parseOptions("de", Options, options ?? {}), (settings) => ({
    name: "de",
    options: settings,
    objectives: "one",
    suggest: (request) => suggest(request, settings)
  }))
