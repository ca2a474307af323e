/**
 * Exchange economies of Cobb–Douglas agents; utilities as in `FisherCobbDouglas`.
 *
 * Every agent spends fixed shares of its income, so the values of goods are kept by a Markov chain that leads from each good
 * to its owners and on to what they buy (Gale 1960): `y_j = Σ_k y_k Σ_i (w_ik / s_k) a_ij`. Its stationary distribution is
 * found by repetition in doubles, or by the elimination of Grassmann, Taksar and Heyman; of text in whole numbers (Bareiss).
 *
 * **Guarantees** Prices that sum to 1, exactly if all amounts are text (`utilities` are roots, given as numbers). Where the
 * economy falls into parts that want nothing of each other, relative prices between the parts are free: each part's prices sum
 * to its share of the number of goods that have a price. Goods whose owners' customers are, in the end, none of theirs cost
 * 0; their owners have no income, and with a priced wish unfulfilled a utility of 0 whatever they keep. An agent
 * without income all of whose wishes are free has no best bundle: `NoEquilibrium`.
 *
 * **Does not guarantee** Text with more than 60 goods: `TooLarge`, since fractions grow with every good and agent. So is text
 * of so many or so long amounts that the figures of the answer, and so the time for it, have too many bits.
 *
 * **Example**
 *
 * ```ts
 * import { ExchangeCobbDouglas } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * const economy = { alpha: [["1", "1"], ["1", "2"]], endowments: [["1", "0"], ["0", "1"]] }
 * const { decision } = Result.getOrThrow(ExchangeCobbDouglas.calculator.solve(economy))
 * decision["prices"] // => ["0.4", "0.6"]
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
import type { Equilibrium, Exact, Found } from "./Equilibrium.ts"
import { logSupplies } from "./EquilibriumCertificate.ts"
import { exactShares } from "./FisherCobbDouglas.ts"
import { amountsOf, exchangeFrom, NoEquilibrium } from "./Market.ts"
import type { ExchangeEconomy } from "./Market.ts"
import { activeExchange, numbersOf, sharesOf } from "./internal/active.ts"
import type { Active } from "./internal/active.ts"
import { strongParts } from "./internal/components.ts"
import { fillPrices, ownership } from "./internal/demandMarket.ts"
import { overCommon } from "./internal/exactForest.ts"
import { tooLong } from "./internal/exactWork.ts"
import { stationary } from "./internal/stationary.ts"
import { bitsMax, wholePrices } from "./internal/wholePrices.ts"
import type { Part } from "./internal/wholePrices.ts"

/** Goods that an exact answer may have: 60. */
export const exactGoodsMax = 60

const repetitionsMax = 200

/** The goods that have a price, by parts that are closed under wishes and ownership; or why there is no equilibrium. */
const pricedParts = (economy: ExchangeEconomy, active: Active): Result.Result<ReadonlyArray<Active>, Refusal> => {
  const columns = economy.table[0]?.length ?? 0
  const table = numbersOf(economy.table)
  const owned = numbersOf(economy.endowments)
  const wants = (i: number, j: number) => table[i * columns + j]! > 0
  const parts = strongParts(active, wants, (i, j) => owned[i * columns + j]! > 0)
  const closed = parts.filter((part) => part.isClosed)
  const priced = new Set(closed.flatMap((part) => part.goods))
  const isGreedy = (row: ReadonlyArray<unknown>, i: number) => {
    const wishes = [...row.keys()].filter((j) => wants(i, j))
    return wishes.length > 0 && !wishes.some((j) => priced.has(j))
  }
  const greedy = economy.table.findIndex(isGreedy)
  return greedy === -1
    ? Result.succeed(closed)
    : Result.fail(
        new NoEquilibrium({
          path: ["alpha", greedy],
          because:
            "all that it wants belongs to agents without an income, who cannot sell at any price that they would ask"
        })
      )
}

