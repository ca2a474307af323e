/** Databases for tests: SQLite files and PostgreSQL databases of their own, removed with the layer's scope. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Layer, Redacted } from "effect"
import type { Scope } from "effect"
import { SqlClient } from "effect/sql"
import { inject } from "vitest"
import { Postgres, Sqlite } from "../src/index.ts"

/** A path for a SQLite file in a folder of its own. */
export const sqliteFile: Effect.Effect<string, never, Scope.Scope> = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "foundation-sqlite-"))),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
  ),
  (folder) => join(folder, "store.sqlite")
)

const url = (database: string): Redacted.Redacted =>
  Redacted.make(`postgres://postgres:postgres@127.0.0.1:${inject("postgresPort")}/${database}`)

const admin = (statement: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* sql.unsafe(statement)
  }).pipe(Effect.provide(Postgres.layer({ url: url("postgres"), connectionsMax: 1 })), Effect.orDie)

let databases = 0

/** The address of a new, empty PostgreSQL database. */
export const postgresUrl: Effect.Effect<Redacted.Redacted, never, Scope.Scope> = Effect.suspend(() => {
  const name = `test_${process.pid}_${++databases}`
  return Effect.as(
    Effect.acquireRelease(admin(`create database ${name}`), () => admin(`drop database ${name} with (force)`)),
    url(name)
  )
})

/** Builds a layer from a fresh SQLite file. */
export const onSqlite = <A, E>(use: (options: Sqlite.Options) => Layer.Layer<A, E>): Layer.Layer<A, E> =>
  Layer.unwrap(Effect.map(sqliteFile, (filename) => use({ filename })))

/** Builds a layer from a fresh PostgreSQL database. */
export const onPostgres = <A, E>(use: (options: Postgres.Options) => Layer.Layer<A, E>): Layer.Layer<A, E> =>
  Layer.unwrap(Effect.map(postgresUrl, (url) => use({ url })))
