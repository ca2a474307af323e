/**
 * The core: no group of bidders could leave together with the seller and all do better (Shapley and Shubik, "The Assignment
 * Game I", 1971). A unit that the seller keeps is worth the reserve to him.
 *
 * With identical units and bidders who want one each, the group that could gain most is easy to name: the `units` bidders
 * who would bring the largest `value - reserve - utility`. The outcome is in the core if nobody has less than he brings
 * alone and what this group would bring is no more than the seller has.
 *
 * **Guarantees** The group that is returned gains what it says. An outcome in the core is efficient and individually
 * rational.
 *
 * **Does not guarantee** That the seller receives as much as he could.
 *
 * @since 0.1.0
 */
import { Option } from "effect"
import * as IndividualRationality from "./IndividualRationality.ts"
import { isLess, scaleOf, utilities } from "./UnitDemand.ts"
import type { Instance, Outcome } from "./UnitDemand.ts"

/** Bidders who, with the seller or alone, could all do better. */
export interface Blocking {
  readonly bidders: ReadonlyArray<string>
  readonly withSeller: boolean
  /** What they would have together beyond what they have now, as a share of the largest amount of the instance. */
  readonly gain: number
}

/** The group that could gain most by leaving; none when the outcome is in the core. */
export const blocking = (instance: Instance, outcome: Outcome): Option.Option<Blocking> => {
  const { bids, reserve, units } = instance
  const scale = Math.max(scaleOf(instance), Number.MIN_VALUE)
  const loser = IndividualRationality.violators(instance, outcome)[0]
  if (loser !== undefined) {
    return Option.some({ bidders: [loser.bidder], withSeller: false, gain: -loser.utility / scale })
  }
  // Shares of the largest amount, so that no sum overflows.
  let seller = 0
  for (const paid of outcome.payments.values()) seller += paid / scale
  seller -= (outcome.winners.length * reserve) / scale
  const gains = utilities(instance, outcome)
  const shareOf = (amount: number, index: number) => Math.max(0, (amount - reserve - (gains[index] ?? 0)) / scale)
  const shares = Float64Array.from(bids, ({ amount }, index) => shareOf(amount, index))
  const largest = shares.toSorted().reverse().subarray(0, units)
  const bringing = largest.reduce((sum, share) => sum + share, 0)
  if (!isLess(seller, bringing, Math.max(1, bringing))) return Option.none()
  const brought = bids
    .map(({ bidder }, index) => ({ bidder, share: shares[index] ?? 0 }))
    .filter((it) => it.share > 0)
    .sort((a, b) => b.share - a.share)
  return Option.some({
    bidders: brought.slice(0, units).map((it) => it.bidder),
    withSeller: true,
    gain: bringing - seller
  })
}
