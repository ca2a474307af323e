import { assert, describe } from "@effect/vitest"
import { Cause, Context, Deferred, Effect, Exit, Fiber, Schema } from "effect"
import { Rpc, RpcGroup } from "effect/rpc"
import { TestClock } from "effect/testing"
import * as Process from "../../src/process/Process.ts"
import { clean, letters, occupy, run, start, turns } from "./worker.ts"

const fork = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.forkChild(effect, { startImmediately: true })

describe("messages", () => {
  clean("messages of one sender are handled in the order in which they were sent, calls and casts alike", () =>
    Effect.gen(function* () {
      const ref = yield* start()
      for (let i = 0; i < 500; i++) {
        yield* i % 7 === 0 ? ref.call("Log", { text: `${i}` }) : ref.cast("Log", { text: `${i}` })
      }
      const log = yield* ref.call("Read")
      assert.deepStrictEqual(
        log,
        Array.from({ length: 500 }, (_, i) => `${i}`)
      )
    })
  )

  clean("134: 50 notifications are handled in order, also behind a handler that suspends", () =>
    Effect.gen(function* () {
      const ref = yield* start()
      const busy = yield* occupy(ref)
      for (let i = 0; i < 50; i++) yield* ref.cast("Log", { text: `${i}` })
      assert.strictEqual(ref.queued, 50)
      yield* busy.release
      assert.deepStrictEqual(
        yield* ref.call("Read"),
        Array.from({ length: 50 }, (_, i) => `${i}`)
      )
    })
  )

  clean("134: 100 requests, one after another, are all answered", () =>
    Effect.gen(function* () {
      const ref = yield* start()
      for (let i = 0; i < 100; i++) assert.strictEqual(yield* run(ref, Effect.succeed(i)), i)
    })
  )

  clean("handlers of one process never overlap, whether they suspend or not", () =>
    Effect.gen(function* () {
      const ref = yield* start()
      let active = 0
      let most = 0
      const step = (suspend: boolean) =>
        Effect.gen(function* () {
          most = Math.max(most, ++active)
          if (suspend) yield* turns
          active--
        })
      yield* Effect.forEach(
        Array.from({ length: 40 }, (_, i) => i),
        (i) => run(ref, step(i % 3 === 0)),
        { concurrency: "unbounded", discard: true }
      )
      assert.strictEqual(most, 1)
    })
  )

  clean("a handler that suspends leaves other processes at work", () =>
    Effect.gen(function* () {
      const [slow, quick] = [yield* start(), yield* start()]
      const busy = yield* occupy(slow)
      assert.strictEqual(yield* run(quick, Effect.succeed("here")), "here")
      yield* busy.release
    })
  )

  clean("a long chain of processes that wait for each other costs no stack", () =>
    Effect.gen(function* () {
      const refs = yield* Effect.forEach(Array.from({ length: 1000 }), () => start())
      const chain = refs.reduceRight<Effect.Effect<unknown>>(
        (inner, ref) => Effect.orDie(run(ref, inner)),
        Effect.succeed("the end")
      )
      assert.strictEqual(yield* chain, "the end")
    })
  )

  clean("handlers use the services that the process was started with", () =>
    Effect.gen(function* () {
      class Greeting extends Context.Service<Greeting, { readonly text: string }>()("test/Greeting") {}
      const Greeter = Process.make({
        name: "greeter",
        protocol: RpcGroup.make(Rpc.make("Greet", { success: Schema.String })),
        init: () => Greeting.use(({ text }) => Effect.succeed({ atInit: text })),
        handlers: {
          Greet: (_, state) => Greeting.use(({ text }) => Effect.succeed(`${state.atInit} ${text}`))
        }
      })
      const ref = yield* Effect.provideService(Process.start(Greeter), Greeting, { text: "hello" })
      assert.strictEqual(yield* Effect.provideService(ref.call("Greet"), Greeting, { text: "unused" }), "hello hello")
    })
  )

  clean("handlers run with their own state, which survives from message to message", () =>
    Effect.gen(function* () {
      const [one, other] = [yield* start(), yield* start()]
      yield* one.call("Log", { text: "one" })
      yield* other.call("Log", { text: "other" })
      assert.deepStrictEqual(yield* one.call("Read"), ["one"])
      assert.deepStrictEqual(yield* other.call("Read"), ["other"])
    })
  )
})

