/** Which agents and goods matter in a market, and refusals for markets in which that question has no good answer. */
import { Result } from "effect"
import * as Amount from "../../input/Amount.ts"
import type { Refusal } from "../../input/Refusal.ts"
import { IllPosedMarket, NoEquilibrium, tableKey } from "../Market.ts"
import type { ExchangeEconomy, FisherMarket, Table, Wishes } from "../Market.ts"

/** Agents with an income and the goods that they want, by their places in the market. */
export interface Active {
  readonly agents: ReadonlyArray<number>
  readonly goods: ReadonlyArray<number>
}

/** A table as numbers, row-major. */
export const numbersOf = (table: Table): Float64Array => {
  const columns = table[0]?.length ?? 0
  const numbers = new Float64Array(table.length * columns)
  for (let i = 0; i < table.length; i++) {
    const row = table[i]!
    for (let j = 0; j < columns; j++) {
      const given = row[j]!
      numbers[i * columns + j] = typeof given === "number" ? given : Amount.toNumber(given)
    }
  }
  return numbers
}

/** The agents with money and the goods that one of them wants, or why the market makes no sense. */
export const activeFisher = (market: FisherMarket): Result.Result<Active, Refusal> => {
  const { budgets, kind, supplies } = market
  const key = tableKey(kind)
  const table = numbersOf(market.table)
  const goods = supplies.length
  const isWanted = new Uint8Array(goods)
  const agents: Array<number> = []
  for (let i = 0; i < budgets.length; i++) {
    if (Amount.toNumber(budgets[i]!) === 0) continue
    agents.push(i)
    let wishes = 0
    for (let j = 0; j < goods; j++)
      if (table[i * goods + j]! > 0) {
        isWanted[j] = 1
        wishes++
      }
    if (wishes === 0)
      return Result.fail(
        new IllPosedMarket({ path: [key, i], because: "has a budget and wants nothing to spend it on" })
      )
  }
  if (agents.length === 0)
    return Result.fail(new IllPosedMarket({ path: ["budgets"], because: "nobody has anything to spend" }))
  for (let j = 0; j < goods; j++)
    if (isWanted[j] === 1 && Amount.toNumber(supplies[j]!) === 0)
      return Result.fail(
        new IllPosedMarket({ path: ["supplies", j], because: "nothing is there of a good that is wanted" })
      )
  const wanted = new Set([...isWanted.keys()].filter((j) => isWanted[j] === 1))
  if (wanted.size < goods)
    for (let i = 0; i < budgets.length; i++) {
      const wishes = [...isWanted.keys()].filter((j) => table[i * goods + j]! > 0)
      if (unsated(market, i, wishes, wanted))
        return Result.fail(
          new IllPosedMarket({
            path: [key, i, wishes.find((j) => !wanted.has(j)) ?? 0],
            because: "is wanted by agents without a budget alone, so no price is right"
          })
        )
    }
  return Result.succeed({ agents, goods: [...wanted] })
}

/**
 * The agents who own something that has a value and the goods that one of them wants, or why there is no equilibrium. An
 * agent's goods have a value if an agent whose goods have a value wants one.
 */
export const activeExchange = (economy: ExchangeEconomy): Result.Result<Active, Refusal> => {
  const key = tableKey(economy.kind)
  const table = numbersOf(economy.table)
  const owned = numbersOf(economy.endowments)
  const goods = economy.table[0]?.length ?? 0
  const everyGood = Array.from({ length: goods }, (_, j) => j)
  const wants = (i: number, j: number) => table[i * goods + j]! > 0
  const owns = (i: number, j: number) => owned[i * goods + j]! > 0
  const everyone = economy.table.map((_, i) => i)
  let agents = everyone.filter((i) => everyGood.some((j) => owns(i, j)))
  for (const i of agents)
    if (!everyGood.some((j) => wants(i, j)))
      return Result.fail(new IllPosedMarket({ path: [key, i], because: "owns something and wants nothing" }))
  let wanted: ReadonlySet<number> = new Set(everyGood)
  for (let before = -1; before !== agents.length;) {
    before = agents.length
    wanted = new Set(everyGood.filter((j) => agents.some((i) => wants(i, j))))
    agents = agents.filter((i) => everyGood.some((j) => owns(i, j) && wanted.has(j)))
  }
  if (agents.length === 0)
    return Result.fail(
      new NoEquilibrium({ path: ["endowments"], because: "nobody owns anything that another with an income wants" })
    )
  for (const j of wanted)
    if (!everyone.some((i) => owns(i, j))) {
      const who = agents.find((i) => wants(i, j)) ?? 0
      return Result.fail(new IllPosedMarket({ path: [key, who, j], because: "is wanted and nobody owns any" }))
    }
  const greedy = everyone.find((i) =>
    unsated(
      economy,
      i,
      everyGood.filter((j) => wants(i, j)),
      wanted
    )
  )
  if (greedy !== undefined)
    return Result.fail(
      new NoEquilibrium({
        path: [key, greedy],
        because: "wants a good that only agents without an income want, so no price is right"
      })
    )
  return Result.succeed({ agents, goods: [...wanted].sort((a, b) => a - b) })
}

/** Whether an agent without an income can raise its utility without end by goods that have no price. */
const unsated = (
  { kind, sigma }: Wishes,
  i: number,
  wishes: ReadonlyArray<number>,
  priced: ReadonlySet<number>
): boolean => {
  if (wishes.length === 0) return false
  const isSubstitute = kind === "linear" || (kind === "ces" && Amount.toNumber(sigma?.[i] ?? 0) > 1)
  return isSubstitute ? wishes.some((j) => !priced.has(j)) : !wishes.some((j) => priced.has(j))
}

/** The logarithms of the rows and columns of a table that matter, each column measured in units of its supply. */
export const logTable = (
  table: Float64Array,
  columns: number,
  { agents, goods }: Active,
  /** What the logarithm of the supply is multiplied by, for an agent. */
  power: (agent: number) => number,
  logSupplies: Float64Array
): Float64Array => {
  const logs = new Float64Array(agents.length * goods.length)
  let at = 0
  for (const i of agents) {
    const lever = power(i)
    for (const j of goods) {
      const value = table[i * columns + j]!
      logs[at++] = value === 0 ? -Infinity : Math.log(value) + lever * logSupplies[j]!
    }
  }
  return logs
}

/** Amounts divided by their sum, which is `total × unit`; the sum itself may be beyond the range of doubles. */
export const sharesOf = (amounts: ArrayLike<number>): { shares: Float64Array; total: number; unit: number } => {
  let unit = 0
  for (let i = 0; i < amounts.length; i++) if (amounts[i]! > unit) unit = amounts[i]!
  const shares = new Float64Array(amounts.length)
  let total = 0
  if (unit > 0)
    for (let i = 0; i < amounts.length; i++) {
      shares[i] = amounts[i]! / unit
      total += shares[i]!
    }
  if (total > 0) for (let i = 0; i < shares.length; i++) shares[i]! /= total
  return { shares, total, unit }
}
