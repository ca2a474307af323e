/** P7 for sessions: what a receipt says follows from what it holds, and a receipt that was tampered with is found out. */
import { assert, describe } from "@effect/vitest"
import { Agent, Coordination, Receipts } from "@mabeam/core"
import { Receipt as Auction, Consensus } from "@mabeam/economics"
import { Arbitrary, Effect, Exit, Result, Schema } from "effect"
import { campaign, law } from "@foundation/core/testing/law"
import { crashing, Live, proposal, type Script, teamOf } from "../support.ts"

const Answer = Schema.Literals(["accept", "reject", "abstain", "crash"])
/** Up to 7 agents; the number is how many turns each takes. */
const Team = Schema.Array(Schema.Tuple([Answer, Schema.Literals([0, 1, 2, 5])])).check(Schema.isMaxLength(7))

const scriptOf = ([answer, turns]: (typeof Team.Type)[number]): Script => {
  if (answer === "crash") return crashing
  const ballot: Agent.Ballot = { vote: answer }
  const wait = Effect.forEach(Array.from({ length: turns }), () => Effect.yieldNow, { discard: true })
  return { vote: () => Effect.as(wait, ballot) }
}

/** Lets what is on its way arrive. */
const settle = Effect.forEach(Array.from({ length: 20 }), () => Effect.yieldNow, { discard: true })

const session = (answers: typeof Team.Type, early: boolean) =>
  Effect.gen(function* () {
    const coordination = yield* Coordination.Coordination
    const team = yield* teamOf(answers.map(scriptOf))
    const first = yield* coordination.decide({ team, proposal, early })
    yield* settle
    const kept = yield* coordination.receipt(first.session)
    assert(kept._tag === "Some" && kept.value.kind === "consensus")
    return { first, kept: kept.value }
  }).pipe(Effect.scoped, Effect.provide(Live))

const expected = (answers: typeof Team.Type) =>
  Consensus.outcome(
    Consensus.majority,
    answers.reduce(
      (state, [answer]) => Consensus.step(state, answer === "crash" ? "silent" : answer),
      Consensus.initial(answers.length)
    )
  )

const decode = Schema.decodeUnknownExit(Receipts.ConsensusReceipt)

describe("receipts of votes", () => {
  law(
    "P7: the outcome is the one of all votes, early or not, in whatever order they come; every receipt verifies",
    campaign(1_000, 20_000),
    Arbitrary.schema(Team),
    (answers) =>
      Effect.gen(function* () {
        const early = yield* session(answers, true)
        const late = yield* session(answers, false)
        for (const receipt of [early.first, early.kept, late.first, late.kept]) {
          assert.strictEqual(receipt.outcome, expected(answers))
          assert.isTrue(Receipts.verifyConsensus(receipt))
          assert.isTrue(Receipts.verifyConsensus(receipt, Consensus.majority))
          const voters = [...receipt.votes, ...receipt.late].map(({ voter }) => voter)
          assert.deepStrictEqual([...voters, ...receipt.silent].sort(), [...receipt.participants].sort())
          assert(Exit.isSuccess(decode(JSON.parse(JSON.stringify(receipt)))))
        }
        assert.deepStrictEqual(early.kept.votes, early.first.votes)
        return true
      })
  )

  const Tampering = Schema.Struct({
    team: Team.check(Schema.isMinLength(1)),
    early: Schema.Boolean,
    how: Schema.Literals(["outcome", "double", "stranger", "twice silent", "quorum", "participants", "late"]),
    at: Schema.Literals([0, 1, 2, 3, 4, 5, 6])
  })

  law(
    "a receipt whose outcome, voters or participants were changed does not verify",
    campaign(1_000, 20_000),
    Arbitrary.schema(Tampering),
    ({ at, early, how, team }) =>
      Effect.gen(function* () {
        const { kept: receipt } = yield* session(team, early)
        if (how === "late" && !early) return true
        const tampered = tamper(receipt, how, at)
        return tampered === undefined || !Receipts.verifyConsensus(tampered)
      })
  )
})

const outcomes = ["accept", "reject", "no-clear-majority", "insufficient-votes"] as const

const tamper = (
  receipt: Receipts.ConsensusReceipt,
  how: "outcome" | "double" | "stranger" | "twice silent" | "quorum" | "participants" | "late",
  at: number
): Receipts.ConsensusReceipt | undefined => {
  const { late, outcome, participants, silent, votes } = receipt
  const vote = votes[at % Math.max(1, votes.length)]
  switch (how) {
    case "outcome":
      return { ...receipt, outcome: outcomes.filter((other) => other !== outcome)[at % 3]! }
    case "double":
      return vote && { ...receipt, votes: [...votes, vote] }
    case "stranger":
      return { ...receipt, votes: [...votes, { voter: "stranger", vote: "accept" }] }
    case "twice silent":
      return vote && { ...receipt, silent: [...silent, vote.voter] }
    case "participants":
      return { ...receipt, participants: [...participants, participants[0]!] }
    case "quorum":
      return outcome === "insufficient-votes" ? undefined : { ...receipt, quorum: participants.length + 1 }
    case "late":
      // Said to have been decided by fewer votes than it took.
      return late.length + votes.length === 0 || votes.length === 0
        ? undefined
        : { ...receipt, votes: votes.slice(0, -1), late: [votes.at(-1)!, ...late] }
  }
}

