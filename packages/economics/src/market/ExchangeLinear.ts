/**
 * Exchange economies with linear utilities (Gale 1976).
 *
 * A linear Fisher market is solved for the worth of the endowments, again and again, until the incomes are those of its own
 * prices; where the pairs who trade are known, incomes and prices follow exactly.
 *
 * **Guarantees** Prices that sum to 1. Without an equilibrium the answer is `NoEquilibrium`, at the agent for whom no prices
 * are right: one whose part of the economy wants less than it owns, or who wants only goods of agents who want none of
 * his. If all amounts are text and `method` says `exact`, the fractions were proved. Where the economy falls into parts,
 * prices between them are free within bounds: a part's prices are raised until nobody outside wants its goods.
 *
 * **Does not guarantee** An answer next to ties that doubles cannot tell from a lead, or over dozens of powers of ten: where
 * the search circles, `converged` is false; where the search for a proof does (2 of 4,000 economies in text next to ties),
 * text is answered in doubles. Exact answers for numbers: they are certified to 1e-8, and usually good to
 * 1e-13. Text with more than 60 goods or agents: `TooLarge`. Unique prices between parts that happen to be balanced: the ones
 * nearest to the search are given.
 *
 * **Example**
 *
 * ```ts
 * import { ExchangeLinear } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * const economy = { utilities: [["1", "2"], ["3", "1"]], endowments: [["1", "0"], ["0", "1"]] }
 * const { decision } = Result.getOrThrow(ExchangeLinear.calculator.solve(economy))
 * decision["allocation"] // => [["0", "1"], ["1", "0"]]
 * ```
 *
 * @since 0.1.0
 */
import { Result } from "effect"
import { Fraction } from "fraction.js"
import type { Calculator } from "../calculator/Calculator.ts"
import * as Amount from "../input/Amount.ts"
import { TooLarge } from "../input/Refusal.ts"
import type { Refusal } from "../input/Refusal.ts"
import { answerOf, settle } from "./Equilibrium.ts"
import type { Equilibrium, Exact } from "./Equilibrium.ts"
import { logSupplies } from "./EquilibriumCertificate.ts"
import { utilitiesOf } from "./FisherLinear.ts"
import { amountsOf, exchangeFrom, NoEquilibrium } from "./Market.ts"
import type { ExchangeEconomy } from "./Market.ts"
import { activeExchange, logTable, numbersOf } from "./internal/active.ts"
import type { Active } from "./internal/active.ts"
import type { Forest, LinearMarket } from "./internal/bangPerBuck.ts"
import { ownership } from "./internal/demandMarket.ts"
import { overCommon, prove, treePrices } from "./internal/exactForest.ts"
import type { Proof } from "./internal/exactForest.ts"
import { layersOf, solveExchange, treeWorths } from "./internal/linearExchange.ts"
import type { ExchangeSolution } from "./internal/linearExchange.ts"

/** Goods, and agents, that an exact answer may have: 60. */
export const exactSizeMax = 60

/** A part of the economy, solved, and by how many powers of two its prices are raised. */
interface Solved {
  readonly part: Active
  readonly market: LinearMarket
  readonly solution: ExchangeSolution
  /** Logarithms of prices within the part. */
  readonly logPrices: Float64Array
  raise: number
}

const partsOf = (economy: ExchangeEconomy, active: Active): Result.Result<ReadonlyArray<Active>, Refusal> => {
  const columns = economy.table[0]?.length ?? 0
  const table = numbersOf(economy.table)
  const owned = numbersOf(economy.endowments)
  const parts: Array<Active> = []
  const layers = layersOf(
    active,
    (i, j) => table[i * columns + j]! > 0,
    (i, j) => owned[i * columns + j]! > 0
  )
  for (const layer of layers) {
    if ("part" in layer) parts.push(layer.part)
    else
      return Result.fail(
        layer.good === undefined
          ? new NoEquilibrium({
              path: ["utilities", layer.agent],
              because: "wants only goods of agents who want nothing that others own, so nothing that it has buys any"
            })
          : new NoEquilibrium({
              path: ["endowments", layer.agent, layer.good],
              because: "belongs to agents who want only what they alone own, so they sell and never buy"
            })
      )
  }
  return Result.succeed(parts)
}

