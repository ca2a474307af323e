/**
 * Checkers of what mechanisms of combinatorial auctions promise. The bids of an instance are taken as true values.
 *
 * **Guarantees** Exact: there is no tolerance. A mechanism is seen only through its outcomes. A deviation or a blocking
 * coalition that is returned is real: it can be run again.
 *
 * **Does not guarantee** That a mechanism is strategy-proof because no deviation was found: finitely many are tried, of
 * single bidders, each under one name and for the same bundles.
 *
 * **Example**
 *
 * ```ts
 * import { BundleProperties, CombinatorialFirstPrice, Vcg } from "@mabeam/economics"
 * import { Option } from "effect"
 *
 * const bids = [
 *   { bidder: 0, items: [0], price: 10n },
 *   { bidder: 1, items: [0], price: 4n }
 * ]
 * const found = Option.getOrThrow(BundleProperties.deviation(CombinatorialFirstPrice.mechanism, bids))
 * found.bidder // => 0
 * Option.isNone(BundleProperties.deviation(Vcg.mechanism, bids)) // => true
 * ```
 *
 * @since 0.1.0
 */
import { Option } from "effect"
import { Fraction } from "fraction.js"
import type { Finding } from "../calculator/Calculator.ts"
import type * as Amount from "../input/Amount.ts"
import { type Bids, type Mechanism, nothing, type Outcome, properties, type Property } from "./BundleMechanism.ts"
import { blockingCoalition } from "./Coalitions.ts"
import * as WinnerDetermination from "./WinnerDetermination.ts"

/** Most bids of an instance on which answers search for deviations, and for blocking coalitions. */
export const deviationBidsMax = 6
export const coreBidsMax = 64

/** Whether each good goes to one bid and each bidder wins one bid, at most. */
export const isFeasible = (bids: Bids, chosen: ReadonlyArray<number>): boolean => {
  const taken = chosen.flatMap((index) => [`b${bids[index]?.bidder}`, ...(bids[index]?.items ?? []).map(String)])
  return chosen.every((index) => bids[index] !== undefined) && new Set(taken).size === taken.length
}

const welfareOf = (bids: Bids, chosen: ReadonlyArray<number>): bigint =>
  chosen.reduce((sum, index) => sum + bids[index]!.price, 0n)

/** Whether no other allocation is worth more. */
export const isEfficient = (bids: Bids, { chosen }: Outcome): boolean => {
  if (!isFeasible(bids, chosen)) return false
  const welfare = welfareOf(bids, chosen)
  return welfare >= WinnerDetermination.solve(bids, { ties: false }).welfare
}

/** What the goods won are worth to a bidder: the best of its own bids that they serve. */
const valueWon = (values: Bids, bids: Bids, { chosen }: Outcome, bidder: number): bigint => {
  const won = chosen.filter((index) => bids[index]?.bidder === bidder).flatMap((index) => bids[index]!.items)
  return values.reduce((best, bid) => {
    const isServed = bid.bidder === bidder && bid.price > best && bid.items.every((item) => won.includes(item))
    return isServed ? bid.price : best
  }, 0n)
}

/** What a bidder of these values gains from an outcome over `bids`. */
const gain = (values: Bids, bids: Bids, outcome: Outcome, bidder: number): Amount.Rational =>
  new Fraction(valueWon(values, bids, outcome, bidder)).sub(outcome.payments.get(bidder) ?? nothing)

/** The bidders who would have done better to stay away. */
export const irViolators = (bids: Bids, outcome: Outcome): ReadonlyArray<number> => {
  const everyone = new Set([...bids.map((bid) => bid.bidder), ...outcome.payments.keys()])
  return [...everyone].filter((bidder) => gain(bids, bids, outcome, bidder).compare(nothing) < 0)
}

/** The bidders who are paid; none when the mechanism never pays out (weak budget balance, bidder by bidder). */
export const receivers = ({ payments }: Outcome): ReadonlyArray<number> =>
  [...payments].filter(([, amount]) => amount.compare(nothing) < 0).map(([bidder]) => bidder)

/** Bids by which `bidder` gains over honesty. */
export interface Deviation {
  readonly bidder: number
  /** All bids, with the bidder's own replaced; prices in 1/`detail` of the instance's unit. */
  readonly bids: Bids
  readonly honest: Amount.Rational
  readonly gained: Amount.Rational
}

/** Prices are told apart this finely when deviations are tried. */
export const detail = 1_000n

