/**
 * What every event store must do, as a suite that any backend can run.
 *
 * **When to use** Call `suite("my backend", layer)` in a test file of your backend. The layer is built once for the
 * suite; tests bring streams of their own, so other data in the store does no harm as long as nobody else writes.
 *
 * @since 0.1.0
 */
import { assert, layer as layerBlock } from "@effect/vitest"
import { Arbitrary, Clock, Effect, Fiber, Option, Result, Schema, Stream } from "effect"
import type { Layer } from "effect"
import { TestClock } from "effect/testing"
import type * as Event from "../events/Event.ts"
import { EventStore } from "../events/EventStore.ts"
import { campaign } from "./campaign.ts"
import { eventStoreModel } from "./EventStoreModel.ts"

let streams = 0
/** A stream name that no other test of this process uses. */
const fresh = (name: string): string => `${name}-${++streams}`

const event = (type: string, data: Schema.Json = null, more: Partial<Event.Input> = {}): Event.Input => ({
  type,
  data,
  ...more
})
const numbers = (count: number, from = 1): ReadonlyArray<Event.Input> =>
  Array.from({ length: count }, (_, index) => event("Counted", from + index))
const versions = (events: ReadonlyArray<Event.Stored>) => events.map((it) => it.version)
const data = (events: ReadonlyArray<Event.Stored>) => events.map((it) => it.data)
const isGrowing = <A extends string | number>(values: ReadonlyArray<A>): boolean =>
  values.every((value, index) => index === 0 || values[index - 1]! < value)

