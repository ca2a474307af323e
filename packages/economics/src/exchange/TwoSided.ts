/**
 * What double auctions promise, and whether they keep it: buyers who want one unit, sellers who have one, quasilinear
 * utility.
 *
 * Myerson and Satterthwaite (1983): no mechanism is efficient, individually rational, strategy-proof and without deficit at
 * once. So each of the four here gives up one: the k-double auction honesty, VCG the budget, McAfee's and SBBA a trade.
 *
 * **Guarantees** A mechanism is judged by its outcomes alone. A deviation that is returned is real: it can be run again. In
 * exact arithmetic nothing counts as rounding; in doubles, differences up to 1e-9 of the largest amount do.
 *
 * **Does not guarantee** That a mechanism is strategy-proof because nothing was found, nor anything about groups, or about
 * one person under two names.
 *
 * **Example**
 *
 * ```ts
 * import { Amount, KDouble, TwoSided } from "@mabeam/economics"
 * import { Option } from "effect"
 *
 * const instance = { buyers: [10], sellers: [2] }
 * const found = TwoSided.search(Amount.doubles, KDouble.mechanism("1/2"), instance)
 * Option.getOrThrow(found) // => { side: "buyers", index: 0, value: 10, stated: 2, honestUtility: 4, utility: 8 }
 * ```
 *
 * @since 0.1.0
 */
import { Option } from "effect"
import type * as Calculator from "../calculator/Calculator.ts"
import type { Arithmetic } from "../input/Amount.ts"

/** All properties, in the order in which audits list them. */
export const properties = [
  "efficient",
  "individually-rational",
  "strategy-proof",
  "weakly-budget-balanced",
  "strongly-budget-balanced"
] as const

/** What a double auction can promise. */
export type Property = (typeof properties)[number]

/** Values of the buyers and of the sellers, each in order of arrival, taken as the truth. */
export interface Instance<A> {
  readonly buyers: ReadonlyArray<A>
  readonly sellers: ReadonlyArray<A>
}

/** What came out, by position. */
export interface Outcome<A> {
  readonly trades: ReadonlyArray<{ readonly buyer: number; readonly seller: number }>
  /** What each buyer pays and each seller receives; negative amounts flow the other way. */
  readonly paid: ReadonlyArray<A>
  readonly received: ReadonlyArray<A>
}

/** A mechanism and what it promises. */
export interface Mechanism {
  readonly name: string
  readonly declares: ReadonlyArray<Property>
  /** Pure: the same instance always gives the same outcome. */
  readonly run: <A>(arithmetic: Arithmetic<A>, instance: Instance<A>) => Outcome<A>
}

/** Whether a property was promised, and whether it held; `unchecked` where the search would take too long. */
export type Finding = Calculator.Finding

/** What is found, property by property, beside what was declared. */
export const findingsOf = (
  declares: ReadonlyArray<Property>,
  holds: { readonly [property in Property]: Finding["holds"] }
): { readonly [property in Property]: Finding } => {
  const find = (property: Property): Finding => ({ declared: declares.includes(property), holds: holds[property] })
  return {
    efficient: find("efficient"),
    "individually-rational": find("individually-rational"),
    "strategy-proof": find("strategy-proof"),
    "weakly-budget-balanced": find("weakly-budget-balanced"),
    "strongly-budget-balanced": find("strongly-budget-balanced")
  }
}

/** A statement by which a trader gains. */
export interface Deviation<A> {
  readonly side: "buyers" | "sellers"
  /** The position of the trader on that side. */
  readonly index: number
  /** The true value, which an honest statement repeats. */
  readonly value: A
  readonly stated: A
  readonly honestUtility: A
  readonly utility: A
}

/** The most traders for whom deviations are searched: 8 in doubles, 4 in exact arithmetic. */
export const searchMax = (arithmetic: Pick<Arithmetic<never>, "isExact">): number => (arithmetic.isExact ? 4 : 8)

