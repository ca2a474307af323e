/**
 * The method of equal shares (Peters and Skowron, "Proportionality and the limits of welfarism", 2020), for approvals: every
 * voter gets an equal part of the seats, a candidate costs one seat, its supporters pay equally or all they have; bought is,
 * again and again, whoever asks least of those who pay most.
 *
 * **Completion** When nobody can be bought, seats may be left. Then voters go on earning, all at the same speed, and a
 * candidate is elected as soon as its supporters together hold one seat, which they pay (Phragmén's rule, with what is left
 * as a start). Candidates without supporters come last, by their order.
 *
 * A member's score is the most that one supporter paid for it, in seats; 0 for those without supporters.
 *
 * **Guarantees** Exact fractions; the committee satisfies EJR. Among equals the candidate listed first, and `tie`.
 *
 * **Does not guarantee** The committee of the greatest PAV sum.
 *
 * **Example**
 *
 * ```ts
 * import { EqualShares } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * const approvals = [["a", "b"], ["a", "b"], ["a", "b"], ["c"]]
 * const { decision } = Result.getOrThrow(
 *   EqualShares.calculator.solve({ candidates: ["a", "b", "c"], approvals, seats: 2 })
 * )
 * // Each has half a seat. The first three pay a third for a; then c needs half a seat more, and b as much from three.
 * decision["scores"] // => { a: "1/3", b: "1/3" }
 * ```
 *
 * @since 0.1.0
 */
import { Result } from "effect"
import type { Ratio } from "../internal/bigRatio.ts"
import { type Spending, type Support, fill, least, supportOf } from "../internal/spending.ts"
import * as Committee from "./Committee.ts"

interface Purse extends Spending {
  readonly profile: Committee.Profile
  readonly support: ReadonlyArray<Support>
  /** What one voter of each group holds, as a whole number of `1 / price` seats. */
  readonly held: Array<bigint>
  /** What a candidate costs. */
  price: bigint
}

/** Buys while somebody can be bought, then completes. */
export const run = (profile: Committee.Profile): Committee.Elected => {
  const purse: Purse = {
    profile,
    support: supportOf(profile),
    held: profile.groups.map(() => BigInt(profile.seats)),
    price: BigInt(profile.voters),
    members: [],
    isElected: new Set(),
    tie: false
  }
  while (purse.members.length < profile.seats && buy(purse));
  while (purse.members.length < profile.seats && earn(purse));
  return fill(purse, profile)
}

const votersOf = ({ profile }: Purse, group: number): bigint => BigInt(profile.groups[group]!.voters)

const savings = (purse: Purse, { groups }: Support): bigint =>
  groups.reduce((sum, group) => sum + purse.held[group]! * votersOf(purse, group), 0n)

/** The least cap under which the supporters together pay the price; `undefined` if they cannot. */
const capOf = (purse: Purse, support: Support): Ratio | undefined => {
  if (savings(purse, support) < purse.price) return undefined
  const poorestFirst = support.groups.toSorted((a, b) => (purse.held[a]! < purse.held[b]! ? -1 : 1))
  let { voters } = support
  let missing = purse.price
  for (const group of poorestFirst) {
    if (missing <= purse.held[group]! * voters) break
    missing -= purse.held[group]! * votersOf(purse, group)
    voters -= votersOf(purse, group)
  }
  return { above: missing, below: voters * purse.price }
}

/** Makes every amount a multiple of what it was, so that it can be divided by `factor`. */
const refine = (purse: Purse, factor: bigint): void => {
  for (const group of purse.held.keys()) purse.held[group]! *= factor
  purse.price *= factor
}

const buy = (purse: Purse): boolean => {
  const next = least(purse, purse.support, (support) => capOf(purse, support))
  if (next === undefined) return false
  const { above, below } = next.value
  refine(purse, below / purse.price)
  for (const group of purse.support[next.candidate]!.groups) {
    purse.held[group] = purse.held[group]! > above ? purse.held[group]! - above : 0n
  }
  purse.members.push([next.candidate, next.value])
  purse.isElected.add(next.candidate)
  return true
}

const earn = (purse: Purse): boolean => {
  const next = least(purse, purse.support, (support) => ({
    above: purse.price - savings(purse, support),
    below: support.voters * purse.price
  }))
  if (next === undefined) return false
  const { groups, voters } = purse.support[next.candidate]!
  refine(purse, voters)
  for (const group of purse.held.keys()) purse.held[group]! += next.value.above
  const most = groups.reduce((max, group) => (purse.held[group]! > max ? purse.held[group]! : max), 0n)
  for (const group of groups) purse.held[group] = 0n
  purse.members.push([next.candidate, { above: most, below: purse.price }])
  purse.isElected.add(next.candidate)
  return true
}

/** `equal-shares` of `mabeam vote tally`. */
export const calculator = Committee.calculatorOf("equal-shares", (profile) => Result.succeed(run(profile)))
