/**
 * Judges a claimed equilibrium from the definitions alone: everybody gets the best it can pay for, and markets clear.
 *
 * **Guarantees** Knows nothing of how the claim was found. Reckons in logarithms wherever products may not do, so amounts from 1e-308 to 1e308 are judged
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
import { judged as judgedPlainly } from "./internal/plainCobbDouglas.ts"
import { logSum, logTotal, powerMean } from "./internal/powerMean.ts"

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

/**
 * The wishes of one agent, in logarithms: `−Infinity` for what it does not want. Those of Cobb–Douglas and CES are shares of
 * their sum.
 */
export interface Taste {
  readonly kind: Kind
  readonly logs: Float64Array
  /** `exp(logs)`, for Cobb–Douglas alone. */
  readonly shares: Float64Array
  readonly sigma: number
  /**
   * The part of the logarithm of every utility of this agent that its bundle has no part in: the sum of CES weights to the
   * power of `1/(σ−1)`, which next to σ = 1 is beyond all measure.
   */
  readonly level: number
}

const noShares = new Float64Array(0)

/** The tastes of all agents. */
export const tastesOf = (wishes: Wishes): ReadonlyArray<Taste> => wishes.table.map((_, i) => tasteOf(wishes, i))

/** Exponents of Cobb–Douglas are divided by their sum, so that utility is homogeneous. */
const tasteOf = ({ kind, sigma, table }: Wishes, i: number): Taste => {
  const row = table[i]!.map(Amount.toNumber)
  const logs = logsOf(row.length, (j) => row[j]!)
  const sum = kind === "cobb-douglas" || kind === "ces" ? logTotal(row, logs) : 0
  if (sum > -Infinity) for (let j = 0; j < logs.length; j++) logs[j]! -= sum
  const elasticity = kind === "ces" ? Amount.toNumber(sigma?.[i] ?? 0) : 0
  return {
    kind,
    logs,
    shares: kind === "cobb-douglas" ? logs.map(Math.exp) : noShares,
    sigma: elasticity,
    level: kind === "ces" && sum > -Infinity ? sum / (elasticity - 1) : 0
  }
}

const logsOf = (length: number, at: (index: number) => number): Float64Array => {
  const logs = new Float64Array(length)
  for (let j = 0; j < length; j++) logs[j] = Math.log(at(j))
  return logs
}

/** The logarithm of the utility of a bundle; `−Infinity` for 0. */
export const logUtility = (taste: Taste, bundle: ArrayLike<number>): number => taste.level + standing(taste, bundle)

/** `logUtility` without the level: what the bundles of one agent are compared by. */
const standing = (taste: Taste, bundle: ArrayLike<number>): number =>
  standingOfLogs(
    taste,
    logsOf(bundle.length, (j) => bundle[j]!)
  )

const standingOfLogs = ({ kind, logs, shares, sigma }: Taste, bundle: Float64Array): number => {
  const terms = kind === "linear" || kind === "ces" ? new Float64Array(logs.length).fill(-Infinity) : noShares
  let sum = 0
  let least = Infinity
  let wishes = 0
  for (let j = 0; j < logs.length; j++) {
    if (logs[j] === -Infinity) continue
    wishes++
    if (kind === "cobb-douglas") {
      // Nothing of a good is nothing at all, however small its exponent: one that is too small for doubles, too.
      if (bundle[j] === -Infinity) return -Infinity
      sum += shares[j]! * bundle[j]!
    } else if (kind === "leontief") least = Math.min(least, bundle[j]! - logs[j]!)
    else terms[j] = kind === "linear" ? logs[j]! + bundle[j]! : bundle[j]! - logs[j]!
  }
  if (wishes === 0) return -Infinity
  if (kind === "cobb-douglas") return sum
  if (kind === "leontief") return least
  return kind === "ces" ? powerMean(logs, terms, (sigma - 1) / sigma) : logSum(terms)
}

