/**
 * Borda count (Borda 1781): with m candidates the first place gives m − 1 points, the last 0; a tier shares its average.
 *
 * **Guarantees** All tied winners; scores are exact, halves included. A Condorcet loser never wins alone.
 *
 * **Does not guarantee** The Condorcet winner, nor that clones change nothing: putting up two of a kind helps them.
 *
 * **Example**
 *
 * ```ts
 * import { Borda } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * const ballots = [{ count: 1, ranking: [["a", "b"], ["c"]] }]
 * const { decision } = Result.getOrThrow(Borda.calculator.solve({ candidates: ["a", "b", "c"], ballots }))
 * decision["scores"] // => { a: 1.5, b: 1.5, c: 0 }
 * ```
 *
 * @since 0.1.0
 */
import { Result } from "effect"
import type * as Ballots from "./Ballots.ts"
import * as RankedRule from "./RankedRule.ts"

/** Points by candidate. */
export const scores = ({ candidates, counts, order, tierEnd }: Ballots.Election): ReadonlyArray<number> => {
  const size = candidates.length
  const points = Array.from(candidates, () => 0)
  for (let ballot = 0; ballot < counts.length; ballot++) {
    const start = ballot * size
    for (let from = 0; from < size;) {
      const end = tierEnd[start + from]!
      const each = size - 1 - (from + end - 1) / 2
      for (let place = from; place < end; place++) points[order[start + place]!]! += each * counts[ballot]!
      from = end
    }
  }
  return points
}

/** The rule. */
export const rule: RankedRule.RankedRule = {
  name: "borda",
  decide: (election) => Result.succeed(RankedRule.byScores(election.candidates, scores(election)))
}

/** `borda` of `mabeam vote tally`. */
export const calculator = RankedRule.calculatorOf(rule)
