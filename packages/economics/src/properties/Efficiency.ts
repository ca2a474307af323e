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
import { isLess, scaleOf } from "./UnitDemand.ts"
import type { Instance, Outcome } from "./UnitDemand.ts"

/** The judgement of an outcome. */
export interface Judgement {
  readonly feasible: boolean
  /** The winners' values less the seller's, summed. */
  readonly welfare: number
  /** The best that any outcome could reach. */
  readonly maximum: number
  readonly efficient: boolean
}

/** Whether there are units for all winners, and each is a bidder and wins one. */
export const isFeasible = ({ bids, units }: Instance, { winners }: Outcome): boolean => {
  const missing = new Set(winners)
  if (winners.length > units || missing.size < winners.length) return false
  for (const { bidder } of bids) missing.delete(bidder)
  return missing.size === 0
}

/** Compares the welfare of `outcome` with the best there is. */
export const judge = (instance: Instance, outcome: Outcome): Judgement => {
  const { bids, reserve, units } = instance
  const feasible = isFeasible(instance, outcome)
  const winners = new Set(outcome.winners)
  const gained = descending(bids.filter((bid) => winners.has(bid.bidder)).map((bid) => bid.amount - reserve))
  const best = descending(bids.map((bid) => bid.amount - reserve).filter((gain) => gain > 0)).subarray(0, units)
  const scale = scaleOf(instance)
  const isBest = (rank: number) => !isLess(gained[rank] ?? 0, best[rank] ?? 0, scale)
  const efficient = feasible && best.every((_, rank) => isBest(rank)) && gained.every((_, rank) => isBest(rank))
  return { feasible, welfare: sum(gained), maximum: sum(best), efficient }
}

const descending = (numbers: ReadonlyArray<number>): Float64Array => Float64Array.from(numbers).sort().reverse()

const sum = (numbers: Float64Array): number => numbers.reduce((total, it) => total + it, 0)
