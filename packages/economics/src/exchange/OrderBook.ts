/**
 * A continuous limit order book: an order trades at once with the best of the other side, at the prices of those who
 * waited, by price–time priority; what is left of a limit order waits, what is left of a market order lapses.
 *
 * This is the live state, changed in place: it belongs to one owner. `BookSession` is the same book as a pure `step`, `Book`
 * replays a log of it.
 *
 * **Guarantees** After every operation the best bid is below the best ask. Of equal prices the earlier order trades first, and
 * keeps its place when it is filled in part. What one side gets the other gives. A refused operation changes nothing. Time
 * per operation is logarithmic in the number of price levels, plus constant for every order that it fills; cancelling the
 * last order of a level is logarithmic, every other cancellation takes constant time.
 *
 * **Does not guarantee** Anything about who owns orders: one person may trade with themselves. In doubles, quantities are
 * whole units up to 2^53 − 1; for fractions make the book over `Amount.rationals`.
 *
 * **Example**
 *
 * ```ts
 * import { Amount, OrderBook } from "@mabeam/economics"
 *
 * const book = OrderBook.make(Amount.doubles)
 * book.limit("1", "sell", 10, 5) // => []
 * book.limit("2", "sell", 9, 3) // => []
 * book.limit("3", "buy", 10, 4) // => [{ buy: "3", sell: "2", price: 9, qty: 3 }, { buy: "3", sell: "1", price: 10, qty: 1 }]
 * book.orders("sell") // => [{ id: "1", price: 10, qty: 4 }]
 * book.cancel("2") // => "not resting"
 * ```
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import type { Arithmetic } from "../input/Amount.ts"
import { dequeue, enqueue, Ladder, type Level, type Resting } from "../internal/ladder.ts"
import type { Side } from "./Exchange.ts"

/** Why an operation was refused. */
export const Reason = Schema.Literals([
  "duplicate id",
  "unknown order",
  /** The order was there and is filled, lapsed or cancelled. */
  "not resting",
  "invalid price",
  "invalid quantity",
  "full"
])
export type Reason = typeof Reason.Type

/** A trade at the price of the order that waited. */
export interface Fill<A> {
  readonly buy: string
  readonly sell: string
  readonly price: A
  readonly qty: A
}

/** An order in the book. */
export interface Waiting<A> {
  readonly id: string
  readonly price: A
  /** What is still wanted or offered. */
  readonly qty: A
}

/** The most orders that a book takes in its life unless told otherwise. */
export const ordersMax = 1_000_000

/** Limits of a book. */
export interface Options {
  /** The most orders that a book takes in its life, since it remembers their ids; the next is refused as `full`. Default 1,000,000. */
  readonly ordersMax?: number | undefined
}

/** The live state. */
export interface OrderBook<A> {
  /** Trades what it can at `price` or better; the rest waits. */
  readonly limit: (id: string, side: Side, price: A, qty: A) => ReadonlyArray<Fill<A>> | Reason
  /** Trades what it can at any price; the rest lapses. */
  readonly market: (id: string, side: Side, qty: A) => ReadonlyArray<Fill<A>> | Reason
  /** Takes an order out; gives what was left of it. */
  readonly cancel: (id: string) => Waiting<A> | Reason
  /** The order, if it waits. */
  readonly lookup: (id: string) => (Waiting<A> & { readonly side: Side }) | undefined
  /** Whether an order of this id has ever been taken. */
  readonly knows: (id: string) => boolean
  /** The best price of a side; `buy` has the bids. */
  readonly best: (side: Side) => A | undefined
  /** Waiting orders by priority, at most `count`. */
  readonly orders: (side: Side, count?: number) => ReadonlyArray<Waiting<A>>
  /** Quantities by price, best first, at most `count` levels. */
  readonly depth: (side: Side, count?: number) => ReadonlyArray<{ readonly price: A; readonly qty: A }>
}

const none: ReadonlyArray<never> = []

