/**
 * Sequential proportional approval voting (Thiele 1895): seat by seat, whoever adds most to the sum in which a voter with u
 * approved members is worth 1 + 1/2 + … + 1/u.
 *
 * A member's score is what it added when it was elected.
 *
 * **Guarantees** Exact fractions. Among equals the candidate listed first, and `tie`.
 *
 * **Does not guarantee** Justified representation: from 6 seats on it can fail even JR.
 *
 * **Example**
 *
 * ```ts
 * import { SequentialProportionalApproval } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * const approvals = [["a", "b"], ["a", "b"], ["a", "b"], ["c"], ["c"]]
 * const { decision } = Result.getOrThrow(
 *   SequentialProportionalApproval.calculator.solve({ candidates: ["a", "b", "c"], approvals, seats: 2 })
 * )
 * decision["scores"] // => { a: "3", c: "2" }
 * ```
 *
 * @since 0.1.0
 */
import { Result } from "effect"
import * as BigRatio from "../internal/bigRatio.ts"
import * as Committee from "./Committee.ts"

/** Elects seat by seat. */
export const run = ({ candidates, groups, seats }: Committee.Profile): Committee.Elected => {
  const scale = BigRatio.commonMultiple(seats)
  const represented = groups.map(() => 0)
  const members: Array<readonly [number, BigRatio.Ratio]> = []
  const isElected = new Set<number>()
  let tie = false
  for (let seat = 0; seat < seats; seat++) {
    const gains = candidates.map(() => 0n)
    for (const [index, { approved, voters }] of groups.entries()) {
      const each = (BigInt(voters) * scale) / BigInt(represented[index]! + 1)
      for (const candidate of approved) gains[candidate]! += each
    }
    let best: number | undefined
    let isTied = false
    for (const [candidate, gain] of gains.entries()) {
      if (isElected.has(candidate)) continue
      if (best !== undefined && gain === gains[best]!) isTied = true
      if (best !== undefined && gain <= gains[best]!) continue
      best = candidate
      isTied = false
    }
    // There are at least as many candidates as seats.
    if (best === undefined) break
    tie ||= isTied
    isElected.add(best)
    members.push([best, { above: gains[best]!, below: scale }])
    for (const [index, { approved }] of groups.entries()) if (approved.includes(best)) represented[index]!++
  }
  return { members, tie }
}

/** `seq-pav` of `mabeam vote tally`. */
export const calculator = Committee.calculatorOf("seq-pav", (profile) => Result.succeed(run(profile)))
