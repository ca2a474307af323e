import { ContractNet, SealedReceipt } from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, HashMap, HashSet, Schema } from "effect"
import { law } from "@foundation/core/testing/law"
import { p13 } from "../p13.ts"
import { fuzz, refuses } from "../junk.ts"
import { announce, base, bid, cancel, deliver, died, run, say, tick, working, type Input } from "./contract.ts"
import { conserves, deliveries, long, paid, recomputes, sampled, settled, settlements } from "./harness.ts"

const receipts = Schema.decodeUnknownSync(
  Schema.Struct({ terms: ContractNet.Terms, accepted: Schema.Array(ContractNet.Entry) })
)
const Decided = Schema.decodeUnknownSync(
  Schema.Struct({
    outcome: Schema.Literals(["done", "late", "failed", "unassigned", "cancelled"]),
    contractor: Schema.NullOr(Schema.String),
    price: Schema.NullOr(Schema.Int),
    awards: Schema.Array(Schema.String),
    penalties: Schema.Array(Schema.Struct({ bidder: Schema.String, amount: Schema.Int }))
  })
)

/** What has to hold of every settlement, whatever has happened. */
const isSound = (settlement: ReturnType<typeof settled>): boolean => {
  const { accepted, terms } = receipts(settlement.receipt.inputs)
  const { awards, contractor, outcome, penalties, price } = Decided(settlement.receipt.decision)
  const bids = accepted.filter((it) => it._tag === "Bid")
  const own = bids.find((it) => it.bidder === contractor)
  // Exact in doubles: the maxima are powers of two.
  const score = (it: (typeof bids)[number]) =>
    terms.scoring.price * (it.price / 64) +
    terms.scoring.duration * (it.duration / 256) +
    terms.scoring.confidence * (1 - it.confidence)
  const ranked = [...bids].sort((a, b) => score(a) - score(b)).map((it) => it.bidder)
  const dead = new Set(accepted.flatMap((it) => (it._tag === "Died" ? [it.bidder] : [])))
  const places = awards.map((it) => ranked.indexOf(it))
  const skipped = ranked.slice(0, (places.at(-1) ?? -1) + 1).filter((it) => !awards.includes(it))
  const hasDelivered = accepted.some((it) => it._tag === "Deliver" && it.bidder === contractor)
  const isPaid = outcome === "done" || outcome === "late"
  return (
    conserves(settlement) &&
    recomputes(ContractNet.calculator, settlement) &&
    places.every((it, index) => it > (places[index - 1] ?? -1)) &&
    skipped.every((it) => dead.has(it)) &&
    awards.length <= terms.awardsMax &&
    (isPaid
      ? hasDelivered && price === own?.price
      : price === null || (outcome === "cancelled" && price <= terms.compensation)) &&
    paid(settlement, terms.manager) <= terms.priceMax &&
    bids.every((it) => paid(settlement, it.bidder) <= terms.deposit) &&
    penalties.every((it) => awards.includes(it.bidder)) &&
    new Set(penalties.map((it) => it.bidder)).size === penalties.length
  )
}

/** Settles at most once for each task; a lone refusal changes nothing; enough ticks end everything. */
const isOrderly = (inputs: ReadonlyArray<Input>): boolean => {
  let state = ContractNet.initial
  const ended = new Set<string>()
  for (const input of [...inputs, ...Array.from({ length: 9 }, (_, i) => tick(1_000 * (i + 1)))]) {
    const [next, outputs] = ContractNet.step(state, input)
    if (outputs.length === 1 && outputs[0]?._tag === "Refused" && next !== state) return false
    for (const it of outputs) {
      if (it._tag !== "Settled") continue
      if (ended.has(it.task)) return false
      ended.add(it.task)
    }
    state = next
  }
  return HashMap.size(state.open) === 0 && ended.size === HashSet.size(state.closed)
}

