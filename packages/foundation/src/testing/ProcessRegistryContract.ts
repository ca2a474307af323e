/**
 * What the process registry does on every store, as a suite: section A and B of the behaviours that the registry was
 * designed after. A backend passes it beside the contract of its store.
 *
 * @since 0.1.0
 */
import { assert, layer as layerBlock } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, Layer, Option, Result, Schema, Scope, Stream } from "effect"
import { Rpc, RpcGroup } from "effect/rpc"
import * as Process from "../process/Process.ts"
import * as ProcessRegistry from "../registry/ProcessRegistry.ts"
import type { RegistryStore } from "../registry/RegistryStore.ts"

const Add = Rpc.make("Add", { payload: { by: Schema.Int }, success: Schema.Int })

const Counter = Process.make({
  name: "counter",
  protocol: RpcGroup.make(
    Add,
    Rpc.make("Register", { payload: { key: Schema.String, namespace: Schema.String }, success: Schema.String }),
    Rpc.make("Unregister", { payload: { key: Schema.String, namespace: Schema.String }, success: Schema.String }),
    Rpc.make("Crash")
  ),
  init: () => Effect.succeed({ count: 0 }),
  handlers: {
    Add: ({ by }, state) => Effect.sync(() => (state.count += by)),
    Register: ({ key, namespace }): Effect.Effect<string, never, ProcessRegistry.ProcessRegistry> =>
      ProcessRegistry.ProcessRegistry.use((registry) => registry.registerSelf(named(namespace, key))).pipe(
        Effect.match({ onFailure: (error) => error._tag, onSuccess: (registration) => registration.label })
      ),
    Unregister: ({ key, namespace }): Effect.Effect<string, never, ProcessRegistry.ProcessRegistry | Scope.Scope> =>
      ProcessRegistry.ProcessRegistry.use((registry) => registry.unregister(named(namespace, key))).pipe(
        Effect.match({ onFailure: (error) => error._tag, onSuccess: () => "ok" })
      ),
    Crash: () => Effect.die(new Error("as asked"))
  }
})

let used = 0
const freshNamespace = (): `test/${string}` => `test/${process.pid}-${++used}`
const named = (namespace: string, key: string, metadata?: Parameters<typeof ProcessRegistry.name>[2]) =>
  ProcessRegistry.name(Counter, key, { ...metadata, namespace: namespace as `test/${string}` })

const start = Process.start(Counter)
const startMany = (count: number) => Effect.all(Array.from({ length: count }, () => start))
const range = (count: number) => Array.from({ length: count }, (_, index) => index)
const keys = (registrations: ReadonlyArray<ProcessRegistry.Registration>) =>
  registrations.map((registration) => registration.key).toSorted()

/** A test with a registry, and a namespace of its own. */
const using = <A, E, R>(
  test: (registry: ProcessRegistry.ProcessRegistry["Service"], namespace: `test/${string}`) => Effect.Effect<A, E, R>
) => ProcessRegistry.ProcessRegistry.use((registry) => test(registry, freshNamespace()))

/** A step of a mixed load; only its refusal matters. */
type Step = Effect.Effect<Result.Result<unknown, { readonly _tag: string }>, never, Scope.Scope>

/** What agents must tell of themselves. */
const AgentMetadata = Schema.Struct({
  capability: Schema.Array(Schema.String),
  health_status: Schema.Literals(["healthy", "degraded", "unhealthy"]),
  node: Schema.String,
  resources: Schema.Struct({ memory: Schema.Finite, cpu: Schema.Finite })
})

const indexes = [
  "kind",
  "tags",
  "priority",
  "capability",
  "health_status",
  "region",
  "premium",
  "resources.memory",
  "resources.cpu"
]

