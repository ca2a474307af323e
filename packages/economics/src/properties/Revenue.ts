/**
 * What the seller receives, and the least that can be asked of it: nobody is paid for bidding, and no unit goes below the
 * reserve.
 *
 * **Guarantees** Sums in doubles are exact for integers up to 2^53.
 *
 * **Does not guarantee** That the revenue is the highest possible.
 *
 * @since 0.1.0
 */
import type { Arithmetic } from "../input/Amount.ts"
import { isLess, payment, scaleOf } from "./UnitDemand.ts"
import type { Instance, Outcome } from "./UnitDemand.ts"

/** The sum of all payments. */
export const total = <A>({ add, zero }: Arithmetic<A>, { payments }: Outcome<A>): A => {
  let sum = zero
  for (const amount of payments.values()) sum = add(sum, amount)
  return sum
}

/** Everyone who receives money; none when the mechanism never pays out (weak budget balance, bidder by bidder). */
export const receivers = <A>(
  arithmetic: Arithmetic<A>,
  instance: Instance<A>,
  { payments }: Outcome<A>
): ReadonlyArray<string> => {
  const scale = scaleOf(arithmetic, instance)
  return [...payments]
    .filter(([, amount]) => isLess(arithmetic, amount, arithmetic.zero, scale))
    .map(([bidder]) => bidder)
}

/** The winners who pay less than the reserve. */
export const belowReserve = <A>(
  arithmetic: Arithmetic<A>,
  instance: Instance<A>,
  outcome: Outcome<A>
): ReadonlyArray<string> => {
  const scale = scaleOf(arithmetic, instance)
  return outcome.winners.filter((bidder) =>
    isLess(arithmetic, payment(arithmetic, outcome, bidder), instance.reserve, scale)
  )
}
