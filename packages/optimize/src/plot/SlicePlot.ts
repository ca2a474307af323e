/**
 * The values of the trials along each variable alone.
 *
 * **Guarantees** A trial is on the slice of each variable that it has; those without it (a condition did not hold, or an open space was
 * not asked) are counted as missing. All slices share one axis of values.
 *
 * @since 0.1.0
 */
import { Result } from "effect"
import type { Declaration, SpaceVariable } from "../space/SearchSpace.ts"
import type { State } from "../study/StudyState.ts"
import { bestOf, chosen, NothingToDraw, objectiveOf, reader, valued } from "./Plot.ts"
import type { Objective, Options, Refusal, Valued, Worth } from "./Plot.ts"
import * as PlotAxis from "./PlotAxis.ts"
import * as PlotCloud from "./PlotCloud.ts"

export interface Slice {
  readonly name: string
  readonly x: PlotAxis.PlotAxis
  readonly clouds: Readonly<Record<Worth, PlotCloud.PlotCloud>>
  /** Trials with a value for this variable, and without. */
  readonly trials: number
  readonly missing: number
  readonly best: PlotCloud.Point | undefined
}

export interface Slices {
  readonly objective: Objective
  /** How many trials there are, in any state. */
  readonly trials: number
  readonly y: PlotAxis.NumberAxis
  readonly slices: ReadonlyArray<Slice>
  readonly beyond: number
}

export interface SliceOptions extends Options {
  /** Names of variables. Default: all. */
  readonly variables?: ReadonlyArray<string> | undefined
}

const GRID = { columns: 60, rows: 44, pointsMax: 300 }

const sliceOf = (
  variable: SpaceVariable,
  trials: ReadonlyArray<Valued>,
  best: Valued | undefined,
  y: PlotAxis.NumberAxis
): Slice => {
  const x = PlotAxis.ofVariable(variable)
  const read = reader(variable)
  const points: Record<Worth, Array<PlotCloud.Point>> = { complete: [], infeasible: [], pruned: [] }
  let count = 0
  for (const { trial, value, worth } of trials) {
    const at = read(trial)
    if (at === undefined) continue
    count += 1
    points[worth].push({ number: trial.number, x: at, y: value })
  }
  const isCounted = count > GRID.pointsMax
  const columns = x.type === "names" ? Math.min(GRID.columns, x.names.length) : GRID.columns
  const grid = { ...GRID, columns }
  const bestAt = best === undefined ? undefined : read(best.trial)
  return {
    name: variable.name,
    x,
    clouds: {
      complete: PlotCloud.make(points.complete, x, y, grid, isCounted),
      infeasible: PlotCloud.make(points.infeasible, x, y, grid, isCounted),
      pruned: PlotCloud.make(points.pruned, x, y, grid, isCounted)
    },
    trials: count,
    missing: trials.length - count,
    best:
      best === undefined || bestAt === undefined ? undefined : { number: best.trial.number, x: bestAt, y: best.value }
  }
}

/** The slices of variables. */
export const make = <D extends Declaration>(
  state: State<D>,
  options: SliceOptions = {}
): Result.Result<Slices, Refusal> =>
  Result.gen(function* () {
    const objective = yield* objectiveOf(state, options)
    const variables = yield* chosen(state, options.variables)
    const trials = valued(state, objective.index)
    if (trials.length === 0) {
      return yield* Result.fail(new NothingToDraw({ plot: "slice", problem: "no trial has a value yet" }))
    }
    const values = trials.map(({ value }) => value)
    const y = PlotAxis.ofValues(objective.title, values, objective.direction)
    const best = bestOf(trials, objective.direction)
    return {
      objective,
      trials: state.count,
      y,
      slices: variables.map((variable) => sliceOf(variable, trials, best, y)),
      beyond: values.filter((value) => PlotAxis.isBeyond(y, value)).length
    }
  })
