/**
 * Many callers, one transaction: appends that come while a commit is under way share the next one.
 *
 * The first caller starts a writer; it commits what has come, and ends when nobody waits. A group that fails as a whole
 * is tried again one by one, so that nobody fails for what a neighbour brought.
 */
import { BackendError } from "@foundation/core"
import type { EventLog } from "@foundation/core"
import { Effect, Exit, FiberSet, Latch, Result } from "effect"
import type { Scope } from "effect"

export type Outcome = Result.Result<ReadonlyArray<EventLog.StreamAppended>, EventLog.CommitRefusal>
type Commit = Effect.Effect<ReadonlyArray<EventLog.StreamAppended>, EventLog.CommitRefusal | BackendError.BackendError>

interface Request {
  readonly parts: ReadonlyArray<EventLog.StreamAppend>
  readonly events: number
  readonly resume: (commit: Commit) => void
}

export interface GroupCommit {
  readonly commit: (parts: ReadonlyArray<EventLog.StreamAppend>) => Commit
}

/** No transaction is longer than this, give or take one append. */
const groupEventsMax = 2_000

/** Reasons that would meet each member of the group again. */
const hopeless: ReadonlySet<string> = new Set(["Unavailable", "Timeout", "Busy", "Denied"])

const closed = new BackendError.BackendError({
  reason: new BackendError.Unavailable({ operation: "EventLog.commit", detail: "the store is closed" })
})

export const makeGroupCommit = (options: {
  /** Commits a group in one transaction, with an outcome for each member. */
  readonly write: (
    group: ReadonlyArray<ReadonlyArray<EventLog.StreamAppend>>
  ) => Effect.Effect<ReadonlyArray<Outcome>, BackendError.BackendError>
  /** Appends that wait at once; beyond it they fail with `Busy`. */
  readonly waitingMax: number
}): Effect.Effect<GroupCommit, never, Scope.Scope> =>
  Effect.gen(function* () {
    const waiting: Array<Request> = []
    const idle = yield* Latch.make(true)
    const run = yield* FiberSet.makeRuntime<never, void, never>()
    let open = true
    // Runs before the writer's fibers are stopped: what was accepted is written.
    yield* Effect.addFinalizer(() =>
      Effect.suspend(() => {
        open = false
        return idle.await
      })
    )

    const take = (): ReadonlyArray<Request> => {
      let events = 0
      let count = 0
      while (count < waiting.length && events < groupEventsMax) events += waiting[count++]!.events
      return waiting.splice(0, count)
    }

    const attempt = (group: ReadonlyArray<Request>): Effect.Effect<void> =>
      Effect.flatMap(Effect.exit(options.write(group.map((request) => request.parts))), (exit) => {
        if (Exit.isSuccess(exit)) {
          group.forEach((request, index) => request.resume(Effect.fromResult(exit.value[index]!)))
          return Effect.void
        }
        const reason = exit.cause.reasons.find((it) => it._tag === "Fail")?.error.reason._tag
        if (group.length > 1 && reason !== undefined && !hopeless.has(reason)) {
          return Effect.forEach(group, (request) => attempt([request]), { discard: true })
        }
        for (const request of group) request.resume(Effect.failCause(exit.cause))
        return Effect.void
      })

    const writer = Effect.gen(function* () {
      while (waiting.length > 0) {
        // Those who are about to append in this turn of the scheduler come along.
        yield* Effect.yieldNow
        const group = take()
        if (group.length > 0) yield* attempt(group)
      }
      idle.openUnsafe()
    })

    const commit: GroupCommit["commit"] = (parts) =>
      Effect.callback((resume) => {
        if (!open) return resume(Effect.fail(closed))
        if (waiting.length >= options.waitingMax) {
          const detail = `${waiting.length} appends are waiting`
          const reason = new BackendError.Busy({ operation: "EventLog.commit", detail })
          return resume(Effect.fail(new BackendError.BackendError({ reason })))
        }
        const events = parts.reduce((sum, part) => sum + part.events.length, 1)
        const request: Request = { parts, events, resume }
        waiting.push(request)
        if (Latch.isOpen(idle)) {
          idle.closeUnsafe()
          run(writer)
        }
        // An append that is given up before its transaction began is not made.
        return Effect.sync(() => {
          const index = waiting.indexOf(request)
          if (index >= 0) waiting.splice(index, 1)
        })
      })

    return { commit }
  })
