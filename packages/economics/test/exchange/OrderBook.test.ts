import { Amount, Book, BookSession, OrderBook } from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Result, Schema } from "effect"
import { fuzz, refuses } from "../junk.ts"
import { law } from "@foundation/core/testing/law"
import { p13 } from "../p13.ts"
import { deliveries, long } from "../session/harness.ts"
import { run } from "./reference/orderBooks.ts"

const int = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

/** Commands with few prices, so that queues form, and ids that are sometimes taken or unknown. */
const commands = Arbitrary.schema(
  Schema.Array(
    Schema.Struct({
      kind: Schema.Literals(["limit", "limit", "limit", "market", "cancel"]),
      side: Schema.Literals(["buy", "sell"]),
      price: int(0, 6),
      qty: int(1, 5),
      target: int(0, 30)
    })
  ).check(Schema.isMaxLength(24))
)

const inputs = Arbitrary.map(commands, (list) =>
  list.map(({ kind, price, qty, side, target }, t): BookSession.Input => {
    if (kind === "cancel") return { _tag: "Cancel", t, id: `${target}` }
    const id = target === 30 ? "0" : `${t}`
    return kind === "limit" ? { _tag: "Limit", t, id, side, price, qty } : { _tag: "Market", t, id, side, qty }
  })
)

const played = (list: ReadonlyArray<BookSession.Input>) => {
  let state = BookSession.open()
  const outputs: Array<BookSession.Output> = []
  const states = [state]
  for (const input of list) {
    const [next, told] = BookSession.step(state, input)
    state = next
    states.push(state)
    outputs.push(...told)
  }
  return { state, states, outputs }
}

const bookIn = (state: BookSession.State) => {
  const book = BookSession.bookOf(state)
  return { bids: book.orders("buy"), asks: book.orders("sell") }
}

const tradesIn = (outputs: ReadonlyArray<BookSession.Output>) =>
  outputs.filter((it) => it._tag === "Traded").map(({ _tag, ...trade }) => trade)

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

