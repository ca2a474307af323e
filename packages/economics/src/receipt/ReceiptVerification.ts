/**
 * Receipts of any calculator: made, computed again, and re-run under another mechanism.
 *
 * **Guarantees** `verify` decides anew from the inputs alone, by the calculator that the receipt names, and names every
 * field that differs with what was stated and what comes out. `hash` differs if it is not the one of what the receipt says.
 * Unknown mechanisms, versions that are not the present one, and inputs that the mechanism refuses are refusals.
 *
 * **Does not guarantee** That the inputs are what was really bid: whoever wrote the receipt could have changed both and
 * sealed it again. An answer that a time limit has cut short may come out otherwise the next time.
 *
 * **Example**
 *
 * ```ts
 * import { FirstPrice, ReceiptVerification } from "@mabeam/economics"
 * import { Effect } from "effect"
 *
 * const bids = [
 *   { bidder: "a", amount: 10 },
 *   { bidder: "b", amount: 4 }
 * ]
 * const receipt = Effect.runSync(ReceiptVerification.issue(FirstPrice.calculator, { bids }))
 * Effect.runSync(ReceiptVerification.verify(receipt)) // => { valid: true, differences: [] }
 *
 * const otherwise = Effect.runSync(ReceiptVerification.whatIf(receipt, "second-price"))
 * otherwise.decision["price"] // => 4
 * ```
 *
 * @since 0.1.0
 */
import { Effect, Result, Schema } from "effect"
import type { Calculator, Json, JsonObject, SlowCalculator } from "../calculator/Calculator.ts"
import * as Calculators from "../calculator/Calculators.ts"
import * as Refusal from "../input/Refusal.ts"
import * as SealedReceipt from "./SealedReceipt.ts"

const PlaceSchema = Schema.Array(Schema.Union([Schema.String, Schema.Int]))

/** The receipt is of a version of its mechanism that is not the present one. */
export class UnknownVersion extends Schema.TaggedError<UnknownVersion>(
  "@mabeam/economics/ReceiptVerification/UnknownVersion"
)("UnknownVersion", { path: PlaceSchema, mechanism: Schema.String, version: Schema.Int, present: Schema.Int }) {
  override get message() {
    return `${Refusal.show(this.path)}: version ${this.version} of ${this.mechanism} is not known here, only ${this.present}`
  }
}

/** The mechanism does not take the inputs of the receipt. `path` leads into them; `tag` is the mechanism's refusal. */
export class RefusedInputs extends Schema.TaggedError<RefusedInputs>(
  "@mabeam/economics/ReceiptVerification/RefusedInputs"
)("RefusedInputs", { path: PlaceSchema, mechanism: Schema.String, tag: Schema.String, because: Schema.String }) {
  override get message() {
    return `${Refusal.show(this.path)}: ${this.mechanism} refuses this, ${this.tag}: ${this.because}`
  }
}

/** A field that is not what the inputs lead to; a side that has no such field is absent. */
export type Difference = {
  readonly path: ReadonlyArray<string | number>
  readonly stated?: Json
  readonly recomputed?: Json
}

/** What came of computing a receipt again. */
export type Verification = { readonly valid: boolean; readonly differences: ReadonlyArray<Difference> }

const Receipt = Schema.Struct({
  mechanism: Schema.String,
  version: Schema.Int,
  inputs: Schema.Json,
  decision: Schema.Record(Schema.String, Schema.Json),
  hash: Schema.String
})
const decode = Refusal.decode(Receipt)
const decodeInputs = Refusal.decode(Schema.Json)

/** Asks a calculator and seals its decision with the input. Fails as the calculator does. */
export const issue = (
  calculator: Calculator | SlowCalculator,
  input: unknown
): Effect.Effect<SealedReceipt.SealedReceipt, Refusal.Refusal> =>
  Effect.gen(function* () {
    const { decision } = yield* Calculators.solve(calculator, input)
    const inputs = yield* Effect.fromResult(decodeInputs(input))
    return SealedReceipt.seal({ mechanism: calculator.name, version: calculator.version, inputs, decision })
  })

/** Decodes a receipt from outside, computes it again and compares. Places begin with `at`. */
export const verify = (input: unknown, at: Refusal.Place = []): Effect.Effect<Verification, Refusal.Refusal> =>
  Effect.gen(function* () {
    const stated = yield* Effect.fromResult(decodeAt(input, at))
    const calculator = yield* find(stated.mechanism, at)
    const { mechanism, version } = stated
    if (version !== calculator.version) {
      const path = [...at, "version"]
      return yield* new UnknownVersion({ path, mechanism, version, present: calculator.version })
    }
    const { decision } = yield* rerun(calculator, stated, at)
    const { hash } = SealedReceipt.seal(stated)
    const differences = [
      ...compare(stated.decision, decision, ["decision"]),
      ...(stated.hash === hash ? [] : [{ path: ["hash"], stated: stated.hash, recomputed: hash }])
    ]
    return { valid: differences.length === 0, differences }
  })

/** The receipt that the same inputs give under another mechanism, which has to take inputs of this shape. */
export const whatIf = (
  receipt: SealedReceipt.Open,
  mechanism: string
): Effect.Effect<SealedReceipt.SealedReceipt, Refusal.Refusal> =>
  Effect.flatMap(find(mechanism, []), (calculator) => rerun(calculator, receipt, []))

const decodeAt = (input: unknown, at: Refusal.Place) =>
  Result.mapError(decode(input), (refusal) => {
    const path = [...at, ...refusal.path]
    return refusal._tag === "InvalidFormat"
      ? new Refusal.InvalidFormat({ path, because: refusal.because })
      : new Refusal.InvalidAmount({ path, amount: refusal.amount })
  })

const find = (name: string, at: Refusal.Place): Effect.Effect<Calculator | SlowCalculator, Refusal.UnknownName> =>
  Effect.mapError(
    Effect.fromOption(Calculators.lookup(name)),
    () => new Refusal.UnknownName({ path: [...at, "mechanism"], name, known: "the mechanisms" })
  )

const rerun = (calculator: Calculator | SlowCalculator, { inputs }: SealedReceipt.Open, at: Refusal.Place) =>
  Effect.mapError(
    issue(calculator, inputs),
    (refusal) =>
      new RefusedInputs({
        path: [...at, "inputs", ...refusal.path],
        mechanism: calculator.name,
        tag: refusal._tag,
        because: refusal.message
      })
  )

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** The places at which two values differ: members of objects each, anything else as a whole. */
const compare = (
  stated: Json | undefined,
  recomputed: Json | undefined,
  path: ReadonlyArray<string | number>
): ReadonlyArray<Difference> => {
  if (isObject(stated) && isObject(recomputed)) {
    const keys = new Set([...Object.keys(recomputed), ...Object.keys(stated)])
    return [...keys].flatMap((key) => compare(own(stated, key), own(recomputed, key), [...path, key]))
  }
  if (stated !== undefined && recomputed !== undefined) {
    const isSame = SealedReceipt.canonical(stated) === SealedReceipt.canonical(recomputed)
    return isSame ? [] : [{ path, stated: asSealed(stated), recomputed }]
  }
  return stated === undefined
    ? recomputed === undefined
      ? []
      : [{ path, recomputed }]
    : [{ path, stated: asSealed(stated) }]
}

/** A value as its canonical JSON says it: there, -0 is 0. */
const asSealed = (value: Json): Json => JSON.parse(SealedReceipt.canonical(value))

const own = (object: JsonObject, key: string): Json | undefined =>
  Object.hasOwn(object, key) ? object[key] : undefined
