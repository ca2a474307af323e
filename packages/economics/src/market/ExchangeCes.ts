/**
 * Exchange economies with constant elasticity of substitution; utilities and demand as in `FisherCes`.
 *
 * Newton's method on excess demand in the logarithms of prices; where it fails, the homotopy that taxes endowments away
 * and spends the tax on all goods alike, followed by arc length (Smale 1976, Eaves 1976). With gross substitutes (all
 * σ > 1) relative prices are unique in each connected part. With complements (σ < 1) there may be several equilibria: Newton's
 * method gives the one it comes to from the demand of equal prices, the homotopy the one at its end; `method` says which.
 *
 * **Guarantees** Prices that sum to 1; each part that trades only within itself gets a share of that sum by its number of
 * goods. `converged` is said only where the certificate holds to 1e-8. If all agents have σ > 1 and one wants goods of
 * others who want nothing of his, there is no equilibrium: `NoEquilibrium`. Work is bounded.
 *
 * **Does not guarantee** That `converged: false` means there is no equilibrium.
 *
 * **Example**
 *
 * ```ts
 * import { ExchangeCes } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * const economy = { weights: [[1, 1], [1, 1]], sigma: [2, 0.5], endowments: [[1, 0], [0, 1]] }
 * const { decision } = Result.getOrThrow(ExchangeCes.calculator.solve(economy))
 * decision["prices"] // => [0.5, 0.5]
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
  name: "exchange-ces",
  version: 1,
  solve: (input) =>
    Result.flatMap(exchangeFrom("ces", input), (market) =>
      Result.map(equilibrium(market), (found) => answerOf(market, found))
    )
}
