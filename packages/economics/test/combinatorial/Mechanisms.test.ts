import {
  BundleMechanism,
  BundleProperties,
  Coalitions,
  CombinatorialFirstPrice,
  CombinatorialGenerator,
  CoreSelecting,
  Vcg
} from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { Option } from "effect"
import { Fraction } from "fraction.js"
import { campaign, law } from "@foundation/core/testing/law"
import { p13 } from "../p13.ts"
import { bidsOf, generated } from "./instances.ts"
import * as Reference from "./reference/allocations.ts"
import * as Highs from "./reference/highs.ts"
import { assertLeastAndNearest } from "./reference/leastAndNearest.ts"

type Bids = BundleMechanism.Bids
type Mechanism = BundleMechanism.Mechanism

const bid = (bidder: number, items: ReadonlyArray<number>, price: bigint) => ({ bidder, items, price })
const paymentsOf = ({ payments }: BundleMechanism.Outcome) =>
  Object.fromEntries([...payments].map(([bidder, amount]) => [bidder, amount.toFraction()]))
const mechanisms = [Vcg.mechanism, CombinatorialFirstPrice.mechanism, CoreSelecting.mechanism]

/** Two who want one good each against one who wants both. */
const localsAndGlobal = (a: bigint, b: bigint, both: bigint): Bids => [
  bid(0, [0], a),
  bid(1, [1], b),
  bid(2, [0, 1], both)
]

describe("S159: winners of combinatorial auctions", () => {
  it.each(mechanisms)("S159: two bundles share the cpu, 25 and 20: 25 wins ($name)", ({ run }) => {
    assert.deepStrictEqual(run([bid(0, [0, 1], 25n), bid(1, [0, 2], 20n)]).chosen, [0])
  })

  it.each(mechanisms)("S159: the best disjoint combination beats the single highest ($name)", ({ run }) => {
    const { chosen, welfare } = run([bid(0, [0, 1, 2], 30n), bid(1, [0], 12n), bid(2, [1], 11n), bid(3, [2], 10n)])
    assert.deepStrictEqual(chosen, [1, 2, 3])
    assert.strictEqual(welfare, 33n)
  })
})

describe("VCG payments", () => {
  law("are what the others lose, by every set of bids", p13, bidsOf(8), (bids) => {
    const { chosen, prices } = Vcg.run(bids)
    for (const index of chosen) {
      const { bidder, price } = bids[index]!
      assert.strictEqual(prices.get(bidder), Reference.harm(bids, bidder, price))
    }
    return prices.size === chosen.length
  })

  it.each(CombinatorialGenerator.families)(
    "%s, 60 bids: what the others lose, by another solver",
    { timeout: 600_000 },
    (family) => {
      for (let seed = 1; seed <= campaign(10, 100); seed++) {
        const bids = generated({ family, bids: 60, goods: 20, seed: 100 + seed })
        const { chosen, prices, welfare } = Vcg.run(bids)
        for (const index of chosen) {
          const { bidder, price } = bids[index]!
          const without = Highs.welfare(bids.filter((it) => it.bidder !== bidder))
          assert.strictEqual(Number(prices.get(bidder)), without - Number(welfare - price), `seed ${seed}`)
        }
        assert.strictEqual(prices.size, chosen.length)
      }
    }
  )

  it("S169: three agents, three items: no payment above the value, and shading never pays, really searched", () => {
    const bids = [
      bid(0, [0], 6n),
      bid(0, [0, 1], 11n),
      bid(1, [1], 7n),
      bid(1, [1, 2], 9n),
      bid(2, [2], 5n),
      bid(2, [0, 1, 2], 17n)
    ]
    const outcome = Vcg.mechanism.run(bids)
    assert.deepStrictEqual(outcome.chosen, [0, 2, 4])
    for (const [bidder, bought] of BundleMechanism.winners(bids, outcome.chosen)) {
      assert.isAtMost(outcome.payments.get(bidder)!.compare(bought.price), 0)
    }
    assert.isTrue(Option.isNone(BundleProperties.deviation(Vcg.mechanism, bids)))
  })
})

