/**
 * Sealed bids in two phases, so that nobody has to be trusted with them: first everybody commits to a bid by its hash, then
 * the bids are revealed (Blum, "Coin Flipping by Telephone", 1981; Naor, "Bit Commitment Using Pseudorandomness", 1991).
 *
 * A commitment is SHA-256 over the canonical JSON of `{ auction, bidder, amount, nonce }`. It wraps any mechanism whose
 * submission is an amount.
 *
 * **Guarantees** `step` is total; a refused input changes nothing. A session ends once: at `revealUntil`, or when all who
 * have committed have revealed. Binding: what is revealed is what was committed to, or a collision of SHA-256 has been
 * found. Nobody can use another's commitment: the name is in it. Equal bids rank by the arrival of their commitments, so
 * nothing is gained by revealing early or late. Whoever does not reveal in time (silent, dead, or with nothing valid to
 * reveal) is left out and pays the deposit to the operator. The receipt holds commitments and reveals.
 *
 * **Does not guarantee** Hiding beyond the nonce: it has at least 32 hexadecimal digits, 128 bits if they are random, and
 * whether they are nobody can check. That revealing is free of strategy: whoever reveals last has seen the others and may
 * prefer to lose the deposit; make it worth more than that. That the deposit is there: hold it before a commitment is
 * passed on.
 *
 * **Example**
 *
 * ```ts
 * import { CommitReveal, SealedMechanism, SecondPrice } from "@mabeam/economics"
 *
 * const { initial, step } = CommitReveal.make(SealedMechanism.oneItem(SecondPrice.calculator))
 * const terms = { auction: "a1", operator: "museum", deposit: 5, commitUntil: 100, revealUntil: 200, rules: { item: "vase" } }
 * const ada = { bidder: "ada", amount: 12, nonce: "00112233445566778899aabbccddeeff" }
 * const commitment = CommitReveal.commitmentOf({ auction: "a1", ...ada })
 *
 * let [state] = step(initial, { _tag: "Announce", terms })
 * ;[state] = step(state, { _tag: "Commit", bidder: "ada", commitment, at: 1 })
 * ;[state] = step(state, { _tag: "Commit", bidder: "bob", commitment: "0".repeat(64), at: 2 })
 * ;[state] = step(state, { _tag: "Tick", at: 100 })
 * ;[state] = step(state, { _tag: "Reveal", ...ada, at: 120 })
 * const [, outputs] = step(state, { _tag: "Tick", at: 200 })
 * for (const output of outputs) {
 *   if (output._tag === "Settled") console.log(output.receipt.decision)
 *   // => { outcome: { sold: true, winner: "ada", price: 0, tie: false }, excluded: ["bob"] }
 * }
 * ```
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import type { Calculator, Json } from "../calculator/Calculator.ts"
import * as Amount from "../input/Amount.ts"
import { decode } from "../input/Refusal.ts"
import { offenceIn, type Offence } from "../internal/announcement.ts"
import { ended } from "../internal/ending.ts"
import * as GrowingList from "../internal/growingList.ts"
import * as GrowingMap from "../internal/growingMap.ts"
import { guests, invitedOf, unwelcome } from "../internal/guests.ts"
import { bidderOf, refuse, refuseAfter, whyNotOpen, type Refused } from "../internal/refusing.ts"
import { calculatorOf } from "../internal/replay.ts"
import { hashOf } from "../receipt/SealedReceipt.ts"
import type { Offers } from "./SealedMechanism.ts"
import * as Settlement from "./Settlement.ts"

/** The most commitments of a session; the next is refused as `full`. */
export const bidsMax = 100_000

/** The fewest digits of a nonce: 32 hexadecimal ones hold 128 bits. */
export const nonceLengthMin = 32

const Nonce = Schema.String.check(Schema.isPattern(/^[0-9a-f]{32,128}$/))
const Commitment = Schema.String.check(Schema.isPattern(/^[0-9a-f]{64}$/))

/** What is for sale, and until when. `rules` are the mechanism's own. */
export const Terms = Schema.Struct({
  auction: Settlement.Name,
  /** Sells, and gets the deposits of those who do not reveal. */
  operator: Settlement.Name,
  /** Who may bid; when all have committed the reveals begin. Without it, anyone but the operator. */
  bidders: Schema.optionalKey(Schema.Array(Settlement.Name)),
  /** What a commitment costs whoever does not reveal; 0 for nothing. */
  deposit: Settlement.Money,
  /** From this moment on no commitment is taken and reveals are. */
  commitUntil: Settlement.Time,
  /** From this moment on no reveal is taken. */
  revealUntil: Settlement.Time,
  rules: Schema.Json
})
export type Terms = typeof Terms.Type

const entries = {
  Commit: { bidder: Settlement.Name, commitment: Commitment, at: Settlement.Time },
  /** Opens the own commitment. The nonce is 32 to 128 lower-case hexadecimal digits. */
  Reveal: { bidder: Settlement.Name, amount: Amount.Amount, nonce: Nonce, at: Settlement.Time },
  /** Says what time it is. */
  Tick: { at: Settlement.Time }
}

