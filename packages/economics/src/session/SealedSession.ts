/**
 * A sealed session over any mechanism as a pure protocol: announce, submit once or pass, withdraw, close, settle.
 *
 * The mechanism is a calculator in the clothes of `SealedMechanism`. One that takes its time is solved outside: the step
 * tells `Solve` with the inputs, and whoever has solved them sends `Solved`.
 *
 * **Guarantees** `step` is total; a refused input changes nothing. A submission is final and was valid when it was accepted.
 * A session ends once: settled with the calculator's own receipt, or failed with nothing changing hands, if there is no
 * solution. It closes at `Close`, with the first input at or after its end, or when everybody invited has answered. A
 * solution from outside is turned down if it cannot be one of the inputs. The order of arrival counts only where the
 * mechanism's tie-break names it. A submission takes constant time.
 *
 * **Does not guarantee** Secrecy: submissions are kept in the clear; see `CommitReveal`. That a solution from outside is
 * right in every field: compute the receipt again.
 *
 * **Example**
 *
 * ```ts
 * import { SealedMechanism, SealedSession, SecondPrice } from "@mabeam/economics"
 *
 * const { initial, step } = SealedSession.make(SealedMechanism.oneItem(SecondPrice.calculator))
 * const terms = { session: "s1", operator: "museum", participants: ["ada", "bob"] }
 * let [state] = step(initial, { _tag: "Announce", terms, rules: { item: "vase" } })
 * ;[state] = step(state, { _tag: "Submit", participant: "ada", submission: 12, at: 1 })
 * const [, outputs] = step(state, { _tag: "Submit", participant: "bob", submission: 15, at: 2 })
 * for (const output of outputs) {
 *   if (output._tag === "Settled") console.log(output.receipt.decision)
 *   // => { sold: true, winner: "bob", price: 12, tie: false }
 * }
 * ```
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import type { Json, JsonObject } from "../calculator/Calculator.ts"
import { decode } from "../input/Refusal.ts"
import { offenceIn, offenceOf, type Offence } from "../internal/announcement.ts"
import { ended } from "../internal/ending.ts"
import * as GrowingMap from "../internal/growingMap.ts"
import { guests, hasLapsed, invitedOf, unwelcome, type Gone } from "../internal/guests.ts"
import { refuse, refuseAfter, whyNotOpen, type Refused } from "../internal/refusing.ts"
import type { SealedMechanism, Submission } from "./SealedMechanism.ts"
import * as Settlement from "./Settlement.ts"

/** The most participants that a session remembers; the next is refused as `full`. */
export const answersMax = 100_000

/** What holds for every sealed session. */
export const Terms = Schema.Struct({
  session: Settlement.Name,
  /** Sells, buys and keeps what is left over, where the mechanism moves anything. */
  operator: Settlement.Name,
  /** Who may submit; when all have answered the session closes. Without it, anyone but the operator. */
  participants: Schema.optionalKey(Schema.Array(Settlement.Name)),
  /** At this moment the session has closed. Without it, `Close` closes it. */
  endsAt: Schema.optionalKey(Settlement.Time),
  /** Whether submissions may be taken back while the session is open. Default `false`. */
  withdrawals: Schema.optionalKey(Schema.Boolean),
  /** What becomes of the submission of one who dies. Default `"stands"`. */
  onDeath: Schema.optionalKey(Schema.Literals(["stands", "lapses"]))
})
export type Terms = typeof Terms.Type

/** What can happen to a session. `rules` and `submission` are judged by the mechanism. */
export const Input = Schema.TaggedUnion({
  Announce: { terms: Terms, rules: Schema.Unknown },
  Submit: { participant: Settlement.Name, submission: Schema.Unknown, at: Settlement.Time },
  /** Says that no submission will come. */
  Pass: { participant: Settlement.Name, at: Settlement.Time },
  /** Takes the submission back and leaves. */
  Withdraw: { participant: Settlement.Name, at: Settlement.Time },
  Died: { participant: Settlement.Name, at: Settlement.Time },
  /** Says what time it is. */
  Tick: { at: Settlement.Time },
  Close: { at: Settlement.Time },
  /** The answer to `Solve`. */
  Solved: { decision: Schema.Unknown },
  /** There is no answer to `Solve`. */
  Unsolved: { because: Schema.String }
})
export type Input = typeof Input.Type

