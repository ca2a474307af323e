/**
 * Second-price sealed-bid auction of one item: the highest bid wins and pays the second highest, or the reserve if that is
 * more (Vickrey, "Counterspeculation, Auctions, and Competitive Sealed Tenders", 1961).
 *
 * **Guarantees** Bidding one's value is a dominant strategy: no other bid ever gives more. Bids below the reserve neither
 * win nor move the price. Among equal bids the earliest wins, pays what was bid, and `tie` says so. The decision is exact
 * for every finite amount. The receipt holds all that is needed to decide again.
 *
 * **Does not guarantee** Protection against bidders who collude or appear under two names, nor the highest revenue.
 *
 * **Example**
 *
 * ```ts
 * import { SecondPrice } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * const bids = [
 *   { bidder: "b1", amount: 10 },
 *   { bidder: "b2", amount: 15 },
 *   { bidder: "b3", amount: 12 }
 * ]
 * const receipt = Result.getOrThrow(SecondPrice.solve({ bids, reserve: 5 }))
 * receipt.decision.winner // => some("b2")
 * receipt.decision.price // => 12
 *
 * const refused = SecondPrice.solve({ bids: [{ bidder: "b1", amount: -1 }] })
 * console.log(Result.isFailure(refused) && refused.failure._tag) // => InvalidAmount
 * ```
 *
 * @since 0.1.0
 */
import { Result } from "effect"
import type { Calculator } from "../calculator/Calculator.ts"
import * as SealedItem from "../internal/sealedItem.ts"
import * as UnitDemand from "../internal/unitDemand.ts"
import type { Mechanism } from "../properties/UnitDemand.ts"
import * as Bids from "./Bids.ts"
import * as SingleItem from "./SingleItem.ts"

/** The name of this mechanism. */
export const name = "second-price"

/** The inputs and the decision they led to. */
export const Receipt = Bids.Receipt(name, SingleItem.Inputs, SingleItem.Decision)
export type Receipt = typeof Receipt.Type

/** Decides over judged bids: no validation, one pass, for sessions that call it every round. */
export const decide = (bids: ReadonlyArray<Bids.Bid>, reserve: number): SingleItem.Decision => {
  const ranking = SingleItem.rank(bids, reserve)
  return SingleItem.award(bids, ranking, ranking.second)
}

/** Decides over judged inputs and keeps them in the receipt. */
export const receipt = (inputs: SingleItem.Inputs): Receipt =>
  Bids.receipt(name, inputs, decide(inputs.bids, inputs.reserve))

/** Decodes `SingleItem.Inputs` from outside, judges them and decides. */
export const solve = (input: unknown): Result.Result<Receipt, Bids.InvalidInput> =>
  Result.map(SingleItem.decode(input), receipt)

/** This auction as the checkers of `properties` see it. */
export const mechanism: Mechanism = {
  name,
  declares: [
    "individually-rational",
    "efficient",
    "strategy-proof",
    "weakly-budget-balanced",
    "reserve-respecting",
    "envy-free",
    "core"
  ],
  run: (arithmetic, { bids, reserve }) => {
    const amounts = bids.map((bid) => bid.amount)
    const ranking = UnitDemand.rank(arithmetic, amounts, reserve)
    return UnitDemand.toOne(bids, ranking.first, ranking.second)
  }
}

/** This auction on input from outside: amounts as numbers or text, `winner` and `price` null when unsold. */
export const calculator: Calculator = SealedItem.calculator(mechanism, (arithmetic, offers, ranking) =>
  UnitDemand.award(arithmetic, offers, ranking.first, ranking.second, ranking.tie)
)
