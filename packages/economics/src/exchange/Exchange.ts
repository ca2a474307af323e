/**
 * What two-sided markets have in common: names, sides, quantities, and the refusal of numbers that cannot be answered.
 *
 * Quantities are amounts above zero, so fractions of a unit are possible. Whether an answer is exact text is decided by
 * the amounts of money alone; a quantity that was given as a number comes back as a number.
 *
 * **Guarantees** Numbers are taken for the decimals that they are written as, and results are rounded once, to the nearest
 * double. Among equal prices the earlier order goes first, everywhere.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { Amount, type Given, isAmount } from "../input/Amount.ts"
import { show } from "../input/Refusal.ts"
import * as Names from "../internal/name.ts"

/** The name of a trader or an order: 1 to 255 characters. */
export const Name = Names.Name

/** Which way an order goes. */
export const Side = Schema.Literals(["buy", "sell"])
export type Side = typeof Side.Type

/** Whether a value is such a name. */
export const isName = Names.isName

const isPositive = (given: Given): boolean =>
  typeof given === "number" ? given > 0 : /[1-9]/.test(given.split("/")[0] ?? "")

/** An amount above zero. */
export const Quantity = Amount.check(Schema.makeFilter(isPositive, { expected: "a quantity above zero" }))

/** Whether a value is an amount above zero. */
export const isQuantity = (value: unknown): value is Given => isAmount(value) && isPositive(value)

/** The rule among orders of one price, on both sides of every market here: the one that came first. */
export const tieBreak = "earliest-order"

/** Amounts whose result no double holds, or fractions without a common denominator of reasonable size. */
export class OutOfRange extends Schema.TaggedError<OutOfRange>("@mabeam/economics/Exchange/OutOfRange")("OutOfRange", {
  path: Schema.Array(Schema.Union([Schema.String, Schema.Int])),
  because: Schema.String
}) {
  override get message() {
    return `${show(this.path)}: ${this.because}`
  }
}

/** The refusal of a result above the largest double. */
export const overflow = (): OutOfRange =>
  new OutOfRange({ path: [], because: "a result is beyond the doubles; give all amounts as text for exact arithmetic" })

/** The refusal of fractions whose sums would take too long. */
export const unwieldy = (): OutOfRange =>
  new OutOfRange({ path: [], because: "the fractions have no common denominator below 2^20000; give decimals" })
