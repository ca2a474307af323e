/**
 * Runs agents: starts and stops them by id, restarts those that crash, gives up those that do nothing else.
 *
 * **Guarantees** A crashed agent is running again under its id, in a new incarnation, or has been given up: each has a
 * restart budget of its own, so one that crashes all the time takes nobody down. What the registry says of an agent's
 * status is what the supervision tree says, at every moment. What is asked for one agent is done one after the other.
 * Closing the layer stops all agents, the last started first.
 *
 * **Does not guarantee** That a ref stays valid when an agent is stopped and started, updated, or given up: its name leads
 * to the new process. Over crashes and `restart` a ref stays valid.
 *
 * **Example** (An agent that is started by its id)
 *
 * ```ts
 * import { Process, ProcessRegistry } from "@foundation/core"
 * import { Agent, AgentRegistry, Mabeam, AgentSupervisor } from "@mabeam/core"
 * import { Effect, Layer } from "effect"
 *
 * const Worker = Process.make({
 *   name: "worker",
 *   protocol: Agent.Protocol,
 *   init: (speed: number) => Effect.succeed({ speed }),
 *   handlers: { ...Agent.defaults, Bid: (_, { speed }) => Effect.succeed(speed) }
 * })
 *
 * const program = Effect.gen(function* () {
 *   const agents = yield* AgentRegistry.AgentRegistry
 *   const supervisor = yield* AgentSupervisor.AgentSupervisor
 *   const worker = yield* agents.register({
 *     id: "w1",
 *     type: "worker",
 *     capabilities: ["train"],
 *     process: Worker,
 *     args: 3
 *   })
 *   yield* supervisor.start(worker)
 *   console.log((yield* agents.find({ capabilities: ["train"] })).map(({ id, status }) => `${id} is ${status}`)) // => ["w1 is running"]
 *   yield* supervisor.stop("w1")
 *   console.log((yield* agents.info("w1")).status) // => stopped
 * })
 * const Live = Mabeam.layer().pipe(Layer.provideMerge(ProcessRegistry.layerMemory))
 * await Effect.runPromise(Effect.provide(program, Live))
 * ```
 *
 * @since 0.1.0
 */
import { type Process, Supervisor } from "@foundation/core"
import { Cause, Clock, Context, Effect, Layer, Queue, Schema, Stream } from "effect"
import type { Rpc } from "effect/rpc"
import type { AgentRef } from "./Agent.ts"
import { type AgentId, AgentNotFound, AgentRegistry, keyOf, type Registered } from "./AgentRegistry.ts"
import { isUp } from "./internal/lifecycle.ts"
import type { AgentRecord, AgentRecords } from "./internal/records.ts"

// --- models ----------------------------------------------------------------------------------------------------------

/** What happens to agents; `at` is in milliseconds since the epoch. */
export type AgentEvent = { readonly id: string; readonly at: number } & (
  | { readonly _tag: "Started"; readonly incarnation: number }
  /** It ended by itself: crashed, was killed, or left although it is to stay. */
  | { readonly _tag: "Crashed"; readonly exit: Process.ProcessExit }
  /** It is running again after it had ended by itself. */
  | { readonly _tag: "Restarted"; readonly incarnation: number; readonly restarts: number }
  /** Its restart budget is spent. */
  | { readonly _tag: "GaveUp" }
  /** It was stopped on purpose, or is done and need not be restarted. */
  | { readonly _tag: "Stopped" }
)

// --- errors ----------------------------------------------------------------------------------------------------------

/** The agent has a process already, or is about to have one again. */
export class AlreadyRunning extends Schema.TaggedError<AlreadyRunning>("@mabeam/core/AgentSupervisor/AlreadyRunning")(
  "AlreadyRunning",
  { id: Schema.String }
) {
  override get message() {
    return `agent "${this.id}" is running already`
  }
}

/** The agent has no process, and nobody is about to give it one. */
export class NotRunning extends Schema.TaggedError<NotRunning>("@mabeam/core/AgentSupervisor/NotRunning")(
  "NotRunning",
  { id: Schema.String }
) {
  override get message() {
    return `agent "${this.id}" is not running`
  }
}