const solvePart = (economy: ExchangeEconomy, part: Active, logs: Float64Array): Solved => {
  const columns = economy.table[0]?.length ?? 0
  const market: LinearMarket = {
    agents: part.agents.length,
    goods: part.goods.length,
    logUtilities: logTable(numbersOf(economy.table), columns, part, () => 1, logs)
  }
  const solution = solveExchange(market, ownership(economy, part))
  return {
    part,
    market,
    solution,
    logPrices: solution.values.map((value, g) => Math.log(value) - logs[part.goods[g]!]!),
    raise: 0
  }
}

/** Raises the prices of dearer parts until agents of cheaper ones would get at most half as much for their money there. */
const raiseParts = (economy: ExchangeEconomy, parts: ReadonlyArray<Solved>): void => {
  for (let dear = parts.length - 2; dear >= 0; dear--) {
    const upper = parts[dear]!
    for (const lower of parts.slice(dear + 1))
      for (const i of lower.part.agents) {
        const row = economy.table[i]!.map((each) => Math.log(Amount.toNumber(each)))
        const most = (of: Solved) =>
          of.part.goods.reduce((best, j, g) => Math.max(best, row[j]! - of.logPrices[g]!), -Infinity)
        const wish = most(upper) - (most(lower) - lower.raise * Math.LN2)
        if (wish > -Infinity) upper.raise = Math.max(upper.raise, Math.ceil(wish / Math.LN2) + 1)
      }
  }
}

const inDoubles = (economy: ExchangeEconomy, parts: ReadonlyArray<Solved>, logs: Float64Array) => {
  const prices = new Float64Array(logs.length)
  const allocation = economy.table.map(() => new Float64Array(logs.length))
  const all = parts.flatMap(({ logPrices, raise }) => [...logPrices].map((log) => log + raise * Math.LN2))
  const peak = all.reduce((most, log) => Math.max(most, log), -Infinity)
  const sum = all.reduce((total, log) => total + Math.exp(log - peak), 0)
  for (const { logPrices, part, raise, solution } of parts) {
    const goods = part.goods.length
    for (const [g, j] of part.goods.entries()) {
      const supply = Math.exp(logs[j]!)
      prices[j] = Math.exp(logPrices[g]! + raise * Math.LN2 - peak) / sum || Number.NaN
      for (const [a, i] of part.agents.entries())
        allocation[i]![j] = (solution.spending[a * goods + g]! / solution.values[g]!) * supply
    }
  }
  return { prices, allocation }
}

/** So often a forest is replaced by the one that its own incomes lead to. */
const proofsMax = 16

/** The proof of one part, from the trading pairs alone. */
const provePart = (economy: ExchangeEconomy, solved: Solved): Proof | undefined => {
  let { forest } = solved.solution
  for (let left = proofsMax; forest !== undefined && left > 0; left--) {
    const proof = proveForest(economy, solved, forest)
    // Incomes are the worth of what is owned at the prices of this forest, not at those of another.
    if (proof === undefined || proof.forest === forest) return proof
    forest = proof.forest
  }
  return undefined
}

