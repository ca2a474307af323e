import { Amount, Refusal } from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Result, Schema } from "effect"
import { law } from "@foundation/core/testing/law"

describe("amounts", () => {
  const decode = Refusal.decode(Schema.Struct({ amount: Amount.Amount }))
  const tag = (amount: unknown) => {
    const result = decode({ amount })
    return Result.isFailure(result) ? result.failure._tag : "ok"
  }

  it.each([0, 1.5, "0", "12", "0.1", "2/3", "007/010"])("%j is one", (amount) => {
    assert.strictEqual(tag(amount), "ok")
  })

  it.each([
    -1,
    Number.NaN,
    Infinity,
    "",
    "-1",
    "1e3",
    " 1",
    "1/0",
    "1/00",
    ".5",
    "5.",
    "0x1",
    "1/2/3",
    "1".repeat(101)
  ])("%j is none", (amount) => assert.strictEqual(tag(amount), "InvalidAmount"))

  it.each([[null], [true], [[]], [{}]])("%j has the wrong type", (amount) =>
    assert.strictEqual(tag(amount), "InvalidFormat")
  )

  it("debts only where they are allowed", () => {
    assert.isTrue(Schema.is(Amount.SignedAmount)("-2/3"))
    assert.isFalse(Schema.is(Amount.Amount)("-2/3"))
  })

  it("numbers that are not finite have no fraction: that throws, and does not go on for ever", () => {
    for (const value of [Number.NaN, Infinity, -Infinity]) {
      assert.throws(() => Amount.toRational(value), `${value} is not an amount`)
      assert.throws(() => Amount.rationals.fromNumber(value), RangeError)
    }
  })

  it("text is reckoned exactly and comes back in lowest terms", () => {
    const sum = (amounts: ReadonlyArray<Amount.Given>) =>
      Amount.reckon(amounts, (arithmetic, lift) =>
        arithmetic.encode(amounts.reduce((total, it) => arithmetic.add(total, lift(it)), arithmetic.zero))
      )
    assert.strictEqual(sum(["0.1", "0.2"]), "0.3")
    assert.strictEqual(sum(["1/3", "1/6"]), "0.5")
    assert.strictEqual(sum(["1/3", "1/3"]), "2/3")
    assert.strictEqual(sum(["0.5", "1/2"]), "1")
    assert.strictEqual(sum([0.1, "0.2"]), 0.1 + 0.2)
  })

  law("every double becomes the rational that it is", 10_000, Arbitrary.schema(Schema.Finite), (value) => {
    return Amount.rationals.toNumber(Amount.rationals.fromNumber(value)) === value
  })
})
