/**
 * The tree-structured Parzen estimator (J. Bergstra, R. Bardenet, Y. Bengio, B. Kégl, "Algorithms for hyper-parameter
 * optimization", NIPS 2011), one variable at a time.
 *
 * The trials are ranked. For each variable, the best of those in which it is active give a density `l`, the others a
 * density `g`; a few candidates are drawn from `l`, and the one with the largest `l / g` is taken (it has the largest expected
 * improvement). Older trials of `g` weigh less. Pending trials count as bad ones (a constant liar), so that workers
 * asking at once are sent to different places. A share of the trials is drawn from the whole space: without it, the
 * method can settle on a wrong branch of a conditional space for good.
 *
 * With several objectives trials are ranked by their fronts (Y. Ozaki, Y. Tanigaki, S. Watanabe, M. Onishi, "Multiobjective
 * tree-structured Parzen estimator for computationally expensive optimization problems", GECCO 2020), here with the crowding
 * distance inside a front.
 *
 * **Guarantees** Only the ranking of the values counts: any increasing transform of an objective gives the same suggestions
 * (with several objectives: up to the order inside a front). A failed trial is ignored. One that breaks constraints ranks
 * behind all that keep them, a pruned one behind every complete one; among pruned ones, the farthest steps come first.
 *
 * **Does not guarantee** Attention to interactions: variables are modelled one by one.
 *
 * @since 0.1.0
 */
import { Effect, Result, Schema } from "effect"
import * as Parzen from "../internal/parzen.ts"
import * as RandomStream from "../internal/random.ts"
import { rank } from "../internal/ranking.ts"
import type { Axis } from "../space/Domain.ts"
import { build, encodeUnsafe } from "../space/SearchSpace.ts"
import type { Declaration, Params, SpaceVariable, Value } from "../space/SearchSpace.ts"
import { parseOptions, streams } from "./Sampler.ts"
import type { InvalidOptions, Request, Sampler } from "./Sampler.ts"

const withDefault = <S extends Schema.Top>(schema: S, value: S["Encoded"]) =>
  schema.pipe(Schema.withDecodingDefaultKey(Effect.succeed(value)))

const whole = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))
const real = (minimum: number, maximum: number) => Schema.Finite.check(Schema.isBetween({ minimum, maximum }))

/** The options with their defaults: the temperament of the sampler. */
export const Options = Schema.Struct({
  /** Trials, ended or pending, that are drawn at random before the model is used. 0 … 100,000, default 10. */
  startup: withDefault(whole(0, 100_000), 10),
  /** Share of the trials that count as good, rounded up. 0.001 … 0.999, default 0.1; larger is bolder in mixing, slower in settling. */
  goodFraction: withDefault(real(0.001, 0.999), 0.1),
  /** Most trials that count as good. 1 … 100,000, default 25. */
  goodMax: withDefault(whole(1, 100_000), 25),
  /** Candidates drawn for each variable. 1 … 10,000, default 24; more is greedier. */
  candidates: withDefault(whole(1, 10_000), 24),
  /** Share of trials drawn at random after the start-up. 0 … 1, default 0.05. */
  exploration: withDefault(real(0, 1), 0.05),
  /** Weight of the prior beside the trials, which weigh 1. 0.001 … 1,000, default 1; larger is more curious. */
  priorWeight: withDefault(real(0.001, 1_000), 1)
})
export type Options = typeof Options.Type

/** What is used where nothing is told. */
export const defaults: Options = {
  startup: 10,
  goodFraction: 0.1,
  goodMax: 25,
  candidates: 24,
  exploration: 0.05,
  priorWeight: 1
}

/** What is known, by trial number. */
interface Evidence {
  readonly trials: number
  /** For each variable the places of all trials, `NaN` where it is inactive. */
  readonly columns: ReadonlyArray<Float64Array>
  /** The ended trials, best first, as places in a column. */
  readonly ranking: Uint32Array
}

const gather = <D extends Declaration>({ space, history, pending, directions }: Request<D>): Evidence => {
  const ended = rank(history, directions)
  const trials = [...ended, ...pending].sort((a, b) => a.number - b.number)
  const places = new Map<number, number>()
  const columns = space.variables.map(() => new Float64Array(trials.length))
  for (const [place, { number, params }] of trials.entries()) {
    places.set(number, place)
    const point = encodeUnsafe(space, params)
    for (let variable = 0; variable < columns.length; variable++) columns[variable]![place] = point[variable]!
  }
  const ranking = Uint32Array.from(ended, ({ number }) => places.get(number)!)
  return { trials: trials.length, columns, ranking }
}

