/**
 * The Kemeny rule (Kemeny 1959; Young and Levenglick 1978): the rankings with which the voters agree on the most pairs.
 *
 * **Guarantees** Exact, over all strict rankings. `winners` are all that are first in some best ranking; `ranking` is the
 * best one that comes first by the order of `candidates`, and `tie` says that there are others.
 *
 * **Does not guarantee** An answer above 8 candidates, but `TooLarge`: the problem is NP-hard.
 *
 * **Example**
 *
 * ```ts
 * import { Kemeny } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * const ballots = [
 *   { count: 2, ranking: [["b"], ["a"]] },
 *   { count: 1, ranking: [["a", "b"]] }
 * ]
 * const { decision } = Result.getOrThrow(Kemeny.calculator.solve({ candidates: ["a", "b"], ballots }))
 * decision["ranking"] // => [["b"], ["a"]]
 * ```
 *
 * @since 0.1.0
 */
import { Result } from "effect"
import { TooLarge } from "../input/Refusal.ts"
import * as Pairwise from "./Pairwise.ts"
import * as RankedRule from "./RankedRule.ts"

/** The most candidates that are answered. */
export const candidatesMax = 8

/** All that is known of the best rankings. */
export interface Best {
  readonly winners: ReadonlyArray<number>
  /** The best ranking that comes first by the order of the candidates. */
  readonly ranking: ReadonlyArray<number>
  /** How many best rankings there are. */
  readonly rankings: number
}

/** Dynamic programming over the sets of candidates that are still to be ranked: O(2^m m^2). */
export const best = (matrix: Pairwise.Matrix): Best => {
  const { size } = matrix
  const full = 2 ** size - 1
  // Of each set: the most agreements within it, and in how many rankings of it they are reached.
  const agreements = new Float64Array(full + 1)
  const rankings = new Float64Array(full + 1)
  rankings[0] = 1
  const firstsOf = (set: number): ReadonlyArray<readonly [candidate: number, agreements: number]> => {
    const firsts: Array<readonly [number, number]> = []
    for (let first = 0; first < size; first++) {
      if ((set & (1 << first)) === 0) continue
      const rest = set & ~(1 << first)
      let sum = agreements[rest]!
      for (let other = 0; other < size; other++) {
        if ((rest & (1 << other)) !== 0) sum += Pairwise.votes(matrix, first, other)
      }
      firsts.push([first, sum])
    }
    const most = Math.max(...firsts.map(([, sum]) => sum))
    return firsts.filter(([, sum]) => sum === most)
  }
  for (let set = 1; set <= full; set++) {
    const firsts = firstsOf(set)
    agreements[set] = firsts[0]![1]
    for (const [first] of firsts) rankings[set]! += rankings[set & ~(1 << first)]!
  }
  const ranking: Array<number> = []
  for (let set = full; set !== 0; set &= ~(1 << ranking.at(-1)!)) ranking.push(firstsOf(set)[0]![0])
  return { winners: firstsOf(full).map(([candidate]) => candidate), ranking, rankings: rankings[full]! }
}

/** The rule. */
export const rule: RankedRule.RankedRule = {
  name: "kemeny",
  tieBreak: RankedRule.tieBreak,
  decide: ({ candidates }, matrix) => {
    if (matrix.size > candidatesMax) {
      return Result.fail(new TooLarge({ path: ["candidates"], size: matrix.size, limit: candidatesMax }))
    }
    const { ranking, rankings, winners } = best(matrix)
    return Result.succeed({
      winners: winners.map((candidate) => candidates[candidate]!),
      ranking: ranking.map((candidate) => [candidates[candidate]!]),
      tie: rankings > 1
    })
  }
}

/** `kemeny` of `mabeam vote tally`. */
export const calculator = RankedRule.calculatorOf(rule)
