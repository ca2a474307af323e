import { assert, describe, it, vi } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import { Worker } from "node:worker_threads"
import * as StudyRun from "../../src/objective/StudyRun.ts"
import * as ThreadObjective from "../../src/objective/ThreadObjective.ts"
import * as Studies from "../../src/study/Studies.ts"
import { after, opened, outcomes } from "./opened.ts"

// Each test starts threads; a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000 })

/** The threads of a test, and whether each has ended. */
const threads = () => {
  const ended: Array<boolean> = []
  const objective = ThreadObjective.make(() => {
    const index = ended.push(false) - 1
    // Not the parent's flags: a test runner's loader is not for the threads.
    const worker = new Worker(new URL("./thread.ts", import.meta.url), { execArgv: [] })
    worker.on("exit", () => {
      ended[index] = true
    })
    return worker
  })
  return { ended, objective }
}

const inMemory = <A, E>(effect: Effect.Effect<A, E, Studies.Studies>) => Effect.provide(effect, Studies.layerMemory)

/** Three trials, of which the second has the given parameter. */
const three = (x: number, options: StudyRun.RunOptions = {}) =>
  Effect.gen(function* () {
    const { ended, objective } = threads()
    const study = yield* opened()
    for (const given of [0.5, x, 0.6]) yield* study.enqueue({ x: given })
    const { state } = yield* StudyRun.run(study, objective, { trials: 3, ...options })
    assert.notInclude(ended, false)
    return { threads: ended.length, outcomes: outcomes(state) }
  }).pipe(inMemory)

describe("threads", () => {
  it.live("one for each worker evaluates the whole study, and is gone afterwards", () =>
    Effect.gen(function* () {
      const { ended, objective } = threads()
      const study = yield* opened()
      const { state } = yield* StudyRun.run(study, objective, { trials: 20, workers: 2 })
      assert.deepStrictEqual(
        state.trials.map((trial) => (trial.state === "complete" ? trial.values[0] : undefined)),
        state.trials.map(({ params }) => params.x)
      )
      assert.deepStrictEqual(
        state.trials[7]!.reports.map(({ step }) => step),
        [0, 1, 2]
      )
      assert.strictEqual(state.trials[7]!.attributes.get("attempt"), 1)
      assert.deepStrictEqual(ended, [true, true])
    }).pipe(inMemory)
  )

  it.live("are told when a trial is pruned", () =>
    Effect.gen(function* () {
      const { ended, objective } = threads()
      const { state } = yield* StudyRun.run(yield* opened({ pruner: after(2) }), objective, { trials: 3 })
      assert.deepStrictEqual(outcomes(state), ["pruned", "pruned", "pruned"])
      assert.lengthOf(ended, 1)
    }).pipe(inMemory)
  )

  // The parameter of the second trial, what becomes of it, and how many threads that takes.
  const failures: ReadonlyArray<readonly [string, number, string, number]> = [
    ["throws", 0.01, "failed (error): boom", 1],
    ["is not finite", 0.02, "failed (invalid-answer): NaN is not a finite number", 1],
    ["ends with 0", 0.03, "failed (early-exit): the thread ended with 0 before it answered", 2],
    ["ends with 5", 0.04, "failed (crash): the thread ended with 5 before it answered", 2],
    ["throws outside of the function", 0.05, "failed (crash): the thread died: outside", 2],
    ["loops for ever", 0.06, "failed (timeout): it took longer than 1s", 2],
    ["never settles", 0.07, "failed (timeout): it took longer than 1s", 2],
    ["says what no thread can say", 0.08, "failed (error): () => 1 could not be cloned.", 1],
    ["says what is none of ours", 0.09, "failed (invalid-answer): a message of the thread that is none of ours", 2],
    ["reports for ever", 0.1, "failed (invalid-answer): it reported more than 50 times", 2],
    ["reports at once", 0.11, "failed (invalid-answer): it reported more than 50 times", 2],
    ["reports what is no number", 0.12, "failed (invalid-answer): report at step 0: NaN is not a finite number", 2]
  ]
  it.live.each(failures)("one that %s fails its trial, and the next one is evaluated", ([, x, expected, count]) =>
    Effect.gen(function* () {
      const timeout = expected.includes("timeout") ? ({ timeout: "1 second" } as const) : {}
      const ran = yield* three(x, { ...timeout, reportsMax: 50 })
      assert.deepStrictEqual(ran, { threads: count, outcomes: ["complete", expected, "complete"] })
    })
  )

  it.live("what is reported after an answer belongs to no trial", () =>
    Effect.gen(function* () {
      const { objective } = threads()
      const study = yield* opened()
      yield* study.enqueue({ x: 0.13 })
      yield* study.enqueue({ x: 0.5 })
      const { state } = yield* StudyRun.run(study, objective, { trials: 2 })
      assert.deepStrictEqual(
        state.trials.map(({ reports }) => reports.map(({ step }) => step)),
        [[], [0, 1, 2]]
      )
    }).pipe(inMemory)
  )

  it.live("that cannot be started end the run", () =>
    Effect.gen(function* () {
      const objective = ThreadObjective.make(
        () => {
          throw new Error("no threads left")
        },
        { name: "model" }
      )
      const error = yield* Effect.flip(StudyRun.run(yield* opened(), objective, { trials: 3 }))
      assert.strictEqual(error.message, "model cannot be started: no threads left")
    }).pipe(inMemory)
  )

  it.live("end with an interrupted run, in the middle of a loop", () =>
    Effect.gen(function* () {
      const { ended, objective } = threads()
      const study = yield* opened()
      const begun = Deferred.makeUnsafe<void>()
      yield* study.enqueue({ x: 0.5 })
      yield* study.enqueue({ x: 0.06 })
      const running = yield* Effect.forkChild(
        StudyRun.run(study, objective, { trials: 2, onTrial: () => Deferred.succeed(begun, undefined) })
      )
      yield* Deferred.await(begun)
      yield* Fiber.interrupt(running)
      assert.deepStrictEqual(ended, [true])
      assert.notInclude(outcomes(yield* study.state).join(), "running")
    }).pipe(inMemory)
  )
})
