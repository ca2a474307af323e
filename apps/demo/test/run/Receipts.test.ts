import { assert, describe, it, vi } from "@effect/vitest"
import { Receipts } from "@mabeam/core"
import { Consensus } from "@mabeam/economics"
import { Effect } from "effect"
import { historyOf, Live, prepare, run, runApart } from "./runs.ts"

// Starting processes and threads takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

describe("the store of a finished run", () => {
  it.live("proves every sale and every decision from its events alone, and names no session twice", () =>
    Effect.gen(function* () {
      const { options } = yield* prepare(60, { trials: 8, agents: 4 })
      yield* runApart(options, { after: 25, signal: "SIGKILL" })
      const { state } = yield* run({ ...options, resume: true })
      assert.strictEqual(state.resumptions, 1)
      const sessions: Array<string> = []
      let decisions = 0
      for (const event of yield* historyOf(options)) {
        if (event._tag === "SlotsSold") {
          const { price, receipt, session, winners } = event
          assert(receipt !== undefined && Receipts.verifyAuction(receipt), session)
          assert.deepStrictEqual([receipt.session, receipt.winners, receipt.price], [session, winners, price])
          sessions.push(session)
        }
        if (event._tag === "VariablesDecided") {
          const { outcome, receipt, session } = event
          assert(receipt !== undefined && Receipts.verifyConsensus(receipt, Consensus.majority), session)
          assert.deepStrictEqual([receipt.session, receipt.outcome], [session, outcome])
          sessions.push(session)
          decisions++
        }
      }
      assert.isAbove(decisions, 0)
      assert.isAbove(sessions.length, decisions)
      assert.strictEqual(new Set(sessions).size, sessions.length)
      assert.strictEqual(new Set(sessions.map((id) => id.replace(/-\d+$/, ""))).size, 2)
    }).pipe(Effect.provide(Live))
  )
})
