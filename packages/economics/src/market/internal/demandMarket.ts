/** CES and Leontief markets as demand systems, and their solutions as equilibria. */
import { Result } from "effect"
import * as Amount from "../../input/Amount.ts"
import type { Refusal } from "../../input/Refusal.ts"
import { scaled, settle } from "../Equilibrium.ts"
import type { Equilibrium } from "../Equilibrium.ts"
import { logSupplies } from "../EquilibriumCertificate.ts"
import { IllPosedMarket, NoEquilibrium, tableKey } from "../Market.ts"
import type { ExchangeEconomy, FisherMarket, Wishes } from "../Market.ts"
import { activeExchange, activeFisher, logTable, numbersOf, sharesOf } from "./active.ts"
import type { Active } from "./active.ts"
import { strongParts, weakParts } from "./components.ts"
import type { DemandSystem } from "./demand.ts"
import { solveDemand } from "./equilibriumPath.ts"
import type { DemandSolution } from "./equilibriumPath.ts"

/** Iterations of 100 × 100 take about a millisecond each; larger systems get fewer. */
const iterationsFor = (agents: number, goods: number): number =>
  Math.max(60, Math.min(3000, Math.floor(2e10 / (goods * goods * (agents + goods)))))

/** Below this excess demand values are as good as they get. */
const enough = 1e-11

const sigmasOf = ({ kind, sigma }: Wishes, agents: ReadonlyArray<number>): Float64Array =>
  Float64Array.from(agents, (i) => (kind === "ces" ? Amount.toNumber(sigma?.[i] ?? 0) : 0))

/** `log w` for goods in units of their supply: `w s^(σ−1)`. */
const weightsOf = (wishes: Wishes, active: Active, sigma: Float64Array, supplies: Float64Array): Float64Array => {
  const place = new Map(active.agents.map((agent, index) => [agent, index]))
  const columns = wishes.table[0]?.length ?? 0
  return logTable(numbersOf(wishes.table), columns, active, (agent) => sigma[place.get(agent)!]! - 1, supplies)
}

/** The largest excess demand at given values, relative to supplies; of goods with a value also excess supply. */
const excessAt = (system: DemandSystem, values: Float64Array): number => {
  const { agents, goods } = system
  const parts = demanded(system, values)
  let worst = 0
  for (let j = 0; j < goods; j++) {
    let sum = -1
    for (let i = 0; i < agents; i++) sum += parts[i * goods + j]!
    worst = Math.max(worst, values[j] === 0 ? sum : Math.abs(sum))
  }
  return worst
}

/** The system of some of the goods, the others being free; `undefined` if an agent wants nothing else. */
const restricted = (system: DemandSystem, kept: ReadonlyArray<number>): DemandSystem | undefined => {
  const { agents, goods, incomes, logWeights, sigma } = system
  const columns = (table: Float64Array) =>
    Float64Array.from({ length: agents * kept.length }, (_, at) => {
      const i = Math.floor(at / kept.length)
      return table[i * goods + kept[at % kept.length]!]!
    })
  const weights = columns(logWeights)
  for (let i = 0; i < agents; i++)
    if (weights.subarray(i * kept.length, (i + 1) * kept.length).every((log) => log === -Infinity)) return undefined
  return {
    agents,
    goods: kept.length,
    logWeights: weights,
    sigma,
    incomes: "fixed" in incomes ? incomes : { shares: columns(incomes.shares) }
  }
}

/**
 * Values of goods. Of complements, those that are left over, or just used up, at next to no price are given for nothing, and
 * the rest is solved without them; whatever clears markets best is taken. Those who want a free good without a bound, as
 * everybody with an income does under CES, are told by their excess demand.
 */
const settledValues = (system: DemandSystem, { state, tax }: DemandSolution, { kind }: Wishes): Float64Array => {
  let best = state.y
  if (tax === 0 || (kind === "ces" && "fixed" in system.incomes)) return best
  let excess = excessAt(system, best)
  // On the path every good is worth at least the tax; what is in excess supply is worth little more.
  for (const border of [1e-9, 1e-5]) {
    if (excess <= enough) return best
    const kept = [...state.y.keys()].filter((j) => state.y[j]! >= border)
    const rest = kept.length === 0 ? undefined : restricted(system, kept)
    if (rest === undefined) continue
    const values = new Float64Array(system.goods)
    const solved = solveDemand(rest, 200).state.y
    for (const [at, j] of kept.entries()) values[j] = solved[at]!
    const now = excessAt(system, values)
    if (now < excess) {
      best = values
      excess = now
    }
  }
  return best
}

