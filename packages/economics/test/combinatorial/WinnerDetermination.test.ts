import { CombinatorialGenerator, WinnerDetermination } from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Result, Schema } from "effect"
import { campaign, law } from "@foundation/core/testing/law"
import { p13 } from "../p13.ts"
import { bidsOf, generated } from "./instances.ts"
import * as Reference from "./reference/allocations.ts"
import * as Highs from "./reference/highs.ts"

describe("winner determination against every set of bids", () => {
  law("the winners are the earliest among the best", p13, bidsOf(9), (bids) => {
    const found = WinnerDetermination.solve(bids)
    assert.deepStrictEqual(found.chosen, Reference.winners(bids))
    assert.strictEqual(found.welfare, Reference.welfare(bids))
    assert.isTrue(found.isOptimal && found.isEarliest && found.bound === found.welfare)
    return true
  })

  law("without a bidder, whoever it is", p13, bidsOf(8), (bids) => {
    const solved = WinnerDetermination.solve(bids, { ties: false })
    for (let bidder = 0; bidder < 6; bidder++) {
      const rest = solved.without(bidder)
      assert.strictEqual(rest.welfare, Reference.welfare(bids.filter((bid) => bid.bidder !== bidder)))
      assert.isTrue(rest.isOptimal && rest.bound === rest.welfare)
    }
    return true
  })

  law("prices that doubles cannot tell apart", p13, bidsOf(8, 4, 4), (small) => {
    const bids = small.map((bid, index) => ({ ...bid, price: (bid.price << 70n) + BigInt(index % 3) }))
    const found = WinnerDetermination.solve(bids)
    assert.deepStrictEqual(found.chosen, Reference.winners(bids))
    assert.strictEqual(found.welfare, Reference.welfare(bids))
    return found.isOptimal
  })

  const bits = Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 47, maximum: 54 })))
  law("prices about as large as doubles hold exactly", p13, Arbitrary.all([bidsOf(7, 4, 4), bits]), ([small, size]) => {
    const bids = small.map((bid) => ({ ...bid, price: (1n << BigInt(size)) + (bid.price % 4n) }))
    const found = WinnerDetermination.solve(bids)
    assert.deepStrictEqual(found.chosen, Reference.winners(bids))
    for (let bidder = 0; bidder < 4; bidder++) {
      const rest = Reference.welfare(bids.filter((bid) => bid.bidder !== bidder))
      assert.strictEqual(found.without(bidder).welfare, rest)
    }
    return found.isOptimal
  })

  it("a price one above another, where doubles are half a unit apart", () => {
    const given = [
      [0, [1, 2], 1n],
      [1, [0], 1n],
      [1, [0, 1], 2n]
    ] as const
    const bids = given.map(([bidder, items, more]) => ({ bidder, items, price: (1n << 51n) + more }))
    assert.strictEqual(WinnerDetermination.solve(bids).without(0).welfare, (1n << 51n) + 2n)
  })

  it("a bid that nothing is in the way of, in a tie that doubles cannot see", () => {
    const given = [
      [2, [0], 5n],
      [0, [0, 2], 0n],
      [2, [2, 3], 6n],
      [1, [1, 3], 1n],
      [0, [1], 0n],
      [1, [2], 1n]
    ] as const
    const bids = given.map(([bidder, items, price], at) => ({ bidder, items, price: (price << 70n) + BigInt(at % 3) }))
    const { chosen, isEarliest } = WinnerDetermination.solve(bids)
    assert.deepStrictEqual([chosen, isEarliest], [[0, 4, 5], true])
  })

  law("the same with a great many ties, and with the bids in another order", p13, bidsOf(9, 4, 9), (given) => {
    const bids = given.map((bid) => ({ ...bid, price: BigInt(bid.items.length) }))
    const found = WinnerDetermination.solve(bids)
    assert.deepStrictEqual(found.chosen, Reference.winners(bids))
    assert.strictEqual(WinnerDetermination.solve(bids.toReversed()).welfare, found.welfare)
    return true
  })
})

describe("winner determination against another solver", () => {
  for (const family of CombinatorialGenerator.families) {
    it(`${family}: as much as HiGHS finds, and feasible`, { timeout: 600_000 }, () => {
      for (let seed = 1; seed <= campaign(40, 400); seed++) {
        const bids = generated({ family, bids: 30 + (seed % 4) * 15, goods: 12 + (seed % 3) * 8, seed })
        const { chosen, isOptimal, welfare } = WinnerDetermination.solve(bids)
        const taken = chosen.flatMap((index) => [`b${bids[index]!.bidder}`, ...bids[index]!.items])
        assert.strictEqual(new Set(taken).size, taken.length)
        assert.strictEqual(Reference.value(bids, chosen), welfare)
        assert.isTrue(isOptimal)
        assert.strictEqual(Number(welfare), Highs.welfare(bids), `seed ${seed}`)
      }
    })
  }

  it("twelve bidders who would all be as content with any of twelve goods: the first good for the first bidder", () => {
    for (const price of [1n, 101n << 60n]) {
      const bids = Array.from({ length: 144 }, (_, at) => ({ bidder: Math.floor(at / 12), items: [at % 12], price }))
      const { chosen, isEarliest, isOptimal, welfare } = WinnerDetermination.solve(bids)
      assert.deepStrictEqual(
        chosen,
        Array.from({ length: 12 }, (_, at) => at * 13)
      )
      assert.isTrue(isOptimal && isEarliest && welfare === 12n * price)
    }
  })
})

