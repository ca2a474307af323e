/** A registry on several nodes whose store is a process that they reach over the network. */
import { Context, Effect, Layer, Schedule, Schema, type Scope } from "effect"
import { Rpc, RpcGroup } from "effect/rpc"
import * as Process from "../../src/process/Process.ts"
import * as ProcessRegistry from "../../src/registry/ProcessRegistry.ts"
import { RegistryStore } from "../../src/registry/RegistryStore.ts"
import { asBackend } from "./leases.ts"

type Store = RegistryStore["Service"]

/** Steps travel as their arguments; both ends share the types of the service. */
const Step = Schema.Struct({
  name: Schema.Literals(["open", "renew", "retire", "claim", "release", "update", "find", "page", "query"]),
  arguments: Schema.Array(Schema.Any)
})

/** A `RegistryStore` as a process. The store it is started with outlives a crash of its node. */
export const Names = Process.make({
  name: "names",
  protocol: RpcGroup.make(
    Rpc.make("Do", { payload: Step, success: Schema.Any }),
    Rpc.make("Counts", { success: Schema.Any }),
    Rpc.make("Lapsed", { payload: { remove: Schema.Boolean }, success: Schema.Int })
  ),
  init: (store: Store) => Effect.succeed(store),
  handlers: {
    Do: (step, store) => {
      const run: (...all: Array<never>) => Effect.Effect<unknown, unknown> = store[step.name]
      return Effect.orDie(run(...(step.arguments as Array<never>)))
    },
    Counts: (_, store) => Effect.orDie(store.counts),
    Lapsed: ({ remove }, store) => Effect.orDie(store.lapsed(remove))
  }
})

/** A `RegistryStore` that asks a process. */
const clientOf = (address: Process.Address<RpcGroup.Rpcs<typeof Names.protocol>>): Store => {
  const backend = asBackend("names")
  const patience = { timeout: "300 millis" } as const
  const ask =
    (name: (typeof Step.Type)["name"]) =>
    (...all: ReadonlyArray<unknown>) =>
      backend(address.call("Do", { name, arguments: all }, patience))
  return RegistryStore.of({
    shared: true,
    pollMillis: 200,
    open: ask("open"),
    renew: ask("renew"),
    retire: ask("retire"),
    claim: ask("claim"),
    release: ask("release"),
    update: ask("update"),
    find: ask("find"),
    page: ask("page"),
    query: ask("query"),
    counts: backend(address.call("Counts", undefined, patience)),
    lapsed: (remove) => backend(address.call("Lapsed", { remove }, patience)),
    listen: () => () => {}
  })
}

/** A registry for a node, as soon as the store can be reached; it belongs to the scope. */
export const registryOn = (options: {
  readonly names: Process.Address<RpcGroup.Rpcs<typeof Names.protocol>>
  readonly node: string
  readonly leaseMillis: number
}): Effect.Effect<ProcessRegistry.ProcessRegistry["Service"], never, Scope.Scope> => {
  const store = Layer.succeed(RegistryStore, clientOf(options.names))
  const registry = ProcessRegistry.layer({ node: options.node, lease: options.leaseMillis })
  return Layer.build(Layer.provide(registry, store)).pipe(
    Effect.retry(Schedule.spaced("100 millis")),
    Effect.orDie,
    Effect.map((services) => Context.get(services, ProcessRegistry.ProcessRegistry))
  )
}