/** The part of the supply of each good that each agent demands at given values (row-major). */
const demanded = ({ agents, goods, incomes, logWeights, sigma }: DemandSystem, values: Float64Array): Float64Array => {
  const logs = values.map(Math.log)
  const parts = new Float64Array(agents * goods)
  const worth = new Float64Array(goods)
  for (let i = 0; i < agents; i++) {
    const base = i * goods
    let income = 0
    if ("fixed" in incomes) income = incomes.fixed[i]!
    else for (let j = 0; j < goods; j++) income += incomes.shares[base + j]! * values[j]!
    let peak = -Infinity
    for (let j = 0; j < goods; j++) {
      worth[j] = logWeights[base + j]! + (1 - sigma[i]!) * logs[j]!
      if (worth[j]! > peak) peak = worth[j]!
    }
    // Nothing to spend; or all that it wants is free: no bundle is best, and the certificate says so. Of substitutes one that
    // is free is too much (an infinite peak), and what follows is not a number.
    if (peak === -Infinity || (income === 0 && peak < Infinity)) continue
    let sum = 0
    for (let j = 0; j < goods; j++) sum += Math.exp(worth[j]! - peak)
    for (let j = 0; j < goods; j++) {
      if (logWeights[base + j] === -Infinity) continue
      // A good without a price has an infinite logarithm; Leontief demand does not ask for it.
      const discount = sigma[i] === 0 ? 0 : sigma[i]! * logs[j]!
      parts[base + j] = (income * Math.exp(logWeights[base + j]! - discount - peak)) / sum
    }
  }
  return parts
}

const allocationOf = (
  rows: number,
  columns: number,
  pieces: ReadonlyArray<{ readonly active: Active; readonly parts: Float64Array }>,
  supplies: Float64Array
): ReadonlyArray<Float64Array> => {
  const allocation = Array.from({ length: rows }, () => new Float64Array(columns))
  for (const { active, parts } of pieces)
    for (const [a, i] of active.agents.entries())
      for (const [g, j] of active.goods.entries())
        allocation[i]![j] = parts[a * active.goods.length + g]! * supplies[j]!
  return allocation
}

const methodOf = (name: string, isPath: boolean): string => (isPath ? `${name}, tax homotopy` : `${name}, newton`)

/** An agent without a budget who can take as much as it likes, so that there is no equilibrium. */
const freeRider = ({ budgets, kind, table }: FisherMarket, prices: Float64Array): Refusal | undefined => {
  const rider = table.findIndex((row, i) => {
    const wishes = [...row.keys()].filter((j) => Amount.toNumber(row[j]!) > 0)
    return Amount.toNumber(budgets[i]!) === 0 && wishes.length > 0 && wishes.every((j) => prices[j] === 0)
  })
  return rider === -1
    ? undefined
    : new IllPosedMarket({
        path: [tableKey(kind), rider],
        because: "has no budget and wants only goods that are left over, so its demand has no bound"
      })
}

/** The equilibrium of a CES or Leontief Fisher market; prices are unique but for Leontief, where the path's end is given. */
export const fisherDemand = (market: FisherMarket): Result.Result<Equilibrium, Refusal> =>
  Result.flatMap(activeFisher(market), (active) => {
    const { agents, goods } = active
    const supplies = Float64Array.from(market.supplies, Amount.toNumber)
    const sigma = sigmasOf(market, agents)
    const { shares, total, unit } = sharesOf(agents.map((i) => Amount.toNumber(market.budgets[i]!)))
    const system: DemandSystem = {
      agents: agents.length,
      goods: goods.length,
      logWeights: weightsOf(market, active, sigma, logSupplies(market)),
      sigma,
      incomes: { fixed: shares }
    }
    const solution = solveDemand(system, iterationsFor(agents.length, goods.length))
    const values = settledValues(system, solution, market)
    const prices = new Float64Array(supplies.length)
    for (const [g, j] of goods.entries()) prices[j] = scaled(values[g]! * total, unit, supplies[j]!)
    const refusal = freeRider(market, prices)
    if (refusal !== undefined) return Result.fail(refusal)
    const pieces = [{ active, parts: demanded(system, values) }]
    return settle(market, {
      prices,
      allocation: allocationOf(market.budgets.length, supplies.length, pieces, supplies),
      iterations: solution.iterations,
      method: methodOf("eisenberg-gale", solution.method === "homotopy")
    })
  })

