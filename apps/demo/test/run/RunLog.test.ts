import { assert, describe, it } from "@effect/vitest"
import { EventStore } from "@foundation/core"
import { Effect, Fiber, Layer, Scope, Exit } from "effect"
import type { RunEvent } from "../../src/run/RunEvent.ts"
import * as RunLog from "../../src/run/RunLog.ts"
import { begin, fold } from "./world.ts"

const Store = EventStore.layerMemory
const Live = RunLog.layer("r1").pipe(Layer.provideMerge(Store))

const started = begin({ seed: 1, trials: 4, agents: 3 })
const opened = (round: number, coordinator = "ada"): RunEvent => ({ _tag: "RoundOpened", round, coordinator, slots: 2 })
const restarted: RunEvent = { _tag: "Restarted", target: "bo", because: "its process ended" }

/** Opens another log of the same run over the store at hand. */
const another = Effect.flatMap(Layer.build(RunLog.layer("r1")), (services) => Effect.provide(RunLog.RunLog, services))

describe("the log of a run", () => {
  it.effect("writes an event once: again the same is no event, another version fails", () =>
    Effect.gen(function* () {
      const log = yield* RunLog.RunLog
      yield* log.append(started)
      const once = yield* log.append(opened(1))
      const twice = yield* log.append(opened(1))
      assert.deepStrictEqual(twice, once)
      assert.strictEqual(twice.events, 2)
      const error = yield* Effect.flip(log.append(opened(1, "bo")))
      assert.instanceOf(error, RunLog.AlreadyRecorded)
      assert.strictEqual(error.message, "RoundOpened has been written by another")
      assert.strictEqual((yield* log.state).round?.coordinator, "ada")
    }).pipe(Effect.provide(Live))
  )

  it.effect("writes an event that may come again as often as it comes", () =>
    Effect.gen(function* () {
      const log = yield* RunLog.RunLog
      for (const event of [started, restarted, restarted]) yield* log.append(event)
      assert.strictEqual((yield* log.state).restarts.length, 2)
    }).pipe(Effect.provide(Live))
  )

  it.effect("takes one of two versions that are written at the same moment", () =>
    Effect.gen(function* () {
      const log = yield* RunLog.RunLog
      yield* log.append(started)
      const exits = yield* Effect.forEach(["ada", "bo", "cleo"], (id) => Effect.exit(log.append(opened(1, id))), {
        concurrency: "unbounded"
      })
      assert.deepStrictEqual(exits.map(Exit.isSuccess), [true, false, false])
      assert.strictEqual((yield* log.state).events, 2)
    }).pipe(Effect.provide(Live))
  )

  it.effect("tells its listeners every later event, in order, with the state that holds it, until they leave", () =>
    Effect.gen(function* () {
      const log = yield* RunLog.RunLog
      yield* log.append(started)
      const heard: Array<readonly [string, number]> = []
      const scope = yield* Scope.make()
      yield* Scope.provide(
        log.listen((event, { events }) => heard.push([event._tag, events])),
        scope
      )
      const events = [opened(1), restarted, opened(2), restarted, restarted]
      yield* Effect.forEach(events, log.append, { concurrency: "unbounded" })
      assert.deepStrictEqual(
        heard,
        events.map(({ _tag }, i) => [_tag, i + 2] as const)
      )
      yield* Scope.close(scope, Exit.void)
      yield* log.append(restarted)
      assert.strictEqual(heard.length, events.length)
    }).pipe(Effect.provide(Live))
  )

  it.effect("waits for a state, and gives it at once where it is there", () =>
    Effect.gen(function* () {
      const log = yield* RunLog.RunLog
      yield* log.append(started)
      const waiting = yield* Effect.forkChild(
        log.awaitState((state) => state.restarts.length === 2),
        { startImmediately: true }
      )
      yield* log.append(restarted)
      assert.isUndefined(waiting.pollUnsafe())
      yield* log.append(restarted)
      assert.strictEqual((yield* Fiber.join(waiting)).restarts.length, 2)
      assert.strictEqual((yield* log.awaitState((state) => state.started !== undefined)).events, 3)
    }).pipe(Effect.provide(Live))
  )

  it.effect("is read back by another program, which sees what was written in between", () =>
    Effect.gen(function* () {
      const log = yield* RunLog.RunLog
      yield* log.append(started)
      const other = yield* another
      assert.deepStrictEqual(yield* other.state, yield* log.state)
      yield* other.append(restarted)
      const state = yield* log.append(opened(1))
      assert.deepStrictEqual(state, yield* Effect.andThen(other.append(opened(1)), other.state))
      assert.deepStrictEqual({ ...state.restarts[0], at: 0 }, { ...fold([restarted]).restarts[0], at: 0 })
    }).pipe(Effect.scoped, Effect.provide(Live))
  )

  it.effect("of more events than a page of the store is read to its end", () =>
    Effect.gen(function* () {
      const log = yield* RunLog.RunLog
      yield* log.append(started)
      for (let i = 0; i < 1_050; i++) yield* log.append(restarted)
      assert.strictEqual((yield* (yield* another).state).events, 1_051)
    }).pipe(Effect.scoped, Effect.provide(Live))
  )

  it.effect("that holds something else than events of a run is refused, with the place and the reason", () =>
    Effect.gen(function* () {
      const store = yield* EventStore.EventStore
      const stream = RunLog.streamOf("r1")
      yield* store.append(stream, "any", [{ type: "RunFinished", data: { _tag: "RunFinished", seconds: "long" } }])
      const error = yield* Effect.flip(another)
      assert.instanceOf(error, RunLog.CorruptRun)
      assert.deepInclude(error, { run: "r1", version: 1 })
      assert.include(error.message, "event 1 of run r1 cannot be read")
    }).pipe(Effect.scoped, Effect.provide(Store))
  )

  it.effect("that is spoilt while it is open fails the next append, and keeps what it knew", () =>
    Effect.gen(function* () {
      const log = yield* RunLog.RunLog
      yield* log.append(started)
      const store = yield* EventStore.EventStore
      yield* store.append(RunLog.streamOf("r1"), "any", [{ type: "Nonsense", data: 7 }])
      const error = yield* Effect.flip(log.append(opened(1)))
      assert.instanceOf(error, RunLog.CorruptRun)
      assert.strictEqual((yield* log.state).events, 1)
    }).pipe(Effect.provide(Live))
  )
})
