import { assert, describe, it } from "@effect/vitest"
import { Clock, Deferred, Effect, Fiber, References, Schema } from "effect"
import { Rpc, RpcGroup } from "effect/rpc"
import * as Process from "../../src/process/Process.ts"
import * as Supervisor from "../../src/process/Supervisor.ts"
import { expectNoLeaks } from "../../src/testing/expectNoLeaks.ts"

const quiet = Effect.provideService(References.MinimumLogLevel, "None")

/** A process that says when its handlers and its scope begin and end. */
const make = (log: Array<string>, gate: Deferred.Deferred<void>) =>
  Process.make({
    name: "gated",
    protocol: RpcGroup.make(Rpc.make("Gate"), Rpc.make("Work"), Rpc.make("Ping", { success: Schema.Int })),
    init: () =>
      Effect.acquireRelease(
        Effect.sync(() => {
          log.push("init")
          return { pings: 0 }
        }),
        () => Effect.sync(() => log.push("closed"))
      ),
    handlers: {
      Gate: () =>
        Effect.andThen(
          Deferred.await(gate),
          Effect.sync(() => log.push("gate"))
        ),
      Work: () =>
        Effect.gen(function* () {
          log.push("work begins")
          yield* Effect.yieldNow
          yield* Effect.yieldNow
          log.push("work ends")
        }),
      Ping: (_, state) => Effect.sync(() => ++state.pings)
    }
  })

describe("callers that go on inside of the end of a handler", () => {
  it.live("a call after one that was answered while the process stops meets the next incarnation", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const gate = yield* Deferred.make<void>()
      const root = yield* Supervisor.start(Supervisor.make({ name: "root" }))
      const ref = yield* Supervisor.startChild(root, Supervisor.child(make(log, gate)))
      const caller = yield* Effect.forkChild(Effect.andThen(ref.call("Gate"), ref.call("Work")), {
        startImmediately: true
      })
      const restart = yield* Effect.forkChild(Supervisor.restartChild(root, "gated"), { startImmediately: true })
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.join(caller)
      yield* Fiber.join(restart)
      assert.deepStrictEqual(log, ["init", "gate", "closed", "init", "work begins", "work ends"])
    }).pipe(Effect.scoped, expectNoLeaks)
  )

  it.live("a killed process answers nobody any more, also not on a caller's stack", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const gate = yield* Deferred.make<void>()
      const root = yield* Supervisor.start(Supervisor.make({ name: "root" }))
      const ref = yield* Supervisor.startChild(root, Supervisor.child(make(log, gate)))
      assert.strictEqual(yield* ref.call("Ping"), 1)
      const caller = yield* Effect.forkChild(
        ref.call("Gate").pipe(
          Effect.catchTag("ProcessCrashed", () => Effect.void),
          Effect.andThen(ref.call("Ping"))
        ),
        { startImmediately: true }
      )
      yield* Process.kill(ref)
      assert.strictEqual(yield* Fiber.join(caller), 1)
      assert.strictEqual(ref.incarnation, 2)
    }).pipe(Effect.scoped, quiet, expectNoLeaks)
  )
})

interface Link {
  call(tag: "Go"): Effect.Effect<number, unknown>
}

const Chain = Process.make({
  name: "link",
  protocol: RpcGroup.make(Rpc.make("Go", { success: Schema.Int, error: Schema.Unknown })),
  init: (next: Link | undefined) => Effect.succeed(next),
  handlers: {
    Go: (_, next) =>
      next === undefined ? Effect.as(Effect.yieldNow, 0) : Effect.map(next.call("Go"), (length) => length + 1)
  }
})

describe("long chains", () => {
  it.live("of processes that wait for one another are answered without a deep stack", () =>
    Effect.gen(function* () {
      const length = 5_000
      let first: Link | undefined = undefined
      for (let i = 0; i <= length; i++) first = yield* Process.start(Chain, first)
      assert.strictEqual(yield* (first as unknown as Link).call("Go"), length)
    }).pipe(Effect.scoped)
  )

  it.live("of linked processes fall to the last one without a deep stack", () =>
    Effect.gen(function* () {
      const refs = yield* Effect.forEach(Array.from({ length: 5_000 }), () => Process.start(Chain, undefined))
      for (let i = 1; i < refs.length; i++) yield* Process.link(refs[i - 1]!, refs[i]!)
      const down = yield* Process.monitor(refs.at(-1)!)
      yield* Process.kill(refs[0]!)
      assert.strictEqual((yield* down)._tag, "Killed")
      for (const ref of refs) assert.isFalse(yield* Process.isAlive(ref))
    }).pipe(Effect.scoped)
  )
})

