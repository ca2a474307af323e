import { Refusal } from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"

describe("what is wrong with an input, in words", () => {
  const decode = Refusal.decode(Schema.Struct({ bids: Schema.NonEmptyArray(Schema.Struct({ bidder: Schema.String })) }))
  it.each<readonly [input: unknown, message: string]>([
    [{ bids: [{ bidder: "a" }], bid: [] }, "bid: Unknown key"],
    [{ bids: [{ bidder: "a", note: "x" }] }, "bids[0].note: Unknown key"],
    [{ bids: [{}] }, "bids[0].bidder: Missing key"],
    [{}, "bids: Missing key"],
    [{ bids: [] }, "bids[0]: Missing; the list is too short"],
    [{ bids: [{ bidder: 1 }] }, "bids[0].bidder: Expected string"],
    [null, "the input: Expected object"]
  ])("%j", (input, message) => {
    const decoded = decode(input)
    assert.strictEqual(Result.isFailure(decoded) ? decoded.failure.message : "decoded", message)
  })
})
