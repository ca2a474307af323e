/**
 * Choosing points of a front by the hypervolume that they dominate together, all objectives to be minimized.
 *
 * The choice is greedy, which is at least 1 − 1/e of the best: the hypervolume is submodular (A. P. Guerreiro, C. M. Fonseca,
 * L. Paquete, "Greedy hypervolume subset selection in low dimensions", Evol. Comput. 24(3), 2016). What a point would add only
 * shrinks as others are chosen, so that old values are bounds and few are reckoned anew (M. Minoux, 1978).
 *
 * @since 0.1.0
 */
import { hypervolume } from "./dominance.ts"
import type { Point } from "./dominance.ts"

/** How far beyond the worst values the reference point lies, as a share of their range. */
const MARGIN = 0.1

/** The points stretched to the unit cube by their ranges, so that no unit counts; ranges beyond the doubles keep their ends only. */
export const normalized = (points: ReadonlyArray<Point>): ReadonlyArray<Point> => {
  const least = (k: number) => points.reduce((low, point) => Math.min(low, point[k]!), Number.POSITIVE_INFINITY)
  const most = (k: number) => points.reduce((high, point) => Math.max(high, point[k]!), Number.NEGATIVE_INFINITY)
  const bounds = (points[0] ?? []).map((_, k) => [least(k), most(k)] as const)
  return points.map((point) =>
    point.map((value, k) => {
      const [low, high] = bounds[k]!
      const range = high - low
      if (range > 0 && Number.isFinite(range)) return (value - low) / range
      return value === low ? 0 : 1
    })
  )
}

const referenceOf = (points: ReadonlyArray<Point>): Point => (points[0] ?? []).map(() => 1 + MARGIN)

/** The indexes of `count` of the normalized points that together dominate much beside what `chosen` do; all, if there are no more. */
export const select = (
  points: ReadonlyArray<Point>,
  count: number,
  chosen: ReadonlyArray<Point> = []
): ReadonlyArray<number> => {
  const reference = referenceOf(points)
  const selected: Array<Point> = [...chosen]
  const indexes: Array<number> = []
  const gains = new Float64Array(points.length).fill(Number.POSITIVE_INFINITY)
  const reckonedAt = new Int32Array(points.length).fill(-1)
  let volume = hypervolume(selected, reference)
  while (indexes.length < Math.min(count, points.length)) {
    let best = 0
    for (;;) {
      best = gains.reduce((top, gain, i) => (gain > gains[top]! ? i : top), 0)
      if (reckonedAt[best] === indexes.length) break
      gains[best] = Math.max(0, hypervolume([...selected, points[best]!], reference) - volume)
      reckonedAt[best] = indexes.length
    }
    volume += gains[best]!
    gains[best] = Number.NEGATIVE_INFINITY
    selected.push(points[best]!)
    indexes.push(best)
  }
  return indexes
}

/** The volume that each of the normalized points alone dominates; 0 for one that is dominated or there twice. */
export const contributions = (points: ReadonlyArray<Point>): Float64Array => {
  const reference = referenceOf(points)
  const whole = hypervolume(points, reference)
  return Float64Array.from(points, (_, i) => Math.max(0, whole - hypervolume(points.toSpliced(i, 1), reference)))
}
