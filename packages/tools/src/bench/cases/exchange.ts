/**
 * Two-sided markets: clearing many orders at once, and an order book under a stream of them.
 *
 * @since 0.1.0
 */
import { Amount, BookSession, CallMarket, KDouble, McAfee, OrderBook } from "@mabeam/economics"
import { Effect } from "effect"
import { type Case, limit, prepared } from "../case.ts"
import { chunked } from "../measure.ts"

const ms = 1000

/** A stream of whole numbers below `n`. */
const chances = (seed: number) => {
  let state = seed
  return (n: number) => (state = (state * 48271) % 2147483647) % n
}

/** Half of n buyers and half of n sellers, values in cents up to 1,000. */
const traders = (n: number) => {
  const chance = chances(20)
  const side = (letter: string) =>
    Array.from({ length: n / 2 }, (_, i) => ({ id: `${letter}${i}`, amount: chance(100_000) / 100 }))
  return { buyers: side("b"), sellers: side("s") }
}

const orders = (n: number) => {
  const chance = chances(21)
  return {
    orders: Array.from({ length: n }, (_, i) => {
      const side = chance(2) === 0 ? ("buy" as const) : ("sell" as const)
      return { id: `${i}`, side, price: chance(100_000) / 100, qty: 1 }
    })
  }
}

const unit = 100_000

const cleared = <I>(
  name: string,
  about: string,
  make: (n: number) => I,
  work: (input: I) => unknown,
  target?: number
): Case => ({
  name,
  about,
  sizes: [unit],
  targets: target === undefined ? undefined : limit("p50_us", target * ms),
  // Several times: collecting garbage before a repetition throws away compiled code, too.
  body: prepared(15, (n) => {
    const input = make(n)
    return () => work(input)
  })
})

/** A book with `levels` prices on each side, `n` orders in all. */
const filled = (n: number, levels: number) => {
  const book = OrderBook.make(Amount.doubles, { ordersMax: 10_000_000 })
  const chance = chances(22)
  for (let i = 0; i < n; i++) {
    const isBuy = i % 2 === 0
    book.limit(`r${i}`, isBuy ? "buy" : "sell", isBuy ? levels - chance(levels) : levels + 1 + chance(levels), 10)
  }
  return book
}

const operations = 50_000

/** Orders around the middle: about half of them trade, so that the depth stays. */
const stream: Case = {
  name: "order book, insert and match",
  about: "a limit order into a book of n orders on 1,000 prices a side, half of the orders trade: under 5 µs",
  sizes: [1000, 10_000, 100_000],
  targets: limit("p50_us", 5),
  body: ({ effort, n }) =>
    Effect.suspend(() => {
      const book = filled(n, 1000)
      const chance = chances(23)
      const total = operations / effort.shrink
      const drawn = Array.from({ length: total }, (_, i) => {
        const side = chance(2) === 0 ? ("buy" as const) : ("sell" as const)
        return { id: `i${i}`, side, price: 991 + chance(20), qty: 1 + chance(10) }
      })
      return chunked(total, 10, (i) =>
        Effect.sync(() => {
          const order = drawn[i]
          return order && book.limit(order.id, order.side, order.price, order.qty)
        })
      )
    })
}

const cancels: Case = {
  name: "order book, cancel",
  about: "a resting order taken out of a book of n orders on 1,000 prices a side",
  sizes: [1000, 100_000],
  body: ({ n }) =>
    Effect.suspend(() => {
      const book = filled(n, 1000)
      return chunked(n, 10, (i) => Effect.sync(() => book.cancel(`r${(i * 7919) % n}`)))
    })
}

const sessions: Case = {
  name: "order book session, step",
  about: "the same stream as a pure step with its log, from an empty book: under 5 µs",
  sizes: [1],
  targets: limit("p50_us", 5),
  body: ({ effort }) =>
    Effect.suspend(() => {
      const chance = chances(23)
      let state = BookSession.open()
      const total = operations / effort.shrink
      const drawn = Array.from({ length: total }, (_, t): BookSession.Input => {
        const side = chance(2) === 0 ? ("buy" as const) : ("sell" as const)
        return { _tag: "Limit", t, id: `i${t}`, side, price: 991 + chance(20), qty: 1 + chance(10) }
      })
      return chunked(total, 10, (i) =>
        Effect.sync(() => {
          const input = drawn[i]
          if (input !== undefined) state = BookSession.step(state, input)[0]
        })
      )
    })
}

export const exchangeCases: ReadonlyArray<Case> = [
  cleared(
    "double auction, k",
    "100,000 unit orders cleared from decoded input: under 15 ms",
    traders,
    (it) => KDouble.decide(it, 0.5),
    15
  ),
  cleared("double auction, McAfee", "the same by McAfee's rule", traders, McAfee.decide, 15),
  cleared(
    "double auction, decode",
    "the same input decoded by its schema",
    (n) => ({ ...traders(n), k: 0.5 }),
    KDouble.decode
  ),
  cleared(
    "double auction, whole calculator",
    "decoding, judging, clearing, all findings and the answer",
    (n) => ({ ...traders(n), k: 0.5 }),
    KDouble.calculator.solve
  ),
  cleared(
    "call market",
    "100,000 orders of one unit cleared from decoded input: under 15 ms",
    orders,
    CallMarket.decide,
    15
  ),
  cleared("call market, decode", "the same orders decoded and judged", orders, CallMarket.decode),
  stream,
  cancels,
  sessions
]
