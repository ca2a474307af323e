import { Amount, CallMarket } from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Result, Schema } from "effect"
import { fuzz, refuses } from "../junk.ts"
import { law } from "@foundation/core/testing/law"
import { p13 } from "../p13.ts"
import { call, excessAt, type Order } from "./reference/calls.ts"

const decided = (orders: ReadonlyArray<unknown>) => Result.getOrThrow(CallMarket.calculator.solve({ orders })).decision

const buy = (id: string, qty: number | string, price?: number | string) =>
  price === undefined ? { id, side: "buy", qty } : { id, side: "buy", price, qty }
const sell = (id: string, qty: number | string, price?: number | string) => ({ ...buy(id, qty, price), side: "sell" })

const small = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))
const drafts = Arbitrary.schema(
  Schema.Array(
    Schema.Struct({
      side: Schema.Literals(["buy", "sell"]),
      price: Schema.Union([small(0, 7), small(0, 7), small(0, 7), Schema.Literal("market")]),
      qty: small(1, 4)
    })
  ).check(Schema.isMaxLength(9))
)
const books = Arbitrary.map(drafts, (list): ReadonlyArray<Order> =>
  list.map(({ price, qty, side }, index) =>
    price === "market" ? { id: `${index}`, side, qty } : { id: `${index}`, side, price, qty }
  )
)

describe("call market in sentences", () => {
  it("the order at the margin is filled in part, and of equal prices the later one", () => {
    assert.deepStrictEqual(decided([buy("a", 5, 10), buy("b", 5, 10), sell("c", 7, 8)]), {
      volume: 7,
      price: 10,
      clearing: { low: 10, high: 10 },
      fills: [
        { id: "a", qty: 5 },
        { id: "b", qty: 2 },
        { id: "c", qty: 7 }
      ],
      gainsFromTrade: 14
    })
  })

  it("a balanced book is cleared half-way between the last to trade, or the first not to", () => {
    assert.strictEqual(decided([buy("a", 1, 10), sell("b", 1, 4)])["price"], 7)
    const { clearing } = decided([buy("a", 1, 10), buy("b", 1, 6), sell("c", 1, 4), sell("d", 1, 9)])
    assert.deepStrictEqual(clearing, { low: 6, high: 9 })
  })

  it("market orders trade at the limit on the other side", () => {
    assert.strictEqual(decided([buy("a", 3), sell("b", 3, 8)])["price"], 8)
    assert.strictEqual(decided([buy("a", 3, 8), sell("b", 3)])["price"], 8)
  })

  it("too many market orders: the first come first, and the price reaches the best limit left out", () => {
    const { fills, price } = decided([buy("a", 30), buy("b", 30), buy("c", 5, 12), sell("d", 50, 10)])
    assert.deepStrictEqual(fills, [
      { id: "a", qty: 30 },
      { id: "b", qty: 20 },
      { id: "d", qty: 50 }
    ])
    assert.strictEqual(price, 12)
  })

  it("market orders on both sides with a bystander trade at the bystander's limit", () => {
    assert.strictEqual(decided([buy("a", 3), sell("b", 3), buy("c", 1, 8)])["price"], 8)
    assert.strictEqual(decided([buy("a", 3), sell("b", 3), sell("c", 1, 8)])["price"], 8)
  })

  it("market orders alone have no price to clear at", () => {
    const { price, volume } = decided([buy("a", 3), sell("b", 3)])
    assert.deepStrictEqual([price, volume], [null, 0])
  })

  it("text is answered exactly: prices and quantities each in their kind", () => {
    assert.deepStrictEqual(decided([buy("a", 1, "0.3"), sell("b", 2, "0.1")]), {
      volume: 1,
      price: "0.1",
      clearing: { low: "0.1", high: "0.1" },
      fills: [
        { id: "a", qty: 1 },
        { id: "b", qty: 1 }
      ],
      gainsFromTrade: "0.2"
    })
    const thirds = decided([buy("a", "1/3", "1/7"), sell("b", "2/3", "1/9"), buy("c", "1/6", "1/7")])
    assert.deepStrictEqual([thirds["volume"], thirds["price"], thirds["gainsFromTrade"]], ["0.5", "1/9", "1/63"])
  })

  it("fractions of a unit are the decimals they are written as", () => {
    const { fills, volume } = decided([buy("a", 0.1, 2), buy("b", 0.2, 2), sell("c", 0.3, 1)])
    assert.strictEqual(volume, 0.3)
    assert.deepStrictEqual(fills, [
      { id: "a", qty: 0.1 },
      { id: "b", qty: 0.2 },
      { id: "c", qty: 0.3 }
    ])
  })

  it("gains are those of the decimals that are written", () => {
    const cents = [buy("a", 1, 22.2), buy("b", 1, 4.93), sell("c", 1, 0.1), sell("d", 1, 0.2)]
    assert.strictEqual(decided(cents)["gainsFromTrade"], 26.83)
    assert.strictEqual(decided([buy("a", 3, 0.3), sell("b", 3, 0.1)])["gainsFromTrade"], 0.6)
    // More digits than decimals are told apart by are summed as doubles.
    const long = 0.1 + 0.2
    assert.strictEqual(decided([buy("a", 1, long), sell("b", 1, 0)])["gainsFromTrade"], long)
  })

  it("text stays text where nothing is traded, and market orders alone are numbers", () => {
    assert.strictEqual(decided([buy("a", 1, "0.1")])["gainsFromTrade"], "0")
    assert.strictEqual(decided([buy("a", "1", "0.1")])["volume"], "0")
    assert.strictEqual(decided([buy("a", 3), sell("b", 3)])["gainsFromTrade"], 0)
    assert.strictEqual(decided([])["gainsFromTrade"], 0)
  })

  it("sums beyond the doubles are refused; prices near them are not", () => {
    assert.strictEqual(decided([buy("a", 1, 1.7e308), sell("b", 1, 1.5e308)])["price"], 1.6e308)
    const refused = CallMarket.calculator.solve({ orders: [buy("a", 1e300, 1.7e308), sell("b", 1e300, 0)] })
    assert.isTrue(Result.isFailure(refused) && refused.failure._tag === "OutOfRange")
  })

  it("says which side is in excess, and what came of no trade", () => {
    const settled = CallMarket.decide({
      orders: [
        { id: "a", side: "buy", price: 10, qty: 5 },
        { id: "b", side: "sell", price: 8, qty: 7 }
      ]
    })
    assert.deepStrictEqual([settled.status, settled.excess], ["cleared", { side: "sell", qty: 2 }])
    assert.strictEqual(CallMarket.decide({ orders: [] }).status, "no-participants")
    assert.strictEqual(CallMarket.decide({ orders: [{ id: "a", side: "buy", price: 1, qty: 1 }] }).status, "no-trade")
  })
})

