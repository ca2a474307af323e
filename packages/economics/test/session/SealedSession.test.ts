import {
  AllPay,
  Amount,
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
  SecondPrice,
  Settlement,
  Vcg
} from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Equal, Result, Schema } from "effect"
import { law } from "@foundation/core/testing/law"
import { p13 } from "../p13.ts"
import {
  conserves,
  deliveries,
  long,
  offence,
  paid,
  reasons,
  recomputes,
  runner,
  settled,
  settlements
} from "./harness.ts"

type Input = SealedSession.Input

const base = { session: "s1", operator: "house" }
const announce = (rules: unknown = { item: "vase" }, terms: Partial<SealedSession.Terms> = {}): Input => ({
  _tag: "Announce",
  terms: { ...base, ...terms },
  rules
})
const submit = (participant: string, submission: unknown, at = 0): Input => ({
  _tag: "Submit",
  participant,
  submission,
  at
})
const pass = (participant: string, at = 0): Input => ({ _tag: "Pass", participant, at })
const withdraw = (participant: string, at = 0): Input => ({ _tag: "Withdraw", participant, at })
const died = (participant: string, at = 0): Input => ({ _tag: "Died", participant, at })
const tick = (at: number): Input => ({ _tag: "Tick", at })
const close = (at = 0): Input => ({ _tag: "Close", at })
const solved = (decision: unknown): Input => ({ _tag: "Solved", decision })

const second = SealedSession.make(SealedMechanism.oneItem(SecondPrice.calculator))
const run = runner(second.initial, second.step)
/** Settles submissions under any mechanism. */
const settle = <R extends Calculator.Json, S extends Calculator.Json>(
  mechanism: SealedMechanism.SealedMechanism<R, S>,
  rules: unknown,
  submissions: Readonly<Record<string, unknown>>
) => {
  const { initial, step } = SealedSession.make(mechanism)
  const inputs = Object.entries(submissions).map(([participant, it]) => submit(participant, it))
  return settled(runner(initial, step)([announce(rules), ...inputs, close()]).outputs)
}

