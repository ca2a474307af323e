/**
 * The registry's store on SQLite and on PostgreSQL: names that many nodes share.
 *
 * **Guarantees** Those of `RegistryStore`. Names are leases: those of a node that is killed are free after its lease by the
 * database's clock, and not before; a node that was told that its lease was renewed has lost none of its names. One statement
 * renews all names of a node.
 *
 * **Does not guarantee** Changes of other nodes reach watchers after up to `pollInterval`. On SQLite the database's clock is
 * that of the machine: when it is set back, leases are longer.
 *
 * @since 0.1.0
 */
import { BackendError, ProcessRegistry, RegistryStore } from "@foundation/core"
import { Effect, Layer, Schema } from "effect"
import type { Duration } from "effect"
import { SqlClient } from "effect/sql"
import type { SqlError } from "effect/sql"
import { dialectOf, makeGate, toBackendError, transaction, whileBusy } from "./internal/backend.ts"
import type { Transaction } from "./internal/backend.ts"
import { patienceMillis, pollMillis } from "./internal/bounds.ts"
import { migrate } from "./internal/migrate.ts"
import { type Call, makeStatements, type StoredRow, steps } from "./internal/registryStatements.ts"
import * as Postgres from "./Postgres.ts"
import * as Sqlite from "./Sqlite.ts"

/** How the store behaves, on either database. An option out of its range is a defect of the layer, a `RangeError`. */
export interface Options {
  /** How soon watchers see the changes of other nodes at the latest: 1 ms to an hour. Default `1 second`. */
  readonly pollInterval?: Duration.Input | undefined
  /**
   * How long a step tries to get the database from another process before it fails with `Busy`: 0 to an hour. Default
   * `5 seconds`.
   */
  readonly patience?: Duration.Input | undefined
}

const decodeMetadata = Schema.decodeUnknownEffect(
  Schema.fromJsonString(Schema.Record(Schema.String, Schema.MutableJson as Schema.Codec<RegistryStore.Json>))
)

const nobody: RegistryStore.Row | undefined = undefined
const noTerms: ReadonlyArray<RegistryStore.Term> = []

/** A row of the store from a row of the database. */
const decode = (operation: string, stored: unknown): Effect.Effect<RegistryStore.Row, BackendError.BackendError> => {
  const row = stored as StoredRow
  return Effect.mapBoth(decodeMetadata(row.metadata), {
    onFailure: (error) => BackendError.corrupt(operation, `the metadata of "${row.key}": ${error.message}`),
    onSuccess: (metadata) => ({ ...row, metadata, terms: noTerms, handle: undefined })
  })
}

const decodeAll = (operation: string, rows: ReadonlyArray<unknown>) =>
  Effect.forEach(rows, (row) => decode(operation, row))

const namesOf = (rows: ReadonlyArray<unknown>): string =>
  JSON.stringify(rows.map((row) => ({ namespace: (row as StoredRow).namespace, key: (row as StoredRow).key })))

/** Text that both databases take; labels and nodes are for people only. */
const printable = (text: string): string => text.toWellFormed().replaceAll("\u0000", "\uFFFD")

const termRows = (namespace: string, key: string, terms: ReadonlyArray<RegistryStore.Term>) =>
  terms.map(({ field, member, value }) => ({
    namespace,
    key,
    field,
    member: member ? 1 : 0,
    value: JSON.stringify(value),
    number: typeof value === "number" ? value : null
  }))

const countOf = (rows: ReadonlyArray<unknown>): number => Number((rows[0] as { readonly count: unknown }).count)

