/**
 * A continuous order book as a pure protocol: place, cancel, close, and a receipt from which everything can be replayed.
 *
 * **Guarantees** `step` is total: every input is legal in every state, and what is not in order is refused with a reason and
 * changes nothing. The operations taken so far are the state: replaying them with `Book` gives the same trades and the same
 * book. States are values: an older one still reads as before, at the cost of one replay when it is used again. On the
 * newest state a step takes the time of the `OrderBook`.
 *
 * **Does not guarantee** A clock or a deadline: `t` is given by the driver and may not decrease. A step is over in
 * microseconds, so a driver with a time limit looks at its clock between steps and stops sending.
 *
 * **Example**
 *
 * ```ts
 * import { BookSession } from "@mabeam/economics"
 *
 * let state = BookSession.open()
 * const send = (input: BookSession.Input): ReadonlyArray<BookSession.Output> => {
 *   const [next, outputs] = BookSession.step(state, input)
 *   state = next
 *   return outputs
 * }
 *
 * send({ _tag: "Limit", t: 1, id: "a", side: "sell", price: 10, qty: 3 }) // => [{ _tag: "Rested", id: "a", qty: 3 }]
 * send({ _tag: "Market", t: 2, id: "b", side: "buy", qty: 1 })
 * // => [{ _tag: "Traded", t: 2, buy: "b", sell: "a", price: 10, qty: 1 }]
 * send({ _tag: "Cancel", t: 3, id: "b" }) // => [{ _tag: "Refused", id: "b", because: "not resting" }]
 * send({ _tag: "Cancel", t: 3, id: "a" }) // => [{ _tag: "Cancelled", id: "a", qty: 2 }]
 * ```
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import type { Json } from "../calculator/Calculator.ts"
import { doubles } from "../input/Amount.ts"
import type { Open as OpenReceipt } from "../receipt/SealedReceipt.ts"
import * as Book from "./Book.ts"
import { isName, Side } from "./Exchange.ts"
import * as OrderBook from "./OrderBook.ts"

/** What can happen to a book. Prices are finite and not negative, quantities whole and above zero. */
export const Input = Schema.TaggedUnion({
  Limit: { t: Schema.Finite, id: Schema.String, side: Side, price: Schema.Finite, qty: Schema.Finite },
  Market: { t: Schema.Finite, id: Schema.String, side: Side, qty: Schema.Finite },
  Cancel: { t: Schema.Finite, id: Schema.String },
  /** Ends the session; waiting orders are in the receipt. */
  Close: {}
})
export type Input = typeof Input.Type

/** Why an input was refused. */
export const Reason = Schema.Literals([...OrderBook.Reason.literals, "invalid id", "decreasing time", "closed"])
export type Reason = typeof Reason.Type

/** What a book answers. */
export type Output =
  /** The input changed nothing. `id` is absent for a close out of order. */
  | { readonly _tag: "Refused"; readonly id?: string; readonly because: Reason }
  | ({ readonly _tag: "Traded"; readonly t: number } & OrderBook.Fill<number>)
  /** What is left of a limit order waits. */
  | { readonly _tag: "Rested"; readonly id: string; readonly qty: number }
  /** What is left of a market order found nobody. */
  | { readonly _tag: "Lapsed"; readonly id: string; readonly qty: number }
  | { readonly _tag: "Cancelled"; readonly id: string; readonly qty: number }
  | { readonly _tag: "Closed"; readonly receipt: OpenReceipt }

/** What all states of one line of history share: the newest book, and the operations that have made it. */
interface Core {
  readonly book: OrderBook.OrderBook<number>
  readonly log: Array<Book.Operation>
}

/** Where a session stands: how many operations of a shared history it has seen. */
export interface State {
  readonly core: Core
  readonly length: number
  readonly t: number
  readonly operationsMax: number
  readonly closed: boolean
}

/** A step's result: the next state and what is to be told. */
export type Move = readonly [next: State, outputs: ReadonlyArray<Output>]

/** Limits of a session. */
export interface Options {
  /** The most operations that a session takes, since its receipt holds them; the next is refused as `full`. Default 1,000,000. */
  readonly operationsMax?: number | undefined
}

