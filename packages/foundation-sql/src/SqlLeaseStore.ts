/**
 * The lease store of leader elections on SQLite and on PostgreSQL.
 *
 * **Guarantees** Those of `LeaseStore`, for any number of processes on one database: each step reads and writes the one
 * row of its election in a transaction that holds the row locked. A row that is not what was written is `Corrupt`.
 *
 * **Does not guarantee** A clock better than the one it is given. PostgreSQL takes the time of the database server, one
 * clock for all nodes, after it holds the row; SQLite takes the time of this machine, which all processes on its file
 * share. If that clock is set forward, leases end early.
 *
 * @since 0.1.0
 */
import { BackendError, LeaseStore } from "@foundation/core"
import { Clock, Effect, Layer, Schema } from "effect"
import type { Duration } from "effect"
import { SqlClient } from "effect/sql"
import type { SqlError } from "effect/sql"
import { dialectOf, makeGate, toBackendError, transaction, whileBusy } from "./internal/backend.ts"
import type { Dialect, Transaction } from "./internal/backend.ts"
import { patienceMillis } from "./internal/bounds.ts"
import { migrate } from "./internal/migrate.ts"
import type { Step } from "./internal/migrate.ts"
import * as Postgres from "./Postgres.ts"
import * as Sqlite from "./Sqlite.ts"

/** How the store behaves, on either database. An option out of its range is a defect of the layer, a `RangeError`. */
export interface Options {
  /**
   * Whose time counts: the database server's, or this process's `Clock`. Default `database`, which on SQLite, a file
   * without a server, is the `Clock` too.
   */
  readonly clock?: "database" | "process" | undefined
  /**
   * How long a step tries to get the database from another process before it fails with `Busy`: 0 to an hour. Default
   * `1 second`.
   */
  readonly patience?: Duration.Input | undefined
}

const operation = "LeaseStore"

const steps = (dialect: Dialect): ReadonlyArray<Step> => [
  [
    dialect === "pg"
      ? `create table foundation_leases (election text collate "C" primary key, record text not null)`
      : "create table foundation_leases (election text primary key, record text not null) strict"
  ]
]

const statements = (dialect: Dialect) => {
  const [first, second] = dialect === "pg" ? ["$1", "$2"] : ["?", "?"]
  return {
    // SQLite holds the whole database locked from the beginning of the transaction.
    select: `select record from foundation_leases where election = ${first}${dialect === "pg" ? " for update" : ""}`,
    insert: `insert into foundation_leases (election, record) values (${first}, ${second})
      on conflict (election) do nothing returning election`,
    update: `update foundation_leases set record = ${second} where election = ${first}`,
    // For SQLite, where parameters have no numbers.
    updateParameters: (election: string, record: string) =>
      dialect === "pg" ? [election, record] : [record, election],
    now: "select (extract(epoch from clock_timestamp()) * 1000)::double precision as now"
  }
}

const Codec = Schema.fromJsonString(LeaseStore.LeaseRecord)
const encode = Schema.encodeEffect(Codec)
const decode = Schema.decodeUnknownEffect(Codec)

const field = (rows: ReadonlyArray<unknown>, name: string): unknown => {
  const row = rows[0]
  return typeof row === "object" && row !== null ? (row as Record<string, unknown>)[name] : undefined
}

const make = Effect.fnUntraced(function* (options: Options) {
  const sql = yield* SqlClient.SqlClient
  const dialect = dialectOf(sql)
  const { clock = "database" } = options
  const patience = patienceMillis("SqlLeaseStore", options.patience, 1_000)
  yield* migrate(sql, "leases", steps(dialect))
  const gate = yield* makeGate
  const text = statements(dialect)

  const now = (tx: Transaction): Effect.Effect<number, SqlError.SqlError> =>
    dialect === "pg" && clock === "database"
      ? Effect.map(tx.run(text.now), (rows) => Number(field(rows, "now")))
      : Clock.currentTimeMillis

  const write = (tx: Transaction, election: string, record: string, isNew: boolean) =>
    isNew
      ? Effect.map(tx.run(text.insert, [election, record]), (rows) => rows.length > 0)
      : Effect.as(tx.run(text.update, text.updateParameters(election, record)), true)

  const attempt = <A>(election: string, change: Change<A>) =>
    transaction(sql, (tx) =>
      Effect.gen(function* () {
        const stored = field(yield* tx.run(text.select, [election]), "record")
        const record = stored === undefined ? LeaseStore.emptyRecord : yield* decode(stored)
        // The time is taken with the row in hand, so that no step sees an earlier time than the one before it.
        const [answer, next] = change(record, yield* now(tx))
        if (next === record) return { answer }
        const isWritten = yield* write(tx, election, yield* encode(next), stored === undefined)
        // Somebody else has just made the row: there is a record to read now.
        return isWritten ? { answer } : undefined
      })
    ).pipe(
      whileBusy(patience),
      Effect.catchTags({
        SqlError: (error) => Effect.fail(toBackendError(operation)(error)),
        SchemaError: (error) => Effect.fail(BackendError.corrupt(operation, `election "${election}": ${error.message}`))
      }),
      gate(operation)
    )

  return LeaseStore.make((election, change) =>
    Effect.gen(function* () {
      while (true) {
        const done = yield* attempt(election, change)
        if (done !== undefined) return done.answer
      }
    })
  )
})

type Change<A> = (
  record: LeaseStore.LeaseRecord,
  nowMillis: number
) => readonly [answer: A, next: LeaseStore.LeaseRecord]

/** `LeaseStore` on any `SqlClient` of SQLite or PostgreSQL. */
export const layer = (
  options: Options = {}
): Layer.Layer<LeaseStore.LeaseStore, BackendError.BackendError, SqlClient.SqlClient> =>
  Layer.effect(LeaseStore.LeaseStore, make(options))

/** `LeaseStore` on a SQLite file; several processes of one machine may share it. */
export const layerSqlite = (
  options: Options & Sqlite.Options
): Layer.Layer<LeaseStore.LeaseStore, BackendError.BackendError> => Layer.provide(layer(options), Sqlite.layer(options))

/** `LeaseStore` on a PostgreSQL database. */
export const layerPostgres = (
  options: Options & Postgres.Options
): Layer.Layer<LeaseStore.LeaseStore, BackendError.BackendError> =>
  Layer.provide(layer(options), Postgres.layer(options))