/** Runs the suite on a store. */
export const suite = <E>(name: string, store: Layer.Layer<RegistryStore, E>): void =>
  layerBlock(Layer.provide(ProcessRegistry.layer({ indexes, lease: "1 hour" }), store), { timeout: "60 seconds" })(
    `ProcessRegistry: ${name}`,
    (it) => {
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

      it.effect("A8: metadata that is no JSON record is refused, and nothing is registered", () =>
        using((registry, space) =>
          Effect.gen(function* () {
            const ref = yield* start
            const wrong = [
              "text",
              1,
              null,
              [1],
              new Map(),
              { f: () => 1 },
              { d: new Date(0) },
              { n: Number.NaN },
              { u: undefined }
            ]
            for (const metadata of wrong) {
              // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the types forbid comes from outside
              const options = { metadata: metadata as ProcessRegistry.Metadata }
              const error = yield* Effect.flip(registry.register(named(space, "a"), ref, options))
              assert.strictEqual(error._tag, "InvalidMetadata")
            }
            const large = yield* Effect.flip(
              registry.register(named(space, "a"), ref, { metadata: { text: "ü".repeat(8190) } })
            )
            assert.strictEqual(large._tag, "MetadataTooLarge")
            assert.strictEqual(yield* registry.count({ namespace: space }), 0)
            yield* registry.register(named(space, "a"), ref, { metadata: { text: "ü".repeat(8180) } })
          })
        )
      )

      it.effect("A9: metadata comes back unchanged; an update replaces it whole; an unknown name has none", () =>
        using((registry, space) =>
          Effect.gen(function* () {
            const ref = yield* start
            const metadata = { a: 1, b: [true, null, { deep: "x" }], c: { constructor: 1 } }
            yield* registry.register(named(space, "a"), ref, { metadata })
            const told = Option.getOrThrow(yield* registry.whereis(named(space, "a")))
            assert.deepStrictEqual(told.metadata, metadata)
            assert.strictEqual(told.ref, ref)
            assert.strictEqual(told.label, ref.label)
            assert.strictEqual(told.node, registry.node)
            metadata.b.push(false)
            const updated = yield* registry.setMetadata(named(space, "a"), { a: 1, d: 4 })
            assert.deepStrictEqual(updated.metadata, { a: 1, d: 4 })
            assert.strictEqual(updated.revision, 2)
            const conflict = yield* Effect.flip(registry.setMetadata(named(space, "a"), {}, { revision: 1 }))
            assert.deepInclude(conflict, { _tag: "RevisionConflict", expected: 1, actual: 2 })
            assert.strictEqual((yield* registry.setMetadata(named(space, "a"), {}, { revision: 2 })).revision, 3)
            const unknown = yield* Effect.flip(registry.setMetadata(named(space, "unknown"), {}))
            assert.strictEqual(unknown._tag, "NotRegistered")
            assert.deepStrictEqual(yield* registry.whereis(named(space, "unknown")), Option.none())
          })
        )
      )

      it.effect("A10: a predicate finds exactly what it admits; one that throws is a failure of its caller alone", () =>
        using((registry, space) =>
          Effect.gen(function* () {
            const refs = yield* startMany(6)
            yield* Effect.forEach(refs, (ref, index) =>
              registry.register(named(space, `${index}`), ref, { metadata: { type: index % 2 === 0 ? "even" : "odd" } })
            )
            const even = yield* registry.query({
              namespace: space,
              filter: ({ metadata }) => metadata["type"] === "even"
            })
            assert.deepStrictEqual(keys(even), ["0", "2", "4"])
            assert.deepStrictEqual(new Set(even.map((it) => it.ref)), new Set([refs[0], refs[2], refs[4]]))
            assert.deepStrictEqual(yield* registry.query({ namespace: space, filter: () => false }), [])
            const boom = () => {
              throw new Error("boom")
            }
            const error = yield* Effect.flip(registry.query({ namespace: space, filter: boom }))
            assert.strictEqual(error._tag, "PredicateFailed")
            assert.include(error.message, "boom")
            assert.strictEqual(yield* registry.get(named(space, "0")), refs[0])
            assert.strictEqual((yield* registry.query({ namespace: space, filter: () => true, limit: 4 })).length, 4)
          })
        )
      )

      it.effect("A11, A13: 1000 registrations of 50 fibers are all there, and all found by as many", () =>
        using((registry, space) =>
          Effect.gen(function* () {
            const ref = yield* start
            const batches = range(50).map((task) => range(20).map((index) => named(space, `${task}-${index}`)))
            yield* Effect.forEach(batches, (names) => Effect.forEach(names, (name) => registry.register(name, ref)), {
              concurrency: "unbounded"
            })
            assert.strictEqual(yield* registry.count({ namespace: space }), 1000)
            const found = yield* Effect.forEach(batches, (names) => Effect.forEach(names, registry.get), {
              concurrency: "unbounded"
            })
            assert.isTrue(found.flat().every((it) => it === ref))
          })
        )
      )

      it.effect("A12, A14: indexed searches find exactly the arithmetic number", () =>
        using((registry, space) =>
          Effect.gen(function* () {
            const ref = yield* start
            const registered = yield* registry.registerAll(
              range(500).map((index) => ({
                name: named(space, `${index}`),
                ref,
                metadata: {
                  kind: index % 3 === 0 ? "coordinator" : "worker",
                  priority: index % 5 === 0 ? "high" : "low",
                  tags: index % 4 === 0 ? ["ml", "any"] : ["any"],
                  premium: index % 10 === 0,
                  region: Math.floor(index / 100)
                }
              }))
            )
            assert.isTrue(registered.every(Result.isSuccess))
            const number = (...where: ReadonlyArray<ProcessRegistry.Condition>) =>
              Effect.map(registry.query({ namespace: space, where }), (found) => found.length)
            assert.strictEqual(yield* number({ field: "kind", operator: "=", value: "coordinator" }), 167)
            assert.strictEqual(yield* number({ field: "priority", operator: "=", value: "high" }), 100)
            assert.strictEqual(yield* number({ field: "tags", operator: "has", value: "ml" }), 125)
            assert.strictEqual(yield* number({ field: "premium", operator: "=", value: true }), 50)
            assert.strictEqual(yield* number({ field: "region", operator: "in", value: [1, 3] }), 200)
            assert.strictEqual(
              yield* number(
                { field: "region", operator: ">=", value: 4 },
                { field: "tags", operator: "has", value: "ml" }
              ),
              25
            )
          })
        )
      )

      it.effect("A15: each entry of a bulk has its own answer; the good ones are registered, the bad ones not", () =>
        using((registry, space) =>
          Effect.gen(function* () {
            const [ref, other, dead] = [yield* start, yield* start, yield* start]
            yield* registry.register(named(space, "taken"), other)
            yield* Process.kill(dead)
            const good = range(46).map((index) => ({ name: named(space, `good-${index}`), ref }))
            const answers = yield* registry.registerAll([
              ...good,
              { name: named(space, ""), ref },
              { name: named(space, "taken"), ref },
              { name: named(space, "good-0"), ref: other },
              { name: named(space, "dead"), ref: dead }
            ])
            assert.isTrue(answers.slice(0, 46).every(Result.isSuccess))
            const failures = answers.slice(46).map((answer) => (Result.isFailure(answer) ? answer.failure._tag : "ok"))
            assert.deepStrictEqual(failures, ["InvalidName", "NameTaken", "NameTaken", "ProcessDead"])
            assert.strictEqual(yield* registry.count({ namespace: space }), 47)
            const many = range(1001).map((index) => ({ name: named(space, `x${index}`), ref }))
            assert.strictEqual((yield* Effect.flip(registry.registerAll(many)))._tag, "LimitExceeded")
          })
        )
      )

      it.effect("A16, A27: groups are searched by index; who dies disappears from each, who changes moves", () =>
        using((registry, space) =>
          Effect.gen(function* () {
            const refs = yield* startMany(100)
            const groups = ["read", "write", "plan"]
            yield* Effect.forEach(refs, (ref, index) =>
              registry.register(named(space, `${index}`), ref, {
                metadata: { capability: [groups[index % 3]!], health_status: "healthy" }
              })
            )
            const having = (value: string) =>
              registry.query({ namespace: space, where: [{ field: "capability", operator: "has", value }] })
            const healthy = (value: string) =>
              registry.query({ namespace: space, where: [{ field: "health_status", operator: "=", value }] })
            const sizes = yield* Effect.forEach(groups, (group) => Effect.map(having(group), (found) => found.length))
            assert.deepStrictEqual(sizes, [34, 33, 33])
            yield* Process.kill(refs[0]!)
            assert.strictEqual((yield* having("read")).length, 33)
            assert.strictEqual((yield* healthy("healthy")).length, 99)
            yield* registry.setMetadata(named(space, "3"), { capability: ["plan"], health_status: "degraded" })
            assert.strictEqual((yield* having("read")).length, 32)
            assert.strictEqual((yield* having("plan")).length, 34)
            assert.deepStrictEqual(keys(yield* healthy("degraded")), ["3"])
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

      it.effect.prop(
        "A18, A19, A20: distinct names registered at once are all found, by all alike; half unregistered, the other half stays",
        [
          Schema.UniqueArray(Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(20))).check(
            Schema.isMinLength(2),
            Schema.isMaxLength(20)
          )
        ],
        ([texts]) =>
          using((registry, space) =>
            Effect.gen(function* () {
              const distinct = [...new Set(texts.map((text) => encodeURIComponent(text.toWellFormed())))]
              const ref = yield* start
              const names = distinct.map((text) => named(space, text.slice(0, 255)))
              yield* Effect.forEach(names, (name) => registry.register(name, ref), { concurrency: "unbounded" })
              assert.strictEqual(
                yield* registry.count({ namespace: space }),
                new Set(names.map((name) => name.key)).size
              )
              const same = yield* Effect.forEach(range(10), () => registry.get(names[0]!), { concurrency: "unbounded" })
              assert.isTrue(same.every((it) => it === ref))
              const [gone, kept] = [
                names.filter((_, index) => index % 2 === 0),
                names.filter((_, index) => index % 2 === 1)
              ]
              yield* Effect.forEach(gone, registry.unregister, { concurrency: "unbounded" })
              const found = yield* Effect.forEach([...gone, ...kept], registry.lookup)
              assert.deepStrictEqual(found.map(Option.isSome), [...gone.map(() => false), ...kept.map(() => true)])
              yield* Effect.forEach(kept, registry.unregister)
            })
          ),
        { arbitrary: { runs: 20 } }
      )

      it.effect(
        "A21: in each of 50 rounds of 20 contenders exactly one gets the name, and all others are told who",
        () =>
          using((registry, space) =>
            Effect.gen(function* () {
              const refs = yield* startMany(20)
              for (const round of range(50)) {
                const answers = yield* Effect.forEach(
                  refs,
                  (ref) => Effect.result(registry.register(named(space, `${round}`), ref)),
                  { concurrency: "unbounded" }
                )
                const winners = answers.filter(Result.isSuccess)
                assert.strictEqual(winners.length, 1)
                const holder = yield* registry.get(named(space, `${round}`))
                for (const answer of answers) {
                  if (Result.isFailure(answer))
                    assert.deepInclude(answer.failure, { _tag: "NameTaken", holder: holder.label })
                }
              }
            })
          )
      )

      it.effect(
        "A22, A28: 10 fibers mix 100 steps each beside 100 look-ups: nothing fails but for a taken name, nothing is stale",
        () =>
          using((registry, space) =>
            Effect.gen(function* () {
              const refs = yield* startMany(10)
              const stable = yield* start
              yield* registry.register(named(space, "stable"), stable)
              const work = (task: number) =>
                Effect.forEach(range(100), (step): Step => {
                  const name = named(space, `${(task * 7 + step) % 15}`)
                  if (step % 3 === 0) return Effect.result(registry.register(name, refs[task]!))
                  if (step % 3 === 1) return Effect.result(registry.lookup(name))
                  return Effect.result(registry.unregister(name))
                })
              const looks = Effect.forEach(range(100), () => registry.get(named(space, "stable")), {
                concurrency: "unbounded"
              })
              const fiber = yield* Effect.forkChild(looks)
              const results = (yield* Effect.forEach(range(10), work, { concurrency: "unbounded" })).flat()
              for (const result of results) {
                if (Result.isFailure(result)) assert.strictEqual(result.failure._tag, "NameTaken")
              }
              assert.isTrue((yield* Fiber.join(fiber)).every((it) => it === stable))
              yield* Effect.forEach(refs, Process.kill)
              assert.strictEqual(yield* registry.count({ namespace: space }), 1)
            })
          )
      )

      it.effect("A24: 50 rounds of register and kill leave as much as there was: no name, no watcher", () =>
        using((registry, space) =>
          Effect.gen(function* () {
            const before = yield* registry.stats
            const survivor = yield* start
            yield* Effect.forEach(range(50), (round) =>
              Effect.gen(function* () {
                const ref = yield* start
                yield* registry.register(named(space, `${round}`), ref)
                yield* ref.call("Register", { key: `own-${round}`, namespace: space })
                yield* Effect.scoped(registry.register(named(space, `scoped-${round}`), survivor))
                yield* Process.kill(ref)
              })
            )
            const after = yield* registry.stats
            assert.strictEqual(after.local, before.local)
            assert.strictEqual(after.namespaces.get(space), undefined)
            assert.strictEqual(watchersOf(survivor), 0)
          })
        )
      )

      it.effect("A25: what a kind of name demands of metadata is demanded, with all that is missing", () =>
        using((registry, space) =>
          Effect.gen(function* () {
            const ref = yield* start
            const name = named(space, "agent", { metadata: AgentMetadata })
            const missing = yield* Effect.flip(registry.register(name, ref, { metadata: { capability: ["ml"] } }))
            assert.strictEqual(missing._tag, "InvalidMetadata")
            for (const field of ["health_status", "node", "resources"]) assert.include(missing.message, field)
            assert.notInclude(missing.message, `["capability"]`)
            const metadata = {
              capability: ["ml"],
              health_status: "healthy",
              node: "n",
              resources: { memory: 1, cpu: 0 }
            }
            const sick = yield* Effect.flip(
              registry.register(name, ref, { metadata: { ...metadata, health_status: "fine" } })
            )
            assert.include(sick.message, "health_status")
            assert.deepStrictEqual(yield* registry.lookup(name), Option.none())
            yield* registry.register(name, ref, { metadata })
            const update = yield* Effect.flip(registry.setMetadata(name, { node: "n" }))
            assert.strictEqual(update._tag, "InvalidMetadata")
          })
        )
      )

      it.effect(
        "A26: several conditions find exactly the matching; what is not declared or no operator is refused",
        () =>
          using((registry, space) =>
            Effect.gen(function* () {
              const ref = yield* start
              const agents = [
                ["a", ["ml"], 0.8, 0.2],
                ["b", ["ml", "db"], 0.5, 0.59],
                ["c", ["db"], 0.9, 0.1],
                ["d", ["ml"], 0.4, 0.1],
                ["e", ["ml"], 0.9, 0.6]
              ] as const
              yield* Effect.forEach(agents, ([key, capability, memory, cpu]) =>
                registry.register(named(space, key), ref, {
                  metadata: { capability, resources: { memory, cpu }, kind: key }
                })
              )
              const where: ReadonlyArray<ProcessRegistry.Condition> = [
                { field: "resources.memory", operator: ">=", value: 0.5 },
                { field: "resources.cpu", operator: "<", value: 0.6 },
                { field: "capability", operator: "has", value: "ml" }
              ]
              assert.deepStrictEqual(keys(yield* registry.query({ namespace: space, where })), ["a", "b"])
              const kinds = yield* registry.query({
                namespace: space,
                where: [{ field: "kind", operator: "in", value: ["a", "c", "x"] }]
              })
              assert.deepStrictEqual(keys(kinds), ["a", "c"])
              const refused = (condition: unknown, limit?: number) =>
                Effect.map(
                  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the types forbid comes from outside
                  Effect.flip(
                    registry.query({ namespace: space, where: [condition as ProcessRegistry.Condition], limit })
                  ),
                  (error) => error._tag
                )
              assert.strictEqual(yield* refused({ field: "kind", operator: "~", value: "a" }), "UnknownOperator")
              assert.strictEqual(yield* refused({ field: "kind", operator: "toString", value: "a" }), "UnknownOperator")
              assert.strictEqual(yield* refused({ field: "shoe size", operator: "=", value: "a" }), "UnknownField")
              assert.strictEqual(yield* refused({ field: "kind", operator: "<", value: "a" }), "InvalidOperand")
              assert.strictEqual(yield* refused({ field: "kind", operator: "in", value: "a" }), "InvalidOperand")
              assert.strictEqual(yield* refused({ field: "kind", operator: "=", value: "a" }, 0), "LimitExceeded")
            })
          )
      )

      it.effect("B32: 1000 entries are listed, whole and in pages", () =>
        using((registry, space) =>
          Effect.gen(function* () {
            const ref = yield* start
            yield* registry.registerAll(range(1000).map((index) => ({ name: named(space, `${index}`), ref })))
            const all = yield* registry.list({ namespace: space })
            assert.strictEqual(all.length, 1000)
            const first = yield* registry.list({ namespace: space, limit: 600 })
            const second = yield* registry.list({ namespace: space, limit: 600, after: first.at(-1)!.key })
            assert.deepStrictEqual(keys([...first, ...second]), keys(all))
            assert.strictEqual((yield* Effect.flip(registry.list({ limit: 1e6 })))._tag, "LimitExceeded")
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

      it.effect("watch starts with the present state and follows it to the end", () =>
        using((registry, space) =>
          Effect.gen(function* () {
            const name = named(space, "a")
            const ref = yield* start
            const seen: Array<string> = []
            const awaited = (count: number) =>
              Effect.gen(function* () {
                while (seen.length < count) yield* Effect.yieldNow
              })
            const watching = yield* Effect.forkScoped(
              Stream.runForEach(registry.watch(name), (state) =>
                Effect.sync(
                  () =>
                    void seen.push(
                      Option.match(state, { onNone: () => "-", onSome: (it) => `${it.label}@${it.revision}` })
                    )
                )
              )
            )
            yield* awaited(1)
            yield* registry.register(name, ref)
            yield* awaited(2)
            yield* registry.setMetadata(name, { a: 1 })
            yield* awaited(3)
            yield* Process.kill(ref)
            yield* awaited(4)
            assert.deepStrictEqual(seen, ["-", `${ref.label}@1`, `${ref.label}@2`, "-"])
            yield* Fiber.interrupt(watching)
          })
        )
      )

      it.effect("watchAll starts with a snapshot and tells what is new", () =>
        using((registry, space) =>
          Effect.gen(function* () {
            const [a, b] = [yield* start, yield* start]
            yield* registry.register(named(space, "a"), a)
            const seen: Array<string> = []
            const awaited = (count: number) =>
              Effect.gen(function* () {
                while (seen.length < count) yield* Effect.yieldNow
              })
            yield* Effect.forkScoped(
              Stream.runForEach(registry.watchAll({ namespace: space }), (change) =>
                Effect.sync(() => {
                  if (change._tag === "Snapshot") seen.push(`Snapshot ${keys(change.registrations).join()}`)
                  else
                    seen.push(`${change._tag} ${change._tag === "Unregistered" ? change.key : change.registration.key}`)
                })
              )
            )
            yield* awaited(1)
            yield* registry.register(named(space, "b"), b)
            yield* awaited(2)
            yield* registry.setMetadata(named(space, "a"), {})
            yield* awaited(3)
            yield* Process.kill(b)
            yield* awaited(4)
            assert.deepStrictEqual(seen, ["Snapshot a", "Registered b", "Updated a", "Unregistered b"])
          })
        )
      )

      it.effect("an address by name finds the process anew for each message", () =>
        using((registry, space) =>
          Effect.gen(function* () {
            const name = named(space, "a")
            const via = yield* registry.via(name)
            const absent = yield* Effect.flip(via.call("Add", { by: 1 }))
            assert.strictEqual(absent._tag, "Unreachable")
            yield* via.cast("Add", { by: 1 })
            const [a, b] = [yield* start, yield* start]
            yield* registry.register(name, a)
            assert.strictEqual(yield* via.call("Add", { by: 2 }), 2)
            yield* Process.kill(a)
            yield* registry.register(name, b)
            yield* via.cast("Add", { by: 3 })
            assert.strictEqual(yield* via.call("Add", { by: 3 }), 6)
            const { failures, replies } = yield* Process.gather([via, b], "Add", { by: 1 })
            assert.deepStrictEqual([replies.length, failures.length], [2, 0])
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
  )

/** How many watchers a process has: what a registry must give back. */
const watchersOf = (ref: Process.AnyRef): number => Process.cellOf(ref).watcherCount
