/**
 * The best committee under proportional approval voting, by branch and bound: committees with one open candidate are tried,
 * then those without it, and `thieleBound` settles the others as far as it can. Candidates with the same supporters are
 * tried in their order alone, as they can stand for each other.
 *
 * To try the highest price first is fast where only one committee is best. As soon as two are, it starts again by the order
 * of the candidates, so that the first of the best is found first and two are enough.
 */
import { type Bound, boundOf, type Concave, type Part } from "./thieleBound.ts"

/** What a search ends with: the answer, unless it took too many steps. */
export interface Found {
  /** The first of the best committees by the order of the candidates. */
  readonly committee: ReadonlyArray<number>
  /** Whether there are several best committees. */
  readonly tie: boolean
  readonly steps: number
}

interface Search {
  readonly concave: Concave
  readonly part: Part
  readonly supporters: ReadonlyArray<ReadonlyArray<number>>
  /** By candidate the next one with the same supporters. */
  readonly twins: ReadonlyArray<number | undefined>
  /** The steps of one bound. */
  readonly look: number
  readonly stepsMax: number
  /** Whether the highest price goes first, and a tie ends the search; otherwise the candidates go in their order. */
  isByPrice: boolean
  /** The best sum that is known; the first committee that reaches it is kept. */
  best: number
  committee: ReadonlyArray<number> | undefined
  tie: boolean
  steps: number
}

/** Rounds for a bound: at the start, and later, where the slopes of the bound before are nearly right. */
const roundsFirst = 300
const roundsLater = 12

/** More than bounds can be off by in doubles; the sums of committees are exact integers. */
const slack = 1 + 1e-9

/** Whether no committee within `bound` is better than the best, or would be a tie that is not known. */
const isHopeless = ({ best, tie }: Search, bound: number): boolean => bound * slack < (tie ? best + 1 : best)

const settle = ({ part, supporters }: Search, candidate: number, to: 1 | -1): void => {
  part.settled[candidate] = to
  if (to === 1) part.missing--
  for (const group of supporters[candidate]!) {
    part.open[group]!--
    if (to === 1) part.represented[group]!++
  }
}

const unsettle = ({ part, supporters }: Search, candidate: number): void => {
  const wasIn = part.settled[candidate] === 1
  part.settled[candidate] = 0
  if (wasIn) part.missing++
  for (const group of supporters[candidate]!) {
    part.open[group]!++
    if (wasIn) part.represented[group]!--
  }
}

/** Settles who can only be in, or only be out, as the bound would be hopeless otherwise; gives them. */
const settleBy = (search: Search, { last, next, prices, sum }: Bound): ReadonlyArray<number> => {
  const { settled } = search.part
  const changed: Array<number> = []
  for (let candidate = 0; candidate < settled.length; candidate++) {
    if (settled[candidate] !== 0) continue
    const price = prices[candidate]!
    if (price < last && isHopeless(search, sum - last + price)) changed.push(candidate)
    else if (price > next && isHopeless(search, sum - price + next)) changed.push(candidate)
  }
  for (const candidate of changed) settle(search, candidate, prices[candidate]! < last ? -1 : 1)
  return changed
}

const sumOf = ({ voters, worths }: Concave, represented: Int32Array): number =>
  voters.reduce((sum, count, group) => sum + count * worths[represented[group]!]!, 0)

/** Whether a candidate is left out for whom a member could stand aside. */
const hasTwinOutside = ({ part: { settled }, twins }: Search): boolean =>
  twins.some((twin, candidate) => twin !== undefined && settled[candidate] === 1 && settled[twin] !== 1)

/** Keeps a committee that is complete, if it is better than the best, or the first or second that is as good. */
const keep = (search: Search): void => {
  const { concave, part } = search
  const sum = sumOf(concave, part.represented)
  if (sum < search.best) return
  if (sum === search.best && search.committee !== undefined) {
    search.tie = true
    return
  }
  search.best = sum
  search.committee = [...part.settled.keys()].filter((candidate) => part.settled[candidate] === 1)
  search.tie = hasTwinOutside(search)
}

/** Tries all committees with what is settled. */
const descend = (search: Search, slopes: Float64Array, rounds: number): void => {
  const { concave, part } = search
  search.steps += search.look
  if (search.steps > search.stepsMax || (search.isByPrice && search.tie)) return
  if (part.missing === 0) return keep(search)
  const open = part.settled.reduce((sum, to) => sum + (to === 0 ? 1 : 0), 0)
  if (open < part.missing) return
  const isEnough = (sum: number) => {
    search.steps += search.look
    return isHopeless(search, sum)
  }
  // With what the last seat adds as slopes, the bound is reached.
  const [from, limit] = part.missing === 1 ? [nextOf(concave, part.represented), 0] : [slopes, rounds]
  const bound = boundOf(concave, part, from, { rounds: limit, known: search.best, isEnough })
  if (isHopeless(search, bound.sum)) return
  const changed = settleBy(search, bound)
  branch(search, bound)
  for (const candidate of changed) unsettle(search, candidate)
}

