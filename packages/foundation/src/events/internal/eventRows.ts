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