/** How many of the newest trials have full weight; before them it falls in a line to 1 / n. */
const RECENT = 25

const recencyWeights = (n: number): Float64Array => {
  const weights = new Float64Array(n).fill(1)
  const old = n - RECENT
  for (let i = 0; i < old; i++) weights[i] = old === 1 ? 1 / n : 1 / n + ((1 - 1 / n) * i) / (old - 1)
  return weights
}

/** The places of one variable in the good and in the other trials, both in the order of their numbers. */
const split = ({ columns, ranking, trials }: Evidence, variable: number, options: Options) => {
  const column = columns[variable]!
  const active = ranking.filter((place) => !Number.isNaN(column[place]!))
  const best = active.subarray(0, Math.min(Math.ceil(options.goodFraction * active.length), options.goodMax))
  const isGood = new Uint8Array(trials)
  for (const place of best) isGood[place] = 1
  const good = new Float64Array(best.length)
  const other = new Float64Array(trials)
  let goods = 0
  let others = 0
  for (let place = 0; place < trials; place++) {
    const x = column[place]!
    if (Number.isNaN(x)) continue
    if (isGood[place] === 1) good[goods++] = x
    else other[others++] = x
  }
  return { good, other: other.subarray(0, others) }
}

/** Draws candidates from `l` and keeps the one with the largest `l / g`. */
const chooseOrdered = (
  axis: Axis,
  good: Float64Array,
  other: Float64Array,
  options: Options,
  random: RandomStream.Stream
): Value => {
  const l = Parzen.mixture(good, recencyWeights(good.length), options.priorWeight)
  const g = Parzen.mixture(other, recencyWeights(other.length), options.priorWeight)
  let chosen: Value | undefined
  let highest = Number.NEGATIVE_INFINITY
  for (let i = 0; i < options.candidates; i++) {
    const place = Parzen.draw(l, random)
    const value = axis.fromUnit(place)
    const [from, to] = axis.cells === 0 ? [place, place] : [axis.lower(value), axis.upper(value)]
    const ratio =
      from < to
        ? Parzen.massBetween(l, from, to) / Parzen.massBetween(g, from, to)
        : Parzen.densityAt(l, place) / Parzen.densityAt(g, place)
    if (chosen === undefined || ratio > highest) {
      chosen = value
      highest = ratio
    }
  }
  return chosen!
}

const chooseCell = (
  axis: Axis,
  good: Float64Array,
  other: Float64Array,
  options: Options,
  random: RandomStream.Stream
): Value => {
  const cellsOf = (places: Float64Array) => Uint32Array.from(places, (place) => Math.floor(place * axis.cells))
  const l = Parzen.counts(axis.cells, cellsOf(good), recencyWeights(good.length), options.priorWeight)
  const g = Parzen.counts(axis.cells, cellsOf(other), recencyWeights(other.length), options.priorWeight)
  let chosen = Parzen.drawCell(l, random)
  for (let i = 1; i < options.candidates; i++) {
    const cell = Parzen.drawCell(l, random)
    if (l[cell]! * g[chosen]! > l[chosen]! * g[cell]!) chosen = cell
  }
  return axis.fromUnit((chosen + 0.5) / axis.cells)
}

/** How the next value of a variable is chosen; for samplers that leave some variables to this one. */
export const chooser = <D extends Declaration>(
  request: Request<D>,
  options: Options = defaults
): ((variable: SpaceVariable, index: number) => Value) => {
  const { seed, number } = request
  const streamOf = (purpose: number) => RandomStream.stream(seed, number, streams.tpe, purpose)
  const evidence = gather(request)
  const fromPrior = evidence.trials < options.startup || RandomStream.uniform(streamOf(0)) < options.exploration
  return ({ axis }, index) => {
    // Each variable has its own stream: whether an earlier one was active does not shift its luck.
    const random = streamOf(index + 1)
    if (fromPrior) return axis.fromUnit(RandomStream.uniform(random))
    const { good, other } = split(evidence, index, options)
    return (axis.ordered ? chooseOrdered : chooseCell)(axis, good, other, options, random)
  }
}

/** Suggests the next parameters. */
export const suggest = <D extends Declaration>(request: Request<D>, options: Options = defaults): Params<D> =>
  build(request.space, chooser(request, options))

/** The sampler. Options left out take their defaults. */
export const make = (options?: Partial<Options>): Result.Result<Sampler, InvalidOptions> =>
  Result.map(parseOptions("tpe", Options, options ?? {}), (settings) => ({
    name: "tpe",
    options: settings,
    objectives: "many",
    suggest: (request) => suggest(request, settings)
  }))
