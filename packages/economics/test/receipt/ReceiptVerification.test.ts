import { Calculators, FirstPrice, KUnitVickrey, ReceiptVerification, SealedReceipt, Verify } from "@mabeam/economics"
import type { Calculator } from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Equal, Result, Schema } from "effect"
import { instances } from "../instances.ts"
import { fuzz, refuses } from "../junk.ts"
import { campaign, law } from "@foundation/core/testing/law"

const bids = [
  { bidder: "a", amount: 10 },
  { bidder: "b", amount: 15 },
  { bidder: "c", amount: 12 }
]
const issued = (name: string, input: unknown): SealedReceipt.SealedReceipt =>
  Effect.runSync(
    Effect.flatMap(Effect.fromOption(Calculators.lookup(name)), (it) => ReceiptVerification.issue(it, input)).pipe(
      Effect.orDie
    )
  )
const verified = (receipt: unknown) => Effect.runSync(ReceiptVerification.verify(receipt))
/** The receipt of other contents, sealed again by who changed them. */
const resealed = (receipt: SealedReceipt.SealedReceipt, change: Partial<SealedReceipt.Open>) =>
  SealedReceipt.seal({ ...receipt, ...change })

/** One input for each single-item and multi-unit auction. */
const inputs: ReadonlyArray<readonly [string, Calculator.JsonObject]> = [
  ["first-price", { bids, reserve: 1 }],
  ["second-price", { bids, bidders: ["a", "b", "c", "d"] }],
  ["all-pay", { bids: [{ bidder: "a", amount: "2/3" }] }],
  ["english", { values: bids, startPrice: 5, increment: 0.1 }],
  ["dutch", { stopPrices: bids, startPrice: 100, decrement: 3 }],
  ["k-unit-uniform", { units: 2, bids }],
  ["k-unit-vickrey", { units: 2, bids }]
]

describe("receipts of any calculator", () => {
  it.each(inputs)("%s: its receipt survives JSON and holds", (name, input) => {
    const receipt = issued(name, input)
    assert.deepStrictEqual(receipt.inputs, input)
    const json: unknown = JSON.parse(JSON.stringify(receipt))
    assert.deepStrictEqual(verified(json), { valid: true, differences: [] })
    const { decision } = Effect.runSync(Verify.calculator.solve({ receipt: json }))
    assert.deepStrictEqual(decision, { valid: true, differences: [] })
  })

  it("a changed decision is named by its fields, and the hash gives it away", () => {
    const receipt = issued("second-price", { bids })
    const forged = { ...receipt, decision: { ...receipt.decision, winner: "c", price: 10 } }
    assert.deepStrictEqual(verified(forged), {
      valid: false,
      differences: [
        { path: ["decision", "winner"], stated: "c", recomputed: "b" },
        { path: ["decision", "price"], stated: 10, recomputed: 12 },
        { path: ["hash"], stated: receipt.hash, recomputed: SealedReceipt.seal(forged).hash }
      ]
    })
  })

  it("a changed decision that was sealed again is still found", () => {
    const receipt = issued("k-unit-vickrey", { units: 2, bids })
    const forged = resealed(receipt, { decision: { winners: ["b", "c"], payments: { a: 0, b: 10, c: 11 } } })
    assert.deepStrictEqual(verified(forged).differences, [
      { path: ["decision", "payments", "c"], stated: 11, recomputed: 10 }
    ])
  })

  it("fields too many or too few are differences with one side", () => {
    const { sold: _, ...rest } = issued("first-price", { bids }).decision
    const forged = resealed(issued("first-price", { bids }), { decision: { ...rest, fee: 1 } })
    assert.deepStrictEqual(verified(forged).differences, [
      { path: ["decision", "sold"], recomputed: true },
      { path: ["decision", "fee"], stated: 1 }
    ])
  })

  it("changed inputs break the hash even where the decision stays", () => {
    const receipt = issued("second-price", { bids })
    const forged = { ...receipt, inputs: { bids: bids.with(0, { bidder: "a", amount: 9 }) } }
    assert.deepStrictEqual(
      verified(forged).differences.map((it) => it.path),
      [["hash"]]
    )
  })

  it("found by junk of seed 2271: a stated -0 is told as JSON tells it, 0", () => {
    const receipt = issued("first-price", { bids })
    const forged = resealed(receipt, { decision: { ...receipt.decision, price: -0 } })
    const [difference] = verified(forged).differences
    assert.isTrue(Object.is(difference?.stated, 0))
  })

  it("the order of keys means nothing", () => {
    const { decision, hash, inputs, mechanism, version } = issued("first-price", { bids })
    const turned = Object.fromEntries(Object.entries(decision).reverse())
    assert.isTrue(verified({ hash, decision: turned, version, inputs, mechanism }).valid)
  })

  it("no receipt for an input that is refused", () => {
    const refused = Effect.runSync(Effect.result(ReceiptVerification.issue(FirstPrice.calculator, { bids: 1 })))
    assert.strictEqual(Result.isFailure(refused) && refused.failure._tag, "InvalidFormat")
  })
})

