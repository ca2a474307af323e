import { ClockSession, EnglishClock } from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Equal, Result, Schema } from "effect"
import { law } from "@foundation/core/testing/law"
import { p13 } from "../p13.ts"
import {
  conserves,
  deliveries,
  long,
  offence,
  paid,
  reasons,
  recomputes,
  refusesTerms,
  refusesWithoutEffect,
  runner,
  settled,
  settlements
} from "./harness.ts"

type Input = ClockSession.Input
const run = runner(ClockSession.initial, ClockSession.step)

const base = { auction: "a1", seller: "museum", item: "vase", startPrice: 5, increment: 1, bidders: ["a", "b", "c"] }
const announce = (terms: Partial<ClockSession.Terms> = {}): Input => ({
  _tag: "Announce",
  terms: { ...base, ...terms }
})
const stay = (bidder: string, price: number): Input => ({ _tag: "Stay", bidder, price })
const leave = (bidder: string): Input => ({ _tag: "Leave", bidder })
const died = (bidder: string): Input => ({ _tag: "Died", bidder })
const tick = (price: number): Input => ({ _tag: "Tick", price })

/** Plays bidders who stay while the price is at most their value; gives the rounds, too. */
const play = (terms: ClockSession.Terms, values: ReadonlyMap<string, number>, isReversed = false) => {
  let { outputs, state } = run([{ _tag: "Announce", terms }])
  const all = [...outputs]
  let rounds = 0
  while (state._tag === "Open") {
    if (++rounds > 100) throw new Error("the clock does not stop")
    const { inside, price } = state
    const answers = [...inside].filter((it) => (values.get(it) ?? -1) >= price).map((it) => stay(it, price))
    ;({ outputs, state } = run([...(isReversed ? answers.reverse() : answers), tick(price)], state))
    // Where all have answered the round has ended before its tick.
    all.push(...outputs.filter((it) => it._tag !== "Refused"))
  }
  return { settlement: settled(all), rounds }
}

describe("an ascending clock", () => {
  it("S157: from 5 by 1 it ends within 10 rounds, at no less than the second value", () => {
    const values = new Map([
      ["a", 10],
      ["b", 15],
      ["c", 12]
    ])
    const { rounds, settlement } = play(base, values)
    assert.isAtMost(rounds, 10)
    assert.deepStrictEqual(settlement.receipt.decision, { sold: true, winner: "b", price: 13, tie: false })
    assert.strictEqual(paid(settlement, "b"), 13)
  })

  it("S157: one bidder at the start price pays it, in one round", () => {
    const { rounds, settlement } = play({ ...base, startPrice: 10, bidders: ["a"] }, new Map([["a", 30]]))
    assert.strictEqual(rounds, 1)
    assert.deepStrictEqual(settlement.receipt.decision, { sold: true, winner: "a", price: 10, tie: false })
  })

  it("if all the rest leave together, the first invited has it at the price before", () => {
    const values = new Map([
      ["a", 4],
      ["b", 8],
      ["c", 8]
    ])
    const decision = { sold: true, winner: "b", price: 8, tie: true }
    assert.deepStrictEqual(play(base, values).settlement.receipt.decision, decision)
    assert.deepStrictEqual(play(base, values, true).settlement.receipt.decision, decision)
  })

  it("nobody at the start: unsold, and nothing changes hands", () => {
    const settlement = settled(run([announce(), tick(5)]).outputs)
    assert.deepStrictEqual(settlement.receipt.decision, { sold: false, winner: null, price: null, tie: false })
    assert.deepStrictEqual(settlement.transfers, [])
    assert.deepStrictEqual(settled(run([announce({ bidders: [] })]).outputs).receipt.decision["sold"], false)
  })

  it("a round ends by itself when all have answered, and its tick then comes too late", () => {
    const { outputs } = run([announce(), stay("a", 5), stay("b", 5), leave("c"), tick(5)])
    assert.deepStrictEqual(outputs.slice(1), [
      { _tag: "Clock", price: 6, bidders: ["a", "b"] },
      { _tag: "Refused", because: "another price" }
    ])
  })

  it("who stays and then dies has stayed, and leaves in the next round", () => {
    const { outputs } = run([announce({ bidders: ["a", "b"] }), stay("a", 5), died("a"), stay("b", 5), tick(6)])
    assert.deepStrictEqual(reasons(outputs), ["already answered"])
    assert.deepStrictEqual(settled(outputs).receipt.decision, { sold: true, winner: "a", price: 5, tie: true })
    const { outputs: early } = run([announce({ bidders: ["a", "b"] }), died("a"), stay("b", 5)])
    assert.strictEqual(settled(early).receipt.decision["winner"], "b")
  })

  it("the clock does not go beyond exact numbers", () => {
    const startPrice = Number.MAX_SAFE_INTEGER
    const settlement = settled(
      run([announce({ startPrice, bidders: ["a", "b"] }), stay("b", startPrice), stay("a", startPrice)]).outputs
    )
    assert.deepStrictEqual(settlement.receipt.decision, { sold: true, winner: "a", price: startPrice, tie: true })
    assert.isTrue(recomputes(EnglishClock.calculator, settlement))
  })

  refusesTerms(run, announce, [
    [{ startPrice: -1 }, ["startPrice"]],
    [{ increment: 0 }, ["increment"]],
    [{ bidders: ["a", "a"] }, ["bidders"]]
  ])

  refusesWithoutEffect(run, [
    ["not announced", [stay("a", 5)]],
    ["not announced", [tick(5)]],
    ["already announced", [announce(), announce()]],
    ["already announced", [announce(), tick(5), announce()]],
    ["invalid announcement", [announce({ increment: 0 })]],
    ["invalid announcement", [announce({ startPrice: Number.NaN })]],
    ["invalid announcement", [announce({ bidders: ["a", "a"] })]],
    ["invalid announcement", [announce({ bidders: ["a", "museum"] })]],
    ["closed", [announce(), tick(5), stay("a", 5)]],
    ["closed", [announce(), tick(5), tick(5)]],
    ["not invited", [announce(), stay("d", 5)]],
    ["out", [announce(), stay("a", 5), stay("b", 5), tick(5), stay("c", 6)]],
    ["out", [announce(), stay("a", 5), stay("b", 5), tick(5), died("c")]],
    ["another price", [announce(), stay("a", 6)]],
    ["another price", [announce(), stay("a", 5), stay("b", 5), tick(5), stay("a", 5)]],
    ["another price", [announce(), tick(4)]],
    ["already answered", [announce(), stay("a", 5), stay("a", 5)]],
    ["already answered", [announce(), stay("a", 5), leave("a")]],
    ["already answered", [announce(), leave("a"), stay("a", 5)]]
  ])
})

