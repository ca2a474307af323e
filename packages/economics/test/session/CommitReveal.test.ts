import { CommitReveal, KUnitVickrey, SealedMechanism, SecondPrice, Settlement } from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Equal, Result, Schema } from "effect"
import { createHash } from "node:crypto"
import { fuzz, refuses } from "../junk.ts"
import { campaign, law } from "@foundation/core/testing/law"
import { p13 } from "../p13.ts"
import {
  conserves,
  deliveries,
  long,
  offence,
  paid,
  reasons,
  recomputes,
  refusesTerms,
  refusesWithoutEffect,
  runner,
  settled
} from "./harness.ts"

type Input = CommitReveal.Input
const protocol = CommitReveal.make(SealedMechanism.oneItem(SecondPrice.calculator))
const run = runner(protocol.initial, protocol.step)

const base = {
  auction: "a1",
  operator: "house",
  deposit: 5,
  commitUntil: 100,
  revealUntil: 200,
  rules: { item: "vase" }
}
const announce = (terms: Partial<CommitReveal.Terms> = {}): Input => ({
  _tag: "Announce",
  terms: { ...base, ...terms }
})
const nonceOf = (bidder: string) => createHash("sha256").update(bidder).digest("hex").slice(0, 32)
const commitmentOf = (bidder: string, amount: number | string, auction = "a1") =>
  CommitReveal.commitmentOf({ auction, bidder, amount, nonce: nonceOf(bidder) })
const commit = (bidder: string, amount: number | string, at = 1): Input => ({
  _tag: "Commit",
  bidder,
  commitment: commitmentOf(bidder, amount),
  at
})
const reveal = (bidder: string, amount: number | string, at = 150): Input => ({
  _tag: "Reveal",
  bidder,
  amount,
  nonce: nonceOf(bidder),
  at
})
const tick = (at: number): Input => ({ _tag: "Tick", at })

