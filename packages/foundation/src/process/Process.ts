/**
 * A process: private state behind a mailbox, one message at a time (Erlang's `gen_server`, typed).
 *
 * **Guarantees** The handlers of one process never overlap, and messages of one sender are handled in the order in which
 * they were sent. A typed failure of a handler answers its caller and the process lives; a defect ends the incarnation,
 * and the caller of the message at fault gets `ProcessCrashed`. Every call ends: with an answer, a typed error, or
 * `CallTimeout`. Mailboxes are bounded.
 *
 * **Does not guarantee** That a message whose caller has timed out is not handled: the handler runs on, unless the call
 * asked for `interruptOnTimeout`. State does not outlive its incarnation: what must survive, a handler writes down. Two
 * processes that call each other in the same moment wait out their timeouts: neither call is a circle when it is made. A
 * finalizer that never ends keeps its process, and whoever stops it, from ending.
 *
 * **Details** An idle process is its mailbox, its state and a flag; no fiber is parked. Handlers are effects: they may
 * suspend, use the services that the process was started with, and hold resources in the `Scope` of the incarnation.
 *
 * **Gotchas** A fiber that a handler forks counts as that handler until the handler is done: a call from it back to its
 * own process is a `CallCycle` for as long.
 *
 * **Example** (A counter)
 *
 * ```ts
 * import { Process } from "@foundation/core"
 * import { Effect, Schema } from "effect"
 * import { Rpc, RpcGroup } from "effect/rpc"
 *
 * const Counter = Process.make({
 *   name: "counter",
 *   protocol: RpcGroup.make(
 *     Rpc.make("Add", { payload: { by: Schema.Int }, success: Schema.Int })
 *   ),
 *   init: () => Effect.succeed({ count: 0 }),
 *   handlers: {
 *     Add: ({ by }, state) => Effect.sync(() => (state.count += by))
 *   }
 * })
 *
 * const program = Effect.gen(function* () {
 *   const counter = yield* Process.start(Counter)
 *   yield* counter.cast("Add", { by: 40 })
 *   return yield* counter.call("Add", { by: 2 })
 * })
 *
 * console.log(await Effect.runPromise(Effect.scoped(program))) // => 42
 * ```
 *
 * @since 0.1.0
 */
import { Cause, Context, Duration, Effect, Fiber, Layer, type Scope } from "effect"
import { type Rpc, type RpcGroup, RpcSchema } from "effect/rpc"
import { Address as AddressImpl, defaultCallMillis } from "./internal/address.ts"
import {
  type Blueprint,
  Cell,
  exitCrashed,
  exitKilled,
  exitNormal,
  exitShutdown,
  type ProcessExit
} from "./internal/cell.ts"
import { RunQueue } from "./internal/dispatcher.ts"
import type { Host } from "./internal/host.ts"
import { Collector, type Gathered } from "./internal/gather.ts"
import { activeFrame, CurrentFrame, ownServices } from "./internal/message.ts"
import { onStack } from "./internal/stack.ts"
import { stopCell } from "./internal/stop.ts"
import { count } from "../internal/count.ts"
import { defaultCapacity, type Options as MailboxOptions } from "./Mailbox.ts"
import type { CallError, InitCrashed, InitTimeout, MailboxFull } from "./ProcessError.ts"

export * from "./ProcessError.ts"
export type { ProcessExit } from "./internal/cell.ts"

// --- models ----------------------------------------------------------------------------------------------------------

/** The entry of a protocol that has this tag. */
type Entry<R extends Rpc.Any, Tag extends string> = Extract<R, { readonly _tag: Tag }>

/** The entries that cannot fail: only these can be cast, for nobody would hear of a failure. */
type Infallible<R extends Rpc.Any> = R extends Rpc.Any ? ([Rpc.Error<R>] extends [never] ? R : never) : never

type Payload<R extends Rpc.Any> = [Rpc.Payload<R>] extends [void] ? [payload?: undefined] : [payload: Rpc.Payload<R>]
type CallArguments<R extends Rpc.Any> = [Rpc.Payload<R>] extends [void]
  ? [payload?: undefined, options?: CallOptions]
  : [payload: Rpc.Payload<R>, options?: CallOptions]

/** How patient a call is. */
export interface CallOptions {
  /** How long the caller waits. `"Infinity"` waits for ever. Default `5 seconds`. */
  readonly timeout?: Duration.Input | undefined
  /** Interrupts the handler, or skips the message, when the caller waits no longer. Default `false`. */
  readonly interruptOnTimeout?: boolean | undefined
}