describe("laws of a contract net", () => {
  it("a whole conversation under every order and loss: it ends, once, and the receipt says how", long, () => {
    const talk = [bid("a", 30), bid("b", 20), say("Accept", "b", 12), deliver("b", 60), say("Verified", "b", 70)]
    const seen = new Set<unknown>()
    for (const { after, before } of sampled(talk)) {
      const inputs = [announce(), ...before, tick(10), ...after, ...before.slice(-2)]
      assert.isTrue(isOrderly(inputs))
      const [settlement] = settlements(run([...inputs, tick(1_000), tick(2_000), tick(3_000), tick(4_000)]).outputs)
      assert.isTrue(settlement !== undefined && isSound(settlement))
      seen.add(settlement?.receipt.decision["outcome"])
    }
    assert.deepStrictEqual([...seen].sort(), ["done", "failed", "unassigned"])
  })

  it(
    "four bids under every order and loss: the best that came in time is awarded, the earliest of equals",
    long,
    () => {
      const prices = new Map([
        ["a", 5],
        ["b", 9],
        ["c", 5],
        ["d", 7]
      ])
      for (const { after, before } of deliveries([...prices].map(([name, price]) => bid(name, price)))) {
        const { outputs } = run([announce(), ...before, tick(10), ...after])
        const came = before.flatMap((it) => (it._tag === "Bid" ? [it.bidder] : []))
        const least = Math.min(...came.map((it) => prices.get(it) ?? 0))
        const best = came.find((it) => prices.get(it) === least)
        const awarded = outputs.flatMap((it) => (it._tag === "Awarded" ? [it.bidder] : []))
        assert.deepStrictEqual(awarded, best === undefined ? [] : [best])
      }
    }
  )

  const bidder = Schema.Literals(["a", "b", "constructor"])
  const early = Schema.Literals([0, 5, 9])
  const late = Schema.Literals([10, 12, 15, 25, 40, 70, 110])
  const simple = Schema.Literals([
    "Accept",
    "Accept",
    "Accept",
    "Decline",
    "Progress",
    "GiveUp",
    "Verified",
    "Rejected"
  ])
  const anyInput: Arbitrary.Arbitrary<Input> = Arbitrary.map(
    Arbitrary.schema(
      Schema.Union([
        Schema.Struct({ kind: simple, bidder, at: late }),
        Schema.Struct({ kind: Schema.Literals(["Accept", "Deliver", "Verified"]), bidder, at: late }),
        Schema.Struct({ kind: Schema.Literals(["Deliver", "Died", "Tick", "Cancel"]), bidder, at: late })
      ])
    ),
    ({ at, bidder, kind }) => {
      if (kind === "Deliver") return deliver(bidder, at)
      if (kind === "Died") return died(bidder, at)
      if (kind === "Tick") return tick(at)
      return kind === "Cancel" ? cancel(at) : say(kind, bidder, at)
    }
  )
  const anyBid: Arbitrary.Arbitrary<Input> = Arbitrary.map(
    Arbitrary.schema(
      Schema.Struct({
        bidder,
        at: early,
        price: Schema.Literals([0, 8, 16, 64, 65]),
        duration: Schema.Literals([4, 16, 32]),
        confidence: Schema.Literals([0, 0.5, 1])
      })
    ),
    ({ bidder: name, price, ...more }) => bid(name, price, more)
  )
  const starts: ReadonlyArray<Input> = [
    announce(),
    announce({ scoring: { price: 1, duration: 2, confidence: 1 }, awardsMax: 2, progressWithin: 20 }),
    announce({
      scoring: { price: 0, duration: 0, confidence: 1 },
      proof: { _tag: "Hash", hash: SealedReceipt.hashOf("done") }
    })
  ]
  /** Bids, then a few messages in the order of their times, or in any order. */
  const sequences: Arbitrary.Arbitrary<ReadonlyArray<Input>> = Arbitrary.map(
    Arbitrary.all([
      Arbitrary.schema(Schema.Literals([0, 1, 2])),
      Arbitrary.schema(Schema.Boolean),
      Arbitrary.all([anyBid, anyBid, anyBid]),
      Arbitrary.all([anyInput, anyInput, anyInput, anyInput, anyInput, anyInput, anyInput])
    ]),
    ([start, isSorted, bids, rest]) => {
      const time = (it: Input) => ("at" in it ? it.at : 0)
      return [starts[start] ?? announce(), ...bids, ...(isSorted ? [...rest].sort((a, b) => time(a) - time(b)) : rest)]
    }
  )

  law("whatever comes: refusals change nothing, every task settles once", p13, sequences, isOrderly)

  law(
    "awards follow the score, money is conserved, nobody pays more than agreed, receipts recompute",
    p13,
    sequences,
    (inputs) =>
      settlements(run([...inputs, tick(1_000), tick(2_000), tick(3_000), tick(4_000), tick(5_000)]).outputs).every(
        isSound
      )
  )

  law("a refusal at some time changes no more than the time", p13, sequences, (inputs) => {
    let state = ContractNet.initial
    for (const input of inputs) {
      const [next, outputs] = ContractNet.step(state, input)
      if (outputs.some((it) => it._tag === "Refused") && "at" in input) {
        const [ticked, told] = ContractNet.step(state, tick(input.at))
        const same = JSON.stringify(HashMap.toEntries(ticked.open)) === JSON.stringify(HashMap.toEntries(next.open))
        if (!same || told.length + 1 !== outputs.length) return false
      }
      state = next
    }
    return true
  })

  law("two tasks mixed are two tasks alone", p13, Arbitrary.all([sequences, sequences]), ([one, two]) => {
    const renamed = two.map((it): Input => {
      if (it._tag === "Announce") return { _tag: "Announce", terms: { ...it.terms, task: "t2" } }
      return "task" in it ? { ...it, task: "t2" } : it
    })
    const isShared = (it: Input) => it._tag === "Tick" || it._tag === "Died"
    const mixed = renamed.flatMap((it, index) => [it, ...(index < one.length ? [one[index] ?? it] : [])])
    const all = [...mixed, ...one.slice(renamed.length)].filter((it) => !isShared(it))
    const alone = (inputs: ReadonlyArray<Input>) =>
      JSON.stringify(settlements(run(inputs.filter((it) => !isShared(it))).outputs))
    const of = (name: string) =>
      JSON.stringify(settlements(run(all).outputs.filter((it) => it._tag === "Settled" && it.task === name)))
    return of("t1") === alone(one) && of("t2") === alone(renamed)
  })

  const sample = settled(
    run([...working({ progressWithin: 60 }), say("Progress", "b", 50), deliver("b", 60), say("Verified", "b", 61)])
      .outputs
  ).receipt.inputs
  const { calculator } = ContractNet
  fuzz(calculator, [sample])
  refuses(calculator, [
    ["nothing", {}, "InvalidFormat", ["terms"]],
    ["terms without sense", { terms: { ...base, deposit: 0 }, accepted: [] }, "InvalidFormat", ["terms"]],
    ["a negative price", { terms: { ...base, priceMax: -1 }, accepted: [] }, "InvalidFormat", ["terms", "priceMax"]],
    ["a bid that was never accepted", { terms: base, accepted: [bid("a", 65)] }, "InvalidFormat", ["accepted", 0]],
    [
      "an award that nobody made",
      { terms: base, accepted: [bid("a", 1), say("Accept", "a", 5)] },
      "InvalidFormat",
      ["accepted", 1]
    ],
    ["a task without an end", { terms: base, accepted: [bid("a", 1)] }, "InvalidFormat", ["accepted"]],
    ["a message after the end", { terms: base, accepted: [cancel(1), cancel(2)] }, "InvalidFormat", ["accepted", 1]]
  ])
})
