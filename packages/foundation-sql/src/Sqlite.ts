/**
 * A SQLite file as `SqlClient`, set up for stores: write-ahead log, short waits for locks, readable errors.
 *
 * **Guarantees** A committed transaction survives the death of the process at any instant. A file that cannot be opened
 * or is no database is a `BackendError`, not a crash.
 *
 * **Does not guarantee** With `synchronous: "normal"` the last commits may be lost when the machine (not the process)
 * loses power; the file stays intact and ends at an earlier commit. `"full"` keeps them at the price of one disk flush
 * for each commit. Statements run in the caller's thread.
 *
 * @since 0.1.0
 */
import { SqliteClient } from "@effect/sql-sqlite-node"
import { BackendError } from "@foundation/core"
import { Context, Effect, Layer, Schedule } from "effect"
import type { Duration, Scope } from "effect"
import { Reactivity } from "effect/reactivity"
import { SqlClient } from "effect/sql"
import type { SqlError } from "effect/sql"
import { toBackendError } from "./internal/backend.ts"
import { count, millis } from "./internal/bounds.ts"

/** How a SQLite file is opened. An option out of its range is a defect of the layer, a `RangeError`. */
export interface Options {
  /** Path of the file, or `:memory:` for a private database that ends with the layer. */
  readonly filename: string
  /** When a commit reaches the disk: at checkpoints, or each one. Default `normal`. */
  readonly synchronous?: "normal" | "full" | undefined
  /**
   * How long one statement blocks this thread while another process holds the lock: 0 to a minute. Default `50 millis`;
   * stores try again without blocking.
   */
  readonly busyTimeout?: Duration.Input | undefined
  /** Pages of 4 KiB the file may have, from 1 on; beyond it writes fail with `Full`. Default: as many as the disk holds. */
  readonly pagesMax?: number | undefined
}

const operation = "Sqlite.layer"

/** As many pages as a file can have. */
const pagesLimit = 4_294_967_294

/** The driver throws when the file cannot be opened. */
const fromDefect = (filename: string) => (defect: unknown) => {
  const code = typeof defect === "object" && defect !== null && "errcode" in defect ? Number(defect.errcode) & 0xff : 0
  const said = defect instanceof Error ? defect.message : String(defect)
  const fields = { operation, detail: `${filename}: ${said}`, cause: defect }
  if (code === 5 || code === 6) return new BackendError.BackendError({ reason: new BackendError.Busy(fields) })
  if (code === 11 || code === 26) return new BackendError.BackendError({ reason: new BackendError.Corrupt(fields) })
  if (code === 8) return new BackendError.BackendError({ reason: new BackendError.Denied(fields) })
  return new BackendError.BackendError({ reason: new BackendError.Unavailable(fields) })
}

const open = (
  options: Options
): Effect.Effect<SqlClient.SqlClient, BackendError.BackendError, Scope.Scope | Reactivity.Reactivity> =>
  Effect.gen(function* () {
    const timeout = Math.ceil(millis("Sqlite: busyTimeout", options.busyTimeout, { min: 0, max: 60_000, fallback: 50 }))
    const pages = { min: 1, max: pagesLimit, fallback: pagesLimit }
    const pagesMax = count("Sqlite: pagesMax", options.pagesMax, pages)
    const sql = yield* SqliteClient.make({ filename: options.filename }).pipe(
      Effect.catchDefect((defect) => Effect.fail(fromDefect(options.filename)(defect)))
    )
    const pragma = (text: string): Effect.Effect<unknown, SqlError.SqlError> => sql.unsafe(`PRAGMA ${text}`)
    yield* Effect.gen(function* () {
      yield* pragma(`busy_timeout = ${timeout}`)
      yield* pragma(`synchronous = ${(options.synchronous ?? "normal").toUpperCase()}`)
      // Pages that many commits touch are copied into the file once for 4,000 of the log (16 MB) instead of for 1,000.
      yield* pragma("wal_autocheckpoint = 4000")
      if (options.pagesMax !== undefined) yield* pragma(`max_page_count = ${pagesMax}`)
    }).pipe(Effect.mapError(toBackendError(operation)))
    return sql
  }).pipe(
    // Another process may be switching the same new file to its write-ahead log at this moment.
    Effect.retry({
      while: (error) => error.reason._tag === "Busy",
      schedule: Schedule.spaced("20 millis").pipe(Schedule.upTo({ duration: "5 seconds" }))
    })
  )

/** Opens the file and closes it with the layer's scope. */
export const layer = (options: Options): Layer.Layer<SqlClient.SqlClient, BackendError.BackendError> =>
  Layer.effectContext(Effect.map(open(options), (sql) => Context.make(SqlClient.SqlClient, sql))).pipe(
    Layer.provide(Reactivity.layer)
  )
