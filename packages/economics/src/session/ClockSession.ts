/**
 * A live ascending clock auction as a pure protocol: the price ticks up, bidders stay or leave, the last one has the item
 * (the "Japanese" English auction: Milgrom and Weber, "A Theory of Auctions and Competitive Bidding", 1982).
 *
 * Each price is a round. A bidder stays by saying so in every round; silence is leaving, so whoever loses the connection
 * never pays more than he has agreed to. A round ends with its tick, or when everybody who is still in has answered.
 * With one left the item is his at this price; if all the rest leave together, the first of them in the order of the
 * invitation has it at the price before; if nobody stays at the start, it is unsold. Beyond 2^53 - 1 nobody can stay.
 *
 * **Guarantees** `step` is total; a refused input changes nothing. An auction settles once, at the latest with the second
 * tick in which all are silent. The result does not depend on the order of arrival within a round. What has been said
 * binds: a bidder who stays and then dies has stayed in this round and leaves in the next. An answer and a tick name
 * their price, so those that come late or twice are refused. The receipt is one of the calculator `english`, with the
 * last price at which each bidder stayed as the value.
 *
 * **Does not guarantee** To learn values: the winner's is only known to be at least the last price.
 *
 * **Example**
 *
 * ```ts
 * import { ClockSession } from "@mabeam/economics"
 *
 * const terms = { auction: "a1", seller: "museum", item: "vase", startPrice: 5, increment: 1, bidders: ["ada", "bob"] }
 * let [state] = ClockSession.step(ClockSession.initial, { _tag: "Announce", terms })
 * ;[state] = ClockSession.step(state, { _tag: "Stay", bidder: "ada", price: 5 })
 * ;[state] = ClockSession.step(state, { _tag: "Stay", bidder: "bob", price: 5 })
 * ;[state] = ClockSession.step(state, { _tag: "Stay", bidder: "bob", price: 6 })
 * const [, outputs] = ClockSession.step(state, { _tag: "Tick", price: 6 })
 * for (const output of outputs) {
 *   if (output._tag === "Settled") console.log(output.receipt.decision)
 *   // => { sold: true, winner: "bob", price: 6, tie: false }
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
import { guests } from "../internal/guests.ts"
import { bidderOf, refuse, whyNotOpen, type Refused } from "../internal/refusing.ts"
import * as Settlement from "./Settlement.ts"

/** The mechanism of the receipts, and its version. */
export const name = "english"
export const version = 1

/** The most bidders of an auction. */
export const biddersMax = 100_000

/** What the seller offers, and how. */
export const Terms = Schema.Struct({
  auction: Settlement.Name,
  seller: Settlement.Name,
  item: Settlement.Name,
  startPrice: Settlement.Money,
  increment: Settlement.Positive,
  /** Who may stay; among equals the first of this list wins. At most 100,000, without the seller. */
  bidders: Schema.Array(Settlement.Name)
})
export type Terms = typeof Terms.Type

/** What can happen to an auction. */
export const Input = Schema.TaggedUnion({
  Announce: { terms: Terms },
  /** Agrees to pay `price`, which has to be the price of the clock. */
  Stay: { bidder: Settlement.Name, price: Settlement.Money },
  /** Leaves for good. */
  Leave: { bidder: Settlement.Name },
  /** A bidder has died, and leaves as soon as what was said allows. */
  Died: { bidder: Settlement.Name },
  /** Ends the round of `price`. */
  Tick: { price: Settlement.Money }
})
export type Input = typeof Input.Type

/** Why an input was refused. */
export const Reason = Schema.Literals([
  "not announced",
  "already announced",
  "invalid announcement",
  "closed",
  "not invited",
  "out",
  "another price",
  "already answered"
])
export type Reason = typeof Reason.Type

/** What an auction answers. */
export type Output =
  /** With `invalid announcement` it says what is wrong, and where in the terms. */
  | Refused<Reason>
  /** For everybody: the price of the round that begins, and who is still in. */
  | { readonly _tag: "Clock"; readonly price: number; readonly bidders: ReadonlyArray<string> }
  | ({ readonly _tag: "Settled" } & Settlement.Settlement)

