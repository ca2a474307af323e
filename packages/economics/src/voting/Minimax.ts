/**
 * Minimax (Simpson 1969, Kramer 1977): whoever has the least bad worst defeat wins.
 *
 * `minimax-winning` measures a defeat by the votes for it, 0 where there is no defeat; `minimax-margin` by how many more
 * voters are against than for, which for an unbeaten candidate is negative. A score is that worst defeat: least wins.
 *
 * **Guarantees** All tied winners. A Condorcet winner wins alone.
 *
 * **Does not guarantee** A winner in the Smith set, nor that a Condorcet loser loses, nor that clones change nothing.
 *
 * **Example**
 *
 * ```ts
 * import { Minimax } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * const ballots = [
 *   { count: 3, ranking: [["a"], ["b"]] },
 *   { count: 1, ranking: [["b"], ["a"]] }
 * ]
 * const { decision } = Result.getOrThrow(Minimax.calculators[1].solve({ candidates: ["a", "b"], ballots }))
 * decision["scores"] // => { a: -2, b: 2 }
 * ```
 *
 * @since 0.1.0
 */
import { Result } from "effect"
import * as Pairwise from "./Pairwise.ts"
import * as RankedRule from "./RankedRule.ts"

/** The worst defeat by candidate; 0 for one that stands alone. */
export const scores = (matrix: Pairwise.Matrix, by: Pairwise.Strength): ReadonlyArray<number> =>
  Array.from({ length: matrix.size }, (_, a) => {
    let worst = matrix.size === 1 ? 0 : -Infinity
    for (let b = 0; b < matrix.size; b++) {
      if (a === b) continue
      const defeat = by === "margin" ? Pairwise.margin(matrix, b, a) : Pairwise.strength(matrix, by, b, a)
      worst = Math.max(worst, defeat)
    }
    return worst
  })

const ruleBy = (by: Pairwise.Strength): RankedRule.RankedRule => ({
  name: `minimax-${by}`,
  decide: ({ candidates }, matrix) => {
    const worst = scores(matrix, by)
    const ranking = RankedRule.tiersBy(worst.map((score) => -score)).map((tier) =>
      tier.map((candidate) => candidates[candidate]!)
    )
    return Result.succeed({ winners: ranking[0] ?? [], scores: RankedRule.keyed(candidates, worst), ranking })
  }
})

/** Both rules: by winning votes, by margin. */
export const rules = [ruleBy("winning"), ruleBy("margin")] as const

/** `minimax-winning` and `minimax-margin` of `mabeam vote tally`. */
export const calculators = [RankedRule.calculatorOf(rules[0]), RankedRule.calculatorOf(rules[1])] as const
