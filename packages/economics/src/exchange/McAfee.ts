/**
 * McAfee's double auction ("A Dominant Strategy Double Auction", 1992). The mean of the first pair that does not trade is
 * the price of all trades without loss, if that pair exists and the last pair that trades accepts it. Otherwise the last
 * pair gives up its trade and sets the prices of the others: buyers pay b_q, sellers receive s_q.
 *
 * **Guarantees** Honesty is a dominant strategy; individually rational; the market maker never loses. At most one trade is
 * lost, the least valuable.
 *
 * **Does not guarantee** Efficiency, nor that all money stays among the traders: with a reduction `surplus` is kept.
 *
 * **Example**
 *
 * ```ts
 * import { McAfee } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * const buyers = [9, 8, 7, 4].map((amount, i) => ({ id: `b${i + 1}`, amount }))
 * const sellers = [2, 3, 4, 5].map((amount, i) => ({ id: `s${i + 1}`, amount }))
 * const whole = Result.getOrThrow(McAfee.calculator.solve({ buyers, sellers })).decision
 * whole.volume // => 3
 * whole.buyerPrice // => 4.5
 * const reduced = Result.getOrThrow(McAfee.calculator.solve({ buyers: buyers.slice(0, 3), sellers })).decision
 * reduced.volume // => 2
 * reduced.surplus // => 6
 * ```
 *
 * @since 0.1.0
 */
import type { Calculator } from "../calculator/Calculator.ts"
import { mechanismOf, reductionCalculator, settle, type Settled } from "../internal/doubleAuction.ts"
import type { Mechanism } from "./TwoSided.ts"
import { type Inputs, nothing, type Rule } from "./UnitTrade.ts"

/** The name of this mechanism. */
export const name = "double-mcafee"

/** The rule. */
export const rule: Rule = (arithmetic, { buyer, nextBuyer, nextSeller, seller, volume }) => {
  if (buyer === undefined || seller === undefined) return nothing
  if (nextBuyer !== undefined && nextSeller !== undefined) {
    const { add, compare, divide, fromNumber } = arithmetic
    const price = divide(add(nextBuyer, nextSeller), fromNumber(2))
    if (compare(seller, price) <= 0 && compare(price, buyer) <= 0) {
      return { volume, sellers: volume, buyerPrice: price, sellerPrice: price }
    }
  }
  if (volume === 1) return nothing
  return { volume: volume - 1, sellers: volume - 1, buyerPrice: buyer, sellerPrice: seller }
}

/** This auction as the checkers see it. */
export const mechanism: Mechanism = mechanismOf(
  name,
  ["individually-rational", "strategy-proof", "weakly-budget-balanced"],
  rule
)

/** Settles judged inputs. */
export const decide = (inputs: Inputs): Settled => settle(inputs, rule)

/** `double-mcafee` as a calculator. */
export const calculator: Calculator = reductionCalculator(mechanism, rule)
