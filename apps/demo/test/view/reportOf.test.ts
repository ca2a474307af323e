import { assert, describe, it } from "@effect/vitest"
import { reportOf } from "../../src/run/reportOf.ts"
import type { RunEvent } from "../../src/run/RunEvent.ts"
import { evolve, initial } from "../../src/run/RunState.ts"
import { at, start } from "./story.ts"

const report = (seconds: number) => {
  const model = reportOf(at(seconds), { store: "out/demo.sqlite" })
  if (model === undefined) throw new Error("the run has not begun")
  return model
}

describe("reportOf", () => {
  it("has no report before the run begins", () => {
    assert.isUndefined(reportOf(initial, { store: "s" }))
  })

  it("tells times in seconds since the start", () => {
    const { attempts, decisions, elections, faults, restarts, rounds, seconds, startedAt } = report(10)
    assert.strictEqual(seconds, 6.5)
    assert.strictEqual(startedAt, "2023-11-14 22:13 UTC")
    assert.deepStrictEqual([rounds[0]?.from, rounds[0]?.to], [0.2, 2.2])
    assert.deepStrictEqual(
      faults.map((fault) => [fault.target, fault.at, fault.healedAt]),
      [
        ["w2", 0.7, 0.75],
        ["ada", 1, 1.2]
      ]
    )
    assert.deepStrictEqual(
      elections.map(({ at, leader }) => [at, leader]),
      [
        [0.1, "ada"],
        [1.1, "bo"]
      ]
    )
    assert.deepStrictEqual(restarts, [{ at: 1.2, target: "ada", why: "its process ended" }])
    assert.strictEqual(decisions[0]?.at, 2.1)
    assert.deepStrictEqual(
      attempts.slice(0, 3).map(({ from, outcome, to, trialId, worker }) => [trialId, worker, from, to, outcome]),
      [
        ["team-1", "w1", 0.5, 1.5, "finished"],
        ["team-2", "w2", 0.5, 0.7, "died"],
        ["team-2", "w2", 0.8, 2, "finished"]
      ]
    )
  })

  it("names who asked for each training", () => {
    assert.deepStrictEqual(
      [...new Set(report(10).attempts.map(({ agent }) => agent))],
      ["bo", "cleo", "random search", "final"]
    )
  })

  it("lists random search in the order of its numbers, not of its results", () => {
    assert.deepStrictEqual(report(10).randomSearch, [0.95, 0.9])
  })

  it("takes the test accuracies from the three final trainings", () => {
    const { bestTrialId, defaultTestAccuracy, randomSearchTestAccuracy, testAccuracy } = report(10).summary
    assert.deepStrictEqual(
      [bestTrialId, testAccuracy, defaultTestAccuracy, randomSearchTestAccuracy],
      ["team-1", 0.98, 0.97, 0.985]
    )
  })

  it("keeps the credits of each agent over the rounds", () => {
    assert.deepStrictEqual(
      report(10).agents.map(({ credits }) => credits),
      [
        [100, 106],
        [100, 128],
        [100, 92]
      ]
    )
  })

  it("counts an abstention as silence, and says that it was one", () => {
    assert.deepStrictEqual(report(10).decisions[0]?.votes[2], {
      agent: "cleo",
      vote: "silent",
      why: "abstained: no trial"
    })
  })

  it("leaves undefined what a stopped run has not measured, and ends what was under way at the last event", () => {
    const { attempts, interrupted, seconds, summary } = report(1.2)
    assert.isTrue(interrupted)
    assert.isUndefined(summary.testAccuracy)
    assert.isUndefined(summary.bestTrialId)
    assert.deepStrictEqual(
      attempts.filter(({ outcome }) => outcome === "died").map(({ to, trialId }) => [trialId, to]),
      [
        ["team-1", 1.2],
        ["team-2", 0.7],
        ["team-2", 1.2]
      ]
    )
    assert.strictEqual(seconds, 1.2)
  })

  it("counts a repetition among the trainings of the agent whose training is repeated", () => {
    const params = at(10).agreed.params
    const repetition = { job: "team-1-again-2", purpose: "repetition", worker: "w1", params } as const
    const result = { outcome: "trained", accuracy: 0.97, loss: 0.1, seconds: 1 } as const
    const events: ReadonlyArray<RunEvent> = [
      { _tag: "RoundOpened", round: 2, coordinator: "bo", slots: 0 },
      { _tag: "TrainingStarted", ...repetition, attempt: 1 },
      { _tag: "TrainingFinished", ...repetition, result }
    ]
    const state = events.reduce((state, event) => evolve(state, event, start + 2300), at(2.2))
    const model = reportOf(state, { store: "s" })
    assert.strictEqual(model?.attempts.at(-1)?.agent, "bo")
    assert.deepInclude(model?.trials.at(-1), { id: "team-1-again-2", agent: "bo", round: 2, accuracy: 0.97 })
    assert.lengthOf(model?.trials ?? [], 3)
  })
})
