/**
 * The call market: orders are collected and cleared at one moment and at one price that makes the volume as large as
 * possible, as in the opening auctions of stock exchanges.
 *
 * At a price, whoever bids it or more wants to buy and whoever asks it or less wants to sell; market orders always do. The
 * volume is filled by price–time priority: market orders first, then the better price, then the earlier order. `clearing` spans
 * the limits at which the volume is the largest and no limit order that is strictly better than the price is left unfilled.
 * The price is its midpoint.
 *
 * Market orders have no price to offer. If they are all that bounds one end of the interval, the other end is the price; if
 * there are market orders alone, nothing is traded. In `gainsFromTrade` a market order counts as worth the price.
 *
 * **Guarantees** Every fill is at a price that the order accepts; what is bought is sold. Quantities may be fractions, and
 * an order at the margin may be filled in part.
 *
 * **Does not guarantee** Honesty: the orders at the margin move the price. That market orders are filled whole: they come
 * first, but there may be too little on the other side.
 *
 * **Example**
 *
 * ```ts
 * import { CallMarket } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * const orders = [
 *   { id: "1", side: "buy", price: 12, qty: 5 },
 *   { id: "2", side: "buy", price: 10, qty: 5 },
 *   { id: "3", side: "sell", price: 8, qty: 4 },
 *   { id: "4", side: "sell", qty: 3 }
 * ]
 * const { decision } = Result.getOrThrow(CallMarket.calculator.solve({ orders }))
 * decision.price // => 10
 * decision.fills // => [{ id: "1", qty: 5 }, { id: "2", qty: 2 }, { id: "3", qty: 4 }, { id: "4", qty: 3 }]
 * ```
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import type { Answer, Calculator } from "../calculator/Calculator.ts"
import {
  Amount,
  type Arithmetic,
  doubles,
  type Given,
  isAmount,
  isExact,
  type Rational,
  rationals
} from "../input/Amount.ts"
import * as Refusal from "../input/Refusal.ts"
import * as CallOfDoubles from "../internal/callOfDoubles.ts"
import { DecimalSum } from "../internal/decimalSum.ts"
import { written } from "../internal/doubleAuction.ts"
import { encoder, exactly, fractionsOf, isTame, isWithin } from "../internal/exactly.ts"
import { ExactSum } from "../internal/exactSum.ts"
import * as WholeList from "../internal/wholeList.ts"
import * as CallProperties from "./CallProperties.ts"
import { isName, isQuantity, Name, type OutOfRange, overflow, Quantity, Side, tieBreak, unwieldy } from "./Exchange.ts"

/** The name of this mechanism. */
export const name = "call"

/** An order; without a price it is a market order. */
export const Order = Schema.Struct({
  id: Name,
  side: Side,
  price: Schema.optionalKey(Amount),
  qty: Quantity
})
export type Order = typeof Order.Type

const inputsOf = (orders: WholeList.List<Order>) => Schema.Struct({ orders })

/** Orders in time order. */
export const Inputs = inputsOf(Schema.Array(Order))
export type Inputs = typeof Inputs.Type

const isOrder = (input: object): boolean =>
  WholeList.hasOnly(input, "id", "side", "price", "qty") &&
  "id" in input &&
  "side" in input &&
  "qty" in input &&
  isName(input.id) &&
  (input.side === "buy" || input.side === "sell") &&
  (!("price" in input) || isAmount(input.price)) &&
  isQuantity(input.qty)

/** An order whose numbers are lifted. */
export interface Lifted<A> {
  readonly side: Side
  readonly price: A | undefined
  readonly qty: A
}

/** What clearing has led to. */
export interface Cleared<A> {
  /** `no-participants`: no orders. `no-trade`: no two that agree, or none that names a price. */
  readonly status: "cleared" | "no-trade" | "no-participants"
  readonly volume: A
  readonly clearing: { readonly low: A; readonly high: A } | undefined
  /** By position of the order; zero for the unfilled. */
  readonly fills: ReadonlyArray<A>
  /** Orders that would trade at the price and find nobody: at most one side has them. */
  readonly excess: { readonly side: Side; readonly qty: A } | undefined
}