/** Why an input was refused. */
export const Reason = Schema.Literals([
  "not announced",
  "already announced",
  "invalid announcement",
  "invalid rules",
  "closed",
  "not invited",
  "own session",
  "already answered",
  "invalid submission",
  "invalid time",
  "no withdrawal",
  "no submission",
  "withdrawn",
  "dead",
  "full",
  "not solving",
  "impossible solution"
])
export type Reason = typeof Reason.Type

/** What a session answers. */
export type Output =
  /** It says what is wrong with terms, rules, a submission or a solution, and where. */
  | Refused<Reason, "participant">
  /** Asks for a solution of these inputs by this mechanism. */
  | { readonly _tag: "Solve"; readonly mechanism: string; readonly version: number; readonly inputs: JsonObject }
  | ({ readonly _tag: "Settled" } & Settlement.Settlement)
  /** The session has ended without a decision; nothing changes hands. */
  | { readonly _tag: "Failed"; readonly because: string }

/** Where a session stands. */
export type State<R, S> =
  | { readonly _tag: "Silent" }
  | {
      readonly _tag: "Open"
      readonly terms: Terms
      readonly rules: R
      readonly invited: ReadonlySet<string> | undefined
      readonly now: number
      /** In order of arrival; a pass, or a death before any answer, is `undefined`. */
      readonly answers: GrowingMap.GrowingMap<string, { readonly submission: S } | undefined>
      readonly gone: GrowingMap.GrowingMap<string, Gone>
    }
  | {
      readonly _tag: "Solving"
      readonly terms: Terms
      readonly rules: R
      readonly submissions: ReadonlyArray<Submission<S>>
    }
  | ({ readonly _tag: "Settled" } & Settlement.Settlement)
  | { readonly _tag: "Failed"; readonly because: string }

/** A step's result: the next state and what is to be told. */
export type Move<R, S> = readonly [next: State<R, S>, outputs: ReadonlyArray<Output>]

/** The protocol of sealed sessions of one mechanism. */
export interface Protocol<R, S> {
  readonly initial: State<R, S>
  /** Total: every input is legal in every state. */
  readonly step: (state: State<R, S>, input: Input) => Move<R, S>
}

const decodeTerms = decode(Terms)

const wrongTerms = (terms: Terms): Offence | undefined =>
  offenceIn(decodeTerms(terms), () => [guests(terms.participants, terms.operator, "participants")])

const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const senderOf = (input: Input): { readonly participant: string } | undefined =>
  "participant" in input ? { participant: input.participant } : undefined

