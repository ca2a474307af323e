/**
 * Sums of money in whole minor units (cents, credits), as exact integers of any size, and shares of them.
 *
 * **Guarantees** No floating point: what is not whole is rounded where the function says, in the direction it says.
 *
 * **Does not guarantee** A currency: a ledger has one unit, and which one is for its owner to know.
 *
 * **Example**
 *
 * ```ts
 * import { Money } from "@mabeam/economics"
 *
 * Money.floor(Money.times(150n, "0.25")) // => 37n
 * Money.ceil(Money.times(150n, "1/4")) // => 38n
 * ```
 *
 * @since 0.1.0
 */
import { Schema, SchemaGetter } from "effect"
import { Fraction } from "fraction.js"
import type { Place } from "../input/Refusal.ts"
import { InvalidMoney } from "./Machine.ts"
import { rationals, toRational, type Given, type Rational } from "../input/Amount.ts"
import * as Names from "../internal/name.ts"

/** The largest sum of one command: 10^30 minor units. */
export const max = 10n ** 30n

const isDigits = (input: unknown): input is string => typeof input === "string" && /^\d{1,31}$/.test(input)

/** Between text of digits and integers, for schemas. */
export const fromDigits = SchemaGetter.transform((text: string) => BigInt(text))
export const toDigits = SchemaGetter.transform((sum: bigint) => sum.toString())

/** A sum of money: a `bigint`; outside of the program text of up to 31 digits. May be 0. */
export const Money = Schema.declare<string>(isDigits, { expected: "whole minor units, as text of digits" }).pipe(
  Schema.decodeTo(Schema.BigInt, { decode: fromDigits, encode: toDigits })
)

/** A name of an account, agent, task or contract, or an id: 1 to 255 characters. */
export const Name = Names.Name

/** A moment: milliseconds since 1970, given with each command, never read from a clock. */
export const Time = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/** A sum that is not above 0 or larger than `max`, as a refusal at `path`. */
export const offence = (amount: bigint, path: Place): InvalidMoney | undefined =>
  amount > 0n && amount <= max ? undefined : new InvalidMoney({ path, amount: amount.toString() })

/** As `offence`, but nothing at all is fine. */
export const offenceUnlessZero = (amount: bigint, path: Place): InvalidMoney | undefined =>
  amount === 0n ? undefined : offence(amount, path)

/**
 * A share or rate as it was written: text exactly, a double as the shortest decimal that names it. So `0.6` means six
 * tenths, not the double a little below them, which rounded down would lose a unit.
 */
export const share = (given: Given): Rational => {
  if (typeof given === "string") return toRational(given)
  const [digits = "0", exponent = "0"] = String(given).split("e")
  const power = rationals.fromNumber(1).mul(10n ** BigInt(Math.abs(Number(exponent))))
  const whole = new Fraction(digits)
  return Number(exponent) < 0 ? whole.div(power) : whole.mul(power)
}

/** A share of a sum, exactly. */
export const times = (sum: bigint, part: Given | Rational): Rational =>
  (typeof part === "object" ? part : share(part)).mul(sum)

/** The largest whole sum that is not above. */
export const floor = ({ d, n, s }: Rational): bigint => (s < 0n && n % d !== 0n ? -(n / d) - 1n : (s * n) / d)

/** The smallest whole sum that is not below. */
export const ceil = (value: Rational): bigint => -floor(value.neg())

/** The nearest whole sum; halves go up. */
export const round = (value: Rational): bigint => floor(value.add(1, 2))

/** The smaller of two sums. */
export const least = (a: bigint, b: bigint): bigint => (a < b ? a : b)