describe("commit and reveal", () => {
  it("the commitment is SHA-256 over canonical JSON", () => {
    const text = `{"amount":12,"auction":"a1","bidder":"a","nonce":"${nonceOf("a")}"}`
    assert.strictEqual(commitmentOf("a", 12), createHash("sha256").update(text).digest("hex"))
  })

  it("settles by the mechanism on what was revealed; the silent are left out and pay the deposit", () => {
    const { outputs } = run([
      announce(),
      commit("a", 12),
      commit("b", 15),
      commit("c", 30),
      tick(100),
      reveal("b", 15),
      reveal("a", 12),
      tick(200)
    ])
    assert.deepStrictEqual(outputs[0], { _tag: "Revealing", bidders: ["a", "b", "c"], until: 200 })
    const settlement = settled(outputs)
    assert.deepStrictEqual(settlement.receipt.decision, {
      outcome: { sold: true, winner: "b", price: 12, tie: false },
      excluded: ["c"]
    })
    assert.deepStrictEqual(
      ["a", "b", "c", "house"].map((it) => paid(settlement, it)),
      [0, 12, 5, -17]
    )
    assert.isTrue(recomputes(protocol.calculator, settlement))
  })

  it("does not wait when all have committed, and when all have revealed", () => {
    const { outputs } = run([
      announce({ bidders: ["a", "b"] }),
      commit("a", 1),
      commit("b", 2),
      reveal("a", 1, 2),
      reveal("b", 2, 3)
    ])
    assert.strictEqual(outputs[0]?._tag, "Revealing")
    assert.deepStrictEqual(settled(outputs).receipt.decision["excluded"], [])
    assert.isTrue(recomputes(protocol.calculator, settled(outputs)))
    assert.deepStrictEqual(settled(run([announce({ bidders: [] })]).outputs).transfers, [])
    assert.deepStrictEqual(settled(run([announce(), tick(100)]).outputs).transfers, [])
  })

  it("equal bids rank by commitment, not by reveal", () => {
    const { outputs } = run([announce(), commit("a", 9), commit("b", 9), reveal("b", 9), reveal("a", 9)])
    assert.deepInclude(settled(outputs).receipt.decision["outcome"], { winner: "a", price: 9, tie: true })
  })

  it("a copied commitment cannot be opened by the copier", () => {
    const stolen: Input = { _tag: "Reveal", bidder: "thief", amount: 9, nonce: nonceOf("a"), at: 150 }
    const copied: Input = { _tag: "Commit", bidder: "thief", commitment: commitmentOf("a", 9), at: 1 }
    const { outputs } = run([announce(), commit("a", 9), copied, reveal("a", 9), stolen])
    assert.deepStrictEqual(reasons(outputs), ["wrong reveal"])
    const other: Input = { _tag: "Commit", bidder: "b", commitment: commitmentOf("b", 9, "a2"), at: 1 }
    assert.deepStrictEqual(reasons(run([announce(), other, reveal("b", 9)]).outputs), ["wrong reveal"])
  })

  it("a bid that the mechanism would refuse cannot be revealed, and costs the deposit", () => {
    const { outputs } = run([announce(), commit("a", -5), commit("b", 1), reveal("a", -5), reveal("b", 1), tick(200)])
    assert.deepStrictEqual(reasons(outputs), ["invalid amount"])
    assert.deepStrictEqual(settled(outputs).receipt.decision["excluded"], ["a"])
    assert.strictEqual(paid(settled(outputs), "a"), 5)
  })

  it("wraps several units, too", () => {
    const units = CommitReveal.make(SealedMechanism.units(KUnitVickrey.calculator))
    const { outputs } = runner(
      units.initial,
      units.step
    )([
      announce({ rules: { item: "slot", units: 1 } }),
      commit("a", "0.5"),
      commit("b", "0.3"),
      reveal("a", "0.5"),
      reveal("b", "0.3")
    ])
    assert.deepStrictEqual(
      Settlement.net(settled(outputs).transfers),
      new Map([
        ["a", "-0.3"],
        ["house", "0.3"]
      ])
    )
    assert.isTrue(recomputes(units.calculator, settled(outputs)))
  })

  it("a mechanism without an answer moves nothing, deposits included", () => {
    const odd = SealedMechanism.oneItem({
      ...SecondPrice.calculator,
      solve: () => Result.succeed({ decision: { winner: "x" } })
    })
    const failing = CommitReveal.make(odd)
    const { outputs, state } = runner(failing.initial, failing.step)([announce(), commit("a", 1), tick(200)])
    assert.deepStrictEqual(outputs, [{ _tag: "Failed", because: "a winner who submitted nothing" }])
    assert.strictEqual(state._tag, "Failed")
  })

  refusesTerms(run, announce, [
    [{ deposit: -1 }, ["deposit"]],
    [{ revealUntil: 100 }, ["revealUntil"]],
    [{ rules: { item: "x", reserve: -1 } }, ["rules", "reserve"]]
  ])

  refusesWithoutEffect(run, [
    ["not announced", [commit("a", 1)]],
    ["not announced", [tick(1)]],
    ["already announced", [announce(), announce()]],
    ["invalid announcement", [announce({ revealUntil: 100 })]],
    ["invalid announcement", [announce({ deposit: -1 })]],
    ["invalid announcement", [announce({ bidders: ["house"] })]],
    ["invalid announcement", [announce({ rules: {} })]],
    ["closed", [announce(), tick(200), commit("a", 1)]],
    ["closed", [announce(), tick(200), tick(200)]],
    ["not invited", [announce({ bidders: ["a"] }), commit("b", 1)]],
    ["not invited", [announce(), commit("", 1)]],
    ["own auction", [announce(), commit("house", 1)]],
    ["already committed", [announce(), commit("a", 1), commit("a", 2)]],
    ["invalid commitment", [announce(), { _tag: "Commit", bidder: "a", commitment: "abc", at: 1 }]],
    ["too early", [announce(), commit("a", 1), reveal("a", 1, 99)]],
    ["too late", [announce(), commit("a", 1), commit("b", 1, 100)]],
    ["too late", [announce(), commit("a", 1), tick(100), commit("b", 1, 50)]],
    ["no commitment", [announce(), commit("a", 1), reveal("b", 1)]],
    ["already revealed", [announce(), commit("a", 1), commit("b", 1), reveal("a", 1), reveal("a", 1)]],
    ["wrong reveal", [announce(), commit("a", 1), reveal("a", 2)]],
    ["wrong reveal", [announce(), commit("a", 1), reveal("a", "1")]],
    ["wrong reveal", [announce(), commit("a", 1), { _tag: "Reveal", bidder: "a", amount: 1, nonce: "ff", at: 150 }]],
    ["invalid amount", [announce(), commit("a", 1), reveal("a", Number.NaN)]],
    ["invalid time", [announce(), commit("a", 1, -1)]]
  ])

  it("a nonce below 128 bits opens nothing, even if it fits", () => {
    const short = { bidder: "a", amount: 1, nonce: "f".repeat(CommitReveal.nonceLengthMin - 1) }
    const commitment = CommitReveal.commitmentOf({ auction: "a1", ...short })
    const inputs: ReadonlyArray<Input> = [
      announce(),
      { _tag: "Commit", bidder: "a", commitment, at: 1 },
      { _tag: "Reveal", ...short, at: 150 }
    ]
    assert.deepStrictEqual(reasons(run(inputs).outputs), ["wrong reveal"])
  })

  it("takes 100,000 commitments and refuses the next as full", long, () => {
    const commitment = "0".repeat(64)
    const many = Array.from({ length: CommitReveal.bidsMax + 1 }, (_, i): Input => ({
      _tag: "Commit",
      bidder: `b${i}`,
      commitment,
      at: 1
    }))
    assert.deepStrictEqual(reasons(run([announce(), ...many]).outputs), ["full"])
  })
})