describe("failures of handlers", () => {
  clean("a typed failure answers the caller, and the process lives", () =>
    Effect.gen(function* () {
      const ref = yield* start()
      yield* ref.call("Log", { text: "before" })
      assert.strictEqual(yield* Effect.flip(run(ref, Effect.fail("no"))), "no")
      assert.strictEqual(yield* Effect.flip(run(ref, Effect.andThen(turns, Effect.fail("no, later")))), "no, later")
      assert.deepStrictEqual(yield* ref.call("Read"), ["before"])
      assert.strictEqual(ref.incarnation, 1)
    })
  )

  clean("136: 100 failing requests leave nothing behind, and the process lives", () =>
    Effect.gen(function* () {
      const ref = yield* start()
      let failed = 0
      for (let i = 0; i < 100; i++) if (Exit.isFailure(yield* Effect.exit(run(ref, Effect.fail("no"))))) failed++
      assert.strictEqual(failed, 100)
      assert.isTrue(yield* Process.isAlive(ref))
      assert.strictEqual(ref.queued, 0)
      assert.deepStrictEqual(yield* letters, [])
    })
  )

  for (const [how, work] of [
    ["at once", Effect.die(new Error("boom"))],
    ["after it suspended", Effect.andThen(turns, Effect.die(new Error("boom")))]
  ] as const) {
    clean(`a defect ${how} gives ProcessCrashed to its caller and ProcessDead to those who waited`, () =>
      Effect.gen(function* () {
        const ref = yield* start()
        const busy = yield* occupy(ref)
        const guilty = yield* fork(Effect.flip(run(ref, work)))
        const waiting = yield* fork(Effect.flip(ref.call("Read")))
        yield* ref.cast("Log", { text: "lost" })
        yield* busy.release
        const crashed = yield* Fiber.join(guilty)
        assert.instanceOf(crashed, Process.ProcessCrashed)
        assert.strictEqual(crashed.message, `"${ref.label}" crashed on "Run": boom`)
        assert.instanceOf(yield* Fiber.join(waiting), Process.ProcessDead)
        assert.isFalse(yield* Process.isAlive(ref))
        const found = yield* letters
        assert.deepStrictEqual(
          found.map(({ reason, tag }) => [tag, reason]),
          [
            ["Run", "poison"],
            ["Log", "dead"]
          ]
        )
      })
    )
  }

  clean("a handler that throws before it gives an effect crashes its process like any defect", () =>
    Effect.gen(function* () {
      const ref = yield* start()
      const error = yield* Effect.flip(ref.call("Throw", { text: "thrown" }))
      assert.instanceOf(error, Process.ProcessCrashed)
      assert.strictEqual(error.message, `"${ref.label}" crashed on "Throw": thrown`)
    })
  )

  clean("a message that the protocol does not have crashes the process and says so", () =>
    Effect.gen(function* () {
      const ref = yield* start()
      // @ts-expect-error -- the types say so too
      const error = yield* Effect.flip(ref.call("Unheard"))
      assert.instanceOf(error, Process.ProcessCrashed)
      assert.strictEqual(error.message, `"${ref.label}" crashed on "Unheard": the protocol has no "Unheard"`)
    })
  )

  clean("a call to a process that is gone fails with ProcessDead at once", () =>
    Effect.gen(function* () {
      const ref = yield* start()
      yield* Process.stop(ref)
      const error = yield* Effect.flip(ref.call("Read"))
      assert.instanceOf(error, Process.ProcessDead)
      assert.strictEqual(error.message, `"${ref.label}" is gone for good`)
    })
  )

  clean("a cast to a process that is gone becomes a dead letter", () =>
    Effect.gen(function* () {
      const ref = yield* start()
      yield* Process.stop(ref)
      yield* ref.cast("Log", { text: "late" })
      const [letter] = yield* letters
      assert.deepInclude(letter!, { tag: "Log", payload: { text: "late" }, reason: "dead", process: ref.label })
    })
  )
})

