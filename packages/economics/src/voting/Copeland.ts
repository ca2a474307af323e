/**
 * Copeland's rule (Llull 1299, Copeland 1951): a pairwise victory counts 1, a pairwise tie ½.
 *
 * **Guarantees** All tied winners, every one of them in the Smith set.
 *
 * **Does not guarantee** That clones change nothing, nor a single winner: ties are frequent.
 *
 * **Example**
 *
 * ```ts
 * import { Copeland } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * const ballots = [{ count: 3, ranking: [["a"], ["b", "c"]] }]
 * const { decision } = Result.getOrThrow(Copeland.calculator.solve({ candidates: ["a", "b", "c"], ballots }))
 * decision["scores"] // => { a: 2, b: 0.5, c: 0.5 }
 * ```
 *
 * @since 0.1.0
 */
import { Result } from "effect"
import * as Pairwise from "./Pairwise.ts"
import * as RankedRule from "./RankedRule.ts"

/** Victories and halves of ties by candidate. */
export const scores = (matrix: Pairwise.Matrix): ReadonlyArray<number> =>
  Array.from({ length: matrix.size }, (_, a) => {
    let score = 0
    for (let b = 0; b < matrix.size; b++) {
      if (a !== b) score += (1 + Math.sign(Pairwise.margin(matrix, a, b))) / 2
    }
    return score
  })

/** The rule. */
export const rule: RankedRule.RankedRule = {
  name: "copeland",
  decide: ({ candidates }, matrix) => Result.succeed(RankedRule.byScores(candidates, scores(matrix)))
}

/** `copeland` of `mabeam vote tally`. */
export const calculator = RankedRule.calculatorOf(rule)
