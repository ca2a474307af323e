import { assert, describe, it } from "@effect/vitest"
import { DynamicPricing, IncentivePay, Machine, ParetoFront, Rebalancing } from "@mabeam/economics"
import { law } from "@foundation/core/testing/law"
import { p13 } from "../p13.ts"
import { dice, plans } from "./dice.ts"
import type { Dice } from "./dice.ts"
import { junk, replays } from "./machines.ts"

const machine = DynamicPricing.make()
const command = (dice: Dice, index: number): DynamicPricing.Command =>
  index === 0 || dice.share() < 0.1
    ? { _tag: "SetBase", at: index, base: BigInt(dice.below(5000)) }
    : { _tag: "Observe", at: index, requests: dice.below(40) - 1, providers: dice.below(40) - 1 }

describe("DynamicPricing", () => {
  replays("DynamicPricing", machine, DynamicPricing.Event, command, 2)
  junk("DynamicPricing", machine, DynamicPricing.decodeCommand, [
    { _tag: "SetBase", at: 0, base: "100" },
    { _tag: "Observe", at: 0, requests: 5, providers: 3 }
  ])

  it("S166: 20 requests and 5 providers are dearer than the base, the reverse is cheaper, within 0.5 and 1.5", () => {
    const price = (requests: number, providers: number) => DynamicPricing.price(1000n, { requests, providers })
    assert.deepStrictEqual([price(20, 5), price(5, 20)], [1500n, 500n])
    assert.deepStrictEqual([price(6, 5), price(5, 6), price(5, 5), price(0, 0)], [1091n, 909n, 1000n, 1000n])
    assert.deepStrictEqual([price(1, 0), price(0, 1), price(1e15, 1)], [1500n, 500n, 1500n])
  })

  law(
    "monotone and clamped: more requests never cheapen, more providers never make dearer",
    p13,
    plans(50),
    ({ seed }) => {
      const source = dice(seed)
      const base = BigInt(1 + source.below(10_000))
      const counts = { requests: source.below(60), providers: source.below(60) }
      const options =
        source.share() < 0.5 ? {} : { sensitivity: source.pick(["0.3", "2", 0.7]), low: "0.25", high: "3" }
      const at = (more: Partial<DynamicPricing.Counts>) => DynamicPricing.price(base, { ...counts, ...more }, options)
      const price = at({})
      const [low, high] = options.low === undefined ? [2n, 6n] : [1n, 12n]
      // Quarters, and half a unit of rounding.
      const isClamped = 4n * price >= low * base - 2n && 4n * price <= high * base + 2n
      return (
        isClamped && at({ requests: counts.requests + 1 }) >= price && at({ providers: counts.providers + 1 }) <= price
      )
    }
  )

  it("refuses a base of nothing and counts that are none", () => {
    const run = Machine.run(machine, [
      { _tag: "SetBase", at: 0, base: 0n },
      { _tag: "Observe", at: 0, requests: -1, providers: 0 },
      { _tag: "Observe", at: 0, requests: 0, providers: 0.5 }
    ])
    assert.deepStrictEqual(
      run.refused.map(({ refusal }) => [refusal._tag, refusal.path]),
      [
        ["InvalidMoney", ["base"]],
        ["InvalidFormat", ["requests"]],
        ["InvalidFormat", ["providers"]]
      ]
    )
  })
})

