/** Proofs of work, by rules that are data. */
import { Schema } from "effect"
import type { Json } from "../../calculator/Calculator.ts"
import { hashOf } from "../../receipt/SealedReceipt.ts"
import * as Settlement from "../Settlement.ts"

/** What a proof has to fulfil. */
export const Proof = Schema.TaggedUnion({
  /** Somebody says `Verified` or `Rejected` within so many milliseconds; silence is acceptance. */
  Explicit: { within: Settlement.Positive },
  /** SHA-256 of the proof's canonical JSON, 64 hexadecimal digits in lower case: no proof has another hash. */
  Hash: {
    hash: Schema.String.check(Schema.isPattern(/^[0-9a-f]{64}$/, { expected: "64 lower-case hexadecimal digits" }))
  },
  /** All hold. `at-least` and `at-most` want numbers, `equals` compares canonical JSON. */
  Conditions: {
    conditions: Schema.Array(
      Schema.Struct({
        path: Schema.Array(Schema.Union([Schema.String, Schema.Int])),
        op: Schema.Literals(["equals", "at-least", "at-most"]),
        value: Schema.Json
      })
    )
  }
})
export type Proof = typeof Proof.Type

const at = (value: Json, path: ReadonlyArray<string | number>): Json | undefined => {
  let here: Json | undefined = value
  for (const key of path) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, key)) return undefined
    // `hasOwn` has just been asked; lists and objects are both read by key.
    here = Reflect.get(here, key) as Json
  }
  return here
}

/** Whether a proof is one, by a rule given as data. */
export const holds = (rule: Exclude<Proof, { _tag: "Explicit" }>, proof: Json): boolean =>
  rule._tag === "Hash"
    ? hashOf(proof) === rule.hash
    : rule.conditions.every(({ op, path, value }) => {
        const found = at(proof, path)
        if (found === undefined) return false
        if (op === "equals") return hashOf(found) === hashOf(value)
        if (typeof found !== "number" || typeof value !== "number") return false
        return op === "at-least" ? found >= value : found <= value
      })
