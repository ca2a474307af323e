/**
 * SBBA, a strongly budget-balanced double auction (Segal-Halevi, Hassidim and Aumann, "SBBA: a Strongly-Budget-Balanced
 * Double-Auction Mechanism", 2016). There is one price, `min(b_q, s_q+1)`. If the first seller that does not trade sets it,
 * all trades without loss are made. Otherwise the last buyer sets it and gives up the trade, and one of the q sellers,
 * who all would sell at that price, is left out.
 *
 * In the paper a lottery says who is left out. Here it is the seller who came last, so that the answer can be computed
 * again. What a seller states has no part in that choice, which is all that honesty needs: it is a dominant strategy here,
 * whatever the arrivals. What a lottery seeded by the input would spoil: a seller could try amounts until the lot falls on
 * somebody else.
 *
 * **Guarantees** Honesty is a dominant strategy; individually rational; all that buyers pay sellers receive; at most one
 * trade is lost.
 *
 * **Does not guarantee** The paper's share of the gains from trade (1 − 1/q on average over the lottery): who comes last may
 * be the cheapest seller. Nor equal chances among sellers: whoever can choose the time comes early.
 *
 * **Example**
 *
 * ```ts
 * import { Sbba } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * const buyers = [9, 8].map((amount, i) => ({ id: `b${i + 1}`, amount }))
 * const sellers = [4, 3].map((amount, i) => ({ id: `s${i + 1}`, amount }))
 * const { decision } = Result.getOrThrow(Sbba.calculator.solve({ buyers, sellers }))
 * decision.buyerPrice // => 8
 * decision.trades // => [{ buyer: "b1", seller: "s1" }]
 * ```
 *
 * @since 0.1.0
 */
import type { Calculator } from "../calculator/Calculator.ts"
import { mechanismOf, reductionCalculator, settle, type Settled } from "../internal/doubleAuction.ts"
import type { Mechanism } from "./TwoSided.ts"
import { type Inputs, nothing, type Rule } from "./UnitTrade.ts"

/** The name of this mechanism. */
export const name = "double-sbba"

/** The rule for the seller who is left out, if one is. */
export const leftOut = "latest-seller"

/** The rule. */
export const rule: Rule = ({ compare }, { buyer, nextSeller, volume }) => {
  if (buyer === undefined) return nothing
  if (nextSeller !== undefined && compare(nextSeller, buyer) <= 0) {
    return { volume, sellers: volume, buyerPrice: nextSeller, sellerPrice: nextSeller }
  }
  if (volume === 1) return nothing
  // All q sellers are admitted; the latest of them finds no buyer.
  return { volume: volume - 1, sellers: volume, buyerPrice: buyer, sellerPrice: buyer }
}

/** This auction as the checkers see it. */
export const mechanism: Mechanism = mechanismOf(
  name,
  ["individually-rational", "strategy-proof", "weakly-budget-balanced", "strongly-budget-balanced"],
  rule
)

/** Settles judged inputs. */
export const decide = (inputs: Inputs): Settled => settle(inputs, rule)

/** `double-sbba` as a calculator. */
export const calculator: Calculator = reductionCalculator(mechanism, rule, leftOut)
