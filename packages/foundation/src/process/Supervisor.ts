/**
 * Keeps processes alive: starts them in order, restarts them by strategy, stops them in reverse order (Erlang's
 * `supervisor`).
 *
 * **Guarantees** A child that has crashed is running again, or has been given up, or the supervisor has ended and its own
 * parent decides. Children start in the order of the specification, each after the `init` of the one before, and stop
 * in reverse. A deliberate stop is not a crash. When the supervisor has ended, all its children have.
 *
 * **Does not guarantee** That a child with a finalizer that hangs can be stopped: whoever stops it waits. That a restarted
 * child has the state of the one before: it starts from its `init`. Messages
 * that wait are kept for the next incarnation; the one that crashed it is not, unless the process asks for `redeliver`.
 *
 * **Details** A supervisor is a process: it can be monitored, and be the child of another, 64 deep at most. Its restart
 * intensity is counted as in OTP: by default the fourth restart within 5 seconds ends it. A child with a budget of its own
 * is counted apart; one with a back-off waits before it is restarted, while the supervisor goes on.
 *
 * **Example** (A tree as a layer)
 *
 * ```ts
 * import { Process, Supervisor } from "@foundation/core"
 * import { Context, Effect, Layer, Schema } from "effect"
 * import { Rpc, RpcGroup } from "effect/rpc"
 *
 * const Greeter = Process.make({
 *   name: "greeter",
 *   protocol: RpcGroup.make(
 *     Rpc.make("Greet", { payload: { name: Schema.String }, success: Schema.String }),
 *     Rpc.make("Crash")
 *   ),
 *   init: () => Effect.succeed({ greeted: 0 }),
 *   handlers: {
 *     Greet: ({ name }, state) => Effect.sync(() => `hello ${name}, number ${++state.greeted}`),
 *     Crash: () => Effect.die(new Error("boom"))
 *   }
 * })
 *
 * class Root extends Context.Service<Root, Supervisor.SupervisorRef>()("example/Root") {}
 * const RootLive = Supervisor.layer(Root, Supervisor.make({ name: "root", strategy: "one_for_one" }))
 *
 * const program = Effect.gen(function* () {
 *   const root = yield* Root
 *   const greeter = yield* Supervisor.startChild(root, Supervisor.child(Greeter, { id: "greeter" }))
 *   console.log(yield* greeter.call("Greet", { name: "Ada" })) // => hello Ada, number 1
 *   yield* greeter.cast("Crash")
 *   console.log(yield* greeter.call("Greet", { name: "Ada" })) // => hello Ada, number 1
 * })
 *
 * await Effect.runPromise(Effect.provide(program, RootLive))
 * ```
 *
 * @since 0.1.0
 */
import { Context, Duration, Effect, Layer, Queue, Schema, type Schedule, type Scope, Stream } from "effect"
import { Rpc, RpcGroup } from "effect/rpc"
import * as Process from "./Process.ts"
import type { Cell, ProcessExit } from "./internal/cell.ts"
import type { Intensity as RestartIntensity, Restart, Strategy } from "./internal/restart.ts"
import { count } from "../internal/count.ts"
import {
  Child,
  type ChildPlan,
  type ChildStatus,
  CurrentTree,
  type Limits,
  listen,
  Tree,
  type TreeEvent
} from "./internal/tree.ts"
import { type AnyName, type Metadata, ProcessRegistry } from "../registry/ProcessRegistry.ts"
import { ChildExists, ChildNotFound, ChildStartFailed, SupervisionTooDeep, TooManyChildren } from "./SupervisorError.ts"

export * from "./SupervisorError.ts"
export type { Restart, Strategy } from "./internal/restart.ts"
export type { ChildStatus, TreeEvent } from "./internal/tree.ts"

// --- models ----------------------------------------------------------------------------------------------------------

/** How many restarts are too many. */
export interface Intensity {
  /** The restarts that are still accepted within the window; one more exceeds it. At least 0, default 3. */
  readonly restarts?: number | undefined
  /** The window. Default `5 seconds`. */
  readonly within?: Duration.Input | undefined
}

/** A child's own restart budget, counted apart from its supervisor's intensity. */
export interface Budget extends Intensity {
  /** At the limit: give this child up and go on, or end the supervisor. */
  readonly onExceeded: "give-up" | "escalate"
}

/** How a process is run by its supervisor. */
export interface ChildOptions<Args> {
  /** Names the child within its supervisor. Default: the name of the specification. */
  readonly id?: string | undefined
  readonly args?: Args | undefined
  /** Default `"permanent"`. */
  readonly restart?: Restart | undefined
  /**
   * How long the handler at work may take to end before it is interrupted; 0 interrupts at once. Finalizers take the time
   * that they take. Default `5 seconds`; a supervisor: no limit.
   */
  readonly shutdown?: Duration.Input | undefined
  /** A budget of its own. Default: none, restarts count against the supervisor's intensity. */
  readonly budget?: Budget | undefined
  /**
   * The wait before each restart; begins anew after a life longer than the window. When the schedule ends, the budget
   * counts as exceeded. Default: no wait.
   */
  readonly backoff?: Schedule.Schedule<unknown, ProcessExit> | undefined
}

