/** P5: at most one leader per term, and a new one within two leases and one election. */
import { assert, describe, it } from "@effect/vitest"
import { campaign } from "../../src/testing/law.ts"
import { leaseMillis, play } from "./electionWorld.ts"

const replay = process.env["SEED"]
const seeds = campaign(1_000, 100_000)

describe("elections under faults (P5)", () => {
  it("elects one leader per term through crashes, pauses, partitions, loss and delay", { timeout: 7_200_000 }, () => {
    let elections = 0
    let deposals = 0
    let failoverMax = 0
    const first = replay === undefined ? 1 : Number(replay)
    const last = replay === undefined ? seeds : first
    for (let seed = first; seed <= last; seed++) {
      const report = play(seed)
      if (report.violations.length > 0) {
        assert.fail(
          `seed ${seed}: ${report.violations.slice(0, 5).join("; ")}\n` +
            `Replay with: SEED=${seed} npx vitest run --project @foundation/core LeaderElection.sim`
        )
      }
      elections += report.elections
      deposals += report.deposals
      failoverMax = Math.max(failoverMax, report.failover)
    }
    if (replay !== undefined) return
    // The histories are worth something only if offices change hands in them.
    assert.isAbove(elections, 3 * seeds)
    assert.isAbove(deposals, seeds)
    assert.isAbove(failoverMax, leaseMillis)
  })

  it("plays one seed the same way every time", () => {
    assert.deepStrictEqual(play(7), play(7))
    assert.notDeepEqual(play(7), play(8))
  })
})
