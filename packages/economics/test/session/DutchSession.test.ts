import { DutchClock, DutchSession } from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Equal, Result, Schema } from "effect"
import { law } from "@foundation/core/testing/law"
import { p13 } from "../p13.ts"
import {
  conserves,
  long,
  offence,
  paid,
  reasons,
  recomputes,
  refusesTerms,
  refusesWithoutEffect,
  runner,
  sampled,
  settled,
  settlements
} from "./harness.ts"

type Input = DutchSession.Input
const run = runner(DutchSession.initial, DutchSession.step)

const base = { auction: "a1", seller: "farm", item: "tulips", startPrice: 100, decrement: 5, reserve: 20 }
const announce = (terms: Partial<DutchSession.Terms> = {}): Input => ({
  _tag: "Announce",
  terms: { ...base, ...terms }
})
const accept = (bidder: string, price: number): Input => ({ _tag: "Accept", bidder, price })
const died = (bidder: string): Input => ({ _tag: "Died", bidder })
const tick = (price: number): Input => ({ _tag: "Tick", price })
const close: Input = { _tag: "Close" }

const down = (from: number, to: number, by = 5) =>
  Array.from({ length: (from - to) / by }, (_, index) => tick(from - index * by))

/** Plays bidders who accept as soon as the clock is at or below their stop price, the first in the list first. */
const play = (
  terms: DutchSession.Terms,
  stops: ReadonlyArray<{ readonly bidder: string; readonly amount: number }>
) => {
  let { outputs, state } = run([{ _tag: "Announce", terms }])
  while (state._tag === "Open") {
    const { price } = state
    const answers = stops.filter((it) => it.amount >= price).map((it) => accept(it.bidder, price))
    ;({ outputs, state } = run([...answers, tick(price)], state))
  }
  return settled(outputs)
}

describe("a Dutch auction", () => {
  it("S158: from 100 by 5 with reserve 20 the first acceptor wins at the price of the clock", () => {
    const { outputs } = run([announce(), ...down(100, 70), accept("b", 70), accept("a", 70)])
    const settlement = settled(outputs)
    assert.deepStrictEqual(settlement.receipt.decision, { sold: true, winner: "b", price: 70, tie: false })
    assert.strictEqual(paid(settlement, "b"), 70)
    assert.deepStrictEqual(reasons(outputs), ["closed"])
  })

  it("S158: start 200, reserve 150, nobody: no winner", () => {
    const { outputs } = run([announce({ startPrice: 200, reserve: 150 }), ...down(200, 150), tick(150)])
    const settlement = settled(outputs)
    assert.deepStrictEqual(settlement.receipt.decision, { sold: false, winner: null, price: null, tie: false })
    assert.deepStrictEqual(settlement.transfers, [])
  })

  it("a late acceptance wins at the lower price of the clock; one below the clock is refused", () => {
    const late = run([announce(), tick(100), tick(95), accept("a", 95)])
    assert.strictEqual(settled(late.outputs).receipt.decision["price"], 90)
    assert.deepStrictEqual(reasons(run([announce(), accept("a", 99)]).outputs), ["below the clock"])
  })

  it("the reserve itself is a price; a tick that comes twice counts once", () => {
    const { outputs } = run([announce({ reserve: 95 }), tick(100), tick(100), accept("a", 95)])
    assert.deepStrictEqual(reasons(outputs), ["another price"])
    assert.strictEqual(settled(outputs).receipt.decision["price"], 95)
  })

  refusesTerms(run, announce, [
    [{ reserve: -1 }, ["reserve"]],
    [{ reserve: 101 }, ["reserve"]],
    [{ bidders: ["farm"] }, ["bidders"]]
  ])

  refusesWithoutEffect(run, [
    ["not announced", [accept("a", 1)]],
    ["not announced", [close]],
    ["already announced", [announce(), announce()]],
    ["invalid announcement", [announce({ decrement: 0 })]],
    ["invalid announcement", [announce({ reserve: 101 })]],
    ["invalid announcement", [announce({ bidders: ["a", "a"] })]],
    ["invalid announcement", [announce({ bidders: ["farm"] })]],
    ["closed", [announce(), close, accept("a", 100)]],
    ["closed", [announce(), close, close]],
    ["not invited", [announce({ bidders: ["a"] }), accept("b", 100)]],
    ["not invited", [announce(), accept("", 100)]],
    ["own auction", [announce(), accept("farm", 100)]],
    ["below the clock", [announce(), accept("a", 99)]],
    ["below the clock", [announce(), accept("a", Number.NaN)]],
    ["another price", [announce(), tick(95)]],
    ["dead", [announce(), died("a"), accept("a", 100)]],
    ["dead", [announce(), died("a"), died("a")]]
  ])

  it("remembers 100,000 deaths and refuses the next as full", long, () => {
    const many = Array.from({ length: DutchSession.deathsMax }, (_, i) => died(`b${i}`))
    assert.deepStrictEqual(reasons(run([announce(), ...many, died("late")]).outputs), ["full"])
  })
})

