/**
 * What trials reported on their way: each trial as a line, or, when they are many, how the reports of each step are spread and the
 * lines of the best trials.
 *
 * **Guarantees** Of a spread, low ≤ quarter ≤ middle ≤ upper ≤ high at each step. A line keeps its first and last report, and the
 * extremes of each part of it that is drawn as one.
 *
 * **Does not guarantee** That all of more than a million reports are looked at: then trials are chosen evenly, and `shown` says how many.
 *
 * @since 0.1.0
 */
import { Result } from "effect"
import type { Report } from "../pruner/Pruner.ts"
import type { Declaration } from "../space/SearchSpace.ts"
import type { State } from "../study/StudyState.ts"
import type { Trial } from "../study/Trial.ts"
import { bestOf, isBetter, NothingToDraw, objectiveOf, valuedOf } from "./Plot.ts"
import type { Objective, Options, Refusal } from "./Plot.ts"
import * as PlotAxis from "./PlotAxis.ts"

export interface Line {
  readonly number: number
  readonly state: Trial["state"]
  readonly reports: ReadonlyArray<readonly [step: number, value: number]>
}

/** How the reports of neighbouring steps are spread over the trials. */
export interface Spread {
  readonly from: number
  readonly to: number
  readonly count: number
  readonly low: number
  readonly quarter: number
  readonly middle: number
  readonly upper: number
  readonly high: number
}

export interface Intermediate {
  readonly objective: Objective
  readonly x: PlotAxis.NumberAxis
  readonly y: PlotAxis.NumberAxis
  /** Trials with reports; how many of them were looked at. */
  readonly trials: number
  readonly shown: number
  readonly lines: ReadonlyArray<Line>
  /** Empty while every trial has its line. */
  readonly spreads: ReadonlyArray<Spread>
  readonly best: number | undefined
  readonly beyond: number
}

/** Up to so many trials each have a line. */
export const LINES_MAX = 100
/** So many of the best have one otherwise. */
export const BEST_LINES = 8
/** Most points of a line. */
export const POINTS_MAX = 120
const STEPS_MAX = 150
const REPORTS_MAX = 1_000_000

/** At most about `POINTS_MAX` of the points: of each part the lowest and the highest, in their order. */
const thinned = (points: Line["reports"]): Line["reports"] => {
  if (points.length <= POINTS_MAX) return points
  const parts = POINTS_MAX / 2
  const kept: Array<readonly [number, number]> = [points[0]!]
  for (let part = 0; part < parts; part++) {
    const from = Math.floor((part * points.length) / parts)
    const to = Math.floor(((part + 1) * points.length) / parts)
    let [low, high] = [from, from]
    for (let i = from; i < to; i++) {
      if (points[i]![1] < points[low]![1]) low = i
      if (points[i]![1] > points[high]![1]) high = i
    }
    for (const i of low < high ? [low, high] : [high, low]) if (points[i] !== kept.at(-1)) kept.push(points[i]!)
  }
  if (kept.at(-1) !== points.at(-1)) kept.push(points.at(-1)!)
  return kept
}

const lineOf = (trial: Trial, objective: number): Line => ({
  number: trial.number,
  state: trial.state,
  reports: thinned(trial.reports.map(({ step, values }: Report) => [step, values[objective]!] as const))
})

const spreadsOf = (trials: ReadonlyArray<Trial>, objective: number, last: number): ReadonlyArray<Spread> => {
  const width = Math.max(1, (last + 1) / STEPS_MAX)
  const columns = new Map<number, { from: number; to: number; readonly values: Array<number> }>()
  for (const { reports } of trials) {
    for (const { step, values } of reports) {
      const key = Math.floor(step / width)
      const column = columns.get(key)
      if (column === undefined) columns.set(key, { from: step, to: step, values: [values[objective]!] })
      else {
        column.from = Math.min(column.from, step)
        column.to = Math.max(column.to, step)
        column.values.push(values[objective]!)
      }
    }
  }
  return [...columns.values()]
    .sort((a, b) => a.from - b.from)
    .map(({ from, to, values }) => {
      const sorted = Float64Array.from(values).sort()
      const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))]!
      const spread = { low: at(0.05), quarter: at(0.25), middle: at(0.5), upper: at(0.75), high: at(0.95) }
      return { from, to, count: values.length, ...spread }
    })
}

/** Trials with reports, evenly chosen when their reports are too many. */
const reporting = (state: State): { readonly all: number; readonly looked: ReadonlyArray<Trial> } => {
  const trials = state.trials.filter(({ reports }) => reports.length > 0)
  const reports = trials.reduce((sum, trial) => sum + trial.reports.length, 0)
  const every = Math.ceil(reports / REPORTS_MAX)
  return { all: trials.length, looked: every <= 1 ? trials : trials.filter((_, index) => index % every === 0) }
}

const bestFirst = (trials: ReadonlyArray<Trial>, { direction, index }: Objective): ReadonlyArray<Trial> =>
  trials
    .flatMap((trial) => {
      const known = valuedOf(trial, index)
      return known?.worth === "complete" ? [{ trial, value: known.value }] : []
    })
    .sort((a, b) =>
      a.value === b.value ? a.trial.number - b.trial.number : isBetter(direction, a.value, b.value) ? -1 : 1
    )
    .map(({ trial }) => trial)

/** The reports of an objective. */
export const make = <D extends Declaration>(
  state: State<D>,
  options: Options = {}
): Result.Result<Intermediate, Refusal> =>
  Result.gen(function* () {
    const objective = yield* objectiveOf(state, options)
    const { all, looked } = reporting(state)
    if (all === 0) {
      const problem = "no trial has reported intermediate values"
      return yield* Result.fail(new NothingToDraw({ plot: "intermediate values", problem }))
    }
    const values: Array<number> = []
    let last = 0
    for (const { reports } of looked) {
      for (const { step, values: told } of reports) {
        values.push(told[objective.index]!)
        last = Math.max(last, step)
      }
    }
    const y = PlotAxis.ofValues(objective.title, values, objective.direction)
    const few = looked.length <= LINES_MAX
    const drawn = few ? looked : bestFirst(looked, objective).slice(0, BEST_LINES)
    const known = looked.flatMap((trial) => valuedOf(trial, objective.index) ?? [])
    return {
      objective,
      x: { type: "linear" as const, title: "step", from: 0, to: Math.max(1, last), whole: true },
      y,
      trials: all,
      shown: looked.length,
      lines: drawn.map((trial) => lineOf(trial, objective.index)),
      spreads: few ? [] : spreadsOf(looked, objective.index, last),
      best: bestOf(known, objective.direction)?.trial.number,
      beyond: values.filter((value) => PlotAxis.isBeyond(y, value)).length
    }
  })
