/**
 * Holds a test to leaving nothing behind: fibers, sleeps, timers and sockets, finalizers, registered names, and whatever
 * else can be counted.
 *
 * **Guarantees** Whatever the effect's exit, it is looked at afterwards, and every kind of leak is named in one failure.
 * What takes some turns of the event loop to go is waited for. Sleepers on a test clock count like real timers.
 *
 * **Does not guarantee** To see a fiber that was started with an empty context (`Effect.runFork` without services): only
 * its timers show. A scope that is opened by hand and dropped shows only through what it holds.
 *
 * @since 0.1.0
 */
import { Clock, Effect, Metric, Option, Scope } from "effect"
import { AsyncLocalStorage, createHook } from "node:async_hooks"
import { ProcessRegistry } from "../registry/ProcessRegistry.ts"

/** What else is to be the same before and after. */
export interface LeakOptions {
  /** Named counts. The names in a `ProcessRegistry`, if there is one here, are counted anyway. */
  readonly counts?: { readonly [name: string]: Effect.Effect<number> } | undefined
  /** How many turns of the event loop things have to end. Default 2,000. */
  readonly turnsMax?: number | undefined
}

/** Something outlived the effect. The message lists all of it. */
export class Leaked extends Error {
  override readonly name = "Leaked"
  readonly leaks: ReadonlyArray<string>
  constructor(leaks: ReadonlyArray<string>) {
    super(`left behind:\n${leaks.map((leak) => `  - ${leak}`).join("\n")}`)
    this.leaks = leaks
  }
}

/**
 * Runs an effect and dies with `Leaked` when it leaves more behind than there was before: live fibers, sleeps on the
 * clock, timers and open handles of Node, finalizers in the surrounding scope, registered names, or more of the counts.
 *
 * The effect's own resources must be closed when it ends, so a test that starts processes is written
 * `expectNoLeaks(Effect.scoped(test))`.
 */
export const expectNoLeaks = <A, E, R>(effect: Effect.Effect<A, E, R>, options?: LeakOptions): Effect.Effect<A, E, R> =>
  Effect.gen(function* () {
    const registry = Option.getOrUndefined(yield* Effect.serviceOption(ProcessRegistry))
    const counts = Object.entries({ ...options?.counts, ...(registry && { "registered names": namesOf(registry) }) })
    const clock = new CountingClock(yield* Clock.Clock)
    const fibers = new FiberCount(yield* Metric.FiberRuntimeMetrics)
    const scope = Option.getOrUndefined(yield* Effect.serviceOption(Scope.Scope))
    const finalizersBefore = finalizersOf(scope)
    const before = yield* Effect.forEach(counts, ([, count]) => count)
    const handles = new HandleCount()
    const exit = yield* effect.pipe(
      handles.during,
      Effect.provideService(Clock.Clock, clock.service),
      Effect.provideService(Metric.FiberRuntimeMetrics, fibers),
      Effect.exit
    )
    const leaks = Effect.gen(function* () {
      const after = yield* Effect.forEach(counts, ([, count]) => count)
      return [
        ...some(fibers.live, "live fiber", "live fibers"),
        ...some(clock.sleeping, "sleep on the clock", "sleeps on the clock"),
        ...some(
          finalizersOf(scope) - finalizersBefore,
          "finalizer in the surrounding scope",
          "finalizers in the surrounding scope"
        ),
        ...counts.flatMap(([name], i) => some(after[i]! - before[i]!, name, name)),
        ...handles.report()
      ]
    })
    let found = yield* leaks
    for (let turn = options?.turnsMax ?? 2000; found.length > 0 && turn > 0; turn--) {
      yield* nextTurn
      found = yield* leaks
    }
    handles.close()
    if (found.length > 0) return yield* Effect.die(new Leaked(found))
    return yield* exit
  })

const some = (n: number, one: string, many: string): Array<string> => (n > 0 ? [`${n} ${n === 1 ? one : many}`] : [])

const nextTurn: Effect.Effect<void> = Effect.callback((resume) => {
  setImmediate(() => resume(Effect.void))
})

