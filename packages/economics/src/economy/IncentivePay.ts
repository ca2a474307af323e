/**
 * Pay with bonuses for work that is better or faster than agreed.
 *
 * **Guarantees** The pay is the agreed sum and three bonuses, each rounded down to a whole minor unit and never negative:
 * - `quality`: the rate for each percentage point above the target quality, parts of a point in proportion;
 * - `speed`: the rate for each hour below the agreed hours, parts of an hour in proportion;
 * - `both`: a share of the agreed sum, when the quality is above its target *and* the hours are below theirs.
 *
 * Exact for text, and for doubles as they were written (`0.96` is 96 hundredths). Better or faster work never earns less.
 *
 * **Does not guarantee** A budget, unless `max` says one: then the pay is cut to it, though never below the agreed sum.
 *
 * **Example**
 *
 * ```ts
 * import { IncentivePay } from "@mabeam/economics"
 *
 * IncentivePay.pay(
 *   { agreed: 450n, quality: "0.92", hours: "24", perPoint: 10n, perHour: 5n, both: "0.1" },
 *   { quality: "0.96", hours: "16" }
 * ) // => { agreed: 450n, quality: 40n, speed: 40n, both: 45n, total: 575n }
 * ```
 *
 * @since 0.1.0
 */
import { rationals, type Given, type Rational } from "../input/Amount.ts"
import * as Money from "./Money.ts"

/** What was agreed. */
export interface Terms {
  readonly agreed: bigint
  /** The target, from 0 to 1. */
  readonly quality: Given
  readonly hours: Given
  /** For each percentage point of quality above the target. */
  readonly perPoint: bigint
  /** For each hour saved. */
  readonly perHour: bigint
  /** The share of the agreed sum for doing both. */
  readonly both: Given
  /** The most that is paid in all. Default no limit. */
  readonly max?: bigint | undefined
}

/** What was done. */
export interface Work {
  readonly quality: Given
  readonly hours: Given
}

/** The pay and what it is made of. */
export interface Pay {
  readonly agreed: bigint
  readonly quality: bigint
  readonly speed: bigint
  readonly both: bigint
  readonly total: bigint
}

const excess = (a: Given, b: Given): Rational => {
  const difference = Money.share(a).sub(Money.share(b))
  return difference.compare(0) > 0 ? difference : rationals.zero
}

/** What is paid for the work under the terms. */
export const pay = (terms: Terms, work: Work): Pay => {
  const { agreed } = terms
  const above = excess(work.quality, terms.quality)
  const saved = excess(terms.hours, work.hours)
  const isBoth = above.n > 0n && saved.n > 0n
  const quality = Money.floor(Money.times(terms.perPoint, above.mul(100)))
  const speed = Money.floor(Money.times(terms.perHour, saved))
  const both = isBoth ? Money.floor(Money.times(agreed, terms.both)) : 0n
  const all = agreed + quality + speed + both
  const most = terms.max === undefined || terms.max > all ? all : terms.max
  return { agreed, quality, speed, both, total: most < agreed ? agreed : most }
}
