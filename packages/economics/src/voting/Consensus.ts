/**
 * Majority consensus: when a group has accepted or rejected a proposal, and when it can be said early.
 *
 * A quorum of the participants must vote. Shares are taken over all participants, or over the votes cast, abstentions
 * included. A proposal is accepted at a share of 60 %, otherwise rejected at 40 %, otherwise there is no clear majority.
 *
 * **Guarantees** No decision without its quorum. The outcome depends only on who voted what, never on the order of
 * arrival. A session is settled early only when no vote that is still to come can change the outcome. Ratios are compared
 * as integers, so no share is ever rounded.
 *
 * **Does not guarantee** That voters are honest or distinct persons; whoever collects the votes sees to one vote each.
 *
 * **Example**
 *
 * ```ts
 * import { Consensus } from "@mabeam/economics"
 *
 * let state = Consensus.initial(5)
 * for (const vote of ["accept", "accept", "accept"] as const) state = Consensus.step(Consensus.majority, state, vote)
 * Consensus.settled(Consensus.majority, state) // => "accept"
 * ```
 *
 * @since 0.1.0
 */

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

/** More than half must vote; accept at 3/5 of the participants, else reject at 2/5. */
export const majority: Rule = {
  quorum: (participants) => Math.floor(participants / 2) + 1,
  acceptAt: [3, 5],
  rejectAt: [2, 5],
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
export const step = (_rule: Rule, state: State, vote: Vote | "silent"): State => {
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

const reaches = (votes: number, base: number, [numerator, denominator]: Share): boolean =>
  base > 0 && votes * denominator >= numerator * base

/** The outcome if nobody votes any more. */
export const outcome = (rule: Rule, state: State): Outcome => {
  const votes = cast(state)
  if (votes < rule.quorum(state.participants)) return "insufficient-votes"
  const base = rule.base === "participants" ? state.participants : votes
  if (reaches(state.accepts, base, rule.acceptAt)) return "accept"
  return reaches(state.rejects, base, rule.rejectAt) ? "reject" : "no-clear-majority"
}

/**
 * The outcome once no vote that is still to come can change it, `undefined` before. With `base: "cast"` every vote moves
 * the base, so such a session settles when all have voted.
 */
export const settled = (rule: Rule, state: State): Outcome | undefined => {
  const left = remaining(state)
  if (left === 0) return outcome(rule, state)
  const quorum = rule.quorum(state.participants)
  if (cast(state) + left < quorum) return "insufficient-votes"
  if (rule.base === "cast" || cast(state) < quorum) return undefined
  if (reaches(state.accepts, state.participants, rule.acceptAt)) return "accept"
  if (reaches(state.accepts + left, state.participants, rule.acceptAt)) return undefined
  if (reaches(state.rejects, state.participants, rule.rejectAt)) return "reject"
  return reaches(state.rejects + left, state.participants, rule.rejectAt) ? undefined : "no-clear-majority"
}

/** Whether a rule makes sense: shares between 0 and 1, of integers. */
export const isValid = (rule: Rule): boolean =>
  [rule.acceptAt, rule.rejectAt].every(
    ([numerator, denominator]) =>
      Number.isSafeInteger(numerator) && Number.isSafeInteger(denominator) && 0 < numerator && numerator <= denominator
  )
