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
import type { Arithmetic } from "../input/Amount.ts"
import { ExactSum } from "../internal/exactSum.ts"
import { descending } from "./Efficiency.ts"
import * as IndividualRationality from "./IndividualRationality.ts"
import { isLess, largestOf, utilities } from "./UnitDemand.ts"
import type { Instance, Outcome } from "./UnitDemand.ts"

/** Bidders who, with the seller or alone, could all do better. */
export interface Blocking<A = number> {
  readonly bidders: ReadonlyArray<string>
  readonly withSeller: boolean
  /** What they would have together beyond what they have now, as a share of the largest amount of the instance. */
  readonly gain: A
}

/** The group that could gain most by leaving; none when the outcome is in the core. */
export const blocking = <A>(
  arithmetic: Arithmetic<A>,
  instance: Instance<A>,
  outcome: Outcome<A>
): Option.Option<Blocking<A>> => {
  const { add, compare, divide, fromNumber, multiply, subtract, zero } = arithmetic
  const largestAmount = largestOf(arithmetic, instance)
  const scale = compare(largestAmount, zero) > 0 ? largestAmount : fromNumber(1)
  const loser = IndividualRationality.violators(arithmetic, instance, outcome)[0]
  if (loser !== undefined) {
    const gain = divide(subtract(zero, loser.utility), scale)
    return Option.some({ bidders: [loser.bidder], withSeller: false, gain })
  }
  const isCertain = instance.isUnrounded === true && !arithmetic.isExact
  if (isCertain && excess(arithmetic, instance, outcome) <= 0) return Option.none()
  // Shares of the largest amount, so that no sum overflows.
  const shareOf = (amount: A): A => divide(amount, scale)
  const reserve = shareOf(instance.reserve)
  let seller = multiply(fromNumber(-outcome.winners.length), reserve)
  for (const paid of outcome.payments.values()) seller = add(seller, shareOf(paid))
  const gains = utilities(arithmetic, instance, outcome)
  const shares = instance.bids.map(({ amount }, index) => {
    const share = subtract(subtract(shareOf(amount), reserve), shareOf(gains[index] ?? zero))
    return compare(share, zero) > 0 ? share : zero
  })
  const bringing = descending(arithmetic, shares).slice(0, instance.units).reduce(add, zero)
  const one = fromNumber(1)
  const isBlocked = isCertain || isLess(arithmetic, seller, bringing, compare(bringing, one) > 0 ? bringing : one)
  if (!isBlocked) return Option.none()
  const brought = instance.bids
    .map(({ bidder }, index) => ({ bidder, share: shares[index] ?? zero }))
    .filter((it) => compare(it.share, zero) > 0)
    .sort((a, b) => compare(b.share, a.share))
  return Option.some({
    bidders: brought.slice(0, instance.units).map((it) => it.bidder),
    withSeller: true,
    gain: subtract(bringing, seller)
  })
}

/** What the best group would bring beyond what the seller has, where amounts are doubles as they were stated. */
const excess = <A>(arithmetic: Arithmetic<A>, instance: Instance<A>, { payments, winners }: Outcome<A>): number => {
  const { toNumber } = arithmetic
  // By a power of two, so that no sum overflows.
  const factor = toNumber(largestOf(arithmetic, instance)) > 1e280 ? 2 ** -64 : 1
  const reserve = factor * toNumber(instance.reserve)
  const won = new Set(winners)
  const brought: Array<number> = []
  const sum = new ExactSum()
  for (const { amount, bidder } of instance.bids) {
    const paid = factor * toNumber(payments.get(bidder) ?? arithmetic.zero)
    // A winner keeps the rest of his value as it is.
    const brings = paid + (won.has(bidder) ? 0 : factor * toNumber(amount))
    if (brings > reserve) brought.push(brings)
    sum.add(-paid)
  }
  for (let i = 0; i < winners.length; i++) sum.add(reserve)
  for (const brings of Float64Array.from(brought).sort().subarray(-instance.units)) {
    sum.add(brings)
    sum.add(-reserve)
  }
  return sum.value
}
