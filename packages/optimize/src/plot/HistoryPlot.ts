/**
 * What each trial was worth, and the best so far.
 *
 * **Guarantees** Every trial that has ended is drawn or counted: complete and infeasible ones and pruned ones with a report by their
 * value, the others as gone without one. The best so far never gets worse, and looks only at complete trials that keep the
 * constraints, in the order of their numbers.
 *
 * **Example**
 *
 * ```ts
 * import { HistoryPlot, Random, SearchSpace, Study } from "@mabeam/optimize"
 * import { Result } from "effect"
 *
 * const space = SearchSpace.makeUnsafe({ x: SearchSpace.float(0, 1) })
 * let study = Result.getOrThrow(Study.make({ space, sampler: Random.make() }))
 * for (const value of [3, 5, 1, 2]) {
 *   const [next, { number }] = Result.getOrThrow(Study.ask(study))
 *   study = Result.getOrThrow(Study.tell(next, number, value))
 * }
 * Result.getOrThrow(HistoryPlot.make(study)).best // => [[0, 3], [2, 1]]
 * ```
 *
 * @since 0.1.0
 */
import { Result } from "effect"
import type { Declaration } from "../space/SearchSpace.ts"
import type { State } from "../study/StudyState.ts"
import { isBetter, NothingToDraw, objectiveOf, valued } from "./Plot.ts"
import type { Objective, Options, Refusal, Valued, Worth } from "./Plot.ts"
import * as PlotAxis from "./PlotAxis.ts"
import * as PlotCloud from "./PlotCloud.ts"

/** Neighbouring trials that have ended without a value. */
export interface Gone {
  readonly state: "failed" | "pruned"
  readonly from: number
  readonly to: number
  readonly count: number
}

/** Neighbouring trials with a value, in short. */
export interface Summary {
  readonly from: number
  readonly to: number
  readonly count: number
  readonly low: number
  readonly median: number
  readonly high: number
}

/** Where the best so far changed: the trial and its value. */
export type Step = readonly [number: number, value: number]

export interface History {
  readonly objective: Objective
  /** How many trials there are, in any state. */
  readonly trials: number
  readonly x: PlotAxis.NumberAxis
  readonly y: PlotAxis.NumberAxis
  readonly clouds: Readonly<Record<Worth, PlotCloud.PlotCloud>>
  readonly gone: ReadonlyArray<Gone>
  readonly summaries: ReadonlyArray<Summary>
  readonly best: ReadonlyArray<Step>
  /** How many values lie beyond the ends of the axis. */
  readonly beyond: number
}

/** Columns into which trials are counted when they are many. */
export const COLUMNS = 160
const GRID = { columns: COLUMNS, rows: 72, pointsMax: 1_000 }
/** What a best so far has gained shows in its powers of ten, even if they are few. */
const RATIO_OF_LOG = 50
/** Most steps of a best so far that are kept. */
export const STEPS_MAX = 400

/** The changes of the best so far; of many in one of `STEPS_MAX` parts of the trials the last. */
const bestSoFar = (trials: ReadonlyArray<Valued>, objective: Objective, count: number): ReadonlyArray<Step> => {
  const steps: Array<Step> = []
  const partOf = (number: number) => Math.floor((number * STEPS_MAX) / Math.max(count, STEPS_MAX))
  for (const { trial, value, worth } of trials) {
    const last = steps.at(-1)
    if (worth !== "complete" || (last !== undefined && !isBetter(objective.direction, value, last[1]))) continue
    // The first step stays, for what comes before it is nothing.
    if (last !== undefined && steps.length > 1 && partOf(last[0]) === partOf(trial.number)) steps.pop()
    steps.push([trial.number, value])
  }
  return steps
}

const columnOf = (number: number, count: number): number =>
  count <= COLUMNS ? number : Math.floor((number * COLUMNS) / count)

const goneOf = (state: State): ReadonlyArray<Gone> => {
  const found = new Map<string, Gone>()
  for (const trial of state.trials) {
    const isGone = trial.state === "failed" || (trial.state === "pruned" && trial.reports.length === 0)
    if (!isGone) continue
    const key = `${trial.state} ${columnOf(trial.number, state.count)}`
    const { from, count } = found.get(key) ?? { from: trial.number, count: 0 }
    found.set(key, { state: trial.state, from, to: trial.number, count: count + 1 })
  }
  return [...found.values()]
}

const summariesOf = (trials: ReadonlyArray<Valued>, count: number): ReadonlyArray<Summary> => {
  const columns = new Map<number, Array<Valued>>()
  for (const it of trials) {
    const column = columnOf(it.trial.number, count)
    const members = columns.get(column)
    if (members === undefined) columns.set(column, [it])
    else members.push(it)
  }
  return [...columns.values()].map((members) => {
    const values = Float64Array.from(members, ({ value }) => value).sort()
    return {
      from: members[0]!.trial.number,
      to: members.at(-1)!.trial.number,
      count: members.length,
      low: values[0]!,
      median: values[Math.floor((values.length - 1) / 2)]!,
      high: values[values.length - 1]!
    }
  })
}

/** The history of an objective. */
export const make = <D extends Declaration>(state: State<D>, options: Options = {}): Result.Result<History, Refusal> =>
  Result.gen(function* () {
    const objective = yield* objectiveOf(state, options)
    const trials = valued(state, objective.index)
    const gone = goneOf(state)
    if (trials.length === 0 && gone.length === 0) {
      return yield* Result.fail(new NothingToDraw({ plot: "history", problem: "no trial has ended yet" }))
    }
    const x = PlotAxis.ofTrials(state.count)
    const values = trials.map(({ value }) => value)
    const y = PlotAxis.ofValues(objective.title, values, objective.direction)
    const isCounted = trials.length > GRID.pointsMax
    const cloudOf = (worth: Worth) => {
      const points = trials
        .filter((it) => it.worth === worth)
        .map(({ trial, value }) => ({ number: trial.number, x: trial.number, y: value }))
      return PlotCloud.make(points, x, y, GRID, isCounted)
    }
    return {
      objective,
      trials: state.count,
      x,
      y,
      clouds: { complete: cloudOf("complete"), infeasible: cloudOf("infeasible"), pruned: cloudOf("pruned") },
      gone,
      summaries: isCounted ? summariesOf(trials, state.count) : [],
      best: bestSoFar(trials, objective, state.count),
      beyond: values.filter((value) => PlotAxis.isBeyond(y, value)).length
    }
  })

/** The best so far alone, on an axis of its own. */
export interface BestSoFar {
  readonly objective: Objective
  readonly trials: number
  readonly x: PlotAxis.NumberAxis
  readonly y: PlotAxis.NumberAxis
  readonly steps: ReadonlyArray<Step>
  /** What the study wants to reach, if it says so. */
  readonly target: number | undefined
}

/** The best so far of an objective. */
export const best = <D extends Declaration>(
  state: State<D>,
  options: Options = {}
): Result.Result<BestSoFar, Refusal> =>
  Result.gen(function* () {
    const objective = yield* objectiveOf(state, options)
    const steps = bestSoFar(valued(state, objective.index), objective, state.count)
    if (steps.length === 0) {
      const problem = "no trial is complete and keeps the constraints"
      return yield* Result.fail(new NothingToDraw({ plot: "best so far", problem }))
    }
    const target = state.definition.stop.target
    const values = steps.map(([, value]) => value)
    const y = PlotAxis.ofValues(
      objective.title,
      target === undefined ? values : [...values, target],
      undefined,
      RATIO_OF_LOG
    )
    return { objective, trials: state.count, x: PlotAxis.ofTrials(state.count), y, steps, target }
  })
