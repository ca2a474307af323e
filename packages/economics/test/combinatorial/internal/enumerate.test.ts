import { assert, describe } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { enumerate } from "../../../src/combinatorial/internal/enumerate.ts"
import * as Packing from "../../../src/combinatorial/internal/packing.ts"
import { law } from "@foundation/core/testing/law"
import { p13 } from "../../p13.ts"
import { bidsOf } from "../instances.ts"
import * as Reference from "../reference/allocations.ts"

const factor = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 0.6 }))
const cases = Arbitrary.all([
  bidsOf(10, 8, 10, 8),
  Arbitrary.schema(Schema.Array(factor).check(Schema.isMinLength(8), Schema.isMaxLength(12)))
])

describe("enumeration", () => {
  law("finds the best whatever multipliers its first cover comes from", p13, cases, ([given, random]) => {
    const bids = given.filter((bid) => bid.price > 0n)
    const packing = Packing.make(
      bids.map(({ bidder, items, price }) => ({ weight: price, groups: [...items, 100 + bidder] }))
    )
    const weights = Float64Array.from(packing.weights, Number)
    const greatest = Math.max(0, ...weights)
    let best = 0
    const steps = enumerate(packing, weights, {
      columns: bids.map((_, index) => index),
      multipliers: Float64Array.from(packing.rows, (_, row) => (random[row] ?? 0) * greatest),
      floor: () => best + 0.9,
      offer: (columns) => {
        assert.isTrue(
          Reference.feasible(bids.filter((_, index) => columns.includes(index))).length === 2 ** columns.length
        )
        best = Number(Reference.value(bids, columns))
      },
      stepsMax: 1_000
    })
    assert.isAtLeast(steps, 1)
    assert.strictEqual(best, Number(Reference.welfare(bids)))
    return true
  })
})