/** What happens to an announced session. */
export const Entry = Schema.TaggedUnion(entries)
export type Entry = typeof Entry.Type

/** What can happen to a session. */
export const Input = Schema.TaggedUnion({ Announce: { terms: Terms }, ...entries })
export type Input = typeof Input.Type

/** Why an input was refused. */
export const Reason = Schema.Literals([
  "not announced",
  "already announced",
  "invalid announcement",
  "closed",
  "not invited",
  "own auction",
  "already committed",
  "invalid commitment",
  "too early",
  "too late",
  "no commitment",
  "already revealed",
  "wrong reveal",
  "invalid amount",
  "invalid time",
  "full"
])
export type Reason = typeof Reason.Type

/** What a session answers. */
export type Output =
  /** With `invalid announcement` it says what is wrong, and where in the terms. */
  | Refused<Reason>
  /** For everybody: reveal now, until then. */
  | { readonly _tag: "Revealing"; readonly bidders: ReadonlyArray<string>; readonly until: number }
  | ({ readonly _tag: "Settled" } & Settlement.Settlement)
  /** The mechanism has no answer to these bids; nothing changes hands, deposits included. */
  | { readonly _tag: "Failed"; readonly because: string }

/** Where a session stands; `R` are the mechanism's rules. */
export type State<R> =
  | { readonly _tag: "Silent" }
  | {
      readonly _tag: "Open"
      readonly terms: Terms
      readonly rules: R
      readonly invited: ReadonlySet<string> | undefined
      readonly now: number
      readonly isRevealing: boolean
      readonly commitments: GrowingMap.GrowingMap<string, string>
      readonly reveals: GrowingMap.GrowingMap<string, Amount.Given>
      readonly log: GrowingList.GrowingList<Entry>
    }
  | ({ readonly _tag: "Settled" } & Settlement.Settlement)
  | { readonly _tag: "Failed"; readonly because: string }

/** A step's result: the next state and what is to be told. */
export type Move<R> = readonly [next: State<R>, outputs: ReadonlyArray<Output>]

/** Commit and reveal for one mechanism. */
export interface Protocol<R> {
  readonly initial: State<R>
  /** Total: every input is legal in every state. */
  readonly step: (state: State<R>, input: Input) => Move<R>
  /** Computes a receipt's decision again from its inputs: the terms, and what was accepted, in order. */
  readonly calculator: Calculator
}

/** The commitment to a bid: hand it in first, keep the nonce, reveal both later. */
export const commitmentOf = (bid: {
  readonly auction: string
  readonly bidder: string
  readonly amount: Amount.Given
  readonly nonce: string
}): string => hashOf({ auction: bid.auction, bidder: bid.bidder, amount: bid.amount, nonce: bid.nonce })

const decodeTerms = decode(Terms)
const isNonce = Schema.is(Nonce)
const isCommitment = Schema.is(Commitment)

const wrongTerms = (terms: Terms): Offence | undefined =>
  offenceIn(decodeTerms(terms), () => [
    [terms.commitUntil < terms.revealUntil, ["revealUntil"], "is not after commitUntil"],
    guests(terms.bidders, terms.operator, "bidders")
  ])

