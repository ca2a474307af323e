import { assert, describe } from "@effect/vitest"
import { Effect, Exit, Fiber } from "effect"
import { TestClock } from "effect/testing"
import * as Process from "../../src/process/Process.ts"
import { clean, letters, occupy, type Ref, start, turns } from "./worker.ts"

const fork = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.forkChild(effect, { startImmediately: true })
const team = (n: number) => Effect.forEach(Array.from({ length: n }), () => start())

describe("gather", () => {
  clean("collects one answer of each, in the order of arrival", () =>
    Effect.gen(function* () {
      const refs = yield* team(100)
      const result = yield* Process.gather(refs, "Read", undefined)
      assert.deepStrictEqual(
        result.replies.map((reply) => reply.from.label),
        refs.map((ref) => ref.label)
      )
      assert.deepStrictEqual(result.replies[0]?.value, [])
      assert.deepStrictEqual([result.failures, result.silent], [[], []])
    })
  )

  clean("of nobody is over at once", () =>
    Effect.gen(function* () {
      const none: ReadonlyArray<Ref> = []
      assert.deepStrictEqual(yield* Process.gather(none, "Read", undefined), { replies: [], failures: [], silent: [] })
    })
  )

  clean("tells typed failures, crashes and the dead beside the answers, and never fails", () =>
    Effect.gen(function* () {
      const refs = yield* team(4)
      yield* Process.stop(refs[3]!)
      const works = [Effect.succeed("fine"), Effect.fail("typed"), Effect.die(new Error("boom"))]
      let next = 0
      const work = Effect.suspend(() => works[next++]!)
      const result = yield* Process.gather(refs, "Run", { work })
      assert.deepStrictEqual(
        result.replies.map((reply) => reply.value),
        ["fine"]
      )
      const errors = new Map(result.failures.map(({ error, from }) => [from, error]))
      assert.strictEqual(errors.get(refs[1]!), "typed")
      assert.instanceOf(errors.get(refs[2]!), Process.ProcessCrashed)
      assert.instanceOf(errors.get(refs[3]!), Process.ProcessDead)
      assert.deepStrictEqual(result.silent, [])
    })
  )

  clean("ends at the nth success and names the others as silent", () =>
    Effect.gen(function* () {
      const refs = yield* team(5)
      const busy = yield* Effect.forEach([0, 3], (i) => occupy(refs[i]!))
      const result = yield* Process.gather(refs, "Read", undefined, { until: { successes: 2 } })
      assert.strictEqual(result.replies.length, 2)
      assert.deepStrictEqual([...result.silent, ...result.replies.map((reply) => reply.from)].length, 5)
      assert.include(result.silent, refs[0])
      yield* Effect.forEach(busy, (handler) => handler.release)
    })
  )

  clean("failures do not count as successes; with fewer successes than wanted it ends when all have answered", () =>
    Effect.gen(function* () {
      const refs = yield* team(3)
      let next = 0
      const work = Effect.suspend(() => (next++ === 1 ? Effect.succeed("yes") : Effect.fail("no")))
      const result = yield* Process.gather(refs, "Run", { work }, { until: { successes: 2 } })
      assert.deepStrictEqual([result.replies.length, result.failures.length, result.silent.length], [1, 2, 0])
    })
  )

  for (const [given, millis] of [
    [undefined, 5000],
    ["40 millis", 40]
  ] as const) {
    clean(`ends at its deadline of ${millis} ms with the answers so far, and names the silent`, () =>
      Effect.gen(function* () {
        const refs = yield* team(3)
        const busy = yield* occupy(refs[1]!)
        const gathering = yield* fork(Process.gather(refs, "Read", undefined, { deadline: given }))
        yield* turns
        yield* TestClock.adjust(millis - 1)
        assert.isUndefined(gathering.pollUnsafe())
        yield* TestClock.adjust(1)
        const result = yield* Fiber.join(gathering)
        assert.strictEqual(result.replies.length, 2)
        assert.deepStrictEqual(result.silent, [refs[1]!])
        yield* busy.release
      })
    )
  }

  clean("ends when what the replies say is enough", () =>
    Effect.gen(function* () {
      const refs = yield* team(5)
      let next = 0
      const work = Effect.sync(() => ++next)
      const enough = ({ value }: { readonly value: unknown }) => value === 3
      const result = yield* Process.gather(refs, "Run", { work }, { until: { enough } })
      assert.deepStrictEqual(
        result.replies.map((reply) => reply.value),
        [1, 2, 3]
      )
      assert.deepStrictEqual(result.silent, refs.slice(3))
    })
  )

  clean("a predicate that throws is a defect of its caller, and harms no process", () =>
    Effect.gen(function* () {
      const refs = yield* team(3)
      const enough = (): boolean => {
        throw new Error("in the predicate")
      }
      const exit = yield* Effect.exit(Process.gather(refs, "Read", undefined, { until: { enough } }))
      assert.isTrue(Exit.hasDies(exit))
      yield* turns
      for (const ref of refs) assert.deepStrictEqual(yield* ref.call("Read"), [])
    })
  )

  clean("without a deadline it waits for ever", () =>
    Effect.gen(function* () {
      const refs = yield* team(2)
      const busy = yield* occupy(refs[0]!)
      const gathering = yield* fork(Process.gather(refs, "Read", undefined, { deadline: "Infinity" }))
      yield* TestClock.adjust("10 days")
      assert.isUndefined(gathering.pollUnsafe())
      yield* busy.release
      assert.strictEqual((yield* Fiber.join(gathering)).replies.length, 2)
    })
  )

  clean("asks a member twice that is named twice", () =>
    Effect.gen(function* () {
      const [ref] = yield* team(1)
      const result = yield* Process.gather([ref!, ref!], "Read", undefined)
      assert.strictEqual(result.replies.length, 2)
    })
  )

  clean("a full mailbox is a failure of that member alone", () =>
    Effect.gen(function* () {
      const full = yield* start({ mailbox: { capacity: 1 } })
      const busy = yield* occupy(full)
      yield* full.cast("Log", { text: "fills it" })
      const free = yield* start()
      const result = yield* Process.gather([full, free], "Read", undefined)
      assert.strictEqual(result.replies.length, 1)
      assert.instanceOf(result.failures[0]?.error, Process.MailboxFull)
      yield* busy.release
    })
  )

  clean("an interrupted gathering leaves the handlers at work alone", () =>
    Effect.gen(function* () {
      const refs = yield* team(2)
      const busy = yield* occupy(refs[0]!)
      const gathering = yield* fork(Process.gather(refs, "Log", { text: "seen" }))
      yield* Fiber.interrupt(gathering)
      yield* busy.release
      for (const ref of refs) assert.deepStrictEqual(yield* ref.call("Read"), ["seen"])
    })
  )

  clean("answers that come after the end are dropped", () =>
    Effect.gen(function* () {
      const refs = yield* team(2)
      const busy = yield* occupy(refs[0]!)
      const gathering = yield* fork(Process.gather(refs, "Read", undefined, { deadline: 10 }))
      yield* turns
      yield* TestClock.adjust(10)
      const result = yield* Fiber.join(gathering)
      yield* busy.release
      yield* turns
      assert.strictEqual(result.replies.length, 1)
    })
  )
})

describe("multicast", () => {
  clean("casts to all and gives those whose mailbox was full; the dead make dead letters", () =>
    Effect.gen(function* () {
      const free = yield* start()
      const full = yield* start({ mailbox: { capacity: 1 } })
      const dead = yield* start()
      yield* Process.stop(dead)
      const busy = yield* occupy(full)
      yield* full.cast("Log", { text: "fills it" })
      assert.deepStrictEqual(yield* Process.multicast([free, full, dead], "Log", { text: "news" }), [full])
      assert.deepStrictEqual(yield* free.call("Read"), ["news"])
      assert.deepStrictEqual(
        (yield* letters).map((letter) => letter.process),
        [dead.label]
      )
      yield* busy.release
    })
  )
})
