import { SealedReceipt } from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { createHash } from "node:crypto"

const open = { mechanism: "second-price", version: 1, inputs: { b: [1, "0.1"], a: null }, decision: { price: 12 } }

describe("sealed receipts", () => {
  it("the hash is SHA-256 over the canonical JSON", () => {
    const text = '{"decision":{"price":12},"inputs":{"a":null,"b":[1,"0.1"]},"mechanism":"second-price","version":1}'
    assert.strictEqual(SealedReceipt.canonical(open), text)
    assert.strictEqual(SealedReceipt.seal(open).hash, createHash("sha256").update(text).digest("hex"))
  })

  it("any change breaks it, the order of keys does not", () => {
    const sealed = SealedReceipt.seal(open)
    assert.isTrue(SealedReceipt.isIntact(sealed))
    assert.isTrue(SealedReceipt.isIntact({ ...sealed, inputs: { a: null, b: [1, "0.1"] } }))
    assert.isFalse(SealedReceipt.isIntact({ ...sealed, decision: { price: 11 } }))
    assert.isFalse(SealedReceipt.isIntact({ ...sealed, version: 2 }))
  })
})
