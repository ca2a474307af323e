/**
 * Fisher markets with constant elasticity of substitution: `u_i = (Σ_j w_ij^(1/σ) x_ij^ρ)^(1/ρ)`, `ρ = (σ−1)/σ`.
 *
 * Demand `x_ij = e_i w_ij p_j^−σ / Σ_k w_ik p_k^(1−σ)` (Arrow, Chenery, Minhas, Solow 1961). Equilibrium prices are unique:
 * they minimise the convex dual of Eisenberg and Gale (1959), which Newton's method does in the logarithms of prices.
 * Substitutes (σ > 1) and complements (σ < 1) may be mixed.
 *
 * **Guarantees** Prices with `Σ p_j s_j = Σ budgets`. A good that nobody with a budget wants costs 0 and is left over.
 * `converged` is said only where the certificate holds to 1e-8.
 *
 * **Does not guarantee** Exact answers for text: prices are roots, so they are given as numbers.
 *
 * **Example**
 *
 * ```ts
 * import { FisherCes } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * const market = { budgets: [1, 1], weights: [[1, 0], [1, 1]], sigma: [2, 2], supplies: [1, 1] }
 * const { decision } = Result.getOrThrow(FisherCes.calculator.solve(market))
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
import { fisherFrom } from "./Market.ts"
import type { FisherMarket } from "./Market.ts"
import { fisherDemand } from "./internal/demandMarket.ts"

/** Solves a market that has been judged by `Market.fisherFrom`. */
export const equilibrium = (market: FisherMarket): Result.Result<Equilibrium, Refusal> => fisherDemand(market)

/** The calculator of this kind. */
export const calculator: Calculator = {
  name: "fisher-ces",
  version: 1,
  solve: (input) =>
    Result.flatMap(fisherFrom("ces", input), (market) =>
      Result.map(equilibrium(market), (found) => answerOf(market, found))
    )
}
