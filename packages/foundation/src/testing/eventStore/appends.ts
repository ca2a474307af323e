/** Appends: versions, ids, limits, transactions. */
import { assert } from "@effect/vitest"
import { Effect, Option, Result } from "effect"
import type * as Event from "../../events/Event.ts"
import { EventStore } from "../../events/EventStore.ts"
import { data, event, fresh, numbers, versions } from "./shared.ts"
import type { It } from "./shared.ts"

const isGrowing = <A extends string | number>(values: ReadonlyArray<A>): boolean =>
  values.every((value, index) => index === 0 || values[index - 1]! < value)

export const appends = (it: It): void => {
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
      assert.isTrue((yield* store.append(stream, "none", [{ ...batch[0]!, data: { y: 2, x: 1 } }, batch[1]!])).repeated)
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
}
