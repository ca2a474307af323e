/**
 * Judges a claimed equilibrium from the definitions alone: everybody gets the best it can pay for, and markets clear.
 *
 * **Guarantees** Knows nothing of how the claim was found. Reckons in logarithms, so amounts from 1e-308 to 1e308 are judged
 * alike. `regret` compares what an agent gets with the indirect utility, which has a closed form for each kind.
 *
 * **Does not guarantee** More than doubles can: figures below about 1e-13 are noise.
 *
 * **Example**
 *
 * ```ts
 * import { EquilibriumCertificate } from "@mabeam/economics"
 *
 * const market = { kind: "linear", budgets: [1, 1], table: [[2, 1], [1, 2]], supplies: [1, 1] } as const
 * const right = { prices: [1, 1], allocation: [[1, 0], [0, 1]] }
 * EquilibriumCertificate.judge(market, right) // => { excess: 0, overspending: 0, regret: 0 }
 * const wrong = { prices: [1, 1], allocation: [[0, 1], [1, 0]] }
 * EquilibriumCertificate.judge(market, wrong) // => { excess: 0, overspending: 0, regret: 0.5 }
 * ```
 *
 * @since 0.1.0
 */
import * as Amount from "../input/Amount.ts"
import type { ExchangeEconomy, FisherMarket, Kind, Wishes } from "./Market.ts"

/** Prices of goods and what each agent gets, as numbers. */
export interface Claim {
  readonly prices: ArrayLike<number>
  readonly allocation: ReadonlyArray<ArrayLike<number>>
}

/** How far a claim is from an equilibrium; all three are 0 at one, and `Infinity` where nothing comes near. */
export interface Certificate {
  /** Largest relative excess demand; for a good with a price also excess supply. */
  readonly excess: number
  /** Largest share by which an agent spends more than it has. */
  readonly overspending: number
  /** Largest share of its best attainable utility that an agent misses. */
  readonly regret: number
}

/** The wishes of one agent, in logarithms: `−Infinity` for what it does not want. */
export interface Taste {
  readonly kind: Kind
  readonly logs: Float64Array
  readonly sigma: number
}

/** The tastes of all agents. Exponents of Cobb–Douglas are divided by their sum, so that utility is homogeneous. */
export const tastesOf = ({ kind, sigma, table }: Wishes): ReadonlyArray<Taste> =>
  table.map((row, i) => {
    const logs = Float64Array.from(row, (each) => Math.log(Amount.toNumber(each)))
    const sum = kind === "cobb-douglas" ? logSum(logs) : 0
    if (sum > -Infinity) {
      for (let j = 0; j < logs.length; j++) logs[j]! -= sum
    }
    return { kind, logs, sigma: kind === "ces" ? Amount.toNumber(sigma?.[i] ?? 0) : 0 }
  })

/** `log Σ exp`. */
const logSum = (logs: ArrayLike<number>): number => {
  let peak = -Infinity
  for (let j = 0; j < logs.length; j++) peak = Math.max(peak, logs[j]!)
  if (peak === -Infinity || peak === Infinity) return peak
  let sum = 0
  for (let j = 0; j < logs.length; j++) sum += Math.exp(logs[j]! - peak)
  return peak + Math.log(sum)
}

/** The logarithm of the utility of a bundle; `−Infinity` for 0. */
export const logUtility = ({ kind, logs, sigma }: Taste, bundle: ArrayLike<number>): number => {
  const terms = new Float64Array(logs.length).fill(-Infinity)
  if (logs.every((log) => log === -Infinity)) return -Infinity
  const power = (sigma - 1) / sigma
  let sum = 0
  let least = Infinity
  for (let j = 0; j < logs.length; j++) {
    if (logs[j] === -Infinity) continue
    const amount = Math.log(bundle[j]!)
    if (kind === "cobb-douglas") sum += Math.exp(logs[j]!) * amount
    else if (kind === "leontief") least = Math.min(least, amount - logs[j]!)
    else terms[j] = kind === "linear" ? logs[j]! + amount : logs[j]! / sigma + power * amount
  }
  if (kind === "cobb-douglas") return sum
  if (kind === "leontief") return least
  const total = logSum(terms)
  // Of complements nothing of one is nothing at all.
  if (kind === "ces") return total === Infinity ? -Infinity : total / power
  return total
}