/** Makes the protocol of a mechanism. */
export const make = <R extends Json, S extends Json>(mechanism: SealedMechanism<R, S>): Protocol<R, S> => {
  type Here = Move<R, S>
  type Open = Extract<State<R, S>, { _tag: "Open" }>

  const announce = (state: State<R, S>, terms: Terms, input: unknown): Here => {
    if (state._tag !== "Silent") return refuse(state, "already announced")
    const offence = wrongTerms(terms)
    if (offence !== undefined) return refuse(state, "invalid announcement", undefined, offence)
    const rules = mechanism.rules(input)
    if (Result.isFailure(rules)) return refuse(state, "invalid rules", undefined, offenceOf(rules.failure))
    const { participants } = terms
    const next: Open = {
      _tag: "Open",
      terms,
      rules: rules.success,
      invited: invitedOf(participants),
      now: 0,
      answers: GrowingMap.empty(),
      gone: GrowingMap.empty()
    }
    return participants?.length === 0 ? close(next) : [next, []]
  }

  const barred = ({ gone, invited, terms }: Open, participant: string): Reason | undefined =>
    unwelcome(participant, invited, terms.operator, "own session") ?? GrowingMap.get(gone, participant)

  /** The session with one more who has answered. */
  const answered = (state: Open, participant: string, answer: { readonly submission: S } | undefined): Here => {
    const next: Open = { ...state, answers: GrowingMap.add(state.answers, participant, answer) }
    return next.answers.size === next.invited?.size ? close(next) : [next, []]
  }

  const answer = (
    state: Open,
    at: number,
    participant: string,
    input: { readonly submission: unknown } | undefined
  ): Here => {
    const reason =
      barred(state, participant) ??
      (GrowingMap.has(state.answers, participant) ? "already answered" : undefined) ??
      (state.answers.size >= answersMax ? "full" : undefined)
    if (reason !== undefined) return refuse(state, reason, { participant })
    if (input === undefined) return answered({ ...state, now: at }, participant, undefined)
    const judged = mechanism.submission(state.rules, input.submission)
    return Result.isFailure(judged)
      ? refuse(state, "invalid submission", { participant }, offenceOf(judged.failure))
      : answered({ ...state, now: at }, participant, { submission: judged.success })
  }

  const withdraw = (state: Open, at: number, participant: string): Here => {
    const reason = barred(state, participant)
    if (reason !== undefined) return refuse(state, reason, { participant })
    if (state.terms.withdrawals !== true) return refuse(state, "no withdrawal", { participant })
    if (GrowingMap.get(state.answers, participant) === undefined) return refuse(state, "no submission", { participant })
    return [{ ...state, now: at, gone: GrowingMap.add(state.gone, participant, "withdrawn") }, []]
  }

  const die = (state: Open, at: number, participant: string): Here => {
    const reason = barred(state, participant)
    if (reason !== undefined) return refuse(state, reason, { participant })
    const hasAnswered = GrowingMap.has(state.answers, participant)
    if (!hasAnswered && state.answers.size >= answersMax) return refuse(state, "full", { participant })
    const next: Open = { ...state, now: at, gone: GrowingMap.add(state.gone, participant, "dead") }
    return hasAnswered ? [next, []] : answered(next, participant, undefined)
  }

  const submissionsOf = ({ answers, gone, terms }: Open): ReadonlyArray<Submission<S>> =>
    GrowingMap.entries(answers).flatMap(([participant, it]) => {
      const isOut = hasLapsed(GrowingMap.get(gone, participant), terms.onDeath)
      return it === undefined || isOut ? [] : [{ participant, submission: it.submission }]
    })

  const close = (state: Open): Here => {
    const { rules, terms } = state
    const submissions = submissionsOf(state)
    const inputs = mechanism.inputsOf(rules, submissions)
    if (mechanism.solve === undefined) {
      const { name, version } = mechanism
      return [{ _tag: "Solving", terms, rules, submissions }, [{ _tag: "Solve", mechanism: name, version, inputs }]]
    }
    const solved = mechanism.solve(inputs)
    if (Result.isFailure(solved)) return fail(solved.failure.message)
    const move = settle(terms, rules, submissions, solved.success.decision)
    return Result.isFailure(move) ? fail(move.failure) : move.success
  }

  const fail = (because: string): Here => ended({ _tag: "Failed", because })

  const settle = (
    terms: Terms,
    rules: R,
    submissions: ReadonlyArray<Submission<S>>,
    decision: JsonObject
  ): Result.Result<Here, string> =>
    Result.map(mechanism.judge(terms.operator, rules, submissions, decision), (transfers): Here => {
      const { name, version } = mechanism
      const receipt = { mechanism: name, version, inputs: mechanism.inputsOf(rules, submissions), decision }
      return ended({ _tag: "Settled", receipt, transfers })
    })

  const solved = (state: Extract<State<R, S>, { _tag: "Solving" }>, decision: unknown): Here => {
    if (!isObject(decision)) return refuse(state, "impossible solution")
    const move = settle(state.terms, state.rules, state.submissions, decision)
    return Result.isFailure(move)
      ? refuse(state, "impossible solution", undefined, { message: move.failure, path: ["decision"] })
      : move.success
  }

  const stepOpen = (state: Open, input: Exclude<Input, { _tag: "Announce" | "Solved" | "Unsolved" }>): Here => {
    const sender = senderOf(input)
    if (!Settlement.isWhole(input.at)) return refuse(state, "invalid time", sender)
    const at = Math.max(state.now, input.at)
    if (state.terms.endsAt !== undefined && at >= state.terms.endsAt) return refuseAfter(close(state), sender)
    switch (input._tag) {
      case "Submit":
        return answer(state, at, input.participant, input)
      case "Pass":
        return answer(state, at, input.participant, undefined)
      case "Withdraw":
        return withdraw(state, at, input.participant)
      case "Died":
        return die(state, at, input.participant)
      case "Tick":
        return [state, []]
      case "Close":
        return close(state)
    }
  }

  const step = (state: State<R, S>, input: Input): Here => {
    switch (input._tag) {
      case "Announce":
        return announce(state, input.terms, input.rules)
      case "Solved":
        return state._tag === "Solving" ? solved(state, input.decision) : refuse(state, "not solving")
      case "Unsolved":
        return state._tag === "Solving" ? fail(input.because) : refuse(state, "not solving")
      default:
        return state._tag === "Open" ? stepOpen(state, input) : refuse(state, whyNotOpen(state), senderOf(input))
    }
  }

  return { initial: { _tag: "Silent" }, step }
}
