/** Where an axis has marks, and what is written beside them, for axes of any size. */
import { powerTicks, short, ticks } from "@apps/demo/chart/Scale"
import { PlotAxis } from "@mabeam/optimize"
import { clipped } from "../../plot/chart.ts"

export interface Tick {
  readonly value: number
  readonly label: string
}

/** Doubles that a walk in equal steps cannot tell apart, or that it overflows. */
const isStepless = (from: number, to: number): boolean => {
  const size = Math.max(Math.abs(from), Math.abs(to))
  return size > 1e307 || !(to - from > size * 1e-9) || to - from < 1e-290
}

const linear = ({ from, to, whole }: PlotAxis.NumberAxis, count: number): ReadonlyArray<number> => {
  if (isStepless(from, to)) return from === to ? [from] : from < 0 && to > 0 ? [from, 0, to] : [from, to]
  const found = ticks(from, to, count)
  if (!whole) return found
  const kept = found.filter((it) => Number.isInteger(it) && it >= from && it <= to)
  return kept.length > 0 ? kept : [from]
}

const logarithmic = ({ from, to, whole }: PlotAxis.NumberAxis, count: number): ReadonlyArray<number> => {
  const powers = powerTicks(from, to).filter((it) => it > 0 && Number.isFinite(it))
  if (powers.length > count) return powers.filter((_, index) => index % Math.ceil(powers.length / count) === 0)
  if (powers.length >= 3) return powers
  const fine = [...new Set([from / 10, ...powers])].flatMap((power) => {
    const base = 10 ** Math.floor(Math.log10(power) + 1e-9)
    return [1, 2, 5].map((factor) => base * factor)
  })
  const kept = [...new Set(fine)].filter((it) => it >= from && it <= to && (!whole || Number.isInteger(it)))
  return kept.length >= 2 ? kept.sort((a, b) => a - b).slice(0, count + 2) : from === to ? [from] : [from, to]
}

/** Numbers in as few digits as tell them apart. */
export const labelsOf = (values: ReadonlyArray<number>): ReadonlyArray<string> => {
  const labels = values.map(short)
  for (let digits = 4; new Set(labels).size < labels.length && digits <= 17; digits++) {
    for (const [index, value] of values.entries()) labels[index] = String(Number(value.toPrecision(digits)))
  }
  return labels
}

/** Marks of an axis that is so long; `most` numbers at most. */
export const ticksOf = (axis: PlotAxis.PlotAxis, length: number, most: number): ReadonlyArray<Tick> => {
  if (axis.type !== "names") {
    const values = axis.type === "log" ? logarithmic(axis, most) : linear(axis, most)
    const labels = labelsOf(values)
    return values.map((value, index) => ({ value, label: labels[index]! }))
  }
  const every = Math.max(1, Math.ceil((axis.names.length * 34) / length))
  const room = Math.max(3, Math.floor((length / axis.names.length) * every * 0.14))
  return axis.names.flatMap((name, value) =>
    value % every === 0 ? [{ value, label: nameOf(name, Math.min(room, 18)) }] : []
  )
}

/** A name from outside, as it is written where there is so much room. */
export const nameOf = (name: string, room: number): string =>
  name === "" ? "(empty)" : clipped(name.replaceAll(/\s+/g, " "), room).toWellFormed()

/** The value on an axis, in words. */
export const wordOf = (axis: PlotAxis.PlotAxis, value: number): string => {
  if (axis.type === "names") return nameOf(axis.names[value] ?? "?", 40)
  return axis.whole && Math.abs(value) < 1e15 ? String(value) : precise(value)
}

/** A number in up to six digits that count. */
export const precise = (value: number): string => {
  const size = Math.abs(value)
  return size !== 0 && (size < 1e-4 || size >= 1e9)
    ? value
        .toExponential(4)
        .replace(/\.?0+e/, "e")
        .replace("e+", "e")
    : String(Number(value.toPrecision(6)))
}
