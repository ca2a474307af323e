/**
 * An objective that is a function in threads: one for each worker, kept for the whole study.
 *
 * This program starts the threads, and the module that a thread runs serves the function (`ThreadServer`):
 *
 * ```text
 * // objective.ts
 * import { serve } from "@mabeam/optimize/ThreadServer"
 * import { parentPort } from "node:worker_threads"
 *
 * serve(parentPort, async ({ x }, trial) => {
 *   for (let step = 0; step < 10; step++) {
 *     if (await trial.report(step, work(x, step))) return 0
 *   }
 *   return work(x, 10)
 * })
 *
 * // the program
 * const objective = ThreadObjective.make(() => new Worker(new URL("./objective.ts", import.meta.url)))
 * ```
 *
 * **Guarantees** A thread that dies, throws outside of the function, ends or says what is no answer fails its trial, and the next trial
 * has a thread that works. A thread whose trial has timed out is ended at once, in the middle of a loop too. Threads end with the run.
 *
 * **Does not guarantee** That a thread ends by itself when its trial has ended otherwise: its `signal` is never aborted, the thread
 * is ended.
 *
 * @since 0.1.0
 */
import { Deferred, Effect, Exit, Option, Queue, Schema } from "effect"
import type { Scope } from "effect"
import * as Seat from "../internal/seat.ts"
import { said } from "./FunctionObjective.ts"
import {
  answerOf,
  EarlyExit,
  InvalidAnswer,
  ObjectiveCrashed,
  ObjectiveFailed,
  ObjectiveUnavailable
} from "./Objective.ts"
import type { Evaluated, Objective, RunningTrial, TrialFailure } from "./Objective.ts"
import type { ToThread } from "./ThreadServer.ts"

// --- messages ------------------------------------------------------------------------------------------------------

// What is no finite number is refused, with its reason, where it is reported.
const AnyNumber = Schema.declare((value: unknown): value is number => typeof value === "number")

/** What a thread says. The border between threads carries no types, so it is decoded. */
const FromThread = Schema.Union([
  Schema.Struct({ type: Schema.Literal("ready"), job: Schema.Literal(0) }),
  Schema.Struct({
    type: Schema.Literal("report"),
    job: Schema.Int,
    id: Schema.Int,
    step: AnyNumber,
    value: Schema.Union([AnyNumber, Schema.Array(AnyNumber)])
  }),
  Schema.Struct({
    type: Schema.Literal("attribute"),
    job: Schema.Int,
    id: Schema.Int,
    key: Schema.String,
    value: Schema.Json
  }),
  Schema.Struct({ type: Schema.Literal("given"), job: Schema.Int, given: Schema.Unknown }),
  Schema.Struct({ type: Schema.Literal("threw"), job: Schema.Int, reason: Schema.String })
])
const decode = Schema.decodeUnknownOption(FromThread)

/** A thread as this module needs it: a `Worker` of `node:worker_threads` is one. */
export interface Thread {
  readonly postMessage: (message: unknown) => void
  readonly terminate: () => Promise<unknown>
  readonly on: {
    (event: "message", listener: (message: unknown) => void): unknown
    (event: "error" | "messageerror", listener: (error: unknown) => void): unknown
    (event: "exit", listener: (code: number) => void): unknown
  }
}

// --- this side -----------------------------------------------------------------------------------------------------

/** Messages of a thread that wait; one more and the thread is ended. */
const MESSAGES_MAX = 100_000

type Event =
  | { readonly _tag: "Said"; readonly message: unknown }
  | { readonly _tag: "Gone"; readonly failure: TrialFailure }

/** An objective whose function is served in threads that `spawn` starts. */
export const make = (spawn: () => Thread, options: { readonly name?: string | undefined } = {}): Objective<unknown> => {
  const name = options.name ?? "thread"
  return { name, open: (worker) => Seat.make<unknown, never>({ name, worker, sit: sit(name, spawn) }) }
}

