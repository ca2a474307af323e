import {
  AllPay,
  Amount,
  Core,
  Declarations,
  DutchClock,
  Efficiency,
  EnglishClock,
  EnvyFreeness,
  FirstPrice,
  IndividualRationality,
  KUnitUniform,
  KUnitVickrey,
  Revenue,
  SecondPrice,
  StrategyProofness
} from "@mabeam/economics"
import type { Calculator, UnitDemand } from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Option, Result, Schema } from "effect"
import { bidsOf, instances } from "../instances.ts"
import { law } from "@foundation/core/testing/law"
import { p13 } from "../p13.ts"

const { doubles, rationals } = Amount

const auction = (amounts: ReadonlyArray<number>, reserve = 0, units = 1): UnitDemand.Instance => ({
  units,
  reserve,
  bids: bidsOf(amounts)
})

/** A mechanism that spoils the outcome of the second-price rule, yet still declares everything. */
const spoiled = (
  name: string,
  spoil: (instance: UnitDemand.Instance, outcome: UnitDemand.Outcome) => UnitDemand.Outcome
): UnitDemand.Mechanism => ({
  name,
  declares: KUnitVickrey.mechanism.declares,
  run: (arithmetic, instance) => {
    const { fromNumber, toNumber } = arithmetic
    const bids = instance.bids.map(({ amount, bidder }) => ({ bidder, amount: toNumber(amount) }))
    const plain = { units: instance.units, reserve: toNumber(instance.reserve), bids }
    const { payments, winners } = spoil(plain, KUnitVickrey.mechanism.run(doubles, plain))
    return { winners, payments: new Map([...payments].map(([bidder, paid]) => [bidder, fromNumber(paid)])) }
  }
})

const allPay = spoiled("everyone pays", ({ bids }, { winners }) => ({
  winners,
  payments: new Map(bids.map((bid) => [bid.bidder, bid.amount]))
}))
const payAsBid = spoiled("pay as bid", ({ bids }, { winners }) => ({
  winners,
  payments: new Map(bids.filter((bid) => winners.includes(bid.bidder)).map((bid) => [bid.bidder, bid.amount]))
}))
const lowestWins = spoiled("the lowest wins", ({ bids, reserve }) => {
  const lowest = bids.filter((bid) => bid.amount >= reserve).sort((a, b) => a.amount - b.amount)[0]
  return lowest === undefined
    ? { winners: [], payments: new Map() }
    : { winners: [lowest.bidder], payments: new Map([[lowest.bidder, reserve]]) }
})
const rebate = spoiled("losers are paid", ({ bids }, { payments, winners }) => ({
  winners,
  payments: new Map(bids.map((bid) => [bid.bidder, payments.get(bid.bidder) ?? -1]))
}))
const halfReserve = spoiled("half the price", (_, { payments, winners }) => ({
  winners,
  payments: new Map([...payments].map(([bidder, amount]) => [bidder, amount / 2]))
}))
const overcharge = spoiled("a fee on top", (_, { payments, winners }) => ({
  winners,
  payments: new Map([...payments].map(([bidder, amount]) => [bidder, amount * 1.5 + 1]))
}))
const thirdPrice = spoiled("third price", ({ bids, reserve }, { winners }) => {
  const third = bids.map((bid) => bid.amount).sort((a, b) => b - a)[2] ?? 0
  return { winners, payments: new Map(winners.map((bidder) => [bidder, Math.max(third, reserve)])) }
})
const oversold = spoiled("one unit too many", ({ bids, units }, { payments }) => ({
  winners: bids.slice(0, units + 1).map((bid) => bid.bidder),
  payments
}))

/** The best welfare by trying every set of winners; shares nothing with the checker. */
const bestWelfare = ({ bids, reserve, units }: UnitDemand.Instance): number => {
  let best = 0
  for (let set = 0; set < 2 ** bids.length; set++) {
    const chosen = bids.filter((_, index) => (set >> index) % 2 === 1)
    if (chosen.length > units) continue
    best = Math.max(
      best,
      chosen.reduce((sum, bid) => sum + bid.amount - reserve, 0)
    )
  }
  return best
}

