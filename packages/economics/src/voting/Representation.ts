/**
 * Whether a committee represents large groups that agree: justified representation (JR) and extended (EJR) after Aziz,
 * Brill, Conitzer, Elkind, Freeman and Walsh ("Justified representation in approval-based committee voting", 2017),
 * proportional (PJR) after Sánchez-Fernández et al. (2017).
 *
 * A group of voters is ℓ-cohesive if it holds at least ℓ / seats of all voters and agrees on at least ℓ candidates.
 * JR: in every 1-cohesive group somebody approves of a member. PJR: every ℓ-cohesive group approves, taken together, of at
 * least ℓ members. EJR: in every ℓ-cohesive group somebody approves of at least ℓ members.
 *
 * **Guarantees** Exact answers; EJR implies PJR implies JR.
 *
 * **Does not guarantee** An answer for PJR and EJR, which are coNP-complete to check: after 5 million steps of the search
 * it is `"unchecked"`. The limit counts steps, not time, so that the same input always gets the same answer.
 *
 * @since 0.1.0
 */
import type { Group, Profile as Approved } from "./Approvals.ts"

/** Approvals, and of how many seats a committee was to have. */
export interface Profile extends Approved {
  readonly seats: number
}

/** Whether it holds. */
export type Holds = boolean | "unchecked"

/** How a committee does. */
export interface Judgement {
  readonly jr: boolean
  readonly pjr: Holds
  readonly ejr: Holds
}

/** The most steps of one check. */
export const stepsMax = 5_000_000

interface Budget {
  steps: number
}

/** Whether some `size` candidates are all approved by voters of `groups` that number at least `threshold`. */
const agree = (
  groups: ReadonlyArray<Group>,
  size: number,
  isEnough: (voters: number) => boolean,
  candidates: number,
  budget: Budget
): boolean => {
  const search = (left: ReadonlyArray<Group>, from: number, missing: number): boolean => {
    if (missing === 0) return true
    for (let candidate = from; candidate <= candidates - missing; candidate++) {
      budget.steps += 1 + left.length
      if (budget.steps > stepsMax) return false
      const supporters = left.filter(({ approved }) => approved.includes(candidate))
      const voters = supporters.reduce((sum, group) => sum + group.voters, 0)
      if (isEnough(voters) && search(supporters, candidate + 1, missing - 1)) return true
    }
    return false
  }
  return search(groups, 0, size)
}

const membersOf = (group: Group, members: ReadonlySet<number>): ReadonlyArray<number> =>
  group.approved.filter((candidate) => members.has(candidate))

/** A group counts as ℓ-cohesive only if somebody is in it. */
const isLarge =
  ({ seats, voters }: Profile, level: number) =>
  (size: number): boolean =>
    size > 0 && size * seats >= level * voters

/** Justified representation. Polynomial. */
export const jr = (profile: Profile, committee: ReadonlyArray<number>): boolean => {
  const members = new Set(committee)
  const isEnough = isLarge(profile, 1)
  const unheard = profile.candidates.map(() => 0)
  for (const group of profile.groups) {
    if (membersOf(group, members).length > 0) continue
    for (const candidate of group.approved) unheard[candidate]! += group.voters
  }
  return !unheard.some(isEnough)
}

/** Extended justified representation. */
export const ejr = (profile: Profile, committee: ReadonlyArray<number>): Holds => {
  const members = new Set(committee)
  const budget: Budget = { steps: 0 }
  const represented = profile.groups.map((group) => membersOf(group, members).length)
  for (let level = 1; level <= profile.seats; level++) {
    const discontent = profile.groups.filter(
      (group, index) => represented[index]! < level && group.approved.length >= level
    )
    if (agree(discontent, level, isLarge(profile, level), profile.candidates.length, budget)) return false
    if (budget.steps > stepsMax) return "unchecked"
  }
  return true
}

/** Proportional justified representation: a group is failed if fewer than ℓ members are all that it approves of. */
export const pjr = (profile: Profile, committee: ReadonlyArray<number>): Holds => {
  const members = new Set(committee)
  const budget: Budget = { steps: 0 }
  const approvedMembers = profile.groups.map((group) => membersOf(group, members))
  for (let level = 1; level <= profile.seats; level++) {
    // Whoever approves of these few members at most; a group that is failed lies within one such set of voters.
    for (const few of subsets(committee, Math.min(level - 1, committee.length))) {
      budget.steps += profile.groups.length
      if (budget.steps > stepsMax) return "unchecked"
      const discontent = profile.groups.filter(
        (group, index) =>
          group.approved.length >= level && approvedMembers[index]!.every((candidate) => few.includes(candidate))
      )
      if (agree(discontent, level, isLarge(profile, level), profile.candidates.length, budget)) return false
      if (budget.steps > stepsMax) return "unchecked"
    }
  }
  return true
}

/** All three. What one of them says about another is used where that one's own check takes too many steps. */
export const judge = (profile: Profile, committee: ReadonlyArray<number>): Judgement => {
  if (!jr(profile, committee)) return { jr: false, pjr: false, ejr: false }
  const extended = ejr(profile, committee)
  if (extended === true) return { jr: true, pjr: true, ejr: true }
  const proportional = pjr(profile, committee)
  return { jr: true, pjr: proportional, ejr: proportional === false ? false : extended }
}

function* subsets(items: ReadonlyArray<number>, size: number): Generator<ReadonlyArray<number>> {
  if (size === 0) {
    yield []
    return
  }
  for (let first = 0; first <= items.length - size; first++) {
    for (const rest of subsets(items.slice(first + 1), size - 1)) yield [items[first]!, ...rest]
  }
}