/** A clock whose wall time can be set back, while its monotonic time goes on. */
const stepping = (clock: Clock.Clock) => {
  let step = 0
  const now = () => clock.currentTimeMillisUnsafe() + step
  const stepped: Clock.Clock = {
    ...clock,
    currentTimeMillisUnsafe: now,
    currentTimeMillis: Effect.sync(now),
    monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
    sleep: (duration) => clock.sleep(duration)
  }
  return { clock: stepped, setBack: (millis: number) => (step -= millis) }
}

describe("time", () => {
  it.live("a wall clock that is set back keeps no caller waiting", () =>
    Effect.gen(function* () {
      const { clock, setBack } = stepping(yield* Clock.Clock)
      const gate = yield* Deferred.make<void>()
      const ref = yield* Process.start(make([], gate))
      const call = Effect.flip(ref.call("Gate", undefined, { timeout: "20 millis" }))
      const waiting = yield* Effect.forkChild(Effect.provideService(call, Clock.Clock, clock), {
        startImmediately: true
      })
      setBack(3_600_000)
      assert.strictEqual((yield* Fiber.join(waiting))._tag, "CallTimeout")
      yield* Deferred.succeed(gate, undefined)
    }).pipe(Effect.scoped)
  )

  it.live("a flood of slow handlers leaves the event loop its turns", () =>
    Effect.gen(function* () {
      const busy = (millis: number) => {
        const end = performance.now() + millis
        while (performance.now() < end);
      }
      const Slow = Process.make({
        name: "slow",
        protocol: RpcGroup.make(Rpc.make("Work")),
        init: () => Effect.void,
        handlers: { Work: () => Effect.sync(() => busy(1)) }
      })
      const refs = yield* Effect.forEach(Array.from({ length: 100 }), () => Process.start(Slow))
      let turns = 0
      const count = setInterval(() => turns++, 1)
      yield* Effect.addFinalizer(() => Effect.sync(() => clearInterval(count)))
      for (const ref of refs) for (let i = 0; i < 3; i++) yield* ref.cast("Work")
      yield* Process.gather(refs, "Work", undefined)
      // 400 ms of work at 4 ms a turn, with slack for what looks at the clock every eighth time.
      assert.isAtLeast(turns, 10)
    }).pipe(Effect.scoped)
  )
})

describe("what outlives its starter", () => {
  it.live("a start can be interrupted in the middle of its init", () =>
    Effect.gen(function* () {
      const ended: Array<string> = []
      const Hanging = Process.make({
        name: "hanging",
        protocol: RpcGroup.make(Rpc.make("Ping")),
        init: () => Effect.onInterrupt(Effect.never, () => Effect.sync(() => ended.push("interrupted"))),
        handlers: { Ping: () => Effect.void },
        initTimeout: "1 hour"
      })
      const starting = yield* Effect.forkChild(Effect.scoped(Process.start(Hanging)), { startImmediately: true })
      yield* Fiber.interrupt(starting)
      assert.deepStrictEqual(ended, ["interrupted"])
    }).pipe(expectNoLeaks)
  )

  it.live("two children that wait for their restart are not given up by a link between them", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const root = yield* Supervisor.start(Supervisor.make({ name: "root" }))
      const start = (id: string) => Supervisor.startChild(root, Supervisor.child(make([], gate), { id }))
      const [a, b] = [yield* start("a"), yield* start("b")]
      yield* Process.kill(a)
      yield* Process.link(a, b)
      assert.isTrue(yield* Process.isAlive(b))
      assert.strictEqual(yield* b.call("Ping"), 1)
    }).pipe(Effect.scoped, quiet)
  )
})