/** The logarithm of the most utility that income can buy; `Infinity` where something wanted is free for the taking. */
export const logBest = (taste: Taste, prices: ArrayLike<number>, logIncome: number): number =>
  taste.level +
  bestOfLogs(
    taste,
    logsOf(prices.length, (j) => prices[j]!),
    logIncome
  )

/** The best `standing`. */
const bestOfLogs = ({ kind, logs, shares, sigma }: Taste, prices: Float64Array, logIncome: number): number => {
  let free = 0
  let priced = 0
  for (let j = 0; j < logs.length; j++) {
    if (logs[j] === -Infinity) continue
    if (prices[j] === -Infinity) free++
    else priced++
  }
  if (free + priced === 0) return -Infinity
  const isSubstitute = kind === "linear" || (kind === "ces" && sigma > 1)
  if (priced === 0 || (free > 0 && isSubstitute)) return Infinity
  if (logIncome === -Infinity) return -Infinity
  if (free > 0 && kind === "cobb-douglas") return Infinity
  let best = -Infinity
  let sum = 0
  if (kind === "linear") {
    for (let j = 0; j < logs.length; j++) if (logs[j]! > -Infinity) best = Math.max(best, logs[j]! - prices[j]!)
    return logIncome + best
  }
  if (kind === "cobb-douglas") {
    for (let j = 0; j < logs.length; j++)
      if (logs[j]! > -Infinity) sum += shares[j]! * (logs[j]! + logIncome - prices[j]!)
    return sum
  }
  return logIncome - (kind === "leontief" ? logValue(prices, logs) : powerMean(logs, prices, 1 - sigma))
}

/** The logarithm of what a bundle costs, both in logarithms. */
const logValue = (prices: Float64Array, bundle: Float64Array): number => {
  const terms = new Float64Array(prices.length)
  for (let j = 0; j < terms.length; j++) terms[j] = prices[j]! + bundle[j]!
  return logSum(terms)
}

/** The logarithms of what agents can spend at given prices. */
export const logIncomes = (
  market: FisherMarket | ExchangeEconomy,
  prices: ArrayLike<number>
): ReadonlyArray<number> => {
  if ("budgets" in market) return market.budgets.map((each) => Math.log(Amount.toNumber(each)))
  const logPrices = logsOf(prices.length, (j) => prices[j]!)
  return market.endowments.map((row) =>
    logValue(
      logPrices,
      logsOf(row.length, (j) => Amount.toNumber(row[j]!))
    )
  )
}

/** For each column the logarithm of the sum of what `rows` hold, which are logarithms. */
const logColumnSums = (rows: ReadonlyArray<Float64Array>, columns: number): Float64Array => {
  const peaks = new Float64Array(columns).fill(-Infinity)
  for (const row of rows) for (let j = 0; j < columns; j++) if (row[j]! > peaks[j]!) peaks[j] = row[j]!
  const sums = new Float64Array(columns)
  for (const row of rows)
    for (let j = 0; j < columns; j++) if (row[j]! > -Infinity) sums[j]! += Math.exp(row[j]! - peaks[j]!)
  return sums.map((sum, j) => (peaks[j] === -Infinity ? -Infinity : peaks[j]! + Math.log(sum)))
}

/** The logarithms of what there is of each good. */
export const logSupplies = (market: FisherMarket | ExchangeEconomy): Float64Array =>
  "budgets" in market
    ? logsOf(market.supplies.length, (j) => Amount.toNumber(market.supplies[j]!))
    : logColumnSums(
        market.endowments.map((row) => logsOf(row.length, (j) => Amount.toNumber(row[j]!))),
        market.table[0]?.length ?? 0
      )

