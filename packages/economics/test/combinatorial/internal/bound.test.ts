import { assert, describe } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import * as Bound from "../../../src/combinatorial/internal/bound.ts"
import * as Packing from "../../../src/combinatorial/internal/packing.ts"
import * as Tableau from "../../../src/combinatorial/internal/tableau.ts"
import { law } from "@foundation/core/testing/law"
import { p13 } from "../../p13.ts"
import { bidsOf } from "../instances.ts"
import * as Reference from "../reference/allocations.ts"

const share = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))

const cases = Arbitrary.all([bidsOf(8, 4, 4), Arbitrary.schema(Schema.Array(share).check(Schema.isMaxLength(12)))])

/** Bids of price 0 never come to a packing. */
const packingOf = (given: ReadonlyArray<Reference.Bid>) => {
  const bids = given.filter((bid) => bid.price > 0n)
  const columns = bids.map(({ bidder, items, price }) => ({ weight: price, groups: [...items, 100 + bidder] }))
  return { bids, packing: Packing.make(columns), best: Reference.welfare(bids) }
}

describe("bounds hold for any multipliers, however bad", () => {
  law("in doubles, with room for rounding", p13, cases, ([given, random]) => {
    const { best, bids, packing } = packingOf(given)
    const multipliers = Float64Array.from(packing.rows, (_, row) => random[row] ?? 0)
    const bound = Bound.of(packing, multipliers, new Uint8Array(bids.length))
    const greatest = bids.reduce((most, { price }) => (price > most ? price : most), 0n)
    assert.isTrue(Bound.ceiling(bound, greatest) >= best)
    return true
  })

  law("in integers, from a tableau that is optimal, or was cut off", p13, cases, ([given, random]) => {
    const { best, bids, packing } = packingOf(given)
    const tableau = Tableau.make(packing)
    const isCut = (random[0] ?? 0) > 0.5
    if (!isCut) Tableau.maximise(tableau, new Float64Array(bids.length).fill(1), () => false)
    const bound = Bound.sharp(packing, tableau, new Uint8Array(bids.length))
    assert.isTrue(bound >= best)
    return true
  })
})
