/**
 * Individual rationality: nobody who bids honestly ends worse than by staying away.
 *
 * **Guarantees** Names every bidder with negative utility, and everyone who is charged without having bid.
 *
 * **Does not guarantee** Anything for bidders who bid above their value.
 *
 * @since 0.1.0
 */
import { isLess, payment, scaleOf, utilities } from "./UnitDemand.ts"
import type { Instance, Outcome } from "./UnitDemand.ts"

/** A bidder who would have done better to stay away. */
export interface Violator {
  readonly bidder: string
  readonly utility: number
}

/** Everyone who loses by taking part; none when the outcome is individually rational. */
export const violators = (instance: Instance, outcome: Outcome): ReadonlyArray<Violator> => {
  const scale = scaleOf(instance)
  const gains = utilities(instance, outcome)
  const names = new Set(instance.bids.map((bid) => bid.bidder))
  const strangers = [...outcome.payments.keys()].filter((bidder) => !names.has(bidder))
  return [
    ...instance.bids.map(({ bidder }, index) => ({ bidder, utility: gains[index] ?? 0 })),
    ...strangers.map((bidder) => ({ bidder, utility: -payment(outcome, bidder) }))
  ].filter((it) => isLess(it.utility, 0, scale))
}
