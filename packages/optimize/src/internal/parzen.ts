/**
 * Parzen estimators on the unit interval: mixtures of truncated normals, and of smoothed counts for unordered choices.
 *
 * The widths follow J. Bergstra, R. Bardenet, Y. Bengio, B. Kégl, "Algorithms for hyper-parameter optimization" (NIPS
 * 2011): each kernel reaches to the farther of its two neighbours, within limits; the prior is one more kernel, in the
 * middle and as wide as the interval.
 *
 * @since 0.1.0
 */
import { density, distribution, quantile } from "./normal.ts"
import { uniform } from "./random.ts"
import type { Stream } from "./random.ts"

/** A mixture of normals, each truncated to [0, 1]. */
export interface Mixture {
  readonly centres: Float64Array
  readonly widths: Float64Array
  /** Weight of each kernel over the mass that it has inside the interval. */
  readonly scaled: Float64Array
  /** Running sum of the weights; the last is 1. */
  readonly cumulative: Float64Array
}

/** Index of the first element of a sorted array that is not below `x`. */
const lowerBound = (sorted: Float64Array, x: number): number => {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sorted[middle]! < x) low = middle + 1
    else high = middle
  }
  return low
}

/** The distance to the farther neighbour; the bounds are no neighbours. */
const reach = (sorted: Float64Array, centre: number): number => {
  const at = lowerBound(sorted, centre)
  const left = at > 0 ? centre - sorted[at - 1]! : 0
  const right = at + 1 < sorted.length ? sorted[at + 1]! - centre : 0
  return Math.max(left, right)
}

/** Beyond this many widths a normal has no weight that a double beside the prior could show. */
const FAR = 9

/** The mass of a normal inside the interval. */
const massInside = (centre: number, width: number): number => {
  const below = centre > FAR * width ? 0 : distribution(-centre / width)
  const above = 1 - centre > FAR * width ? 0 : distribution((centre - 1) / width)
  return 1 - below - above
}

/** The mixture over places in [0, 1] with their weights, and the prior. */
export const mixture = (places: Float64Array, weights: Float64Array, priorWeight: number): Mixture => {
  const n = places.length
  const centres = new Float64Array(n + 1)
  centres.set(places)
  centres[n] = 0.5
  const sorted = centres.slice().sort()
  const narrowest = 1 / Math.min(100, n + 2)
  let total = priorWeight
  for (let i = 0; i < n; i++) total += weights[i]!
  const widths = new Float64Array(n + 1)
  const scaled = new Float64Array(n + 1)
  const cumulative = new Float64Array(n + 1)
  let sum = 0
  for (let i = 0; i <= n; i++) {
    const centre = centres[i]!
    const width = i === n ? 1 : Math.min(1, Math.max(narrowest, reach(sorted, centre)))
    const weight = (i === n ? priorWeight : weights[i]!) / total
    widths[i] = width
    scaled[i] = weight / massInside(centre, width)
    sum += weight
    cumulative[i] = sum
  }
  cumulative[n] = 1
  return { centres, widths, scaled, cumulative }
}

/** Density at a place. */
export const densityAt = ({ centres, widths, scaled }: Mixture, x: number): number => {
  let sum = 0
  for (let i = 0; i < centres.length; i++) {
    const width = widths[i]!
    const z = (x - centres[i]!) / width
    if (z < FAR && z > -FAR) sum += (scaled[i]! / width) * density(z)
  }
  return sum
}

/** Mass between two places. */
export const massBetween = ({ centres, widths, scaled }: Mixture, from: number, to: number): number => {
  let sum = 0
  for (let i = 0; i < centres.length; i++) {
    const a = (from - centres[i]!) / widths[i]!
    const b = (to - centres[i]!) / widths[i]!
    if (a > FAR || b < -FAR) continue
    // On the far side of the kernel the difference is taken in the upper tail, where it keeps its digits.
    sum += scaled[i]! * (a > 0 ? distribution(-a) - distribution(-b) : distribution(b) - distribution(a))
  }
  return sum
}

/** Draws a place. */
export const draw = ({ centres, widths, cumulative }: Mixture, random: Stream): number => {
  const kernel = Math.min(lowerBound(cumulative, uniform(random)), centres.length - 1)
  const centre = centres[kernel]!
  const width = widths[kernel]!
  const from = distribution(-centre / width)
  const to = distribution((1 - centre) / width)
  const x = centre + width * quantile(from + (to - from) * uniform(random))
  return x < 0 ? 0 : x > 1 ? 1 : x
}

/** Probabilities of unordered cells: weighted counts, and `priorWeight` more for each cell. */
export const counts = (
  cells: number,
  indexes: Uint32Array,
  weights: Float64Array,
  priorWeight: number
): Float64Array => {
  const chances = new Float64Array(cells).fill(priorWeight)
  let total = cells * priorWeight
  for (let i = 0; i < indexes.length; i++) {
    chances[indexes[i]!]! += weights[i]!
    total += weights[i]!
  }
  for (let i = 0; i < cells; i++) chances[i]! /= total
  return chances
}

/** Draws a cell. */
export const drawCell = (chances: Float64Array, random: Stream): number => {
  let rest = uniform(random)
  for (let i = 0; i < chances.length - 1; i++) {
    rest -= chances[i]!
    if (rest < 0) return i
  }
  return chances.length - 1
}
