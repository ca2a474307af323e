/**
 * Individual rationality: nobody who bids honestly ends worse than by staying away.
 *
 * **Guarantees** Names every bidder with negative utility, and everyone who is charged without having bid.
 *
 * **Does not guarantee** Anything for bidders who bid above their value.
 *
 * @since 0.1.0
 */
import type { Arithmetic } from "../input/Amount.ts"
import { isLess, payment, scaleOf, utilities } from "./UnitDemand.ts"
import type { Instance, Outcome } from "./UnitDemand.ts"

/** A bidder who would have done better to stay away. */
export interface Violator<A = number> {
  readonly bidder: string
  readonly utility: A
}

/** Everyone who loses by taking part; none when the outcome is individually rational. */
export const violators = <A>(
  arithmetic: Arithmetic<A>,
  instance: Instance<A>,
  outcome: Outcome<A>
): ReadonlyArray<Violator<A>> => {
  const { subtract, zero } = arithmetic
  const scale = scaleOf(arithmetic, instance)
  const found: Array<Violator<A>> = []
  const strangers = new Set(outcome.payments.keys())
  utilities(arithmetic, instance, outcome).forEach((utility, index) => {
    const bidder = instance.bids[index]?.bidder ?? ""
    strangers.delete(bidder)
    if (isLess(arithmetic, utility, zero, scale)) found.push({ bidder, utility })
  })
  for (const bidder of strangers) {
    const utility = subtract(zero, payment(arithmetic, outcome, bidder))
    if (isLess(arithmetic, utility, zero, scale)) found.push({ bidder, utility })
  }
  return found
}
