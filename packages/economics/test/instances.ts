import { Arbitrary, Schema } from "effect"
import type { UnitDemand } from "@mabeam/economics"

/** Small integers, so that ties and bids at the reserve are frequent, or any finite amount up to a million. */
const small = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 12 }))
const wide = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1e6 }))

const amountLists = (longest: number) =>
  Arbitrary.schema(
    Schema.Union([
      Schema.Array(small).check(Schema.isMaxLength(longest)),
      Schema.Array(wide).check(Schema.isMaxLength(longest))
    ])
  )

/** Bidders `b0`, `b1`, … in order of arrival. */
export const bidsOf = (amounts: ReadonlyArray<number>) =>
  amounts.map((amount, index) => ({ bidder: `b${index}`, amount }))

/** Auctions of up to `unitsMax` units with up to `longest` bids. */
export const instances = (unitsMax: number, longest = 7): Arbitrary.Arbitrary<UnitDemand.Instance> =>
  Arbitrary.map(
    Arbitrary.all([
      amountLists(longest),
      Arbitrary.schema(Schema.Union([Schema.Literal(0), small])),
      Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: unitsMax })))
    ]),
    ([amounts, reserve, units]) => ({ units, reserve, bids: bidsOf(amounts) })
  )

/** All orders of a short list. */
export const permutations = <A>(items: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> =>
  items.length <= 1
    ? [items]
    : items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]))
