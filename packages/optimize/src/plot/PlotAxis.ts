/**
 * The axes of a plot: from a value to its place between 0 and 1, whatever the size of the numbers.
 *
 * **Guarantees** `place` gives a number from 0 to 1 for every finite value, for ranges that overflow a double too; a range
 * without width has its values in the middle. An axis of values is `from` below `to`.
 *
 * **Example**
 *
 * ```ts
 * import { PlotAxis } from "@mabeam/optimize"
 *
 * const axis = PlotAxis.ofValues("loss", [0.001, 0.2, 40])
 * axis.type // => "log"
 * PlotAxis.place({ type: "linear", title: "x", from: -1, to: 3, whole: false }, 1) // => 0.5
 * ```
 *
 * @since 0.1.0
 */
import type { Direction } from "../sampler/Sampler.ts"
import type { Domain, Value } from "../space/Domain.ts"

/** Numbers, evenly or by their logarithms. `whole`: fractions make no sense. */
export interface NumberAxis {
  readonly type: "linear" | "log"
  readonly title: string
  readonly from: number
  readonly to: number
  readonly whole: boolean
}

/** Names at even distances; a value is the index of a name. */
export interface NameAxis {
  readonly type: "names"
  readonly title: string
  readonly names: ReadonlyArray<string>
}

export type PlotAxis = NumberAxis | NameAxis

const clamp = (x: number): number => (x > 0 ? Math.min(1, x) : 0)

/** The place of a value, from 0 to 1; values beyond the ends stand at the ends. */
export const place = (axis: PlotAxis, value: number): number => {
  if (axis.type === "names") return clamp((value + 0.5) / axis.names.length)
  if (axis.type === "linear") return between(value, axis.from, axis.to)
  if (value <= axis.from) return axis.from === axis.to ? 0.5 : 0
  return between(Math.log(value), Math.log(axis.from), Math.log(axis.to))
}

const between = (x: number, from: number, to: number): number => {
  if (from === to) return 0.5
  const width = to - from
  // Halves, because the difference overflows for ends near the largest double; a width of few bits must not be halved.
  return Number.isFinite(width) ? clamp((x - from) / width) : clamp((x / 2 - from / 2) / (to / 2 - from / 2))
}

/** The value at a place, from 0 to 1. */
export const valueAt = (axis: NumberAxis, u: number): number =>
  axis.type === "linear"
    ? axis.from * (1 - u) + axis.to * u
    : Math.exp(Math.log(axis.from) * (1 - u) + Math.log(axis.to) * u)

/** Whether a value lies beyond the ends of the axis. */
export const isBeyond = (axis: PlotAxis, value: number): boolean =>
  axis.type !== "names" && (value < axis.from || value > axis.to)

/** Words for choices that look alike as text are told apart: `1` and `"1"`. */
const namesOf = (choices: ReadonlyArray<Value>): ReadonlyArray<string> => {
  const texts = choices.map(String)
  return new Set(texts).size === texts.length ? texts : choices.map((choice) => JSON.stringify(choice))
}

/** The axis of a variable, over its whole domain. */
export const ofVariable = ({ domain, name }: { readonly name: string; readonly domain: Domain }): PlotAxis => {
  if (domain.type === "boolean") return { type: "names", title: name, names: ["false", "true"] }
  if ("choices" in domain) {
    return { type: "names", title: name, names: namesOf(domain.choices) }
  }
  const { high, log, low } = domain
  return { type: log ? "log" : "linear", title: name, from: low, to: high, whole: domain.type === "int" }
}

/** A value of a variable as a number on its axis. */
export const numberOf = (domain: Domain): ((value: Value) => number) => {
  if ("choices" in domain) {
    const places = new Map(domain.choices.map((choice, index) => [choice, index]))
    return (value) => places.get(value) ?? 0
  }
  return Number
}

const RATIO_OF_LOG = 1_000
/** A value so many times as far from the best as nineteen of twenty are is far; then it is drawn at the edge. */
const FAR = 4
/** Where the edge is then, in the same measure. */
const EDGE = 2
const MARGIN = 0.04

/**
 * An axis that shows the values of an objective. With a direction, a few bad values that would press the good ones together lie
 * beyond its end. From the ratio on, values above 0 stand on a logarithmic axis; default 1,000.
 */
export const ofValues = (
  title: string,
  values: ArrayLike<number>,
  direction?: Direction,
  ratioOfLog = RATIO_OF_LOG
): NumberAxis => {
  const sorted = Float64Array.from(values).sort()
  const [low, high] = sorted.length === 0 ? [0, 0] : [sorted[0]!, sorted[sorted.length - 1]!]
  if (low > 0 && high / low >= ratioOfLog) {
    const margin = (high / low) ** (MARGIN / 2)
    return { type: "log", title, from: Math.max(low / margin, 5e-324), to: limited(high * margin), whole: false }
  }
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? 0
  const isFar = (usual: number, extreme: number) => usual > 0 && extreme > FAR * usual
  const [above, below] = [at(0.95) - low, high - at(0.05)]
  const top = direction === "minimize" && isFar(above, high - low) ? low + EDGE * above : high
  const bottom = direction === "maximize" && isFar(below, high - low) ? high - EDGE * below : low
  return { type: "linear", title, ...widened(bottom, top), whole: false }
}

const limited = (value: number): number => Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value))

/** Some room at either end; a range without width, or one that doubles hardly tell apart, gets one. */
const widened = (from: number, to: number): { readonly from: number; readonly to: number } => {
  const size = Math.max(Math.abs(from), Math.abs(to))
  const width = to / 2 - from / 2
  const isNarrow = !(width > size * 1e-9) || size < 1e-290
  const room = isNarrow ? (size > 1e-290 ? size / 10 : 1) : width * 2 * MARGIN
  return { from: limited(from - room), to: limited(to + room) }
}

/** The axis of the numbers of trials. */
export const ofTrials = (count: number): NumberAxis => ({
  type: "linear",
  title: "trial",
  from: -0.5,
  to: Math.max(1, count) - 0.5,
  whole: true
})
