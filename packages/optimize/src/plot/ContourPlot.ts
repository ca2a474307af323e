/**
 * The best values over two variables, as a map.
 *
 * Where both variables are numbers: the trials are put into `COLUMNS` × `ROWS` cells, the best of each cell is kept at its own place,
 * and between them the map is interpolated by the modified method of Shepard (R. Franke, G. Nielson, "Smooth interpolation of large
 * sets of scattered data", 1980: weights ((R − d) / (R d))² of the nearest `NEIGHBOURS`, without local slopes). Where a variable has
 * names, each cell is the best of its trials and empty ones stay empty.
 *
 * **Guarantees** The map lies between the best and the worst of the trials. It passes through the best of each cell. Levels ascend.
 *
 * **Does not guarantee** Anything about places far from trials: they are drawn with it, so that one sees how far.
 *
 * @since 0.1.0
 */
import { Result } from "effect"
import { rings } from "../internal/isolines.ts"
import type { Field, Ring } from "../internal/isolines.ts"
import type { Declaration, SpaceVariable } from "../space/SearchSpace.ts"
import type { State } from "../study/StudyState.ts"
import { bestOf, chosen, InvalidPlot, NothingToDraw, objectiveOf, reader, valued } from "./Plot.ts"
import type { Objective, Options, Refusal, Valued } from "./Plot.ts"
import * as PlotAxis from "./PlotAxis.ts"
import type { Point } from "./PlotCloud.ts"
import { cellOf } from "./PlotCloud.ts"

/** Where the map is at most the level: rings in the unit square, by the even-odd rule. */
export interface Band {
  readonly level: number
  readonly rings: ReadonlyArray<Ring>
}

export interface MapCell {
  readonly column: number
  readonly row: number
  readonly count: number
  readonly value: number
  /** How many of the levels are below the value. */
  readonly level: number
}

export interface Contour {
  readonly objective: Objective
  readonly x: PlotAxis.PlotAxis
  readonly y: PlotAxis.PlotAxis
  /** Ascending values that part the map; about equally many places lie between neighbours. */
  readonly levels: ReadonlyArray<number>
  /** Of two numbers: from the highest level to the lowest, each within the one before. */
  readonly bands: ReadonlyArray<Band>
  /** With names: the cells that have trials. */
  readonly cells: ReadonlyArray<MapCell>
  readonly grid: readonly [columns: number, rows: number]
  /** Some of the trials, evenly chosen, and the best one. */
  readonly points: ReadonlyArray<Point>
  readonly best: (Point & { readonly value: number }) | undefined
  /** Trials that have both variables, and those that lack one. */
  readonly trials: number
  readonly missing: number
}

export interface ContourOptions extends Options {
  /** Two names. Default: the first two numbers that most trials have. */
  readonly variables?: ReadonlyArray<string> | undefined
}

export const COLUMNS = 48
export const ROWS = 32
export const NEIGHBOURS = 10
/** Fewest trials of a map. */
export const TRIALS_MIN = 3
const LEVELS = 9
const POINTS_MAX = 250
/** Places closer than this are equal. */
const ROUNDING = 1e-9

/** A trial in the unit square, and its value on the axis of values. */
interface Sample {
  readonly x: number
  readonly y: number
  readonly place: number
  readonly point: Point
  readonly value: number
}

const samplesOf = (
  trials: ReadonlyArray<Valued>,
  [one, other]: readonly [SpaceVariable, SpaceVariable],
  values: PlotAxis.NumberAxis
): ReadonlyArray<Sample> => {
  const [x, y] = [PlotAxis.ofVariable(one), PlotAxis.ofVariable(other)]
  const [readX, readY] = [reader(one), reader(other)]
  return trials.flatMap(({ trial, value }) => {
    const [a, b] = [readX(trial), readY(trial)]
    if (a === undefined || b === undefined) return []
    const point = { number: trial.number, x: a, y: b }
    return [{ x: PlotAxis.place(x, a), y: PlotAxis.place(y, b), place: PlotAxis.place(values, value), point, value }]
  })
}

