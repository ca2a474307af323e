import { Refusal } from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"

describe("what is wrong with an input, in words", () => {
  const decode = Refusal.decode(Schema.Struct({ bids: Schema.NonEmptyArray(Schema.Struct({ bidder: Schema.String })) }))
  it.each<readonly [input: unknown, message: string]>([
    [{ bids: [{ bidder: "a" }], bid: [] }, "bid: Unknown key"],
    [{ bids: [{ bidder: "a", note: "x" }] }, "bids[0].note: Unknown key"],
    [{ bids: [{ bidder: "a", "": "x" }] }, 'bids[0][""]: Unknown key'],
    [{ bids: [{ bidder: "a" }], "": [] }, '[""]: Unknown key'],
    [{ bids: [{ bidder: "a" }], "a b.c": [] }, '["a b.c"]: Unknown key'],
    [{ bids: [{ bidder: "a" }], naïve: [] }, "naïve: Unknown key"],
    [{ bids: [{}] }, "bids[0].bidder: Missing key"],
    [{}, "bids: Missing key"],
    [{ bids: [] }, "bids[0]: Missing; the list is too short"],
    [{ bids: [{ bidder: 1 }] }, "bids[0].bidder: Expected string"],
    [null, "the input: Expected object"]
  ])("%j", (input, message) => {
    const decoded = decode(input)
    assert.strictEqual(Result.isFailure(decoded) ? decoded.failure.message : "decoded", message)
  })

  it("does not repeat what is very long, be it a key, a name or an amount", () => {
    const long = "x".repeat(1_000_000)
    const messages = [
      new Refusal.UnknownName({ path: ["mechanism"], name: long, known: "a" }),
      new Refusal.DuplicateName({ path: ["ids", 1], name: long }),
      new Refusal.InvalidAmount({ path: ["amount"], amount: long }),
      new Refusal.InvalidFormat({ path: ["bids", long], because: "Unknown key" })
    ].map((refusal) => refusal.message)
    for (const message of messages) {
      assert.isBelow(message.length, 300)
      assert.include(message, "x…")
    }
    assert.strictEqual(Refusal.quoted("x".repeat(100)), `"${"x".repeat(100)}"`)
  })
})
