/**
 * The event store on SQLite and on PostgreSQL.
 *
 * **Guarantees** Those of `EventStore`, kept in the database: an append that was acknowledged is there after the process
 * is killed, once and in its place. The position is taken under a lock that the transaction holds to its end, so
 * positions become visible in order and without gaps, also with many processes on one database. Appends that come at
 * the same time share one commit, each with its own answer.
 *
 * **Does not guarantee** An append is not part of a transaction that the caller has open on the same database. How
 * commits survive a loss of power is said in `Sqlite`. Appends of other processes reach subscribers after up to
 * `pollInterval` on SQLite, at once (by notification) on PostgreSQL.
 *
 * @since 0.1.0
 */
import { PgClient } from "@effect/sql-pg"
import { BackendError, EventLog, EventStore } from "@foundation/core"
import { Duration, Effect, FiberSet, Layer, Option, Queue, Result, Schedule } from "effect"
import { SqlClient } from "effect/sql"
import type { SqlError } from "effect/sql"
import { dialectOf, makeGate, toBackendError, transaction, whileBusy } from "./internal/backend.ts"
import type { Transaction } from "./internal/backend.ts"
import { count, patienceMillis, pollMillis } from "./internal/bounds.ts"
import { channel, makeStatements, steps } from "./internal/eventStatements.ts"
import type { Call, Statements } from "./internal/eventStatements.ts"
import { makeGroupCommit } from "./internal/groupCommit.ts"
import type { Outcome } from "./internal/groupCommit.ts"
import { migrate } from "./internal/migrate.ts"
import * as Postgres from "./Postgres.ts"
import * as Sqlite from "./Sqlite.ts"

/** How the log behaves, on either database. An option out of its range is a defect of the layer, a `RangeError`. */
export interface Options {
  /**
   * How soon appends of other processes are seen at the latest: 1 ms to an hour. Default `100 millis` on SQLite, `1 second`
   * on PostgreSQL.
   */
  readonly pollInterval?: Duration.Input | undefined
  /**
   * How long an append tries to get the database from another process before it fails with `Busy`: 0 to an hour. Default
   * `5 seconds`.
   */
  readonly patience?: Duration.Input | undefined
  /** Appends that may wait for a commit, 1 to 10,000,000; beyond it they fail with `Busy`. Default 10,000. */
  readonly waitingMax?: number | undefined
}

const numberOf = (rows: ReadonlyArray<unknown>, field: string, otherwise: number): number => {
  const row = rows[0]
  if (typeof row !== "object" || row === null) return otherwise
  const value = (row as Record<string, unknown>)[field]
  return typeof value === "number" ? value : otherwise
}

/** Decides and writes a group of appends inside a transaction. */
const writeGroup = (
  statements: Statements,
  run: (call: Call) => Effect.Effect<ReadonlyArray<unknown>, SqlError.SqlError>
) =>
  Effect.fnUntraced(function* (group: ReadonlyArray<ReadonlyArray<EventLog.StreamAppend>>) {
    const start = numberOf(yield* run(statements.head(true)), "position", 0)
    const streams = new Set<string>()
    const ids: Array<string> = []
    for (const part of group.flat()) {
      streams.add(part.stream)
      for (const event of part.events) ids.push(event.id)
    }
    const heads = new Map<string, number>()
    for (const row of yield* run(statements.heads([...streams]))) {
      const { stream, version } = row as { readonly stream: string; readonly version: number }
      heads.set(stream, version)
    }
    const known = new Map<string, EventLog.Row>()
    // Rows read back are compared and handed to the service, which decodes them.
    for (const row of yield* run(statements.byIds(ids))) known.set((row as EventLog.Row).id, row as EventLog.Row)

    let position = start
    const rows: Array<EventLog.Row> = []
    const moved = new Map<string, number>()
    const outcomes: Array<Outcome> = []
    for (const parts of group) {
      const planned = EventLog.plan({ heads, known, position }, parts)
      outcomes.push(Result.map(planned, (plan) => plan.appended))
      if (Result.isFailure(planned)) continue
      for (const row of planned.success.rows) {
        rows.push(row)
        known.set(row.id, row)
      }
      for (const [stream, version] of planned.success.heads) {
        heads.set(stream, version)
        moved.set(stream, version)
      }
      position = planned.success.position
    }
    if (rows.length > 0) {
      yield* run(statements.insert(rows))
      yield* run(statements.moveHeads(moved))
      yield* run(statements.moveHead(position))
    }
    return { outcomes, position }
  })

/** Learns of appends that others have made: by polling while somebody waits, and by notifications where there are any. */
const makeWatch = Effect.fnUntraced(function* (
  head: Effect.Effect<number, BackendError.BackendError>,
  pollInterval: Duration.Duration
) {
  const signal = EventLog.makeSignal()
  const run = yield* FiberSet.makeRuntime<never, void, never>()
  let polling = false
  const poll = Effect.gen(function* () {
    while (signal.waiting() > 0) {
      yield* Effect.sleep(pollInterval)
      // While the database is away the wait goes on; whoever reads learns of the failure.
      const position = yield* Effect.option(head)
      if (Option.isSome(position)) signal.advance(position.value)
    }
    polling = false
  })
  const pg = yield* Effect.serviceOption(PgClient.PgClient)
  if (Option.isSome(pg)) {
    yield* Effect.scoped(
      Effect.gen(function* () {
        const queue = yield* pg.value.listen(channel)
        // What was announced while nobody listened.
        signal.advance(yield* head)
        while (true) signal.advance(Number((yield* Queue.take(queue)).payload))
      })
    ).pipe(Effect.retry(Schedule.spaced("1 second")), Effect.forkScoped({ startImmediately: true }))
  }
  const startPolling = () => {
    if (polling) return
    polling = true
    run(poll)
  }
  const awaitAfter: EventLog.EventLog["Service"]["awaitAfter"] = (after) => signal.awaitAfter(after, startPolling)
  return { awaitAfter, advance: signal.advance }
})

