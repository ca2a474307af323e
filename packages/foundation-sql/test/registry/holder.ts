/**
 * A process that registers a name and lives until it is killed.
 *
 * `node holder.ts sqlite FILE KEY LEASE` or `node holder.ts postgres URL KEY LEASE` (milliseconds). It renews its lease ten
 * times in its length, says `registered` on its standard output when the name is its own, and `lost` when it loses it.
 */
import { writeSync } from "node:fs"
import { Process, ProcessRegistry } from "@foundation/core"
import { Effect, Redacted, Stream } from "effect"
import { SqlRegistryStore } from "../../src/index.ts"
import { Holder } from "./protocol.ts"

const [kind, location = "", key = "", lease = "2000"] = process.argv.slice(2)
const options = { node: "child", lease: Number(lease), heartbeat: Number(lease) / 10 }

const program = Effect.gen(function* () {
  const registry = yield* ProcessRegistry.ProcessRegistry
  const name = ProcessRegistry.name(Holder, key)
  yield* Effect.forkScoped(
    Stream.runForEach(registry.losses, () => Effect.sync(() => writeSync(1, "lost\n"))),
    {
      startImmediately: true
    }
  )
  yield* registry.register(name, yield* Process.start(Holder), { metadata: { pid: process.pid } })
  writeSync(1, "registered\n")
  return yield* Effect.never
})

const layer =
  kind === "postgres"
    ? SqlRegistryStore.layerRegistryPostgres({ ...options, url: Redacted.make(location) })
    : SqlRegistryStore.layerRegistrySqlite({ ...options, filename: location })

await Effect.runPromise(Effect.scoped(Effect.provide(program, layer)))