/** The values of a part's goods, by repetition; `undefined` if that is too slow. */
const repeated = (
  spending: Float64Array,
  owned: Float64Array,
  agents: number,
  goods: number
): Float64Array | undefined => {
  let values = new Float64Array(goods).fill(1 / goods)
  let next = new Float64Array(goods)
  let before = Infinity
  for (let repetition = 0; repetition < repetitionsMax; repetition++) {
    next.fill(0)
    for (let i = 0; i < agents; i++) {
      const base = i * goods
      let income = 0
      for (let j = 0; j < goods; j++) income += owned[base + j]! * values[j]!
      for (let j = 0; j < goods; j++) next[j]! += income * spending[base + j]!
    }
    let change = 0
    for (let j = 0; j < goods; j++) change = Math.max(change, Math.abs(next[j]! - values[j]!) / next[j]!)
    const spare = values
    values = next
    next = spare
    // What is still missing is a geometric series of changes.
    if (change < 1e-15 || (change / before < 0.5 && change < 1e-14)) return values
    if (repetition > 20 && change > 0.9 * before) return undefined
    before = change
  }
  return undefined
}

const chainOf = (
  owned: ReadonlyArray<ReadonlyArray<number>>,
  spending: ReadonlyArray<ReadonlyArray<number>>
): ReadonlyArray<ReadonlyArray<number>> => {
  const goods = owned[0]?.length ?? 0
  const chain = Array.from({ length: goods }, () => new Array<number>(goods).fill(0))
  for (const [i, row] of owned.entries())
    for (let k = 0; k < goods; k++) for (let j = 0; j < goods; j++) chain[k]![j]! += row[k]! * spending[i]![j]!
  return chain
}

const rowsOf = (data: Float64Array, columns: number): ReadonlyArray<ReadonlyArray<number>> =>
  Array.from({ length: data.length / columns }, (_, i) => [...data.subarray(i * columns, (i + 1) * columns)])

const valuesInDoubles = (spending: Float64Array, owned: Float64Array, part: Active): Float64Array => {
  const goods = part.goods.length
  const quick = repeated(spending, owned, part.agents.length, goods)
  if (quick !== undefined) return quick
  const chain = chainOf(rowsOf(owned, goods), rowsOf(spending, goods))
  return Float64Array.from(
    stationary(Amount.doubles, chain, new Array<number>(goods).fill(1)),
    (value) => value / goods
  )
}

const inDoubles = (economy: ExchangeEconomy, parts: ReadonlyArray<Active>): Found => {
  const logs = logSupplies(economy)
  const supplies = logs.map(Math.exp)
  const prices = new Float64Array(logs.length)
  const allocation = economy.table.map(() => new Float64Array(logs.length))
  const priced = parts.reduce((sum, part) => sum + part.goods.length, 0)
  for (const part of parts) {
    const goods = part.goods.length
    const spending = new Float64Array(part.agents.length * goods)
    for (const [a, i] of part.agents.entries())
      spending.set(sharesOf(part.goods.map((j) => Amount.toNumber(economy.table[i]![j]!))).shares, a * goods)
    const owned = ownership(economy, part)
    const values = valuesInDoubles(spending, owned, part)
    fillPrices(prices, part.goods, values, logs, goods / priced)
    for (const [a, i] of part.agents.entries()) {
      let income = 0
      for (let g = 0; g < goods; g++) income += owned[a * goods + g]! * values[g]!
      for (const [g, j] of part.goods.entries())
        allocation[i]![j] = ((income * spending[a * goods + g]!) / values[g]!) * supplies[j]!
    }
  }
  return { prices, allocation, iterations: 0, method: "stationary values" }
}

/** A part in whole numbers, and how many of them are one of each good. */
interface Whole extends Part {
  readonly active: Active
  readonly units: ReadonlyArray<bigint>
}

