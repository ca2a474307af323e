/** The registry's backends on databases: the one list that all suites of this folder run through. */
import type { BackendError, RegistryStore } from "@foundation/core"
import type { Layer } from "effect"
import { SqlRegistryStore } from "../../src/index.ts"
import { onPostgres, onSqlite } from "../databases.ts"

type Backend = readonly [name: string, store: Layer.Layer<RegistryStore.RegistryStore, BackendError.BackendError>]

export const backends: ReadonlyArray<Backend> = [
  ["SQLite", onSqlite(SqlRegistryStore.layerSqlite)],
  ["PostgreSQL", onPostgres(SqlRegistryStore.layerPostgres)]
]