/** A child's specification. */
export interface ChildSpec<in out R extends Rpc.Any, out Env> extends AnyChildSpec<Env> {
  /** Only in the types. */
  readonly "~protocol"?: RpcGroup.RpcGroup<R>
}

/** Any child's specification. */
export interface AnyChildSpec<out Env> {
  readonly id: string
  /** @internal */
  readonly plan: ChildPlan
  /** Only in the types. */
  readonly "~env"?: () => Env
}

/** What is known of a child right now. */
export interface ChildInfo {
  readonly id: string
  readonly label: string
  readonly status: ChildStatus
  readonly restart: Restart
  /** Restarts so far, deliberate ones not counted. */
  readonly restarts: number
  readonly incarnation: number
  /** Messages that wait. */
  readonly queued: number
  /** When the present incarnation was ready, in milliseconds since the epoch. */
  readonly startedAt: number
  /** Present if the child is a supervisor. */
  readonly children?: ReadonlyArray<ChildInfo>
}

// `plan` and `child` are the kernel's own objects and never leave the program, so their schema looks at nothing.
const Opaque = <A>() => Schema.declare((value: unknown): value is A => value !== undefined)

const Protocol = RpcGroup.make(
  Rpc.make("StartChild", {
    payload: { plan: Opaque<ChildPlan>(), services: Opaque<Context.Context<never>>() },
    success: Opaque<Cell>(),
    error: Schema.Union([ChildStartFailed, ChildExists, TooManyChildren])
  }),
  Rpc.make("StopChild", { payload: { id: Schema.String }, error: ChildNotFound }),
  Rpc.make("RestartChild", {
    payload: { id: Schema.String },
    success: Opaque<Cell>(),
    error: Schema.Union([ChildNotFound, ChildStartFailed])
  }),
  Rpc.make("ChildEnded", {
    payload: { child: Opaque<Child>(), exit: Opaque<ProcessExit>(), incarnation: Schema.Int }
  }),
  Rpc.make("RestartDue", { payload: { child: Opaque<Child>(), incarnation: Schema.Int } })
)

/** What a supervisor understands; use the functions of this module rather than its messages. */
export type Protocol = RpcGroup.Rpcs<typeof Protocol>

/** A running supervisor. */
export type SupervisorRef = Process.ProcessRef<Protocol>

// --- constructors ----------------------------------------------------------------------------------------------------

/** The name that a child is to have, from its first `init` until it is stopped or given up. */
export interface NameOptions {
  readonly name: AnyName
  /** What others find beside the name. */
  readonly metadata?: Metadata | undefined
}

type Given<A> = ChildOptions<A> & ([A] extends [void] ? { readonly args?: undefined } : { readonly args: A })

/** Says how a process is to be run by a supervisor. With a `name`, it needs a `ProcessRegistry` to be known in. */
export const child: {
  <R extends Rpc.Any, A, E, Env>(
    process: Process.Process<R, A, E, Env>,
    options: Given<A> & NameOptions
  ): ChildSpec<R, Env | ProcessRegistry>
  <R extends Rpc.Any, A, E, Env>(
    process: Process.Process<R, A, E, Env>,
    ...rest: [A] extends [void] ? [options?: Given<A>] : [options: Given<A>]
  ): ChildSpec<R, Env>
} = <R extends Rpc.Any, A, E, Env>(
  process: Process.Process<R, A, E, Env>,
  options: ChildOptions<A> & Partial<NameOptions> = {}
): ChildSpec<R, Env> => {
  const blueprint = Process.blueprintOf(process)
  const id = options.id ?? process.name
  const shutdownDefault = Object.is(process.protocol, Protocol) ? Infinity : shutdownMillisDefault
  return {
    id,
    plan: {
      id,
      blueprint,
      args: options.args,
      restart: options.restart ?? "permanent",
      shutdownMillis: options.shutdown === undefined ? shutdownDefault : Duration.toMillis(options.shutdown),
      budget:
        options.budget === undefined
          ? undefined
          : { ...intensityOf(id, options.budget), onExceeded: options.budget.onExceeded },
      backoff: options.backoff,
      enroll: options.name === undefined ? undefined : enroll(options.name, options.metadata)
    }
  }
}