describe("core payments", () => {
  const classics: ReadonlyArray<readonly [what: string, bids: Bids, payments: Record<string, string>]> = [
    // Day & Cramton 2012: VCG (14, 12), the core asks for 32 together.
    [
      "Day & Cramton",
      [...localsAndGlobal(28n, 20n, 32n), bid(3, [0], 14n), bid(4, [1], 12n)],
      { "0": "17", "1": "15" }
    ],
    ["VCG would bring nothing", localsAndGlobal(20n, 20n, 20n), { "0": "10", "1": "10" }],
    ["VCG (12, 4), 16 short of 32", localsAndGlobal(28n, 20n, 32n), { "0": "20", "1": "12" }],
    // VCG (0, 25), 7 short: half would be 3.5, but the first has bid 3.
    ["a bid in the way", localsAndGlobal(3n, 40n, 32n), { "0": "3/2", "1": "61/2" }],
    ["a bid really in the way", localsAndGlobal(3n, 30n, 32n), { "0": "5/2", "1": "59/2" }],
    [
      "a bid lower than its even share",
      [...localsAndGlobal(1n, 40n, 40n), bid(3, [1], 36n)],
      { "0": "1/2", "1": "79/2" }
    ]
  ]
  it.each(classics)("%s", (_, bids, payments) => {
    assert.deepStrictEqual(paymentsOf(CoreSelecting.run(bids)), payments)
  })

  law(
    "are in the core, at least VCG, of the least sum, nearest to VCG: by every coalition",
    Math.ceil(p13 / 10),
    bidsOf(9, 4, 5),
    (bids) => {
      const { chosen, payments } = CoreSelecting.run(bids)
      const vcg = Vcg.run(bids)
      if (chosen.length === 0) return payments.size === 0
      const winners = chosen.map((index) => bids[index]!)
      const at = new Map(winners.map(({ bidder }, index) => [bidder, index]))
      assertLeastAndNearest(
        winners.map(({ bidder }) => payments.get(bidder)!),
        {
          nearTo: winners.map(({ bidder }) => vcg.payments.get(bidder)!),
          most: winners.map(({ price }) => new Fraction(price)),
          rows: Reference.coreConstraints(bids, chosen)
            .filter(([outside]) => outside.length > 0)
            .map(([outside, least]) => ({
              members: new Set(outside.map((bidder) => at.get(bidder)!)),
              least: new Fraction(least)
            }))
        }
      )
      return true
    }
  )

  it("of larger auctions block nobody either", () => {
    for (let seed = 1; seed <= 4; seed++) {
      const bids = generated({ family: "regions", bids: 60, goods: 25, seed })
      const outcome = CoreSelecting.run(bids)
      assert.isTrue(outcome.isOptimal)
      assert.isUndefined(Coalitions.blockingCoalition(bids, outcome).blocking)
    }
  })
})

describe("when time runs out", () => {
  const bids = generated({ family: "regions", bids: 60, goods: 25, seed: 1 })

  it.each(mechanisms)(
    "$name: wherever it is cut, payments are within the bids and the gap covers the loss",
    ({ run }) => {
      const { welfare: best } = run(bids)
      let cut = 0
      for (let limit = 0; limit < 400; limit += 1 + (limit >> 3)) {
        let asked = 0
        const outcome = run(bids, () => asked++ >= limit)
        assert.isTrue(BundleProperties.isFeasible(bids, outcome.chosen))
        assert.deepStrictEqual(
          [...BundleProperties.irViolators(bids, outcome), ...BundleProperties.receivers(outcome)],
          []
        )
        assert.isAtLeast(Number(outcome.welfare) * (1 + outcome.gap), Number(best))
        assert.strictEqual(outcome.isOptimal, outcome.gap === 0)
        if (!outcome.isOptimal) cut++
      }
      assert.isAbove(cut, 0)
    }
  )
})

