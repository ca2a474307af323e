/**
 * From a rule over the margin to an answer: whoever trades, what it gains, and what the rule promises.
 *
 * **Guarantees** Only comparisons are made in doubles. Prices are reckoned exactly from the few values at the margin and
 * rounded once, and so is the sum of the gains. Properties are judged from the decision itself, before it is rounded.
 *
 * **Does not guarantee** That every deviation is found: among 5 to 8 traders with amounts as numbers it is looked for in
 * doubles, where a gain may be rounded off.
 */
import { Option, Result } from "effect"
import type { Answer, Calculator, Finding, Json, JsonObject } from "../calculator/Calculator.ts"
import { type OutOfRange, overflow, type Side, tieBreak, unwieldy } from "../exchange/Exchange.ts"
import { findingsOf, type Instance, type Mechanism, type Property, search, searchMax } from "../exchange/TwoSided.ts"
import {
  amountsOf,
  decoder,
  type Inputs,
  inputsOf,
  type Margin,
  margin,
  mapMargin,
  partners,
  type Rule,
  type Terms
} from "../exchange/UnitTrade.ts"
import { type Arithmetic, doubles, type Given, type Rational, rationals, toNumber } from "../input/Amount.ts"
import { isBest, type Traded } from "./bestTrade.ts"
import { encoder, exactly, fractionsOf, isTame, isWithin } from "./exactly.ts"
import { DecimalSum } from "./decimalSum.ts"
import { ExactSum } from "./exactSum.ts"

/** A settled double auction, before it is written down. */
export interface Settled {
  readonly margin: Margin<Rational>
  readonly terms: Terms<Rational>
  /** Positions in order of arrival; the i-th buyer trades with the i-th seller. */
  readonly buyers: ReadonlyArray<number>
  readonly sellers: ReadonlyArray<number>
  readonly gains: Rational | number
  readonly isExact: boolean
}

/** Above this, sums of a few doubles may overflow, so that everything is reckoned exactly. */
const large = 1e290

const kindOf = ({ buyers, sellers }: Inputs): "exact" | "large" | "plain" => {
  let texts = 0
  let isLarge = false
  for (const side of [buyers, sellers]) {
    for (let i = 0; i < side.length; i++) {
      const amount = side[i]?.amount ?? 0
      if (typeof amount === "string") texts++
      if ((typeof amount === "string" ? toNumber(amount) : amount) > large) isLarge = true
    }
  }
  if (texts > 0 && texts === buyers.length + sellers.length) return "exact"
  return isLarge ? "large" : "plain"
}

/** Settles by a rule. Exact fractions that have no reasonable common denominator have been refused before. */
export const settle = (inputs: Inputs, rule: Rule): Settled => {
  const kind = kindOf(inputs)
  return kind === "plain"
    ? settleIn(doubles, toNumber, exactly, sumOfDoubles, inputs, rule, false)
    : settleIn(rationals, exactly, (value) => value, sumOfRationals, inputs, rule, kind === "exact")
}

const settleIn = <A>(
  arithmetic: Arithmetic<A>,
  lift: (given: Given) => A,
  toExact: (value: A) => Rational,
  sum: (terms: ReadonlyArray<A>, less: ReadonlyArray<A>) => Rational | number,
  inputs: Inputs,
  rule: Rule,
  exact: boolean
): Settled => {
  const b = inputs.buyers.map((it) => lift(it.amount))
  const s = inputs.sellers.map((it) => lift(it.amount))
  const at = margin(arithmetic, b, s)
  const exactMargin = mapMargin(at, toExact)
  const terms = rule(rationals, exactMargin)
  const { buyers, sellers } = partners(arithmetic, b, s, at, terms)
  const pick = (all: ReadonlyArray<A>, positions: ReadonlyArray<number>) =>
    positions.map((position) => all[position] ?? arithmetic.zero)
  const gains = sum(pick(b, buyers), pick(s, sellers))
  return { margin: exactMargin, terms, buyers, sellers, gains, isExact: exact }
}

