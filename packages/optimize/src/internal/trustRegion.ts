/**
 * The surroundings of the best point: the points nearest to it and the box that they span.
 *
 * As the search closes in, the nearest points do too, and the box shrinks with them. In a small box a smooth function is almost a quadratic
 * one, for which as many points are taken as it has coefficients, and two more.
 *
 * **Guarantees** The best point lies in the box. Coordinates that do not move are the same in all of the points.
 *
 * @since 0.1.0
 */
import type { Region } from "./acquisition.ts"
import type { Data } from "./gaussianProcess.ts"

/** The nearest points, distances measured in the box's widths, and the box. */
export interface Neighbourhood {
  readonly data: Data
  readonly region: Region
}

/** The widest box, as a share of the range to each side: above it the search has not closed in yet. */
const WIDEST = 0.05
/** The narrowest box: below it rounding is all that is left. */
const NARROWEST = 1e-8
/** No side of the box is a smaller share of the widest. */
const FLATTEST = 0.2

/** How far to each side one looks around the best while the search has not closed in. */
const AROUND = 0.2
/**
 * In fewer dimensions the whole space is looked at until the search closes in. In more the expected improvement is large in the many corners,
 * about which little is known.
 */
const AROUND_DIMENSIONS = 5

const bestOf = (values: Float64Array): number =>
  values.reduce((best, value, i) => (value < values[best]! ? i : best), 0)

/** Squared distances from the best, infinite where a coordinate that does not move differs. */
const distancesFrom = (best: number, { d, n, points }: Data, moving: Uint8Array): Float64Array =>
  Float64Array.from({ length: n }, (_, i) => {
    let sum = 0
    for (let j = 0; j < d; j++) {
      const gap = points[i * d + j]! - points[best * d + j]!
      if (gap !== 0 && moving[j] === 0) return Number.POSITIVE_INFINITY
      sum += gap * gap
    }
    return sum
  })

/** The surroundings of the best point, values as they are; `undefined` while there are too few points or they lie too far apart. */
export const neighbourhood = (data: Data, moving: Uint8Array): Neighbourhood | undefined => {
  const { d, n, points, values } = data
  const m = moving.reduce((sum, it) => sum + it, 0)
  const count = ((m + 1) * (m + 2)) / 2 + 2
  if (m === 0 || n < 2 * count) return undefined
  const best = bestOf(values)
  const distances = distancesFrom(best, data, moving)
  const near = Array.from(distances.keys())
    .filter((i) => distances[i]! < Number.POSITIVE_INFINITY)
    .sort((a, b) => distances[a]! - distances[b]! || a - b)
  if (near.length < 2 * count) return undefined
  const kept = near.slice(0, count)
  const centre = points.subarray(best * d, (best + 1) * d)
  const spreads = centre.map((x, j) => kept.reduce((most, i) => Math.max(most, Math.abs(points[i * d + j]! - x)), 0))
  const widest = Math.max(...spreads)
  if (!(widest >= NARROWEST && widest <= WIDEST)) return undefined
  const reaches = spreads.map((spread, j) => (moving[j] === 1 ? Math.max(spread, FLATTEST * widest) : 0))
  const some = new Float64Array(count * d)
  for (const [row, i] of kept.entries()) some.set(points.subarray(i * d, (i + 1) * d), row * d)
  return {
    data: {
      ...data,
      n: count,
      points: some,
      values: Float64Array.from(kept, (i) => values[i]!),
      widths: reaches.map((reach) => (reach > 0 ? reach : 1))
    },
    region: {
      lower: centre.map((x, j) => Math.max(0, x - reaches[j]!)),
      upper: centre.map((x, j) => Math.min(1, x + reaches[j]!))
    }
  }
}

/** A box around the best point, in five or more moving dimensions; coordinates that do not move are free. */
export const around = ({ d, points, values }: Data, moving: Uint8Array): Region | undefined => {
  if (moving.reduce((sum, it) => sum + it, 0) < AROUND_DIMENSIONS) return undefined
  const best = bestOf(values)
  const centre = points.subarray(best * d, (best + 1) * d)
  return {
    lower: centre.map((x, j) => (moving[j] === 1 ? Math.max(0, x - AROUND) : 0)),
    upper: centre.map((x, j) => (moving[j] === 1 ? Math.min(1, x + AROUND) : 1))
  }
}
