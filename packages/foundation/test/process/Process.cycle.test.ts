import { assert, describe } from "@effect/vitest"
import { Deferred, Effect, Fiber, Schema } from "effect"
import { Rpc, RpcGroup } from "effect/rpc"
import { TestClock } from "effect/testing"
import * as Process from "../../src/process/Process.ts"
import { clean, type Entries, type Ref, run, start, turns } from "./worker.ts"

const fork = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.forkChild(effect, { startImmediately: true })

/** What a call inside of a handler came to. */
const outcome = (ref: Ref) =>
  Effect.match(ref.call("Read"), { onFailure: (error) => error, onSuccess: () => "answered" as const })

/** Runs work through a chain of processes that wait for each other. */
const through = (refs: ReadonlyArray<Ref>, work: Effect.Effect<unknown>): Effect.Effect<unknown> =>
  refs.reduceRight((inner, ref) => Effect.orDie(run(ref, inner)), work)

describe("calls in a circle", () => {
  clean("a process that calls itself gets CallCycle at once", () =>
    Effect.gen(function* () {
      const ref = yield* start()
      const error = yield* run(ref, outcome(ref))
      assert.instanceOf(error, Process.CallCycle)
      assert.deepStrictEqual(error.chain, [ref.label, ref.label])
      assert.strictEqual(error.message, `the call would wait for itself: ${ref.label} -> ${ref.label}`)
    })
  )

  clean("a circle through others is a CallCycle that names them, the one that waits longest first", () =>
    Effect.gen(function* () {
      const [a, b, c] = [yield* start({ name: "a" }), yield* start({ name: "b" }), yield* start({ name: "c" })]
      const error = yield* through([a, b, c], outcome(a))
      assert.instanceOf(error, Process.CallCycle)
      assert.deepStrictEqual(error.chain, [a.label, b.label, c.label, a.label])
    })
  )

  clean("a call to a process in the middle of the chain is a circle too", () =>
    Effect.gen(function* () {
      const [a, b, c] = [yield* start(), yield* start(), yield* start()]
      assert.instanceOf(yield* through([a, b, c], outcome(b)), Process.CallCycle)
    })
  )

  clean("children of a handler's fiber belong to the handler", () =>
    Effect.gen(function* () {
      const [a, b] = [yield* start(), yield* start()]
      const both = Effect.all([outcome(a), outcome(b)], { concurrency: "unbounded" })
      const [self, other] = (yield* run(a, both)) as [unknown, unknown]
      assert.instanceOf(self, Process.CallCycle)
      assert.strictEqual(other, "answered")
    })
  )

  clean("a circle through the init of a new process is seen", () =>
    Effect.gen(function* () {
      const a = yield* start()
      const Asking = Process.make({
        name: "asking",
        protocol: RpcGroup.make(Rpc.make("Told", { success: Schema.Unknown })),
        init: () => outcome(a),
        handlers: { Told: (_, state) => Effect.succeed(state) }
      })
      const starting = Effect.flatMap(Process.start(Asking), (ref) => ref.call("Told"))
      assert.instanceOf(yield* run(a, Effect.orDie(starting)), Process.CallCycle)
    })
  )

  clean("a gathering names the members that would wait for themselves, and asks the others", () =>
    Effect.gen(function* () {
      const [a, b] = [yield* start(), yield* start()]
      const result = (yield* run(a, Process.gather([a, b], "Read", undefined))) as Process.GatherResult<Entries, "Read">
      assert.strictEqual(result.replies.length, 1)
      assert.strictEqual(result.failures.length, 1)
      assert.instanceOf(result.failures[0]?.error, Process.CallCycle)
    })
  )

  clean("casts never make a circle", () =>
    Effect.gen(function* () {
      const [a, b] = [yield* start(), yield* start()]
      const done = yield* Deferred.make<unknown>()
      const back = Effect.flatMap(outcome(a), (result) => Deferred.succeed(done, result))
      yield* run(a, Effect.orDie(b.cast("Post", { work: back })))
      assert.strictEqual(yield* Deferred.await(done), "answered")
    })
  )

  clean("a fiber that outlives its handler may call the process", () =>
    Effect.gen(function* () {
      const a = yield* start()
      const go = yield* Deferred.make<void>()
      const fiber = (yield* run(
        a,
        Effect.forkDetach(Effect.andThen(Deferred.await(go), outcome(a)))
      )) as Fiber.Fiber<string>
      yield* Deferred.succeed(go, undefined)
      assert.strictEqual(yield* Fiber.join(fiber), "answered")
    })
  )

  clean("there is no circle any more when the caller has timed out, although its handler goes on", () =>
    Effect.gen(function* () {
      const [a, b] = [yield* start(), yield* start()]
      const go = yield* Deferred.make<void>()
      const end = yield* Deferred.make<void>()
      let late: unknown
      const work = Effect.andThen(
        Deferred.await(go),
        Effect.map(outcome(a), (result) => (late = result))
      )
      const handler = Effect.andThen(Effect.ignore(run(b, work, { timeout: 100 })), Deferred.await(end))
      const caller = yield* fork(run(a, handler, { timeout: "Infinity" }))
      yield* turns
      yield* TestClock.adjust(100)
      yield* Deferred.succeed(go, undefined)
      yield* turns
      assert.isUndefined(late)
      yield* Deferred.succeed(end, undefined)
      yield* Fiber.join(caller)
      yield* turns
      assert.strictEqual(late, "answered")
    })
  )

  clean("two processes that call each other at the same time are not a circle of one chain: both calls end", () =>
    Effect.gen(function* () {
      const [a, b] = [yield* start(), yield* start()]
      const meet = yield* Deferred.make<void>()
      const cross = (to: Ref) =>
        Effect.andThen(Deferred.await(meet), Effect.flip(to.call("Read", undefined, { timeout: 50 })))
      const first = yield* fork(run(a, Effect.orDie(cross(b))))
      const second = yield* fork(run(b, Effect.orDie(cross(a))))
      yield* turns
      yield* Deferred.succeed(meet, undefined)
      yield* turns
      yield* TestClock.adjust(50)
      assert.instanceOf(yield* Fiber.join(first), Process.CallTimeout)
      yield* Fiber.join(second)
    })
  )
})
