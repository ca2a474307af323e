import { assert, describe, it, vi } from "@effect/vitest"
import { DeadLetters, EventStore, LeaderElection, Process, ProcessRegistry } from "@foundation/core"
import { Mabeam, Variables } from "@mabeam/core"
import { Deferred, Effect, Exit, Layer } from "effect"
import * as Preparation from "../../src/data/Preparation.ts"
import type { Crew } from "../../src/run/Crew.ts"
import { hire } from "../../src/run/Hiring.ts"
import type { RunStalled } from "../../src/run/Rounds.ts"
import type { RunEvent } from "../../src/run/RunEvent.ts"
import * as RunLog from "../../src/run/RunLog.ts"
import { leaderOf } from "../../src/run/RunState.ts"
import { techniqueOf } from "../../src/run/Techniques.ts"
import { defaults, searchSpace } from "../../src/training/HyperParameters.ts"
import * as TrainerWorker from "../../src/training/TrainerWorker.ts"
import { spirals } from "../data/load.ts"
import { jobsOf, resultsIn, threads } from "./runs.ts"
import { begin } from "./world.ts"

// Starting threads takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

const Live = RunLog.layer("r1").pipe(
  Layer.provide(EventStore.layerMemory),
  Layer.provideMerge(Mabeam.layer()),
  Layer.provideMerge(Layer.mergeAll(ProcessRegistry.layerMemory, LeaderElection.layerMemory, DeadLetters.layerMemory()))
)

const trials = 4
const started = {
  ...begin({ seed: 1, trials, agents: 3 }),
  agents: [0, 1, 2].map((index) => {
    const { id, sampler, temperament } = techniqueOf(index)
    return { id, sampler, temperament: temperament.name }
  })
}

/** The shared variables as a run begins with them. */
const defineVariables = Effect.gen(function* () {
  const variables = yield* Variables.Variables
  for (const dimension of searchSpace) {
    const common = { name: dimension.name, owner: "team", policy: "consensus" } as const
    if (dimension.name === "activation") {
      const type = Variables.choice(dimension.choices)
      yield* variables.define({ ...common, type, initial: defaults.activation })
    } else {
      const { kind, max, min, name } = dimension
      const types = { int: Variables.int, float: Variables.float, "log-float": Variables.logFloat }
      yield* variables.define({ ...common, type: types[kind]({ min, max }), initial: defaults[name] })
    }
  }
})

/** A run whose coordinator is killed at once when the log gets an event as wanted for the first time. */
const runAndKillAt = (wanted: (event: RunEvent) => boolean) =>
  Effect.gen(function* () {
    const log = yield* RunLog.RunLog
    const tally = TrainerWorker.makeTally()
    const events: Array<RunEvent> = []
    const strike = yield* Deferred.make<string | undefined>()
    yield* log.listen((event, state) => {
      events.push(event)
      if (wanted(event)) Deferred.doneUnsafe(strike, Exit.succeed(leaderOf(state)))
    })
    yield* log.append(started)
    yield* defineVariables
    const stalled = yield* Deferred.make<never, RunStalled>()
    const prepared = Preparation.prepare(spirals(40), 1)
    const crew: Crew["Service"] = yield* hire({
      started,
      stalled,
      onProgressFor: () => () => Effect.void,
      prepared,
      tally
    })
    const kill = Effect.gen(function* () {
      const leader = yield* Deferred.await(strike)
      const victim = (yield* crew.optimizers).find(({ id }) => id === leader)
      assert.isDefined(victim)
      if (victim !== undefined) yield* Process.kill(victim.ref)
      return leader
    })
    const killed = yield* Effect.raceFirst(kill, Deferred.await(stalled))
    const state = yield* Effect.raceFirst(
      log.awaitState(({ finishedRun }) => finishedRun !== undefined),
      Deferred.await(stalled)
    )
    return { events, state, killed, counts: TrainerWorker.counts(tally) }
  }).pipe(Effect.scoped, Effect.provide(Live))

const moments: ReadonlyArray<readonly [string, (event: RunEvent) => boolean]> = [
  ["has opened a round", ({ _tag }) => _tag === "RoundOpened"],
  ["has sold the slots", ({ _tag }) => _tag === "SlotsSold"],
  ["has asked one of two winners", ({ _tag }) => _tag === "TrialProposed"],
  ["has given out trainings", ({ _tag }) => _tag === "TrainingStarted"],
  ["has had one of two trainings back", ({ _tag }) => _tag === "TrainingFinished"],
  ["has counted the votes", ({ _tag }) => _tag === "VariablesDecided"],
  ["has closed a round", ({ _tag }) => _tag === "RoundClosed"],
  ["has the first of the final results", (event) => event._tag === "TrainingFinished" && event.purpose === "final"]
]

describe("a run whose coordinator is killed", () => {
  for (const [moment, wanted] of moments) {
    it.live(`when it ${moment} is gone on with by another, and trains nothing twice`, () =>
      Effect.gen(function* () {
        const { counts, events, killed, state } = yield* runAndKillAt(wanted)
        assert.deepStrictEqual([...resultsIn(events)].toSorted(), jobsOf(trials))
        assert.deepStrictEqual(counts, { begun: 2 * trials + 3, finished: 2 * trials + 3 })
        const [first, second, ...more] = state.elections
        assert.strictEqual(first?.leader, killed)
        assert.strictEqual(second?.term, first!.term + 1)
        assert.include(second?.because, `"${killed}" no longer leads`)
        assert.isEmpty(more)
        // Rounds are numbered through, and every round has been closed by somebody.
        assert.deepStrictEqual(
          state.rounds.map(({ round }) => round),
          state.rounds.map((_, i) => i + 1)
        )
        assert.isUndefined(state.round)
        assert.strictEqual(state.attempts.filter(({ outcome }) => outcome !== "finished").length, 0)
        assert.strictEqual(threads(), 0)
      })
    )
  }
})