/** Where messages for a protocol can be sent, whatever carries them. */
export interface Address<in out R extends Rpc.Any> {
  /** Names the process in errors and logs. */
  readonly label: string
  /** Only in the types: what an address understands can be inferred from it. */
  readonly "~entries"?: (entries: R) => R
  /** Sends a request and waits for the answer. */
  call<const Tag extends R["_tag"]>(
    tag: Tag,
    ...rest: CallArguments<Entry<R, Tag>>
  ): Effect.Effect<Rpc.Success<Entry<R, Tag>>, Rpc.Error<Entry<R, Tag>> | CallError>
  /**
   * Sends a message and goes on. It fails only where the mailbox is full; a message to a process that is gone becomes a
   * dead letter. Only entries without an error can be cast.
   */
  cast<const Tag extends Infallible<R>["_tag"]>(
    tag: Tag,
    ...rest: Payload<Entry<R, Tag>>
  ): Effect.Effect<void, MailboxFull>
}

/**
 * A process of this program; equal by identity. Stable over restarts of the process, not over those of its supervisor, which
 * starts new ones: a name leads to whoever has it now (`ProcessRegistry.via`).
 */
export interface ProcessRef<in out R extends Rpc.Any> extends Address<R> {
  /** Counts up from 1 with every `init`. */
  readonly incarnation: number
  /** How many messages wait. */
  readonly queued: number
}

/** The same process, seen through a part of what it understands. */
export const narrow = <Sub extends R, R extends Rpc.Any>(
  ref: ProcessRef<R>,
  _protocol: RpcGroup.RpcGroup<Sub>
): ProcessRef<Sub> => ref as AnyRef as ProcessRef<Sub>

/** Any process, whatever it understands. */
export interface AnyRef {
  readonly label: string
  readonly incarnation: number
  readonly queued: number
}

/** Any address, whatever carries its messages. */
export interface AnyAddress {
  readonly label: string
}

/** The handlers of a protocol: payload and state in, an effect out. */
export type Handlers<R extends Rpc.Any, State> = {
  readonly [Tag in R["_tag"]]: (
    payload: Rpc.Payload<Entry<R, Tag>>,
    state: State
    // oxlint-disable-next-line typescript/no-explicit-any -- what each handler requires is inferred by `HandlersEnv`
  ) => Effect.Effect<Rpc.Success<Entry<R, Tag>>, Rpc.Error<Entry<R, Tag>>, any>
}

/** The services that a set of handlers requires. */
export type HandlersEnv<H> = {
  [Tag in keyof H]: H[Tag] extends (...args: never) => Effect.Effect<infer _A, infer _E, infer Env> ? Env : never
}[keyof H]

/** A specification: what a kind of process understands and does. Start as many of it as you like. */
export interface Process<in out R extends Rpc.Any, in Args = void, out E = never, out Env = never> {
  readonly name: string
  readonly protocol: RpcGroup.RpcGroup<R>
  /** Only in the types. */
  readonly "~args"?: (args: Args) => void
  readonly "~error"?: () => E
  readonly "~env"?: () => Env
}

/** Decides in which order processes with work take their turns; simulations bring their own. */
export const Dispatcher: Context.Reference<Host> = Context.Reference<Host>("@foundation/core/Process/Dispatcher", {
  defaultValue: () => new RunQueue()
})

// --- constructors ----------------------------------------------------------------------------------------------------

/**
 * Specifies a kind of process.
 *
 * State is whatever `init` returns, usually a mutable object; no other fiber sees it, so handlers change it in place.
 * `init` and handlers may use services, which `start` then requires, and the `Scope` of their incarnation.
 */
export const make = <
  R extends Rpc.Any,
  State,
  E,
  InitEnv,
  H extends Handlers<R, NoInfer<State>>,
  Args = void
