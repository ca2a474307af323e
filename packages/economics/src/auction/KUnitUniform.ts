/**
 * Uniform-price auction of `k` identical units to bidders who want one each: the `k` highest bids win and all pay the
 * highest rejected bid, or the reserve if that is more (Krishna, "Auction Theory", chapters 12 and 13).
 *
 * **Guarantees** All winners pay one price, at which exactly they want to buy. With one unit each, that is the k-unit
 * Vickrey auction, and bidding one's value is a dominant strategy.
 *
 * **Does not guarantee** Honesty where bidders want several units: there the uniform price invites to demand less, and the
 * two auctions part.
 *
 * **Example**
 *
 * ```ts
 * import { KUnitUniform } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * const bids = [
 *   { bidder: "a", amount: "0.7" },
 *   { bidder: "b", amount: "1/3" },
 *   { bidder: "c", amount: "0.5" }
 * ]
 * const { decision } = Result.getOrThrow(KUnitUniform.calculator.solve({ units: 2, bids }))
 * decision // => { winners: ["a", "c"], price: "1/3" }
 * ```
 *
 * @since 0.1.0
 */
import type { Calculator } from "../calculator/Calculator.ts"
import * as SealedUnits from "../internal/sealedUnits.ts"
import type { Mechanism } from "../properties/UnitDemand.ts"
import * as KUnitVickrey from "./KUnitVickrey.ts"

/** The name of this mechanism. */
export const name = "k-unit-uniform"

/** This auction as the checkers of `properties` see it: with one unit for each bidder, the Vickrey auction. */
export const mechanism: Mechanism = { ...KUnitVickrey.mechanism, name }

/** This auction on input from outside: `winners` in order of arrival, and `price`, the reserve if units are left over. */
export const calculator: Calculator = SealedUnits.calculator(mechanism, ({ encode }, { price, winners }) => ({
  winners,
  price: encode(price)
}))
