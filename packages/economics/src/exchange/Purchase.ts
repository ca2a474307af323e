/**
 * Buying whole units from standing offers within a budget: the cheapest first, the earlier first among equals.
 *
 * **Guarantees** `cost` never exceeds the budget and is exact. No other choice of at most `qty` units within the budget has
 * more units, since the cheapest are taken, and none of as many units costs less.
 *
 * **Does not guarantee** That the budget is used up: what is left would not pay for the next unit.
 *
 * **Example**
 *
 * ```ts
 * import { Purchase } from "@mabeam/economics"
 *
 * const offers = [
 *   { id: "dear", price: 3, qty: 5 },
 *   { id: "cheap", price: 2, qty: 3 }
 * ]
 * Purchase.plan(offers, { budget: 10, qty: 8 })
 * // => { status: "budget", fills: [{ id: "dear", qty: 1 }, { id: "cheap", qty: 3 }], qty: 4, cost: 9 }
 * ```
 *
 * @since 0.1.0
 */
import { type Given, isExact } from "../input/Amount.ts"
import { encoder, exactly } from "../internal/exactly.ts"

/** Units for sale at a price each: a whole number of them. */
export interface Offer {
  readonly id: string
  readonly price: Given
  readonly qty: number
}

/** What is wanted. */
export interface Wish {
  readonly budget: Given
  /** At most so many units. */
  readonly qty: number
  /** At most so much for each. Default: any price. */
  readonly limit?: Given | undefined
}

/** What to buy. */
export interface Plan {
  /** `filled`: all that was wished. `budget`: the next unit costs too much. `exhausted`: nothing is offered any more. */
  readonly status: "filled" | "budget" | "exhausted"
  /** In order of the offers. */
  readonly fills: ReadonlyArray<{ readonly id: string; readonly qty: number }>
  readonly qty: number
  /** Text if the budget and all prices are text. */
  readonly cost: Given
}

/** Chooses from judged offers. */
export const plan = (offers: ReadonlyArray<Offer>, { budget, limit, qty: wished }: Wish): Plan => {
  const ranked = offers
    .map((offer, index) => ({ ...offer, index, exact: exactly(offer.price) }))
    .filter(({ exact }) => limit === undefined || exact.compare(exactly(limit)) <= 0)
    .sort((a, b) => a.exact.compare(b.exact) || a.index - b.index)
  const taken = new Map<number, number>()
  let rest = exactly(budget)
  let left = wished
  let status: Plan["status"] = "exhausted"
  for (const { exact, index, qty } of ranked) {
    if (left === 0) break
    const affordable = exact.n === 0n ? qty : Number(rest.div(exact).floor().n)
    const count = Math.min(left, qty, affordable)
    taken.set(index, count)
    rest = rest.sub(exact.mul(count))
    left -= count
    if (affordable < Math.min(left + count, qty)) {
      status = "budget"
      break
    }
  }
  const fills = offers.flatMap(({ id }, index) => {
    const qty = taken.get(index) ?? 0
    return qty > 0 ? [{ id, qty }] : []
  })
  const cost = exactly(budget).sub(rest)
  const isText = isExact([budget, ...offers.map((it) => it.price)])
  return { status: left === 0 ? "filled" : status, fills, qty: wished - left, cost: encoder(isText)(cost) }
}
