import { assert, describe, it } from "@effect/vitest"
import { Coordination, Receipts } from "@mabeam/core"
import { Consensus } from "@mabeam/economics"
import { Effect } from "effect"
import { Live, proposal, teamOf, votes } from "../support.ts"

/** What five agents decided, three of them for it. */
const decided = Effect.gen(function* () {
  const { decide } = yield* Coordination.Coordination
  const team = yield* teamOf(votes("accept", "accept", "accept", "reject", "reject"))
  return yield* decide({ team, proposal, early: false })
}).pipe(Effect.scoped, Effect.provide(Live))

const forgeries: ReadonlyArray<
  readonly [what: string, forge: (receipt: Receipts.ConsensusReceipt) => Receipts.ConsensusReceipt]
> = [
  ["two votes deleted and listed nowhere", (receipt) => ({ ...receipt, votes: receipt.votes.slice(0, 3) })],
  [
    "nobody silent, with participants unaccounted for",
    (receipt) => ({ ...receipt, votes: receipt.votes.slice(0, 4), silent: [] })
  ],
  ["a quorum of nobody", (receipt) => ({ ...receipt, quorum: 0 })],
  ["a quorum that is not whole", (receipt) => ({ ...receipt, quorum: 2.5 })],
  ["acceptance by nobody", (receipt) => ({ ...receipt, acceptAt: [0, 1] })]
]

describe("a receipt of a vote does not verify with", () => {
  for (const [what, forge] of forgeries) {
    it.effect(what, () =>
      Effect.map(decided, (receipt) => {
        assert.isTrue(Receipts.verifyConsensus(receipt))
        assert.isFalse(Receipts.verifyConsensus(forge(receipt)))
      })
    )
  }

  it.effect("another rule than the expected one", () =>
    Effect.map(decided, (receipt) => {
      const { majority } = Consensus
      assert.isTrue(Receipts.verifyConsensus(receipt, majority))
      assert.isFalse(Receipts.verifyConsensus({ ...receipt, acceptAt: [1, 100] }, majority))
      assert.isFalse(Receipts.verifyConsensus({ ...receipt, rejectAt: [1, 5] }, majority))
      assert.isFalse(Receipts.verifyConsensus({ ...receipt, base: "cast" }, majority))
      assert.isFalse(Receipts.verifyConsensus({ ...receipt, quorum: 2 }, majority))
    })
  )

  it.effect("a rule that no session is held by", () =>
    Effect.gen(function* () {
      const { decide } = yield* Coordination.Coordination
      const team = yield* teamOf(votes("accept"))
      for (const quorum of [0, 0.5, 2]) {
        const rule: Consensus.Rule = { ...Consensus.majority, quorum: () => quorum }
        const error = yield* Effect.flip(decide({ team, proposal, rule }))
        assert.strictEqual(error._tag, "InvalidRule")
      }
    }).pipe(Effect.scoped, Effect.provide(Live))
  )
})

describe("a refused bid", () => {
  it.effect("keeps what was bid, finite or not, and the budget it went beyond", () =>
    Effect.gen(function* () {
      const { auction } = yield* Coordination.Coordination
      const team = yield* teamOf([{ bid: 7 }, { bid: -1 }, { bid: Number.NaN }, { bid: 2 }, { bid: null }])
      const lot = { name: "slot", units: 2, reserve: 0 }
      const receipt = yield* auction({ team, lot, budgetOf: () => 5 })
      assert.deepStrictEqual(receipt.refused, [
        { bidder: "a0", because: "over budget", amount: 7, budget: 5 },
        { bidder: "a1", because: "invalid amount", amount: -1 },
        { bidder: "a2", because: "invalid amount", amount: "NaN" }
      ])
      assert.deepStrictEqual([receipt.passed, receipt.winners], [["a4"], ["a3"]])
      assert.isTrue(Receipts.verifyAuction(receipt))
    }).pipe(Effect.scoped, Effect.provide(Live))
  )
})
