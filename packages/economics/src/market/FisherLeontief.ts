/**
 * Fisher markets of agents who want goods in fixed proportions: `u_i = min_j x_ij / a_ij` over `a_ij > 0`.
 *
 * Utilities are unique (Eisenberg, Gale 1959); prices need not be. The path of an interior point method is followed: a
 * vanishing tax spent on all goods alike keeps prices positive, and the prices at its end are given.
 *
 * **Guarantees** Prices with `Σ p_j s_j = Σ budgets`. Goods left over cost 0. `converged` is said only where the certificate
 * holds to 1e-8.
 *
 * **Does not guarantee** Exact answers for text: utilities are roots of polynomials, so all is given as numbers. That a
 * good which would be left over at price 0 but for rounding is told from one that is just used up.
 *
 * **Example**
 *
 * ```ts
 * import { FisherLeontief } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * const market = { budgets: [3], coefficients: [[1, 1]], supplies: [1, 2] }
 * const { decision } = Result.getOrThrow(FisherLeontief.calculator.solve(market))
 * decision["prices"] // => [3, 0]
 * ```
 *
 * @since 0.1.0
 */
import { Result } from "effect"
import type { Calculator } from "../calculator/Calculator.ts"
import type { Refusal } from "../input/Refusal.ts"
import { answerOf } from "./Equilibrium.ts"
import type { Equilibrium } from "./Equilibrium.ts"
import { fisherFrom } from "./Market.ts"
import type { FisherMarket } from "./Market.ts"
import { fisherDemand } from "./internal/demandMarket.ts"

/** Solves a market that has been judged by `Market.fisherFrom`. */
export const equilibrium = (market: FisherMarket): Result.Result<Equilibrium, Refusal> => fisherDemand(market)

/** The calculator of this kind. */
export const calculator: Calculator = {
  name: "fisher-leontief",
  version: 1,
  solve: (input) =>
    Result.flatMap(fisherFrom("leontief", input), (market) =>
      Result.map(equilibrium(market), (found) => answerOf(market, found))
    )
}
