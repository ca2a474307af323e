import {
  AllPay,
  Calculators,
  DutchClock,
  EnglishClock,
  FirstPrice,
  KUnitUniform,
  KUnitVickrey
} from "@mabeam/economics"
import { Amount, Refusal, SecondPrice, SingleItem } from "@mabeam/economics"
import type { Calculator } from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Equal, Option, Result, Schema } from "effect"
import { instances } from "../instances.ts"
import { broken, fuzz, refuses } from "../junk.ts"
import { campaign, law } from "@foundation/core/testing/law"
import { p13 } from "../p13.ts"
import * as Reference from "./reference/auctions.ts"

const decided = (calculator: Calculator.Calculator, input: unknown) =>
  Result.getOrThrow(calculator.solve(input)).decision
const b = (bidder: string, amount: number | string) => ({ bidder, amount })
const unsold = { sold: false, winner: null, price: null, tie: false }

/** Clocks over small instances: `halves` are multiples of one half, so that doubles add them exactly. */
const halves = (maximum: number, minimum = 0) =>
  Arbitrary.map(Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum, maximum }))), (n) => n / 2)
const clocks = Arbitrary.all([instances(1), halves(24), halves(10, 1)])

/** The same input with every amount as text over a denominator of 7, and the answer's amounts times 7. */
const inSevenths = (value: unknown): unknown => {
  if (typeof value === "number") return `${2 * value}/7`
  if (Array.isArray(value)) return value.map(inSevenths)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, it]) => [key, key === "units" ? it : inSevenths(it)]))
}
const fromSevenths = (value: unknown, isName = false): unknown => {
  if (typeof value === "string" && !isName)
    return Amount.rationals.toNumber(Amount.rationals.multiply(Amount.toRational(value), Amount.toRational("7/2")))
  if (Array.isArray(value)) return value
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, it]) => [key, fromSevenths(it, key === "winner")]))
}
const isExactToo = (calculator: Calculator.Calculator, input: object, expected: unknown): boolean =>
  Equal.equals(fromSevenths(decided(calculator, inSevenths(input))), expected)

const isSmall = (bids: ReadonlyArray<{ readonly amount: number }>) => bids.every((it) => Number.isInteger(it.amount))