/** Clears orders in time order. */
export const clear = <A>(arithmetic: Arithmetic<A>, orders: ReadonlyArray<Lifted<A>>): Cleared<A> => {
  const levels = distinct(arithmetic, orders)
  const placed = place(arithmetic, orders, levels)
  const volume = volumeOf(arithmetic, placed)
  if (arithmetic.compare(volume, arithmetic.zero) === 0) {
    const status = orders.length === 0 ? "no-participants" : "no-trade"
    return { status, volume, clearing: undefined, fills: orders.map(() => arithmetic.zero), excess: undefined }
  }
  const buys = ration(arithmetic, placed.buys, volume, -1)
  const sells = ration(arithmetic, placed.sells, volume, 1)
  const clearing = intervalOf(arithmetic, levels, placed, buys, sells)
  const excess = excessOf(arithmetic, levels, placed, buys, sells, clearing)
  return { status: "cleared", volume, clearing, fills: fillsOf(arithmetic, orders, placed.at, buys, sells), excess }
}

/** Limits in ascending order, each once. */
const distinct = <A>(arithmetic: Arithmetic<A>, orders: ReadonlyArray<Lifted<A>>): ReadonlyArray<A> => {
  const limits: Array<A> = []
  for (const { price } of orders) if (price !== undefined) limits.push(price)
  return distinctOf(arithmetic, limits.sort(arithmetic.compare))
}

const distinctOf = <A>({ compare }: Arithmetic<A>, sorted: Array<A>): ReadonlyArray<A> => {
  let kept = 0
  for (let i = 0; i < sorted.length; i++) {
    const limit = sorted[i]
    const last = sorted[kept - 1]
    if (limit !== undefined && (last === undefined || kept === 0 || compare(limit, last) > 0)) sorted[kept++] = limit
  }
  return sorted.slice(0, kept)
}

/** Quantities by level; the market orders of a side stand after the last level. */
interface Placed<A> {
  readonly buys: ReadonlyArray<A>
  readonly sells: ReadonlyArray<A>
  /** The level of each order. */
  readonly at: Int32Array
}

const place = <A>(
  { add, compare, zero }: Arithmetic<A>,
  orders: ReadonlyArray<Lifted<A>>,
  levels: ReadonlyArray<A>
): Placed<A> => {
  const market = levels.length
  const buys = new Array<A>(market + 1).fill(zero)
  const sells = new Array<A>(market + 1).fill(zero)
  const at = new Int32Array(orders.length)
  for (let i = 0; i < orders.length; i++) {
    const order = orders[i]
    if (order === undefined) continue
    let level = market
    if (order.price !== undefined) {
      let above = market
      for (level = 0; above - level > 1;) {
        const middle = (level + above) >> 1
        if (compare(levels[middle] ?? zero, order.price) <= 0) level = middle
        else above = middle
      }
    }
    at[i] = level
    const side = order.side === "buy" ? buys : sells
    side[level] = add(side[level] ?? zero, order.qty)
  }
  return { buys, sells, at }
}

/** The largest volume. Demand and supply change at limits only, and no price between two limits has more than both. */
const volumeOf = <A>({ add, compare, subtract, zero }: Arithmetic<A>, { buys, sells }: Placed<A>): A => {
  let demand = buys.reduce(add, zero)
  let supply = sells.at(-1) ?? zero
  let volume = zero
  for (let level = 0; level < buys.length - 1; level++) {
    supply = add(supply, sells[level] ?? zero)
    const traded = compare(demand, supply) < 0 ? demand : supply
    if (compare(traded, volume) > 0) volume = traded
    demand = subtract(demand, buys[level] ?? zero)
  }
  return volume
}

/** How much is filled at each level: market orders first, then the best; `step` 1 goes up the levels, -1 down. */
const ration = <A>(
  { compare, subtract, zero }: Arithmetic<A>,
  wanted: ReadonlyArray<A>,
  volume: A,
  step: 1 | -1
): ReadonlyArray<A> => {
  const market = wanted.length - 1
  const filled = wanted.map(() => zero)
  let left = volume
  const fill = (level: number) => {
    const want = wanted[level] ?? zero
    filled[level] = compare(want, left) < 0 ? want : left
    left = subtract(left, filled[level] ?? zero)
  }
  fill(market)
  for (let i = 0; i < market && compare(left, zero) > 0; i++) fill(step === 1 ? i : market - 1 - i)
  return filled
}

