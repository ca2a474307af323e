import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Exit, Fiber, Layer, Schema, Scope, Stream } from "effect"
import * as EventBus from "../../src/events/EventBus.ts"
import { campaign, law } from "../../src/testing/law.ts"

const bus = EventBus.EventBus

const take = (subscription: EventBus.Subscription, count: number) =>
  Effect.map(Stream.runCollect(Stream.take(subscription.messages, count)), (all) => all.map((it) => it.payload))

/** What has been delivered and not taken, ending the subscription. */
const rest = (subscription: EventBus.Subscription) =>
  Effect.andThen(
    subscription.unsubscribe,
    Effect.map(Stream.runCollect(subscription.messages), (all) => all.map((it) => it.payload))
  )

describe("EventBus", () => {
  it.effect(`E137: "test.*" receives test.a but not other.a, "*" receives all`, () =>
    Effect.gen(function* () {
      const { publish, subscribe } = yield* bus
      const [some, all, one] = [yield* subscribe("test.*"), yield* subscribe("*"), yield* subscribe("*.a")]
      assert.strictEqual(yield* publish("test.a", 1), 3)
      assert.strictEqual(yield* publish("other.a", 2), 2)
      assert.strictEqual(yield* publish("test", 3), 1)
      assert.strictEqual(yield* publish("test.b.c", 4), 2)
      assert.deepStrictEqual(yield* rest(some), [1, 4])
      assert.deepStrictEqual(yield* rest(all), [1, 2, 3, 4])
      assert.deepStrictEqual(yield* rest(one), [1, 2])
    }).pipe(Effect.provide(EventBus.layerMemory))
  )

  it.effect("E137: a history of 5 with limit 3 gives the last three; a full history drops its oldest", () =>
    Effect.gen(function* () {
      const { history, publish } = yield* bus
      for (let n = 1; n <= 5; n++) yield* publish(`test.${n % 2 === 0 ? "even" : "odd"}`, n)
      const payloads = (all: ReadonlyArray<EventBus.Message>) => all.map((it) => it.payload)
      assert.deepStrictEqual(payloads(yield* history({ limit: 3 })), [3, 4, 5])
      for (let n = 6; n <= 9; n++) yield* publish("more", n)
      assert.deepStrictEqual(payloads(yield* history()), [5, 6, 7, 8, 9])
      assert.deepStrictEqual(payloads(yield* history({ pattern: "test.*" })), [5])
    }).pipe(Effect.provide(EventBus.layerWith({ historyMax: 5 })))
  )

  it.effect("E137: a dead subscriber is removed, and unsubscribing stops delivery", () =>
    Effect.gen(function* () {
      const { publish, stats, subscribe } = yield* bus
      const scope = yield* Scope.make()
      const dying = yield* Scope.provide(subscribe("*"), scope)
      const leaving = yield* subscribe("*")
      assert.strictEqual(yield* publish("a", 1), 2)
      yield* Scope.close(scope, Exit.die("crash"))
      assert.strictEqual(yield* publish("a", 2), 1)
      yield* leaving.unsubscribe
      assert.strictEqual(yield* publish("a", 3), 0)
      assert.deepStrictEqual(yield* rest(dying), [1])
      assert.deepStrictEqual(yield* rest(leaving), [1, 2])
      assert.strictEqual((yield* stats).subscribers, 0)
      const end = yield* Effect.exit(leaving.take)
      assert.isTrue(Exit.isFailure(end))
    }).pipe(Effect.provide(EventBus.layerMemory))
  )

  it.effect("a slow subscriber loses its own oldest messages, counted, and holds up nobody", () =>
    Effect.gen(function* () {
      const { publish, stats, subscribe } = yield* bus
      const slow = yield* subscribe("*", { capacity: 10 })
      const quick = yield* subscribe("*", { capacity: 1_000 })
      for (let n = 1; n <= 100; n++) yield* publish("a", n)
      assert.strictEqual(yield* slow.dropped, 90)
      assert.strictEqual(yield* quick.dropped, 0)
      assert.deepStrictEqual(yield* take(slow, 10), [91, 92, 93, 94, 95, 96, 97, 98, 99, 100])
      assert.strictEqual((yield* take(quick, 100)).length, 100)
      assert.deepInclude(yield* stats, { published: 100, dropped: 90 })
    }).pipe(Effect.provide(EventBus.layerMemory))
  )

  it.effect("a waiting subscriber gets the next message, and the end of the bus ends it", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(EventBus.layerMemory, scope)
      const { publish, subscribe } = yield* Effect.provide(bus, context)
      const subscription = yield* subscribe("a")
      const seen = yield* Effect.forkChild(Stream.runCollect(subscription.messages), { startImmediately: true })
      yield* publish("a", 1)
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(
        (yield* Fiber.join(seen)).map((it) => it.payload),
        [1]
      )
    })
  )

  it.effect("a replay delivers the newest matching history first", () =>
    Effect.gen(function* () {
      const { publish, subscribe } = yield* bus
      for (let n = 1; n <= 5; n++) yield* publish(n === 4 ? "other" : "a", n)
      const late = yield* subscribe("a", { replay: 3 })
      yield* publish("a", 6)
      assert.deepStrictEqual(yield* rest(late), [2, 3, 5, 6])
    }).pipe(Effect.provide(EventBus.layerMemory))
  )

  it.effect("bad topics, settings and one subscriber too many are refused", () =>
    Effect.gen(function* () {
      const { history, publish, subscribe } = yield* bus
      for (const topic of ["", ".", "a.", "a..b", "*", "a.*", "x".repeat(256), "\u0000"]) {
        assert.strictEqual((yield* Effect.flip(publish(topic, 1)))._tag, "InvalidTopic")
      }
      for (const pattern of ["", "a*", "**", "a..*"]) {
        assert.strictEqual((yield* Effect.flip(subscribe(pattern)))._tag, "InvalidTopic")
      }
      assert.strictEqual((yield* Effect.flip(subscribe("a", { capacity: 0 })))._tag, "InvalidSetting")
      assert.strictEqual((yield* Effect.flip(history({ limit: -1 })))._tag, "InvalidSetting")
      yield* subscribe("a")
      assert.strictEqual((yield* Effect.flip(subscribe("a")))._tag, "TooManySubscribers")
    }).pipe(Effect.provide(EventBus.layerWith({ subscribersMax: 1 })))
  )

  law(
    "each subscriber sees the messages of its pattern in order, the newest when there are too many",
    campaign(1_000, 20_000),
    Arbitrary.all({
      topics: Arbitrary.schema(Schema.Array(Schema.Literals(["a", "a.b", "a.b.c", "d", "d.b"]))),
      capacity: Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 6 })))
    }),
    ({ topics, capacity }) =>
      Effect.gen(function* () {
        const { history, publish, subscribe } = yield* bus
        const patterns: ReadonlyArray<readonly [string, RegExp]> = [
          ["*", /^/],
          ["a.*", /^a\..+$/],
          ["*.b", /^[^.]+\.b$/],
          ["a.*.c", /^a\.[^.]+\.c$/],
          ["d", /^d$/]
        ]
        const subscriptions = yield* Effect.forEach(patterns, ([pattern]) => subscribe(pattern, { capacity }))
        for (let n = 0; n < topics.length; n++) yield* publish(topics[n]!, n)
        const kept = (yield* history()).map((it) => it.payload)
        if (JSON.stringify(kept) !== JSON.stringify([...topics.keys()].slice(-4))) return false
        for (let index = 0; index < patterns.length; index++) {
          const expected = [...topics.keys()].filter((n) => patterns[index]![1].test(topics[n]!))
          const dropped = yield* subscriptions[index]!.dropped
          const seen = yield* rest(subscriptions[index]!)
          if (dropped !== Math.max(0, expected.length - capacity)) return false
          if (JSON.stringify(seen) !== JSON.stringify(expected.slice(-capacity))) return false
        }
        return true
      }).pipe(Effect.scoped, Effect.provide(EventBus.layerWith({ historyMax: 4 })), Effect.orDie)
  )
})
