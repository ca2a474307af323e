import { ProcessRegistryContract } from "@foundation/core/testing"
import { SqlRegistryStore } from "../../src/index.ts"
import { onPostgres, onSqlite } from "../databases.ts"

ProcessRegistryContract.suite("SQLite", onSqlite(SqlRegistryStore.layerSqlite))
ProcessRegistryContract.suite("PostgreSQL", onPostgres(SqlRegistryStore.layerPostgres))