/** The best that a group of bidders with the seller, or alone, could have beyond what they have; by trying every group. */
const bestBlocking = (instance: UnitDemand.Instance, outcome: UnitDemand.Outcome): number => {
  const { bids, reserve, units } = instance
  const paid = (bidder: string) => outcome.payments.get(bidder) ?? 0
  const seller = bids.reduce((sum, { bidder }) => sum + paid(bidder), 0) - reserve * outcome.winners.length
  let best = -Infinity
  for (let set = 0; set < 2 ** bids.length; set++) {
    const group = bids.filter((_, index) => (set >> index) % 2 === 1)
    const have = group.reduce(
      (sum, { amount, bidder }) => sum + (outcome.winners.includes(bidder) ? amount : 0) - paid(bidder),
      0
    )
    const could = bestWelfare({ units, reserve, bids: group })
    best = Math.max(best, could - have - seller, -have)
  }
  return best
}

const half = (minimum: number, maximum: number) =>
  Arbitrary.map(Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum, maximum }))), (n) => n / 2)
const wholes = Arbitrary.map(instances(4, 6), ({ bids, reserve, units }) => ({
  units,
  reserve,
  bids: bids.map(({ amount, bidder }) => ({ bidder, amount: Math.floor(amount) }))
}))
const english = Arbitrary.all([instances(1, 5), half(1, 8)])
const dutch = Arbitrary.all([instances(1, 5), half(0, 30), half(1, 8)])

describe("P13: what a mechanism declares holds", () => {
  const holds = (mechanism: UnitDemand.Mechanism, instance: UnitDemand.Instance) =>
    Declarations.broken(doubles, mechanism, instance).length === 0
  law("first price", p13, instances(1), (it) => holds(FirstPrice.mechanism, it))
  law("second price", p13, instances(1, 6), (it) => holds(SecondPrice.mechanism, it))
  law("all-pay", p13, instances(1), (it) => holds(AllPay.mechanism, it))
  law("k-unit Vickrey", p13, instances(4, 6), (it) => holds(KUnitVickrey.mechanism, it))
  law("k-unit uniform", p13, instances(4, 6), (it) => holds(KUnitUniform.mechanism, it))
  law("english clock", p13, english, ([it, increment]) => holds(EnglishClock.mechanism({ increment }), it))
  law("dutch clock", p13, dutch, ([it, startPrice, decrement]) =>
    holds(DutchClock.mechanism({ startPrice, decrement }), it)
  )
})

