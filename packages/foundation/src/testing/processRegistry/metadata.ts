/** Metadata: what is refused, what comes back, what is found by it. */
import { assert } from "@effect/vitest"
import { Effect, Option, Result, Schema } from "effect"
import * as Process from "../../process/Process.ts"
import * as ProcessRegistry from "../../registry/ProcessRegistry.ts"
import { named, start, startMany, range, keys, using } from "./shared.ts"
import type { It } from "./shared.ts"

/** What agents must tell of themselves. */
const AgentMetadata = Schema.Struct({
  capability: Schema.Array(Schema.String),
  health_status: Schema.Literals(["healthy", "degraded", "unhealthy"]),
  node: Schema.String,
  resources: Schema.Struct({ memory: Schema.Finite, cpu: Schema.Finite })
})

export const metadata = (it: It): void => {
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
          yield* number({ field: "region", operator: ">=", value: 4 }, { field: "tags", operator: "has", value: "ml" }),
          25
        )
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

  it.effect("A26: several conditions find exactly the matching; what is not declared or no operator is refused", () =>
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
            Effect.flip(registry.query({ namespace: space, where: [condition as ProcessRegistry.Condition], limit })),
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
}