describe("order book in sentences", () => {
  const book = (ordersMax?: number) => OrderBook.make(Amount.doubles, { ordersMax })

  it("trades at the price of the order that waited, best first, and the rest waits", () => {
    const one = book()
    one.limit("1", "sell", 11, 2)
    one.limit("2", "sell", 10, 2)
    assert.deepStrictEqual(one.limit("3", "buy", 12, 5), [
      { buy: "3", sell: "2", price: 10, qty: 2 },
      { buy: "3", sell: "1", price: 11, qty: 2 }
    ])
    assert.deepStrictEqual(one.orders("buy"), [{ id: "3", price: 12, qty: 1 }])
    assert.strictEqual(one.best("buy"), 12)
    assert.strictEqual(one.best("sell"), undefined)
  })

  it("an order that is filled in part keeps its place before later ones", () => {
    const one = book()
    one.limit("1", "buy", 10, 3)
    one.limit("2", "buy", 10, 3)
    one.market("3", "sell", 1)
    assert.deepStrictEqual(one.market("4", "sell", 3), [
      { buy: "1", sell: "4", price: 10, qty: 2 },
      { buy: "2", sell: "4", price: 10, qty: 1 }
    ])
  })

  it("a market order never waits, and finds nobody in an empty book", () => {
    const one = book()
    assert.deepStrictEqual(one.market("1", "buy", 3), [])
    assert.deepStrictEqual(one.orders("buy"), [])
    assert.strictEqual(one.cancel("1"), "not resting")
  })

  it("refuses with a reason and changes nothing", () => {
    const one = book(2)
    one.limit("1", "buy", 10, 3)
    assert.strictEqual(one.limit("1", "sell", 1, 3), "duplicate id")
    assert.strictEqual(one.limit("2", "sell", Number.NaN, 3), "invalid price")
    assert.strictEqual(one.limit("2", "sell", -1, 3), "invalid price")
    for (const qty of [0, -1, 0.5, Infinity, 2 ** 53])
      assert.strictEqual(one.market("2", "sell", qty), "invalid quantity")
    assert.strictEqual(one.cancel("2"), "unknown order")
    one.limit("2", "buy", 9, 1)
    assert.strictEqual(one.limit("3", "buy", 9, 1), "full")
    assert.deepStrictEqual(one.cancel("2"), { id: "2", price: 9, qty: 1 })
    assert.strictEqual(one.cancel("2"), "not resting")
    assert.strictEqual(one.limit("2", "buy", 9, 1), "duplicate id")
    assert.deepStrictEqual(one.depth("buy"), [{ price: 10, qty: 3 }])
    assert.deepStrictEqual(one.lookup("1"), { id: "1", side: "buy", price: 10, qty: 3 })
  })

  it("over rationals quantities are exact fractions", () => {
    const one = OrderBook.make(Amount.rationals)
    const of = Amount.toRational
    one.limit("1", "sell", of("0.1"), of("1/3"))
    const fills = one.limit("2", "buy", of("1/9"), of("1/7"))
    assert.isFalse(typeof fills === "string")
    assert.strictEqual(one.orders("sell")[0]?.qty.toFraction(), "4/21")
  })

  it("thousands of levels stay in order through inserts and cancels", () => {
    const one = book()
    let state = 5
    const chance = (n: number) => (state = (state * 48271) % 2147483647) % n
    const prices = new Map<string, number>()
    for (let i = 0; i < 4000; i++) {
      const price = chance(100_000)
      one.limit(`${i}`, "sell", price, 1)
      prices.set(`${i}`, price)
      const gone = `${chance(i + 1)}`
      if (i % 3 === 0 && prices.delete(gone)) one.cancel(gone)
    }
    const expected = [...prices.values()].sort((a, b) => a - b)
    assert.deepStrictEqual(
      one.orders("sell").map((it) => it.price),
      expected
    )
    assert.deepStrictEqual(one.orders("sell", 3).length, 3)
    assert.deepStrictEqual(one.depth("sell", 2).length, 2)
  })
})