describe("P13: it holds on texts, exactly", () => {
  /** The same instance in sevenths, which no double holds. */
  const sevenths = ({ bids, reserve, units }: UnitDemand.Instance): UnitDemand.Instance<Amount.Rational> => {
    const lift = (amount: number) => rationals.divide(rationals.fromNumber(amount), rationals.fromNumber(7))
    return { units, reserve: lift(reserve), bids: bids.map(({ amount, bidder }) => ({ bidder, amount: lift(amount) })) }
  }
  const runs = Math.ceil(p13 / 20)
  const holds = (mechanism: UnitDemand.Mechanism, instance: UnitDemand.Instance) =>
    Declarations.broken(rationals, mechanism, sevenths(instance)).length === 0
  law("first price", runs, instances(1, 4), (it) => holds(FirstPrice.mechanism, it))
  law("second price", runs, instances(1, 4), (it) => holds(SecondPrice.mechanism, it))
  law("all-pay", runs, instances(1, 4), (it) => holds(AllPay.mechanism, it))
  law("k-unit Vickrey and uniform", runs, instances(4, 4), (it) => holds(KUnitVickrey.mechanism, it))
  law("english clock", runs, Arbitrary.all([instances(1, 3), half(1, 8)]), ([it, step]) =>
    holds(EnglishClock.mechanism({ increment: `${2 * step}/14` }), it)
  )
  law("dutch clock", runs, Arbitrary.all([instances(1, 3), half(0, 30), half(1, 8)]), ([it, startPrice, decrement]) =>
    holds(DutchClock.mechanism({ startPrice: `${2 * startPrice}/14`, decrement: `${2 * decrement}/3` }), it)
  )

  const t = (bidder: string, amount: string) => ({ bidder, amount })
  const judged = (calculator: Calculator.Calculator, input: object, property: UnitDemand.Property) =>
    Result.getOrThrow(calculator.solve(input)).properties?.[property]?.holds

  it("what doubles do not tell apart is judged by all its digits", () => {
    const close = [t("a", "1.00000000000000000000000000000002"), t("b", "1.00000000000000000000000000000001")]
    assert.strictEqual(judged(FirstPrice.calculator, { bids: close }, "strategy-proof"), false)
    assert.strictEqual(judged(SecondPrice.calculator, { bids: close }, "strategy-proof"), true)
    const clock = { startPrice: "1", increment: "0.00000000000000000000000000000003" }
    const values = close.toReversed()
    // Both leave at the first price above the start; the earlier gets it, who values it less.
    assert.strictEqual(judged(EnglishClock.calculator, { values, ...clock }, "efficient"), false)
    const finer = { ...clock, increment: "0.00000000000000000000000000000001" }
    assert.strictEqual(judged(EnglishClock.calculator, { values, ...finer }, "efficient"), true)
  })

  it("a loss beyond all digits of a double is one", () => {
    const one = rationals.fromNumber(1)
    const more = rationals.lift(`1.${"0".repeat(80)}1`)
    const instance = { units: 1, reserve: rationals.zero, bids: [{ bidder: "a", amount: one }] }
    const outcome = { winners: ["a"], payments: new Map([["a", more]]) }
    assert.strictEqual(IndividualRationality.violators(rationals, instance, outcome).length, 1)
    assert.strictEqual(
      Revenue.belowReserve(rationals, { ...instance, reserve: more }, { ...outcome, payments: new Map([["a", one]]) })
        .length,
      1
    )
  })

  it("fractions whose sum would take too long leave the core unchecked", () => {
    const bids = Array.from({ length: 400 }, (_, i) => t(`${i}`, `1/${10n ** 90n + 2n * BigInt(i) + 1n}`))
    assert.strictEqual(judged(KUnitVickrey.calculator, { units: 300, bids }, "core"), "unchecked")
    assert.strictEqual(judged(KUnitVickrey.calculator, { units: 300, bids }, "efficient"), true)
    assert.strictEqual(judged(SecondPrice.calculator, { bids: bids.slice(0, 7) }, "strategy-proof"), "unchecked")
  })

  it("found by the command: several units at the largest double are in the core", () => {
    const bids = bidsOf([Number.MAX_VALUE, Number.MAX_VALUE, Number.MAX_VALUE, 1])
    const input = { units: 5, bids, reserve: Number.MAX_VALUE }
    assert.strictEqual(judged(KUnitUniform.calculator, input, "core"), true)
  })
})

describe("on numbers nothing that was decided counts as rounding", () => {
  const holding = (calculator: Calculator.Calculator, input: object) =>
    Object.entries(Result.getOrThrow(calculator.solve(input)).properties ?? {})
      .filter(([, { holds }]) => holds === true)
      .map(([name]) => name)

  it("all-pay: 4 paid for nothing is a loss beside a bid of 1e10", () => {
    assert.deepStrictEqual(holding(AllPay.calculator, { bids: bidsOf([1e10, 4]) }), [
      "efficient",
      "weakly-budget-balanced",
      "reserve-respecting",
      "envy-free"
    ])
  })

  it("clocks: the earlier of two who stop together is not the higher, by 1 in 1e10", () => {
    const stopPrices = bidsOf([1e10, 1e10 + 1])
    const dutch = holding(DutchClock.calculator, { stopPrices, startPrice: 2e10, decrement: 1e10 })
    assert.deepStrictEqual(dutch, [
      "individually-rational",
      "strategy-proof",
      "weakly-budget-balanced",
      "reserve-respecting"
    ])
    const english = holding(EnglishClock.calculator, { values: stopPrices, startPrice: 0, increment: 7 })
    assert.notInclude(english, "core")
    assert.notInclude(english, "efficient")
  })

  it("first price: the winner of 1e10 gains 1 by bidding 1 less", () => {
    assert.notInclude(holding(FirstPrice.calculator, { bids: bidsOf([1e10, 1e10 - 1]) }), "strategy-proof")
  })

  const exactly = (input: UnitDemand.Instance) => ({
    reserve: `${input.reserve}`,
    bids: input.bids.map(({ amount, bidder }) => ({ bidder, amount: `${amount}` }))
  })
  law("numbers are judged as the same texts are", Math.ceil(p13 / 5), Arbitrary.all([wholes, half(1, 8)]), (it) => {
    const [instance, step] = it
    const texts = exactly(instance)
    const { bids, reserve, units } = instance
    const pairs: ReadonlyArray<readonly [Calculator.Calculator, object, object]> = [
      [FirstPrice.calculator, { bids, reserve }, texts],
      [AllPay.calculator, { bids, reserve }, texts],
      [KUnitUniform.calculator, { units, bids, reserve }, { units, ...texts }],
      [
        EnglishClock.calculator,
        { values: bids, startPrice: reserve, increment: step },
        { values: texts.bids, startPrice: texts.reserve, increment: `${step}` }
      ],
      [
        DutchClock.calculator,
        { stopPrices: bids, startPrice: 12, decrement: step, reserve },
        { stopPrices: texts.bids, startPrice: "12", decrement: `${step}`, reserve: texts.reserve }
      ]
    ]
    return pairs.every(
      ([calculator, numbers, words]) => `${holding(calculator, numbers)}` === `${holding(calculator, words)}`
    )
  })
})

