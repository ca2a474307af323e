/**
 * Efficiency: the units go to those who value them most.
 *
 * The reserve is taken as the seller's own value: a unit worth less than that to everyone is best kept.
 *
 * **Guarantees** `efficient` compares the winners' values with the highest ones one by one, without a sum, so that neither
 * a large amount hides a small loss nor many amounts overflow. An outcome that gives out more units than there are, or one
 * to someone who did not bid, or two to one bidder, is not efficient whatever its welfare.
 *
 * **Does not guarantee** Anything about who gains: payments do not matter here.
 *
 * @since 0.1.0
 */
import type { Arithmetic } from "../input/Amount.ts"
import { isLess, scaleOf } from "./UnitDemand.ts"
import type { Instance, Outcome } from "./UnitDemand.ts"

/** The judgement of an outcome. */
export interface Judgement<A = number> {
  readonly feasible: boolean
  /** The winners' values less the seller's, summed. */
  readonly welfare: A
  /** The best that any outcome could reach. */
  readonly maximum: A
  readonly efficient: boolean
}

/** Whether there are units for all winners, and each is a bidder and wins one. */
export const isFeasible = <A>({ bids, units }: Instance<A>, { winners }: Outcome<A>): boolean => {
  const missing = new Set(winners)
  if (winners.length > units || missing.size < winners.length) return false
  for (const { bidder } of bids) missing.delete(bidder)
  return missing.size === 0
}

/** Compares the welfare of `outcome` with the best there is. */
export const judge = <A>(arithmetic: Arithmetic<A>, instance: Instance<A>, outcome: Outcome<A>): Judgement<A> => {
  const gains = gainsOf(arithmetic, instance, outcome)
  const sum = (amounts: ReadonlyArray<A>) => amounts.reduce(arithmetic.add, arithmetic.zero)
  const feasible = isFeasible(instance, outcome)
  return {
    feasible,
    welfare: sum(gains.gained),
    maximum: sum(gains.best),
    efficient: feasible && areBest(arithmetic, instance, gains)
  }
}

/** Whether no outcome has more welfare; without a sum. */
export const isEfficient = <A>(arithmetic: Arithmetic<A>, instance: Instance<A>, outcome: Outcome<A>): boolean =>
  isFeasible(instance, outcome) && areBest(arithmetic, instance, gainsOf(arithmetic, instance, outcome))

interface Gains<A> {
  readonly gained: ReadonlyArray<A>
  readonly best: ReadonlyArray<A>
}

const areBest = <A>(arithmetic: Arithmetic<A>, instance: Instance<A>, { best, gained }: Gains<A>): boolean => {
  const { zero } = arithmetic
  const scale = scaleOf(arithmetic, instance)
  const isBest = (rank: number) => !isLess(arithmetic, gained[rank] ?? zero, best[rank] ?? zero, scale)
  return best.every((_, rank) => isBest(rank)) && gained.every((_, rank) => isBest(rank))
}

/** What the units bring beyond the reserve, descending: to the winners, and at best. */
const gainsOf = <A>(
  arithmetic: Arithmetic<A>,
  { bids, reserve, units }: Instance<A>,
  outcome: Outcome<A>
): Gains<A> => {
  const { compare, subtract } = arithmetic
  const winners = new Set(outcome.winners)
  const gain = ({ amount }: { readonly amount: A }) => subtract(amount, reserve)
  return {
    gained: descending(arithmetic, bids.filter((bid) => winners.has(bid.bidder)).map(gain)),
    best: descending(arithmetic, bids.filter((bid) => compare(bid.amount, reserve) > 0).map(gain)).slice(0, units)
  }
}

/** The nearest doubles are sorted quickly; what they do not tell apart is compared. */
export const descending = <A>({ compare, isExact, toNumber }: Arithmetic<A>, amounts: ReadonlyArray<A>): Array<A> => {
  const keyed = amounts.map((amount) => ({ amount, key: toNumber(amount) }))
  keyed.sort((a, b) => (a.key === b.key ? (isExact ? compare(b.amount, a.amount) : 0) : a.key < b.key ? 1 : -1))
  return keyed.map(({ amount }) => amount)
}