interface Best {
  readonly sample: Sample
  readonly count: number
}

/** The best of each cell, by the cell's number. */
const bestOfCells = (
  samples: ReadonlyArray<Sample>,
  [columns, rows]: readonly [number, number],
  isLowGood: boolean
): ReadonlyMap<number, Best> => {
  const found = new Map<number, Best>()
  for (const sample of samples) {
    const cell = cellOf(sample.y, rows) * columns + cellOf(sample.x, columns)
    const known = found.get(cell)
    const isBetter =
      known === undefined || (isLowGood ? sample.value < known.sample.value : sample.value > known.sample.value)
    found.set(cell, { sample: isBetter ? sample : known.sample, count: (known?.count ?? 0) + 1 })
  }
  return found
}

/** The value at a place from the nearest samples. */
const interpolate = (samples: ReadonlyArray<Sample>, x: number, y: number): number => {
  const near: Array<readonly [distance: number, place: number]> = []
  for (const sample of samples) {
    const distance = Math.hypot(sample.x - x, sample.y - y)
    if (distance < ROUNDING) return sample.place
    if (near.length <= NEIGHBOURS || distance < near[NEIGHBOURS]![0]) {
      let at = near.length
      while (at > 0 && near[at - 1]![0] > distance) at -= 1
      near.splice(at, 0, [distance, sample.place])
      if (near.length > NEIGHBOURS + 1) near.pop()
    }
  }
  // The farthest one only says how far the others reach; of few, all count.
  const reach = near.length > NEIGHBOURS ? near[NEIGHBOURS]![0] : near.at(-1)![0] * 1.5
  let [sum, weights] = [0, 0]
  for (const [distance, place] of near) {
    const weight = (Math.max(0, reach - distance) / (reach * distance)) ** 2
    sum += weight * place
    weights += weight
  }
  return weights > 0 ? sum / weights : near[0]![1]
}

const fieldOf = (samples: ReadonlyArray<Sample>): Field => {
  const values = new Float64Array(COLUMNS * ROWS)
  for (let row = 0; row < ROWS; row++) {
    for (let column = 0; column < COLUMNS; column++) {
      values[row * COLUMNS + column] = interpolate(samples, column / (COLUMNS - 1), row / (ROWS - 1))
    }
  }
  return { columns: COLUMNS, rows: ROWS, values }
}

/** Places that part the values into about equal shares. */
const levelsOf = (values: ArrayLike<number>): ReadonlyArray<number> => {
  const sorted = Float64Array.from(values).sort()
  const [low, high] = [sorted[0]!, sorted[sorted.length - 1]!]
  const wanted = Array.from(
    { length: LEVELS },
    (_, k) => sorted[Math.round(((k + 1) / (LEVELS + 1)) * (sorted.length - 1))]!
  )
  // What rounding alone has parted is no difference.
  const levels: Array<number> = []
  for (const level of wanted) {
    if (level > (levels.at(-1) ?? low) + ROUNDING && level < high - ROUNDING) levels.push(level)
  }
  return levels
}

const evenly = <A>(list: ReadonlyArray<A>, most: number): ReadonlyArray<A> =>
  list.length <= most ? list : Array.from({ length: most }, (_, k) => list[Math.floor((k * list.length) / most)]!)

interface Mapped {
  readonly levels: ReadonlyArray<number>
  readonly bands: ReadonlyArray<Band>
  readonly cells: ReadonlyArray<MapCell>
  readonly grid: readonly [number, number]
}

