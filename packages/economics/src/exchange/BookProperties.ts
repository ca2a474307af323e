/**
 * What a continuous order book promises, and whether a replay keeps it: limits are taken for the values of a unit, and a
 * market order is worth any price. What was withdrawn is not wanted.
 *
 * A book promises what holds trade by trade: nobody trades beyond his limit or more than he stated, and what buyers pay is
 * what sellers get. What depends on the future it cannot promise. It trades at once what a call market would keep for those
 * who value it more, so the order of arrival loses gains from trade; and whoever waits names the price, so it pays to state
 * less than the value. That of equal prices the earlier order trades first is how `OrderBook` works; it is none of the
 * properties by which mechanisms are compared.
 *
 * **Guarantees** Judged from the orders and the trades alone. `efficient` compares with the best trades in hindsight, as if all
 * orders had come at once. `strategy-proof` is decided, not sampled: whether any one order with a limit would have gained
 * by any other limit, all else as it was, in exact arithmetic.
 *
 * **Does not guarantee** Anything about traders with several orders, or who would come at another time, state another
 * quantity or cancel otherwise.
 *
 * **Example**
 *
 * ```ts
 * import { Book } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * const answer = Result.getOrThrow(
 *   Book.calculator.solve([
 *     { t: 1, id: "ada", op: "limit", side: "buy", price: 10, qty: 1 },
 *     { t: 2, id: "bob", op: "limit", side: "sell", price: 4, qty: 1 }
 *   ])
 * )
 * // She pays 10, and would have paid 4 had she stated 4.
 * answer.properties?.["strategy-proof"] // => { declared: false, holds: false }
 * answer.properties?.["individually-rational"] // => { declared: true, holds: true }
 * ```
 *
 * @since 0.1.0
 */
import type { Finding } from "../calculator/Calculator.ts"
import type { Arithmetic, Rational } from "../input/Amount.ts"
import { rationals } from "../input/Amount.ts"
import { isBest } from "../internal/bestTrade.ts"
import type { Side } from "./Exchange.ts"
import type * as OrderBook from "./OrderBook.ts"
import * as TwoSided from "./TwoSided.ts"

/** What an order book can promise: what double auctions can. */
export type Property = TwoSided.Property

/** What holds trade by trade, whatever comes. */
export const declares: ReadonlyArray<Property> = [
  "individually-rational",
  "weakly-budget-balanced",
  "strongly-budget-balanced"
]

/** An order as it was placed. */
export interface Order<A> {
  readonly side: Side
  /** A market order has none. */
  readonly price: A | undefined
  readonly qty: A
  /** Whether it was cancelled, however late: what is left of it is not wanted. */
  readonly isWithdrawn: boolean
}

/** What came out: orders by id, and the trades among them. */
export interface Outcome<A> {
  readonly orders: ReadonlyMap<string, Order<A>>
  readonly trades: ReadonlyArray<OrderBook.Fill<A>>
}

/** The longest log in which a profitable deviation is looked for; above, it is unchecked. */
export const searchedOperationsMax = 6

/** The trades if an order had stated another limit, exactly. */
export type Run = (id: string, price: Rational) => Outcome<Rational>["trades"]

/** Judges an outcome; `again` is the same log in exact arithmetic, if it is short enough for a search. */
export const findings = <A>(
  arithmetic: Arithmetic<A>,
  outcome: Outcome<A>,
  again: { readonly run: Run; readonly honest: Outcome<Rational> } | undefined
): { readonly [property in Property]: Finding } => {
  const filled = filledOf(arithmetic, outcome)
  const balance = balanceOf(arithmetic, outcome)
  return TwoSided.findingsOf(declares, {
    efficient: isEfficient(arithmetic, outcome, filled),
    "individually-rational": isAccepted(arithmetic, outcome, filled),
    "strategy-proof": again === undefined ? "unchecked" : !hasDeviation(again.run, again.honest),
    "weakly-budget-balanced": balance >= 0,
    "strongly-budget-balanced": balance === 0
  })
}

const isOf = <A>({ orders }: Outcome<A>, id: string, side: Side): boolean => orders.get(id)?.side === side

/** How much each order has traded, on its own side. */
const filledOf = <A>({ add, zero }: Arithmetic<A>, outcome: Outcome<A>): ReadonlyMap<string, A> => {
  const filled = new Map<string, A>()
  for (const { buy, qty, sell } of outcome.trades) {
    if (isOf(outcome, buy, "buy")) filled.set(buy, add(filled.get(buy) ?? zero, qty))
    if (isOf(outcome, sell, "sell")) filled.set(sell, add(filled.get(sell) ?? zero, qty))
  }
  return filled
}

