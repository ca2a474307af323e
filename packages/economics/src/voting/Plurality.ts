/**
 * Plurality: whoever is first on the most ballots wins.
 *
 * **Guarantees** All tied winners. A ballot without a single first choice is refused as `WeakRanking`.
 *
 * **Does not guarantee** The Condorcet winner: similar candidates take votes from each other.
 *
 * **Example**
 *
 * ```ts
 * import { Plurality } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * const ballots = [
 *   { count: 2, ranking: [["a"], ["b"]] },
 *   { count: 2, ranking: [["b"], ["a"]] }
 * ]
 * const { decision } = Result.getOrThrow(Plurality.calculator.solve({ candidates: ["a", "b"], ballots }))
 * decision["winners"] // => ["a", "b"]
 * ```
 *
 * @since 0.1.0
 */
import { Result } from "effect"
import * as Ballots from "./Ballots.ts"
import * as RankedRule from "./RankedRule.ts"

/** First places by candidate, or the first ballot that has no single first choice. */
export const scores = ({
  candidates,
  counts,
  order,
  tierEnd
}: Ballots.Election): Result.Result<ReadonlyArray<number>, Ballots.WeakRanking> => {
  const size = candidates.length
  const firsts = Array.from(candidates, () => 0)
  for (let ballot = 0; ballot < counts.length; ballot++) {
    if (tierEnd[ballot * size]! > 1) {
      return Result.fail(new Ballots.WeakRanking({ path: ["ballots", ballot, "ranking", 0], rule: "plurality" }))
    }
    firsts[order[ballot * size]!]! += counts[ballot]!
  }
  return Result.succeed(firsts)
}

/** The rule. */
export const rule: RankedRule.RankedRule = {
  name: "plurality",
  decide: (election) => Result.map(scores(election), (firsts) => RankedRule.byScores(election.candidates, firsts))
}

/** `plurality` of `mabeam vote tally`. */
export const calculator = RankedRule.calculatorOf(rule)
