/**
 * The Vickrey–Clarke–Groves mechanism for bundles: the allocation of the greatest welfare, and each winner pays what the
 * others lose by the winner's presence (Vickrey 1961; Clarke 1971; Groves 1973; Cramton, Shoham & Steinberg, "Combinatorial
 * Auctions", 2006, chapter 1).
 *
 * **Guarantees** Bidding one's values is a dominant strategy, nobody pays more than was bid, and nobody is paid.
 *
 * **Does not guarantee** Revenue: it may be 0 though others would have paid. Payments need not be in the core, bidders may
 * gain by appearing under several names, and losers by acting together.
 *
 * **Example**
 *
 * ```ts
 * import { Vcg } from "@mabeam/economics"
 *
 * const outcome = Vcg.mechanism.run([
 *   { bidder: 0, items: [0, 1], price: 20n },
 *   { bidder: 1, items: [0], price: 20n },
 *   { bidder: 2, items: [1], price: 20n }
 * ])
 * outcome.chosen // => [1, 2]
 * outcome.payments.get(1)?.toFraction() // => "0"
 * ```
 *
 * @since 0.1.0
 */
import { Fraction } from "fraction.js"
import type * as Amount from "../input/Amount.ts"
import { type Bids, gapOf, type Mechanism, type Outcome } from "./BundleMechanism.ts"
import type { SlowCalculator } from "../calculator/Calculator.ts"
import * as BundleCalculator from "./BundleCalculator.ts"
import * as WinnerDetermination from "./WinnerDetermination.ts"

/** The name of this mechanism. */
export const name = "vcg"

/** An outcome, and the solved auction behind it. */
export interface Solved extends Outcome {
  readonly payments: ReadonlyMap<number, Amount.Rational>
  /** The payments as integers. */
  readonly prices: ReadonlyMap<number, bigint>
}

/** Winners and payments. */
export const run = (bids: Bids, isSpent?: () => boolean): Solved => {
  const solved = WinnerDetermination.solve(bids, { isSpent })
  let { isOptimal } = solved
  let gap = gapOf(solved.bound - solved.welfare, solved.welfare)
  const prices = new Map<number, bigint>()
  for (const index of solved.chosen) {
    const { bidder, price } = bids[index]!
    const rest = solved.without(bidder)
    isOptimal &&= rest.isOptimal
    gap = Math.max(gap, gapOf(rest.bound - rest.welfare, solved.welfare))
    const harm = rest.welfare - (solved.welfare - price)
    // Only when time ran out can the harm seem negative, or more than the bid.
    prices.set(bidder, harm < 0n ? 0n : harm > price ? price : harm)
  }
  return {
    chosen: solved.chosen,
    welfare: solved.welfare,
    payments: new Map([...prices].map(([bidder, price]) => [bidder, new Fraction(price)])),
    prices,
    isOptimal,
    isEarliest: solved.isEarliest,
    gap
  }
}

/** This auction as the checkers see it. */
export const mechanism: Mechanism = {
  name,
  declares: ["efficient", "individually-rational", "strategy-proof", "weakly-budget-balanced"],
  run
}

/** This auction as a calculator. */
export const calculator: SlowCalculator = BundleCalculator.make(mechanism)
