/**
 * All calculators, by the noun of the command that takes them.
 *
 * **Guarantees** No two calculators have one name, whatever their nouns: a receipt names its mechanism alone.
 *
 * @since 0.1.0
 */
import { Effect, Option } from "effect"
import * as AllPay from "../auction/AllPay.ts"
import * as DutchClock from "../auction/DutchClock.ts"
import * as EnglishClock from "../auction/EnglishClock.ts"
import * as FirstPrice from "../auction/FirstPrice.ts"
import * as KUnitUniform from "../auction/KUnitUniform.ts"
import * as KUnitVickrey from "../auction/KUnitVickrey.ts"
import * as SecondPrice from "../auction/SecondPrice.ts"
import * as CombinatorialFirstPrice from "../combinatorial/CombinatorialFirstPrice.ts"
import * as CoreSelecting from "../combinatorial/CoreSelecting.ts"
import * as Vcg from "../combinatorial/Vcg.ts"
import * as Book from "../exchange/Book.ts"
import * as CallMarket from "../exchange/CallMarket.ts"
import * as DoubleVcg from "../exchange/DoubleVcg.ts"
import * as KDouble from "../exchange/KDouble.ts"
import * as McAfee from "../exchange/McAfee.ts"
import * as Sbba from "../exchange/Sbba.ts"
import * as SupplyDemand from "../exchange/SupplyDemand.ts"
import type { Refusal } from "../input/Refusal.ts"
import * as ExchangeCes from "../market/ExchangeCes.ts"
import * as ExchangeCobbDouglas from "../market/ExchangeCobbDouglas.ts"
import * as ExchangeLeontief from "../market/ExchangeLeontief.ts"
import * as ExchangeLinear from "../market/ExchangeLinear.ts"
import * as FisherCes from "../market/FisherCes.ts"
import * as FisherCobbDouglas from "../market/FisherCobbDouglas.ts"
import * as FisherLeontief from "../market/FisherLeontief.ts"
import * as FisherLinear from "../market/FisherLinear.ts"
import * as CommitReveal from "../session/CommitReveal.ts"
import * as ContractNet from "../session/ContractNet.ts"
import * as EnglishSession from "../session/EnglishSession.ts"
import * as SealedMechanism from "../session/SealedMechanism.ts"
import * as AllRules from "../voting/AllRules.ts"
import * as ConsensusTally from "../voting/ConsensusTally.ts"
import type { Answer, Calculator, SlowCalculator } from "./Calculator.ts"

/** Calculators by the name that an input gives. */
export type Table = ReadonlyMap<string, Calculator | SlowCalculator>

const tableOf = (...calculators: ReadonlyArray<Calculator | SlowCalculator>): Table =>
  new Map(calculators.map((calculator) => [calculator.name, calculator]))

/** What `mabeam auction solve` knows, by `mechanism`. */
export const auctions: Table = tableOf(
  FirstPrice.calculator,
  SecondPrice.calculator,
  EnglishClock.calculator,
  DutchClock.calculator,
  KUnitUniform.calculator,
  KUnitVickrey.calculator,
  AllPay.calculator,
  KDouble.calculator,
  McAfee.calculator,
  Sbba.calculator,
  Vcg.calculator,
  CombinatorialFirstPrice.calculator,
  CoreSelecting.calculator,
  DoubleVcg.calculator,
  CallMarket.calculator
)

/** What `mabeam market solve` knows, by `kind`. */
export const markets: Table = tableOf(
  FisherLinear.calculator,
  FisherCobbDouglas.calculator,
  FisherCes.calculator,
  FisherLeontief.calculator,
  ExchangeLinear.calculator,
  ExchangeCobbDouglas.calculator,
  ExchangeCes.calculator,
  ExchangeLeontief.calculator,
  SupplyDemand.calculator
)

/** What `mabeam market book` knows. */
export const books: Table = tableOf(Book.calculator)

/** What `mabeam vote tally` and `mabeam vote consensus` know, by `rule`. */
export const votes: Table = tableOf(...AllRules.calculators, ConsensusTally.calculator)

const commitReveals = [
  ...[FirstPrice, SecondPrice, AllPay].map((it) => CommitReveal.make(SealedMechanism.oneItem(it.calculator))),
  ...[KUnitUniform, KUnitVickrey].map((it) => CommitReveal.make(SealedMechanism.units(it.calculator)))
].map((protocol) => protocol.calculator)

/** What receipts of live sessions are computed again with, where no other calculator does. */
export const sessions: Table = tableOf(EnglishSession.calculator, ContractNet.calculator, ...commitReveals)

/** The calculator of this name, whatever its noun. */
export const lookup = (name: string): Option.Option<Calculator | SlowCalculator> =>
  Option.fromUndefinedOr([auctions, markets, books, votes, sessions].find((table) => table.has(name))?.get(name))

/** Asks a calculator, whether it answers at once or takes its time. */
export const solve = (calculator: Calculator | SlowCalculator, input: unknown): Effect.Effect<Answer, Refusal> => {
  const given = calculator.solve(input)
  return Effect.isEffect(given) ? given : Effect.fromResult(given)
}
