/** Names are leases: real processes that are killed and frozen, on both databases. */
import { type ChildProcess, spawn } from "node:child_process"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { type BackendError, Process, ProcessRegistry } from "@foundation/core"
import { Clock, Effect, type Layer, Option, Redacted, Schedule, type Scope } from "effect"
import { SqlRegistryStore } from "../../src/index.ts"
import { postgresUrl, sqliteFile } from "../databases.ts"
import { Holder } from "./protocol.ts"

const leaseMillis = 2000
const holder = fileURLToPath(new URL("./holder.ts", import.meta.url))

interface Child {
  readonly process: ChildProcess
  /** Everything it has said so far. */
  readonly said: () => string
}

/** A child that holds the name; it is killed with the scope. */
const startHolder = (kind: string, location: string, key: string): Effect.Effect<Child, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.callback<Child>((resume) => {
      const child = spawn(process.execPath, [holder, kind, location, key, String(leaseMillis)], {
        stdio: ["ignore", "pipe", "pipe"],
        env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), "foundation-compile-cache") }
      })
      let output = ""
      let errors = ""
      child.stderr.on("data", (chunk) => void (errors += String(chunk)))
      child.stdout.on("data", (chunk) => {
        output += String(chunk)
        if (output.includes("registered")) resume(Effect.succeed({ process: child, said: () => output }))
      })
      child.on("close", (code) => resume(Effect.die(new Error(`the holder ended with ${code}: ${errors}`))))
    }),
    (child) => Effect.sync(() => void child.process.kill("SIGKILL"))
  )

/** Waits until a step succeeds. */
const eventually = <A, E, R>(step: Effect.Effect<A, E, R>) =>
  Effect.retry(step, Schedule.spaced("20 millis").pipe(Schedule.upTo({ duration: "20 seconds" })))

const backends: ReadonlyArray<
  readonly [
    name: string,
    kind: string,
    location: Effect.Effect<string, never, Scope.Scope>,
    layer: (location: string) => Layer.Layer<ProcessRegistry.ProcessRegistry, BackendError.BackendError>
  ]
> = [
  ["SQLite", "sqlite", sqliteFile, (filename) => SqlRegistryStore.layerRegistrySqlite({ filename, node: "parent" })],
  [
    "PostgreSQL",
    "postgres",
    Effect.map(postgresUrl, Redacted.value),
    (url) => SqlRegistryStore.layerRegistryPostgres({ url: Redacted.make(url), node: "parent" })
  ]
]

for (const [name, kind, location, layer] of backends) {
  describe(`names as leases: ${name}`, () => {
    it.live(
      "a holder that is killed without warning loses its name after its lease, and not before",
      () =>
        Effect.gen(function* () {
          const where = yield* location
          yield* Effect.gen(function* () {
            const registry = yield* ProcessRegistry.ProcessRegistry
            const leader = ProcessRegistry.name(Holder, "leader")
            const child = yield* startHolder(kind, where, "leader")
            const told = Option.getOrThrow(yield* registry.whereis(leader))
            assert.deepInclude(told, { node: "child", metadata: { pid: child.process.pid! }, ref: undefined })
            assert.deepStrictEqual(yield* registry.lookup(leader), Option.none())
            assert.deepInclude(yield* Effect.flip(registry.get(leader)), { _tag: "NotRegistered", node: "child" })
            assert.strictEqual((yield* Effect.flip(registry.unregister(leader)))._tag, "NotOwner")

            const ref = yield* Process.start(Holder)
            const refused = yield* Effect.flip(registry.register(leader, ref))
            assert.deepInclude(refused, { _tag: "NameTaken", node: "child", holder: told.label })
            // Longer than a lease that nobody would renew.
            yield* Effect.sleep(leaseMillis * 1.5)
            assert.strictEqual((yield* Effect.flip(registry.register(leader, ref)))._tag, "NameTaken")

            child.process.kill("SIGKILL")
            const killed = yield* Clock.currentTimeMillis
            yield* eventually(registry.register(leader, ref))
            const free = (yield* Clock.currentTimeMillis) - killed
            // The last renewal was a tenth of the lease before the kill, or a little more on a busy machine.
            assert.isAtLeast(free, leaseMillis * 0.6)
            assert.isAtMost(free, leaseMillis * 3)
            assert.strictEqual(yield* registry.get(leader), ref)
          }).pipe(Effect.scoped, Effect.provide(layer(where)))
        }).pipe(Effect.scoped),
      60_000
    )

    it.live.runIf(process.env["CAMPAIGN"] !== undefined)(
      "a holder that was frozen past its lease learns that its name is lost",
      () =>
        Effect.gen(function* () {
          const where = yield* location
          yield* Effect.gen(function* () {
            const registry = yield* ProcessRegistry.ProcessRegistry
            const leader = ProcessRegistry.name(Holder, "leader")
            const child = yield* startHolder(kind, where, "leader")
            child.process.kill("SIGSTOP")
            const ref = yield* Process.start(Holder)
            yield* eventually(registry.register(leader, ref))
            child.process.kill("SIGCONT")
            yield* eventually(
              Effect.suspend(() => (child.said().includes("lost") ? Effect.void : Effect.fail("silent")))
            )
            assert.strictEqual(yield* registry.get(leader), ref)
          }).pipe(Effect.scoped, Effect.provide(layer(where)))
        }).pipe(Effect.scoped),
      60_000
    )
  })
}
