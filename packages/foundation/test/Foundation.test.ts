import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Context, Data, Effect, Exit, Fiber, Layer, Option, Scope, Stream } from "effect"
import * as Barriers from "../src/coordination/Barriers.ts"
import * as LeaderElection from "../src/coordination/LeaderElection.ts"
import * as EventBus from "../src/events/EventBus.ts"
import type { EventLog } from "../src/events/EventLog.ts"
import * as EventStore from "../src/events/EventStore.ts"
import * as Foundation from "../src/Foundation.ts"
import * as Process from "../src/process/Process.ts"
import * as Supervisor from "../src/process/Supervisor.ts"
import * as ProcessRegistry from "../src/registry/ProcessRegistry.ts"
import * as DeadLetters from "../src/resilience/DeadLetters.ts"
import { expectNoLeaks } from "../src/testing/expectNoLeaks.ts"
import { crash, Log, Protocol, worker } from "./process/supervised.ts"
import { turns } from "./process/worker.ts"

class Disk extends Context.Service<Disk, { readonly path: string }>()("test/Disk") {}
class DiskFull extends Data.TaggedError("DiskFull") {}

describe("the tree of Foundation", () => {
  it.effect("the defaults are complete: every service works, and nothing is left", () =>
    Effect.gen(function* () {
      const root = yield* Foundation.Root
      const registry = yield* ProcessRegistry.ProcessRegistry
      const spec = worker(new Log(), "a")
      const name = ProcessRegistry.name(spec, "main")
      const ref = yield* Supervisor.startChild(root, Supervisor.child(spec, { name }))
      assert.deepStrictEqual(yield* registry.lookup(name), Option.some(ref))

      // A process under the root finds the dead letters by itself.
      yield* crash(ref)
      const letters = yield* DeadLetters.DeadLetters.use((letters) => letters.list)
      assert.deepStrictEqual(
        letters.map(({ reason, tag }) => [tag, reason]),
        [["Crash", "poison"]]
      )

      const store = yield* EventStore.EventStore
      yield* store.append("s", "none", [{ type: "t", data: 1 }])
      assert.lengthOf(yield* store.read("s"), 1)

      const bus = yield* EventBus.EventBus
      const heard = yield* bus.subscribe("a.*")
      yield* bus.publish("a.b", 1)
      assert.strictEqual((yield* heard.take).payload, 1)

      assert.isDefined(yield* Barriers.Barriers)
      assert.isDefined(yield* LeaderElection.LeaderElection)
    }).pipe(Effect.scoped, Effect.provide(Foundation.layer()), (run) => expectNoLeaks(run))
  )

  it.effect(
    "children are started in order with all services in reach, and stop in reverse before the services close",
    () =>
      Effect.gen(function* () {
        const log = new Log()
        const bus = Layer.effect(
          EventBus.EventBus,
          Effect.acquireRelease(
            Effect.tap(Effect.provide(EventBus.EventBus, EventBus.layerMemory), () => log.add("+bus")),
            () => log.add("-bus")
          )
        )
        const onBus = worker(log, "a", { onStop: Effect.void })
        const scope = yield* Scope.make()
        const Live = Foundation.layer({
          bus,
          children: [Supervisor.child(onBus), Supervisor.child(worker(log, "b"))]
        })
        yield* Layer.buildWithScope(Live, scope)
        assert.deepStrictEqual(log.take(), ["+bus", "+a", "+b"])
        yield* Scope.close(scope, Exit.void)
        assert.deepStrictEqual(log.take(), ["-b", "-a", "-bus"])
      }).pipe((run) => expectNoLeaks(run))
  )

  it.effect("strategy and intensity are the root's", () =>
    Effect.gen(function* () {
      const log = new Log()
      const children = [Supervisor.child(worker(log, "a")), Supervisor.child(worker(log, "b"))] as const
      yield* Effect.gen(function* () {
        const root = yield* Foundation.Root
        const a = (yield* Supervisor.lookupChild(root, children[0]))!
        log.take()
        yield* crash(a)
        assert.deepStrictEqual(log.take(), ["-a", "-b", "+a", "+b"])
        yield* crash(a)
        assert.isFalse(yield* Process.isAlive(root))
      }).pipe(Effect.provide(Foundation.layer({ children, strategy: "one_for_all", intensity: { restarts: 1 } })))
    }).pipe((run) => expectNoLeaks(run))
  )

  for (const key of ["barriers", "bus", "deadLetters", "elections", "events", "registry"] as const) {
    it.effect(`${key} is the layer that is given`, () =>
      Effect.gen(function* () {
        const failing = Layer.effect(EventStore.EventStore, Effect.fail(new DiskFull()))
        // Whichever key it is, the failure is the one that the type of this option would tell.
        const options = { [key]: failing } as { readonly events: typeof failing }
        const error = yield* Effect.flip(Layer.build(Foundation.layer(options)))
        assert.instanceOf(error, DiskFull)
      }).pipe(Effect.scoped, (run) => expectNoLeaks(run))
    )
  }

  it.effect("a store with its own options takes the place of the default", () =>
    Effect.gen(function* () {
      const store = yield* EventStore.EventStore
      const error = yield* Effect.flip(
        store.append("s", "any", [
          { type: "t", data: 1 },
          { type: "t", data: 2 }
        ])
      )
      assert.strictEqual(error._tag, "BatchTooLarge")
    }).pipe(
      Effect.provide(
        Foundation.layer({ events: Layer.provide(EventStore.layerWith({ batchMax: 1 }), EventStore.layerLogMemory()) })
      )
    )
  )

  it.effect("a child that does not start is the layer's failure", () =>
    Effect.gen(function* () {
      const failing = Supervisor.child(worker(new Log(), "a", { init: () => Effect.fail("no disk") }))
      const error = yield* Effect.flip(Layer.build(Foundation.layer({ children: [failing] })))
      assert.match(error.message, /^child "a" did not start: "?no disk"?$/)
    }).pipe(Effect.scoped, (run) => expectNoLeaks(run))
  )

  it.effect("what happens in the tree can be followed", () =>
    Effect.gen(function* () {
      const root = yield* Foundation.Root
      const events: Array<string> = []
      const reader = yield* Effect.forkChild(
        Stream.runForEach(Supervisor.changes(root), ({ _tag, path }) =>
          Effect.sync(() => void events.push(`${_tag} ${path.join("/")}`))
        ),
        { startImmediately: true }
      )
      yield* turns
      yield* Supervisor.startChild(root, Supervisor.child(worker(new Log(), "a")))
      yield* turns
      assert.deepStrictEqual(events, ["ChildStarted a"])
      yield* Fiber.interrupt(reader)
    }).pipe(Effect.provide(Foundation.layer()), (run) => expectNoLeaks(run))
  )
})

