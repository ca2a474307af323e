import { NodeServices } from "@effect/platform-node"
import { assert, describe, it, vi } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, FileSystem, Schema, Scope } from "effect"
import * as Preparation from "../../src/data/Preparation.ts"
import { defaults } from "../../src/training/HyperParameters.ts"
import * as Mlp from "../../src/training/Mlp.ts"
import { TallyLine } from "../../src/training/protocol.ts"
import type { Progress, TrainingJob } from "../../src/training/protocol.ts"
import * as TrainerPool from "../../src/training/TrainerPool.ts"
import * as TrainerWorker from "../../src/training/TrainerWorker.ts"
import { preparedDigits, spirals } from "../data/load.ts"

// Starting threads takes its time on a busy machine.
vi.setConfig({ testTimeout: 30_000 })

const data = Preparation.prepare(spirals(100), 1)

const job = (trialId: string, change: Partial<TrainingJob> = {}): TrainingJob => ({
  trialId,
  params: { ...defaults, epochs: 3 },
  seed: 1,
  split: "train",
  evaluateOn: "validation",
  ...change
})

/** Long enough never to end by itself within a test. */
const endless = (trialId: string): TrainingJob =>
  job(trialId, { params: { ...defaults, hidden_units: 4096, epochs: 1000 } })

