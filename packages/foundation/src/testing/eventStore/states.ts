/** States, snapshots, pruning and archives. */
import { assert } from "@effect/vitest"
import { Clock, Effect, Option, Schema } from "effect"
import { TestClock } from "effect/testing"
import type * as Event from "../../events/Event.ts"
import { EventStore } from "../../events/EventStore.ts"
import { data, fresh, numbers, versions } from "./shared.ts"
import type { It } from "./shared.ts"

export const states = (it: It): void => {
  it.effect("a state is folded up to a version, a position or a time", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      const stream = fresh("state")
      const start = yield* Clock.currentTimeMillis
      for (const input of numbers(5)) {
        yield* store.append(stream, "any", [input])
        yield* TestClock.adjust("1 second")
      }
      const third = (yield* store.read(stream))[2]!
      const sum = { initial: 0, step: (state: number, it: Event.Stored) => state + Number(it.data) }
      assert.deepStrictEqual(yield* store.stateAt(stream, sum), { state: 15, version: 5 })
      assert.deepStrictEqual(yield* store.stateAt(stream, { ...sum, until: { version: 2 } }), {
        state: 3,
        version: 2
      })
      assert.deepStrictEqual(yield* store.stateAt(stream, { ...sum, until: { position: third.position } }), {
        state: 6,
        version: 3
      })
      assert.deepStrictEqual(yield* store.stateAt(stream, { ...sum, until: { time: start + 3_000 } }), {
        state: 10,
        version: 4
      })
      assert.deepStrictEqual(yield* store.stateAt(fresh("state"), sum), { state: 0, version: 0 })
    })
  )

  it.effect("a snapshot shortens the fold, and the newest fitting one is taken", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      const stream = fresh("snapshot")
      yield* store.append(stream, "none", numbers(10))
      const steps: Array<number> = []
      const sum = {
        initial: 0,
        step: (state: number, it: Event.Stored) => {
          steps.push(it.version)
          return state + Number(it.data)
        },
        snapshot: Schema.Finite
      }
      assert.isTrue(Option.isNone(yield* store.loadSnapshot(stream)))
      yield* store.saveSnapshot(stream, 3, 6)
      yield* store.saveSnapshot(stream, 8, 36)
      assert.deepStrictEqual(yield* store.stateAt(stream, sum), { state: 55, version: 10 })
      assert.deepStrictEqual(steps, [9, 10])
      assert.deepStrictEqual(yield* store.stateAt(stream, { ...sum, until: { version: 5 } }), {
        state: 15,
        version: 5
      })
      assert.deepStrictEqual(steps, [9, 10, 4, 5])
      const newest = yield* store.loadSnapshot(stream)
      assert.deepInclude(Option.getOrThrow(newest), { stream, version: 8, state: 36 })
      const ahead = yield* Effect.flip(store.saveSnapshot(stream, 11, 0))
      assert.strictEqual(ahead._tag, "InvalidRequest")
      for (const version of [1, 2, 4]) yield* store.saveSnapshot(stream, version, version)
      assert.strictEqual(Option.getOrThrow(yield* store.loadSnapshot(stream, 3)).version, 3)
      assert.isTrue(Option.isNone(yield* store.loadSnapshot(stream, 2)), "only the newest three are kept")
    })
  )

  it.effect("E55: pruning before a time removes the two older events, keeps the third and reports 2", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      const stream = fresh("prune")
      const before: Array<number> = []
      for (const input of numbers(3)) {
        before.push(yield* Clock.currentTimeMillis)
        yield* store.append(stream, "any", [{ ...input, id: fresh("id") }])
        yield* TestClock.adjust("1 hour")
      }
      assert.strictEqual(yield* store.prune({ stream, before: before[2]! }), 2)
      assert.deepStrictEqual(versions(yield* store.read(stream)), [3])
      assert.deepStrictEqual(yield* store.info(stream), { version: 3, first: 3 })
      assert.strictEqual(yield* store.prune({ stream, before: before[2]! }), 0)
    })
  )

  it.effect("pruning keeps version numbers, also when nothing is left", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      const stream = fresh("pruned")
      yield* store.append(stream, "none", numbers(4))
      assert.strictEqual(yield* store.prune({ stream, beforeVersion: 5 }), 4)
      assert.deepStrictEqual(yield* store.info(stream), { version: 4, first: 5 })
      assert.strictEqual((yield* Effect.flip(store.append(stream, "none", numbers(1))))._tag, "WrongExpectedVersion")
      assert.strictEqual((yield* store.append(stream, 4, numbers(1))).version, 5)
      const sum = { initial: 0, step: (state: number) => state + 1 }
      const missing = yield* Effect.flip(store.stateAt(stream, sum))
      assert.deepInclude(missing, { _tag: "EventsPruned", from: 1, first: 5 })
      yield* store.saveSnapshot(stream, 4, 4)
      assert.deepStrictEqual(yield* store.stateAt(stream, { ...sum, snapshot: Schema.Finite }), {
        state: 5,
        version: 5
      })
      for (const options of [{}, { beforeVersion: 3 }, { stream }]) {
        assert.strictEqual((yield* Effect.flip(store.prune(options)))._tag, "InvalidRequest")
      }
    })
  )

  it.effect("an archive gets exactly the pruned events, in order; a failing archive prunes nothing", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      const stream = fresh("archive")
      yield* store.append(stream, "none", numbers(600))
      const options = { stream, beforeVersion: 501 }
      const failed = yield* Effect.flip(store.archive({ ...options, write: () => Effect.fail("tape full") }))
      assert.strictEqual(failed, "tape full")
      assert.strictEqual((yield* store.info(stream)).first, 1)
      const kept: Array<Event.Stored> = []
      const write = (events: ReadonlyArray<Event.Stored>) => Effect.sync(() => void kept.push(...events))
      assert.strictEqual(yield* store.archive({ ...options, write }), 500)
      assert.deepStrictEqual(
        data(kept),
        Array.from({ length: 500 }, (_, index) => index + 1)
      )
      assert.deepStrictEqual(yield* store.info(stream), { version: 600, first: 501 })
    })
  )
}
