/**
 * Vickrey auction of `k` identical units to bidders who want one each: the `k` highest bids win and each pays the highest
 * rejected bid, or the reserve if that is more (Vickrey 1961; Krishna, "Auction Theory", chapter 12).
 *
 * **Guarantees** Bidding one's value is a dominant strategy. All winners pay the same price, and with one unit this is the
 * second-price auction. Where equal bids meet at the border the earliest win and `tie` says so. Winners are listed in
 * order of arrival. Time is linear in the bids. The receipt holds all that is needed to decide again.
 *
 * **Does not guarantee** Anything for bidders who want several units: one bid each. For them the uniform price would no
 * longer be strategy-proof.
 *
 * **Example**
 *
 * ```ts
 * import { KUnitVickrey } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * const bids = [
 *   { bidder: "a", amount: 7 },
 *   { bidder: "b", amount: 3 },
 *   { bidder: "c", amount: 5 }
 * ]
 * const { decision } = Result.getOrThrow(KUnitVickrey.solve({ units: 2, bids }))
 * decision.winners // => ["a", "c"]
 * decision.price // => 3
 * ```
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import { descendingAt } from "../internal/select.ts"
import type { Calculator } from "../calculator/Calculator.ts"
import * as SealedUnits from "../internal/sealedUnits.ts"
import * as UnitDemand from "../internal/unitDemand.ts"
import type { Mechanism } from "../properties/UnitDemand.ts"
import * as Bids from "./Bids.ts"

/** The name of this mechanism. */
export const name = "k-unit-vickrey"

const inputsOf = <List extends Schema.Constraint>(bids: List) =>
  Schema.Struct({
    /** How many units are for sale: at least 1. */
    units: UnitDemand.Units,
    ...Bids.fields(bids)
  })

/** A sealed-bid auction of identical units. */
export const Inputs = inputsOf(Schema.Array(Bids.Bid))
export type Inputs = typeof Inputs.Type

/** Who gets a unit and for how much. */
export const Decision = Schema.Struct({
  /** In order of arrival; at most `units`. */
  winners: Schema.Array(Bids.Bidder),
  /** What each winner pays; 0 when nothing is sold. */
  price: Bids.Amount,
  /** Whether a rejected bid equals an accepted one, so that the order of arrival decided. */
  tie: Schema.Boolean
})
export type Decision = typeof Decision.Type

/** The inputs and the decision they led to. */
export const Receipt = Bids.Receipt(name, Inputs, Decision)
export type Receipt = typeof Receipt.Type

/** Decides over judged bids: no validation, for sessions that call it every round. */
export const decide = (bids: ReadonlyArray<Bids.Bid>, units: number, reserve: number): Decision => {
  const amounts = new Float64Array(bids.length)
  let eligible = 0
  for (const { amount } of bids) {
    if (amount >= reserve) amounts[eligible++] = amount
  }
  if (eligible <= units) {
    const winners = bids.filter((bid) => bid.amount >= reserve).map((bid) => bid.bidder)
    return { winners, price: winners.length === 0 ? 0 : reserve, tie: false }
  }
  const price = descendingAt(amounts.subarray(0, eligible), units)
  let above = 0
  for (const { amount } of bids) if (amount > price) above++
  // Units that no bid above the price takes go to the earliest of those that equal it.
  let left = units - above
  const tie = left > 0
  const winners: Array<string> = []
  for (const { amount, bidder } of bids) {
    if (amount > price || (amount === price && left-- > 0)) winners.push(bidder)
  }
  return { winners, price, tie }
}

/** Decides over judged inputs and keeps them in the receipt. */
export const receipt = (inputs: Inputs): Receipt =>
  Bids.receipt(name, inputs, decide(inputs.bids, inputs.units, inputs.reserve))

/** Decodes and judges inputs from outside. */
export const decode: (input: unknown) => Result.Result<Inputs, Bids.InvalidInput> = Bids.decode(inputsOf)

/** Decodes `Inputs` from outside, judges them and decides. */
export const solve = (input: unknown): Result.Result<Receipt, Bids.InvalidInput> => Result.map(decode(input), receipt)

/** This auction as the checkers of `properties` see it. */
export const mechanism: Mechanism = {
  name,
  declares: [
    "individually-rational",
    "efficient",
    "strategy-proof",
    "weakly-budget-balanced",
    "reserve-respecting",
    "envy-free",
    "core"
  ],
  run: (arithmetic, { bids, reserve, units }) => {
    const amounts = bids.map((bid) => bid.amount)
    const { accepted, price } = UnitDemand.accept(arithmetic, amounts, units, reserve)
    const winners = accepted.flatMap((position) => bids[position]?.bidder ?? [])
    return { winners, payments: new Map(winners.map((bidder) => [bidder, price])) }
  }
}

/** This auction on input from outside: `winners`, and `payments` of every bidder, 0 for those who lose. */
export const calculator: Calculator = SealedUnits.calculator(
  mechanism,
  ({ encode, zero }, { offers, price, winners }) => {
    const wins = new Set(winners)
    const paid = offers.map(({ bidder }) => [bidder, encode(wins.has(bidder) ? price : zero)] as const)
    return { winners, payments: Object.fromEntries(paid) }
  }
)
