/**
 * A process specification served by a cluster: each entity id is one process, wherever it runs at the moment.
 *
 * **Guarantees** What is written for a local mailbox holds over the cluster: one message at a time, typed failures answer
 * the caller, a defect answers with `ProcessCrashed` and the next message meets a fresh incarnation, a poison message is
 * never replayed, every call ends by its timeout, a full mailbox is `MailboxFull`. What the cluster cannot do (no runner,
 * no store, an undecodable message) is `Unreachable`.
 *
 * **Does not guarantee** That state survives a move: an entity that is idle, or whose node goes, begins anew with `init`.
 * Durable delivery, unless the entry of the protocol is annotated `ClusterSchema.Persisted`, and then at least once. That
 * a process runs on one node only while nodes cannot see each other: fence outside writes. That a message is handled when
 * its caller gave up before the mailbox had it; later than that, the handler runs on as it does locally.
 *
 * **Details** The process runs under a supervisor of its own as a permanent child. When it has used up its budget, calls
 * fail with `ProcessDead` until the entity has been idle for `maxIdleTime`. When `init` fails, calls fail with
 * `Unreachable`, and each tries anew. Errors name the process `<type>/<id>`.
 *
 * **Example** (A counter for each user, on the in-memory cluster for tests)
 *
 * ```ts
 * import { ProcessEntity } from "@foundation/cluster"
 * import { Process } from "@foundation/core"
 * import { Effect, Layer, Schema } from "effect"
 * import { TestRunner } from "effect/cluster"
 * import { Rpc, RpcGroup } from "effect/rpc"
 *
 * const Counter = Process.make({
 *   name: "counter",
 *   protocol: RpcGroup.make(Rpc.make("Add", { payload: { by: Schema.Int }, success: Schema.Int })),
 *   init: () => Effect.succeed({ count: 0 }),
 *   handlers: { Add: ({ by }, state) => Effect.sync(() => (state.count += by)) }
 * })
 *
 * const program = Effect.gen(function* () {
 *   const counters = yield* ProcessEntity.client(Counter)
 *   yield* counters("ada").cast("Add", { by: 40 })
 *   return yield* counters("ada").call("Add", { by: 2 })
 * })
 *
 * const Live = ProcessEntity.layer(Counter).pipe(Layer.provideMerge(TestRunner.layer))
 * console.log(await Effect.runPromise(Effect.scoped(Effect.provide(program, Live)))) // => 42
 * ```
 *
 * @since 0.1.0
 */
import { Process, Supervisor, Transport } from "@foundation/core"
import { type Duration, Effect, Layer, Scope, Semaphore } from "effect"
import { Entity, type Sharding } from "effect/cluster"
import type { Rpc, RpcGroup } from "effect/rpc"
import { asDelivery, reasonOf, renamed, translate } from "./internal/failures.ts"
import { castTag, interruptibleTag, wireProtocol } from "./internal/wire.ts"

/** What both ends of the wire must know of a process: its kind and its protocol. A specification is one. */
export interface Kind<in out R extends Rpc.Any> {
  /** The type of the entity. */
  readonly name: string
  readonly protocol: RpcGroup.RpcGroup<R>
}

/** How the processes of a kind are served. */
export interface Options<out Args> {
  /** What `init` is given for an entity id. Default: the process takes no arguments. */
  readonly args?: ((id: string) => Args) | undefined
  /** When the supervisor of one entity gives up; as in `Supervisor.make`. Default 3 restarts in 5 seconds. */
  readonly intensity?: Supervisor.Intensity | undefined
  /** How long an entity without messages keeps its process. Default: the cluster's, 1 minute. */
  readonly maxIdleTime?: Duration.Input | undefined
}

type Arguments<Args> = [Args] extends [void]
  ? [options?: Options<Args>]
  : [options: Options<Args> & { readonly args: (id: string) => Args }]

/** Serves a specification: the runners of this cluster run one process for each entity id that is sent a message. */
export const layer = <R extends Rpc.Any, Args, E, Env>(
  process: Process.Process<R, Args, E, Env>,
  ...rest: Arguments<Args>
): Layer.Layer<never, never, Sharding.Sharding | Exclude<Env, Scope.Scope> | Rpc.ServicesServer<R>> => {
  const options: Options<Args> = rest[0] ?? {}
  const capacity = Transport.capacityOf(process)
  const entity = entityOf(process)
  const build = Effect.gen(function* () {
    const { entityId } = yield* Entity.CurrentAddress
    const label = labelOf(process, entityId)
    const resident = yield* Resident.make(label, startFor(process, options, entityId))
    const handlers: Record<string, (request: Request) => Effect.Effect<unknown, unknown>> = {}
    for (const tag of process.protocol.requests.keys()) {
      handlers[tag] = ({ payload }) => resident.call(tag, payload, { interruptible: false })
      handlers[interruptibleTag(tag)] = ({ payload }) => resident.call(tag, payload, { interruptible: true })
      handlers[castTag(tag)] = ({ payload }) => resident.cast(tag, payload)
    }
    // The wire's protocol is derived at run time, so its types are not known here.
    return handlers as never
  })
  const served = entity.toLayer(build, {
    // Order and bounds are the process's own: whatever comes goes straight into its mailbox. Those who wait for room, and
    // those whose callers have gone, count here too.
    concurrency: "unbounded",
    mailboxCapacity: 2 * capacity + 1,
    disableFatalDefects: true,
    maxIdleTime: options.maxIdleTime
  })
  // What handlers and schemas require is in the types of the specification.
  return served as Layer.Layer<never, never, Sharding.Sharding | Exclude<Env, Scope.Scope> | Rpc.ServicesServer<R>>
}

