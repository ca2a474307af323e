/**
 * Coalitions that would block an outcome: groups of bidders who could offer the seller more than all payments, and each of
 * whom would be no worse off (Day & Raghavan 2007, the separation problem).
 *
 * **Guarantees** Exact. A coalition that is returned is real, and it is one with the most to offer.
 *
 * **Example**
 *
 * ```ts
 * import { Coalitions, Vcg } from "@mabeam/economics"
 *
 * const bids = [
 *   { bidder: 0, items: [0, 1], price: 20n },
 *   { bidder: 1, items: [0], price: 20n },
 *   { bidder: 2, items: [1], price: 20n }
 * ]
 * const { blocking } = Coalitions.blockingCoalition(bids, Vcg.mechanism.run(bids))
 * blocking?.chosen // => [0]
 * blocking?.excess.toFraction() // => "20"
 * ```
 *
 * @since 0.1.0
 */
import { Fraction } from "fraction.js"
import type * as Amount from "../input/Amount.ts"
import { leastMultiple } from "../internal/divisors.ts"
import { type Bids, type Outcome, winners } from "./BundleMechanism.ts"
import * as WinnerDetermination from "./WinnerDetermination.ts"

/** A coalition that could offer the seller more than the payments give. */
export interface Blocking {
  /** The bids it would win with. */
  readonly chosen: ReadonlyArray<number>
  /** By how much it could outbid the payments. */
  readonly excess: Amount.Rational
}

/** What the search for a blocking coalition found; one may be overlooked only when time has run out. */
export interface Search {
  readonly blocking: Blocking | undefined
  /** What no coalition can exceed the payments by more than, in whole units, rounded up: 0 if there is none. */
  readonly missing: bigint
}

/** The coalition that could offer most beyond the payments, if any. */
export const blockingCoalition = (
  bids: Bids,
  { chosen, payments }: Pick<Outcome, "chosen" | "payments">,
  isSpent?: () => boolean
): Search => {
  const won = winners(bids, chosen)
  let scale = 1n
  for (const { d } of payments.values()) scale = leastMultiple(scale, d)
  const scaled = (amount: Amount.Rational): bigint => amount.s * amount.n * (scale / amount.d)
  let paid = 0n
  for (const amount of payments.values()) paid += scaled(amount)
  const utilities = new Map(
    [...won].map(([bidder, bid]) => [bidder, bid.price * scale - scaled(payments.get(bidder) ?? new Fraction(0))])
  )
  // A member asks to be left what it has now; the rest of its bid is what it can give to the seller.
  const offers = bids.map((bid) => {
    const price = bid.price * scale - (utilities.get(bid.bidder) ?? 0n)
    return { ...bid, price: price > 0n ? price : 0n }
  })
  const best = WinnerDetermination.solve(offers, { ties: false, isSpent })
  const excess = best.welfare - paid
  const most = best.bound - paid
  return {
    blocking: excess > 0n ? { chosen: best.chosen, excess: new Fraction(excess, scale) } : undefined,
    missing: most > 0n ? (most + scale - 1n) / scale : 0n
  }
}
