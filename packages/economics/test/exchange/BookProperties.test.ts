import { Amount, Book, BookProperties, CallMarket } from "@mabeam/economics"
import type { Calculator } from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Result, Schema } from "effect"
import { law } from "@foundation/core/testing/law"
import { p13 } from "../p13.ts"
import { type Operation, run } from "./reference/orderBooks.ts"

const { doubles } = Amount

const limit = (id: string, side: "buy" | "sell", price: number, qty: number): Operation => ({
  t: 0,
  id,
  op: "limit",
  side,
  price,
  qty
})
const market = (id: string, side: "buy" | "sell", qty: number): Operation => ({ t: 0, id, op: "market", side, qty })
const cancel = (id: string): Operation => ({ t: 0, id, op: "cancel" })

const solved = (log: ReadonlyArray<object>) => Result.getOrThrow(Book.calculator.solve(log))
const propertiesOf = (log: ReadonlyArray<object>) => solved(log).properties ?? {}
const holds = (log: ReadonlyArray<object>, property: BookProperties.Property) => propertiesOf(log)[property]?.holds
const broken = (properties: NonNullable<Calculator.Answer["properties"]>) =>
  Object.entries(properties).flatMap(([name, { declared, holds }]) => (declared && holds === false ? [name] : []))

const int = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

/** Logs with few prices, so that queues form; a cancel may come too late. */
const logs = (longest: number, kinds: ReadonlyArray<"limit" | "market" | "cancel">) =>
  Arbitrary.map(
    Arbitrary.schema(
      Schema.Array(
        Schema.Struct({
          kind: Schema.Literals(kinds),
          side: Schema.Literals(["buy", "sell"]),
          price: int(0, 7),
          qty: int(1, 3),
          target: int(0, 8)
        })
      ).check(Schema.isMaxLength(longest))
    ),
    (list) => {
      const placed: Array<string> = []
      return list.map(({ kind, price, qty, side, target }, index): Operation => {
        const old = placed[target % placed.length]
        if (kind === "cancel" && old !== undefined) return cancel(old)
        placed.push(`${index}`)
        return kind === "market" ? market(`${index}`, side, qty) : limit(`${index}`, side, price, qty)
      })
    }
  )
const all = ["limit", "limit", "limit", "market", "cancel"] as const

/** The same as text in sevenths, quantities in thirds and as numbers in turn. */
const asText = (log: ReadonlyArray<Operation>) =>
  log.map(({ price, qty, ...rest }, index) => ({
    ...rest,
    ...(price === undefined ? {} : { price: `${price}/7` }),
    ...(qty === undefined ? {} : { qty: index % 3 === 0 ? qty : `${qty}/3` })
  }))

describe("P13: what an order book declares holds", () => {
  law("on numbers", p13, logs(14, all), (log) => broken(propertiesOf(log)).length === 0)
  law("exactly", Math.ceil(p13 / 20), logs(9, all), (log) => broken(propertiesOf(asText(log))).length === 0)

  it("where a price that was stated as text is answered as the nearest double, which is beyond its limit", () => {
    const log = [{ ...limit("a", "buy", 0, 1), price: "5/3" }, limit("b", "buy", 0.5, 1), market("c", "sell", 1)]
    const price = Amount.toRational(Object(solved(log).decision["trades"])[0].price)
    assert.isAbove(price.compare(Amount.toRational("5/3")), 0)
    assert.deepStrictEqual(broken(propertiesOf(log)), [])
  })
})

describe("what depends on the future is judged as it is", () => {
  /** The most that trading unit by unit can gain, of orders with limits: what was withdrawn only as far as it has traded. */
  const best = (log: ReadonlyArray<Operation>): number => {
    const { trades } = run(log)
    const withdrawn = new Set(log.flatMap((it) => (it.op === "cancel" ? [it.id] : [])))
    const traded = (id: string) => trades.reduce((sum, it) => sum + (it.buy === id || it.sell === id ? it.qty : 0), 0)
    const units = (side: Operation["side"]) =>
      log.flatMap(({ id, op, price = 0, qty = 0, side: own }) =>
        op === "limit" && own === side ? Array.from({ length: withdrawn.has(id) ? traded(id) : qty }, () => price) : []
      )
    const buys = units("buy").sort((a, b) => b - a)
    const sells = units("sell").sort((a, b) => a - b)
    return buys.reduce((sum, value, index) => sum + Math.max(0, value - (sells[index] ?? Infinity)), 0)
  }
  const gains = (log: ReadonlyArray<Operation>): number => {
    const limits = new Map(log.flatMap(({ id, op, price }) => (op === "limit" ? [[id, price ?? 0]] : [])))
    const of = (id: string) => limits.get(id) ?? 0
    return run(log).trades.reduce((sum, { buy, qty, sell }) => sum + (of(buy) - of(sell)) * qty, 0)
  }
  law("efficient is what no other trades gain more than", p13, logs(9, ["limit", "limit", "cancel"]), (log) => {
    return holds(log, "efficient") === (gains(log) === best(log))
  })

  /** Limits in eighths: gains at the ends of an interval are whole, so some eighth within it shows them. */
  const canGain = (log: ReadonlyArray<Operation>): boolean => {
    const fine = log.map((it) => (it.price === undefined ? it : { ...it, price: 8 * it.price }))
    const gainOf = (list: ReadonlyArray<Operation>, { id, price = 0, side }: Operation) =>
      run(list).trades.reduce((sum, it) => {
        if (id !== (side === "buy" ? it.buy : it.sell)) return sum
        return sum + (side === "buy" ? price - it.price : it.price - price) * it.qty
      }, 0)
    return fine.some((order, at) => {
      if (order.op !== "limit") return false
      const own = gainOf(fine, order)
      return Array.from({ length: 8 * 9 }, (_, price) => price).some(
        (price) => gainOf(fine.with(at, { ...order, price }), order) > own
      )
    })
  }
  law(
    "strategy-proof is where no order gains by any limit; found out by trying them all",
    p13,
    logs(BookProperties.searchedOperationsMax, all),
    (log) => holds(log, "strategy-proof") === !canGain(log)
  )
})