/** The shares of the supply of each good that agents own, row-major. */
export const ownership = (economy: ExchangeEconomy, { agents, goods }: Active): Float64Array => {
  const owned = numbersOf(economy.endowments)
  const columns = economy.table[0]?.length ?? 0
  const result = new Float64Array(agents.length * goods.length)
  for (const [g, j] of goods.entries()) {
    const { shares } = sharesOf(agents.map((i) => owned[i * columns + j]!))
    for (let a = 0; a < agents.length; a++) result[a * goods.length + g] = shares[a]!
  }
  return result
}

/** Why an economy of gross substitutes has no equilibrium: somebody's goods are not worth what he wants from others. */
const disconnected = (economy: ExchangeEconomy, active: Active): Refusal | undefined => {
  if (sigmasOf(economy, active.agents).some((sigma) => sigma < 1)) return undefined
  const columns = economy.table[0]?.length ?? 0
  const table = numbersOf(economy.table)
  const owned = numbersOf(economy.endowments)
  const parts = strongParts(
    active,
    (i, j) => table[i * columns + j]! > 0,
    (i, j) => owned[i * columns + j]! > 0
  )
  const open = parts.find((part) => !part.isClosed && part.agents.length > 0)
  return open === undefined
    ? undefined
    : new NoEquilibrium({
        path: [tableKey(economy.kind), open.agents[0] ?? 0],
        because: "wants goods of agents who, directly or through others, want nothing of what it owns"
      })
}

/** The equilibrium of a CES or Leontief exchange economy that the method comes to; there may be others. */
export const exchangeDemand = (economy: ExchangeEconomy): Result.Result<Equilibrium, Refusal> =>
  Result.flatMap(activeExchange(economy), (active) => {
    const refusal = disconnected(economy, active)
    if (refusal !== undefined) return Result.fail(refusal)
    const columns = economy.table[0]?.length ?? 0
    const table = numbersOf(economy.table)
    const owned = numbersOf(economy.endowments)
    const logs = logSupplies(economy)
    const prices = new Float64Array(columns)
    const pieces: Array<{ active: Active; parts: Float64Array }> = []
    const isLinked = (i: number, j: number) => table[i * columns + j]! > 0 || owned[i * columns + j]! > 0
    let iterations = 0
    let isPath = false
    for (const part of weakParts(active, isLinked)) {
      const sigma = sigmasOf(economy, part.agents)
      const system: DemandSystem = {
        agents: part.agents.length,
        goods: part.goods.length,
        logWeights: weightsOf(economy, part, sigma, logs),
        sigma,
        incomes: { shares: ownership(economy, part) }
      }
      const solution = solveDemand(system, iterationsFor(system.agents, system.goods))
      iterations += solution.iterations
      isPath ||= solution.method === "homotopy"
      const values = settledValues(system, solution, economy)
      pieces.push({ active: part, parts: demanded(system, values) })
      fillPrices(prices, part.goods, values, logs, part.goods.length / active.goods.length)
    }
    const supplies = logs.map(Math.exp)
    const method = methodOf("excess demand", isPath)
    return settle(economy, {
      prices,
      allocation: allocationOf(economy.table.length, columns, pieces, supplies),
      iterations,
      method
    })
  })

/** Prices of goods from the values of their supplies, with the sum `weight`; `NaN` where one is beyond the range of doubles. */
export const fillPrices = (
  prices: Float64Array,
  goods: ReadonlyArray<number>,
  values: Float64Array,
  logs: Float64Array,
  weight: number
): void => {
  const scale = goods.reduce(
    (least, j, g) => (values[g] === 0 ? least : Math.min(least, logs[j]! - Math.log(values[g]!))),
    Infinity
  )
  let sum = 0
  for (const [g, j] of goods.entries()) {
    const price = values[g]! * Math.exp(scale - logs[j]!)
    prices[j] = price === 0 && values[g]! > 0 ? Number.NaN : price
    sum += price
  }
  for (const j of goods) prices[j] = (prices[j]! * weight) / sum
}
