/**
 * Tatonnement: prices that rise where demand exceeds supply, step by step, so that their path can be watched.
 *
 * Walras (1874), Samuelson (1941). With gross substitutes the path leads to the equilibrium (Arrow, Block, Hurwicz 1959);
 * with complements it need not: in the economy of Scarf (1960) it circles for ever.
 *
 * **Guarantees** `step` is pure and prices never fall below 0. Every point of a path is plain JSON.
 *
 * **Does not guarantee** That the path arrives: this is a process to look at. The calculators use other methods.
 *
 * **Example**
 *
 * ```ts
 * import { Tatonnement } from "@mabeam/economics"
 *
 * const wishes = { kind: "cobb-douglas", table: [[1, 1], [1, 3]], endowments: [[1, 0], [0, 1]] } as const
 * const step = Tatonnement.make(Tatonnement.excessDemand(wishes), { rate: 0.5 })
 * const path = Tatonnement.path(step, Tatonnement.start([1, 1]), 200)
 * const { prices } = path.at(-1) ?? Tatonnement.start([])
 * Math.abs((prices[0] ?? 0) / (prices[1] ?? 1) - 0.5) < 1e-6 // => true
 * ```
 *
 * @since 0.1.0
 */
import * as Amount from "../input/Amount.ts"
import * as EquilibriumCertificate from "./EquilibriumCertificate.ts"
import type { ExchangeEconomy, FisherMarket } from "./Market.ts"

/** A point of the path. */
export interface State {
  /** Steps made. */
  readonly time: number
  readonly prices: ReadonlyArray<number>
  /** What was demanded beyond supply when these prices were left; empty before the first step. */
  readonly excess: ReadonlyArray<number>
}

/** Demand beyond supply at given prices, by good. */
export type ExcessDemand = (prices: ReadonlyArray<number>) => ReadonlyArray<number>

/** How prices move. */
export interface Options {
  /** How far, for each unit of excess demand. */
  readonly rate: number
  /**
   * `additive`: `p_j + rate · z_j`, but not below 0, as Samuelson has it; `multiplicative`: `p_j · exp(rate · z_j)`, which never
   * reaches 0. Default `additive`.
   */
  readonly rule?: "additive" | "multiplicative" | undefined
}

/** Before the first step. */
export const start = (prices: ReadonlyArray<number>): State => ({ time: 0, prices, excess: [] })

/** The step function of a process. */
export const make =
  (excessDemand: ExcessDemand, { rate, rule = "additive" }: Options) =>
  ({ prices, time }: State): State => {
    const excess = excessDemand(prices)
    const moved = prices.map((price, j) =>
      rule === "additive" ? Math.max(0, price + rate * (excess[j] ?? 0)) : price * Math.exp(rate * (excess[j] ?? 0))
    )
    return { time: time + 1, prices: moved, excess }
  }

/** The states from `from` on: `steps` steps, of which every `every`-th is kept (default 1), and the last one. */
export const path = (step: (state: State) => State, from: State, steps: number, every = 1): ReadonlyArray<State> => {
  const states = [from]
  let state = from
  for (let count = 1; count <= steps; count++) {
    state = step(state)
    if (count % every === 0 || count === steps) states.push(state)
  }
  return states
}

/**
 * The excess demand of a market whose agents have one best bundle each: Cobb–Douglas, CES or Leontief. Linear agents buy
 * their best good alone, the first among equals.
 */
export const excessDemand = (market: FisherMarket | ExchangeEconomy): ExcessDemand => {
  const tastes = EquilibriumCertificate.tastesOf(market)
  const supplies = suppliesOf(market)
  return (prices) => {
    const incomes = EquilibriumCertificate.logIncomes(market, prices)
    const excess = supplies.map((supply) => -supply)
    for (const [i, taste] of tastes.entries())
      for (const [j, amount] of bestBundle(taste, prices, Math.exp(incomes[i] ?? -Infinity)).entries())
        excess[j]! += amount
    return excess
  }
}

const suppliesOf = (market: FisherMarket | ExchangeEconomy): ReadonlyArray<number> =>
  "budgets" in market
    ? market.supplies.map(Amount.toNumber)
    : (market.table[0] ?? []).map((_, j) =>
        market.endowments.reduce((sum, row) => sum + Amount.toNumber(row[j] ?? 0), 0)
      )

/** What an agent buys at given prices. */
export const bestBundle = (
  { kind, logs, sigma }: EquilibriumCertificate.Taste,
  prices: ReadonlyArray<number>,
  income: number
): ReadonlyArray<number> => {
  if (kind === "linear") {
    const rates = prices.map((price, j) => logs[j]! - Math.log(price))
    const best = rates.reduce((leader, rate, j) => (rate > rates[leader]! ? j : leader), 0)
    return prices.map((price, j) => (j === best && logs[j]! > -Infinity ? income / price : 0))
  }
  const power = kind === "cobb-douglas" ? 0 : kind === "leontief" ? 1 : 1 - sigma
  const weights = prices.map((price, j) => Math.exp(logs[j]!) * price ** power)
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return weights.map((_, j) =>
    logs[j] === -Infinity ? 0 : (income * Math.exp(logs[j]!) * prices[j]! ** (power - 1)) / sum
  )
}

/** The path as columns, one for each good, with the steps: what a plot wants. */
export const columns = (
  states: ReadonlyArray<State>
): { readonly time: ReadonlyArray<number>; readonly prices: ReadonlyArray<ReadonlyArray<number>> } => ({
  time: states.map((state) => state.time),
  prices: (states[0]?.prices ?? []).map((_, j) => states.map((state) => state.prices[j] ?? 0))
})
