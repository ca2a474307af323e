/**
 * Linear Fisher markets, exactly: `u_i = Σ_j u_ij x_ij`.
 *
 * Proportional response (Zhang 2011; Birnbaum, Devanur, Xiao 2011) or, where it is slow, an interior point method on the dual
 * of Eisenberg and Gale (1959) guesses who buys what. From a spanning forest of pairs with the largest utility for money
 * (the graph of Devanur, Papadimitriou, Saberi, Vazirani 2008) prices and spending follow in whole numbers; what is given
 * as exact was proved in them: budgets spent, goods sold, nobody would rather buy something else.
 *
 * **Guarantees** Prices (which are unique) with `Σ p_j s_j = Σ budgets`. If `method` says `exact`, text gives the exact
 * fractions and numbers give the doubles nearest to the exact solution of the market of exactly these doubles. A good that
 * nobody wants costs 0 and is left over.
 *
 * **Does not guarantee** That `method` says `exact` of numbers that span hundreds of powers of ten, or of thousands of ties
 * that doubles cannot tell from a lead: where it does not, `converged` goes by the certificate's 1e-8. Which of several
 * optimal allocations: one with at most agents + goods − 1 purchases.
 *
 * **Example**
 *
 * ```ts
 * import { FisherLinear } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * const market = { budgets: ["1", "2"], utilities: [["1", "2"], ["3", "1"]], supplies: ["1", "1"] }
 * const { decision } = Result.getOrThrow(FisherLinear.calculator.solve(market))
 * decision["prices"] // => ["2", "1"]
 * decision["utilities"] // => ["2", "3"]
 * ```
 *
 * @since 0.1.0
 */
import { Result } from "effect"
import { Fraction } from "fraction.js"
import type { Calculator } from "../calculator/Calculator.ts"
import * as Amount from "../input/Amount.ts"
import type { Refusal } from "../input/Refusal.ts"
import { answerOf, scaled, settle } from "./Equilibrium.ts"
import type { Equilibrium, Exact, Found } from "./Equilibrium.ts"
import { logSupplies } from "./EquilibriumCertificate.ts"
import { amountsOf, fisherFrom } from "./Market.ts"
import type { FisherMarket, Table } from "./Market.ts"
import { activeFisher, logTable, numbersOf, sharesOf } from "./internal/active.ts"
import type { Active } from "./internal/active.ts"
import type { LinearMarket } from "./internal/bangPerBuck.ts"
import { overCommon, prove } from "./internal/exactForest.ts"
import type { ExactMarket, Proof } from "./internal/exactForest.ts"
import { solveLinear } from "./internal/linearFisher.ts"
import type { LinearSolution } from "./internal/linearFisher.ts"

/** Solves a market that has been judged by `Market.fisherFrom`. */
export const equilibrium = (market: FisherMarket): Result.Result<Equilibrium, Refusal> =>
  Result.flatMap(activeFisher(market), (active) => {
    const { agents, goods } = active
    const linear: LinearMarket = {
      agents: agents.length,
      goods: goods.length,
      logUtilities: logTable(numbersOf(market.table), market.supplies.length, active, () => 1, logSupplies(market))
    }
    const exact = exactMarket(market, active, linear)
    let proof: Proof | undefined
    const { shares, total, unit } = sharesOf(agents.map((i) => Amount.toNumber(market.budgets[i]!)))
    const solution = solveLinear(linear, shares, (forest) => {
      proof = prove(exact, forest)
      return proof !== undefined
    })
    return settle(
      market,
      proof === undefined ? approximate(market, active, solution, total, unit) : proved(market, active, solution, proof)
    )
  })

const exactMarket = (market: FisherMarket, { agents, goods }: Active, linear: LinearMarket): ExactMarket => {
  const supplies = overCommon(goods.map((j) => Amount.toRational(market.supplies[j]!)))
  const incomes = overCommon(agents.map((i) => Amount.toRational(market.budgets[i]!)))
  const known = new Map<Amount.Given, Amount.Rational>()
  const utility = (agent: number, good: number): Amount.Rational => {
    const given = market.table[agents[agent]!]![goods[good]!]!
    const before = known.get(given)
    if (before !== undefined) return before
    const rational = Amount.toRational(given)
    known.set(given, rational)
    return rational
  }
  return {
    linear,
    utility,
    supplies: supplies.integers,
    supplyUnit: supplies.unit,
    incomes: incomes.integers,
    incomeUnit: incomes.unit
  }
}

const emptyAllocation = (market: FisherMarket): Array<Float64Array> =>
  market.budgets.map(() => new Float64Array(market.supplies.length))

const proved = (market: FisherMarket, { agents, goods }: Active, solution: LinearSolution, proof: Proof): Found => {
  const prices = new Float64Array(market.supplies.length)
  for (const [g, { over, under }] of proof.prices.entries())
    prices[goods[g]!] = Amount.quotient(over, under) || Number.NaN
  const allocation = emptyAllocation(market)
  for (const { agent, amount, good } of proof.purchases)
    allocation[agents[agent]!]![goods[good]!] = Amount.quotient(amount.over, amount.under)
  return {
    prices,
    allocation,
    iterations: solution.iterations,
    method: `${solution.method}, exact`,
    exact: Amount.isExact(amountsOf(market)) ? fractions(market, { agents, goods }, proof) : undefined
  }
}

/** A proof as fractions in lowest terms, with utilities. */
const fractions = (market: FisherMarket, { agents, goods }: Active, proof: Proof): Exact => {
  const prices = market.supplies.map(() => Amount.rationals.zero)
  for (const [g, { over, under }] of proof.prices.entries()) prices[goods[g]!] = new Fraction(over, under)
  const allocation = market.budgets.map(() => market.supplies.map(() => Amount.rationals.zero))
  for (const { agent, amount, good } of proof.purchases)
    allocation[agents[agent]!]![goods[good]!] = new Fraction(amount.over, amount.under)
  return { prices, allocation, utilities: utilitiesOf(market.table, allocation) }
}

/** `Σ_j u_ij x_ij`, exactly. */
export const utilitiesOf = (
  table: Table,
  allocation: ReadonlyArray<ReadonlyArray<Amount.Rational>>
): ReadonlyArray<Amount.Rational> =>
  allocation.map((bundle, i) =>
    bundle.reduce(
      (sum, amount, j) => (amount.n === 0n ? sum : sum.add(amount.mul(Amount.toRational(table[i]![j]!)))),
      Amount.rationals.zero
    )
  )

/** The last approximation; the certificate says how good it is. */
const approximate = (
  market: FisherMarket,
  { agents, goods }: Active,
  solution: LinearSolution,
  total: number,
  unit: number
): Found => {
  const prices = new Float64Array(market.supplies.length)
  const allocation = emptyAllocation(market)
  for (const [g, j] of goods.entries()) {
    const supply = Amount.toNumber(market.supplies[j]!)
    prices[j] = scaled(solution.values[g]! * total, unit, supply)
    for (const [a, i] of agents.entries())
      allocation[i]![j] = (solution.spending[a * goods.length + g]! / solution.values[g]!) * supply
  }
  return { prices, allocation, iterations: solution.iterations, method: solution.method }
}

/** The calculator of this kind. */
export const calculator: Calculator = {
  name: "fisher-linear",
  version: 1,
  solve: (input) =>
    Result.flatMap(fisherFrom("linear", input), (market) =>
      Result.map(equilibrium(market), (found) => answerOf(market, found))
    )
}