describe("P13: what a mechanism declares holds", () => {
  for (const mechanism of mechanisms) {
    law(mechanism.name, p13, bidsOf(5, 3, 3), (bids) => BundleProperties.broken(mechanism, bids).length === 0)
  }
})

describe("what theory says fails is found to fail", () => {
  const locals = localsAndGlobal(20n, 20n, 20n)

  it("VCG: the revenue is 0 though a loser has bid 20, and that loser and the seller would block it", () => {
    const outcome = Vcg.mechanism.run(locals)
    assert.strictEqual(BundleMechanism.revenue(outcome).valueOf(), 0)
    const { blocking } = Coalitions.blockingCoalition(locals, outcome)
    assert.deepStrictEqual(blocking?.chosen, [2])
    assert.isFalse(BundleProperties.holds("core", Vcg.mechanism, locals, outcome))
  })

  it("VCG: one more bidder, and the revenue falls", () => {
    const before = [bid(0, [0], 20n), bid(2, [0, 1], 20n)]
    assert.strictEqual(BundleMechanism.revenue(Vcg.mechanism.run(before)).valueOf(), 20)
    assert.strictEqual(BundleMechanism.revenue(Vcg.mechanism.run(locals)).valueOf(), 0)
  })

  /** The most that the owner of a bundle bid gains by appearing as two bidders with a part each. */
  const shill = (mechanism: Mechanism, bids: Bids, own: number): number => {
    const { bidder, items, price } = bids[own]!
    const rest = bids.filter((_, index) => index !== own)
    const utility = (given: Bids, names: ReadonlyArray<number>) => {
      const { chosen, payments } = mechanism.run(given)
      const won = chosen.flatMap((index) => (names.includes(given[index]!.bidder) ? given[index]!.items : []))
      const paid = names.reduce((sum, name) => sum + (payments.get(name)?.valueOf() ?? 0), 0)
      return (items.every((item) => won.includes(item)) ? Number(price) : 0) - paid
    }
    const honest = utility(bids, [bidder])
    const tries = [1n, 2n, 4n].flatMap((a) =>
      items
        .slice(1)
        .map((_, at) =>
          utility(
            [...rest, bid(100, items.slice(0, at + 1), price * a), bid(101, items.slice(at + 1), price * a)],
            [100, 101]
          )
        )
    )
    return Math.max(...tries) - honest
  }

  it("VCG: bidding under two names pays (Yokoo, Sakurai & Matsubara 2004)", () => {
    const bids = [bid(0, [0, 1], 24n), bid(1, [0, 1], 20n)]
    assert.deepStrictEqual(paymentsOf(Vcg.mechanism.run(bids)), { "0": "20" })
    assert.strictEqual(shill(Vcg.mechanism, bids, 0), 20)
  })

  it("core payments leave nothing to gain by those two names", () => {
    assert.isAtMost(shill(CoreSelecting.mechanism, [bid(0, [0, 1], 24n), bid(1, [0, 1], 20n)], 0), 0)
  })

  it("VCG: two losers who raise their bids together win everything for nothing", () => {
    const honest = localsAndGlobal(5n, 5n, 20n)
    assert.deepStrictEqual(Vcg.mechanism.run(honest).chosen, [2])
    const together = Vcg.mechanism.run(localsAndGlobal(20n, 20n, 20n))
    assert.deepStrictEqual(together.chosen, [0, 1])
    assert.deepStrictEqual(paymentsOf(together), { "0": "0", "1": "0" })
  })

  it("pay as bid: shading the bid pays", () => {
    const found = Option.getOrThrow(
      BundleProperties.deviation(CombinatorialFirstPrice.mechanism, localsAndGlobal(20n, 20n, 30n))
    )
    assert.strictEqual(found.honest.valueOf(), 0)
    assert.isAbove(found.gained.valueOf(), 0)
  })

  law("whoever pays more than VCG would ask could have bid less", Math.ceil(p13 / 10), bidsOf(6, 3, 4), (bids) => {
    for (const mechanism of [CombinatorialFirstPrice.mechanism, CoreSelecting.mechanism]) {
      const { payments } = mechanism.run(bids)
      const isMore = [...Vcg.run(bids).payments].some(([bidder, least]) => payments.get(bidder)!.compare(least) > 0)
      assert.strictEqual(Option.isSome(BundleProperties.deviation(mechanism, bids)), isMore, mechanism.name)
    }
    return true
  })

  it("pay as bid: an offer that was made twice has to be shaded twice, by next to nothing", () => {
    const bids = [bid(0, [0, 1], 1000n), bid(1, [0], 999n), bid(0, [0, 1], 1000n)]
    assert.isTrue(Option.isSome(BundleProperties.deviation(CombinatorialFirstPrice.mechanism, bids)))
  })

  it("core payments: shading the bid pays, and VCG on the same bids leaves nothing to gain", () => {
    const bids = localsAndGlobal(20n, 20n, 20n)
    const found = Option.getOrThrow(BundleProperties.deviation(CoreSelecting.mechanism, bids))
    assert.isAbove(found.gained.compare(found.honest), 0)
    assert.isTrue(Option.isNone(BundleProperties.deviation(Vcg.mechanism, bids)))
  })
})