/** Started minus ended, for every fiber whose context descends from the effect's. */
class FiberCount implements Metric.FiberRuntimeMetricsService {
  live = 0
  private readonly outer: Metric.FiberRuntimeMetricsService | undefined
  constructor(outer: Metric.FiberRuntimeMetricsService | undefined) {
    this.outer = outer
  }
  readonly recordFiberStart: Metric.FiberRuntimeMetricsService["recordFiberStart"] = (context) => {
    this.live++
    this.outer?.recordFiberStart(context)
  }
  readonly recordFiberEnd: Metric.FiberRuntimeMetricsService["recordFiberEnd"] = (context, exit) => {
    this.live--
    this.outer?.recordFiberEnd(context, exit)
  }
}

/** A clock that knows how many sleep on it. Everything else, the levers of a test clock too, is the original's. */
class CountingClock {
  sleeping = 0
  readonly service: Clock.Clock
  constructor(clock: Clock.Clock) {
    const sleep: Clock.Clock["sleep"] = (duration) =>
      Effect.suspend(() => {
        this.sleeping++
        return Effect.ensuring(
          clock.sleep(duration),
          Effect.sync(() => this.sleeping--)
        )
      })
    this.service = Object.create(clock, { sleep: { value: sleep } }) as Clock.Clock
  }
}

/** All names of all namespaces; none while the registry's store is away. */
const namesOf = (registry: ProcessRegistry["Service"]): Effect.Effect<number> =>
  registry.stats.pipe(
    Effect.map((stats) => [...stats.namespaces.values()].reduce((sum, names) => sum + names, 0)),
    Effect.orElseSucceed(() => 0)
  )

const finalizersOf = (scope: Scope.Scope | undefined): number => {
  if (scope === undefined || scope.state._tag !== "Open") return 0
  return (scope.state.finalizer === undefined ? 0 : 1) + (scope.state.finalizers?.size ?? 0)
}

/** Node's timers and handles that began in the effect's asynchronous context and have not ended. */
class HandleCount {
  private readonly mine = new AsyncLocalStorage<HandleCount>()
  private readonly open = new Map<number, { readonly type: string; readonly at: string }>()
  private readonly hook = createHook({
    init: (id, type) => {
      if (watched.test(type) && this.mine.getStore() === this) this.open.set(id, { type, at: originOf(new Error()) })
    },
    destroy: (id) => {
      this.open.delete(id)
    }
  })

  /** Runs an effect as a fiber of its own, so that all it starts is known by its asynchronous context. */
  readonly during = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.contextWith((context) =>
      Effect.callback<A, E>((resume) => {
        this.hook.enable()
        const fiber = this.mine.run(this, () => Effect.runForkWith(context)(effect))
        fiber.addObserver(resume)
        return Effect.callback<void>((done) => {
          fiber.addObserver(() => done(Effect.void))
          fiber.interruptUnsafe()
        })
      })
    )

  report(): Array<string> {
    return [...this.open.values()].map(({ at, type }) => `a ${names.get(type) ?? type} made at ${at}`)
  }

  close(): void {
    this.hook.disable()
  }
}

/** Kinds of asynchronous resources that keep something open; promises and single turns do not. */
const watched =
  /^(Timeout|TCPWRAP|TCPSERVERWRAP|PIPEWRAP|PIPESERVERWRAP|UDPWRAP|PROCESSWRAP|FSEVENTWRAP|STATWATCHER|WORKER)$/

const names = new Map([
  ["Timeout", "timer"],
  ["TCPWRAP", "socket"],
  ["TCPSERVERWRAP", "listening socket"],
  ["PROCESSWRAP", "child process"],
  ["WORKER", "worker thread"]
])

/** The first frame of a stack outside of Node and of this module. */
const originOf = (error: Error): string => {
  const frames = (error.stack ?? "").split("\n").slice(1)
  const frame = frames.find((line) => !/node:|expectNoLeaks\.ts|<anonymous>\)?$/.test(line))
  return frame?.trim().replace(/^at /, "") ?? "an unknown place"
}
