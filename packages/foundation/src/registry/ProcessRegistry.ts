/**
 * Names for processes: at most one holder per name, found from anywhere in the program.
 *
 * **Guarantees** Of any number of contenders for a name exactly one registers it; the others are told who did. A name
 * that a process registers for itself is free the moment its incarnation ends. A name given in a child specification is
 * the child's own over restarts, until the child is gone for good; a supervisor that is itself restarted begins with new
 * children, so meanwhile their names are up for grabs. Outside of a process the surrounding `Scope` owns the name. Whoever
 * owns it, a name never leads to a process that is gone. Namespaces do not see each other. The registry runs on its
 * `RegistryStore`: when that fails, every call fails.
 *
 * **Does not guarantee** That a process found is alive when the message arrives: the call then says so. On a shared store
 * names are leases: a node that was paused past its lease learns of it only when it looks (`holds`, `losses`); what
 * must be exclusive beyond the name itself needs a fencing token.
 *
 * **Example** (A name leads to its process)
 *
 * ```ts
 * import { Process, ProcessRegistry } from "@foundation/core"
 * import { Effect, Schema } from "effect"
 * import { Rpc, RpcGroup } from "effect/rpc"
 *
 * const Counter = Process.make({
 *   name: "counter",
 *   protocol: RpcGroup.make(Rpc.make("Add", { payload: { by: Schema.Int }, success: Schema.Int })),
 *   init: () => Effect.succeed({ count: 0 }),
 *   handlers: { Add: ({ by }, state) => Effect.sync(() => (state.count += by)) }
 * })
 *
 * const main = ProcessRegistry.name(Counter, "main")
 *
 * const program = Effect.gen(function* () {
 *   const registry = yield* ProcessRegistry.ProcessRegistry
 *   yield* registry.register(main, yield* Process.start(Counter), { metadata: { kind: "counter" } })
 *   const counter = yield* registry.get(main)
 *   return yield* counter.call("Add", { by: 42 })
 * })
 *
 * console.log(await Effect.runPromise(program.pipe(Effect.scoped, Effect.provide(ProcessRegistry.layerMemory)))) // => 42
 * ```
 *
 * @since 0.1.0
 */
import { Context, Duration, Effect, Layer, type Option, type Result, type Scope, type Stream } from "effect"
import type { Rpc, RpcGroup } from "effect/rpc"
import type { BackendError } from "../BackendError.ts"
import type { Cell } from "../process/internal/cell.ts"
import type { ProcessDead } from "../process/ProcessError.ts"
import type { Address, AnyRef, ProcessRef } from "../process/Process.ts"
import { CurrentNamespace, type MetadataSchema, NameImpl } from "./internal/check.ts"
import { makeRegistry } from "./internal/makeRegistry.ts"
import type {
  InvalidMetadata,
  InvalidName,
  InvalidOperand,
  LimitExceeded,
  MetadataTooLarge,
  NameTaken,
  NotAProcess,
  NotATestNamespace,
  NotOwner,
  NotRegistered,
  PredicateFailed,
  RevisionConflict,
  UnknownField,
  UnknownOperator
} from "./ProcessRegistryError.ts"
import * as Store from "./RegistryStore.ts"

export * from "./ProcessRegistryError.ts"
export type { Condition, Json, Metadata, Scalar } from "./RegistryStore.ts"

// --- models ----------------------------------------------------------------------------------------------------------

/** Where a name counts. Nothing leads from one namespace into another. */
export type Namespace = "production" | `test/${string}`

/** The namespace of names that do not say theirs. Default `"production"`. */
export const Namespace: Context.Reference<Namespace> = CurrentNamespace

/** A name for processes of one protocol. */
export interface Name<in out R extends Rpc.Any> extends AnyName {
  readonly protocol: RpcGroup.RpcGroup<R>
}

/** A name, whatever the protocol of its process. */
export interface AnyName {
  readonly key: string
  /** Default: the `Namespace` of the fiber that uses the name. */
  readonly namespace: string | undefined
}

/** What the registry tells of a name that is held. */
export interface Registration {
  readonly namespace: string
  readonly key: string
  /** The node of the holder. */
  readonly node: string
  /** The label of the process. */
  readonly label: string
  readonly metadata: Store.Metadata
  /** Counts up from 1 with every change of the metadata. */
  readonly revision: number
  /** The process, if it lives on this node. */
  readonly ref: AnyRef | undefined
}

/** What is new in a namespace. The first element of a stream is a `Snapshot`. */
export type Change =
  | { readonly _tag: "Snapshot"; readonly registrations: ReadonlyArray<Registration> }
  /** A name has a new holder. */
  | { readonly _tag: "Registered"; readonly registration: Registration }
  /** The metadata of a name has changed. */
  | { readonly _tag: "Updated"; readonly registration: Registration }
  | { readonly _tag: "Unregistered"; readonly key: string }

/** A name of this node that another node took while this one could not renew its lease. */
export interface Loss {
  readonly namespace: string
  readonly key: string
  readonly ref: AnyRef | undefined
  readonly holder: { readonly node: string; readonly label: string }
}

