/**
 * Two-sided markets as plain data for pictures: supply and demand by quantity, the clearing, the depth of a book, the path of
 * its price.
 *
 * A curve is a list of corners, from the first unit on. Steps have two corners each, so that drawing straight lines from
 * corner to corner gives the steps. Figures are doubles: pictures need no more.
 *
 * **Example**
 *
 * ```ts
 * import { Curves } from "@mabeam/economics"
 *
 * const { demand, supply } = Curves.ofOrders([
 *   { side: "buy", price: 9, qty: 2 },
 *   { side: "buy", price: "7", qty: 1 },
 *   { side: "sell", price: 4, qty: 3 }
 * ])
 * demand // => [{ quantity: 0, price: 9 }, { quantity: 2, price: 9 }, { quantity: 2, price: 7 }, { quantity: 3, price: 7 }]
 * supply // => [{ quantity: 0, price: 4 }, { quantity: 3, price: 4 }]
 * ```
 *
 * @since 0.1.0
 */
import { type Given, type Rational, rationals, toNumber } from "../input/Amount.ts"
import type { Piece } from "../internal/schedules.ts"
import type { Side } from "./Exchange.ts"
import { type Inputs as Schedules, schedulesOf } from "./SupplyDemand.ts"
import type { Inputs as Traders } from "./UnitTrade.ts"

/** A corner of a curve. */
export interface Point {
  readonly quantity: number
  readonly price: number
}

/** Both curves of a market. */
export interface Curves {
  readonly demand: ReadonlyArray<Point>
  readonly supply: ReadonlyArray<Point>
}

/** The curves of orders; market orders, which have no price, are left out. */
export const ofOrders = (
  orders: ReadonlyArray<{ readonly side: Side; readonly price?: Given; readonly qty: Given }>
): Curves => {
  const of = (side: Side) =>
    orders.flatMap((it) =>
      it.side === side && it.price !== undefined ? [{ price: toNumber(it.price), qty: toNumber(it.qty) }] : []
    )
  return { demand: steps(of("buy"), -1), supply: steps(of("sell"), 1) }
}

/** The curves of traders who want or have one unit each. */
export const ofTraders = ({ buyers, sellers }: Traders): Curves => {
  const of = (side: Traders["buyers"]) => side.map((it) => ({ price: toNumber(it.amount), qty: 1 }))
  return { demand: steps(of(buyers), -1), supply: steps(of(sellers), 1) }
}

/** The curves of `supply-demand`, cut at `quantityMax` units; pieces that have no price are left out. */
export const ofSchedules = (inputs: Schedules, quantityMax: number): Curves => {
  const { demand, supply } = schedulesOf(inputs)
  return { demand: corners(demand, quantityMax), supply: corners(supply, quantityMax) }
}

const steps = (
  offers: ReadonlyArray<{ readonly price: number; readonly qty: number }>,
  sense: 1 | -1
): ReadonlyArray<Point> => {
  const points: Array<Point> = []
  let quantity = 0
  for (const { price, qty } of [...offers].sort(
    (a, b) => sense * (a.price < b.price ? -1 : a.price > b.price ? 1 : 0)
  )) {
    // Orders of one price are one step.
    if (points.at(-1)?.price === price) points.pop()
    else points.push({ quantity, price })
    quantity += qty
    points.push({ quantity, price })
  }
  return points
}

const corners = (pieces: ReadonlyArray<Piece>, quantityMax: number): ReadonlyArray<Point> => {
  const number = (value: Rational) => rationals.toNumber(value)
  const points: Array<Point> = []
  let quantity = 0
  for (const { price, slope, width } of pieces) {
    const from = quantity
    quantity = Math.min(quantityMax, width === undefined ? quantityMax : quantity + number(width))
    if (price !== undefined && quantity > from) {
      points.push({ quantity: from, price: number(price) })
      points.push({ quantity, price: number(price) + number(slope) * (quantity - from) })
    }
  }
  return points
}

/** The depth of a book: how much could be sold down to, or bought up to, each price. */
export const depth = (book: {
  readonly bids: ReadonlyArray<{ readonly price: Given; readonly qty: Given }>
  readonly asks: ReadonlyArray<{ readonly price: Given; readonly qty: Given }>
}): { readonly bids: ReadonlyArray<Point>; readonly asks: ReadonlyArray<Point> } => {
  const of = (side: typeof book.bids) => side.map((it) => ({ price: toNumber(it.price), qty: toNumber(it.qty) }))
  return { bids: steps(of(book.bids), -1), asks: steps(of(book.asks), 1) }
}

/** A moment of the price of a book. */
export interface Tick {
  readonly t: number
  readonly price: number
  /** How much was traded at this price in this moment. */
  readonly quantity: number
}

/** The price from trade to trade; trades of one moment at one price are one tick. */
export const path = (
  trades: ReadonlyArray<{ readonly t: number; readonly price: Given; readonly qty: Given }>
): ReadonlyArray<Tick> => {
  const ticks: Array<Tick> = []
  for (const { price: given, qty, t } of trades) {
    const price = toNumber(given)
    const last = ticks.at(-1)
    const isSame = last !== undefined && last.t === t && last.price === price
    const quantity = toNumber(qty) + (isSame ? last.quantity : 0)
    if (isSame) ticks.pop()
    ticks.push({ t, price, quantity })
  }
  return ticks
}