describe("what theory says fails is found to fail", () => {
  it("efficiency: a worse buyer who comes first takes what a call market keeps for the better", () => {
    const orders = [
      { id: "first", side: "buy", price: 6, qty: 1 },
      { id: "seller", side: "sell", price: 5, qty: 1 },
      { id: "better", side: "buy", price: 9, qty: 1 }
    ] as const
    const log = orders.map((it, t) => ({ t, op: "limit", ...it }))
    const { decision, properties } = solved(log)
    assert.deepStrictEqual(decision["trades"], [{ t: 1, buy: "first", sell: "seller", price: 6, qty: 1 }])
    assert.deepStrictEqual(properties?.["efficient"], { declared: false, holds: false })
    // 9 - 5 in place of 6 - 5.
    const call = Result.getOrThrow(CallMarket.calculator.solve({ orders }))
    assert.deepStrictEqual(call.properties?.["efficient"], { declared: true, holds: true })
    assert.deepStrictEqual(
      [call.decision["gainsFromTrade"], call.decision["fills"]],
      [
        4,
        [
          { id: "seller", qty: 1 },
          { id: "better", qty: 1 }
        ]
      ]
    )
    const [first, seller, better] = log
    assert.strictEqual(holds([{ ...better, t: 0 }, seller!, { ...first, t: 2 }], "efficient"), true)
  })

  it("efficiency: two trades where one gains more", () => {
    // Each trades at once with who is there; the best pair alone gains 9, both gain 2 together.
    const log = [limit("a", "buy", 9, 1), limit("b", "sell", 8, 1), limit("c", "sell", 0, 1), limit("d", "buy", 1, 1)]
    assert.strictEqual(Object(solved(log).decision["trades"]).length, 2)
    assert.strictEqual(holds(log, "efficient"), false)
  })

  it("efficiency: a market order that found nobody would have been filled by who comes later", () => {
    assert.strictEqual(holds([market("a", "buy", 1), limit("b", "sell", 5, 1)], "efficient"), false)
    assert.strictEqual(holds([market("a", "sell", 1), limit("b", "buy", 5, 1)], "efficient"), false)
    assert.strictEqual(holds([limit("b", "sell", 5, 1), market("a", "buy", 1)], "efficient"), true)
    assert.strictEqual(holds([market("a", "buy", 1), market("b", "sell", 1)], "efficient"), true)
  })

  it("what was withdrawn is missed by nobody", () => {
    const log = [limit("a", "buy", 9, 1), cancel("a"), limit("b", "sell", 2, 1)]
    assert.strictEqual(holds(log, "efficient"), true)
  })

  it("honesty: who waits gains by shading, and the gain is real", () => {
    const honest = [limit("ada", "buy", 10, 1), limit("bob", "sell", 4, 1)]
    assert.deepStrictEqual(propertiesOf(honest)["strategy-proof"], { declared: false, holds: false })
    const shaded = solved([limit("ada", "buy", 4, 1), limit("bob", "sell", 4, 1)])
    assert.deepStrictEqual(solved(honest).decision["trades"], [{ t: 0, buy: "ada", sell: "bob", price: 10, qty: 1 }])
    assert.deepStrictEqual(shaded.decision["trades"], [{ t: 0, buy: "ada", sell: "bob", price: 4, qty: 1 }])
  })

  it("honesty: a seller whom market orders will meet gains by asking more, without end", () => {
    assert.strictEqual(holds([limit("a", "sell", 5, 1), market("b", "buy", 1)], "strategy-proof"), false)
  })

  it("where nobody can get a better price, honesty costs nothing", () => {
    const log = [limit("a", "buy", 5, 1), limit("b", "sell", 5, 1), limit("c", "buy", 4, 1)]
    assert.deepStrictEqual(propertiesOf(log)["strategy-proof"], { declared: false, holds: true })
  })

  it("long logs are not searched", () => {
    const log = Array.from({ length: 7 }, (_, i) => limit(`${i}`, i % 2 === 0 ? "buy" : "sell", i, 1))
    assert.deepStrictEqual(propertiesOf(log)["strategy-proof"], { declared: false, holds: "unchecked" })
  })
})

