/**
 * Many nodes in one program, on virtual time, under seeded chance and faults: what a distributed program does when the
 * network delays, loses, doubles and reorders, when nodes freeze, crash and come back.
 *
 * **Guarantees** One seed replays one run exactly: the order in which fibers and processes take their turns, what the
 * network does, and all draws from `Random`. No wall clock is read; time stands still while anything can run, then leaps
 * to the next event, so hours of virtual time cost what happens in them. When the script is done the nodes are stopped in
 * order, and fibers or timers that outlive that fail the run with `SimulationLeaked`.
 *
 * **Does not guarantee** Anything about effects that leave the simulation: promises, I/O, real timers. A script that
 * waits for one fails with `SimulationStuck`. Iteration over hash maps with objects compared by identity as keys, and
 * reads of `Date.now` or `Math.random`, are not under the seed. Values sent between nodes are shared, not copied, unless
 * `copy` is given; other objects that nodes share in memory are shared whatever the network does.
 *
 * **Details** A node has its own clock, `Random`, dispatcher and `Scope`; the script runs beside the nodes, on perfect
 * time, and after everything else that is due in the same instant. A paused node runs nothing: what is due and what
 * arrives waits, and then sees the time that has passed. What is logged goes to the trace, not to the console. A crash takes everything of the node away on the spot, finalizers
 * included; what is to survive it lives in the script, like a disk. A message is lost when its link is cut at the moment
 * of its sending or of its arrival. Turns of processes are one message long.
 *
 * **Example** (A call that meets a partition)
 *
 * ```ts
 * import { Process } from "@foundation/core"
 * import { Simulation } from "@foundation/core/testing"
 * import { Clock, Effect, Schema } from "effect"
 * import { Rpc, RpcGroup } from "effect/rpc"
 *
 * const Counter = Process.make({
 *   name: "counter",
 *   protocol: RpcGroup.make(Rpc.make("Add", { payload: { by: Schema.Int }, success: Schema.Int })),
 *   init: () => Effect.succeed({ count: 0 }),
 *   handlers: { Add: ({ by }, state) => Effect.sync(() => (state.count += by)) }
 * })
 *
 * const program = Simulation.run({ seed: 7, nodes: ["a", "b"], network: { loss: 0.1 } }, (sim) =>
 *   Effect.gen(function* () {
 *     const counter = yield* sim.node("a").run(Process.start(Counter))
 *     const remote = sim.node("a").address(counter, "b")
 *     yield* sim.partition(["a"], ["b"])
 *     const error = yield* Effect.flip(sim.node("b").run(remote.call("Add", { by: 1 })))
 *     return `${error._tag} after ${yield* Clock.currentTimeMillis} ms`
 *   })
 * )
 *
 * console.log(await Effect.runPromise(program)) // => CallTimeout after 5000 ms
 * ```
 *
 * The idea of testing distributed programs this way is FoundationDB's: Zhou et al., "FoundationDB: A Distributed
 * Unbundled Transactional Key Value Store" (2021), section 4.
 *
 * @since 0.1.0
 */
import { Cause, Duration, Effect, Exit, type Scope } from "effect"
import type { Rpc } from "effect/rpc"
import type { Address, AnyRef, Process, ProcessRef } from "../process/Process.ts"
import { chaos as strike, type ChaosOptions } from "./simulation/chaos.ts"
import { Engine } from "./simulation/engine.ts"
import { type NodeDown, type NotInTime, PropertyFailed, type RunError } from "./simulation/errors.ts"
import type { ClockOptions } from "./simulation/life.ts"
import type { NetworkOptions } from "./simulation/network.ts"
import type { RemoteAddress } from "./simulation/remote.ts"
import { formatEvent, type TraceEvent } from "./simulation/trace.ts"

export * from "./simulation/errors.ts"
export type { ChaosOptions, Fault } from "./simulation/chaos.ts"
export type { ClockOptions } from "./simulation/life.ts"
export type { NetworkOptions } from "./simulation/network.ts"
export type { TraceEvent, TraceKind } from "./simulation/trace.ts"

// --- models ----------------------------------------------------------------------------------------------------------

