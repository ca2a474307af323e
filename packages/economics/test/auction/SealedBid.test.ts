import { Receipt, SealedBid } from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Equal, Option, Schema } from "effect"
import { bidsOf, instances, permutations } from "../instances.ts"
import { law } from "@foundation/core/testing/law"
import { p13 } from "../p13.ts"
import { deliveries, long } from "../session/harness.ts"
import { sealed, units } from "./reference/auctions.ts"

const run = (inputs: ReadonlyArray<SealedBid.Input>, from: SealedBid.State = SealedBid.initial) => {
  let state = from
  const outputs: Array<SealedBid.Output> = []
  for (const input of inputs) {
    const [next, told] = SealedBid.step(state, input)
    state = next
    outputs.push(...told)
  }
  return { state, outputs }
}

const announce = (terms: Partial<SealedBid.Terms> = {}): SealedBid.Input => ({
  _tag: "Announce",
  rule: "second-price",
  units: 1,
  reserve: 0,
  ...terms
})
const bid = (bidder: string, amount: number): SealedBid.Input => ({ _tag: "Bid", bidder, amount })
const pass = (bidder: string): SealedBid.Input => ({ _tag: "Pass", bidder })
const close: SealedBid.Input = { _tag: "Close" }

const receiptIn = (outputs: ReadonlyArray<SealedBid.Output>): Receipt.Receipt => {
  const settled = outputs.filter((it) => it._tag === "Settled")
  assert.strictEqual(settled.length, 1, "an auction settles once")
  return settled[0]?.receipt ?? assert.fail()
}
const reasons = (outputs: ReadonlyArray<SealedBid.Output>) =>
  outputs.flatMap((it) => (it._tag === "Refused" ? [it.because] : []))