/** Judges every property of `mechanism` on one instance. */
export const audit = <A>(
  arithmetic: Arithmetic<A>,
  mechanism: Mechanism,
  instance: Instance<A>
): ReadonlyMap<Property, Finding> => {
  const outcome = mechanism.run(arithmetic, instance)
  const few = instance.buyers.length + instance.sellers.length <= searchMax(arithmetic)
  const found = findingsOf(mechanism.declares, {
    efficient: efficiency(arithmetic, instance, outcome).efficient,
    "individually-rational": violators(arithmetic, instance, outcome).length === 0,
    "strategy-proof": few ? Option.isNone(search(arithmetic, mechanism, instance)) : "unchecked",
    "weakly-budget-balanced": !isLess(arithmetic, instance, surplus(arithmetic, outcome), arithmetic.zero),
    "strongly-budget-balanced":
      !isLess(arithmetic, instance, surplus(arithmetic, outcome), arithmetic.zero) &&
      !isLess(arithmetic, instance, arithmetic.zero, surplus(arithmetic, outcome))
  })
  return new Map(properties.map((it) => [it, found[it]]))
}

/** The declared properties that do not hold on this instance; none for an honest declaration. */
export const broken = <A>(
  arithmetic: Arithmetic<A>,
  mechanism: Mechanism,
  instance: Instance<A>
): ReadonlyArray<Property> =>
  [...audit(arithmetic, mechanism, instance)].filter(([, it]) => it.declared && it.holds === false).map(([it]) => it)

// --- budget and utilities --------------------------------------------------------------------------------------------

/** What is left with the market maker: all that is paid less all that is received. */
export const surplus = <A>({ add, subtract, zero }: Arithmetic<A>, { paid, received }: Outcome<A>): A =>
  subtract(paid.reduce(add, zero), received.reduce(add, zero))

/** What each trader gains. */
export const utilities = <A>(
  { subtract, zero }: Arithmetic<A>,
  { buyers, sellers }: Instance<A>,
  { paid, received, trades }: Outcome<A>
): { readonly buyers: ReadonlyArray<A>; readonly sellers: ReadonlyArray<A> } => {
  const bought = new Set(trades.map((it) => it.buyer))
  const sold = new Set(trades.map((it) => it.seller))
  return {
    buyers: buyers.map((value, i) => subtract(bought.has(i) ? value : zero, paid[i] ?? zero)),
    sellers: sellers.map((value, i) => subtract(received[i] ?? zero, sold.has(i) ? value : zero))
  }
}

/** Everyone who loses by taking part honestly; none when the outcome is individually rational. */
export const violators = <A>(
  arithmetic: Arithmetic<A>,
  instance: Instance<A>,
  outcome: Outcome<A>
): ReadonlyArray<{ readonly side: "buyers" | "sellers"; readonly index: number; readonly utility: A }> => {
  const all = utilities(arithmetic, instance, outcome)
  const named = [
    ...all.buyers.map((utility, index) => ({ side: "buyers" as const, index, utility })),
    ...all.sellers.map((utility, index) => ({ side: "sellers" as const, index, utility }))
  ]
  const slack = slackOf(arithmetic, instance, 1)
  return named.filter((it) => arithmetic.compare(arithmetic.add(it.utility, slack), arithmetic.zero) < 0)
}

/** The gains from trade beside the best there are. An outcome in which somebody trades twice is not efficient. */
export const efficiency = <A>(
  arithmetic: Arithmetic<A>,
  instance: Instance<A>,
  { trades }: Outcome<A>
): { readonly feasible: boolean; readonly gains: A; readonly maximum: A; readonly efficient: boolean } => {
  const { add, compare, subtract, zero } = arithmetic
  const { buyers, sellers } = instance
  const feasible =
    new Set(trades.map((it) => it.buyer)).size === trades.length &&
    new Set(trades.map((it) => it.seller)).size === trades.length &&
    trades.every((it) => it.buyer in buyers && it.seller in sellers)
  const gains = trades.reduce(
    (sum, it) => add(sum, subtract(buyers[it.buyer] ?? zero, sellers[it.seller] ?? zero)),
    zero
  )
  const dearest = [...buyers].sort((a, b) => compare(b, a))
  const cheapest = [...sellers].sort(compare)
  let maximum = zero
  for (const [i, value] of dearest.entries()) {
    const cost = cheapest[i]
    if (cost === undefined || compare(value, cost) <= 0) break
    maximum = add(maximum, subtract(value, cost))
  }
  return { feasible, gains, maximum, efficient: feasible && !isLess(arithmetic, instance, gains, maximum) }
}

