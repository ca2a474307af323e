/**
 * The values that one variable can take, and their places on the unit interval.
 *
 * Every domain is laid on [0, 1): a continuous one as a stretched (or logarithmic) line, any other as `cells` that follow
 * each other without gaps. Samplers think in places, users in values.
 *
 * **Guarantees** `fromUnit` of any number in [0, 1] is a legal value, exactly within bounds, rounding included.
 * `toUnit` of a legal value lies in [0, 1); for domains of cells it is the middle of the value's cell and the round trip is
 * exact (up to 2^52 cells; beyond, a neighbour may come back), for continuous ones the round trip is exact to a relative 1e-12 of the
 * larger bound (of the value, if logarithmic).
 *
 * @since 0.1.0
 */
import { type Prior, stretch } from "./Prior.ts"

/** What a parameter can be. */
export type Value = string | number | boolean

/** A real number; `log` spreads its logarithm evenly; `step` counts from `low`. Bounds are included. */
export interface FloatDomain {
  readonly type: "float"
  readonly low: number
  readonly high: number
  readonly log: boolean
  readonly step: number | undefined
}

/** A whole number; bounds are included; `step` counts from `low`. */
export interface IntDomain {
  readonly type: "int"
  readonly low: number
  readonly high: number
  readonly log: boolean
  readonly step: number
}

/** One of a list: `ordinal` choices have an order and neighbours, `categorical` ones do not. */
export interface ChoiceDomain {
  readonly type: "categorical" | "ordinal"
  readonly choices: ReadonlyArray<Value>
}

/** True or false. */
export interface BooleanDomain {
  readonly type: "boolean"
}

/** The domain of a variable. */
export type Domain = FloatDomain | IntDomain | ChoiceDomain | BooleanDomain

/** The largest double below 1. */
const BELOW_ONE = 1 - Number.EPSILON / 2

const clamp = (x: number, low: number, high: number): number => (x < low ? low : x > high ? high : x)

const intoUnit = (u: number): number => (u >= 0 ? Math.min(u, BELOW_ONE) : 0)

/** A domain laid on the unit interval. */
export interface Axis {
  /** How many values there are; 0 when the domain is continuous. */
  readonly cells: number
  /** Whether neighbouring places hold similar values. */
  readonly ordered: boolean
  readonly fromUnit: (u: number) => Value
  /** The place of a legal value. */
  readonly toUnit: (value: Value) => number
  /** Where the cell of a legal value begins and ends; both are the place itself when the domain is continuous. */
  readonly lower: (value: Value) => number
  readonly upper: (value: Value) => number
  readonly contains: (value: unknown) => value is Value
  /** The number of the cell in which a place lies, and the middle of a cell; for axes of cells only. */
  readonly cellAt: (u: number) => number
  readonly middle: (cell: number) => number
}

/** Cells of equal width, numbered from 0. */
const evenAxis = (
  cells: number,
  ordered: boolean,
  valueAt: (index: number) => Value,
  indexOf: (value: unknown) => number
): Axis => ({
  cells,
  ordered,
  fromUnit: (u) => valueAt(clamp(Math.floor(u * cells), 0, cells - 1)),
  cellAt: (u) => clamp(Math.floor(u * cells), 0, cells - 1),
  middle: (cell) => intoUnit((cell + 0.5) / cells),
  toUnit: (value) => intoUnit((indexOf(value) + 0.5) / cells),
  lower: (value) => indexOf(value) / cells,
  upper: (value) => (indexOf(value) + 1) / cells,
  contains: (value): value is Value => indexOf(value) >= 0
})

const choiceAxis = (choices: ReadonlyArray<Value>, ordered: boolean): Axis => {
  const places = new Map<unknown, number>(choices.map((choice, index) => [choice, index]))
  return evenAxis(
    choices.length,
    ordered,
    (index) => choices[index]!,
    (value) => places.get(value) ?? -1
  )
}

/** How many values `low`, `low + step` … there are up to `high`; a last step that rounding puts just above `high` counts. */
export const stepCount = (low: number, high: number, step: number): number => {
  const span = high - low
  // Whole numbers are not rounded; a share of a long range would be many steps.
  if (Number.isSafeInteger(span) && Number.isSafeInteger(step)) return (span - (span % step)) / step + 1
  return Math.floor((span / step) * (1 + 1e-12)) + 1
}

