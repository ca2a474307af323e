/**
 * Calculators of auctions in which everybody wants one unit: input to decision to judged properties, said once.
 *
 * **Guarantees** Amounts that are all text are reckoned exactly. The properties are judged from the decision itself, by the
 * checkers of `properties`, in the same arithmetic; as payments are amounts that were stated or called, nothing counts as
 * rounding.
 */
import { Result, Schema } from "effect"
import * as Bids from "../auction/Bids.ts"
import type { Answer, Calculator, JsonObject } from "../calculator/Calculator.ts"
import * as Amount from "../input/Amount.ts"
import type * as Refusal from "../input/Refusal.ts"
import * as Declarations from "../properties/Declarations.ts"
import * as WholeList from "./wholeList.ts"
import type { Bid, Mechanism, Outcome } from "../properties/UnitDemand.ts"

/** What a bidder says about an amount. */
export const Offer = Schema.Struct({ bidder: Bids.Bidder, amount: Amount.Amount })
export type Offer = typeof Offer.Type

/** An amount by which a clock moves: more than nothing. */
export const Step = Amount.Amount.check(
  Schema.makeFilter((amount: Amount.Given) => Amount.toRational(amount).n > 0n, { expected: "more than 0" })
)

/** How many units are for sale. */
export const Units = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))

const isOffer = (input: object): boolean =>
  WholeList.hasOnly(input, "bidder", "amount") &&
  "bidder" in input &&
  "amount" in input &&
  Bids.isBidder(input.bidder) &&
  Amount.isAmount(input.amount)

/** What the offers of an input are decoded by. */
export type Offers = WholeList.List<Offer>

/** The fields that sealed-bid auctions share. */
export const sealedFields = (bids: Offers) => ({
  bids,
  reserve: Schema.optionalKey(Amount.Amount),
  bidders: Schema.optionalKey(Schema.Array(Bids.Bidder))
})

/** What every such auction is decided from. */
export interface View {
  /** The key of the offers in the input. */
  readonly key: string
  readonly offers: ReadonlyArray<Offer>
  readonly bidders?: ReadonlyArray<string> | undefined
  readonly units: number
  /** The seller's own value of a unit, below which none is sold. */
  readonly reserve: Amount.Given
  /** Further amounts of the input, if it is exact only when they are text, too. */
  readonly others: ReadonlyArray<Amount.Given>
}

/** Inputs that `sealedFields` describes. */
interface Sealed {
  readonly bids: ReadonlyArray<Offer>
  readonly reserve?: Amount.Given
  readonly bidders?: ReadonlyArray<string>
}

/** How sealed bids for so many units are seen. */
export const sealedView = ({ bidders, bids, reserve }: Sealed, units: number): View => ({
  key: "bids",
  offers: bids,
  bidders,
  units,
  reserve: reserve ?? 0,
  others: reserve === undefined ? [] : [reserve]
})

/** What was decided, and what it means to those who take part. */
export interface Settlement<A> {
  readonly decision: JsonObject
  readonly winners: ReadonlyArray<string>
  readonly payments: ReadonlyArray<readonly [bidder: string, amount: A]>
}

/** What makes an auction of its own. */
export interface Auction<Inputs> {
  readonly view: (inputs: Inputs) => View
  /** The same auction as the checkers see it. */
  readonly mechanism: (inputs: Inputs) => Mechanism
  readonly settle: <A>(
    inputs: Inputs,
    amounts: ReadonlyArray<A>,
    arithmetic: Amount.Arithmetic<A>,
    lift: (given: Amount.Given) => A
  ) => Settlement<A>
}

function* amountsOf({ offers, others }: View): Generator<Amount.Given> {
  yield* others
  for (const offer of offers) yield offer.amount
}

