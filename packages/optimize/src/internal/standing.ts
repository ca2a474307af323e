/**
 * Where a trial stands among others that were measured alike: by front, and in a front by number.
 *
 * With one objective the fronts are the distinct values in their order, so that nothing but the usual ranking is left. Values are
 * minimized ones; what is not a number counts as infinitely bad.
 *
 * **Guarantees** A total order that depends on ranks only: neither the order of listing nor an increasing transform of an objective
 * changes it.
 *
 * @since 0.1.0
 */
import type { Direction } from "../sampler/Sampler.ts"
import * as Dominance from "./dominance.ts"

/** A trial and what it was worth, as if all objectives were to be minimized. */
export interface Entry {
  readonly number: number
  readonly point: Dominance.Point
}

/** Values as if all objectives were to be minimized, without `NaN`. */
export const pointOf = (values: ReadonlyArray<number>, directions: ReadonlyArray<Direction>): Dominance.Point =>
  values.map((value, k) => {
    const minimized = directions[k] === "maximize" ? -value : value
    return Number.isNaN(minimized) ? Number.POSITIVE_INFINITY : minimized
  })

/** How many of the rivals stand before a trial. */
export interface Standing {
  /** Those in earlier fronts. */
  readonly better: number
  /** Those in the same front whose numbers are smaller. */
  readonly level: number
}

const amongFronts = (rivals: ReadonlyArray<Entry>, { number, point }: Entry): Standing => {
  // A rival that is dominated would stand one front later at least if the trial were listed as well; the fronts before its own
  // are the same with and without it, since nobody who dominates it is dominated by it.
  const fronts = Dominance.fronts(rivals.map((rival) => rival.point))
  let better = 0
  for (const front of fronts) {
    if (!front.some((index) => Dominance.dominates(rivals[index]!.point, point))) {
      const peers = front.map((index) => rivals[index]!).filter((peer) => !Dominance.dominates(point, peer.point))
      return { better, level: peers.filter((peer) => peer.number < number).length }
    }
    better += front.length
  }
  return { better, level: 0 }
}

/** Where a trial stands among its rivals; it is not one of them. */
export const standing = (rivals: ReadonlyArray<Entry>, own: Entry): Standing => {
  if (own.point.length > 1) return amongFronts(rivals, own)
  const value = own.point[0]!
  let better = 0
  let level = 0
  for (const { number, point } of rivals) {
    const [theirs = value] = point
    if (theirs < value) better++
    else if (theirs === value && number < own.number) level++
  }
  return { better, level }
}

/** How many of the rivals stand before the best of some points: the least `better` of their standings. */
export const betterThanBest = (rivals: ReadonlyArray<Dominance.Point>, own: ReadonlyArray<Dominance.Point>): number => {
  let better = 0
  for (const front of Dominance.fronts(rivals)) {
    const isBefore = (point: Dominance.Point) => front.some((index) => Dominance.dominates(rivals[index]!, point))
    if (!own.every(isBefore)) return better
    better += front.length
  }
  return better
}

/** The first `count` of the entries, best first. */
export const top = (entries: ReadonlyArray<Entry>, count: number): ReadonlyArray<Entry> => {
  const listed = entries.toSorted((a, b) => a.number - b.number)
  const fronts = Dominance.fronts(listed.map(({ point }) => point))
  return fronts.flatMap((front) => front.map((index) => listed[index]!)).slice(0, count)
}