describe("laws of an ascending clock", () => {
  it(
    "two rounds of four bidders under every order and loss: only who was heard counts, and when does not",
    long,
    () => {
      const bidders = ["a", "b", "c", "d"]
      const seen = new Map<string, unknown>()
      for (const first of deliveries(bidders.map((it) => stay(it, 5)))) {
        const inputs = [
          announce({ bidders }),
          ...first.before,
          tick(5),
          ...first.after,
          stay("a", 6),
          stay("d", 6),
          tick(6),
          tick(7)
        ]
        assert.isUndefined(offence(ClockSession.initial, ClockSession.step, inputs))
        const settlement = settled(run(inputs).outputs)
        const heard = bidders.filter((it) => first.before.some((input) => input._tag === "Stay" && input.bidder === it))
        const before = seen.get(heard.join())
        if (before === undefined) assert.isTrue(recomputes(EnglishClock.calculator, settlement))
        else assert.deepStrictEqual(settlement.receipt, before)
        seen.set(heard.join(), settlement.receipt)
      }
      assert.strictEqual(seen.size, 16)
    }
  )

  const small = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 20 }))
  const instances = Arbitrary.map(
    Arbitrary.all([
      Arbitrary.schema(Schema.Array(small).check(Schema.isMaxLength(6))),
      Arbitrary.schema(small),
      Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 4 })))
    ]),
    ([amounts, startPrice, increment]) => ({ amounts, startPrice, increment })
  )
  law(
    "honest bidders: exactly what the calculator says on their values",
    p13,
    instances,
    ({ amounts, increment, startPrice }) => {
      const values = amounts.map((amount, i) => ({ bidder: `b${i}`, amount }))
      const terms = { ...base, startPrice, increment, bidders: values.map((it) => it.bidder) }
      const { settlement } = play(terms, new Map(values.map((it) => [it.bidder, it.amount])))
      const expected = Result.getOrThrow(EnglishClock.calculator.solve({ values, startPrice, increment }))
      return (
        Equal.equals(expected.decision, settlement.receipt.decision) && recomputes(EnglishClock.calculator, settlement)
      )
    }
  )

  const bidder = Schema.Literals(["a", "b", "c", "constructor"])
  const price = Schema.Literals([5, 6, 7])
  const anyInput = Schema.Union([
    Schema.TaggedStruct("Stay", { bidder, price }),
    Schema.TaggedStruct("Stay", { bidder: Schema.Literals(["a", "b"]), price }),
    Schema.TaggedStruct("Leave", { bidder }),
    Schema.TaggedStruct("Died", { bidder }),
    Schema.TaggedStruct("Tick", { price })
  ])
  const sequences: Arbitrary.Arbitrary<ReadonlyArray<Input>> = Arbitrary.map(
    Arbitrary.schema(Schema.Array(anyInput).check(Schema.isMaxLength(14))),
    (rest) => [announce(), ...rest]
  )
  law(
    "whatever comes, it settles at most once, by the calculator, and nobody pays what he has not agreed to",
    p13,
    sequences,
    (inputs) => {
      if (offence(ClockSession.initial, ClockSession.step, inputs) !== undefined) return false
      return settlements(run(inputs).outputs).every((settlement) => {
        const { decision } = settlement.receipt
        const winner = decision["winner"]
        const agreed = inputs.some((it) => it._tag === "Stay" && it.bidder === winner && it.price === decision["price"])
        return (
          conserves(settlement) &&
          recomputes(EnglishClock.calculator, settlement) &&
          (winner === null || (agreed && paid(settlement, String(winner)) === decision["price"]))
        )
      })
    }
  )

  law("two silent ticks end it", p13, sequences, (inputs) => {
    let { state } = run(inputs)
    for (let i = 0; i < 2 && state._tag === "Open"; i++) ({ state } = run([tick(state.price)], state))
    return state._tag === "Settled"
  })
})