describe("a sealed session", () => {
  it("settles at close with the calculator's own receipt", () => {
    const { outputs, state } = run([
      announce({ item: "vase", reserve: 5 }),
      submit("a", 9),
      pass("c"),
      submit("b", "7/2"),
      close()
    ])
    const settlement = settled(outputs)
    assert.deepStrictEqual(settlement.receipt, {
      mechanism: "second-price",
      version: 1,
      inputs: {
        bids: [
          { bidder: "a", amount: 9 },
          { bidder: "b", amount: "7/2" }
        ],
        reserve: 5
      },
      decision: { sold: true, winner: "a", price: 5, tie: false }
    })
    assert.deepStrictEqual(settlement.transfers, [
      Settlement.payment("a", "house", 5, "price of vase"),
      Settlement.delivery("house", "a", "vase", 1)
    ])
    assert.isTrue(recomputes(SecondPrice.calculator, settlement))
    assert.strictEqual(state._tag, "Settled")
  })

  it("closes by itself when all have answered, passed or died, and not before", () => {
    const open = run([announce({ item: "vase" }, { participants: ["a", "b", "c"] }), submit("a", 4), died("b")])
    assert.deepStrictEqual(open.outputs, [])
    assert.strictEqual(settled(run([pass("c")], open.state).outputs).receipt.decision["winner"], "a")
    assert.isFalse(settled(run([announce({ item: "x" }, { participants: [] })]).outputs).receipt.decision["sold"])
  })

  it("closes with the first input at its end; that one comes too late", () => {
    const { outputs } = run([announce({ item: "vase" }, { endsAt: 10 }), submit("a", 4, 9), submit("b", 9, 10)])
    assert.deepStrictEqual(reasons(outputs), ["closed"])
    assert.strictEqual(settled(outputs).receipt.decision["winner"], "a")
  })

  it("a bad submission is refused to its sender with its place, who may try again", () => {
    const { outputs } = run([announce(), submit("a", -1), submit("a", 3), close()])
    assert.deepInclude(outputs[0], { _tag: "Refused", participant: "a", because: "invalid submission" })
    assert.strictEqual(settled(outputs).receipt.decision["winner"], "a")
    const packages = SealedSession.make(SealedMechanism.packages({ name: "vcg", version: 1 }))
    const refused = runner(
      packages.initial,
      packages.step
    )([
      announce({ goods: ["x", "y"] }),
      submit("a", [
        { items: ["x"], price: 1 },
        { items: ["y", "z"], price: 2 }
      ])
    ])
    assert.deepStrictEqual(refused.outputs, [
      {
        _tag: "Refused",
        participant: "a",
        because: "invalid submission",
        message: '[1].items[1]: "z" is not among the goods',
        path: [1, "items", 1]
      }
    ])
  })

  it("what is withdrawn does not count; what the dead have submitted stands or lapses, as the terms say", () => {
    const inputs = [submit("a", 4), submit("b", 9), submit("c", 6), died("b"), close()]
    const winner = (terms: Partial<SealedSession.Terms>, all: ReadonlyArray<Input>) =>
      settled(run([announce({ item: "vase" }, terms), ...all]).outputs).receipt.decision["winner"]
    assert.strictEqual(winner({}, inputs), "b")
    assert.strictEqual(winner({ onDeath: "lapses" }, inputs), "c")
    assert.strictEqual(winner({ withdrawals: true }, [submit("a", 4), submit("b", 9), withdraw("b"), close()]), "a")
  })

  it.each<readonly [SealedSession.Reason, ReadonlyArray<Input>]>([
    ["not announced", [submit("a", 1)]],
    ["not announced", [close()]],
    ["already announced", [announce(), announce()]],
    ["already announced", [announce(), close(), announce()]],
    ["invalid announcement", [announce({ item: "x" }, { participants: ["a", "a"] })]],
    ["invalid announcement", [announce({ item: "x" }, { participants: ["house"] })]],
    ["invalid announcement", [announce({ item: "x" }, { endsAt: -1 })]],
    ["invalid rules", [announce({})]],
    ["invalid rules", [announce({ item: "x", reserve: -1 })]],
    ["invalid rules", [announce({ item: "x", units: 2 })]],
    ["closed", [announce(), close(), submit("a", 1)]],
    ["closed", [announce(), close(), close()]],
    ["not invited", [announce({ item: "x" }, { participants: ["a"] }), submit("b", 1)]],
    ["not invited", [announce(), submit("", 1)]],
    ["own session", [announce(), submit("house", 1)]],
    ["already answered", [announce(), submit("a", 1), submit("a", 2)]],
    ["already answered", [announce(), pass("a"), submit("a", 2)]],
    ["invalid submission", [announce(), submit("a", { amount: 1 })]],
    ["invalid submission", [announce(), submit("a", Number.NaN)]],
    ["invalid time", [announce(), submit("a", 1, 0.5)]],
    ["invalid time", [announce(), tick(Infinity)]],
    ["no withdrawal", [announce(), submit("a", 1), withdraw("a")]],
    ["no submission", [announce({ item: "x" }, { withdrawals: true }), pass("a"), withdraw("a")]],
    ["withdrawn", [announce({ item: "x" }, { withdrawals: true }), submit("a", 1), withdraw("a"), submit("a", 2)]],
    ["dead", [announce(), died("a"), submit("a", 1)]],
    ["not solving", [announce(), solved({})]],
    ["not solving", [announce(), { _tag: "Unsolved", because: "?" }]]
  ])("refuses without effect: %s", (because, inputs) => {
    const before = run(inputs.slice(0, -1))
    const { outputs, state } = run(inputs.slice(-1), before.state)
    assert.deepStrictEqual(reasons(outputs), [because])
    assert.strictEqual(state, before.state)
  })

  it("takes 100,000 answers and refuses the next as full", long, () => {
    const many = Array.from({ length: SealedSession.answersMax }, (_, i) => pass(`p${i}`))
    const { state } = run([announce(), ...many])
    assert.deepStrictEqual(reasons(run([submit("late", 1), died("later")], state).outputs), ["full", "full"])
  })

  it("an old state can be continued in two ways, neither of which sees the other", () => {
    const old = run([announce(), submit("a", 4)]).state
    const left = settled(run([submit("b", 9), close()], old).outputs)
    const right = settled(run([submit("c", 7), close()], old).outputs)
    const alone = settled(run([close()], old).outputs)
    assert.deepStrictEqual(
      [left, right, alone].map((it) => it.receipt.decision["winner"]),
      ["b", "c", "a"]
    )
  })
})

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
    const { initial, step } = SealedSession.make(SealedMechanism.double(KDouble.calculator))
    assert.deepStrictEqual(reasons(runner(initial, step)([announce({ item: "hour" })]).outputs), ["invalid rules"])
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
    const { initial, step } = SealedSession.make(SealedMechanism.call(CallMarket.calculator))
    const bad = runner(initial, step)([announce(), submit("a", { side: "buy", price: 1, qty: 0.5, now: true })])
    assert.deepStrictEqual(reasons(bad.outputs), ["invalid submission"])
  })

  it("a calculator's trades and fills are held against the orders", () => {
    const told = <R extends Calculator.Json, S extends Calculator.Json>(
      mechanism: SealedMechanism.SealedMechanism<R, S>,
      orders: Readonly<Record<string, unknown>>
    ) => {
      const { initial, step } = SealedSession.make(mechanism)
      const inputs = Object.entries(orders).map(([participant, it]) => submit(participant, it))
      const last = runner(initial, step)([announce(), ...inputs, close()]).outputs.at(-1)
      return last?._tag === "Failed" ? last.because : last?._tag
    }
    const fixed = (decision: Calculator.JsonObject): Calculator.Calculator => ({
      name: "fixed",
      version: 1,
      solve: () => Result.succeed({ decision })
    })
    const limits = { b: { side: "buy", amount: 5 }, s: { side: "sell", amount: 3 } }
    const double = (decision: Calculator.JsonObject) => told(SealedMechanism.double(fixed(decision)), limits)
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
    const call = (decision: Calculator.JsonObject) => told(SealedMechanism.call(fixed(decision)), orders)
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
      const { initial, step } = SealedSession.make(SealedMechanism.packages(calculator))
      const drive = runner(initial, step)
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
    const { initial, step } = SealedSession.make(SealedMechanism.rankings(Plurality.calculator))
    const voting = runner(
      initial,
      step
    )([
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
    const vcg = SealedSession.make(SealedMechanism.packages({ name: "vcg", version: 1 }))
    const drive = runner(vcg.initial, vcg.step)
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
      const { initial, step } = SealedSession.make(SealedMechanism.oneItem({ name: "odd", version: 1, solve }))
      return runner(initial, step)([announce(), submit("a", 3), close(), close()]).outputs
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

const mechanisms = [FirstPrice, SecondPrice, AllPay].map(({ calculator }) => ({
  calculator,
  protocol: SealedSession.make(SealedMechanism.oneItem(calculator))
}))

describe("laws of a sealed session", () => {
  it(
    "four submissions under every order and loss: what the calculator says on those that came, in the order they came",
    long,
    () => {
      for (const { after, before } of deliveries([submit("a", 4), submit("b", 7), submit("c", 7), submit("d", 2)])) {
        const inputs = [announce(), ...before, close(), ...after]
        assert.isUndefined(offence(second.initial, second.step, inputs))
        const came = new Map(
          before.flatMap((it) => (it._tag === "Submit" ? [[it.participant, Number(it.submission)] as const] : []))
        )
        const bids = [...came].map(([bidder, amount]) => ({ bidder, amount }))
        const { receipt } = settled(run(inputs).outputs)
        assert.deepStrictEqual(receipt.inputs, { bids })
        const amounts = [...came.values()].sort((a, b) => b - a)
        assert.strictEqual(receipt.decision["price"], amounts.length === 0 ? null : (amounts[1] ?? 0))
      }
    }
  )

  const participant = Schema.Literals(["a", "b", "c", "constructor", "house"])
  const at = Schema.Literals([0, 0, 5, 9, 10])
  const anyInput = Schema.Union([
    Schema.TaggedStruct("Submit", { participant, submission: Schema.Literals([0, 1, 3, 3, "7/2", -1, "x"]), at }),
    Schema.TaggedStruct("Submit", { participant, submission: Schema.Literals([2, 4, 5]), at: Schema.Literal(0) }),
    Schema.TaggedStruct("Pass", { participant, at }),
    Schema.TaggedStruct("Withdraw", { participant, at }),
    Schema.TaggedStruct("Died", { participant, at }),
    Schema.TaggedStruct("Tick", { at }),
    Schema.TaggedStruct("Close", { at }),
    Schema.TaggedStruct("Solved", { decision: Schema.Literal("none") })
  ])
  const starts: ReadonlyArray<Input> = [
    announce(),
    announce({ item: "x", reserve: 2 }, { withdrawals: true, onDeath: "lapses" }),
    announce({ item: "x" }, { participants: ["a", "b", "c"], endsAt: 10 }),
    announce({ item: "x" }, { withdrawals: true, endsAt: 9 })
  ]
  const sequences = Arbitrary.map(
    Arbitrary.all([
      Arbitrary.schema(Schema.Literals([0, 1, 2, 3])),
      Arbitrary.schema(Schema.Literals([0, 1, 2])),
      Arbitrary.schema(Schema.Array(anyInput).check(Schema.isMaxLength(10)))
    ]),
    ([start, which, rest]) => ({
      which,
      inputs: [starts[start] ?? announce(), ...rest, close()] as ReadonlyArray<Input>
    })
  )

  law(
    "it settles once, as the calculator says on what was accepted and not taken back",
    p13,
    sequences,
    ({ inputs, which }) => {
      const { calculator, protocol } = mechanisms[which] ?? assert.fail()
      if (offence(protocol.initial, protocol.step, inputs) !== undefined) return false
      const settlement = settled(runner(protocol.initial, protocol.step)(inputs).outputs)
      return recomputes(calculator, settlement) && Equal.equals(accepted(inputs), bidsIn(settlement))
    }
  )

  law("money is conserved, nobody pays more than submitted", p13, sequences, ({ inputs, which }) => {
    const { protocol } = mechanisms[which] ?? assert.fail()
    const all = settlements(runner(protocol.initial, protocol.step)(inputs).outputs)
    return all.every((settlement) => {
      const bids = new Map(bidsIn(settlement).map((it) => [it.bidder, Amount.toNumber(it.amount)]))
      return (
        conserves(settlement) &&
        ["a", "b", "c", "constructor"].every((it) => paid(settlement, it) <= (bids.get(it) ?? 0))
      )
    })
  })
})

const Bids = Schema.Struct({ bids: Schema.Array(Schema.Struct({ bidder: Schema.String, amount: Amount.Amount })) })
const bidsIn = ({ receipt }: Settlement.Settlement) => Schema.decodeUnknownSync(Bids)(receipt.inputs).bids

/** Which bids count: an account of its own, line by line. */
const accepted = (inputs: ReadonlyArray<Input>) => {
  const [first, ...rest] = inputs
  if (first?._tag !== "Announce") return []
  const { endsAt = Infinity, onDeath, participants, withdrawals } = first.terms
  let bids: Array<{ bidder: string; amount: Amount.Given }> = []
  const done = new Set<string>(["house"])
  const answered = new Set<string>()
  for (const it of rest) {
    if (it._tag === "Close" || ("at" in it && it.at >= endsAt)) break
    if (!("participant" in it)) continue
    const who = it.participant
    if (done.has(who) || participants?.includes(who) === false) continue
    if (it._tag === "Submit" && !answered.has(who)) {
      const amount = it.submission
      if ((typeof amount !== "number" && amount !== "7/2") || amount === -1) continue
      bids.push({ bidder: who, amount })
    }
    if (it._tag === "Withdraw") {
      if (withdrawals !== true || !bids.some((bid) => bid.bidder === who)) continue
      bids = bids.filter((bid) => bid.bidder !== who)
      done.add(who)
    }
    if (it._tag === "Died") {
      if (onDeath === "lapses") bids = bids.filter((bid) => bid.bidder !== who)
      done.add(who)
    }
    answered.add(who)
    if (answered.size === participants?.length) break
  }
  return bids
}
