import { assert, describe, it } from "@effect/vitest"
import { Cause, Clock, Effect, Exit, Fiber, Layer, Logger, Random, Stream } from "effect"
import { BackendError, Unavailable } from "../../src/BackendError.ts"
import * as EventLog from "../../src/events/EventLog.ts"
import * as EventStore from "../../src/events/EventStore.ts"
import { EventStoreContract } from "../../src/testing/index.ts"

EventStoreContract.suite("memory", EventStore.layerMemory)

const good = {
  id: "id",
  stream: "s",
  version: 1,
  position: 1,
  type: "A",
  data: "1",
  time: 0,
  correlationId: null,
  causationId: null
}

/** A log whose reads all give this row. */
const logOf = (row: unknown) =>
  Layer.effect(
    EventLog.EventLog,
    Effect.map(EventLog.EventLog, (log) =>
      EventLog.EventLog.of({
        ...log,
        head: Effect.succeed(1),
        info: () => Effect.succeed({ version: 1, first: 1 }),
        readStream: () => Effect.succeed([row]),
        readAfter: () => Effect.succeed([row]),
        readPrunable: () => Effect.succeed([row]),
        query: () => Effect.succeed([row]),
        lookup: () => Effect.succeedSome(row),
        loadSnapshot: () => Effect.succeedSome(row)
      })
    )
  ).pipe(Layer.provide(EventStore.layerLogMemory()))

