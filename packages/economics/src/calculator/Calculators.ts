/**
 * All calculators, by the noun of the command that takes them.
 *
 * **Guarantees** No two calculators have one name, whatever their nouns: a receipt names its mechanism alone.
 *
 * @since 0.1.0
 */
import type { Calculator, SlowCalculator } from "./Calculator.ts"

/** Calculators by the name that an input gives. */
export type Table = ReadonlyMap<string, Calculator | SlowCalculator>

const tableOf = (...calculators: ReadonlyArray<Calculator | SlowCalculator>): Table =>
  new Map(calculators.map((calculator) => [calculator.name, calculator]))

/** What `mabeam auction solve` knows, by `mechanism`. */
export const auctions: Table = tableOf()

/** What `mabeam market solve` knows, by `kind`. */
export const markets: Table = tableOf()

/** What `mabeam vote tally` and `mabeam vote consensus` know, by `rule`. */
export const votes: Table = tableOf()
