/**
 * A live vote as a pure protocol: announce, cast ballots one by one, close, tally.
 *
 * **Guarantees** `step` is total: every input is legal in every state, and what is not in order is refused with a reason
 * and changes nothing. A ballot is final, and judged when it comes, so that no voter can spoil the tally: under `plurality`
 * and `irv` a ranking has to be strict. A vote is tallied once, with an open receipt that the rule's calculator decides
 * again: at `Close`, or when everyone invited has voted or is known to stay silent. Winners are the same for every order
 * of arrival.
 *
 * **Does not guarantee** A deadline: time belongs to the driver, which sends `Close`. Secrecy: ballots are kept in the
 * clear, and the receipt lists them without their voters. A constant time for a step: a ballot is judged by a decoder.
 *
 * **Example**
 *
 * ```ts
 * import { LiveTally } from "@mabeam/economics"
 *
 * let state = LiveTally.initial
 * const send = (input: LiveTally.Input): ReadonlyArray<LiveTally.Output> => {
 *   const [next, outputs] = LiveTally.step(state, input)
 *   state = next
 *   return outputs
 * }
 *
 * send({ _tag: "Announce", rule: "borda", candidates: ["x", "y"], voters: ["a", "b"] }) // => []
 * send({ _tag: "Rank", voter: "c", ranking: [["x"], ["y"]] })
 * // => [{ _tag: "Refused", voter: "c", because: "not invited" }]
 * send({ _tag: "Rank", voter: "a", ranking: [["y"], ["x"]] }) // => []
 * for (const output of send({ _tag: "Silent", voter: "b" })) {
 *   if (output._tag === "Tallied") console.log(output.receipt.decision["winners"]) // => [ 'y' ]
 * }
 * ```
 *
 * @since 0.1.0
 */
import { Result } from "effect"
import type { Calculator, Json, JsonObject } from "../calculator/Calculator.ts"
import * as GrowingMap from "../internal/growingMap.ts"
import { invitedOf } from "../internal/guests.ts"
import { refuse } from "../internal/refusing.ts"
import type { Open as OpenReceipt } from "../receipt/SealedReceipt.ts"
import type { Refusal } from "../input/Refusal.ts"
import * as AllRules from "./AllRules.ts"
import * as Approvals from "./Approvals.ts"
import * as Ballots from "./Ballots.ts"

/** The most ballots of a vote; the next one is refused as `full`. */
export const ballotsMax = 100_000

/** A ranking in tiers, or the candidates approved of. */
export type Ranking = ReadonlyArray<ReadonlyArray<string>>

/** The terms of a vote. */
export interface Terms {
  /** The name of a calculator over rankings or approvals; not `all`. */
  readonly rule: string
  readonly candidates: ReadonlyArray<string>
  /** The size of a committee; only rules that elect one have it. */
  readonly seats?: number | undefined
  /** Who may vote; when nobody is left the vote is tallied. Without it, anyone, until `Close`. */
  readonly voters?: ReadonlyArray<string> | undefined
}

/** What can happen to a vote. */
export type Input =
  | ({ readonly _tag: "Announce" } & Terms)
  | { readonly _tag: "Rank"; readonly voter: string; readonly ranking: Ranking }
  | { readonly _tag: "Approve"; readonly voter: string; readonly approved: ReadonlyArray<string> }
  /** A voter will not vote: dead, or gone. */
  | { readonly _tag: "Silent"; readonly voter: string }
  | { readonly _tag: "Close" }

/** Why an input was refused. */
export type Reason =
  | "not announced"
  | "already announced"
  | "invalid announcement"
  | "closed"
  | "not invited"
  | "already answered"
  | "invalid ballot"
  | "full"

/** What a vote answers. */
export type Output =
  | { readonly _tag: "Refused"; readonly voter?: string; readonly because: Reason; readonly message?: string }
  | { readonly _tag: "Tallied"; readonly receipt: OpenReceipt }
  /** The ballots are in order, but the rule cannot answer for so many: the calculator's refusal. */
  | { readonly _tag: "Undecided"; readonly tag: string; readonly message: string }

/** Where a vote stands. */
export type State =
  | { readonly _tag: "Unannounced" }
  | {
      readonly _tag: "Open"
      readonly terms: Terms
      readonly calculator: Calculator
      readonly kind: "ballots" | "approvals"
      readonly invited: ReadonlySet<string> | undefined
      /** Ballots in order of arrival; of a silent voter `undefined`. */
      readonly answers: GrowingMap.GrowingMap<string, Ranking | undefined>
    }
  | { readonly _tag: "Closed"; readonly output: Output }

