import { assert, describe, it } from "@effect/vitest"
import { Context, Deferred, Effect, Exit, Fiber, Layer, Schema, Scope } from "effect"
import { Rpc, RpcGroup } from "effect/rpc"
import { TestClock } from "effect/testing"
import * as Process from "../../src/process/Process.ts"
import { expectNoLeaks } from "../../src/testing/expectNoLeaks.ts"
import { clean, type Entries, letters, make, type Ref, run, start, turns } from "./worker.ts"

const fork = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.forkChild(effect, { startImmediately: true })

const Ping = RpcGroup.make(Rpc.make("Ping", { success: Schema.String }))

/** A process that only answers, with an `init` of the test's choice. */
const withInit = <E, R>(init: Effect.Effect<string, E, R>, initTimeout?: number) =>
  Process.make({
    name: "answerer",
    protocol: Ping,
    init: () => init,
    initTimeout,
    handlers: { Ping: (_, state) => Effect.succeed(state) }
  })

describe("init", () => {
  clean("start waits for an init that suspends, and gives its state to the handlers", () =>
    Effect.gen(function* () {
      const starting = yield* fork(Process.start(withInit(Effect.as(Effect.sleep(10), "ready"))))
      yield* TestClock.adjust(9)
      assert.isUndefined(starting.pollUnsafe())
      yield* TestClock.adjust(1)
      const ref = yield* Fiber.join(starting)
      assert.strictEqual(yield* ref.call("Ping"), "ready")
    })
  )

  clean("init is given the arguments of start", () =>
    Effect.gen(function* () {
      const Named = Process.make({
        name: "named",
        protocol: Ping,
        init: (name: string) => Effect.succeed(name),
        handlers: { Ping: (_, state) => Effect.succeed(state) }
      })
      assert.strictEqual(yield* (yield* Process.start(Named, "Ada")).call("Ping"), "Ada")
    })
  )

  clean("start fails with the typed failure of init", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* Effect.flip(Process.start(withInit(Effect.fail("no room" as const)))), "no room")
      assert.strictEqual(
        yield* Effect.flip(Process.start(withInit(Effect.andThen(turns, Effect.fail("later"))))),
        "later"
      )
    })
  )

  clean("a defect of init is InitCrashed, thrown or not, at once or later", () =>
    Effect.gen(function* () {
      const boom = new Error("boom")
      for (const init of [
        Effect.die(boom),
        Effect.andThen(turns, Effect.die(boom)),
        Effect.sync((): string => {
          throw boom
        })
      ]) {
        const error = yield* Effect.flip(Process.start(withInit(init)))
        assert.instanceOf(error, Process.InitCrashed)
        assert.match(error.message, /^"answerer#\d+" crashed in its init: boom$/)
      }
    })
  )

  for (const [given, millis] of [
    [undefined, 5000],
    [70, 70]
  ] as const) {
    clean(`an init that takes longer than ${millis} ms is interrupted and fails with InitTimeout`, () =>
      Effect.gen(function* () {
        let interrupted = false
        const init = Effect.onInterrupt(Effect.never, () => Effect.sync(() => (interrupted = true)))
        const starting = yield* fork(Effect.flip(Process.start(withInit(init, given))))
        yield* TestClock.adjust(millis - 1)
        assert.isUndefined(starting.pollUnsafe())
        yield* TestClock.adjust(1)
        const error = yield* Fiber.join(starting)
        assert.instanceOf(error, Process.InitTimeout)
        assert.match(error.message, new RegExp(`^"answerer#\\d+" did not finish its init within ${millis} ms$`))
        assert.isTrue(interrupted)
      })
    )
  }

  clean("what a failed init had acquired is released before start fails", () =>
    Effect.gen(function* () {
      const events: Array<string> = []
      const init = Effect.acquireRelease(Effect.void, () => Effect.sync(() => events.push("released"))).pipe(
        Effect.andThen(Effect.fail("no"))
      )
      yield* Effect.flip(Process.start(withInit(init)))
      assert.deepStrictEqual(events, ["released"])
    })
  )

  clean("a start that is interrupted interrupts init", () =>
    Effect.gen(function* () {
      const events: Array<string> = []
      const init = Effect.acquireRelease(Effect.void, () => Effect.sync(() => events.push("released"))).pipe(
        Effect.andThen(Effect.never)
      )
      const starting = yield* Effect.forkChild(Effect.scoped(Process.start(withInit(init))), { startImmediately: true })
      yield* turns
      yield* fork(Fiber.interrupt(starting))
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.await(starting)
      assert.deepStrictEqual(events, ["released"])
    })
  )

  clean("messages that come during init are handled after it", () =>
    Effect.gen(function* () {
      let self: Ref | undefined
      const Early = Process.make({
        name: "early",
        protocol: RpcGroup.make(
          Rpc.make("Log", { payload: { text: Schema.String } }),
          Rpc.make("Read", { success: Schema.String })
        ),
        init: () =>
          Effect.gen(function* () {
            self = (yield* Process.self) as Ref
            yield* self.cast("Log", { text: "cast by init" })
            yield* turns
            return { text: "from init" }
          }),
        handlers: {
          Log: ({ text }, state) => Effect.sync(() => void (state.text += `, then ${text}`)),
          Read: (_, state) => Effect.succeed(state.text)
        }
      })
      const ref = yield* Process.start(Early)
      assert.strictEqual(yield* ref.call("Read"), "from init, then cast by init")
      assert.strictEqual(self, ref as unknown)
    })
  )
})

