/**
 * Efficiency: the units go to those who value them most.
 *
 * The reserve is taken as the seller's own value: a unit worth less than that to everyone is best kept.
 *
 * **Guarantees** `maximum` is exact up to the rounding of one sum. An outcome that gives out more units than there are, or
 * one to someone who did not bid, or two to one bidder, is not efficient whatever its welfare.
 *
 * **Does not guarantee** Anything about who gains: payments do not matter here.
 *
 * @since 0.1.0
 */
import { isLess } from "./UnitDemand.ts"
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

/** Compares the welfare of `outcome` with the best there is. */
export const judge = ({ bids, reserve, units }: Instance, { winners }: Outcome): Judgement => {
  const values = new Map(bids.map((bid) => [bid.bidder, bid.amount]))
  const feasible =
    winners.length <= units && new Set(winners).size === winners.length && winners.every((it) => values.has(it))
  const welfare = sum(winners.map((bidder) => (values.get(bidder) ?? 0) - reserve))
  const gains = bids.map((bid) => bid.amount - reserve).filter((gain) => gain > 0)
  const maximum = sum(gains.sort((a, b) => b - a).slice(0, units))
  return { feasible, welfare, maximum, efficient: feasible && !isLess(welfare, maximum) }
}

const sum = (numbers: ReadonlyArray<number>): number => numbers.reduce((total, it) => total + it, 0)
