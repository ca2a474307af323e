/**
 * Consensus among named voters, each with a weight: shares by weight, participation by head count.
 *
 * A weight is an exact fraction; a number counts as the decimal it is written as, so 0.1 is one tenth.
 *
 * **Guarantees** As `Consensus`: no decision without its quorum of heads, the same outcome for every order of arrival,
 * settled as soon as nothing can change it, nothing rounded. `step` is total: what is not in order is refused with a reason
 * and changes nothing. A vote is final. Under the unanimous rule heads decide, whatever they weigh.
 *
 * **Does not guarantee** A decision where nobody weighs anything: shares of nothing are zero.
 *
 * **Example**
 *
 * ```ts
 * import { WeightedConsensus } from "@mabeam/economics"
 *
 * const terms = WeightedConsensus.terms({ weights: { ada: 0.1, bob: "0.2", cleo: 0.3 }, quorum: 1 })
 * let state = WeightedConsensus.initial(terms)
 * state = WeightedConsensus.step(state, { voter: "cleo", vote: "accept" })[0]
 * WeightedConsensus.shares(state) // => { acceptShare: "1/2", rejectShare: "0" }
 * WeightedConsensus.settled(state) // => undefined
 * state = WeightedConsensus.step(state, { voter: "ada", vote: "accept" })[0]
 * WeightedConsensus.settled(state) // => "accept"
 * WeightedConsensus.step(state, { voter: "ada", vote: "reject" })[1] // => "already voted"
 * ```
 *
 * @since 0.1.0
 */
import * as GrowingMap from "../internal/growingMap.ts"
import * as Shares from "../internal/shares.ts"
import { fromWritten } from "../internal/writtenDecimal.ts"
import * as Amount from "../input/Amount.ts"
import * as Consensus from "./Consensus.ts"

/** Who votes, with what weight, and when it is decided. */
export interface Terms {
  readonly participants: number
  /** The weight of every participant; `undefined` if each weighs 1 and anyone may be one. */
  readonly weights: ReadonlyMap<string, Amount.Rational> | undefined
  /** All weights added up. */
  readonly total: Amount.Rational
  readonly quorum: number
  readonly acceptAt: Amount.Rational
  readonly rejectAt: Amount.Rational
  readonly base: "participants" | "cast"
  /** One reject decides, and only all participants (or all votes cast) accept; shares decide nothing. */
  readonly isUnanimous: boolean
}

const one = Amount.toRational("1")
const { add, compare, multiply, zero } = Amount.rationals

/** Terms with what is left out filled in: more than half must vote, 3/5 accept, 2/5 reject, of all participants. */
export const terms = (options: {
  /** By participant. Or `participants`, who weigh 1 each: their names, or how many there are, whoever they are. */
  readonly weights?: Readonly<Record<string, Amount.Given>> | undefined
  readonly participants?: number | ReadonlyArray<string> | undefined
  readonly quorum?: number | undefined
  readonly acceptAt?: Amount.Given | undefined
  readonly rejectAt?: Amount.Given | undefined
  readonly base?: "participants" | "cast" | undefined
  readonly isUnanimous?: boolean | undefined
}): Terms => {
  const { base = "participants", isUnanimous = false, participants = 0 } = options
  const weights = weightsOf(options.weights, participants)
  const heads = weights?.size ?? (typeof participants === "number" ? participants : participants.length)
  return {
    participants: heads,
    weights,
    total: weights === undefined ? Amount.rationals.fromNumber(heads) : [...weights.values()].reduce(add, zero),
    quorum: options.quorum ?? Consensus.majority.quorum(heads),
    acceptAt: fromWritten(options.acceptAt ?? "3/5"),
    rejectAt: fromWritten(options.rejectAt ?? "2/5"),
    base,
    isUnanimous
  }
}

const weightsOf = (
  weights: Readonly<Record<string, Amount.Given>> | undefined,
  participants: number | ReadonlyArray<string>
): ReadonlyMap<string, Amount.Rational> | undefined => {
  if (weights !== undefined) return new Map(Object.entries(weights).map(([voter, it]) => [voter, fromWritten(it)]))
  return typeof participants === "number" ? undefined : new Map(participants.map((voter) => [voter, one]))
}

