/**
 * Consensus: when a group has accepted or rejected a proposal, and when it can be said early.
 *
 * A quorum of the participants must vote. Shares are taken over all participants, or over the votes cast, abstentions
 * included. A proposal that reaches the accepting share is accepted, otherwise one that reaches the rejecting share is
 * rejected, otherwise there is no clear majority. Three rules are ready:
 *
 * | rule | accepts at | rejects at | of |
 * | --- | --- | --- | --- |
 * | `majority` | 3/5 | 2/5 | all participants: who stays away weighs against acceptance |
 * | `simple` | more than 1/2 | more than 1/2 | the votes cast; an even split is no clear majority |
 * | `unanimous` | all | one vote | all participants: one reject decides |
 *
 * Votes with weights are `WeightedConsensus`.
 *
 * **Guarantees** No decision without its quorum, a unanimous one's single reject included. The outcome depends only on who
 * voted what, never on the order of arrival. A session is settled as soon as, and only when, no vote that is still to come
 * can change the outcome. Ratios are compared as integers, so no share is ever rounded.
 *
 * **Does not guarantee** That voters are honest or distinct persons; whoever collects the votes sees to one vote each.
 * `simple` is exact up to 33,554,432 votes.
 *
 * **Example**
 *
 * ```ts
 * import { Consensus } from "@mabeam/economics"
 *
 * let state = Consensus.initial(5)
 * for (const vote of ["accept", "accept", "accept"] as const) state = Consensus.step(state, vote)
 * Consensus.settled(Consensus.majority, state) // => "accept"
 * Consensus.settled(Consensus.unanimous, state) // => undefined
 * Consensus.settled(Consensus.unanimous, Consensus.step(state, "reject")) // => "reject"
 * ```
 *
 * @since 0.1.0
 */
import * as Shares from "../internal/shares.ts"

/** What a participant says. A vote is final. */
export type Vote = "accept" | "reject" | "abstain"

/** What comes of a session. */
export type Outcome = "accept" | "reject" | "no-clear-majority" | "insufficient-votes"

/** A share as a fraction of integers, `[numerator, denominator]`. */
export type Share = readonly [numerator: number, denominator: number]

/** When a group has decided. */
export interface Rule {
  /** How many votes must be cast, abstentions included; given the number of participants. */
  readonly quorum: (participants: number) => number
  /** The share of accepting votes that accepts. */
  readonly acceptAt: Share
  /** The share of rejecting votes that rejects what was not accepted. */
  readonly rejectAt: Share
  /** What a share is taken of: all participants, or the votes cast. */
  readonly base: "participants" | "cast"
}

const moreThanHalf = (participants: number): number => Math.floor(participants / 2) + 1

/** More than half must vote; accept at 3/5 of the participants, else reject at 2/5. */
export const majority: Rule = { quorum: moreThanHalf, acceptAt: [3, 5], rejectAt: [2, 5], base: "participants" }

/** The least share above one half that up to 2^25 votes can have. */
const aboveHalf: Share = [2 ** 25 + 1, 2 ** 26]

/** More than half must vote; whatever more than half of the votes cast say is decided. */
export const simple: Rule = { quorum: moreThanHalf, acceptAt: aboveHalf, rejectAt: aboveHalf, base: "cast" }

/** More than half must vote; accept if all participants do, else one reject decides: a share that any vote reaches. */
export const unanimous: Rule = {
  quorum: moreThanHalf,
  acceptAt: [1, 1],
  rejectAt: [1, Number.MAX_SAFE_INTEGER],
  base: "participants"
}

/** The votes so far. */
export interface State {
  readonly participants: number
  readonly accepts: number
  readonly rejects: number
  readonly abstentions: number
  /** Participants that are known never to vote: dead, or silent at the deadline. */
  readonly silent: number
}

/** Nobody has voted. */
export const initial = (participants: number): State => ({
  participants,
  accepts: 0,
  rejects: 0,
  abstentions: 0,
  silent: 0
})

/** Enters a vote, or that a participant will not vote. One that comes when everyone has is ignored. */
export const step = (state: State, vote: Vote | "silent"): State => {
  if (remaining(state) === 0) return state
  switch (vote) {
    case "accept":
      return { ...state, accepts: state.accepts + 1 }
    case "reject":
      return { ...state, rejects: state.rejects + 1 }
    case "abstain":
      return { ...state, abstentions: state.abstentions + 1 }
    case "silent":
      return { ...state, silent: state.silent + 1 }
  }
}

/** How many votes have been cast. */
export const cast = (state: State): number => state.accepts + state.rejects + state.abstentions

/** How many participants may still vote. */
export const remaining = (state: State): number => state.participants - cast(state) - state.silent

const heads: Shares.Scale<number, Share> = {
  add: (a, b) => a + b,
  reaches: (part, base, [numerator, denominator]) => {
    const left = part * denominator
    const right = numerator * base
    if (base <= 0) return false
    return left <= Number.MAX_SAFE_INTEGER && right <= Number.MAX_SAFE_INTEGER
      ? left >= right
      : BigInt(part) * BigInt(denominator) >= BigInt(numerator) * BigInt(base)
  }
}

const standingOf = ({ acceptAt, base, quorum, rejectAt }: Rule, state: State): Shares.Standing<number, Share> => {
  const votes = cast(state)
  const left = remaining(state)
  return {
    quorum: quorum(state.participants),
    cast: votes,
    left,
    accepts: state.accepts,
    rejects: state.rejects,
    base: base === "participants" ? state.participants : votes,
    baseAtMost: base === "participants" ? state.participants : votes + left,
    weightLeft: left,
    acceptAt,
    rejectAt
  }
}

/** The outcome if nobody votes any more. */
export const outcome = (rule: Rule, state: State): Outcome => Shares.outcome(heads, standingOf(rule, state))

/** The outcome once no vote that is still to come can change it, `undefined` before. */
export const settled = (rule: Rule, state: State): Outcome | undefined => Shares.settled(heads, standingOf(rule, state))

/** Whether a rule makes sense: shares above 0 and at most 1, of integers. */
export const isValid = (rule: Rule): boolean =>
  [rule.acceptAt, rule.rejectAt].every(
    ([numerator, denominator]) =>
      Number.isSafeInteger(numerator) && Number.isSafeInteger(denominator) && 0 < numerator && numerator <= denominator
  )
