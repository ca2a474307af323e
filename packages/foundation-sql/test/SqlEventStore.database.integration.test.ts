/** What the contract cannot ask of every backend: restarts, corruption, several stores on one database, lost connections. */
import { readFileSync, writeFileSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import { assert, describe, it } from "@effect/vitest"
import { EventBus, EventStore } from "@foundation/core"
import type { BackendError } from "@foundation/core"
import { Context, Deferred, Effect, Exit, Fiber, Layer, Option, Redacted, Result, Scope, Stream } from "effect"
import { SqlClient } from "effect/sql"
import { Postgres, SqlEventStore, Sqlite } from "../src/index.ts"
import { postgresUrl, sqliteFile } from "./databases.ts"

const input = (n: number) => ({ type: "A", data: n })
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1)
const data = (events: ReadonlyArray<{ readonly data: unknown }>) => events.map((it) => it.data)

type Failure = EventStore.InvalidRequest | BackendError.BackendError

interface Database {
  readonly name: string
  /** The same database each time. */
  readonly make: Effect.Effect<Layer.Layer<SqlClient.SqlClient, BackendError.BackendError>, never, Scope.Scope>
}

const databases: ReadonlyArray<Database> = [
  { name: "SQLite", make: Effect.map(sqliteFile, (filename) => Sqlite.layer({ filename })) },
  { name: "PostgreSQL", make: Effect.map(postgresUrl, (url) => Postgres.layer({ url })) }
]

/** Runs a program on a store that is opened for it and closed behind it. */
const opened =
  (database: Layer.Layer<SqlClient.SqlClient, BackendError.BackendError>) =>
  <A, E, R>(program: (store: EventStore.EventStore["Service"]) => Effect.Effect<A, E, R>) =>
    EventStore.EventStore.use(program).pipe(
      Effect.provide(Layer.provide(SqlEventStore.layer(), Layer.fresh(database)), { local: true })
    )