/** Filled buys and unfilled sells bound the price from above, filled sells and unfilled buys from below. */
const intervalOf = <A>(
  { compare, zero }: Arithmetic<A>,
  levels: ReadonlyArray<A>,
  placed: Placed<A>,
  buys: ReadonlyArray<A>,
  sells: ReadonlyArray<A>
): { readonly low: A; readonly high: A } | undefined => {
  let low: A | undefined
  let high: A | undefined
  const isPositive = (value: A | undefined) => value !== undefined && compare(value, zero) > 0
  for (let level = 0; level < levels.length; level++) {
    const wants = compare(placed.buys[level] ?? zero, buys[level] ?? zero) > 0
    const offers = compare(placed.sells[level] ?? zero, sells[level] ?? zero) > 0
    if (isPositive(sells[level]) || wants) low = levels[level]
    if (high === undefined && (isPositive(buys[level]) || offers)) high = levels[level]
  }
  if (low === undefined && high === undefined) return undefined
  // An end without a limit is not bounded by anything that was said: the other end is the price.
  const bound = low ?? high ?? zero
  return { low: bound, high: high ?? bound }
}

const excessOf = <A>(
  { add, compare, subtract, zero }: Arithmetic<A>,
  levels: ReadonlyArray<A>,
  placed: Placed<A>,
  buys: ReadonlyArray<A>,
  sells: ReadonlyArray<A>,
  clearing: { readonly low: A; readonly high: A } | undefined
): Cleared<A>["excess"] => {
  if (clearing === undefined) return undefined
  const unfilled = (side: Side): A => {
    const [wanted, filled] = side === "buy" ? [placed.buys, buys] : [placed.sells, sells]
    return wanted.reduce((sum, want, level) => {
      const limit = levels[level]
      // The midpoint lies between both ends, so a limit at the far end is accepted only if the interval is a point.
      const accepts =
        limit === undefined || (side === "buy" ? compare(limit, clearing.high) >= 0 : compare(limit, clearing.low) <= 0)
      return accepts ? add(sum, subtract(want, filled[level] ?? zero)) : sum
    }, zero)
  }
  for (const side of ["buy", "sell"] as const) {
    const qty = unfilled(side)
    if (compare(qty, zero) > 0) return { side, qty }
  }
  return undefined
}

const fillsOf = <A>(
  { compare, subtract, zero }: Arithmetic<A>,
  orders: ReadonlyArray<Lifted<A>>,
  at: Int32Array,
  buys: ReadonlyArray<A>,
  sells: ReadonlyArray<A>
): ReadonlyArray<A> => {
  const left = { buy: [...buys], sell: [...sells] }
  return orders.map(({ qty, side }, i) => {
    const level = at[i] ?? 0
    const rest = left[side][level] ?? zero
    const filled = compare(qty, rest) < 0 ? qty : rest
    left[side][level] = subtract(rest, filled)
    return filled
  })
}

// --- from outside ----------------------------------------------------------------------------------------------------

/** A cleared market with its price and gains. */
export interface Settled {
  readonly status: Cleared<never>["status"]
  readonly volume: Rational
  readonly clearing: { readonly low: Rational; readonly high: Rational } | undefined
  readonly price: Rational | undefined
  /** Whether fractions were reckoned with. */
  readonly isExact: boolean
  /** What was filled of each order, by its position; absent where nothing was traded. */
  readonly byPosition: ArrayLike<Rational | number> | undefined
  /** Filled orders in order of arrival. */
  readonly fills: ReadonlyArray<{ readonly id: string; readonly qty: Given }>
  readonly excess: { readonly side: Side; readonly qty: Given } | undefined
  readonly gains: Rational | number
}

/** Clears judged orders. Whole quantities whose sum doubles hold are cleared in doubles, all others exactly. */
export const decide = ({ orders }: Inputs): Settled => {
  const market = CallOfDoubles.read(orders)
  return market === undefined ? settleExactly(orders) : settleInDoubles(orders, market)
}