describe("receipts of auctions", () => {
  const Bids = Schema.Struct({
    bids: Schema.Array(Schema.Literals([0, 1, 2, 3, 5, 8, -1])).check(Schema.isMaxLength(7)),
    units: Schema.Literals([1, 2, 3]),
    reserve: Schema.Literals([0, 2])
  })

  law(
    "who wins and what is paid can be computed again from the receipt, and nobody pays more than was bid",
    campaign(1_000, 20_000),
    Arbitrary.schema(Bids),
    ({ bids, reserve, units }) =>
      Effect.gen(function* () {
        const { auction } = yield* Coordination.Coordination
        const team = yield* teamOf(bids.map((bid) => ({ bid })))
        const receipt = yield* auction({ team, lot: { name: "slot", units, reserve } })
        assert.isTrue(Receipts.verifyAuction(yield* reread(receipt)))
        const encoded = yield* Schema.encodeEffect(Auction.Receipt)(receipt.auction)
        const verified = Auction.verify(JSON.parse(JSON.stringify(encoded)))
        assert(Result.isSuccess(verified))
        assert.deepStrictEqual(verified.success, [])
        for (const winner of receipt.winners) assert.isAtLeast(bids[Number(winner.slice(1))]!, receipt.price)
        assert.isAtMost(receipt.winners.length, units)
        assert.strictEqual(receipt.refused.length, bids.filter((bid) => bid < 0).length)
        const eligible = bids.filter((bid) => bid >= reserve).length
        assert.strictEqual(receipt.winners.length, Math.min(units, eligible))
        return true
      }).pipe(Effect.scoped, Effect.provide(Live))
  )

  const Tampering = Schema.Struct({
    terms: Bids,
    how: Schema.Literals([
      "winner",
      "price",
      "amount",
      "drop bid",
      "participant",
      "silent",
      "refused",
      "passed",
      "lot"
    ]),
    budget: Schema.Literals([2, 4, 100])
  })

  law(
    "an auction receipt whose winners, price, bids, participants or terms were changed does not verify",
    campaign(1_000, 20_000),
    Arbitrary.schema(Tampering),
    ({ budget, how, terms: { bids, reserve, units } }) =>
      Effect.gen(function* () {
        const { auction } = yield* Coordination.Coordination
        const team = yield* teamOf(bids.map((bid) => ({ bid: bid === 0 ? null : bid })))
        const lot = { name: "slot", units, reserve }
        const receipt = yield* reread(yield* auction({ team, lot, budgetOf: () => budget }))
        assert.isTrue(Receipts.verifyAuction(receipt))
        assert.strictEqual(receipt.passed.length, bids.filter((bid) => bid === 0).length)
        const over = receipt.refused.filter(({ because }) => because === "over budget")
        assert.deepStrictEqual(
          over.map(({ amount, budget }) => [amount, budget]),
          bids.filter((bid) => bid > budget).map((bid) => [bid, budget])
        )
        const forged = forge(receipt, how)
        return forged === undefined || !Receipts.verifyAuction(forged)
      }).pipe(Effect.scoped, Effect.provide(Live))
  )
})

/** The receipt as it comes back from where it was written. */
const reread = (receipt: Receipts.AuctionReceipt) =>
  Schema.encodeEffect(Receipts.AuctionReceipt)(receipt).pipe(
    Effect.map((encoded): unknown => JSON.parse(JSON.stringify(encoded))),
    Effect.flatMap(Schema.decodeUnknownEffect(Receipts.AuctionReceipt))
  )

const forge = (
  receipt: Receipts.AuctionReceipt,
  how: "winner" | "price" | "amount" | "drop bid" | "participant" | "silent" | "refused" | "passed" | "lot"
): Receipts.AuctionReceipt | undefined => {
  const { auction, lot, participants, passed, price, refused, silent, winners } = receipt
  const [first, ...others] = auction.inputs.bids
  const withBids = (bids: typeof auction.inputs.bids): Receipts.AuctionReceipt => ({
    ...receipt,
    auction:
      auction.mechanism === "k-unit-vickrey"
        ? { ...auction, inputs: { ...auction.inputs, bids } }
        : { ...auction, inputs: { ...auction.inputs, bids } }
  })
  switch (how) {
    case "winner":
      return { ...receipt, winners: winners.length > 0 ? winners.slice(1) : ["a0"] }
    case "price":
      return { ...receipt, price: price + 1 }
    case "amount": {
      // The winner is said to have bid less than the reserve and all others.
      const winner = winners[0]
      if (winner === undefined || lot.reserve === 0) return undefined
      return withBids(auction.inputs.bids.map((bid) => (bid.bidder === winner ? { ...bid, amount: 0 } : bid)))
    }
    case "drop bid":
      return first && withBids(others)
    case "participant":
      return { ...receipt, participants: [...participants, "stranger"] }
    case "silent":
      return { ...receipt, silent: [...silent, participants[0] ?? "stranger"] }
    case "refused": {
      const bid = refused[0]
      return bid && { ...receipt, refused: [{ ...bid, amount: 1 }, ...refused.slice(1)] }
    }
    case "passed":
      return passed.length === 0 ? undefined : { ...receipt, passed: passed.slice(1) }
    case "lot":
      return { ...receipt, lot: { ...lot, reserve: lot.reserve + 1 } }
  }
}
