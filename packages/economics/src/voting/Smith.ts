/**
 * The Smith set (Good 1971, Smith 1973): the smallest set of candidates of which each beats everyone outside.
 *
 * **Guarantees** There is exactly one, and it is not empty. It is the Condorcet winner alone where there is one.
 *
 * **Example**
 *
 * ```ts
 * import { Smith } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * const ballots = [
 *   { count: 1, ranking: [["a"], ["b"], ["c"]] },
 *   { count: 1, ranking: [["b"], ["a"], ["c"]] }
 * ]
 * const { decision } = Result.getOrThrow(Smith.calculator.solve({ candidates: ["a", "b", "c"], ballots }))
 * decision["winners"] // => ["a", "b"]
 * ```
 *
 * @since 0.1.0
 */
import { Result } from "effect"
import * as Copeland from "./Copeland.ts"
import * as Pairwise from "./Pairwise.ts"
import * as RankedRule from "./RankedRule.ts"

/** The Smith set in the order of the candidates. Quadratic time. */
export const set = (matrix: Pairwise.Matrix): ReadonlyArray<number> => {
  const scores = Copeland.scores(matrix)
  const highest = Math.max(...scores)
  // The highest Copeland scores all lie in the set; whoever a member does not beat has to come in.
  const isIn = new Uint8Array(matrix.size)
  const queue = scores.flatMap((score, candidate) => (score === highest ? [candidate] : []))
  for (const candidate of queue) isIn[candidate] = 1
  for (let member = queue.pop(); member !== undefined; member = queue.pop()) {
    for (let other = 0; other < matrix.size; other++) {
      if (isIn[other] === 1 || Pairwise.margin(matrix, member, other) > 0) continue
      isIn[other] = 1
      queue.push(other)
    }
  }
  return scores.flatMap((_, candidate) => (isIn[candidate] === 1 ? [candidate] : []))
}

/** The rule. */
export const rule: RankedRule.RankedRule = {
  name: "smith",
  decide: ({ candidates }, matrix) =>
    Result.succeed({ winners: set(matrix).map((candidate) => candidates[candidate]!) })
}

/** `smith` of `mabeam vote tally`. */
export const calculator = RankedRule.calculatorOf(rule)