describe("IncentivePay", () => {
  const terms = { agreed: 450n, quality: "0.92", hours: "24", perPoint: 10n, perHour: 5n, both: "0.1" }

  it("S167: .96 for .92 and 16 h for 24 h: 4 × 10 + 8 × 5 + 10 % of 450 are added", () => {
    const expected = { agreed: 450n, quality: 40n, speed: 40n, both: 45n, total: 575n }
    assert.deepStrictEqual(IncentivePay.pay(terms, { quality: "0.96", hours: "16" }), expected)
    // Doubles mean what was written: .96 − .92 of doubles is less than .04, and rounded down would lose a unit.
    assert.deepStrictEqual(
      IncentivePay.pay({ ...terms, quality: 0.92, hours: 24, both: 0.1 }, { quality: 0.96, hours: 16 }),
      expected
    )
  })

  it("one target alone gives its own bonus, none gives none; a limit never cuts what was agreed", () => {
    const total = (quality: string, hours: string, max?: bigint) =>
      IncentivePay.pay({ ...terms, max }, { quality, hours }).total
    assert.deepStrictEqual([total("0.96", "24"), total("0.92", "16"), total("0.5", "99")], [490n, 490n, 450n])
    assert.deepStrictEqual([total("0.96", "16", 500n), total("0.96", "16", 100n)], [500n, 450n])
  })

  law("better or faster never earns less", p13, plans(9), ({ seed }) => {
    const source = dice(seed)
    const share = (n: number) => `${n}/1000`
    const [quality, hours] = [source.below(1000), source.below(40_000)]
    const of = (q: number, h: number) => IncentivePay.pay(terms, { quality: share(q), hours: share(h) }).total
    return (
      of(quality + source.below(50), hours) >= of(quality, hours) &&
      of(quality, hours) >= of(quality, hours + source.below(5000))
    )
  })
})

describe("Rebalancing", () => {
  it("S173: a burn of 1.5 takes 20 %", () => {
    assert.strictEqual(Rebalancing.adjusted(1000n, { spent: 150n, planned: 100n }), 800n)
    assert.strictEqual(Rebalancing.adjusted(1000n, { spent: 100n, planned: 100n }), 1000n)
    assert.strictEqual(Rebalancing.adjusted(1000n, { spent: 900n, planned: 100n }), 800n)
    assert.strictEqual(Rebalancing.adjusted(1000n, { spent: 0n, planned: 100n }), 1200n)
    assert.strictEqual(Rebalancing.adjusted(1000n, { spent: 1n, planned: 0n }), 800n)
    assert.strictEqual(Rebalancing.adjusted(1000n, { spent: 0n, planned: 0n }), 1000n)
  })

  law("within ±20 %, more burn never gives more, and never more than there is", p13, plans(6), ({ length, seed }) => {
    const source = dice(seed)
    const allocations = Array.from({ length }, (_, index) => ({
      name: `a${index}`,
      allocation: BigInt(source.below(1000)),
      spent: BigInt(source.below(300)),
      planned: BigInt(source.below(200))
    }))
    const total = allocations.reduce((sum, { allocation }) => sum + allocation, 0n)
    const given = [...Rebalancing.within(allocations, total).values()].reduce((sum, each) => sum + each, 0n)
    return (
      given <= total &&
      allocations.every((each) => {
        const now = Rebalancing.adjusted(each.allocation, each)
        const hotter = Rebalancing.adjusted(each.allocation, { ...each, spent: each.spent + 10n })
        return hotter <= now && 5n * now <= 6n * each.allocation && 5n * now > 4n * each.allocation - 5n
      })
    )
  })
})

describe("ParetoFront", () => {
  law(
    "S173: the front of something is not empty, nobody in it is dominated, everybody outside is",
    p13,
    plans(12),
    ({ length, seed }) => {
      const source = dice(seed)
      const points = Array.from({ length }, () => [source.below(4), source.below(4), source.below(3)])
      const last: ParetoFront.Direction = source.pick(["minimize", "maximize"])
      const directions = ["minimize", "maximize", last] as const
      const front = ParetoFront.of(points, (point) => point, directions)
      // The definition, written down once more.
      const beats = (a: ReadonlyArray<number>, b: ReadonlyArray<number>) => {
        const better = directions.map(
          (direction, at) => (direction === "minimize" ? -1 : 1) * ((a[at] ?? 0) - (b[at] ?? 0))
        )
        return better.every((each) => each >= 0) && better.some((each) => each > 0)
      }
      const expected = points.filter((point) => !points.some((other) => beats(other, point)))
      return (
        front.length === expected.length &&
        front.every((point, at) => point === expected[at]) &&
        (length === 0 || front.length > 0)
      )
    }
  )

  it("takes infinities", () => {
    const points = [[Infinity], [1], [-Infinity]]
    assert.deepStrictEqual(
      ParetoFront.of(points, (point) => point, ["maximize"]),
      [[Infinity]]
    )
  })
})
