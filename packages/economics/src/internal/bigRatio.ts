/** Ratios of big integers where only their order and their lowest terms are asked for. */
import { leastMultiple } from "./divisors.ts"

/** A ratio with a positive denominator. */
export interface Ratio {
  readonly above: bigint
  readonly below: bigint
}

/** Negative, zero or positive, as `a` is less than, equal to or more than `b`. */
export const compare = (a: Ratio, b: Ratio): number => {
  const difference = a.above * b.below - b.above * a.below
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

/** The least common multiple of 1 … n. */
export const commonMultiple = (n: number): bigint => {
  let multiple = 1n
  for (let i = 2n; i <= BigInt(n); i++) multiple = leastMultiple(multiple, i)
  return multiple
}