>(options: {
  /** The kind of process, for errors, logs and the tree. 1 to 255 characters. */
  readonly name: string
  readonly protocol: RpcGroup.RpcGroup<R>
  /** Runs at the start of each incarnation. */
  readonly init: (args: Args) => Effect.Effect<State, E, InitEnv>
  readonly handlers: H
  readonly mailbox?: MailboxOptions | undefined
  /**
   * How often a message that crashes a supervised process is handed to its next incarnation, 0 or more; its caller goes on
   * waiting, and gets `ProcessDead` if there is no next one. Default 0.
   */
  readonly redeliver?: number | undefined
  /** How long `init` may take before it is interrupted, which an uninterruptible one does not hear. Default `5 seconds`. */
  readonly initTimeout?: Duration.Input | undefined
}): Process<R, Args, E, Exclude<InitEnv | HandlersEnv<H>, Scope.Scope>> => {
  const { length } = options.name
  if (length < 1 || length > nameLengthMax)
    throw new RangeError(`a process name has 1 to ${nameLengthMax} characters, not ${length}`)
  // The entries of a group are held without their types, which say that each has schemas.
  const entries: ReadonlyMap<string, Rpc.Any> = options.protocol.requests
  for (const [tag, rpc] of entries as ReadonlyMap<string, Rpc.AnyWithProps>) {
    if (RpcSchema.isStreamSchema(rpc.successSchema)) {
      throw new TypeError(`"${tag}" of process "${options.name}" answers with a stream, which processes do not do`)
    }
  }
  const blueprint = {
    name: options.name,
    protocol: options.protocol,
    init: options.init,
    handlers: new Map(Object.entries(options.handlers)),
    capacity: count(`capacity of process "${options.name}"`, options.mailbox?.capacity, capacityBounds),
    overflow: options.mailbox?.overflow ?? "fail",
    redeliver: count(`redeliver of process "${options.name}"`, options.redeliver, redeliverBounds),
    initMillis: Duration.toMillis(options.initTimeout ?? "5 seconds")
  } as const
  return blueprint
}

const nameLengthMax = 255
const capacityBounds = { min: 1, max: Infinity, fallback: defaultCapacity }
const redeliverBounds = { min: 0, max: Infinity, fallback: 0 }

/** @internal The kernel's side of a specification: the same object, without its types. */
export const blueprintOf = (process: AnyProcess): Blueprint => process as unknown as Blueprint

/** Any specification. */
export interface AnyProcess {
  readonly name: string
  readonly protocol: RpcGroup.Any
}

type Arguments<Args> = [Args] extends [void] ? [args?: undefined] : [args: Args]

/**
 * Starts a process and waits for its `init`. It belongs to the surrounding `Scope`: when that closes, the process is
 * stopped. Nobody restarts it; for that, make it a supervisor's child.
 *
 * Fails with the error of `init`, with `InitTimeout`, or with `InitCrashed`.
 */
export const start = <R extends Rpc.Any, Args, E, Env>(
  process: Process<R, Args, E, Env>,
  ...rest: Arguments<Args>
): Effect.Effect<ProcessRef<R>, E | InitTimeout | InitCrashed, Env | Scope.Scope> =>
  Effect.acquireRelease(
    Effect.contextWith((services: Context.Context<Env>) =>
      Effect.callback<ProcessRef<R>, E | InitTimeout | InitCrashed>((resume) => {
        const host = Context.get(services, Dispatcher)
        const cell = new Cell(blueprintOf(process), rest[0], ownServices(services), host, undefined)
        cell.begin(activeFrame(Fiber.getCurrent()!), (exit) => {
          if (exit._tag === "Success") return resume(Effect.succeed(refOf<R>(cell)))
          cell.giveUp()
          // The failure is what `init` is typed to fail with, or one of the two errors of the kernel.
          resume(Effect.failCause(exit.cause as Cause.Cause<E | InitTimeout | InitCrashed>))
        })
        return stopCell(cell, exitKilled)
      })
    ),
    (ref) => stop(ref),
    { interruptible: true }
  )

/** A layer that starts a process and provides its ref; closing the layer stops it. */
export const layer = <Self, R extends Rpc.Any, Args, E, Env>(
  key: Context.Key<Self, ProcessRef<R>>,
  process: Process<R, Args, E, Env>,
  ...rest: Arguments<Args>
): Layer.Layer<Self, E | InitTimeout | InitCrashed, Exclude<Env, Scope.Scope>> =>
  Layer.effect(key, start(process, ...rest))

// --- life ------------------------------------------------------------------------------------------------------------

/** How a process is stopped. */
export interface StopOptions {
  /** How long the handler at work may go on before it is interrupted. Default `5 seconds`. */
  readonly timeout?: Duration.Input | undefined
}

/**
 * Stops an incarnation after the handler at work, and waits until its scope has closed. Waiting calls fail with
 * `ProcessDead`, unless a supervisor restarts the process. Asked for by the process itself, it does not wait.
 */
export const stop = (ref: AnyRef, options?: StopOptions): Effect.Effect<void> =>
  Effect.suspend(() => {
    const cell = cellOf(ref)
    return stopCell(cell, exitShutdown).pipe(
      Effect.timeoutOrElse({ duration: options?.timeout ?? "5 seconds", orElse: () => stopCell(cell, exitKilled) })
    )
  })

