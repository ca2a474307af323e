import { Amount, Ledger, Machine, Settlement } from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Result, Schema } from "effect"
import { campaign, law } from "@foundation/core/testing/law"
import { conserves } from "./harness.ts"

describe("a settlement", () => {
  it("leaves out payments of nothing and those of somebody to himself", () => {
    const real = Settlement.payment("a", "b", "0.1", "price")
    const thing = Settlement.delivery("a", "a", "x", 1)
    const all = [Settlement.payment("a", "b", 0, "x"), real, Settlement.payment("a", "a", 5, "x"), thing]
    assert.deepStrictEqual(Settlement.effective(all), [real, thing])
  })

  it("money is 0, 1, 2, … up to 2^53 - 1", () => {
    const isMoney = Schema.is(Settlement.Money)
    for (const value of [0, 1, Number.MAX_SAFE_INTEGER]) assert.isTrue(isMoney(value) && Settlement.isWhole(value))
    for (const value of [-0, -1, 0.5, 2 ** 53, Number.NaN, Infinity])
      assert.isFalse(isMoney(value) || Settlement.isWhole(value))
  })

  it("legs are whole, or the first that is not is named", () => {
    const pay = (amount: Amount.Given) => Settlement.payment("a", "b", amount, "")
    const thing = Settlement.delivery("b", "a", "x", 1)
    const whole = Settlement.legs([pay(20), thing, pay("30/2")])
    assert.deepStrictEqual(Result.getOrThrow(whole), [
      { from: "a", to: "b", amount: 20n },
      { from: "a", to: "b", amount: 15n }
    ])
    const broken = Settlement.legs([thing, pay("0.5")])
    assert.isTrue(Result.isFailure(broken))
    if (Result.isFailure(broken)) {
      assert.strictEqual(broken.failure._tag, "NotWhole")
      assert.deepStrictEqual(broken.failure.path, [1, "amount"])
      assert.isTrue(broken.failure.message.startsWith("[1].amount: 0.5"))
    }
  })

  it("a ledger posts the legs", () => {
    const legs = Result.getOrThrow(Settlement.legs([Settlement.payment("a", "b", 20, "price")]))
    const { refused, state } = Machine.run(Ledger.make(), [
      { _tag: "Open", id: "1", at: 0, account: "a", overdraft: 20n },
      { _tag: "Open", id: "2", at: 0, account: "b", overdraft: 0n },
      { _tag: "Transfer", id: "3", at: 1, legs }
    ])
    assert.deepStrictEqual(refused, [])
    assert.deepStrictEqual([Ledger.balance(state, "a"), Ledger.balance(state, "b")], [-20n, 20n])
  })

  const name = Schema.Literals(["a", "b", "c", "__proto__"])
  const payments = Arbitrary.schema(
    Schema.Array(
      Schema.Struct({ from: name, to: name, amount: Schema.Literals([0, 1, 0.1, 1e308, 5e-324, "0.1", "1/3", "7"]) })
    ).check(Schema.isMaxLength(8))
  )
  law("what all pay is what all receive, exactly", campaign(5_000, 50_000), payments, (all) =>
    conserves({
      receipt: { mechanism: "", version: 1, inputs: null, decision: {} },
      transfers: all.map((it) => Settlement.payment(it.from, it.to, it.amount, ""))
    })
  )
})
