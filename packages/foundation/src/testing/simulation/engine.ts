/** The driver of one run: the script as the fiber of a node of its own, the world's steps, and the end of it all. */
import { Cause, Context, Duration, Effect, Exit, Fiber, Scope } from "effect"
import type { Cell } from "../../process/internal/cell.ts"
import { type AnyProcess, type AnyRef, cellOf } from "../../process/Process.ts"
import { InvariantBroken, NodeDown, NotInTime, type RunError, SimulationLeaked, SimulationStuck } from "./errors.ts"
import { type ClockOptions, Life } from "./life.ts"
import { Network, type NetworkOptions } from "./network.ts"
import { RemoteAddress } from "./remote.ts"
import { World } from "./world.ts"

export interface EngineOptions {
  readonly seed: number
  readonly nodes: ReadonlyArray<string>
  readonly network?: NetworkOptions | undefined
  readonly clocks?: { readonly [node: string]: ClockOptions } | undefined
  readonly copy?: ((value: unknown) => unknown) | undefined
  readonly preempt?: number | undefined
  readonly traceSizeMax?: number | undefined
  readonly virtualTimeMax?: Duration.Input | undefined
  readonly stepsMax?: number | undefined
}

/** The node on which the script runs; it is on no network. */
const scriptNode = "script"

/** How many steps go by before the real event loop gets its turn. */
const stepsPerTurn = 5000

/** How long an orderly stop of all nodes may take, in milliseconds of virtual time. */
const closeMillis = 600_000

/** A node over all its lives. */
class Member {
  readonly name: string
  life: Life | undefined = undefined
  lives = 0
  readonly boots: Array<() => Effect.Effect<void, unknown>> = []
  constructor(name: string) {
    this.name = name
  }
}

export class Engine {
  readonly world: World
  readonly network: Network
  readonly names: ReadonlyArray<string>
  private readonly script: Life
  private readonly members = new Map<string, Member>()
  private readonly options: EngineOptions
  private readonly leaked: Array<{ readonly node: string; readonly fibers: number; readonly timers: number }> = []

  constructor(options: EngineOptions) {
    const { nodes, seed } = options
    if (!Number.isSafeInteger(seed)) throw new RangeError(`a seed is a safe integer, not ${seed}`)
    if (new Set([...nodes, scriptNode]).size !== nodes.length + 1) {
      throw new RangeError(`nodes need names of their own, other than "${scriptNode}": ${nodes.join(", ")}`)
    }
    this.options = options
    this.names = nodes
    this.world = new World(seed, options.traceSizeMax ?? 10_000)
    this.script = new Life(this.world, { node: scriptNode, number: 1, clock: undefined, preempt: 0, rank: 1 })
    this.network = new Network(this.world, nodes, options.network, (name) => this.member(name).life)
    for (const name of nodes) {
      const member = new Member(name)
      this.members.set(name, member)
      this.start(member)
    }
  }

  member(name: string): Member {
    const member = this.members.get(name)
    if (member === undefined) throw new RangeError(`the simulation has no node "${name}"`)
    return member
  }

  private start(member: Member): void {
    const { clocks, preempt } = this.options
    const clock = clocks === undefined ? undefined : new Map(Object.entries(clocks)).get(member.name)
    const number = ++member.lives
    member.life = new Life(this.world, { node: member.name, number, clock, preempt: preempt ?? 0, rank: 0 })
  }

  // --- on a node -----------------------------------------------------------------------------------------------------

  /** Runs an effect on a node, with the services of the caller and the node's own clock, schedulers and chance. */
  runOn<A, E, R>(
    name: string,
    effect: Effect.Effect<A, E, R>
  ): Effect.Effect<A, E | NodeDown, Exclude<R, Scope.Scope>> {
    return Effect.contextWith((services: Context.Context<Exclude<R, Scope.Scope>>) =>
      this.launch(name, effect, services)
    )
  }

  private launch<A, E, R>(
    name: string,
    effect: Effect.Effect<A, E, R>,
    services: Context.Context<Exclude<R, Scope.Scope>>
  ): Effect.Effect<A, E | NodeDown> {
    return Effect.callback<A, E | NodeDown>((resume) => {
      const { life } = this.member(name)
      if (life === undefined) {
        resume(Effect.fail(new NodeDown({ node: name })))
        return
      }
      let fiber: Fiber.Fiber<A, E> | undefined
      let over = false
      const answer = (result: Effect.Effect<A, E | NodeDown>) => {
        if (over) return
        over = true
        life.onDown.delete(down)
        this.world.enqueue(this.script.main, () => resume(result))
      }
      const down = () => answer(Effect.fail(new NodeDown({ node: name })))
      life.onDown.add(down)
      this.world.enqueue(life.main, () => {
        if (over) return
        fiber = fork(life, effect, services)
        fiber.addObserver(answer)
      })
      return Effect.suspend(() => {
        over = true
        life.onDown.delete(down)
        if (fiber === undefined) return Effect.void
        if (life.canRun) return Fiber.interrupt(fiber)
        // It would not end before the node goes on, if it ever does.
        fiber.interruptUnsafe()
        return Effect.void
      })
    })
  }

