/**
 * Combinatorial auctions as they might come up: the five families of the Combinatorial Auction Test Suite (Leyton-Brown,
 * Pearson & Shoham, "Towards a Universal Test Suite for Combinatorial Auction Algorithms", 2000), from a seed.
 *
 * **Guarantees** The same options give the same auction on every machine that computes square roots alike. The input is
 * valid for the mechanisms `vcg`, `core` and `combinatorial-first-price`, with exactly `bids` bids and `goods` goods; prices
 * are positive and have at most four decimals.
 *
 * **Does not guarantee** The numbers of the original program: its source of chance is another.
 *
 * **Example**
 *
 * ```ts
 * import { CombinatorialGenerator } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * const options = { family: "regions", bids: 20, goods: 9, seed: 1 }
 * const input = Result.getOrThrow(CombinatorialGenerator.generate(options))
 * input.mechanism // => "vcg"
 * input.bids.length // => 20
 * ```
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import * as Refusal from "../input/Refusal.ts"
import * as Bundles from "./internal/bundles.ts"
import * as Chances from "../internal/chances.ts"
import { paths } from "./internal/roads.ts"
import { matching, scheduling } from "./internal/schedules.ts"

/** All families. */
export const families = ["arbitrary", "regions", "paths", "matching", "scheduling"] as const
export type Family = (typeof families)[number]

/** Most bids of a generated auction: as many as an auction may have. */
export const bidsMax = 5_000

/** Most goods of a generated auction. */
export const goodsMax = 1_000

const count = (minimum: number) => Schema.Int.check(Schema.isGreaterThanOrEqualTo(minimum))

/** What to generate. */
export const Options = Schema.Struct({
  family: Schema.Literals(families),
  /** 1 to `bidsMax`. */
  bids: count(1),
  /** At least 1, and 8 for "matching": two slots at each of four airports; 3 for "paths"; to `goodsMax`. */
  goods: count(1),
  /** Any whole number. */
  seed: Schema.Int
})
export type Options = typeof Options.Type

/** An input of the combinatorial mechanisms. */
export interface Input {
  readonly mechanism: "vcg"
  readonly goods: ReadonlyArray<string>
  readonly bids: ReadonlyArray<{
    readonly id: string
    readonly bidder: string
    readonly items: ReadonlyArray<string>
    readonly price: number
  }>
}

const goodsMin: Readonly<Record<Family, number>> = { arbitrary: 1, regions: 1, paths: 3, matching: 8, scheduling: 1 }

/** A bidder whose bids are all worth nothing is asked for again, but not for ever. */
const emptyOffersMax = 10_000

const decode = Refusal.decode(Options)

/** Generates an auction, or says which option cannot be met. */
export const generate = (options: unknown): Result.Result<Input, Refusal.Common> =>
  Result.flatMap(decode(options), (given): Result.Result<Input, Refusal.Common> => {
    const { bids, family, goods, seed } = given
    if (bids > bidsMax) return Result.fail(new Refusal.TooLarge({ path: ["bids"], size: bids, limit: bidsMax }))
    if (goods > goodsMax) return Result.fail(new Refusal.TooLarge({ path: ["goods"], size: goods, limit: goodsMax }))
    if (goods < goodsMin[family]) {
      const because = `"${family}" needs at least ${goodsMin[family]} goods`
      return Result.fail(new Refusal.InvalidFormat({ path: ["goods"], because }))
    }
    return Result.succeed(collect(bids, goods, offersOf(family, goods, Chances.make(seed))))
  })

const offersOf = (family: Family, goods: number, chances: Chances.Chances): (() => Bundles.Offer) => {
  switch (family) {
    case "arbitrary":
      return Bundles.offers(goods, Bundles.arbitrary(goods, chances), chances)
    case "regions":
      return Bundles.offers(goods, Bundles.regions(goods, chances), chances)
    case "paths":
      return paths(goods, chances)
    case "matching":
      return matching(goods, chances)
    case "scheduling":
      return scheduling(goods, chances)
  }
}

const collect = (wanted: number, goods: number, next: () => Bundles.Offer): Input => {
  const names = Array.from({ length: goods }, (_, good) => `g${good}`)
  const bids: Array<Input["bids"][number]> = []
  let empty = 0
  for (let bidder = 0; bids.length < wanted;) {
    const offer = next().filter((it) => Math.round(it.price * 1e4) > 0)
    if (offer.length === 0) {
      if (++empty > emptyOffersMax) throw new Error("no bidder of this family wants anything")
      continue
    }
    for (const { items, price } of offer.slice(0, wanted - bids.length)) {
      bids.push({
        id: `x${bids.length}`,
        bidder: `b${bidder}`,
        items: items.map((item) => names[item]!),
        price: Math.round(price * 1e4) / 1e4
      })
    }
    bidder++
  }
  return { mechanism: "vcg", goods: names, bids }
}