/** Proves the Fisher market of the incomes that a forest makes of the endowments. */
const proveForest = (
  economy: ExchangeEconomy,
  { market, part, solution }: Solved,
  forest: Forest
): Proof | undefined => {
  const { add, divide, fromNumber, multiply, zero } = Amount.rationals
  const utility = (a: number, g: number) => Amount.toRational(economy.table[part.agents[a]!]![part.goods[g]!]!)
  const owned = part.agents.map((i) => part.goods.map((j) => Amount.toRational(economy.endowments[i]![j]!)))
  const supplies = part.goods.map((_, g) => owned.reduce((sum, row) => add(sum, row[g]!), zero))
  const worth = treePrices({ linear: market, utility }, forest).map((price, g) =>
    multiply(new Fraction(price), supplies[g]!)
  )
  const total = new Array<Amount.Rational>(forest.trees).fill(zero)
  const present = new Array<number>(forest.trees).fill(0)
  for (const [g, value] of worth.entries()) {
    const t = forest.tree[market.agents + g]!
    total[t] = add(total[t]!, value)
    present[t]! += solution.values[g]!
  }
  const split = worth.map((value, g) => divide(value, total[forest.tree[market.agents + g]!]!))
  const shares = owned.map((row) => row.map((amount, g) => divide(amount, supplies[g]!)))
  const worths = treeWorths(
    Amount.rationals,
    forest,
    market.agents,
    split,
    (a, g) => shares[a]![g]!,
    present.map((value) => fromNumber(Number(value.toPrecision(6))))
  )
  const values = split.map((value, g) => multiply(value, worths[forest.tree[market.agents + g]!]!))
  const incomes = overCommon(
    shares.map((row) => row.reduce((sum, share, g) => add(sum, multiply(share, values[g]!)), zero))
  )
  const stock = overCommon(supplies)
  return prove(
    {
      linear: market,
      utility,
      supplies: stock.integers,
      supplyUnit: stock.unit,
      incomes: incomes.integers,
      incomeUnit: incomes.unit
    },
    forest
  )
}

const inFractions = (economy: ExchangeEconomy, parts: ReadonlyArray<Solved>): Exact | undefined => {
  const { add, divide, multiply, zero } = Amount.rationals
  const columns = economy.table[0]?.length ?? 0
  const prices = new Array<Amount.Rational>(columns).fill(zero)
  const allocation = economy.table.map(() => new Array<Amount.Rational>(columns).fill(zero))
  for (const solved of parts) {
    const proof = provePart(economy, solved)
    if (proof === undefined) return undefined
    const factor = new Fraction(2n ** BigInt(solved.raise))
    for (const [g, { over, under }] of proof.prices.entries())
      prices[solved.part.goods[g]!] = multiply(new Fraction(over, under), factor)
    for (const { agent, amount, good } of proof.purchases)
      allocation[solved.part.agents[agent]!]![solved.part.goods[good]!] = new Fraction(amount.over, amount.under)
  }
  const sum = prices.reduce(add, zero)
  return {
    prices: prices.map((price) => divide(price, sum)),
    allocation,
    utilities: utilitiesOf(economy.table, allocation)
  }
}

/** Solves an economy that has been judged by `Market.exchangeFrom`. */
export const equilibrium = (economy: ExchangeEconomy): Result.Result<Equilibrium, Refusal> =>
  Result.flatMap(activeExchange(economy), (active) =>
    Result.flatMap(partsOf(economy, active), (parts) => {
      const isText = Amount.isExact(amountsOf(economy))
      const size = Math.max(active.goods.length, active.agents.length)
      if (isText && size > exactSizeMax)
        return Result.fail(new TooLarge({ path: ["utilities"], size, limit: exactSizeMax }))
      const logs = logSupplies(economy)
      const solved = parts.map((part) => solvePart(economy, part, logs))
      raiseParts(economy, solved)
      const iterations = solved.reduce((sum, { solution }) => sum + solution.rounds, 0)
      const exact = isText ? inFractions(economy, solved) : undefined
      if (exact === undefined)
        return settle(economy, { ...inDoubles(economy, solved, logs), iterations, method: "fisher incomes" })
      return settle(economy, {
        prices: Float64Array.from(exact.prices, (price) => Amount.rationals.toNumber(price)),
        allocation: exact.allocation.map((row) => Float64Array.from(row, Amount.rationals.toNumber)),
        iterations,
        method: "fisher incomes, exact",
        exact
      })
    })
  )

/** The calculator of this kind. */
export const calculator: Calculator = {
  name: "exchange-linear",
  version: 1,
  solve: (input) =>
    Result.flatMap(exchangeFrom("linear", input), (economy) =>
      Result.map(equilibrium(economy), (found) => answerOf(economy, found))
    )
}