/** A part in whole numbers: each row of wishes in a unit of its own, each good in one that makes what is owned whole. */
const wholeOf = (
  table: ExchangeEconomy["table"],
  endowments: ReadonlyArray<ReadonlyArray<Amount.Rational>>,
  active: Active
): Whole => {
  const { agents, goods } = active
  const wishes = agents.map((i) => overCommon(goods.map((j) => Amount.toRational(table[i]![j]!))).integers)
  const columns = goods.map((j) => overCommon(agents.map((i) => endowments[i]![j]!)))
  return {
    wishes,
    owned: agents.map((_, a) => columns.map(({ integers }) => integers[a]!)),
    active,
    units: columns.map(({ unit }) => unit)
  }
}

const inFractions = (
  economy: ExchangeEconomy,
  endowments: ReadonlyArray<ReadonlyArray<Amount.Rational>>,
  wholes: ReadonlyArray<Whole>
): Exact => {
  const { add, divide, multiply, zero } = Amount.rationals
  const columns = economy.table[0]?.length ?? 0
  const supplies = Array.from({ length: columns }, (_, j) => endowments.reduce((sum, row) => add(sum, row[j]!), zero))
  const prices = new Array<Amount.Rational>(columns).fill(zero)
  const allocation = economy.table.map(() => new Array<Amount.Rational>(columns).fill(zero))
  const priced = wholes.reduce((sum, { units }) => sum + units.length, 0)
  for (const whole of wholes) {
    const part = whole.active
    const spending = part.agents.map((i) => {
      const shares = exactShares(economy.table[i]!)
      return part.goods.map((j) => shares[j]!)
    })
    const owned = part.agents.map((i) => part.goods.map((j) => divide(endowments[i]![j]!, supplies[j]!)))
    const perUnit = wholePrices(whole).map((price, g) => new Fraction(price * whole.units[g]!))
    const values = perUnit.map((price, g) => multiply(price, supplies[part.goods[g]!]!))
    const scale = divide(Amount.toRational(part.goods.length), multiply(Amount.toRational(priced), perUnit.reduce(add)))
    for (const [g, j] of part.goods.entries()) prices[j] = multiply(perUnit[g]!, scale)
    for (const [a, i] of part.agents.entries()) {
      const income = values.reduce((sum, value, g) => add(sum, multiply(owned[a]![g]!, value)), zero)
      for (const [g, j] of part.goods.entries())
        allocation[i]![j] = divide(multiply(income, spending[a]![g]!), perUnit[g]!)
    }
  }
  return { prices, allocation }
}

/** Solves an economy that has been judged by `Market.exchangeFrom`. */
export const equilibrium = (economy: ExchangeEconomy): Result.Result<Equilibrium, Refusal> =>
  Result.flatMap(activeExchange(economy), (active) =>
    Result.flatMap(pricedParts(economy, active), (parts) => {
      if (!Amount.isExact(amountsOf(economy))) return settle(economy, inDoubles(economy, parts))
      if (active.goods.length > exactGoodsMax)
        return Result.fail(new TooLarge({ path: ["alpha", 0], size: active.goods.length, limit: exactGoodsMax }))
      const endowments = economy.endowments.map((row) => row.map(Amount.toRational))
      const wholes = parts.map((part) => wholeOf(economy.table, endowments, part))
      for (const whole of wholes) {
        const refusal = tooLong("alpha", bitsMax(whole), whole.owned.length * whole.units.length)
        if (refusal !== undefined) return Result.fail(refusal)
      }
      const exact = inFractions(economy, endowments, wholes)
      return settle(economy, {
        prices: Float64Array.from(exact.prices, Amount.rationals.toNumber),
        allocation: exact.allocation.map((row) => Float64Array.from(row, Amount.rationals.toNumber)),
        iterations: 0,
        method: "stationary values, exact",
        exact
      })
    })
  )

/** The calculator of this kind. */
export const calculator: Calculator = {
  name: "exchange-cobb-douglas",
  version: 1,
  solve: (input) =>
    Result.flatMap(exchangeFrom("cobb-douglas", input), (economy) =>
      Result.map(equilibrium(economy), (found) => answerOf(economy, found))
    )
}