describe("what the clocks keep up to one step", () => {
  const highest = ({ bids, reserve }: UnitDemand.Instance) => Math.max(reserve, ...bids.map((bid) => bid.amount))
  const valueOfWinner = ({ bids }: UnitDemand.Instance, { winners }: UnitDemand.Outcome) =>
    bids.find((bid) => bid.bidder === winners[0])?.amount

  law("english: nobody gains more than one increment by another limit", Math.ceil(p13 / 10), english, (it) => {
    const [instance, increment] = it
    const found = StrategyProofness.search(doubles, EnglishClock.mechanism({ increment }), instance)
    return Option.isNone(found) || StrategyProofness.gainOf(doubles, found.value) <= increment * (1 + 1e-9)
  })

  law("english: the winner's value is within one increment of the highest", p13, english, ([instance, increment]) => {
    const value = valueOfWinner(instance, EnglishClock.mechanism({ increment }).run(doubles, instance))
    return value === undefined
      ? instance.bids.every((bid) => bid.amount < instance.reserve)
      : highest(instance) - value < increment
  })

  law("english: the price is within one increment of the second price", p13, english, ([instance, increment]) => {
    const clock = Revenue.total(doubles, EnglishClock.mechanism({ increment }).run(doubles, instance))
    return (
      Math.abs(clock - Revenue.total(doubles, SecondPrice.mechanism.run(doubles, instance))) <= increment * (1 + 1e-9)
    )
  })

  law("dutch: the price is within one decrement of the highest stop price below the start", p13, dutch, (it) => {
    const [instance, startPrice, decrement] = it
    const { payments, winners } = DutchClock.mechanism({ startPrice, decrement }).run(doubles, instance)
    const price = payments.get(winners[0] ?? "")
    return price === undefined || Math.min(startPrice, highest(instance)) - price < decrement * (1 + 1e-9)
  })
})

