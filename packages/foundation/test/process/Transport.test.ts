import { assert, describe } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Scope } from "effect"
import { TestClock } from "effect/testing"
import * as Process from "../../src/process/Process.ts"
import * as Transport from "../../src/process/Transport.ts"
import { clean, type Entries, letters, start, turns } from "./worker.ts"

const fork = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.forkChild(effect, { startImmediately: true })

/** An address whose carrier does what the test says. */
const carried = (carrier: Partial<Transport.Carrier>) =>
  Effect.map(Transport.make, (address) =>
    address<Entries>({
      label: "elsewhere",
      capacity: 8,
      request: () => Effect.never,
      deliver: () => Effect.void,
      ...carrier
    })
  )

/** A request that never ends and knows how often it was interrupted. */
const hanging = () => {
  const seen = { interrupted: 0 }
  const request = () => Effect.onInterrupt(Effect.never, () => Effect.sync(() => seen.interrupted++))
  return { seen, request }
}

describe("an address over a carrier", () => {
  clean("a call is what the carrier brings: an answer, a typed failure, an error of the kernel", () =>
    Effect.gen(function* () {
      const crashed = new Process.ProcessCrashed({ process: "elsewhere", tag: "Run", cause: "boom" })
      const answers = [Effect.succeed(["text"]), Effect.fail("typed"), Effect.fail(crashed)]
      const ref = yield* carried({ request: () => answers.shift()! })
      assert.deepStrictEqual(yield* ref.call("Read"), ["text"])
      assert.strictEqual(yield* Effect.flip(ref.call("Run", { work: Effect.void })), "typed")
      assert.strictEqual(yield* Effect.flip(ref.call("Run", { work: Effect.void })), crashed)
    })
  )

  clean("a defect of the carrier, or its interruption, is Unreachable", () =>
    Effect.gen(function* () {
      const answers = [Effect.die(new Error("no route")), Effect.interrupt]
      const ref = yield* carried({ request: () => answers.shift()! })
      const defect = yield* Effect.flip(ref.call("Read"))
      assert.strictEqual(defect.message, `"elsewhere" cannot be reached: Error: no route`)
      assert.instanceOf(yield* Effect.flip(ref.call("Read")), Process.Unreachable)
    })
  )

  clean("a request is given up with its caller, and says whether its handler is to go too", () =>
    Effect.gen(function* () {
      const { request, seen } = hanging()
      const flags: Array<boolean> = []
      const ref = yield* carried({
        request: (_tag, _payload, options) => {
          flags.push(options.interruptible)
          return request()
        }
      })
      const late = yield* fork(Effect.flip(ref.call("Read")))
      const gone = yield* fork(ref.call("Read", undefined, { interruptOnTimeout: true }))
      yield* TestClock.adjust("5 seconds")
      assert.instanceOf(yield* Fiber.join(late), Process.CallTimeout)
      yield* Fiber.interrupt(gone)
      yield* turns
      assert.deepStrictEqual([seen.interrupted, flags], [2, [false, true]])
    })
  )

  clean("a gathering takes it beside a local process, and gives up what is silent at the deadline", () =>
    Effect.gen(function* () {
      const { request, seen } = hanging()
      const far = yield* carried({ request })
      const near = yield* start()
      const gathering = yield* fork(Process.gather([far, near], "Read", undefined, { deadline: 100 }))
      yield* turns
      yield* TestClock.adjust(100)
      const { replies, silent } = yield* Fiber.join(gathering)
      yield* turns
      assert.strictEqual(replies[0]?.from, near)
      assert.deepStrictEqual([silent, seen.interrupted], [[far], 1])
    })
  )

  clean("an interrupted gathering gives up its requests", () =>
    Effect.gen(function* () {
      const { request, seen } = hanging()
      const far = yield* carried({ request })
      yield* Fiber.interrupt(yield* fork(Process.gather([far, far], "Read", undefined)))
      yield* turns
      assert.strictEqual(seen.interrupted, 2)
    })
  )

  clean("a cast waits until the message is taken over; what is full is MailboxFull", () =>
    Effect.gen(function* () {
      const taken = yield* Deferred.make<void, Process.MailboxFull>()
      const ref = yield* carried({ deliver: () => Deferred.await(taken) })
      const casting = yield* fork(Effect.flip(ref.cast("Log", { text: "" })))
      yield* turns
      assert.isUndefined(casting.pollUnsafe())
      yield* Deferred.fail(taken, new Process.MailboxFull({ process: "elsewhere", capacity: 8 }))
      assert.instanceOf(yield* Fiber.join(casting), Process.MailboxFull)
    })
  )

  clean("a cast that cannot be delivered is a dead letter, also when the carrier is silent for 5 seconds", () =>
    Effect.gen(function* () {
      const outcomes: Array<ReturnType<Transport.Carrier["deliver"]>> = [
        Effect.fail(new Process.ProcessDead({ process: "elsewhere" })),
        Effect.fail(new Process.Unreachable({ process: "elsewhere", reason: "cut" })),
        Effect.never
      ]
      const ref = yield* carried({ deliver: () => outcomes.shift()! })
      yield* ref.cast("Log", { text: "1" })
      yield* ref.cast("Log", { text: "2" })
      const silent = yield* fork(ref.cast("Log", { text: "3" }))
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.join(silent)
      assert.deepStrictEqual(
        (yield* letters).map(({ payload, process, reason }) => [payload, process, reason]),
        ["1", "2", "3"].map((text) => [{ text }, "elsewhere", "dead"])
      )
    })
  )

  clean("a multicast does not wait: what was full is a dead letter", () =>
    Effect.gen(function* () {
      const full = Effect.fail(new Process.MailboxFull({ process: "elsewhere", capacity: 8 }))
      const ref = yield* carried({ deliver: () => Effect.andThen(turns, full) })
      assert.deepStrictEqual(yield* Process.multicast([ref], "Log", { text: "news" }), [])
      yield* turns
      yield* turns
      assert.deepStrictEqual(
        (yield* letters).map((letter) => letter.reason),
        ["overflow"]
      )
    })
  )

  clean("when the transport closes, what is under way is Unreachable, and so is all that comes later", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { request, seen } = hanging()
      const ref = yield* Scope.provide(carried({ request }), scope)
      const caller = yield* fork(Effect.flip(ref.call("Read")))
      yield* Scope.close(scope, Exit.void)
      assert.instanceOf(yield* Fiber.join(caller), Process.Unreachable)
      assert.strictEqual(seen.interrupted, 1)
      const late = yield* Effect.flip(ref.call("Read"))
      assert.strictEqual(late.message, `"elsewhere" cannot be reached: the transport is closed`)
    })
  )
})

describe("what arrives", () => {
  clean("is handed to a process by its tag, and waits for the answer as long as it takes", () =>
    Effect.gen(function* () {
      const ref = yield* start()
      yield* Transport.cast(ref, "Log", { text: "arrived" })
      assert.deepStrictEqual(yield* Transport.call(ref, "Read", undefined, { interruptible: false }), ["arrived"])
      const go = yield* Deferred.make<void>()
      const slow = yield* fork(Transport.call(ref, "Run", { work: Deferred.await(go) }, { interruptible: false }))
      yield* TestClock.adjust("1 day")
      assert.isUndefined(slow.pollUnsafe())
      yield* Deferred.succeed(go, undefined)
      yield* Fiber.join(slow)
    })
  )
})
