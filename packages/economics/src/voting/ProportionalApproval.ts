/**
 * Proportional approval voting (Thiele 1895): a voter with u approved members is worth 1 + 1/2 + … + 1/u, and the
 * committee of the greatest sum is elected. Exact, by branch and bound.
 *
 * A member's score is what the committee would lose without it: the sum of 1/u over the voters who approve of it.
 *
 * **Guarantees** The best committee; among several best ones the first by the order of `candidates`, and `tie`. It satisfies
 * EJR. Sums are integers, scaled by the least common multiple of 1 … u.
 *
 * **Does not guarantee** An answer: the problem is NP-hard. After 100 million steps, or if the sums would not be exact in
 * doubles (more than 28 approved members for each of 1,000 voters), it is `TooLarge`; `seq-pav` answers those.
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
import * as Committee from "./Committee.ts"
import * as SequentialProportionalApproval from "./SequentialProportionalApproval.ts"

/** The most steps of the search: approvals looked at. */
export const stepsMax = 100_000_000

interface Search {
  readonly seats: number
  /** The groups that approve of each candidate. */
  readonly supporters: ReadonlyArray<ReadonlyArray<number>>
  readonly voters: ReadonlyArray<number>
  /** What one voter adds with the next approved member, by the number that is there: scale / (u + 1). */
  readonly worth: ReadonlyArray<number>
  /** The best sum that is known; the first committee that reaches it is kept. */
  best: number
  committee: ReadonlyArray<number> | undefined
  tie: boolean
  steps: number
}

/** Elects by proportional approval voting. */
export const elect: Committee.Elect = (profile) => {
  const { candidates, groups, seats, voters } = profile
  const longest = Math.min(seats, Math.max(1, ...groups.map((group) => group.approved.length)))
  const scale = Number(BigRatio.commonMultiple(longest))
  const worth = Array.from({ length: longest + 1 }, (_, u) => (u < longest ? scale / (u + 1) : 0))
  const largest = voters * worth.reduce((sum, each) => sum + each, 0)
  if (largest > Number.MAX_SAFE_INTEGER) {
    return Result.fail(new TooLarge({ path: ["seats"], size: largest, limit: Number.MAX_SAFE_INTEGER }))
  }
  const supporters = candidates.map((_, candidate) =>
    groups.flatMap(({ approved }, group) => (approved.includes(candidate) ? [group] : []))
  )
  const known = SequentialProportionalApproval.run(profile).members.map(([candidate]) => candidate)
  const members = new Set(known)
  const search: Search = {
    seats,
    supporters,
    voters: groups.map((group) => group.voters),
    worth,
    best: groups.reduce((sum, { approved, voters }) => {
      const u = approved.filter((candidate) => members.has(candidate)).length
      return sum + voters * worth.slice(0, u).reduce((each, next) => each + next, 0)
    }, 0),
    committee: undefined,
    tie: false,
    steps: 0
  }
  descend(search, 0, [], new Int32Array(groups.length), 0)
  if (search.steps > stepsMax)
    return Result.fail(new TooLarge({ path: ["approvals"], size: search.steps, limit: stepsMax }))
  // The search starts from a committee that is there to be found, so it ends with one.
  if (search.committee === undefined) throw new Error("no committee reaches a sum that one has")
  const committee = search.committee
  const elected = new Set(committee)
  const represented = groups.map(({ approved }) => approved.filter((candidate) => elected.has(candidate)).length)
  return Result.succeed({
    tie: search.tie,
    members: committee.map((candidate) => {
      const lost = supporters[candidate]!.reduce(
        (sum, group) => sum + groups[group]!.voters * worth[represented[group]! - 1]!,
        0
      )
      return [candidate, { above: BigInt(lost), below: BigInt(scale) }]
    })
  })
}

/** What electing `candidate` would add. */
const gainOf = ({ supporters, voters, worth }: Search, represented: Int32Array, candidate: number): number => {
  let gain = 0
  for (const group of supporters[candidate]!) gain += voters[group]! * worth[represented[group]!]!
  return gain
}

/** Tries all committees that extend `chosen` by candidates from `from` on, first those with `from` itself. */
const descend = (search: Search, from: number, chosen: Array<number>, represented: Int32Array, sum: number): void => {
  const missing = search.seats - chosen.length
  if (missing === 0) {
    if (sum < search.best) return
    search.tie = search.committee !== undefined && sum === search.best
    if (search.tie) return
    search.best = sum
    search.committee = [...chosen]
    return
  }
  if (search.supporters.length - from < missing || search.steps > stepsMax) return
  const gains: Array<number> = []
  for (let candidate = from; candidate < search.supporters.length; candidate++) {
    search.steps += 1 + search.supporters[candidate]!.length
    gains.push(gainOf(search, represented, candidate))
  }
  const gain = gains[0]!
  // A gain only shrinks as the committee grows, so today's best gains bound what is still to come.
  const bound = gains
    .sort((a, b) => b - a)
    .slice(0, missing)
    .reduce((total, each) => total + each, sum)
  if (bound < search.best || (bound === search.best && search.tie)) return
  for (const group of search.supporters[from]!) represented[group]!++
  chosen.push(from)
  descend(search, from + 1, chosen, represented, sum + gain)
  chosen.pop()
  for (const group of search.supporters[from]!) represented[group]!--
  descend(search, from + 1, chosen, represented, sum)
}

/** `pav` of `mabeam vote tally`. */
export const calculator = Committee.calculatorOf("pav", elect)
