/**
 * What studies of two or three objectives have reached: the front, and what it dominates, two objectives at a time.
 *
 * **Guarantees** The front is that of `Study.front`. Every complete trial is drawn once in each pair of objectives.
 *
 * @since 0.1.0
 */
import { Result } from "effect"
import { violation } from "../internal/ranking.ts"
import type { Declaration } from "../space/SearchSpace.ts"
import { front as frontOf } from "../study/Evidence.ts"
import type { State } from "../study/StudyState.ts"
import type { CompleteTrial } from "../study/Trial.ts"
import { InvalidPlot, NothingToDraw, objectiveOf } from "./Plot.ts"
import type { Objective, Refusal } from "./Plot.ts"
import * as PlotAxis from "./PlotAxis.ts"
import * as PlotCloud from "./PlotCloud.ts"

/** Two objectives. */
export interface Pair {
  readonly objectives: readonly [x: Objective, y: Objective]
  readonly x: PlotAxis.NumberAxis
  readonly y: PlotAxis.NumberAxis
  readonly dominated: PlotCloud.PlotCloud
  readonly infeasible: PlotCloud.PlotCloud
  readonly front: PlotCloud.PlotCloud
  /** Where what is dominated begins, from left to right; of three objectives there is no such line. */
  readonly line: ReadonlyArray<readonly [x: number, y: number]>
  /** How many trials lie beyond the ends of the axes. */
  readonly beyond: number
}

export interface Pareto {
  /** How many complete trials there are. */
  readonly trials: number
  /** How many of them break constraints. */
  readonly infeasible: number
  /** How many are on the front. */
  readonly front: number
  readonly pairs: ReadonlyArray<Pair>
}

const GRID = { columns: 120, rows: 80, pointsMax: 1_000 }
/** Most corners of the line that are kept. */
export const LINE_MAX = 500

const lineOf = (points: ReadonlyArray<PlotCloud.Point>): Pair["line"] => {
  const sorted = points.map(({ x, y }) => [x, y] as const).sort(([a, c], [b, d]) => a - b || c - d)
  if (sorted.length <= LINE_MAX) return sorted
  const at = (index: number) => sorted[Math.round((index * (sorted.length - 1)) / (LINE_MAX - 1))]!
  return Array.from({ length: LINE_MAX }, (_, index) => at(index))
}

const pairOf = (
  complete: ReadonlyArray<CompleteTrial>,
  isOnFront: ReadonlySet<number>,
  objectives: readonly [Objective, Objective],
  isPlane: boolean
): Pair => {
  const [{ index: i }, { index: k }] = objectives
  const axisOf = ({ direction, index, title }: Objective) => {
    const values = complete.map((trial) => trial.values[index]!)
    const axis = PlotAxis.ofValues(title, values, direction)
    // What is far beyond the others stands at the edge, but never a trial of the front.
    const cuts = complete.some((trial) => isOnFront.has(trial.number) && PlotAxis.isBeyond(axis, trial.values[index]!))
    return cuts ? PlotAxis.ofValues(title, values) : axis
  }
  const [x, y] = [axisOf(objectives[0]), axisOf(objectives[1])]
  const groups: Record<"dominated" | "infeasible" | "front", Array<PlotCloud.Point>> = {
    dominated: [],
    infeasible: [],
    front: []
  }
  for (const trial of complete) {
    const group = isOnFront.has(trial.number) ? "front" : violation(trial) > 0 ? "infeasible" : "dominated"
    groups[group].push({ number: trial.number, x: trial.values[i]!, y: trial.values[k]! })
  }
  return {
    objectives,
    x,
    y,
    dominated: PlotCloud.make(groups.dominated, x, y, GRID),
    infeasible: PlotCloud.make(groups.infeasible, x, y, GRID),
    front: PlotCloud.make(groups.front, x, y, GRID),
    line: isPlane ? lineOf(groups.front) : [],
    beyond: complete.filter(({ values }) => PlotAxis.isBeyond(x, values[i]!) || PlotAxis.isBeyond(y, values[k]!)).length
  }
}

/** Whether the front of so many objectives can be drawn. */
export const isOf = (objectives: number): boolean => objectives === 2 || objectives === 3

/** The front of a study of two or three objectives. */
export const make = <D extends Declaration>(state: State<D>): Result.Result<Pareto, Refusal> =>
  Result.gen(function* () {
    const { length } = state.definition.directions
    if (!isOf(length)) {
      const problem = `a Pareto front is drawn of two or three objectives, the study has ${length === 1 ? "one" : length}`
      return yield* Result.fail(new InvalidPlot({ option: "kind", problem }))
    }
    const complete = state.trials.filter((trial) => trial.state === "complete")
    if (complete.length === 0) {
      return yield* Result.fail(new NothingToDraw({ plot: "Pareto front", problem: "no trial is complete yet" }))
    }
    const front = new Set(frontOf(state).map(({ number }) => number))
    const pairs: Array<Pair> = []
    for (let i = 0; i < length; i++) {
      for (let k = i + 1; k < length; k++) {
        const objectives = [
          yield* objectiveOf(state, { objective: i }),
          yield* objectiveOf(state, { objective: k })
        ] as const
        pairs.push(pairOf(complete, front, objectives, length === 2))
      }
    }
    const infeasible = complete.filter((trial) => violation(trial) > 0).length
    return { trials: complete.length, infeasible, front: front.size, pairs }
  })
