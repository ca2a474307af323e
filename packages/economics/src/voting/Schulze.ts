/**
 * The Schulze method (Schulze, "A new monotonic, clone-independent, reversal symmetric, and Condorcet-consistent
 * single-winner election method", Social Choice and Welfare, 2011): a path of majorities is as strong as its weakest link;
 * whoever has, to every other, a path at least as strong as the other has back, wins.
 *
 * `schulze-winning` measures a majority by the votes for it, `schulze-margin` by its lead. Of two majorities with equally
 * many votes for them neither is stronger: the paper's further comparison by the votes against is not made.
 *
 * **Guarantees** All tied winners, at least one, all in the Smith set. `ranking` puts `a` above `b` whenever `a` has the
 * stronger path: winners first, then the winners among the rest, and so on.
 *
 * **Does not guarantee** Participation: voting can be worse for a voter than staying away.
 *
 * **Example**
 *
 * ```ts
 * import { Schulze } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * const ballots = [
 *   { count: 4, ranking: [["a"], ["b"], ["c"]] },
 *   { count: 3, ranking: [["b"], ["c"], ["a"]] },
 *   { count: 2, ranking: [["c"], ["a"], ["b"]] }
 * ]
 * const { decision } = Result.getOrThrow(Schulze.calculators[0].solve({ candidates: ["a", "b", "c"], ballots }))
 * decision["ranking"] // => [["a"], ["b"], ["c"]]
 * ```
 *
 * @since 0.1.0
 */
import { Result } from "effect"
import * as Pairwise from "./Pairwise.ts"
import * as RankedRule from "./RankedRule.ts"

/** The strength of the strongest path for every ordered pair, at `a * size + b`; 0 without a path. Cubic time. */
export const paths = (matrix: Pairwise.Matrix, by: Pairwise.Strength): Float64Array => {
  const { size } = matrix
  const path = new Float64Array(size * size)
  for (let a = 0; a < size; a++) {
    for (let b = 0; b < size; b++) path[a * size + b] = Pairwise.strength(matrix, by, a, b)
  }
  for (let via = 0; via < size; via++) {
    for (let a = 0; a < size; a++) {
      const first = path[a * size + via]!
      if (first === 0) continue
      for (let b = 0; b < size; b++) {
        const second = path[via * size + b]!
        const weakest = first < second ? first : second
        // A path from a candidate to itself beats nobody, so the diagonal may hold anything.
        if (weakest > path[a * size + b]!) path[a * size + b] = weakest
      }
    }
  }
  return path
}

/** Candidates in tiers: those that nobody left has a stronger path to, again and again. */
export const tiers = (matrix: Pairwise.Matrix, by: Pairwise.Strength): ReadonlyArray<ReadonlyArray<number>> => {
  const { size } = matrix
  const path = paths(matrix, by)
  const beats = (a: number, b: number) => path[a * size + b]! > path[b * size + a]!
  const found: Array<ReadonlyArray<number>> = []
  let left = Array.from({ length: size }, (_, candidate) => candidate)
  while (left.length > 0) {
    const rest = left
    const tier = rest.filter((candidate) => !rest.some((other) => beats(other, candidate)))
    // The relation is transitive and nobody beats itself, so there is always somebody unbeaten.
    if (tier.length === 0) throw new Error("the Schulze relation has a cycle")
    found.push(tier)
    left = rest.filter((candidate) => !tier.includes(candidate))
  }
  return found
}

const ruleBy = (by: Pairwise.Strength): RankedRule.RankedRule => ({
  name: `schulze-${by}`,
  decide: ({ candidates }, matrix) => {
    const ranking = tiers(matrix, by).map((tier) => tier.map((candidate) => candidates[candidate]!))
    return Result.succeed({ winners: ranking[0] ?? [], ranking })
  }
})

/** Both rules: by winning votes, by margin. */
export const rules = [ruleBy("winning"), ruleBy("margin")] as const

/** `schulze-winning` and `schulze-margin` of `mabeam vote tally`. */
export const calculators = [RankedRule.calculatorOf(rules[0]), RankedRule.calculatorOf(rules[1])] as const