/** Figures of the registry. */
export interface Stats {
  readonly node: string
  /** Names held, by namespace, wherever their processes live. */
  readonly namespaces: ReadonlyMap<string, number>
  /** Names held by processes of this node. */
  readonly local: number
  /** Registrations that this node has ended so far. */
  readonly ended: number
}

/** How much of what is stored stands for nobody. */
export interface Health {
  readonly entries: number
  /** Entries whose holder is gone and that are not removed yet. */
  readonly dead: number
  /** Less than 10 % dead: `healthy`; less than 30 %: `degraded`. */
  readonly status: "healthy" | "degraded" | "unhealthy"
}

/** Why a registration is refused. */
export type RegisterError = NameTaken | InvalidName | InvalidMetadata | MetadataTooLarge | ProcessDead

/** Why a query is refused. */
export type QueryError = UnknownField | UnknownOperator | InvalidOperand | PredicateFailed | LimitExceeded

/** One registration of many. */
export interface RegisterEntry {
  readonly name: AnyName
  readonly ref: AnyRef
  readonly metadata?: Store.Metadata | undefined
}

/** What a query asks for; all that is given must hold. */
export interface Query {
  readonly namespace?: Namespace | undefined
  /** Conditions on declared fields: `=`, `in` a list, an array field `has` a member, and `<`, `<=`, `>`, `>=` on numbers. */
  readonly where?: ReadonlyArray<Store.Condition> | undefined
  /** Runs in the fiber of the caller. */
  readonly filter?: ((registration: Registration) => boolean) | undefined
  /** How many to find at most, 1 to 100,000. Default 1,000. */
  readonly limit?: number | undefined
}

// --- service ---------------------------------------------------------------------------------------------------------

/** Registers and finds processes. */
export class ProcessRegistry extends Context.Service<
  ProcessRegistry,
  {
    /** The name of this node, as others see it. */
    readonly node: string
    /**
     * Registers a process. The calling process owns the name, or, outside of processes, the surrounding scope. Registered
     * again by the same owner for the same process, it replaces the metadata, at the next revision.
     *
     * Fails with `ProcessDead` when the process, or the owner, is gone already.
     */
    readonly register: <R extends Rpc.Any>(
      name: Name<R>,
      ref: ProcessRef<R>,
      options?: { readonly metadata?: Store.Metadata | undefined }
    ) => Effect.Effect<Registration, RegisterError | BackendError, Scope.Scope>
    /** Registers the calling process: in a handler, or in `init`. The name is free when the incarnation ends. */
    readonly registerSelf: <R extends Rpc.Any>(
      name: Name<R>,
      options?: { readonly metadata?: Store.Metadata | undefined }
    ) => Effect.Effect<Registration, RegisterError | NotAProcess | BackendError>
    /** Registers many, up to 1,000 in one call, with an answer for each. Protocols are not compared by the types. */
    readonly registerAll: (
      entries: ReadonlyArray<RegisterEntry>
    ) => Effect.Effect<
      ReadonlyArray<Result.Result<Registration, RegisterError>>,
      LimitExceeded | BackendError,
      Scope.Scope
    >
    /** Takes a name back. Nobody need hold it, but when somebody does, the caller must be the owner. */
    readonly unregister: (name: AnyName) => Effect.Effect<void, NotOwner | BackendError, Scope.Scope>
    /**
     * The process of this node that holds a name. A process whose protocol does not contain the name's is a defect: two
     * kinds of processes share a key.
     */
    readonly lookup: <R extends Rpc.Any>(name: Name<R>) => Effect.Effect<Option.Option<ProcessRef<R>>, BackendError>
    /** As `lookup`, but fails when no process of this node holds the name. */
    readonly get: <R extends Rpc.Any>(name: Name<R>) => Effect.Effect<ProcessRef<R>, NotRegistered | BackendError>
    /** Who holds a name, on whichever node, with the metadata. */
    readonly whereis: (name: AnyName) => Effect.Effect<Option.Option<Registration>, BackendError>
    /**
     * Whether this node surely holds the name at this moment, by its own clocks and without asking the store: `false` from
     * the moment at which another node may have taken it, and on a shared store a fifth of the lease earlier: the clock of
     * this node may run so much slower than the store's. It counts in monotonic time, so a wall clock that is set back
     * makes no name last longer; one that is set forward may say `false` until the next heartbeat.
     */
    readonly holds: (name: AnyName) => Effect.Effect<boolean>
    /**
     * Replaces the metadata of a held name as a whole. With `revision` it does so only if that is still the present one.
     * Anyone may, whoever owns the name.
     */
    readonly setMetadata: (
      name: AnyName,
      metadata: Store.Metadata,
      options?: { readonly revision?: number | undefined }
    ) => Effect.Effect<
      Registration,
      NotRegistered | RevisionConflict | InvalidMetadata | MetadataTooLarge | BackendError
    >
    /** Finds registrations by declared fields, by a predicate, or both. */
    readonly query: (query: Query) => Effect.Effect<ReadonlyArray<Registration>, QueryError | BackendError>
    /** Registrations in an order of keys: a page of up to `limit` (1 to 100,000, default 1,000) beyond the key `after`. */
    readonly list: (options?: {
      readonly namespace?: Namespace | undefined
      readonly after?: string | undefined
      readonly limit?: number | undefined
    }) => Effect.Effect<ReadonlyArray<Registration>, LimitExceeded | BackendError>
    /** How many names are held in a namespace. */
    readonly count: (options?: { readonly namespace?: Namespace | undefined }) => Effect.Effect<number, BackendError>
    readonly stats: Effect.Effect<Stats, BackendError>
    readonly health: Effect.Effect<Health, BackendError>
    /** Removes what is stored for holders that are gone, and says how many entries that were. Happens by itself, too. */
    readonly sweep: Effect.Effect<number, BackendError>
    /**
     * Follows one name: who holds it now, and then every change. Quick changes may be seen as one; the last is always
     * seen. On a shared store, changes of other nodes are seen at the store's pace.
     */
    readonly watch: (name: AnyName) => Stream.Stream<Option.Option<Registration>, BackendError>
    /** Follows a namespace: a `Snapshot` first, then what is new, as `watch` does. */
    readonly watchAll: (options?: { readonly namespace?: Namespace | undefined }) => Stream.Stream<Change, BackendError>
    /** The names that this node loses from now on, because it could not renew its lease. The oldest of 1,024 are dropped. */
    readonly losses: Stream.Stream<Loss>
    /**
     * An address that looks the name up for every message. A call fails with `Unreachable` when no process of this node
     * holds the name or the store fails, a cast becomes a dead letter then. The namespace is the one of this moment.
     */
    readonly via: <R extends Rpc.Any>(name: Name<R>) => Effect.Effect<Address<R>>
    /** Stops the processes of this node that are registered in a test namespace, frees their names, and says how many. */
    readonly cleanup: (namespace: `test/${string}`) => Effect.Effect<number, NotATestNamespace | BackendError>
    /**
     * Gives a supervised process its name before its first `init`. It stays the process's own over restarts, until the
     * process is gone for good.
     *
     * @internal
     */
    readonly reserve: (
      name: AnyName,
      cell: Cell,
      metadata: Store.Metadata | undefined
    ) => Effect.Effect<Registration, RegisterError | BackendError>
  }