describe("each checker rejects what it is there to reject", () => {
  const order = (side: "buy" | "sell", price: number | undefined, qty: number, isWithdrawn = false) => ({
    side,
    price,
    qty,
    isWithdrawn
  })
  const orders = new Map([
    ["b9", order("buy", 9, 2)],
    ["b6", order("buy", 6, 2)],
    ["s2", order("sell", 2, 2)],
    ["s4", order("sell", 4, 2)],
    ["b3", order("buy", 3, 1)],
    ["s8", order("sell", 8, 1)],
    ["m", order("buy", undefined, 1)],
    ["gone", order("sell", 1, 2, true)]
  ])
  const trade = (buy: string, sell: string, price: number, qty: number) => ({ buy, sell, price, qty })
  type Trades = BookProperties.Outcome<number>["trades"]
  const judge = (trades: Trades) => BookProperties.findings(doubles, { orders, trades }, undefined)
  const right = [trade("m", "s2", 5, 1), trade("b9", "s2", 5, 1), trade("b9", "s4", 5, 1), trade("b6", "s4", 5, 1)]

  it("and nothing else", () => {
    const found = judge(right)
    for (const property of [...BookProperties.declares, "efficient"] as const)
      assert.strictEqual(found[property].holds, true, property)
  })

  const cases: ReadonlyArray<readonly [BookProperties.Property, string, Trades]> = [
    ["individually-rational", "a price above a buyer's limit", [trade("b6", "s2", 7, 1)]],
    ["individually-rational", "a price below a seller's limit", [trade("b6", "s4", 3, 1)]],
    ["individually-rational", "more than was wanted, in parts", [trade("b9", "s2", 5, 2), trade("b9", "s4", 5, 1)]],
    ["individually-rational", "more than was offered", [trade("b9", "s2", 5, 2), trade("b6", "s2", 5, 1)]],
    ["efficient", "trades that are missed", right.slice(0, 2)],
    [
      "efficient",
      "a better buyer left out",
      [trade("m", "s2", 5, 1), trade("b6", "s2", 5, 1), trade("b6", "s4", 5, 1)]
    ],
    ["efficient", "a cheaper seller left out", [...right.slice(2), trade("m", "s2", 5, 1)]],
    ["efficient", "a market order left out", right.slice(1)],
    ["efficient", "a trade at a loss", [...right, trade("b6", "s8", 7, 1)]],
    ["strongly-budget-balanced", "money that nobody receives", [...right, trade("m", "nobody", 5, 1)]],
    ["weakly-budget-balanced", "money that nobody has paid", [...right, trade("nobody", "gone", 5, 1)]],
    ["weakly-budget-balanced", "a seller who is paid as a buyer", [...right, trade("s4", "s4", 5, 1)]]
  ]
  it.each(cases)("%s: %s", (property, _what, trades) => {
    assert.strictEqual(judge(trades)[property].holds, false)
  })

  it("weakly balanced is not strongly balanced: the house may keep, not add", () => {
    const keeps = judge([...right, trade("m", "nobody", 5, 1)])
    assert.strictEqual(keeps["weakly-budget-balanced"].holds, true)
    const adds = judge([...right, trade("nobody", "gone", 5, 1)])
    assert.strictEqual(adds["strongly-budget-balanced"].holds, false)
  })

  it("strategy-proof: a book in which who waits pays his limit", () => {
    const toRational = Amount.toRational
    const exact = (side: "buy" | "sell", price: number) => ({
      side,
      price: toRational(price),
      qty: toRational(1),
      isWithdrawn: false
    })
    const two = new Map([
      ["a", exact("buy", 9)],
      ["b", exact("sell", 2)]
    ])
    const at = (price: Amount.Rational) => [{ buy: "a", sell: "b", price, qty: toRational(1) }]
    const judged = (priceOf: (a: Amount.Rational) => Amount.Rational) =>
      BookProperties.findings(
        Amount.rationals,
        { orders: two, trades: at(priceOf(toRational(9))) },
        {
          honest: { orders: two, trades: at(priceOf(toRational(9))) },
          run: (id, price) => {
            const [bid, ask] = id === "a" ? [price, toRational(2)] : [toRational(9), price]
            return bid.compare(ask) >= 0 ? at(priceOf(bid)) : []
          }
        }
      )["strategy-proof"].holds
    assert.strictEqual(
      judged((bid) => bid),
      false
    )
    // A price that is nobody's limit leaves nothing to gain.
    assert.strictEqual(
      judged(() => toRational(5)),
      true
    )
  })
})
