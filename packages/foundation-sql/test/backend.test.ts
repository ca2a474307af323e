import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, Layer, Redacted } from "effect"
import { SqlError } from "effect/sql"
import { TestClock } from "effect/testing"
import { Postgres, SqlEventStore, Sqlite, SqlLeaseStore, SqlRegistryStore } from "../src/index.ts"
import { makeGate, toBackendError, whileBusy } from "../src/internal/backend.ts"

/** What a driver says with a code of its own. */
const unknown = (cause: unknown) => new SqlError.SqlError({ reason: new SqlError.UnknownError({ cause }) })
const sqlite = (errcode: number) => unknown(Object.assign(new Error("unable to open database file"), { errcode }))
const postgres = (code: string) => unknown(Object.assign(new Error("the server said so"), { code }))
const reasonOf = (error: SqlError.SqlError) => toBackendError("step")(error).reason

const refusalOf = <A, E>(layer: Layer.Layer<A, E>) =>
  Effect.map(Effect.exit(Effect.scoped(Layer.build(layer))), (exit) => {
    const defect = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
    return defect instanceof RangeError ? defect.message : `no RangeError but ${String(defect)}`
  })

describe("errors of a database", () => {
  it("a server that has no room for one more is Busy", () => {
    for (const code of ["53300", "53200"]) assert.strictEqual(reasonOf(postgres(code))._tag, "Busy", code)
  })

  it("a standby, a server that stops and a file that cannot be opened are Unavailable, and say so", () => {
    for (const code of ["25006", "57P01", "57P03"])
      assert.strictEqual(reasonOf(postgres(code))._tag, "Unavailable", code)
    // With one of its extended codes, too.
    for (const code of [14, 14 | (2 << 8)]) {
      assert.strictEqual(reasonOf(sqlite(code))._tag, "Unavailable")
      assert.include(reasonOf(sqlite(code)).message, "unable to open database file")
    }
  })

  for (const Reason of [SqlError.LockTimeoutError, SqlError.DeadlockError, SqlError.SerializationError]) {
    it.effect(`a step that was undone by ${Reason.name} is tried again, and says Busy in the end`, () =>
      Effect.gen(function* () {
        const error = new SqlError.SqlError({ reason: new Reason({ cause: new Error("undone") }) })
        let tries = 0
        const failing = Effect.suspend(() => (++tries < 3 ? Effect.fail(error) : Effect.succeed("done")))
        const fiber = yield* Effect.forkChild(whileBusy("1 second")(failing), { startImmediately: true })
        yield* TestClock.adjust("1 second")
        assert.strictEqual(yield* Fiber.join(fiber), "done")
        const never = yield* Effect.forkChild(Effect.flip(whileBusy("1 second")(Effect.fail(error))), {
          startImmediately: true
        })
        yield* TestClock.adjust("1 minute")
        assert.strictEqual(reasonOf(yield* Fiber.join(never))._tag, "Busy")
      })
    )
  }

  it.effect("a gate lets steps through until its scope has closed", () =>
    Effect.gen(function* () {
      const gate = yield* Effect.scoped(
        Effect.gen(function* () {
          const gate = yield* makeGate
          assert.strictEqual(yield* gate("step")(Effect.succeed(1)), 1)
          return gate
        })
      )
      const error = yield* Effect.flip(gate("step")(Effect.succeed(1)))
      assert.strictEqual(error.message, "step: the backend is unavailable: the store is closed")
    })
  )
})

describe("options out of their range", () => {
  const filename = ":memory:"
  const url = Redacted.make("postgres://postgres@127.0.0.1:1/postgres")
  const cases: ReadonlyArray<readonly [option: string, refusal: Effect.Effect<string>]> = [
    ["Sqlite: pagesMax", refusalOf(Sqlite.layer({ filename, pagesMax: Number.NaN }))],
    ["Sqlite: pagesMax", refusalOf(Sqlite.layer({ filename, pagesMax: 0 }))],
    ["Sqlite: busyTimeout", refusalOf(Sqlite.layer({ filename, busyTimeout: "1 hour" }))],
    ["Postgres: connectionsMax", refusalOf(Postgres.layer({ url, connectionsMax: 0.5 }))],
    ["Postgres: connectTimeout", refusalOf(Postgres.layer({ url, connectTimeout: 0 }))],
    ["SqlEventStore: waitingMax", refusalOf(SqlEventStore.layerSqlite({ filename, waitingMax: -1 }))],
    ["SqlEventStore: pollInterval", refusalOf(SqlEventStore.layerSqlite({ filename, pollInterval: 0 }))],
    ["SqlEventStore: patience", refusalOf(SqlEventStore.layerSqlite({ filename, patience: "Infinity" }))],
    ["SqlRegistryStore: pollInterval", refusalOf(SqlRegistryStore.layerSqlite({ filename, pollInterval: 0 }))],
    ["SqlRegistryStore: patience", refusalOf(SqlRegistryStore.layerSqlite({ filename, patience: "2 hours" }))],
    ["SqlLeaseStore: patience", refusalOf(SqlLeaseStore.layerSqlite({ filename, patience: "2 hours" }))]
  ]
  for (const [option, refusal] of cases) {
    it.live(`${option} is refused when the layer is built`, () =>
      Effect.map(refusal, (message) => assert.match(message, new RegExp(`^${option} is .* not `)))
    )
  }
})
