/** Brings the tables of one store up to date; safe when many processes start at once. */
import { BackendError } from "@foundation/core"
import { Effect } from "effect"
import type { SqlClient, SqlError } from "effect/sql"
import { dialectOf, toBackendError, transaction, whileBusy } from "./backend.ts"
import type { Transaction } from "./backend.ts"

/** The statements that lead from one version of a store's tables to the next. */
export type Step = ReadonlyArray<string>

/** Any number that no other user of the database takes for an advisory lock. */
const lockKey = 7_012_026

const behind = (store: string, steps: ReadonlyArray<Step>, tx: Transaction) =>
  Effect.gen(function* () {
    yield* tx.run("create table if not exists foundation_stores (store text primary key, version integer not null)")
    const name = `'${store}'`
    const rows = yield* tx.run(`select version from foundation_stores where store = ${name}`)
    const version = Number((rows[0] as { readonly version: unknown } | undefined)?.version ?? 0)
    if (version > steps.length) {
      return yield* new BackendError.BackendError({
        reason: new BackendError.Denied({
          operation: `migrate ${store}`,
          detail: `the tables have version ${version}, this program knows up to ${steps.length}: update the program`
        })
      })
    }
    for (const step of steps.slice(version)) {
      for (const statement of step) yield* tx.run(statement)
    }
    if (version === steps.length) return
    yield* version === 0
      ? tx.run(`insert into foundation_stores (store, version) values (${name}, ${steps.length})`)
      : tx.run(`update foundation_stores set version = ${steps.length} where store = ${name}`)
  })

/**
 * Applies the steps that this database has not seen, in one transaction. Steps are never changed, only added. `store` is
 * a constant of the program, of letters only.
 */
export const migrate = (
  sql: SqlClient.SqlClient,
  store: string,
  steps: ReadonlyArray<Step>
): Effect.Effect<void, BackendError.BackendError> =>
  transaction(sql, (tx): Effect.Effect<void, BackendError.BackendError | SqlError.SqlError> => {
    const lock = dialectOf(sql) === "pg" ? tx.run(`select pg_advisory_xact_lock(${lockKey})`) : Effect.void
    return Effect.andThen(lock, behind(store, steps, tx))
  }).pipe(
    whileBusy("10 seconds"),
    Effect.catchTag("SqlError", (error) => Effect.fail(toBackendError(`migrate ${store}`)(error)))
  )
