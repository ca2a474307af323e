import { Amount, DoubleVcg, KDouble, McAfee, Sbba, UnitTrade } from "@mabeam/economics"
import type { Calculator } from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { fuzz, refuses } from "../junk.ts"
import { law } from "@foundation/core/testing/law"
import { p13 } from "../p13.ts"
import { input, integers, markets } from "./instances.ts"
import { best, clarke, clears, prices, textbook } from "./reference/doubles.ts"

const decided = (calculator: Calculator.Calculator, given: unknown) =>
  Result.getOrThrow(calculator.solve(given)).decision

const tagOf = (calculator: Calculator.Calculator, given: unknown) => {
  const result = calculator.solve(given)
  return Result.isFailure(result) ? result.failure._tag : "none"
}

const reducing = [McAfee.calculator, Sbba.calculator]
const all = [...reducing, DoubleVcg.calculator]

describe("double auctions in sentences", () => {
  it("k places the price in the clearing interval", () => {
    const market = input({ buyers: [9, 7, 3], sellers: [2, 4, 8] })
    const at = (k: number | string) => decided(KDouble.calculator, { ...market, k })["price"]
    assert.deepStrictEqual([at(0), at(0.5), at("1/4"), at(1)], [4, 5.5, 4.75, 7])
    assert.deepStrictEqual(decided(KDouble.calculator, { ...market, k: 0.5 }), {
      volume: 2,
      clearing: { low: 4, high: 7 },
      price: 5.5,
      trades: [
        { buyer: "b0", seller: "s0" },
        { buyer: "b1", seller: "s1" }
      ],
      gainsFromTrade: 10
    })
  })

  it("of equal values the earlier trade, in order of arrival", () => {
    const { trades } = decided(KDouble.calculator, { ...input({ buyers: [5, 9, 5], sellers: [5, 5, 4] }), k: 0 })
    assert.deepStrictEqual(trades, [
      { buyer: "b0", seller: "s0" },
      { buyer: "b1", seller: "s1" },
      { buyer: "b2", seller: "s2" }
    ])
    const fewer = decided(KDouble.calculator, { ...input({ buyers: [5, 9, 5], sellers: [6, 5, 4] }), k: 0 })
    assert.deepStrictEqual(fewer["trades"], [
      { buyer: "b0", seller: "s1" },
      { buyer: "b1", seller: "s2" }
    ])
  })

  it("text is answered exactly, with k as text or as a decimal", () => {
    const market = input({ buyers: ["0.3"], sellers: ["0.1"] })
    for (const k of ["1/3", "0.5", 0.1] as const) {
      const { price } = decided(KDouble.calculator, { ...market, k })
      assert.strictEqual(price, k === "1/3" ? "1/6" : k === "0.5" ? "0.2" : "0.12")
    }
    const huge = `1/${"7".repeat(40)}`
    const { price } = decided(KDouble.calculator, { ...input({ buyers: ["1"], sellers: ["0"] }), k: huge })
    assert.strictEqual(price, huge)
    assert.deepStrictEqual(decided(DoubleVcg.calculator, market), {
      volume: 1,
      buyerPrice: "0.1",
      sellerPrice: "0.3",
      deficit: "0.2"
    })
  })

  it("numbers are taken for the decimals they are written as", () => {
    const { price } = decided(KDouble.calculator, { ...input({ buyers: [0.3], sellers: [0.1] }), k: 0.5 })
    assert.strictEqual(price, 0.2)
  })

  it("nobody, or nobody who agrees: volume 0 and no price", () => {
    for (const market of [
      { buyers: [], sellers: [] },
      { buyers: [3], sellers: [] },
      { buyers: [3], sellers: [4] }
    ]) {
      assert.deepStrictEqual(decided(KDouble.calculator, { ...input(market), k: 1 }), {
        volume: 0,
        clearing: null,
        price: null,
        trades: [],
        gainsFromTrade: 0
      })
      for (const calculator of reducing) {
        assert.deepStrictEqual(decided(calculator, input(market)), {
          volume: 0,
          buyerPrice: null,
          sellerPrice: null,
          reduced: false,
          trades: [],
          surplus: 0,
          gainsFromTrade: 0
        })
      }
      assert.strictEqual(decided(DoubleVcg.calculator, input(market))["deficit"], 0)
    }
  })

  it("SBBA: the cheapest seller is left out if last, and nothing that seller states changes it", () => {
    for (const last of [0, 1, 2, 3]) {
      const { buyerPrice, reduced, trades } = decided(
        Sbba.calculator,
        input({ buyers: [9, 8, 7], sellers: [3, 4, last] })
      )
      assert.strictEqual(buyerPrice, 7)
      assert.isTrue(reduced)
      assert.deepStrictEqual(trades, [
        { buyer: "b0", seller: "s0" },
        { buyer: "b1", seller: "s1" }
      ])
    }
  })

  it("amounts near the largest double are reckoned exactly; a sum beyond it is refused", () => {
    const one = { ...input({ buyers: [1.5e308], sellers: [1e308] }), k: 0.5 }
    assert.strictEqual(decided(KDouble.calculator, one)["price"], 1.25e308)
    assert.strictEqual(decided(KDouble.calculator, one)["gainsFromTrade"], 5e307)
    assert.strictEqual(
      tagOf(KDouble.calculator, { ...input({ buyers: [1.5e308, 1.5e308], sellers: [0, 0] }), k: 0 }),
      "OutOfRange"
    )
    assert.strictEqual(
      tagOf(DoubleVcg.calculator, input({ buyers: [1.5e308, 1.5e308], sellers: [0, 0] })),
      "OutOfRange"
    )
  })

  it("fractions without a common denominator are refused rather than summed for ever", () => {
    const odd = Array.from({ length: 400 }, (_, i) => `1/${10n ** 60n + 2n * BigInt(i) + 1n}`)
    const result = McAfee.calculator.solve(input({ buyers: odd, sellers: odd }))
    assert.isTrue(Result.isFailure(result))
    if (Result.isFailure(result)) {
      assert.strictEqual(result.failure._tag, "OutOfRange")
      assert.isTrue(result.failure.message.startsWith("the input: the fractions"))
    }
  })

  it("tiny amounts keep their differences", () => {
    const tiny = { ...input({ buyers: [3e-320], sellers: [1e-320] }), k: 0.5 }
    assert.strictEqual(decided(KDouble.calculator, tiny)["price"], 2e-320)
  })
})

