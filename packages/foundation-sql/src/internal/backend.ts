/** What all SQL stores share: errors in the words of `BackendError`, and transactions that always end. */
import { BackendError } from "@foundation/core"
import { Effect, Exit, Schedule } from "effect"
import type { Duration, Scope } from "effect"
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

/**
 * SQLite: FULL, CORRUPT, NOTADB, READONLY, IOERR, CANTOPEN. PostgreSQL: disk_full, data_corrupted, index_corrupted,
 * too_many_connections, out_of_memory, read_only_sql_transaction (a standby), and a server that starts or stops.
 */
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
    case "53200":
    case "53300":
      return BackendError.Busy
    case 10:
    case 14:
    case "25006":
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

/** Nothing of it was done: another process held the database, or the database has rolled the transaction back. */
const passing: ReadonlySet<string> = new Set(["LockTimeoutError", "DeadlockError", "SerializationError"])

/** Tries again while others are in the way, for about this long. */
export const whileBusy =
  (patience: Duration.Input) =>
  <A, E>(effect: Effect.Effect<A, E | SqlError.SqlError>): Effect.Effect<A, E | SqlError.SqlError> =>
    Effect.retry(effect, {
      while: (error) => isSqlError(error) && passing.has(error.reason._tag),
      schedule: Schedule.min([Schedule.exponential("2 millis"), Schedule.spaced("50 millis")]).pipe(
        Schedule.jittered,
        Schedule.upTo({ duration: patience })
      )
    })

/** Lets the steps of a store through until the scope closes; then each is refused, whatever the driver would say. */
export type Gate = (
  operation: string
) => <A, E, R>(step: Effect.Effect<A, E, R>) => Effect.Effect<A, E | BackendError.BackendError, R>

/** What is added to the scope after the gate still gets through while it ends. */
export const makeGate: Effect.Effect<Gate, never, Scope.Scope> = Effect.suspend(() => {
  let open = true
  const closed = (operation: string) => {
    const reason = new BackendError.Unavailable({ operation, detail: "the store is closed" })
    return Effect.fail(new BackendError.BackendError({ reason }))
  }
  const gate: Gate =
    (operation) =>
    <A, E, R>(step: Effect.Effect<A, E, R>) =>
      Effect.suspend((): Effect.Effect<A, E | BackendError.BackendError, R> => (open ? step : closed(operation)))
  return Effect.as(
    Effect.addFinalizer(() =>
      Effect.sync(() => {
        open = false
      })
    ),
    gate
  )
})

const isSqlError = (error: unknown): error is SqlError.SqlError =>
  typeof error === "object" && error !== null && "_tag" in error && error._tag === "SqlError"