describe("TrainerWorker", () => {
  it.live("trains as the same call in this thread would, and tells every epoch before the result", () =>
    Effect.gen(function* () {
      const worker = yield* TrainerWorker.make({ name: "a", data })
      const epochs: Array<number> = []
      const result = yield* worker.train(job("t", { curve: true }), ({ accuracy, epoch, epochs: all }) =>
        Effect.sync(() => {
          assert.strictEqual(all, 3)
          assert.isDefined(accuracy)
          epochs.push(epoch)
        })
      )
      const here = Mlp.train({
        data,
        trainOn: data.train,
        evaluateOn: data.validation,
        params: { ...defaults, epochs: 3 },
        seed: 1
      })
      assert.deepStrictEqual(epochs, [1, 2, 3])
      assert.strictEqual(result.accuracy, here.accuracy)
      assert.strictEqual(result.loss, here.loss)
      assert.strictEqual(result.perEpoch?.at(-1), here.accuracy)
      assert.deepStrictEqual([result.outcome, result.epochs, result.trialId], ["trained", 3, "t"])
      assert.isAbove(result.seconds, 0)
    })
  )

  it.live("learns from the validation rows too when asked, and is then scored on the test rows", () =>
    Effect.gen(function* () {
      const worker = yield* TrainerWorker.make({ name: "a", data })
      const final = yield* worker.train(job("t", { split: "train+validation", evaluateOn: "test" }))
      const here = Mlp.train({
        data,
        trainOn: Int32Array.of(...data.train, ...data.validation),
        evaluateOn: data.test,
        params: { ...defaults, epochs: 3 },
        seed: 1
      })
      assert.strictEqual(final.loss, here.loss)
    })
  )

  it.live("a thread killed in the middle of a training fails that job with WorkerDied and is replaced", () =>
    Effect.gen(function* () {
      const worker = yield* TrainerWorker.make({ name: "a", data })
      const died = yield* Effect.flip(worker.train(endless("doomed"), killAtFirst(worker)))
      assert.strictEqual(died._tag, "WorkerDied")
      if (died._tag !== "WorkerDied") return
      assert.isAtLeast(died.epoch, 1)
      assert.include(died.message, 'worker a died in training "doomed" after epoch 1')
      const result = yield* worker.train(job("next"))
      assert.strictEqual(result.trialId, "next")
      assert.deepStrictEqual(yield* worker.status, { state: "idle", trialId: undefined, threads: 2, deaths: 1 })
    })
  )

  it.live("an interrupted training ends its thread at once, which counts as no death", () =>
    Effect.gen(function* () {
      const worker = yield* TrainerWorker.make({ name: "a", data })
      const begun = yield* Deferred.make<void>()
      const fiber = yield* Effect.forkChild(worker.train(endless("long"), () => Deferred.succeed(begun, undefined)))
      yield* Deferred.await(begun)
      assert.strictEqual((yield* worker.status).trialId, "long")
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(yield* worker.status, { state: "idle", trialId: undefined, threads: 2, deaths: 0 })
      yield* worker.train(job("next"))
    })
  )

  it.live("the thread of an interrupted training trains no further", () =>
    Effect.gen(function* () {
      const tally = TrainerWorker.makeTally()
      const worker = yield* TrainerWorker.make({ name: "a", data, tally })
      const begun = yield* Deferred.make<void>()
      const long = (epochs: number) => job("long", { params: { ...defaults, hidden_units: 256, epochs } })
      const fiber = yield* Effect.forkChild(worker.train(long(50), () => Deferred.succeed(begun, undefined)))
      yield* Deferred.await(begun)
      yield* Fiber.interrupt(fiber)
      // Long enough for a thread left behind to finish first.
      yield* worker.train(long(300))
      assert.deepStrictEqual(TrainerWorker.counts(tally), { begun: 2, finished: 1 })
    })
  )

  it.live("a progress handler that dies takes the training down with it, not the worker", () =>
    Effect.gen(function* () {
      const worker = yield* TrainerWorker.make({ name: "a", data })
      const exit = yield* Effect.exit(worker.train(endless("long"), () => Effect.die("handler")))
      assert.isTrue(Exit.isFailure(exit))
      yield* worker.train(job("next"))
    })
  )

  it.live("when the scope ends the training under way fails with WorkerUnavailable, and so does every later one", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const worker = yield* Scope.provide(TrainerWorker.make({ name: "a", data }), scope)
      const begun = yield* Deferred.make<void>()
      const fiber = yield* Effect.forkChild(
        Effect.flip(worker.train(endless("long"), () => Deferred.succeed(begun, undefined)))
      )
      yield* Deferred.await(begun)
      yield* Scope.close(scope, Exit.void)
      const error = yield* Fiber.join(fiber)
      assert.strictEqual(error._tag, "WorkerUnavailable")
      const later = yield* Effect.flip(worker.train(job("late")))
      assert.strictEqual(later.message, "worker a is not available (closed): its scope has ended")
      assert.isFalse(yield* worker.kill)
    })
  )

  it.live("gives up after five deaths in a row and says so; a finished training starts the count again", () =>
    Effect.gen(function* () {
      const worker = yield* TrainerWorker.make({ name: "a", data })
      const doomed = Effect.flip(worker.train(endless("doomed"), killAtFirst(worker)))
      yield* doomed
      yield* worker.train(job("fine"))
      for (let death = 1; death <= TrainerWorker.DEATHS_IN_ROW_MAX; death++) {
        assert.strictEqual((yield* doomed)._tag, "WorkerDied")
      }
      const error = yield* Effect.flip(worker.train(job("next")))
      assert.strictEqual(error._tag, "WorkerUnavailable")
      assert.include(error.message, "gave up")
      assert.strictEqual((yield* worker.status).state, "gave up")
    })
  )

  it.live("tells why a thread died by itself", () =>
    Effect.gen(function* () {
      // Counters of the wrong length make the worker throw when it counts.
      const tally = { counters: new Int32Array(new SharedArrayBuffer(0)), file: undefined }
      const worker = yield* TrainerWorker.make({ name: "a", data, tally })
      const error = yield* Effect.flip(worker.train(job("t")))
      assert.strictEqual(error._tag, "WorkerDied")
      assert.include(error.message, "RangeError")
    })
  )

  it.live("refuses jobs that cannot be run or would look at rows they must not", () =>
    Effect.gen(function* () {
      const worker = yield* TrainerWorker.make({ name: "a", data })
      const refused = (bad: TrainingJob) =>
        Effect.map(Effect.flip(worker.train(bad)), (error) => {
          assert.strictEqual(error._tag, "BadJob")
          return error.message
        })
      const wrong = yield* refused(job("t", { params: { ...defaults, batch_size: 0, learning_rate: Number.NaN } }))
      assert.include(wrong, "batch_size")
      assert.include(wrong, "learning_rate")
      assert.include(yield* refused(job("t", { split: "train+validation" })), "use evaluateOn: test")
      assert.include(yield* refused(job("t", { evaluateOn: "test", curve: true })), "looked at once")
      assert.strictEqual((yield* worker.status).deaths, 0)
    })
  )

  it.live("reports a diverged training as a result", () =>
    Effect.gen(function* () {
      const worker = yield* TrainerWorker.make({ name: "a", data })
      const params = { ...defaults, learning_rate: 100, momentum: 0.999, l2: 10, epochs: 1000 }
      const { accuracy, loss, outcome } = yield* worker.train(job("wild", { params }))
      assert.deepStrictEqual({ accuracy, loss, outcome }, { accuracy: 0, loss: Mlp.LOSS_MAX, outcome: "diverged" })
    })
  )
})

