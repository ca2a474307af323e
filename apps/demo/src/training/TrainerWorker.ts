/**
 * One training thread and the handle to it: gives it jobs, notices its death, replaces it.
 *
 * **Guarantees** A thread that dies in the middle of a training fails that `train` with `WorkerDied` and is replaced by a
 * fresh one; whoever gave the job decides whether to give it again. An interrupted `train` ends its thread at once. The thread ends with the
 * surrounding scope. One job at a time: further calls wait their turn.
 *
 * **Does not guarantee** That a job runs at most once over several calls: a thread may die after its last step and before its answer.
 *
 * @since 0.1.0
 */
import { Effect, Queue, Result, Schema, Semaphore } from "effect"
import type { Scope } from "effect"
import { Worker } from "node:worker_threads"
import type { Prepared } from "../data/Preparation.ts"
import { TrainingJob } from "./protocol.ts"
import type { FromWorker, Progress, ToWorker, TrainingResult, WorkerSetup } from "./protocol.ts"

/** So many threads in a row may die without finishing a training; then the worker gives up. */
export const DEATHS_IN_ROW_MAX = 5

/** The thread died while this training was given to it. Giving the job again is safe: a replacement is on its way. */
export class WorkerDied extends Schema.TaggedError<WorkerDied>("@apps/demo/TrainerWorker/WorkerDied")("WorkerDied", {
  worker: Schema.String,
  trialId: Schema.String,
  /** The last epoch that was over, 0 if none was. */
  epoch: Schema.Int,
  /** What the thread said before it died, or how it ended. */
  why: Schema.String
}) {
  override get message() {
    return `worker ${this.worker} died in training "${this.trialId}" after epoch ${this.epoch}: ${this.why}`
  }
}

/** The job cannot be run as it stands. */
export class BadJob extends Schema.TaggedError<BadJob>("@apps/demo/TrainerWorker/BadJob")("BadJob", {
  trialId: Schema.String,
  why: Schema.String
}) {
  override get message() {
    return `training "${this.trialId}" cannot be run: ${this.why}`
  }
}

/** No thread will take the job: the scope has ended, or `DEATHS_IN_ROW_MAX` threads died in a row. */
export class WorkerUnavailable extends Schema.TaggedError<WorkerUnavailable>(
  "@apps/demo/TrainerWorker/WorkerUnavailable"
)("WorkerUnavailable", { worker: Schema.String, reason: Schema.Literals(["closed", "gave up"]), why: Schema.String }) {
  override get message() {
    return `worker ${this.worker} is not available (${this.reason}): ${this.why}`
  }
}

export type TrainError = WorkerDied | BadJob | WorkerUnavailable

/** What a worker is doing. */
export interface WorkerStatus {
  readonly state: "idle" | "training" | "gave up" | "closed"
  /** The training under way. */
  readonly trialId: string | undefined
  /** Threads started so far. */
  readonly threads: number
  /** Threads that died, killed ones included, interrupted ones not. */
  readonly deaths: number
}

export interface TrainerWorker {
  readonly name: string
  /** Runs one training. `onProgress` is run once per epoch, in order, before the result is given. */
  readonly train: <R = never>(
    job: TrainingJob,
    onProgress?: (progress: Progress) => Effect.Effect<void, never, R>
  ) => Effect.Effect<TrainingResult, TrainError, R>
  /** Ends the present thread as a crash would; done when it is gone. False if there was none. */
  readonly kill: Effect.Effect<boolean>
  readonly status: Effect.Effect<WorkerStatus>
}

/** Trainings counted by the workers themselves, over all that share the tally. */
export interface Tally {
  readonly counters: Int32Array
  /** A file for one JSON line (`protocol.TallyLine`) per begin and finish, appended; survives this process. */
  readonly file: string | undefined
}

/** A tally at zero, for any number of workers. */
export const makeTally = (options: { readonly file?: string | undefined } = {}): Tally => ({
  counters: new Int32Array(new SharedArrayBuffer(8)),
  file: options.file
})