describe("against every price, unit by unit", () => {
  law("volume, interval, fills and gains", p13, books, (orders) => {
    const { clearing, fills, gainsFromTrade, price, volume } = decided(orders)
    return JSON.stringify({ volume, price, clearing, fills, gainsFromTrade }) === JSON.stringify(call(orders))
  })

  law("excess is what finds nobody at the price", p13, books, (orders) => {
    const { excess, price } = CallMarket.decide({ orders })
    if (price === undefined) return excess === undefined
    const expected = excessAt(orders, Amount.rationals.toNumber(price))
    return excess === undefined ? expected === 0 : (excess.side === "buy" ? 1 : -1) * Number(excess.qty) === expected
  })

  const isSame = (a: Amount.Rational | undefined, b: Amount.Rational | undefined): boolean =>
    a === undefined || b === undefined ? a === b : Amount.rationals.toNumber(a) === Amount.rationals.toNumber(b)

  const isSameAsLevels = (orders: ReadonlyArray<Order>): boolean => {
    const lift = Amount.rationals.fromNumber
    const levels = CallMarket.clear(
      Amount.rationals,
      orders.map(({ price, qty, side }) => ({
        side,
        price: price === undefined ? undefined : lift(price),
        qty: lift(qty)
      }))
    )
    const { clearing, excess, fills, status, volume } = CallMarket.decide({ orders })
    const filled = new Map(fills.map(({ id, qty }) => [id, qty]))
    return (
      status === levels.status &&
      volume.equals(levels.volume) &&
      isSame(clearing?.low, levels.clearing?.low) &&
      isSame(clearing?.high, levels.clearing?.high) &&
      excess?.side === levels.excess?.side &&
      excess?.qty === (levels.excess === undefined ? undefined : levels.excess.qty.valueOf()) &&
      orders.every(({ id }, index) => levels.fills[index]?.equals(filled.get(id) ?? 0) === true)
    )
  }

  law("selection in doubles and exact levels agree", p13, books, isSameAsLevels)

  const anyPrice = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1e280 }))
  const wide = Arbitrary.schema(
    Schema.Array(
      Schema.Struct({
        side: Schema.Literals(["buy", "sell"]),
        price: Schema.Union([anyPrice, anyPrice, anyPrice, small(0, 3), Schema.Literal("market")]),
        qty: Schema.Union([small(1, 4), small(1, 2 ** 40)])
      })
    ).check(Schema.isMaxLength(40))
  )
  const wideBooks = Arbitrary.map(wide, (list): ReadonlyArray<Order> =>
    list.map(({ price, qty, side }, index) =>
      price === "market" ? { id: `${index}`, side, qty } : { id: `${index}`, side, price, qty }
    )
  )
  law("they agree on any prices and large quantities", Math.ceil(p13 / 5), wideBooks, isSameAsLevels)

  it("they agree where every pivot is a bad one", () => {
    const count = 3_000
    // The first, the middle and the last limit of what is left are always the lowest ones.
    const limit = (index: number) => (index < count / 2 ? 2 * index : 2 * (count - index) - 1)
    const orders = Array.from({ length: 2 * count }, (_, index): Order => {
      const price = limit(index % count)
      return { id: `${index}`, side: index < count ? "buy" : "sell", price, qty: 1 + (index % 3) }
    })
    // With a limit far away a grid has all others in one interval.
    for (const far of [[], [{ id: "far", side: "sell", price: 1e15, qty: 1 } as const]]) {
      assert.isTrue(isSameAsLevels([...orders, ...far]))
      assert.isTrue(isSameAsLevels([...orders, ...far].toReversed()))
    }
  })

  const crowds = Arbitrary.schema(
    Schema.Struct({
      seed: small(1, 1_000_000),
      count: small(300, 900),
      levels: small(1, 2_000),
      reach: Schema.Literals([0, 0, 1, 20])
    })
  )
  law("they agree on hundreds of orders, whether they crowd or are far from each other", p13 / 50, crowds, (crowd) => {
    let state = crowd.seed
    const chance = (n: number) => (state = (state * 48271) % 2147483647) % n
    // Of each side one in so many orders is a market order: where all are, the last limit of the other side is the margin.
    const every = () => [1, 2, 20, 1_000][chance(4)] ?? 1
    const markets = { buy: every(), sell: every() }
    const orders = Array.from({ length: crowd.count }, (_, i): Order => {
      const side = chance(2) === 0 ? "buy" : "sell"
      const order = { id: `${i}`, side, qty: 1 + chance(5) } as const
      if (chance(markets[side]) === 0) return order
      return { ...order, price: chance(crowd.levels) * 10 ** (chance(2 * crowd.reach + 1) - crowd.reach) }
    })
    return isSameAsLevels(orders)
  })

  it("a large market agrees", () => {
    let state = 11
    const chance = (n: number) => (state = (state * 48271) % 2147483647) % n
    const orders = Array.from({ length: 1000 }, (_, i): Order => {
      const order = { id: `${i}`, side: chance(2) === 0 ? ("buy" as const) : ("sell" as const), qty: 1 + chance(5) }
      return chance(20) === 0 ? order : { ...order, price: chance(400) }
    })
    const { clearing, fills, volume } = decided(orders)
    const truth = call(orders)
    assert.deepStrictEqual(
      { clearing, fills, volume },
      { clearing: truth.clearing, fills: truth.fills, volume: truth.volume }
    )
  })
})