/** Decimals of up to 15 digits are added exactly, others as doubles. */
const sumOfDoubles = (terms: ReadonlyArray<number>, less: ReadonlyArray<number>): Rational | number => {
  const decimals = new DecimalSum()
  for (const term of terms) decimals.add(term, 1)
  for (const term of less) decimals.add(term, -1)
  const exact = decimals.value
  if (exact !== undefined) return exact
  const sum = new ExactSum()
  for (const term of terms) sum.add(term)
  for (const term of less) sum.add(-term)
  return sum.value
}

const sumOfRationals = (terms: ReadonlyArray<Rational>, less: ReadonlyArray<Rational>): Rational =>
  less.reduce(rationals.subtract, terms.reduce(rationals.add, rationals.zero))

/** The fields of a decision that are amounts: exact, absent, or a double that has been summed. */
export type Fields = Readonly<Record<string, Rational | number | undefined>>

/** Writes amounts down, or refuses those that no double holds. */
export const written = (
  isExactInput: boolean,
  fields: Fields
): Result.Result<Record<string, Given | null>, OutOfRange> => {
  const encode = encoder(isExactInput)
  const all = Object.values(fields)
  const rational = all.filter((value) => typeof value === "object")
  const isFinite = all.every((value) => typeof value !== "number" || Number.isFinite(value))
  if (!isFinite || !isWithin(isExactInput, rational)) return Result.fail(overflow())
  return Result.succeed(
    Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [
        name,
        value === undefined ? null : typeof value === "number" ? value : encode(value)
      ])
    )
  )
}

/** Names of those who trade. */
export const tradesOf = (inputs: Inputs, { buyers, sellers }: Settled): ReadonlyArray<JsonObject> =>
  buyers.map((buyer, i) => ({
    buyer: inputs.buyers[buyer]?.id ?? "",
    seller: inputs.sellers[sellers[i] ?? -1]?.id ?? ""
  }))

/** Refuses fractions whose sums would take too long. */
export const judge = <I extends Inputs>(inputs: I): Result.Result<I, OutOfRange> => {
  return isTame(fractionsOf(amountsOf(inputs))) ? Result.succeed(inputs) : Result.fail(unwieldy())
}

/** A rule as the checkers see it. */
export const mechanismOf = (name: string, declares: ReadonlyArray<Property>, rule: Rule): Mechanism => ({
  name,
  declares,
  run: (arithmetic, { buyers, sellers }) => {
    const at = margin(arithmetic, buyers, sellers)
    const terms = rule(arithmetic, at)
    const chosen = partners(arithmetic, buyers, sellers, at, terms)
    const paid = buyers.map(() => arithmetic.zero)
    const received = sellers.map(() => arithmetic.zero)
    for (const i of chosen.buyers) paid[i] = terms.buyerPrice ?? arithmetic.zero
    for (const i of chosen.sellers) received[i] = terms.sellerPrice ?? arithmetic.zero
    return { trades: chosen.buyers.map((buyer, i) => ({ buyer, seller: chosen.sellers[i] ?? -1 })), paid, received }
  }
})

/** A decision with its tie break and the findings about it. */
export const answer = (
  inputs: Inputs,
  mechanism: Mechanism,
  settled: Settled,
  decision: Readonly<Record<string, Json>>
): Answer => ({
  decision,
  tieBreak,
  properties:
    kindOf(inputs) === "plain"
      ? findings(doubles, toNumber, exactly, inputs, mechanism, settled)
      : findings(rationals, exactly, (value) => value, inputs, mechanism, settled)
})

/**
 * Judges what was decided, by comparisons alone: all buyers pay one price and all sellers receive one, so that nothing has to
 * be summed and nothing is rounded. The search for deviations runs the rule again, exactly where few enough take part.
 */