/** Trainings begun and finished under a tally in this process. */
export const counts = (tally: Tally): { readonly begun: number; readonly finished: number } => ({
  begun: Atomics.load(tally.counters, 0),
  finished: Atomics.load(tally.counters, 1)
})

type Event = FromWorker | { readonly type: "died" | "closed" | "gave up"; readonly why: string }

/** A worker with a thread of its own, ended with the scope. */
export const make = (options: {
  /** Names the worker in errors and the thread in a debugger. */
  readonly name: string
  readonly data: Prepared
  /** Where its trainings are counted. Default: a tally of its own. */
  readonly tally?: Tally | undefined
}): Effect.Effect<TrainerWorker, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { name } = options
    const tally = options.tally ?? makeTally()
    const turn = yield* Semaphore.make(1)
    const seat = yield* Effect.acquireRelease(
      Effect.sync(() => new Seat(name, { data: options.data, counters: tally.counters, tallyFile: tally.file })),
      (held) => Effect.promise(() => held.close())
    )

    const train: TrainerWorker["train"] = (job, onProgress) =>
      Effect.flatMap(Effect.fromResult(check(job)), (checked) =>
        Semaphore.withPermits(
          turn,
          1
        )(
          Effect.acquireUseRelease(
            begin(seat, checked),
            (events) => follow(seat.name, checked.trialId, events, onProgress),
            (events) => Effect.promise(() => seat.leave(events))
          )
        )
      )

    return {
      name,
      train,
      kill: Effect.promise(() => seat.kill()),
      status: Effect.sync(() => seat.status())
    }
  })

/** Decodes the job and refuses what would leak the test part or do nothing. */
const check = (job: TrainingJob): Result.Result<TrainingJob, BadJob> => {
  const refuse = (why: string) => Result.fail(new BadJob({ trialId: String(job.trialId), why }))
  const decoded = Schema.decodeResult(TrainingJob)(job, { errors: "all" })
  if (Result.isFailure(decoded)) return refuse(decoded.failure.message)
  const { curve, evaluateOn, split } = decoded.success
  if (split === "train+validation" && evaluateOn === "validation") {
    return refuse("it learns from the validation rows, so they cannot score it; use evaluateOn: test")
  }
  if (curve === true && evaluateOn === "test") {
    return refuse("a curve would look at the test rows after every epoch; they are looked at once")
  }
  return Result.succeed(decoded.success)
}

/** Gives the job to the thread. */
const begin = (seat: Seat, job: TrainingJob): Effect.Effect<Queue.Queue<Event>, WorkerUnavailable> =>
  Effect.flatMap(Queue.unbounded<Event>(), (events) =>
    Effect.suspend(() => {
      const refused = seat.take(job, events)
      return refused === undefined ? Effect.succeed(events) : Effect.fail(refused)
    })
  )

/** Passes progress on until the training ends. The queue holds at most one event per epoch and three more. */
const follow = <R>(
  worker: string,
  trialId: string,
  events: Queue.Queue<Event>,
  onProgress: ((progress: Progress) => Effect.Effect<void, never, R>) | undefined
): Effect.Effect<TrainingResult, WorkerDied | WorkerUnavailable, R> =>
  Effect.gen(function* () {
    let epoch = 0
    for (;;) {
      const event = yield* Queue.take(events)
      switch (event.type) {
        case "epoch": {
          epoch = event.epoch
          const { type: _, ...progress } = event
          if (onProgress !== undefined) yield* onProgress(progress)
          break
        }
        case "finished":
          return event.result
        case "died":
          return yield* new WorkerDied({ worker, trialId, epoch, why: event.why })
        case "closed":
        case "gave up":
          return yield* new WorkerUnavailable({ worker, reason: event.type, why: event.why })
        case "begun":
        case "ready":
      }
    }
  })

