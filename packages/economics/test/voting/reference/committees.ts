/** Committee rules and justified representation, by definition: voter by voter, subset by subset, in exact fractions. */
import { Fraction } from "fraction.js"

type Names = ReadonlyArray<string>

export interface Profile {
  readonly candidates: Names
  readonly approvals: ReadonlyArray<Names>
  readonly seats: number
}

const sum = (values: ReadonlyArray<Fraction>): Fraction => values.reduce((a, b) => a.add(b), new Fraction(0))

/** All sets of a size, in the order of the names. */
export const committees = (names: Names, size: number): ReadonlyArray<Names> =>
  size === 0
    ? [[]]
    : names.flatMap((name, i) => committees(names.slice(i + 1), size - 1).map((rest) => [name, ...rest]))

const approved = (approval: Names, set: Names): number => set.filter((name) => approval.includes(name)).length

export const pavScore = (approvals: ReadonlyArray<Names>, committee: Names): Fraction =>
  sum(
    approvals.flatMap((approval) =>
      Array.from({ length: approved(approval, committee) }, (_, i) => new Fraction(1, i + 1))
    )
  )

/** The first of the best committees, whether there are others, and what each member adds to it. */
export const pav = ({ approvals, candidates, seats }: Profile) => {
  const all = committees(candidates, seats).map((committee) => ({ committee, score: pavScore(approvals, committee) }))
  const best = all.reduce((a, b) => (b.score.compare(a.score) > 0 ? b : a))
  const scores = best.committee.map((name) =>
    best.score
      .sub(
        pavScore(
          approvals,
          best.committee.filter((other) => other !== name)
        )
      )
      .toFraction()
  )
  return {
    winners: best.committee,
    scores,
    tie: all.filter(({ score }) => score.compare(best.score) === 0).length > 1
  }
}

const first = <A>(list: ReadonlyArray<A>, value: (item: A) => Fraction): A =>
  list.reduce((a, b) => (value(b).compare(value(a)) < 0 ? b : a))

const sorted = (candidates: Names, members: ReadonlyMap<string, Fraction>) => {
  const winners = candidates.filter((name) => members.has(name))
  return { winners, scores: winners.map((name) => members.get(name)!.toFraction()) }
}

export const seqPav = ({ approvals, candidates, seats }: Profile) => {
  const members = new Map<string, Fraction>()
  while (members.size < seats) {
    const elected = [...members.keys()]
    const gain = (name: string) => pavScore(approvals, [...elected, name]).sub(pavScore(approvals, elected))
    const next = first(
      candidates.filter((name) => !members.has(name)),
      (name) => gain(name).neg()
    )
    members.set(next, gain(next))
  }
  return sorted(candidates, members)
}

/** Time runs, every voter earns at the same speed; a candidate is elected once its supporters hold 1 together. */
const earn = (
  { approvals, candidates, seats }: Profile,
  money: Array<Fraction>,
  members: Map<string, Fraction>,
  score: (paid: ReadonlyArray<Fraction>, now: Fraction) => Fraction
) => {
  let now = new Fraction(0)
  while (members.size < seats) {
    const supported = candidates.filter(
      (name) => !members.has(name) && approvals.some((approval) => approval.includes(name))
    )
    if (supported.length === 0) {
      const rest = candidates.filter((name) => !members.has(name)).slice(0, seats - members.size)
      for (const name of rest) members.set(name, new Fraction(0))
      return
    }
    const supporters = (name: string) => [...approvals.keys()].filter((voter) => approvals[voter]!.includes(name))
    const wait = (name: string) =>
      new Fraction(1).sub(sum(supporters(name).map((voter) => money[voter]!))).div(supporters(name).length)
    const next = first(supported, wait)
    const step = wait(next)
    now = now.add(step)
    for (const voter of money.keys()) money[voter] = money[voter]!.add(step)
    members.set(
      next,
      score(
        supporters(next).map((voter) => money[voter]!),
        now
      )
    )
    for (const voter of supporters(next)) money[voter] = new Fraction(0)
  }
}

/** Phragmén as money over time: what a supporter of the elected has borne in the end is the time. */
export const seqPhragmen = (profile: Profile) => {
  const members = new Map<string, Fraction>()
  earn(
    profile,
    profile.approvals.map(() => new Fraction(0)),
    members,
    (_, now) => now
  )
  return sorted(profile.candidates, members)
}

const least = (a: Fraction, b: Fraction) => (a.compare(b) < 0 ? a : b)
const greatest = (values: ReadonlyArray<Fraction>) => values.reduce((a, b) => (a.compare(b) > 0 ? a : b))

export const equalShares = (profile: Profile) => {
  const { approvals, candidates, seats } = profile
  const money = approvals.map(() => new Fraction(seats, approvals.length))
  const members = new Map<string, Fraction>()
  const price = new Fraction(1)
  /** A cap that makes the supporters pay exactly 1: one of those that let so many of them pay all they have. */
  const cap = (name: string): Fraction | undefined => {
    const purses = approvals.flatMap((approval, voter) => (approval.includes(name) ? [money[voter]!] : []))
    const paid = (limit: Fraction) => sum(purses.map((purse) => least(purse, limit)))
    const poorest = purses.toSorted((a, b) => a.compare(b))
    const caps = poorest.map((_, poor) => price.sub(sum(poorest.slice(0, poor))).div(purses.length - poor))
    return caps.filter((limit) => limit.compare(0) >= 0 && paid(limit).equals(price)).sort((a, b) => a.compare(b))[0]
  }
  while (members.size < seats) {
    const affordable = candidates.filter((name) => !members.has(name) && cap(name) !== undefined)
    if (affordable.length === 0) break
    const next = first(affordable, (name) => cap(name)!)
    const limit = cap(next)!
    for (const [voter, approval] of approvals.entries()) {
      if (approval.includes(next)) money[voter] = money[voter]!.sub(least(money[voter]!, limit))
    }
    members.set(next, limit)
  }
  earn(profile, money, members, greatest)
  return sorted(candidates, members)
}

/** Every group of voters, every ℓ: whether a group that is large and agrees enough is failed by `isServed`. */
const represents = (
  { approvals, candidates, seats }: Profile,
  levels: number,
  isServed: (group: ReadonlyArray<Names>, level: number) => boolean
): boolean => {
  const groups = approvals.reduce<ReadonlyArray<ReadonlyArray<Names>>>(
    (all, approval) => all.flatMap((group) => [group, [...group, approval]]),
    [[]]
  )
  return groups
    .filter((group) => group.length > 0)
    .every((group) => {
      const agreed = candidates.filter((name) => group.every((approval) => approval.includes(name))).length
      return Array.from({ length: levels }, (_, i) => i + 1).every(
        (level) => agreed < level || group.length * seats < level * approvals.length || isServed(group, level)
      )
    })
}

export const jr = (profile: Profile, committee: Names): boolean =>
  represents(profile, 1, (group) => group.some((approval) => approved(approval, committee) > 0))

export const pjr = (profile: Profile, committee: Names): boolean =>
  represents(profile, profile.seats, (group, level) => approved(group.flat(), committee) >= level)

export const ejr = (profile: Profile, committee: Names): boolean =>
  represents(profile, profile.seats, (group, level) => group.some((approval) => approved(approval, committee) >= level))