describe("junk", () => {
  const sample = { orders: [buy("a", 5, 10), buy("b", 5), sell("c", 7, 8)] }
  const exact = { orders: [buy("a", "1/3", "0.1"), sell("c", "7", "2/3")] }
  fuzz(CallMarket.calculator, [sample, exact, { orders: [buy("a", 0.5, 10), sell("b", 0.25, 1e300)] }])

  const one = (order: object) => ({ orders: [order] })
  refuses(CallMarket.calculator, [
    ["nothing", undefined, "InvalidFormat", []],
    ["no orders", {}, "InvalidFormat", ["orders"]],
    ["orders by name", { orders: {} }, "InvalidFormat", ["orders"]],
    ["S160: a negative quantity", one(buy("a", -1, 1)), "InvalidAmount", ["orders", 0, "qty"]],
    ["a quantity of zero", one(buy("a", 0, 1)), "InvalidFormat", ["orders", 0, "qty"]],
    ["a quantity of zero as text", one(buy("a", "0/3", 1)), "InvalidFormat", ["orders", 0, "qty"]],
    ["a quantity that is NaN", one(buy("a", Number.NaN, 1)), "InvalidAmount", ["orders", 0, "qty"]],
    ["an infinite price", one(buy("a", 1, Infinity)), "InvalidAmount", ["orders", 0, "price"]],
    ["a negative price as text", one(buy("a", 1, "-2")), "InvalidAmount", ["orders", 0, "price"]],
    ["a price that is null", one({ ...buy("a", 1), price: null }), "InvalidFormat", ["orders", 0, "price"]],
    ["a third side", one({ ...buy("a", 1), side: "hold" }), "InvalidFormat", ["orders", 0, "side"]],
    ["no quantity", one({ id: "a", side: "buy", price: 1 }), "InvalidFormat", ["orders", 0, "qty"]],
    ["an unknown field", one({ ...buy("a", 1), limit: 3 }), "InvalidFormat", ["orders", 0, "limit"]],
    ["an id given twice", { orders: [buy("a", 1, 1), sell("a", 1, 1)] }, "DuplicateName", ["orders", 1, "id"]]
  ])
})