/** An empty book. */
export const make = <A>(arithmetic: Arithmetic<A>, options: Options = {}): OrderBook<A> => {
  const { compare, subtract, zero } = arithmetic
  const capacity = options.ordersMax ?? ordersMax
  const sides = { buy: new Ladder<A>((a, b) => compare(b, a)), sell: new Ladder<A>(compare) }
  // An id stays when its order is gone, so that it is never taken twice.
  const known = new Map<string, Resting<A> | undefined>()

  const offence = (id: string, price: A, qty: A): Reason | undefined => {
    if (known.has(id)) return "duplicate id"
    if (known.size >= capacity) return "full"
    if (!arithmetic.isExact && !Number.isFinite(arithmetic.toNumber(price))) return "invalid price"
    if (compare(price, zero) < 0) return "invalid price"
    if (!arithmetic.isExact && !Number.isSafeInteger(arithmetic.toNumber(qty))) return "invalid quantity"
    return compare(qty, zero) > 0 ? undefined : "invalid quantity"
  }

  const takeOut = (order: Resting<A>): void => {
    dequeue(order)
    known.set(order.id, undefined)
    if (order.level.first === undefined) sides[order.side].remove(order.level)
  }

  /** Trades with the best of the other side while the price is acceptable; gives what is left. */
  const match = (id: string, side: Side, limit: A | undefined, qty: A, fills: Array<Fill<A>>): A => {
    const other = side === "buy" ? sides.sell : sides.buy
    let left = qty
    for (let level = other.best; level !== undefined && compare(left, zero) > 0; level = other.best) {
      const distance = limit === undefined ? 0 : compare(level.price, limit)
      if (side === "buy" ? distance > 0 : distance < 0) break
      const resting = level.first
      if (resting === undefined) break
      const traded = compare(left, resting.left) < 0 ? left : resting.left
      fills.push(
        side === "buy"
          ? { buy: id, sell: resting.id, price: level.price, qty: traded }
          : { buy: resting.id, sell: id, price: level.price, qty: traded }
      )
      left = subtract(left, traded)
      resting.left = subtract(resting.left, traded)
      if (compare(resting.left, zero) === 0) takeOut(resting)
    }
    return left
  }

  return {
    limit: (id, side, price, qty) => {
      const refused = offence(id, price, qty)
      if (refused !== undefined) return refused
      const fills: Array<Fill<A>> = []
      const left = match(id, side, price, qty, fills)
      if (compare(left, zero) > 0) {
        const order = { id, side, left, level: sides[side].at(price), previous: undefined, next: undefined }
        enqueue(order)
        known.set(id, order)
      } else known.set(id, undefined)
      return fills
    },
    market: (id, side, qty) => {
      const refused = offence(id, zero, qty)
      if (refused !== undefined) return refused
      known.set(id, undefined)
      const fills: Array<Fill<A>> = []
      match(id, side, undefined, qty, fills)
      return fills.length === 0 ? none : fills
    },
    cancel: (id) => {
      const order = known.get(id)
      if (order === undefined) return known.has(id) ? "not resting" : "unknown order"
      takeOut(order)
      return { id, price: order.level.price, qty: order.left }
    },
    lookup: (id) => {
      const order = known.get(id)
      return order && { id, side: order.side, price: order.level.price, qty: order.left }
    },
    knows: (id) => known.has(id),
    best: (side) => sides[side].best?.price,
    orders: (side, count = Infinity) => {
      const found: Array<Waiting<A>> = []
      for (let level = sides[side].best; level !== undefined; level = level.after[0]) {
        for (let order = level.first; order !== undefined; order = order.next) {
          if (found.length >= count) return found
          found.push({ id: order.id, price: level.price, qty: order.left })
        }
      }
      return found
    },
    depth: (side, count = Infinity) => {
      const found: Array<{ readonly price: A; readonly qty: A }> = []
      for (let level = sides[side].best; level !== undefined && found.length < count; level = level.after[0]) {
        found.push({ price: level.price, qty: quantityOf(arithmetic, level) })
      }
      return found
    }
  }
}

const quantityOf = <A>({ add, zero }: Arithmetic<A>, level: Level<A>): A => {
  let sum = zero
  for (let order = level.first; order !== undefined; order = order.next) sum = add(sum, order.left)
  return sum
}
