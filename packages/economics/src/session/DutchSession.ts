/**
 * A live Dutch auction as a pure protocol: the clock starts high and ticks down, the first who accepts has the item at the
 * price of the clock (Vickrey, "Counterspeculation, Auctions, and Competitive Sealed Tenders", 1961).
 *
 * **Guarantees** `step` is total; a refused input changes nothing. An auction settles once: with the first acceptance, with
 * the tick that would take the clock below the reserve, or at `Close`. Of acceptances at the same price the one that
 * arrives first wins. An acceptance names the most that its bidder pays: one that comes late, when the clock is lower
 * already, wins at the lower price. A tick names the price that it ends, so one that comes twice counts once. The receipt
 * is one of the calculator `dutch`, with the winner's price as the only stop price.
 *
 * **Does not guarantee** Fairness between fast and slow: the order of arrival is the driver's.
 *
 * **Example**
 *
 * ```ts
 * import { DutchSession } from "@mabeam/economics"
 *
 * const terms = { auction: "a1", seller: "farm", item: "tulips", startPrice: 100, decrement: 5, reserve: 20 }
 * let [state] = DutchSession.step(DutchSession.initial, { _tag: "Announce", terms })
 * ;[state] = DutchSession.step(state, { _tag: "Tick", price: 100 })
 * const [, outputs] = DutchSession.step(state, { _tag: "Accept", bidder: "ada", price: 95 })
 * for (const output of outputs) {
 *   if (output._tag === "Settled") console.log(output.receipt.decision)
 *   // => { sold: true, winner: "ada", price: 95, tie: false }
 * }
 * ```
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { decode } from "../input/Refusal.ts"
import { offenceIn, type Offence } from "../internal/announcement.ts"
import { ended, sale } from "../internal/ending.ts"
import * as GrowingMap from "../internal/growingMap.ts"
import { guests, invitedOf, unwelcome } from "../internal/guests.ts"
import { bidderOf, refuse, whyNotOpen, type Refused } from "../internal/refusing.ts"
import * as Settlement from "./Settlement.ts"

/** The mechanism of the receipts, and its version. */
export const name = "dutch"
export const version = 1

/** The most deaths that are remembered; the next is refused as `full`. */
export const deathsMax = 100_000

/** What the seller offers, and how. */
export const Terms = Schema.Struct({
  auction: Settlement.Name,
  seller: Settlement.Name,
  item: Settlement.Name,
  startPrice: Settlement.Money,
  decrement: Settlement.Positive,
  /** The clock does not go below; at most `startPrice`. */
  reserve: Settlement.Money,
  /** Who may accept. Without it, anyone but the seller. */
  bidders: Schema.optionalKey(Schema.Array(Settlement.Name))
})
export type Terms = typeof Terms.Type

/** What can happen to an auction. */
export const Input = Schema.TaggedUnion({
  Announce: { terms: Terms },
  /** Takes the item for the price of the clock, if that is `price` or less. */
  Accept: { bidder: Settlement.Name, price: Settlement.Money },
  /** Ends the time of `price`: the clock goes down. */
  Tick: { price: Settlement.Money },
  /** A bidder has died; an acceptance that comes later is refused. */
  Died: { bidder: Settlement.Name },
  /** Ends the auction unsold. */
  Close: {}
})
export type Input = typeof Input.Type

/** Why an input was refused. */
export const Reason = Schema.Literals([
  "not announced",
  "already announced",
  "invalid announcement",
  "closed",
  "not invited",
  "own auction",
  "below the clock",
  "another price",
  "dead",
  "full"
])
export type Reason = typeof Reason.Type

/** What an auction answers. */
export type Output =
  /** With `invalid announcement` it says what is wrong, and where in the terms. */
  | Refused<Reason>
  /** For everybody: the price of the clock. */
  | { readonly _tag: "Clock"; readonly price: number }
  | ({ readonly _tag: "Settled" } & Settlement.Settlement)

/** Where an auction stands. */
export type State =
  | { readonly _tag: "Silent" }
  | {
      readonly _tag: "Open"
      readonly terms: Terms
      readonly invited: ReadonlySet<string> | undefined
      readonly price: number
      readonly dead: GrowingMap.GrowingMap<string, true>
    }
  | ({ readonly _tag: "Settled" } & Settlement.Settlement)

type Open = Extract<State, { _tag: "Open" }>

/** A step's result: the next state and what is to be told. */
export type Move = readonly [next: State, outputs: ReadonlyArray<Output>]

/** Before the announcement. */
export const initial: State = { _tag: "Silent" }

/** The whole protocol. Total: every input is legal in every state. */
export const step = (state: State, input: Input): Move => {
  if (input._tag === "Announce") return announce(state, input.terms)
  if (state._tag !== "Open") return refuse(state, whyNotOpen(state), bidderOf(input))
  switch (input._tag) {
    case "Accept":
      return accept(state, input.bidder, input.price)
    case "Tick":
      return tick(state, input.price)
    case "Died":
      return die(state, input.bidder)
    case "Close":
      return settle(state, undefined)
  }
}

const decodeTerms = decode(Terms)

const wrongTerms = (terms: Terms): Offence | undefined =>
  offenceIn(decodeTerms(terms), () => [
    [terms.reserve <= terms.startPrice, ["reserve"], "is above the start price"],
    guests(terms.bidders, terms.seller, "bidders")
  ])

const announce = (state: State, terms: Terms): Move => {
  if (state._tag !== "Silent") return refuse(state, "already announced")
  const offence = wrongTerms(terms)
  if (offence !== undefined) return refuse(state, "invalid announcement", undefined, offence)
  const invited = invitedOf(terms.bidders)
  const price = terms.startPrice
  return [{ _tag: "Open", terms, invited, price, dead: GrowingMap.empty() }, [{ _tag: "Clock", price }]]
}

const barred = ({ dead, invited, terms }: Open, bidder: string): Reason | undefined =>
  unwelcome(bidder, invited, terms.seller, "own auction") ?? (GrowingMap.has(dead, bidder) ? "dead" : undefined)

const accept = (state: Open, bidder: string, price: number): Move => {
  const reason = barred(state, bidder)
  if (reason !== undefined) return refuse(state, reason, { bidder })
  return price >= state.price ? settle(state, bidder) : refuse(state, "below the clock", { bidder })
}

const tick = (state: Open, price: number): Move => {
  if (price !== state.price) return refuse(state, "another price")
  const next = price - state.terms.decrement
  return next < state.terms.reserve
    ? settle(state, undefined)
    : [{ ...state, price: next }, [{ _tag: "Clock", price: next }]]
}

const die = (state: Open, bidder: string): Move => {
  const reason = barred(state, bidder)
  if (reason !== undefined) return refuse(state, reason, { bidder })
  if (state.dead.size >= deathsMax) return refuse(state, "full", { bidder })
  return [{ ...state, dead: GrowingMap.add(state.dead, bidder, true) }, []]
}

const settle = ({ price, terms }: Open, winner: string | undefined): Move => {
  const { decrement, reserve, startPrice } = terms
  const stopPrices = winner === undefined ? [] : [{ bidder: winner, amount: price }]
  const { decision, transfers } = sale(terms, winner, price, false)
  const receipt = { mechanism: name, version, inputs: { stopPrices, startPrice, decrement, reserve }, decision }
  return ended({ _tag: "Settled", receipt, transfers })
}
