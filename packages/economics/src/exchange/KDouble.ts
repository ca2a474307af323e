/**
 * The k-double auction: all trades without loss, at one price inside the clearing interval, `(1 − k)·low + k·high`
 * (Chatterjee and Samuelson 1983; Satterthwaite and Williams 1989).
 *
 * **Guarantees** Efficient for the values that are stated, individually rational, strongly budget-balanced.
 *
 * **Does not guarantee** Honesty: the trader at the margin moves the price, so stating less (or asking more) can pay.
 *
 * **Example**
 *
 * ```ts
 * import { KDouble } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * const { decision } = Result.getOrThrow(
 *   KDouble.calculator.solve({
 *     buyers: [
 *       { id: "b1", amount: "9" },
 *       { id: "b2", amount: "7" }
 *     ],
 *     sellers: [{ id: "s1", amount: "4" }],
 *     k: "1/3"
 *   })
 * )
 * decision.clearing // => { low: "7", high: "9" }
 * decision.price // => "23/3"
 * decision.trades // => [{ buyer: "b1", seller: "s1" }]
 * ```
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import type { Calculator } from "../calculator/Calculator.ts"
import { Amount, type Arithmetic, type Given, type Rational, rationals } from "../input/Amount.ts"
import { answer, judge, mechanismOf, settle, type Settled, tradesOf, written } from "../internal/doubleAuction.ts"
import { exactly } from "../internal/exactly.ts"
import type * as WholeList from "../internal/wholeList.ts"
import type { Mechanism } from "./TwoSided.ts"
import { clearing, decoder, type Inputs as Market, nothing, type Rule, Trader } from "./UnitTrade.ts"

/** The name of this mechanism. */
export const name = "double-k"

const isShare = (given: Given): boolean => exactly(given).compare(1) <= 0

const Share = Amount.check(Schema.makeFilter(isShare, { expected: "a share from 0 to 1" }))

const inputsOf = (traders: WholeList.List<Trader>) => Schema.Struct({ buyers: traders, sellers: traders, k: Share })

/** A double auction with its `k`: 0 is the buyers' best price, 1 the sellers'. */
export const Inputs = inputsOf(Schema.Array(Trader))
export type Inputs = typeof Inputs.Type

/** The price `(1 − k)·low + k·high`, never outside of the interval. */
export const priceOf = <A>(
  { add, compare, fromNumber, multiply, subtract }: Arithmetic<A>,
  { high, low }: { readonly low: A; readonly high: A },
  k: A
): A => {
  const price = add(multiply(subtract(fromNumber(1), k), low), multiply(k, high))
  return compare(price, low) < 0 ? low : compare(price, high) > 0 ? high : price
}

/** The rule for a `k` from 0 to 1. */
export const rule = (k: Given): Rule => {
  const share = rationals.encode(exactly(k))
  return (arithmetic, at) => {
    const interval = clearing(arithmetic, at)
    if (interval === undefined) return nothing
    const price = priceOf(arithmetic, interval, arithmetic.lift(share))
    return { volume: at.volume, sellers: at.volume, buyerPrice: price, sellerPrice: price }
  }
}

/** This auction as the checkers see it. */
export const mechanism = (k: Given): Mechanism =>
  mechanismOf(
    name,
    ["efficient", "individually-rational", "weakly-budget-balanced", "strongly-budget-balanced"],
    rule(k)
  )

/** Settles judged inputs. */
export const decide = (inputs: Market, k: Given): Settled => settle(inputs, rule(k))

/** Decodes a double auction from outside. */
export const decode = decoder(inputsOf)

/** `double-k` as a calculator. */
export const calculator: Calculator = {
  name,
  version: 1,
  solve: (input) =>
    Result.gen(function* () {
      const { k, ...inputs } = yield* Result.flatMap(decode(input), judge)
      const settled = decide(inputs, k)
      const interval = clearing<Rational>(rationals, settled.margin)
      const { gains, high, low, price } = yield* written(settled.isExact, {
        low: interval?.low,
        high: interval?.high,
        price: settled.terms.buyerPrice,
        gains: settled.gains
      })
      return answer(inputs, mechanism(k), settled, {
        volume: settled.terms.volume,
        clearing: interval === undefined ? null : { low: low ?? null, high: high ?? null },
        price: price ?? null,
        trades: tradesOf(inputs, settled),
        gainsFromTrade: gains ?? null
      })
    })
}
