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
import type { Arithmetic } from "../input/Amount.ts"
import { isLess, scaleOf, utility } from "./UnitDemand.ts"
import type { Bid, Instance, Mechanism } from "./UnitDemand.ts"

/** A bid by which `bidder` gains. */
export interface Deviation<A = number> {
  readonly bidder: string
  /** The true value, which an honest bid states. */
  readonly value: A
  /** The bid that does better. */
  readonly bid: A
  readonly honestUtility: A
  readonly utility: A
}

/** The most profitable deviation of a single bidder in this instance, if any. */
export const search = <A>(
  arithmetic: Arithmetic<A>,
  mechanism: Mechanism,
  instance: Instance<A>
): Option.Option<Deviation<A>> => {
  const { compare } = arithmetic
  const honest = mechanism.run(arithmetic, instance)
  const scale = scaleOf(arithmetic, instance)
  let best: Deviation<A> | undefined
  instance.bids.forEach((own, index) => {
    const honestUtility = utility(arithmetic, honest, own.bidder, own.amount)
    for (const bid of alternatives(arithmetic, instance, own)) {
      const bids = instance.bids.with(index, { bidder: own.bidder, amount: bid })
      const gained = utility(arithmetic, mechanism.run(arithmetic, { ...instance, bids }), own.bidder, own.amount)
      if (!isLess(arithmetic, honestUtility, gained, scale)) continue
      const found = { bidder: own.bidder, value: own.amount, bid, honestUtility, utility: gained }
      if (best === undefined || compare(gainOf(arithmetic, found), gainOf(arithmetic, best)) > 0) best = found
    }
  })
  return Option.fromUndefinedOr(best)
}

/** How much a deviation gains over honesty. */
export const gainOf = <A>({ subtract }: Arithmetic<A>, deviation: Deviation<A>): A =>
  subtract(deviation.utility, deviation.honestUtility)

const millionth = 1_000_000

/** The bids worth trying in place of `own`, ascending. */
export const alternatives = <A>(
  arithmetic: Arithmetic<A>,
  { bids, reserve }: Instance<A>,
  own: Bid<A>
): ReadonlyArray<A> => {
  const { add, compare, divide, fromNumber, subtract, zero } = arithmetic
  const [one, two] = [fromNumber(1), fromNumber(2)]
  const others = bids.filter((bid) => bid.bidder !== own.bidder).map((bid) => bid.amount)
  const turns = ascending(arithmetic, [zero, reserve, own.amount, ...others])
  const highest = turns.at(-1) ?? zero
  const tried: Array<A> = [add(add(highest, highest), one)]
  for (const [index, turn] of turns.entries()) {
    const step = divide(compare(turn, zero) === 0 ? highest : turn, fromNumber(millionth))
    tried.push(subtract(turn, one), subtract(turn, step), turn, add(turn, step), add(turn, one))
    tried.push(add(divide(turn, two), divide(turns[index + 1] ?? turn, two)))
  }
  const isBid = (bid: A) =>
    compare(bid, zero) >= 0 &&
    compare(bid, own.amount) !== 0 &&
    (arithmetic.isExact || arithmetic.toNumber(bid) < Infinity)
  return ascending(arithmetic, tried).filter(isBid)
}

/** Each once. */
const ascending = <A>({ compare }: Arithmetic<A>, amounts: ReadonlyArray<A>): ReadonlyArray<A> => {
  const sorted = amounts.toSorted(compare)
  return sorted.filter((amount, index) => {
    const before = sorted[index - 1]
    return index === 0 || before === undefined || compare(amount, before) !== 0
  })
}
