/**
 * Input from outside: decoded whole before anything is decided, or refused with the place of the first offence.
 *
 * **Guarantees** Unknown keys, wrong types, amounts that are none, names that appear twice and names that nobody has
 * introduced are typed errors. Each has a `path` such as `["bids", 2, "amount"]` and a message that begins with it.
 *
 * **Does not guarantee** A list of all offences: the first is enough to refuse.
 *
 * @since 0.1.0
 */
import { Result, Schema, SchemaIssue } from "effect"

/** Where in the input something is wrong, such as `["bids", 2, "amount"]`; empty for the input itself. */
export type Place = ReadonlyArray<string | number>

const PlaceSchema = Schema.Array(Schema.Union([Schema.String, Schema.Int]))

/** The longest text from an input that a message repeats; what is longer is cut. */
const shownMax = 100

const cut = (text: string): string => (text.length <= shownMax ? text : `${text.slice(0, shownMax - 1)}…`)

/** A name of the input as a message repeats it: text in quotes, and cut where it is very long. */
export const quoted = (name: string | number): string =>
  typeof name === "number" ? `${name}` : JSON.stringify(cut(name))

/** A key that can stand without quotes. */
const plain = /^[^\s."[\]]+$/

/** A place as people write it: `bids[2].amount`, `weights["a b"]`. A very long key is cut. */
export const show = (place: Place): string =>
  place.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`
    if (!plain.test(part)) return `${text}[${quoted(part)}]`
    return text === "" ? cut(part) : `${text}.${cut(part)}`
  }, "") || "the input"

/** The input has another shape: a missing or unknown key, or a value of another type or outside its range. */
export class InvalidFormat extends Schema.TaggedError<InvalidFormat>("@mabeam/economics/Refusal/InvalidFormat")(
  "InvalidFormat",
  { path: PlaceSchema, because: Schema.String }
) {
  override get message() {
    return `${show(this.path)}: ${this.because}`
  }
}

/** An amount is negative, infinite, not a number, or text that is neither a decimal nor a fraction. */
export class InvalidAmount extends Schema.TaggedError<InvalidAmount>("@mabeam/economics/Refusal/InvalidAmount")(
  "InvalidAmount",
  {
    path: PlaceSchema,
    amount: Schema.declare((input): input is number | string => typeof input === "number" || typeof input === "string")
  }
) {
  override get message() {
    const amount = typeof this.amount === "string" ? quoted(this.amount) : this.amount
    return `${show(this.path)}: ${amount} is not an amount; give a finite number that is not negative, or text such as "0.1" or "2/3"`
  }
}

/** A name or id appears twice where once is allowed. */
export class DuplicateName extends Schema.TaggedError<DuplicateName>("@mabeam/economics/Refusal/DuplicateName")(
  "DuplicateName",
  { path: PlaceSchema, name: Schema.String }
) {
  override get message() {
    return `${show(this.path)}: ${quoted(this.name)} was there before; each is named once`
  }
}

/** A name that has to be introduced elsewhere in the input, and is not. */
export class UnknownName extends Schema.TaggedError<UnknownName>("@mabeam/economics/Refusal/UnknownName")(
  "UnknownName",
  { path: PlaceSchema, name: Schema.String, known: Schema.String }
) {
  override get message() {
    return `${show(this.path)}: ${quoted(this.name)} is not among ${this.known}`
  }
}

/** More of something than can be answered. */
export class TooLarge extends Schema.TaggedError<TooLarge>("@mabeam/economics/Refusal/TooLarge")("TooLarge", {
  path: PlaceSchema,
  size: Schema.Finite,
  limit: Schema.Finite
}) {
  override get message() {
    return `${show(this.path)}: ${this.size} is more than the limit of ${this.limit}`
  }
}

/** What every refusal of a calculator has. Modules add tags of their own beside the ones of this module. */
export interface Refusal {
  readonly _tag: string
  readonly path: Place
  readonly message: string
}

/** Refusals of any input. */
export type Common = InvalidFormat | InvalidAmount | DuplicateName | UnknownName | TooLarge

/** How an `Amount` describes itself in a schema issue; `decode` makes an `InvalidAmount` of it. */
export const expectedAmount = "an amount"

const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1()

const at = (input: unknown, path: Place): unknown =>
  path.reduce<unknown>(
    (value, part) => (typeof value === "object" && value !== null ? Reflect.get(value, part) : undefined),
    input
  )

/** What a schema says, in words for whoever wrote the input: "missing key" is odd where an element of a list is missing. */
const inWords = (message: string, path: Place): string => {
  if (message === "Expected no excess property") return "Unknown key"
  return message === "Missing key" && typeof path.at(-1) === "number" ? "Missing; the list is too short" : message
}

/** Decodes with unknown keys refused; the first issue becomes an error with its place. */
export const decode = <S extends Schema.ConstraintDecoder<unknown>>(
  schema: S
): ((input: unknown) => Result.Result<S["Type"], InvalidFormat | InvalidAmount>) => {
  const run = Schema.decodeUnknownResult(schema, { onExcessProperty: "error" })
  return (input) =>
    Result.mapError(run(input), (error) => {
      const issue = issuesOf(error.issue).issues[0]
      const path = (issue?.path ?? []).map((part) => {
        const key = typeof part === "object" ? part.key : part
        return typeof key === "number" ? key : String(key)
      })
      const because = inWords(issue?.message ?? error.message, path)
      const value = at(input, path)
      return because.startsWith(`Expected ${expectedAmount}`) &&
        (typeof value === "number" || typeof value === "string")
        ? new InvalidAmount({ path, amount: value })
        : new InvalidFormat({ path, because })
    })
}

/** The first of `names` that was there before, as a refusal at `place(index)`. */
export const duplicateOf = (
  names: ReadonlyArray<string>,
  place: (index: number) => Place
): DuplicateName | undefined => {
  const seen = new Set<string>()
  for (const [index, name] of names.entries()) {
    if (seen.has(name)) return new DuplicateName({ path: place(index), name })
    seen.add(name)
  }
  return undefined
}
