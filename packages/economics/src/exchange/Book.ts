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
 * **Does not guarantee** Sense in `t`: it only may not decrease. Nor the most gains from trade, nor honesty: see
 * `BookProperties`, by which answers are judged.
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
import type { Answer, Calculator, JsonObject } from "../calculator/Calculator.ts"
import { Amount, type Arithmetic, doubles, type Given, isAmount, isExact, rationals } from "../input/Amount.ts"
import * as Refusal from "../input/Refusal.ts"
import { encoder, exactly, fractionsOf, isTame } from "../internal/exactly.ts"
import * as WholeList from "../internal/wholeList.ts"
import * as BookProperties from "./BookProperties.ts"
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

/** The arithmetic that a log asks for, how its numbers get there, and how they are written back. */
interface Reckoning<A> {
  readonly arithmetic: Arithmetic<A>
  readonly lift: (given: Given) => A
  readonly money: (value: A) => Given
  readonly quantity: (value: A) => Given
}

const reckoned = <R>(log: Inputs, use: <A>(by: Reckoning<A>) => R): R => {
  const isPlain =
    quantitiesOf(log).every((it) => Number.isSafeInteger(it)) && pricesOf(log).every((it) => typeof it === "number")
  // Adding 0 makes 0 of -0.
  if (isPlain) return use({ arithmetic: doubles, lift: (it) => Number(it) + 0, money: asItIs, quantity: asItIs })
  const money = encoder(isExact(pricesOf(log)))
  return use({ arithmetic: rationals, lift: exactly, money, quantity: encoder(isExact(quantitiesOf(log))) })
}

const asItIs = (value: number): Given => value

/** A trade of the operation at `t`. */
interface Trade<A> extends OrderBook.Fill<A> {
  readonly t: number
}

/** What a log comes to before anything is rounded. */
interface Replayed<A> {
  readonly book: OrderBook.OrderBook<A>
  readonly trades: ReadonlyArray<Trade<A>>
}

const run = <A>(
  { arithmetic, lift }: Pick<Reckoning<A>, "arithmetic" | "lift">,
  log: Inputs,
  /** The order that states another limit. */
  instead?: { readonly id: string; readonly price: A }
): Replayed<A> => {
  const book = OrderBook.make(arithmetic, { ordersMax: log.length })
  const trades: Array<Trade<A>> = []
  for (const operation of log) {
    const price = operation.id === instead?.id ? instead.price : undefined
    for (const fill of apply(book, lift, operation, price)) trades.push({ t: operation.t + 0, ...fill })
  }
  return { book, trades }
}

const written = <A>({ money, quantity }: Reckoning<A>, { book, trades }: Replayed<A>): Decision => {
  const listed = (side: Side) =>
    book.orders(side).map(({ id, price, qty }) => ({ id, price: money(price), qty: quantity(qty) }))
  return {
    trades: trades.map(({ price, qty, ...rest }) => ({ ...rest, price: money(price), qty: quantity(qty) })),
    book: { bids: listed("buy"), asks: listed("sell") }
  }
}

/** Replays a judged log. */
export const replay = (log: Inputs): Decision => reckoned(log, (by) => written(by, run(by, log)))

/** A judged operation is never refused, save for a cancel that is too late. */
const apply = <A>(
  book: OrderBook.OrderBook<A>,
  lift: (given: Given) => A,
  operation: Operation,
  instead: A | undefined
): ReadonlyArray<OrderBook.Fill<A>> => {
  if (operation.op === "cancel") {
    book.cancel(operation.id)
    return []
  }
  const { id, qty, side } = operation
  const fills =
    operation.op === "limit"
      ? book.limit(id, side, instead ?? lift(operation.price), lift(qty))
      : book.market(id, side, lift(qty))
  if (typeof fills === "string") throw new Error(`A judged operation was refused: ${id}, ${fills}`)
  return fills
}

const jsonOf = ({ book, trades }: Decision): JsonObject => {
  const listed = (items: ReadonlyArray<OrderBook.Waiting<Given> | Decision["trades"][number]>) =>
    items.map((it): JsonObject => ({ ...it }))
  return { trades: listed(trades), book: { bids: listed(book.bids), asks: listed(book.asks) } }
}

/** What replaying a judged log comes to, as answers and receipts hold it. */
export const decisionOf = (log: Inputs): JsonObject => jsonOf(replay(log))

/** An outcome as the checkers see it. */
const outcomeOf = <A>(
  log: Inputs,
  lift: (given: Given) => A,
  trades: BookProperties.Outcome<A>["trades"]
): BookProperties.Outcome<A> => {
  const withdrawn = new Set(log.flatMap((it) => (it.op === "cancel" ? [it.id] : [])))
  const orders = new Map<string, BookProperties.Order<A>>()
  for (const it of log) {
    if (it.op === "cancel") continue
    const price = it.op === "limit" ? lift(it.price) : undefined
    orders.set(it.id, { side: it.side, price, qty: lift(it.qty), isWithdrawn: withdrawn.has(it.id) })
  }
  return { orders, trades }
}

const propertiesOf = <A>(
  { arithmetic, lift }: Reckoning<A>,
  log: Inputs,
  trades: ReadonlyArray<Trade<A>>
): Answer["properties"] => {
  if (log.length > BookProperties.searchedOperationsMax)
    return BookProperties.findings(arithmetic, outcomeOf(log, lift, trades), undefined)
  const exact = { arithmetic: rationals, lift: exactly }
  const honest = outcomeOf(log, exactly, run(exact, log).trades)
  const again: BookProperties.Run = (id, price) => run(exact, log, { id, price }).trades
  return BookProperties.findings(rationals, honest, { run: again, honest })
}

/** `book` as a calculator; its input is the log itself, a list. */
export const calculator: Calculator = {
  name,
  version: 1,
  solve: (input) =>
    Result.map(decode(input), (log) =>
      reckoned(log, (by) => {
        const replayed = run(by, log)
        const properties = propertiesOf(by, log, replayed.trades)
        return { decision: jsonOf(written(by, replayed)), tieBreak, properties }
      })
    )
}
