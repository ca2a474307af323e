import { Amount, SupplyDemand } from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Result, Schema } from "effect"
import { fuzz, refuses } from "../junk.ts"
import { law } from "@foundation/core/testing/law"
import { p13 } from "../p13.ts"
import { equilibrium } from "./reference/curves.ts"
import { best } from "./reference/doubles.ts"

const decided = (input: unknown) => Result.getOrThrow(SupplyDemand.calculator.solve(input)).decision

const int = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))
const steps = Schema.Struct({
  steps: Schema.Array(Schema.Struct({ price: int(0, 9), qty: int(0, 3) })).check(Schema.isMaxLength(4))
})
const curves = Arbitrary.schema(
  Schema.Struct({
    demand: Schema.Union([Schema.Struct({ a: int(0, 12), b: int(0, 3) }), steps]),
    supply: Schema.Union([Schema.Struct({ c: int(-8, 8), d: int(0, 3) }), steps])
  })
)
const ladders = Arbitrary.schema(Schema.Struct({ demand: steps, supply: steps }))

const near = (a: unknown, b: number | null, slack: number): boolean =>
  b === null ? a === null : typeof a === "number" && Math.abs(a - b) <= slack

/** Supply 100 at 1.0 and 200 at 0.5, demand 80 at 2.0 and 150 at 1.0. */
const s160 = {
  demand: {
    steps: [
      { price: 2, qty: 80 },
      { price: 1, qty: 150 }
    ]
  },
  supply: {
    steps: [
      { price: 1, qty: 100 },
      { price: 0.5, qty: 200 }
    ]
  }
}

describe("supply and demand", () => {
  it("S160: an equilibrium price between 0.5 and 2.0", () => {
    assert.deepStrictEqual(decided(s160), { price: 1, quantity: 230, consumerSurplus: 80, producerSurplus: 100 })
  })

  it("S160: excess supply and demand are flagged", () => {
    const at = (price: number) => SupplyDemand.imbalanceAt(s160, price)
    assert.strictEqual(at(0.8).excess, "demand")
    assert.strictEqual(at(1).excess, "none")
    assert.strictEqual(at(1.2).excess, "supply")
    assert.deepStrictEqual(
      [at(1).demanded, at(1).supplied].map(({ least, most }) => [least.valueOf(), most.valueOf()]),
      [
        [80, 230],
        [200, 300]
      ]
    )
  })

  it("S160: sellers from 3.0 and buyers up to 1.0 do not trade; without participants nobody does", () => {
    const apart = { demand: { steps: [{ price: 1, qty: 5 }] }, supply: { steps: [{ price: 3, qty: 5 }] } }
    const empty = { demand: { steps: [] }, supply: { steps: [] } }
    for (const input of [apart, empty]) {
      assert.deepStrictEqual(decided(input), { price: null, quantity: 0, consumerSurplus: 0, producerSurplus: 0 })
    }
    const status = (input: SupplyDemand.Inputs) => Result.getOrThrow(SupplyDemand.decide(input)).status
    assert.strictEqual(status(apart), "no-trade")
    assert.strictEqual(status(empty), "no-participants")
    assert.strictEqual(status(s160), "cleared")
  })

  it("straight lines, exactly", () => {
    assert.deepStrictEqual(decided({ demand: { a: "10", b: "3" }, supply: { c: "-1", d: "1" } }), {
      price: "2.75",
      quantity: "1.75",
      consumerSurplus: "49/96",
      producerSurplus: "1.53125"
    })
  })

  it("a line against steps meets a riser or a tread", () => {
    const supply = {
      steps: [
        { price: 1, qty: 2 },
        { price: 4, qty: 2 }
      ]
    }
    assert.deepStrictEqual(decided({ demand: { a: 5, b: 1 }, supply })["price"], 3)
    assert.deepStrictEqual(decided({ demand: { a: 7, b: 1 }, supply })["quantity"], 3)
  })

  it("supply beyond all demand is free", () => {
    assert.deepStrictEqual(decided({ demand: { a: 4, b: 2 }, supply: { c: 9, d: 1 } }), {
      price: 0,
      quantity: 4,
      consumerSurplus: 4,
      producerSurplus: 0
    })
  })

  it("buyers who pay any price: an unbounded surplus, or no equilibrium", () => {
    assert.deepStrictEqual(decided({ demand: { a: 4, b: 0 }, supply: { c: 0, d: 2 } }), {
      price: 2,
      quantity: 4,
      consumerSurplus: null,
      producerSurplus: 4
    })
    const result = SupplyDemand.calculator.solve({ demand: { a: 4, b: 0 }, supply: { c: 3, d: 0 } })
    assert.isTrue(Result.isFailure(result))
    if (Result.isFailure(result)) {
      assert.strictEqual(result.failure._tag, "NoEquilibrium")
      assert.isTrue(result.failure.message.startsWith("demand: "))
    }
  })

  it("numbers near the end of the doubles", () => {
    const wide = decided({
      demand: { steps: [{ price: 1.6e308, qty: 0.5 }] },
      supply: { steps: [{ price: 1.2e308, qty: 1 }] }
    })
    assert.deepStrictEqual(wide, { price: 1.2e308, quantity: 0.5, consumerSurplus: 2e307, producerSurplus: 0 })
    const over = SupplyDemand.calculator.solve({
      demand: { steps: [{ price: 1e308, qty: 9 }] },
      supply: { steps: [{ price: 0, qty: 9 }] }
    })
    assert.isTrue(Result.isFailure(over) && over.failure._tag === "OutOfRange")
  })

  law("price, quantity and surplus of naive curves", p13 / 10, curves, ({ demand, supply }) => {
    const solved = SupplyDemand.calculator.solve({ demand, supply })
    // Everything that can ever be offered.
    const offered =
      "steps" in supply
        ? supply.steps.reduce((sum, it) => sum + it.qty, 0)
        : supply.d > 0
          ? Infinity
          : Math.max(0, supply.c)
    const isShort = "b" in demand && demand.b === 0 && offered > 0 && offered < demand.a
    if (Result.isFailure(solved)) return isShort && solved.failure._tag === "NoEquilibrium"
    if (isShort) return false
    const truth = equilibrium(demand, supply)
    const { consumerSurplus, price, producerSurplus, quantity } = solved.success.decision
    return (
      near(quantity, truth.quantity, 1e-4) &&
      near(price, truth.price, 1e-4) &&
      near(consumerSurplus, truth.consumerSurplus, 0.05) &&
      near(producerSurplus, truth.producerSurplus, 0.05)
    )
  })

  law("steps of one unit make the trades of every matching", p13, ladders, ({ demand, supply }) => {
    const units = (side: typeof demand) => side.steps.flatMap(({ price, qty }) => (qty > 0 ? [price] : []))
    const one = (side: typeof demand) => ({ steps: units(side).map((price) => ({ price, qty: 1 })) })
    const truth = best(units(demand), units(supply))
    const { consumerSurplus, producerSurplus, quantity } = decided({ demand: one(demand), supply: one(supply) })
    return quantity === truth.trades && near(Number(consumerSurplus) + Number(producerSurplus), truth.gains, 1e-9)
  })

  law("the price balances the market, and any other balances it only within the interval", p13 / 2, curves, (input) => {
    const solved = SupplyDemand.decide(input)
    if (Result.isFailure(solved) || solved.success.clearing === undefined) return true
    const { high, low } = solved.success.clearing
    const price = solved.success.price ?? low
    const excess = (at: Amount.Rational) => SupplyDemand.imbalanceAt(input, at.toFraction()).excess
    const beneath = low.sub(1, 1000)
    return (
      excess(price) === "none" &&
      (low.n === 0n || beneath.s < 0n || excess(beneath) !== "supply") &&
      excess(high.add(1, 1000)) !== "demand"
    )
  })
})