/**
 * The place a thread sits in, kept over its replacements. A small state machine driven by the thread's events; all of it runs on
 * the main thread, so a method is atomic up to its first `await`.
 */
class Seat {
  readonly name: string
  readonly #setup: WorkerSetup
  #thread: Worker | undefined
  #state: "open" | "gave up" | "closed" = "open"
  #job: { readonly trialId: string; readonly events: Queue.Queue<Event> } | undefined
  #lastError = ""
  #threads = 0
  #deaths = 0
  #deathsInRow = 0

  constructor(name: string, setup: WorkerSetup) {
    this.name = name
    this.#setup = setup
    this.#start()
  }

  #start(): void {
    this.#threads++
    const thread = new Worker(new URL("./worker.ts", import.meta.url), {
      workerData: this.#setup,
      name: `trainer ${this.name}`,
      // Not the parent's flags: an inspector port or a test runner's loader is not for the workers.
      execArgv: []
    })
    this.#thread = thread
    thread.on("message", (message: FromWorker) => this.#onMessage(thread, message))
    thread.on("error", (error: unknown) => {
      if (this.#thread === thread) this.#lastError = String(error)
    })
    thread.on("exit", (code) => this.#onExit(thread, code))
  }

  #onMessage(thread: Worker, message: FromWorker): void {
    const job = this.#job
    if (this.#thread !== thread || job === undefined || message.type === "ready") return
    if (message.type === "finished") {
      this.#deathsInRow = 0
      this.#job = undefined
    }
    Queue.offerUnsafe(job.events, message)
  }

  /** A death that nobody in here asked for: tells the job and starts a replacement. */
  #onExit(thread: Worker, code: number): void {
    if (this.#thread !== thread) return
    this.#thread = undefined
    this.#deaths++
    this.#deathsInRow++
    const why = this.#lastError === "" ? `the thread exited with code ${code}` : this.#lastError
    this.#tell({ type: "died", why })
    if (this.#deathsInRow >= DEATHS_IN_ROW_MAX) {
      this.#state = "gave up"
      this.#lastError = why
    } else {
      this.#lastError = ""
      this.#start()
    }
  }

  #tell(event: Event): void {
    if (this.#job !== undefined) Queue.offerUnsafe(this.#job.events, event)
    this.#job = undefined
  }

  /** Gives the job to the thread, or says why not. */
  take(job: TrainingJob, events: Queue.Queue<Event>): WorkerUnavailable | undefined {
    if (this.#state !== "open" || this.#thread === undefined) {
      const reason = this.#state === "closed" ? "closed" : "gave up"
      const why =
        reason === "closed" ? "its scope has ended" : `${this.#deathsInRow} deaths in a row, last: ${this.#lastError}`
      return new WorkerUnavailable({ worker: this.name, reason, why })
    }
    this.#job = { trialId: job.trialId, events }
    const message: ToWorker = { type: "train", job }
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    this.#thread.postMessage(message)
    return undefined
  }

  /** The caller is done with the job. If the thread is not, it is ended and replaced, which is no death. */
  async leave(events: Queue.Queue<Event>): Promise<void> {
    if (this.#job?.events !== events) return
    this.#job = undefined
    const thread = this.#thread
    this.#thread = undefined
    if (this.#state === "open") this.#start()
    await thread?.terminate()
  }

  async kill(): Promise<boolean> {
    const thread = this.#thread
    if (thread === undefined) return false
    await thread.terminate()
    return true
  }

  async close(): Promise<void> {
    this.#state = "closed"
    this.#tell({ type: "closed", why: "its scope has ended" })
    const thread = this.#thread
    this.#thread = undefined
    await thread?.terminate()
  }

  status(): WorkerStatus {
    const busy = this.#job === undefined ? "idle" : "training"
    return {
      state: this.#state === "open" ? busy : this.#state,
      trialId: this.#job?.trialId,
      threads: this.#threads,
      deaths: this.#deaths
    }
  }
}
