/**
 * Calculators of sealed-bid auctions of one item.
 */
import { Schema } from "effect"
import type { Calculator } from "../calculator/Calculator.ts"
import type { Arithmetic } from "../input/Amount.ts"
import type { Mechanism } from "../properties/UnitDemand.ts"
import * as UnitDemand from "./unitDemand.ts"

const inputs = (bids: UnitDemand.Offers) => Schema.Struct(UnitDemand.sealedFields(bids))

/** The calculator of `mechanism`, which settles by where the bids stand. */
export const calculator = (
  mechanism: Mechanism,
  settle: <A>(
    arithmetic: Arithmetic<A>,
    offers: ReadonlyArray<UnitDemand.Offer>,
    ranking: UnitDemand.Ranking<A>,
    amounts: ReadonlyArray<A>,
    reserve: A
  ) => UnitDemand.Settlement<A>
): Calculator =>
  UnitDemand.calculator(mechanism.name, inputs, {
    view: (input) => UnitDemand.sealedView(input, 1),
    mechanism: () => mechanism,
    settle: ({ bids, reserve }, amounts, arithmetic, lift) => {
      const least = lift(reserve ?? 0)
      return settle(arithmetic, bids, UnitDemand.rank(arithmetic, amounts, least), amounts, least)
    }
  })
