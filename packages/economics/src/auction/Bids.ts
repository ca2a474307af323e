/**
 * What auctions are made of, and what is wrong with bad input.
 *
 * **Guarantees** Input from outside is decoded whole before anything is decided: unknown keys, amounts that are not finite
 * or negative, and a second bid of one bidder are refused with the place of the offence.
 *
 * **Does not guarantee** Exact arithmetic on fractions: an amount is a double. Mechanisms that only compare amounts and
 * hand one of them out as the price are exact for every amount; sums are exact for integers up to 2^53.
 *
 * @since 0.1.0
 */
import { Result, Schema, SchemaIssue } from "effect"

/** The name of a bidder: 1 to 255 characters. */
export const Bidder = Schema.NonEmptyString.check(Schema.isMaxLength(255))

/** An amount of money or credits: finite, not negative. */
export const Amount = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))

/** What one bidder offers. */
export const Bid = Schema.Struct({ bidder: Bidder, amount: Amount })
export type Bid = typeof Bid.Type

/** A number that has not been judged yet, so that one that is no amount gets an error of its own. */
export const UnjudgedAmount = Schema.declare((input): input is number => typeof input === "number", {
  expected: "a number"
})

/** A bid whose amount has not been judged yet. */
export const UnjudgedBid = Schema.Struct({ bidder: Bidder, amount: UnjudgedAmount })

/** Where in the input something is wrong, such as `["bids", 2, "amount"]`. */
export type Place = ReadonlyArray<string | number>

const PlaceSchema = Schema.Array(Schema.Union([Schema.String, Schema.Int]))

const show = (place: Place): string =>
  place.reduce<string>(
    (text, part) => (typeof part === "number" ? `${text}[${part}]` : text === "" ? part : `${text}.${part}`),
    ""
  ) || "the input"

/** The input has another shape: a missing or unknown key, or a value of another type. */
export class InvalidFormat extends Schema.TaggedError<InvalidFormat>("@mabeam/economics/Bids/InvalidFormat")(
  "InvalidFormat",
  { path: PlaceSchema, because: Schema.String }
) {
  override get message() {
    return `${show(this.path)}: ${this.because}`
  }
}

/** An amount is negative, infinite or not a number. */
export class InvalidAmount extends Schema.TaggedError<InvalidAmount>("@mabeam/economics/Bids/InvalidAmount")(
  "InvalidAmount",
  { path: PlaceSchema, amount: UnjudgedAmount }
) {
  override get message() {
    return `${show(this.path)}: ${this.amount} is not an amount; give a finite number that is not negative`
  }
}

/** A bidder appears twice where once is allowed. */
export class DuplicateBidder extends Schema.TaggedError<DuplicateBidder>("@mabeam/economics/Bids/DuplicateBidder")(
  "DuplicateBidder",
  { path: PlaceSchema, bidder: Schema.String }
) {
  override get message() {
    return `${show(this.path)}: "${this.bidder}" was there before; each bidder is named once`
  }
}

/** A bid comes from someone who is not among the admitted bidders. */
export class UnknownBidder extends Schema.TaggedError<UnknownBidder>("@mabeam/economics/Bids/UnknownBidder")(
  "UnknownBidder",
  { path: PlaceSchema, bidder: Schema.String }
) {
  override get message() {
    return `${show(this.path)}: "${this.bidder}" is not among the admitted bidders`
  }
}

/** All that can be wrong with the input of a sealed-bid auction. */
export type InvalidInput = InvalidFormat | InvalidAmount | DuplicateBidder | UnknownBidder

/** The rule among equal bids in every auction here: the one that came first. */
export const tieBreak = "earliest-bid"

const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1()

/** Decodes with unknown keys refused; the first issue becomes an `InvalidFormat` with its place. */
export const decode = <S extends Schema.ConstraintDecoder<unknown>>(
  schema: S
): ((input: unknown) => Result.Result<S["Type"], InvalidFormat>) => {
  const run = Schema.decodeUnknownResult(schema, { onExcessProperty: "error" })
  return (input) =>
    Result.mapError(run(input), (error) => {
      const issue = issuesOf(error.issue).issues[0]
      const path = (issue?.path ?? []).map((part) => {
        const key = typeof part === "object" ? part.key : part
        return typeof key === "number" ? key : String(key)
      })
      return new InvalidFormat({ path, because: issue?.message ?? error.message })
    })
}

/** Judges decoded bids: amounts first, then who may bid, then that each bids once. Gives the first offence. */
export const judge = (inputs: {
  readonly bids: ReadonlyArray<{ readonly bidder: string; readonly amount: number }>
  readonly reserve: number
  readonly bidders?: ReadonlyArray<string> | undefined
}): Exclude<InvalidInput, InvalidFormat> | undefined => {
  if (!isAmount(inputs.reserve)) return new InvalidAmount({ path: ["reserve"], amount: inputs.reserve })
  const admitted = inputs.bidders === undefined ? undefined : new Set(inputs.bidders)
  if (inputs.bidders !== undefined && admitted?.size !== inputs.bidders.length) {
    const index = inputs.bidders.findIndex((bidder, at) => inputs.bidders?.indexOf(bidder) !== at)
    return new DuplicateBidder({ path: ["bidders", index], bidder: inputs.bidders[index] ?? "" })
  }
  const seen = new Set<string>()
  for (const [index, { amount, bidder }] of inputs.bids.entries()) {
    if (!isAmount(amount)) return new InvalidAmount({ path: ["bids", index, "amount"], amount })
    if (admitted?.has(bidder) === false) return new UnknownBidder({ path: ["bids", index, "bidder"], bidder })
    if (seen.has(bidder)) return new DuplicateBidder({ path: ["bids", index, "bidder"], bidder })
    seen.add(bidder)
  }
  return undefined
}

/** Whether a number is an amount: finite and not negative. */
export const isAmount = (amount: number): boolean => amount >= 0 && amount < Infinity
