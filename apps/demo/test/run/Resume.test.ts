import { assert, describe, it, vi } from "@effect/vitest"
import { campaign } from "@foundation/core/testing/law"
import { Deferred, Effect, Fiber, FileSystem } from "effect"
import * as Run from "../../src/run/Run.ts"
import type { RunLog } from "../../src/run/RunLog.ts"
import {
  begunIn,
  historyOf,
  jobsOf,
  Live,
  prepare,
  resultsIn,
  run,
  runApart,
  spiralsCsv,
  tallyOf,
  threads,
  timesOf
} from "./runs.ts"

// Starting processes and threads takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

/** Runs until the first round is open. */
const cutOff = (options: Run.RunOptions) =>
  Effect.gen(function* () {
    const opened = yield* Deferred.make<void>()
    const observe = (log: RunLog["Service"]) =>
      log.listen(({ _tag }) => {
        if (_tag === "RoundOpened") Deferred.doneUnsafe(opened, Effect.void)
      })
    yield* Effect.raceFirst(Run.run(options, observe), Deferred.await(opened))
  })

/** A run of six trials writes about fifty events; the kills are spread from the tenth on, also within the random search. */
const kills = campaign(10, 400)
const instants = Array.from({ length: kills }, (_, i) => 10 + Math.floor((i * 39) / kills))

describe("a run whose program is killed", () => {
  for (const after of instants) {
    it.live(`after ${after} events is resumed, and trains nothing again that has its result`, () =>
      Effect.gen(function* () {
        const { options } = yield* prepare(60)
        const { signal } = yield* runApart(options, { after, signal: "SIGKILL" })
        assert.strictEqual(signal, "SIGKILL")
        const before = tallyOf(options)
        const history = yield* historyOf(options)
        assert.isAtLeast(history.length, after)
        const done = new Set(resultsIn(history))
        const { events, state } = yield* run({ ...options, resume: true })
        assert.isDefined(state.finishedRun)
        assert.strictEqual(events[0]?._tag, "RunResumed")
        const again = begunIn(tallyOf(options).slice(before.length))
        for (const job of again) assert.isFalse(done.has(job), `${job} was trained again`)
        assert.strictEqual(timesOf(again).size, again.length)
        assert.deepStrictEqual([...resultsIn([...history, ...events])].toSorted(), jobsOf(6))
      }).pipe(Effect.provide(Live))
    )
  }
})

describe("a run that is interrupted", () => {
  it.live("says so in its log, ends with its threads, and can be resumed", () =>
    Effect.gen(function* () {
      const { options } = yield* prepare(60)
      const { code, stderr } = yield* runApart(options, { after: 12, signal: "SIGINT" })
      assert.strictEqual(code, 130, stderr)
      const history = yield* historyOf(options)
      assert.strictEqual(history.at(-1)?._tag, "RunInterrupted")
      assert.strictEqual(history.filter(({ _tag }) => _tag === "RunInterrupted").length, 1)
      assert.isFalse(history.some(({ _tag }) => _tag === "TrainingDied" || _tag === "Restarted"))
      const { events } = yield* run({ ...options, resume: true })
      assert.deepStrictEqual([...resultsIn([...history, ...events])].toSorted(), jobsOf(6))
    }).pipe(Effect.provide(Live))
  )

  it.live("in this process, leaves no thread behind", () =>
    Effect.gen(function* () {
      const { options } = yield* prepare(400)
      const begun = yield* Deferred.make<void>()
      const running = yield* Effect.forkChild(
        Run.run(options, (log) =>
          log.listen(({ _tag }) => {
            if (_tag === "TrainingStarted") Deferred.doneUnsafe(begun, Effect.void)
          })
        )
      )
      yield* Deferred.await(begun)
      assert.isAbove(threads(), 0)
      yield* Fiber.interrupt(running)
      assert.strictEqual(threads(), 0)
      assert.strictEqual((yield* historyOf(options)).at(-1)?._tag, "RunInterrupted")
    }).pipe(Effect.provide(Live))
  )
})

describe("two runs that begin at the same time in one store", () => {
  it.live("have a log each, also with the same seed", () =>
    Effect.gen(function* () {
      const { options } = yield* prepare(60, { trials: 1, agents: 2 })
      const [one, other] = yield* Effect.all([run(options), run(options)], { concurrency: "unbounded" })
      assert.notStrictEqual(one.state.started?.run, other.state.started?.run)
      assert.strictEqual((yield* historyOf(options)).length, one.events.length + other.events.length)
    }).pipe(Effect.provide(Live))
  )
})

describe("a resumption is refused", () => {
  it.live("when the store holds no run", () =>
    Effect.gen(function* () {
      const { options } = yield* prepare(60, { resume: true })
      const error = yield* Effect.flip(run(options))
      assert.instanceOf(error, Run.NothingToResume)
      assert.include(error.message, "it holds no run")
    }).pipe(Effect.provide(Live))
  )

  it.live("when the newest run has finished, or when the data have changed", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const { options } = yield* prepare(60, { trials: 1, agents: 2 })
      yield* run(options)
      const before = yield* historyOf(options)
      const finished = yield* Effect.flip(run({ ...options, resume: true }))
      assert.instanceOf(finished, Run.NothingToResume)
      assert.match(finished.message, /its newest run, .*, has finished/)

      // A second run in the same store, cut off.
      yield* cutOff({ ...options, seed: 2 })
      const cut = yield* historyOf(options)
      yield* fs.writeFileString(options.data, spiralsCsv(62))
      const changed = yield* Effect.flip(run({ ...options, resume: true }))
      assert.instanceOf(changed, Run.DataChanged)
      assert.include(changed.message, options.data)
      assert.deepStrictEqual(yield* historyOf(options), cut)
      assert.isAbove(cut.length, before.length)

      // With its data back, it is the newer run that goes on.
      yield* fs.writeFileString(options.data, spiralsCsv(60))
      const { state } = yield* run({ ...options, resume: true })
      assert.strictEqual(state.started?.seed, 2)
      assert.isDefined(state.finishedRun)
    }).pipe(Effect.provide(Live))
  )
})