/** What a run can be told, beside its seed. */
export interface WorldOptions {
  /** The names of the nodes; all start up. `"script"` is taken. */
  readonly nodes: ReadonlyArray<string>
  /** How messages travel at the start, on all links. */
  readonly network?: NetworkOptions | undefined
  /** Clocks that differ from the world's, by node. */
  readonly clocks?: { readonly [node: string]: ClockOptions } | undefined
  /**
   * Makes the copy of a payload or of a successful answer that arrives at another node, for example `structuredClone`.
   * Errors are never copied. Default: no copy.
   */
  readonly copy?: ((value: unknown) => unknown) | undefined
  /** The probability that a fiber on a node gives way before an operation, from 0 to 1. Default 0: only where it must. */
  readonly preempt?: number | undefined
  /** How many events the trace keeps, at the limit the newest. Default 10,000. */
  readonly traceSizeMax?: number | undefined
  /** How long the script may take, in virtual time; then the run fails with `SimulationStuck`. Default `1 day`. */
  readonly virtualTimeMax?: Duration.Input | undefined
  /** How many tasks may run; then the run fails with `SimulationStuck`. Default 1 million. */
  readonly stepsMax?: number | undefined
}

/** What a run is told. */
export interface Options extends WorldOptions {
  /** A safe integer. */
  readonly seed: number
}

/** A node as the script sees it. */
export interface Node {
  readonly name: string
  /**
   * Runs an effect on the node and waits for its end. The `Scope` is that of the node's life, so processes started in it
   * live until the node stops or crashes. Fails with `NodeDown` when the node is down or goes down meanwhile.
   */
  readonly run: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | NodeDown, Exclude<R, Scope.Scope>>
  /** As `run`, and again at each restart, where a failure is a defect. Several boots run in the order of their coming. */
  readonly boot: <E, R>(
    effect: Effect.Effect<unknown, E, R>
  ) => Effect.Effect<void, E | NodeDown, Exclude<R, Scope.Scope>>
  /** The process on this node, as node `from` reaches it. After a restart of this node it answers `ProcessDead`. */
  readonly address: <R extends Rpc.Any>(ref: ProcessRef<R>, from: string) => Address<R>
  /** Makes a process of this node known to `remote` until the node goes down. */
  readonly expose: (name: string, ref: AnyRef) => Effect.Effect<void>
  /**
   * The process of this kind that this node exposes under a name, as node `from` reaches it, over restarts. While there
   * is none, calls fail with `ProcessDead`.
   */
  readonly remote: <R extends Rpc.Any, Args, E, Env>(
    name: string,
    process: Process<R, Args, E, Env>,
    from: string
  ) => Address<R>
  /** At this moment; a paused node is up. */
  readonly isUp: boolean
}

/** The levers of a running simulation. Names of nodes that do not exist are defects. */
export interface Simulation {
  readonly seed: number
  readonly nodes: ReadonlyArray<Node>
  readonly node: (name: string) => Node

  /** Lets virtual time pass, and everything happen that is due in it; 0 for what is due now. */
  readonly adjust: (duration: Duration.Input) => Effect.Effect<void>
  /**
   * Waits until a condition holds. It is looked at whenever nothing is ready to run, before time moves. Fails with
   * `NotInTime` after `within`, default 1 minute of virtual time; `what` is for the message.
   */
  readonly until: (
    condition: () => boolean,
    options?: { readonly what?: string | undefined; readonly within?: Duration.Input | undefined }
  ) => Effect.Effect<void, NotInTime>
  /**
   * Holds the run to something from now on, until the `Scope` closes: the function gives what is wrong, or `undefined`. It
   * is looked at whenever nothing is ready to run; what it gives ends the run with `InvariantBroken`.
   */
  readonly always: (invariant: () => string | undefined) => Effect.Effect<void, never, Scope.Scope>
  /** Waits until nothing will happen by itself any more: no task, timer or message. As `until`, within 1 hour. */
  readonly settle: Effect.Effect<void, NotInTime>

  /** Cuts all links between two groups, or only those from the first to the second. Other cuts stay. */
  readonly partition: (
    one: ReadonlyArray<string>,
    other: ReadonlyArray<string>,
    options?: { readonly oneWay?: boolean | undefined }
  ) => Effect.Effect<void>
  /** Cuts a node off from all others. */
  readonly isolate: (node: string) => Effect.Effect<void>
  /** Joins all links again, or those among some nodes, or those between two groups. */
  readonly heal: (one?: ReadonlyArray<string>, other?: ReadonlyArray<string>) => Effect.Effect<void>
  /** Changes how messages travel from now on, on all links or on those from some nodes to some nodes. */
  readonly setNetwork: (
    options: NetworkOptions,
    links?: { readonly from?: ReadonlyArray<string> | undefined; readonly to?: ReadonlyArray<string> | undefined }
  ) => Effect.Effect<void>

