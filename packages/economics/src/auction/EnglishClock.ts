/**
 * English auction of one item with an ascending clock: a bidder stays while the price is at most his value, and the clock
 * stops at the first price with at most one bidder left (Milgrom and Weber, "A Theory of Auctions and Competitive Bidding",
 * 1982). If all the rest leave together, the item goes at the price before to the earliest of them.
 *
 * **Guarantees** The price is at most one increment from the second highest value, or the start price. Leaving at one's
 * value is best up to one increment: no other limit gains more than that. The item goes to a bidder whose value is within
 * one increment of the highest. Time is linear in the bidders and does not depend on how many prices the clock calls.
 *
 * **Does not guarantee** More than that: between two prices the clock is blind, so it declares neither efficiency nor
 * strategy-proofness, which only hold in the limit of small increments. On doubles a price is
 * `startPrice + round · increment` of the numbers as written, rounded once.
 *
 * **Example**
 *
 * ```ts
 * import { EnglishClock } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * const values = [
 *   { bidder: "a", amount: 10 },
 *   { bidder: "b", amount: 15 },
 *   { bidder: "c", amount: 12 }
 * ]
 * const { decision } = Result.getOrThrow(EnglishClock.calculator.solve({ values, startPrice: 5, increment: 1 }))
 * decision // => { sold: true, winner: "b", price: 13, tie: false }
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
export const name = "english"

/** Stops the clock; `undefined` when nobody is there at the start. `amounts` are the values, in order of arrival. */
export const stop = <A>(
  arithmetic: Amount.Arithmetic<A>,
  amounts: ReadonlyArray<A>,
  { start, step }: { readonly start: A; readonly step: A }
): Clock.Hammer<A> | undefined => {
  const { eligible, first, highest, second } = UnitDemand.rank(arithmetic, amounts, start)
  if (eligible <= 1) return first === -1 ? undefined : { winner: first, price: start, tie: false, rounds: 1n }
  const clock = Clock.make(arithmetic, { direction: 1, start, step })
  const last = clock.reaches(second)
  const rounds = last + 1n
  const price = clock.priceAt(last)
  if (arithmetic.compare(highest, price) >= 0) return { winner: first, price, tie: false, rounds }
  // All the rest left together, two at least.
  const before = clock.priceAt(last - 1n)
  const winner = amounts.findIndex((amount) => arithmetic.compare(amount, before) >= 0)
  return { winner, price: before, tie: true, rounds }
}

/** The clock as the checkers of `properties` see it: the reserve is the start price, honest bidders stay up to their value. */
export const mechanism = ({ increment }: { readonly increment: Amount.Given }): Mechanism => ({
  name,
  declares: ["individually-rational", "weakly-budget-balanced", "reserve-respecting"],
  run: (arithmetic, { bids, reserve }) => {
    const amounts = bids.map((bid) => bid.amount)
    const hammer = stop(arithmetic, amounts, { start: reserve, step: arithmetic.lift(increment) })
    return UnitDemand.toOne(bids, hammer?.winner, hammer?.price ?? reserve)
  }
})

const inputs = (values: UnitDemand.Offers) =>
  Schema.Struct({
    values,
    startPrice: Amount.Amount,
    increment: UnitDemand.Step
  })

/** This auction on input from outside: `winner` and `price` are null when nobody is there at the start. */
export const calculator: Calculator = UnitDemand.calculator(name, inputs, {
  view: ({ increment, startPrice, values }) => ({
    key: "values",
    offers: values,
    units: 1,
    reserve: startPrice,
    others: [startPrice, increment]
  }),
  mechanism: ({ increment }) => mechanism({ increment }),
  settle: ({ increment, startPrice, values }, amounts, arithmetic, lift) => {
    const start = lift(startPrice)
    const hammer = stop(arithmetic, amounts, { start, step: lift(increment) })
    return UnitDemand.award(arithmetic, values, hammer?.winner ?? -1, hammer?.price ?? start, hammer?.tie ?? false)
  }
})