const mapOf = (
  samples: ReadonlyArray<Sample>,
  axes: readonly [PlotAxis.PlotAxis, PlotAxis.PlotAxis],
  values: PlotAxis.NumberAxis,
  isLowGood: boolean
): Mapped => {
  const cellsOf = (axis: PlotAxis.PlotAxis, otherwise: number) =>
    axis.type === "names" ? axis.names.length : otherwise
  const isField = axes.every(({ type }) => type !== "names")
  const grid = [cellsOf(axes[0], isField ? COLUMNS : 24), cellsOf(axes[1], isField ? ROWS : 16)] as const
  const best = bestOfCells(samples, grid, isLowGood)
  const real = (place: number) => PlotAxis.valueAt(values, place)
  if (isField) {
    const field = fieldOf([...best.values()].map(({ sample }) => sample))
    const levels = levelsOf(field.values)
    const bands = levels.map((level) => ({ level: real(level), rings: rings(field, level) })).reverse()
    return { levels: levels.map(real), bands, cells: [], grid }
  }
  const levels = levelsOf([...best.values()].map(({ sample }) => sample.place))
  const cells = [...best].map(([cell, { count, sample }]) => ({
    column: cell % grid[0],
    row: Math.floor(cell / grid[0]),
    count,
    value: sample.value,
    level: levels.filter((level) => level < sample.place).length
  }))
  return { levels: levels.map(real), bands: [], cells, grid }
}

/** Numbers before names, and what most trials have first. */
const mostTelling = (
  variables: ReadonlyArray<SpaceVariable>,
  trials: ReadonlyArray<Valued>
): ReadonlyArray<SpaceVariable> => {
  const rated = variables.map((variable, index) => {
    const read = reader(variable)
    const has = trials.reduce((sum, { trial }) => sum + (read(trial) === undefined ? 0 : 1), 0)
    const isNumber = variable.domain.type === "float" || variable.domain.type === "int"
    return { variable, index, has: isNumber ? has + trials.length + 1 : has }
  })
  return rated.sort((a, b) => b.has - a.has || a.index - b.index).map(({ variable }) => variable)
}

/** The two variables that options ask for. */
const pairOf = (
  state: State,
  names: ReadonlyArray<string> = [],
  trials: ReadonlyArray<Valued>
): Result.Result<readonly [SpaceVariable, SpaceVariable], Refusal> =>
  Result.flatMap(chosen(state, names), (variables): Result.Result<readonly [SpaceVariable, SpaceVariable], Refusal> => {
    if (names.length > 0 && variables.length !== 2) {
      const problem = `a contour needs two different variables, not ${variables.length}`
      return Result.fail(new InvalidPlot({ option: "variables", problem }))
    }
    const [one, other] = names.length > 0 ? variables : mostTelling(variables, trials)
    return one === undefined || other === undefined
      ? Result.fail(new NothingToDraw({ plot: "contour", problem: "the study has fewer than two variables" }))
      : Result.succeed([one, other])
  })

/** The map of an objective over two variables. Trials that break constraints and pruned ones are left out. */
export const make = <D extends Declaration>(
  state: State<D>,
  options: ContourOptions = {}
): Result.Result<Contour, Refusal> =>
  Result.gen(function* () {
    const objective = yield* objectiveOf(state, options)
    const trials = valued(state, objective.index).filter(({ worth }) => worth === "complete")
    const pair = yield* pairOf(state, options.variables, trials)
    const values = PlotAxis.ofValues(
      objective.title,
      trials.map(({ value }) => value),
      objective.direction
    )
    const samples = samplesOf(trials, pair, values)
    if (samples.length < TRIALS_MIN) {
      const problem = `needs ${TRIALS_MIN} complete trials that have both variables, there are ${samples.length}`
      return yield* Result.fail(new NothingToDraw({ plot: "contour", problem }))
    }
    const axes = [PlotAxis.ofVariable(pair[0]), PlotAxis.ofVariable(pair[1])] as const
    const has = new Map(samples.map(({ point }) => [point.number, point]))
    const best = bestOf(
      trials.filter(({ trial }) => has.has(trial.number)),
      objective.direction
    )
    return {
      objective,
      x: axes[0],
      y: axes[1],
      ...mapOf(samples, axes, values, objective.direction === "minimize"),
      points: evenly(
        samples.map(({ point }) => point),
        POINTS_MAX
      ),
      best: best === undefined ? undefined : { ...has.get(best.trial.number)!, value: best.value },
      trials: samples.length,
      missing: trials.length - samples.length
    }
  })