/** The agent did not start: its `init` failed, or its name is taken. */
export class AgentStartFailed extends Schema.TaggedError<AgentStartFailed>(
  "@mabeam/core/AgentSupervisor/AgentStartFailed"
)("AgentStartFailed", { id: Schema.String, cause: Schema.Defect() }) {
  override get message() {
    return `agent "${this.id}" did not start: ${this.cause instanceof Error ? this.cause.message : String(this.cause)}`
  }
}

/** The agent left, or was killed, though it is to stay: the last error of one that has not crashed. */
export class AgentEnded extends Schema.TaggedError<AgentEnded>("@mabeam/core/AgentSupervisor/AgentEnded")(
  "AgentEnded",
  {
    how: Schema.Literals(["Normal", "Shutdown", "Killed"])
  }
) {
  override get message() {
    return this.how === "Killed" ? "it was killed" : "it ended by itself"
  }
}

// --- service ---------------------------------------------------------------------------------------------------------

/** Runs agents. */
export class AgentSupervisor extends Context.Service<
  AgentSupervisor,
  {
    /** Starts an agent and waits for its `init`. One that was given up starts anew. */
    readonly start: {
      <R extends Rpc.Any, Args>(
        agent: Registered<R, Args>
      ): Effect.Effect<Process.ProcessRef<R>, AgentNotFound | AlreadyRunning | AgentStartFailed>
      (id: AgentId): Effect.Effect<AgentRef, AgentNotFound | AlreadyRunning | AgentStartFailed>
    }
    /** Stops an agent in order and waits until it is gone; a crashed one is not restarted any more. */
    readonly stop: (id: AgentId) => Effect.Effect<void, AgentNotFound | NotRunning>
    /** Ends the incarnation of an agent and begins a new one; one that is not running is started. */
    readonly restart: (id: AgentId) => Effect.Effect<void, AgentNotFound | AgentStartFailed>
    /** Gives an agent other arguments. One that is running gets a new process, under its id and name. */
    readonly update: <R extends Rpc.Any, Args>(
      agent: Registered<R, Args>,
      args: Args
    ) => Effect.Effect<void, AgentNotFound | AgentStartFailed>
    /** Stops an agent, if it is running, and forgets it; an unknown id is no error. */
    readonly unregister: (id: AgentId) => Effect.Effect<void>
    /** How many agents have a process that answers. */
    readonly running: Effect.Effect<number>
    /** What happens to agents from now on. A reader that is 1,024 events behind misses the oldest. */
    readonly changes: Stream.Stream<AgentEvent>
    /** The supervisor above the agents, to be watched. */
    readonly supervisor: Supervisor.SupervisorRef
  }
>()("@mabeam/core/AgentSupervisor") {}

/** What the layer can be told. */
export interface Options {
  /** How many restarts are too many for an agent that does not say so itself. Default: 3 in 5 seconds; then it is given up. */
  readonly budget?: Supervisor.Intensity | undefined
}

const changesMax = 1024

/** Runs the agents of the `AgentRegistry`, which stop with the layer. */
export const layer = (options: Options = {}): Layer.Layer<AgentSupervisor, never, AgentRegistry> =>
  Layer.effect(
    AgentSupervisor,
    Effect.gen(function* () {
      const { records } = yield* AgentRegistry
      const news = new News(yield* Clock.Clock)
      // Finalizers run last first: what the supervisor stops has been about to stop before, and is stopped afterwards.
      yield* Effect.addFinalizer(() => Effect.sync(() => stopped(records, news)))
      const supervisor = yield* Effect.orDie(Supervisor.start(Supervisor.make({ name: "agents" })))
      yield* Effect.acquireRelease(
        Effect.sync(() => Supervisor.onChangeUnsafe(supervisor, follower(records, news.tell))),
        (unlisten) => Effect.sync(unlisten)
      )
      yield* Effect.addFinalizer(() => Effect.sync(() => stopping(records)))
      return AgentSupervisor.of(service({ records, supervisor, budget: options.budget ?? {} }, news))
    })
  )