describe("its types", () => {
  it("without options nothing is required and nothing can fail", () => {
    const live = () => Foundation.layer()
    expectTypeOf<ReturnType<typeof live>>().toEqualTypeOf<Layer.Layer<Foundation.Root | Foundation.Services>>()
  })

  it("what a given layer requires, and how it can fail, is in the type", () => {
    const live = () =>
      Foundation.layer({
        events: EventStore.layer,
        registry: Layer.unwrap(
          Effect.gen(function* () {
            const { path } = yield* Disk
            return path === "" ? yield* new DiskFull() : ProcessRegistry.layerMemory
          })
        )
      })
    expectTypeOf<ReturnType<typeof live>>().toEqualTypeOf<
      Layer.Layer<Foundation.Root | Foundation.Services, DiskFull, Disk | EventLog>
    >()
  })

  it("what children require beyond the services of the tree is required", () => {
    const onDisk = Process.make({
      name: "d",
      protocol: Protocol,
      init: () => Effect.all([Disk, EventStore.EventStore]),
      handlers: {} as never
    })
    const live = () =>
      Foundation.layer({ children: [Supervisor.child(onDisk, { name: ProcessRegistry.name(onDisk, "d") })] })
    expectTypeOf<Layer.Services<ReturnType<typeof live>>>().toEqualTypeOf<Disk>()
    expectTypeOf<
      | Process.InitCrashed
      | Process.InitTimeout
      | Supervisor.ChildExists
      | Supervisor.ChildStartFailed
      | Supervisor.SupervisionTooDeep
    >().toExtend<Layer.Error<ReturnType<typeof live>>>()
  })
})