/** Starts a thread and waits until it serves; it ends with the scope. */
const sit = (
  name: string,
  spawn: () => Thread
): Effect.Effect<Seat.Sitter<unknown>, ObjectiveUnavailable, Scope.Scope> =>
  Effect.gen(function* () {
    const unavailable = (problem: string) => new ObjectiveUnavailable({ objective: name, problem })
    const events = yield* Queue.dropping<Event>(MESSAGES_MAX)
    const thread = yield* Effect.acquireRelease(
      Effect.try({ try: spawn, catch: (error) => unavailable(said(error)) }),
      (held) => Effect.promise(() => held.terminate())
    )
    const gone = hear(thread, events)
    const first = yield* Queue.take(events)
    if (first._tag === "Gone") return yield* unavailable(first.failure.reason)
    if (Option.getOrUndefined(decode(first.message))?.type !== "ready") {
      return yield* unavailable("it does not serve a function: see ThreadServer")
    }
    let isBusy = false
    let jobs = 0
    return {
      startMillis: () => 0,
      evaluate: (trial) =>
        Effect.suspend(() => {
          isBusy = true
          const { attempt, number, params } = trial
          const job = ++jobs
          post(thread, { type: "evaluate", job, number, attempt, params })
          return Effect.ensuring(
            listen({ thread, events, job, trial }),
            Effect.sync(() => {
              isBusy = false
            })
          )
        }),
      watch: Effect.flatMap(Deferred.await(gone), ({ reason }) =>
        // In the middle of a trial, who listens tells more.
        isBusy ? Effect.never : new Seat.Broken({ outcome: undefined, because: reason })
      )
    }
  })

/** Queues what a thread says, and tells when and why it is gone. */
const hear = (thread: Thread, events: Queue.Queue<Event>): Deferred.Deferred<TrialFailure> => {
  const gone = Deferred.makeUnsafe<TrialFailure>()
  const end = (failure: TrialFailure) => {
    // An error comes before the exit that it causes, and says more.
    if (!Deferred.doneUnsafe(gone, Exit.succeed(failure))) return
    if (!Queue.offerUnsafe(events, { _tag: "Gone", failure })) Queue.takeUnsafe(events)
  }
  thread.on("message", (message) => {
    if (Queue.offerUnsafe(events, { _tag: "Said", message })) return
    end(new InvalidAnswer({ reason: `it said more than ${MESSAGES_MAX} things at once` }))
    void thread.terminate()
  })
  thread.on("messageerror", (error) => end(new InvalidAnswer({ reason: said(error) })))
  thread.on("error", (cause) => end(new ObjectiveCrashed({ reason: `the thread died: ${said(cause)}`, cause })))
  thread.on("exit", (code) => {
    const reason = `the thread ended with ${code} before it answered`
    end(code === 0 ? new EarlyExit({ reason }) : new ObjectiveCrashed({ reason }))
  })
  return gone
}

const post = (thread: Thread, message: ToThread): void => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  thread.postMessage(message)
}

/** Hears the thread until it has answered. */
const listen = (talk: {
  readonly thread: Thread
  readonly events: Queue.Dequeue<Event>
  readonly job: number
  readonly trial: RunningTrial
}): Effect.Effect<Evaluated, TrialFailure | Seat.Broken> =>
  Effect.gen(function* () {
    const { events, job, thread, trial } = talk
    for (;;) {
      const event = yield* Queue.take(events)
      if (event._tag === "Gone") {
        return yield* new Seat.Broken({ outcome: Exit.fail(event.failure), because: event.failure.reason })
      }
      const message = Option.getOrUndefined(decode(event.message))
      if (message === undefined) {
        const reason = "a message of the thread that is none of ours"
        return yield* new Seat.Broken({ outcome: Exit.fail(new InvalidAnswer({ reason })), because: reason })
      }
      // What a function says after it has answered is not heard.
      if (message.type === "ready" || message.job !== job) continue
      switch (message.type) {
        case "report": {
          const prune = yield* trial.report(message.step, message.value)
          post(thread, { type: "answer", id: message.id, prune })
          break
        }
        case "attribute":
          yield* trial.setAttribute(message.key, message.value)
          post(thread, { type: "answer", id: message.id, prune: false })
          break
        case "given":
          return yield* Effect.fromResult(answerOf(message.given, trial.objectives))
        case "threw":
          return yield* new ObjectiveFailed({ reason: message.reason })
      }
    }
  })
