import { assert, describe, it, layer } from "@effect/vitest"
import { Cause, Clock, Context, Deferred, Effect, Exit, Fiber, Layer, Option, Schema, type Scope, Stream } from "effect"
import { TestClock } from "effect/testing"
import { Rpc, RpcGroup } from "effect/rpc"
import { BackendError, Unavailable } from "../../src/BackendError.ts"
import * as Process from "../../src/process/Process.ts"
import * as Supervisor from "../../src/process/Supervisor.ts"
import * as ProcessRegistry from "../../src/registry/ProcessRegistry.ts"
import * as RegistryStore from "../../src/registry/RegistryStore.ts"
import * as DeadLetters from "../../src/resilience/DeadLetters.ts"
import { expectNoLeaks } from "../../src/testing/expectNoLeaks.ts"

const Worker = Process.make({
  name: "worker",
  protocol: RpcGroup.make(Rpc.make("Ping", { success: Schema.Int }), Rpc.make("Crash"), Rpc.make("Leave")),
  init: () => Effect.succeed({}),
  handlers: {
    Ping: () => Effect.succeed(1),
    Crash: () => Effect.die(new Error("as asked")),
    Leave: () => Process.exit
  }
})

const named = (key: string, namespace?: ProcessRegistry.Namespace) => ProcessRegistry.name(Worker, key, { namespace })

const serviceOf = (context: Context.Context<ProcessRegistry.ProcessRegistry>) =>
  Context.get(context, ProcessRegistry.ProcessRegistry)

/** A memory store of which every step fails while `broken` says so. */
const breakable = (store: RegistryStore.RegistryStore["Service"], broken: () => boolean) => {
  const error = new BackendError({ reason: new Unavailable({ operation: "RegistryStore", detail: "cut off" }) })
  const guard = <A extends ReadonlyArray<unknown>, B>(step: (...args: A) => Effect.Effect<B, BackendError>) => {
    return (...args: A) => Effect.suspend(() => (broken() ? Effect.fail(error) : step(...args)))
  }
  return RegistryStore.RegistryStore.of({
    ...store,
    open: guard(store.open),
    renew: guard(store.renew),
    retire: guard(store.retire),
    claim: guard(store.claim),
    release: guard(store.release),
    update: guard(store.update),
    find: guard(store.find),
    page: guard(store.page),
    query: guard(store.query),
    lapsed: guard(store.lapsed),
    counts: Effect.suspend(guard(() => store.counts))
  })
}

/** A registry on a store that can be cut off. */
const onBreakable = (lever: { broken: boolean }, base: Layer.Layer<RegistryStore.RegistryStore>) =>
  Layer.provide(
    ProcessRegistry.layer({ indexes: ["kind"] }),
    Layer.effect(
      RegistryStore.RegistryStore,
      Effect.map(RegistryStore.RegistryStore, (store) => breakable(store, () => lever.broken))
    ).pipe(Layer.provide(base))
  )