const excessOf = ({ allocation, prices }: Claim, supplies: Float64Array): number => {
  const given = new Float64Array(supplies.length)
  for (const bundle of allocation) for (let j = 0; j < given.length; j++) given[j]! += bundle[j]!
  // Logarithms of sums only where the sums are beyond the range of doubles.
  const logs = given.includes(Infinity)
    ? logColumnSums(
        allocation.map((bundle) => logsOf(bundle.length, (j) => bundle[j]!)),
        given.length
      )
    : given.map(Math.log)
  let worst = 0
  for (let j = 0; j < supplies.length; j++) {
    if (supplies[j] === -Infinity) worst = logs[j] === -Infinity ? worst : Infinity
    else {
      const excess = Math.expm1(logs[j]! - supplies[j]!)
      worst = Math.max(worst, prices[j] === 0 ? excess : Math.abs(excess))
    }
  }
  return worst
}

/** Everything about one agent, in logarithms. */
interface Verdict {
  readonly spent: number
  readonly got: number
  /** The share of the best attainable utility that it misses; `NaN` of what is not a number, which is never an equilibrium. */
  readonly regret: number
}

const regretOf = (got: number, best: number): number =>
  best === Infinity ? Infinity : got >= best ? 0 : -Math.expm1(got - best)

const verdictOf = (wishes: Wishes, i: number, bundle: ArrayLike<number>, prices: Prices, income: number): Verdict => {
  if (wishes.kind === "cobb-douglas") {
    const judged = judgedPlainly(wishes.table[i]!, prices.plain, bundle, Math.exp(income))
    if (judged !== undefined) {
      const { cost, logUtility: got, missed } = judged
      return { spent: Math.log(cost), got, regret: regretOf(-missed, 0) }
    }
  }
  const taste = tasteOf(wishes, i)
  const logs = logsOf(bundle.length, (j) => bundle[j]!)
  const got = standingOfLogs(taste, logs)
  return {
    spent: logValue(prices.logs, logs),
    got: taste.level + got,
    regret: regretOf(got, bestOfLogs(taste, prices.logs, income))
  }
}

interface Prices {
  readonly plain: ArrayLike<number>
  readonly logs: Float64Array
}

/** Judges a claim, and tells the logarithms of the utilities that agents get. */
export const appraise = (
  market: FisherMarket | ExchangeEconomy,
  claim: Claim
): { readonly certificate: Certificate; readonly logUtilities: Float64Array } => {
  const incomes = logIncomes(market, claim.prices)
  const prices = { plain: claim.prices, logs: logsOf(claim.prices.length, (j) => claim.prices[j]!) }
  const logUtilities = new Float64Array(market.table.length)
  let overspending = 0
  let regret = 0
  for (let i = 0; i < logUtilities.length; i++) {
    const income = incomes[i]!
    const verdict = verdictOf(market, i, claim.allocation[i]!, prices, income)
    // What is not a number is never an equilibrium.
    if (!(verdict.spent <= income)) overspending = Math.max(overspending, Math.expm1(verdict.spent - income))
    logUtilities[i] = verdict.got
    regret = Math.max(regret, verdict.regret)
  }
  const excess = excessOf(claim, logSupplies(market))
  return { certificate: { excess, overspending, regret }, logUtilities }
}

/** Judges a claim. */
export const judge = (market: FisherMarket | ExchangeEconomy, claim: Claim): Certificate =>
  appraise(market, claim).certificate

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
    const own = standing(taste, allocation[i]!) + tolerance
    const whose = allocation.findIndex((bundle) => standing(taste, bundle) > own)
    return whose === -1 ? [] : [[i, whose] as const]
  })

/** The agents who would rather have kept what they owned. */
export const losers = (
  economy: ExchangeEconomy,
  allocation: Claim["allocation"],
  tolerance: number
): ReadonlyArray<number> =>
  tastesOf(economy).flatMap((taste, i) =>
    standing(taste, allocation[i]!) + tolerance < standing(taste, (economy.endowments[i] ?? []).map(Amount.toNumber))
      ? [i]
      : []
  )