describe("TrainerPool", () => {
  it.live("trains all jobs, at most its size at a time, with results that do not depend on the worker", () =>
    Effect.gen(function* () {
      const pool = yield* TrainerPool.make({ size: 2, data })
      let running = 0
      let most = 0
      const jobs = Array.from({ length: 12 }, (_, i) => job(`t${i}`, { seed: i % 3 }))
      const results = yield* Effect.forEach(
        jobs,
        (one) => {
          let counted = false
          return pool.train(one, ({ epoch, epochs }) =>
            Effect.sync(() => {
              if (!counted) most = Math.max(most, ++running)
              counted = true
              if (epoch === epochs) running--
            })
          )
        },
        { concurrency: "unbounded" }
      )
      assert.isAtMost(most, 2)
      assert.deepStrictEqual(
        results.map(({ trialId }) => trialId),
        jobs.map(({ trialId }) => trialId)
      )
      results.forEach(({ loss }, i) => assert.strictEqual(loss, results[i % 3]!.loss))
      assert.deepStrictEqual(yield* pool.counts, { begun: 12, finished: 12 })
    })
  )

  it.live("a killed worker fails its own job alone; the caller's retry is trained, and the counts tell of both", () =>
    Effect.gen(function* () {
      const pool = yield* TrainerPool.make({ size: 2, data })
      let deaths = 0
      const stubborn = (one: TrainingJob) =>
        pool.train(one).pipe(Effect.retry({ times: 2, while: (error) => error._tag === "WorkerDied" }))
      const killed = pool
        .train(endless("victim"), () => Effect.forEach(pool.workers, killIf("victim")))
        .pipe(
          Effect.catchTag("WorkerDied", () => {
            deaths++
            return stubborn(job("victim"))
          })
        )
      const results = yield* Effect.all([killed, ...Array.from({ length: 5 }, (_, i) => stubborn(job(`t${i}`)))], {
        concurrency: "unbounded"
      })
      assert.strictEqual(deaths, 1)
      assert.strictEqual(results.length, 6)
      assert.deepStrictEqual(yield* pool.counts, { begun: 7, finished: 6 })
    })
  )

  it.live("when every worker has given up the waiting and the later jobs fail instead of waiting for ever", () =>
    Effect.gen(function* () {
      const tally = { counters: new Int32Array(new SharedArrayBuffer(0)), file: undefined }
      const pool = yield* TrainerPool.make({ size: 2, data, tally })
      const errors = yield* Effect.forEach(
        Array.from({ length: 40 }, (_, i) => job(`t${i}`)),
        (one) => Effect.flip(pool.train(one)),
        { concurrency: "unbounded" }
      )
      const tags = errors.map(({ _tag }) => _tag)
      assert.strictEqual(tags.filter((tag) => tag === "WorkerDied").length, 2 * TrainerWorker.DEATHS_IN_ROW_MAX)
      assert.strictEqual((yield* Effect.flip(pool.train(job("late"))))._tag, "WorkerUnavailable")
    })
  )

  it.live("a worker that gave up, idle or at work, fails no job but its own; the others carry on", () =>
    Effect.gen(function* () {
      const pool = yield* TrainerPool.make({ size: 3, data })
      const [first, second] = pool.workers
      for (let death = 1; death <= TrainerWorker.DEATHS_IN_ROW_MAX; death++) {
        yield* first!.kill
        if (death > 1) yield* second!.kill
      }
      // The second dies for the fifth time in one of these; which one it gets does not matter.
      const doomed = Array.from({ length: 3 }, (_, i) =>
        pool.train(endless(`d${i}`), () =>
          Effect.flatMap(second!.status, ({ trialId }) =>
            trialId === `d${i}` ? Effect.asVoid(second!.kill) : Effect.never
          )
        )
      )
      const died = yield* Effect.flip(Effect.raceAllFirst(doomed))
      assert.strictEqual(died._tag, "WorkerDied")
      assert.deepStrictEqual(
        (yield* Effect.forEach(pool.workers, ({ status }) => status)).map(({ state }) => state),
        ["gave up", "gave up", "idle"]
      )
      const results = yield* Effect.forEach(
        Array.from({ length: 8 }, (_, i) => job(`t${i}`)),
        (one) => pool.train(one),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(results.length, 8)
    })
  )

  it.live("an interrupted wait for a worker loses none", () =>
    Effect.gen(function* () {
      const pool = yield* TrainerPool.make({ size: 1, data })
      const begun = yield* Deferred.make<void>()
      const long = yield* Effect.forkChild(pool.train(endless("long"), () => Deferred.succeed(begun, undefined)))
      yield* Deferred.await(begun)
      const waiting = yield* Effect.forkChild(pool.train(job("waits")), { startImmediately: true })
      yield* Fiber.interrupt(waiting)
      yield* Fiber.interrupt(long)
      assert.strictEqual((yield* pool.train(job("after"))).trialId, "after")
    })
  )

  it.live("appends one line per begin and finish to the tally file, so that counting outlives a process", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const file = `${yield* fs.makeTempDirectoryScoped()}/tally.jsonl`
      for (const round of [1, 2]) {
        const pool = yield* TrainerPool.make({ size: 2, data, tally: TrainerWorker.makeTally({ file }) })
        yield* Effect.forEach(
          [1, 2, 3].map((i) => job(`r${round}-${i}`)),
          (one) => pool.train(one),
          { concurrency: "unbounded" }
        )
      }
      const lines = (yield* fs.readFileString(file)).trim().split("\n")
      const decoded = yield* Effect.forEach(lines, (line) =>
        Schema.decodeEffect(Schema.fromJsonString(TallyLine))(line)
      )
      const ids = (event: string) => decoded.filter((line) => line.event === event).map(({ trialId }) => trialId)
      const all = [1, 2].flatMap((round) => [1, 2, 3].map((i) => `r${round}-${i}`))
      assert.sameMembers(ids("begun"), all)
      assert.sameMembers(ids("finished"), all)
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.live("reaches 95 % on the validation part of the digits with the defaults", () =>
    Effect.gen(function* () {
      const pool = yield* TrainerPool.make({ size: 1, data: yield* preparedDigits(1) })
      const { accuracy } = yield* pool.train(job("digits", { params: defaults }))
      assert.isAtLeast(accuracy, 0.95)
    })
  )
})

/** Kills once: epochs told between the first and the death would otherwise kill the replacement too. */
const killAtFirst = (worker: TrainerWorker.TrainerWorker) => (progress: Progress) =>
  progress.epoch === 1 ? Effect.asVoid(worker.kill) : Effect.void

const killIf = (trialId: string) => (worker: TrainerWorker.TrainerWorker) =>
  Effect.flatMap(worker.status, (status) => (status.trialId === trialId ? worker.kill : Effect.succeed(false)))