describe("against every matching", () => {
  law("volume and gains are the greatest; the clearing interval is what clears", p13, integers(4), (market) => {
    const { buyers, sellers } = market
    const truth = best(buyers, sellers)
    const { clearing, gainsFromTrade, volume } = decided(KDouble.calculator, { ...input(market), k: 0.5 })
    if (volume !== truth.trades || gainsFromTrade !== truth.gains) return false
    const interval = clearing as { low: number; high: number } | null
    if (interval === null) return truth.trades === 0
    return prices(buyers, sellers).every(
      (price) => clears(buyers, sellers, truth.trades, price) === (interval.low <= price && price <= interval.high)
    )
  })

  law("VCG takes from each the loss of the others by their presence", p13, integers(4), (market) => {
    const { buyers, sellers } = market
    const settled = DoubleVcg.decide(input(market))
    const pays = clarke(buyers, sellers)
    const number = (value: Amount.Rational | undefined) => (value === undefined ? -1 : Amount.rationals.toNumber(value))
    return (
      settled.buyers.every((i) => pays.buyer(i) === number(settled.terms.buyerPrice)) &&
      settled.sellers.every((i) => pays.seller(i) === number(settled.terms.sellerPrice))
    )
  })

  for (const [calculator, of] of [
    [McAfee.calculator, "mcafee"],
    [Sbba.calculator, "sbba"]
  ] as const) {
    law(`${calculator.name}: prices and volume of the paper, conserved`, p13, integers(5), (market) => {
      const truth = textbook(market.buyers, market.sellers)
      const { buyerPrice, reduced, sellerPrice, surplus, trades, volume } = decided(calculator, input(market))
      const made = trades as ReadonlyArray<{ buyer: string; seller: string }>
      return (
        JSON.stringify({ volume, buyerPrice, sellerPrice }) === JSON.stringify(truth[of]) &&
        reduced === truth[of].volume < truth.q &&
        made.length === volume &&
        new Set(made.map((it) => it.buyer)).size === volume &&
        new Set(made.map((it) => it.seller)).size === volume &&
        surplus === truth[of].volume * ((truth[of].buyerPrice ?? 0) - (truth[of].sellerPrice ?? 0))
      )
    })
  }

  law("exact and double arithmetic agree", p13 / 5, integers(4), (market) => {
    const text = { buyers: market.buyers.map(String), sellers: market.sellers.map(String) }
    const asText = (value: unknown) =>
      JSON.stringify(value, (_, it: unknown) => (typeof it === "number" ? String(it) : it))
    return all.every((it) => asText(decided(it, input(market))) === asText(decided(it, input(text))))
  })

  // The decisions alone: what a calculator adds to them, a search for deviations, takes most of its time.
  law("nobody buys above their value or sells below it, on any doubles", p13, markets(6), (market) => {
    const given = input(market)
    const settled = [McAfee.decide(given), Sbba.decide(given), DoubleVcg.decide(given), KDouble.decide(given, 0.3)]
    return settled.every(({ buyers, sellers, terms: { buyerPrice, sellerPrice } }) => {
      if (buyerPrice === undefined || sellerPrice === undefined) return buyers.length === 0 && sellers.length === 0
      const [high, low] = [Amount.rationals.toNumber(buyerPrice), Amount.rationals.toNumber(sellerPrice)]
      return (
        buyers.every((position) => (market.buyers[position] ?? -1) >= high) &&
        sellers.every((position) => (market.sellers[position] ?? Infinity) <= low)
      )
    })
  })

  law("nor as calculators answer", Math.ceil(p13 / 20), markets(6), (market) => {
    const answers = [
      ...all.map((calculator) => decided(calculator, input(market))),
      decided(KDouble.calculator, { ...input(market), k: 0.3 })
    ]
    return answers.every((answer) => {
      const high = Number(answer["buyerPrice"] ?? answer["price"])
      const low = Number(answer["sellerPrice"] ?? answer["price"])
      const trades = (answer["trades"] ?? []) as ReadonlyArray<{ buyer: string; seller: string }>
      return trades.every(
        (it) =>
          (market.buyers[Number(it.buyer.slice(1))] ?? -1) >= high &&
          (market.sellers[Number(it.seller.slice(1))] ?? Infinity) <= low
      )
    })
  })

  it("a large market agrees with a full sort", () => {
    let state = 7
    const chance = () => (state = (state * 48271) % 2147483647) / 2147483647
    const buyers = Array.from({ length: 20_000 }, () => Math.round(chance() * 5000) / 100)
    const sellers = Array.from({ length: 20_000 }, () => Math.round(chance() * 5000) / 100)
    const truth = textbook(buyers, sellers)
    assert.strictEqual(UnitTrade.margin(Amount.doubles, buyers, sellers).volume, truth.q)
    const { buyerPrice, volume } = decided(Sbba.calculator, input({ buyers, sellers }))
    assert.deepStrictEqual({ buyerPrice, volume }, { buyerPrice: truth.sbba.buyerPrice, volume: truth.sbba.volume })
  })
})

