/** Reads of streams and of the whole log, and queries. */
import { assert } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { TestClock } from "effect/testing"
import { EventStore } from "../../events/EventStore.ts"
import { data, event, fresh, numbers, versions } from "./shared.ts"
import type { It } from "./shared.ts"

export const reads = (it: It): void => {
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
      assert.deepStrictEqual(versions(yield* store.query({ stream, since: start + 1_000, until: start + 2_000 })), [2])
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
}