describe("laws of a Dutch auction", () => {
  it(
    "every order and loss of two ticks and three acceptances: the first whose price the clock has reached wins",
    long,
    () => {
      const messages = [tick(100), tick(95), accept("a", 100), accept("b", 95), accept("c", 95)]
      for (const { after, before } of sampled(messages)) {
        const inputs = [announce(), ...before, close, ...after]
        assert.isUndefined(offence(DutchSession.initial, DutchSession.step, inputs))
        let clock = 100
        let winner: string | null = null
        for (const it of before) {
          if (it._tag === "Tick" && it.price === clock) clock -= 5
          if (it._tag === "Accept" && it.price >= clock) winner = it.bidder
          if (winner !== null) break
        }
        const settlement = settled(run(inputs).outputs)
        assert.deepStrictEqual(
          [settlement.receipt.decision["winner"], settlement.receipt.decision["price"]],
          [winner, winner === null ? null : clock]
        )
      }
    }
  )

  const small = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 20 }))
  const instances = Arbitrary.map(
    Arbitrary.all([
      Arbitrary.schema(Schema.Array(small).check(Schema.isMaxLength(6))),
      Arbitrary.schema(small),
      Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 4 }))),
      Arbitrary.schema(small)
    ]),
    ([amounts, startPrice, decrement, reserve]) => ({
      amounts,
      startPrice,
      decrement,
      reserve: Math.min(startPrice, reserve)
    })
  )
  law(
    "bidders who accept at their stop prices: what the calculator says, but for the flag of a tie",
    p13,
    instances,
    ({ amounts, ...terms }) => {
      const stopPrices = amounts.map((amount, i) => ({ bidder: `b${i}`, amount }))
      const settlement = play({ ...base, ...terms }, stopPrices)
      const { decision } = Result.getOrThrow(DutchClock.calculator.solve({ stopPrices, ...terms }))
      // The session ends with the first acceptance: it never hears of the second.
      return (
        Equal.equals({ ...decision, tie: false }, settlement.receipt.decision) &&
        recomputes(DutchClock.calculator, settlement)
      )
    }
  )

  const bidder = Schema.Literals(["a", "b", "constructor", "farm"])
  const price = Schema.Literals([100, 95, 90, 20])
  const anyInput = Schema.Union([
    Schema.TaggedStruct("Accept", { bidder, price }),
    Schema.TaggedStruct("Died", { bidder }),
    Schema.TaggedStruct("Tick", { price }),
    Schema.TaggedStruct("Tick", { price }),
    Schema.TaggedStruct("Close", {})
  ])
  const sequences: Arbitrary.Arbitrary<ReadonlyArray<Input>> = Arbitrary.map(
    Arbitrary.schema(Schema.Array(anyInput).check(Schema.isMaxLength(10))),
    (rest) => [announce(), ...rest]
  )
  law(
    "whatever comes, it settles at most once, by the calculator; nobody pays more than he accepted",
    p13,
    sequences,
    (inputs) => {
      if (offence(DutchSession.initial, DutchSession.step, inputs) !== undefined) return false
      return settlements(run(inputs).outputs).every((settlement) => {
        const { decision } = settlement.receipt
        const most = Math.max(
          ...inputs.map((it) => (it._tag === "Accept" && it.bidder === decision["winner"] ? it.price : -1))
        )
        return (
          conserves(settlement) &&
          recomputes(DutchClock.calculator, settlement) &&
          (decision["winner"] === null || Number(decision["price"]) <= most)
        )
      })
    }
  )
})