describe("resources", () => {
  const holding = (events: Array<string>, name: string) =>
    Effect.acquireRelease(
      Effect.sync(() => events.push(`open ${name}`)),
      () => Effect.sync(() => events.push(`close ${name}`))
    )

  clean("resources of init and of handlers live until the incarnation ends, and are released in reverse order", () =>
    Effect.gen(function* () {
      const events: Array<string> = []
      const Holder = Process.make({
        name: "holder",
        protocol: RpcGroup.make(Rpc.make("Open", { payload: { name: Schema.String } })),
        init: () => Effect.andThen(holding(events, "a"), holding(events, "b")),
        handlers: { Open: ({ name }) => Effect.asVoid(holding(events, name)) }
      })
      const ref = yield* Process.start(Holder)
      yield* ref.call("Open", { name: "c" })
      yield* ref.call("Open", { name: "d" })
      assert.deepStrictEqual(events, ["open a", "open b", "open c", "open d"])
      yield* Process.stop(ref)
      assert.deepStrictEqual(events.slice(4), ["close d", "close c", "close b", "close a"])
    })
  )

  clean("a crash releases them too, and gives finalizers the cause", () =>
    Effect.gen(function* () {
      const ref = yield* start()
      const exits: Array<Exit.Exit<unknown, unknown>> = []
      yield* run(
        ref,
        Effect.addFinalizer((exit) => Effect.sync(() => exits.push(exit)))
      )
      yield* Effect.flip(run(ref, Effect.die(new Error("boom"))))
      assert.strictEqual(exits.length, 1)
      assert.isTrue(Exit.isFailure(exits[0]!) && Exit.hasDies(exits[0]))
    })
  )

  clean("a fiber that a handler forked into its scope ends with the incarnation", () =>
    Effect.gen(function* () {
      const ref = yield* start()
      let interrupted = false
      const background = Effect.onInterrupt(Effect.never, () => Effect.sync(() => (interrupted = true)))
      yield* run(ref, Effect.forkScoped(background, { startImmediately: true }))
      assert.isFalse(interrupted)
      yield* Process.kill(ref)
      assert.isTrue(interrupted)
    })
  )

  clean("a finalizer that fails does not keep the process from ending", () =>
    Effect.gen(function* () {
      const ref = yield* start()
      yield* run(
        ref,
        Effect.addFinalizer(() => Effect.die(new Error("in a finalizer")))
      )
      yield* Process.stop(ref)
      assert.isFalse(yield* Process.isAlive(ref))
    })
  )

  clean("stop waits for finalizers that suspend", () =>
    Effect.gen(function* () {
      const ref = yield* start()
      yield* run(
        ref,
        Effect.addFinalizer(() => Effect.sleep(100))
      )
      const stopping = yield* fork(Process.stop(ref))
      yield* TestClock.adjust(99)
      assert.isUndefined(stopping.pollUnsafe())
      yield* TestClock.adjust(1)
      yield* Fiber.join(stopping)
    })
  )

  clean("closing the scope that a process was started in stops it", () =>
    Effect.gen(function* () {
      const ref = yield* Effect.scoped(start())
      assert.isFalse(yield* Process.isAlive(ref))
    })
  )

  it.effect("layer gives a process by a service key, and stops it when the layer closes", () =>
    expectNoLeaks(
      Effect.gen(function* () {
        class Worker extends Context.Service<Worker, Process.ProcessRef<Entries>>()("test/Worker") {}
        const ref = yield* Worker.pipe(
          Effect.tap((worker) => worker.call("Log", { text: "alive" })),
          Effect.provide(Process.layer(Worker, make()))
        )
        assert.isFalse(yield* Process.isAlive(ref))
      })
    )
  )

  it.effect("layer fails as start does", () =>
    expectNoLeaks(
      Effect.gen(function* () {
        class Answerer extends Context.Service<Answerer, Process.ProcessRef<RpcGroup.Rpcs<typeof Ping>>>()("test/A") {}
        const layer = Process.layer(Answerer, withInit(Effect.fail("no")))
        assert.strictEqual(yield* Effect.flip(Effect.scoped(Layer.build(layer))), "no")
      })
    )
  )
})