/** What has been said, and what it weighs. */
export interface State {
  readonly terms: Terms
  readonly heads: Consensus.State
  /** By voter, in order of arrival. */
  readonly votes: GrowingMap.GrowingMap<string, Input>
  readonly accepts: Amount.Rational
  readonly rejects: Amount.Rational
  readonly abstentions: Amount.Rational
  readonly silent: Amount.Rational
}

/** A vote, or that a participant will not vote: dead, or silent at the deadline. */
export interface Input {
  readonly voter: string
  readonly vote: Consensus.Vote | "silent"
}

/** Why an input was refused. */
export type Refused = "not a participant" | "already voted" | "all have voted"

/** Nobody has voted. */
export const initial = (terms: Terms): State => ({
  terms,
  heads: Consensus.initial(terms.participants),
  votes: GrowingMap.empty(),
  accepts: zero,
  rejects: zero,
  abstentions: zero,
  silent: zero
})

/** Enters a vote, or says why not. */
export const step = (state: State, input: Input): readonly [next: State, refused?: Refused] => {
  const { heads, terms, votes } = state
  const weight = terms.weights === undefined ? one : terms.weights.get(input.voter)
  if (weight === undefined) return [state, "not a participant"]
  if (GrowingMap.has(votes, input.voter)) return [state, "already voted"]
  if (Consensus.remaining(heads) === 0) return [state, "all have voted"]
  const part = parts[input.vote]
  const next = { ...state, heads: Consensus.step(heads, input.vote), votes: GrowingMap.add(votes, input.voter, input) }
  return [{ ...next, [part]: add(state[part], weight) }]
}

const parts = { accept: "accepts", reject: "rejects", abstain: "abstentions", silent: "silent" } as const

const castWeight = ({ abstentions, accepts, rejects }: State): Amount.Rational =>
  add(add(accepts, rejects), abstentions)

const baseOf = (state: State): Amount.Rational =>
  state.terms.base === "participants" ? state.terms.total : castWeight(state)

const weights: Shares.Scale<Amount.Rational, Amount.Rational> = {
  add,
  reaches: (part, base, share) => compare(base, zero) > 0 && compare(part, multiply(share, base)) >= 0
}

const standingOf = (state: State): Shares.Standing<Amount.Rational, Amount.Rational> => {
  const { acceptAt, base, quorum, rejectAt, total } = state.terms
  const votes = castWeight(state)
  const weightLeft = Amount.rationals.subtract(Amount.rationals.subtract(total, votes), state.silent)
  return {
    quorum,
    cast: Consensus.cast(state.heads),
    left: Consensus.remaining(state.heads),
    accepts: state.accepts,
    rejects: state.rejects,
    base: baseOf(state),
    baseAtMost: base === "participants" ? total : add(votes, weightLeft),
    weightLeft,
    acceptAt,
    rejectAt
  }
}

const unanimousOf = ({ base, quorum }: Terms): Consensus.Rule => ({
  ...Consensus.unanimous,
  base,
  quorum: () => quorum
})

/** The outcome if nobody votes any more. */
export const outcome = (state: State): Consensus.Outcome =>
  state.terms.isUnanimous
    ? Consensus.outcome(unanimousOf(state.terms), state.heads)
    : Shares.outcome(weights, standingOf(state))

/** The outcome once no vote that is still to come can change it, `undefined` before. */
export const settled = (state: State): Consensus.Outcome | undefined =>
  state.terms.isUnanimous
    ? Consensus.settled(unanimousOf(state.terms), state.heads)
    : Shares.settled(weights, standingOf(state))

/** The shares by weight as exact fractions; `"0"` of nothing. */
export const shares = (state: State): { readonly acceptShare: string; readonly rejectShare: string } => {
  const base = baseOf(state)
  const shareOf = (part: Amount.Rational) => (compare(base, zero) > 0 ? part.div(base).toFraction() : "0")
  return { acceptShare: shareOf(state.accepts), rejectShare: shareOf(state.rejects) }
}
