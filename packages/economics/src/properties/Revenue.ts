/**
 * What the seller receives, and the least that can be asked of it: nobody is paid for bidding, and no unit goes below the
 * reserve.
 *
 * **Guarantees** Exact comparisons; sums are exact for integers up to 2^53.
 *
 * **Does not guarantee** That the revenue is the highest possible.
 *
 * @since 0.1.0
 */
import { isLess, payment, scaleOf } from "./UnitDemand.ts"
import type { Instance, Outcome } from "./UnitDemand.ts"

/** The sum of all payments. */
export const total = ({ payments }: Outcome): number => {
  let sum = 0
  for (const amount of payments.values()) sum += amount
  return sum
}

/** Everyone who receives money; none when the mechanism never pays out (weak budget balance, bidder by bidder). */
export const receivers = (instance: Instance, { payments }: Outcome): ReadonlyArray<string> => {
  const scale = scaleOf(instance)
  return [...payments].filter(([, amount]) => isLess(amount, 0, scale)).map(([bidder]) => bidder)
}

/** The winners who pay less than the reserve. */
export const belowReserve = (instance: Instance, outcome: Outcome): ReadonlyArray<string> => {
  const scale = scaleOf(instance)
  return outcome.winners.filter((bidder) => isLess(payment(outcome, bidder), instance.reserve, scale))
}
