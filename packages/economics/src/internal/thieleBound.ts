/**
 * How good a committee can still become under proportional approval voting, by Lagrangian relaxation.
 *
 * A voter's worth is concave in the number of its approved members, so it lies below any of its tangents. With a tangent for
 * every voter the best committee is that of the highest prices, and its sum bounds all others; the tangents are chosen by
 * subgradients (Held and Karp 1971, steps after Polyak 1969) so that the bound is low.
 */

/** Voters of one mind, what they approve of, and what they are worth with 0, 1, … approved members: concave, integers. */
export interface Concave {
  readonly approvals: ReadonlyArray<ReadonlyArray<number>>
  readonly voters: ReadonlyArray<number>
  readonly worths: ReadonlyArray<number>
  readonly candidates: number
  readonly seats: number
}

/** A bound on all committees that have members `chosen` and others from `from` on: `base`, their prices, and `most`. */
export interface Bound {
  readonly base: number
  readonly prices: Float64Array
  /** The highest prices of `missing` candidates from `from` on, added up. */
  readonly most: (from: number, missing: number) => number
}

/** Rounds of the search for tangents: 300, fewer where each has to look at more than 100,000 approvals. */
const roundsFor = ({ approvals }: Concave): number =>
  Math.max(1, Math.min(300, Math.floor(3e7 / approvals.reduce((sum, { length }) => sum + length, 1))))

/** What voters would gain beyond a tangent of this slope, and with how many members. */
const beyond = (worths: ReadonlyArray<number>, longest: number, slope: number): readonly [gain: number, at: number] => {
  let at = 0
  while (at < longest && worths[at + 1]! - worths[at]! > slope) at++
  return [worths[at]! - slope * at, at]
}

const pricesOf = ({ approvals, candidates, voters }: Concave, slopes: Float64Array): Float64Array => {
  const prices = new Float64Array(candidates)
  for (const [group, approved] of approvals.entries())
    for (const candidate of approved) prices[candidate]! += voters[group]! * slopes[group]!
  return prices
}

/** The most that a group can have approved of. */
const longestOf = ({ approvals, seats }: Concave, group: number): number => Math.min(seats, approvals[group]!.length)

/** Slopes of a low bound, from the sum of a committee that is known. */
const slopesOf = (concave: Concave, known: number): Float64Array => {
  const { approvals, seats, voters, worths } = concave
  let slopes = new Float64Array(voters.length).fill((worths[1] ?? 0) / 2)
  let best = slopes
  let least = Infinity
  let reach = 1
  for (let left = roundsFor(concave); left > 0; left--) {
    const prices = pricesOf(concave, slopes)
    const ranked = [...prices.keys()].sort((a, b) => prices[b]! - prices[a]!).slice(0, seats)
    const elected = new Set(ranked)
    let bound = ranked.reduce((sum, candidate) => sum + prices[candidate]!, 0)
    let square = 0
    const downhill = Float64Array.from(voters, (count, group) => {
      const [gain, at] = beyond(worths, longestOf(concave, group), slopes[group]!)
      bound += count * gain
      const slope = count * (at - approvals[group]!.filter((candidate) => elected.has(candidate)).length)
      square += slope * slope
      return slope
    })
    if (bound < least) {
      least = bound
      best = slopes
    } else reach *= 0.95
    if (square === 0 || least <= known) break
    const length = (reach * (bound - known)) / square
    slopes = slopes.map((slope, group) => Math.max(0, slope + length * downhill[group]!))
  }
  return best.map(Math.round)
}

/** The bound, in integers. */
export const boundOf = (concave: Concave, known: number): Bound => {
  const { candidates, seats, voters, worths } = concave
  const slopes = slopesOf(concave, known)
  const prices = pricesOf(concave, slopes)
  const base = voters.reduce(
    (sum, count, group) => sum + count * beyond(worths, longestOf(concave, group), slopes[group]!)[0],
    0
  )
  const width = seats + 1
  const tails = new Float64Array((candidates + 1) * width)
  const highest: Array<number> = []
  for (let from = candidates - 1; from >= 0; from--) {
    const place = highest.findIndex((price) => price < prices[from]!)
    highest.splice(place === -1 ? highest.length : place, 0, prices[from]!)
    for (let missing = 1; missing <= seats; missing++)
      tails[from * width + missing] = tails[from * width + missing - 1]! + (highest[missing - 1] ?? 0)
  }
  return { base, prices, most: (from, missing) => tails[from * width + missing]! }
}
