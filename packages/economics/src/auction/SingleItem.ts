/**
 * Sealed bids for one item: what goes in, what comes out, and who stands first.
 *
 * **Guarantees** `rank` reads each bid once and depends on the order of the bids only among equal amounts, where the
 * earliest stands first.
 *
 * **Does not guarantee** Anything for amounts that are not amounts: decode or judge them first.
 *
 * @since 0.1.0
 */
import { Option, Result, Schema } from "effect"
import * as Bids from "./Bids.ts"

const inputsOf = <List extends Schema.Constraint>(bids: List) => Schema.Struct(Bids.fields(bids))

/** A sealed-bid auction of one item. */
export const Inputs = inputsOf(Schema.Array(Bids.Bid))
export type Inputs = typeof Inputs.Type

/** Who gets the item and for how much. */
export const Decision = Schema.Struct({
  sold: Schema.Boolean,
  winner: Schema.OptionFromNullOr(Bids.Bidder),
  /** What the winner pays; 0 when unsold, where the calculators, who answer in JSON, say null. */
  price: Bids.Amount,
  /** Whether another bid equals the winner's, so that the order of arrival decided. */
  tie: Schema.Boolean
})
export type Decision = typeof Decision.Type

/** The decision when nobody bids at least the reserve. */
export const unsold: Decision = { sold: false, winner: Option.none(), price: 0, tie: false }

/** The outcome of a comparison of all bids, on doubles, as live sessions need it every round. */
export interface Ranking {
  /** The position of the highest eligible bid, or -1 when there is none. */
  readonly first: number
  /** The highest amount; the reserve when there is none. */
  readonly highest: number
  /** The second highest eligible amount; the reserve when there is none. */
  readonly second: number
  readonly tie: boolean
}

/** Finds the highest and the second highest of the bids that reach `reserve`. */
export const rank = (bids: ReadonlyArray<Bids.Bid>, reserve: number): Ranking => {
  let first = -1
  let highest = reserve
  let second = reserve
  let tie = false
  for (let index = 0; index < bids.length; index++) {
    const amount = bids[index]?.amount ?? -1
    if (amount < reserve) continue
    if (first === -1 || amount > highest) {
      if (first !== -1) second = highest
      first = index
      highest = amount
      tie = false
    } else {
      if (amount === highest) tie = true
      if (amount > second) second = amount
    }
  }
  return { first, highest, second, tie }
}

/** Gives the item to the first of `ranking` at `price`. */
export const award = (bids: ReadonlyArray<Bids.Bid>, { first, tie }: Ranking, price: number): Decision => {
  const bid = bids[first]
  return bid === undefined ? unsold : { sold: true, winner: Option.some(bid.bidder), price, tie }
}

/** Decodes and judges inputs from outside. */
export const decode: (input: unknown) => Result.Result<Inputs, Bids.InvalidInput> = Bids.decode(inputsOf)