const sample = input({ buyers: [9, 7, 3], sellers: [2, 4, 8] })
const exact = input({ buyers: ["0.9", "2/3"], sellers: ["0.1", "1/7"] })

describe("junk", () => {
  fuzz(KDouble.calculator, [
    { ...sample, k: 0.5 },
    { ...exact, k: "1/3" }
  ])
  for (const calculator of all) fuzz(calculator, [sample, exact])

  refuses(KDouble.calculator, [
    ["a missing k", sample, "InvalidFormat", ["k"]],
    ["k above 1", { ...sample, k: 1.5 }, "InvalidFormat", ["k"]],
    ["k above 1 as text", { ...sample, k: "3/2" }, "InvalidFormat", ["k"]],
    ["a negative k", { ...sample, k: -0.1 }, "InvalidAmount", ["k"]],
    ["k that is no number", { ...sample, k: Number.NaN }, "InvalidAmount", ["k"]]
  ])
  refuses(McAfee.calculator, [
    ["nothing", null, "InvalidFormat", []],
    ["a list", [], "InvalidFormat", []],
    ["no sellers", { buyers: [] }, "InvalidFormat", ["sellers"]],
    ["a k that it has no use for", { ...sample, k: 0.5 }, "InvalidFormat", ["k"]],
    ["a negative amount", input({ buyers: [1], sellers: [-1] }), "InvalidAmount", ["sellers", 0, "amount"]],
    ["an infinite amount", input({ buyers: [Infinity], sellers: [] }), "InvalidAmount", ["buyers", 0, "amount"]],
    [
      "an amount that is NaN",
      input({ buyers: [1, Number.NaN], sellers: [] }),
      "InvalidAmount",
      ["buyers", 1, "amount"]
    ],
    ["a division by zero", input({ buyers: ["1/0"], sellers: [] }), "InvalidAmount", ["buyers", 0, "amount"]],
    ["an amount that is null", input({ buyers: [null], sellers: [] }), "InvalidFormat", ["buyers", 0, "amount"]],
    ["a nameless trader", { buyers: [{ id: "", amount: 1 }], sellers: [] }, "InvalidFormat", ["buyers", 0, "id"]],
    [
      "two buyers of one name",
      { buyers: [sample.buyers[0], sample.buyers[0]], sellers: [] },
      "DuplicateName",
      ["buyers", 1, "id"]
    ],
    [
      "two sellers of one name",
      { buyers: [], sellers: [sample.sellers[0], sample.sellers[0]] },
      "DuplicateName",
      ["sellers", 1, "id"]
    ],
    ["a quantity", { buyers: [{ id: "b", amount: 1, qty: 2 }], sellers: [] }, "InvalidFormat", ["buyers", 0, "qty"]]
  ])
})
