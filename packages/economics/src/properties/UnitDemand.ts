/**
 * The setting that the checkers of this folder judge: identical units, bidders who want one each, a value each.
 *
 * Utility is quasilinear: value minus payment for a winner, minus the payment for everyone else.
 *
 * **Guarantees** A mechanism is seen only through its outcomes, so that a checker cannot be fooled by how it works.
 *
 * **Does not guarantee** Anything about settings with bundles or several units per bidder.
 *
 * @since 0.1.0
 */
import type { Bid } from "../auction/Bids.ts"

/** What a mechanism can promise. */
export type Property =
  | "individually-rational"
  | "efficient"
  | "strategy-proof"
  | "weakly-budget-balanced"
  | "reserve-respecting"
  | "envy-free"
  | "core"

/** All properties, in the order in which audits list them. */
export const properties: ReadonlyArray<Property> = [
  "individually-rational",
  "efficient",
  "strategy-proof",
  "weakly-budget-balanced",
  "reserve-respecting",
  "envy-free",
  "core"
]

/** One auction: the bids are taken as the bidders' true values. */
export interface Instance {
  /** At least 1. */
  readonly units: number
  /** The seller's own value of a unit. */
  readonly reserve: number
  /** At most one per bidder, in order of arrival. */
  readonly bids: ReadonlyArray<Bid>
}

/** What came out. */
export interface Outcome {
  readonly winners: ReadonlyArray<string>
  /** Absent bidders pay nothing; negative payments are received. */
  readonly payments: ReadonlyMap<string, number>
}

/** A mechanism and what it promises. */
export interface Mechanism {
  readonly name: string
  readonly declares: ReadonlyArray<Property>
  /** Pure: the same instance always gives the same outcome. */
  readonly run: (instance: Instance) => Outcome
}

/** Differences up to this share of the largest amount of an instance count as rounding. */
export const tolerance = 1e-9

/** The largest amount of an instance: rounding errors are a small share of it. */
export const scaleOf = ({ bids, reserve }: Instance): number => {
  let scale = reserve
  for (const { amount } of bids) if (amount > scale) scale = amount
  return scale
}

/** Whether `a` is less than `b` by more than rounding, where amounts go up to `scale`. */
export const isLess = (a: number, b: number, scale: number): boolean => b - a > tolerance * scale

/** What `bidder` pays. */
export const payment = (outcome: Outcome, bidder: string): number => outcome.payments.get(bidder) ?? 0

/** What `bidder`, to whom a unit is worth `value`, gains from `outcome`. */
export const utility = (outcome: Outcome, bidder: string, value: number): number =>
  (outcome.winners.includes(bidder) ? value : 0) - payment(outcome, bidder)

/** What every bidder gains, in the order of the bids. */
export const utilities = ({ bids }: Instance, outcome: Outcome): ReadonlyArray<number> => {
  const winners = new Set(outcome.winners)
  return bids.map(({ amount, bidder }) => (winners.has(bidder) ? amount : 0) - payment(outcome, bidder))
}