for (const { name, make } of databases) {
  describe(`SqlEventStore on ${name}`, () => {
    it.live("E60: stopped and started again the store has all events, and others answered meanwhile", () =>
      Effect.gen(function* () {
        const open = opened(yield* make)
        const { publish } = yield* EventBus.EventBus
        const before = yield* open((store) =>
          Effect.gen(function* () {
            yield* store.append("s", "none", numbers(50).map(input))
            yield* store.saveCheckpoint("reader", 17)
            yield* store.saveSnapshot("s", 20, { sum: 210 })
            return yield* store.read("s")
          })
        )
        assert.strictEqual(yield* publish("config.changed", 1), 0)
        yield* open((store) =>
          Effect.gen(function* () {
            assert.deepStrictEqual(yield* store.read("s"), before)
            assert.strictEqual(yield* store.checkpoint("reader"), 17)
            assert.deepInclude(Option.getOrThrow(yield* store.loadSnapshot("s")), { version: 20, state: { sum: 210 } })
            assert.strictEqual((yield* store.append("s", 50, [input(51)])).events[0]?.position, 51)
          })
        )
      }).pipe(Effect.scoped, Effect.provide(EventBus.layerMemory))
    )

    it.live("a subscriber that was stopped goes on behind its checkpoint", () =>
      Effect.gen(function* () {
        const open = opened(yield* make)
        const seen: Array<unknown> = []
        const consumeUntil = (last: number) =>
          open((store) =>
            Effect.gen(function* () {
              const done = yield* Deferred.make<void>()
              const fiber = yield* Effect.forkChild(
                store.consume({
                  subscriber: "reader",
                  checkpointEvery: 1,
                  handle: (event) =>
                    Effect.suspend(() => {
                      seen.push(event.data)
                      return event.data === last ? Deferred.succeed(done, undefined) : Effect.void
                    })
                })
              )
              yield* store.append(
                "s",
                "any",
                numbers(5).map((n) => input(last - 5 + n))
              )
              yield* Deferred.await(done)
              while ((yield* store.checkpoint("reader")) < last) yield* Effect.yieldNow
              yield* Fiber.interrupt(fiber)
            })
          )
        yield* consumeUntil(5)
        yield* consumeUntil(10)
        assert.deepStrictEqual(seen, numbers(10))
      }).pipe(Effect.scoped)
    )

    it.live("four stores opened at once on an empty database append together without gaps, and each sees all", () =>
      Effect.gen(function* () {
        const open = opened(yield* make)
        const total = 4 * 50
        const one = (index: number) =>
          open((store) =>
            Effect.gen(function* () {
              const all = yield* Effect.forkChild(Stream.runCollect(Stream.take(store.subscribe(), total)), {
                startImmediately: true
              })
              const writers = numbers(50).map((n) => store.append(`s-${index}`, "any", [input(n)]))
              yield* Effect.all(writers, { concurrency: 10, discard: true })
              return yield* Fiber.join(all)
            })
          )
        const views = yield* Effect.forEach([0, 1, 2, 3], one, { concurrency: "unbounded" })
        for (const view of views) {
          assert.deepStrictEqual(
            view.map((it) => it.position),
            numbers(total)
          )
          assert.deepStrictEqual(view, views[0])
        }
      }).pipe(Effect.scoped)
    )

    it.live("rows that somebody else has changed are Corrupt, also when an id is appended again", () =>
      Effect.gen(function* () {
        const database = yield* make
        const changes = [
          "update foundation_events set data = '{' where version = 1",
          "update foundation_events set correlation_id = '' where version = 1",
          "update foundation_events set type = '' where version = 1"
        ]
        for (const change of changes) {
          yield* Effect.gen(function* () {
            const sql = yield* SqlClient.SqlClient
            const store = yield* EventStore.EventStore
            yield* store.append("s", "any", [{ ...input(1), id: change }])
            yield* sql.unsafe(change)
            const reads = [store.read("s"), store.readAll(), store.query({ stream: "s" }), store.lookup(change)]
            const errors = yield* Effect.forEach(reads, (read) =>
              Effect.flip(Effect.asVoid<unknown, Failure, never>(read))
            )
            for (const error of errors) {
              if (error._tag !== "BackendError") assert.fail(`${error._tag} instead of BackendError`)
              else assert.strictEqual(error.reason._tag, "Corrupt", error.message)
            }
            yield* sql.unsafe("delete from foundation_events")
            yield* sql.unsafe("delete from foundation_event_streams")
          }).pipe(Effect.provide(Layer.provideMerge(SqlEventStore.layer(), Layer.fresh(database)), { local: true }))
        }
      }).pipe(Effect.scoped)
    )

    it.live("an event missing in the middle of a stream is Corrupt", () =>
      Effect.gen(function* () {
        const database = yield* make
        yield* Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          const store = yield* EventStore.EventStore
          yield* store.append("s", "none", numbers(5).map(input))
          yield* sql.unsafe("delete from foundation_events where version = 3")
          for (const direction of ["forwards", "backwards"] as const) {
            const error = yield* Effect.flip(store.read("s", { direction }))
            assert.include(error.message, "stored bytes are corrupt")
          }
          const fold = store.stateAt("s", { initial: 0, step: (state) => state + 1 })
          assert.include((yield* Effect.flip(fold)).message, "from version 2 to 4")
        }).pipe(Effect.provide(Layer.provideMerge(SqlEventStore.layer(), database), { local: true }))
      }).pipe(Effect.scoped)
    )

    it.live("tables of a later program are refused", () =>
      Effect.gen(function* () {
        const database = yield* make
        const open = opened(database)
        yield* open((store) => store.stats)
        yield* Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          yield* sql.unsafe("update foundation_stores set version = 99")
        }).pipe(Effect.provide(Layer.fresh(database), { local: true }))
        const error = yield* Effect.flip(open((store) => store.stats))
        assert.include(error.message, "update the program")
      }).pipe(Effect.scoped)
    )

    it.live("an append given up while it waits is not made; the others are", () =>
      Effect.gen(function* () {
        const open = opened(yield* make)
        yield* open((store) =>
          Effect.gen(function* () {
            const appends = numbers(20).map((n) => store.append("s", "any", [input(n)]))
            const fibers = yield* Effect.forEach(appends, (append) =>
              Effect.forkChild(append, { startImmediately: true })
            )
            for (const fiber of fibers.slice(10)) yield* Fiber.interrupt(fiber)
            for (const fiber of fibers.slice(0, 10)) yield* Fiber.join(fiber)
            assert.deepStrictEqual(data(yield* store.read("s")), numbers(10))
          })
        )
      }).pipe(Effect.scoped)
    )
  })
}

