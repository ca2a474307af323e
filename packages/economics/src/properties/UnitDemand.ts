/**
 * The setting that the checkers of this folder judge: identical units, bidders who want one each, a value each.
 *
 * Utility is quasilinear: value minus payment for a winner, minus the payment for everyone else. Amounts are of any
 * `Arithmetic`: in exact ones nothing counts as rounding.
 *
 * **Guarantees** A mechanism is seen only through its outcomes, so that a checker cannot be fooled by how it works.
 *
 * **Does not guarantee** Anything about settings with bundles or several units per bidder.
 *
 * @since 0.1.0
 */
import type { Arithmetic } from "../input/Amount.ts"

/** All properties, in the order in which audits list them. */
export const properties = [
  "individually-rational",
  "efficient",
  "strategy-proof",
  "weakly-budget-balanced",
  "reserve-respecting",
  "envy-free",
  "core"
] as const

/** What a mechanism can promise. */
export type Property = (typeof properties)[number]

/** What one bidder offers. */
export interface Bid<A = number> {
  readonly bidder: string
  readonly amount: A
}

/** One auction: the bids are taken as the bidders' true values. */
export interface Instance<A = number> {
  /** At least 1. */
  readonly units: number
  /** The seller's own value of a unit. */
  readonly reserve: A
  /** At most one per bidder, in order of arrival. */
  readonly bids: ReadonlyArray<Bid<A>>
  /** Whether payments are amounts that were stated or called, so that nothing is rounded in doubles either. Default false. */
  readonly isUnrounded?: boolean | undefined
}

/** What came out. */
export interface Outcome<A = number> {
  readonly winners: ReadonlyArray<string>
  /** Absent bidders pay nothing; negative payments are received. */
  readonly payments: ReadonlyMap<string, A>
}

/** A mechanism and what it promises. */
export interface Mechanism {
  readonly name: string
  readonly declares: ReadonlyArray<Property>
  /** Pure: the same instance always gives the same outcome. */
  readonly run: <A>(arithmetic: Arithmetic<A>, instance: Instance<A>) => Outcome<A>
}

/** Differences up to this share of the largest amount count as rounding, unless arithmetic is exact or nothing is rounded. */
export const tolerance = 1e-9

/** What rounding errors are a small share of: the largest amount of an instance, or zero where nothing is rounded. */
export const scaleOf = <A>(arithmetic: Arithmetic<A>, instance: Instance<A>): A =>
  instance.isUnrounded === true ? arithmetic.zero : largestOf(arithmetic, instance)

/** The largest amount of an instance. */
export const largestOf = <A>({ compare }: Arithmetic<A>, { bids, reserve }: Instance<A>): A => {
  let scale = reserve
  for (const { amount } of bids) if (compare(amount, scale) > 0) scale = amount
  return scale
}

/** Whether `a` is less than `b` by more than rounding, where amounts go up to `scale`. */
export const isLess = <A>(arithmetic: Arithmetic<A>, a: A, b: A, scale: A): boolean => {
  const { compare, fromNumber, isExact, multiply, subtract } = arithmetic
  return isExact ? compare(a, b) < 0 : compare(subtract(b, a), multiply(fromNumber(tolerance), scale)) > 0
}

/** What `bidder` pays. */
export const payment = <A>({ zero }: Arithmetic<A>, outcome: Outcome<A>, bidder: string): A =>
  outcome.payments.get(bidder) ?? zero

/** What `bidder`, to whom a unit is worth `value`, gains from `outcome`. */
export const utility = <A>(arithmetic: Arithmetic<A>, outcome: Outcome<A>, bidder: string, value: A): A =>
  arithmetic.subtract(outcome.winners.includes(bidder) ? value : arithmetic.zero, payment(arithmetic, outcome, bidder))

/** What every bidder gains, in the order of the bids. */
export const utilities = <A>(
  arithmetic: Arithmetic<A>,
  { bids }: Instance<A>,
  outcome: Outcome<A>
): ReadonlyArray<A> => {
  const winners = new Set(outcome.winners)
  return bids.map(({ amount, bidder }) =>
    arithmetic.subtract(winners.has(bidder) ? amount : arithmetic.zero, payment(arithmetic, outcome, bidder))
  )
}
