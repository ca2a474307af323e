import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Schema } from "effect"
import { Rpc, RpcGroup } from "effect/rpc"
import * as Process from "../../src/process/Process.ts"
import * as Supervisor from "../../src/process/Supervisor.ts"

const protocol = RpcGroup.make(Rpc.make("Count", { success: Schema.Int }), Rpc.make("Wait"))

/** Runs `beside` next to its handlers; `Wait` never answers. */
const make = (beside: (started: number) => Effect.Effect<unknown, string>) => {
  let started = 0
  return Process.make({
    name: "linked",
    protocol,
    init: () => Effect.as(Process.forkLinked(beside(++started)), { count: 0 }),
    handlers: { Count: (_, state) => Effect.sync(() => ++state.count), Wait: () => Effect.never }
  })
}

describe("a fiber linked to its process", () => {
  it.effect("crashes the process when it fails, also while a handler is at work", () =>
    Effect.gen(function* () {
      const trouble = yield* Deferred.make<void, string>()
      const ref = yield* Process.start(make(() => Deferred.await(trouble)))
      const down = yield* Process.monitor(ref)
      const waiting = yield* Effect.forkChild(Effect.flip(ref.call("Wait")), { startImmediately: true })
      yield* Deferred.fail(trouble, "no more")
      const exit = yield* down
      assert.strictEqual(exit._tag, "Crashed")
      assert.strictEqual((yield* Fiber.join(waiting))._tag, "ProcessCrashed")
      assert.strictEqual((yield* Effect.flip(ref.call("Count")))._tag, "ProcessDead")
    })
  )

  it.effect("is restarted with its process by a supervisor", () =>
    Effect.gen(function* () {
      const process = make((started) => (started === 1 ? Effect.fail("first life") : Effect.never))
      const supervisor = yield* Supervisor.start(Supervisor.make({ name: "root" }))
      const ref = yield* Supervisor.startChild(supervisor, Supervisor.child(process))
      yield* Effect.yieldNow
      assert.strictEqual(yield* ref.call("Count"), 1)
      assert.strictEqual(ref.incarnation, 2)
    })
  )

  it.effect("that ends leaves the process alone", () =>
    Effect.gen(function* () {
      const ref = yield* Process.start(make(() => Effect.void))
      yield* Effect.yieldNow
      assert.strictEqual(yield* ref.call("Count"), 1)
      assert.strictEqual(ref.incarnation, 1)
    })
  )
})
