/**
 * The Condorcet winner beats every other candidate in pairs, the Condorcet loser loses to every other (Condorcet 1785).
 *
 * **Guarantees** Both by strict majorities of those who rank the two apart; `null` where there is none.
 *
 * **Example**
 *
 * ```ts
 * import { Condorcet } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * const ballots = [{ count: 1, ranking: [["a"], ["b", "c"]] }]
 * const { decision } = Result.getOrThrow(Condorcet.calculator.solve({ candidates: ["a", "b", "c"], ballots }))
 * decision["winner"] // => "a"
 * decision["loser"] // => null
 * ```
 *
 * @since 0.1.0
 */
import { Result } from "effect"
import * as Pairwise from "./Pairwise.ts"
import * as RankedRule from "./RankedRule.ts"

const only = (matrix: Pairwise.Matrix, sign: 1 | -1): number | undefined => {
  for (let a = 0; a < matrix.size; a++) {
    let all = true
    for (let b = 0; b < matrix.size && all; b++) all = a === b || sign * Pairwise.margin(matrix, a, b) > 0
    if (all) return a
  }
  return undefined
}

/** The candidate that beats every other; a single candidate does. */
export const winner = (matrix: Pairwise.Matrix): number | undefined => only(matrix, 1)

/** The candidate that loses to every other; a single candidate has nobody to lose to. */
export const loser = (matrix: Pairwise.Matrix): number | undefined => (matrix.size === 1 ? undefined : only(matrix, -1))

/** The rule. */
export const rule: RankedRule.RankedRule = {
  name: "condorcet",
  decide: ({ candidates }, matrix) => {
    const nameOf = (candidate: number | undefined) => (candidate === undefined ? null : candidates[candidate]!)
    const won = nameOf(winner(matrix))
    return Result.succeed({ winners: won === null ? [] : [won], winner: won, loser: nameOf(loser(matrix)) })
  }
}

/** `condorcet` of `mabeam vote tally`. */
export const calculator = RankedRule.calculatorOf(rule)