describe("what theory says fails is found to fail", () => {
  it("first price is manipulable: with values 10 and 4 the winner gains by bidding just above 4", () => {
    const instance = auction([10, 4])
    const deviation = Option.getOrThrow(StrategyProofness.search(doubles, FirstPrice.mechanism, instance))
    assert.strictEqual(deviation.bidder, "b0")
    assert.strictEqual(deviation.honestUtility, 0)
    // The earlier of two equal bids wins, so matching the rival is enough here.
    assert.strictEqual(deviation.bid, 4)
    assert.strictEqual(deviation.utility, 6)
    const outcome = FirstPrice.mechanism.run(doubles, {
      ...instance,
      bids: [{ bidder: "b0", amount: deviation.bid }, ...instance.bids.slice(1)]
    })
    assert.strictEqual(outcome.payments.get("b0"), 4)
  })

  it("the same values under second price leave nothing to gain", () => {
    assert.isTrue(Option.isNone(StrategyProofness.search(doubles, SecondPrice.mechanism, auction([10, 4]))))
  })

  it("the dutch clock is manipulable: with values 10 and 4 it pays to wait until 4", () => {
    const mechanism = DutchClock.mechanism({ startPrice: 20, decrement: 1 })
    const found = Option.getOrThrow(StrategyProofness.search(doubles, mechanism, auction([10, 4])))
    assert.strictEqual(found.honestUtility, 0)
    assert.strictEqual(found.utility, 6)
  })

  it("all-pay is manipulable: the loser does better to bid nothing, the winner to bid just enough", () => {
    const instance = auction([10, 4])
    const { bid, bidder, utility } = Option.getOrThrow(StrategyProofness.search(doubles, AllPay.mechanism, instance))
    assert.deepStrictEqual([bidder, bid, utility], ["b0", 4, 6])
    assert.deepStrictEqual(
      IndividualRationality.violators(doubles, instance, AllPay.mechanism.run(doubles, instance)),
      [{ bidder: "b1", utility: -4 }]
    )
  })

  it("the english clock is manipulable by one increment: leaving with the rival wins the tie a step earlier", () => {
    const mechanism = EnglishClock.mechanism({ increment: 1 })
    const instance = auction([10, 7.5])
    assert.strictEqual(mechanism.run(doubles, instance).payments.get("b0"), 8)
    const found = Option.getOrThrow(StrategyProofness.search(doubles, mechanism, instance))
    assert.deepStrictEqual([found.bidder, StrategyProofness.gainOf(doubles, found)], ["b0", 1])
    const coarse = auction([7.2, 7.9])
    assert.isFalse(Efficiency.judge(doubles, coarse, mechanism.run(doubles, coarse)).efficient)
    assert.strictEqual(EnvyFreeness.envious(doubles, coarse, mechanism.run(doubles, coarse)).length, 1)
  })

  it("shill bids: a seller who knows the values raises the second-price revenue from 4 to 9", () => {
    const honest = auction([10, 4])
    const shilled = { ...honest, bids: [...honest.bids, { bidder: "shill", amount: 9 }] }
    assert.strictEqual(Revenue.total(doubles, SecondPrice.mechanism.run(doubles, honest)), 4)
    const outcome = SecondPrice.mechanism.run(doubles, shilled)
    assert.deepStrictEqual([outcome.winners, Revenue.total(doubles, outcome)], [["b0"], 9])
    // At first price the same shill earns nothing.
    assert.strictEqual(Revenue.total(doubles, FirstPrice.mechanism.run(doubles, shilled)), 10)
  })

  it("tiny amounts hide nothing: first price is manipulable at 1e-300, too", () => {
    assert.isTrue(Option.isSome(StrategyProofness.search(doubles, FirstPrice.mechanism, auction([1e-300, 4e-301]))))
    assert.isTrue(Option.isSome(StrategyProofness.search(doubles, FirstPrice.mechanism, auction([1.7e308, 4e307]))))
  })

  it("pay as bid for several units is manipulable as well", () => {
    assert.isTrue(Option.isSome(StrategyProofness.search(doubles, payAsBid, auction([10, 4, 3], 0, 2))))
  })
})

describe("each checker rejects what it is there to reject", () => {
  const cases: ReadonlyArray<readonly [UnitDemand.Property, UnitDemand.Mechanism, UnitDemand.Instance]> = [
    ["individually-rational", allPay, auction([5, 3])],
    ["individually-rational", overcharge, auction([5, 4])],
    ["efficient", lowestWins, auction([5, 3])],
    ["efficient", oversold, auction([5, 3])],
    ["strategy-proof", payAsBid, auction([5, 3])],
    ["strategy-proof", thirdPrice, auction([5, 6, 1])],
    ["strategy-proof", lowestWins, auction([5, 3])],
    ["weakly-budget-balanced", rebate, auction([5, 3])],
    ["reserve-respecting", halfReserve, auction([5, 3], 4)],
    ["envy-free", halfReserve, auction([5, 4])],
    ["envy-free", allPay, auction([5, 4])],
    ["envy-free", lowestWins, auction([5, 3])],
    ["core", halfReserve, auction([5, 4])],
    ["core", lowestWins, auction([5, 3])],
    ["core", oversold, auction([5, 3])],
    ["core", overcharge, auction([5, 4])]
  ]
  it.each(cases.map(([property, mechanism, instance]) => [property, mechanism.name, mechanism, instance] as const))(
    "%s: %s",
    (property, _name, mechanism, instance) => {
      assert.include(Declarations.broken(doubles, mechanism, instance), property)
      assert.deepStrictEqual(Declarations.audit(doubles, mechanism, instance).get(property), {
        declared: true,
        holds: false
      })
    }
  )

  it("a charge to someone who did not bid violates individual rationality", () => {
    const outcome = { winners: [], payments: new Map([["stranger", 1]]) }
    assert.deepStrictEqual(IndividualRationality.violators(doubles, auction([5]), outcome), [
      { bidder: "stranger", utility: -1 }
    ])
  })

  it("a unit for someone who did not bid, or two for one bidder, is infeasible", () => {
    const judge = (winners: ReadonlyArray<string>) =>
      Efficiency.judge(doubles, auction([5, 4], 0, 2), { winners, payments: new Map() })
    assert.deepStrictEqual(judge(["b0", "b1"]), { feasible: true, welfare: 9, maximum: 9, efficient: true })
    assert.strictEqual(judge(["b0", "stranger"]).feasible, false)
    assert.strictEqual(judge(["b0", "b0"]).feasible, false)
  })

  it("rounding is no violation", () => {
    const instance = auction([0.1 + 0.2])
    const outcome = { winners: ["b0"], payments: new Map([["b0", 0.1 + 0.2 + 1e-16]]) }
    assert.deepStrictEqual(IndividualRationality.violators(doubles, instance, outcome), [])
  })
})