/** The most profitable deviation found, if any; amounts in 1/`detail` of the instance's unit. */
export const deviation = (mechanism: Mechanism, instance: Bids): Option.Option<Deviation> => {
  const values = instance.map((bid) => ({ ...bid, price: bid.price * detail }))
  const truthful = mechanism.run(values)
  const solved = WinnerDetermination.solve(values, { ties: false })
  let best: Deviation | undefined
  for (const bidder of new Set(values.map((bid) => bid.bidder))) {
    const honest = gain(values, values, truthful, bidder)
    const others = solved.without(bidder).welfare
    for (const bids of [...alternatives(values, truthful, bidder), ...alone(values, truthful, bidder, others)]) {
      const gained = gain(values, bids, mechanism.run(bids), bidder)
      if (gained.compare(best === undefined ? honest : honest.add(best.gained).sub(best.honest)) <= 0) continue
      best = { bidder, bids, honest, gained }
    }
  }
  return Option.fromUndefinedOr(best)
}

/** The bids with all prices of one bidder replaced. */
const replaced = (values: Bids, bidder: number, priceOf: (price: bigint, index: number) => bigint): Bids =>
  values.map((bid, index) => (bid.bidder === bidder ? { ...bid, price: priceOf(bid.price, index) } : bid))

/**
 * The winning bid alone, at just what the `others` lose by it: where the allocation is efficient and nobody pays more than he
 * bids, no statement gains more.
 */
const alone = (values: Bids, { chosen }: Outcome, bidder: number, others: bigint): ReadonlyArray<Bids> => {
  const welfare = welfareOf(values, chosen)
  return chosen
    .filter((index) => values[index]!.bidder === bidder)
    .flatMap((own) => {
      const harm = others + values[own]!.price - welfare
      const least = harm > 0n ? harm : 0n
      return [least, least + 1n].map((turn) => replaced(values, bidder, (_, index) => (index === own ? turn : 0n)))
    })
}

/** All own bids shaded or raised alike, or one of them set to where outcomes may turn. */
const alternatives = (values: Bids, { chosen, payments }: Outcome, bidder: number): ReadonlyArray<Bids> => {
  const alike = [0n, 1n, 3n, 5n, 7n, 8n, 9n, 12n, 20n].map((tenths) =>
    replaced(values, bidder, (price) => (price * tenths) / 10n)
  )
  const paid = payments.get(bidder) ?? nothing
  const others = values.filter((bid) => bid.bidder !== bidder).map((bid) => bid.price)
  const welfare = welfareOf(values, chosen)
  const turns = new Set(
    [0n, paid.n / paid.d, welfare, ...others].flatMap((at) => [at, at + 1n, at > 0n ? at - 1n : 0n])
  )
  const single = values.flatMap((own, index) =>
    own.bidder !== bidder
      ? []
      : [...turns].map((turn) => replaced(values, bidder, (price, at) => (at === index ? turn : price)))
  )
  // The least bids with which the winner would still win: shade all by what is left after paying.
  const kept = chosen
    .filter((index) => values[index]!.bidder === bidder)
    .map((index) => values[index]!.price - paid.n / paid.d)
  const shaded = kept.flatMap((slack) => [
    replaced(values, bidder, (price) => (price > slack ? price - slack : 0n)),
    replaced(values, bidder, (price) => (price > slack ? price - slack + 1n : 0n))
  ])
  return [...alike, ...single, ...shaded]
}

/** Judges one property of an outcome, whatever it costs. */
export const holds = (property: Property, mechanism: Mechanism, bids: Bids, outcome: Outcome): boolean => {
  switch (property) {
    case "efficient":
      return isEfficient(bids, outcome)
    case "individually-rational":
      return irViolators(bids, outcome).length === 0
    case "strategy-proof":
      return Option.isNone(deviation(mechanism, bids))
    case "weakly-budget-balanced":
      return receivers(outcome).length === 0
    case "core":
      return (
        isFeasible(bids, outcome.chosen) &&
        irViolators(bids, outcome).length === 0 &&
        blockingCoalition(bids, outcome).blocking === undefined
      )
  }
}

/** The declared properties that do not hold on this instance; none for an honest declaration. */
export const broken = (mechanism: Mechanism, bids: Bids): ReadonlyArray<Property> => {
  const outcome = mechanism.run(bids)
  return mechanism.declares.filter((property) => !holds(property, mechanism, bids, outcome))
}

/** The findings of an answer: what is cheap always, the rest on small instances. */
export const findings = (
  mechanism: Mechanism,
  bids: Bids,
  outcome: Outcome
): { readonly [property: string]: Finding } => {
  const isAffordable = (property: Property): boolean => {
    if (property === "core") return outcome.isOptimal && bids.length <= coreBidsMax
    if (property === "strategy-proof") return outcome.isOptimal && bids.length <= deviationBidsMax
    return true
  }
  // A proof came with the outcome; to solve it again would show nothing new.
  const efficient = outcome.isOptimal && isFeasible(bids, outcome.chosen) ? true : "unchecked"
  return Object.fromEntries(
    properties.map((property): [string, Finding] => [
      property,
      {
        declared: mechanism.declares.includes(property),
        holds:
          property === "efficient"
            ? efficient
            : isAffordable(property)
              ? holds(property, mechanism, bids, outcome)
              : "unchecked"
      }
    ])
  )
}