const service = (driver: Driver, news: News): AgentSupervisor["Service"] => {
  const { records, supervisor } = driver
  return {
    supervisor,
    changes: news.changes,
    running: Effect.sync(() => [...records.byId.values()].filter(({ status }) => isUp(status)).length),
    start: <R extends Rpc.Any, Args>(agent: Registered<R, Args> | AgentId) =>
      withRecord(
        driver,
        typeof agent === "object" ? agent.id : agent,
        (record): Effect.Effect<Process.ProcessRef<R>, AlreadyRunning | AgentStartFailed> => {
          if (record.isManaged) return Effect.fail(new AlreadyRunning({ id: record.plan.id }))
          // The record of a registered agent starts the very process that the agent was registered with.
          return Effect.map(begin(driver, record), (ref) => ref as Process.ProcessRef<R>)
        }
      ),
    stop: (id) =>
      withRecord(driver, id, (record) =>
        record.isManaged ? dismiss(driver, record) : Effect.fail(new NotRunning({ id: record.plan.id }))
      ),
    restart: (id) =>
      withRecord(driver, id, (record) =>
        record.isManaged ? renew(driver, record) : Effect.asVoid(begin(driver, record))
      ),
    update: ({ id }, args) =>
      withRecord(driver, id, (record) => {
        record.args = args
        return record.isManaged
          ? Effect.andThen(dismiss(driver, record), Effect.asVoid(begin(driver, record)))
          : Effect.void
      }),
    unregister: (id) =>
      Effect.ignore(
        withRecord(driver, id, (record) =>
          Effect.andThen(
            dismiss(driver, record),
            Effect.sync(() => records.remove(record))
          )
        )
      )
  }
}

// --- steps -----------------------------------------------------------------------------------------------------------

interface Driver {
  readonly records: AgentRecords
  readonly supervisor: Supervisor.SupervisorRef
  readonly budget: Supervisor.Intensity
}

/** Does something to an agent when nobody else does. Once begun it is done to its end, so that no status is left half-way. */
const withRecord = <A, E>(
  { records }: Driver,
  id: AgentId,
  f: (record: AgentRecord) => Effect.Effect<A, E>
): Effect.Effect<A, E | AgentNotFound> =>
  Effect.suspend(() => {
    const key = keyOf(id)
    const record = records.byId.get(key)
    if (record === undefined) return Effect.fail(new AgentNotFound({ id: key }))
    const still = Effect.suspend((): Effect.Effect<A, E | AgentNotFound> =>
      records.byId.get(key) === record ? Effect.uninterruptible(f(record)) : Effect.fail(new AgentNotFound({ id: key }))
    )
    return record.inTurn(still)
  })

