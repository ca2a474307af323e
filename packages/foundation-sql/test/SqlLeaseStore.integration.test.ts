import { assert, describe, it } from "@effect/vitest"
import { LeaderElection, LeaseStore } from "@foundation/core"
import type { BackendError } from "@foundation/core"
import { LeaseStoreContract } from "@foundation/core/testing"
import { Effect, Layer, Redacted } from "effect"
import type { Scope } from "effect"
import { SqlClient } from "effect/sql"
import { Postgres, SqlLeaseStore, Sqlite } from "../src/index.ts"
import { onPostgres, onSqlite, postgresUrl, sqliteFile } from "./databases.ts"

// The suite moves the clock by hand.
LeaseStoreContract.suite("SQLite", onSqlite(SqlLeaseStore.layerSqlite))
LeaseStoreContract.suite(
  "PostgreSQL",
  onPostgres((options) => SqlLeaseStore.layerPostgres({ ...options, clock: "process" }))
)

const claim = (candidate: string, leaseMillis: number): LeaseStore.Claim => ({
  session: `session of ${candidate}`,
  candidate,
  score: 0,
  leaseMillis,
  after: 0
})

interface Database {
  readonly name: string
  /** The same database each time, on a connection of its own. */
  readonly make: Effect.Effect<Layer.Layer<SqlClient.SqlClient, BackendError.BackendError>, never, Scope.Scope>
}

const databases: ReadonlyArray<Database> = [
  { name: "SQLite", make: Effect.map(sqliteFile, (filename) => Sqlite.layer({ filename })) },
  { name: "PostgreSQL", make: Effect.map(postgresUrl, (url) => Postgres.layer({ url })) }
]

/** One node's own connection to the database. */
const node = (database: Layer.Layer<SqlClient.SqlClient, BackendError.BackendError>) =>
  Layer.build(Layer.fresh(Layer.provide(SqlLeaseStore.layer(), Layer.fresh(database))))

for (const { make, name } of databases) {
  describe(`SqlLeaseStore on ${name}`, () => {
    it.live("of many claims over several connections one is granted, and terms survive a restart", () =>
      Effect.gen(function* () {
        const database = yield* make
        const term = yield* Effect.scoped(
          Effect.gen(function* () {
            const nodes = yield* Effect.forEach([1, 2, 3], () => node(database), { concurrency: "unbounded" })
            const answers = yield* Effect.forEach(
              Array.from({ length: 30 }, (_, i) => i),
              (i) =>
                LeaseStore.LeaseStore.use((store) => store.take("e", claim(`n${i}`, 60_000))).pipe(
                  Effect.provide(nodes[i % nodes.length]!)
                ),
              { concurrency: "unbounded" }
            )
            const granted = answers.flatMap((answer) => answer.granted ?? [])
            assert.deepStrictEqual(granted, [1])
            const leaders = new Set(answers.map(({ leader }) => leader?.candidate))
            assert.deepStrictEqual(leaders.size - (leaders.has(undefined) ? 1 : 0), 1)
            return granted[0]
          })
        )
        const again = yield* node(database)
        const view = yield* LeaseStore.LeaseStore.use((store) => store.read("e")).pipe(Effect.provide(again))
        assert.strictEqual(view.term, term)
        assert.isAbove(view.leader?.remainingMillis ?? 0, 0)
      })
    )

    it.live("a row that was damaged is Corrupt, and other elections go on", () =>
      Effect.gen(function* () {
        const database = yield* make
        const context = yield* node(database)
        yield* Effect.gen(function* () {
          const store = yield* LeaseStore.LeaseStore
          yield* store.take("damaged", claim("a", 1_000))
          for (const record of ["{", `{"term":-1,"holder":null,"standing":[]}`]) {
            yield* SqlClient.SqlClient.use((sql) => sql`update foundation_leases set record = ${record}`).pipe(
              Effect.provide(database)
            )
            for (const step of [store.take("damaged", claim("a", 1_000)), store.read("damaged")]) {
              const error = yield* Effect.flip(step)
              assert(error._tag === "BackendError" && error.reason._tag === "Corrupt")
              assert.include(error.message, `election "damaged"`)
            }
          }
          yield* store.take("well", claim("a", 1_000))
        }).pipe(Effect.provide(context))
      })
    )

    it.live("nodes on separate connections elect one leader, and the next when it resigns", () =>
      Effect.gen(function* () {
        const database = yield* make
        const campaign = Effect.fnUntraced(function* (candidate: string, score: number) {
          const elections = yield* Layer.build(
            Layer.fresh(
              LeaderElection.layer.pipe(Layer.provide(SqlLeaseStore.layer()), Layer.provide(Layer.fresh(database)))
            )
          )
          return yield* LeaderElection.LeaderElection.use((service) =>
            service.campaign({ election: "nodes", candidate, score, lease: "2 seconds", standing: "500 millis" })
          ).pipe(Effect.provide(elections))
        })
        const [low, high] = yield* Effect.all([campaign("low", 1), campaign("high", 2)], { concurrency: "unbounded" })
        const first = yield* high.awaitElected
        assert.isFalse(yield* low.isLeader)
        yield* high.resign
        const second = yield* low.awaitElected
        assert.isAbove(second.term, first.term)
      })
    )
  })
}

describe("SqlLeaseStore", () => {
  it.live("PostgreSQL's own clock ends a lease", () =>
    Effect.gen(function* () {
      const store = yield* LeaseStore.LeaseStore
      const { leader } = yield* store.take("e", claim("a", 60_000))
      assert.strictEqual(leader?.remainingMillis, 60_000)
      yield* store.release("e", claim("a", 0).session)
      yield* store.take("e", claim("a", 1))
      // Each look takes the server some time of its own.
      const gone = yield* store.read("e").pipe(Effect.repeat({ until: (view) => view.leader === undefined }))
      assert.strictEqual(gone.term, 2)
      assert.strictEqual((yield* store.take("e", claim("b", 60_000))).granted, 3)
    }).pipe(Effect.provide(onPostgres(SqlLeaseStore.layerPostgres)))
  )

  it.live("a database that cannot be reached is Unavailable", () =>
    Effect.gen(function* () {
      const url = Redacted.make("postgres://nobody:nothing@127.0.0.1:1/none")
      const error = yield* Effect.flip(Effect.scoped(Layer.build(SqlLeaseStore.layerPostgres({ url }))))
      assert.strictEqual(error.reason._tag, "Unavailable")
    })
  )
})
