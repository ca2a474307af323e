/**
 * Amounts of money or credits, and the two ways of reckoning with them.
 *
 * An amount comes from outside as a number, or as text that holds a decimal or a fraction (`"0.1"`, `"2/3"`). If all
 * amounts of an input are text, the calculation is exact and gives text; otherwise it uses doubles and gives numbers. A
 * calculator is written once, over an `Arithmetic`.
 *
 * **Guarantees** `rationals` never rounds. `encode` writes a fraction without factors other than 2 and 5 in its denominator
 * as a decimal (`"0.1"`), every other as a fraction (`"2/3"`), both in lowest terms.
 *
 * **Does not guarantee** That sums of doubles are exact beyond integers up to 2^53.
 *
 * **Example**
 *
 * ```ts
 * import { Amount } from "@mabeam/economics"
 *
 * const mean = (amounts: ReadonlyArray<Amount.Given>) =>
 *   Amount.reckon(amounts, (arithmetic, lift) => {
 *     const sum = amounts.reduce((total, it) => arithmetic.add(total, lift(it)), arithmetic.zero)
 *     return arithmetic.encode(arithmetic.divide(sum, arithmetic.fromNumber(amounts.length)))
 *   })
 *
 * mean(["0.1", "0.2", "0.4"]) // => "7/30"
 * mean([1, 2]) // => 1.5
 * ```
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { Fraction } from "fraction.js"
import { bitsOf } from "../internal/divisors.ts"
import { expectedAmount } from "./Refusal.ts"

/** An exact rational number. */
export type Rational = Fraction

/** An amount as it comes from outside: finite and not negative. */
export type Given = number | string

/** Longest text of an amount: 100 characters. */
export const textLengthMax = 100

const unsigned = /^\d+(?:\.\d+|\/0*[1-9]\d*)?$/
const signed = /^-?\d+(?:\.\d+|\/0*[1-9]\d*)?$/

const isText = (text: string, pattern: RegExp): boolean => text.length <= textLengthMax && pattern.test(text)

/** Whether a value is an amount. */
export const isAmount = (input: unknown): input is Given =>
  typeof input === "number" ? input >= 0 && input < Infinity : typeof input === "string" && isText(input, unsigned)

/** An amount: a finite number that is not negative, or text such as `"12"`, `"0.1"` or `"2/3"`. */
export const Amount: Schema.declare<Given> = Schema.declare(isAmount, { expected: expectedAmount })

/** As `Amount`, but debts are allowed: a minus sign may stand before. */
export const SignedAmount: Schema.declare<Given> = Schema.declare(
  (input): input is Given =>
    typeof input === "number" ? Number.isFinite(input) : typeof input === "string" && isText(input, signed),
  { expected: expectedAmount }
)

/** What a calculation needs to know about its numbers. `compare` is negative, zero or positive. */
export interface Arithmetic<A> {
  readonly isExact: boolean
  readonly zero: A
  /** Exact for every finite double; `rationals` throw for any other. */
  readonly fromNumber: (value: number) => A
  /** What an amount says; in doubles the nearest. */
  readonly lift: (given: Given) => A
  /** The nearest double. */
  readonly toNumber: (a: A) => number
  readonly add: (a: A, b: A) => A
  readonly subtract: (a: A, b: A) => A
  readonly multiply: (a: A, b: A) => A
  /** `b` is not zero. */
  readonly divide: (a: A, b: A) => A
  readonly compare: (a: A, b: A) => number
  /** As an answer gives it. */
  readonly encode: (a: A) => Given
}

/** Double precision. */
export const doubles: Arithmetic<number> = {
  isExact: false,
  zero: 0,
  fromNumber: (value) => value,
  lift: (given) => toNumber(given),
  toNumber: (a) => a,
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  compare: (a, b) => a - b,
  encode: (a) => a
}

