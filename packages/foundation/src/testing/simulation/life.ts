/**
 * One life of a node, from its start to its stop or crash: its clock, its schedulers, its chance, and the processes that
 * it offers to others.
 *
 * Freezing works through the scheduler: `shouldYield` says yes for a node that is paused or down, so a fiber that
 * somebody wakes gives its turn back before it does anything, and its turn waits or is dropped.
 */
import { Cause, Clock, Context, Duration, Effect, Logger, Metric, Random, Scheduler, Scope } from "effect"
import { Deadlines } from "../../process/internal/deadlines.ts"
import type { Cell } from "../../process/internal/cell.ts"
import type { Activation, Host } from "../../process/internal/host.ts"
import { Dispatcher } from "../../process/Process.ts"
import { Chance } from "./chance.ts"
import type { Source, World } from "./world.ts"

/** How a node's clock differs from the world's. */
export interface ClockOptions {
  /** How far ahead it is at the start, in milliseconds. Default 0. */
  readonly offset?: number | undefined
  /** Its milliseconds per millisecond of the world, above 0. Default 1. */
  readonly rate?: number | undefined
}

export interface LifeOptions {
  readonly node: string
  /** Counts the lives of the node up from 1. */
  readonly number: number
  readonly clock: ClockOptions | undefined
  /** The probability that a fiber gives way before an operation. */
  readonly preempt: number
  readonly rank: 0 | 1
}

/** How many handlers may run on one another's stack. */
const nestingMax = 16

export class Life implements Host {
  readonly world: World
  readonly node: string
  readonly rank: 0 | 1
  /** The world looks itself for the sleepers that nobody needs: the event loop has no say in a run. */
  readonly deadlines = new Deadlines(() => {})
  readonly scope = Scope.makeUnsafe()
  readonly services: Context.Context<Scope.Scope>
  /** Processes by the names under which other nodes find them. */
  readonly exposed = new Map<string, Cell>()
  /** Told when the node goes down, whatever the reason. */
  readonly onDown = new Set<() => void>()
  readonly clock: VirtualClock
  alive = true
  paused = false
  /** Sources with work that wait for the end of the pause. */
  parked: Array<Source> = []
  /** Fibers that have begun and not ended. */
  fibers = 0
  readonly main: Source
  private readonly timing: Source
  private readonly inboxes = new Map<string, Source>()
  private readonly inlining: Chance
  private ids = 0
  private nesting = 0

  constructor(world: World, options: LifeOptions) {
    this.world = world
    this.node = options.node
    this.rank = options.rank
    this.main = world.newSource(this)
    this.timing = world.newSource(this)
    this.clock = new VirtualClock(this, options.clock)
    this.inlining = new Chance(world.seed, `inline ${options.node} ${options.number}`)
    const chance = new Chance(world.seed, `node ${options.node} ${options.number}`)
    const metrics: Metric.FiberRuntimeMetricsService = {
      recordFiberStart: () => this.fibers++,
      recordFiberEnd: () => this.fibers--
    }
    this.services = Context.empty().pipe(
      Context.add(Clock.Clock, this.clock),
      Context.add(Random.Random, chance.toRandom()),
      Context.add(Scheduler.Scheduler, new VirtualScheduler(this, options.preempt)),
      Context.add(Metric.FiberRuntimeMetrics, metrics),
      Context.add(Logger.CurrentLoggers, new Set([traceLogger(this)])),
      Context.add(Dispatcher, this),
      Context.add(Scope.Scope, this.scope)
    )
    world.lives.add(this)
  }

  get canRun(): boolean {
    return this.alive && !this.paused
  }

  nextId(): number {
    return ++this.ids
  }

  /** Turns of processes count one message each, so that every order of turns can come about. */
  schedule(activation: Activation): void {
    const source = this.world.newSource(this)
    const turn = () => {
      this.world.record(this.node, "turn", activation.label)
      if (activation.activate(1)) this.world.enqueue(source, turn)
    }
    this.world.enqueue(source, turn)
  }

  /** Runs something on this node after a time of the world. */
  after(millis: number, run: () => void): () => void {
    const { timers } = this.world
    const timer = timers.add(this.world.now + millis, this.rank, this, () =>
      this.world.enqueue(this.timing, () => {
        if (!timer.cancelled) run()
      })
    )
    return () => timers.cancel(timer)
  }

  /** By seed, a message is now and then handled on the stack of its sender, as the kernel's own dispatcher does. */
  enter(): boolean {
    if (!this.canRun || this.nesting === nestingMax || !this.inlining.happens(0.25)) return false
    this.nesting++
    return true
  }