/** Marks what is being done on purpose, so that it is not taken for a crash. */
const asking = <A, E>(record: AgentRecord, asked: "stop" | "start", effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.suspend(() => {
    record.asked = asked
    return Effect.ensuring(
      effect,
      Effect.sync(() => (record.asked = undefined))
    )
  })

const begin = ({ budget, supervisor }: Driver, record: AgentRecord): Effect.Effect<Process.AnyRef, AgentStartFailed> =>
  asking(
    record,
    "start",
    Effect.suspend(() => {
      record.isManaged = true
      record.gaveUp = false
      record.status = "starting"
      return Effect.mapError(record.plan.startUnder(supervisor, record.args, { budget }), (error) =>
        startFailed(record, error)
      )
    })
  )

const startFailed = (record: AgentRecord, error: unknown): AgentStartFailed => {
  const cause = error instanceof Supervisor.ChildStartFailed ? error.cause : error
  record.isManaged = false
  record.status = "failed"
  record.lastError = cause
  return new AgentStartFailed({ id: record.plan.id, cause })
}

/** Takes the agent's process away, if it has one, or will have one again. */
const dismiss = ({ supervisor }: Driver, record: AgentRecord): Effect.Effect<void> =>
  asking(
    record,
    "stop",
    Effect.suspend(() => {
      record.tryMove("draining")
      // No such child: it has gone by itself. No such supervisor: it has stopped its children.
      return Effect.andThen(
        Effect.ignore(Supervisor.stopChild(supervisor, record.plan.id)),
        Effect.sync(() => {
          record.isManaged = false
          record.tryMove("stopped")
        })
      )
    })
  )

/** Ends the incarnation and begins a new one, of the same process. */
const renew = (driver: Driver, record: AgentRecord): Effect.Effect<void, AgentStartFailed> =>
  asking(
    record,
    "start",
    Effect.suspend(() => {
      record.tryMove("draining")
      return Supervisor.restartChild(driver.supervisor, record.plan.id).pipe(
        // It has ended for good in this moment, by itself.
        Effect.catchTag("ChildNotFound", () =>
          Effect.asVoid(record.plan.startUnder(driver.supervisor, record.args, driver))
        ),
        Effect.mapError((error) => startFailed(record, error))
      )
    })
  )

// --- what the tree tells ---------------------------------------------------------------------------------------------

type Untimed<E> = E extends AgentEvent ? Omit<E, "at"> : never

/** Keeps the records as the tree is. Called in the moment of each change. */
const follower =
  (records: AgentRecords, tell: (event: Untimed<AgentEvent>) => void) =>
  (event: Supervisor.TreeEvent): void => {
    const id = event.path[0]!
    const record = event.path.length === 1 ? records.byId.get(id) : undefined
    if (record === undefined) return
    switch (event._tag) {
      case "ChildStarted": {
        if (record.asked === "stop") return
        const isRestart = record.status === "failed" && record.asked === undefined
        record.isManaged = true
        record.status = "running"
        const incarnation = ++record.incarnation
        if (isRestart) tell({ _tag: "Restarted", id, incarnation, restarts: ++record.restarts })
        else tell({ _tag: "Started", id, incarnation })
        return
      }
      case "ChildEnded":
        return ended(record, event.exit, tell)
      case "ChildGaveUp":
        record.isManaged = false
        record.gaveUp = true
        record.status = "failed"
        return tell({ _tag: "GaveUp", id })
      case "ChildRemoved":
        record.isManaged = false
        if (record.status === "failed" && record.asked !== "stop") return
        record.status = "stopped"
        return tell({ _tag: "Stopped", id })
      default:
        return
    }
  }

const ended = (record: AgentRecord, exit: Process.ProcessExit, tell: (event: Untimed<AgentEvent>) => void): void => {
  if (record.asked !== undefined) {
    if (isUp(record.status)) record.status = "stopped"
    return
  }
  const isDone = (exit._tag === "Normal" || exit._tag === "Shutdown") && record.plan.restart !== "permanent"
  record.status = isDone ? "stopped" : "failed"
  if (isDone) return
  record.lastError = exit._tag === "Crashed" ? Cause.squash(exit.cause) : new AgentEnded({ how: exit._tag })
  tell({ _tag: "Crashed", id: record.plan.id, exit })
}

/** The layer closes: what stops now is stopped on purpose. */
const stopping = (records: AgentRecords): void => {
  for (const record of records.byId.values()) {
    if (!record.isManaged) continue
    record.asked = "stop"
    record.tryMove("draining")
  }
}

const stopped = (records: AgentRecords, news: News): void => {
  for (const record of records.byId.values()) {
    if (!record.isManaged) continue
    record.isManaged = false
    record.asked = undefined
    record.status = "stopped"
    news.tell({ _tag: "Stopped", id: record.plan.id })
  }
}

/** Tells of events whoever follows them. */
class News {
  private readonly clock: Clock.Clock
  private readonly readers = new Set<(event: AgentEvent) => void>()

  constructor(clock: Clock.Clock) {
    this.clock = clock
  }

  readonly tell = (event: Untimed<AgentEvent>): void => {
    if (this.readers.size === 0) return
    const timed = { ...event, at: this.clock.currentTimeMillisUnsafe() }
    for (const reader of this.readers) reader(timed)
  }

  readonly changes: Stream.Stream<AgentEvent> = Stream.callback<AgentEvent>(
    (queue) =>
      Effect.acquireRelease(
        Effect.sync(() => {
          const reader = (event: AgentEvent) => void Queue.offerUnsafe(queue, event)
          this.readers.add(reader)
          return reader
        }),
        (reader) => Effect.sync(() => this.readers.delete(reader))
      ),
    { bufferSize: changesMax, strategy: "sliding" }
  )
}