/** Reserves the name in the registry of the child's services, which the type of a named child requires. */
const enroll = (name: AnyName, metadata: Metadata | undefined) => (cell: Cell) =>
  Effect.provideContext(
    ProcessRegistry.use((registry) => registry.reserve(name, cell, metadata)),
    cell.services as Context.Context<ProcessRegistry>
  )

const shutdownMillisDefault = 5000

const intensityOf = (id: string, intensity: Intensity | undefined): RestartIntensity => {
  const withinMillis = Duration.toMillis(intensity?.within ?? withinDefault)
  if (!(withinMillis > 0)) throw new RangeError(`the restart window of "${id}" is longer than nothing`)
  const restarts = count(`restarts of "${id}"`, intensity?.restarts, { min: 0, max: Infinity, fallback: 3 })
  return { restarts, withinMillis }
}

const withinDefault = Duration.seconds(5)

/** Specifies a supervisor. Its first children are started in order by its `init`. */
export const make = <const Children extends ReadonlyArray<AnyChildSpec<unknown>> = readonly []>(options: {
  /** For errors, logs and the tree. 1 to 255 characters. */
  readonly name: string
  /** Who is restarted with a child that has ended. Default `"one_for_one"`. */
  readonly strategy?: Strategy | undefined
  /** The restarts of all children without a budget of their own. Default: 3 in 5 seconds. */
  readonly intensity?: Intensity | undefined
  /** The first children, started in this order, each after the `init` of the one before. Default: none. */
  readonly children?: Children | undefined
  /** The most children at a time, those given up included; beyond it `TooManyChildren`. Default 1,000,000. */
  readonly childrenMax?: number | undefined
}): Process.Process<
  Protocol,
  void,
  ChildStartFailed | ChildExists | TooManyChildren | SupervisionTooDeep,
  EnvOf<Children[number]>
> => {
  const plans = (options.children ?? []).map((spec) => spec.plan)
  const what = `childrenMax of supervisor "${options.name}"`
  const limits = {
    intensity: intensityOf(options.name, options.intensity),
    childrenMax: count(what, options.childrenMax, { min: 1, max: Infinity, fallback: 1_000_000 })
  }
  return supervisor(options.name, options.strategy ?? "one_for_one", limits, plans)
}

/** The services that the plans need are in the context of whoever starts the supervisor: `make` says so in its type. */
const supervisor = (name: string, strategy: Strategy, limits: Limits, plans: ReadonlyArray<ChildPlan>) =>
  Process.make({
    name,
    protocol: Protocol,
    initTimeout: "Infinity",
    init: () =>
      Effect.gen(function* () {
        const services = yield* Effect.context<never>()
        const tree = yield* Tree.open(strategy, limits)
        for (const plan of plans) yield* startIn(tree, plan, services)
        return tree
      }),
    handlers: {
      StartChild: ({ plan, services }, tree) => startIn(tree, plan, services),
      StopChild: ({ id }, tree) => tree.stop(id),
      RestartChild: ({ id }, tree) => tree.restart(id),
      ChildEnded: ({ child, exit, incarnation }, tree) => tree.ended(child, exit, incarnation),
      RestartDue: ({ child, incarnation }, tree) => tree.restartDue(child, incarnation)
    }
  })

type EnvOf<Spec> = Spec extends AnyChildSpec<infer Env> ? Env : never

const startIn = (tree: Tree, plan: ChildPlan, services: Context.Context<never>) =>
  Effect.suspend((): Effect.Effect<Cell, ChildStartFailed | ChildExists | TooManyChildren> => {
    const supervisor = tree.cell.label
    const present = tree.children.get(plan.id)
    if (present !== undefined && present.status !== "gave-up") {
      return Effect.fail(new ChildExists({ supervisor, id: plan.id }))
    }
    const { childrenMax } = tree.limits
    if (present === undefined && tree.children.size >= childrenMax) {
      return Effect.fail(new TooManyChildren({ supervisor, childrenMax }))
    }
    return tree.start(plan, services)
  })

/** Starts a supervisor that belongs to the surrounding `Scope`: when it closes, the tree is stopped in reverse order. */
export const start = Process.start

/** A layer that starts a supervisor, with its tree, and provides its ref; closing the layer stops the tree. */
export const layer = Process.layer

/** A layer that runs a tree nobody needs to talk to. */
export const layerDiscard = <E, Env>(
  supervisor: Process.Process<Protocol, void, E, Env>
): Layer.Layer<never, E | Process.InitTimeout | Process.InitCrashed, Exclude<Env, Scope.Scope>> =>
  Layer.effectDiscard(Process.start(supervisor))

// --- children --------------------------------------------------------------------------------------------------------

const patient = { timeout: Duration.infinity }

