/**
 * Opens the event log in a SQLite file that somebody else has made.
 *
 * **Guarantees** A file that is missing, is no database or holds no event log is refused and left as it is.
 *
 * @since 0.1.0
 */
import * as Options from "@apps/demo/Options"
import type { BackendError, EventStore } from "@foundation/core"
import { SqlEventStore } from "@foundation/sql"
import { Effect, type FileSystem, Layer } from "effect"
import { DatabaseSync } from "node:sqlite"

/** So long a file may be locked: a process that is done folds its write-ahead log into the file. */
const busyMillis = 5_000

/** Opens a database for one reading and changes nothing in it; throws what the driver throws. */
export const reading = <A>(file: string, read: (database: DatabaseSync) => A): A => {
  const database = new DatabaseSync(file, { readOnly: true, timeout: busyMillis })
  try {
    return read(database)
  } finally {
    database.close()
  }
}

/** Whether a SQLite file holds an event log. */
const holdsLog = (file: string): boolean =>
  reading(file, (database) => {
    const found = database
      .prepare("select 1 from sqlite_master where type = 'table' and name = 'foundation_events'")
      .get()
    return found !== undefined
  })

const fix = "Give the event log of a run: the file that was given with --store, out/demo.sqlite by default."

/** Fails unless the file is a database with an event log. */
export const check = Effect.fnUntraced(function* (file: string) {
  yield* Options.checkStore(file, true)
  const bad = (problem: string) => new Options.BadOption({ option: "--store", value: file, problem, fix })
  const found = yield* Effect.try({
    try: () => holdsLog(file),
    catch: (error) => bad(`it cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  })
  if (!found) return yield* bad("this database holds no event log")
})

/** The event log in a file. */
export const layer = (
  file: string
): Layer.Layer<EventStore.EventStore, Options.BadOption | BackendError.BackendError, FileSystem.FileSystem> =>
  Layer.unwrap(Effect.as(check(file), SqlEventStore.layerSqlite({ filename: file })))