/** The logarithm of the most utility that income can buy; `Infinity` where something wanted is free for the taking. */
export const logBest = (taste: Taste, prices: ArrayLike<number>, logIncome: number): number => {
  const { kind, logs, sigma } = taste
  const wished = [...logs.keys()].filter((j) => logs[j]! > -Infinity)
  const free = wished.filter((j) => prices[j] === 0).length
  const priced = wished.length - free
  if (wished.length === 0) return -Infinity
  const isSubstitute = kind === "linear" || (kind === "ces" && sigma > 1)
  if (priced === 0 || (free > 0 && isSubstitute)) return Infinity
  if (logIncome === -Infinity) return -Infinity
  if (free > 0 && kind === "cobb-douglas") return Infinity
  if (kind === "linear") {
    let best = -Infinity
    for (let j = 0; j < logs.length; j++)
      if (logs[j]! > -Infinity) best = Math.max(best, logs[j]! - Math.log(prices[j]!))
    return logIncome + best
  }
  if (kind === "cobb-douglas") {
    let sum = 0
    for (let j = 0; j < logs.length; j++)
      if (logs[j]! > -Infinity) sum += Math.exp(logs[j]!) * (logs[j]! + logIncome - Math.log(prices[j]!))
    return sum
  }
  const power = kind === "leontief" ? 1 : 1 - sigma
  const terms = Float64Array.from(logs, (log, j) => (log === -Infinity ? log : log + power * Math.log(prices[j]!)))
  return logIncome - logSum(terms) / power
}

/** The logarithm of what a bundle costs. */
const logValue = (prices: ArrayLike<number>, bundle: ArrayLike<number>): number => {
  const terms = new Float64Array(prices.length)
  for (let j = 0; j < terms.length; j++)
    terms[j] = bundle[j] === 0 || prices[j] === 0 ? -Infinity : Math.log(prices[j]!) + Math.log(bundle[j]!)
  return logSum(terms)
}

/** The logarithms of what agents can spend at given prices. */
export const logIncomes = (market: FisherMarket | ExchangeEconomy, prices: ArrayLike<number>): ReadonlyArray<number> =>
  "budgets" in market
    ? market.budgets.map((each) => Math.log(Amount.toNumber(each)))
    : market.endowments.map((row) => logValue(prices, row.map(Amount.toNumber)))

/** The logarithms of what there is of each good. */
export const logSupplies = (market: FisherMarket | ExchangeEconomy): Float64Array =>
  "budgets" in market
    ? Float64Array.from(market.supplies, (each) => Math.log(Amount.toNumber(each)))
    : Float64Array.from(market.table[0] ?? [], (_, j) =>
        logSum(market.endowments.map((row) => Math.log(Amount.toNumber(row[j] ?? 0))))
      )

const excessOf = ({ allocation, prices }: Claim, supplies: Float64Array): number => {
  let worst = 0
  for (let j = 0; j < supplies.length; j++) {
    const given = logSum(allocation.map((bundle) => Math.log(bundle[j]!)))
    if (supplies[j] === -Infinity) worst = given === -Infinity ? worst : Infinity
    else {
      const excess = Math.expm1(given - supplies[j]!)
      worst = Math.max(worst, prices[j] === 0 ? excess : Math.abs(excess))
    }
  }
  return worst
}

/** Judges a claim. */
export const judge = (market: FisherMarket | ExchangeEconomy, claim: Claim): Certificate => {
  const incomes = logIncomes(market, claim.prices)
  let overspending = 0
  let regret = 0
  for (const [i, taste] of tastesOf(market).entries()) {
    const income = incomes[i]!
    const bundle = claim.allocation[i]!
    const spent = logValue(claim.prices, bundle)
    if (spent > income) overspending = Math.max(overspending, Math.expm1(spent - income))
    const best = logBest(taste, claim.prices, income)
    const got = logUtility(taste, bundle)
    if (best === Infinity) regret = Infinity
    else if (got < best) regret = Math.max(regret, -Math.expm1(got - best))
  }
  return { excess: excessOf(claim, logSupplies(market)), overspending, regret }
}

/** Whether all three figures are within `tolerance`. */
export const holds = ({ excess, overspending, regret }: Certificate, tolerance: number): boolean =>
  excess <= tolerance && overspending <= tolerance && regret <= tolerance

/** The agents who would rather have another's bundle, each with the first such other: `[who, whose]`. */
export const envy = (
  wishes: Wishes,
  allocation: Claim["allocation"],
  tolerance: number
): ReadonlyArray<readonly [who: number, whose: number]> =>
  tastesOf(wishes).flatMap((taste, i) => {
    const own = logUtility(taste, allocation[i]!) + tolerance
    const whose = allocation.findIndex((bundle) => logUtility(taste, bundle) > own)
    return whose === -1 ? [] : [[i, whose] as const]
  })

/** The agents who would rather have kept what they owned. */
export const losers = (
  economy: ExchangeEconomy,
  allocation: Claim["allocation"],
  tolerance: number
): ReadonlyArray<number> =>
  tastesOf(economy).flatMap((taste, i) =>
    logUtility(taste, allocation[i]!) + tolerance <
    logUtility(taste, (economy.endowments[i] ?? []).map(Amount.toNumber))
      ? [i]
      : []
  )