describe("patience", () => {
  for (const [given, millis] of [
    [undefined, 5000],
    ["50 millis", 50]
  ] as const) {
    clean(`a call fails with CallTimeout exactly after ${millis} ms${given === undefined ? ", the default" : ""}`, () =>
      Effect.gen(function* () {
        const ref = yield* start()
        const busy = yield* occupy(ref)
        const caller = yield* fork(Effect.flip(ref.call("Read", undefined, { timeout: given })))
        yield* TestClock.adjust(millis - 1)
        assert.isUndefined(caller.pollUnsafe())
        yield* TestClock.adjust(1)
        const error = yield* Fiber.join(caller)
        assert.instanceOf(error, Process.CallTimeout)
        assert.strictEqual(error.message, `"${ref.label}" did not answer "Read" within ${millis} ms`)
        yield* busy.release
      })
    )
  }

  clean("calls of one length that began at different times each end at their own time", () =>
    Effect.gen(function* () {
      const ref = yield* start()
      const busy = yield* occupy(ref)
      const first = yield* fork(Effect.flip(ref.call("Read")))
      yield* TestClock.adjust(3000)
      const second = yield* fork(Effect.flip(ref.call("Read")))
      const short = yield* fork(Effect.flip(ref.call("Read", undefined, { timeout: 100 })))
      yield* TestClock.adjust(100)
      assert.isDefined(short.pollUnsafe())
      yield* TestClock.adjust(1900)
      assert.isDefined(first.pollUnsafe())
      yield* TestClock.adjust(2999)
      assert.isUndefined(second.pollUnsafe())
      yield* TestClock.adjust(1)
      assert.isDefined(second.pollUnsafe())
      yield* busy.release
    })
  )

  clean("a call with no patience times out although its message is handled", () =>
    Effect.gen(function* () {
      const ref = yield* start()
      const busy = yield* occupy(ref)
      const error = yield* Effect.flip(ref.call("Log", { text: "handled" }, { timeout: 0 }))
      assert.instanceOf(error, Process.CallTimeout)
      yield* busy.release
      assert.deepStrictEqual(yield* ref.call("Read"), ["handled"])
    })
  )

  clean("a call that waits for ever is answered however late", () =>
    Effect.gen(function* () {
      const ref = yield* start()
      const busy = yield* occupy(ref)
      const caller = yield* fork(ref.call("Read", undefined, { timeout: "Infinity" }))
      yield* TestClock.adjust("365 days")
      assert.isUndefined(caller.pollUnsafe())
      yield* busy.release
      assert.deepStrictEqual(yield* Fiber.join(caller), [])
    })
  )

  clean("after a timeout the handler runs on, and so does a message that still waited", () =>
    Effect.gen(function* () {
      const ref = yield* start()
      const go = yield* Deferred.make<void>()
      let finished = false
      const work = Effect.andThen(
        Deferred.await(go),
        Effect.sync(() => (finished = true))
      )
      const running = yield* fork(Effect.flip(run(ref, work)))
      const queued = yield* fork(Effect.flip(ref.call("Log", { text: "handled anyway" })))
      yield* TestClock.adjust(5000)
      assert.instanceOf(yield* Fiber.join(running), Process.CallTimeout)
      assert.instanceOf(yield* Fiber.join(queued), Process.CallTimeout)
      yield* Deferred.succeed(go, undefined)
      assert.deepStrictEqual(yield* ref.call("Read"), ["handled anyway"])
      assert.isTrue(finished)
    })
  )

  clean("133: a request of 500 ms with a limit of 100 ms times out; the next request works", () =>
    Effect.gen(function* () {
      const ref = yield* start()
      const caller = yield* fork(Effect.flip(run(ref, Effect.sleep(500), { timeout: 100 })))
      yield* TestClock.adjust(100)
      assert.instanceOf(yield* Fiber.join(caller), Process.CallTimeout)
      yield* TestClock.adjust(400)
      assert.deepStrictEqual(yield* ref.call("Read"), [])
    })
  )

  clean("with interruptOnTimeout the handler is interrupted, and the process lives", () =>
    Effect.gen(function* () {
      const ref = yield* start()
      let interrupted = false
      const work = Effect.onInterrupt(Effect.never, () => Effect.sync(() => (interrupted = true)))
      const caller = yield* fork(Effect.flip(run(ref, work, { interruptOnTimeout: true })))
      yield* TestClock.adjust(5000)
      assert.instanceOf(yield* Fiber.join(caller), Process.CallTimeout)
      assert.isTrue(interrupted)
      assert.deepStrictEqual(yield* ref.call("Read"), [])
      assert.strictEqual(ref.incarnation, 1)
      assert.deepStrictEqual(yield* letters, [])
    })
  )

  clean("with interruptOnTimeout a message that still waits is skipped", () =>
    Effect.gen(function* () {
      const ref = yield* start()
      const busy = yield* occupy(ref)
      const caller = yield* fork(Effect.flip(ref.call("Log", { text: "skipped" }, { interruptOnTimeout: true })))
      yield* TestClock.adjust(5000)
      yield* Fiber.join(caller)
      yield* busy.release
      assert.deepStrictEqual(yield* ref.call("Read"), [])
    })
  )

  clean("with interruptOnTimeout a timeout leaves the handler of another message alone", () =>
    Effect.gen(function* () {
      const ref = yield* start()
      const busy = yield* occupy(ref)
      const caller = yield* fork(Effect.flip(ref.call("Read", undefined, { interruptOnTimeout: true })))
      yield* TestClock.adjust(5000)
      yield* Fiber.join(caller)
      yield* busy.release
      assert.isTrue(yield* Process.isAlive(ref))
      assert.deepStrictEqual(yield* ref.call("Read"), [])
    })
  )

  clean("a caller that is interrupted leaves its message to be handled", () =>
    Effect.gen(function* () {
      const ref = yield* start()
      const busy = yield* occupy(ref)
      const caller = yield* fork(ref.call("Log", { text: "handled" }))
      yield* Fiber.interrupt(caller)
      yield* busy.release
      assert.deepStrictEqual(yield* ref.call("Read"), ["handled"])
    })
  )

  clean("a caller that is interrupted takes its handler along when it asked for interruptOnTimeout", () =>
    Effect.gen(function* () {
      const ref = yield* start()
      const caller = yield* fork(run(ref, Effect.never, { interruptOnTimeout: true, timeout: "Infinity" }))
      yield* turns
      yield* Fiber.interrupt(caller)
      assert.deepStrictEqual(yield* ref.call("Read"), [])
    })
  )

  clean("a handler that interrupts itself crashes its process", () =>
    Effect.gen(function* () {
      const ref = yield* start()
      const error = yield* Effect.flip(run(ref, Effect.interrupt))
      assert.instanceOf(error, Process.ProcessCrashed)
      assert.isFalse(yield* Process.isAlive(ref))
    })
  )

  clean("a failure beside a defect is a crash, for part of it is not typed", () =>
    Effect.gen(function* () {
      const ref = yield* start()
      const cause = Cause.combine(Cause.fail("typed"), Cause.die(new Error("boom")))
      assert.instanceOf(yield* Effect.flip(run(ref, Effect.failCause(cause))), Process.ProcessCrashed)
    })
  )

  clean("a call that is refused at once, by a dead process, arms no timer", () =>
    Effect.gen(function* () {
      const ref = yield* start()
      yield* Process.stop(ref)
      for (let i = 0; i < 3; i++) yield* Effect.flip(ref.call("Read"))
    })
  )

  clean("the timer of a call whose caller and process both went away goes too", () =>
    Effect.gen(function* () {
      const ref = yield* start()
      const caller = yield* fork(run(ref, Effect.never))
      yield* turns
      yield* Fiber.interrupt(caller)
      yield* Process.kill(ref)
    })
  )
})