/**
 * The sign of what buyers pay less what sellers receive: money goes to nobody, or comes from nobody, where there is no such
 * order.
 */
const balanceOf = <A>(arithmetic: Arithmetic<A>, outcome: Outcome<A>): number => {
  const { add, compare, multiply, subtract, zero } = arithmetic
  let net = zero
  for (const { buy, price, qty, sell } of outcome.trades) {
    const [paid, received] = [isOf(outcome, buy, "buy"), isOf(outcome, sell, "sell")]
    if (paid === received) continue
    const amount = multiply(price, qty)
    net = paid ? add(net, amount) : subtract(net, amount)
  }
  return Math.sign(compare(net, zero))
}

/** Whether everybody accepts the prices at which he trades, and nobody trades more than he stated. */
const isAccepted = <A>(
  { compare, zero }: Arithmetic<A>,
  { orders, trades }: Outcome<A>,
  filled: ReadonlyMap<string, A>
): boolean => {
  const accepts = (id: string, at: A, sense: 1 | -1): boolean => {
    const limit = orders.get(id)?.price
    return limit === undefined || sense * compare(limit, at) >= 0
  }
  if (!trades.every(({ buy, price, sell }) => accepts(buy, price, 1) && accepts(sell, price, -1))) return false
  for (const [id, sum] of filled) if (compare(sum, orders.get(id)?.qty ?? zero) > 0) return false
  return true
}

/** Whether the same orders, had they come all at once, could not have gained more. */
const isEfficient = <A>(arithmetic: Arithmetic<A>, { orders }: Outcome<A>, filled: ReadonlyMap<string, A>): boolean => {
  const { subtract, zero } = arithmetic
  return isBest(
    arithmetic,
    Array.from(orders, ([id, { isWithdrawn, price, qty, side }]) => {
      const done = filled.get(id) ?? zero
      return { side, value: price, filled: done, left: isWithdrawn ? zero : subtract(qty, done) }
    })
  )
}

// --- deviations ------------------------------------------------------------------------------------------------------

const { add, compare, subtract, zero } = rationals
const one = rationals.fromNumber(1)

/** Whether some order with a limit would have gained by stating another. */
const hasDeviation = (run: Run, { orders, trades }: Outcome<Rational>): boolean => {
  for (const [id, { price: value, side }] of orders) {
    if (value === undefined) continue
    const gain = (all: Outcome<Rational>["trades"]): Rational => gainOf(all, id, side, value)
    const others = [...orders].flatMap(([other, { price }]) => (other === id || price === undefined ? [] : [price]))
    if (canExceed(gain(trades), (price) => gain(run(id, price)), others)) return true
  }
  return false
}

const gainOf = (trades: Outcome<Rational>["trades"], id: string, side: Side, value: Rational): Rational =>
  trades.reduce((sum, { buy, price, qty, sell }) => {
    if (id !== (side === "buy" ? buy : sell)) return sum
    return add(sum, (side === "buy" ? subtract(value, price) : subtract(price, value)).mul(qty))
  }, zero)

/**
 * Whether any limit gains more. Between two limits of others nobody's place changes with one's own, and what one pays or
 * gets is either somebody else's limit or one's own: the gain is linear there, so two points say what it comes to near the
 * ends, and above all others whether it grows for ever.
 */
const canExceed = (
  honest: Rational,
  gainAt: (price: Rational) => Rational,
  others: ReadonlyArray<Rational>
): boolean => {
  const isMore = (gain: Rational): boolean => compare(gain, honest) > 0
  const turns = [zero, ...others].toSorted(compare).filter((it, i, all) => i === 0 || compare(it, all[i - 1] ?? it) > 0)
  return turns.some((turn, index) => {
    const next = turns[index + 1]
    const third = next === undefined ? one : subtract(next, turn).div(3)
    const [low, high] = [gainAt(add(turn, third)), gainAt(add(turn, third.mul(2)))]
    const slope = subtract(high, low)
    const growsAbove = next === undefined ? compare(slope, zero) > 0 : isMore(add(high, slope))
    return growsAbove || isMore(subtract(low, slope)) || isMore(gainAt(turn))
  })
}