describe("ProcessRegistry on its store", () => {
  it.effect(
    "B33: a backend that refuses an operation answers with a typed error, never a crash: every call fails",
    () => {
      const lever = { broken: false }
      return Effect.gen(function* () {
        const registry = yield* ProcessRegistry.ProcessRegistry
        const ref = yield* Process.start(Worker)
        yield* registry.register(named("a", "test/x"), ref, { metadata: { kind: "x" } })
        lever.broken = true
        const [a, b] = [named("a", "test/x"), named("b", "test/x")]
        const calls: ReadonlyArray<Effect.Effect<unknown, { readonly _tag: string }, Scope.Scope>> = [
          registry.register(a, ref),
          registry.register(b, ref),
          registry.registerAll([{ name: b, ref }]),
          registry.unregister(a),
          registry.lookup(a),
          registry.get(a),
          registry.whereis(a),
          registry.setMetadata(a, {}),
          registry.query({ where: [{ field: "kind", operator: "=", value: "x" }] }),
          registry.query({ filter: () => true }),
          registry.list(),
          registry.count(),
          registry.stats,
          registry.health,
          registry.sweep,
          registry.cleanup("test/x"),
          Stream.runHead(registry.watch(a)),
          Stream.runHead(registry.watchAll())
        ]
        for (const [index, call] of calls.entries()) {
          assert.strictEqual((yield* Effect.flip(call))._tag, "BackendError", `call ${index}`)
        }
        assert.isTrue(yield* Process.isAlive(ref))
        const via = yield* registry.via(a)
        assert.strictEqual((yield* Effect.flip(via.call("Ping")))._tag, "Unreachable")
        // Died while the store is away: not found when it is back.
        yield* Process.kill(ref)
        lever.broken = false
        assert.isTrue(Option.isNone(yield* registry.lookup(a)))
        assert.strictEqual(yield* registry.count({ namespace: "test/x" }), 0)
      }).pipe(Effect.scoped, Effect.provide(onBreakable(lever, RegistryStore.layerMemory)))
    }
  )

  it.effect("a store that fails at the start fails the layer", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(
        Effect.provide(Effect.void, onBreakable({ broken: true }, RegistryStore.layerMemory))
      )
      assert.isTrue(Exit.isFailure(exit))
    })
  )

  it.effect(
    "A23: when everything is removed behind its back, the registry works again with the next call, and claims anew",
    () =>
      Effect.gen(function* () {
        const store = yield* RegistryStore.RegistryStore
        const registry = yield* ProcessRegistry.ProcessRegistry
        const refs = yield* Effect.all([Process.start(Worker), Process.start(Worker)])
        yield* registry.register(named("a"), refs[0], { metadata: { a: 1 } })
        yield* registry.register(named("b"), refs[1])
        const session = (yield* store.find("production", "a"))!.session
        yield* store.retire(session)
        assert.isTrue(Option.isNone(yield* registry.lookup(named("a"))))
        yield* registry.register(named("c"), refs[0])
        assert.strictEqual(yield* registry.get(named("a")), refs[0])
        assert.strictEqual(yield* registry.get(named("b")), refs[1])
        assert.deepStrictEqual(Option.getOrThrow(yield* registry.whereis(named("a"))).metadata, { a: 1 })
        yield* Process.kill(refs[0])
        assert.strictEqual(yield* registry.count(), 1)
      }).pipe(Effect.scoped, Effect.provide(Layer.provideMerge(ProcessRegistry.layer(), RegistryStore.layerMemory)))
  )
})

