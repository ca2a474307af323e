/**
 * Dutch auction of one item with a descending clock: the first bidder who accepts the price called gets the item at it
 * (Vickrey 1961; Krishna, "Auction Theory", chapter 1). A bidder is known by the price at which he stops the clock.
 *
 * **Guarantees** The price is one that the clock calls, never below the reserve and never above the winner's stop price.
 * Where several stop at one price the earliest in the list wins and `tie` says so. Time is linear in the bidders and does
 * not depend on how many prices the clock calls.
 *
 * **Does not guarantee** That stopping at one's value pays: whoever does gains next to nothing. As in a first-price auction
 * it pays to wait, so the auction is not strategy-proof; and it is efficient up to one decrement only. On doubles a price
 * is `startPrice - round · decrement` of the numbers as written, rounded once.
 *
 * **Example**
 *
 * ```ts
 * import { DutchClock } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * const stopPrices = [
 *   { bidder: "a", amount: 62 },
 *   { bidder: "b", amount: 71 }
 * ]
 * const input = { stopPrices, startPrice: 100, decrement: 5, reserve: 20 }
 * Result.getOrThrow(DutchClock.calculator.solve(input)).decision
 * // => { sold: true, winner: "b", price: 70, tie: false }
 * ```
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import type { Calculator } from "../calculator/Calculator.ts"
import * as Amount from "../input/Amount.ts"
import * as Clock from "../internal/clock.ts"
import * as UnitDemand from "../internal/unitDemand.ts"
import type { Mechanism } from "../properties/UnitDemand.ts"

/** The name of this mechanism. */
export const name = "dutch"

/** Stops the clock; `undefined` when it reaches the reserve unheard. `amounts` are the stop prices, in order of arrival. */
export const stop = <A>(
  arithmetic: Amount.Arithmetic<A>,
  amounts: ReadonlyArray<A>,
  { reserve, start, step }: { readonly start: A; readonly step: A; readonly reserve: A }
): Clock.Hammer<A> | undefined => {
  const { compare, zero } = arithmetic
  const { first, highest } = UnitDemand.rank(arithmetic, amounts, zero)
  if (first === -1) return undefined
  const clock = Clock.make(arithmetic, { direction: -1, start, step })
  const last = clock.reaches(highest)
  const price = clock.priceAt(last)
  if (compare(price, reserve) < 0) return undefined
  const isTaken = (amount: A) => compare(amount, price) >= 0
  const winner = amounts.findIndex(isTaken)
  return { winner, price, tie: amounts.some((amount, index) => index > winner && isTaken(amount)), rounds: last + 1n }
}

/** The clock as the checkers of `properties` see it: honest bidders stop it at their value. */
export const mechanism = (terms: {
  readonly startPrice: Amount.Given
  readonly decrement: Amount.Given
}): Mechanism => ({
  name,
  declares: ["individually-rational", "weakly-budget-balanced", "reserve-respecting"],
  run: (arithmetic, { bids, reserve }) => {
    const amounts = bids.map((bid) => bid.amount)
    const clock = { start: arithmetic.lift(terms.startPrice), step: arithmetic.lift(terms.decrement), reserve }
    const hammer = stop(arithmetic, amounts, clock)
    return UnitDemand.toOne(bids, hammer?.winner, hammer?.price ?? reserve)
  }
})

const inputs = (stopPrices: UnitDemand.Offers) =>
  Schema.Struct({
    stopPrices,
    startPrice: Amount.Amount,
    decrement: UnitDemand.Step,
    reserve: Schema.optionalKey(Amount.Amount)
  })

/** This auction on input from outside: `winner` and `price` are null when nobody stops the clock. */
export const calculator: Calculator = UnitDemand.calculator(name, inputs, {
  view: ({ decrement, reserve, startPrice, stopPrices }) => ({
    key: "stopPrices",
    offers: stopPrices,
    units: 1,
    reserve: reserve ?? 0,
    others: [startPrice, decrement, ...(reserve === undefined ? [] : [reserve])]
  }),
  mechanism: ({ decrement, startPrice }) => mechanism({ startPrice, decrement }),
  settle: ({ decrement, reserve, startPrice, stopPrices }, amounts, arithmetic, lift) => {
    const start = lift(startPrice)
    const hammer = stop(arithmetic, amounts, { start, step: lift(decrement), reserve: lift(reserve ?? 0) })
    return UnitDemand.award(arithmetic, stopPrices, hammer?.winner ?? -1, hammer?.price ?? start, hammer?.tie ?? false)
  }
})