  /** Runs an effect on a node now and at each of its restarts. */
  boot<E, R>(
    name: string,
    effect: Effect.Effect<unknown, E, R>
  ): Effect.Effect<void, E | NodeDown, Exclude<R, Scope.Scope>> {
    return Effect.contextWith((services: Context.Context<Exclude<R, Scope.Scope>>) => {
      const again = () => Effect.asVoid(this.launch(name, effect, services))
      this.member(name).boots.push(again)
      return again()
    })
  }

  expose(name: string, as: string, ref: AnyRef): void {
    const { life } = this.member(name)
    const cell = cellOf(ref)
    if (life === undefined || cell.host !== life) throw new RangeError(`"${ref.label}" does not run on node "${name}"`)
    life.exposed.set(as, cell)
  }

  // --- life and death of nodes ---------------------------------------------------------------------------------------

  fault(name: string, what: string): void {
    this.world.record(name, "fault", what)
  }

  pause(name: string): void {
    const { life } = this.member(name)
    if (life === undefined || life.paused) return
    this.fault(name, "pause")
    life.pause()
  }

  resume(name: string): void {
    const { life } = this.member(name)
    if (life === undefined || !life.paused) return
    this.fault(name, "resume")
    life.resume()
  }

  crash(name: string): void {
    const member = this.member(name)
    if (member.life === undefined) return
    this.fault(name, "crash")
    this.end(member)
  }

  private end(member: Member): void {
    const { life } = member
    member.life = undefined
    life?.end()
  }

