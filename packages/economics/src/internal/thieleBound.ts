/**
 * How good a committee can still become under proportional approval voting, by Lagrangian relaxation.
 *
 * A voter's worth is concave in the number of its approved members, so it lies below any of its tangents. With a tangent for
 * every voter the best committee is that of the highest prices, and its sum bounds all others; the tangents are chosen by
 * subgradients (Held and Karp 1971, steps after Polyak 1969) so that the bound is low. How much lower it would be with a
 * candidate, or without it, says who is in all committees that are still wanted, and who in none.
 */

/** Voters of one mind, what they approve of, and what they are worth with 0, 1, … approved members: concave, integers. */
export interface Concave {
  readonly approvals: ReadonlyArray<ReadonlyArray<number>>
  readonly voters: ReadonlyArray<number>
  readonly worths: ReadonlyArray<number>
  readonly candidates: number
  readonly seats: number
}

/** Committees of which a part is settled. For a bound there is a seat to be filled, and an open candidate for each. */
export interface Part {
  /** By candidate: 1 is in, -1 is out, 0 is open. */
  readonly settled: Int8Array
  /** Seats to be filled. */
  missing: number
  /** By group: approved members that are in, and approved candidates that are open. */
  readonly represented: Int32Array
  readonly open: Int32Array
}

/** No committee with this part is worth more than `sum`. */
export interface Bound {
  readonly sum: number
  /** By group, of its tangent. */
  readonly slopes: Float64Array
  /** By candidate: what the bound takes an open one to add. The highest are in its sum. */
  readonly prices: Float64Array
  /** The lowest price in the sum, and the highest that is not. */
  readonly last: number
  readonly next: number
}

/** How long to look for a low bound. */
export interface Effort {
  readonly rounds: number
  /** A sum that is known: steps aim at it. */
  readonly known: number
  /** Asked after every round. */
  readonly isEnough: (sum: number) => boolean
}

/** The bound of these slopes; `overdrawn` becomes how many approved members more than it elects it counts for a group. */
const boundBy = (concave: Concave, part: Part, slopes: Float64Array, overdrawn: Float64Array): Bound => {
  const { approvals, voters, worths } = concave
  const { missing, open, represented, settled } = part
  const prices = new Float64Array(concave.candidates)
  let sum = 0
  for (let group = 0; group < slopes.length; group++) {
    const slope = slopes[group]!
    const least = represented[group]!
    const most = least + Math.min(missing, open[group]!)
    let at = least
    while (at < most && worths[at + 1]! - worths[at]! > slope) at++
    sum += voters[group]! * (worths[at]! - slope * (at - least))
    overdrawn[group] = at - least
    const price = voters[group]! * slope
    if (most > least) for (const candidate of approvals[group]!) prices[candidate]! += price
  }
  const ascending = prices.filter((_, candidate) => settled[candidate] === 0).sort()
  const cut = ascending.length - missing
  for (let place = cut; place < ascending.length; place++) sum += ascending[place]!
  return { sum, slopes, prices, last: ascending[cut]!, next: ascending[cut - 1] ?? -Infinity }
}

/** Takes from `overdrawn` whom the bound elects: by price, among equals by place. */
const draw = (concave: Concave, part: Part, { last, prices }: Bound, overdrawn: Float64Array): void => {
  const { settled } = part
  const elected = new Uint8Array(concave.candidates)
  let left = part.missing
  for (let candidate = 0; candidate < elected.length; candidate++)
    if (settled[candidate] === 0 && prices[candidate]! > last) {
      elected[candidate] = 1
      left--
    }
  for (let candidate = 0; left > 0; candidate++)
    if (settled[candidate] === 0 && prices[candidate] === last) {
      elected[candidate] = 1
      left--
    }
  for (let group = 0; group < overdrawn.length; group++) {
    if (part.open[group] === 0) continue
    let drawn = 0
    for (const candidate of concave.approvals[group]!) drawn += elected[candidate]!
    overdrawn[group]! -= drawn
  }
}

/** The lowest bound that is found from these slopes on. */
export const boundOf = (concave: Concave, part: Part, slopes: Float64Array, effort: Effort): Bound => {
  const { voters } = concave
  const overdrawn = new Float64Array(slopes.length)
  let bound = boundBy(concave, part, slopes, overdrawn)
  let least = bound
  let reach = 1
  for (let left = effort.rounds; left > 0 && !effort.isEnough(least.sum); left--) {
    draw(concave, part, bound, overdrawn)
    const square = overdrawn.reduce((sum, each, group) => sum + (voters[group]! * each) ** 2, 0)
    if (square === 0) break
    const length = (reach * Math.max(bound.sum - effort.known, effort.known / 1000)) / square
    const lower = bound.slopes.map((slope, group) => Math.max(0, slope + length * voters[group]! * overdrawn[group]!))
    bound = boundBy(concave, part, lower, overdrawn)
    if (bound.sum < least.sum) least = bound
    else reach *= 0.95
  }
  return least
}
