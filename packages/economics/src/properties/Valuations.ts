/**
 * What sets of items are worth to an agent: additive, unit-demand or single-minded, and the welfare that could be had.
 *
 * **Guarantees** The greatest welfare is exact: item by item for additive valuations, by assignment for unit demand, by
 * branch and bound for single-minded agents. On text amounts it is exact to the last digit. What would take too long is
 * refused as `TooLarge`, always the same.
 *
 * **Does not guarantee** An answer for every set of single-minded agents: that problem is NP-hard.
 *
 * @since 0.1.0
 */
import { Result } from "effect"
import type { Arithmetic } from "../input/Amount.ts"
import { TooLarge } from "../input/Refusal.ts"
import { assign } from "../internal/assignment.ts"
import { pack } from "../internal/disjointBundles.ts"

/** The kinds of valuations. */
export const kinds = ["additive", "unit-demand", "single-minded"] as const
export type Kind = (typeof kinds)[number]

/**
 * One agent's values. Additive and unit-demand agents have a value for each of some items, and 0 for the others; a
 * single-minded agent has one value for all of its items together. Items are positions.
 */
export type Valuation<A> =
  | { readonly kind: "additive" | "unit-demand"; readonly values: ReadonlyMap<number, A> }
  | { readonly kind: "single-minded"; readonly bundle: ReadonlyArray<number>; readonly value: A }

/** The most work spent on the greatest welfare: steps of an inner loop, on doubles and on fractions. */
export const workMax = { doubles: 100_000_000, fractions: 2_000_000 }

/** What a set of items is worth. */
export const valueOf = <A>(
  { add, compare, zero }: Arithmetic<A>,
  valuation: Valuation<A>,
  items: ReadonlyArray<number>
): A => {
  switch (valuation.kind) {
    case "additive":
      return items.reduce((sum, item) => add(sum, valuation.values.get(item) ?? zero), zero)
    case "unit-demand":
      return items.reduce((best, item) => {
        const value = valuation.values.get(item) ?? zero
        return compare(value, best) > 0 ? value : best
      }, zero)
    case "single-minded": {
      const held = new Set(items)
      return valuation.bundle.every((item) => held.has(item)) ? valuation.value : zero
    }
  }
}

/** The greatest sum of values that any allocation of the items gives; none if it would take too long, with its size. */
export const maxWelfare = <A>(
  arithmetic: Arithmetic<A>,
  kind: Kind,
  valuations: ReadonlyArray<Valuation<A>>,
  itemCount: number
): Result.Result<A, TooLarge> => {
  const limit = arithmetic.isExact ? workMax.fractions : workMax.doubles
  switch (kind) {
    case "additive":
      return Result.succeed(additive(arithmetic, valuations))
    case "unit-demand":
      return unitDemand(arithmetic, valuations, itemCount, limit)
    case "single-minded":
      return singleMinded(arithmetic, valuations, itemCount, limit)
  }
}

const additive = <A>({ add, compare, zero }: Arithmetic<A>, valuations: ReadonlyArray<Valuation<A>>): A => {
  const best = new Map<number, A>()
  for (const valuation of valuations) {
    if (valuation.kind === "single-minded") continue
    for (const [item, value] of valuation.values) {
      const known = best.get(item)
      if (known === undefined || compare(value, known) > 0) best.set(item, value)
    }
  }
  let sum = zero
  for (const value of best.values()) sum = add(sum, value)
  return sum
}

const unitDemand = <A>(
  arithmetic: Arithmetic<A>,
  valuations: ReadonlyArray<Valuation<A>>,
  itemCount: number,
  limit: number
): Result.Result<A, TooLarge> => {
  const size = Math.min(valuations.length, itemCount) * valuations.length * itemCount
  if (size > limit) return Result.fail(new TooLarge({ path: ["valuations"], size, limit }))
  const { add, zero } = arithmetic
  const weights = valuations.map((valuation) =>
    Array.from({ length: itemCount }, (_, item) =>
      valuation.kind === "single-minded" ? zero : (valuation.values.get(item) ?? zero)
    )
  )
  const columnOf = assign(arithmetic, scaled(arithmetic, weights))
  return Result.succeed(columnOf.reduce((sum, column, row) => add(sum, weights[row]?.[column] ?? zero), zero))
}

/** On doubles, brings the largest weight near 1 by a power of two, so that sums do not overflow and shares do not vanish. */
const scaled = <A>(
  { compare, divide, fromNumber, isExact, toNumber, zero }: Arithmetic<A>,
  weights: ReadonlyArray<ReadonlyArray<A>>
): ReadonlyArray<ReadonlyArray<A>> => {
  if (isExact) return weights
  const largest = weights.flat().reduce((best, it) => (compare(it, best) > 0 ? it : best), zero)
  if (compare(largest, zero) === 0) return weights
  const unit = fromNumber(2 ** Math.min(1023, Math.max(-1074, Math.floor(Math.log2(toNumber(largest))))))
  return weights.map((row) => row.map((it) => divide(it, unit)))
}

const singleMinded = <A>(
  arithmetic: Arithmetic<A>,
  valuations: ReadonlyArray<Valuation<A>>,
  itemCount: number,
  limit: number
): Result.Result<A, TooLarge> => {
  const { add, compare, zero } = arithmetic
  const wanted = valuations.flatMap((it) =>
    it.kind === "single-minded" && compare(it.value, zero) > 0 ? [{ items: it.bundle, value: it.value }] : []
  )
  // Who wants nothing in particular stands in nobody's way.
  const [idle, contested] = [wanted.filter((it) => it.items.length === 0), wanted.filter((it) => it.items.length > 0)]
  const [values = []] = scaled(arithmetic, [contested.map((it) => it.value)])
  const bundles = contested.map(({ items }, index) => ({ items, value: values[index] ?? zero }))
  const chosen = pack(arithmetic, bundles, itemCount, limit)
  if (chosen === undefined) return Result.fail(new TooLarge({ path: ["valuations"], size: limit + 1, limit }))
  return Result.succeed(
    [...idle, ...chosen.map((index) => contested[index])].reduce((sum, it) => add(sum, it?.value ?? zero), zero)
  )
}
