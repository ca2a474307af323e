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
import { isLess, payment, scaleOf, utilities } from "./UnitDemand.ts"
import type { Instance, Outcome } from "./UnitDemand.ts"

/** A bidder who would rather be in the place of another. */
export interface Envious {
  readonly bidder: string
  readonly utility: number
  /** What the place that is envied most would give. */
  readonly envied: number
}

/** Everyone who envies somebody; none when the outcome is envy-free. */
export const envious = (instance: Instance, outcome: Outcome): ReadonlyArray<Envious> => {
  const scale = scaleOf(instance)
  const gains = utilities(instance, outcome)
  const winners = new Set(outcome.winners)
  let cheapest = Infinity
  let least = Infinity
  for (const { bidder } of instance.bids) {
    const paid = payment(outcome, bidder)
    if (winners.has(bidder)) cheapest = Math.min(cheapest, paid)
    else least = Math.min(least, paid)
  }
  const found: Array<Envious> = []
  instance.bids.forEach(({ amount, bidder }, index) => {
    const utility = gains[index] ?? 0
    const envied = Math.max(amount - cheapest, -least)
    if (isLess(utility, envied, scale)) found.push({ bidder, utility, envied })
  })
  return found
}