  /** Freezes a node: nothing of it runs until `resume`. */
  readonly pause: (node: string) => Effect.Effect<void>
  readonly resume: (node: string) => Effect.Effect<void>
  /** Takes a node down on the spot; nothing of it runs any more, no finalizer either. */
  readonly crash: (node: string) => Effect.Effect<void>
  /** Stops a node in order: closes its scope in its own time, then takes it down. */
  readonly stop: (node: string) => Effect.Effect<void>
  /** Starts a node anew, crashing it first if it is up, and waits for its boots. */
  readonly restart: (node: string) => Effect.Effect<void, NodeDown>

  /**
   * Lets faults strike at random, from the seed, and waits until the last of them has ended: links joined, nodes that
   * paused resumed, nodes that crashed restarted. Where two faults overlap, the end of one may end the other.
   */
  readonly chaos: (options: ChaosOptions) => Effect.Effect<void>

  /** Writes something into the trace. */
  readonly note: (text: string, node?: string) => Effect.Effect<void>
  /** The newest events so far. */
  readonly trace: Effect.Effect<ReadonlyArray<TraceEvent>>
}

/** A run that is over. */
export interface Run<A, E> {
  readonly seed: number
  readonly exit: Exit.Exit<A, E>
  /** The newest events, `traceSizeMax` at most. */
  readonly trace: ReadonlyArray<TraceEvent>
  /** Of every choice of the run, kept events or not. */
  readonly fingerprint: string
  /** How long it took, in milliseconds of virtual time. */
  readonly millis: number
  /** How many tasks ran. */
  readonly steps: number
}

// --- running ---------------------------------------------------------------------------------------------------------

/** Runs a script on a simulated world, and gives what it gives. */
export const run = <A, E, R>(
  options: Options,
  script: (simulation: Simulation) => Effect.Effect<A, E, R>
): Effect.Effect<A, E | RunError, Exclude<R, Scope.Scope>> => Effect.flatMap(record(options, script), (run) => run.exit)

/** Runs a script on a simulated world, and gives all that is known of the run, failed or not. */
export const record = <A, E, R>(
  options: Options,
  script: (simulation: Simulation) => Effect.Effect<A, E, R>
): Effect.Effect<Run<A, E | RunError>, never, Exclude<R, Scope.Scope>> =>
  Effect.suspend(() => {
    const engine = new Engine(options)
    const { world } = engine
    return Effect.map(engine.run(Effect.suspend(() => script(simulationOf(engine)))), (exit) => ({
      seed: options.seed,
      exit,
      trace: world.trace.events,
      fingerprint: world.trace.fingerprint,
      millis: world.now,
      steps: world.steps
    }))
  })

/** What a campaign is told. */
export interface CheckOptions extends WorldOptions {
  /** How many seeds are tried, at least 1. The environment's `SIM_SEED` replaces them by that one. */
  readonly runs: number
  /** The first seed; the others follow it. Default 1. */
  readonly firstSeed?: number | undefined
  /** The test run that `SIM_SEED=… ` is put before in the message of a failure. Default `npx -y pnpm@12 test`. */
  readonly command?: string | undefined
}

/**
 * Holds a property on many seeds, one after the other. The first seed whose run fails ends it with `PropertyFailed`,
 * whose message has the command that replays this seed, the cause and the last events. Gives the number of runs.
 */
export const check = <A, E, R>(
  options: CheckOptions,
  property: (simulation: Simulation) => Effect.Effect<A, E, R>
): Effect.Effect<number, PropertyFailed, Exclude<R, Scope.Scope>> =>
  Effect.gen(function* () {
    const replayed = seedFromEnvironment()
    const first = replayed ?? options.firstSeed ?? 1
    const runs = replayed === undefined ? Math.max(1, options.runs) : 1
    for (let passed = 0; passed < runs; passed++) {
      const seed = first + passed
      const result = yield* record({ ...options, seed }, property)
      if (result.exit._tag === "Success") continue
      const command = `SIM_SEED=${seed} ${options.command ?? "npx -y pnpm@12 test"}`
      return yield* new PropertyFailed({ seed, passed, command, report: reportOf(result, result.exit.cause) })
    }
    return runs
  })