/** An empty book. */
export const open = ({ operationsMax = OrderBook.ordersMax }: Options = {}): State => ({
  core: { book: OrderBook.make(doubles, { ordersMax: operationsMax }), log: [] },
  length: 0,
  t: -Infinity,
  operationsMax,
  closed: false
})

/** The whole protocol. Total: every input is legal in every state. */
export const step = (state: State, input: Input): Move => {
  if (input._tag === "Close") {
    if (state.closed) return [state, [{ _tag: "Refused", because: "closed" }]]
    return [{ ...state, closed: true }, [{ _tag: "Closed", receipt: receiptOf(state) }]]
  }
  const refuse = (because: Reason): Move => [state, [{ _tag: "Refused", id: input.id, because }]]
  if (state.closed) return refuse("closed")
  if (state.length >= state.operationsMax) return refuse("full")
  if (!isName(input.id)) return refuse("invalid id")
  if (!Number.isFinite(input.t) || input.t < state.t) return refuse("decreasing time")
  const core = coreOf(state)
  const outputs = perform(core.book, input)
  if (typeof outputs === "string") return [{ ...state, core }, [{ _tag: "Refused", id: input.id, because: outputs }]]
  core.log.push(operationOf(input))
  const { closed, operationsMax } = state
  return [{ core, length: state.length + 1, t: input.t, operationsMax, closed }, outputs]
}

/** The book of a state, for reading only. */
export const bookOf = (state: State): Pick<OrderBook.OrderBook<number>, "best" | "depth" | "lookup" | "orders"> =>
  coreOf(state).book

/** The operations that a state has taken, in order. */
export const logOf = ({ core, length }: State): ReadonlyArray<Book.Operation> => core.log.slice(0, length)

/** The record of the session so far: what was asked and what came of it, by replay. */
export const receiptOf = (state: State): OpenReceipt => {
  const log = logOf(state)
  return {
    mechanism: Book.name,
    version: Book.calculator.version,
    inputs: log.map((it): Json => ({ ...it })),
    decision: Book.decisionOf(log)
  }
}

/** The shared history if this state is its newest; otherwise a copy that ends here. */
const coreOf = ({ core, length, operationsMax }: State): Core => {
  if (core.log.length === length) return core
  const copy: Core = { book: OrderBook.make(doubles, { ordersMax: operationsMax }), log: core.log.slice(0, length) }
  for (const operation of copy.log) perform(copy.book, inputOf(operation))
  return copy
}

type Placing = Exclude<Input, { readonly _tag: "Close" }>

const perform = (book: OrderBook.OrderBook<number>, input: Placing): ReadonlyArray<Output> | OrderBook.Reason => {
  if (input._tag === "Cancel") {
    const cancelled = book.cancel(input.id)
    return typeof cancelled === "string" ? cancelled : [{ _tag: "Cancelled", id: input.id, qty: cancelled.qty }]
  }
  const { id, qty, side, t } = input
  const fills = input._tag === "Limit" ? book.limit(id, side, input.price, qty) : book.market(id, side, qty)
  if (typeof fills === "string") return fills
  let left = qty
  const outputs: Array<Output> = []
  for (const fill of fills) {
    left -= fill.qty
    outputs.push({ _tag: "Traded", t, buy: fill.buy, sell: fill.sell, price: fill.price, qty: fill.qty })
  }
  if (left > 0) outputs.push({ _tag: input._tag === "Limit" ? "Rested" : "Lapsed", id, qty: left })
  return outputs
}

const operationOf = (input: Placing): Book.Operation => {
  switch (input._tag) {
    case "Limit":
      return { t: input.t, id: input.id, op: "limit", side: input.side, price: input.price, qty: input.qty }
    case "Market":
      return { t: input.t, id: input.id, op: "market", side: input.side, qty: input.qty }
    case "Cancel":
      return { t: input.t, id: input.id, op: "cancel" }
  }
}

const inputOf = (operation: Book.Operation): Placing => {
  switch (operation.op) {
    case "limit": {
      const { id, price, qty, side, t } = operation
      return { _tag: "Limit", t, id, side, price: Number(price), qty: Number(qty) }
    }
    case "market": {
      const { id, qty, side, t } = operation
      return { _tag: "Market", t, id, side, qty: Number(qty) }
    }
    case "cancel":
      return { _tag: "Cancel", t: operation.t, id: operation.id }
  }
}
