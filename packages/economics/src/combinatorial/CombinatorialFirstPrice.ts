/**
 * The combinatorial auction in which winners pay what they bid, for the allocation of the greatest sum of bids.
 *
 * **Guarantees** The revenue is the greatest that the bids allow, and no coalition could offer the seller more.
 *
 * **Does not guarantee** Honest bids: whoever bids the value gains nothing.
 *
 * **Example**
 *
 * ```ts
 * import { CombinatorialFirstPrice } from "@mabeam/economics"
 *
 * const outcome = CombinatorialFirstPrice.mechanism.run([
 *   { bidder: 0, items: [0], price: 25n },
 *   { bidder: 1, items: [0], price: 20n }
 * ])
 * outcome.payments.get(0)?.toFraction() // => "25"
 * ```
 *
 * @since 0.1.0
 */
import { Fraction } from "fraction.js"
import { type Bids, gapOf, type Mechanism, type Outcome } from "./BundleMechanism.ts"
import type { SlowCalculator } from "../calculator/Calculator.ts"
import * as BundleCalculator from "./BundleCalculator.ts"
import * as WinnerDetermination from "./WinnerDetermination.ts"

/** The name of this mechanism. */
export const name = "combinatorial-first-price"

/** Winners and payments. */
export const run = (bids: Bids, isSpent?: () => boolean): Outcome => {
  const { bound, chosen, isEarliest, isOptimal, welfare } = WinnerDetermination.solve(bids, { isSpent })
  const payments = new Map(chosen.map((index) => [bids[index]!.bidder, new Fraction(bids[index]!.price)]))
  return { chosen, payments, welfare, isOptimal, isEarliest, gap: gapOf(bound - welfare, welfare) }
}

/** This auction as the checkers see it. */
export const mechanism: Mechanism = {
  name,
  declares: ["efficient", "individually-rational", "weakly-budget-balanced", "core"],
  run
}

/** This auction as a calculator. */
export const calculator: SlowCalculator = BundleCalculator.make(mechanism)
