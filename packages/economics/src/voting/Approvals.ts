/**
 * Approval ballots: each voter names the candidates that are good enough; and approval voting (Brams and Fishburn 1978).
 *
 * **Guarantees** Unknown candidates, and one approved twice by one voter, are refused with their place. Approval voting
 * gives all tied winners.
 *
 * **Example**
 *
 * ```ts
 * import { Approvals } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * const { decision } = Result.getOrThrow(
 *   Approvals.calculator.solve({ candidates: ["a", "b"], approvals: [["a"], ["a", "b"], []] })
 * )
 * decision["scores"] // => { a: 2, b: 1 }
 * ```
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import type { Calculator } from "../calculator/Calculator.ts"
import * as Refusal from "../input/Refusal.ts"
import * as Ballots from "./Ballots.ts"
import * as RankedRule from "./RankedRule.ts"

/** The input of approval voting. */
export const Inputs = Schema.Struct({
  candidates: Ballots.Candidates,
  approvals: Schema.Array(Schema.Array(Ballots.Candidate))
})
export type Inputs = typeof Inputs.Type

/** Voters who approve of the same candidates. */
export interface Group {
  /** Places in `candidates`, ascending. */
  readonly approved: ReadonlyArray<number>
  readonly voters: number
}

/** Judged approvals; voters of one mind are one group. */
export interface Profile {
  readonly candidates: ReadonlyArray<string>
  readonly voters: number
  readonly groups: ReadonlyArray<Group>
}

/** Judges decoded inputs. */
export const profile = ({ approvals, candidates }: Inputs): Result.Result<Profile, Refusal.Common> => {
  const offence = Ballots.judgeCandidates(candidates)
  if (offence !== undefined) return Result.fail(offence)
  const places = new Map(candidates.map((candidate, index) => [candidate, index]))
  const groups = new Map<string, { readonly approved: ReadonlyArray<number>; voters: number }>()
  for (const [voter, names] of approvals.entries()) {
    const duplicate = Refusal.duplicateOf(names, (index) => ["approvals", voter, index])
    if (duplicate !== undefined) return Result.fail(duplicate)
    const approved: Array<number> = []
    for (const [index, name] of names.entries()) {
      const candidate = places.get(name)
      if (candidate === undefined) {
        const path = ["approvals", voter, index]
        return Result.fail(new Refusal.UnknownName({ path, name, known: "the candidates" }))
      }
      approved.push(candidate)
    }
    const key = approved.sort((a, b) => a - b).join()
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { approved, voters: 1 })
    else group.voters++
  }
  return Result.succeed({ candidates, voters: approvals.length, groups: [...groups.values()] })
}

/** How many voters approve of each candidate. */
export const scores = ({ candidates, groups }: Profile): ReadonlyArray<number> => {
  const sums = Array.from(candidates, () => 0)
  for (const { approved, voters } of groups) for (const candidate of approved) sums[candidate]! += voters
  return sums
}

const decodeInputs = Refusal.decode(Inputs)

/** `approval` of `mabeam vote tally`. */
export const calculator: Calculator = {
  name: "approval",
  version: 1,
  solve: (input) =>
    Result.map(Result.flatMap(decodeInputs(input), profile), (judged) => ({
      decision: RankedRule.byScores(judged.candidates, scores(judged))
    }))
}
