/**
 * The core-selecting combinatorial auction: the allocation of the greatest sum of bids, and payments at which no coalition
 * of bidders could offer the seller more. Among those the sum of payments is the least, and among those the payments are
 * nearest to VCG (Day & Raghavan, "Fair Payments for Efficient Allocations in Public Sector Combinatorial Auctions", 2007;
 * Day & Cramton, "Quadratic Core-Selecting Payment Rules for Combinatorial Auctions", 2012).
 *
 * **Guarantees** Exact: the payments are in the core of the bids, at least those of VCG and at most the bids, and there is
 * only one such point.
 *
 * **Does not guarantee** Honest bids: a bidder may gain by bidding less than the value.
 *
 * **Details** Constraints of coalitions are generated one by one: winner determination on bids less the utilities at the
 * present payments finds the coalition that would offer most. When time runs out before the winners are proven, they pay
 * what VCG would have them pay for what was found; when it runs out later, what keeps the coalitions found so far from
 * blocking, and `gap` says how much more another could offer at most.
 *
 * **Example**
 *
 * ```ts
 * import { CoreSelecting } from "@mabeam/economics"
 *
 * const outcome = CoreSelecting.mechanism.run([
 *   { bidder: 0, items: [0, 1], price: 20n },
 *   { bidder: 1, items: [0], price: 20n },
 *   { bidder: 2, items: [1], price: 20n }
 * ])
 * outcome.payments.get(1)?.toFraction() // => "10"
 * ```
 *
 * @since 0.1.0
 */
import { Fraction } from "fraction.js"
import type { SlowCalculator } from "../calculator/Calculator.ts"
import { type Bids, gapOf, type Mechanism, type Outcome, winners } from "./BundleMechanism.ts"
import { blockingCoalition } from "./Coalitions.ts"
import { leastCore, type Row } from "./internal/leastCore.ts"
import * as BundleCalculator from "./BundleCalculator.ts"
import * as Vcg from "./Vcg.ts"
import type * as WinnerDetermination from "./WinnerDetermination.ts"

/** The name of this mechanism. */
export const name = "core"

/** Winners and payments. */
export const run = (bids: Bids, isSpent?: () => boolean): Outcome => {
  const vcg = Vcg.run(bids, isSpent)
  const { chosen, isEarliest, welfare } = vcg
  if (!vcg.isOptimal) return vcg
  const won = winners(bids, chosen)
  const members = [...won.keys()]
  const nearTo = members.map((bidder) => vcg.payments.get(bidder)!)
  const most = members.map((bidder) => new Fraction(won.get(bidder)!.price))
  const rows: Array<Row> = []
  for (;;) {
    const point = leastCore({ nearTo, most, rows })
    if (point === undefined) throw new Error("the core is empty, although winners who pay their bids are in it")
    const payments = new Map(members.map((bidder, index) => [bidder, point[index]!]))
    const { blocking, missing } = blockingCoalition(bids, { chosen, payments }, isSpent)
    if (blocking === undefined || isSpent?.() === true) {
      const gap = gapOf(missing, welfare)
      return { chosen, welfare, payments, isOptimal: missing === 0n, isEarliest, gap }
    }
    const row = rowOf(bids, won, members, blocking.chosen)
    const paid = [...row.members].reduce((sum, index) => sum.add(point[index]!), new Fraction(0))
    if (paid.compare(row.least) >= 0) throw new Error("a coalition blocks although its constraint holds")
    rows.push(row)
  }
}

/** What the winners outside of a coalition have to pay together, so that it has nothing to offer. */
const rowOf = (
  bids: Bids,
  won: ReadonlyMap<number, WinnerDetermination.Bid>,
  members: ReadonlyArray<number>,
  coalition: ReadonlyArray<number>
): Row => {
  const inside = new Set(coalition.map((index) => bids[index]!.bidder))
  const value = coalition.reduce((sum, index) => sum + bids[index]!.price, 0n)
  const kept = [...won].reduce((sum, [bidder, bid]) => (inside.has(bidder) ? sum + bid.price : sum), 0n)
  return {
    members: new Set(members.flatMap((bidder, index) => (inside.has(bidder) ? [] : [index]))),
    least: new Fraction(value - kept)
  }
}

/** This auction as the checkers see it. */
export const mechanism: Mechanism = {
  name,
  declares: ["efficient", "individually-rational", "weakly-budget-balanced", "core"],
  run
}

/** This auction as a calculator. */
export const calculator: SlowCalculator = BundleCalculator.make(mechanism)