describe("SQLite", () => {
  const reasonOf = (options: Sqlite.Options) =>
    Effect.gen(function* () {
      const store = yield* EventStore.EventStore
      return yield* store.stats
    }).pipe(
      Effect.provide(SqlEventStore.layerSqlite(options), { local: true }),
      Effect.flip,
      Effect.map((error) => error.reason)
    )

  it.live("a file that is no database is Corrupt, a folder that is not there Unavailable", () =>
    Effect.gen(function* () {
      const filename = yield* sqliteFile
      writeFileSync(filename, "this is a text and not a database ".repeat(500))
      const reason = yield* reasonOf({ filename })
      assert.strictEqual(reason._tag, "Corrupt")
      assert.include(reason.message, "file is not a database")
      assert.strictEqual((yield* reasonOf({ filename: `${filename}/nowhere/store` }))._tag, "Unavailable")
    }).pipe(Effect.scoped)
  )

  it.live("while another connection holds the file an append tries on, then says Busy, and works afterwards", () =>
    Effect.gen(function* () {
      const filename = yield* sqliteFile
      const program = Effect.gen(function* () {
        const store = yield* EventStore.EventStore
        yield* store.append("s", "none", [input(1)])
        const other = new DatabaseSync(filename)
        other.exec("begin immediate")
        const error = yield* Effect.flip(store.append("s", "any", [input(2)]))
        assert.strictEqual(error._tag === "BackendError" ? error.reason._tag : error._tag, "Busy")
        const waiting = yield* Effect.forkChild(store.append("s", 1, [input(2)]), { startImmediately: true })
        // The writer tries at least once before the lock goes.
        for (let turn = 0; turn < 20; turn++) yield* Effect.yieldNow
        other.exec("commit")
        other.close()
        assert.strictEqual((yield* Fiber.join(waiting)).version, 2)
      })
      const options = { filename, patience: "300 millis", busyTimeout: "5 millis" } as const
      yield* Effect.provide(program, SqlEventStore.layerSqlite(options), { local: true })
    }).pipe(Effect.scoped)
  )

  it.live("appends beyond the waiting limit are Busy; the others are made", () =>
    Effect.gen(function* () {
      const filename = yield* sqliteFile
      const program = Effect.gen(function* () {
        const store = yield* EventStore.EventStore
        const appends = numbers(10).map((n) => store.append("s", "any", [input(n)]))
        const results = yield* Effect.forEach(appends, Effect.result, { concurrency: "unbounded" })
        const refused = results.flatMap((result) => (Result.isFailure(result) ? [result.failure] : []))
        assert.isAbove(refused.length, 0)
        for (const error of refused) assert.include(error.message, "the backend is busy")
        assert.strictEqual((yield* store.stats).events, 10 - refused.length)
      })
      yield* Effect.provide(program, SqlEventStore.layerSqlite({ filename, waitingMax: 3 }), { local: true })
    }).pipe(Effect.scoped)
  )

  it.live("closing the store makes what was accepted, and refuses what comes later as Unavailable", () =>
    Effect.gen(function* () {
      const filename = yield* sqliteFile
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(SqlEventStore.layerSqlite({ filename }), scope)
      const store = Context.get(context, EventStore.EventStore)
      const fibers = yield* Effect.forEach(numbers(20), (n) =>
        Effect.forkChild(store.append("s", "any", [input(n)]), { startImmediately: true })
      )
      yield* Scope.close(scope, Exit.void)
      for (const fiber of fibers) yield* Fiber.join(fiber)
      const late = yield* Effect.flip(store.append("s", "any", [input(21)]))
      assert.include(late.message, "the store is closed")
      const calls: ReadonlyArray<Effect.Effect<unknown, EventStore.AppendError | Failure>> = [
        store.append("s", "any", [input(22)]),
        store.read("s"),
        store.readAll(),
        store.stats,
        store.prune({ before: 1 }),
        Stream.runDrain(store.subscribe())
      ]
      for (const call of calls) {
        const error = yield* Effect.flip(Effect.asVoid(call))
        assert.strictEqual(error._tag === "BackendError" ? error.reason._tag : error._tag, "Unavailable")
        assert.include(error.message, "the store is closed")
      }
      const read = EventStore.EventStore.use((store) => store.read("s"))
      const events = yield* Effect.provide(read, SqlEventStore.layerSqlite({ filename }), { local: true })
      assert.deepStrictEqual(data(events), numbers(20))
    }).pipe(Effect.scoped)
  )

  it.live("E61: a database file with junk in its middle gives errors, never a crash or a wrong event", () =>
    Effect.gen(function* () {
      const filename = yield* sqliteFile
      const all = numbers(2_000)
      yield* EventStore.EventStore.use((store) =>
        Effect.forEach([0, 1], (half) =>
          store.append("s", half * 1_000, all.slice(half * 1_000, half * 1_000 + 1_000).map(input))
        )
      ).pipe(Effect.provide(SqlEventStore.layerSqlite({ filename }), { local: true }))
      const good = readFileSync(filename)
      let errors = 0
      for (let place = 0; place < 40; place++) {
        const bytes = Buffer.from(good)
        bytes.fill(0x5a, Math.floor((place / 40) * bytes.length) + 200, Math.floor((place / 40) * bytes.length) + 800)
        writeFileSync(filename, bytes)
        const read = EventStore.EventStore.use((store) => store.read("s", { limit: 5_000 })).pipe(
          Effect.provide(SqlEventStore.layerSqlite({ filename }), { local: true })
        )
        const result = yield* Effect.result(read)
        if (Result.isFailure(result)) errors += 1
        else assert.isTrue(result.success.every((event) => event.type === "A" || event.type.includes("Z")))
      }
      assert.isAbove(errors, 5)
    }).pipe(Effect.scoped)
  )
})

