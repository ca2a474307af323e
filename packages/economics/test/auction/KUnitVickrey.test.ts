import { KUnitVickrey, Receipt, SecondPrice } from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { Option, Result, Schema } from "effect"
import { bidsOf, instances } from "../instances.ts"
import { law } from "@foundation/core/testing/law"
import { p13 } from "../p13.ts"

const decided = (input: unknown) => Result.getOrThrow(KUnitVickrey.solve(input)).decision

/** The textbook, with a full sort; shares nothing with the module. */
const bySorting = (bids: ReadonlyArray<{ bidder: string; amount: number }>, units: number, reserve: number) => {
  const ranked = bids
    .map((bid, arrival) => ({ ...bid, arrival }))
    .filter((bid) => bid.amount >= reserve)
    .sort((a, b) => b.amount - a.amount || a.arrival - b.arrival)
  const accepted = ranked.slice(0, units).sort((a, b) => a.arrival - b.arrival)
  const rejected = ranked[units]
  return {
    winners: accepted.map((bid) => bid.bidder),
    price: accepted.length === 0 ? 0 : (rejected?.amount ?? reserve),
    tie: rejected !== undefined && accepted.some((bid) => bid.amount === rejected.amount)
  }
}

describe("k-unit Vickrey", () => {
  it("the k highest bids win and pay the highest rejected one", () => {
    assert.deepStrictEqual(decided({ units: 2, bids: bidsOf([3, 9, 5, 7]) }), {
      winners: ["b1", "b3"],
      price: 5,
      tie: false
    })
  })

  it("with fewer bids than units all who reach the reserve win at the reserve", () => {
    assert.deepStrictEqual(decided({ units: 3, bids: bidsOf([3, 9, 1]), reserve: 2 }), {
      winners: ["b0", "b1"],
      price: 2,
      tie: false
    })
  })

  it("among equal bids at the border the earliest win and the tie is flagged", () => {
    assert.deepStrictEqual(decided({ units: 2, bids: bidsOf([5, 9, 5, 5]) }), {
      winners: ["b0", "b1"],
      price: 5,
      tie: true
    })
  })

  it("nobody at the reserve: nothing is sold at price 0", () => {
    assert.deepStrictEqual(decided({ units: 2, bids: bidsOf([1]), reserve: 2 }), { winners: [], price: 0, tie: false })
  })

  it.each([0, -1, 1.5, Number.NaN, "2"])("%s units are refused with their place", (units) => {
    const result = KUnitVickrey.solve({ units, bids: [] })
    assert.isTrue(Result.isFailure(result))
    if (Result.isFailure(result)) {
      assert.strictEqual(result.failure._tag, "InvalidFormat")
      assert.deepStrictEqual(result.failure.path, ["units"])
    }
  })

  it("bad bids are refused as in the single-item auctions", () => {
    const tagOf = (bids: unknown, bidders = ["b0"]) => {
      const result = KUnitVickrey.solve({ units: 1, bids, bidders })
      return Result.isFailure(result) ? result.failure._tag : "none"
    }
    assert.strictEqual(tagOf(bidsOf([-1])), "InvalidAmount")
    assert.strictEqual(tagOf(bidsOf([1, 1])), "UnknownName")
    assert.strictEqual(tagOf([...bidsOf([1]), ...bidsOf([1])]), "DuplicateName")
  })

  it("the receipt survives JSON and is recomputed; a changed price is found", () => {
    const receipt = Result.getOrThrow(KUnitVickrey.solve({ units: 1, bids: bidsOf([1, 2]) }))
    const json = Schema.encodeSync(Receipt.Receipt)(receipt)
    assert.deepStrictEqual(Result.getOrThrow(Receipt.verify(JSON.parse(JSON.stringify(json)))), [])
    const forged = { ...json, decision: { ...json.decision, price: 2 } }
    assert.deepStrictEqual(Result.getOrThrow(Receipt.verify(forged)), [{ field: "price", stated: 2, recomputed: 1 }])
  })

  law("agrees with a full sort", p13, instances(9, 40), ({ bids, reserve, units }) => {
    const mine = KUnitVickrey.decide(bids, units, reserve)
    return JSON.stringify(mine) === JSON.stringify(bySorting(bids, units, reserve))
  })

  law("with one unit it is the second-price auction", p13, instances(1), ({ bids, reserve }) => {
    const one = SecondPrice.decide(bids, reserve)
    const k = KUnitVickrey.decide(bids, 1, reserve)
    return k.price === one.price && k.tie === one.tie && k.winners[0] === Option.getOrUndefined(one.winner)
  })

  it("orders that are hard on a selection are decided as well", () => {
    const n = 20_000
    const shapes = [
      Array.from({ length: n }, (_, i) => i),
      Array.from({ length: n }, (_, i) => n - i),
      Array.from({ length: n }, (_, i) => (i < n / 2 ? i : n - i)),
      Array.from({ length: n }, (_, i) => (i * 7919) % 13)
    ]
    for (const shape of shapes) {
      const bids = bidsOf(shape)
      assert.deepStrictEqual(KUnitVickrey.decide(bids, 777, 0), bySorting(bids, 777, 0))
    }
  })
})
