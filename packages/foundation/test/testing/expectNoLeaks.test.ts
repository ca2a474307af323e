import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, Queue, Scope } from "effect"
import { TestClock } from "effect/testing"
import { RpcGroup } from "effect/rpc"
import { createServer } from "node:net"
import * as Process from "../../src/process/Process.ts"
import * as ProcessRegistry from "../../src/registry/ProcessRegistry.ts"
import { expectNoLeaks, Leaked, type LeakOptions } from "../../src/testing/expectNoLeaks.ts"

/** What `expectNoLeaks` says of an effect; nothing when it is clean. */
const leaksOf = <A, E, R>(effect: Effect.Effect<A, E, R>, options?: LeakOptions) =>
  Effect.map(Effect.exit(expectNoLeaks(effect, { turnsMax: 50, ...options })), (exit) => {
    if (Exit.isSuccess(exit)) return []
    const defect = Cause.squash(exit.cause)
    return defect instanceof Leaked ? defect.leaks : [`failed: ${String(defect)}`]
  })

describe("expectNoLeaks", () => {
  it.effect("hands the result of a clean effect through", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* expectNoLeaks(Effect.succeed(7)), 7)
      assert.strictEqual(yield* Effect.flip(expectNoLeaks(Effect.fail("no"))), "no")
    })
  )

  it.effect("lets a clean effect fork, sleep and hold resources", () =>
    expectNoLeaks(
      Effect.scoped(
        Effect.gen(function* () {
          yield* Effect.addFinalizer(() => Effect.void)
          const fiber = yield* Effect.forkChild(Effect.sleep("1 hour"), { startImmediately: true })
          yield* Effect.forkScoped(Effect.never)
          yield* TestClock.adjust("1 hour")
          yield* Fiber.join(fiber)
        })
      )
    )
  )

  it.effect("waits for what is about to end", () =>
    expectNoLeaks(
      Effect.sync(() => {
        setTimeout(() => {}, 1)
      }),
      { turnsMax: 1_000_000 }
    )
  )

  it.effect("names a fiber that lives on", () =>
    Effect.gen(function* () {
      const queue = yield* Queue.unbounded<number>()
      let leaked: Fiber.Fiber<unknown> | undefined
      const effect = Effect.map(Effect.forkDetach(Queue.take(queue)), (fiber) => (leaked = fiber))
      assert.deepStrictEqual(yield* leaksOf(effect), ["1 live fiber"])
      yield* Fiber.interrupt(leaked!)
    })
  )

  it.effect("names a sleep on the test clock", () =>
    Effect.gen(function* () {
      // A test clock that was moved once warns nobody any more, which would take a fiber of its own.
      yield* TestClock.adjust(0)
      let leaked: Fiber.Fiber<unknown> | undefined
      const effect = Effect.forkDetach(Effect.sleep("1 hour"), { startImmediately: true }).pipe(
        Effect.map((fiber) => (leaked = fiber))
      )
      assert.deepStrictEqual(yield* leaksOf(effect), ["1 live fiber", "1 sleep on the clock"])
      yield* Fiber.interrupt(leaked!)
    })
  )

  it.effect("names a timer and the line that made it", () =>
    Effect.gen(function* () {
      let timer: NodeJS.Timeout | undefined
      const leaks = yield* leaksOf(Effect.sync(() => (timer = setInterval(() => {}, 1000))))
      clearInterval(timer)
      assert.strictEqual(leaks.length, 1)
      assert.match(leaks[0]!, /^a timer made at .*expectNoLeaks\.test\.ts/)
    })
  )

  it.live("names a timer behind an effect that suspends", () =>
    Effect.gen(function* () {
      let timer: NodeJS.Timeout | undefined
      const leaks = yield* leaksOf(
        Effect.sleep("1 millis").pipe(Effect.andThen(Effect.sync(() => (timer = setTimeout(() => {}, 100_000)))))
      )
      clearTimeout(timer)
      assert.strictEqual(leaks.length, 1)
    })
  )

  it.effect("names a socket", () =>
    Effect.gen(function* () {
      const server = createServer()
      const leaks = yield* leaksOf(
        Effect.callback<void>((resume) => {
          server.listen(0, "127.0.0.1", () => resume(Effect.void))
        })
      )
      yield* Effect.callback<void>((resume) => {
        server.close(() => resume(Effect.void))
      })
      assert.match(leaks.join(), /^a listening socket made at/)
    })
  )

  it.effect("names finalizers left in the surrounding scope", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const effect = Effect.all([Effect.addFinalizer(() => Effect.void), Effect.addFinalizer(() => Effect.void)])
      const leaks = yield* Effect.provideService(leaksOf(effect), Scope.Scope, scope)
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(leaks, ["2 finalizers in the surrounding scope"])
    })
  )

  it.effect("names whatever else grows, and only that", () =>
    Effect.gen(function* () {
      const registered = new Set(["before"])
      const counts = { "registered names": Effect.sync(() => registered.size) }
      assert.deepStrictEqual(yield* leaksOf(Effect.void, { counts }), [])
      assert.deepStrictEqual(
        yield* leaksOf(
          Effect.sync(() => registered.add("after")),
          { counts }
        ),
        ["1 registered names"]
      )
    })
  )

  it.effect("names that stay in the registry are counted without asking", () =>
    Effect.gen(function* () {
      const registry = yield* ProcessRegistry.ProcessRegistry
      const Idle = Process.make({ name: "idle", protocol: RpcGroup.make(), init: () => Effect.void, handlers: {} })
      const register = Effect.gen(function* () {
        const ref = yield* Process.start(Idle)
        yield* registry.register(ProcessRegistry.name(Idle, "kept"), ref)
      })
      assert.deepStrictEqual(yield* leaksOf(Effect.scoped(register)), [])
      const scope = yield* Scope.make()
      const leaks = yield* leaksOf(Scope.provide(register, scope))
      yield* Scope.close(scope, Exit.void)
      assert.include(leaks, "1 registered names")
    }).pipe(Effect.provide(ProcessRegistry.layerMemory))
  )

  it.effect("looks at an effect that fails too, and says all that it left", () =>
    Effect.gen(function* () {
      let leaked: Fiber.Fiber<unknown> | undefined
      const scope = yield* Scope.make()
      const effect = Effect.gen(function* () {
        leaked = yield* Effect.forkDetach(Effect.never)
        yield* Effect.addFinalizer(() => Effect.void)
        return yield* Effect.fail("domain")
      })
      const leaks = yield* Effect.provideService(leaksOf(effect), Scope.Scope, scope)
      yield* Fiber.interrupt(leaked!)
      assert.deepStrictEqual(leaks, ["1 live fiber", "1 finalizer in the surrounding scope"])
    })
  )
})
