/**
 * Bayesian optimization with a Gaussian process: the next trial is where the logarithm of the expected improvement is
 * largest (D. R. Jones, M. Schonlau, W. J. Welch, "Efficient global optimization of expensive black-box functions", J. Global
 * Optim. 13, 1998; S. Ament et al., "Unexpected improvements to expected improvement", NeurIPS 2023).
 *
 * The first trials are a Sobol sequence. Then the process is fitted (see `internal/gaussianProcess`), the best of many
 * candidates, spread over the space and around the best trials, are improved by gradients along continuous variables and by
 * neighbours along the others, and the best is taken. An inactive variable counts as lying in the middle of its range. Pending
 * trials count as if they had ended with the value that the process expects (D. Ginsbourger, R. Le Riche, L. Carraro, "Kriging is
 * well-suited to parallelize optimization", 2010), so that workers asking at once are sent to different places.
 *
 * Once the best trials lie close together, every other suggestion comes from a process of the nearest of them alone, within the box that
 * they span (a trust region, in the spirit of D. Eriksson, M. Pearce, J. R. Gardner, R. Turner, M. Poloczek, "Scalable global
 * optimization via local Bayesian optimization", NeurIPS 2019): it resolves what the process of all trials cannot. Before that, in five or more
 * continuous variables, every other suggestion lies not far from the best. While nothing is
 * gained any more, the process of all trials takes the values as they are, unwarped, to which other places seem worth a try.
 *
 * **When to use** Few, expensive trials (up to some hundreds) in up to about twenty variables.
 *
 * **Guarantees** Failed and pruned trials teach nothing; one that breaks constraints counts as the worst of those that keep them. What
 * has been tried, by those too, or is being tried is not suggested again while something else is found.
 * Scaling the objective by a power of two gives the same suggestions.
 *
 * **Does not guarantee** A model of more than `pointsMax` trials: of more, the best half and the newest are used.
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import { acquisition, maximize } from "../internal/acquisition.ts"
import type { Region } from "../internal/acquisition.ts"
import * as Process from "../internal/gaussianProcess.ts"
import { whole, withDefault } from "../internal/optionSchema.ts"
import * as RandomStream from "../internal/random.ts"
import { violation } from "../internal/ranking.ts"
import { untried } from "../internal/tried.ts"
import { around, neighbourhood } from "../internal/trustRegion.ts"
import { standardize, warp } from "../internal/warp.ts"
import { decode, encodeUnsafe } from "../space/SearchSpace.ts"
import type { Declaration, Params, SearchSpace } from "../space/SearchSpace.ts"
import { parseOptions, streams } from "./Sampler.ts"
import type { InvalidOptions, Request, Sampler } from "./Sampler.ts"
import * as Sobol from "./Sobol.ts"

/** The options with their defaults. */
export const Options = Schema.Struct({
  /** Trials of the Sobol sequence before the process is used, complete or pending. 2 … 1,000, default 8. */
  startup: withDefault(whole(2, 1_000), 8),
  /** Most trials that the process is fitted to. 10 … 1,000, default 300; time grows with its cube. */
  pointsMax: withDefault(whole(10, 1_000), 300)
})
export type Options = typeof Options.Type

/** What is used where nothing is told. */
export const defaults: Options = Schema.decodeSync(Options)({})

type Complete = Extract<Request["history"][number], { readonly state: "complete" }>

const isComplete = (trial: Request["history"][number]): trial is Complete =>
  trial.state === "complete" && trial.values.every(Number.isFinite)

/** The one value of a trial as if it were to be minimized. */
const valueOf = ({ values: [value = 0] }: Complete, [direction]: Request["directions"]): number =>
  direction === "maximize" ? -value : value

/** The trials that the process is fitted to, in the order of their numbers. */
const chosen = ({ directions, history }: Request, pointsMax: number): ReadonlyArray<Complete> => {
  const complete = history.filter(isComplete).sort((a, b) => a.number - b.number)
  if (complete.length <= pointsMax) return complete
  const half = Math.floor(pointsMax / 2)
  const best = new Set(
    complete.toSorted((a, b) => valueOf(a, directions) - valueOf(b, directions) || a.number - b.number).slice(0, half)
  )
  const newest = complete.filter((trial) => !best.has(trial)).slice(half - pointsMax)
  return complete.filter((trial) => best.has(trial) || newest.includes(trial))
}

/** The values that the process learns from: a trial that breaks constraints counts as no better than the worst of the others. */
const valuesOf = (trials: ReadonlyArray<Complete>, directions: Request["directions"]): Float64Array => {
  const kept = trials.filter((trial) => violation(trial) === 0).map((trial) => valueOf(trial, directions))
  const worst = kept.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  return Float64Array.from(trials, (trial) => {
    if (violation(trial) === 0) return valueOf(trial, directions)
    return kept.length === 0 ? violation(trial) : worst
  })
}

/** A point of the unit cube as the process sees it: an inactive variable lies in the middle. */
const seen = (point: Float64Array): Float64Array => point.map((place) => (Number.isNaN(place) ? 0.5 : place))

const dataOf = <D extends Declaration>(
  space: SearchSpace<D>,
  params: ReadonlyArray<Params<D>>,
  values: Float64Array
): Process.Data => {
  const d = space.variables.length
  const points = new Float64Array(params.length * d)
  for (const [i, each] of params.entries()) points.set(seen(encodeUnsafe(space, each)), i * d)
  const unordered = Uint8Array.from(space.variables, ({ axis }) => (axis.ordered ? 0 : 1))
  return { n: params.length, d, points, values, unordered, widths: new Float64Array(d).fill(1) }
}

