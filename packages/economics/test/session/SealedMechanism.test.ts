import {
  AllPay,
  CallMarket,
  type Calculator,
  CombinatorialFirstPrice,
  CoreSelecting,
  DoubleVcg,
  FirstPrice,
  KDouble,
  KUnitUniform,
  KUnitVickrey,
  McAfee,
  Plurality,
  ProportionalApproval,
  Sbba,
  SealedMechanism,
  SealedSession,
  Settlement,
  Vcg
} from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { conserves, paid, reasons, recomputes, runner, settled } from "./harness.ts"
import { announce, close, solved, submit } from "./sealed.ts"

/** Runs the inputs of a session under a mechanism. */
const runnerOf = <R extends Calculator.Json, S extends Calculator.Json>(
  mechanism: SealedMechanism.SealedMechanism<R, S>
) => {
  const { initial, step } = SealedSession.make(mechanism)
  return runner(initial, step)
}

/** What a session tells of submissions under a mechanism. */
const told = <R extends Calculator.Json, S extends Calculator.Json>(
  mechanism: SealedMechanism.SealedMechanism<R, S>,
  rules: unknown,
  submissions: Readonly<Record<string, unknown>>
) => {
  const inputs = Object.entries(submissions).map(([participant, it]) => submit(participant, it))
  return runnerOf(mechanism)([announce(rules), ...inputs, close()]).outputs
}

/** Settles submissions under a mechanism. */
const settle = <R extends Calculator.Json, S extends Calculator.Json>(...of: Parameters<typeof told<R, S>>) =>
  settled(told(...of))

