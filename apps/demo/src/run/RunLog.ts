/**
 * The log of one run: writes its events, and keeps the state that they add up to.
 *
 * **Guarantees** `state` holds every event that this program has written. An event with an id (`RunEvent.idOf`) is written
 * once: writing the same again succeeds without effect, another version of it fails with `AlreadyRecorded`. Listeners see
 * every event in the order of the log.
 *
 * **Does not guarantee** That two programs may drive one run at the same time; the events stay in order, but work is doubled.
 *
 * @since 0.1.0
 */
import { type BackendError, EventStore } from "@foundation/core"
import { Cause, Context, Effect, Exit, Layer, Schema, type Scope, Semaphore } from "effect"
import { idOf, RunEvent } from "./RunEvent.ts"
import { evolve, initial, type RunState } from "./RunState.ts"

/** Somebody else has written this before, in other words: the run went on without the writer. */
export class AlreadyRecorded extends Schema.TaggedError<AlreadyRecorded>("@apps/demo/RunLog/AlreadyRecorded")(
  "AlreadyRecorded",
  { event: Schema.String }
) {
  override get message() {
    return `${this.event} has been written by another`
  }
}

/** The store holds something that is no event of a run. */
export class CorruptRun extends Schema.TaggedError<CorruptRun>("@apps/demo/RunLog/CorruptRun")("CorruptRun", {
  run: Schema.String,
  version: Schema.Int,
  problem: Schema.String
}) {
  override get message() {
    return `event ${this.version} of run ${this.run} cannot be read: ${this.problem}`
  }
}

/** The store could not take or give an event. */
export type LogError = BackendError.BackendError | CorruptRun

/** Told of every event, with the state that holds it. */
export type Listener = (event: RunEvent, state: RunState) => void

/** The log of the run at hand. */
export class RunLog extends Context.Service<
  RunLog,
  {
    readonly run: string
    /** The state now. */
    readonly state: Effect.Effect<RunState>
    readonly stateUnsafe: () => RunState
    /** Writes an event and gives the state with it. */
    readonly append: (event: RunEvent) => Effect.Effect<RunState, AlreadyRecorded | LogError>
    /** Tells of every later event, until the surrounding scope closes. */
    readonly listen: (listener: Listener) => Effect.Effect<void, never, Scope.Scope>
    /** Waits until the state is as wanted. */
    readonly awaitState: (wanted: (state: RunState) => boolean) => Effect.Effect<RunState>
  }
>()("@apps/demo/RunLog") {}

const decode = Schema.decodeUnknownExit(RunEvent)
const encode = Schema.encodeSync(RunEvent)
const pageMax = 500
/** What this module asks of the store is in order, or this module is wrong. */
const wrongRequest = [
  "WrongExpectedVersion",
  "InvalidEvent",
  "DataTooLarge",
  "BatchTooLarge",
  "InvalidRequest"
] as const

/** The name of a run's stream. */
export const streamOf = (run: string): string => `run-${run}`

/** The log of a run over the event store. */
export const layer = (run: string): Layer.Layer<RunLog, LogError, EventStore.EventStore> =>
  Layer.effect(
    RunLog,
    Effect.gen(function* () {
      const store = yield* EventStore.EventStore
      const turn = yield* Semaphore.make(1)
      const stream = streamOf(run)
      const listeners = new Set<Listener>()
      let state = initial
      let version = 0

      /** Reads what is new in the stream into the state. */
      const catchUp: Effect.Effect<void, LogError> = Effect.gen(function* () {
        while (true) {
          const page = yield* store
            .read(stream, { from: version + 1, limit: pageMax })
            .pipe(Effect.catchTag("InvalidRequest", Effect.die))
          for (const stored of page) {
            const event = decode(stored.data)
            if (Exit.isFailure(event)) {
              const problem = Cause.pretty(event.cause).split("\n")[0] ?? "not an event"
              return yield* new CorruptRun({ run, version: stored.version, problem })
            }
            version = stored.version
            state = evolve(state, event.value, stored.time)
            for (const listener of listeners) listener(event.value, state)
          }
          if (page.length < pageMax) return
        }
      })

      const append: RunLog["Service"]["append"] = (event) =>
        Semaphore.withPermits(
          turn,
          1
        )(
          store
            .append(stream, "any", [
              { id: idOf(run, event), type: event._tag, data: encode(event), correlationId: run }
            ])
            .pipe(
              Effect.catchTag("EventIdReused", () => Effect.fail(new AlreadyRecorded({ event: event._tag }))),
              Effect.catchTag(wrongRequest, Effect.die),
              Effect.tapCause(() => Effect.ignore(catchUp)),
              Effect.andThen(catchUp),
              Effect.map(() => state)
            )
        )

      yield* catchUp
      return RunLog.of({
        run,
        state: Effect.sync(() => state),
        stateUnsafe: () => state,
        append,
        listen: (listener) =>
          Effect.acquireRelease(
            Effect.sync(() => listeners.add(listener)),
            () => Effect.sync(() => listeners.delete(listener))
          ),
        awaitState: (wanted) =>
          Effect.callback<RunState>((resume) => {
            if (wanted(state)) return resume(Effect.succeed(state))
            const listener: Listener = (_, now) => {
              if (!wanted(now)) return
              listeners.delete(listener)
              resume(Effect.succeed(now))
            }
            listeners.add(listener)
            return Effect.sync(() => listeners.delete(listener))
          })
      })
    })
  )