>()("@foundation/core/ProcessRegistry") {}

// --- names -----------------------------------------------------------------------------------------------------------

/**
 * A name for processes of a specification, or of a part of its protocol. Key: 1 to 255 characters of well-formed text
 * without NUL; other keys are refused where the name is registered, and found nowhere.
 */
export const name = <R extends Rpc.Any>(
  process: { readonly protocol: RpcGroup.RpcGroup<R> },
  key: string,
  options?: {
    readonly namespace?: Namespace | undefined
    /** What metadata under this name must be. Default: any JSON record. */
    readonly metadata?: MetadataSchema | undefined
  }
): Name<R> => {
  // The protocol is held as any; the type of the name says which it is.
  const name: AnyName & { readonly protocol: RpcGroup.Any } = new NameImpl(
    key,
    options?.namespace,
    process.protocol,
    options?.metadata
  )
  return name as Name<R>
}

/** An address that looks the name up for every message; see the method of the same name. */
export const via = <R extends Rpc.Any>(name: Name<R>): Effect.Effect<Address<R>, never, ProcessRegistry> =>
  ProcessRegistry.use((registry) => registry.via(name))

// --- layers ----------------------------------------------------------------------------------------------------------

/** What a registry can be told. An option out of its range is a defect of the layer, a `RangeError` that names it. */
export interface Options {
  /** How others call this node. Default: a random name. */
  readonly node?: string | undefined
  /** How long the names of a silent node stay its own, on a shared store: 10 ms to a day. Default `10 seconds`. */
  readonly lease?: Duration.Input | undefined
  /** How often the lease is renewed: 1 ms to the lease. Default: a third of the lease. */
  readonly heartbeat?: Duration.Input | undefined
  /**
   * The metadata fields that queries can ask for, in all namespaces or by namespace; dots lead into nested records:
   * `resources.memory`. All nodes on one store declare the same. Default: none.
   */
  readonly indexes?: ReadonlyArray<string> | { readonly [namespace: string]: ReadonlyArray<string> } | undefined
}

/** `ProcessRegistry` over any `RegistryStore`. */
export const layer = (options: Options = {}): Layer.Layer<ProcessRegistry, BackendError, Store.RegistryStore> =>
  Layer.effect(
    ProcessRegistry,
    Effect.flatMap(Store.RegistryStore, (store) => makeRegistry(store, options))
  )

/** `ProcessRegistry` in this process's memory, with options. */
export const layerMemoryWith = (options: Options): Layer.Layer<ProcessRegistry> =>
  Layer.orDie(Layer.provide(layer(options), Store.layerMemory))

/** `ProcessRegistry` in this process's memory: development, tests, one node. */
export const layerMemory: Layer.Layer<ProcessRegistry> = layerMemoryWith({})