describe("sessions", () => {
  law("trades and book are those of a naive search, and conserve quantity and money", p13, inputs, (list) => {
    const { outputs, state } = played(list)
    const log = BookSession.logOf(state)
    const truth = run(
      log.map((it) => ({
        t: it.t,
        id: it.id,
        op: it.op,
        ...(it.op === "cancel" ? {} : { side: it.side, qty: Number(it.qty) }),
        ...(it.op === "limit" ? { price: Number(it.price) } : {})
      }))
    )
    const counted = outputs.reduce(
      (sum, it) =>
        sum + (it._tag === "Traded" ? 2 * it.qty : it._tag === "Lapsed" || it._tag === "Cancelled" ? it.qty : 0),
      0
    )
    const entered = log.reduce((sum, it) => sum + (it.op === "cancel" ? 0 : Number(it.qty)), 0)
    const { asks, bids } = bookIn(state)
    const waiting = [...asks, ...bids].reduce((sum, it) => sum + it.qty, 0)
    return same(tradesIn(outputs), truth.trades) && same({ bids, asks }, truth.book) && counted + waiting === entered
  })

  it(
    "four messages under every order, loss, repetition and delay: as a naive search on those that came in time",
    long,
    () => {
      const limit = (t: number, id: string, side: "buy" | "sell", price: number, qty: number): BookSession.Input => ({
        _tag: "Limit",
        t,
        id,
        side,
        price,
        qty
      })
      const worlds: ReadonlyArray<ReadonlyArray<BookSession.Input>> = [
        // At one moment every order of arrival is in order; a cancel may come before its order.
        [
          limit(0, "a", "sell", 5, 2),
          limit(0, "b", "sell", 5, 1),
          { _tag: "Market", t: 0, id: "c", side: "buy", qty: 2 },
          { _tag: "Cancel", t: 0, id: "a" }
        ],
        // With moments of their own, what is overtaken is refused.
        [
          limit(1, "a", "sell", 5, 2),
          limit(2, "b", "buy", 6, 1),
          limit(2, "c", "sell", 4, 1),
          limit(3, "d", "buy", 5, 3)
        ]
      ]
      for (const messages of worlds) {
        for (const { after, before } of deliveries(messages)) {
          let now = -Infinity
          const seen = new Set<string>()
          const log = before.flatMap((it) => {
            if (it._tag === "Close" || it.t < now) return []
            const { _tag, ...rest } = it
            if (_tag !== "Cancel" && seen.has(it.id)) return []
            if (_tag !== "Cancel") seen.add(it.id)
            now = it.t
            return [{ ...rest, op: _tag === "Limit" ? "limit" : _tag === "Market" ? "market" : "cancel" } as const]
          })
          const truth = run(log)
          const { outputs, state } = played([...before, { _tag: "Close" }, ...after])
          assert.deepStrictEqual(tradesIn(outputs), truth.trades)
          const closed = outputs.flatMap((it) => (it._tag === "Closed" ? [it.receipt] : []))
          assert.strictEqual(closed.length, 1)
          assert.deepStrictEqual(closed[0]?.decision, { trades: truth.trades, book: truth.book })
          assert.deepStrictEqual(
            Result.getOrThrow(Book.calculator.solve(closed[0]?.inputs)).decision,
            closed[0]?.decision
          )
          assert.isTrue(outputs.slice(outputs.length - after.length).every((it) => it._tag === "Refused"))
          assert.isTrue(state.closed)
        }
      }
    }
  )

  law("the book never crosses, and each trade suits both limits", p13, inputs, (list) => {
    const { outputs, states } = played(list)
    const last = states.at(-1)
    const log = last === undefined ? [] : BookSession.logOf(last)
    const limits = new Map(log.flatMap((it) => (it.op === "limit" ? [[it.id, Number(it.price)]] : [])))
    const { asks, bids } = last === undefined ? { asks: [], bids: [] } : bookIn(last)
    return (
      (bids[0]?.price ?? -1) < (asks[0]?.price ?? Infinity) &&
      tradesIn(outputs).every(
        (it) => (limits.get(it.buy) ?? Infinity) >= it.price && (limits.get(it.sell) ?? -1) <= it.price
      )
    )
  })

  law("a book rebuilt from its log equals the live one, receipt included", p13 / 4, inputs, (list) => {
    const { outputs, state } = played(list)
    const [closed, told] = BookSession.step(state, { _tag: "Close" })
    const receipt = told[0]?._tag === "Closed" ? told[0].receipt : undefined
    const again = Book.calculator.solve(receipt?.inputs)
    return (
      Result.isSuccess(again) &&
      same(again.success.decision, receipt?.decision) &&
      same(again.success.decision, { trades: tradesIn(outputs), book: bookIn(state) }) &&
      BookSession.step(closed, { _tag: "Cancel", t: 99, id: "0" })[0] === closed
    )
  })

  law("older states read as before and go on as if nothing had followed", p13 / 10, inputs, (list) => {
    const { states } = played(list)
    const half = list.length >> 1
    const old = states[half]
    if (old === undefined) return false
    const fresh = played(list.slice(0, half)).state
    if (!same(bookIn(old), bookIn(fresh))) return false
    const input: BookSession.Input = { _tag: "Limit", t: 100, id: "new", side: "buy", price: 3, qty: 9 }
    const [forked, told] = BookSession.step(old, input)
    const [expected, alike] = BookSession.step(fresh, input)
    const newest = states.at(-1)
    return (
      same(told, alike) &&
      same(bookIn(forked), bookIn(expected)) &&
      newest !== undefined &&
      same(bookIn(newest), bookIn(played(list).state))
    )
  })

  it("what is not in order is refused with its reason and changes nothing", () => {
    const first = BookSession.step(BookSession.open({ operationsMax: 2 }), {
      _tag: "Limit",
      t: 5,
      id: "a",
      side: "buy",
      price: 1,
      qty: 1
    })[0]
    const because = (input: BookSession.Input, state = first) => {
      const [next, told] = BookSession.step(state, input)
      assert.deepStrictEqual(BookSession.logOf(next), BookSession.logOf(state))
      return told[0]?._tag === "Refused" ? told[0].because : "none"
    }
    assert.strictEqual(because({ _tag: "Cancel", t: 4, id: "a" }), "decreasing time")
    assert.strictEqual(because({ _tag: "Cancel", t: Number.NaN, id: "a" }), "decreasing time")
    assert.strictEqual(because({ _tag: "Cancel", t: 5, id: "" }), "invalid id")
    assert.strictEqual(because({ _tag: "Cancel", t: 5, id: "b" }), "unknown order")
    assert.strictEqual(because({ _tag: "Market", t: 5, id: "a", side: "sell", qty: 1 }), "duplicate id")
    assert.strictEqual(because({ _tag: "Market", t: 5, id: "b", side: "sell", qty: 1.5 }), "invalid quantity")
    assert.strictEqual(because({ _tag: "Limit", t: 5, id: "b", side: "sell", qty: 1, price: -1 }), "invalid price")
    const second = BookSession.step(first, { _tag: "Market", t: 6, id: "b", side: "sell", qty: 2 })
    assert.deepStrictEqual(second[1], [
      { _tag: "Traded", t: 6, buy: "a", sell: "b", price: 1, qty: 1 },
      { _tag: "Lapsed", id: "b", qty: 1 }
    ])
    assert.strictEqual(because({ _tag: "Cancel", t: 7, id: "a" }, second[0]), "full")
    const closed = BookSession.step(first, { _tag: "Close" })[0]
    assert.strictEqual(because({ _tag: "Close" }, closed), "closed")
    assert.strictEqual(because({ _tag: "Cancel", t: 7, id: "a" }, closed), "closed")
  })

  it("S161: a driver with a limit of 1 ms stops between steps and says timeout; what was done stands", () => {
    let now = 0
    const orders = Array.from({ length: 10 }, (_, i): BookSession.Input => {
      return { _tag: "Limit", t: i, id: `${i}`, side: i % 2 === 0 ? "sell" : "buy", price: 10, qty: 1 }
    })
    const drive = (limit: number) => {
      let state = BookSession.open()
      const deadline = now + limit
      for (const input of orders) {
        now += 0.3
        if (now > deadline) return { status: "timeout", state }
        state = BookSession.step(state, input)[0]
      }
      return { status: "done", state }
    }
    const cut = drive(1)
    assert.strictEqual(cut.status, "timeout")
    assert.deepStrictEqual(bookIn(cut.state), { bids: [], asks: [{ id: "2", price: 10, qty: 1 }] })
    assert.strictEqual(drive(100).status, "done")
  })
})