/** Interrupts the handler at work, ends the incarnation as killed, and waits until its scope has closed. */
export const kill = (ref: AnyRef): Effect.Effect<void> => Effect.suspend(() => stopCell(cellOf(ref), exitKilled))

/** Ends the calling process normally after the handler at work. Outside of a process it does nothing. */
export const exit: Effect.Effect<void> = Effect.sync(() => {
  const frame = activeFrame(Fiber.getCurrent()!)
  if (frame?.process instanceof Cell) frame.process.stop(exitNormal)
})

/** The process whose `init` or handler the calling fiber belongs to, if it belongs to one. */
export const self: Effect.Effect<AnyRef | undefined> = Effect.sync(() => {
  const frame = Fiber.getCurrent()!.getRef(CurrentFrame)
  return frame?.process instanceof Cell ? frame.process : undefined
})

/**
 * Runs an effect beside the handlers, for the life of the incarnation; to be used in `init` or a handler. Its failure crashes
 * the process, its end does nothing. It may call its own process, which a handler may not.
 */
export const forkLinked = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<void, never, R | Scope.Scope> =>
  Effect.suspend(() => {
    const frame = activeFrame(Fiber.getCurrent()!)
    const linked = Effect.tapCause(Effect.provideService(effect, CurrentFrame, undefined), (cause) =>
      Effect.sync(() => {
        if (frame?.process instanceof Cell && !Cause.hasInterruptsOnly(cause)) frame.process.stop(exitCrashed(cause))
      })
    )
    return Effect.asVoid(Effect.forkScoped(linked))
  })

/** Whether the process can still answer, now or after a restart. */
export const isAlive = (ref: AnyRef): Effect.Effect<boolean> => Effect.sync(() => !cellOf(ref).isDead)

/**
 * Begins to watch the present incarnation, and gives an effect that waits for its end. A process that is already gone
 * answers at once with how it ended. Watching ends with the `Scope`.
 */
export const monitor = (ref: AnyRef): Effect.Effect<Effect.Effect<ProcessExit>, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => new Monitor(cellOf(ref))),
      (monitor) => Effect.sync(() => monitor.close())
    ),
    (monitor) => monitor.await
  )

class Monitor {
  private readonly cell: Cell
  private exit: ProcessExit | undefined
  private readonly waiting = new Set<(exit: ProcessExit) => void>()

  constructor(cell: Cell) {
    this.cell = cell
    this.exit = cell.isOver(cell.incarnation) ? (cell.lastExit ?? exitShutdown) : undefined
    if (this.exit === undefined) cell.watch(this)
  }

  onExit(_: Cell, exit: ProcessExit): void {
    this.exit = exit
    this.close()
    for (const resume of this.waiting) resume(exit)
    this.waiting.clear()
  }

  readonly await: Effect.Effect<ProcessExit> = Effect.callback((resume) => {
    if (this.exit !== undefined) return resume(Effect.succeed(this.exit))
    const onExit = (exit: ProcessExit) => resume(Effect.succeed(exit))
    this.waiting.add(onExit)
    return Effect.sync(() => this.waiting.delete(onExit))
  })

  close(): void {
    this.cell.unwatch(this)
  }
}

/**
 * Couples the present incarnations of two processes: when one ends other than normally or by an orderly stop, the other
 * is killed too. The link ends with the first of the two, and counts also when that one is gone already.
 */
export const link = (a: AnyRef, b: AnyRef): Effect.Effect<void> =>
  Effect.sync(() => {
    const [one, other] = [cellOf(a), cellOf(b)]
    const incarnations = new Map([
      [one, one.incarnation],
      [other, other.incarnation]
    ])
    const kill = (cell: Cell) => {
      // Only the incarnation that was linked: what comes after it is its supervisor's to decide.
      if (!cell.isOver(incarnations.get(cell)!)) onStack(cell.host, cell.label, () => cell.stop(exitKilled))
    }
    const watcher = {
      onExit: (cell: Cell, exit: ProcessExit) => {
        one.unwatch(watcher)
        other.unwatch(watcher)
        if (exit._tag === "Killed" || exit._tag === "Crashed") kill(cell === one ? other : one)
      }
    }
    one.watch(watcher)
    other.watch(watcher)
    for (const cell of [one, other]) {
      if (cell.isOver(cell.incarnation) && cell.lastExit !== undefined) watcher.onExit(cell, cell.lastExit)
    }
  })

// --- many at once ----------------------------------------------------------------------------------------------------