describe("EventStore", () => {
  it.effect("stored junk is Corrupt wherever it is read, and named", () =>
    Effect.gen(function* () {
      const junk: ReadonlyArray<unknown> = [
        null,
        "row",
        {},
        { ...good, data: "{" },
        { ...good, data: 7n },
        { ...good, version: 0 },
        { ...good, position: "1" },
        { ...good, stream: "" },
        { ...good, colour: "red" }
      ]
      const step = (state: number) => state + 1
      for (const row of junk) {
        const errors = yield* Effect.gen(function* () {
          const store = yield* EventStore.EventStore
          return yield* Effect.all([
            Effect.flip(store.read("s")),
            Effect.flip(store.readAll()),
            Effect.flip(store.query({})),
            Effect.flip(store.get("id")),
            Effect.flip(store.stateAt("s", { initial: 0, step })),
            Effect.flip(store.subscribe().pipe(Stream.runDrain)),
            Effect.flip(store.archive({ before: 1, write: () => Effect.void }))
          ])
        }).pipe(Effect.provide(Layer.provide(EventStore.layer, logOf(row))))
        for (const error of errors) {
          assert.strictEqual(error._tag, "BackendError")
          if (error._tag === "BackendError") assert.strictEqual(error.reason._tag, "Corrupt")
        }
      }
    })
  )

  it.effect("a junk snapshot is Corrupt", () =>
    Effect.gen(function* () {
      const store = yield* EventStore.EventStore
      const caught = store
        .loadSnapshot("s")
        .pipe(Effect.catchReason("BackendError", "Corrupt", (reason) => Effect.succeed(reason.message)))
      assert.include(yield* caught, "stored bytes are corrupt")
    }).pipe(Effect.provide(Layer.provide(EventStore.layer, logOf({ stream: "s", version: 1, state: "{", time: 0 }))))
  )

  it.effect("a failing backend fails the call, with a reason that can be opened", () => {
    const away = new BackendError({ reason: new Unavailable({ operation: "EventLog.commit", detail: "gone" }) })
    const log = Layer.effect(
      EventLog.EventLog,
      Effect.map(EventLog.EventLog, (log) => EventLog.EventLog.of({ ...log, commit: () => Effect.fail(away) }))
    ).pipe(Layer.provide(EventStore.layerLogMemory()))
    return Effect.gen(function* () {
      const store = yield* EventStore.EventStore
      const append = store.append("s", "any", [{ type: "A", data: 1 }])
      assert.strictEqual((yield* Effect.flip(append)).message, "EventLog.commit: the backend is unavailable: gone")
      const reached = append.pipe(Effect.catchReason("BackendError", "Unavailable", () => Effect.succeed("caught")))
      assert.strictEqual(yield* reached, "caught")
      assert.isTrue(away.retryable)
    }).pipe(Effect.provide(Layer.provide(EventStore.layer, log)))
  })

  it.effect("limits can be lowered, and a full memory log says so", () =>
    Effect.gen(function* () {
      const store = yield* EventStore.EventStore
      const two = [
        { type: "A", data: 1 },
        { type: "A", data: 2 }
      ]
      assert.strictEqual((yield* Effect.flip(store.append("s", "any", [...two, ...two])))._tag, "BatchTooLarge")
      const large = yield* Effect.flip(store.append("s", "any", [{ type: "A", data: "12345678901" }]))
      assert.strictEqual(large.message, "data of event 0 has 13 bytes, the limit is 12")
      yield* store.append("s", "any", two)
      yield* store.append("s", "any", [{ type: "A", data: 3 }])
      const full = yield* Effect.flip(store.append("s", "any", [{ type: "A", data: 4 }]))
      assert.include(full.message, "holds at most 3 events")
      assert.strictEqual((yield* store.stats).events, 3)
    }).pipe(
      Effect.provide(
        EventStore.layerWith({ batchMax: 3, dataBytesMax: 12 }).pipe(
          Layer.provide(EventStore.layerLogMemory({ eventsMax: 3 }))
        )
      )
    )
  )

  it.effect("large data is warned of by its bytes, not its characters", () =>
    Effect.gen(function* () {
      const lines: Array<unknown> = []
      const logger = Logger.make(({ message }) => void lines.push(message))
      const append = (data: string) =>
        EventStore.EventStore.use((store) => store.append("s", "any", [{ id: data, type: "A", data }]))
      const layer = Layer.provide(EventStore.layerWith({ dataBytesWarn: 10 }), EventStore.layerLogMemory())
      // With their quotes 10, 8, 10 and 12 bytes, 10, 5, 6 and 7 characters.
      yield* Effect.forEach(["12345678", "ééé", "éééé", "ééééé"], append).pipe(
        Effect.provide(Layer.merge(layer, Logger.layer([logger])))
      )
      assert.deepStrictEqual(lines.flat(), ['event "ééééé" of stream "s" is large: 12 bytes'])
    })
  )

  it.effect("limits out of their range are refused when the layer is built", () =>
    Effect.gen(function* () {
      const refused = <A>(layer: Layer.Layer<A>) =>
        Effect.map(Effect.exit(Effect.scoped(Layer.build(layer))), (exit) => {
          const defect = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
          return defect instanceof RangeError ? defect.message : undefined
        })
      const store = (options: EventStore.Options) =>
        refused(Layer.provide(EventStore.layerWith(options), EventStore.layerLogMemory()))
      for (const wrong of [Number.NaN, 0.5, -1]) {
        const not = `not ${wrong}`
        assert.include(yield* store({ dataBytesMax: wrong }), "EventStore: dataBytesMax is a whole number from 1 to")
        assert.include(yield* store({ dataBytesWarn: wrong }), not)
        assert.include(
          yield* store({ batchMax: wrong }),
          `EventStore: batchMax is a whole number from 1 to 100000, ${not}`
        )
        assert.include(yield* refused(EventStore.layerLogMemory({ eventsMax: wrong })), not)
      }
      assert.isUndefined(yield* store({ dataBytesMax: 1, dataBytesWarn: Number.POSITIVE_INFINITY, batchMax: 1 }))
    })
  )

  it.effect("a consumer's checkpoint moves past what its filter skips, so that it is not read again", () =>
    Effect.gen(function* () {
      const reads: Array<number> = []
      const log = Layer.effect(
        EventLog.EventLog,
        Effect.map(EventLog.EventLog, (log) =>
          EventLog.EventLog.of({
            ...log,
            readAfter: (options) => {
              reads.push(options.after)
              return log.readAfter(options)
            }
          })
        )
      ).pipe(Layer.provide(EventStore.layerLogMemory()))
      yield* Effect.gen(function* () {
        const store = yield* EventStore.EventStore
        const other = (count: number) =>
          store.append(
            "s",
            "any",
            Array.from({ length: count }, () => ({ type: "other", data: null }))
          )
        const consume = (types: ReadonlyArray<string>) => {
          const options = { subscriber: "me", types, checkpointEvery: 10, handle: () => Effect.void }
          return Effect.forkChild(store.consume(options), { startImmediately: true })
        }
        yield* other(500)
        const nothing = yield* consume(["mine"])
        assert.strictEqual(yield* store.checkpoint("me"), 500)
        // Fewer than `checkpointEvery` are not worth a write.
        yield* other(9)
        yield* Effect.yieldNow
        assert.strictEqual(yield* store.checkpoint("me"), 500)
        yield* other(1)
        yield* Effect.yieldNow
        assert.strictEqual(yield* store.checkpoint("me"), 510)
        yield* store.append("s", "any", [
          { type: "mine", data: null },
          { type: "other", data: null }
        ])
        yield* Effect.yieldNow
        assert.strictEqual(yield* store.checkpoint("me"), 512)
        yield* Fiber.interrupt(nothing)
        reads.length = 0
        yield* other(1)
        yield* Fiber.interrupt(yield* consume(["mine"]))
        assert.deepStrictEqual(reads, [512])
      }).pipe(Effect.provide(Layer.provide(EventStore.layer, log)))
    })
  )

  it.effect("what the writer changes later does not change the store", () =>
    Effect.gen(function* () {
      const store = yield* EventStore.EventStore
      const data = { list: [1] }
      yield* store.append("s", "none", [{ type: "A", data }])
      data.list.push(2)
      assert.deepStrictEqual((yield* store.read("s"))[0]?.data, { list: [1] })
    }).pipe(Effect.provide(EventStore.layerMemory))
  )

  it.effect("one seed and one clock give the same ids, growing also within a millisecond", () =>
    Effect.gen(function* () {
      const run = Effect.gen(function* () {
        const store = yield* EventStore.EventStore
        const many = Array.from({ length: 1_000 }, () => ({ type: "A", data: null }))
        for (let round = 0; round < 5; round++) yield* store.append("s", "any", many)
        return (yield* store.readAll({ limit: 5_000 })).map((event) => event.id)
      }).pipe(Effect.provide(EventStore.layerMemory, { local: true }), Random.withSeed("ids"))
      const ids = yield* run
      assert.deepStrictEqual(yield* run, ids)
      assert.deepStrictEqual([...ids].sort(), ids)
      assert.strictEqual(new Set(ids).size, 5_000)
      assert.match(ids[0]!, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      assert.isAtLeast(yield* Clock.currentTimeMillis, 0)
    })
  )
})