describe("when time runs out", () => {
  it("the allocation is feasible and the bound holds, wherever the search is cut", () => {
    const bids = generated({ family: "arbitrary", bids: 80, goods: 30, seed: 4 })
    const { welfare } = WinnerDetermination.solve(bids)
    let cut = 0
    for (let limit = 0; limit < 40; limit++) {
      let asked = 0
      const found = WinnerDetermination.solve(bids, { isSpent: () => asked++ >= limit })
      if (!found.isOptimal) cut++
      const taken = found.chosen.flatMap((index) => [`b${bids[index]!.bidder}`, ...bids[index]!.items])
      assert.strictEqual(new Set(taken).size, taken.length)
      assert.isTrue(found.welfare <= welfare && found.bound >= welfare)
      assert.strictEqual(found.isOptimal, found.bound === found.welfare)
      for (const bidder of [0, 1, 2]) {
        const exact = WinnerDetermination.solve(bids.filter((bid) => bid.bidder !== bidder)).welfare
        const rest = found.without(bidder)
        assert.isTrue(rest.welfare <= exact && rest.bound >= exact)
        assert.strictEqual(rest.isOptimal, rest.bound === rest.welfare)
      }
    }
    assert.isAbove(cut, 0)
  })

  law("from the start, or after any number of questions: bounds hold by every set of bids", p13, bidsOf(9), (bids) => {
    for (let limit = 0; limit < 4; limit++) {
      let asked = 0
      const found = WinnerDetermination.solve(bids, { isSpent: () => asked++ >= limit })
      const best = Reference.welfare(bids)
      assert.strictEqual(Reference.value(bids, found.chosen), found.welfare)
      assert.isTrue(found.welfare <= best && found.bound >= best)
      for (let bidder = 0; bidder < 5; bidder++) {
        const exact = Reference.welfare(bids.filter((bid) => bid.bidder !== bidder))
        const rest = found.without(bidder)
        assert.isTrue(rest.welfare <= exact && rest.bound >= exact)
      }
    }
    return true
  })

  it.each(CombinatorialGenerator.families)(
    "%s, 400 bids: nothing is searched any more, and the gap is told well",
    (family) => {
      const bids = generated({ family, bids: 400, goods: 40, seed: 2 })
      const { bound, nodes, welfare, without } = WinnerDetermination.solve(bids, { isSpent: () => true })
      assert.strictEqual(nodes, 0)
      assert.isBelow(Number(bound - welfare) / Number(welfare), 0.6)
      assert.isTrue(without(0).bound >= without(0).welfare)
    }
  )
})

describe("generated auctions", () => {
  it("are the same for the same options, others for another seed", () => {
    const of = (seed: number) => CombinatorialGenerator.generate({ family: "regions", bids: 40, goods: 20, seed })
    assert.deepStrictEqual(of(1), of(1))
    assert.notDeepEqual(of(1), of(2))
  })

  const refused: ReadonlyArray<readonly [what: string, change: Record<string, unknown>, tag: string, at: string]> = [
    ["an unknown family", { family: "random" }, "InvalidFormat", "family"],
    ["no bids", { bids: 0 }, "InvalidFormat", "bids"],
    ["too many bids", { bids: 5_001 }, "TooLarge", "bids"],
    ["too many goods", { goods: 1_001 }, "TooLarge", "goods"],
    ["half a good", { goods: 1.5 }, "InvalidFormat", "goods"],
    ["too few slots to fly", { family: "matching", goods: 7 }, "InvalidFormat", "goods"],
    ["a seed that is none", { seed: "1" }, "InvalidFormat", "seed"],
    ["an option nobody knows", { speed: 3 }, "InvalidFormat", "speed"]
  ]
  it.each(refused)("%s is refused", (_, change, tag, at) => {
    const given = CombinatorialGenerator.generate({ family: "paths", bids: 10, goods: 10, seed: 1, ...change })
    assert.isTrue(Result.isFailure(given))
    if (Result.isFailure(given)) assert.deepStrictEqual([given.failure._tag, given.failure.path], [tag, [at]])
  })
})