const untraded = (orders: ReadonlyArray<Order>, isExact: boolean): Settled => ({
  isExact,
  byPosition: undefined,
  status: orders.length === 0 ? "no-participants" : "no-trade",
  volume: rationals.zero,
  clearing: undefined,
  price: undefined,
  fills: [],
  excess: undefined,
  gains: rationals.zero
})

const settleInDoubles = (orders: ReadonlyArray<Order>, market: CallOfDoubles.Market): Settled => {
  const cleared = CallOfDoubles.clear(market)
  if (cleared === undefined) return untraded(orders, false)
  const { excess, fills } = cleared
  const clearing = { low: exactly(cleared.low), high: exactly(cleared.high) }
  const price = clearing.low.add(clearing.high).div(2)
  return {
    isExact: false,
    byPosition: fills,
    status: "cleared",
    volume: exactly(cleared.volume),
    clearing,
    price,
    fills: filledOf(orders, fills),
    excess: excess === 0 ? undefined : { side: excess > 0 ? "buy" : "sell", qty: Math.abs(excess) },
    gains: gainsIn(orders, market, fills, price)
  }
}

const filledOf = (orders: ReadonlyArray<Order>, byPosition: Float64Array): Settled["fills"] => {
  const fills: Array<{ readonly id: string; readonly qty: Given }> = []
  for (let i = 0; i < byPosition.length; i++) {
    const filled = byPosition[i]!
    if (filled === 0) continue
    // A small integer is kept without a box, which halves the time of this loop.
    const qty = filled | 0
    fills.push({ id: orders[i]!.id, qty: qty === filled ? qty : filled })
  }
  return fills
}

/** What those who buy would have paid at most, less what those who sell would have taken at least. */
const gainsIn = (
  orders: ReadonlyArray<Order>,
  { buys, sells }: CallOfDoubles.Market,
  fills: Float64Array,
  price: Rational
): Rational | number => {
  const decimals = new DecimalSum()
  const add = ({ appeal, at, count }: CallOfDoubles.Side): number => {
    let traded = 0
    for (let i = 0; i < count; i++) {
      const filled = fills[at[i]!]!
      if (filled === 0) continue
      decimals.add(appeal[i]!, filled)
      traded += filled
    }
    return traded
  }
  // Orders with a limit pay or take `net` in all from those without, at the price.
  const net = add(buys) - add(sells)
  return decimals.value?.sub(price.mul(net)) ?? gainsOfDoubles(orders, fills, price, net)
}

/** The same for limits of more digits, as sums of doubles. */
const gainsOfDoubles = (orders: ReadonlyArray<Order>, fills: Float64Array, price: Rational, net: number): number => {
  const sum = new ExactSum()
  for (let i = 0; i < orders.length; i++) {
    const order = orders[i]
    const filled = fills[i] ?? 0
    if (order?.price === undefined || filled === 0) continue
    sum.addProduct(Number(order.price), order.side === "buy" ? filled : -filled)
  }
  if (net !== 0) sum.addProduct(rationals.toNumber(price), -net)
  return sum.value
}

const settleExactly = (orders: ReadonlyArray<Order>): Settled => {
  const lifted = orders.map(({ price, qty, side }) => ({
    side,
    price: price === undefined ? undefined : exactly(price),
    qty: exactly(qty)
  }))
  const { clearing, excess, fills, status, volume } = clear<Rational>(rationals, lifted)
  if (clearing === undefined) return untraded(orders, true)
  const quantity = encoder(isExact(orders.map(({ qty }) => qty)))
  const price = clearing.low.add(clearing.high).div(2)
  return {
    isExact: true,
    byPosition: fills,
    status,
    volume,
    clearing,
    price,
    fills: orders.flatMap(({ id }, i) => {
      const filled = fills[i] ?? rationals.zero
      return filled.n > 0n ? [{ id, qty: quantity(filled) }] : []
    }),
    excess: excess === undefined ? undefined : { side: excess.side, qty: quantity(excess.qty) },
    gains: gainsOfRationals(lifted, fills, price)
  }
}