/** What counts as rounding in a sum of `terms` amounts. */
const slackOf = <A>(arithmetic: Arithmetic<A>, { buyers, sellers }: Instance<A>, terms: number): A => {
  if (arithmetic.isExact) return arithmetic.zero
  let largest = 0
  for (const value of buyers) largest = Math.max(largest, arithmetic.toNumber(value))
  for (const value of sellers) largest = Math.max(largest, arithmetic.toNumber(value))
  return arithmetic.fromNumber(1e-9 * terms * largest)
}

/** Whether a sum over all traders is less than another by more than rounding. */
const isLess = <A>(arithmetic: Arithmetic<A>, instance: Instance<A>, a: A, b: A): boolean => {
  const traders = instance.buyers.length + instance.sellers.length
  return arithmetic.compare(arithmetic.add(a, slackOf(arithmetic, instance, traders)), b) < 0
}

// --- deviations ------------------------------------------------------------------------------------------------------

/**
 * The most profitable deviation of a single buyer or seller in this instance, if any. Gains up to `slack` count as rounding:
 * zero is right where prices keep their order when they are rounded.
 */
export const search = <A>(
  arithmetic: Arithmetic<A>,
  mechanism: Mechanism,
  instance: Instance<A>,
  slack: A = slackOf(arithmetic, instance, 1)
): Option.Option<Deviation<A>> => {
  const { add, compare, subtract, zero } = arithmetic
  const honest = utilities(arithmetic, instance, mechanism.run(arithmetic, instance))
  const tried = alternatives(arithmetic, instance)
  let best: Deviation<A> | undefined
  for (const side of ["buyers", "sellers"] as const) {
    for (const [index, value] of instance[side].entries()) {
      const honestUtility = honest[side][index] ?? zero
      for (const stated of tried) {
        if (compare(stated, value) === 0) continue
        const outcome = mechanism.run(arithmetic, { ...instance, [side]: instance[side].with(index, stated) })
        const utility = utilityOf(arithmetic, outcome, side, index, value)
        if (compare(utility, add(honestUtility, slack)) <= 0) continue
        const isBetter =
          best === undefined ||
          compare(subtract(utility, honestUtility), subtract(best.utility, best.honestUtility)) > 0
        if (isBetter) best = { side, index, value, stated, honestUtility, utility }
      }
    }
  }
  return Option.fromUndefinedOr(best)
}

const utilityOf = <A>(
  { subtract, zero }: Arithmetic<A>,
  { paid, received, trades }: Outcome<A>,
  side: "buyers" | "sellers",
  index: number,
  value: A
): A =>
  side === "buyers"
    ? subtract(trades.some((it) => it.buyer === index) ? value : zero, paid[index] ?? zero)
    : subtract(received[index] ?? zero, trades.some((it) => it.seller === index) ? value : zero)

/** The values worth stating: all values, points just beside and between them, zero, and one far above. */
export const alternatives = <A>(arithmetic: Arithmetic<A>, { buyers, sellers }: Instance<A>): ReadonlyArray<A> => {
  const { add, compare, divide, fromNumber, subtract, zero } = arithmetic
  const turns = [zero, ...buyers, ...sellers]
    .sort(compare)
    .filter((it, i, all) => i === 0 || compare(it, all[i - 1] ?? zero) > 0)
  const highest = turns.at(-1) ?? zero
  const farAbove = add(add(highest, highest), fromNumber(1))
  const tried: Array<A> = []
  for (const [i, turn] of turns.entries()) {
    const gap = subtract(turns[i + 1] ?? farAbove, turn)
    const beside = divide(gap, fromNumber(1024))
    tried.push(turn, add(turn, beside), add(turn, divide(gap, fromNumber(2))), subtract(add(turn, gap), beside))
  }
  return [...tried, farAbove]
}
