/**
 * All-pay auction of one item: the highest bid wins and every bidder pays what he has bid (Krishna, "Auction Theory",
 * section 3.2): contests, lobbying, races.
 *
 * **Guarantees** Bids below the reserve are not taken: they neither win nor pay. Among equal bids the earliest wins.
 *
 * **Does not guarantee** That taking part pays: an honest loser pays for nothing, so the auction is neither individually
 * rational nor strategy-proof, and bidders bid far below their values.
 *
 * **Example**
 *
 * ```ts
 * import { AllPay } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * const bids = [
 *   { bidder: "a", amount: 7 },
 *   { bidder: "b", amount: 3 }
 * ]
 * const { decision } = Result.getOrThrow(AllPay.calculator.solve({ bids }))
 * decision // => { winner: "a", payments: { a: 7, b: 3 } }
 * ```
 *
 * @since 0.1.0
 */
import type { Calculator } from "../calculator/Calculator.ts"
import * as SealedItem from "../internal/sealedItem.ts"
import * as UnitDemand from "../internal/unitDemand.ts"
import type { Mechanism } from "../properties/UnitDemand.ts"

/** The name of this mechanism. */
export const name = "all-pay"

/** This auction as the checkers of `properties` see it. Efficient means: for the bids as they were made. */
export const mechanism: Mechanism = {
  name,
  declares: ["efficient", "weakly-budget-balanced", "reserve-respecting"],
  run: (arithmetic, { bids, reserve }) => {
    const amounts = bids.map((bid) => bid.amount)
    const winner = bids[UnitDemand.rank(arithmetic, amounts, reserve).first]
    const paying = bids.filter((bid) => arithmetic.compare(bid.amount, reserve) >= 0)
    return {
      winners: winner === undefined ? [] : [winner.bidder],
      payments: new Map(paying.map((bid) => [bid.bidder, bid.amount]))
    }
  }
}

/** This auction on input from outside: `winner`, null when unsold, and `payments` of every bidder. */
export const calculator: Calculator = SealedItem.calculator(
  mechanism,
  ({ compare, encode, zero }, offers, ranking, amounts, reserve) => {
    const winner = offers[ranking.first]?.bidder
    const payments = amounts.map((amount, index) => {
      const paid = compare(amount, reserve) < 0 ? zero : amount
      return [offers[index]?.bidder ?? "", paid] as const
    })
    return {
      decision: {
        winner: winner ?? null,
        payments: Object.fromEntries(payments.map(([bidder, paid]) => [bidder, encode(paid)]))
      },
      winners: winner === undefined ? [] : [winner],
      payments
    }
  }
)
