/**
 * Holds what a mechanism declares against what it does.
 *
 * **Guarantees** Every property is judged by its own checker from the outcome alone.
 *
 * **Does not guarantee** More than one instance: a declaration is believed after many.
 *
 * **Example**
 *
 * ```ts
 * import { Declarations, FirstPrice } from "@mabeam/economics"
 *
 * const instance = {
 *   units: 1,
 *   reserve: 0,
 *   bids: [
 *     { bidder: "a", amount: 10 },
 *     { bidder: "b", amount: 4 }
 *   ]
 * }
 * Declarations.audit(FirstPrice.mechanism, instance).get("strategy-proof") // => { declared: false, holds: false }
 * Declarations.broken(FirstPrice.mechanism, instance) // => []
 * ```
 *
 * @since 0.1.0
 */
import { Option } from "effect"
import type { Finding } from "../calculator/Calculator.ts"
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

/** Judges every property of `mechanism` on one instance, the search for deviations included. */
export const audit = (mechanism: Mechanism, instance: Instance): ReadonlyMap<Property, Finding> => {
  const outcome = mechanism.run(instance)
  return new Map(
    properties.map((property) => [
      property,
      { declared: mechanism.declares.includes(property), holds: holds(property, mechanism, instance, outcome) }
    ])
  )
}

/** Judges an outcome of `mechanism` as a calculator's answer states it. Linear but for sorting, and a bounded search. */
export const findings = (
  mechanism: Mechanism,
  instance: Instance,
  outcome: Outcome
): { readonly [property in Property]: Finding } => {
  const find = (property: Property): Finding => ({
    declared: mechanism.declares.includes(property),
    holds:
      property === "strategy-proof" && instance.bids.length > searchedBidsMax
        ? "unchecked"
        : holds(property, mechanism, instance, outcome)
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

/** The declared properties that do not hold on this instance; none for an honest declaration. */
export const broken = (mechanism: Mechanism, instance: Instance): ReadonlyArray<Property> => {
  const outcome = mechanism.run(instance)
  return mechanism.declares.filter((property) => !holds(property, mechanism, instance, outcome))
}

const holds = (property: Property, mechanism: Mechanism, instance: Instance, outcome: Outcome): boolean => {
  switch (property) {
    case "individually-rational":
      return IndividualRationality.violators(instance, outcome).length === 0
    case "efficient":
      return Efficiency.judge(instance, outcome).efficient
    case "strategy-proof":
      return Option.isNone(StrategyProofness.search(mechanism, instance))
    case "weakly-budget-balanced":
      return Revenue.receivers(instance, outcome).length === 0
    case "reserve-respecting":
      return Revenue.belowReserve(instance, outcome).length === 0
    case "envy-free":
      return EnvyFreeness.envious(instance, outcome).length === 0
    case "core":
      return Efficiency.isFeasible(instance, outcome) && Option.isNone(Core.blocking(instance, outcome))
  }
}