/** Starts one more child, in the services of the caller, and waits for its `init`. */
export const startChild = <R extends Rpc.Any, Env>(
  supervisor: SupervisorRef,
  spec: ChildSpec<R, Env>
): Effect.Effect<Process.ProcessRef<R>, ChildStartFailed | ChildExists | TooManyChildren | Process.CallError, Env> =>
  Effect.contextWith((services: Context.Context<Env>) =>
    Effect.map(
      supervisor.call("StartChild", { plan: spec.plan, services: services as Context.Context<never> }, patient),
      (cell) => Process.refOf<R>(cell)
    )
  )

/** Stops a child for good and forgets it. */
export const stopChild = (
  supervisor: SupervisorRef,
  id: string
): Effect.Effect<void, ChildNotFound | Process.CallError> => supervisor.call("StopChild", { id }, patient)

/** Stops a child and starts it again, outside of every budget. One that was given up starts anew, under a new ref. */
export const restartChild = (
  supervisor: SupervisorRef,
  id: string
): Effect.Effect<void, ChildNotFound | ChildStartFailed | Process.CallError> =>
  Effect.asVoid(supervisor.call("RestartChild", { id }, patient))

/** The child of this specification, if the supervisor has one of its id and kind. */
export const lookupChild = <R extends Rpc.Any, Env>(
  supervisor: SupervisorRef,
  spec: ChildSpec<R, Env>
): Effect.Effect<Process.ProcessRef<R> | undefined> =>
  Effect.sync(() => {
    const child = treeOf(supervisor)?.children.get(spec.id)
    return child?.plan.blueprint === spec.plan.blueprint ? Process.refOf<R>(child.cell) : undefined
  })

/** How many children the supervisor has, and how many of them are running. */
export const countChildren = (
  supervisor: SupervisorRef
): Effect.Effect<{ readonly children: number; readonly running: number }> =>
  Effect.sync(() => {
    const children = [...(treeOf(supervisor)?.children.values() ?? [])]
    return { children: children.length, running: children.filter((child) => child.status === "running").length }
  })

/** The whole tree below a supervisor as it stands, in start order. Empty while the supervisor itself is not running. */
export const tree = (supervisor: SupervisorRef): Effect.Effect<ReadonlyArray<ChildInfo>> =>
  Effect.sync(() => infoOf(treeOf(supervisor)))

const infoOf = (tree: Tree | undefined): ReadonlyArray<ChildInfo> =>
  [...(tree?.children.values() ?? [])].map((child) => {
    const { cell, plan } = child
    const info = {
      id: plan.id,
      label: cell.label,
      status: child.status,
      restart: plan.restart,
      restarts: child.restarts,
      incarnation: cell.incarnation,
      queued: cell.queued,
      startedAt: child.startedAt
    }
    return cell.stateUnsafe instanceof Tree ? { ...info, children: infoOf(cell.stateUnsafe) } : info
  })

const treeOf = (supervisor: SupervisorRef): Tree | undefined => {
  const state = Process.cellOf(supervisor).stateUnsafe
  return state instanceof Tree ? state : undefined
}

/** How many events a slow reader of `changes` may be behind; then it misses the oldest. */
const changesMax = 1024

/** What happens in the tree from now on, nested supervisors included. */
export const changes = (supervisor: SupervisorRef): Stream.Stream<TreeEvent> =>
  Stream.callback<TreeEvent>(
    (queue) =>
      Effect.acquireRelease(
        Effect.sync(() => listen(Process.cellOf(supervisor), (event) => void Queue.offerUnsafe(queue, event))),
        (unlisten) => Effect.sync(unlisten)
      ),
    { bufferSize: changesMax, strategy: "sliding" }
  )

/**
 * Calls `listener` at every change, in the very moment, so that it misses none; gives the way to stop. It runs in the
 * supervisor's own turn: it must be quick, and must not throw.
 */
export const onChangeUnsafe = (supervisor: SupervisorRef, listener: (event: TreeEvent) => void): (() => void) =>
  listen(Process.cellOf(supervisor), listener)

/** The tree as it stands, then again after each change; a slow reader sees only the latest. */
export const watch = (supervisor: SupervisorRef): Stream.Stream<ReadonlyArray<ChildInfo>> =>
  Stream.callback<TreeEvent | undefined>(
    (queue) =>
      Effect.acquireRelease(
        Effect.sync(() => {
          Queue.offerUnsafe(queue, undefined)
          return listen(Process.cellOf(supervisor), (event) => void Queue.offerUnsafe(queue, event))
        }),
        (unlisten) => Effect.sync(unlisten)
      ),
    { bufferSize: 1, strategy: "sliding" }
  ).pipe(Stream.mapEffect(() => tree(supervisor)))

/** The nearest supervisor above the calling process, if it has one. */
export const current: Effect.Effect<SupervisorRef | undefined> = Effect.map(
  Effect.service(CurrentTree),
  (tree) => tree && Process.refOf<Protocol>(tree.cell)
)