type Opened = Extract<State, { _tag: "Open" }>

/** A step's result: the next state and what is to be told. */
export type Move = readonly [next: State, outputs: ReadonlyArray<Output>]

/** Before the announcement. */
export const initial: State = { _tag: "Unannounced" }

const ranked = new Set(AllRules.ranked.map(({ name }) => name))
const strict = new Set(["plurality", "irv"])
const known = new Map(
  AllRules.calculators.filter(({ name }) => name !== "all").map((calculator) => [calculator.name, calculator])
)

/** The whole protocol. Total: every input is legal in every state. */
export const step = (state: State, input: Input): Move => {
  if (input._tag === "Announce") return announce(state, input)
  const sender = input._tag === "Close" ? undefined : { voter: input.voter }
  if (state._tag === "Unannounced") return refuse(state, "not announced", sender)
  if (state._tag === "Closed") return refuse(state, "closed", sender)
  switch (input._tag) {
    case "Rank":
      return answer(state, input.voter, "ballots", input.ranking)
    case "Approve":
      return answer(state, input.voter, "approvals", [input.approved])
    case "Silent":
      return answer(state, input.voter, state.kind, undefined)
    case "Close":
      return tally(state)
  }
}

const inputsOf = ({ kind, terms }: Opened, answers: ReadonlyArray<Ranking>): JsonObject => {
  const { candidates, seats } = terms
  const ballots: ReadonlyArray<Json> =
    kind === "ballots" ? answers.map((ranking) => ({ count: 1, ranking })) : answers.map(([approved = []]) => approved)
  return { candidates, [kind]: ballots, ...(seats === undefined ? {} : { seats }) }
}

const announce = (state: State, { candidates, rule, seats, voters }: Terms): Move => {
  if (state._tag !== "Unannounced") return refuse(state, "already announced")
  const calculator = known.get(rule)
  const invited = invitedOf(voters)
  if (calculator === undefined || invited?.size !== voters?.length) return refuse(state, "invalid announcement")
  const next: Opened = {
    _tag: "Open",
    terms: { rule, candidates, seats, voters },
    calculator,
    kind: ranked.has(rule) ? "ballots" : "approvals",
    invited,
    answers: GrowingMap.empty()
  }
  const tried = calculator.solve(inputsOf(next, []))
  if (Result.isFailure(tried))
    return refuse(state, "invalid announcement", undefined, { message: tried.failure.message })
  return invited?.size === 0 ? tally(next) : [next, []]
}

const answer = (state: Opened, voter: string, kind: Opened["kind"], ballot: Ranking | undefined): Move => {
  const { answers, invited, terms } = state
  const judge: (input: unknown) => Result.Result<unknown, Refusal> =
    state.kind === "ballots" ? Ballots.decode : Approvals.calculator.solve
  if (invited?.has(voter) === false) return refuse(state, "not invited", { voter })
  if (GrowingMap.has(answers, voter)) return refuse(state, "already answered", { voter })
  if (answers.size >= ballotsMax) return refuse(state, "full", { voter })
  if (ballot !== undefined) {
    if (kind !== state.kind)
      return refuse(state, "invalid ballot", { voter }, { message: `${terms.rule} counts ${state.kind}` })
    const tried = judge(inputsOf({ ...state, terms: { ...terms, seats: undefined } }, [ballot]))
    if (Result.isFailure(tried)) return refuse(state, "invalid ballot", { voter }, { message: tried.failure.message })
    if (strict.has(terms.rule) && ballot.some((tier) => tier.length > 1)) {
      return refuse(state, "invalid ballot", { voter }, { message: `${terms.rule} needs a strict ranking` })
    }
  }
  const next: Opened = { ...state, answers: GrowingMap.add(answers, voter, ballot) }
  return next.answers.size === invited?.size ? tally(next) : [next, []]
}

const tally = (state: Opened): Move => {
  const { answers, calculator, terms } = state
  const ballots = GrowingMap.values(answers).filter((ballot) => ballot !== undefined)
  const inputs = inputsOf(state, ballots)
  const solved = calculator.solve(inputs)
  const output: Output = Result.isSuccess(solved)
    ? {
        _tag: "Tallied",
        receipt: {
          mechanism: terms.rule,
          version: calculator.version,
          inputs,
          decision: solved.success.decision
        }
      }
    : { _tag: "Undecided", tag: solved.failure._tag, message: solved.failure.message }
  return [{ _tag: "Closed", output }, [output]]
}