describe("laws of commit and reveal", () => {
  it("three reveals under every order and loss: those that came in time count, the others forfeit", long, () => {
    const amounts = new Map([
      ["a", 4],
      ["b", 7],
      ["c", 7]
    ])
    const commits = [...amounts].map(([bidder, amount]) => commit(bidder, amount))
    for (const { after, before } of deliveries([...amounts].map(([bidder, amount]) => reveal(bidder, amount)))) {
      const inputs = [announce(), ...commits, tick(100), ...before, tick(200), ...after]
      assert.isUndefined(offence(protocol.initial, protocol.step, inputs))
      const settlement = settled(run(inputs).outputs)
      const came = new Set(before.flatMap((it) => (it._tag === "Reveal" ? [it.bidder] : [])))
      const bids = [...amounts].flatMap(([bidder, amount]) => (came.has(bidder) ? [{ bidder, amount }] : []))
      const excluded = [...amounts.keys()].filter((it) => !came.has(it))
      const { decision } = Result.getOrThrow(SecondPrice.calculator.solve({ bids }))
      assert.deepStrictEqual(settlement.receipt.decision, { outcome: decision, excluded })
      assert.isTrue(excluded.every((it) => paid(settlement, it) === 5))
    }
  })

  it("four commitments under every order and loss: the earliest of equals wins", long, () => {
    const names = ["a", "b", "c", "d"]
    for (const { after, before } of deliveries(names.map((it) => commit(it, 9)))) {
      const inputs = [announce(), ...before, tick(100), ...after, ...names.map((it) => reveal(it, 9)), tick(200)]
      const { decision } = settled(run(inputs).outputs).receipt
      const [first] = before.flatMap((it) => (it._tag === "Commit" ? [it.bidder] : []))
      const { outcome } = Schema.decodeUnknownSync(
        Schema.Struct({ outcome: Schema.Struct({ winner: Schema.NullOr(Schema.String) }) })
      )(decision)
      assert.strictEqual(outcome.winner, first ?? null)
    }
  })

  const bidder = Schema.Literals(["a", "b", "constructor", "house"])
  const amount = Schema.Literals([1, 2, 2, -1])
  const at = Schema.Literals([1, 50, 99, 100, 150, 199, 200])
  const early = Schema.Literals([1, 50])
  const late = Schema.Literals([100, 150])
  const anyInput: Arbitrary.Arbitrary<Input> = Arbitrary.map(
    Arbitrary.schema(
      Schema.Union([
        Schema.Struct({ kind: Schema.Literals(["commit", "reveal", "tick"]), bidder, amount, at }),
        Schema.Struct({ kind: Schema.Literal("commit"), bidder, amount, at: early }),
        Schema.Struct({ kind: Schema.Literal("reveal"), bidder, amount, at: late })
      ])
    ),
    ({ amount, at, bidder, kind }) =>
      kind === "commit" ? commit(bidder, amount, at) : kind === "reveal" ? reveal(bidder, amount, at) : tick(at)
  )
  const sequences: Arbitrary.Arbitrary<ReadonlyArray<Input>> = Arbitrary.map(
    Arbitrary.all([
      Arbitrary.schema(Schema.Boolean),
      Arbitrary.all([anyInput, anyInput, anyInput, anyInput, anyInput, anyInput, anyInput, anyInput])
    ]),
    ([isInvited, rest]) => [announce(isInvited ? { bidders: ["a", "b"], deposit: 0 } : {}), ...rest, tick(200)]
  )
  law(
    "it settles once; every bid was committed to in time; what is excluded is what was not revealed",
    p13,
    sequences,
    (inputs) => {
      if (offence(protocol.initial, protocol.step, inputs) !== undefined) return false
      const settlement = settled(run(inputs).outputs)
      const { accepted, terms } = Schema.decodeUnknownSync(
        Schema.Struct({ terms: CommitReveal.Terms, accepted: Schema.Array(CommitReveal.Entry) })
      )(settlement.receipt.inputs)
      const commits = accepted.filter((it) => it._tag === "Commit")
      const reveals = accepted.filter((it) => it._tag === "Reveal")
      const bids = commits.flatMap((it) =>
        reveals.filter((by) => by.bidder === it.bidder).map(({ amount, bidder }) => ({ bidder, amount }))
      )
      const excluded = commits.map((it) => it.bidder).filter((it) => reveals.every((by) => by.bidder !== it))
      const { decision } = Result.getOrThrow(SecondPrice.calculator.solve({ bids }))
      return (
        commits.every((it) => it.at < terms.commitUntil) &&
        reveals.every(
          (it) =>
            it.at < terms.revealUntil && commits.some((by) => by.commitment === commitmentOf(it.bidder, it.amount))
        ) &&
        Equal.equals(settlement.receipt.decision, { outcome: decision, excluded }) &&
        recomputes(protocol.calculator, settlement) &&
        conserves(settlement) &&
        excluded.every((it) => paid(settlement, it) === terms.deposit) &&
        bids.every((it) => paid(settlement, it.bidder) <= Number(it.amount))
      )
    }
  )

  law(
    "nobody opens a commitment to another amount",
    campaign(2_000, 20_000),
    Arbitrary.all([Arbitrary.schema(Schema.Int), Arbitrary.schema(Schema.Int)]),
    ([one, other]) => {
      const { outputs } = run([announce(), commit("a", one), commit("b", 1), reveal("a", other)])
      return (reasons(outputs).length === 0) === (one === other && one >= 0)
    }
  )

  const sample = settled(run([announce(), commit("a", 1), commit("b", 2), reveal("a", 1), tick(200)]).outputs).receipt
    .inputs
  const { calculator } = protocol
  fuzz(calculator, [sample])
  refuses(calculator, [
    ["nothing", {}, "InvalidFormat", ["terms"]],
    ["a reveal without a commitment", { terms: base, accepted: [reveal("a", 1)] }, "InvalidFormat", ["accepted", 0]],
    ["a wrong reveal", { terms: base, accepted: [commit("a", 1), reveal("a", 2)] }, "InvalidFormat", ["accepted", 1]],
    ["a session without an end", { terms: base, accepted: [commit("a", 1)] }, "InvalidFormat", ["accepted"]],
    ["a negative deposit", { terms: { ...base, deposit: -1 }, accepted: [] }, "InvalidFormat", ["terms", "deposit"]],
    [
      "rules of another mechanism",
      { terms: { ...base, rules: { units: 1 } }, accepted: [] },
      "InvalidFormat",
      ["terms"]
    ],
    ["a negative bid", { terms: base, accepted: [reveal("a", -1)] }, "InvalidAmount", ["accepted", 0, "amount"]]
  ])
})