describe("ProcessRegistry on a shared store", () => {
  const nodes = (count: number) =>
    Effect.gen(function* () {
      const store = yield* RegistryStore.RegistryStore
      const provided = Layer.succeed(RegistryStore.RegistryStore, store)
      return yield* Effect.forEach(
        Array.from({ length: count }, (_, index) => index),
        (index) =>
          Effect.map(
            Layer.build(
              Layer.fresh(Layer.provide(ProcessRegistry.layer({ node: `node-${index}`, lease: "3 seconds" }), provided))
            ),
            serviceOf
          )
      )
    })

  it.effect("a node sees the names of another, but refs only where they live; heartbeats keep them", () =>
    Effect.gen(function* () {
      const [one, two] = yield* nodes(2)
      const ref = yield* Process.start(Worker)
      yield* one!.register(named("a"), ref, { metadata: { kind: "x" } })
      yield* TestClock.adjust("1 minute")
      const seen = Option.getOrThrow(yield* two!.whereis(named("a")))
      assert.deepInclude(seen, { node: "node-0", label: ref.label, metadata: { kind: "x" }, ref: undefined })
      assert.deepStrictEqual(yield* two!.lookup(named("a")), Option.none())
      assert.deepInclude(yield* Effect.flip(two!.get(named("a"))), { _tag: "NotRegistered", node: "node-0" })
      assert.strictEqual(yield* one!.get(named("a")), ref)
      assert.strictEqual((yield* Effect.flip(two!.register(named("a"), ref)))._tag, "NameTaken")
      assert.strictEqual((yield* two!.setMetadata(named("a"), { kind: "y" })).revision, 2)
    }).pipe(Effect.scoped, Effect.provide(RegistryStore.layerMemoryShared))
  )

  it.effect("a node that could not renew knows that it lost its names; those that nobody took it claims anew", () => {
    const lever = { broken: false }
    return Effect.gen(function* () {
      const store = yield* RegistryStore.RegistryStore
      const build = (node: string, it: RegistryStore.RegistryStore["Service"]) =>
        Effect.map(
          Layer.build(
            Layer.fresh(
              Layer.provide(
                ProcessRegistry.layer({ node, lease: "3 seconds" }),
                Layer.succeed(RegistryStore.RegistryStore, it)
              )
            )
          ),
          serviceOf
        )
      const cut = yield* build(
        "cut",
        breakable(store, () => lever.broken)
      )
      const other = yield* build("other", store)
      const [a, b] = yield* Effect.all([Process.start(Worker), Process.start(Worker)])
      yield* cut.register(named("taken"), a)
      yield* cut.register(named("kept"), a)
      const losses: Array<ProcessRegistry.Loss> = []
      yield* Effect.forkScoped(
        Stream.runForEach(cut.losses, (loss) => Effect.sync(() => void losses.push(loss))),
        { startImmediately: true }
      )
      lever.broken = true
      yield* TestClock.adjust("1900 millis")
      assert.isTrue(yield* cut.holds(named("taken")))
      assert.strictEqual((yield* Effect.flip(other.register(named("taken"), b)))._tag, "NameTaken")
      yield* TestClock.adjust("1200 millis")
      assert.isFalse(yield* cut.holds(named("taken")))
      yield* other.register(named("taken"), b)
      lever.broken = false
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(
        losses.map(({ holder, key, ref }) => [key, holder.node, ref]),
        [["taken", "other", a]]
      )
      assert.isFalse(yield* cut.holds(named("taken")))
      assert.isTrue(yield* cut.holds(named("kept")))
      assert.strictEqual(yield* cut.get(named("kept")), a)
      assert.strictEqual(yield* other.get(named("taken")), b)
      assert.isTrue(yield* Process.isAlive(a))
    }).pipe(Effect.scoped, Effect.provide(RegistryStore.layerMemoryShared))
  })

  /** A clock whose wall time can be stepped, as time servers do; the time that it measures with goes on. */
  const stepping = (clock: Clock.Clock) => {
    let step = 0
    const currentTimeMillisUnsafe = () => clock.currentTimeMillisUnsafe() + step
    const stepped: Clock.Clock = {
      ...clock,
      sleep: (duration) => clock.sleep(duration),
      monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
      currentTimeMillisUnsafe,
      currentTimeMillis: Effect.sync(currentTimeMillisUnsafe)
    }
    return { clock: stepped, set: (millis: number) => (step = millis) }
  }

  it.effect("of two nodes never both hold a name, though the wall clock of a silent one is set back", () => {
    const lever = { broken: false }
    return Effect.gen(function* () {
      const store = yield* RegistryStore.RegistryStore
      const { clock, set } = stepping(yield* Clock.Clock)
      const build = (node: string, it: RegistryStore.RegistryStore["Service"]) =>
        Effect.map(
          Layer.build(
            Layer.fresh(
              Layer.provide(
                ProcessRegistry.layer({ node, lease: "600 millis" }),
                Layer.succeed(RegistryStore.RegistryStore, it)
              )
            )
          ),
          serviceOf
        )
      const stepped = breakable(store, () => lever.broken)
      const a = yield* Effect.provideService(build("a", stepped), Clock.Clock, clock)
      const b = yield* build("b", store)
      const holds = Effect.provideService(a.holds(named("x")), Clock.Clock, clock)
      const [mine, theirs] = yield* Effect.all([Process.start(Worker), Process.start(Worker)])
      yield* Effect.provideService(a.register(named("x"), mine), Clock.Clock, clock)
      assert.isTrue(yield* holds)
      // Set forward, it may be over: nobody knows which of the clocks is right.
      set(60_000)
      assert.isFalse(yield* holds)
      set(-60_000)
      assert.isTrue(yield* holds)
      lever.broken = true
      yield* TestClock.adjust("700 millis")
      yield* b.register(named("x"), theirs)
      assert.isTrue(yield* b.holds(named("x")))
      assert.isFalse(yield* holds)
    }).pipe(Effect.scoped, Effect.provide(RegistryStore.layerMemoryShared))
  })

  it.effect("A21: a claim whose answer is still on its way is not taken for one that has ended", () =>
    Effect.gen(function* () {
      const store = yield* RegistryStore.RegistryStore
      const [first, second] = yield* Effect.all([Process.start(Worker), Process.start(Worker)])
      let gate = Deferred.makeUnsafe<void>()
      const late = RegistryStore.RegistryStore.of({
        ...store,
        claim: (rows) =>
          Effect.tap(store.claim(rows), () => (rows[0]!.label === first.label ? Deferred.await(gate) : Effect.void))
      })
      const registry = serviceOf(
        yield* Layer.build(
          Layer.provide(ProcessRegistry.layer({ lease: "1 hour" }), Layer.succeed(RegistryStore.RegistryStore, late))
        )
      )
      for (const [index, register] of [
        (ref: typeof first, name: ReturnType<typeof named>) => registry.register(name, ref),
        (ref: typeof first, name: ReturnType<typeof named>) =>
          Effect.flatMap(registry.registerAll([{ name, ref }]), ([result]) => Effect.fromResult(result!))
      ].entries()) {
        const name = named(`late-${index}`)
        gate = Deferred.makeUnsafe()
        const won = yield* Effect.forkChild(register(first, name), { startImmediately: true })
        const lost = yield* Effect.forkChild(Effect.flip(register(second, name)), { startImmediately: true })
        for (let turn = 0; turn < 10; turn++) yield* Effect.yieldNow
        yield* Deferred.succeed(gate, undefined)
        assert.strictEqual((yield* Fiber.join(won)).ref, first)
        assert.deepInclude(yield* Fiber.join(lost), { _tag: "NameTaken", holder: first.label })
        assert.strictEqual(yield* registry.get(name), first)
      }
    }).pipe(Effect.scoped, Effect.provide(RegistryStore.layerMemoryShared))
  )

  it.effect("leases and heartbeats out of their range are refused when the layer is built", () =>
    Effect.gen(function* () {
      const refused = (options: ProcessRegistry.Options) =>
        Effect.map(Effect.exit(Effect.scoped(Layer.build(ProcessRegistry.layerMemoryWith(options)))), (exit) => {
          const defect = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
          return defect instanceof RangeError ? defect.message : undefined
        })
      const lease = "ProcessRegistry: lease is from 10 to 86400000 milliseconds, not"
      assert.strictEqual(yield* refused({ lease: 0 }), `${lease} 0`)
      assert.strictEqual(yield* refused({ lease: "Infinity" }), `${lease} Infinity`)
      const heartbeat = "ProcessRegistry: heartbeat is from 1 to 3000 milliseconds, not"
      assert.strictEqual(yield* refused({ lease: "3 seconds", heartbeat: 0 }), `${heartbeat} 0`)
      assert.strictEqual(yield* refused({ lease: "3 seconds", heartbeat: "4 seconds" }), `${heartbeat} 4000`)
      assert.isUndefined(yield* refused({ lease: "3 seconds", heartbeat: "1 second" }))
    })
  )

  it.effect("B30: of N entries whose holders are gone 3 are removed; health tells the part of the dead", () =>
    Effect.gen(function* () {
      const store = yield* RegistryStore.RegistryStore
      const [registry] = yield* nodes(1)
      const ref = yield* Process.start(Worker)
      const dead = (count: number) =>
        Effect.gen(function* () {
          yield* store.open("gone", 10)
          const row = { namespace: "production", session: "gone", node: "gone", label: "gone", metadata: {} }
          yield* store.claim(
            Array.from({ length: count }, (_, claim) => ({
              ...row,
              key: `dead-${claim}`,
              claim,
              revision: 1,
              terms: [],
              handle: undefined
            }))
          )
          yield* TestClock.adjust(10)
        })
      const live = (from: number, to: number) =>
        Effect.forEach(
          Array.from({ length: to - from }, (_, index) => from + index),
          (index) => registry!.register(named(`${index}`), ref)
        )
      yield* live(0, 4)
      assert.deepStrictEqual(yield* registry!.health, { entries: 4, dead: 0, status: "healthy" })
      yield* dead(3)
      assert.deepStrictEqual(yield* registry!.health, { entries: 7, dead: 3, status: "unhealthy" })
      yield* live(4, 8)
      assert.deepStrictEqual(yield* registry!.health, { entries: 11, dead: 3, status: "degraded" })
      yield* live(8, 28)
      assert.deepStrictEqual(yield* registry!.health, { entries: 31, dead: 3, status: "healthy" })
      assert.strictEqual(yield* registry!.sweep, 3)
      assert.deepStrictEqual(yield* registry!.health, { entries: 28, dead: 0, status: "healthy" })
    }).pipe(Effect.scoped, Effect.provide(RegistryStore.layerMemoryShared))
  )
})

