/**
 * Amounts taken at their word: a number means the decimal that it is written as, so `0.1 + 0.2` is `0.3`.
 *
 * **Guarantees** `encoder` rounds once, at the end, to the nearest double. `isTame` bounds the work: sums of fractions
 * that have passed it have a denominator of at most `denominatorBitsMax` bits.
 */
import { Fraction } from "fraction.js"
import { type Given, type Rational, rationals, toRational } from "../input/Amount.ts"
import { leastMultiple } from "./divisors.ts"

/** What the text or the shortest decimal of the number says, exactly. */
export const exactly = (given: Given): Rational => {
  if (typeof given === "string") return toRational(given)
  if (Number.isSafeInteger(given)) return new Fraction(given)
  const [mantissa = "0", exponent = "0"] = String(given).split("e")
  const power = 10n ** BigInt(Math.abs(Number(exponent)))
  const digits = new Fraction(mantissa)
  return Number(exponent) < 0 ? digits.div(power) : digits.mul(power)
}

/** Writes results: as text if `isExact`, otherwise as the nearest double. */
export const encoder =
  (isExact: boolean) =>
  (value: Rational): Given =>
    isExact ? rationals.encode(value) : rationals.toNumber(value)

const largest = toRational(Number.MAX_VALUE)

/** Whether an answer can hold all these values. */
export const isWithin = (isExact: boolean, values: Iterable<Rational>): boolean => {
  if (isExact) return true
  for (const value of values) if (value.abs().compare(largest) > 0) return false
  return true
}

/** The amounts that are written as fractions, which alone can have unwieldy denominators. */
export const fractionsOf = (amounts: Iterable<Given>): ReadonlyArray<Rational> => {
  const fractions: Array<Rational> = []
  for (const amount of amounts)
    if (typeof amount === "string" && amount.includes("/")) fractions.push(toRational(amount))
  return fractions
}

/** The largest common denominator that is worked with. */
export const denominatorBitsMax = 20_000

/** Whether the values have a common denominator that is small enough for their sums to be taken in time. */
export const isTame = (values: Iterable<Rational>, bitsMax = denominatorBitsMax): boolean => {
  const limit = 1n << BigInt(Math.min(bitsMax, denominatorBitsMax))
  const seen = new Set<bigint>()
  let common = 1n
  for (const { d } of values) {
    if (seen.has(d)) continue
    seen.add(d)
    common = leastMultiple(common, d)
    if (common > limit) return false
  }
  return true
}
