import { assert, describe, it } from "@effect/vitest"
import { EventStore, LeaderElection, Process } from "@foundation/core"
import { Agent, Coordination, Team, Variables } from "@mabeam/core"
import { Deferred, Effect, Layer } from "effect"
import { temperaments } from "../../src/run/Bidding.ts"
import { Crew } from "../../src/run/Crew.ts"
import { type Evidence, type Finding, judge } from "../../src/run/Judgement.ts"
import { Optimizer } from "../../src/run/Optimizer.ts"
import type { RunStalled } from "../../src/run/Rounds.ts"
import * as RunLog from "../../src/run/RunLog.ts"
import { techniqueOf } from "../../src/run/Techniques.ts"
import { defaults } from "../../src/training/HyperParameters.ts"

const result = (accuracy: number, loss = 0.1) => ({ outcome: "trained", accuracy, loss, seconds: 1 }) as const
const own = (job: string, accuracy: number): Evidence => ({ job, result: result(accuracy) })
const finding = (accuracy: number, agreed?: number): Finding => ({
  job: "team-9",
  agent: "ada",
  result: result(accuracy),
  rows: 400,
  ...(agreed === undefined ? {} : { agreed: result(agreed) })
})
const { bold, steady, thrifty } = temperaments

describe("an agent's vote", () => {
  it("is against a finding that its own best trial beats, and says which trial", () => {
    const ballot = judge(finding(0.9, 0.8), [own("team-1", 0.7), own("team-2", 0.93)], bold)
    assert.deepStrictEqual(ballot, { vote: "reject", because: "my team-2 reached 93.0 %" })
  })

  it("does not hold the finding itself against the finding", () => {
    assert.strictEqual(judge(finding(0.9, 0.8), [own("team-9", 0.95)], bold).vote, "accept")
  })

  it("is for the first finding, if it has nothing better of its own", () => {
    assert.strictEqual(judge(finding(0.5), [], thrifty).vote, "accept")
    assert.strictEqual(judge(finding(0.5), [own("team-1", 0.4)], thrifty).vote, "accept")
    assert.strictEqual(judge(finding(0.5), [own("team-1", 0.6)], thrifty).vote, "reject")
  })

  it("asks for a lead as large as its temperament demands", () => {
    const kinds = [bold, steady, thrifty]
    for (const [i, { skepticism }] of kinds.entries()) {
      // 1.5 points is the standard error of 90 % over 400 rows.
      const asked = 0.9 + 0.015 * skepticism
      const votes = (accuracy: number) =>
        kinds.map((temperament) => judge(finding(accuracy, 0.9), [own("team-1", 0.5)], temperament).vote)
      assert.deepStrictEqual(
        votes(asked + 0.0001),
        kinds.map((_, at) => (at <= i ? "accept" : "reject"))
      )
      assert.deepStrictEqual(
        votes(asked - 0.0001),
        kinds.map((_, at) => (at < i ? "accept" : "reject"))
      )
    }
  })

  it("abstains from a doubtful finding without a trial of its own", () => {
    const ballot = judge(finding(0.901, 0.9), [], thrifty)
    assert.strictEqual(ballot.vote, "abstain")
    assert.include(ballot.because, "+0.10 points")
  })

  it("is never for a training that diverged where something was agreed", () => {
    const diverged = { ...finding(0, 0.5), result: { outcome: "diverged", accuracy: 0, loss: 10, seconds: 1 } as const }
    assert.strictEqual(judge(diverged, [own("team-1", 0.1)], bold).vote, "reject")
  })
})

// --- a team that votes -----------------------------------------------------------------------------------------------

/** What the optimizers need, without a run that they could be at work on. */
const Live = Layer.mergeAll(
  Variables.layer().pipe(Layer.provideMerge(Coordination.layer())),
  LeaderElection.layerMemory,
  RunLog.layer("r1").pipe(Layer.provide(EventStore.layerMemory))
)

/** Real optimizer agents, each told the results of its own trials. */
const teamWith = (accuracies: ReadonlyArray<number>) =>
  Effect.gen(function* () {
    const crew = Crew.of({
      optimizers: Effect.succeed([]),
      evaluators: Effect.succeed([]),
      team: Effect.orDie(Team.make([])),
      stalled: yield* Deferred.make<never, RunStalled>()
    })
    const members = yield* Effect.forEach(accuracies, (accuracy, index) =>
      Effect.gen(function* () {
        const ref = yield* Effect.provideService(Process.start(Optimizer, { index }), Crew, crew)
        const { id } = techniqueOf(index)
        const told = { job: `team-${index + 1}`, params: defaults, result: result(accuracy) }
        yield* Effect.forEach([id, "another"], (agent) =>
          ref.call("Observe", { ...told, agent, ...(agent === id ? {} : { result: result(1) }) })
        )
        return { id, ref: Process.narrow(ref, Agent.Protocol) }
      })
    )
    return yield* Team.make(members)
  })