layer(Layer.merge(ProcessRegistry.layerMemory, DeadLetters.layerMemory()))("ProcessRegistry and processes", (it) => {
  it.effect("a name in a child specification stays the child's over restarts, until it is stopped for good", () =>
    Effect.gen(function* () {
      const registry = yield* ProcessRegistry.ProcessRegistry
      const name = named("child", "test/reserved")
      const root = yield* Process.start(Supervisor.make({ name: "root" }))
      const child = yield* Supervisor.startChild(root, Supervisor.child(Worker, { name, metadata: { kind: "x" } }))
      assert.strictEqual(yield* registry.get(name), child)
      yield* Effect.exit(child.call("Crash"))
      assert.strictEqual(yield* child.call("Ping"), 1)
      assert.strictEqual(child.incarnation, 2)
      assert.strictEqual(yield* registry.get(name), child)
      assert.deepStrictEqual(Option.getOrThrow(yield* registry.whereis(name)).metadata, { kind: "x" })
      const stranger = yield* Process.start(Worker)
      assert.strictEqual((yield* Effect.flip(registry.register(name, stranger)))._tag, "NameTaken")
      const twin = Supervisor.child(Worker, { id: "twin", name })
      assert.strictEqual((yield* Effect.flip(Supervisor.startChild(root, twin)))._tag, "ChildStartFailed")
      yield* Supervisor.stopChild(root, "worker")
      yield* registry.register(name, stranger)
      assert.strictEqual(yield* registry.get(name), stranger)
    }).pipe(Effect.scoped)
  )

  it.effect("a name that a supervised process registers for itself is free when its incarnation ends", () =>
    Effect.gen(function* () {
      const registry = yield* ProcessRegistry.ProcessRegistry
      const name = named("own", "test/incarnation")
      const Own = Process.make({
        name: "own",
        protocol: RpcGroup.make(Rpc.make("Register"), Rpc.make("Ping", { success: Schema.Int }), Rpc.make("Crash")),
        init: () => Effect.succeed({}),
        handlers: {
          Register: () => Effect.asVoid(Effect.orDie(registry.registerSelf(name))),
          Ping: () => Effect.succeed(1),
          Crash: () => Effect.die(new Error("as asked"))
        }
      })
      const root = yield* Process.start(Supervisor.make({ name: "root" }))
      const child = yield* Supervisor.startChild(root, Supervisor.child(Own))
      yield* child.call("Register")
      assert.isTrue(Option.isSome(yield* registry.whereis(name)))
      yield* Effect.exit(child.call("Crash"))
      assert.isTrue(Option.isNone(yield* registry.whereis(name)))
      assert.strictEqual(yield* child.call("Ping"), 1)
      assert.isTrue(Option.isNone(yield* registry.whereis(name)))
      yield* child.call("Register")
      assert.isTrue(Option.isSome(yield* registry.whereis(name)))
    }).pipe(Effect.scoped)
  )

  it.effect("a name in a child specification is free when the child is given up", () =>
    Effect.gen(function* () {
      const registry = yield* ProcessRegistry.ProcessRegistry
      const name = named("child", "test/given-up")
      const root = yield* Process.start(Supervisor.make({ name: "root" }))
      const child = yield* Supervisor.startChild(
        root,
        Supervisor.child(Worker, { name, budget: { restarts: 0, onExceeded: "give-up" } })
      )
      yield* Effect.exit(child.call("Crash"))
      yield* Effect.exit(child.call("Ping"))
      assert.isTrue(Option.isNone(yield* registry.lookup(name)))
    }).pipe(Effect.scoped)
  )

  it.effect("A6: cleaning up stops supervised processes for good, too", () =>
    Effect.gen(function* () {
      const registry = yield* ProcessRegistry.ProcessRegistry
      const root = yield* Process.start(Supervisor.make({ name: "root" }))
      const child = yield* Supervisor.startChild(root, Supervisor.child(Worker, { name: named("a", "test/clean") }))
      assert.strictEqual(yield* registry.cleanup("test/clean"), 1)
      assert.isFalse(yield* Process.isAlive(child))
      assert.isTrue(yield* Process.isAlive(root))
    }).pipe(Effect.scoped)
  )

  it.effect("a name that a process registers in an init that fails is free again", () =>
    Effect.gen(function* () {
      const registry = yield* ProcessRegistry.ProcessRegistry
      const name = named("init", "test/init")
      const Failing = Process.make({
        name: "failing",
        protocol: Worker.protocol,
        init: () => Effect.andThen(registry.registerSelf(name), Effect.fail("no" as const)),
        handlers: { Ping: () => Effect.succeed(1), Crash: () => Effect.void, Leave: () => Effect.void }
      })
      assert.strictEqual(yield* Effect.flip(Process.start(Failing)), "no")
      assert.isTrue(Option.isNone(yield* registry.lookup(name)))
    }).pipe(Effect.scoped)
  )

  it.effect("a cast to a name that nobody holds becomes a dead letter", () =>
    Effect.gen(function* () {
      const registry = yield* ProcessRegistry.ProcessRegistry
      const via = yield* registry.via(named("nobody", "test/via"))
      yield* via.cast("Ping")
      const letters = yield* DeadLetters.DeadLetters.use((letters) => letters.list)
      assert.deepInclude(letters.at(-1), { process: "test/via:nobody", tag: "Ping", reason: "dead" })
    })
  )

  for (const how of ["call", "gather"] as const) {
    it.effect(`a process that asks itself by its own name, by ${how}, is told of the circle at once`, () =>
      Effect.gen(function* () {
        const registry = yield* ProcessRegistry.ProcessRegistry
        const protocol = RpcGroup.make(Rpc.make("Ping"), Rpc.make("Self", { success: Schema.String }))
        const name = ProcessRegistry.name({ protocol }, `self-${how}`, { namespace: "test/circle" })
        const self = yield* Process.start(
          Process.make({
            name: "self",
            protocol,
            init: () => Effect.succeed({}),
            handlers: {
              Ping: () => Effect.void,
              Self: () =>
                Effect.gen(function* () {
                  const via = yield* registry.via(name)
                  if (how === "call") return (yield* Effect.flip(via.call("Ping")))._tag
                  const { failures } = yield* Process.gather([via], "Ping", undefined, { deadline: "1 second" })
                  return failures.map(({ error }) => error._tag).join()
                }).pipe(Effect.catchCause((cause) => Effect.succeed(String(Cause.squash(cause)))))
            }
          })
        )
        yield* registry.register(name, self)
        assert.strictEqual(yield* self.call("Self"), "CallCycle")
      }).pipe(Effect.scoped)
    )
  }

  it.effect("a process that owns the name of another takes it along when it ends", () =>
    Effect.gen(function* () {
      const registry = yield* ProcessRegistry.ProcessRegistry
      const other = yield* Process.start(Worker)
      const Registrar = Process.make({
        name: "registrar",
        protocol: RpcGroup.make(Rpc.make("Take")),
        init: () => Effect.succeed({}),
        handlers: { Take: () => Effect.orDie(Effect.asVoid(registry.register(named("other", "test/owner"), other))) }
      })
      const owner = yield* Process.start(Registrar)
      yield* owner.call("Take")
      assert.strictEqual(yield* registry.get(named("other", "test/owner")), other)
      yield* Process.stop(owner)
      assert.isTrue(Option.isNone(yield* registry.lookup(named("other", "test/owner"))))
      assert.isTrue(yield* Process.isAlive(other))
    }).pipe(Effect.scoped)
  )
})

describe("P2", () => {
  it.live("names, watchers and streams leave nothing behind", () =>
    expectNoLeaks(
      Effect.gen(function* () {
        const registry = yield* ProcessRegistry.ProcessRegistry
        yield* Effect.forEach(
          Array.from({ length: 50 }, (_, index) => index),
          (index) =>
            Effect.gen(function* () {
              const ref = yield* Process.start(Worker)
              yield* registry.register(named(`${index}`), ref)
              if (index % 2 === 0) yield* Process.kill(ref)
            })
        )
        const watching = yield* Effect.forkChild(Stream.runDrain(registry.watchAll()), { startImmediately: true })
        yield* Fiber.interrupt(watching)
        assert.strictEqual(yield* registry.count(), 25)
      }).pipe(Effect.scoped, Effect.provide(ProcessRegistry.layerMemory))
    )
  )
})
