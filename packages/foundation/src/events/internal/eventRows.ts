/** Rows of a log, checked: whatever does not decode is `Corrupt`. */
import { Effect, Result, Schema } from "effect"
import { corrupt } from "../../BackendError.ts"
import type { BackendError } from "../../BackendError.ts"
import * as Event from "../Event.ts"
import { Name } from "../EventLog.ts"
import type { Snapshot } from "../EventStore.ts"

export const decodeRows = (
  operation: string,
  rows: ReadonlyArray<unknown>
): Effect.Effect<Array<Event.Stored>, BackendError> => {
  const events: Array<Event.Stored> = []
  for (const row of rows) {
    const event = Event.fromRow(row)
    if (Result.isFailure(event)) return Effect.fail(corrupt(operation, event.failure))
    events.push(event.success)
  }
  return Effect.succeed(events)
}

/** Rows of one stream in either direction: their versions have no gaps, or something was lost. */
export const decodeStream = (
  operation: string,
  rows: ReadonlyArray<unknown>,
  step: 1 | -1
): Effect.Effect<Array<Event.Stored>, BackendError> =>
  Effect.flatMap(decodeRows(operation, rows), (events) => {
    const gap = events.findIndex((event, index) => index > 0 && event.version !== events[index - 1]!.version + step)
    if (gap < 0) return Effect.succeed(events)
    const [before, after] = [events[gap - 1]!, events[gap]!]
    const detail = `stream "${after.stream}" goes from version ${before.version} to ${after.version}`
    return Effect.fail(corrupt(operation, detail))
  })

const SnapshotFields = Schema.Struct({ stream: Name, version: Schema.Natural, state: Schema.String, time: Event.Time })
const decodeSnapshot = Schema.decodeUnknownResult(SnapshotFields)

export const snapshotFromRow = (row: unknown): Result.Result<Snapshot, string> => {
  const decoded = decodeSnapshot(row)
  if (Result.isFailure(decoded)) return Result.fail(`snapshot: ${Event.problemOf(decoded.failure)}`)
  try {
    return Result.succeed({ ...decoded.success, state: JSON.parse(decoded.success.state) as Schema.Json })
  } catch {
    return Result.fail(`snapshot of stream "${decoded.success.stream}" is not JSON`)
  }
}
