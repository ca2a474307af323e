import { assert, describe, it } from "@effect/vitest"
import { law } from "@foundation/core/testing/law"
import { dominators } from "../../../src/combinatorial/internal/domination.ts"
import { p13 } from "../../p13.ts"
import { bidsOf } from "../instances.ts"

const never = () => false

describe("bids that no optimal allocation needs", () => {
  law("are those that an own bid or somebody's only bid can replace", p13, bidsOf(9, 4, 6), (bids) => {
    const found = dominators(bids, never)
    bids.forEach((bid, index) => {
      const by = bids.filter((other, at) => {
        const isOnly = bids.every((each, place) => place === at || each.bidder !== other.bidder)
        const isBetter = other.price > bid.price || (other.price === bid.price && at < index)
        const isWithin = other.items.every((item) => bid.items.includes(item))
        return at !== index && (isOnly || other.bidder === bid.bidder) && isBetter && isWithin
      })
      if (by.length === 0) assert.isUndefined(found[index])
      else if (by.some((other) => other.bidder === bid.bidder)) assert.strictEqual(found[index], bid.bidder)
      else
        assert.include(
          by.map((other) => other.bidder),
          found[index]
        )
    })
    return true
  })

  it.each([
    ["one bidder", 1],
    ["a bidder for each", 2_000]
  ])("are looked for among 2,000 that share all items but one in a moment: %s", (_, bidders) => {
    const bids = Array.from({ length: 2_000 }, (__, index) => ({
      bidder: index % bidders,
      items: [...Array.from({ length: 49 }, (___, item) => item), 49 + index],
      price: BigInt(5_000 - index)
    }))
    assert.isTrue(dominators(bids, never).every((by) => by === undefined))
  })

  it("are no longer looked for when time is up", () => {
    const bids = Array.from({ length: 200 }, () => ({ bidder: 0, items: [0], price: 1n }))
    const found = dominators(bids, () => true)
    assert.deepStrictEqual([found[1], found[62], found[63], found[199]], [0, 0, undefined, undefined])
  })
})