describe("sealed sessions of every family", () => {
  it("all pay", () => {
    const settlement = settle(SealedMechanism.oneItem(AllPay.calculator), { item: "prize" }, { a: 7, b: 3 })
    assert.deepStrictEqual([paid(settlement, "a"), paid(settlement, "b"), paid(settlement, "house")], [7, 3, -10])
    assert.isTrue(recomputes(AllPay.calculator, settlement))
  })

  it("several units", () => {
    const offers = { a: 9, b: 5, c: 7, d: 6 }
    for (const calculator of [KUnitUniform.calculator, KUnitVickrey.calculator]) {
      const settlement = settle(SealedMechanism.units(calculator), { item: "slot", units: 2 }, offers)
      assert.deepStrictEqual(
        ["a", "b", "c", "d"].map((it) => paid(settlement, it)),
        [6, 0, 6, 0]
      )
      assert.strictEqual(settlement.transfers.filter((it) => it._tag === "Delivery").length, 2)
      assert.isTrue(recomputes(calculator, settlement))
    }
  })

  it("double auctions: buyers pay at most their bid, sellers get at least their ask, the operator has the rest", () => {
    const order = (side: string, amount: number) => ({ side, amount })
    const orders = {
      b1: order("buy", 9),
      b2: order("buy", 6),
      s1: order("sell", 2),
      s2: order("sell", 5),
      s3: order("sell", 8)
    }
    const results = [KDouble, McAfee, Sbba, DoubleVcg].map(({ calculator }) => {
      const rules = { item: "hour", ...(calculator === KDouble.calculator ? { k: 0.5 } : {}) }
      const settlement = settle(SealedMechanism.double(calculator), rules, orders)
      assert.isTrue(recomputes(calculator, settlement), calculator.name)
      assert.isTrue(conserves(settlement))
      assert.isAtMost(paid(settlement, "b1"), 9)
      assert.isAtMost(paid(settlement, "b2"), 6)
      return paid(settlement, "house")
    })
    assert.strictEqual(results[0], 0)
    assert.strictEqual(results[2], 0)
    // Between 5 and 6 both trade: the sellers get 6, the buyers pay 5.
    assert.strictEqual(results[3], 2)
    const { outputs } = runnerOf(SealedMechanism.double(KDouble.calculator))([announce({ item: "hour" })])
    assert.deepStrictEqual(reasons(outputs), ["invalid rules"])
  })

  it("a call market: everybody trades with the operator at one price", () => {
    const settlement = settle(
      SealedMechanism.call(CallMarket.calculator),
      { item: "share" },
      {
        b1: { side: "buy", price: "0.9", qty: "3" },
        s1: { side: "sell", price: "0.1", qty: "1" },
        s2: { side: "sell", qty: "2" },
        b2: { side: "buy", price: "0.05", qty: "9" }
      }
    )
    assert.isTrue(recomputes(CallMarket.calculator, settlement))
    assert.deepStrictEqual(
      ["b1", "b2", "s1", "s2", "house"].map((it) => paid(settlement, it)),
      [1.5, 0, -0.5, -1, 0]
    )
    const bad = runnerOf(SealedMechanism.call(CallMarket.calculator))([
      announce(),
      submit("a", { side: "buy", price: 1, qty: 0.5, now: true })
    ])
    assert.deepStrictEqual(reasons(bad.outputs), ["invalid submission"])
  })

  it("a calculator's trades and fills are held against the orders", () => {
    const last = (outputs: ReadonlyArray<SealedSession.Output>) => {
      const it = outputs.at(-1)
      return it?._tag === "Failed" ? it.because : it?._tag
    }
    const rules = { item: "vase" }
    const fixed = (decision: Calculator.JsonObject): Calculator.Calculator => ({
      name: "fixed",
      version: 1,
      solve: () => Result.succeed({ decision })
    })
    const limits = { b: { side: "buy", amount: 5 }, s: { side: "sell", amount: 3 } }
    const double = (decision: Calculator.JsonObject) =>
      last(told(SealedMechanism.double(fixed(decision)), rules, limits))
    const trades = [{ buyer: "b", seller: "s" }]
    assert.strictEqual(double({ volume: 1, price: 4, trades }), "Settled")
    assert.strictEqual(double({ volume: 1, price: 6, trades }), "a price beyond a limit")
    assert.strictEqual(double({ volume: 1, price: 2, trades }), "a price beyond a limit")
    assert.strictEqual(double({ volume: 1, price: null, trades }), "a trade without a price")
    const strange = "a trade of somebody who submitted no such order"
    assert.strictEqual(double({ volume: 2, price: 4, trades: [...trades, ...trades] }), strange)
    assert.strictEqual(double({ volume: 1, price: 4, trades: [{ buyer: "s", seller: "b" }] }), strange)
    assert.strictEqual(double({ volume: 2, price: 4 }), "Settled")
    assert.strictEqual(double({ price: 4 }), "no decision of a double auction")

    const orders = { b: { side: "buy", price: 5, qty: 2 }, s: { side: "sell", qty: 2 } }
    const call = (decision: Calculator.JsonObject) => last(told(SealedMechanism.call(fixed(decision)), rules, orders))
    const fill = (id: string, qty: number) => ({ id, qty })
    assert.strictEqual(call({ price: 5, fills: [fill("b", 2), fill("s", 2)] }), "Settled")
    assert.strictEqual(call({ price: 6, fills: [fill("b", 2), fill("s", 2)] }), "a price beyond a limit")
    assert.strictEqual(call({ price: 5, fills: [fill("b", 3)] }), "a fill without an order")
    assert.strictEqual(call({ price: 5, fills: [fill("b", 1), fill("b", 1)] }), "a fill without an order")
    assert.strictEqual(call({ price: null, fills: [fill("b", 1)] }), "a fill without an order")
    assert.strictEqual(call({ price: 5, fills: [fill("b", 2), fill("s", 1)] }), "bought is not sold")
    assert.strictEqual(call({ price: 5 }), "no decision of a call market")
  })

  it.each([Vcg, CoreSelecting, CombinatorialFirstPrice])(
    "packages, solved outside: $name",
    async ({ calculator, name }) => {
      const drive = runnerOf(SealedMechanism.packages(calculator))
      const asked = drive([
        announce({ goods: ["cpu", "gpu", "tpu"] }),
        submit("a", [{ items: ["cpu", "gpu"], price: 25 }]),
        submit("b", [
          { items: ["cpu"], price: 15 },
          { items: ["gpu"], price: 14 }
        ]),
        submit("c", [{ items: ["gpu"], price: 11 }]),
        submit("d", [{ items: ["tpu"], price: 0.1 }]),
        submit("e", []),
        close()
      ])
      const [question] = asked.outputs
      if (question?._tag !== "Solve") throw new Error("it does not ask")
      assert.strictEqual(question.mechanism, name)
      const { decision } = await Effect.runPromise(calculator.solve(question.inputs))
      const settlement = settled(drive([solved(decision)], asked.state).outputs)
      assert.deepStrictEqual(settlement.receipt, {
        mechanism: name,
        version: calculator.version,
        inputs: question.inputs,
        decision
      })
      assert.isTrue(conserves(settlement))
      assert.closeTo(-paid(settlement, "house"), Number(decision["revenue"]), 1e-9)
      const delivered = settlement.transfers.flatMap((it) => (it._tag === "Delivery" ? [[it.to, it.item]] : []))
      assert.deepStrictEqual(delivered.sort(), [
        ["b", "cpu"],
        ["c", "gpu"],
        ["d", "tpu"]
      ])
    }
  )

  it("votes and committees move nothing; a ballot that the rule refuses is refused to its voter", () => {
    const committee = settle(
      SealedMechanism.approvals(ProportionalApproval.calculator),
      { candidates: ["x", "y", "z"], seats: 2 },
      {
        a: ["x"],
        b: ["x", "y"],
        c: ["z"]
      }
    )
    assert.deepStrictEqual(committee.receipt.decision["winners"], ["x", "z"])
    assert.isTrue(recomputes(ProportionalApproval.calculator, committee))
    assert.deepStrictEqual(committee.transfers, [])
    const voting = runnerOf(SealedMechanism.rankings(Plurality.calculator))([
      announce({ candidates: ["x", "y"] }),
      submit("a", [["x", "y"]]),
      submit("b", [["x"]]),
      submit("c", [["y"], ["x"]]),
      close()
    ])
    assert.deepStrictEqual(reasons(voting.outputs), ["invalid submission", "invalid submission"])
    assert.deepStrictEqual(settled(voting.outputs).receipt.decision["winners"], ["y"])
  })

  describe("solved outside", () => {
    const drive = runnerOf(SealedMechanism.packages({ name: "vcg", version: 1 }))
    const asked = drive([
      announce({ goods: ["cpu", "gpu"], timeLimitMs: 50 }),
      submit("a", [{ items: ["cpu", "gpu"], price: 25 }]),
      submit("b", [
        { items: ["cpu"], price: 15 },
        { items: ["gpu"], price: 14 }
      ]),
      submit("c", [{ items: ["gpu"], price: 11 }]),
      close()
    ])
    const decision = { welfare: 26, winningBids: ["1", "3"], payments: { a: 0, b: 14, c: 10 }, optimal: true }

    it("S159: asks for a solution of the packages and settles with it", () => {
      assert.deepStrictEqual(asked.outputs, [
        {
          _tag: "Solve",
          mechanism: "vcg",
          version: 1,
          inputs: {
            goods: ["cpu", "gpu"],
            timeLimitMs: 50,
            bids: [
              { id: "0", bidder: "a", items: ["cpu", "gpu"], price: 25 },
              { id: "1", bidder: "b", items: ["cpu"], price: 15 },
              { id: "2", bidder: "b", items: ["gpu"], price: 14 },
              { id: "3", bidder: "c", items: ["gpu"], price: 11 }
            ]
          }
        }
      ])
      const { outputs } = drive([submit("d", []), solved(decision), solved(decision)], asked.state)
      assert.deepStrictEqual(reasons(outputs), ["closed", "not solving"])
      const settlement = settled(outputs)
      assert.deepStrictEqual(settlement.receipt.decision, decision)
      assert.deepStrictEqual(
        Settlement.net(settlement.transfers),
        new Map([
          ["b", "-14"],
          ["house", "24"],
          ["c", "-10"]
        ])
      )
    })

    it.each<readonly [string, unknown]>([
      ["no decision on packages", { winningBids: ["1"] }],
      ["no decision on packages", { ...decision, payments: { b: -1 } }],
      ["a winning bid that was not made", { ...decision, winningBids: ["9"] }],
      ["goods sold twice", { ...decision, winningBids: ["0", "3"] }],
      ["two packages of one bidder", { ...decision, winningBids: ["1", "2"] }],
      ["more than was offered", { ...decision, payments: { b: 16 } }],
      ["more than was offered", { ...decision, payments: { a: 1 } }],
      ["more than was offered", { ...decision, payments: { stranger: 1 } }]
    ])("turns down an impossible solution: %s", (message, wrong) => {
      const { outputs, state } = drive([solved(wrong)], asked.state)
      const path = ["decision"]
      assert.deepStrictEqual(outputs, [{ _tag: "Refused", because: "impossible solution", message, path }])
      assert.strictEqual(state, asked.state)
    })

    it("turns down what is no decision at all", () => {
      for (const wrong of [null, [], "x", 1]) {
        const { outputs, state } = drive([solved(wrong)], asked.state)
        assert.deepStrictEqual(outputs, [{ _tag: "Refused", because: "impossible solution" }])
        assert.strictEqual(state, asked.state)
      }
    })

    it("a solver's rounding is no reason to turn down, but nobody pays more than offered", () => {
      const { outputs } = drive([solved({ ...decision, payments: { b: 15.000000001, c: 10 } })], asked.state)
      assert.strictEqual(paid(settled(outputs), "b"), 15)
    })

    it("without a solution it ends and nothing changes hands", () => {
      const { outputs, state } = drive(
        [{ _tag: "Unsolved", because: "the worker has died" }, solved(decision)],
        asked.state
      )
      assert.deepStrictEqual(outputs[0], { _tag: "Failed", because: "the worker has died" })
      assert.deepStrictEqual(reasons(outputs), ["not solving"])
      assert.strictEqual(state._tag, "Failed")
    })
  })

  it("a calculator that refuses or makes up a decision settles nothing", () => {
    const of = (solve: Calculator.Calculator["solve"]) => {
      const drive = runnerOf(SealedMechanism.oneItem({ name: "odd", version: 1, solve }))
      return drive([announce(), submit("a", 3), close(), close()]).outputs
    }
    const decide = (decision: Calculator.JsonObject) => of(() => Result.succeed({ decision }))
    assert.deepStrictEqual(decide({ winner: "a", price: 4 })[0], { _tag: "Failed", because: "more than was offered" })
    assert.deepStrictEqual(decide({ winner: "b", price: 3 })[0], {
      _tag: "Failed",
      because: "a winner who submitted nothing"
    })
    assert.deepStrictEqual(decide({ winner: 7 })[0], { _tag: "Failed", because: "no decision of a sale" })
    assert.deepStrictEqual(decide({ winners: ["a", "a"], price: 1 })[0], {
      _tag: "Failed",
      because: "too many winners"
    })
    const refusing = of(() => SealedMechanism.oneItem(FirstPrice.calculator).solve?.({}) ?? assert.fail())
    assert.strictEqual(refusing[0]?._tag, "Failed")
    assert.deepStrictEqual(reasons(refusing), ["closed"])
  })
})