/** What came of a request to many. The three parts together hold each process once, in the order of arrival. */
export interface GatherResult<R extends Rpc.Any, Tag extends string> {
  readonly replies: ReadonlyArray<{ readonly from: Address<R>; readonly value: Rpc.Success<Entry<R, Tag>> }>
  readonly failures: ReadonlyArray<{
    readonly from: Address<R>
    readonly error: Rpc.Error<Entry<R, Tag>> | CallError
  }>
  /** Those that had not answered when the gathering ended. */
  readonly silent: ReadonlyArray<Address<R>>
}

/** When a gathering ends. */
export interface GatherOptions<in Value = unknown> {
  /**
   * `"all"`: when everyone has answered. `{ successes: n }`: at the nth success. `{ enough }`: at the first reply of which
   * it says `true`; it is called once for each reply, in the order of arrival. Default `"all"`.
   */
  readonly until?:
    | "all"
    | { readonly successes: number }
    | { readonly enough: (reply: { readonly from: AnyAddress; readonly value: Value }) => boolean }
    | undefined
  /** When it ends at the latest. Default `5 seconds`. */
  readonly deadline?: Duration.Input | undefined
}

/**
 * Sends one request to many processes and collects their answers. It never fails: it ends when everyone has answered, at
 * the deadline, or at the wanted number of successes.
 */
export const gather = <R extends Rpc.Any, const Tag extends R["_tag"]>(
  refs: ReadonlyArray<Address<R>>,
  tag: Tag,
  payload: Rpc.Payload<Entry<R, Tag>>,
  options?: GatherOptions<Rpc.Success<Entry<R, Tag>>>
): Effect.Effect<GatherResult<R, Tag>> =>
  Effect.callback<GatherResult<R, Tag>>((resume) => {
    const fiber = Fiber.getCurrent()!
    const targets = addressesOf(refs)
    const until = options?.until ?? "all"
    const successes = typeof until === "object" && "successes" in until ? until.successes : Infinity
    const enough = typeof until === "object" && "enough" in until ? until.enough : undefined
    // It runs where an answer arrives, in the middle of another process's turn: its defects are the caller's.
    const guarded = (reply: Parameters<NonNullable<typeof enough>>[0]): boolean => {
      try {
        return enough!(reply)
      } catch (defect) {
        collector.abandon()
        resume(Effect.die(defect))
        return false
      }
    }
    const predicate = enough === undefined ? undefined : (guarded as Collector["enough"])
    const collector: Collector = new Collector(targets, successes, predicate, (gathered) =>
      resume(Effect.succeed(resultOf<R, Tag>(gathered)))
    )
    const millis = options?.deadline === undefined ? defaultCallMillis : Duration.toMillis(options.deadline)
    const deadlines = targets[0]?.deadlines
    collector.ask(tag, payload, activeFrame(fiber), fiber.cache.span)
    if (collector.done) return undefined
    if (deadlines !== undefined && Number.isFinite(millis)) deadlines.arm(collector, millis, fiber.context)
    return Effect.sync(() => collector.abandon())
  })

/** Casts one message to many processes, without waiting for room; gives those whose mailbox was full. */
export const multicast = <R extends Rpc.Any, const Tag extends Infallible<R>["_tag"]>(
  refs: ReadonlyArray<Address<R>>,
  tag: Tag,
  ...rest: Payload<Entry<R, Tag>>
): Effect.Effect<ReadonlyArray<Address<R>>> =>
  Effect.sync(() => {
    const span = Fiber.getCurrent()!.cache.span
    const refused = addressesOf(refs).filter((target) => !target.postCast(tag, rest[0], span))
    return refused as unknown as ReadonlyArray<Address<R>>
  })

// --- the untyped side of the types -----------------------------------------------------------------------------------

// A cell is the ref of its process: what the protocol says of it lives in the types alone, so these casts, and only
// these, lead from one side to the other.
/** @internal */
export const refOf = <R extends Rpc.Any>(cell: Cell): ProcessRef<R> => cell as unknown as ProcessRef<R>

/** @internal */
export const cellOf = (ref: AnyRef): Cell => {
  if (ref instanceof Cell) return ref
  throw new TypeError(`"${ref.label}" is not a process of this program`)
}

/** @internal */
export const addressesOf = (refs: ReadonlyArray<AnyAddress>): ReadonlyArray<AddressImpl> =>
  refs as unknown as ReadonlyArray<AddressImpl>

const resultOf = <R extends Rpc.Any, Tag extends string>(gathered: Gathered): GatherResult<R, Tag> =>
  gathered as unknown as GatherResult<R, Tag>
