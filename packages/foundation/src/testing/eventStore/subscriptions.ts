/** Subscriptions, checkpoints and consumers. */
import { assert } from "@effect/vitest"
import { Effect, Fiber, Option, Stream } from "effect"
import type { Schema } from "effect"
import { EventStore } from "../../events/EventStore.ts"
import { data, event, fresh, numbers } from "./shared.ts"
import type { It } from "./shared.ts"

export const subscriptions = (it: It): void => {
  it.effect("a subscription catches up and then follows, across pages, with every event once", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      const stream = fresh("follow")
      const { position: after } = yield* store.stats
      yield* store.append(stream, "any", numbers(700))
      const fiber = yield* store
        .subscribe({ after, stream })
        .pipe(Stream.take(900), Stream.runCollect, Effect.forkChild({ startImmediately: true }))
      for (let index = 0; index < 20; index++) {
        yield* store.append(fresh("noise"), "any", numbers(3))
        yield* store.append(stream, "any", numbers(10, 701 + index * 10))
      }
      const seen = yield* Fiber.join(fiber)
      assert.deepStrictEqual(
        data(seen),
        Array.from({ length: 900 }, (_, index) => index + 1)
      )
    })
  )

  it.effect("a subscription of some types sees these only", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      const [stream, type] = [fresh("end"), fresh("Type")]
      yield* store.append(stream, "any", [event(type, "old")])
      const fiber = yield* store
        .subscribe({ after: (yield* store.stats).position, types: [type] })
        .pipe(Stream.take(3), Stream.runCollect, Effect.forkChild({ startImmediately: true }))
      for (let index = 0; index < 3; index++) {
        yield* store.append(stream, "any", [event("Other", index), event(type, index)])
      }
      assert.deepStrictEqual(data(yield* Fiber.join(fiber)), [0, 1, 2])
      const later = yield* Effect.flip(store.subscribe({ after: -1 }).pipe(Stream.runDrain))
      assert.strictEqual(later._tag, "InvalidRequest")
    })
  )

  it.effect("a subscription to the end begins with what comes after it was opened", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      const stream = fresh("open")
      yield* store.append(stream, "any", [event("A", "old")])
      const head = store.subscribe({ after: "end", stream }).pipe(Stream.runHead)
      const first = yield* Effect.forkChild(head, { startImmediately: true })
      for (let round = 1; first.pollUnsafe() === undefined; round++) {
        yield* store.append(stream, "any", [event("A", round)])
      }
      assert.isNumber(Option.getOrThrow(yield* Fiber.join(first)).data)
    })
  )

  it.effect("one append is enough to wake a subscriber that waits", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      const stream = fresh("wake")
      for (let round = 1; round <= 5; round++) {
        const { position: after } = yield* store.stats
        const next = yield* store
          .subscribe({ after, stream })
          .pipe(Stream.runHead, Effect.forkChild({ startImmediately: true }))
        // Long enough for the subscriber to have found the end and to wait there.
        for (let turn = 0; turn < 20; turn++) yield* store.checkpoint(stream)
        yield* store.append(stream, "any", [event("A", round)])
        assert.strictEqual(Option.getOrThrow(yield* Fiber.join(next)).data, round)
      }
    })
  )

  it.effect("20 subscribers and 10 writers: each subscriber sees every event, in one order", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      const { position: after } = yield* store.stats
      const readers = yield* Effect.all(
        Array.from({ length: 20 }, () =>
          store
            .subscribe({ after })
            .pipe(Stream.take(100), Stream.runCollect, Effect.forkChild({ startImmediately: true }))
        )
      )
      const writer = (name: string) =>
        Effect.gen(function* () {
          for (const input of numbers(10)) yield* store.append(name, "any", [input])
        })
      yield* Effect.all(
        Array.from({ length: 10 }, () => writer(fresh("writer"))),
        { concurrency: "unbounded", discard: true }
      )
      for (const reader of readers) {
        const seen = yield* Fiber.join(reader)
        assert.deepStrictEqual(
          seen.map((it) => it.position),
          Array.from({ length: 100 }, (_, index) => after + 1 + index)
        )
      }
    })
  )

  it.effect("a checkpoint only moves forward unless it is reset", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      const subscriber = fresh("subscriber")
      assert.strictEqual(yield* store.checkpoint(subscriber), 0)
      yield* store.saveCheckpoint(subscriber, 7)
      yield* store.saveCheckpoint(subscriber, 5)
      assert.strictEqual(yield* store.checkpoint(subscriber), 7)
      yield* store.resetCheckpoint(subscriber, 2)
      assert.strictEqual(yield* store.checkpoint(subscriber), 2)
      assert.strictEqual((yield* Effect.flip(store.saveCheckpoint(subscriber, -1)))._tag, "InvalidRequest")
    })
  )

  it.effect("a consumer goes on behind its checkpoint after a failure and sees the failed event again", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      const [stream, subscriber] = [fresh("consume"), fresh("subscriber")]
      yield* store.append(stream, "none", numbers(10))
      const seen: Array<Schema.Json> = []
      const run = (failAt: number, stopAt: number) =>
        store.consume({
          subscriber,
          stream,
          checkpointEvery: 1,
          handle: (it) =>
            Effect.suspend(() => {
              if (it.data === failAt) return Effect.fail("handler failed" as const)
              seen.push(it.data)
              return it.data === stopAt ? Effect.fail("done" as const) : Effect.void
            })
        })
      assert.strictEqual(yield* Effect.flip(run(6, 0)), "handler failed")
      assert.strictEqual(yield* Effect.flip(run(0, 10)), "done")
      assert.deepStrictEqual(seen, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    })
  )
}
