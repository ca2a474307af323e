/** What all SQL stores share: errors in the words of `BackendError`, and transactions that always end. */
import { BackendError } from "@foundation/core"
import { Effect, Exit, Schedule } from "effect"
import type { Duration } from "effect"
import type { SqlClient } from "effect/sql"
import type { SqlConnection, SqlError } from "effect/sql"

/** The driver's own code: an SQLite result code, or a PostgreSQL SQLSTATE. */
const codeOf = (cause: unknown): number | string | undefined => {
  if (typeof cause !== "object" || cause === null) return undefined
  if ("errcode" in cause && typeof cause.errcode === "number") return cause.errcode & 0xff
  if ("code" in cause && typeof cause.code === "string") return cause.code
  return "cause" in cause ? codeOf(cause.cause) : undefined
}

const detailOf = (reason: { readonly message?: string | undefined; readonly cause: unknown }): string => {
  const said = reason.cause instanceof Error ? reason.cause.message : String(reason.cause)
  return reason.message === undefined || reason.message === said ? said : `${reason.message}: ${said}`
}

/** SQLite: FULL, CORRUPT, NOTADB, READONLY, IOERR. PostgreSQL: disk_full, data_corrupted, index_corrupted … */
const byCode = (code: number | string | undefined) => {
  switch (code) {
    case 13:
    case "53100":
      return BackendError.Full
    case 11:
    case 26:
    case "XX001":
    case "XX002":
      return BackendError.Corrupt
    case 8:
      return BackendError.Denied
    case 10:
    case "57P01":
    case "57P02":
    case "57P03":
      return BackendError.Unavailable
    default:
      return BackendError.Unknown
  }
}

const byReason = {
  ConnectionError: BackendError.Unavailable,
  AuthenticationError: BackendError.Denied,
  AuthorizationError: BackendError.Denied,
  LockTimeoutError: BackendError.Busy,
  DeadlockError: BackendError.Busy,
  SerializationError: BackendError.Busy,
  StatementTimeoutError: BackendError.Timeout
} as const

/** Says a failure of the driver as a `BackendError` of that operation. */
export const toBackendError =
  (operation: string) =>
  ({ reason }: SqlError.SqlError): BackendError.BackendError => {
    const code = codeOf(reason.cause)
    const Reason = reason._tag in byReason ? byReason[reason._tag as keyof typeof byReason] : byCode(code)
    return new BackendError.BackendError({
      reason: new Reason({ operation, detail: detailOf(reason), cause: reason.cause })
    })
  }

export type Dialect = "sqlite" | "pg"

export const dialectOf = (sql: SqlClient.SqlClient): Dialect =>
  sql.onDialectOrElse({ pg: (): Dialect => "pg", orElse: (): Dialect => "sqlite" })

/** Statements on the one connection of a transaction. */
export interface Transaction {
  readonly run: (
    statement: string,
    parameters?: ReadonlyArray<unknown>
  ) => Effect.Effect<ReadonlyArray<unknown>, SqlError.SqlError>
}

const connectionTransaction = (connection: SqlConnection.Connection): Transaction => ({
  run: (statement, parameters = []) => connection.execute(statement, parameters, undefined)
})

/**
 * Runs `body` in a transaction that may write. SQLite takes its write lock at the start, so that a transaction never
 * fails half-way for a lock. Whatever happens, the connection is handed back outside of any transaction: SQLite ends a
 * transaction by itself when the disk is full, and keeps it open when a commit fails.
 */
export const transaction = <A, E>(
  sql: SqlClient.SqlClient,
  body: (transaction: Transaction) => Effect.Effect<A, E>
): Effect.Effect<A, E | SqlError.SqlError> =>
  Effect.scoped(
    Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(restore(sql.reserve), (connection) => {
        const own = connectionTransaction(connection)
        const begin = dialectOf(sql) === "sqlite" ? "BEGIN IMMEDIATE" : "BEGIN"
        return Effect.andThen(
          own.run(begin),
          restore(body(own)).pipe(
            Effect.tap(() => own.run("COMMIT")),
            Effect.onExit((exit) => (Exit.isSuccess(exit) ? Effect.void : Effect.ignore(own.run("ROLLBACK"))))
          )
        )
      })
    )
  )

/** Tries again while another process holds the database, for about this long. */
export const whileBusy =
  (patience: Duration.Input) =>
  <A, E>(effect: Effect.Effect<A, E | SqlError.SqlError>): Effect.Effect<A, E | SqlError.SqlError> =>
    Effect.retry(effect, {
      while: (error) => isSqlError(error) && error.reason._tag === "LockTimeoutError",
      schedule: Schedule.min([Schedule.exponential("2 millis"), Schedule.spaced("50 millis")]).pipe(
        Schedule.jittered,
        Schedule.upTo({ duration: patience })
      )
    })

const isSqlError = (error: unknown): error is SqlError.SqlError =>
  typeof error === "object" && error !== null && "_tag" in error && error._tag === "SqlError"
