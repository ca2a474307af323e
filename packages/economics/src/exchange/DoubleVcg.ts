/**
 * The Vickrey–Clarke–Groves mechanism with two sides of unit traders: all trades without loss are made; each trader pays
 * what their presence costs the others, so buyers pay the low end of the clearing interval and sellers receive the high one.
 *
 * **Guarantees** Honesty is a dominant strategy; efficient; individually rational.
 *
 * **Does not guarantee** That the money suffices: the market maker adds `deficit`, q times the width of the interval. By
 * Myerson and Satterthwaite (1983) nothing efficient, honest and voluntary can do without.
 *
 * **Example**
 *
 * ```ts
 * import { DoubleVcg } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * const one = { buyers: [{ id: "b", amount: 10 }], sellers: [{ id: "s", amount: 2 }] }
 * Result.getOrThrow(DoubleVcg.calculator.solve(one)).decision
 * // => { volume: 1, buyerPrice: 2, sellerPrice: 10, deficit: 8 }
 * ```
 *
 * @since 0.1.0
 */
import { Result } from "effect"
import type { Calculator } from "../calculator/Calculator.ts"
import { rationals } from "../input/Amount.ts"
import { answer, judge, mechanismOf, settle, type Settled, written } from "../internal/doubleAuction.ts"
import type { Mechanism } from "./TwoSided.ts"
import { clearing, decoder, type Inputs, inputsOf, nothing, type Rule } from "./UnitTrade.ts"

/** The name of this mechanism. */
export const name = "double-vcg"

/** The rule. */
export const rule: Rule = (arithmetic, at) => {
  const interval = clearing(arithmetic, at)
  if (interval === undefined) return nothing
  return { volume: at.volume, sellers: at.volume, buyerPrice: interval.low, sellerPrice: interval.high }
}

/** This auction as the checkers see it. */
export const mechanism: Mechanism = mechanismOf(name, ["efficient", "individually-rational", "strategy-proof"], rule)

/** Settles judged inputs; who trades with whom is in the result. */
export const decide = (inputs: Inputs): Settled => settle(inputs, rule)

const decode = decoder(inputsOf)

/** `double-vcg` as a calculator. */
export const calculator: Calculator = {
  name,
  version: 1,
  solve: (input) =>
    Result.gen(function* () {
      const inputs = yield* Result.flatMap(decode(input), judge)
      const settled = decide(inputs)
      const { buyerPrice: low, sellerPrice: high, volume } = settled.terms
      const deficit =
        low === undefined || high === undefined ? rationals.zero : rationals.subtract(high, low).mul(volume)
      const amounts = yield* written(settled.isExact, { buyerPrice: low, sellerPrice: high, deficit })
      return answer(inputs, mechanism, settled, { volume, ...amounts })
    })
}