/** Where an auction stands. */
export type State =
  | { readonly _tag: "Silent" }
  | {
      readonly _tag: "Open"
      readonly terms: Terms
      readonly price: number
      /** Those who stayed in the round before, in the order of the invitation; in the first round everybody. */
      readonly inside: ReadonlySet<string>
      /** The answers of this round: whether a bidder stays. */
      readonly answers: GrowingMap.GrowingMap<string, boolean>
      /** The last price at which each stayed, of rounds that are over. */
      readonly stayed: ReadonlyMap<string, number>
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
    case "Stay":
      return answer(state, input.bidder, input.price)
    case "Leave":
    case "Died":
      return answer(state, input.bidder, undefined)
    case "Tick":
      return input.price === state.price ? endRound(state) : refuse(state, "another price")
  }
}

const decodeTerms = decode(Terms)

const wrongTerms = (terms: Terms): Offence | undefined =>
  offenceIn(decodeTerms(terms), () => [
    guests(terms.bidders, terms.seller, "bidders"),
    [terms.bidders.length <= biddersMax, ["bidders"], `names more than ${biddersMax}`]
  ])

const announce = (state: State, terms: Terms): Move => {
  if (state._tag !== "Silent") return refuse(state, "already announced")
  const offence = wrongTerms(terms)
  if (offence !== undefined) return refuse(state, "invalid announcement", undefined, offence)
  const { bidders, startPrice } = terms
  const open: Open = {
    _tag: "Open",
    terms,
    price: startPrice,
    inside: new Set(bidders),
    answers: GrowingMap.empty(),
    stayed: new Map()
  }
  return bidders.length === 0 ? endRound(open) : [open, [{ _tag: "Clock", price: startPrice, bidders }]]
}

const answer = (state: Open, bidder: string, price: number | undefined): Move => {
  if (!state.inside.has(bidder))
    return refuse(state, state.terms.bidders.includes(bidder) ? "out" : "not invited", { bidder })
  if (price !== undefined && price !== state.price) return refuse(state, "another price", { bidder })
  if (GrowingMap.has(state.answers, bidder)) return refuse(state, "already answered", { bidder })
  const next: Open = { ...state, answers: GrowingMap.add(state.answers, bidder, price !== undefined) }
  return next.answers.size === state.inside.size ? endRound(next) : [next, []]
}

const endRound = (state: Open): Move => {
  const { answers, inside, price, stayed, terms } = state
  const staying = [...inside].filter((bidder) => GrowingMap.get(answers, bidder) === true)
  const [first] = staying
  if (first === undefined) {
    // All the rest have left together: the first of them at the price before. In the first round there is none.
    const [last] = inside
    const isFirstRound = stayed.size === 0
    return isFirstRound ? settle(terms, stayed, undefined) : settle(terms, stayed, last, price - terms.increment, true)
  }
  const latest = new Map(stayed)
  for (const bidder of staying) latest.set(bidder, price)
  if (staying.length === 1) return settle(terms, latest, first, price, false)
  const next = price + terms.increment
  // Beyond the largest amount nobody can stay.
  if (!Settlement.isWhole(next)) return settle(terms, latest, first, price, true)
  return [
    { ...state, price: next, inside: new Set(staying), answers: GrowingMap.empty(), stayed: latest },
    [{ _tag: "Clock", price: next, bidders: staying }]
  ]
}

const settle = (
  terms: Terms,
  stayed: ReadonlyMap<string, number>,
  winner: string | undefined,
  price = 0,
  tie = false
): Move => {
  const { bidders, increment, startPrice } = terms
  const values = bidders.flatMap((bidder) => {
    const amount = stayed.get(bidder)
    return amount === undefined ? [] : [{ bidder, amount }]
  })
  const { decision, transfers } = sale(terms, winner, price, tie)
  const receipt = { mechanism: name, version, inputs: { values, startPrice, increment }, decision }
  return ended({ _tag: "Settled", receipt, transfers })
}