describe("the checkers against brute force", () => {
  law("the greatest welfare", p13, instances(4, 6), (it) => {
    const { maximum } = Efficiency.judge(doubles, it, { winners: [], payments: new Map() })
    return Math.abs(maximum - bestWelfare(it)) <= 1e-9 * Math.max(1, maximum)
  })

  law("the group that could gain most by leaving", p13, Arbitrary.all([instances(3, 5), half(0, 24)]), (it) => {
    const [instance, price] = it
    const { winners } = KUnitVickrey.mechanism.run(doubles, instance)
    const outcome = { winners, payments: new Map(winners.map((bidder) => [bidder, price])) }
    const scale = Math.max(1, instance.reserve, ...instance.bids.map((bid) => bid.amount))
    const best = bestBlocking(instance, outcome) / scale
    // At the border rounding decides.
    return Math.abs(best) < 1e-8 || Option.isSome(Core.blocking(doubles, instance, outcome)) === best > 0
  })

  law("the same without tolerance, on halves", p13, Arbitrary.all([wholes, half(0, 24)]), ([instance, price]) => {
    const { winners } = KUnitVickrey.mechanism.run(doubles, instance)
    const outcome = { winners, payments: new Map(winners.map((bidder) => [bidder, price])) }
    const isBlocked = Option.isSome(Core.blocking(doubles, { ...instance, isUnrounded: true }, outcome))
    return isBlocked === bestBlocking(instance, outcome) > 0
  })

  law("who envies whom", p13, Arbitrary.all([instances(3, 5), half(0, 24)]), ([instance, price]) => {
    const { winners } = KUnitVickrey.mechanism.run(doubles, instance)
    const outcome = { winners, payments: new Map(winners.map((bidder) => [bidder, price])) }
    const worth = (value: number, bidder: string) => (winners.includes(bidder) ? value - price : 0)
    const scale = Math.max(1, ...instance.bids.map((bid) => bid.amount))
    const found = new Set(EnvyFreeness.envious(doubles, instance, outcome).map((each) => each.bidder))
    return instance.bids.every(({ amount, bidder }) => {
      const envy = Math.max(...instance.bids.map((other) => worth(amount, other.bidder) - worth(amount, bidder)))
      // At the border rounding decides.
      return (Math.abs(envy) < 1e-8 * scale && envy !== 0) || found.has(bidder) === envy > 0
    })
  })

  law("the revenue of second price is the second highest value, or the reserve", p13, instances(1), (it) => {
    const eligible = it.bids.map((bid) => bid.amount).filter((amount) => amount >= it.reserve)
    const sorted = eligible.sort((a, b) => b - a)
    const expected = sorted.length === 0 ? 0 : (sorted[1] ?? it.reserve)
    return Revenue.total(doubles, SecondPrice.mechanism.run(doubles, it)) === expected
  })

  law(
    "first price never earns less than second price from the same bids",
    p13,
    instances(1),
    (it) =>
      Revenue.total(doubles, FirstPrice.mechanism.run(doubles, it)) >=
      Revenue.total(doubles, SecondPrice.mechanism.run(doubles, it))
  )
})