describe("a sealed-bid session", () => {
  it("settles at close with a receipt of the bids in order of arrival", () => {
    const { outputs, state } = run([announce(), bid("a", 4), bid("b", 9), pass("d"), bid("c", 6), close])
    const receipt = receiptIn(outputs)
    assert.deepStrictEqual(receipt.inputs.bids, [
      { bidder: "a", amount: 4 },
      { bidder: "b", amount: 9 },
      { bidder: "c", amount: 6 }
    ])
    assert.deepStrictEqual(receipt.decision, { sold: true, winner: Option.some("b"), price: 6, tie: false })
    assert.deepStrictEqual(Receipt.differences(receipt), [])
    assert.deepStrictEqual(state, { _tag: "Settled", receipt })
  })

  it("settles by itself when everyone invited has answered, and not before", () => {
    const open = run([announce({ bidders: ["a", "b", "c"] }), bid("a", 4), pass("b")])
    assert.deepStrictEqual(open.outputs, [])
    const receipt = receiptIn(run([bid("c", 5)], open.state).outputs)
    assert.deepStrictEqual(receipt.decision, { sold: true, winner: Option.some("c"), price: 4, tie: false })
  })

  it("an auction to which nobody is invited is unsold at once", () => {
    const receipt = receiptIn(run([announce({ bidders: [] })]).outputs)
    assert.deepStrictEqual(receipt.decision, { sold: false, winner: Option.none(), price: 0, tie: false })
  })

  it("sells several units by the k-unit rule", () => {
    const inputs = [announce({ rule: "k-unit-vickrey", units: 2 }), bid("a", 4), bid("b", 9), bid("c", 6), close]
    assert.deepStrictEqual(receiptIn(run(inputs).outputs).decision, { winners: ["b", "c"], price: 4, tie: false })
  })

  it.each<readonly [SealedBid.Reason, ReadonlyArray<SealedBid.Input>]>([
    ["not announced", [bid("a", 1)]],
    ["not announced", [pass("a")]],
    ["not announced", [close]],
    ["already announced", [announce(), announce()]],
    ["already announced", [announce(), close, announce()]],
    ["invalid announcement", [announce({ units: 2 })]],
    ["invalid announcement", [announce({ rule: "k-unit-vickrey", units: 0 })]],
    ["invalid announcement", [announce({ reserve: Number.NaN })]],
    ["invalid announcement", [announce({ bidders: ["a", "a"] })]],
    ["invalid announcement", [announce({ bidders: ["a", ""] })]],
    ["closed", [announce(), close, bid("a", 1)]],
    ["closed", [announce(), close, pass("a")]],
    ["closed", [announce(), close, close]],
    ["closed", [announce({ bidders: ["a"] }), bid("a", 1), bid("a", 2)]],
    ["not invited", [announce({ bidders: ["a"] }), bid("b", 1)]],
    ["not invited", [announce(), bid("mabeam:escrow/job", 1)]],
    ["not invited", [announce(), bid("", 1)]],
    ["not invited", [announce(), bid("a".repeat(256), 1)]],
    ["not invited", [announce({ bidders: ["a"] }), pass("b")]],
    ["already answered", [announce(), bid("a", 1), bid("a", 2)]],
    ["already answered", [announce(), bid("a", 1), pass("a")]],
    ["already answered", [announce(), pass("a"), bid("a", 1)]],
    ["invalid amount", [announce(), bid("a", -1)]],
    ["invalid amount", [announce(), bid("a", Infinity)]],
    ["invalid amount", [announce(), bid("a", Number.NaN)]]
  ])("refuses an input out of order: %s", (because, inputs) => {
    const before = run(inputs.slice(0, -1))
    const { outputs, state } = run(inputs.slice(-1), before.state)
    assert.deepStrictEqual(reasons(outputs), [because])
    assert.strictEqual(outputs.length, 1)
    assert.strictEqual(state, before.state, "a refusal changes nothing")
  })

  it("a bid refused for its amount may be made again", () => {
    const { outputs } = run([announce(), bid("a", -1), bid("a", 3), close])
    assert.deepStrictEqual(receiptIn(outputs).inputs.bids, [{ bidder: "a", amount: 3 }])
  })

  it("takes 100,000 bids and refuses the next as full", () => {
    const many = run([announce(), ...bidsOf(Array.from({ length: SealedBid.bidsMax }, (_, i) => i)).map(toInput)])
    assert.deepStrictEqual(many.outputs, [])
    assert.deepStrictEqual(reasons(run([bid("late", 1)], many.state).outputs), ["full"])
    assert.strictEqual(receiptIn(run([close], many.state).outputs).inputs.bids.length, SealedBid.bidsMax)
  })

  it("an old state can be continued in two ways, neither of which sees the other", () => {
    const old = run([announce(), bid("a", 4)]).state
    const left = run([bid("b", 5), close], old)
    const right = run([bid("b", 7), bid("c", 6), close], old)
    const third = run([close], old)
    const a = { bidder: "a", amount: 4 }
    const b = { bidder: "b", amount: 7 }
    const c = { bidder: "c", amount: 6 }
    assert.deepStrictEqual(receiptIn(left.outputs).inputs.bids, [a, { bidder: "b", amount: 5 }])
    assert.deepStrictEqual(receiptIn(right.outputs).inputs.bids, [a, b, c])
    assert.deepStrictEqual(receiptIn(third.outputs).inputs.bids, [a])
  })
})

const toInput = (it: { bidder: string; amount: number }): SealedBid.Input => bid(it.bidder, it.amount)

/** What must not depend on the order of arrival: everything but which of several equal bids won. */
const essence = (receipt: Receipt.Receipt) => {
  const { decision, inputs } = receipt
  const amountOf = new Map(inputs.bids.map((it) => [it.bidder, it.amount]))
  const winners = "winners" in decision ? decision.winners : Option.toArray(decision.winner)
  const amounts = winners.map((it) => amountOf.get(it) ?? -1).sort((a, b) => a - b)
  return { amounts, price: decision.price, tie: decision.tie, winners: decision.tie ? [] : [...winners].sort() }
}

const rules = ["first-price", "second-price", "k-unit-vickrey"] as const

