/**
 * Quantities by intervals of equal length: where their sum reaches a target is found in one pass, to within an interval.
 *
 * **Guarantees** A larger value never has a smaller place, as subtraction and multiplication round monotonically. The last
 * place is that of the greatest value, the first that of the least.
 */

/** Intervals of a range; values are multiplied by `sign` before they are placed. */
export interface Grid {
  readonly least: number
  readonly scale: number
  readonly places: number
}

/** Values and how much there is of each. */
export interface Quantities {
  readonly values: Float64Array
  readonly qty: Float64Array
}

const placesMax = 1024

/** Fewer values than this are not worth a grid. */
const worthwhile = 256

/** A grid for `count` values from `least` to `greatest`, if they are many and not all next to each other. */
export const over = (count: number, least: number, greatest: number): Grid | undefined => {
  const scale = (placesMax - 1) / (greatest - least)
  return count < worthwhile || !(scale < Infinity)
    ? undefined
    : { least, scale, places: (((greatest - least) * scale) | 0) + 1 }
}

/** How much there is in each interval. */
export const sumsOf = (
  { least, places, scale }: Grid,
  { qty, values }: Quantities,
  count: number,
  sign: 1 | -1
): Float64Array => {
  const sums = new Float64Array(places)
  for (let i = 0; i < count; i++) sums[((sign * values[i]! - least) * scale) | 0]! += qty[i]!
  return sums
}

/** Moves what is in one interval to the front; gives how many they are. */
export const keep = (
  { least, scale }: Grid,
  { qty, values }: Quantities,
  count: number,
  sign: 1 | -1,
  place: number
): number => {
  let kept = 0
  for (let i = 0; i < count; i++) {
    if ((((sign * values[i]! - least) * scale) | 0) !== place) continue
    values[kept] = values[i]!
    qty[kept++] = qty[i]!
  }
  return kept
}
