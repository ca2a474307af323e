/** Studies on real databases: the contract on SQLite and PostgreSQL, and a worker process that is killed. */
import { spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { EventStore } from "@foundation/core"
import { SqlEventStore } from "@foundation/sql"
import { Effect, Layer, Redacted } from "effect"
import type { Scope } from "effect"
import { TestClock } from "effect/testing"
import * as Studies from "../../src/study/Studies.ts"
import { definition, lease } from "./crash/definition.ts"
import { vi } from "vitest"
import { suite } from "./studiesContract.ts"

// Real databases and processes take the time that the machine gives them.
vi.setConfig({ testTimeout: 60_000 })

const sqliteFile: Effect.Effect<string, never, Scope.Scope> = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "studies-"))),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
  ),
  (folder) => join(folder, "studies.sqlite")
)

/** The address of a PostgreSQL server of its own, which ends with the scope. */
const postgresUrl: Effect.Effect<Redacted.Redacted, never, Scope.Scope> = Effect.map(
  Effect.acquireRelease(
    Effect.callback<readonly [number, ReturnType<typeof spawn>]>((resume) => {
      const main = fileURLToPath(import.meta.resolve("@foundation/sql/testing/postgres"))
      const child = spawn(process.execPath, [main], { stdio: ["pipe", "pipe", "pipe"] })
      let log = ""
      child.stderr.on("data", (chunk) => void (log += String(chunk)))
      child.once("close", (code) => resume(Effect.die(new Error(`PostgreSQL does not start (${code}):\n${log}`))))
      child.stdout.on("data", (chunk) => {
        const ready = /ready (\d+)/.exec(String(chunk))
        if (ready !== null) resume(Effect.succeed([Number(ready[1]), child]))
      })
    }),
    ([, child]) =>
      Effect.callback<void>((resume) => {
        child.removeAllListeners("close").once("close", () => resume(Effect.void))
        child.stdin?.end()
      })
  ),
  ([port]) => Redacted.make(`postgres://postgres:postgres@127.0.0.1:${port}/postgres`)
)

suite("memory", EventStore.layerMemory)
suite("SQLite", Layer.unwrap(Effect.map(sqliteFile, (filename) => SqlEventStore.layerSqlite({ filename }))))
suite("PostgreSQL", Layer.unwrap(Effect.map(postgresUrl, (url) => SqlEventStore.layerPostgres({ url }))))

const worker = fileURLToPath(new URL("./crash/worker.ts", import.meta.url))

/** Runs a worker on the file until it says that it holds a trial, and kills it at once. */
const killWhileWorking = (filename: string): Effect.Effect<number> =>
  Effect.callback((resume) => {
    const child = spawn(process.execPath, [worker, filename], { stdio: ["ignore", "pipe", "pipe"] })
    let number: number | undefined
    let errors = ""
    child.stderr.on("data", (chunk) => void (errors += String(chunk)))
    child.stdout.on("data", (chunk) => {
      number = Number(/holds (\d+)/.exec(String(chunk))?.[1])
      child.kill("SIGKILL")
    })
    child.once("close", (_, signal) =>
      resume(
        signal === "SIGKILL" && number !== undefined
          ? Effect.succeed(number)
          : Effect.die(new Error(`the worker ended by itself: ${errors}`))
      )
    )
    return Effect.sync(() => void child.kill("SIGKILL"))
  })

describe("P14: a real process", () => {
  it.effect("is killed while it holds a trial; after the lease another takes it up, and the study ends", () =>
    Effect.gen(function* () {
      const filename = yield* sqliteFile
      const lost = yield* killWhileWorking(filename)
      yield* Effect.gen(function* () {
        const study = yield* Studies.Studies.use((studies) =>
          studies.open("crash", definition, { owner: "next", lease })
        )
        const before = (yield* study.state).trial(lost)
        assert(before?.state === "running" && before.lease !== undefined)
        // The clock of this test goes on from where the dead process's lease still held.
        yield* TestClock.setTime(before.lease.until - 1)
        const other = yield* study.ask()
        assert.strictEqual(other.number, lost + 1)
        yield* TestClock.adjust("1 millis")
        const found = yield* study.ask()
        assert.deepStrictEqual([found.number, found.attempt], [lost, 2])
        assert.deepStrictEqual(found.params, before.params)
        assert.strictEqual(found.failures[0]?.kind, "lease-expired")
        yield* study.tell(found.number, 1)
        yield* study.tell(other.number, 1)
        while ((yield* study.state).count < definition.trialsMax) yield* study.tell((yield* study.ask()).number, 1)
        const { counts } = yield* Studies.Studies.use((studies) => studies.get("crash"))
        assert.strictEqual(counts.complete, definition.trialsMax)
      }).pipe(Effect.provide(Layer.provide(Studies.layer, SqlEventStore.layerSqlite({ filename }))))
    }).pipe(Effect.scoped)
  )
})
