/**
 * All variables of all trials at once: each trial is a line over axes that stand side by side, the objectives last.
 *
 * **Guarantees** Every trial that has ended is a line, unless there are more than `LINES_MAX` of them or `NUMBERS_MAX` places; then the best tenth and an
 * even choice of the others are, and `trials` says of how many. A place is from 0 to 1, or `NaN` where a trial has no value.
 *
 * @since 0.1.0
 */
import { Result } from "effect"
import type { Declaration, SpaceVariable } from "../space/SearchSpace.ts"
import type { State } from "../study/StudyState.ts"
import type { Trial } from "../study/Trial.ts"
import { chosen, isBetter, NothingToDraw, objectiveOf, reader, valuedOf } from "./Plot.ts"
import type { Objective, Options, Refusal, Worth } from "./Plot.ts"
import * as PlotAxis from "./PlotAxis.ts"
import { cellOf } from "./PlotCloud.ts"

export interface Column {
  readonly axis: PlotAxis.PlotAxis
  readonly objective: boolean
  /** What the trials have, and where it stands; `NaN`: nothing. */
  readonly values: Float64Array
  readonly places: Float64Array
}

export interface Parallel {
  readonly objective: Objective
  readonly columns: ReadonlyArray<Column>
  /** The numbers of the lines' trials, ascending, and what became of each. */
  readonly numbers: ReadonlyArray<number>
  readonly worths: ReadonlyArray<Worth | "failed">
  /** The places of the lines from the best to the worst; those without a value come last. */
  readonly ranking: ReadonlyArray<number>
  /** How many trials have ended. */
  readonly trials: number
  /** Variables of the study that have no axis here. */
  readonly omitted: number
}

export interface ParallelOptions extends Options {
  /** Names of variables. Default: the first `VARIABLES_MAX`. */
  readonly variables?: ReadonlyArray<string> | undefined
}

/** Most variables that have an axis. */
export const VARIABLES_MAX = 30
/** Most lines, and most places in all. */
export const LINES_MAX = 100_000
export const NUMBERS_MAX = 1_500_000

interface Line {
  readonly trial: Trial
  readonly worth: Worth | "failed"
  /** Of the objective by which lines are ranked; `NaN`: none. */
  readonly value: number
}

const linesOf = (state: State, { index }: Objective): ReadonlyArray<Line> =>
  state.trials.flatMap((trial): ReadonlyArray<Line> => {
    const known = valuedOf(trial, index)
    if (known !== undefined) return [{ trial, worth: known.worth, value: known.value }]
    if (trial.state === "failed") return [{ trial, worth: "failed", value: Number.NaN }]
    return trial.state === "pruned" ? [{ trial, worth: "pruned", value: Number.NaN }] : []
  })

const order: ReadonlyArray<Line["worth"]> = ["complete", "infeasible", "pruned", "failed"]

/** Places of lines, the best first. */
const ranked = (lines: ReadonlyArray<Line>, { direction }: Objective): ReadonlyArray<number> =>
  lines
    .map((_, index) => index)
    .sort((i, k) => {
      const [a, b] = [lines[i]!, lines[k]!]
      const worth = order.indexOf(a.worth) - order.indexOf(b.worth)
      if (worth !== 0) return worth
      if (a.value === b.value || (Number.isNaN(a.value) && Number.isNaN(b.value))) return i - k
      if (Number.isNaN(a.value) || Number.isNaN(b.value)) return Number.isNaN(a.value) ? 1 : -1
      return isBetter(direction, a.value, b.value) ? -1 : 1
    })

/** As many lines as may be drawn. */
const limited = (lines: ReadonlyArray<Line>, objective: Objective, axes: number): ReadonlyArray<Line> => {
  const most = Math.min(LINES_MAX, Math.floor(NUMBERS_MAX / axes))
  if (lines.length <= most) return lines
  const order = ranked(lines, objective)
  const best = Math.floor(most / 10)
  const kept = new Set(order.slice(0, best))
  const rest = order.slice(best).sort((i, k) => i - k)
  for (let k = 0; k < most - best; k++) kept.add(rest[Math.floor((k * rest.length) / (most - best))]!)
  return lines.filter((_, index) => kept.has(index))
}

const columnOf = (axis: PlotAxis.PlotAxis, objective: boolean, values: Float64Array): Column => ({
  axis,
  objective,
  values,
  places: values.map((value) => (Number.isNaN(value) ? value : PlotAxis.place(axis, value)))
})

const variableColumn = (variable: SpaceVariable, lines: ReadonlyArray<Line>): Column => {
  const read = reader(variable)
  const values = Float64Array.from(lines, ({ trial }) => read(trial) ?? Number.NaN)
  return columnOf(PlotAxis.ofVariable(variable), false, values)
}

const objectiveColumn = ({ direction, index, title }: Objective, lines: ReadonlyArray<Line>): Column => {
  const values = Float64Array.from(lines, ({ trial }) => valuedOf(trial, index)?.value ?? Number.NaN)
  const known = values.filter((value) => !Number.isNaN(value))
  return columnOf(PlotAxis.ofValues(title, known, direction), true, values)
}

/** The lines of the trials that have ended. */
export const make = <D extends Declaration>(
  state: State<D>,
  options: ParallelOptions = {}
): Result.Result<Parallel, Refusal> =>
  Result.gen(function* () {
    const objective = yield* objectiveOf(state, options)
    const variables = (yield* chosen(state, options.variables)).slice(0, VARIABLES_MAX)
    const all = linesOf(state, objective)
    if (all.length === 0) {
      return yield* Result.fail(new NothingToDraw({ plot: "parallel coordinates", problem: "no trial has ended yet" }))
    }
    const objectives: Array<Objective> = []
    for (const index of state.definition.directions.keys()) {
      objectives.push(yield* objectiveOf(state, { objective: index }))
    }
    const lines = limited(all, objective, variables.length + objectives.length)
    return {
      objective,
      columns: [
        ...variables.map((variable) => variableColumn(variable, lines)),
        ...objectives.map((each) => objectiveColumn(each, lines))
      ],
      numbers: lines.map(({ trial }) => trial.number),
      worths: lines.map(({ worth }) => worth),
      ranking: ranked(lines, objective),
      trials: all.length,
      omitted: state.definition.space.variables.length - variables.length
    }
  })

/** How many lines cross an axis in each of `bins` equal parts, from below, and how many do not. */
export const histogram = (
  { places }: Column,
  bins: number
): { readonly counts: ReadonlyArray<number>; readonly missing: number } => {
  const counts = Array.from({ length: bins }, () => 0)
  let missing = 0
  for (const place of places) {
    if (Number.isNaN(place)) missing += 1
    else counts[cellOf(place, bins)]! += 1
  }
  return { counts, missing }
}