describe("single items from outside, by their behaviours", () => {
  const three = [b("b1", 10), b("b2", 15), b("b3", 12)]

  it("S155: bids 10, 15, 12: b2 wins, pays 15 at first price and 12 at second price", () => {
    const first = { sold: true, winner: "b2", price: 15, tie: false }
    assert.deepStrictEqual(decided(FirstPrice.calculator, { bids: three }), first)
    assert.deepStrictEqual(decided(SecondPrice.calculator, { bids: three }), { ...first, price: 12 })
  })

  it("S155: the same as text, exactly", () => {
    const bids = [b("b1", "1/3"), b("b2", "0.3333333333333333333334"), b("b3", "0.33333333333333333333")]
    const { decision } = Result.getOrThrow(SecondPrice.calculator.solve({ bids, reserve: "0.1" }))
    assert.deepStrictEqual(decision, { sold: true, winner: "b2", price: "1/3", tie: false })
  })

  it("S156: two bids of 15: the first wins and the tie is flagged", () => {
    for (const { calculator } of [FirstPrice, SecondPrice]) {
      const answer = Result.getOrThrow(calculator.solve({ bids: [b("b1", 15), b("b2", 15)] }))
      assert.deepStrictEqual(answer.decision, { sold: true, winner: "b1", price: 15, tie: true })
      assert.strictEqual(answer.tieBreak, "earliest-bid")
    }
  })

  it("S156: no bids: no winner; the answer in JSON says null where the typed decision says price 0", () => {
    for (const auction of [FirstPrice, SecondPrice]) {
      assert.deepStrictEqual(decided(auction.calculator, { bids: [] }), unsold)
      assert.strictEqual(auction.decide([], 0).price, 0)
    }
  })

  it("S157: english from 5 by 1 ends within 10 rounds at no less than the second value", () => {
    const input = { values: [b("a", 8), b("b", 12), b("c", 10)], startPrice: 5, increment: 1 }
    assert.deepStrictEqual(decided(EnglishClock.calculator, input), { sold: true, winner: "b", price: 11, tie: false })
    const hammer = EnglishClock.stop(Amount.doubles, [8, 12, 10], { start: 5, step: 1 })
    assert.isTrue(hammer !== undefined && hammer.rounds <= 10n && hammer.price >= 10)
  })

  it("S157: one bidder at a start of 10 pays 10 in one round", () => {
    const input = { values: [b("a", 30)], startPrice: 10, increment: 1 }
    assert.deepStrictEqual(decided(EnglishClock.calculator, input), { sold: true, winner: "a", price: 10, tie: false })
    const hammer = EnglishClock.stop(Amount.doubles, [30], { start: 10, step: 1 })
    assert.deepStrictEqual(hammer, { winner: 0, price: 10, tie: false, rounds: 1n })
  })

  it("S158: dutch from 100 by 5: the first to accept wins at the clock's price", () => {
    const stopPrices = [b("a", 62), b("b", 71), b("c", 19)]
    const input = { stopPrices, startPrice: 100, decrement: 5, reserve: 20 }
    assert.deepStrictEqual(decided(DutchClock.calculator, input), { sold: true, winner: "b", price: 70, tie: false })
  })

  it("S158: dutch from 200 to 150 with nobody: no winner", () => {
    const input = { startPrice: 200, decrement: 5, reserve: 150 }
    assert.deepStrictEqual(decided(DutchClock.calculator, { ...input, stopPrices: [] }), unsold)
    assert.deepStrictEqual(decided(DutchClock.calculator, { ...input, stopPrices: [b("a", 149)] }), unsold)
    assert.strictEqual(decided(DutchClock.calculator, { ...input, stopPrices: [b("a", 150)] })["price"], 150)
  })

  it("S169: at second price no other bid does better than the true value, tried out; the payment is within the value", () => {
    const answer = Result.getOrThrow(SecondPrice.calculator.solve({ bids: three }))
    assert.deepStrictEqual(answer.properties?.["strategy-proof"], { declared: true, holds: true })
    assert.deepStrictEqual(answer.properties?.["individually-rational"], { declared: true, holds: true })
  })

  it("a decision has exactly the fields of its row", () => {
    const fields = (calculator: Calculator.Calculator, input: object) => Object.keys(decided(calculator, input))
    const item = ["sold", "winner", "price", "tie"]
    const bids = [b("a", 1)]
    assert.deepStrictEqual(fields(FirstPrice.calculator, { bids }), item)
    assert.deepStrictEqual(fields(SecondPrice.calculator, { bids }), item)
    assert.deepStrictEqual(fields(EnglishClock.calculator, { values: bids, startPrice: 0, increment: 1 }), item)
    assert.deepStrictEqual(fields(DutchClock.calculator, { stopPrices: bids, startPrice: 2, decrement: 1 }), item)
    assert.deepStrictEqual(fields(KUnitUniform.calculator, { units: 1, bids }), ["winners", "price"])
    assert.deepStrictEqual(fields(KUnitVickrey.calculator, { units: 1, bids }), ["winners", "payments"])
    assert.deepStrictEqual(fields(AllPay.calculator, { bids }), ["winner", "payments"])
  })

  it("names that plain objects know are keys like any other", () => {
    const bids = [b("__proto__", 2), b("constructor", 3)]
    const { payments } = decided(AllPay.calculator, { bids })
    assert.strictEqual(JSON.stringify(payments), '{"__proto__":2,"constructor":3}')
  })
})

