/**
 * Combinatorial auctions as they come from outside, and as the mechanisms see them.
 *
 * Bids are exclusive per bidder (XOR): of the bids of one bidder at most one wins. Goods are single and may stay unsold.
 *
 * **Guarantees** A judged auction names each good and each bid once, and no bid asks for a good that is not there, for one
 * twice, or for nothing. Its prices are integers in a common `unit`, exactly those of the input, whether that held text or
 * doubles.
 *
 * **Does not guarantee** That it is solved fast: see `WinnerDetermination`.
 *
 * **Example**
 *
 * ```ts
 * import { CombinatorialAuction } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * const refused = CombinatorialAuction.decode({
 *   goods: ["cpu"],
 *   bids: [{ id: "x", bidder: "ada", items: ["cpu", "gpu"], price: 3 }]
 * })
 * console.log(Result.isFailure(refused) && refused.failure.message)
 * // => bids[0].items[1]: "gpu" is not among the goods
 * ```
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import { Fraction } from "fraction.js"
import * as Amount from "../input/Amount.ts"
import * as Refusal from "../input/Refusal.ts"
import { bitsOf, greatestDivisor, leastMultiple } from "../internal/divisors.ts"
import type { Bid } from "./WinnerDetermination.ts"

/** Most bids of an auction. */
export const bidsMax = 5_000

/** Most goods of an auction. */
export const goodsMax = 5_000

/** Most goods that the bids name, all together. */
export const itemsMax = 250_000

/** Most bits of the common denominator of all prices. */
export const denominatorBitsMax = 16_384

const Name = Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(255))

/** An auction as it comes from outside. */
export const Input = Schema.Struct({
  goods: Schema.Array(Name),
  bids: Schema.Array(
    Schema.Struct({
      id: Name,
      bidder: Name,
      items: Schema.Array(Name).check(Schema.isMinLength(1)),
      /** What the bidder offers for all items together. */
      price: Amount.Amount
    })
  ),
  /** After this many milliseconds the best allocation found so far is the answer. Default: as long as it takes. */
  timeLimitMs: Schema.optionalKey(Schema.Finite.check(Schema.isGreaterThan(0)))
})
export type Input = typeof Input.Type

/** A judged auction. */
export interface Auction {
  /** How many goods there are. */
  readonly goods: number
  /** In order of their first bids. */
  readonly bidders: ReadonlyArray<string>
  readonly ids: ReadonlyArray<string>
  /** In order of arrival. */
  readonly bids: ReadonlyArray<Bid>
  /** What a price of 1 is worth. */
  readonly unit: Amount.Rational
  /** Whether amounts of the answer are text. */
  readonly isExact: boolean
  readonly timeLimitMs: number | undefined
}

const decodeInput = Refusal.decode(Input)

/** Decodes and judges an auction from outside. */
export const decode = (input: unknown): Result.Result<Auction, Refusal.Common> =>
  Result.flatMap(decodeInput(input), (given): Result.Result<Auction, Refusal.Common> => {
    const offence = offenceOf(given)
    return offence === undefined ? prepared(given) : Result.fail(offence)
  })

const offenceOf = ({ bids, goods }: Input): Refusal.Common | undefined => {
  const tooLarge = (path: Refusal.Place, size: number, limit: number) =>
    size > limit ? new Refusal.TooLarge({ path, size, limit }) : undefined
  return (
    tooLarge(["goods"], goods.length, goodsMax) ??
    tooLarge(["bids"], bids.length, bidsMax) ??
    tooLarge(
      ["bids"],
      bids.reduce((sum, bid) => sum + bid.items.length, 0),
      itemsMax
    ) ??
    Refusal.duplicateOf(goods, (index) => ["goods", index]) ??
    Refusal.duplicateOf(
      bids.map((bid) => bid.id),
      (index) => ["bids", index, "id"]
    ) ??
    itemOffence(bids, new Set(goods))
  )
}

const itemOffence = (bids: Input["bids"], goods: ReadonlySet<string>): Refusal.Common | undefined => {
  for (const [index, { items }] of bids.entries()) {
    const place = (at: number): Refusal.Place => ["bids", index, "items", at]
    const stranger = items.findIndex((item) => !goods.has(item))
    if (stranger >= 0) {
      return new Refusal.UnknownName({ path: place(stranger), name: items[stranger]!, known: "the goods" })
    }
    const duplicate = Refusal.duplicateOf(items, place)
    if (duplicate !== undefined) return duplicate
  }
  return undefined
}

const prepared = ({ bids, goods, timeLimitMs }: Input): Result.Result<Auction, Refusal.Common> => {
  const prices = bids.map((bid) => Amount.toRational(bid.price))
  const isExact = Amount.isExact(bids.map((bid) => bid.price))
  let denominator = 1n
  for (const { d } of prices) {
    denominator = leastMultiple(denominator, d)
    const size = bitsOf(denominator)
    if (size > denominatorBitsMax) {
      return Result.fail(new Refusal.TooLarge({ path: ["bids"], size, limit: denominatorBitsMax }))
    }
  }
  const scaled = prices.map(({ d, n }) => n * (denominator / d))
  // Without common factors, amounts such as 10.1 and 20.2 become small numbers, which the solver is fastest with.
  const factor = scaled.reduce(greatestDivisor, 0n) || 1n
  const total = new Fraction(
    scaled.reduce((sum, price) => sum + price, 0n),
    denominator
  )
  if (!isExact && !Number.isFinite(Amount.rationals.toNumber(total))) {
    const because = "together the prices are more than a double can hold; give them as text"
    return Result.fail(new Refusal.InvalidFormat({ path: ["bids"], because }))
  }
  const indexOf = new Map(goods.map((good, index) => [good, index]))
  const bidders = new Map<string, number>()
  return Result.succeed({
    goods: goods.length,
    ids: bids.map((bid) => bid.id),
    bids: bids.map(({ bidder, items }, index) => {
      if (!bidders.has(bidder)) bidders.set(bidder, bidders.size)
      return {
        bidder: bidders.get(bidder)!,
        items: items.map((item) => indexOf.get(item)!),
        price: scaled[index]! / factor
      }
    }),
    bidders: [...bidders.keys()],
    unit: new Fraction(factor, denominator),
    isExact,
    timeLimitMs
  })
}

/** An amount in the auction's unit, as the answer gives it. */
export const encode = ({ isExact, unit }: Auction, amount: Amount.Rational): Amount.Given =>
  isExact ? Amount.rationals.encode(amount.mul(unit)) : Amount.rationals.toNumber(amount.mul(unit))