/** The open candidate with the highest price, among equals the first; -1 if there is none. */
const dearestOf = ({ settled }: Part, prices: Float64Array): number => {
  let dearest = -1
  for (let candidate = 0; candidate < settled.length; candidate++)
    if (settled[candidate] === 0 && (dearest === -1 || prices[candidate]! > prices[dearest]!)) dearest = candidate
  return dearest
}

/** Goes on with one open candidate in, then without it and its twins, which come after it and have the same price. */
const branch = (search: Search, { prices, slopes }: Bound): void => {
  const { part, twins } = search
  const candidate = search.isByPrice ? dearestOf(part, prices) : part.settled.indexOf(0)
  if (part.missing === 0 || candidate === -1) return descend(search, slopes, 0)
  settle(search, candidate, 1)
  descend(search, slopes, roundsLater)
  unsettle(search, candidate)
  const without: Array<number> = []
  for (let twin: number | undefined = candidate; twin !== undefined; twin = twins[twin])
    if (part.settled[twin] === 0) without.push(twin)
  for (const twin of without) settle(search, twin, -1)
  descend(search, slopes, roundsLater)
  for (const twin of without) unsettle(search, twin)
}

/** By candidate the next one with the same supporters. */
const twinsOf = (supporters: ReadonlyArray<ReadonlyArray<number>>): ReadonlyArray<number | undefined> => {
  const later = new Map<string, number>()
  const twins = supporters.map((): number | undefined => undefined)
  for (let candidate = supporters.length - 1; candidate >= 0; candidate--) {
    const key = supporters[candidate]!.join()
    twins[candidate] = later.get(key)
    later.set(key, candidate)
  }
  return twins
}

/** What one more member is worth to each group. */
const nextOf = ({ worths }: Concave, represented: Int32Array): Float64Array =>
  Float64Array.from(represented, (u) => (worths[u + 1] ?? worths[u]!) - worths[u]!)

/** The sum of a committee after replacing members by better candidates, one at a time, while there are any and steps. */
const improve = (search: Search, committee: ReadonlyArray<number>): number => {
  const { approvals, voters } = search.concave
  const members = new Set(committee)
  const represented = Int32Array.from(approvals, (approved) => approved.filter((each) => members.has(each)).length)
  const turn = [...members]
  for (let kept = 0; kept < turn.length && search.steps < search.stepsMax / 10; search.steps += search.look) {
    const member = turn.shift()!
    members.delete(member)
    for (const group of search.supporters[member]!) represented[group]!--
    const next = nextOf(search.concave, represented)
    const gains = new Float64Array(search.concave.candidates)
    for (const [group, approved] of approvals.entries())
      for (const candidate of approved) gains[candidate]! += voters[group]! * next[group]!
    const better = gains.reduce((best, gain, each) => (gain > gains[best]! && !members.has(each) ? each : best), member)
    members.add(better)
    for (const group of search.supporters[better]!) represented[group]!++
    turn.push(better)
    kept = better === member ? kept + 1 : 0
  }
  return sumOf(search.concave, represented)
}

/** Searches from a committee that is already good. */
export const search = (concave: Concave, started: ReadonlyArray<number>, stepsMax: number): Found => {
  const { approvals, candidates, seats, voters, worths } = concave
  const supporters = Array.from({ length: candidates }, (): Array<number> => [])
  for (const [group, approved] of approvals.entries()) for (const each of approved) supporters[each]!.push(group)
  const look = 2 * approvals.reduce((sum, { length }) => sum + length, 0) + 8 * voters.length + 16 * candidates
  const part: Part = {
    settled: new Int8Array(candidates),
    missing: seats,
    represented: new Int32Array(voters.length),
    open: Int32Array.from(approvals, ({ length }) => length)
  }
  const state: Search = {
    concave,
    part,
    supporters,
    twins: twinsOf(supporters),
    look,
    stepsMax,
    isByPrice: true,
    best: 0,
    committee: undefined,
    tie: false,
    steps: 0
  }
  state.best = improve(state, started)
  const slopes = new Float64Array(voters.length).fill((worths[1] ?? 0) / 2)
  const rounds = Math.min(roundsFirst, Math.floor(stepsMax / 4 / look))
  descend(state, slopes, rounds)
  if (state.tie) {
    state.isByPrice = false
    state.committee = undefined
    state.tie = false
    descend(state, slopes, rounds)
  }
  const { committee, steps, tie } = state
  if (steps > stepsMax) return { committee: [], tie, steps }
  // The search starts from a sum that is there to be found, so it ends with a committee.
  if (committee === undefined) throw new Error("no committee reaches a sum that one has")
  return { committee, tie, steps }
}
