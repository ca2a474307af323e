/**
 * Allocations that follow how fast they are spent.
 *
 * The burn of an allocation is what it has cost divided by what was planned until now. The change is
 * `−0.4 · (burn − 1)`, within ±20 %: a burn of 1.5 or more cuts by 20 %, one of 1 changes nothing, one of 0.5 or less adds
 * 20 %. (The figure to meet is one point, 1.5 → −20 %; the line through it and through "as planned" is our definition.)
 *
 * **Guarantees** Exact, rounded down to whole minor units. More burn never gives a larger allocation. `within` never hands
 * out more than its total: additions are cut in proportion when cuts do not pay for them.
 *
 * **Does not guarantee** That what was spent already fits the new allocation.
 *
 * **Example**
 *
 * ```ts
 * import { Rebalancing } from "@mabeam/economics"
 *
 * Rebalancing.adjusted(1000n, { spent: 150n, planned: 100n }) // => 800n
 * Rebalancing.adjusted(1000n, { spent: 110n, planned: 100n }) // => 960n
 * ```
 *
 * @since 0.1.0
 */
import { rationals, type Rational } from "../input/Amount.ts"
import * as Apportionment from "./Apportionment.ts"
import * as Money from "./Money.ts"

/** What an allocation has cost, and what was planned until now. */
export interface Burn {
  readonly spent: bigint
  readonly planned: bigint
}

const fifth = rationals.fromNumber(1).div(5)

/** The change of an allocation, from −1/5 to 1/5. Where nothing was planned, anything spent is too much. */
export const change = ({ planned, spent }: Burn): Rational => {
  if (planned <= 0n) return spent > 0n ? fifth.neg() : rationals.zero
  const free = rationals
    .fromNumber(1)
    .mul(planned - spent)
    .div(planned)
    .mul(2)
    .div(5)
  return free.compare(fifth) > 0 ? fifth : free.compare(fifth.neg()) < 0 ? fifth.neg() : free
}

/** The allocation after its change. */
export const adjusted = (allocation: bigint, burn: Burn): bigint =>
  Money.floor(Money.times(allocation, change(burn).add(1)))

/** An allocation of somebody. */
export interface Allocation extends Burn {
  readonly name: string
  readonly allocation: bigint
}

/** All allocations after their changes, by name, in sum at most `total`: where that is not enough, in proportion. */
export const within = (allocations: ReadonlyArray<Allocation>, total: bigint): ReadonlyMap<string, bigint> => {
  const wanted = allocations.map((each) => adjusted(each.allocation, each))
  const sum = wanted.reduce((all, each) => all + each, 0n)
  const given = sum <= total ? wanted : Apportionment.split(total, wanted)
  return new Map(allocations.map(({ name }, index) => [name, given[index] ?? 0n]))
}
