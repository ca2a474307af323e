/**
 * Proportional approval voting (Thiele 1895): a voter with u approved members is worth 1 + 1/2 + … + 1/u, and the
 * committee of the greatest sum is elected. Exact, by branch and bound: by what each candidate would add today, and by
 * Lagrangian relaxation.
 *
 * A member's score is what the committee would lose without it: the sum of 1/u over the voters who approve of it.
 *
 * **Guarantees** The best committee; among several best ones the first by the order of `candidates`, and `tie`. It satisfies
 * EJR. Sums are integers, scaled by the least common multiple of 1 … u.
 *
 * **Does not guarantee** An answer: the problem is NP-hard. After 100 million steps (a few seconds), or if the sums would not be
 * exact in doubles (more than 28 approved members for each of 1,000 voters), it is `TooLarge`; `seq-pav` answers those. Among
 * voters without anything in common 30 candidates for 10 seats are answered, 40 are often not.
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
import { type Bound, boundOf } from "../internal/thieleBound.ts"
import * as Committee from "./Committee.ts"
import * as SequentialProportionalApproval from "./SequentialProportionalApproval.ts"

/** The most steps of the search, approvals looked at and gains compared: a few seconds. */
export const stepsMax = 100_000_000

/** Each gain has to be sorted in, which takes about as long as to look at so many approvals. */
const stepsOfSorting = 8

interface Search {
  readonly seats: number
  /** The groups that approve of each candidate. */
  readonly supporters: ReadonlyArray<ReadonlyArray<number>>
  readonly voters: ReadonlyArray<number>
  /** What one voter adds with the next approved member, by the number that is there: scale / (u + 1). */
  readonly worth: ReadonlyArray<number>
  readonly bound: Bound
  /** The best sum that is known; the first committee that reaches it is kept. */
  best: number
  committee: ReadonlyArray<number> | undefined
  tie: boolean
  steps: number
}

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
  const supporters = candidates.map((_, candidate) =>
    groups.flatMap(({ approved }, group) => (approved.includes(candidate) ? [group] : []))
  )
  const best = sumOf(profile, worth)
  const counts = groups.map((group) => group.voters)
  const worths = worth.reduce<Array<number>>((sums, each) => [...sums, sums.at(-1)! + each], [0])
  const approvals = groups.map(({ approved }) => approved)
  const bound = boundOf({ approvals, voters: counts, worths, candidates: candidates.length, seats }, best)
  const search: Search = {
    seats,
    supporters,
    voters: counts,
    worth,
    bound,
    best,
    committee: undefined,
    tie: false,
    steps: 0
  }
  descend(search, 0, [], new Int32Array(groups.length), 0, bound.base)
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

/** The sum of the committee that is elected seat by seat. */
const sumOf = (profile: Committee.Profile, worth: ReadonlyArray<number>): number => {
  const members = new Set(SequentialProportionalApproval.run(profile).members.map(([candidate]) => candidate))
  return profile.groups.reduce((sum, { approved, voters }) => {
    const u = approved.filter((candidate) => members.has(candidate)).length
    return sum + voters * worth.slice(0, u).reduce((each, next) => each + next, 0)
  }, 0)
}

/** Whether no committee within `bound` is better than the best, or would be a tie that is not known. */
const isHopeless = ({ best, tie }: Search, bound: number): boolean => bound < best || (bound === best && tie)

/** What electing `candidate` would add. */
const gainOf = ({ supporters, voters, worth }: Search, represented: Int32Array, candidate: number): number => {
  let gain = 0
  for (const group of supporters[candidate]!) gain += voters[group]! * worth[represented[group]!]!
  return gain
}

/**
 * Tries all committees that extend `chosen` by candidates from `from` on, first those with `from` itself. `sum` is what
 * those chosen are worth, `priced` what they are by the prices of the bound.
 */
const descend = (
  search: Search,
  from: number,
  chosen: Array<number>,
  represented: Int32Array,
  sum: number,
  priced: number
): void => {
  const missing = search.seats - chosen.length
  if (missing === 0) {
    if (sum < search.best) return
    search.tie = search.committee !== undefined && sum === search.best
    if (search.tie) return
    search.best = sum
    search.committee = [...chosen]
    return
  }
  search.steps++
  if (search.supporters.length - from < missing || search.steps > stepsMax) return
  if (isHopeless(search, priced + search.bound.most(from, missing))) return
  const gains = new Float64Array(search.supporters.length - from)
  for (let at = 0; at < gains.length; at++) {
    search.steps += stepsOfSorting + search.supporters[from + at]!.length
    gains[at] = gainOf(search, represented, from + at)
  }
  const gain = gains[0]!
  // A gain only shrinks as the committee grows, so today's best gains bound what is still to come.
  const bound = gains
    .sort()
    .subarray(-missing)
    .reduce((total, each) => total + each, sum)
  if (isHopeless(search, bound)) return
  for (const group of search.supporters[from]!) represented[group]!++
  chosen.push(from)
  descend(search, from + 1, chosen, represented, sum + gain, priced + search.bound.prices[from]!)
  chosen.pop()
  for (const group of search.supporters[from]!) represented[group]!--
  descend(search, from + 1, chosen, represented, sum, priced)
}

/** `pav` of `mabeam vote tally`. */
export const calculator = Committee.calculatorOf("pav", elect)