describe("stop", () => {
  clean("stop waits for the handler at work, whose caller is answered; those who wait get ProcessDead", () =>
    Effect.gen(function* () {
      const ref = yield* start()
      const go = yield* Deferred.make<void>()
      const working = yield* fork(run(ref, Effect.as(Deferred.await(go), "done")))
      const waiting = yield* fork(Effect.flip(ref.call("Read")))
      yield* ref.cast("Log", { text: "unread" })
      yield* turns
      const stopping = yield* fork(Process.stop(ref))
      yield* turns
      assert.isUndefined(stopping.pollUnsafe())
      yield* Deferred.succeed(go, undefined)
      yield* Fiber.join(stopping)
      assert.strictEqual(yield* Fiber.join(working), "done")
      assert.instanceOf(yield* Fiber.join(waiting), Process.ProcessDead)
      assert.deepStrictEqual(
        (yield* letters).map((letter) => letter.reason),
        ["dead"]
      )
    })
  )

  for (const [given, millis] of [
    [undefined, 5000],
    [{ timeout: "30 millis" }, 30]
  ] as const) {
    clean(`a handler that goes on for ${millis} ms after the stop is interrupted`, () =>
      Effect.gen(function* () {
        const ref = yield* start()
        const watch = yield* Process.monitor(ref)
        const working = yield* fork(Effect.flip(run(ref, Effect.never, { timeout: "Infinity" })))
        yield* turns
        const stopping = yield* fork(Process.stop(ref, given))
        yield* TestClock.adjust(millis - 1)
        assert.isUndefined(stopping.pollUnsafe())
        yield* TestClock.adjust(1)
        yield* Fiber.join(stopping)
        assert.instanceOf(yield* Fiber.join(working), Process.ProcessCrashed)
        assert.deepStrictEqual(yield* watch, { _tag: "Killed" })
      })
    )
  }

  clean("kill interrupts the handler at work at once", () =>
    Effect.gen(function* () {
      const ref = yield* start()
      let interrupted = false
      const work = Effect.onInterrupt(Effect.never, () => Effect.sync(() => (interrupted = true)))
      const working = yield* fork(Effect.flip(run(ref, work)))
      yield* turns
      yield* Process.kill(ref)
      assert.isTrue(interrupted)
      assert.instanceOf(yield* Fiber.join(working), Process.ProcessCrashed)
      assert.deepStrictEqual(yield* letters, [])
    })
  )

  clean("stopping twice, or a process that is gone, does nothing", () =>
    Effect.gen(function* () {
      const ref = yield* start()
      yield* Effect.all([Process.stop(ref), Process.stop(ref), Process.kill(ref)], { concurrency: "unbounded" })
      yield* Process.stop(ref)
    })
  )

  for (const [name, suspends] of [
    ["a handler", false],
    ["a handler that suspends", true]
  ] as const) {
    const maybe = suspends ? turns : Effect.void
    clean(`${name} stops its own process: it does not wait for itself, and its caller is answered`, () =>
      Effect.gen(function* () {
        const ref = yield* start()
        const watch = yield* Process.monitor(ref)
        const work = maybe.pipe(Effect.andThen(Process.stop(ref)), Effect.andThen(maybe), Effect.as("answer"))
        assert.strictEqual(yield* run(ref, work), "answer")
        assert.deepStrictEqual(yield* watch, { _tag: "Shutdown" })
      })
    )

    clean(`${name} ends its own process normally with exit`, () =>
      Effect.gen(function* () {
        const ref = yield* start()
        const watch = yield* Process.monitor(ref)
        const work = maybe.pipe(Effect.andThen(Process.exit), Effect.andThen(maybe), Effect.as("answer"))
        const answered = yield* fork(run(ref, work))
        const waiting = yield* fork(Effect.flip(ref.call("Read")))
        assert.strictEqual(yield* Fiber.join(answered), "answer")
        assert.deepStrictEqual(yield* watch, { _tag: "Normal" })
        assert.instanceOf(yield* Fiber.join(waiting), Process.ProcessDead)
      })
    )

    clean(`${name} kills its own process`, () =>
      Effect.gen(function* () {
        const ref = yield* start()
        const watch = yield* Process.monitor(ref)
        const work = maybe.pipe(Effect.andThen(Process.kill(ref)), Effect.andThen(Effect.never))
        assert.instanceOf(yield* Effect.flip(run(ref, work)), Process.ProcessCrashed)
        assert.deepStrictEqual(yield* watch, { _tag: "Killed" })
        assert.isFalse(yield* Process.isAlive(ref))
      })
    )
  }

  clean("a handler stops a process that waits for its answer without waiting for it", () =>
    Effect.gen(function* () {
      const [first, second] = [yield* start(), yield* start()]
      const answer = yield* run(first, Effect.orDie(run(second, Effect.as(Process.stop(first), "stopped"))))
      assert.strictEqual(answer, "stopped")
      yield* turns
      assert.isFalse(yield* Process.isAlive(first))
      assert.isTrue(yield* Process.isAlive(second))
    })
  )

  clean("exit outside of a process does nothing", () => Process.exit)

  clean("self is the process inside of handlers, and nothing outside", () =>
    Effect.gen(function* () {
      const ref = yield* start()
      assert.isUndefined(yield* Process.self)
      assert.strictEqual(yield* run(ref, Process.self), ref)
    })
  )
})