  /** Closes what a node holds, in its own time, and takes it down. */
  stop(name: string): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const member = this.member(name)
      const { life } = member
      if (life === undefined) return
      this.resume(name)
      yield* Effect.ignore(this.runOn(name, Scope.close(life.scope, Exit.void)))
      yield* this.quiet
      if (member.life !== life) return
      this.fault(name, "stop")
      this.lookForLeaks(life)
      this.end(member)
    })
  }

  restart(name: string): Effect.Effect<void, NodeDown> {
    return Effect.suspend(() => {
      const member = this.member(name)
      this.crash(name)
      this.fault(name, "restart")
      this.start(member)
      return Effect.forEach(
        member.boots,
        (boot) =>
          Effect.catchCause(boot(), (cause) => {
            const failure = Cause.squash(cause)
            return failure instanceof NodeDown ? Effect.fail(failure) : Effect.die(failure)
          }),
        { discard: true }
      )
    })
  }

  // --- addresses -----------------------------------------------------------------------------------------------------

  addressOf(ref: AnyRef, on: string, from: string): RemoteAddress {
    const cell = cellOf(ref)
    const home = this.member(on).life
    if (home === undefined || cell.host !== home) throw new RangeError(`"${ref.label}" does not run on node "${on}"`)
    return this.route(on, from, `${ref.label}@${on}`, cell.capacity, (life) => (life === home ? cell : undefined))
  }

  named(name: string, process: AnyProcess, on: string, from: string): RemoteAddress {
    return this.route(on, from, `${name}@${on}`, 0, (life) => {
      const cell = life.exposed.get(name)
      return cell?.blueprint.name === process.name ? cell : undefined
    })
  }

  private route(
    to: string,
    from: string,
    label: string,
    capacity: number,
    resolve: (life: Life) => Cell | undefined
  ): RemoteAddress {
    const sending = this.member(from)
    this.member(to)
    const sender = () => {
      if (sending.life !== undefined) return sending.life
      throw new Error(`"${label}" was called from node "${from}", which is down`)
    }
    const copy = this.options.copy ?? ((value) => value)
    return new RemoteAddress({ network: this.network, from, to, sender, resolve, label, capacity, copy })
  }

  // --- time ----------------------------------------------------------------------------------------------------------

  private readonly holding = (holds: () => boolean): Effect.Effect<void> =>
    Effect.callback<void>((resume) => {
      const { conditions } = this.world
      const condition = { holds, met: () => resume(Effect.void) }
      conditions.add(condition)
      return Effect.sync(() => conditions.delete(condition))
    })

  /** Until nothing is ready. */
  readonly quiet = this.holding(() => true)

  until(holds: () => boolean, what: string, within: Duration.Input): Effect.Effect<void, NotInTime> {
    return Effect.timeoutOrElse(this.holding(holds), {
      duration: within,
      orElse: () => Effect.fail(new NotInTime({ what, millis: Duration.toMillis(within) }))
    })
  }

  always(invariant: () => string | undefined): Effect.Effect<void, never, Scope.Scope> {
    const { invariants } = this.world
    return Effect.asVoid(
      Effect.acquireRelease(
        Effect.sync(() => invariants.add(invariant)),
        () => Effect.sync(() => invariants.delete(invariant))
      )
    )
  }

  // --- the run -------------------------------------------------------------------------------------------------------

  /** Runs the script to its end and then stops the nodes; the real world gets its turn now and then. */
  run<A, E, R>(
    script: Effect.Effect<A, E, R>
  ): Effect.Effect<Exit.Exit<A, E | RunError>, never, Exclude<R, Scope.Scope>> {
    return Effect.contextWith((services: Context.Context<Exclude<R, Scope.Scope>>) =>
      Effect.gen({ self: this }, function* (): Effect.fn.Return<Exit.Exit<A, E | RunError>> {
        const timeMax = Duration.toMillis(this.options.virtualTimeMax ?? "1 day")
        const exit = yield* this.drive(fork(this.script, Effect.scoped(script), services), timeMax)
        // A world that is stuck or broken is not worth closing.
        if (exit._tag === "Failure" && isOver(Cause.squash(exit.cause))) return exit
        const closed = yield* this.drive(fork(this.script, this.close, Context.empty()), this.world.now + closeMillis)
        if (exit._tag === "Failure") return exit
        if (closed._tag === "Failure") return Exit.failCause(closed.cause)
        this.lookForLeaks(this.script)
        return this.leaked.length === 0 ? exit : Exit.fail(new SimulationLeaked({ nodes: this.leaked }))
      })
    )
  }

  private readonly close: Effect.Effect<void> = Effect.gen({ self: this }, function* () {
    for (const name of this.names.toReversed()) yield* this.stop(name)
    yield* this.quiet
  })

  private lookForLeaks(life: Life): void {
    const timers = this.world.timers.pendingOf(life)
    if (life.fibers > 0 || timers > 0) this.leaked.push({ node: life.node, fibers: life.fibers, timers })
  }

  private drive<A, E>(
    fiber: Fiber.Fiber<A, E>,
    timeMax: number
  ): Effect.Effect<Exit.Exit<A, E | SimulationStuck | InvariantBroken>> {
    return Effect.gen({ self: this }, function* () {
      const { world } = this
      let limits = { steps: world.steps + (this.options.stepsMax ?? 1_000_000), time: timeMax }
      let stuck: SimulationStuck | undefined
      for (;;) {
        for (let n = 0; n < stepsPerTurn; n++) {
          const exit = fiber.pollUnsafe()
          if (exit !== undefined) return stuck === undefined ? exit : Exit.fail(stuck)
          const moved = world.step()
          if (world.broken !== undefined) return Exit.fail(new InvariantBroken({ what: world.broken, at: world.now }))
          const reason = !moved
            ? "idle"
            : world.steps > limits.steps
              ? "steps"
              : world.now > limits.time
                ? "virtual time"
                : undefined
          if (reason === undefined) continue
          if (stuck !== undefined) return Exit.fail(stuck)
          stuck = new SimulationStuck({ seed: world.seed, reason, at: world.now, steps: world.steps })
          // A little more, for the finalizers of the script.
          limits = { steps: world.steps + 10_000, time: world.now + 60_000 }
          fiber.interruptUnsafe()
        }
        yield* Effect.yieldNow
      }
    })
  }
}

const isOver = (failure: unknown): boolean => failure instanceof SimulationStuck || failure instanceof InvariantBroken

/** Begins a fiber in the life's own services, which come before those of the caller. */
const fork = <A, E, R>(
  life: Life,
  effect: Effect.Effect<A, E, R>,
  services: Context.Context<Exclude<R, Scope.Scope>>
): Fiber.Fiber<A, E> =>
  // The life's services hold the `Scope` that `Exclude` takes out.
  Effect.runForkWith(Context.merge(services, life.services) as Context.Context<R>)(effect)
