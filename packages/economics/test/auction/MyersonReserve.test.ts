import { MyersonReserve, Refusal, SecondPrice } from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Result, Schema } from "effect"
import { campaign, law } from "@foundation/core/testing/law"
import { stream } from "../../src/internal/chances.ts"

const near = (actual: number, expected: number, tolerance = 1e-9) => assert.approximately(actual, expected, tolerance)

/** Four in five values are uniform from 0 to 1, one in five from 0 to 5: the virtual value falls at 1. */
const irregular: MyersonReserve.Distribution = {
  low: 0,
  high: 5,
  cdf: (v) => 0.8 * Math.min(1, Math.max(0, v)) + 0.04 * Math.min(5, Math.max(0, v)),
  pdf: (v) => (v < 0 || v > 5 ? 0 : (v <= 1 ? 0.8 : 0) + 0.04)
}

describe("Myerson's reserve", () => {
  it("uniform: half the highest value, or the lowest, or half-way to the seller's value", () => {
    near(MyersonReserve.reserve(MyersonReserve.uniform(0, 1)), 0.5)
    near(MyersonReserve.reserve(MyersonReserve.uniform(3, 10)), 5)
    near(MyersonReserve.reserve(MyersonReserve.uniform(8, 10)), 8)
    near(MyersonReserve.reserve(MyersonReserve.uniform(0, 1), 0.3), 0.65)
  })

  it("exponential: the mean, on top of the seller's value", () => {
    near(MyersonReserve.reserve(MyersonReserve.exponential(1)), 1)
    near(MyersonReserve.reserve(MyersonReserve.exponential(4)), 0.25)
    near(MyersonReserve.reserve(MyersonReserve.exponential(0.5), 3), 5)
  })

  it("a seller who values the item more than anyone keeps it", () => {
    assert.strictEqual(MyersonReserve.reserve(MyersonReserve.uniform(0, 1), 7), 7)
  })

  it("virtual values: 2v - 1 for uniform values, v - 1 for exponential ones", () => {
    near(MyersonReserve.virtualValue(MyersonReserve.uniform(0, 1), 0.75), 0.5)
    near(MyersonReserve.virtualValue(MyersonReserve.exponential(1), 0.25), -0.75)
  })

  it("uniform and exponential values are regular, a mixture need not be", () => {
    assert.isTrue(MyersonReserve.isRegular(MyersonReserve.uniform(2, 3)))
    assert.isTrue(MyersonReserve.isRegular(MyersonReserve.exponential(2)))
    assert.isFalse(MyersonReserve.isRegular(irregular))
  })

  it("ironing: never falls, lies flat where the hull leaves the curve, and changes nothing that is regular", () => {
    const ironed = MyersonReserve.ironedVirtualValue(irregular)
    const values = Array.from({ length: 500 }, (_, index) => index / 100)
    const virtual = values.map(ironed)
    assert.isTrue(virtual.every((it, index) => it >= (virtual[index - 1] ?? -Infinity) - 1e-6))
    near(ironed(0.95), ironed(1.2), 1e-12)
    near(ironed(4), MyersonReserve.virtualValue(irregular, 4))
    const same = MyersonReserve.ironedVirtualValue(MyersonReserve.uniform(0, 1))
    near(same(0.3), -0.4, 1e-3)
  })

  it("an irregular distribution: the reserve is the best of all prices", () => {
    const found = MyersonReserve.reserve(irregular)
    const revenue = (price: number) => price * (1 - irregular.cdf(price))
    for (let price = 0; price <= 5; price += 0.001) assert.isAtMost(revenue(price), revenue(found) + 1e-12)
  })

  const parameters = Arbitrary.schema(
    Schema.Array(Schema.Finite.check(Schema.isBetween({ minimum: 0.01, maximum: 100 }))).check(
      Schema.isMinLength(3),
      Schema.isMaxLength(3)
    )
  )
  law(
    "no price earns more from one bidder than the reserve found",
    campaign(200, 2_000),
    parameters,
    ([a = 1, b = 1, c = 1]) => {
      const seller = (b * c) / 20
      for (const values of [MyersonReserve.uniform(a, a + b), MyersonReserve.exponential(1 / b)]) {
        const earned = (price: number) => (price - seller) * (1 - values.cdf(price))
        const found = MyersonReserve.reserve(values, seller)
        const exact = values.high < Infinity ? Math.max(a, (a + b + seller) / 2, seller) : b + seller
        const top = Math.max(a + b, 5 * b + seller)
        for (let step = 0; step <= 50; step++) if (earned((top * step) / 50) > earned(found) + 1e-9) return false
        if (seller < values.high && Math.abs(found - exact) > 1e-6 * exact) return false
      }
      return true
    }
  )
})

