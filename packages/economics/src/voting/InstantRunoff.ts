/**
 * Instant runoff (single transferable vote with one seat; Hare 1859, Ware 1871): the candidate with the fewest first
 * places is eliminated and its ballots pass on, until somebody has more than half.
 *
 * **Guarantees** One winner. Among those with equally few votes the one listed last in `candidates` is eliminated; `tie`
 * says whether that was needed. `scores` holds the votes of each in the last round in which it stood.
 *
 * **Does not guarantee** Monotonicity: more support can cost the victory. A tier of several is refused as `WeakRanking`
 * when the ballot has to pass on into it and more than one of them is still standing.
 *
 * **Example**
 *
 * ```ts
 * import { InstantRunoff } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * const ballots = [
 *   { count: 4, ranking: [["a"], ["b"], ["c"]] },
 *   { count: 3, ranking: [["b"], ["c"], ["a"]] },
 *   { count: 2, ranking: [["c"], ["b"], ["a"]] }
 * ]
 * const { decision } = Result.getOrThrow(InstantRunoff.calculator.solve({ candidates: ["a", "b", "c"], ballots }))
 * decision["winners"] // => ["b"]
 * ```
 *
 * @since 0.1.0
 */
import { Result } from "effect"
import * as Ballots from "./Ballots.ts"
import * as RankedRule from "./RankedRule.ts"

/** The result of a count. */
export interface Runoff {
  readonly winner: number
  /** By candidate, the votes in the last round in which it stood. */
  readonly scores: ReadonlyArray<number>
  /** Whether an elimination was decided by the order of the candidates. */
  readonly tie: boolean
}

/** Counts round by round. */
export const run = (election: Ballots.Election): Result.Result<Runoff, Ballots.WeakRanking> => {
  const { candidates, counts, order, voters } = election
  const size = candidates.length
  const isStanding = new Uint8Array(size).fill(1)
  const place = new Uint16Array(counts.length)
  const scores = Array.from(candidates, () => 0)
  let tie = false
  for (let standing = size; ; standing--) {
    for (let candidate = 0; candidate < size; candidate++) if (isStanding[candidate] === 1) scores[candidate] = 0
    for (let ballot = 0; ballot < counts.length; ballot++) {
      const start = ballot * size
      while (isStanding[order[start + place[ballot]!]!] === 0) place[ballot]!++
      const weak = weakAt(election, ballot, place[ballot]!, isStanding)
      if (weak !== undefined) return Result.fail(weak)
      scores[order[start + place[ballot]!]!]! += counts[ballot]!
    }
    const left = scores.flatMap((_, candidate) => (isStanding[candidate] === 1 ? [candidate] : []))
    const majority = left.find((candidate) => 2 * scores[candidate]! > voters)
    if (majority !== undefined || standing === 1) return Result.succeed({ winner: majority ?? left[0]!, scores, tie })
    const fewest = Math.min(...left.map((candidate) => scores[candidate]!))
    const last = left.filter((candidate) => scores[candidate] === fewest)
    if (last.length > 1) tie = true
    isStanding[last.at(-1)!] = 0
  }
}

/** Refuses a ballot that would have to choose between two that are standing, in one tier. */
const weakAt = (
  election: Ballots.Election,
  ballot: number,
  place: number,
  isStanding: Uint8Array
): Ballots.WeakRanking | undefined => {
  const { candidates, order, tierEnd } = election
  const start = ballot * candidates.length
  const end = tierEnd[start + place]!
  for (let other = place + 1; other < end; other++) {
    if (isStanding[order[start + other]!] === 1) {
      const path = ["ballots", ballot, "ranking", Ballots.tierAt(election, ballot, place)]
      return new Ballots.WeakRanking({ path, rule: "irv" })
    }
  }
  return undefined
}

/** The rule. */
export const rule: RankedRule.RankedRule = {
  name: "irv",
  tieBreak: RankedRule.tieBreak,
  decide: (election) =>
    Result.map(run(election), ({ scores, tie, winner }) => ({
      winners: [election.candidates[winner]!],
      scores: RankedRule.keyed(election.candidates, scores),
      tie
    }))
}

/** `irv` of `mabeam vote tally`. */
export const calculator = RankedRule.calculatorOf(rule)
