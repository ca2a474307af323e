import { Amount, CallMarket, CallProperties } from "@mabeam/economics"
import type { Calculator } from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Result, Schema } from "effect"
import { law } from "@foundation/core/testing/law"
import { p13 } from "../p13.ts"
import { call, type Order } from "./reference/calls.ts"

const { doubles } = Amount

const order = (side: "buy" | "sell", qty: number, price?: number): Omit<Order, "id"> =>
  price === undefined ? { side, qty } : { side, price, qty }
const named = (orders: ReadonlyArray<Omit<Order, "id">>): ReadonlyArray<Order> =>
  orders.map((it, index) => ({ id: `${index}`, ...it }))
const propertiesOf = (orders: ReadonlyArray<object>) =>
  Result.getOrThrow(CallMarket.calculator.solve({ orders })).properties ?? {}
const broken = (properties: NonNullable<Calculator.Answer["properties"]>) =>
  Object.entries(properties).flatMap(([name, { declared, holds }]) => (declared && holds === false ? [name] : []))

const int = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))
const books = (longest: number) =>
  Arbitrary.map(
    Arbitrary.schema(
      Schema.Array(
        Schema.Struct({
          side: Schema.Literals(["buy", "sell"]),
          price: Schema.Union([int(0, 7), int(0, 7), int(0, 7), Schema.Literal("market")]),
          qty: int(1, 3)
        })
      ).check(Schema.isMaxLength(longest))
    ),
    (list) => named(list.map(({ price, qty, side }) => order(side, qty, price === "market" ? undefined : price)))
  )

/** The same as text in sevenths, quantities in thirds and as numbers in turn. */
const asText = (orders: ReadonlyArray<Order>) =>
  orders.map(({ price, qty, ...rest }, index) => ({
    ...rest,
    ...(price === undefined ? {} : { price: `${price}/7` }),
    qty: index % 3 === 0 ? qty : `${qty}/3`
  }))

describe("P13: what a call market declares holds", () => {
  law("on numbers", p13, books(9), (orders) => broken(propertiesOf(orders)).length === 0)
  law("exactly", Math.ceil(p13 / 20), books(7), (orders) => broken(propertiesOf(asText(orders))).length === 0)

  /** The most that trading unit by unit can gain, of orders with limits. */
  const best = (orders: ReadonlyArray<Order>): number => {
    const units = (side: Order["side"]) =>
      orders.flatMap((it) => (it.side === side ? Array.from({ length: it.qty }, () => it.price ?? 0) : []))
    const buys = units("buy").sort((a, b) => b - a)
    const sells = units("sell").sort((a, b) => a - b)
    return buys.reduce((sum, value, index) => sum + Math.max(0, value - (sells[index] ?? Infinity)), 0)
  }

  law("efficient is what no other trade gains more than", p13, books(9), (orders) => {
    const limits = orders.filter(({ price }) => price !== undefined)
    return call(limits).gainsFromTrade === best(limits) && propertiesOf(limits)["efficient"]?.holds === true
  })
})

describe("what theory says fails is found to fail", () => {
  it("honesty: a buyer at the margin gains by stating less", () => {
    const properties = propertiesOf(named([order("buy", 1, 10), order("sell", 1, 2)]))
    assert.deepStrictEqual(properties["strategy-proof"], { declared: false, holds: false })
    const shaded = CallMarket.decide({ orders: named([order("buy", 1, 4), order("sell", 1, 2)]) })
    assert.strictEqual(shaded.price?.valueOf(), 3)
  })

  it("where nobody can move the price, honesty costs nothing", () => {
    const orders = named([order("buy", 1, 5), order("buy", 1, 5), order("sell", 1, 5), order("sell", 1, 5)])
    assert.deepStrictEqual(propertiesOf(orders)["strategy-proof"], { declared: false, holds: true })
  })

  it("many orders are not searched", () => {
    const orders = named(Array.from({ length: 6 }, (_, index) => order(index % 2 === 0 ? "buy" : "sell", 1, index)))
    assert.deepStrictEqual(propertiesOf(orders)["strategy-proof"], { declared: false, holds: "unchecked" })
  })
})

describe("each checker rejects what it is there to reject", () => {
  const filled = (side: "buy" | "sell", price: number | undefined, qty: number, done: number) => ({
    side,
    price,
    qty,
    filled: done
  })
  const cases: ReadonlyArray<readonly [CallProperties.Property, string, CallProperties.Outcome<number>]> = [
    ["efficient", "a trade that is missed", { price: 5, orders: [filled("buy", 9, 1, 0), filled("sell", 2, 1, 0)] }],
    [
      "efficient",
      "a better buyer left out",
      { price: 5, orders: [filled("buy", 9, 1, 0), filled("buy", 6, 1, 1), filled("sell", 2, 1, 1)] }
    ],
    [
      "efficient",
      "a cheaper seller left out",
      { price: 5, orders: [filled("buy", 9, 1, 1), filled("sell", 4, 1, 1), filled("sell", 2, 1, 0)] }
    ],
    ["efficient", "a trade at a loss", { price: 5, orders: [filled("buy", 3, 1, 1), filled("sell", 4, 1, 1)] }],
    [
      "individually-rational",
      "a price above a buyer's limit",
      { price: 5, orders: [filled("buy", 4, 1, 1), filled("sell", 2, 1, 1)] }
    ],
    [
      "individually-rational",
      "a price below a seller's limit",
      { price: 1, orders: [filled("buy", 4, 1, 1), filled("sell", 2, 1, 1)] }
    ],
    [
      "individually-rational",
      "more than was wanted",
      { price: 3, orders: [filled("buy", 4, 1, 2), filled("sell", 2, 2, 2)] }
    ],
    [
      "weakly-budget-balanced",
      "more sold than bought",
      { price: 3, orders: [filled("buy", 4, 2, 1), filled("sell", 2, 2, 2)] }
    ],
    [
      "strongly-budget-balanced",
      "more bought than sold",
      { price: 3, orders: [filled("buy", 4, 2, 2), filled("sell", 2, 2, 1)] }
    ]
  ]
  it.each(cases)("%s: %s", (property, _what, outcome) => {
    assert.strictEqual(CallProperties.findings(doubles, outcome, undefined)[property].holds, false)
  })
})
