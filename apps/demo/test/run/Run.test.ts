import { assert, describe, it, vi } from "@effect/vitest"
import { Effect } from "effect"
import type { RunState } from "../../src/run/RunState.ts"
import { begunIn, jobsOf, Live, prepare, resultsIn, run, tallyOf } from "./runs.ts"

// Starting processes and threads takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

describe("a run that nothing disturbs", () => {
  /** What a seed decides: all but times and the order in which threads were done. */
  const decidedBySeed = (state: RunState) => ({
    trials: [...state.trials.values()].map(({ agent, job, params, round }) => ({ agent, job, params, round })),
    results: [...state.finished.values()]
      .map(({ job, params, result: { accuracy, loss, outcome } }) => ({ job, params, accuracy, loss, outcome }))
      .toSorted((a, b) => (a.job < b.job ? -1 : 1)),
    sales: state.rounds.map(({ sold }) => ({ winners: sold?.winners, price: sold?.price, bids: sold?.bids })),
    decisions: state.decisions.map(({ changes, job, outcome, votes }) => ({
      job,
      changes,
      outcome,
      votes: votes.toSorted((a, b) => (a.agent < b.agent ? -1 : 1))
    })),
    credits: [...state.agents.values()].map(({ history, id }) => ({ id, history }))
  })

  it.live("gives the same trials, results, sales, decisions and credits for the same seed", () =>
    Effect.gen(function* () {
      const [first, second, third] = yield* Effect.forEach([5, 5, 6], (seed) =>
        Effect.flatMap(prepare(60, { seed, trials: 8, agents: 4 }), ({ options }) => run(options))
      )
      const decided = decidedBySeed(first!.state)
      assert.deepStrictEqual(decidedBySeed(second!.state), decided)
      assert.notDeepEqual(decidedBySeed(third!.state).trials, decided.trials)
      assert.isNotEmpty(decided.decisions)
      assert.strictEqual(decided.trials.length, 8)
    }).pipe(Effect.provide(Live))
  )

  it.live("trains every job once, and asks all agents from the first round on", () =>
    Effect.gen(function* () {
      const { options } = yield* prepare(60)
      const { events, state } = yield* run(options)
      assert.deepStrictEqual([...begunIn(tallyOf(options))].toSorted(), jobsOf(6))
      assert.deepStrictEqual([...resultsIn(events)].toSorted(), jobsOf(6))
      for (const { arrived, sold } of state.rounds) {
        assert.deepStrictEqual(sold?.bids.map(({ agent }) => agent).toSorted(), ["ada", "bo", "cleo"])
        assert.deepStrictEqual(arrived.toSorted(), ["ada", "bo", "cleo"])
      }
      assert.strictEqual(state.elections.length, 1)
    }).pipe(Effect.provide(Live))
  )
})