/** A calculator over inputs that `schema`, given the one of a list of offers, decodes. */
export const calculator = <S extends Schema.ConstraintDecoder<unknown>>(
  name: string,
  schema: (offers: Offers) => S,
  auction: Auction<S["Type"]>
): Calculator => {
  const decode = WholeList.decode(isOffer, Offer, schema)
  const answer = (inputs: S["Type"]): Result.Result<Answer, Refusal.Refusal> => {
    const view = auction.view(inputs)
    const offence = Bids.judgeBidders({ bids: view.offers, bidders: view.bidders }, view.key)
    if (offence !== undefined) return Result.fail(offence)
    return Result.succeed(
      Amount.reckon(amountsOf(view), (arithmetic, lift) => {
        const amounts = view.offers.map((offer) => lift(offer.amount))
        const { decision, payments, winners } = auction.settle(inputs, amounts, arithmetic, lift)
        const instance = {
          isUnrounded: true,
          units: view.units,
          reserve: lift(view.reserve),
          bids: view.offers.map(({ bidder }, index) => ({ bidder, amount: amounts[index] ?? arithmetic.zero }))
        }
        const properties = Declarations.findings(arithmetic, auction.mechanism(inputs), instance, {
          winners,
          payments: new Map(payments)
        })
        return { decision, tieBreak: Bids.tieBreak, properties }
      })
    )
  }
  return { name, version: 1, solve: (input) => Result.flatMap(decode(input), answer) }
}

/** Who stands first of the offers that reach the reserve. */
export interface Ranking<A> {
  /** The position of the highest offer, or -1 when there is none. */
  readonly first: number
  /** The highest amount; the reserve when there is none. */
  readonly highest: A
  /** The second highest amount; the reserve when there is none. */
  readonly second: A
  /** Whether another offer equals the highest. */
  readonly tie: boolean
  /** How many offers reach the reserve. */
  readonly eligible: number
}

/** Finds the highest and the second highest of the amounts that reach `reserve`; among equals the earliest. */
export const rank = <A>({ compare }: Amount.Arithmetic<A>, amounts: ReadonlyArray<A>, reserve: A): Ranking<A> => {
  let first = -1
  let highest = reserve
  let second = reserve
  let tie = false
  let eligible = 0
  amounts.forEach((amount, index) => {
    if (compare(amount, reserve) < 0) return
    eligible++
    const order = compare(amount, highest)
    if (first === -1 || order > 0) {
      if (first !== -1) second = highest
      first = index
      highest = amount
      tie = false
    } else {
      if (order === 0) tie = true
      if (compare(amount, second) > 0) second = amount
    }
  })
  return { first, highest, second, tie, eligible }
}

/** The outcome in which the bidder at a position, if there is one, gets the unit and pays. */
export const toOne = <A>(bids: ReadonlyArray<Bid<A>>, winner: number | undefined, price: A): Outcome<A> => {
  const bidder = bids[winner ?? -1]?.bidder
  return bidder === undefined
    ? { winners: [], payments: new Map() }
    : { winners: [bidder], payments: new Map([[bidder, price]]) }
}

/** Positions of the `units` highest of the amounts that reach `reserve`, in order of arrival, and the price that clears. */
export const accept = <A>(
  { compare }: Amount.Arithmetic<A>,
  amounts: ReadonlyArray<A>,
  units: number,
  reserve: A
): { readonly accepted: ReadonlyArray<number>; readonly price: A } => {
  const ranked = amounts
    .map((amount, index) => ({ amount, index }))
    .filter(({ amount }) => compare(amount, reserve) >= 0)
    .sort((a, b) => compare(b.amount, a.amount))
  const accepted = ranked.slice(0, units).map(({ index }) => index)
  return { accepted: accepted.sort((a, b) => a - b), price: ranked[units]?.amount ?? reserve }
}

/** The decision on one item, as all single-item auctions state it. */
export const award = <A>(
  { encode }: Amount.Arithmetic<A>,
  offers: ReadonlyArray<Offer>,
  winner: number,
  price: A,
  tie: boolean
): Settlement<A> => {
  const bidder = offers[winner]?.bidder
  return bidder === undefined
    ? { decision: { sold: false, winner: null, price: null, tie: false }, winners: [], payments: [] }
    : {
        decision: { sold: true, winner: bidder, price: encode(price), tie },
        winners: [bidder],
        payments: [[bidder, price]]
      }
}
