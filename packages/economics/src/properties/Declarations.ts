/**
 * Holds what a mechanism declares against what it does.
 *
 * **Guarantees** Every property is judged by its own checker from the outcome alone. In exact arithmetic, and where the
 * instance says that nothing is rounded, nothing counts as rounding.
 *
 * **Does not guarantee** More than one instance: a declaration is believed after many.
 *
 * **Example**
 *
 * ```ts
 * import { Amount, Declarations, FirstPrice } from "@mabeam/economics"
 *
 * const instance = {
 *   units: 1,
 *   reserve: 0,
 *   bids: [
 *     { bidder: "a", amount: 10 },
 *     { bidder: "b", amount: 4 }
 *   ]
 * }
 * Declarations.audit(Amount.doubles, FirstPrice.mechanism, instance).get("strategy-proof") // => { declared: false, holds: false }
 * Declarations.broken(Amount.doubles, FirstPrice.mechanism, instance) // => []
 * ```
 *
 * @since 0.1.0
 */
import { Option } from "effect"
import type { Finding } from "../calculator/Calculator.ts"
import * as Amount from "../input/Amount.ts"
import { isTame } from "../internal/exactly.ts"
import * as Core from "./Core.ts"
import * as Efficiency from "./Efficiency.ts"
import * as EnvyFreeness from "./EnvyFreeness.ts"
import * as IndividualRationality from "./IndividualRationality.ts"
import * as Revenue from "./Revenue.ts"
import * as StrategyProofness from "./StrategyProofness.ts"
import { properties } from "./UnitDemand.ts"
import type { Instance, Mechanism, Outcome, Property } from "./UnitDemand.ts"

/** The most bids among which a profitable deviation is looked for when a calculator answers; above, it is unchecked. */
export const searchedBidsMax = 12

/** The same where amounts are text, on which each try takes longer. */
export const searchedTextBidsMax = 6

/** Sums of text amounts are taken only if bids times digits of their common denominator are no more than this many bits. */
const summedBitsMax = 5_000_000

/** Judges every property of `mechanism` on one instance, the search for deviations included. */
export const audit = <A>(
  arithmetic: Amount.Arithmetic<A>,
  mechanism: Mechanism,
  instance: Instance<A>
): ReadonlyMap<Property, Finding> => {
  const outcome = mechanism.run(arithmetic, instance)
  return new Map(
    properties.map((property) => [
      property,
      {
        declared: mechanism.declares.includes(property),
        holds: holds(arithmetic, property, mechanism, instance, outcome)
      }
    ])
  )
}

/** Judges an outcome of `mechanism` as a calculator's answer states it. Linear but for sorting, and a bounded search. */
export const findings = <A>(
  arithmetic: Amount.Arithmetic<A>,
  mechanism: Mechanism,
  instance: Instance<A>,
  outcome: Outcome<A>
): { readonly [property in Property]: Finding } => {
  const searched = arithmetic.isExact ? searchedTextBidsMax : searchedBidsMax
  const unchecked = new Set<Property>([
    ...(instance.bids.length > searched ? (["strategy-proof"] as const) : []),
    ...(isSummable(arithmetic, instance, outcome) ? [] : (["core"] as const))
  ])
  const find = (property: Property): Finding => ({
    declared: mechanism.declares.includes(property),
    holds: unchecked.has(property) ? "unchecked" : holds(arithmetic, property, mechanism, instance, outcome)
  })
  return {
    "individually-rational": find("individually-rational"),
    efficient: find("efficient"),
    "strategy-proof": find("strategy-proof"),
    "weakly-budget-balanced": find("weakly-budget-balanced"),
    "reserve-respecting": find("reserve-respecting"),
    "envy-free": find("envy-free"),
    core: find("core")
  }
}

const isSummable = <A>(
  { encode, isExact }: Amount.Arithmetic<A>,
  { bids, reserve }: Instance<A>,
  { payments }: Outcome<A>
): boolean => {
  if (!isExact) return true
  const amounts = [reserve, ...bids.map((bid) => bid.amount), ...payments.values()]
  const exact = amounts.map((amount) => Amount.toRational(encode(amount)))
  return isTame(exact, Math.ceil(summedBitsMax / amounts.length))
}

/** The declared properties that do not hold on this instance; none for an honest declaration. */
export const broken = <A>(
  arithmetic: Amount.Arithmetic<A>,
  mechanism: Mechanism,
  instance: Instance<A>
): ReadonlyArray<Property> => {
  const found = audit(arithmetic, mechanism, instance)
  return mechanism.declares.filter((property) => found.get(property)?.holds === false)
}

const holds = <A>(
  arithmetic: Amount.Arithmetic<A>,
  property: Property,
  mechanism: Mechanism,
  instance: Instance<A>,
  outcome: Outcome<A>
): boolean => {
  switch (property) {
    case "individually-rational":
      return IndividualRationality.violators(arithmetic, instance, outcome).length === 0
    case "efficient":
      return Efficiency.isEfficient(arithmetic, instance, outcome)
    case "strategy-proof":
      return Option.isNone(StrategyProofness.search(arithmetic, mechanism, instance))
    case "weakly-budget-balanced":
      return Revenue.receivers(arithmetic, instance, outcome).length === 0
    case "reserve-respecting":
      return Revenue.belowReserve(arithmetic, instance, outcome).length === 0
    case "envy-free":
      return EnvyFreeness.envious(arithmetic, instance, outcome).length === 0
    case "core":
      return Efficiency.isFeasible(instance, outcome) && Option.isNone(Core.blocking(arithmetic, instance, outcome))
  }
}