const ofDouble = (value: number): Rational => {
  // What is not finite would be doubled for ever.
  if (!Number.isFinite(value)) throw new RangeError(`${value} is not an amount`)
  // Doubling is exact, so this ends with the double's own numerator.
  let numerator = value
  let denominator = 1n
  while (!Number.isInteger(numerator)) {
    numerator *= 2
    denominator *= 2n
  }
  return new Fraction(BigInt(numerator), denominator)
}

/** Exact fractions of integers of any size. */
export const rationals: Arithmetic<Rational> = {
  isExact: true,
  zero: new Fraction(0),
  fromNumber: ofDouble,
  lift: (given) => toRational(given),
  toNumber: (a) => nearestDouble(a),
  add: (a, b) => a.add(b),
  subtract: (a, b) => a.sub(b),
  multiply: (a, b) => a.mul(b),
  divide: (a, b) => a.div(b),
  compare: (a, b) => a.compare(b),
  encode: (a) => decimalOf(a) ?? a.toFraction()
}

const nearestDouble = ({ d, n, s }: Rational): number => Number(s) * quotient(n, d)

/**
 * The double nearest to `numerator / denominator` (not negative, positive). Rounds once: the quotient keeps more bits than a
 * double has, the last of which says that something was cut off.
 */
export const quotient = (numerator: bigint, denominator: bigint): number => {
  if (numerator === 0n) return 0
  const shift = bitsOf(denominator) - bitsOf(numerator) + 66
  if (shift > 1074 && numerator << 1022n < denominator) return subnormal(numerator, denominator)
  const above = shift >= 0 ? numerator << BigInt(shift) : numerator
  const below = shift >= 0 ? denominator : denominator << BigInt(-shift)
  const whole = above / below
  const kept = Number(above % below === 0n ? whole : whole | 1n)
  const half = Math.trunc(shift / 2)
  return kept * 2 ** -half * 2 ** (half - shift)
}

/** As `quotient`, below 2^-1022, where doubles are whole multiples of 2^-1074 and keep fewer bits. */
const subnormal = (numerator: bigint, denominator: bigint): number => {
  const scaled = numerator << 1074n
  const whole = scaled / denominator
  const twice = 2n * (scaled % denominator)
  const isUp = twice > denominator || (twice === denominator && whole % 2n === 1n)
  return Number(isUp ? whole + 1n : whole) * 2 ** -1074
}

/** A fraction in lowest terms, such as `3/5`, `0` or `2`. */
export const fractionOf = (numerator: bigint | number, denominator: bigint | number): string =>
  new Fraction(numerator, denominator).toFraction()

const decimalOf = ({ d, n, s }: Rational): string | undefined => {
  let rest = d
  let twos = 0
  let fives = 0
  for (; rest % 2n === 0n; rest /= 2n) twos++
  for (; rest % 5n === 0n; rest /= 5n) fives++
  if (rest !== 1n) return undefined
  const places = Math.max(twos, fives)
  const digits = ((n * 10n ** BigInt(places)) / d).toString().padStart(places + 1, "0")
  const sign = s < 0n ? "-" : ""
  return places === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -places)}.${digits.slice(-places)}`
}

/** Exactly what the text says, or exactly the double. A number that is not finite is a defect of the caller's: it throws. */
export const toRational = (given: Given): Rational =>
  typeof given === "string" ? new Fraction(given) : ofDouble(given)

/** The nearest double. */
export const toNumber = (given: Given): number =>
  typeof given === "string" ? nearestDouble(new Fraction(given)) : given

/** Whether all amounts of an input are text, so that its answer has to be exact. Without amounts it need not be. */
export const isExact = (amounts: Iterable<Given>): boolean => {
  let isEmpty = true
  for (const amount of amounts) {
    if (typeof amount === "number") return false
    isEmpty = false
  }
  return !isEmpty
}

/** Runs `use` with the arithmetic that the amounts of an input ask for, and the way to lift them into it. */
export const reckon = <R>(
  amounts: Iterable<Given>,
  use: <A>(arithmetic: Arithmetic<A>, lift: (given: Given) => A) => R
): R => (isExact(amounts) ? use(rationals, toRational) : use(doubles, toNumber))
