/**
 * What a call market promises, and whether an answer keeps it: limits are taken for the values of a unit, and a market order
 * for worth the price.
 *
 * **Guarantees** Judged from the outcome alone: who was filled, and at which price. A deviation that makes
 * `strategy-proof` false is real: one order with another limit gains by it. It is searched in exact arithmetic.
 *
 * **Does not guarantee** Anything about traders with several orders, or who would state another quantity.
 *
 * @since 0.1.0
 */
import type { Finding } from "../calculator/Calculator.ts"
import type { Arithmetic, Rational } from "../input/Amount.ts"
import { rationals } from "../input/Amount.ts"
import { isBest } from "../internal/bestTrade.ts"
import type { Side } from "./Exchange.ts"
import * as TwoSided from "./TwoSided.ts"

/** What a call market can promise: what double auctions can. */
export type Property = TwoSided.Property

/** All but honesty: the orders at the margin move the price. */
export const declares: ReadonlyArray<Property> = [
  "efficient",
  "individually-rational",
  "weakly-budget-balanced",
  "strongly-budget-balanced"
]

/** An order and how much of it was filled. */
export interface Filled<A> {
  readonly side: Side
  readonly price: A | undefined
  readonly qty: A
  readonly filled: A
}

/** What came out. Without a price nothing was traded. */
export interface Outcome<A> {
  readonly orders: ReadonlyArray<Filled<A>>
  readonly price: A | undefined
}

/** The most orders among which a profitable deviation is looked for; above, it is unchecked. */
export const searchedOrdersMax = 5

/** A call market as the search runs it, exactly. */
export type Run = (orders: ReadonlyArray<Omit<Filled<Rational>, "filled">>) => Outcome<Rational>

/** Judges an outcome; `again` is the market on the same orders, if they are few enough for a search. */
export const findings = <A>(
  arithmetic: Arithmetic<A>,
  outcome: Outcome<A>,
  again: { readonly run: Run; readonly honest: Outcome<Rational> } | undefined
): { readonly [property in Property]: Finding } => {
  const balance = balanceOf(arithmetic, outcome)
  return TwoSided.findingsOf(declares, {
    efficient: isEfficient(arithmetic, outcome),
    "individually-rational": isAccepted(arithmetic, outcome),
    "strategy-proof": again === undefined ? "unchecked" : !hasDeviation(again.run, again.honest),
    "weakly-budget-balanced": balance >= 0,
    "strongly-budget-balanced": balance === 0
  })
}

/** The sign of what buyers pay less what sellers receive: all do at one price, so quantities decide. */
const balanceOf = <A>({ add, compare, subtract, zero }: Arithmetic<A>, { orders, price }: Outcome<A>): number => {
  let net = zero
  for (const { filled, side } of orders) net = side === "buy" ? add(net, filled) : subtract(net, filled)
  const sign = Math.sign(compare(net, zero))
  return price === undefined || compare(price, zero) === 0 ? 0 : sign
}

/** Whether everybody who trades accepts the price, and nobody trades more than they stated. */
const isAccepted = <A>({ compare, zero }: Arithmetic<A>, { orders, price: at }: Outcome<A>): boolean =>
  orders.every(({ filled, price, qty, side }) => {
    if (compare(filled, zero) === 0) return true
    if (at === undefined || compare(filled, qty) > 0) return false
    return price === undefined || (side === "buy" ? compare(price, at) >= 0 : compare(price, at) <= 0)
  })

/** Whether no other trade would have gained more. Where nothing names a price, market orders are worth none. */
const isEfficient = <A>(arithmetic: Arithmetic<A>, { orders, price: at }: Outcome<A>): boolean =>
  isBest(
    arithmetic,
    orders.flatMap(({ filled, price, qty, side }) => {
      const value = price ?? at
      return value === undefined ? [] : [{ side, value, filled, left: arithmetic.subtract(qty, filled) }]
    })
  )

// --- deviations ------------------------------------------------------------------------------------------------------

const gainOf = ({ orders, price: at }: Outcome<Rational>, index: number, value: Rational): Rational => {
  const order = orders[index]
  if (order === undefined || at === undefined) return rationals.zero
  return (order.side === "buy" ? value.sub(at) : at.sub(value)).mul(order.filled)
}

/** Whether some order with a limit would have gained by stating another. */
const hasDeviation = (run: Run, honest: Outcome<Rational>): boolean => {
  const limits = [rationals.zero, ...honest.orders.flatMap(({ price }) => (price === undefined ? [] : [price]))]
  const sorted = limits.toSorted(rationals.compare)
  const between = sorted.map((limit, index) => limit.add(sorted[index + 1] ?? limit.add(1)).div(2))
  const tried = [...sorted, ...between]
  return honest.orders.some(({ price: value }, index) => {
    if (value === undefined) return false
    const own = gainOf(honest, index, value)
    return tried.some((price) => {
      if (price.equals(value)) return false
      const orders = honest.orders.map((order, at) => (at === index ? { ...order, price } : order))
      return gainOf(run(orders), index, value).compare(own) > 0
    })
  })
}