/** Runs the contract against the backend that `layer` builds. */
export const suite = <E>(name: string, layer: Layer.Layer<EventStore, E>): void =>
  layerBlock(layer, { timeout: "60 seconds" })(`EventStore contract: ${name}`, (it) => {
    // Appends

    it.effect("E51: three events of a batch get growing ids, versions 1 to 3 and growing positions", () =>
      Effect.gen(function* () {
        const store = yield* EventStore
        const stream = fresh("batch")
        const { events, version, repeated } = yield* store.append(stream, "none", numbers(3))
        assert.strictEqual(version, 3)
        assert.isFalse(repeated)
        assert.isTrue(isGrowing(events.map((it) => it.id)))
        assert.isTrue(isGrowing(events.map((it) => it.position)))
        assert.deepStrictEqual(versions(events), [1, 2, 3])
        assert.deepStrictEqual(yield* store.read(stream), [...events])
      })
    )

    it.effect("E51: a batch with one invalid event stores none", () =>
      Effect.gen(function* () {
        const store = yield* EventStore
        const stream = fresh("invalid")
        const error = yield* Effect.flip(store.append(stream, "any", [event("Good"), event(""), event("Good")]))
        assert.strictEqual(error._tag, "InvalidEvent")
        assert.deepStrictEqual(yield* store.read(stream), [])
        assert.deepStrictEqual(yield* store.info(stream), { version: 0, first: 1 })
      })
    )

    it.effect("E56: a missing field is named, an unknown one too", () =>
      Effect.gen(function* () {
        const store = yield* EventStore
        const stream = fresh("missing")
        const junk = (value: unknown) => Effect.flip(store.append(stream, "any", [value as Event.Input]))
        const missing = yield* junk({ data: 1 })
        assert.strictEqual(missing._tag, "InvalidEvent")
        assert.include(missing.message, `Missing key at ["type"]`)
        const excess = yield* junk({ type: "A", data: 1, colour: "red" })
        assert.strictEqual(excess._tag, "InvalidEvent")
        assert.include(excess.message, "colour")
        for (const data of [undefined, Number.NaN, new Date(0), { a: () => 1 }, 1n]) {
          assert.strictEqual((yield* junk({ type: "A", data }))._tag, "InvalidEvent")
        }
        assert.deepStrictEqual(yield* store.read(stream), [])
      })
    )

    it.effect("E56: data over 1 MiB is too large, 1 MiB is not; over 1,000 events are refused", () =>
      Effect.gen(function* () {
        const store = yield* EventStore
        const stream = fresh("large")
        const error = yield* Effect.flip(store.append(stream, "any", [event("Big", "x".repeat(1_048_575))]))
        assert.strictEqual(error._tag, "DataTooLarge")
        const wide = yield* Effect.flip(store.append(stream, "any", [event("Big", "ä".repeat(600_000))]))
        assert.strictEqual(wide._tag, "DataTooLarge")
        yield* store.append(stream, "none", [event("Big", "x".repeat(1_048_574))])
        const many = yield* Effect.flip(store.append(stream, "any", numbers(1_001)))
        assert.strictEqual(many._tag, "BatchTooLarge")
        assert.strictEqual((yield* store.append(stream, 1, numbers(1_000))).version, 1_001)
      })
    )

    it.effect("E56: an unknown id is not found", () =>
      Effect.gen(function* () {
        const store = yield* EventStore
        const error = yield* Effect.flip(store.get(fresh("nobody")))
        assert.strictEqual(error._tag, "EventNotFound")
        assert.isTrue(Option.isNone(yield* store.lookup(fresh("nobody"))))
        const { events } = yield* store.append(fresh("some"), "none", numbers(1))
        assert.deepStrictEqual(yield* store.get(events[0]!.id), events[0])
      })
    )

    it.effect("the expected version decides: any, none, or the version of the last event", () =>
      Effect.gen(function* () {
        const store = yield* EventStore
        const stream = fresh("expected")
        yield* store.append(stream, "none", numbers(2))
        const none = yield* Effect.flip(store.append(stream, "none", numbers(1)))
        assert.strictEqual(none._tag, "WrongExpectedVersion")
        assert.include(none.message, "is at version 2, expected none")
        const late = yield* Effect.flip(store.append(stream, 1, numbers(1)))
        assert.deepInclude(late, { _tag: "WrongExpectedVersion", expected: 1, actual: 2 })
        assert.strictEqual((yield* store.append(stream, 2, numbers(1))).version, 3)
        assert.strictEqual((yield* store.append(stream, "any", numbers(1))).version, 4)
        assert.strictEqual((yield* store.append(fresh("expected"), 0, numbers(1))).version, 1)
      })
    )

    it.effect("the same ids with the same content succeed again without effect, before the version is looked at", () =>
      Effect.gen(function* () {
        const store = yield* EventStore
        const stream = fresh("again")
        const batch = [
          event("A", { x: 1, y: 2 }, { id: fresh("id"), correlationId: "c" }),
          event("B", null, { id: fresh("id") })
        ]
        const first = yield* store.append(stream, "none", batch)
        yield* store.append(stream, "any", numbers(1))
        const again = yield* store.append(stream, "none", batch)
        assert.isTrue(again.repeated)
        assert.deepStrictEqual(again.events, first.events)
        assert.strictEqual(again.version, 3)
        assert.strictEqual((yield* store.append(stream, 77, [batch[1]!])).repeated, true)
        assert.isTrue(
          (yield* store.append(stream, "none", [{ ...batch[0]!, data: { y: 2, x: 1 } }, batch[1]!])).repeated
        )
        assert.deepStrictEqual(versions(yield* store.read(stream)), [1, 2, 3])
      })
    )

    it.effect("an id with other content is refused", () =>
      Effect.gen(function* () {
        const store = yield* EventStore
        const stream = fresh("reused")
        const id = fresh("id")
        const old = event("A", 1, { id, correlationId: "c", causationId: "d" })
        yield* store.append(stream, "none", [old])
        const others: ReadonlyArray<Event.Input> = [
          { ...old, data: 2 },
          { ...old, type: "B" },
          { ...old, correlationId: "other" },
          { ...old, causationId: "other" },
          event("A", 1, { id })
        ]
        for (const other of others) {
          const error = yield* Effect.flip(store.append(stream, "any", [other]))
          assert.deepInclude(error, { _tag: "EventIdReused", id, because: "other content" })
        }
        const elsewhere = yield* Effect.flip(store.append(fresh("reused"), "any", [old]))
        assert.strictEqual(elsewhere._tag, "EventIdReused")
        const mixed = yield* Effect.flip(store.append(stream, "any", [old, event("New")]))
        assert.deepInclude(mixed, { _tag: "EventIdReused", because: "partly stored" })
        const twin = event("T", 1, { id: fresh("id") })
        const twice = yield* Effect.flip(store.append(stream, "any", [twin, twin]))
        assert.deepInclude(twice, { _tag: "EventIdReused", because: "twice in one append" })
        assert.deepStrictEqual(versions(yield* store.read(stream)), [1])
      })
    )

    it.effect("appendAll writes several streams or none, at neighbouring positions", () =>
      Effect.gen(function* () {
        const store = yield* EventStore
        const [left, right] = [fresh("left"), fresh("right")]
        yield* store.append(right, "none", numbers(1))
        const error = yield* Effect.flip(
          store.appendAll([
            { stream: left, expected: "none", events: numbers(2) },
            { stream: right, expected: "none", events: numbers(1) }
          ])
        )
        assert.deepInclude(error, { _tag: "WrongExpectedVersion", stream: right, actual: 1 })
        assert.deepStrictEqual(yield* store.read(left), [])
        const parts = [
          {
            stream: left,
            expected: "none",
            events: [event("A", 1, { id: fresh("id") }), event("A", 2, { id: fresh("id") })]
          },
          { stream: right, expected: 1, events: [event("A", 3, { id: fresh("id") })] }
        ] as const
        const done = yield* store.appendAll(parts)
        const positions = done.flatMap((it) => it.events.map((stored) => stored.position))
        assert.deepStrictEqual(positions, [positions[0]!, positions[0]! + 1, positions[0]! + 2])
        const again = yield* store.appendAll(parts)
        assert.deepStrictEqual(
          again.map((it) => [it.repeated, it.events]),
          done.map((it) => [true, it.events])
        )
        assert.deepStrictEqual(versions(yield* store.read(right)), [1, 2])
        yield* store.appendAll([
          { stream: left, expected: 2, events: numbers(1) },
          { stream: left, expected: 3, events: numbers(1) }
        ])
        assert.deepStrictEqual(versions(yield* store.read(left)), [1, 2, 3, 4])
      })
    )

    it.effect("E57: 50 concurrent appends store 50 events with 50 ids, and the statistics count them", () =>
      Effect.gen(function* () {
        const store = yield* EventStore
        const before = yield* store.stats
        const stream = fresh("concurrent")
        const done = yield* Effect.all(
          Array.from({ length: 50 }, (_, index) => store.append(stream, "any", [event("A", index)])),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(new Set(done.map((it) => it.events[0]!.id)).size, 50)
        const after = yield* store.stats
        assert.strictEqual(after.events - before.events, 50)
        assert.strictEqual(after.position - before.position, 50)
        assert.strictEqual(after.streams - before.streams, 1)
        assert.deepStrictEqual(
          versions(yield* store.read(stream)),
          Array.from({ length: 50 }, (_, index) => index + 1)
        )
      })
    )

    it.effect("of 20 concurrent appends that expect the same version one wins", () =>
      Effect.gen(function* () {
        const store = yield* EventStore
        const stream = fresh("race")
        const results = yield* Effect.all(
          Array.from({ length: 20 }, (_, index) => Effect.result(store.append(stream, "none", [event("A", index)]))),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(results.filter(Result.isSuccess).length, 1)
        assert.strictEqual((yield* store.read(stream)).length, 1)
      })
    )

    it.effect("E58: 20 quickly stored events come back in exactly their sequence", () =>
      Effect.gen(function* () {
        const store = yield* EventStore
        const stream = fresh("sequence")
        for (const input of numbers(20)) yield* store.append(stream, "any", [input])
        const expected = Array.from({ length: 20 }, (_, index) => index + 1)
        assert.deepStrictEqual(data(yield* store.read(stream)), expected)
        assert.deepStrictEqual(data(yield* store.query({ stream, orderBy: "time" })), expected)
        assert.deepStrictEqual(data(yield* store.query({ stream, orderBy: "id" })), expected)
      })
    )

    // Reads

    it.effect("a stream is read from a version, in both directions, within a limit", () =>
      Effect.gen(function* () {
        const store = yield* EventStore
        const stream = fresh("read")
        yield* store.append(stream, "none", numbers(10))
        assert.deepStrictEqual(versions(yield* store.read(stream, { from: 4, limit: 3 })), [4, 5, 6])
        assert.deepStrictEqual(versions(yield* store.read(stream, { direction: "backwards", limit: 2 })), [10, 9])
        assert.deepStrictEqual(versions(yield* store.read(stream, { from: 3, direction: "backwards" })), [3, 2, 1])
        assert.deepStrictEqual(yield* store.read(stream, { from: 11 }), [])
        assert.deepStrictEqual(yield* store.read(stream, { from: 0, direction: "backwards" }), [])
        assert.deepStrictEqual(yield* store.read(fresh("unknown")), [])
        for (const options of [{ limit: 0 }, { limit: 10_001 }, { from: -1 }, { from: 1.5 }]) {
          assert.strictEqual((yield* Effect.flip(store.read(stream, options)))._tag, "InvalidRequest")
        }
      })
    )

    it.effect("the whole log is read in pages, without gaps, in the order of appending", () =>
      Effect.gen(function* () {
        const store = yield* EventStore
        const { position: start } = yield* store.stats
        const names = [fresh("all"), fresh("all"), fresh("all")]
        for (let index = 0; index < 30; index++) yield* store.append(names[index % 3]!, "any", [event("A", index)])
        const first = yield* store.readAll({ after: start, limit: 20 })
        const second = yield* store.readAll({ after: first.at(-1)!.position })
        const all = [...first, ...second]
        assert.deepStrictEqual(
          data(all),
          Array.from({ length: 30 }, (_, index) => index)
        )
        assert.deepStrictEqual(
          all.map((it) => it.position),
          Array.from({ length: 30 }, (_, index) => start + 1 + index)
        )
      })
    )

    it.effect("E52: by type 2 of 3, and a time range takes the one inside", () =>
      Effect.gen(function* () {
        const store = yield* EventStore
        const stream = fresh("query")
        const start = yield* Clock.currentTimeMillis
        for (const type of ["A", "B", "A"]) {
          yield* store.append(stream, "any", [event(type)])
          yield* TestClock.adjust("1 second")
        }
        assert.deepStrictEqual(versions(yield* store.query({ stream, type: "A" })), [1, 3])
        assert.deepStrictEqual(versions(yield* store.query({ stream, type: ["A", "B"] })), [1, 2, 3])
        assert.deepStrictEqual(
          versions(yield* store.query({ stream, since: start + 1_000, until: start + 2_000 })),
          [2]
        )
        assert.deepStrictEqual(yield* store.query({ stream, type: "C" }), [])
        assert.deepStrictEqual(yield* store.query({ stream, type: [] }), [])
      })
    )

    it.effect("E53: of 10 events offset 2 limit 3 is the third to the fifth, in the order asked for", () =>
      Effect.gen(function* () {
        const store = yield* EventStore
        const stream = fresh("page")
        for (const input of numbers(10)) {
          yield* store.append(stream, "any", [input])
          yield* TestClock.adjust("1 second")
        }
        for (const orderBy of ["position", "time", "id"] as const) {
          const page = { stream, orderBy, offset: 2, limit: 3 }
          assert.deepStrictEqual(data(yield* store.query(page)), [3, 4, 5])
          assert.deepStrictEqual(data(yield* store.query({ ...page, direction: "backwards" })), [8, 7, 6])
        }
      })
    )

    it.effect("E54: the events of a correlation come back in time order and no others with them", () =>
      Effect.gen(function* () {
        const store = yield* EventStore
        const [mine, other, cause] = [fresh("correlation"), fresh("correlation"), fresh("cause")]
        for (let index = 0; index < 9; index++) {
          const correlationId = index % 3 === 0 ? other : mine
          yield* store.append(fresh("request"), "any", [event("Step", index, { correlationId, causationId: cause })])
          yield* TestClock.adjust("1 millis")
        }
        assert.deepStrictEqual(data(yield* store.query({ correlationId: mine, orderBy: "time" })), [1, 2, 4, 5, 7, 8])
        assert.deepStrictEqual(data(yield* store.query({ correlationId: other })), [0, 3, 6])
        assert.strictEqual((yield* store.query({ causationId: cause })).length, 9)
        assert.deepStrictEqual(yield* store.query({ causationId: cause, correlationId: fresh("correlation") }), [])
      })
    )

    it.effect("an unknown filter is an error that names it", () =>
      Effect.gen(function* () {
        const store = yield* EventStore
        const filters: Record<string, unknown> = { stream: "s", colour: "red" }
        const error = yield* Effect.flip(store.query(filters))
        assert.strictEqual(error._tag, "InvalidRequest")
        assert.include(error.message, "colour")
        assert.strictEqual((yield* Effect.flip(store.query({ orderBy: "size" } as never)))._tag, "InvalidRequest")
      })
    )

    it.effect("E59: from any event of a chain of causes the walk over the parents ends at the root", () =>
      Effect.gen(function* () {
        const store = yield* EventStore
        const writers = Array.from({ length: 15 }, (_, writer) =>
          Effect.gen(function* () {
            let parent: string | undefined
            const depth = 3 + (writer % 6)
            for (let level = 0; level < depth; level++) {
              const input = event("Link", level, parent === undefined ? {} : { causationId: parent })
              const { events } = yield* store.append(fresh("chain"), "none", [input])
              parent = events[0]!.id
            }
            return [parent!, depth] as const
          })
        )
        const leaves = yield* Effect.all(writers, { concurrency: "unbounded" })
        const seen = new Set<string>()
        for (const [leaf, depth] of leaves) {
          let steps = 0
          for (let id: string | undefined = leaf; id !== undefined; steps++) {
            assert.isFalse(seen.has(id), "ids are unique and chains have no cycle")
            seen.add(id)
            id = (yield* store.get(id)).causationId
          }
          assert.strictEqual(steps, depth)
        }
      })
    )

    // Subscriptions

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

    it.effect("a subscription to the end sees only what comes next, of its types only", () =>
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

    it.effect("one append is enough to wake a subscriber that waits", () =>
      Effect.gen(function* () {
        const store = yield* EventStore
        const stream = fresh("wake")
        for (let round = 1; round <= 5; round++) {
          const next = yield* store
            .subscribe({ after: "end", stream })
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

    // States

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

    // Pruning

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

    // Values

    it.effect("E61: whatever JSON and names go in come back equal", () =>
      Effect.gen(function* () {
        const store = yield* EventStore
        const values: ReadonlyArray<Schema.Json> = [
          null,
          "",
          "\u0000 \ud800 \u2028 🙂 ' \" \\ %s $1 ?",
          1e308,
          Number.MIN_VALUE,
          9_007_199_254_740_991,
          [],
          {},
          JSON.parse(`{"__proto__":1,"constructor":{"a":[true,null]}}`) as Schema.Json
        ]
        const stream = fresh(`"; drop table events; -- ${"é".repeat(100)} constructor`)
        const { events } = yield* store.append(
          stream,
          "none",
          values.map((value) => event("__proto__", value, { id: fresh("id' "), correlationId: "toString" }))
        )
        assert.deepStrictEqual(data(events), values)
        assert.deepStrictEqual(yield* store.read(stream), [...events])
        for (const bad of ["", "x".repeat(256), "a\u0000b", "\ud800"]) {
          assert.strictEqual((yield* Effect.flip(store.append(bad, "any", [event("A")])))._tag, "InvalidRequest")
          assert.strictEqual((yield* Effect.flip(store.append(stream, "any", [event(bad)])))._tag, "InvalidEvent")
        }
      })
    )

    it.effect("answers as a simple model does, over random appends", () =>
      Effect.gen(function* () {
        const store = yield* EventStore
        const result = yield* Arbitrary.checkEffect(
          eventStoreModel.commands,
          (commands) => eventStoreModel.agrees(store, fresh("model"), commands),
          { runs: campaign(300, 3_000), replay: process.env["REPLAY"] }
        )
        const failure = Arbitrary.formatCheckFailure(result)
        if (failure === undefined) return
        const token = result._tag === "Falsified" ? result.replay : ""
        assert.fail(
          `${failure}\nReplay with: REPLAY='${token}' npx vitest run -t 'contract: ${name} > answers as a simple model'`
        )
      })
    )
  })
