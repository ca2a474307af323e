/** What the parts of the contract share. */
import type { Vitest } from "@effect/vitest"
import { Effect, Schema, type Scope } from "effect"
import { Rpc, RpcGroup } from "effect/rpc"
import * as Process from "../../process/Process.ts"
import * as ProcessRegistry from "../../registry/ProcessRegistry.ts"

/** `it` of a block that has a registry. */
export type It = Vitest.MethodsNonLive<ProcessRegistry.ProcessRegistry>

export const Add = Rpc.make("Add", { payload: { by: Schema.Int }, success: Schema.Int })

export const Counter = Process.make({
  name: "counter",
  protocol: RpcGroup.make(
    Add,
    Rpc.make("Register", { payload: { key: Schema.String, namespace: Schema.String }, success: Schema.String }),
    Rpc.make("Unregister", { payload: { key: Schema.String, namespace: Schema.String }, success: Schema.String }),
    Rpc.make("Crash")
  ),
  init: () => Effect.succeed({ count: 0 }),
  handlers: {
    Add: ({ by }, state) => Effect.sync(() => (state.count += by)),
    Register: ({ key, namespace }): Effect.Effect<string, never, ProcessRegistry.ProcessRegistry> =>
      ProcessRegistry.ProcessRegistry.use((registry) => registry.registerSelf(named(namespace, key))).pipe(
        Effect.match({ onFailure: (error) => error._tag, onSuccess: (registration) => registration.label })
      ),
    Unregister: ({ key, namespace }): Effect.Effect<string, never, ProcessRegistry.ProcessRegistry | Scope.Scope> =>
      ProcessRegistry.ProcessRegistry.use((registry) => registry.unregister(named(namespace, key))).pipe(
        Effect.match({ onFailure: (error) => error._tag, onSuccess: () => "ok" })
      ),
    Crash: () => Effect.die(new Error("as asked"))
  }
})

let used = 0
export const freshNamespace = (): `test/${string}` => `test/${process.pid}-${++used}`
export const named = (namespace: string, key: string, metadata?: Parameters<typeof ProcessRegistry.name>[2]) =>
  ProcessRegistry.name(Counter, key, { ...metadata, namespace: namespace as `test/${string}` })

export const start = Process.start(Counter)
export const startMany = (count: number) => Effect.all(Array.from({ length: count }, () => start))
export const range = (count: number) => Array.from({ length: count }, (_, index) => index)
export const keys = (registrations: ReadonlyArray<ProcessRegistry.Registration>) =>
  registrations.map((registration) => registration.key).toSorted()

/** A test with a registry, and a namespace of its own. */
export const using = <A, E, R>(
  test: (registry: ProcessRegistry.ProcessRegistry["Service"], namespace: `test/${string}`) => Effect.Effect<A, E, R>
) => ProcessRegistry.ProcessRegistry.use((registry) => test(registry, freshNamespace()))
