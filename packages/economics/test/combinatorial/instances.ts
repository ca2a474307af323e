import { assert } from "@effect/vitest"
import { CombinatorialGenerator } from "@mabeam/economics"
import { Arbitrary, Result, Schema } from "effect"
import type { WinnerDetermination } from "@mabeam/economics"

const below = (limit: number) => Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: limit - 1 }))

/** From `shortest` to `longest` bids of up to `bidders` bidders on up to `goods` goods; small prices, so that ties are frequent, or large. */
export const bidsOf = (
  longest: number,
  goods = 5,
  bidders = 5,
  shortest = 0
): Arbitrary.Arbitrary<ReadonlyArray<WinnerDetermination.Bid>> => {
  const listOf = (price: typeof Schema.Int) =>
    Schema.Array(Schema.Struct({ bidder: below(bidders), set: below(2 ** goods - 1), price })).check(
      Schema.isMinLength(shortest),
      Schema.isMaxLength(longest)
    )
  const lists = Arbitrary.schema(Schema.Union([listOf(below(7)), listOf(below(1_000_000))]))
  return Arbitrary.map(lists, (list) =>
    list.map(({ bidder, price, set }) => ({
      bidder,
      items: Array.from({ length: goods }, (_, good) => good).filter((good) => ((set + 1) >> good) & 1),
      price: BigInt(price)
    }))
  )
}

/** A generated auction as the solver sees it, prices in ten thousandths. */
export const generated = (options: {
  readonly family: CombinatorialGenerator.Family
  readonly bids: number
  readonly goods: number
  readonly seed: number
}): ReadonlyArray<WinnerDetermination.Bid> => {
  const { bids, goods } = Result.getOrThrow(CombinatorialGenerator.generate(options))
  assert.strictEqual(bids.length, options.bids)
  assert.strictEqual(goods.length, options.goods)
  const bidders = [...new Set(bids.map((bid) => bid.bidder))]
  return bids.map(({ bidder, items, price }) => ({
    bidder: bidders.indexOf(bidder),
    items: items.map((item) => goods.indexOf(item)),
    price: BigInt(Math.round(price * 1e4))
  }))
}
