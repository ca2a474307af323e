import { EventStoreContract } from "@foundation/core/testing"
import { SqlEventStore } from "../src/index.ts"
import { onPostgres, onSqlite } from "./databases.ts"

EventStoreContract.suite("SQLite", onSqlite(SqlEventStore.layerSqlite))
EventStoreContract.suite("PostgreSQL", onPostgres(SqlEventStore.layerPostgres))
