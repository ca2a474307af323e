/**
 * When shares of votes decide, and from when on they do whatever is still to come.
 *
 * One formula for head counts and for weights: what a vote weighs is added up in any ordered numbers.
 */
import type { Outcome } from "../voting/Consensus.ts"

/** Numbers of votes or sums of weights, and thresholds on their ratios. */
export interface Scale<A, S> {
  readonly add: (a: A, b: A) => A
  /** Whether `part / base` is at least `share`; never if `base` is zero. */
  readonly reaches: (part: A, base: A, share: S) => boolean
}

/** How a vote stands. Heads make the quorum, weights the shares. */
export interface Standing<A, S> {
  readonly quorum: number
  /** Heads that have voted, abstentions included. */
  readonly cast: number
  /** Heads that may still vote. */
  readonly left: number
  readonly accepts: A
  readonly rejects: A
  /** What shares are taken of if nobody votes any more. */
  readonly base: A
  /** What shares are taken of if all that are left vote. */
  readonly baseAtMost: A
  /** What those that are left weigh together. */
  readonly weightLeft: A
  readonly acceptAt: S
  readonly rejectAt: S
}

/** The outcome if nobody votes any more. */
export const outcome = <A, S>({ reaches }: Scale<A, S>, standing: Standing<A, S>): Outcome => {
  const { acceptAt, accepts, base, cast, quorum, rejectAt, rejects } = standing
  if (cast < quorum) return "insufficient-votes"
  if (reaches(accepts, base, acceptAt)) return "accept"
  return reaches(rejects, base, rejectAt) ? "reject" : "no-clear-majority"
}

/**
 * The outcome once no vote that is still to come can change it, `undefined` before. A share is least if all that are left
 * vote otherwise, and greatest if they all vote so.
 */
export const settled = <A, S>(scale: Scale<A, S>, standing: Standing<A, S>): Outcome | undefined => {
  const { acceptAt, accepts, baseAtMost, cast, left, quorum, rejectAt, rejects, weightLeft } = standing
  if (left === 0) return outcome(scale, standing)
  if (cast + left < quorum) return "insufficient-votes"
  if (cast < quorum) return undefined
  if (scale.reaches(accepts, baseAtMost, acceptAt)) return "accept"
  if (scale.reaches(scale.add(accepts, weightLeft), baseAtMost, acceptAt)) return undefined
  if (scale.reaches(rejects, baseAtMost, rejectAt)) return "reject"
  return scale.reaches(scale.add(rejects, weightLeft), baseAtMost, rejectAt) ? undefined : "no-clear-majority"
}
