import { RegistryStoreContract } from "@foundation/core/testing"
import { SqlRegistryStore } from "../../src/index.ts"
import { onPostgres, onSqlite } from "../databases.ts"

RegistryStoreContract.suite("SQLite", onSqlite(SqlRegistryStore.layerSqlite))
RegistryStoreContract.suite("PostgreSQL", onPostgres(SqlRegistryStore.layerPostgres))
