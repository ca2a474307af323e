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
import * as Efficiency from "./Efficiency.ts"
import * as IndividualRationality from "./IndividualRationality.ts"
import * as Revenue from "./Revenue.ts"
import * as StrategyProofness from "./StrategyProofness.ts"
import { properties } from "./UnitDemand.ts"
import type { Instance, Mechanism, Outcome, Property } from "./UnitDemand.ts"

/** Whether a property was promised, and whether it held. */
export interface Finding {
  readonly declared: boolean
  readonly holds: boolean
}

/** Judges every property of `mechanism` on one instance. */
export const audit = (mechanism: Mechanism, instance: Instance): ReadonlyMap<Property, Finding> => {
  const outcome = mechanism.run(instance)
  return new Map(
    properties.map((property) => [
      property,
      { declared: mechanism.declares.includes(property), holds: holds(property, mechanism, instance, outcome) }
    ])
  )
}

/** The declared properties that do not hold on this instance; none for an honest declaration. */
export const broken = (mechanism: Mechanism, instance: Instance): ReadonlyArray<Property> =>
  [...audit(mechanism, instance)].filter(([, it]) => it.declared && !it.holds).map(([property]) => property)

const holds = (property: Property, mechanism: Mechanism, instance: Instance, outcome: Outcome): boolean => {
  switch (property) {
    case "individually-rational":
      return IndividualRationality.violators(instance, outcome).length === 0
    case "efficient":
      return Efficiency.judge(instance, outcome).efficient
    case "strategy-proof":
      return Option.isNone(StrategyProofness.search(mechanism, instance))
    case "weakly-budget-balanced":
      return Revenue.receivers(outcome).length === 0
    case "reserve-respecting":
      return Revenue.belowReserve(instance, outcome).length === 0
  }
}
