/**
 * From a rule over the margin to an answer: whoever trades, what it gains, and what the rule promises.
 *
 * **Guarantees** Only comparisons are made in doubles. Prices are reckoned exactly from the few values at the margin and
 * rounded once, and so is the sum of the gains.
 */
import { Result } from "effect"
import type { Answer, Calculator, Finding, Json, JsonObject } from "../calculator/Calculator.ts"
import { type OutOfRange, overflow, tieBreak, unwieldy } from "../exchange/Exchange.ts"
import { audit, type Mechanism, type Property } from "../exchange/TwoSided.ts"
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

/** A decision with its tie break and the findings about the rule. */
export const answer = (inputs: Inputs, mechanism: Mechanism, decision: Readonly<Record<string, Json>>): Answer => {
  const audited = <A>(arithmetic: Arithmetic<A>, lift: (given: Given) => A) =>
    audit(arithmetic, mechanism, {
      buyers: inputs.buyers.map((it) => lift(it.amount)),
      sellers: inputs.sellers.map((it) => lift(it.amount))
    })
  const findings: ReadonlyMap<string, Finding> =
    kindOf(inputs) === "plain" ? audited(doubles, toNumber) : audited(rationals, exactly)
  return { decision, tieBreak, properties: Object.fromEntries(findings) }
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
      const solved = answer(inputs, mechanism, {
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
