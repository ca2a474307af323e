/**
 * Replays the log of a continuous order book: which trades it made and who still waits.
 *
 * An operation is a `limit` order (price and quantity), a `market` order (quantity alone) or a `cancel` of a limit order by its
 * id. A cancel that comes too late, for an order that is filled, lapsed or cancelled already, is what happens in a real log: it
 * changes nothing.
 *
 * **Guarantees** The book of the log is the book that was live (`BookSession`). An operation out of order is refused with its place:
 * `t` that decreases, an id that was there before, a cancel of an order that never was, a market order with a price, a limit
 * order without one. Waiting orders are listed by priority.
 *
 * **Does not guarantee** Sense in `t`: it only may not decrease. Nor does it judge properties: what an order could have had
 * depends on when it comes, so there is no outcome to compare with. That trades keep both limits, and that what one side gives
 * the other gets, is how trades are made.
 *
 * **Example**
 *
 * ```ts
 * import { Book } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * const { decision } = Result.getOrThrow(
 *   Book.calculator.solve([
 *     { t: 1, id: "a", op: "limit", side: "sell", price: "10.5", qty: 3 },
 *     { t: 2, id: "b", op: "limit", side: "buy", price: "11", qty: 1 },
 *     { t: 3, id: "c", op: "limit", side: "buy", price: "9", qty: 2 },
 *     { t: 4, id: "c", op: "cancel" }
 *   ])
 * )
 * decision.trades // => [{ t: 2, buy: "b", sell: "a", price: "10.5", qty: 1 }]
 * decision.book // => { bids: [], asks: [{ id: "a", price: "10.5", qty: 2 }] }
 * ```
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import type { Calculator, JsonObject } from "../calculator/Calculator.ts"
import { Amount, type Arithmetic, doubles, type Given, isAmount, isExact, rationals } from "../input/Amount.ts"
import * as Refusal from "../input/Refusal.ts"
import { encoder, exactly, fractionsOf, isTame } from "../internal/exactly.ts"
import * as WholeList from "../internal/wholeList.ts"
import { isName, isQuantity, Name, type OutOfRange, Quantity, Side, tieBreak, unwieldy } from "./Exchange.ts"
import * as OrderBook from "./OrderBook.ts"

/** The name of this mechanism. */
export const name = "book"

/** One line of the log. A cancel may repeat the side of its order. */
export const Operation = Schema.Union([
  Schema.Struct({
    t: Schema.Finite,
    id: Name,
    op: Schema.Literal("limit"),
    side: Side,
    price: Amount,
    qty: Quantity
  }),
  Schema.Struct({ t: Schema.Finite, id: Name, op: Schema.Literal("market"), side: Side, qty: Quantity }),
  Schema.Struct({ t: Schema.Finite, id: Name, op: Schema.Literal("cancel"), side: Schema.optionalKey(Side) })
])
export type Operation = typeof Operation.Type

/** A log in order of time. */
export const Inputs = Schema.Array(Operation)
export type Inputs = typeof Inputs.Type

/** An operation comes before the one that stands above it. */
export class DecreasingTime extends Schema.TaggedError<DecreasingTime>("@mabeam/economics/Book/DecreasingTime")(
  "DecreasingTime",
  { path: Schema.Array(Schema.Union([Schema.String, Schema.Int])), t: Schema.Finite, before: Schema.Finite }
) {
  override get message() {
    return `${Refusal.show(this.path)}: ${this.t} comes after ${this.before}; operations stand in order of time`
  }
}

/** All that can be wrong with a log. */
export type InvalidLog = Refusal.Common | DecreasingTime | OutOfRange

/** Trades in order, and who still waits by priority. */
export interface Decision {
  readonly trades: ReadonlyArray<{
    readonly t: number
    readonly buy: string
    readonly sell: string
    readonly price: Given
    readonly qty: Given
  }>
  readonly book: {
    readonly bids: ReadonlyArray<OrderBook.Waiting<Given>>
    readonly asks: ReadonlyArray<OrderBook.Waiting<Given>>
  }
}

const sidesOf = (log: Inputs): ReadonlyMap<string, Side> =>
  new Map(log.flatMap((it) => (it.op === "cancel" ? [] : [[it.id, it.side] as const])))

/** The first operation out of order, if any. */
const offenceOf = (log: Inputs): InvalidLog | undefined => {
  const sides = sidesOf(log)
  const seen = new Set<string>()
  let before = -Infinity
  for (const [index, operation] of log.entries()) {
    const { id, op, t } = operation
    if (t < before) return new DecreasingTime({ path: [index, "t"], t, before })
    before = t
    if (op !== "cancel") {
      if (seen.has(id)) return new Refusal.DuplicateName({ path: [index, "id"], name: id })
      seen.add(id)
    } else if (!seen.has(id)) {
      return new Refusal.UnknownName({ path: [index, "id"], name: id, known: "the orders before it" })
    } else if (operation.side !== undefined && operation.side !== sides.get(id)) {
      return new Refusal.InvalidFormat({ path: [index, "side"], because: `the order is a ${sides.get(id)} order` })
    }
  }
  return undefined
}

