/**
 * A live sealed-bid auction as a pure protocol: announce, bid or pass, close, settle.
 *
 * **Guarantees** `step` is total: every input is legal in every state, and what is not in order is refused with a reason
 * and changes nothing. A bid is final. An auction settles once, with a receipt: at `Close`, or when everyone invited has
 * answered. Price, number of winners and `tie` are the same for every order of arrival; the winners are too, save among
 * equal bids, where the earliest win. A step takes constant time, settling is linear in the bids.
 *
 * **Does not guarantee** A deadline: time belongs to the driver, which sends `Close`. Secrecy: bids are kept in the clear.
 *
 * **Example**
 *
 * ```ts
 * import { SealedBid } from "@mabeam/economics"
 *
 * let state = SealedBid.initial
 * const send = (input: SealedBid.Input): ReadonlyArray<SealedBid.Output> => {
 *   const [next, outputs] = SealedBid.step(state, input)
 *   state = next
 *   return outputs
 * }
 *
 * send({ _tag: "Announce", rule: "second-price", units: 1, reserve: 2, bidders: ["a", "b"] }) // => []
 * send({ _tag: "Bid", bidder: "c", amount: 9 }) // => [{ _tag: "Refused", bidder: "c", because: "not invited" }]
 * send({ _tag: "Bid", bidder: "a", amount: 5 }) // => []
 * for (const output of send({ _tag: "Pass", bidder: "b" })) {
 *   if (output._tag === "Settled") console.log(output.receipt.decision.price) // => 2
 * }
 * ```
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { ended } from "../internal/ending.ts"
import * as GrowingMap from "../internal/growingMap.ts"
import { invitedOf } from "../internal/guests.ts"
import * as Names from "../internal/name.ts"
import { refuse, whyNotOpen } from "../internal/refusing.ts"
import * as Bids from "./Bids.ts"
import * as FirstPrice from "./FirstPrice.ts"
import * as KUnitVickrey from "./KUnitVickrey.ts"
import { Receipt } from "./Receipt.ts"
import * as SecondPrice from "./SecondPrice.ts"

/** The rules by which a sealed-bid auction can be settled. */
export const Rule = Schema.Literals([FirstPrice.name, SecondPrice.name, KUnitVickrey.name])
export type Rule = typeof Rule.Type

/** The most bids an auction takes; the next one is refused as `full`. */
export const bidsMax = 100_000

/** What can happen to an auction. */
export const Input = Schema.TaggedUnion({
  /** Opens the auction. First and second price sell one unit. */
  Announce: {
    rule: Rule,
    units: Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)),
    reserve: Bids.Amount,
    /** Who may bid; when all have answered the auction settles by itself. Without it, anyone, until `Close`. */
    bidders: Schema.optionalKey(Schema.Array(Bids.Bidder))
  },
  Bid: { bidder: Bids.Bidder, amount: Bids.Amount },
  /** Says that no bid will come. */
  Pass: { bidder: Bids.Bidder },
  /** Ends the auction with the bids that have come. */
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
  "already answered",
  "invalid amount",
  "full"
])
export type Reason = typeof Reason.Type

/** What an auction answers. */
export const Output = Schema.TaggedUnion({
  /** The input changed nothing. `bidder` is absent for an announcement or a close out of order. */
  Refused: { bidder: Schema.optionalKey(Schema.String), because: Reason },
  Settled: { receipt: Receipt }
})
export type Output = typeof Output.Type

/** The terms of an announced auction. */
export type Terms = Omit<Extract<Input, { _tag: "Announce" }>, "_tag">

/** Where an auction stands. */
export type State =
  | { readonly _tag: "Silent" }
  | {
      readonly _tag: "Open"
      readonly terms: Terms
      /** Those who may bid and have not answered; without a list of bidders, everyone may. */
      readonly invited: ReadonlySet<string> | undefined
      /** Bids in order of arrival; a pass is `undefined`. */
      readonly answers: GrowingMap.GrowingMap<string, Bids.Bid | undefined>
    }
  | { readonly _tag: "Settled"; readonly receipt: Receipt }

type Open = Extract<State, { _tag: "Open" }>

/** A step's result: the next state and what is to be told. */
export type Move = readonly [next: State, outputs: ReadonlyArray<Output>]

/** Before the announcement. */
export const initial: State = { _tag: "Silent" }

/** The whole protocol. Total: every input is legal in every state. */
export const step = (state: State, input: Input): Move => {
  switch (input._tag) {
    case "Announce":
      return announce(state, input)
    case "Bid":
      return answer(state, input.bidder, input)
    case "Pass":
      return answer(state, input.bidder, undefined)
    case "Close":
      return state._tag === "Open" ? settle(state) : refuse(state, whyNotOpen(state))
  }
}

const nothing: ReadonlyArray<Output> = []

const announce = (state: State, { bidders, reserve, rule, units }: Terms): Move => {
  if (state._tag !== "Silent") return refuse(state, "already announced")
  const invited = invitedOf(bidders)
  const isValid =
    Bids.isAmount(reserve) &&
    Number.isSafeInteger(units) &&
    units >= 1 &&
    (rule === KUnitVickrey.name || units === 1) &&
    invited?.size === bidders?.length &&
    (bidders === undefined || bidders.every(Names.isParticipant))
  if (!isValid) return refuse(state, "invalid announcement")
  const terms: Terms = bidders === undefined ? { rule, units, reserve } : { rule, units, reserve, bidders }
  const next: State = { _tag: "Open", terms, invited, answers: GrowingMap.empty() }
  return invited?.size === 0 ? settle(next) : [next, nothing]
}

const answer = (state: State, bidder: string, bid: Bids.Bid | undefined): Move => {
  if (state._tag !== "Open") return refuse(state, whyNotOpen(state), { bidder })
  const { answers, invited } = state
  // A receipt with a name that is none could not be computed again, and nobody is called like a machine's account.
  if (invited?.has(bidder) === false || !Names.isParticipant(bidder)) return refuse(state, "not invited", { bidder })
  if (GrowingMap.has(answers, bidder)) return refuse(state, "already answered", { bidder })
  if (bid !== undefined && !Bids.isAmount(bid.amount)) return refuse(state, "invalid amount", { bidder })
  if (answers.size >= bidsMax) return refuse(state, "full", { bidder })
  const kept = bid === undefined ? undefined : { bidder, amount: bid.amount }
  const next: Open = { ...state, answers: GrowingMap.add(answers, bidder, kept) }
  return next.answers.size === invited?.size ? settle(next) : [next, nothing]
}

const settle = ({ answers, terms }: Open): Move => {
  const bids = GrowingMap.values(answers).filter((bid) => bid !== undefined)
  return ended({ _tag: "Settled", receipt: receiptOf(terms, bids) })
}

const receiptOf = ({ bidders, reserve, rule, units }: Terms, bids: ReadonlyArray<Bids.Bid>): Receipt => {
  const inputs = bidders === undefined ? { bids, reserve } : { bids, reserve, bidders }
  switch (rule) {
    case "first-price":
      return FirstPrice.receipt(inputs)
    case "second-price":
      return SecondPrice.receipt(inputs)
    case "k-unit-vickrey":
      return KUnitVickrey.receipt({ ...inputs, units })
  }
}