describe("against the definitions, on doubles and exactly", () => {
  law("first price, second price, all-pay", p13, instances(1), ({ bids, reserve }) => {
    const input = { bids, reserve }
    const first = Reference.sealed(bids, reserve, "own")
    const second = Reference.sealed(bids, reserve, "second")
    const paid = Object.fromEntries(bids.map((bid) => [bid.bidder, bid.amount >= reserve ? bid.amount : 0]))
    const all = { winner: first.winner, payments: paid }
    return (
      Equal.equals(decided(FirstPrice.calculator, input), first) &&
      Equal.equals(decided(SecondPrice.calculator, input), second) &&
      Equal.equals(decided(AllPay.calculator, input), all) &&
      (!isSmall(bids) ||
        (isExactToo(FirstPrice.calculator, input, first) &&
          isExactToo(SecondPrice.calculator, input, second) &&
          isExactToo(AllPay.calculator, input, all)))
    )
  })

  law("the typed decision of a session is the calculator's", p13, instances(4), ({ bids, reserve, units }) => {
    const same = (auction: typeof FirstPrice | typeof SecondPrice) => {
      const typed = auction.decide(bids, reserve)
      const given = decided(auction.calculator, { bids, reserve })
      return (
        given["winner"] === Option.getOrNull(typed.winner) &&
        given["price"] === (typed.sold ? typed.price : null) &&
        given["tie"] === typed.tie
      )
    }
    const typed = KUnitVickrey.decide(bids, units, reserve)
    const given = decided(KUnitUniform.calculator, { units, bids, reserve })
    return (
      same(FirstPrice) &&
      same(SecondPrice) &&
      Equal.equals(given["winners"], typed.winners) &&
      given["price"] === (typed.winners.length === 0 ? reserve : typed.price)
    )
  })

  law("k units, uniform and Vickrey", p13, instances(4), ({ bids, reserve, units }) => {
    const { price, winners } = Reference.units(bids, units, reserve)
    const uniform = { winners, price }
    const paid = bids.map((bid) => [bid.bidder, winners.includes(bid.bidder) ? price : 0] as const)
    const vickrey = { winners, payments: Object.fromEntries(paid) }
    const input = { units, bids, reserve }
    return (
      Equal.equals(decided(KUnitUniform.calculator, input), uniform) &&
      Equal.equals(decided(KUnitVickrey.calculator, input), vickrey) &&
      (!isSmall(bids) || Equal.equals(decided(KUnitUniform.calculator, inSevenths(input))["winners"], winners))
    )
  })

  law("the english clock, price by price", p13, clocks, ([{ bids }, startPrice, increment]) => {
    const values = isSmall(bids) ? bids : bids.map((it) => ({ ...it, amount: it.amount / 2 ** 15 }))
    const input = { values, startPrice, increment }
    const expected = Reference.english(values, startPrice, increment)
    return (
      Equal.equals(decided(EnglishClock.calculator, input), expected) &&
      (!isSmall(bids) || isExactToo(EnglishClock.calculator, input, expected))
    )
  })

  law("the dutch clock, price by price", p13, Arbitrary.all([clocks, halves(20)]), ([clock, reserve]) => {
    const [{ bids }, startPrice, decrement] = clock
    const input = { stopPrices: bids, startPrice, decrement, reserve }
    const expected = Reference.dutch(bids, startPrice, decrement, reserve)
    return (
      Equal.equals(decided(DutchClock.calculator, input), expected) &&
      (!isSmall(bids) || isExactToo(DutchClock.calculator, input, expected))
    )
  })

  const positive = Arbitrary.map(Arbitrary.schema(Schema.Finite), (it) => Math.abs(it))
  const anyClock = Arbitrary.filter(Arbitrary.all([positive, positive, positive, positive]), ([, step]) => step > 0)

  const stopsRight = ([start, step, amount, other]: readonly [number, number, number, number]): boolean => {
    const values = [amount, other]
    const second = Math.min(amount, other)
    const up = EnglishClock.stop(Amount.doubles, values, { start, step })
    const rising = (round: bigint) => Reference.priceOf(start, step, 1, round)
    const isUpRight =
      up === undefined
        ? amount < start && other < start
        : up.rounds === 1n
          ? up.price === start && second < start
          : rising(up.rounds - 1n) > second &&
            rising(up.rounds - 2n) <= second &&
            up.price === rising(up.rounds - (up.tie ? 2n : 1n)) &&
            (values[up.winner] ?? 0) >= up.price
    const down = DutchClock.stop(Amount.doubles, values, { start, step, reserve: 0 })
    const highest = Math.max(amount, other)
    const falling = (round: bigint) => Reference.priceOf(start, step, -1, round)
    const isDownRight =
      down === undefined ||
      (down.price === falling(down.rounds - 1n) &&
        down.price <= highest &&
        (down.rounds === 1n || falling(down.rounds - 2n) > highest))
    return isUpRight && isDownRight
  }
  law("clocks over any doubles stop where the price called passes the amount", p13, anyClock, stopsRight)

  /** Hundredths and thousandths, so that the price called often is the amount. */
  const decimals = (maximum: number, minimum = 0) =>
    Arbitrary.map(
      Arbitrary.schema(
        Schema.Struct({
          whole: Schema.Int.check(Schema.isBetween({ minimum, maximum })),
          power: Schema.Literals([1, 100, 1000])
        })
      ),
      ({ power, whole }) => whole / power
    )
  const far = Arbitrary.map(decimals(10), (it) => it + 9_007_199_254_740)
  const decimalClock = Arbitrary.all([decimals(400), decimals(30, 1), decimals(9000), decimals(9000)])
  law("clocks over decimals likewise, where whole numbers do", p13, decimalClock, stopsRight)
  const farClock = Arbitrary.all([decimals(400), decimals(30, 1), far, far])
  law("and where they are at their end", Math.ceil(p13 / 10), farClock, stopsRight)

  it("found by the law: prices below 2^-1022 are rounded once, too", () => {
    const [start, step, amount] = [5.684624198660228e116, 7.4e-323, 2.1754768264347115e-308]
    const down = DutchClock.stop(Amount.doubles, [amount], { start, step, reserve: 0 })
    const rounds = down?.rounds ?? assert.fail()
    assert.strictEqual(down?.price, Reference.priceOf(start, step, -1, rounds - 1n))
    assert.isAbove(Reference.priceOf(start, step, -1, rounds - 2n), amount)
  })

  it("a clock by 0.1 calls 0.3, which a bidder with 0.3 can pay", () => {
    const input = { values: [b("a", 0.3), b("b", 0.25)], startPrice: 0, increment: 0.1 }
    assert.deepStrictEqual(decided(EnglishClock.calculator, input), { sold: true, winner: "a", price: 0.3, tie: false })
  })

  it("clocks do not run: 1e308 by steps of 1e-300", () => {
    const values = [b("a", 1e308), b("b", 1.5e308), b("c", 1e308)]
    const up = decided(EnglishClock.calculator, { values, startPrice: 0, increment: 1e-300 })
    assert.deepStrictEqual(up, { sold: true, winner: "b", price: 1.0000000000000002e308, tie: false })
    const equal = decided(EnglishClock.calculator, {
      values: [b("a", Number.MAX_VALUE), b("b", Number.MAX_VALUE)],
      startPrice: 0,
      increment: 5e-324
    })
    assert.deepStrictEqual(equal, { sold: true, winner: "a", price: Number.MAX_VALUE, tie: true })
    const down = decided(DutchClock.calculator, { stopPrices: [b("a", 1)], startPrice: 1e308, decrement: 1e-300 })
    assert.deepStrictEqual(down, { sold: true, winner: "a", price: 1, tie: false })
    const long = `1${"0".repeat(90)}`
    const exact = decided(EnglishClock.calculator, {
      values: [b("a", long), b("b", `${long.slice(0, -1)}1`)],
      startPrice: "0",
      increment: `1/${long}`
    })
    assert.deepStrictEqual(exact, { sold: true, winner: "b", price: `${long}.${"0".repeat(89)}1`, tie: false })
  })
})

