/**
 * First-price sealed-bid auction of one item: the highest bid wins and is paid (Vickrey, "Counterspeculation, Auctions,
 * and Competitive Sealed Tenders", 1961).
 *
 * **Guarantees** Bids below the reserve never win, one equal to it may. Among equal bids the earliest wins and `tie` says
 * so. The price is the winner's own bid, so a winner never pays more than was offered, and the decision is exact for every
 * finite amount. The receipt holds all that is needed to decide again.
 *
 * **Does not guarantee** That honest bidding pays: a winner gains by bidding just above the next bid
 * (`StrategyProofness.search` finds how).
 *
 * **Example**
 *
 * ```ts
 * import { FirstPrice } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * const bids = [
 *   { bidder: "b1", amount: 10 },
 *   { bidder: "b2", amount: 15 },
 *   { bidder: "b3", amount: 12 }
 * ]
 * const receipt = Result.getOrThrow(FirstPrice.solve({ bids }))
 * receipt.decision.winner // => some("b2")
 * receipt.decision.price // => 15
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
export const name = "first-price"

/** The inputs and the decision they led to. */
export const Receipt = Bids.Receipt(name, SingleItem.Inputs, SingleItem.Decision)
export type Receipt = typeof Receipt.Type

/** Decides over judged bids: no validation, one pass, for sessions that call it every round. */
export const decide = (bids: ReadonlyArray<Bids.Bid>, reserve: number): SingleItem.Decision => {
  const ranking = SingleItem.rank(bids, reserve)
  return SingleItem.award(bids, ranking, ranking.highest)
}

/** Decides over judged inputs and keeps them in the receipt. */
export const receipt = (inputs: SingleItem.Inputs): Receipt =>
  Bids.receipt(name, inputs, decide(inputs.bids, inputs.reserve))

/** Decodes `SingleItem.Inputs` from outside, judges them and decides. */
export const solve = (input: unknown): Result.Result<Receipt, Bids.InvalidInput> =>
  Result.map(SingleItem.decode(input), receipt)

/** This auction as the checkers of `properties` see it. Efficient means: for the bids as they were made. */
export const mechanism: Mechanism = {
  name,
  declares: ["individually-rational", "efficient", "weakly-budget-balanced", "reserve-respecting", "envy-free", "core"],
  run: (arithmetic, { bids, reserve }) => {
    const amounts = bids.map((bid) => bid.amount)
    const ranking = UnitDemand.rank(arithmetic, amounts, reserve)
    return UnitDemand.toOne(bids, ranking.first, ranking.highest)
  }
}

/** This auction on input from outside: amounts as numbers or text, `winner` and `price` null when unsold. */
export const calculator: Calculator = SealedItem.calculator(mechanism, (arithmetic, offers, ranking) =>
  UnitDemand.award(arithmetic, offers, ranking.first, ranking.highest, ranking.tie)
)
