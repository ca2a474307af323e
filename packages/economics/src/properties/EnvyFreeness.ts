/**
 * Envy-freeness: nobody would rather have what another got, at the price that the other pays (Foley 1967; Varian 1974).
 *
 * **Guarantees** Time is linear in the bids: among winners only the cheapest unit can be envied most, among losers only the
 * smallest payment.
 *
 * **Does not guarantee** Anything about those who did not bid.
 *
 * @since 0.1.0
 */
import type { Arithmetic } from "../input/Amount.ts"
import { isLess, payment, scaleOf, utilities } from "./UnitDemand.ts"
import type { Instance, Outcome } from "./UnitDemand.ts"

/** A bidder who would rather be in the place of another. */
export interface Envious<A = number> {
  readonly bidder: string
  readonly utility: A
  /** What the place that is envied most would give. */
  readonly envied: A
}

/** Everyone who envies somebody; none when the outcome is envy-free. */
export const envious = <A>(
  arithmetic: Arithmetic<A>,
  instance: Instance<A>,
  outcome: Outcome<A>
): ReadonlyArray<Envious<A>> => {
  const { compare, subtract, zero } = arithmetic
  const scale = scaleOf(arithmetic, instance)
  const winners = new Set(outcome.winners)
  let cheapest: A | undefined
  let least: A | undefined
  for (const { bidder } of instance.bids) {
    const paid = payment(arithmetic, outcome, bidder)
    if (winners.has(bidder)) cheapest = cheapest === undefined || compare(paid, cheapest) < 0 ? paid : cheapest
    else least = least === undefined || compare(paid, least) < 0 ? paid : least
  }
  const found: Array<Envious<A>> = []
  utilities(arithmetic, instance, outcome).forEach((utility, index) => {
    const bid = instance.bids[index]
    if (bid === undefined) return
    const asWinner = cheapest === undefined ? undefined : subtract(bid.amount, cheapest)
    const asLoser = least === undefined ? undefined : subtract(zero, least)
    // There is a winner or a loser: the bidder.
    const isWinnersBetter = asLoser === undefined || (asWinner !== undefined && compare(asWinner, asLoser) > 0)
    const envied = (isWinnersBetter ? asWinner : asLoser) ?? zero
    if (isLess(arithmetic, utility, envied, scale)) found.push({ bidder: bid.bidder, utility, envied })
  })
  return found
}
