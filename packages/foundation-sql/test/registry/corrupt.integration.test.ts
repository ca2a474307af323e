import { assert, describe, it } from "@effect/vitest"
import { type BackendError, Process, ProcessRegistry } from "@foundation/core"
import { Effect, Fiber, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Postgres, Sqlite, SqlRegistryStore } from "../../src/index.ts"
import { onPostgres, onSqlite } from "../databases.ts"
import { Holder } from "./protocol.ts"

const registryAnd = <A, E>(sql: Layer.Layer<A | SqlClient.SqlClient, E>) =>
  Layer.provideMerge(Layer.provide(ProcessRegistry.layer(), SqlRegistryStore.layer()), sql)

const backends = [
  ["SQLite", onSqlite((options) => registryAnd(Sqlite.layer(options)))],
  ["PostgreSQL", onPostgres((options) => registryAnd(Postgres.layer(options)))]
] as const

for (const [name, layer] of backends) {
  describe(`the registry on ${name}`, () => {
    const holder = ProcessRegistry.name(Holder, "holder")

    it.live("stored metadata that is no JSON record is corrupt, never skipped", () =>
      Effect.gen(function* () {
        const registry = yield* ProcessRegistry.ProcessRegistry
        const sql = yield* SqlClient.SqlClient
        yield* registry.register(holder, yield* Process.start(Holder))
        for (const junk of ["{", "[1]", "7"]) {
          yield* sql`update foundation_registry_names set metadata = ${junk}`
          const calls: ReadonlyArray<Effect.Effect<unknown, BackendError.BackendError>> = [
            registry.whereis(holder),
            registry.count().pipe(Effect.andThen(registry.lookup(holder))),
            registry.get(holder).pipe(Effect.catchTag("NotRegistered", Effect.die))
          ]
          for (const call of calls) assert.strictEqual((yield* Effect.flip(call)).reason._tag, "Corrupt")
        }
      }).pipe(Effect.scoped, Effect.provide(layer))
    )

    it.live("23: with its tables emptied under load, the registry works again with the next call", () =>
      Effect.gen(function* () {
        const registry = yield* ProcessRegistry.ProcessRegistry
        const sql = yield* SqlClient.SqlClient
        const ref = yield* Process.start(Holder)
        yield* registry.register(holder, ref)
        const load = Effect.forEach(
          Array.from({ length: 50 }, (_, index) => index),
          (index) => registry.register(ProcessRegistry.name(Holder, `load-${index}`), ref),
          { concurrency: 10 }
        )
        const loading = yield* Effect.forkChild(load, { startImmediately: true })
        yield* sql`delete from foundation_registry_sessions`
        yield* sql`delete from foundation_registry_names`
        yield* Fiber.join(loading)
        yield* registry.register(ProcessRegistry.name(Holder, "after"), ref)
        assert.strictEqual(yield* registry.get(holder), ref)
        assert.strictEqual(yield* registry.get(ProcessRegistry.name(Holder, "after")), ref)
      }).pipe(Effect.scoped, Effect.provide(layer))
    )
  })
}
