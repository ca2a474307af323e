/**
 * Fisher markets of Cobb–Douglas agents: `u_i = Π_j x_ij^(α_ij / Σ_k α_ik)`.
 *
 * An agent spends the share `α_ij / Σ_k α_ik` of its budget on good `j` whatever the prices (Cobb, Douglas 1928), so
 * `p_j = Σ_i e_i α_ij / Σ_k α_ik / s_j`. Exponents that sum to another number than 1 order bundles alike; utilities are
 * given for those that sum to 1.
 *
 * **Guarantees** The only equilibrium, exactly if all amounts are text, but for `utilities`, which are roots and given as
 * numbers. A good that nobody with a budget wants costs 0 and is left over.
 *
 * **Does not guarantee** Text whose exact answer would have too many digits: `TooLarge`.
 *
 * **Example**
 *
 * ```ts
 * import { FisherCobbDouglas } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * const market = { budgets: ["1", "2"], alpha: [["1", "2"], ["1", "1"]], supplies: ["1", "1"] }
 * const { decision } = Result.getOrThrow(FisherCobbDouglas.calculator.solve(market))
 * decision["prices"] // => ["4/3", "5/3"]
 * ```
 *
 * @since 0.1.0
 */
import { Result } from "effect"
import type { Calculator } from "../calculator/Calculator.ts"
import * as Amount from "../input/Amount.ts"
import type { Refusal } from "../input/Refusal.ts"
import { bitsOf } from "../internal/divisors.ts"
import { answerOf, scaled, settle } from "./Equilibrium.ts"
import type { Equilibrium, Exact, Found } from "./Equilibrium.ts"
import { amountsOf, fisherFrom } from "./Market.ts"
import type { FisherMarket } from "./Market.ts"
import { activeFisher, numbersOf, sharesOf } from "./internal/active.ts"
import { overCommon } from "./internal/exactForest.ts"
import { tooLong } from "./internal/exactWork.ts"

/** The shares of its income that an agent spends, exactly. */
export const exactShares = (row: ReadonlyArray<Amount.Given>): ReadonlyArray<Amount.Rational> => {
  const given = row.map(Amount.toRational)
  const sum = given.reduce(Amount.rationals.add, Amount.rationals.zero)
  return sum.n === 0n ? given : given.map((each) => each.div(sum))
}

const inDoubles = (market: FisherMarket): Found => {
  const { shares: budgets, total, unit } = sharesOf(market.budgets.map(Amount.toNumber))
  const supplies = Float64Array.from(market.supplies, Amount.toNumber)
  const goods = supplies.length
  const table = numbersOf(market.table)
  const values = new Float64Array(goods)
  const allocation = market.table.map((_, i) => {
    const { shares: spending } = sharesOf(table.subarray(i * goods, (i + 1) * goods))
    const budget = budgets[i]!
    for (let j = 0; j < goods; j++) values[j]! += spending[j]! *= budget
    return spending
  })
  // What an agent spends on a good, as a part of all that is spent on it, is its part of the supply.
  for (const bundle of allocation)
    for (let j = 0; j < goods; j++) if (values[j]! > 0) bundle[j] = (bundle[j]! / values[j]!) * supplies[j]!
  const prices = values.map((value, j) => (supplies[j] === 0 ? 0 : scaled(value * total, unit, supplies[j]!)))
  return { prices, allocation, iterations: 0, method: "closed form" }
}

/** How many bits a figure of the exact answer can have: the agents' sums of wishes are denominators of what is spent on a good. */
const bitsMax = ({ budgets, supplies, table }: FisherMarket): number => {
  const bits = (row: ReadonlyArray<Amount.Given>) => {
    const { integers, unit } = overCommon(row.map(Amount.toRational))
    return bitsOf(integers.reduce((total, value) => total + value, unit))
  }
  return table.reduce((total, row) => total + bits(row), bits(budgets) + bits(supplies))
}

const inFractions = (market: FisherMarket): Exact => {
  const { add, zero } = Amount.rationals
  const supplies = market.supplies.map(Amount.toRational)
  const spending = market.table.map((row, i) => {
    const budget = Amount.toRational(market.budgets[i]!)
    return exactShares(row).map((share) => share.mul(budget))
  })
  const values = supplies.map((_, j) => spending.reduce((sum, row) => add(sum, row[j]!), zero))
  return {
    prices: values.map((value, j) => (value.n === 0n ? value : value.div(supplies[j]!))),
    allocation: spending.map((row) =>
      row.map((spent, j) => (values[j]!.n === 0n ? spent : spent.div(values[j]!).mul(supplies[j]!)))
    )
  }
}

/** Solves a market that has been judged by `Market.fisherFrom`. */
export const equilibrium = (market: FisherMarket): Result.Result<Equilibrium, Refusal> =>
  Result.flatMap(activeFisher(market), () => {
    if (!Amount.isExact(amountsOf(market))) return settle(market, inDoubles(market))
    const refusal = tooLong("alpha", bitsMax(market), market.budgets.length * market.supplies.length)
    if (refusal !== undefined) return Result.fail(refusal)
    const exact = inFractions(market)
    return settle(market, {
      prices: Float64Array.from(exact.prices, Amount.rationals.toNumber),
      allocation: exact.allocation.map((row) => Float64Array.from(row, Amount.rationals.toNumber)),
      iterations: 0,
      method: "closed form, exact",
      exact
    })
  })

/** The calculator of this kind. */
export const calculator: Calculator = {
  name: "fisher-cobb-douglas",
  version: 1,
  solve: (input) =>
    Result.flatMap(fisherFrom("cobb-douglas", input), (market) =>
      Result.map(equilibrium(market), (found) => answerOf(market, found))
    )
}
