export * as Postgres from "./Postgres.ts"
export * as SqlEventStore from "./SqlEventStore.ts"
export * as SqlLeaseStore from "./SqlLeaseStore.ts"
export * as Sqlite from "./Sqlite.ts"
