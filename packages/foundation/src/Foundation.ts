/**
 * The application tree of Foundation: its services and a root supervisor, as one layer.
 *
 * **Guarantees** The defaults are complete and live in the memory of this program. Each service can be replaced by
 * another layer; what that layer requires, and how it can fail, is in the type. The children of the root are started after
 * all services, with all of them in reach, and have stopped, in reverse order, before the first service closes.
 *
 * **Does not guarantee** That anything outlives the program, unless a layer that keeps it is given.
 *
 * **Example** (A process that is registered, supervised, and writes down what it did)
 *
 * ```ts
 * import { EventStore, Foundation, Process, ProcessRegistry, Supervisor } from "@foundation/core"
 * import { Effect, Schema } from "effect"
 * import { Rpc, RpcGroup } from "effect/rpc"
 *
 * const Greeter = Process.make({
 *   name: "greeter",
 *   protocol: RpcGroup.make(Rpc.make("Greet", { payload: { name: Schema.String } })),
 *   init: () => EventStore.EventStore,
 *   handlers: {
 *     Greet: ({ name }, store) =>
 *       Effect.orDie(Effect.asVoid(store.append("greetings", "any", [{ type: "greeted", data: name }])))
 *   }
 * })
 * const main = ProcessRegistry.name(Greeter, "main")
 *
 * const program = Effect.gen(function* () {
 *   const greeter = yield* ProcessRegistry.via(main)
 *   yield* greeter.call("Greet", { name: "Ada" })
 *   const store = yield* EventStore.EventStore
 *   console.log((yield* store.read("greetings")).map((event) => event.data)) // => [ 'Ada' ]
 * })
 *
 * const Live = Foundation.layer({ children: [Supervisor.child(Greeter, { name: main })] })
 * await Effect.runPromise(Effect.provide(program, Live))
 * ```
 *
 * @since 0.1.0
 */
import { Context, Layer, type Scope } from "effect"
import * as Barriers from "./coordination/Barriers.ts"
import * as LeaderElection from "./coordination/LeaderElection.ts"
import * as EventBus from "./events/EventBus.ts"
import * as EventStore from "./events/EventStore.ts"
import type { InitCrashed, InitTimeout, Process } from "./process/Process.ts"
import * as Supervisor from "./process/Supervisor.ts"
import * as ProcessRegistry from "./registry/ProcessRegistry.ts"
import * as DeadLetters from "./resilience/DeadLetters.ts"

/** The supervisor at the top of the tree. `Supervisor.startChild` puts more processes under it. */
export class Root extends Context.Service<Root, Supervisor.SupervisorRef>()("@foundation/core/Foundation/Root") {}

/** The services of the tree. */
export type Services =
  | Barriers.Barriers
  | DeadLetters.DeadLetters
  | EventBus.EventBus
  | EventStore.EventStore
  | LeaderElection.LeaderElection
  | ProcessRegistry.ProcessRegistry

/** A layer of one service, whatever it requires and however it fails. */
type Given<Service> = Layer.Layer<Service, unknown, unknown>

/** What takes the place of the defaults. */
export interface Options {
  /** Default `Barriers.layer`. */
  readonly barriers?: Given<Barriers.Barriers> | undefined
  /** Default `EventBus.layerMemory`. */
  readonly bus?: Given<EventBus.EventBus> | undefined
  /** Default `DeadLetters.layerMemory()`. */
  readonly deadLetters?: Given<DeadLetters.DeadLetters> | undefined
  /** Default `LeaderElection.layerMemory`. */
  readonly elections?: Given<LeaderElection.LeaderElection> | undefined
  /** Default `EventStore.layerMemory`. */
  readonly events?: Given<EventStore.EventStore> | undefined
  /** Default `ProcessRegistry.layerMemory`. */
  readonly registry?: Given<ProcessRegistry.ProcessRegistry> | undefined
  /** The first children of the root, started in order. Default: none. */
  readonly children?: ReadonlyArray<Supervisor.AnyChildSpec<unknown>> | undefined
  /** How the root restarts its children. Default `"one_for_one"`. */
  readonly strategy?: Supervisor.Strategy | undefined
  /** When the root gives up. Default 3 restarts in 5 seconds. */
  readonly intensity?: Supervisor.Intensity | undefined
}

/** The errors of the layers given, and, where children are, of their start. */
export type Errors<O extends Options> = LayerErrors<O[keyof O]> | (O extends WithChildren ? StartErrors : never)

/** What the layers given require, and what the children require beyond the services of the tree. */
export type Requirements<O extends Options> =
  | LayerServices<O[keyof O]>
  | Exclude<EnvOf<O["children"]>, Root | Scope.Scope | Services>

interface WithChildren {
  readonly children: ReadonlyArray<unknown>
}
type StartErrors = InitCrashed | InitTimeout | ErrorOf<ReturnType<typeof Supervisor.make>>
type ErrorOf<P> = P extends Process<infer _R, infer _A, infer E, infer _Env> ? E : never
type LayerErrors<L> = L extends Layer.Layer<never, infer E, infer _> ? E : never
type LayerServices<L> = L extends Layer.Layer<never, infer _, infer R> ? R : never
type EnvOf<Children> =
  Children extends ReadonlyArray<infer Spec> ? (Spec extends Supervisor.AnyChildSpec<infer Env> ? Env : never) : never

/** The whole tree. Without options, nothing is required and nothing can fail. */
export const layer = <const O extends Options = {}>(
  options?: O
): Layer.Layer<Root | Services, Errors<O>, Requirements<O>> => {
  const given: Options = options ?? {}
  const services = Layer.mergeAll(
    given.barriers ?? Barriers.layer,
    given.bus ?? EventBus.layerMemory,
    given.deadLetters ?? DeadLetters.layerMemory(),
    given.elections ?? LeaderElection.layerMemory,
    given.events ?? EventStore.layerMemory,
    given.registry ?? ProcessRegistry.layerMemory
  )
  const { children, intensity, strategy } = given
  const root = Supervisor.layer(Root, Supervisor.make({ name: "foundation", children, intensity, strategy }))
  // Which layers and children were given is known in the type of the options alone: here they are `unknown`.
  return Layer.provideMerge(root, services) as Layer.Layer<Root | Services, Errors<O>, Requirements<O>>
}