/** Points that a first, cheap fit uses. */
const COARSE = 40

/** Some of the data: the best half of them and an even choice of the rest. */
const thinned = (data: Process.Data): Process.Data => {
  const { d, n, points, values } = data
  if (n <= COARSE) return data
  const order = Array.from({ length: n }, (_, i) => i).sort((a, b) => values[a]! - values[b]! || a - b)
  const rest = order.slice(COARSE / 2)
  const even = Array.from({ length: COARSE / 2 }, (_, i) => rest[Math.floor((i * rest.length) / (COARSE / 2))]!)
  const kept = [...order.slice(0, COARSE / 2), ...even]
  const some = new Float64Array(kept.length * d)
  for (const [row, i] of kept.entries()) some.set(points.subarray(i * d, (i + 1) * d), row * d)
  return { ...data, n: kept.length, points: some, values: Float64Array.from(kept, (i) => values[i]!) }
}

/** The most likely hyper-parameters: from several starts on some of the data, then from the best on all of them. */
const fit = (data: Process.Data): Process.Hyper => {
  const coarse = thinned(data)
  const starts = [0.2, 0.8].map((length) => {
    const hyper = Process.startAt(data.d, length * Math.sqrt(data.d))
    return { hyper, energy: Process.improve(coarse, hyper, 20) }
  })
  const { hyper } = starts.reduce((a, b) => (b.energy < a.energy ? b : a))
  if (coarse !== data) Process.improve(data, hyper, data.n <= 80 ? 15 : data.n <= 150 ? 8 : 5)
  return hyper
}

/** The process that has seen the data, and pending points as it expects them to end. */
const learn = (data: Process.Data, pending: ReadonlyArray<Float64Array>): Process.Model => {
  const hyper = fit(data)
  const model = Process.model(data, hyper)
  if (pending.length === 0) return model
  const room = Process.prediction(model)
  const { d, n } = data
  const points = new Float64Array((n + pending.length) * d)
  const values = new Float64Array(n + pending.length)
  points.set(data.points)
  values.set(data.values)
  for (const [i, point] of pending.entries()) {
    Process.predict(model, point, room, false)
    points.set(point, (n + i) * d)
    values[n + i] = room.mean
  }
  return Process.model({ ...data, n: n + pending.length, points, values }, hyper)
}

/** The search stands still when so many trials have gained less than this share of what the first ones are above the best. */
const STILL_TRIALS = 15
const STILL_GAIN = 1e-6

/** Whether the last trials have brought nothing. */
const standsStill = (values: Float64Array): boolean => {
  if (values.length < 2 * STILL_TRIALS) return false
  const least = (some: Float64Array) => some.reduce((a, b) => Math.min(a, b))
  const best = least(values)
  const first = values.slice(0, STILL_TRIALS).sort()[Math.floor(STILL_TRIALS / 2)]!
  return least(values.subarray(0, -STILL_TRIALS)) - best <= STILL_GAIN * (first - best)
}

/** What is learned from, and where to look: everywhere, or for every other trial near the best one. */
interface View {
  readonly data: Process.Data
  readonly region: Region | undefined
}

const viewOf = <D extends Declaration>(request: Request<D>, { pointsMax }: Options): View => {
  const { directions, number, space } = request
  const trials = chosen(request, pointsMax)
  const values = valuesOf(trials, directions)
  // The parameters come from trials of this space.
  const params = trials.map((trial) => trial.params as Params<D>)
  const data = dataOf(space, params, values)
  const continuous = Uint8Array.from(space.variables, ({ axis }) => (axis.cells === 0 ? 1 : 0))
  const isNear = number % 2 === 1
  const near = isNear ? neighbourhood(data, continuous) : undefined
  if (near !== undefined) return { data: { ...near.data, values: standardize(near.data.values) }, region: near.region }
  const region = isNear ? around(data, continuous) : undefined
  return { data: { ...data, values: standsStill(values) ? standardize(values) : warp(values) }, region }
}

const isIn = ({ lower, upper }: Region, point: Float64Array): boolean =>
  point.every((x, j) => x >= lower[j]! && x <= upper[j]!)

/** Suggests the next parameters. */
export const suggest = <D extends Declaration>(request: Request<D>, options: Options = defaults): Params<D> => {
  const { history, number, pending, seed, space } = request
  const complete = history.filter(isComplete).length
  const anywhere = (attempt: number) => {
    const random = RandomStream.stream(seed, number, streams.gp, attempt)
    return decode(
      space,
      Float64Array.from(space.variables, () => RandomStream.uniform(random))
    )
  }
  if (complete < 2 || complete + pending.length < options.startup) {
    return untried(request, Sobol.suggest(request), anywhere)
  }
  const { data, region } = viewOf(request, options)
  const waiting = pending
    .toSorted((a, b) => a.number - b.number)
    .map((trial) => seen(encodeUnsafe(space, trial.params)))
    .filter((point) => region === undefined || isIn(region, point))
  const model = learn(data, waiting)
  const random = RandomStream.stream(seed, number, streams.gp)
  return maximize(request, acquisition(model), random, region) ?? untried(request, anywhere(0), anywhere)
}

/** The sampler. Options left out take their defaults. */
export const make = (options?: Partial<Options>): Result.Result<Sampler, InvalidOptions> =>
  Result.map(parseOptions("gp", Options, options ?? {}), (settings) => ({
    name: "gp",
    options: settings,
    objectives: "one",
    suggest: (request) => suggest(request, settings)
  }))