const limit = (t: number, id: string, side: string, price: number | string, qty: number | string) => ({
  t,
  id,
  op: "limit",
  side,
  price,
  qty
})
const cancel = (t: number, id: string) => ({ t, id, op: "cancel" })

describe("replay of a log", () => {
  const decided = (log: ReadonlyArray<unknown>) => Result.getOrThrow(Book.calculator.solve(log)).decision

  it("decimals are what they are written as: 0.1 and 0.2 fill 0.3", () => {
    const log = [limit(0, "a", "sell", 1.5, 0.1), limit(0, "b", "sell", 1.5, 0.2), limit(1, "c", "buy", 2, 0.3)]
    assert.deepStrictEqual(decided(log), {
      trades: [
        { t: 1, buy: "c", sell: "a", price: 1.5, qty: 0.1 },
        { t: 1, buy: "c", sell: "b", price: 1.5, qty: 0.2 }
      ],
      book: { bids: [], asks: [] }
    })
  })

  it("text is answered as text, prices and quantities each in their kind", () => {
    const log = [limit(0, "a", "sell", "1/3", "1/2"), limit(1, "c", "buy", "0.5", "0.25")]
    assert.deepStrictEqual(decided(log), {
      trades: [{ t: 1, buy: "c", sell: "a", price: "1/3", qty: "0.25" }],
      book: { bids: [], asks: [{ id: "a", price: "1/3", qty: "0.25" }] }
    })
  })

  it("a cancel that comes too late changes nothing", () => {
    const log = [limit(0, "a", "sell", 1, 1), limit(1, "b", "buy", 1, 1), cancel(2, "a"), cancel(2, "a")]
    assert.deepStrictEqual(decided(log)["book"], { bids: [], asks: [] })
  })

  it("a cancel may repeat the side of its order", () => {
    const log = [limit(0, "a", "sell", 1, 1), { ...cancel(2, "a"), side: "sell" }]
    assert.deepStrictEqual(decided(log)["book"], { bids: [], asks: [] })
  })

  const a = limit(3, "a", "sell", 1, 1)
  fuzz(Book.calculator, [
    [a, limit(4, "b", "buy", 2, 3), { t: 5, id: "m", op: "market", side: "sell", qty: 1 }, cancel(6, "b")],
    [limit(0, "a", "sell", "1/3", "1/2"), limit(1, "c", "buy", "0.5", 0.25)]
  ])
  refuses(Book.calculator, [
    ["nothing", undefined, "InvalidFormat", []],
    ["a log that is no list", { operations: [] }, "InvalidFormat", []],
    ["S163: an operation of unknown type", [a, { ...a, op: "replace" }], "InvalidFormat", [1, "op"]],
    ["an operation without a type", [{ t: 1, id: "a" }], "InvalidFormat", [0, "op"]],
    ["an operation that is none", [a, null], "InvalidFormat", [1]],
    ["a market order with a price", [{ ...a, op: "market" }], "InvalidFormat", [0, "price"]],
    [
      "a limit order without a price",
      [{ t: 1, id: "a", op: "limit", side: "buy", qty: 1 }],
      "InvalidFormat",
      [0, "price"]
    ],
    ["an order without a side", [{ t: 1, id: "a", op: "market", qty: 1 }], "InvalidFormat", [0, "side"]],
    ["a cancel with a quantity", [a, { ...cancel(4, "a"), qty: 1 }], "InvalidFormat", [1, "qty"]],
    ["a cancel of the other side", [a, { ...cancel(4, "a"), side: "buy" }], "InvalidFormat", [1, "side"]],
    ["an id that was there before", [a, a], "DuplicateName", [1, "id"]],
    ["a cancel of an unknown order", [a, cancel(4, "b")], "UnknownName", [1, "id"]],
    ["a cancel before its order", [cancel(3, "a"), a], "UnknownName", [0, "id"]],
    ["time that decreases", [a, limit(2, "b", "buy", 1, 1)], "DecreasingTime", [1, "t"]],
    ["time that is infinite", [{ ...a, t: Infinity }], "InvalidFormat", [0, "t"]],
    ["a negative quantity", [{ ...a, qty: -1 }], "InvalidAmount", [0, "qty"]],
    ["a quantity of zero", [{ ...a, qty: 0 }], "InvalidFormat", [0, "qty"]],
    ["a negative price", [{ ...a, price: -1 }], "InvalidAmount", [0, "price"]],
    ["a price that is NaN", [{ ...a, price: Number.NaN }], "InvalidAmount", [0, "price"]]
  ])

  it("fractions without a common denominator are refused", () => {
    const log = Array.from({ length: 400 }, (_, i) =>
      limit(i, `${i}`, "buy", 1, `1/${10n ** 60n + 2n * BigInt(i) + 1n}`)
    )
    const result = Book.calculator.solve(log)
    assert.isTrue(Result.isFailure(result) && result.failure._tag === "OutOfRange")
  })
})
