/**
 * Strategy-proofness: honest bids are best, whatever the others do. Judged by looking for a bidder who gains by another
 * bid.
 *
 * The bids tried are the points where the outcome of a mechanism that compares bids can change (zero, the others' bids,
 * the reserve, the own value), a little above and below each, half-way between neighbours, and far above all.
 *
 * **Guarantees** A deviation that is returned is real: it can be run again. For a mechanism whose outcome depends on a bid
 * only through its rank among the others and the reserve, finding none is a proof for this instance.
 *
 * **Does not guarantee** That other mechanisms are strategy-proof because nothing was found; and it looks for single
 * bidders, not for groups.
 *
 * @since 0.1.0
 */
import { Option } from "effect"
import type { Bid } from "../auction/Bids.ts"
import { isLess, scaleOf, utility } from "./UnitDemand.ts"
import type { Instance, Mechanism } from "./UnitDemand.ts"

/** A bid by which `bidder` gains. */
export interface Deviation {
  readonly bidder: string
  /** The true value, which an honest bid states. */
  readonly value: number
  /** The bid that does better. */
  readonly bid: number
  readonly honestUtility: number
  readonly utility: number
}

/** The most profitable deviation of a single bidder in this instance, if any. */
export const search = (mechanism: Mechanism, instance: Instance): Option.Option<Deviation> => {
  const honest = mechanism.run(instance)
  const scale = scaleOf(instance)
  let best: Deviation | undefined
  instance.bids.forEach((own, index) => {
    const honestUtility = utility(honest, own.bidder, own.amount)
    for (const bid of alternatives(instance, own)) {
      const bids = instance.bids.with(index, { bidder: own.bidder, amount: bid })
      const gained = utility(mechanism.run({ ...instance, bids }), own.bidder, own.amount)
      if (isLess(honestUtility, gained, scale) && (best === undefined || gained - honestUtility > gainOf(best))) {
        best = { bidder: own.bidder, value: own.amount, bid, honestUtility, utility: gained }
      }
    }
  })
  return Option.fromUndefinedOr(best)
}

/** How much a deviation gains over honesty. */
export const gainOf = (deviation: Deviation): number => deviation.utility - deviation.honestUtility

/** The bids worth trying in place of `own`, ascending. */
export const alternatives = ({ bids, reserve }: Instance, own: Bid): ReadonlyArray<number> => {
  const others = bids.filter((bid) => bid.bidder !== own.bidder).map((bid) => bid.amount)
  const turns = [...new Set([0, reserve, own.amount, ...others])].sort((a, b) => a - b)
  const highest = turns.at(-1) ?? 0
  const tried = new Set<number>([2 * highest + 1])
  turns.forEach((turn, index) => {
    const step = turn === 0 ? highest * 1e-6 : turn * 1e-6
    for (const bid of [turn - 1, turn - step, turn, turn + step, turn + 1]) tried.add(Math.max(0, bid))
    tried.add(turn / 2 + (turns[index + 1] ?? turn) / 2)
  })
  tried.delete(own.amount)
  return [...tried].filter((bid) => bid < Infinity).sort((a, b) => a - b)
}
