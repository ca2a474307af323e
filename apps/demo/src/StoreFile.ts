/**
 * What is in a SQLite file, without changing it.
 *
 * @since 0.1.0
 */
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

/** What a SQLite file holds: no table yet, an event log, or something else. Throws what the driver throws. */
export const contentOf = (file: string): "nothing" | "events" | "other" =>
  reading(file, (database) => {
    const tables = database.prepare("select name from sqlite_master where type = 'table'").all()
    if (tables.some(({ name }) => name === "foundation_events")) return "events"
    return tables.length === 0 ? "nothing" : "other"
  })