/** Makes the protocol of a mechanism whose submissions are amounts. */
export const make = <R extends Json>(mechanism: Offers<R>): Protocol<R> => {
  type Open = Extract<State<R>, { _tag: "Open" }>
  const name = `commit-reveal-${mechanism.name}`
  const initial: State<R> = { _tag: "Silent" }

  const announce = (state: State<R>, terms: Terms): Move<R> => {
    if (state._tag !== "Silent") return refuse(state, "already announced")
    const offence = wrongTerms(terms)
    if (offence !== undefined) return refuse(state, "invalid announcement", undefined, offence)
    const rules = mechanism.rules(terms.rules)
    if (Result.isFailure(rules)) {
      const { message, path } = rules.failure
      return refuse(state, "invalid announcement", undefined, {
        message: path.length === 0 ? `rules: ${message}` : `rules.${message}`,
        path: ["rules", ...path]
      })
    }
    const next: Open = {
      _tag: "Open",
      terms,
      rules: rules.success,
      invited: invitedOf(terms.bidders),
      now: 0,
      isRevealing: false,
      commitments: GrowingMap.empty(),
      reveals: GrowingMap.empty(),
      log: GrowingList.empty()
    }
    return next.invited?.size === 0 ? settle(next) : [next, []]
  }

  const accepted = (state: Open, entry: Entry): Open => ({
    ...state,
    now: entry.at,
    log: GrowingList.add(state.log, entry)
  })

  const startReveals = (state: Open): Move<R> => {
    const next: Open = { ...state, isRevealing: true }
    const bidders = GrowingMap.entries(next.commitments).map(([bidder]) => bidder)
    const told: Output = { _tag: "Revealing", bidders, until: next.terms.revealUntil }
    return bidders.length === 0 ? settle(next) : [next, [told]]
  }

  const commit = (state: Open, bidder: string, commitment: string, at: number): Move<R> => {
    const { commitments, invited, terms } = state
    const reason = unwelcome(bidder, invited, terms.operator, "own auction")
    if (reason !== undefined) return refuse(state, reason, { bidder })
    if (GrowingMap.has(commitments, bidder)) return refuse(state, "already committed", { bidder })
    if (state.isRevealing || at >= terms.commitUntil) return refuse(state, "too late", { bidder })
    if (!isCommitment(commitment)) return refuse(state, "invalid commitment", { bidder })
    if (commitments.size >= bidsMax) return refuse(state, "full", { bidder })
    const entry: Entry = { _tag: "Commit", bidder, commitment, at }
    const next = { ...accepted(state, entry), commitments: GrowingMap.add(commitments, bidder, commitment) }
    return next.commitments.size === invited?.size ? startReveals(next) : [next, []]
  }

  const reveal = (state: Open, { amount, bidder, nonce }: Extract<Entry, { _tag: "Reveal" }>, at: number): Move<R> => {
    const { commitments, reveals, rules, terms } = state
    const commitment = GrowingMap.get(commitments, bidder)
    if (!state.isRevealing && at < terms.commitUntil) return refuse(state, "too early", { bidder })
    if (commitment === undefined) return refuse(state, "no commitment", { bidder })
    if (GrowingMap.has(reveals, bidder)) return refuse(state, "already revealed", { bidder })
    const judged = mechanism.submission(rules, amount)
    if (Result.isFailure(judged)) return refuse(state, "invalid amount", { bidder })
    const isOpened = isNonce(nonce) && commitmentOf({ auction: terms.auction, bidder, amount, nonce }) === commitment
    if (!isOpened) return refuse(state, "wrong reveal", { bidder })
    const next: Open = {
      ...accepted(state, { _tag: "Reveal", bidder, amount, nonce, at }),
      isRevealing: true,
      reveals: GrowingMap.add(reveals, bidder, judged.success)
    }
    return next.reveals.size === commitments.size ? settle(next) : [next, []]
  }

  const tick = (state: Open, at: number): Move<R> => {
    if (state.isRevealing || at < state.terms.commitUntil) return [state, []]
    return startReveals(accepted(state, { _tag: "Tick", at }))
  }

  const settle = (state: Open): Move<R> => {
    const { commitments, log, reveals, rules, terms } = state
    const committed = GrowingMap.entries(commitments).map(([bidder]) => bidder)
    const submissions = committed.flatMap((participant) => {
      const submission = GrowingMap.get(reveals, participant)
      return submission === undefined ? [] : [{ participant, submission }]
    })
    const solved = mechanism.solve(mechanism.inputsOf(rules, submissions))
    if (Result.isFailure(solved)) return fail(solved.failure.message)
    const { decision: outcome } = solved.success
    const verdict = mechanism.judge(terms.operator, rules, submissions, outcome)
    if (Result.isFailure(verdict)) return fail(verdict.failure)
    const excluded = committed.filter((bidder) => !GrowingMap.has(reveals, bidder))
    const forfeits = excluded.map((bidder) =>
      Settlement.payment(bidder, terms.operator, terms.deposit, "deposit of a bid that was not revealed")
    )
    const inputs = { terms, accepted: GrowingList.values(log) }
    const receipt = { mechanism: name, version: mechanism.version, inputs, decision: { outcome, excluded } }
    const transfers = [...verdict.success, ...Settlement.effective(forfeits)]
    return ended({ _tag: "Settled", receipt, transfers })
  }

  const fail = (because: string): Move<R> => ended({ _tag: "Failed", because })

  const stepOpen = (state: Open, input: Entry): Move<R> => {
    const sender = bidderOf(input)
    if (!Settlement.isWhole(input.at)) return refuse(state, "invalid time", sender)
    const at = Math.max(state.now, input.at)
    if (at >= state.terms.revealUntil) return refuseAfter(settle(accepted(state, { _tag: "Tick", at })), sender)
    switch (input._tag) {
      case "Commit":
        return commit(state, input.bidder, input.commitment, at)
      case "Reveal":
        return reveal(state, input, at)
      case "Tick":
        return tick(state, at)
    }
  }

  const step = (state: State<R>, input: Input): Move<R> => {
    if (input._tag === "Announce") return announce(state, input.terms)
    return state._tag === "Open" ? stepOpen(state, input) : refuse(state, whyNotOpen(state), bidderOf(input))
  }

  const calculator = calculatorOf<Terms, Entry, State<R>>({
    name,
    version: mechanism.version,
    tieBreak: "earliest-commitment",
    terms: Terms,
    entry: Entry,
    announce: (terms) => step(initial, { _tag: "Announce", terms }),
    step
  })

  return { initial, step, calculator }
}