const gainsOfRationals = (
  orders: ReadonlyArray<Lifted<Rational>>,
  fills: ReadonlyArray<Rational>,
  price: Rational
): Rational =>
  orders.reduce((sum, order, i) => {
    const filled = fills[i]
    if (order.price === undefined || filled === undefined || filled.n === 0n) return sum
    return sum.add((order.side === "buy" ? order.price.sub(price) : price.sub(order.price)).mul(filled))
  }, rationals.zero)

const decodeOrders = WholeList.decode(isOrder, Order, inputsOf)

/** Decodes orders from outside; each id stands once. */
export const decode = (input: unknown): Result.Result<Inputs, Refusal.Common | OutOfRange> =>
  Result.flatMap(decodeOrders(input), (inputs): Result.Result<Inputs, Refusal.Common | OutOfRange> => {
    const { orders } = inputs
    const duplicate = Refusal.duplicateOf(
      orders.map((it) => it.id),
      (index) => ["orders", index, "id"]
    )
    if (duplicate !== undefined) return Result.fail(duplicate)
    const given = orders.flatMap((it) => (it.price === undefined ? [it.qty] : [it.price, it.qty]))
    return isTame(fractionsOf(given)) ? Result.succeed(inputs) : Result.fail(unwieldy())
  })

const limitsOf = ({ orders }: Inputs): ReadonlyArray<Given> =>
  orders.flatMap(({ price }) => (price === undefined ? [] : [price]))

/** An outcome as the checkers see it. */
const outcomeOf = <A>(
  orders: ReadonlyArray<Order>,
  price: A | undefined,
  lift: (given: Given) => A,
  filled: (position: number) => A
): CallProperties.Outcome<A> => ({
  price,
  orders: orders.map(({ price: limit, qty, side }, position) => ({
    side,
    price: limit === undefined ? undefined : lift(limit),
    qty: lift(qty),
    filled: filled(position)
  }))
})

/** The market as the search for deviations runs it. */
const run: CallProperties.Run = (orders) => {
  const { clearing, fills } = clear<Rational>(rationals, orders)
  return {
    price: clearing?.low.add(clearing.high).div(2),
    orders: orders.map((order, index) => ({ ...order, filled: fills[index] ?? rationals.zero }))
  }
}

const propertiesOf = ({ orders }: Inputs, { byPosition, isExact, price }: Settled): Answer["properties"] => {
  const isFew = orders.length <= CallProperties.searchedOrdersMax
  if (isExact || isFew) {
    const filled = (position: number) => {
      const fill = byPosition?.[position] ?? 0
      return typeof fill === "number" ? exactly(fill) : fill
    }
    const honest = outcomeOf(orders, price, exactly, filled)
    return CallProperties.findings(rationals, honest, isFew ? { run, honest } : undefined)
  }
  // Limits and the price are only compared, and rounding does not turn an order round.
  const at = price && rationals.toNumber(price)
  const outcome = outcomeOf(orders, at, Number, (position) => Number(byPosition?.[position] ?? 0))
  return CallProperties.findings(doubles, outcome, undefined)
}

/** `call` as a calculator. */
export const calculator: Calculator = {
  name,
  version: 1,
  solve: (input) =>
    Result.gen(function* () {
      const inputs = yield* decode(input)
      const settled = decide(inputs)
      const { clearing, fills, gains, price, volume } = settled
      const areTexts = isExact(inputs.orders.map((it) => it.qty))
      const amounts = yield* written(isExact(limitsOf(inputs)), {
        low: clearing?.low,
        high: clearing?.high,
        price,
        gains
      })
      if (!isWithin(areTexts, [volume])) return yield* Result.fail(overflow())
      return {
        decision: {
          volume: encoder(areTexts)(volume),
          price: amounts["price"] ?? null,
          clearing: clearing === undefined ? null : { low: amounts["low"] ?? null, high: amounts["high"] ?? null },
          fills: [...fills],
          gainsFromTrade: amounts["gains"] ?? null
        },
        tieBreak,
        properties: propertiesOf(inputs, settled)
      }
    })
}
