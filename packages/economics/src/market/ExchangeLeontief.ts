/**
 * Exchange economies of agents who want goods in fixed proportions, such as that of Scarf (1960), on which tatonnement
 * circles for ever.
 *
 * Newton's method on excess demand, then the homotopy of `ExchangeCes`. Goods may be left over at price 0.
 *
 * **Guarantees** Prices that sum to 1. `converged` is said only where the certificate holds to 1e-8. Work is bounded.
 *
 * **Does not guarantee** An equilibrium where there is one: to decide whether there is, is NP-hard (Codenotti, Saberi,
 * Varadarajan, Ye 2006). Nor which of several is given, beyond what `ExchangeCes` says. Exact answers for text.
 *
 * **Example**
 *
 * ```ts
 * import { ExchangeLeontief } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * const scarf = { coefficients: [[1, 1, 0], [0, 1, 1], [1, 0, 1]], endowments: [[1, 0, 0], [0, 1, 0], [0, 0, 1]] }
 * const { decision } = Result.getOrThrow(ExchangeLeontief.calculator.solve(scarf))
 * decision["converged"] // => true
 * ```
 *
 * @since 0.1.0
 */
import { Result } from "effect"
import type { Calculator } from "../calculator/Calculator.ts"
import type { Refusal } from "../input/Refusal.ts"
import { answerOf } from "./Equilibrium.ts"
import type { Equilibrium } from "./Equilibrium.ts"
import { exchangeFrom } from "./Market.ts"
import type { ExchangeEconomy } from "./Market.ts"
import { exchangeDemand } from "./internal/demandMarket.ts"

/** Solves a market that has been judged by `Market.exchangeFrom`. */
export const equilibrium = (market: ExchangeEconomy): Result.Result<Equilibrium, Refusal> => exchangeDemand(market)

/** The calculator of this kind. */
export const calculator: Calculator = {
  name: "exchange-leontief",
  version: 1,
  solve: (input) =>
    Result.flatMap(exchangeFrom("leontief", input), (market) =>
      Result.map(equilibrium(market), (found) => answerOf(market, found))
    )
}