const isOperation = (input: object): boolean => {
  if (!("t" in input && "id" in input && "op" in input)) return false
  if (!Number.isFinite(input.t) || !isName(input.id)) return false
  const isCancel = input.op === "cancel"
  for (const key in input) {
    const isKnown =
      key === "t" || key === "id" || key === "op" || key === "side" || (!isCancel && (key === "qty" || key === "price"))
    if (!isKnown) return false
  }
  if ("side" in input ? input.side !== "buy" && input.side !== "sell" : !isCancel) return false
  if (isCancel) return true
  if (!("qty" in input) || !isQuantity(input.qty)) return false
  return "price" in input ? input.op === "limit" && isAmount(input.price) : input.op === "market"
}

const decodeWhole = WholeList.decode(isOperation, Operation, (log) => log)

const decodeKinds = Refusal.decode(
  Schema.Array(
    Schema.StructWithRest(Schema.Struct({ op: Schema.Literals(["limit", "market", "cancel"]) }), [
      Schema.Record(Schema.String, Schema.Unknown)
    ])
  )
)

/** An operation of no known kind is none of the shapes; what is wrong with it is the kind. */
const decodeLog = (input: unknown): Result.Result<Inputs, Refusal.InvalidFormat | Refusal.InvalidAmount> =>
  Result.orElse(decodeWhole(input), (refusal) =>
    refusal.path.length === 1 ? Result.flatMap(decodeKinds(input), () => Result.fail(refusal)) : Result.fail(refusal)
  )

/** Decodes a log from outside and judges the order of its operations. */
export const decode = (input: unknown): Result.Result<Inputs, InvalidLog> =>
  Result.flatMap(decodeLog(input), (log): Result.Result<Inputs, InvalidLog> => {
    if (log.length > OrderBook.ordersMax) {
      return Result.fail(new Refusal.TooLarge({ path: [], size: log.length, limit: OrderBook.ordersMax }))
    }
    const offence = offenceOf(log)
    if (offence !== undefined) return Result.fail(offence)
    return isTame(fractionsOf(numbersOf(log))) ? Result.succeed(log) : Result.fail(unwieldy())
  })

const pricesOf = (log: Inputs): ReadonlyArray<Given> => log.flatMap((it) => (it.op === "limit" ? [it.price] : []))
const quantitiesOf = (log: Inputs): ReadonlyArray<Given> => log.flatMap((it) => (it.op === "cancel" ? [] : [it.qty]))
const numbersOf = (log: Inputs): ReadonlyArray<Given> => [...pricesOf(log), ...quantitiesOf(log)]

/** Replays a judged log. */
export const replay = (log: Inputs): Decision => {
  const isPlain =
    quantitiesOf(log).every((it) => Number.isSafeInteger(it)) && pricesOf(log).every((it) => typeof it === "number")
  // Adding 0 makes 0 of -0.
  if (isPlain)
    return replayIn(
      doubles,
      (it) => Number(it) + 0,
      (value) => value,
      (value) => value,
      log
    )
  const money = encoder(isExact(pricesOf(log)))
  return replayIn(rationals, exactly, money, encoder(isExact(quantitiesOf(log))), log)
}

const replayIn = <A>(
  arithmetic: Arithmetic<A>,
  lift: (given: Given) => A,
  money: (value: A) => Given,
  quantity: (value: A) => Given,
  log: Inputs
): Decision => {
  const book = OrderBook.make(arithmetic, { ordersMax: log.length })
  const trades: Array<Decision["trades"][number]> = []
  for (const operation of log) {
    const fills = apply(book, lift, operation)
    for (const { buy, price, qty, sell } of fills) {
      trades.push({ t: operation.t + 0, buy, sell, price: money(price), qty: quantity(qty) })
    }
  }
  const listed = (side: Side) =>
    book.orders(side).map(({ id, price, qty }) => ({ id, price: money(price), qty: quantity(qty) }))
  return { trades, book: { bids: listed("buy"), asks: listed("sell") } }
}

/** A judged operation is never refused, save for a cancel that is too late. */
const apply = <A>(
  book: OrderBook.OrderBook<A>,
  lift: (given: Given) => A,
  operation: Operation
): ReadonlyArray<OrderBook.Fill<A>> => {
  if (operation.op === "cancel") {
    book.cancel(operation.id)
    return []
  }
  const { id, qty, side } = operation
  const fills =
    operation.op === "limit" ? book.limit(id, side, lift(operation.price), lift(qty)) : book.market(id, side, lift(qty))
  if (typeof fills === "string") throw new Error(`A judged operation was refused: ${id}, ${fills}`)
  return fills
}

/** What replaying a judged log comes to, as answers and receipts hold it. */
export const decisionOf = (log: Inputs): JsonObject => {
  const { book, trades } = replay(log)
  const listed = (items: ReadonlyArray<OrderBook.Waiting<Given> | Decision["trades"][number]>) =>
    items.map((it): JsonObject => ({ ...it }))
  return { trades: listed(trades), book: { bids: listed(book.bids), asks: listed(book.asks) } }
}

/** `book` as a calculator; its input is the log itself, a list. */
export const calculator: Calculator = {
  name,
  version: 1,
  solve: (input) => Result.map(decode(input), (log) => ({ decision: decisionOf(log), tieBreak }))
}
