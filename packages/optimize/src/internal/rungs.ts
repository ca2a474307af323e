/**
 * Rungs: the steps at which trials are compared, each `factor` times as far as the one before.
 *
 * A trial is measured at a rung by its first report at or above the rung's step, so trials that report at different steps can be
 * compared. It is judged when its last report is that one, and not again.
 *
 * **Guarantees** Steps of rungs are whole numbers found by multiplication: no logarithm decides how many there are.
 *
 * @since 0.1.0
 */
import type { Progress, PruneRequest, Report } from "../pruner/Pruner.ts"
import type { Direction } from "../sampler/Sampler.ts"
import * as Dominance from "./dominance.ts"
import * as ProgressIndex from "./progressIndex.ts"
import type { Entry } from "./standing.ts"
import { pointOf, standing, top } from "./standing.ts"

/** The first report at or above a step. */
export const firstFrom = (reports: ReadonlyArray<Report>, step: number): Report | undefined => {
  let low = 0
  let high = reports.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (reports[middle]!.step < step) low = middle + 1
    else high = middle
  }
  return reports[low]
}

/** The largest `k` such that `from * factor ** k` is not above `to`; `from` is not above `to`. */
export const wholeLog = (from: number, to: number, factor: number): number => {
  let k = 0
  for (let reach = from * factor; reach <= to; reach *= factor) k++
  return k
}

const entryAt = (
  { number, reports }: Progress,
  step: number,
  directions: PruneRequest["directions"]
): Entry | undefined => {
  const report = firstFrom(reports, step)
  return report === undefined ? undefined : { number, point: pointOf(report.values, directions) }
}

const entriesAt = (
  trials: ReadonlyArray<Progress>,
  step: number,
  directions: PruneRequest["directions"]
): ReadonlyArray<Entry> =>
  trials.flatMap((trial) => {
    const entry = entryAt(trial, step, directions)
    return entry === undefined ? [] : [entry]
  })

/** The rungs of a bracket: whole steps, ascending, and what part of a rung goes on: one of `factor`. */
export interface Ladder {
  readonly steps: ReadonlyArray<number>
  readonly factor: number
}

/** The steps `first * factor ** k` below `below`. */
export const stepsFrom = (first: number, factor: number, below: number): ReadonlyArray<number> => {
  const steps: Array<number> = []
  for (let step = first; step < below && step <= Number.MAX_SAFE_INTEGER; step *= factor) steps.push(step)
  return steps
}

/** How many have reached a rung before a trial, and how many of them stand before it. */
export type Rivals = (
  request: PruneRequest,
  step: number,
  own: Entry
) => { readonly count: number; readonly before: number }

/** The members of a bracket as rivals. */
export const rivalsAmong = (isMember: (trial: Progress) => boolean): Rivals => {
  const index = (direction: Direction) =>
    ProgressIndex.make(isMember, (trial, step) => entryAt(trial, step, [direction])?.point[0])
  const indexes = { minimize: index("minimize"), maximize: index("maximize") }
  return ({ directions, others }, step, own) => {
    const [direction = "minimize"] = directions
    if (directions.length === 1) {
      const order = indexes[direction](others).order(step)
      return { count: order.values.length, before: ProgressIndex.placeIn(order, own.point[0]!, own.number) }
    }
    const entries = entriesAt(others.filter(isMember), step, directions)
    const { better, level } = standing(entries, own)
    return { count: entries.length, before: better + level }
  }
}

/**
 * Whether a trial is outside of the best `floor(n / factor)` of the `n` that have reached a rung, at a rung that its last report is
 * the first to reach.
 */
export const isBehindNow = (
  request: PruneRequest,
  rivals: Rivals,
  { factor, steps }: Ladder,
  leaderStays: boolean
): boolean => {
  const { directions, trial } = request
  const reached = trial.reports.at(-1)?.step ?? -1
  const before = trial.reports.at(-2)?.step ?? -1
  return steps.some((step) => {
    const own = step > before && step <= reached ? entryAt(trial, step, directions) : undefined
    if (own === undefined) return false
    const standing = rivals(request, step, own)
    return standing.before >= Math.max(Math.floor((standing.count + 1) / factor), leaderStays ? 1 : 0)
  })
}

/** Who starts together with a trial, of those that have begun: `cohortOf` numbers the cohorts. */
export const cohorts = (cohortOf: (number: number) => number): ((request: PruneRequest) => ReadonlyArray<Progress>) => {
  const index = ProgressIndex.make(
    () => true,
    ({ number }, cohort) => (cohortOf(number) === cohort ? 0 : undefined)
  )
  return ({ others, trial }) => index(others).order(cohortOf(trial.number)).trials
}

/** Trials that start together. */
export interface Cohort {
  /** How many there are, those that have not begun included. */
  readonly size: number
  /** Those that have begun, other than the one in question. */
  readonly others: ReadonlyArray<Progress>
}

const hasEnded = ({ state }: Progress) => state === "complete" || state === "failed" || state === "pruned"

/** How many will stand before a trial whoever else comes; with several objectives, those that dominate it are sure of that. */
const surelyBefore = (entries: ReadonlyArray<Entry>, own: Entry): number => {
  if (own.point.length > 1) return entries.filter(({ point }) => Dominance.dominates(point, own.point)).length
  const { better, level } = standing(entries, own)
  return better + level
}

/**
 * Whether a trial cannot be among those that leave a rung, whatever the ones still on their way will be worth. Of `size` trials the
 * best `floor(size / factor)` leave the first rung, the best `floor(size / factor ** 2)` the second, and so on. A rung counts once
 * the one below it is full; who ended below a rung will not reach it.
 */
export const isOutForGood = (
  { directions, trial }: PruneRequest,
  { others, size }: Cohort,
  { factor, steps }: Ladder
): boolean => {
  let left = others
  let expected = size
  let promoted = Math.floor(size / factor)
  for (const step of steps) {
    if (promoted === 0) return false
    const own = entryAt(trial, step, directions)
    if (own === undefined) return false
    const entries = entriesAt(left, step, directions)
    if (surelyBefore(entries, own) >= promoted) return true
    const gone = left.filter((other) => hasEnded(other) && firstFrom(other.reports, step) === undefined)
    if (entries.length + gone.length + 1 < expected) return false
    const kept = new Set(top([...entries, own], promoted).map(({ number }) => number))
    if (!kept.has(own.number)) return true
    left = left.filter(({ number }) => kept.has(number))
    expected = kept.size
    promoted = Math.floor(promoted / factor)
  }
  return false
}
