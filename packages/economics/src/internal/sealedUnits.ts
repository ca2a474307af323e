/**
 * Calculators of sealed-bid auctions of identical units in which all who win pay the highest rejected bid.
 */
import { Schema } from "effect"
import type { Calculator, JsonObject } from "../calculator/Calculator.ts"
import type { Arithmetic } from "../input/Amount.ts"
import type { Mechanism } from "../properties/UnitDemand.ts"
import * as UnitDemand from "./unitDemand.ts"

const inputs = (bids: UnitDemand.Offers) => Schema.Struct({ units: UnitDemand.Units, ...UnitDemand.sealedFields(bids) })

/** Who wins, and the highest rejected bid or the reserve. */
export interface Cleared<A> {
  readonly offers: ReadonlyArray<UnitDemand.Offer>
  readonly winners: ReadonlyArray<string>
  readonly price: A
}

/** The calculator of `mechanism`; `decision` says what was decided. */
export const calculator = (
  mechanism: Mechanism,
  decision: <A>(arithmetic: Arithmetic<A>, cleared: Cleared<A>) => JsonObject
): Calculator =>
  UnitDemand.calculator(mechanism.name, inputs, {
    view: (input) => UnitDemand.sealedView(input, input.units),
    mechanism: () => mechanism,
    settle: ({ bids, reserve, units }, amounts, arithmetic, lift) => {
      const { accepted, price } = UnitDemand.accept(arithmetic, amounts, units, lift(reserve ?? 0))
      const winners = accepted.flatMap((index) => bids[index]?.bidder ?? [])
      return {
        decision: decision(arithmetic, { offers: bids, winners, price }),
        winners,
        payments: winners.map((bidder) => [bidder, price])
      }
    }
  })
