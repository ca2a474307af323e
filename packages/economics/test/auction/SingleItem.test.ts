import { FirstPrice, Receipt, ReceiptVerification, SecondPrice } from "@mabeam/economics"
import type { Bids, SingleItem } from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Result, Schema } from "effect"
import { bidsOf } from "../instances.ts"

const b = (bidder: string, amount: number) => ({ bidder, amount })
/** What both single-item auctions offer. */
interface Auction {
  readonly solve: (input: unknown) => Result.Result<FirstPrice.Receipt | SecondPrice.Receipt, Bids.InvalidInput>
  readonly decide: (bids: ReadonlyArray<Bids.Bid>, reserve: number) => SingleItem.Decision
}

const decided = (receipt: ReturnType<Auction["solve"]>) => Result.getOrThrow(receipt).decision
const three = [b("b1", 10), b("b2", 15), b("b3", 12)]

describe("single item, sealed bids", () => {
  it("S155: bids 10, 15, 12: at first price b2 wins and pays 15", () => {
    const decision = decided(FirstPrice.solve({ bids: three }))
    assert.deepStrictEqual(decision, { sold: true, winner: Option.some("b2"), price: 15, tie: false })
  })

  it("S155: bids 10, 15, 12: at second price b2 wins and pays 12", () => {
    const decision = decided(SecondPrice.solve({ bids: three }))
    assert.deepStrictEqual(decision, { sold: true, winner: Option.some("b2"), price: 12, tie: false })
  })

  describe.each<readonly [string, Auction]>([
    ["first-price", FirstPrice],
    ["second-price", SecondPrice]
  ])("%s", (_name, auction) => {
    const failure = (input: unknown) => {
      const result = auction.solve(input)
      assert.isTrue(Result.isFailure(result), "expected a refusal")
      return Result.isFailure(result) ? result.failure : assert.fail()
    }

    it("S156: of two bids of 15 the first wins and the tie is flagged", () => {
      const decision = decided(auction.solve({ bids: [b("b1", 15), b("b2", 15)] }))
      assert.deepStrictEqual(decision, { sold: true, winner: Option.some("b1"), price: 15, tie: true })
    })

    it("a tie below the winner is no tie", () => {
      const decision = decided(auction.solve({ bids: [b("b1", 10), b("b2", 15), b("b3", 10)] }))
      assert.strictEqual(decision.tie, false)
    })

    it("S156: no bids: no winner and price 0", () => {
      const decision = decided(auction.solve({ bids: [] }))
      assert.deepStrictEqual(decision, { sold: false, winner: Option.none(), price: 0, tie: false })
    })

    it("S156: a bid without an amount is an invalid format, with its place", () => {
      const error = failure({ bids: [b("b1", 1), { bidder: "b2" }] })
      assert.strictEqual(error._tag, "InvalidFormat")
      assert.deepStrictEqual(error.path, ["bids", 1, "amount"])
      assert.match(error.message, /^bids\[1\]\.amount: /)
    })

    it("S156: a negative amount is an invalid amount, with its place", () => {
      const error = failure({ bids: [b("b1", 1), b("b2", -3)] })
      assert.strictEqual(error._tag, "InvalidAmount")
      assert.strictEqual(
        error.message,
        'bids[1].amount: -3 is not an amount; give a finite number that is not negative, or text such as "0.1" or "2/3"'
      )
    })

    it("S156: a bid from someone who is not admitted is refused, naming the bidder", () => {
      const error = failure({ bids: [b("b1", 1), b("b2", 2)], bidders: ["b1"] })
      assert.strictEqual(error._tag, "UnknownName")
      assert.strictEqual(error.message, 'bids[1].bidder: "b2" is not among the admitted bidders')
    })

    it("a second bid of one bidder is refused", () => {
      const error = failure({ bids: [b("b1", 1), b("b1", 2)] })
      assert.strictEqual(error._tag, "DuplicateName")
      assert.strictEqual(error.message, 'bids[1].bidder: "b1" was there before; each is named once')
    })

    it.each([
      ["NaN", { bids: [b("b1", Number.NaN)] }, "InvalidAmount", ["bids", 0, "amount"]],
      ["infinity", { bids: [b("b1", Infinity)] }, "InvalidAmount", ["bids", 0, "amount"]],
      ["a negative reserve", { bids: [], reserve: -1 }, "InvalidAmount", ["reserve"]],
      ["an amount as text", { bids: [{ bidder: "b1", amount: "10" }] }, "InvalidFormat", ["bids", 0, "amount"]],
      ["an unknown key", { bids: [], reserves: 1 }, "InvalidFormat", ["reserves"]],
      ["an unknown key of a bid", { bids: [{ ...b("b1", 1), price: 2 }] }, "InvalidFormat", ["bids", 0, "price"]],
      ["a nameless bidder", { bids: [b("", 1)] }, "InvalidFormat", ["bids", 0, "bidder"]],
      ["a name of 256 characters", { bids: [b("x".repeat(256), 1)] }, "InvalidFormat", ["bids", 0, "bidder"]],
      ["no bids key", {}, "InvalidFormat", ["bids"]],
      ["a bidder admitted twice", { bids: [], bidders: ["a", "b", "a"] }, "DuplicateName", ["bidders", 2]],
      ["null", null, "InvalidFormat", []],
      ["a list", [b("b1", 1)], "InvalidFormat", undefined]
    ] as const)("refuses %s", (_what, input, tag, path) => {
      const error = failure(input)
      assert.strictEqual(error._tag, tag)
      if (path !== undefined) assert.deepStrictEqual(error.path, [...path])
      assert.isAbove(error.message.length, 5)
    })

    it("a bid equal to the reserve wins, one below does not", () => {
      assert.strictEqual(decided(auction.solve({ bids: [b("b1", 5)], reserve: 5 })).price, 5)
      assert.strictEqual(decided(auction.solve({ bids: [b("b1", 4.99)], reserve: 5 })).sold, false)
    })

    it("a bid of zero wins when nothing is asked", () => {
      const decision = decided(auction.solve({ bids: [b("b1", 0)] }))
      assert.deepStrictEqual(decision, { sold: true, winner: Option.some("b1"), price: 0, tie: false })
    })

    it("names that plain objects know already are names like any other", () => {
      const bids = [b("constructor", 1), b("__proto__", 2), b("toString", 1)]
      const decision = decided(auction.solve({ bids }))
      assert.deepStrictEqual(decision.winner, Option.some("__proto__"))
    })

    it("amounts that doubles keep apart are kept apart", () => {
      const decision = decided(auction.solve({ bids: [b("b1", 0.1 + 0.2), b("b2", 0.3)] }))
      assert.deepStrictEqual(decision.winner, Option.some("b1"))
      assert.strictEqual(decision.tie, false)
    })

    it("the receipt survives JSON and is recomputed to the same decision", () => {
      const receipt = Result.getOrThrow(auction.solve({ bids: three, reserve: 3, bidders: ["b1", "b2", "b3", "b4"] }))
      const json: unknown = JSON.parse(JSON.stringify(Schema.encodeSync(Receipt.Receipt)(receipt)))
      assert.deepStrictEqual(Result.getOrThrow(Receipt.verify(json)), [])
      assert.deepStrictEqual(Receipt.recompute(receipt), receipt)
    })

    it("100,000 bids of one amount go to the first", () => {
      const bids = bidsOf(Array.from({ length: 100_000 }, () => 7))
      assert.deepStrictEqual(auction.decide(bids, 0), {
        sold: true,
        winner: Option.some("b0"),
        price: 7,
        tie: true
      })
    })
  })

  it("the second price is the reserve when the second bid is below it", () => {
    assert.strictEqual(decided(SecondPrice.solve({ bids: [b("b1", 9), b("b2", 3)], reserve: 5 })).price, 5)
  })

  it("a forged receipt is found out, field by field", () => {
    const { decision, ...rest } = Schema.encodeSync(Receipt.Receipt)(
      Result.getOrThrow(SecondPrice.solve({ bids: three }))
    )
    const forged = { ...rest, decision: { ...decision, winner: "b3", price: 10 } }
    assert.deepStrictEqual(Result.getOrThrow(Receipt.verify(forged)), [
      { field: "winner", stated: Option.some("b3"), recomputed: Option.some("b2") },
      { field: "price", stated: 10, recomputed: 12 }
    ])
  })

  it("a receipt whose bids the auction would refuse is refused", () => {
    const receipt = Result.getOrThrow(SecondPrice.solve({ bids: [b("b1", 1)] }))
    const forged = {
      ...Schema.encodeSync(Receipt.Receipt)(receipt),
      inputs: { bids: [b("a", 1), b("a", 2)], reserve: 0 }
    }
    const result = Receipt.verify(forged)
    assert.strictEqual(Result.isFailure(result) && result.failure._tag, "DuplicateName")
  })

  it("a session's receipt, sealed, holds for anyone who computes it again", () => {
    const open = Result.getOrThrow(SecondPrice.solve({ bids: three, bidders: ["b1", "b2", "b3"] }))
    const sealed = Result.getOrThrow(Receipt.seal(open))
    assert.deepStrictEqual(sealed.decision, { sold: true, winner: "b2", price: 12, tie: false })
    assert.deepStrictEqual(Effect.runSync(ReceiptVerification.verify(JSON.parse(JSON.stringify(sealed)))), {
      valid: true,
      differences: []
    })
    const forged = { ...open, inputs: { bids: [b("a", 1), b("a", 2)], reserve: 0 } }
    const refused = Receipt.seal(forged)
    assert.strictEqual(Result.isFailure(refused) && refused.failure._tag, "DuplicateName")
  })

  it("a receipt of an unknown mechanism is an invalid format", () => {
    const result = Receipt.verify({ mechanism: "third-price" })
    assert.strictEqual(Result.isFailure(result) && result.failure._tag, "InvalidFormat")
  })
})
