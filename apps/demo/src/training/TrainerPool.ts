/**
 * Several training threads behind one `train`: whichever is idle takes the job, in the order of asking.
 *
 * **Guarantees** At most `size` trainings at a time. Each thread stands for itself: one that dies fails its own job alone
 * and is replaced; one that keeps dying leaves the pool; when none is left, every waiting and later `train` fails with
 * `WorkerUnavailable`. All threads end with the surrounding scope.
 *
 * @since 0.1.0
 */
import { Effect, Queue } from "effect"
import type { Scope } from "effect"
import type { Prepared } from "../data/Preparation.ts"
import * as TrainerWorker from "./TrainerWorker.ts"

export interface TrainerPool {
  readonly size: number
  /** Runs one training on an idle worker; waits for one if all are busy. Nothing is tried again by itself. */
  readonly train: TrainerWorker.TrainerWorker["train"]
  /** The workers, for status and for chaos. */
  readonly workers: ReadonlyArray<TrainerWorker.TrainerWorker>
  /** Trainings that the workers have begun and finished. */
  readonly counts: Effect.Effect<{ readonly begun: number; readonly finished: number }>
}

/** A pool of `size` threads, ended with the scope. */
export const make = (options: {
  /** Threads, 1 to 64. */
  readonly size: number
  readonly data: Prepared
  /** See `TrainerWorker.makeTally`. Default: a tally of its own. */
  readonly tally?: TrainerWorker.Tally | undefined
}): Effect.Effect<TrainerPool, never, Scope.Scope> =>
  Effect.gen(function* () {
    const size = Math.max(1, Math.min(64, Math.floor(options.size)))
    const tally = options.tally ?? TrainerWorker.makeTally()
    const workers: Array<TrainerWorker.TrainerWorker> = []
    for (let index = 1; index <= size; index++) {
      workers.push(yield* TrainerWorker.make({ name: `w${index}`, data: options.data, tally }))
    }
    const idle = yield* Queue.make<TrainerWorker.TrainerWorker, TrainerWorker.WorkerUnavailable>()
    yield* Queue.offerAll(idle, workers)
    let alive = size

    /** Puts a worker back, or takes it out for good. */
    const giveBack = (worker: TrainerWorker.TrainerWorker) =>
      Effect.gen(function* () {
        const { state } = yield* worker.status
        if (state !== "gave up") return yield* Queue.offer(idle, worker)
        alive--
        if (alive > 0) return false
        const why = "every worker of the pool gave up"
        const unavailable = new TrainerWorker.WorkerUnavailable({ worker: worker.name, reason: "gave up", why })
        return yield* Queue.fail(idle, unavailable)
      })

    const train: TrainerPool["train"] = (job, onProgress) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(restore(Queue.take(idle)), (worker) =>
          Effect.ensuring(restore(worker.train(job, onProgress)), giveBack(worker))
        )
      )

    return { size, train, workers, counts: Effect.sync(() => TrainerWorker.counts(tally)) }
  })