describe("laws of a sealed-bid session", () => {
  law("every order of arrival of up to five bids gives the same result", Math.ceil(p13 / 20), instances(3, 5), (it) =>
    rules.every((rule) => {
      const units = rule === "k-unit-vickrey" ? it.units : 1
      const outcomes = permutations(it.bids).map((order) => {
        const { outputs } = run([announce({ rule, units, reserve: it.reserve }), ...order.map(toInput), close])
        const settled = outputs.find((output) => output._tag === "Settled")
        return settled === undefined ? undefined : essence(settled.receipt)
      })
      return outcomes.every((outcome) => outcome !== undefined && Equal.equals(outcome, outcomes[0]))
    })
  )

  it.each(rules)(
    "%s: four bids under every order, loss, repetition and delay: as a sort says of those that came",
    long,
    (rule) => {
      const amounts = new Map([
        ["a", 7],
        ["b", 9],
        ["c", 9],
        ["d", 3]
      ])
      const size = rule === "k-unit-vickrey" ? 2 : 1
      for (const { after, before } of deliveries([...amounts].map(([bidder, amount]) => bid(bidder, amount)))) {
        const { outputs } = run([announce({ rule, units: size, reserve: 5 }), ...before, close, ...after])
        const came = [...new Set(before.flatMap((it) => (it._tag === "Bid" ? [it.bidder] : [])))]
        const bids = came.map((bidder) => ({ bidder, amount: amounts.get(bidder) ?? 0 }))
        const { decision, inputs } = receiptIn(outputs)
        assert.deepStrictEqual(inputs.bids, bids)
        if ("winners" in decision) {
          const { price, winners } = units(bids, size, 5)
          assert.deepStrictEqual([decision.winners, decision.price], [winners, winners.length === 0 ? 0 : price])
        } else {
          const { price, tie, winner } = sealed(bids, 5, rule === "first-price" ? "own" : "second")
          assert.deepStrictEqual(
            [Option.getOrNull(decision.winner), decision.price, decision.tie],
            [winner, price ?? 0, tie]
          )
        }
        assert.strictEqual(outputs.length, 1 + before.length - came.length + after.length)
      }
    }
  )

  const names = ["a", "b", "c"]
  const name = Schema.Literals(["a", "b", "c", "constructor"])
  const anyAmount = Schema.Literals([-1, 0, 1, 2, 3])
  const anyInput = Schema.Union([
    Schema.TaggedStruct("Announce", {
      rule: SealedBid.Rule,
      units: Schema.Literals([0, 1, 2]),
      reserve: Schema.Literals([-1, 0, 1, 2]),
      bidders: Schema.optionalKey(Schema.Array(Schema.Literals(["a", "b", "c"])))
    }),
    Schema.TaggedStruct("Bid", { bidder: name, amount: anyAmount }),
    Schema.TaggedStruct("Pass", { bidder: name }),
    Schema.TaggedStruct("Close", {})
  ])
  const starts: ReadonlyArray<ReadonlyArray<SealedBid.Input>> = [
    [],
    [announce()],
    [announce({ rule: "first-price", reserve: 1, bidders: names })],
    [announce({ rule: "k-unit-vickrey", units: 2, bidders: [...names, "constructor"] })]
  ]
  /** Often announced well, then anything in any order. */
  const inputs: Arbitrary.Arbitrary<ReadonlyArray<SealedBid.Input>> = Arbitrary.map(
    Arbitrary.all([
      Arbitrary.schema(Schema.Literals([0, 1, 2, 3])),
      Arbitrary.schema(Schema.Array(anyInput).check(Schema.isMaxLength(12)))
    ]),
    ([start, rest]) => [...(starts[start] ?? []), ...rest]
  )

  law("whatever comes, it settles at most once, by its own rules, on bids that came", p13, inputs, (sequence) => {
    const { outputs, state } = run(sequence)
    const settled = outputs.filter((it) => it._tag === "Settled")
    const refused = outputs.length - settled.length
    const receipt = settled[0]?.receipt
    if (settled.length > 1 || refused > sequence.length || (receipt !== undefined) !== (state._tag === "Settled")) {
      return false
    }
    if (receipt === undefined) return true
    const came = (it: { bidder: string; amount: number }) =>
      sequence.some((input) => input._tag === "Bid" && input.bidder === it.bidder && input.amount === it.amount)
    const bidders = receipt.inputs.bids.map((it) => it.bidder)
    const admitted = new Set(receipt.inputs.bidders ?? [...names, "constructor"])
    return (
      Receipt.differences(receipt).length === 0 &&
      receipt.inputs.bids.every(came) &&
      new Set(bidders).size === bidders.length &&
      bidders.every((it) => admitted.has(it))
    )
  })

  law("refusals never change the state", p13, inputs, (sequence) => {
    let state: SealedBid.State = SealedBid.initial
    for (const input of sequence) {
      const [next, outputs] = SealedBid.step(state, input)
      if (outputs.some((it) => it._tag === "Refused") && next !== state) return false
      state = next
    }
    return true
  })
})
