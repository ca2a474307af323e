import {
  Declarations,
  Efficiency,
  FirstPrice,
  IndividualRationality,
  KUnitVickrey,
  Revenue,
  SecondPrice,
  StrategyProofness
} from "@mabeam/economics"
import type { UnitDemand } from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { Option } from "effect"
import { bidsOf, instances } from "../instances.ts"
import { law, p13 } from "../law.ts"

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
  run: (instance) => spoil(instance, KUnitVickrey.mechanism.run(instance))
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

describe("P13: what a mechanism declares holds", () => {
  law("first price", p13, instances(1), (it) => Declarations.broken(FirstPrice.mechanism, it).length === 0)
  law("second price", p13, instances(1), (it) => Declarations.broken(SecondPrice.mechanism, it).length === 0)
  law("k-unit Vickrey", p13, instances(4), (it) => Declarations.broken(KUnitVickrey.mechanism, it).length === 0)
})

describe("what theory says fails is found to fail", () => {
  it("first price is manipulable: with values 10 and 4 the winner gains by bidding just above 4", () => {
    const instance = auction([10, 4])
    const deviation = Option.getOrThrow(StrategyProofness.search(FirstPrice.mechanism, instance))
    assert.strictEqual(deviation.bidder, "b0")
    assert.strictEqual(deviation.honestUtility, 0)
    // The earlier of two equal bids wins, so matching the rival is enough here.
    assert.strictEqual(deviation.bid, 4)
    assert.strictEqual(deviation.utility, 6)
    const outcome = FirstPrice.mechanism.run({
      ...instance,
      bids: [{ bidder: "b0", amount: deviation.bid }, ...instance.bids.slice(1)]
    })
    assert.strictEqual(outcome.payments.get("b0"), 4)
  })

  it("the same values under second price leave nothing to gain", () => {
    assert.isTrue(Option.isNone(StrategyProofness.search(SecondPrice.mechanism, auction([10, 4]))))
  })

  it("pay as bid for several units is manipulable as well", () => {
    assert.isTrue(Option.isSome(StrategyProofness.search(payAsBid, auction([10, 4, 3], 0, 2))))
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
    ["reserve-respecting", halfReserve, auction([5, 3], 4)]
  ]
  it.each(cases.map(([property, mechanism, instance]) => [property, mechanism.name, mechanism, instance] as const))(
    "%s: %s",
    (property, _name, mechanism, instance) => {
      assert.include(Declarations.broken(mechanism, instance), property)
      assert.deepStrictEqual(Declarations.audit(mechanism, instance).get(property), { declared: true, holds: false })
    }
  )

  it("a charge to someone who did not bid violates individual rationality", () => {
    const outcome = { winners: [], payments: new Map([["stranger", 1]]) }
    assert.deepStrictEqual(IndividualRationality.violators(auction([5]), outcome), [
      { bidder: "stranger", utility: -1 }
    ])
  })

  it("a unit for someone who did not bid, or two for one bidder, is infeasible", () => {
    const judge = (winners: ReadonlyArray<string>) =>
      Efficiency.judge(auction([5, 4], 0, 2), { winners, payments: new Map() })
    assert.deepStrictEqual(judge(["b0", "b1"]), { feasible: true, welfare: 9, maximum: 9, efficient: true })
    assert.strictEqual(judge(["b0", "stranger"]).feasible, false)
    assert.strictEqual(judge(["b0", "b0"]).feasible, false)
  })

  it("rounding is no violation", () => {
    const instance = auction([0.1 + 0.2])
    const outcome = { winners: ["b0"], payments: new Map([["b0", 0.1 + 0.2 + 1e-16]]) }
    assert.deepStrictEqual(IndividualRationality.violators(instance, outcome), [])
  })
})

describe("the checkers against brute force", () => {
  law("the greatest welfare", p13, instances(4, 6), (it) => {
    const { maximum } = Efficiency.judge(it, { winners: [], payments: new Map() })
    return Math.abs(maximum - bestWelfare(it)) <= 1e-9 * Math.max(1, maximum)
  })

  law("the revenue of second price is the second highest value, or the reserve", p13, instances(1), (it) => {
    const eligible = it.bids.map((bid) => bid.amount).filter((amount) => amount >= it.reserve)
    const sorted = eligible.sort((a, b) => b - a)
    const expected = sorted.length === 0 ? 0 : (sorted[1] ?? it.reserve)
    return Revenue.total(SecondPrice.mechanism.run(it)) === expected
  })

  law(
    "first price never earns less than second price from the same bids",
    p13,
    instances(1),
    (it) => Revenue.total(FirstPrice.mechanism.run(it)) >= Revenue.total(SecondPrice.mechanism.run(it))
  )
})
