/**
 * What the mechanisms of combinatorial auctions have in common: winners by winner determination, payments by their own
 * rule.
 *
 * **Guarantees** Losers pay nothing. Arithmetic is exact; a double in an answer is the nearest to the exact amount. When
 * time runs out, `optimal` is false, `gap` bounds by which share of the welfare a better allocation could exceed it, and
 * payments are worked out from what was found, kept between 0 and the bid.
 *
 * **Details** `optimal` speaks of all problems a mechanism has solved: also those that only its payments need. Of each of
 * them, `gap` takes what a better solution could add at most; it is the largest of these, as a share of the welfare.
 *
 * @since 0.1.0
 */
import { Fraction } from "fraction.js"
import type * as Amount from "../input/Amount.ts"
import type { Answer, Finding, JsonObject } from "../calculator/Calculator.ts"
import * as Auction from "./CombinatorialAuction.ts"
import * as WinnerDetermination from "./WinnerDetermination.ts"

/** Bids with prices as integers, in order of arrival; bidders are numbered from 0. */
export type Bids = ReadonlyArray<WinnerDetermination.Bid>

/** Who wins and who pays what. */
export interface Outcome {
  /** Indexes of the winning bids, ascending. */
  readonly chosen: ReadonlyArray<number>
  /** By bidder, in the unit of the prices; bidders who are not there pay nothing. */
  readonly payments: ReadonlyMap<number, Amount.Rational>
  readonly welfare: bigint
  readonly isOptimal: boolean
  readonly isEarliest: boolean
  readonly gap: number
}

/** A payment rule. */
export interface Mechanism {
  readonly name: string
  readonly declares: ReadonlyArray<Property>
  /** Pure, unless `isSpent` turns true. */
  readonly run: (bids: Bids, isSpent?: () => boolean) => Outcome
}

/** What a mechanism can promise. */
export type Property = "core" | "efficient" | "individually-rational" | "strategy-proof" | "weakly-budget-balanced"

/** All properties, in the order in which answers list them. */
export const properties: ReadonlyArray<Property> = [
  "efficient",
  "individually-rational",
  "strategy-proof",
  "weakly-budget-balanced",
  "core"
]

/** The rule among equals: the allocation that contains the earliest bid in which two differ. */
export const tieBreak = "earliest-bids"

/** Very many allocations were equally good, and not all were compared: the first one found. */
export const tieBreakGivenUp = "earliest-bids-given-up"

/** No amount at all. */
export const nothing: Amount.Rational = new Fraction(0)

/** What may be missing, as a share of `welfare`, rounded up. */
export const gapOf = (missing: bigint, welfare: bigint): number => {
  if (missing <= 0n) return 0
  // A bid above 0 always makes for some welfare, and without one nothing can be missing.
  if (welfare === 0n) throw new Error("nothing was sold though there is something to gain")
  const rest = new Fraction(missing, welfare)
  return Math.max(Number.MIN_VALUE, rest.valueOf() * (1 + 2 ** -50))
}

/** The winning bid of each bidder who has one. */
export const winners = (bids: Bids, chosen: ReadonlyArray<number>): ReadonlyMap<number, WinnerDetermination.Bid> =>
  new Map(chosen.map((index) => [bids[index]!.bidder, bids[index]!]))

/** What a bidder gains if the bids are true values. */
export const utility = (bids: Bids, outcome: Outcome, bidder: number): Amount.Rational => {
  const won = outcome.chosen.find((index) => bids[index]!.bidder === bidder)
  const value = new Fraction(won === undefined ? 0n : bids[won]!.price)
  return value.sub(outcome.payments.get(bidder) ?? nothing)
}

/** The sum of all payments. */
export const revenue = ({ payments }: Pick<Outcome, "payments">): Amount.Rational => {
  let sum = nothing
  for (const amount of payments.values()) sum = sum.add(amount)
  return sum
}

/** As the calculators answer. */
export const answer = (
  auction: Auction.Auction,
  outcome: Outcome,
  findings: { readonly [property: string]: Finding }
): Answer => {
  const amount = (value: Amount.Rational) => Auction.encode(auction, value)
  const byBidder = (of: (bidder: number) => Amount.Rational): JsonObject =>
    Object.fromEntries(auction.bidders.map((name, bidder) => [name, amount(of(bidder))]))
  return {
    decision: {
      welfare: amount(new Fraction(outcome.welfare)),
      winningBids: outcome.chosen.map((index) => auction.ids[index]!),
      payments: byBidder((bidder) => outcome.payments.get(bidder) ?? nothing),
      utilities: byBidder((bidder) => utility(auction.bids, outcome, bidder)),
      revenue: amount(revenue(outcome)),
      optimal: outcome.isOptimal,
      gap: outcome.gap
    },
    tieBreak: outcome.isEarliest ? tieBreak : tieBreakGivenUp,
    properties: findings
  }
}