const bids = [b("a", 1), b("b", "2/3"), b("c", 3)]
const exact = [b("a", "0.5"), b("b", "2/3"), b("c", "0.5")]

describe("junk", () => {
  fuzz(FirstPrice.calculator, [{ bids, reserve: 1 }, { bids: exact }, { bids: exact, bidders: ["a", "b", "c"] }])
  fuzz(SecondPrice.calculator, [
    { bids, reserve: 1 },
    { bids: exact, reserve: "0.5" }
  ])
  fuzz(AllPay.calculator, [
    { bids, reserve: 1 },
    { bids: exact, reserve: "0.5" }
  ])
  fuzz(KUnitUniform.calculator, [
    { units: 2, bids, reserve: 1 },
    { units: 1, bids: exact }
  ])
  fuzz(KUnitVickrey.calculator, [
    { units: 2, bids, reserve: 1 },
    { units: 1, bids: exact }
  ])
  fuzz(EnglishClock.calculator, [
    { values: bids, startPrice: 1, increment: 0.5 },
    { values: exact, startPrice: "0.1", increment: "1/3" }
  ])
  fuzz(DutchClock.calculator, [
    { stopPrices: bids, startPrice: 9, decrement: 2 },
    { stopPrices: exact, startPrice: "2", decrement: "1/3", reserve: "0.1" }
  ])

  for (const { calculator } of [FirstPrice, SecondPrice, AllPay]) {
    refuses(calculator, [
      ["null", null, "InvalidFormat", []],
      ["a list", bids, "InvalidFormat", []],
      ["no bids", {}, "InvalidFormat", ["bids"]],
      ["bids by name", { bids: { a: 1 } }, "InvalidFormat", ["bids"]],
      ["an unknown key", { bids, reserves: 1 }, "InvalidFormat", ["reserves"]],
      ["an unknown key of a bid", { bids: [{ ...b("a", 1), weight: 2 }] }, "InvalidFormat", ["bids", 0, "weight"]],
      ["a bid without an amount", { bids: [...bids, { bidder: "d" }] }, "InvalidFormat", ["bids", 3, "amount"]],
      ["a negative amount", { bids: [b("a", -1)] }, "InvalidAmount", ["bids", 0, "amount"]],
      ["NaN", { bids: [b("a", Number.NaN)] }, "InvalidAmount", ["bids", 0, "amount"]],
      ["infinity", { bids: [b("a", Infinity)] }, "InvalidAmount", ["bids", 0, "amount"]],
      ["an exponent", { bids: [b("a", "1e5")] }, "InvalidAmount", ["bids", 0, "amount"]],
      ["a fraction of nothing", { bids: [b("a", "1/0")] }, "InvalidAmount", ["bids", 0, "amount"]],
      ["a nameless bidder", { bids: [b("", 1)] }, "InvalidFormat", ["bids", 0, "bidder"]],
      ["a second bid", { bids: [...bids, b("a", 9)] }, "DuplicateName", ["bids", 3, "bidder"]],
      ["a stranger", { bids, bidders: ["a", "b"] }, "UnknownName", ["bids", 2, "bidder"]],
      ["a bidder admitted twice", { bids, bidders: ["a", "b", "a"] }, "DuplicateName", ["bidders", 2]],
      ["S163: a negative reserve, naming the field", { bids, reserve: -1 }, "InvalidAmount", ["reserve"]]
    ])
  }
  for (const { calculator } of [KUnitUniform, KUnitVickrey]) {
    refuses(calculator, [
      ["no units", { bids }, "InvalidFormat", ["units"]],
      ["0 units", { bids, units: 0 }, "InvalidFormat", ["units"]],
      ["half a unit", { bids, units: 0.5 }, "InvalidFormat", ["units"]],
      ["units as text", { bids, units: "1" }, "InvalidFormat", ["units"]],
      ["a second bid", { bids: [...bids, b("a", 9)], units: 2 }, "DuplicateName", ["bids", 3, "bidder"]]
    ])
  }
  refuses(EnglishClock.calculator, [
    ["bids in place of values", { bids, startPrice: 1, increment: 1 }, "InvalidFormat", ["bids"]],
    ["no increment", { values: bids, startPrice: 1 }, "InvalidFormat", ["increment"]],
    ["an increment of 0", { values: bids, startPrice: 1, increment: 0 }, "InvalidFormat", ["increment"]],
    ["an increment of 0 as text", { values: bids, startPrice: 1, increment: "0.0" }, "InvalidFormat", ["increment"]],
    ["a falling increment", { values: bids, startPrice: 1, increment: -1 }, "InvalidAmount", ["increment"]],
    ["a negative start", { values: bids, startPrice: "-1", increment: 1 }, "InvalidAmount", ["startPrice"]],
    [
      "a value twice",
      { values: [...bids, b("a", 9)], startPrice: 1, increment: 1 },
      "DuplicateName",
      ["values", 3, "bidder"]
    ]
  ])
  refuses(DutchClock.calculator, [
    ["no start", { stopPrices: bids, decrement: 1 }, "InvalidFormat", ["startPrice"]],
    ["a decrement of 0", { stopPrices: bids, startPrice: 1, decrement: 0 }, "InvalidFormat", ["decrement"]],
    [
      "a negative reserve",
      { stopPrices: bids, startPrice: 1, decrement: 1, reserve: -2 },
      "InvalidAmount",
      ["reserve"]
    ],
    [
      "two stops of one",
      { stopPrices: [...bids, b("b", 1)], startPrice: 1, decrement: 1 },
      "DuplicateName",
      ["stopPrices", 3, "bidder"]
    ]
  ])
})