const make = Effect.fnUntraced(function* (options: Options) {
  const sql = yield* SqlClient.SqlClient
  const dialect = dialectOf(sql)
  const statements = makeStatements(dialect)
  const patience = patienceMillis("SqlRegistryStore", options.patience, 5_000)
  const poll = pollMillis("SqlRegistryStore", options.pollInterval, 1_000)
  yield* migrate(sql, "registry", steps(dialect))
  const gate = yield* makeGate
  const listeners = new Set<RegistryStore.ChangeListener>()

  const call = (operation: string, [statement, parameters]: Call) =>
    sql
      .unsafe<object>(statement, parameters)
      .pipe(
        whileBusy(patience),
        Effect.mapError(toBackendError(`RegistryStore.${operation}`)),
        gate(`RegistryStore.${operation}`)
      )

  type Run = (call: Call) => Effect.Effect<ReadonlyArray<unknown>, SqlError.SqlError>
  const inTransaction = <A>(operation: string, body: (run: Run) => Effect.Effect<A, SqlError.SqlError>) =>
    transaction(sql, (tx: Transaction) => body(([statement, parameters]) => tx.run(statement, parameters))).pipe(
      whileBusy(patience),
      Effect.mapError(toBackendError(`RegistryStore.${operation}`)),
      gate(`RegistryStore.${operation}`)
    )
  const locked = (run: Run) => (statements.lock === undefined ? Effect.void : run(statements.lock))

  const tell = (rows: ReadonlyArray<unknown>) => {
    for (const row of rows) {
      const { key, namespace } = row as StoredRow
      for (const listener of listeners) listener(namespace, key)
    }
  }

  /** Removes rows' terms; the rows have been removed in the same transaction. */
  const dropTerms = (run: Run, removed: ReadonlyArray<unknown>) =>
    removed.length === 0 ? Effect.void : run(statements.removeTerms(namesOf(removed)))

  const claim = Effect.fnUntraced(function* (rows: ReadonlyArray<RegistryStore.Row>, run: Run) {
    yield* locked(run)
    if ((yield* run(statements.isLive(rows[0]!.session))).length === 0) return undefined
    const names = namesOf(rows)
    yield* run(statements.expire(names))
    const texts = rows.map((row) => ({
      namespace: row.namespace,
      key: row.key,
      session: row.session,
      claim: row.claim,
      node: printable(row.node),
      label: printable(row.label),
      metadata: JSON.stringify(row.metadata)
    }))
    // The first claim of a name in the batch wins, as if they came one after the other.
    const first = new Map(texts.toReversed().map((row) => [`${row.namespace}\u0000${row.key}`, row]))
    yield* run(statements.insert(JSON.stringify([...first.values()])))
    const held = yield* run(statements.byNames(names))
    const holders = new Map(
      held.map((row) => [`${(row as StoredRow).namespace}\u0000${(row as StoredRow).key}`, row as StoredRow])
    )
    const found = rows.map((row) => holders.get(`${row.namespace}\u0000${row.key}`))
    const won = rows.filter((row, index) => found[index]?.claim === row.claim && found[index].session === row.session)
    if (won.length > 0) {
      yield* run(statements.removeTerms(namesOf(won)))
      const terms = won.flatMap((row) => termRows(row.namespace, row.key, row.terms))
      if (terms.length > 0) yield* run(statements.addTerms(JSON.stringify(terms)))
    }
    return { won, found }
  })

  return RegistryStore.RegistryStore.of({
    shared: true,
    pollMillis: poll,
    open: (session, leaseMillis) =>
      inTransaction("open", (run) =>
        Effect.andThen(
          Effect.andThen(locked(run), () => run(statements.forget)),
          () => Effect.asVoid(run(statements.open(session, leaseMillis)))
        )
      ),
    renew: (session, leaseMillis) =>
      Effect.map(call("renew", statements.renew(session, leaseMillis)), (rows) => rows.length > 0),
    retire: (session) =>
      inTransaction("retire", (run) =>
        Effect.gen(function* () {
          yield* locked(run)
          yield* run(statements.retire(session))
          const removed = yield* run(statements.removeOrphans)
          yield* dropTerms(run, removed)
          return removed
        })
      ).pipe(Effect.map(tell)),
    claim: Effect.fnUntraced(function* (rows) {
      if (rows.length === 0) return { _tag: "Claimed", holders: [] } as const
      const claimed = yield* inTransaction("claim", (run) => claim(rows, run))
      if (claimed === undefined) return { _tag: "Lapsed" } as const
      tell(claimed.won)
      const won = new Set(claimed.won)
      const holders = yield* Effect.forEach(rows, (row, index) => {
        const holder = claimed.found[index]
        return won.has(row) || holder === undefined ? Effect.succeed(nobody) : decode("RegistryStore.claim", holder)
      })
      return { _tag: "Claimed", holders } as const
    }),
    release: (claims) =>
      inTransaction("release", (run) =>
        Effect.gen(function* () {
          const ids = claims.map(({ claim, key, namespace, session }) => ({ namespace, key, session, claim }))
          const removed = yield* run(statements.release(JSON.stringify(ids)))
          yield* dropTerms(run, removed)
          return removed
        })
      ).pipe(Effect.map(tell)),
    update: Effect.fnUntraced(function* (namespace, key, { claim, metadata, revision, terms }) {
      const operation = "RegistryStore.update"
      const rows = yield* inTransaction("update", (run) =>
        Effect.gen(function* () {
          const updated = yield* run(statements.update(namespace, key, JSON.stringify(metadata), revision, claim))
          if (updated.length === 0) return { updated, present: yield* run(statements.find(namespace, key)) }
          yield* run(statements.removeTerms(namesOf(updated)))
          if (terms.length > 0) yield* run(statements.addTerms(JSON.stringify(termRows(namespace, key, terms))))
          return { updated, present: [] }
        })
      )
      if (rows.updated.length > 0) {
        tell(rows.updated)
        return { _tag: "Updated", row: yield* decode(operation, rows.updated[0]) } as const
      }
      if (rows.present.length === 0) return { _tag: "Missing" } as const
      const row = yield* decode(operation, rows.present[0])
      const other = claim !== undefined && (row.session !== claim.session || row.claim !== claim.claim)
      return other ? ({ _tag: "Missing" } as const) : ({ _tag: "Conflict", row } as const)
    }),
    find: (namespace, key) =>
      Effect.flatMap(call("find", statements.find(namespace, key)), (rows) =>
        rows.length === 0 ? Effect.succeed(nobody) : decode("RegistryStore.find", rows[0])
      ),
    page: (namespace, after, limit) =>
      Effect.flatMap(call("page", statements.page(namespace, after, limit)), (rows) =>
        decodeAll("RegistryStore.page", rows)
      ),
    query: (namespace, conditions, limit) =>
      Effect.flatMap(call("query", statements.query(namespace, conditions, limit)), (rows) =>
        decodeAll("RegistryStore.query", rows)
      ),
    counts: Effect.map(
      call("counts", statements.counts),
      (rows) =>
        new Map(
          rows.map((row) => {
            const { count, namespace } = row as { readonly namespace: string; readonly count: unknown }
            return [namespace, Number(count)] as const
          })
        )
    ),
    lapsed: (remove) =>
      remove
        ? inTransaction("lapsed", (run) =>
            Effect.gen(function* () {
              yield* locked(run)
              yield* run(statements.expireAll)
              const removed = yield* run(statements.removeOrphans)
              yield* dropTerms(run, removed)
              return removed
            })
          ).pipe(
            Effect.map((removed) => {
              tell(removed)
              return removed.length
            })
          )
        : Effect.map(call("lapsed", statements.lapsed), countOf),
    listen: (listener) => {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    }
  })
})