const gridAxis = ({ low, high, type }: FloatDomain | IntDomain, step: number): Axis => {
  const cells = stepCount(low, high, step)
  // A value such as 0.1 + 2 × 0.1 may be written 0.3: for floats a distance of a billionth of a step is rounding.
  const tolerance = type === "int" ? 0 : step * 1e-9
  const valueAt = (index: number) => clamp(low + index * step, low, high)
  return evenAxis(cells, true, valueAt, (value) => {
    if (typeof value !== "number" || !(value >= low - tolerance && value <= high + tolerance)) return -1
    const index = clamp(Math.round((value - low) / step), 0, cells - 1)
    return Math.abs(valueAt(index) - value) <= tolerance ? index : -1
  })
}

/** Whole numbers k whose cells are [ln(k − ½), ln(k + ½)], so that each is as likely as the log-uniform law makes it. */
const logIntAxis = ({ low, high }: IntDomain): Axis => {
  const from = Math.log(low - 0.5)
  const width = Math.log(high + 0.5) - from
  const edge = (k: number) => clamp((Math.log(k) - from) / width, 0, 1)
  const lower = (value: Value) => edge(Number(value) - 0.5)
  const upper = (value: Value) => edge(Number(value) + 0.5)
  const fromUnit = (u: number) => clamp(Math.round(Math.exp(from + u * width)), low, high)
  const toUnit = (value: Value) => intoUnit((lower(value) + upper(value)) / 2)
  return {
    cells: high - low + 1,
    ordered: true,
    fromUnit,
    cellAt: (u) => fromUnit(u) - low,
    middle: (cell) => toUnit(low + cell),
    toUnit,
    lower,
    upper,
    contains: (value): value is Value => Number.isInteger(value) && Number(value) >= low && Number(value) <= high
  }
}

const continuousAxis = ({ low, high, log }: FloatDomain): Axis => {
  const from = log ? Math.log(low) : low
  const to = log ? Math.log(high) : high
  // Halves, because high − low overflows for bounds near the largest double.
  const place = (x: number) => intoUnit((x / 2 - from / 2) / (to / 2 - from / 2))
  const toUnit = (value: Value) => place(log ? Math.log(Number(value)) : Number(value))
  const between = (u: number) => from * (1 - u) + to * u
  return {
    cells: 0,
    ordered: true,
    fromUnit: (u) => clamp(log ? Math.exp(between(u)) : between(u), low, high),
    cellAt: () => 0,
    middle: () => 0.5,
    toUnit,
    lower: toUnit,
    upper: toUnit,
    contains: (value): value is Value => typeof value === "number" && value >= low && value <= high
  }
}

/** Where any number within the bounds lies on the axis without a prior, be it a legal value or not. */
export const lineOf = (domain: FloatDomain | IntDomain): ((x: number) => number) => {
  const { high, log, low, step, type } = domain
  if (low === high) return () => 0.5
  const half = type === "int" && log ? 0.5 : 0
  if (step === undefined || log)
    return continuousAxis({ type: "float", log, low: low - half, high: high + half, step: undefined }).toUnit
  const cells = stepCount(low, high, step)
  return (x) => clamp(((x - low) / step + 0.5) / cells, 0, 1)
}

/** Lays a valid domain on the unit interval, stretched by a valid prior. */
export const axis = (domain: Domain, prior?: Prior | undefined): Axis =>
  prior === undefined ? plainAxis(domain) : stretch(domain, plainAxis(domain), prior)

const plainAxis = (domain: Domain): Axis => {
  switch (domain.type) {
    case "boolean":
      return choiceAxis([false, true], false)
    case "categorical":
      return choiceAxis(domain.choices, false)
    case "ordinal":
      return choiceAxis(domain.choices, true)
    case "int":
      return domain.log && domain.high > domain.low ? logIntAxis(domain) : gridAxis(domain, domain.step)
    case "float":
      if (domain.low === domain.high) return gridAxis(domain, 1)
      return domain.step === undefined ? continuousAxis(domain) : gridAxis(domain, domain.step)
  }
}
