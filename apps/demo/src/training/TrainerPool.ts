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

    /** Takes a worker out for good; the last one tells all who wait. */
    const discharge = (worker: TrainerWorker.TrainerWorker) =>
      Effect.suspend(() => {
        alive--
        if (alive > 0) return Effect.void
        const why = "every worker of the pool gave up"
        const unavailable = new TrainerWorker.WorkerUnavailable({ worker: worker.name, reason: "gave up", why })
        return Effect.asVoid(Queue.fail(idle, unavailable))
      })

    const giveBack = (worker: TrainerWorker.TrainerWorker) =>
      Effect.flatMap(worker.status, ({ state }) =>
        state === "gave up" ? discharge(worker) : Effect.asVoid(Queue.offer(idle, worker))
      )

    const train: TrainerPool["train"] = (job, onProgress) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.gen(function* () {
          for (;;) {
            const worker = yield* restore(Queue.take(idle))
            // It may have given up while it was idle.
            if ((yield* worker.status).state === "gave up") yield* discharge(worker)
            else return yield* Effect.ensuring(restore(worker.train(job, onProgress)), giveBack(worker))
          }
        })
      )

    return { size, train, workers, counts: Effect.sync(() => TrainerWorker.counts(tally)) }
  })