describe("what if another mechanism had been used", () => {
  it("second price on the bids of a first-price auction", () => {
    const otherwise = Effect.runSync(
      ReceiptVerification.whatIf(issued("first-price", { bids, reserve: 2 }), "second-price")
    )
    assert.deepStrictEqual(otherwise.decision, { sold: true, winner: "b", price: 12, tie: false })
    assert.deepStrictEqual(otherwise.inputs, { bids, reserve: 2 })
    assert.isTrue(verified(otherwise).valid)
  })

  it("a mechanism that takes other inputs refuses with the place, an unknown one by its name", () => {
    const receipt = issued("first-price", { bids })
    const failure = (name: string) => {
      const result = Effect.runSync(Effect.result(ReceiptVerification.whatIf(receipt, name)))
      return Result.isFailure(result) ? [result.failure._tag, result.failure.path] : []
    }
    assert.deepStrictEqual(failure("k-unit-vickrey"), ["RefusedInputs", ["inputs", "units"]])
    assert.deepStrictEqual(failure("third-price"), ["UnknownName", ["mechanism"]])
  })
})

describe("laws of receipts", () => {
  const forgeries = Arbitrary.all([
    instances(3, 5),
    Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3 })))
  ])

  law(
    "true receipts hold, and any change of a payment or of a winner is found",
    campaign(3_000, 30_000),
    forgeries,
    (it) => {
      const [{ bids, reserve, units }, victim] = it
      const receipt = issued("k-unit-vickrey", { units, bids, reserve })
      if (!verified(receipt).valid) return false
      const name = bids[victim]?.bidder
      if (name === undefined) return true
      const { payments, winners } = receipt.decision
      const charged = { winners: winners ?? [], payments: { ...(payments as object), [name]: 1e7 } }
      const changed = Array.isArray(winners) && winners.includes(name) ? winners.filter((it) => it !== name) : [name]
      const moved = { winners: changed, payments: payments ?? {} }
      return [charged, moved].every((decision) => {
        const { differences, valid } = verified(resealed(receipt, { decision }))
        return !valid && differences.length === 1
      })
    }
  )

  law("what if is what the other calculator says", campaign(3_000, 30_000), instances(1, 5), ({ bids, reserve }) => {
    const otherwise = ReceiptVerification.whatIf(issued("first-price", { bids, reserve }), "second-price")
    return Equal.equals(Effect.runSync(otherwise), issued("second-price", { bids, reserve }))
  })
})

const sample: Calculator.Json = { receipt: { ...issued("second-price", { bids, reserve: 2 }) } }

describe("junk", () => {
  fuzz({ ...Verify.calculator, name: "verify { receipt }" }, [
    sample,
    { receipt: { ...issued("dutch", { stopPrices: bids, startPrice: "9", decrement: "1/3" }) } }
  ])
  const receipt = issued("second-price", { bids })
  refuses(Verify.calculator, [
    ["an empty receipt", { receipt: {} }, "InvalidFormat", ["receipt", "mechanism"]],
    [
      "an unknown mechanism",
      { receipt: { ...receipt, mechanism: "third-price" } },
      "UnknownName",
      ["receipt", "mechanism"]
    ],
    [
      "a mechanism that plain objects know",
      { receipt: { ...receipt, mechanism: "constructor" } },
      "UnknownName",
      ["receipt", "mechanism"]
    ],
    ["an unknown version", { receipt: { ...receipt, version: 2 } }, "UnknownVersion", ["receipt", "version"]],
    ["half a version", { receipt: { ...receipt, version: 1.5 } }, "InvalidFormat", ["receipt", "version"]],
    ["a missing hash", { receipt: { ...receipt, hash: undefined } }, "InvalidFormat", ["receipt", "hash"]],
    ["a decision that is a list", { receipt: { ...receipt, decision: [] } }, "InvalidFormat", ["receipt", "decision"]],
    [
      "a decision with NaN",
      { receipt: { ...receipt, decision: { price: Number.NaN } } },
      "InvalidFormat",
      ["receipt", "decision", "price"]
    ],
    ["an unknown key", { receipt: { ...receipt, note: "" } }, "InvalidFormat", ["receipt", "note"]],
    [
      "inputs that the mechanism refuses",
      { receipt: { ...receipt, inputs: { bids: [{ bidder: "a", amount: -1 }] } } },
      "RefusedInputs",
      ["receipt", "inputs", "bids", 0, "amount"]
    ],
    [
      "inputs with a second bid",
      { receipt: { ...receipt, inputs: { bids: [...bids, ...bids] } } },
      "RefusedInputs",
      ["receipt", "inputs", "bids", 3, "bidder"]
    ],
    ["no inputs", { receipt: { ...receipt, inputs: undefined } }, "InvalidFormat", ["receipt", "inputs"]]
  ])

  it("the refusal says which mechanism and why", () => {
    const given = KUnitVickrey.calculator.name
    const result = Effect.runSync(
      Effect.result(ReceiptVerification.verify({ ...receipt, mechanism: given, inputs: { bids, units: 0 } }))
    )
    assert.match(
      Result.isFailure(result) ? result.failure.message : "",
      /^inputs\.units: k-unit-vickrey refuses this, InvalidFormat: /
    )
  })
})