describe("distributions from outside", () => {
  const refusal = (input: unknown) => Result.merge(Result.flip(MyersonReserve.decode(input)))

  it("uniform and exponential ones are made", () => {
    near(MyersonReserve.reserve(Result.getOrThrow(MyersonReserve.decode({ kind: "uniform", low: 3, high: 10 }))), 5)
    near(MyersonReserve.reserve(Result.getOrThrow(MyersonReserve.decode({ kind: "exponential", rate: 4 }))), 0.25)
  })

  it.each([
    ["nothing", null, []],
    ["no kind", { low: 0, high: 1 }, ["kind"]],
    ["S163: an unknown kind", { kind: "normal", mean: 0 }, ["kind"]],
    ["a negative end", { kind: "uniform", low: -1, high: 1 }, ["low"]],
    ["ends that are one", { kind: "uniform", low: 1, high: 1 }, ["high"]],
    ["ends the other way round", { kind: "uniform", low: 2, high: 1 }, ["high"]],
    ["an end that is NaN", { kind: "uniform", low: 0, high: Number.NaN }, ["high"]],
    ["no end", { kind: "uniform", low: 0, high: Infinity }, ["high"]],
    ["a rate of 0", { kind: "exponential", rate: 0 }, ["rate"]],
    ["a rate as text", { kind: "exponential", rate: "1" }, ["rate"]],
    ["an unknown field", { kind: "exponential", rate: 1, mean: 1 }, ["mean"]]
  ])("refuses %s", (_what, input, path) => {
    const refused = refusal(input)
    assert.isTrue(Schema.is(Refusal.InvalidFormat)(refused))
    if (Schema.is(Refusal.InvalidFormat)(refused)) assert.deepStrictEqual(refused.path, path)
  })

  it.each([
    ["uniform", MyersonReserve.uniform(2, 9)],
    ["exponential", MyersonReserve.exponential(3)],
    ["irregular", irregular]
  ])("nothing is wrong with %s", (_what, values) => {
    assert.strictEqual(MyersonReserve.judge(values), undefined)
  })

  const uniform = MyersonReserve.uniform(0, 1)
  it.each<readonly [string, MyersonReserve.Distribution]>([
    ["low", { ...uniform, low: -1 }],
    ["low", { ...uniform, low: Number.NaN }],
    ["high", { ...uniform, high: 0 }],
    ["high", { ...uniform, high: Number.NaN }],
    ["cdf", { ...uniform, cdf: () => Number.NaN }],
    ["cdf", { ...uniform, cdf: (value) => 2 * value }],
    ["cdf", { ...uniform, cdf: (value) => 1 - value }],
    ["cdf", { ...uniform, cdf: (value) => value / 2 }],
    ["cdf", { ...MyersonReserve.exponential(1), cdf: () => 0.5 }],
    ["pdf", { ...uniform, pdf: () => -1 }],
    ["pdf", { ...uniform, pdf: () => Number.NaN }]
  ])("names what is wrong: %s, and nothing hangs on it", (field, values) => {
    assert.deepStrictEqual(MyersonReserve.judge(values)?.path, [field])
    for (const seller of [0, 0.5, Number.NaN]) assert.isNumber(MyersonReserve.reserve(values, seller))
    assert.isNumber(MyersonReserve.expectedRevenue(values, 2, 0.5))
    assert.isBoolean(MyersonReserve.isRegular(values))
  })
})

describe("the reserve beats no reserve", () => {
  it("in closed form: two uniform bidders 1/3 against 5/12, two exponential ones", () => {
    const uniform = MyersonReserve.uniform(0, 1)
    near(MyersonReserve.expectedRevenue(uniform, 2, 0), 1 / 3)
    near(MyersonReserve.expectedRevenue(uniform, 2, 0.5), 5 / 12)
    near(MyersonReserve.expectedRevenue(uniform, 1, 0.5), 1 / 4)
    near(MyersonReserve.expectedRevenue(uniform, 5, 0), 4 / 6)
    const exponential = MyersonReserve.exponential(1)
    near(MyersonReserve.expectedRevenue(exponential, 2, 0), 1 / 2, 1e-6)
    const e = Math.exp(-1)
    near(MyersonReserve.expectedRevenue(exponential, 2, 1), 2 * e * (1 - e) + 1.5 * e * e, 1e-6)
  })

  it("in simulated second-price auctions, as much as the closed form says", () => {
    const chance = stream(7)
    const rounds = 40_000
    const reserves = [0, 0.5]
    const sums = [0, 0]
    for (let round = 0; round < rounds; round++) {
      const bids = ["a", "b"].map((bidder) => ({ bidder, amount: chance() }))
      reserves.forEach((reserve, index) => (sums[index] = (sums[index] ?? 0) + SecondPrice.decide(bids, reserve).price))
    }
    const [without = 0, withReserve = 0] = sums.map((sum) => sum / rounds)
    // Five standard errors of a price between 0 and 1.
    const error = (5 * 0.3) / Math.sqrt(rounds)
    near(without, 1 / 3, error)
    near(withReserve, 5 / 12, error)
    assert.isAbove(withReserve - without, 0.06)
  })
})