const findings = <A>(
  arithmetic: Arithmetic<A>,
  lift: (given: Given) => A,
  toExact: (value: A) => Rational,
  inputs: Inputs,
  mechanism: Mechanism,
  settled: Settled
): { readonly [property in Property]: Finding } => {
  const instance = {
    buyers: inputs.buyers.map((it) => lift(it.amount)),
    sellers: inputs.sellers.map((it) => lift(it.amount))
  }
  const { buyerPrice = rationals.zero, sellerPrice = rationals.zero } = settled.terms
  const balance = rationals.compare(buyerPrice, sellerPrice)
  const traders = instance.buyers.length + instance.sellers.length
  const isHonest = (): boolean =>
    traders <= searchMax(rationals)
      ? Option.isNone(search(rationals, mechanism, inExactly(instance, toExact)))
      : Option.isNone(search(arithmetic, mechanism, instance, arithmetic.zero))
  return findingsOf(mechanism.declares, {
    efficient: isBest(arithmetic, tradedOf(arithmetic, instance, settled)),
    "individually-rational": isAccepted(arithmetic, toExact, instance, settled),
    "strategy-proof": traders <= searchMax(arithmetic) ? isHonest() : "unchecked",
    "weakly-budget-balanced": balance >= 0,
    "strongly-budget-balanced": balance === 0
  })
}

const inExactly = <A>({ buyers, sellers }: Instance<A>, toExact: (value: A) => Rational): Instance<Rational> => ({
  buyers: buyers.map(toExact),
  sellers: sellers.map(toExact)
})

/** Traders as orders for one unit, of which a unit or none was traded. */
const tradedOf = <A>(
  { fromNumber, zero }: Arithmetic<A>,
  { buyers, sellers }: Instance<A>,
  settled: Pick<Settled, "buyers" | "sellers">
): ReadonlyArray<Traded<A>> => {
  const one = fromNumber(1)
  const orders = (side: Side, values: ReadonlyArray<A>, chosen: ReadonlyArray<number>) => {
    const trading = new Set(chosen)
    return values.map((value, i) =>
      trading.has(i) ? { side, value, filled: one, left: zero } : { side, value, filled: zero, left: one }
    )
  }
  return [...orders("buy", buyers, settled.buyers), ...orders("sell", sellers, settled.sellers)]
}

/** Whether everybody who trades accepts the price: the least willing on each side decides. */
const isAccepted = <A>(
  { compare }: Arithmetic<A>,
  toExact: (value: A) => Rational,
  instance: Instance<A>,
  { buyers, sellers, terms }: Settled
): boolean => {
  const leastWilling = (values: ReadonlyArray<A>, chosen: ReadonlyArray<number>, sense: 1 | -1): A | undefined => {
    let found: A | undefined
    for (const i of chosen) {
      const value = values[i]
      if (value !== undefined && (found === undefined || sense * compare(value, found) < 0)) found = value
    }
    return found
  }
  const accepts = (value: A | undefined, price: Rational | undefined, sense: 1 | -1): boolean =>
    value === undefined || price === undefined || sense * rationals.compare(toExact(value), price) >= 0
  return (
    accepts(leastWilling(instance.buyers, buyers, 1), terms.buyerPrice, 1) &&
    accepts(leastWilling(instance.sellers, sellers, -1), terms.sellerPrice, -1)
  )
}

const decode = decoder(inputsOf)

/** A calculator for rules that may give up a trade. `leftOut` names the rule for a seller who finds no buyer. */
export const reductionCalculator = (mechanism: Mechanism, rule: Rule, leftOut?: string): Calculator => ({
  name: mechanism.name,
  version: 1,
  solve: (input) =>
    Result.gen(function* () {
      const inputs = yield* Result.flatMap(decode(input), judge)
      const settled = settle(inputs, rule)
      const { buyerPrice, sellerPrice, volume } = settled.terms
      const kept =
        buyerPrice === undefined || sellerPrice === undefined
          ? rationals.zero
          : rationals.subtract(buyerPrice, sellerPrice).mul(volume)
      const amounts = yield* written(settled.isExact, { buyerPrice, sellerPrice, surplus: kept, gains: settled.gains })
      const solved = answer(inputs, mechanism, settled, {
        volume,
        buyerPrice: amounts["buyerPrice"] ?? null,
        sellerPrice: amounts["sellerPrice"] ?? null,
        reduced: volume < settled.margin.volume,
        trades: tradesOf(inputs, settled),
        surplus: amounts["surplus"] ?? null,
        gainsFromTrade: amounts["gains"] ?? null
      })
      return leftOut === undefined ? solved : { ...solved, tieBreak: `${tieBreak}, ${leftOut}` }
    })
})