/** What a team with these trials of their own decides, by way of the shared variables. */
const decideWith = (accuracies: ReadonlyArray<number>, put: Finding) =>
  Effect.gen(function* () {
    const variables = yield* Variables.Variables
    const initial = 0.01
    yield* variables.define({
      name: "learning_rate",
      type: Variables.logFloat({ min: 0.001, max: 1 }),
      initial,
      owner: "team",
      policy: "consensus"
    })
    const team = yield* teamWith(accuracies)
    const { receipt } = yield* variables.propose({
      changes: { learning_rate: 0.1 },
      team,
      evidence: { finding: put },
      by: "ada",
      early: false
    })
    const hasChanged = (yield* variables.get("learning_rate")) !== initial
    assert.strictEqual(hasChanged, receipt.outcome === "accept")
    return {
      outcome: receipt.outcome,
      // In the order of the team: that of arrival is nobody's promise.
      votes: team.ids.flatMap((id) =>
        receipt.votes.filter(({ voter }) => voter === id).map(({ because, vote }) => ({ vote, because }))
      )
    }
  }).pipe(Effect.scoped, Effect.provide(Live))

const justVotes = (votes: ReadonlyArray<{ readonly vote: string }>) => votes.map(({ vote }) => vote)

describe("a team's decision", () => {
  it.effect("follows from the agents' own evidence: flip that of one, and its vote and the decision flip", () =>
    Effect.gen(function* () {
      const before = yield* decideWith([0.7, 0.8, 0.95, 0.96, 0.6], finding(0.9, 0.8))
      assert.deepStrictEqual(justVotes(before.votes), ["accept", "accept", "reject", "reject", "accept"])
      assert.strictEqual(before.outcome, "accept")
      const flipped = yield* decideWith([0.7, 0.8, 0.95, 0.96, 0.97], finding(0.9, 0.8))
      assert.deepStrictEqual(flipped.votes.slice(0, 4), before.votes.slice(0, 4))
      assert.deepStrictEqual(flipped.votes[4], { vote: "reject", because: "my team-5 reached 97.0 %" })
      assert.strictEqual(flipped.outcome, "reject")
    })
  )

  it.effect("turns with one agent's vote only where that tips the scales", () =>
    Effect.gen(function* () {
      for (let flipped = 0; flipped < 6; flipped++) {
        // Four of six are for it. Three would be less than 60 %, five are more than enough.
        const accuracies = [0.7, 0.7, 0.7, 0.7, 0.95, 0.95].map((accuracy, i) =>
          i === flipped ? 1.65 - accuracy : accuracy
        )
        const { outcome, votes } = yield* decideWith(accuracies, finding(0.9, 0.8))
        assert.strictEqual(votes[flipped]?.vote, flipped < 4 ? "reject" : "accept")
        assert.strictEqual(outcome, flipped < 4 ? "reject" : "accept")
      }
    })
  )

  it.effect("depends on temperaments where the evidence is the same", () =>
    Effect.gen(function* () {
      const { outcome, votes } = yield* decideWith(
        [0.5, 0.5, 0.5, 0.5, 0.5, 0.5],
        finding(0.9 + 0.015 * ((steady.skepticism + thrifty.skepticism) / 2), 0.9)
      )
      // Bold, steady, bold, thrifty, thrifty, steady.
      assert.deepStrictEqual(justVotes(votes), ["accept", "accept", "accept", "reject", "reject", "accept"])
      assert.strictEqual(outcome, "accept")
    })
  )

  it.effect("is a rejection with its reason where the proposal shows no finding", () =>
    Effect.gen(function* () {
      const team = yield* teamWith([0.7, 0.7, 0.7])
      const { decide } = yield* Coordination.Coordination
      for (const evidence of [undefined, null, 7, { given: { finding: { job: "team-1" } } }]) {
        const proposal = { subject: "junk", value: 1, ...(evidence === undefined ? {} : { evidence }) }
        const { outcome, votes } = yield* decide({ team, proposal, early: false })
        assert.strictEqual(outcome, "reject")
        for (const { because } of votes) assert.strictEqual(because, "the proposal shows no finding")
      }
    }).pipe(Effect.scoped, Effect.provide(Live))
  )
})