describe("each checker rejects what it is there to reject", () => {
  const spoiled = (
    name: string,
    spoil: (bids: Bids, outcome: BundleMechanism.Outcome) => Partial<BundleMechanism.Outcome>
  ): Mechanism => ({
    name,
    declares: BundleMechanism.properties,
    run: (bids) => {
      const outcome = Vcg.mechanism.run(bids)
      return { ...outcome, ...spoil(bids, outcome) }
    }
  })
  const one = BundleMechanism.nothing.add(1)
  const first = spoiled("the first bid wins", () => ({ chosen: [0], payments: new Map() }))
  const oversold = spoiled("everyone wins", (bids) => ({ chosen: bids.map((_, index) => index), payments: new Map() }))
  const fee = spoiled("everyone pays 1 more", (bids, { payments }) => ({
    payments: new Map(bids.map(({ bidder }) => [bidder, (payments.get(bidder) ?? BundleMechanism.nothing).add(one)]))
  }))
  const stranger = spoiled("a stranger pays", () => ({ payments: new Map([[99, one]]) }))
  const rebate = spoiled("losers are paid", (bids, { payments }) => ({
    payments: new Map(bids.map(({ bidder }) => [bidder, payments.get(bidder) ?? one.neg()]))
  }))
  const half = spoiled("winners pay half their bids", (bids, { chosen }) => ({
    payments: new Map(chosen.map((index) => [bids[index]!.bidder, one.mul(bids[index]!.price).div(2)]))
  }))
  const cases: ReadonlyArray<readonly [BundleMechanism.Property, string, Mechanism, Bids]> = (
    [
      ["efficient", first, localsAndGlobal(3n, 9n, 20n)],
      ["efficient", oversold, localsAndGlobal(3n, 9n, 20n)],
      ["individually-rational", fee, localsAndGlobal(3n, 9n, 20n)],
      ["individually-rational", stranger, localsAndGlobal(3n, 9n, 20n)],
      ["strategy-proof", CombinatorialFirstPrice.mechanism, localsAndGlobal(10n, 9n, 2n)],
      ["strategy-proof", half, localsAndGlobal(10n, 9n, 20n)],
      ["weakly-budget-balanced", rebate, localsAndGlobal(3n, 9n, 20n)],
      ["core", Vcg.mechanism, localsAndGlobal(10n, 11n, 15n)],
      ["core", oversold, localsAndGlobal(10n, 11n, 15n)],
      ["core", fee, localsAndGlobal(10n, 11n, 15n)]
    ] as const
  ).map(([property, mechanism, bids]) => [property, mechanism.name, mechanism, bids])
  it.each(cases)("%s: %s", (property, _, mechanism, bids) => {
    assert.isFalse(BundleProperties.holds(property, mechanism, bids, mechanism.run(bids)))
    assert.include(BundleProperties.broken({ ...mechanism, declares: [property] }, bids), property)
  })
})
