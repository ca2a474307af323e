/**
 * Signs of collusion: reports that agree with each other and not with the rest, and pairs that praise each other.
 *
 * **Guarantees** `reports` flags those whose distance from the centre, in median absolute deviations, is beyond a
 * threshold (the modified z-score of Iglewicz & Hoaglin, "How to Detect and Handle Outliers", 1993): 3.5 for one alone, 2 for
 * those that agree with each other, since to be far off in the same way by chance is less likely. Less than half of the
 * reports, however false, cannot move the centre beyond the honest ones. The order of the reports does not matter.
 *
 * **Does not guarantee** Proof: honest agents can agree on an error. A majority that lies together is the centre, unless
 * the truth is known.
 *
 * **Example**
 *
 * ```ts
 * import { Collusion } from "@mabeam/economics"
 *
 * const values = [95, 95, 68, 72, 74, 76, 79]
 * const found = Collusion.reports(values.map((value, index) => ({ agent: `a${index}`, value })), { truth: 76 })
 * found.flagged.map(({ agent }) => agent) // => ["a0", "a1"]
 * found.groups // => [["a0", "a1"]]
 * ```
 *
 * @since 0.1.0
 */

/** What an agent reports about something that all of them can see. */
export interface Report {
  readonly agent: string
  readonly value: number
}

/** How to judge reports. */
export interface Options {
  /** The centre, when it is known; without it, the median of the reports. */
  readonly truth?: number | undefined
  /** Flags modified z-scores beyond it. Default 3.5. */
  readonly threshold?: number | undefined
  /** Flags reports that agree with each other from this score on. Default 2. */
  readonly togetherThreshold?: number | undefined
  /** How far apart two reports may be to agree, in median absolute deviations. Default 0.5. */
  readonly agreement?: number | undefined
}

/** What was found; agents in order of their reports. */
export interface Finding {
  readonly centre: number
  readonly flagged: ReadonlyArray<Report & { readonly score: number }>
  /** Two or more flagged agents whose reports agree. */
  readonly groups: ReadonlyArray<ReadonlyArray<string>>
}

const median = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length >> 1
  const upper = sorted[half] ?? 0
  // Halved before they are added: the sum of two huge numbers would be none.
  return sorted.length % 2 === 1 ? upper : (sorted[half - 1] ?? 0) / 2 + upper / 2
}

/** Judges reports about one thing; values are finite. Fewer than 3 reports show nothing. */
export const reports = (all: ReadonlyArray<Report>, options: Options = {}): Finding => {
  const centre = options.truth ?? median(all.map(({ value }) => value))
  if (all.length < 3) return { centre, flagged: [], groups: [] }
  const deviation = median(all.map(({ value }) => Math.abs(value - centre)))
  const score = (value: number): number => {
    const distance = value - centre
    // 0.6745 makes the deviation of a normal distribution 1. If more than half agree exactly, any other is infinitely far.
    return distance === 0 ? 0 : (0.6745 * distance) / deviation
  }
  const { agreement = 0.5, threshold = 3.5, togetherThreshold = 2 } = options
  const suspects = all
    .map((report) => ({ ...report, score: score(report.value) }))
    .filter((report) => Math.abs(report.score) > Math.min(threshold, togetherThreshold))
  const groups = groupsOf(suspects, agreement * deviation)
  const together = new Set(groups.flat())
  const flagged = suspects.filter(({ agent, score }) => together.has(agent) || Math.abs(score) > threshold)
  return { centre, flagged, groups }
}

const groupsOf = (flagged: ReadonlyArray<Report>, within: number): ReadonlyArray<ReadonlyArray<string>> => {
  const byValue = flagged.map((report, index) => ({ ...report, index })).sort((a, b) => a.value - b.value)
  const groups: Array<Array<{ readonly agent: string; readonly index: number }>> = []
  let before = Number.NaN
  for (const { agent, index, value } of byValue) {
    if (value - before <= within) groups.at(-1)?.push({ agent, index })
    else groups.push([{ agent, index }])
    before = value
  }
  return groups
    .filter((group) => group.length > 1)
    .map((group) => group.sort((a, b) => a.index - b.index).map(({ agent }) => agent))
}

/** A rating from 0 to 1. */
export interface Rating {
  readonly rater: string
  readonly subject: string
  readonly quality: number
}

/** A pair that praises each other, and how much higher than the others do. */
export interface Pair {
  readonly agents: readonly [string, string]
  readonly boost: number
}

interface Sum {
  sum: number
  count: number
}

const add = (sums: Map<string, Sum>, key: string, quality: number): void => {
  const sum = sums.get(key)
  if (sum === undefined) sums.set(key, { sum: quality, count: 1 })
  else {
    sum.sum += quality
    sum.count++
  }
}

/**
 * Pairs that have rated each other at least `ratingsMin` times each way (default 3), both higher by at least `boostMin`
 * (default 0.2) than all others rate them; a subject whom nobody else rates is compared with 0.5. Strongest first.
 */
export const mutual = (
  ratings: ReadonlyArray<Rating>,
  options: { readonly ratingsMin?: number | undefined; readonly boostMin?: number | undefined } = {}
): ReadonlyArray<Pair> => {
  const { boostMin = 0.2, ratingsMin = 3 } = options
  const pairs = new Map<string, Sum>()
  const subjects = new Map<string, Sum>()
  const keyOf = (rater: string, subject: string) => JSON.stringify([rater, subject])
  const seen = new Map<string, readonly [string, string]>()
  for (const { quality, rater, subject } of ratings) {
    const key = keyOf(rater, subject)
    add(pairs, key, quality)
    add(subjects, subject, quality)
    if (rater < subject) seen.set(key, [rater, subject])
  }
  const boost = (rater: string, subject: string): number => {
    const own = pairs.get(keyOf(rater, subject))
    const all = subjects.get(subject)
    if (own === undefined || all === undefined || own.count < ratingsMin) return -1
    const others = all.count === own.count ? 0.5 : (all.sum - own.sum) / (all.count - own.count)
    return own.sum / own.count - others
  }
  return [...seen.values()]
    .map(([a, b]) => ({ agents: [a, b] as const, boost: Math.min(boost(a, b), boost(b, a)) }))
    .filter((pair) => pair.boost >= boostMin)
    .sort((a, b) => b.boost - a.boost)
}

/**
 * How honest a claim of effort was, from 0 to 1: the smaller of what was claimed and what was verified, divided by the
 * larger. Who claims 40 hours and shows 38 is at 0.95, who shows 18 at 0.45; both at 0 is honest.
 */
export const effort = (claimed: number, verified: number): number => {
  const most = Math.max(claimed, verified)
  return most === 0 ? 1 : Math.max(0, Math.min(claimed, verified)) / most
}
