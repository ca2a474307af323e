/**
 * Proportional approval voting (Thiele 1895): a voter with u approved members is worth 1 + 1/2 + … + 1/u, and the
 * committee of the greatest sum is elected. Exact, by branch and bound with Lagrangian relaxation.
 *
 * A member's score is what the committee would lose without it: the sum of 1/u over the voters who approve of it.
 *
 * **Guarantees** The best committee; among several best ones the first by the order of `candidates`, and `tie`. It satisfies
 * EJR. Sums are integers, scaled by the least common multiple of 1 … u.
 *
 * **Does not guarantee** An answer: the problem is NP-hard. After 500 million steps (two or three seconds), or if the sums would not
 * be exact in doubles (more than 28 approved members for each of 1,000 voters), it is `TooLarge`; `seq-pav` answers those.
 * 40 candidates for 10 seats are answered in about a second for 300 voters without anything in common, and mostly not for 500.
 * Hard, too, is what looks the same from everywhere, such as 40 candidates of whom each two have a voter.
 *
 * **Example**
 *
 * ```ts
 * import { ProportionalApproval } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * const approvals = [["a", "b"], ["a", "b"], ["a", "b"], ["c"]]
 * const { decision } = Result.getOrThrow(
 *   ProportionalApproval.calculator.solve({ candidates: ["a", "b", "c"], approvals, seats: 2 })
 * )
 * decision["winners"] // => ["a", "b"]
 * decision["scores"] // => { a: "3/2", b: "3/2" }
 * ```
 *
 * @since 0.1.0
 */
import { Result } from "effect"
import { TooLarge } from "../input/Refusal.ts"
import * as BigRatio from "../internal/bigRatio.ts"
import type { Concave } from "../internal/thieleBound.ts"
import { search } from "../internal/thieleSearch.ts"
import * as Committee from "./Committee.ts"
import * as SequentialProportionalApproval from "./SequentialProportionalApproval.ts"

/** The most steps of the search, approvals and prices looked at: two or three seconds. */
export const stepsMax = 500_000_000

/** Sums as integers for voters with up to `longest` approved members. */
const scaleOf = (longest: number): { readonly scale: number; readonly worth: ReadonlyArray<number> } => {
  const scale = Number(BigRatio.commonMultiple(longest))
  return { scale, worth: Array.from({ length: longest + 1 }, (_, u) => (u < longest ? scale / (u + 1) : 0)) }
}

/** Whether the largest of these sums is exact in doubles. */
const isExact = (longest: number, voters: number): boolean =>
  voters * scaleOf(longest).worth.reduce((sum, each) => sum + each, 0) <= Number.MAX_SAFE_INTEGER

/** Elects by proportional approval voting. */
export const elect: Committee.Elect = (profile) => {
  const { candidates, groups, seats, voters } = profile
  const longest = groups.reduce((most, { approved }) => Math.max(most, Math.min(seats, approved.length)), 1)
  if (!isExact(longest, voters)) {
    let limit = 1
    while (isExact(limit + 1, voters)) limit++
    return Result.fail(new TooLarge({ path: ["seats"], size: seats, limit }))
  }
  const { scale, worth } = scaleOf(longest)
  const concave: Concave = {
    approvals: groups.map(({ approved }) => approved),
    voters: groups.map((group) => group.voters),
    worths: worth.reduce<Array<number>>((sums, each) => [...sums, sums.at(-1)! + each], [0]),
    candidates: candidates.length,
    seats
  }
  const started = SequentialProportionalApproval.run(profile).members.map(([candidate]) => candidate)
  const { committee, steps, tie } = search(concave, started, stepsMax)
  if (steps > stepsMax) return Result.fail(new TooLarge({ path: ["approvals"], size: steps, limit: stepsMax }))
  const elected = new Set(committee)
  const represented = groups.map(({ approved }) => approved.filter((candidate) => elected.has(candidate)).length)
  const lost = candidates.map(() => 0)
  for (const [group, { approved, voters }] of groups.entries())
    for (const candidate of approved) lost[candidate]! += voters * worth[Math.max(0, represented[group]! - 1)]!
  return Result.succeed({
    tie,
    members: committee.map((candidate) => [candidate, { above: BigInt(lost[candidate]!), below: BigInt(scale) }])
  })
}

/** `pav` of `mabeam vote tally`. */
export const calculator = Committee.calculatorOf("pav", elect)
