import { ContractNet, SealedReceipt } from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { HashMap, HashSet } from "effect"
import { announce, base, bid, cancel, deliver, died, run, say, tick, working, type Input } from "./contract.ts"
import { long, paid, reasons, recomputes, refusesTerms, refusesWithoutEffect, settled } from "./harness.ts"

const decision = (inputs: ReadonlyArray<Input>) => settled(run(inputs).outputs).receipt.decision
const outcome = (inputs: ReadonlyArray<Input>) => {
  const { contractor, outcome, price } = decision(inputs)
  return [outcome, contractor, price]
}

describe("a contract net", () => {
  it("announce, bid, award, accept, deliver, verify, pay", () => {
    const { outputs, state } = run([...working(), deliver("b", 60, { file: "x" }), say("Verified", "b", 70)])
    assert.deepStrictEqual(outputs.slice(0, 3), [
      { _tag: "Awarded", task: "t1", bidder: "b", price: 20, until: 20 },
      { _tag: "Started", task: "t1", bidder: "b", dueAt: 112, lostAt: 132 },
      { _tag: "Verify", task: "t1", bidder: "b", proof: { file: "x" }, until: 90 }
    ])
    const settlement = settled(outputs)
    assert.deepStrictEqual(settlement.receipt.decision, {
      outcome: "done",
      contractor: "b",
      price: 20,
      awards: ["b"],
      penalties: []
    })
    assert.deepStrictEqual(
      ["lab", "a", "b", "c"].map((it) => paid(settlement, it)),
      [20, 0, -20, 0]
    )
    assert.isTrue(recomputes(ContractNet.calculator, settlement))
    assert.deepStrictEqual([HashMap.size(state.open), HashSet.size(state.closed)], [0, 1])
  })

  it("before the promised end it is on time, before the grace is over late, then failed", () => {
    const at = (time: number) => outcome([...working(), deliver("b", time), say("Verified", "b", time), ...rest(time)])
    const rest = (time: number) => [tick(time), tick(time + 10), tick(time + 20), tick(time + 30)]
    assert.deepStrictEqual(at(111), ["done", "b", 20])
    assert.deepStrictEqual(at(112), ["late", "b", 20])
    assert.deepStrictEqual(at(131), ["late", "b", 20])
    assert.deepStrictEqual(at(132), ["failed", null, null])
    const late = settled(run([...working(), deliver("b", 112), say("Verified", "b", 115)]).outputs)
    assert.strictEqual(paid(late, "b"), -17)
  })

  it("who turns the award down or does not answer is passed over at no cost", () => {
    const start = [announce(), bid("a", 30), bid("b", 20), bid("c", 40), tick(10)]
    const inputs = [
      ...start,
      say("Decline", "b", 12),
      tick(22),
      say("Accept", "c", 25),
      deliver("c", 30),
      say("Verified", "c", 31)
    ]
    const settlement = settled(run(inputs).outputs)
    assert.deepStrictEqual(settlement.receipt.decision, {
      outcome: "done",
      contractor: "c",
      price: 40,
      awards: ["b", "a", "c"],
      penalties: []
    })
    assert.deepStrictEqual(outcome([...start, tick(20), tick(30), tick(40)]), ["unassigned", null, null])
    assert.deepStrictEqual(outcome([announce(), tick(10)]), ["unassigned", null, null])
  })

  it.each<readonly [string, ReadonlyArray<Input>]>([
    ["gives up", [say("GiveUp", "b", 50)]],
    ["dies", [died("b", 50)]],
    ["runs out of time", [tick(132)]],
    ["delivers a proof that is rejected", [deliver("b", 50), say("Rejected", "b", 55)]]
  ])("who %s pays the penalty, and the next best has the task", (_, inputs) => {
    const { outputs, state } = run([...working(), ...inputs])
    assert.deepInclude(outputs, { _tag: "Failed", task: "t1", bidder: "b", penalty: 8 })
    const now = inputs.map((it) => ("at" in it ? it.at : 0)).at(-1) ?? 0
    const rest = run([say("Accept", "a", now + 1), deliver("a", now + 2), say("Verified", "a", now + 3)], state)
    const settlement = settled(rest.outputs)
    assert.deepStrictEqual(
      ["lab", "a", "b", "c"].map((it) => paid(settlement, it)),
      [22, -30, 8, 0]
    )
    assert.isTrue(recomputes(ContractNet.calculator, settlement))
  })

  it("time never goes back: a late stamp counts as the latest one seen", () => {
    const inputs = [...working(), say("Progress", "b", 115), deliver("b", 60), say("Verified", "b", 61)]
    assert.deepStrictEqual(outcome(inputs), ["late", "b", 20])
  })

  it("no more are tried than the terms say", () => {
    const { outputs } = run([...working({ awardsMax: 1 }), say("GiveUp", "b", 50)])
    assert.deepStrictEqual(settled(outputs).receipt.decision, {
      outcome: "failed",
      contractor: null,
      price: null,
      awards: ["b"],
      penalties: [{ bidder: "b", amount: 8 }]
    })
  })

  it("who is silent at work for too long has failed; signs of life count, however many", () => {
    const terms = { progressWithin: 10 }
    assert.deepStrictEqual(
      reasons(run([...working(terms), say("Progress", "b", 21), say("Progress", "b", 31)]).outputs),
      ["not at work"]
    )
    const often = Array.from({ length: 90 }, (_, i) => say("Progress", "b", 13 + i))
    const { outputs } = run([...working(terms), ...often, deliver("b", 111), say("Verified", "b", 112)])
    const settlement = settled(outputs)
    assert.strictEqual(settlement.receipt.decision["outcome"], "done")
    assert.isTrue(recomputes(ContractNet.calculator, settlement))
    assert.isBelow(JSON.stringify(settlement.receipt.inputs).split("Progress").length - 1, 22)
  })

  it("a verifier who is silent has accepted; who dies after delivery is paid", () => {
    assert.deepStrictEqual(outcome([...working(), deliver("b", 60), tick(90)]), ["done", "b", 20])
    assert.deepStrictEqual(outcome([...working(), deliver("b", 60), died("b", 61), say("Verified", "b", 62)]), [
      "done",
      "b",
      20
    ])
  })

  it("a cancellation costs nothing before the work, a compensation during it", () => {
    const start = [announce(), bid("a", 30), bid("b", 3)]
    assert.deepStrictEqual(outcome([...start, cancel(5)]), ["cancelled", null, null])
    assert.deepStrictEqual(outcome([...start, tick(10), cancel(15)]), ["cancelled", null, null])
    assert.deepStrictEqual(outcome([...working(), cancel(50)]), ["cancelled", "b", 5])
    assert.deepStrictEqual(outcome([...start, tick(10), say("Accept", "b", 12), cancel(50)]), ["cancelled", "b", 3])
    // Nobody keeps the proof and pays the compensation in place of the price.
    const { outputs } = run([...working(), deliver("b", 60), cancel(61), say("Verified", "b", 62)])
    assert.deepStrictEqual(reasons(outputs), ["already delivered"])
    assert.strictEqual(settled(outputs).receipt.decision["price"], 20)
  })

  it("the dead are not awarded, wherever they stand", () => {
    assert.deepStrictEqual(
      decision([announce(), bid("a", 30), bid("b", 20), died("b", 5), tick(10), died("a", 11)])["awards"],
      ["a"]
    )
    const inputs = [
      announce(),
      bid("a", 30),
      bid("b", 20),
      died("b", 5),
      died("b", 6),
      died("stranger", 7),
      tick(10),
      tick(20)
    ]
    assert.deepStrictEqual(decision(inputs)["awards"], ["a"])
    const { state } = run(inputs.slice(0, 4))
    assert.strictEqual(run([died("b", 6), died("stranger", 7)], state).state, state, "a second report adds nothing")
  })

  it("the score weighs price, duration and lack of confidence; the earliest of equals wins", () => {
    const first = (scoring: ContractNet.Terms["scoring"], ...bids: ReadonlyArray<Input>) => {
      const awarded = run([announce({ scoring }), ...bids, tick(10)]).outputs.find((it) => it._tag === "Awarded")
      return awarded?._tag === "Awarded" ? awarded.bidder : undefined
    }
    const cheap = bid("cheap", 16, { duration: 256, confidence: 0.5 })
    const fast = bid("fast", 32, { duration: 64, confidence: 0.5 })
    const sure = bid("sure", 48, { duration: 256, confidence: 1 })
    assert.strictEqual(first({ price: 1, duration: 0, confidence: 0 }, sure, fast, cheap), "cheap")
    assert.strictEqual(first({ price: 1, duration: 1, confidence: 0 }, sure, fast, cheap), "fast")
    assert.strictEqual(first({ price: 1, duration: 0, confidence: 2 }, sure, fast, cheap), "sure")
    assert.strictEqual(first({ price: 0, duration: 0, confidence: 0 }, sure, fast, cheap), "sure")
    assert.strictEqual(ContractNet.scoreOf({ ...base, priceMax: 0 }, { price: 0, duration: 256, confidence: 1 }), 0)
  })

  it("proofs by data: a hash, or conditions on fields; one that fails may be mended", () => {
    const conditions = [
      { path: ["score"], op: "at-least", value: 0.9 },
      { path: ["runs", 0, "cost"], op: "at-most", value: 5 },
      { path: ["model"], op: "equals", value: { name: "m" } }
    ] as const
    const proof = { _tag: "Conditions", conditions } as const
    const good = { score: 0.9, runs: [{ cost: 5 }], model: { name: "m" } }
    for (const bad of [
      {},
      "x",
      null,
      { ...good, score: "1" },
      { ...good, runs: [] },
      { ...good, model: { name: "n" } },
      { ...good, score: 0.89 }
    ])
      assert.isFalse(ContractNet.holds(proof, bad))
    assert.isTrue(ContractNet.holds(proof, good))
    assert.isFalse(
      ContractNet.holds({ _tag: "Conditions", conditions: [{ path: ["constructor"], op: "equals", value: 1 }] }, {})
    )
    const { outputs } = run([...working({ proof }), deliver("b", 50, {}), deliver("b", 60, good)])
    assert.deepStrictEqual(reasons(outputs), ["proof fails"])
    assert.strictEqual(settled(outputs).receipt.decision["outcome"], "done")
    const hash = SealedReceipt.hashOf({ b: 1, a: [2] })
    assert.isTrue(ContractNet.holds({ _tag: "Hash", hash }, { a: [2], b: 1 }))
    assert.isFalse(ContractNet.holds({ _tag: "Hash", hash }, { a: [2], b: 2 }))
  })

  refusesTerms(run, announce, [
    [{ priceMax: -1 }, ["priceMax"]],
    [{ penalty: { late: 0, failed: 9 } }, ["penalty", "failed"]],
    [{ durationMax: 1e6, progressWithin: 1 }, ["progressWithin"]]
  ])

  refusesWithoutEffect(run, [
    ["unknown task", [bid("a", 1)]],
    ["unknown task", [cancel(1)]],
    ["already announced", [announce(), announce()]],
    ["already announced", [announce(), cancel(1), announce()]],
    ["invalid announcement", [announce({ priceMax: -1 })]],
    ["invalid announcement", [announce({ proof: { _tag: "Hash", hash: "AB".repeat(32) } })]],
    ["invalid announcement", [announce({ deposit: 7 })]],
    ["invalid announcement", [announce({ deposit: 9, penalty: { late: 10, failed: 0 } })]],
    ["invalid announcement", [announce({ durationMax: 1e6, progressWithin: 1 })]],
    ["invalid announcement", [announce({ scoring: { price: Number.NaN, duration: 0, confidence: 0 } })]],
    ["closed", [announce(), cancel(1), bid("a", 1)]],
    ["closed", [announce(), cancel(1), cancel(1)]],
    ["already delivered", [...working(), deliver("b", 60), cancel(61)]],
    ["own task", [announce(), bid("lab", 1)]],
    ["already bid", [announce(), bid("a", 1), bid("a", 2)]],
    ["invalid bid", [announce(), bid("", 1)]],
    ["invalid bid", [announce(), bid("a", 0.5)]],
    ["invalid bid", [announce(), bid("a", -0)]],
    ["invalid bid", [announce(), bid("a", 1, { confidence: 1.1 })]],
    ["invalid bid", [announce(), bid("a", 1, { duration: 0 })]],
    ["too dear", [announce(), bid("a", 65)]],
    ["too slow", [announce(), bid("a", 1, { duration: 257 })]],
    ["not capable", [announce(), bid("a", 1, { capabilities: ["cpu"] })]],
    ["bidding has ended", [...working(), bid("d", 1, { at: 13 })]],
    ["not awarded", [...working(), say("Accept", "b", 13)]],
    ["not awarded", [announce(), bid("a", 1), bid("b", 2), tick(10), say("Accept", "b", 11)]],
    ["not awarded", [announce(), bid("a", 1), bid("b", 2), tick(10), say("Decline", "b", 11)]],
    ["not at work", [...working(), say("Progress", "a", 13)]],
    ["not at work", [...working(), deliver("a", 13)]],
    ["not at work", [...working(), say("GiveUp", "a", 13)]],
    ["not delivered", [...working(), say("Verified", "b", 13)]],
    ["not delivered", [...working(), deliver("b", 13), say("Rejected", "a", 13)]],
    ["proof fails", [...working({ proof: { _tag: "Hash", hash: "0".repeat(64) } }), deliver("b", 13)]],
    ["invalid time", [announce(), bid("a", 1, { at: -1 })]],
    ["invalid time", [announce(), tick(Number.NaN)]]
  ])

  it("takes 10,000 bids for a task and refuses the next as full", long, () => {
    const many = Array.from({ length: ContractNet.bidsMax + 1 }, (_, i) => bid(`b${i}`, 1))
    assert.deepStrictEqual(reasons(run([announce(), ...many]).outputs), ["full"])
  })

  it("takes 100,000 tasks, closed ones included, and refuses the next as full", long, () => {
    const names = Array.from({ length: ContractNet.tasksMax - 1 }, (_, i) => `old${i}`)
    const state: ContractNet.State = { open: HashMap.empty(), closed: HashSet.fromIterable(names) }
    const last = run([announce()], state)
    assert.deepStrictEqual(last.outputs, [])
    assert.deepStrictEqual(reasons(run([announce({ task: "t2" })], last.state).outputs), ["full"])
  })

  it("tasks do not touch each other, but a death and time count for all", () => {
    const other = (input: Input): Input => ("task" in input ? { ...input, task: "t2" } : input)
    const one = [announce(), bid("a", 30), bid("b", 20)]
    const two = [announce({ task: "t2" }), other(bid("a", 10)), other(bid("b", 40))]
    const { outputs } = run([
      ...one,
      ...two,
      tick(10),
      say("Accept", "b", 11),
      other(say("Accept", "a", 11)),
      died("a", 12)
    ])
    assert.deepStrictEqual(outputs.flatMap((it) => (it._tag === "Awarded" ? [[it.task, it.bidder]] : [])).sort(), [
      ["t1", "b"],
      ["t2", "a"],
      ["t2", "b"]
    ])
  })
})
