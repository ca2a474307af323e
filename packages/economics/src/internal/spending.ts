/** What committee rules share in which voters pay for candidates or bear them. */
import type { Elected, Profile } from "../voting/Committee.ts"
import * as BigRatio from "./bigRatio.ts"

/** An election under way. */
export interface Spending {
  readonly members: Array<readonly [candidate: number, score: BigRatio.Ratio]>
  readonly isElected: Set<number>
  tie: boolean
}

/** Who approves of a candidate. */
export interface Support {
  readonly groups: ReadonlyArray<number>
  readonly voters: bigint
}

/** The supporters of every candidate. */
export const supportOf = ({ candidates, groups }: Profile): ReadonlyArray<Support> => {
  const support = candidates.map(() => ({ groups: new Array<number>(), voters: 0n }))
  for (const [index, { approved, voters }] of groups.entries()) {
    for (const candidate of approved) {
      support[candidate]!.groups.push(index)
      support[candidate]!.voters += BigInt(voters)
    }
  }
  return support
}

/** The candidate of the least value among those that are not elected and have supporters; `undefined` has no value. */
export const least = (
  spending: Spending,
  support: ReadonlyArray<Support>,
  valueOf: (support: Support) => BigRatio.Ratio | undefined
): { readonly candidate: number; readonly value: BigRatio.Ratio } | undefined => {
  let best: { readonly candidate: number; readonly value: BigRatio.Ratio } | undefined
  let isTied = false
  for (const [candidate, each] of support.entries()) {
    if (spending.isElected.has(candidate) || each.voters === 0n) continue
    const value = valueOf(each)
    if (value === undefined) continue
    const order = best === undefined ? -1 : BigRatio.compare(value, best.value)
    if (order === 0) isTied = true
    if (order >= 0) continue
    best = { candidate, value }
    isTied = false
  }
  spending.tie ||= isTied
  return best
}

/** Fills the seats that are left with those whom nobody supports, by the order of the candidates. */
export const fill = ({ isElected, members, tie }: Spending, { candidates, seats }: Profile): Elected => {
  const left = candidates.flatMap((_, candidate) => (isElected.has(candidate) ? [] : [candidate]))
  const missing = seats - members.length
  const filled = left.slice(0, missing).map((candidate) => [candidate, { above: 0n, below: 1n }] as const)
  return { members: [...members, ...filled], tie: tie || (missing > 0 && left.length > missing) }
}