/** The seed in the environment variable `SIM_SEED`. Throws a `RangeError` when it is there and not a safe integer. */
export const seedFromEnvironment = (): number | undefined => {
  const text = process.env["SIM_SEED"]
  if (text === undefined || text === "") return undefined
  const seed = Number(text)
  if (!Number.isSafeInteger(seed)) throw new RangeError(`SIM_SEED is "${text}"; it must be an integer`)
  return seed
}

const reportOf = (run: Run<unknown, unknown>, cause: Cause.Cause<unknown>): string => {
  const events = run.trace.slice(-40).map(formatEvent)
  const at = `failed at ${run.millis} ms of virtual time after ${run.steps} steps:`
  return [at, Cause.pretty(cause), `the last ${events.length} events:`, ...events].join("\n")
}

// --- the script's side -----------------------------------------------------------------------------------------------

const simulationOf = (engine: Engine): Simulation => {
  const { names, network, world } = engine
  const nodes = names.map((name) => nodeOf(engine, name))
  const byName = new Map(nodes.map((node) => [node.name, node]))
  const all = (some: ReadonlyArray<string> | undefined) => some ?? names
  const simulation: Simulation = {
    seed: world.seed,
    nodes,
    node: (name) => {
      const node = byName.get(name)
      if (node === undefined) throw new RangeError(`the simulation has no node "${name}"`)
      return node
    },
    adjust: (duration) => (Duration.toMillis(duration) > 0 ? Effect.sleep(duration) : engine.quiet),
    until: (condition, options) =>
      engine.until(condition, options?.what ?? "the condition", options?.within ?? "1 minute"),
    always: (invariant) => engine.always(invariant),
    settle: engine.until(() => !world.timers.hasFuture, "all is done", "1 hour"),
    partition: (one, other, options) =>
      Effect.sync(() => {
        const oneWay = options?.oneWay === true
        engine.fault(one.join(","), `cut ${oneWay ? "towards" : "from"} ${other.join(",")}`)
        network.setCut(one, other, true)
        if (!oneWay) network.setCut(other, one, true)
      }),
    isolate: (node) =>
      Effect.sync(() => {
        engine.fault(node, "isolate")
        network.setCut([node], names, true)
        network.setCut(names, [node], true)
      }),
    heal: (one, other = one) =>
      Effect.sync(() => {
        engine.fault(all(one).join(","), `heal with ${all(other).join(",")}`)
        network.setCut(all(one), all(other), false)
        network.setCut(all(other), all(one), false)
      }),
    setNetwork: (options, links) =>
      Effect.sync(() => {
        engine.fault(all(links?.from).join(","), `network towards ${all(links?.to).join(",")} changed`)
        network.change(all(links?.from), all(links?.to), options)
      }),
    pause: (node) => Effect.sync(() => engine.pause(node)),
    resume: (node) => Effect.sync(() => engine.resume(node)),
    crash: (node) => Effect.sync(() => engine.crash(node)),
    stop: (node) => engine.stop(node),
    restart: (node) => engine.restart(node),
    chaos: (options) => Effect.suspend(() => strike(simulation, options)),
    note: (text, node) => Effect.sync(() => world.record(node ?? "script", "note", text)),
    trace: Effect.sync(() => world.trace.events)
  }
  return simulation
}

const nodeOf = (engine: Engine, name: string): Node => ({
  name,
  run: (effect) => engine.runOn(name, effect),
  boot: (effect) => engine.boot(name, effect),
  address: <R extends Rpc.Any>(ref: ProcessRef<R>, from: string) => typed<R>(engine.addressOf(ref, name, from)),
  expose: (as, ref) => Effect.sync(() => engine.expose(name, as, ref)),
  remote: <R extends Rpc.Any, Args, E, Env>(as: string, process: Process<R, Args, E, Env>, from: string) =>
    typed<R>(engine.named(as, process, name, from)),
  get isUp() {
    return engine.member(name).life !== undefined
  }
})

/** What the protocol says of an address lives in the types alone, as for the ref of a process. */
const typed = <R extends Rpc.Any>(address: RemoteAddress): Address<R> => address as unknown as Address<R>
