/**
 * Phragmén's sequential rule (Phragmén 1894; Brill, Freeman, Janson and Lackner, "Phragmén's voting methods and justified
 * representation", 2017): electing a candidate puts a load of 1 on its supporters, spread so that all of them bear equally
 * much in the end; seat by seat, whoever keeps the greatest load least is elected.
 *
 * A member's score is the load of its supporters right after its election. It grows from seat to seat.
 *
 * **Guarantees** Exact fractions; the committee satisfies PJR. Among equals the candidate listed first, and `tie`. Candidates
 * without supporters come last, by their order, with score 0.
 *
 * **Does not guarantee** EJR.
 *
 * **Example**
 *
 * ```ts
 * import { SequentialPhragmen } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * const approvals = [["a", "b"], ["a", "b"], ["a", "b"], ["c"], ["c"]]
 * const { decision } = Result.getOrThrow(
 *   SequentialPhragmen.calculator.solve({ candidates: ["a", "b", "c"], approvals, seats: 2 })
 * )
 * decision["scores"] // => { a: "1/3", c: "1/2" }
 * ```
 *
 * @since 0.1.0
 */
import { Result } from "effect"
import { type Spending, fill, least, supportOf } from "../internal/spending.ts"
import * as Committee from "./Committee.ts"

/** Elects seat by seat. Loads are held as whole numbers over one denominator. */
export const run = (profile: Committee.Profile): Committee.Elected => {
  const support = supportOf(profile)
  const loads = profile.groups.map(() => 0n)
  const spending: Spending = { members: [], isElected: new Set(), tie: false }
  let unit = 1n
  while (spending.members.length < profile.seats) {
    const next = least(spending, support, ({ groups, voters }) => ({
      above: groups.reduce((sum, group) => sum + loads[group]! * BigInt(profile.groups[group]!.voters), unit),
      below: unit * voters
    }))
    if (next === undefined) return fill(spending, profile)
    const { candidate, value } = next
    const { groups, voters } = support[candidate]!
    for (const group of loads.keys()) loads[group]! *= voters
    unit *= voters
    for (const group of groups) loads[group] = value.above
    spending.members.push([candidate, value])
    spending.isElected.add(candidate)
  }
  return { members: spending.members, tie: spending.tie }
}

/** `seq-phragmen` of `mabeam vote tally`. */
export const calculator = Committee.calculatorOf("seq-phragmen", (profile) => Result.succeed(run(profile)))