describe("the quick way to decode", () => {
  it("passes exactly what the schema passes", { timeout: 600_000 }, () => {
    const schema = Refusal.decode(SingleItem.Inputs)
    const samples = [{ bids: [b("a", 1), b("b", 2.5)], reserve: 1, bidders: ["a", "b"] }, { bids: [b("a", 0)] }]
    let passed = 0
    for (let seed = 0; seed < campaign(20_000, 200_000); seed++) {
      const input = broken(samples[seed % 2] ?? null, seed)
      const [quick, slow] = [SingleItem.decode(input), schema(input)]
      if (Result.isFailure(slow)) assert.deepStrictEqual(quick, slow, `seed ${seed}`)
      else if (Result.isSuccess(quick)) assert.deepStrictEqual(quick.success, slow.success, `seed ${seed}`)
      else assert.include(["DuplicateName", "UnknownName"], quick.failure._tag)
      if (Result.isSuccess(quick)) passed++
    }
    assert.isAbove(passed, 0)
  })

  it.each([
    ["a hole", Object.assign([b("a", 1)], { length: 2 })],
    ["an inherited key", [Object.assign(Object.create({ more: 1 }), b("a", 1))]],
    ["an inherited amount", [Object.assign(Object.create({ amount: 1 }), { bidder: "a" })]],
    ["-0", [b("a", -0)]]
  ])("%s is judged as by the schema", (_what, bids) => {
    const [quick, slow] = [SingleItem.decode({ bids }), Refusal.decode(SingleItem.Inputs)({ bids })]
    assert.strictEqual(Result.isSuccess(quick), Result.isSuccess(slow))
  })
})

describe("the tables of calculators", () => {
  it("no two calculators have one name", () => {
    const names = [Calculators.auctions, Calculators.markets, Calculators.votes].flatMap((table) => [...table.keys()])
    assert.strictEqual(new Set(names).size, names.length)
    for (const name of names) assert.strictEqual(Option.getOrThrow(Calculators.lookup(name)).name, name)
    assert.isTrue(Option.isNone(Calculators.lookup("third-price")))
  })
})