  /** A turn of a simulated node handles one message; there is no event loop to be kept waiting. */
  isOverdue(): boolean {
    return false
  }

  leave(): void {
    this.nesting--
  }

  /** The messages from one other node, in the order of their arrival. */
  inbox(from: string): Source {
    let source = this.inboxes.get(from)
    if (source === undefined) this.inboxes.set(from, (source = this.world.newSource(this)))
    return source
  }

  pause(): void {
    this.paused = true
  }

  resume(): void {
    if (!this.paused) return
    this.paused = false
    const parked = this.parked
    this.parked = []
    for (const source of parked) {
      source.listed = false
      this.world.list(source)
    }
  }

  /** Ends this life on the spot: nothing of it ever runs again, finalizers included. */
  end(): void {
    this.alive = false
    this.parked = []
    this.world.lives.delete(this)
    for (const notify of this.onDown) notify()
    this.onDown.clear()
  }
}

/** Logs become events of the trace: a campaign that holds is silent, and one that fails shows them in their place. */
const traceLogger = (life: Life): Logger.Logger<unknown, void> =>
  Logger.make(({ cause, logLevel, message }) => {
    const parts = Array.isArray(message) ? message : [message]
    const text = parts.map((part) => (part instanceof Error ? part.message : String(part))).join(" ")
    const because = cause.reasons.length === 0 ? "" : `: ${String(Cause.squash(cause))}`
    life.world.record(life.node, "log", `${logLevel} ${text}${because}`)
  })

/** The time of a node: whole milliseconds, `offset + rate * world`. */
class VirtualClock implements Clock.Clock {
  private readonly life: Life
  private readonly offset: number
  private readonly rate: number

  constructor(life: Life, options: ClockOptions | undefined) {
    this.life = life
    this.offset = options?.offset ?? 0
    this.rate = options?.rate ?? 1
    if (!(this.rate > 0 && Number.isFinite(this.rate) && Number.isFinite(this.offset))) {
      throw new RangeError(`the clock of node "${life.node}" needs a finite offset and a rate above 0`)
    }
  }

  private at(world: number): number {
    return Math.floor(this.offset + this.rate * world)
  }

  currentTimeMillisUnsafe(): number {
    return this.at(this.life.world.now)
  }

  currentTimeNanosUnsafe(): bigint {
    return BigInt(this.currentTimeMillisUnsafe()) * 1_000_000n
  }

  monotonicTimeNanosUnsafe(): bigint {
    return this.currentTimeNanosUnsafe()
  }

  readonly currentTimeMillis = Effect.sync(() => this.currentTimeMillisUnsafe())
  readonly currentTimeNanos = Effect.sync(() => this.currentTimeNanosUnsafe())
  readonly monotonicTimeNanos = this.currentTimeNanos

  sleep(duration: Duration.Duration): Effect.Effect<void> {
    const millis = Duration.toMillis(duration)
    if (millis <= 0) return Effect.yieldNow
    if (!Number.isFinite(millis)) return Effect.never
    return Effect.callback<void>((resume) => {
      const { world } = this.life
      const target = this.currentTimeMillisUnsafe() + millis
      let wake = Math.max(world.now, Math.ceil((target - this.offset) / this.rate))
      while (this.at(wake) < target) wake++
      const cancel = this.life.after(wake - world.now, () => resume(Effect.void))
      return Effect.sync(cancel)
    })
  }
}

class VirtualScheduler implements Scheduler.Scheduler {
  readonly executionMode = "async"
  private readonly life: Life
  private readonly preempt: number
  private readonly chance: Chance

  constructor(life: Life, preempt: number) {
    this.life = life
    this.preempt = preempt
    this.chance = new Chance(life.world.seed, `preempt ${life.node}`)
  }

  shouldYield: Scheduler.Scheduler["shouldYield"] = (fiber) =>
    !this.life.canRun ||
    fiber.currentOpCount >= fiber.cache.maxOpsBeforeYield ||
    (this.preempt > 0 && this.chance.happens(this.preempt))

  makeDispatcher(): Scheduler.SchedulerDispatcher {
    const { world } = this.life
    const source = world.newSource(this.life)
    return {
      scheduleTask: (task, priority) => world.enqueue(source, task, priority),
      flush: () => {
        if (!this.life.canRun) return
        for (let task = source.take(); task !== undefined; task = source.take()) task()
      }
    }
  }
}
