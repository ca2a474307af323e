import { Curves, KDouble, Purchase } from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Result, Schema } from "effect"
import { law } from "@foundation/core/testing/law"
import { p13 } from "../p13.ts"

const int = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))
const offers = Arbitrary.schema(
  Schema.Struct({
    offers: Schema.Array(Schema.Struct({ price: int(0, 5), qty: int(1, 3) })).check(Schema.isMaxLength(5)),
    budget: int(0, 12),
    qty: int(0, 8)
  })
)

describe("S161: a double auction of quantities within a budget", () => {
  /** Bids 50 at 1.5 and 30 at 1.2, asks 60 at 1.0 and 40 at 1.1, as unit traders. */
  const units = (letter: string, lots: ReadonlyArray<readonly [number, string]>) =>
    lots.flatMap(([qty, amount], lot) =>
      Array.from({ length: qty }, (_, i) => ({ id: `${letter}${lot}-${i}`, amount }))
    )
  const buyers = units("b", [
    [50, "1.5"],
    [30, "1.2"]
  ])
  const sellers = units("s", [
    [60, "1"],
    [40, "1.1"]
  ])

  it("S161: trades only where the bid is not below the ask; what is bought is sold", () => {
    const { decision } = Result.getOrThrow(KDouble.calculator.solve({ buyers, sellers, k: "1/2" }))
    const value = new Map([...buyers, ...sellers].map((it) => [it.id, Number(it.amount)]))
    const trades = decision["trades"] as ReadonlyArray<{ buyer: string; seller: string }>
    assert.strictEqual(decision["volume"], 80)
    assert.deepStrictEqual(decision["clearing"], { low: "1.1", high: "1.1" })
    assert.isTrue(trades.every((it) => (value.get(it.buyer) ?? 0) >= (value.get(it.seller) ?? Infinity)))
    assert.strictEqual(new Set(trades.map((it) => it.buyer)).size, 80)
    assert.strictEqual(new Set(trades.map((it) => it.seller)).size, 80)
  })

  it("S161: with a budget of 10 nothing dearer than 10 is bought", () => {
    const asks = [
      { id: "s0", price: "1", qty: 60 },
      { id: "s1", price: "1.1", qty: 40 }
    ]
    const plan = Purchase.plan(asks, { budget: "10", qty: 50 })
    assert.deepStrictEqual(plan, { status: "budget", fills: [{ id: "s0", qty: 10 }], qty: 10, cost: "10" })
    assert.strictEqual(Purchase.plan(asks, { budget: "200", qty: 200 }).status, "exhausted")
    assert.deepStrictEqual(Purchase.plan(asks, { budget: "200", qty: 70, limit: "1.05" }).qty, 60)
  })

  law("never above the budget, as many units as any choice, and no such choice is cheaper", p13, offers, (it) => {
    const named = it.offers.map((offer, i) => ({ id: `${i}`, ...offer }))
    const plan = Purchase.plan(named, it)
    // Every choice of single units, by brute force.
    const units = it.offers.flatMap(({ price, qty }) => Array.from({ length: qty }, () => price))
    let most = 0
    let cheapest = 0
    for (let set = 0; set < 2 ** Math.min(units.length, 8); set++) {
      const chosen = units.filter((_, i) => (set >> i) % 2 === 1)
      const cost = chosen.reduce((sum, price) => sum + price, 0)
      if (cost > it.budget || chosen.length > it.qty) continue
      if (chosen.length > most || (chosen.length === most && cost < cheapest)) cheapest = cost
      most = Math.max(most, chosen.length)
    }
    const spent = plan.fills.reduce((sum, { id, qty }) => sum + (it.offers[Number(id)]?.price ?? 0) * qty, 0)
    if (Number(plan.cost) !== spent || spent > it.budget || plan.qty > it.qty) return false
    return units.length > 8 || (plan.qty === most && spent === cheapest)
  })
})

describe("curves for pictures", () => {
  it("one step for each price, in order", () => {
    assert.deepStrictEqual(
      Curves.ofTraders({
        buyers: [
          { id: "a", amount: 3 },
          { id: "b", amount: 3 }
        ],
        sellers: []
      }),
      {
        demand: [
          { quantity: 0, price: 3 },
          { quantity: 2, price: 3 }
        ],
        supply: []
      }
    )
  })

  it("lines are cut where the picture ends", () => {
    assert.deepStrictEqual(Curves.ofSchedules({ demand: { a: 6, b: 2 }, supply: { c: -1, d: 1 } }, 4), {
      demand: [
        { quantity: 0, price: 3 },
        { quantity: 4, price: 1 }
      ],
      supply: [
        { quantity: 0, price: 1 },
        { quantity: 4, price: 5 }
      ]
    })
  })

  it("depth adds up from the best price; trades of one moment and price are one tick", () => {
    const { asks, bids } = Curves.depth({
      bids: [
        { price: 9, qty: 1 },
        { price: 8, qty: "2" }
      ],
      asks: [{ price: 10, qty: 4 }]
    })
    assert.deepStrictEqual(bids.at(-1), { quantity: 3, price: 8 })
    assert.deepStrictEqual(asks.at(-1), { quantity: 4, price: 10 })
    assert.deepStrictEqual(
      Curves.path([
        { t: 1, price: 9, qty: 1 },
        { t: 1, price: "9", qty: 2 },
        { t: 2, price: 8, qty: 1 }
      ]),
      [
        { t: 1, price: 9, quantity: 3 },
        { t: 2, price: 8, quantity: 1 }
      ]
    )
  })
})
