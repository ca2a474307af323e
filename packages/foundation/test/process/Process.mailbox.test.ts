import { assert, describe } from "@effect/vitest"
import { Effect, Exit, Fiber } from "effect"
import { TestClock } from "effect/testing"
import * as Process from "../../src/process/Process.ts"
import { clean, letters, occupy, run, start, turns } from "./worker.ts"

const fork = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.forkChild(effect, { startImmediately: true })
const log = (text: string | number) => ({ text: `${text}` })
const range = (n: number) => Array.from({ length: n }, (_, i) => `${i}`)

describe("a full mailbox", () => {
  clean("by default 4,096 messages may wait, and the next sender gets MailboxFull", () =>
    Effect.gen(function* () {
      const ref = yield* start()
      const busy = yield* occupy(ref)
      for (let i = 0; i < 4096; i++) yield* ref.cast("Log", log(i))
      const error = yield* Effect.flip(ref.cast("Log", log("too many")))
      assert.instanceOf(error, Process.MailboxFull)
      assert.strictEqual(error.message, `the mailbox of "${ref.label}" holds its limit of 4096 messages`)
      assert.instanceOf(yield* Effect.flip(ref.call("Read")), Process.MailboxFull)
      yield* busy.release
      yield* turns
      assert.deepStrictEqual(yield* ref.call("Read"), range(4096))
    })
  )

  clean("with `fail` there is room again as soon as a message was taken", () =>
    Effect.gen(function* () {
      const ref = yield* start({ mailbox: { capacity: 1 } })
      const busy = yield* occupy(ref)
      yield* ref.cast("Log", log("first"))
      yield* Effect.flip(ref.cast("Log", log("refused")))
      yield* busy.release
      yield* turns
      yield* ref.cast("Log", log("second"))
      yield* turns
      assert.deepStrictEqual(yield* ref.call("Read"), ["first", "second"])
    })
  )

  clean("with `wait` senders are suspended until there is room, and come in the order in which they asked", () =>
    Effect.gen(function* () {
      const ref = yield* start({ mailbox: { capacity: 2, overflow: "wait" } })
      const busy = yield* occupy(ref)
      const senders = yield* Effect.forEach(range(20), (text, i) =>
        fork(i % 2 === 0 ? ref.cast("Log", { text }) : ref.call("Log", { text }))
      )
      assert.strictEqual(ref.queued, 2)
      assert.isDefined(senders[0]!.pollUnsafe())
      assert.isUndefined(senders[2]!.pollUnsafe())
      yield* busy.release
      yield* Effect.forEach(senders, Fiber.join)
      assert.deepStrictEqual(yield* ref.call("Read"), range(20))
    })
  )

  clean("with `wait` a call still times out, and its message never comes", () =>
    Effect.gen(function* () {
      const ref = yield* start({ mailbox: { capacity: 1, overflow: "wait" } })
      const busy = yield* occupy(ref)
      yield* ref.cast("Log", log("in"))
      const caller = yield* fork(Effect.flip(ref.call("Log", log("out"))))
      yield* TestClock.adjust("5 seconds")
      assert.instanceOf(yield* Fiber.join(caller), Process.CallTimeout)
      yield* busy.release
      yield* turns
      assert.deepStrictEqual(yield* ref.call("Read"), ["in"])
    })
  )

  clean("with `wait` senders that gave up do not take the turn of those who still wait", () =>
    Effect.gen(function* () {
      const ref = yield* start({ mailbox: { capacity: 1, overflow: "wait" } })
      const busy = yield* occupy(ref)
      yield* ref.cast("Log", log("first"))
      const impatient = yield* Effect.forEach(range(5), (text, i) =>
        fork(Effect.ignore(i % 2 === 0 ? ref.cast("Log", { text }) : ref.call("Log", { text }, { timeout: 10 })))
      )
      const patient = yield* fork(ref.cast("Log", log("second")))
      yield* TestClock.adjust(10)
      yield* Effect.forEach(impatient, Fiber.interrupt)
      yield* busy.release
      yield* turns
      assert.isDefined(patient.pollUnsafe())
      assert.deepStrictEqual(yield* ref.call("Read"), ["first", "second"])
    })
  )

  clean("with `wait` the senders that wait get ProcessDead, or a dead letter, when the process goes", () =>
    Effect.gen(function* () {
      const ref = yield* start({ mailbox: { capacity: 1, overflow: "wait" } })
      yield* occupy(ref)
      yield* ref.cast("Log", log("in"))
      const call = yield* fork(Effect.flip(ref.call("Read")))
      const cast = yield* fork(ref.cast("Log", log("waiting")))
      yield* Process.kill(ref)
      assert.instanceOf(yield* Fiber.join(call), Process.ProcessDead)
      yield* Fiber.join(cast)
      assert.deepStrictEqual(
        (yield* letters).map((letter) => letter.payload),
        [log("in"), log("waiting")]
      )
    })
  )

  clean("with `wait` a process that casts to itself is refused where it would wait for itself", () =>
    Effect.gen(function* () {
      const ref = yield* start({ mailbox: { capacity: 1, overflow: "wait" } })
      const twice = Effect.andThen(ref.cast("Log", log("fits")), Effect.flip(ref.cast("Log", log("does not"))))
      assert.instanceOf(
        yield* run(
          ref,
          Effect.mapError(twice, () => "cast")
        ),
        Process.MailboxFull
      )
      assert.deepStrictEqual(yield* ref.call("Read"), ["fits"])
    })
  )

  clean("with `drop-oldest` the oldest makes room: its caller gets MailboxFull, a cast becomes a dead letter", () =>
    Effect.gen(function* () {
      const ref = yield* start({ mailbox: { capacity: 2, overflow: "drop-oldest" } })
      const busy = yield* occupy(ref)
      const caller = yield* fork(Effect.flip(ref.call("Read")))
      for (const text of ["a", "b", "c"]) yield* ref.cast("Log", { text })
      assert.instanceOf(yield* Fiber.join(caller), Process.MailboxFull)
      assert.deepStrictEqual(
        (yield* letters).map(({ payload, reason }) => [payload, reason]),
        [[log("a"), "overflow"]]
      )
      yield* busy.release
      yield* turns
      assert.deepStrictEqual(yield* ref.call("Read"), ["b", "c"])
    })
  )

  clean("with `drop-oldest` a caller that was dropped and asks again at once costs no other message its place", () =>
    Effect.gen(function* () {
      const ref = yield* start({ mailbox: { capacity: 1, overflow: "drop-oldest" } })
      const busy = yield* occupy(ref)
      const stubborn = yield* fork(Effect.retry(ref.call("Log", log("stubborn")), { times: 1 }))
      const other = yield* fork(Effect.exit(ref.call("Log", log("other"))))
      yield* busy.release
      yield* turns
      // The other's message came, and then made room for the second try, so its caller knows what became of it.
      assert.isTrue(Exit.isFailure(yield* Fiber.join(other)))
      yield* Fiber.join(stubborn)
      assert.deepStrictEqual(yield* ref.call("Read"), ["stubborn"])
    })
  )

  clean("P9: a producer ten times as fast as its consumer meets a bounded mailbox and a typed refusal", () =>
    Effect.gen(function* () {
      const ref = yield* start({ mailbox: { capacity: 64 } })
      let refused = 0
      let most = 0
      for (let round = 0; round < 500; round++) {
        const busy = yield* occupy(ref).pipe(Effect.orElseSucceed(() => undefined))
        for (let i = 0; i < 10; i++) {
          const exit = yield* Effect.exit(ref.cast("Log", log(i)))
          if (Exit.isFailure(exit)) refused++
          most = Math.max(most, ref.queued)
        }
        if (busy !== undefined) yield* busy.release
        if (round % 50 === 49) yield* turns
      }
      yield* turns
      const handled = (yield* ref.call("Read")).length
      assert.isAtMost(most, 64)
      assert.strictEqual(handled + refused, 5000)
    })
  )

  clean("P9: a full mailbox sheds no system signal: stop, kill, monitors and links work", () =>
    Effect.gen(function* () {
      for (const end of [Process.stop, Process.kill]) {
        const ref = yield* start({ mailbox: { capacity: 1 } })
        const busy = yield* occupy(ref)
        yield* ref.cast("Log", log("full"))
        yield* Effect.flip(ref.cast("Log", log("refused")))
        const watch = yield* Process.monitor(ref)
        const ending = yield* fork(end(ref))
        yield* busy.release
        yield* Fiber.join(ending)
        assert.strictEqual((yield* watch)._tag, end === Process.kill ? "Killed" : "Shutdown")
      }
    })
  )
})