describe("PostgreSQL", () => {
  it.live("a wrong password is Denied, a closed port Unavailable", () =>
    Effect.gen(function* () {
      const url = yield* postgresUrl
      const reasonOf = (text: string) =>
        SqlEventStore.layerPostgres({ url: Redacted.make(text), connectTimeout: "2 seconds" }).pipe(
          Layer.build,
          Effect.flip,
          Effect.map((error) => error.reason._tag)
        )
      assert.strictEqual(yield* reasonOf(Redacted.value(url).replace(":postgres@", ":wrong@")), "Denied")
      assert.strictEqual(yield* reasonOf("postgres://postgres:postgres@127.0.0.1:1/postgres"), "Unavailable")
    }).pipe(Effect.scoped)
  )

  it.live("an append of one store wakes the subscribers of another by notification, without any poll", () =>
    Effect.gen(function* () {
      const url = yield* postgresUrl
      const open = Effect.map(
        Layer.build(Layer.fresh(SqlEventStore.layerPostgres({ url, pollInterval: "1 hour" }))),
        (context) => Context.get(context, EventStore.EventStore)
      )
      const [writer, reader] = [yield* open, yield* open]
      const seen = yield* Effect.forkChild(Stream.runCollect(Stream.take(reader.subscribe(), 3)), {
        startImmediately: true
      })
      for (const n of numbers(3)) {
        yield* writer.append("s", "any", [input(n)])
        // The reader has caught up and waits again before the next append is made.
        for (let turn = 0; turn < 20; turn++) yield* reader.checkpoint("reader")
      }
      assert.deepStrictEqual(data(yield* Fiber.join(seen)), numbers(3))
    }).pipe(Effect.scoped)
  )

  it.live("when every connection is cut, calls fail or succeed, and the subscription follows on", () =>
    Effect.gen(function* () {
      const url = yield* postgresUrl
      const store = yield* EventStore.EventStore.pipe(
        Effect.provide(
          Layer.succeedContext(yield* Layer.build(SqlEventStore.layerPostgres({ url, pollInterval: "50 millis" })))
        )
      )
      const cut = Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* sql.unsafe(
          "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
        )
      }).pipe(Effect.provide(Postgres.layer({ url, connectionsMax: 1 }), { local: true }))
      const all = yield* Effect.forkChild(Stream.runCollect(Stream.take(store.subscribe(), 30)), {
        startImmediately: true
      })
      for (const n of numbers(30)) {
        if (n % 10 === 0) yield* cut
        // Under its own id an append can be repeated until it is known to be done.
        yield* store
          .append("s", "any", [{ ...input(n), id: `id-${n}` }])
          .pipe(Effect.retry({ times: 20, while: (error) => error._tag === "BackendError" && error.retryable }))
      }
      assert.deepStrictEqual(data(yield* Fiber.join(all)), numbers(30))
    }).pipe(Effect.scoped)
  )
})