describe("junk", () => {
  fuzz(SupplyDemand.calculator, [
    s160,
    { demand: { a: 10, b: 1 }, supply: { c: -2, d: 2 } },
    { demand: { a: "10", b: "1/3" }, supply: { steps: [{ price: "0.1", qty: "7" }] } }
  ])
  const supply = { c: 0, d: 1 }
  const step = (price: unknown, qty: unknown) => ({ demand: { steps: [{ price, qty }] }, supply })
  refuses(SupplyDemand.calculator, [
    ["nothing", null, "InvalidFormat", []],
    ["no supply", { demand: { a: 1, b: 1 } }, "InvalidFormat", ["supply"]],
    ["a negative slope", { demand: { a: 1, b: -1 }, supply }, "InvalidAmount", ["demand", "b"]],
    ["a demand that is none", { demand: { a: -1, b: 1 }, supply }, "InvalidAmount", ["demand", "a"]],
    ["a supply that falls", { demand: { a: 1, b: 1 }, supply: { c: 1, d: "-1" } }, "InvalidAmount", ["supply", "d"]],
    ["an infinite supply", { demand: { a: 1, b: 1 }, supply: { c: Infinity, d: 1 } }, "InvalidAmount", ["supply", "c"]],
    ["S160: a negative quantity", step(1, -1), "InvalidAmount", ["demand", "steps", 0, "qty"]],
    ["a negative price", step("-1", 1), "InvalidAmount", ["demand", "steps", 0, "price"]],
    ["a price that is NaN", step(Number.NaN, 1), "InvalidAmount", ["demand", "steps", 0, "price"]],
    ["a division by zero", step("1/0", 1), "InvalidAmount", ["demand", "steps", 0, "price"]],
    ["half a step", { demand: { steps: [{ price: 1 }] }, supply }, "InvalidFormat", ["demand", "steps", 0, "qty"]],
    ["half a line", { demand: { a: 1 }, supply }, "InvalidFormat", ["demand", "b"]],
    ["steps that are no list", { demand: { steps: {} }, supply }, "InvalidFormat", ["demand", "steps"]],
    ["the letters of the other side", { demand: { c: 1, d: 1 }, supply }, "InvalidFormat", ["demand", "c"]]
  ])
  it("supply-demand refuses fractions without a common denominator", () => {
    const odd = Array.from({ length: 400 }, (_, i) => ({ price: "1", qty: `1/${10n ** 60n + 2n * BigInt(i) + 1n}` }))
    const result = SupplyDemand.calculator.solve({ demand: { steps: odd }, supply: { steps: odd } })
    assert.isTrue(Result.isFailure(result) && result.failure._tag === "OutOfRange")
  })
})
