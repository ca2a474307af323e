/** Names: who gets them, who keeps them, who may take them back. */
import { assert } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, Option, Schema, Scope } from "effect"
import { Rpc, RpcGroup } from "effect/rpc"
import * as Process from "../../process/Process.ts"
import * as ProcessRegistry from "../../registry/ProcessRegistry.ts"
import { Add, Counter, freshNamespace, named, start, startMany, range, using } from "./shared.ts"
import type { It } from "./shared.ts"

export const names = (it: It): void => {
  it.effect("A1: a registered process is found; an unknown name is not", () =>
    using((registry, space) =>
      Effect.gen(function* () {
        const ref = yield* start
        yield* registry.register(named(space, "a"), ref)
        assert.strictEqual(yield* registry.get(named(space, "a")), ref)
        assert.deepStrictEqual(yield* registry.lookup(named(space, "a")), Option.some(ref))
        assert.deepStrictEqual(yield* registry.lookup(named(space, "b")), Option.none())
        assert.strictEqual((yield* Effect.flip(registry.get(named(space, "b"))))._tag, "NotRegistered")
      })
    )
  )

  it.effect("A2: a name that A holds is refused to B, with A in the refusal; A stays", () =>
    using((registry, space) =>
      Effect.gen(function* () {
        const [a, b] = [yield* start, yield* start]
        yield* registry.register(named(space, "name"), a)
        const error = yield* Effect.flip(registry.register(named(space, "name"), b))
        assert.strictEqual(error._tag, "NameTaken")
        if (error._tag === "NameTaken") {
          assert.strictEqual(error.holder, a.label)
          assert.strictEqual(error.ref, a)
          assert.include(error.message, a.label)
        }
        assert.strictEqual(yield* registry.get(named(space, "name")), a)
        yield* b.call("Register", { key: "name", namespace: space })
        assert.strictEqual(yield* registry.get(named(space, "name")), a)
      })
    )
  )

  it.effect("A3: registered again by its owner, a process keeps the name, with the new metadata at revision 2", () =>
    using((registry, space) =>
      Effect.gen(function* () {
        const ref = yield* start
        const first = yield* registry.register(named(space, "a"), ref, { metadata: { kind: "x", extra: 1 } })
        const second = yield* registry.register(named(space, "a"), ref, { metadata: { kind: "y" } })
        assert.deepStrictEqual([first.revision, second.revision], [1, 2])
        assert.deepStrictEqual(second.metadata, { kind: "y" })
        assert.strictEqual(yield* registry.get(named(space, "a")), ref)
        assert.strictEqual(yield* registry.count({ namespace: space }), 1)
        const other = yield* Effect.scoped(Effect.flip(registry.register(named(space, "a"), ref)))
        assert.strictEqual(other._tag, "NameTaken")
      })
    )
  )

  it.effect("A4: a process that has died is not found, and its name is free at once", () =>
    using((registry, space) =>
      Effect.gen(function* () {
        const [a, b, c] = [yield* start, yield* start, yield* start]
        yield* registry.register(named(space, "killed"), a)
        yield* Process.kill(a)
        assert.deepStrictEqual(yield* registry.lookup(named(space, "killed")), Option.none())
        yield* registry.register(named(space, "killed"), b)
        assert.strictEqual(yield* registry.get(named(space, "killed")), b)
        assert.strictEqual(yield* b.call("Register", { key: "own", namespace: space }), b.label)
        yield* Effect.exit(b.call("Crash"))
        yield* registry.register(named(space, "own"), c)
        assert.strictEqual(yield* registry.get(named(space, "own")), c)
        assert.deepStrictEqual(yield* registry.lookup(named(space, "killed")), Option.none())
        assert.strictEqual((yield* Effect.flip(registry.register(named(space, "late"), a)))._tag, "ProcessDead")
      })
    )
  )

  it.effect("A5: namespaces resolve one key each to its own process", () =>
    using((registry, space) =>
      Effect.gen(function* () {
        const [production, test] = [yield* start, yield* start]
        const key = `service-${space}`
        const name = ProcessRegistry.name(Counter, key)
        const inTest = Effect.provideService(ProcessRegistry.Namespace, space)
        yield* registry.register(name, production)
        yield* registry.register(name, test).pipe(inTest)
        assert.strictEqual(yield* registry.get(name), production)
        assert.strictEqual(yield* registry.get(name).pipe(inTest), test)
        assert.strictEqual(yield* registry.get(named(space, key)), test)
        assert.strictEqual(
          yield* registry.get(ProcessRegistry.name(Counter, key, { namespace: "production" })),
          production
        )
        yield* registry.unregister(name).pipe(inTest)
        assert.strictEqual(yield* registry.get(name), production)
      })
    )
  )

  it.effect("A6: cleaning a test namespace up stops its processes and no other", () =>
    using((registry, space) =>
      Effect.gen(function* () {
        const refs = yield* startMany(3)
        const other = yield* start
        const elsewhere = freshNamespace()
        yield* Effect.forEach(refs, (ref, index) => registry.register(named(space, `${index}`), ref))
        yield* registry.register(named(elsewhere, "0"), other)
        assert.strictEqual(yield* registry.cleanup(space), 3)
        assert.deepStrictEqual(yield* Effect.forEach(refs, Process.isAlive), [false, false, false])
        assert.isTrue(yield* Process.isAlive(other))
        assert.strictEqual(yield* registry.count({ namespace: space }), 0)
        assert.strictEqual(yield* registry.get(named(elsewhere, "0")), other)
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- from outside it might come
        const error = yield* Effect.flip(registry.cleanup("production" as `test/${string}`))
        assert.strictEqual(error._tag, "NotATestNamespace")
      })
    )
  )

  it.effect("A7: unregistering twice, or an unknown name, is fine", () =>
    using((registry, space) =>
      Effect.gen(function* () {
        yield* registry.register(named(space, "a"), yield* start)
        yield* registry.unregister(named(space, "a"))
        yield* registry.unregister(named(space, "a"))
        yield* registry.unregister(named(space, "unknown"))
        yield* registry.unregister(named(space, ""))
        assert.deepStrictEqual(yield* registry.lookup(named(space, "a")), Option.none())
      })
    )
  )

  it.effect("A17: after death, unregistration and registration anew a look-up tells what is, not what was", () =>
    using((registry, space) =>
      Effect.gen(function* () {
        const [a, b] = [yield* start, yield* start]
        const name = named(space, "a")
        yield* registry.register(name, a)
        assert.strictEqual(yield* registry.get(name), a)
        yield* Process.stop(a)
        assert.deepStrictEqual(yield* registry.lookup(name), Option.none())
        yield* registry.register(name, b)
        assert.strictEqual(yield* registry.get(name), b)
        yield* registry.unregister(name)
        assert.deepStrictEqual(yield* registry.lookup(name), Option.none())
      })
    )
  )

  it.effect("C38: a stranger may not take a name back, whether process or scope; the owner may", () =>
    using((registry, space) =>
      Effect.gen(function* () {
        const [a, b] = [yield* start, yield* start]
        yield* a.call("Register", { key: "own", namespace: space })
        assert.strictEqual(yield* b.call("Unregister", { key: "own", namespace: space }), "NotOwner")
        assert.strictEqual((yield* Effect.flip(registry.unregister(named(space, "own"))))._tag, "NotOwner")
        assert.strictEqual(yield* registry.get(named(space, "own")), a)
        assert.strictEqual(yield* a.call("Unregister", { key: "own", namespace: space }), "ok")
        yield* registry.register(named(space, "scoped"), b)
        assert.strictEqual(yield* b.call("Unregister", { key: "scoped", namespace: space }), "NotOwner")
        assert.strictEqual(
          (yield* Effect.scoped(Effect.flip(registry.unregister(named(space, "scoped")))))._tag,
          "NotOwner"
        )
      })
    )
  )

  it.effect("outside of processes the scope owns a name, and only a process registers itself", () =>
    using((registry, space) =>
      Effect.gen(function* () {
        const ref = yield* start
        const scope = yield* Scope.make()
        yield* registry.register(named(space, "a"), ref).pipe(Scope.provide(scope))
        assert.isTrue(yield* registry.holds(named(space, "a")))
        yield* Scope.close(scope, Exit.void)
        assert.isFalse(yield* registry.holds(named(space, "a")))
        assert.deepStrictEqual(yield* registry.lookup(named(space, "a")), Option.none())
        const late = yield* Effect.flip(registry.register(named(space, "a"), ref).pipe(Scope.provide(scope)))
        assert.strictEqual(late._tag, "ProcessDead")
        assert.strictEqual((yield* Effect.flip(registry.registerSelf(named(space, "a"))))._tag, "NotAProcess")
      })
    )
  )

  it.effect("names are 1 to 255 characters in production or a test namespace", () =>
    using((registry, space) =>
      Effect.gen(function* () {
        const ref = yield* start
        const refused = (name: ReturnType<typeof named>) =>
          Effect.map(Effect.flip(registry.register(name, ref)), (error) => error._tag)
        for (const key of ["", "x".repeat(256), "a\u0000b", "\ud800"]) {
          assert.strictEqual(yield* refused(named(space, key)), "InvalidName")
          assert.deepStrictEqual(yield* registry.lookup(named(space, key)), Option.none())
        }
        for (const namespace of ["", "test", "test/", "Production", `test/${"x".repeat(255)}`]) {
          assert.strictEqual(yield* refused(named(namespace, "a")), "InvalidName")
        }
        for (const key of ["x".repeat(255), "constructor", "__proto__", "a@b:c/d e", "“ü”\u{1F600}"]) {
          yield* registry.register(named(space, key), ref)
          assert.strictEqual(yield* registry.get(named(space, key)), ref)
        }
      })
    )
  )

  it.effect("a look-up by another kind of process is a defect that names both", () =>
    using((registry, space) =>
      Effect.gen(function* () {
        const Other = { protocol: RpcGroup.make(Rpc.make("Add", { payload: { by: Schema.String } })) }
        const Part = { protocol: RpcGroup.make(Add) }
        const ref = yield* start
        yield* registry.register(named(space, "a"), ref)
        const part = yield* registry.lookup(ProcessRegistry.name(Part, "a", { namespace: space }))
        assert.isTrue(Option.isSome(part))
        const exit = yield* Effect.exit(registry.lookup(ProcessRegistry.name(Other, "a", { namespace: space })))
        assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
      })
    )
  )

  it.effect("a registration that is interrupted leaves nothing", () =>
    using((registry, space) =>
      Effect.gen(function* () {
        const ref = yield* start
        for (const index of range(10)) {
          const fiber = yield* Effect.forkChild(Effect.scoped(registry.register(named(space, `${index}`), ref)), {
            startImmediately: true
          })
          yield* Fiber.interrupt(fiber)
        }
        assert.strictEqual(yield* registry.count({ namespace: space }), 0)
      })
    )
  )
}
