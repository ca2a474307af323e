/**
 * A voting rule over ranked ballots, and the calculator that it becomes.
 *
 * What the rules here keep, by theory; tests hold every `yes`, and show a found example for every `no`. Where a rule names a
 * set of tied winners, the axioms are read for sets. Cases in which a tie had to be broken by the order of the candidates
 * are left out, which concerns `irv` and `ranked-pairs`: with such a tie they may break axioms that they are said to keep.
 *
 * | rule | Condorcet winner | Condorcet loser | Smith | majority | monotone | reversal | clones | participation | consistent |
 * | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
 * | plurality | no | no | no | yes | yes | no | no | yes | yes |
 * | irv | no | yes | no | yes | no | no | yes | no | no |
 * | borda | no | yes | no | no | yes | yes | no | yes | yes |
 * | copeland | yes | yes | yes | yes | yes | yes | no | no | no |
 * | schulze | yes | yes | yes | yes | yes | yes | yes | no | no |
 * | ranked-pairs | yes | yes | yes | yes | yes | yes | yes | no | no |
 * | minimax | yes | no | no | yes | yes | no | no | no | no |
 * | kemeny | yes | yes | yes | yes | yes | yes | no | no | no |
 *
 * All are anonymous. All are neutral, save where a tie has to be broken by the order of the candidates.
 *
 * **Guarantees** Candidates may have any name, `constructor` and `__proto__` included.
 *
 * @since 0.1.0
 */
import { Result } from "effect"
import type { Answer, Calculator, JsonObject } from "../calculator/Calculator.ts"
import type { Refusal } from "../input/Refusal.ts"
import * as Ballots from "./Ballots.ts"
import * as Pairwise from "./Pairwise.ts"

/** The tie-break of all rules that need one: the candidate listed first in the input is preferred. */
export const tieBreak = "candidate-order"

/** What a rule answers, without `pairwise`. */
export type Decided = Result.Result<JsonObject, Refusal>

/** A rule over judged ballots. */
export interface RankedRule {
  readonly name: string
  /** Only rules that may have to choose among equals have one. */
  readonly tieBreak?: string | undefined
  readonly decide: (election: Ballots.Election, matrix: Pairwise.Matrix) => Decided
}

/** Decides, and adds the pairwise counts to the decision. */
export const answer = (
  { decide, tieBreak }: RankedRule,
  election: Ballots.Election,
  matrix: Pairwise.Matrix,
  pairwise: JsonObject
): Result.Result<Answer, Refusal> =>
  Result.map(decide(election, matrix), (decided) => ({
    decision: { ...decided, pairwise },
    ...(tieBreak === undefined ? {} : { tieBreak })
  }))

/** The rule as a calculator. */
export const calculatorOf = (rule: RankedRule): Calculator => ({
  name: rule.name,
  version: 1,
  solve: (input) =>
    Result.flatMap(Ballots.decode(input), (election): Result.Result<Answer, Refusal> => {
      const matrix = Pairwise.count(election)
      return answer(rule, election, matrix, Pairwise.encode(election.candidates, matrix))
    })
})

/** Decides by scores: the highest win, all that are tied. */
export const byScores = (candidates: ReadonlyArray<string>, scores: ReadonlyArray<number>): JsonObject => {
  const ranking = tiersBy(scores).map((tier) => tier.map((candidate) => candidates[candidate]!))
  return { winners: ranking[0] ?? [], scores: keyed(candidates, scores), ranking }
}

/** An object by candidate. */
export const keyed = <V extends JsonObject[string]>(
  candidates: ReadonlyArray<string>,
  values: ReadonlyArray<V>
): JsonObject => Object.fromEntries(candidates.map((candidate, index) => [candidate, values[index]!]))

/** Candidates in tiers, highest score first; within a tier in their order. */
export const tiersBy = (scores: ReadonlyArray<number>): ReadonlyArray<ReadonlyArray<number>> => {
  const byScore = new Map<number, Array<number>>()
  for (const [candidate, score] of scores.entries()) {
    const tier = byScore.get(score)
    if (tier === undefined) byScore.set(score, [candidate])
    else tier.push(candidate)
  }
  return [...byScore].sort(([a], [b]) => b - a).map(([, tier]) => tier)
}
