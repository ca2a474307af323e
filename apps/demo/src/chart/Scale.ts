/**
 * Scales, ticks and the way numbers are printed on a drawing. Pure.
 *
 * @since 0.1.0
 */

/** From a value to a place on the page. */
export type Scale = (value: number) => number

/** From `[from, to]` to `[start, end]`; a range without width goes to the middle. */
export const linear =
  (from: number, to: number, start: number, end: number): Scale =>
  (value) =>
    to === from ? (start + end) / 2 : start + ((value - from) / (to - from)) * (end - start)

/** As `linear`, evenly by powers; both ends have to be above 0. */
export const logarithmic = (from: number, to: number, start: number, end: number): Scale => {
  const scale = linear(Math.log(from), Math.log(to), start, end)
  return (value) => scale(Math.log(Math.max(value, Number.MIN_VALUE)))
}

/** About `count` round numbers from `from` to `to`, steps of 1, 2 or 5 times a power of ten. */
export const ticks = (from: number, to: number, count: number): ReadonlyArray<number> => {
  if (!(to > from)) return [from]
  const rough = (to - from) / count
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough)!
  const found: Array<number> = []
  for (let n = Math.ceil(from / step); n * step <= to + step * 1e-9; n++) found.push(exact(n * step))
  return found
}

/** Without what binary fractions leave behind: 1.2, not 1.2000000000000002. */
const exact = (value: number): number => Number(value.toPrecision(12))

/** The powers of ten from `from` to `to`, both ends included by rounding inwards. */
export const powerTicks = (from: number, to: number): ReadonlyArray<number> => {
  const found: Array<number> = []
  for (let n = Math.ceil(Math.log10(from) - 1e-9); n <= Math.log10(to) + 1e-9; n++) found.push(10 ** n)
  return found
}

/** A number in at most three digits that count: `0.0123`, `1.2e-5`, `1,024`. */
export const short = (value: number): string => {
  if (!Number.isFinite(value)) return String(value)
  if (value === 0) return "0"
  const size = Math.abs(value)
  if (size < 1e-3 || size >= 1e6) {
    const [digits, power] = value.toExponential(1).split("e")
    return `${digits!.replace(/\.0$/, "")}e${power!.replace("+", "")}`
  }
  if (size >= 1000) return String(Math.round(value)).replaceAll(/\B(?=(\d{3})+$)/g, ",")
  return String(Number(value.toPrecision(3)))
}

/** Moves positions apart until neighbours are `gap` apart, within `[low, high]` if there is room; keeps their order. */
export const spread = (positions: ReadonlyArray<number>, gap: number, low: number, high: number): Array<number> => {
  const order = positions.map((_, index) => index).sort((a, b) => positions[a]! - positions[b]!)
  const placed = positions.slice()
  let edge = low
  for (const index of order) {
    placed[index] = Math.max(placed[index]!, edge)
    edge = placed[index]! + gap
  }
  edge = high
  for (const index of order.reverse()) {
    placed[index] = Math.min(placed[index]!, edge)
    edge = placed[index]! - gap
  }
  return placed
}