describe("monitor and link", () => {
  clean("a monitor tells how the incarnation ended: normal, shutdown, killed, crashed with its cause", () =>
    Effect.gen(function* () {
      const ways: ReadonlyArray<readonly [string, (ref: Ref) => Effect.Effect<unknown, unknown>]> = [
        ["Normal", (ref) => run(ref, Process.exit)],
        ["Shutdown", (ref) => Process.stop(ref)],
        ["Killed", (ref) => Process.kill(ref)],
        ["Crashed", (ref) => run(ref, Effect.die(new Error("boom")))]
      ]
      for (const [tag, end] of ways) {
        const ref = yield* start()
        const watch = yield* Process.monitor(ref)
        const early = yield* fork(watch)
        yield* Effect.exit(end(ref))
        const exit = yield* Fiber.join(early)
        assert.strictEqual(exit._tag, tag)
        assert.deepStrictEqual(yield* watch, exit)
        if (exit._tag === "Crashed") assert.include(String(exit.cause), "boom")
      }
    })
  )

  clean("a monitor of a process that is already gone answers at once with how it ended", () =>
    Effect.gen(function* () {
      const ref = yield* start()
      yield* Process.kill(ref)
      const watch = yield* Process.monitor(ref)
      assert.deepStrictEqual(yield* watch, { _tag: "Killed" })
    })
  )

  clean("waiting on a monitor can be interrupted", () =>
    Effect.gen(function* () {
      const ref = yield* start()
      const watch = yield* Process.monitor(ref)
      yield* Fiber.interrupt(yield* fork(watch))
      yield* Process.stop(ref)
      assert.deepStrictEqual(yield* watch, { _tag: "Shutdown" })
    })
  )

  for (const [how, end, follows] of [
    ["is killed", (ref: Ref) => Process.kill(ref), true],
    ["crashes", (ref: Ref) => Effect.exit(run(ref, Effect.die(new Error("boom")))), true],
    ["ends normally", (ref: Ref) => Effect.exit(run(ref, Process.exit)), false],
    ["is stopped", (ref: Ref) => Process.stop(ref), false]
  ] as const) {
    clean(
      `when one of two linked processes ${how} the other ${follows ? "is killed" : "lives"}, in both directions`,
      () =>
        Effect.gen(function* () {
          for (const swap of [false, true]) {
            const [a, b] = [yield* start(), yield* start()]
            yield* swap ? Process.link(b, a) : Process.link(a, b)
            yield* end(a)
            yield* turns
            assert.strictEqual(yield* Process.isAlive(b), !follows)
          }
        })
    )
  }

  clean("a link to a process that has crashed already kills at once, like a crash later", () =>
    Effect.gen(function* () {
      const [a, b] = [yield* start(), yield* start()]
      yield* Process.kill(a)
      yield* Process.link(b, a)
      yield* turns
      assert.isFalse(yield* Process.isAlive(b))
    })
  )

  clean("a link ends with the first of the two", () =>
    Effect.gen(function* () {
      const [a, b] = [yield* start(), yield* start()]
      yield* Process.link(a, b)
      yield* Process.stop(a)
      yield* Process.kill(b)
      assert.deepStrictEqual(yield* yield* Process.monitor(a), { _tag: "Shutdown" })
    })
  )

  clean("a chain of links falls as one", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.Scope
      const refs = yield* Effect.forEach(Array.from({ length: 20 }), () => Scope.provide(start(), scope))
      for (let i = 1; i < refs.length; i++) yield* Process.link(refs[i - 1]!, refs[i]!)
      yield* Process.kill(refs[10]!)
      yield* turns
      for (const ref of refs) assert.isFalse(yield* Process.isAlive(ref))
    })
  )
})