/** Gives the address of each entity of a kind. Calls under way end with the scope. */
export const client = <R extends Rpc.Any>(
  kind: Kind<R>
): Effect.Effect<(id: string) => Process.Address<R>, never, Sharding.Sharding | Scope.Scope | Rpc.ServicesClient<R>> =>
  Effect.gen(function* () {
    const toEntity = (yield* entityOf(kind).client) as unknown as (id: string) => Methods
    const address = yield* Transport.make
    const capacity = Transport.capacityOf(kind)
    return (id: string) => {
      const label = labelOf(kind, id)
      const methods = toEntity(id)
      const carry = (tag: string, payload: unknown) =>
        Effect.mapError(
          Effect.suspend(() => methods[tag]!(payload)),
          (error) => translate(error, label, capacity)
        )
      return address<R>({
        label,
        capacity,
        request: (tag, payload, { interruptible }) => carry(interruptible ? interruptibleTag(tag) : tag, payload),
        deliver: (tag, payload) =>
          carry(castTag(tag), payload).pipe(Effect.catchCause(asDelivery(label)), Effect.asVoid)
      })
    }
  })

// --- one entity ------------------------------------------------------------------------------------------------------

interface Request {
  readonly payload: unknown
}

type Methods = { readonly [tag: string]: (payload: unknown) => Effect.Effect<unknown, unknown> }

/** The process of one entity id on this node. */
class Resident {
  private readonly label: string
  private readonly start: Effect.Effect<Process.AnyRef, unknown>
  private readonly starting = Semaphore.makeUnsafe(1)
  private ref: Process.AnyRef | undefined = undefined

  private constructor(label: string, start: Effect.Effect<Process.AnyRef, unknown>) {
    this.label = label
    this.start = start
  }

  /** Starts the process with the entity; a failing `init` is told to the callers, each of which tries again. */
  static make(
    label: string,
    start: Effect.Effect<Process.AnyRef, unknown, Scope.Scope>
  ): Effect.Effect<Resident, never, Scope.Scope> {
    return Effect.gen(function* () {
      const scope = yield* Scope.Scope
      const resident = new Resident(label, Scope.provide(start, scope))
      yield* Effect.ignore(resident.process)
      return resident
    })
  }

  call(tag: string, payload: unknown, options: { readonly interruptible: boolean }): Effect.Effect<unknown, unknown> {
    return Effect.flatMap(this.process, (ref) =>
      Effect.mapError(Transport.call(ref, tag, payload, options), (error) => renamed(error, ref.label, this.label))
    )
  }

  cast(tag: string, payload: unknown): Effect.Effect<unknown, unknown> {
    return Effect.flatMap(this.process, (ref) =>
      Effect.mapError(Transport.cast(ref, tag, payload), (error) => renamed(error, ref.label, this.label))
    )
  }

  private get process(): Effect.Effect<Process.AnyRef, Process.Unreachable> {
    if (this.ref !== undefined) return Effect.succeed(this.ref)
    return this.starting.withPermits(1)(
      Effect.suspend(() => {
        if (this.ref !== undefined) return Effect.succeed(this.ref)
        return this.start.pipe(
          Effect.tap((ref) => Effect.sync(() => (this.ref = ref))),
          Effect.catchCause((cause) => {
            const reason = `its start failed: ${reasonOf(cause)}`
            return Effect.fail(new Process.Unreachable({ process: this.label, reason }))
          })
        )
      })
    )
  }
}

/** One process, as the permanent child of a supervisor of its own. */
const startFor = <R extends Rpc.Any, Args, E, Env>(
  process: Process.Process<R, Args, E, Env>,
  options: Options<Args>,
  id: string
): Effect.Effect<Process.AnyRef, unknown, Scope.Scope> => {
  // A specification without arguments is given none: `undefined`, as for a local child.
  const erased = process as Process.Process<R, unknown, E, Env>
  const spec = Supervisor.child<R, unknown, E, Env>(erased, { args: options.args?.(id) })
  const supervisor = Supervisor.make({ name: labelOf(process, id), intensity: options.intensity })
  const started = Effect.flatMap(Supervisor.start(supervisor), (root) => Supervisor.startChild(root, spec))
  return started as Effect.Effect<Process.AnyRef, unknown, Scope.Scope>
}

// --- the wire --------------------------------------------------------------------------------------------------------

const labelOf = (kind: { readonly name: string }, id: string): string => `${kind.name}/${id}`

const entityOf = (kind: { readonly name: string; readonly protocol: RpcGroup.Any }) =>
  Entity.fromRpcGroup(kind.name, wireProtocol(kind.protocol))