/** `RegistryStore` on any `SqlClient` of SQLite or PostgreSQL; creates its tables. */
export const layer = (
  options: Options = {}
): Layer.Layer<RegistryStore.RegistryStore, BackendError.BackendError, SqlClient.SqlClient> =>
  Layer.effect(RegistryStore.RegistryStore, make(options))

/** `RegistryStore` on a SQLite file; several processes may share it. */
export const layerSqlite = (
  options: Options & Sqlite.Options
): Layer.Layer<RegistryStore.RegistryStore, BackendError.BackendError> =>
  Layer.provide(layer(options), Sqlite.layer(options))

/** `RegistryStore` on a PostgreSQL database. */
export const layerPostgres = (
  options: Options & Postgres.Options
): Layer.Layer<RegistryStore.RegistryStore, BackendError.BackendError> =>
  Layer.provide(layer(options), Postgres.layer(options))

/** `ProcessRegistry` on a SQLite file. */
export const layerRegistrySqlite = (
  options: Options & Sqlite.Options & ProcessRegistry.Options
): Layer.Layer<ProcessRegistry.ProcessRegistry, BackendError.BackendError> =>
  Layer.provide(ProcessRegistry.layer(options), layerSqlite(options))

/** `ProcessRegistry` on a PostgreSQL database. */
export const layerRegistryPostgres = (
  options: Options & Postgres.Options & ProcessRegistry.Options
): Layer.Layer<ProcessRegistry.ProcessRegistry, BackendError.BackendError> =>
  Layer.provide(ProcessRegistry.layer(options), layerPostgres(options))