const make = Effect.fnUntraced(function* (options: Options) {
  const sql = yield* SqlClient.SqlClient
  const dialect = dialectOf(sql)
  const statements = makeStatements(dialect)
  const patience = patienceMillis("SqlEventStore", options.patience, 5_000)
  const defaultPoll = dialect === "pg" ? 1_000 : 100
  const pollInterval = Duration.millis(pollMillis("SqlEventStore", options.pollInterval, defaultPoll))
  const bounds = { min: 1, max: 10_000_000, fallback: 10_000 }
  const waitingMax = count("SqlEventStore: waitingMax", options.waitingMax, bounds)
  yield* migrate(sql, "events", steps(dialect))
  // Before the writer of commits, which is to end first.
  const gate = yield* makeGate

  const call = (operation: string, [statement, parameters]: Call) =>
    sql
      .unsafe<object>(statement, parameters)
      .pipe(whileBusy(patience), Effect.mapError(toBackendError(operation)), gate(operation))

  const inTransaction = <A>(operation: string, body: (tx: Transaction) => Effect.Effect<A, SqlError.SqlError>) =>
    transaction(sql, body).pipe(whileBusy(patience), Effect.mapError(toBackendError(operation)), gate(operation))

  const head = Effect.map(call("EventLog.head", statements.head(false)), (rows) => numberOf(rows, "position", 0))
  const watch = yield* makeWatch(head, pollInterval)

  const { commit } = yield* makeGroupCommit({
    waitingMax,
    write: (group) =>
      Effect.map(
        inTransaction("EventLog.commit", (tx) =>
          writeGroup(statements, ([statement, parameters]) => tx.run(statement, parameters))(group)
        ),
        ({ outcomes, position }) => {
          watch.advance(position)
          return outcomes
        }
      )
  })

  return EventLog.EventLog.of({
    commit,
    readStream: (options) => call("EventLog.readStream", statements.readStream(options)),
    readAfter: (options) => call("EventLog.readAfter", statements.select(options)),
    query: (query) => call("EventLog.query", statements.select(query)),
    lookup: (id) =>
      Effect.map(call("EventLog.lookup", statements.byIds([id])), (rows) => Option.fromNullishOr(rows[0])),
    info: (stream) =>
      Effect.map(call("EventLog.info", statements.info(stream)), (rows) => ({
        version: numberOf(rows, "version", 0),
        first: numberOf(rows, "first", 1)
      })),
    head,
    stats: Effect.map(call("EventLog.stats", statements.stats), (rows) => ({
      events: numberOf(rows, "events", 0),
      streams: numberOf(rows, "streams", 0),
      position: numberOf(rows, "position", 0)
    })),
    readPrunable: (options, page) =>
      call("EventLog.readPrunable", statements.select({ prunable: options, after: page.after, limit: page.limit })),
    prune: (options) =>
      inTransaction("EventLog.prune", (tx) =>
        Effect.gen(function* () {
          // Under the append lock, so that the count is exact.
          yield* tx.run(...statements.head(true))
          const count = numberOf(yield* tx.run(...statements.countPrunable(options)), "count", 0)
          if (count > 0) yield* tx.run(...statements.prune(options))
          return count
        })
      ),
    awaitAfter: watch.awaitAfter,
    loadCheckpoint: (subscriber) =>
      Effect.map(call("EventLog.loadCheckpoint", statements.loadCheckpoint(subscriber)), (rows) =>
        numberOf(rows, "position", 0)
      ),
    saveCheckpoint: ({ subscriber, position, onlyForward }) =>
      Effect.asVoid(call("EventLog.saveCheckpoint", statements.saveCheckpoint(subscriber, position, onlyForward))),
    loadSnapshot: ({ stream, atMost }) =>
      Effect.map(call("EventLog.loadSnapshot", statements.loadSnapshot(stream, atMost)), (rows) =>
        Option.fromNullishOr(rows[0])
      ),
    saveSnapshot: (snapshot, keep) =>
      inTransaction("EventLog.saveSnapshot", (tx) =>
        Effect.andThen(
          tx.run(...statements.saveSnapshot(snapshot)),
          Effect.asVoid(tx.run(...statements.trimSnapshots(snapshot.stream, keep)))
        )
      )
  })
})

/** The log on any `SqlClient` of SQLite or PostgreSQL; creates its tables. Notifications need `PgClient` beside it. */
export const layerLog = (
  options: Options = {}
): Layer.Layer<EventLog.EventLog, BackendError.BackendError, SqlClient.SqlClient> =>
  Layer.effect(EventLog.EventLog, make(options))

/** `EventStore` on any `SqlClient` of SQLite or PostgreSQL. */
export const layer = (
  options: Options = {}
): Layer.Layer<EventStore.EventStore, BackendError.BackendError, SqlClient.SqlClient> =>
  Layer.provide(EventStore.layer, layerLog(options))

/** `EventStore` on a SQLite file; several processes may share it. */
export const layerSqlite = (
  options: Options & Sqlite.Options
): Layer.Layer<EventStore.EventStore, BackendError.BackendError> => Layer.provide(layer(options), Sqlite.layer(options))

/** `EventStore` on a PostgreSQL database. */
export const layerPostgres = (
  options: Options & Postgres.Options
): Layer.Layer<EventStore.EventStore, BackendError.BackendError> =>
  Layer.provide(layer(options), Postgres.layer(options))
