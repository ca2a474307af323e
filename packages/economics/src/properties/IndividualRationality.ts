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
  const found: Array<Violator> = []
  const strangers = new Set(outcome.payments.keys())
  utilities(instance, outcome).forEach((utility, index) => {
    const bidder = instance.bids[index]?.bidder ?? ""
    strangers.delete(bidder)
    if (isLess(utility, 0, scale)) found.push({ bidder, utility })
  })
  for (const bidder of strangers) {
    const utility = -payment(outcome, bidder)
    if (isLess(utility, 0, scale)) found.push({ bidder, utility })
  }
  return found
}
