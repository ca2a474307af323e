/** A coordinator and its workers under one supervisor, as whoever runs them sees it. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer, Logger, Schema, Scope } from "effect"
import { Rpc, RpcGroup } from "effect/rpc"
import * as Process from "../../src/process/Process.ts"
import * as Supervisor from "../../src/process/Supervisor.ts"
import * as ProcessRegistry from "../../src/registry/ProcessRegistry.ts"
import { expectNoLeaks } from "../../src/testing/expectNoLeaks.ts"

const Member = Process.make({
  name: "member",
  protocol: RpcGroup.make(Rpc.make("Who", { success: Schema.String }), Rpc.make("Count", { success: Schema.Int })),
  init: (who: string) => Effect.succeed({ who, count: 0 }),
  handlers: {
    Who: (_, { who }) => Effect.succeed(who),
    Count: (_, state) => Effect.sync(() => ++state.count)
  }
})
type MemberRef = Process.ProcessRef<typeof Member extends Process.Process<infer R, string> ? R : never>

const name = (id: string) => ProcessRegistry.name(Member, id)
const spec = (id: string) => Supervisor.child(Member, { id, args: id, name: name(id) })

const quiet = Logger.layer([])
const provided = <A, E>(effect: Effect.Effect<A, E, ProcessRegistry.ProcessRegistry | Scope.Scope>) =>
  expectNoLeaks(Effect.scoped(effect).pipe(Effect.provide(Layer.provideMerge(ProcessRegistry.layerMemory, quiet))))

/** One coordinator and `workers` workers, `w0`, `w1`, … */
const ecosystem = (workers: number, scope?: Scope.Scope) =>
  Effect.gen(function* () {
    const registry = yield* ProcessRegistry.ProcessRegistry
    const ids = ["coordinator", ...Array.from({ length: workers }, (_, at) => `w${at}`)]
    const starting = Supervisor.start(Supervisor.make({ name: "ecosystem", children: ids.map(spec) }))
    const root = yield* scope === undefined ? starting : Scope.provide(starting, scope)
    const member = (id: string): Effect.Effect<MemberRef> => Effect.orDie(registry.get(name(id)))
    /** What the tree says: the running members. */
    const info = Effect.map(Supervisor.tree(root), (children) => ({
      live: children.filter(({ status }) => status === "running").map(({ id }) => id),
      incarnations: new Map(children.map(({ id, incarnation }) => [id, incarnation]))
    }))
    return { root, info, member, registry, ids }
  })

/** Kills a member, and waits until the next incarnation answers. */
const kill = (ref: MemberRef) => Effect.andThen(Process.kill(ref), ref.call("Who"))

describe("an ecosystem of one coordinator and its workers", () => {
  it.effect("K111: with 1 to 20 workers, w + 1 members live and answer, each under its own name", () =>
    provided(
      Effect.gen(function* () {
        for (let workers = 1; workers <= 20; workers++) {
          yield* Effect.scoped(
            Effect.gen(function* () {
              const { ids, info, member, registry } = yield* ecosystem(workers)
              assert.deepStrictEqual((yield* info).live, ids)
              assert.strictEqual(ids.length, workers + 1)
              assert.strictEqual(yield* registry.count(), workers + 1)
              const answers = yield* Effect.forEach(ids, (id) => Effect.flatMap(member(id), (ref) => ref.call("Who")))
              assert.deepStrictEqual(answers, ids)
            })
          )
        }
      })
    )
  )

  it.effect("K112: a killed coordinator is back in a new incarnation; its workers have noticed nothing", () =>
    provided(
      Effect.gen(function* () {
        const { info, member, registry } = yield* ecosystem(5)
        const coordinator = yield* member("coordinator")
        const ended = yield* Process.monitor(coordinator)
        yield* coordinator.call("Count")
        const worker = yield* member("w0")
        yield* worker.call("Count")
        yield* kill(coordinator)
        assert.strictEqual((yield* ended)._tag, "Killed")
        const { incarnations, live } = yield* info
        assert.strictEqual(live.length, 6)
        assert.deepStrictEqual([...incarnations.values()], [2, 1, 1, 1, 1, 1])
        assert.strictEqual(yield* coordinator.call("Count"), 1)
        assert.strictEqual(yield* worker.call("Count"), 2)
        assert.strictEqual(yield* member("coordinator"), coordinator)
        assert.strictEqual(yield* registry.count(), 6)
      })
    )
  )

  for (const victims of [1, 2, 3]) {
    it.effect(`K112: with ${victims} of 8 workers killed at once the ecosystem lives on, complete again`, () =>
      provided(
        Effect.gen(function* () {
          const { ids, info, member } = yield* ecosystem(8)
          const killed = ids.slice(2, 2 + victims)
          yield* Effect.forEach(killed, (id) => Effect.flatMap(member(id), kill), { concurrency: "unbounded" })
          const { incarnations, live } = yield* info
          assert.deepStrictEqual(live, ids)
          for (const id of ids) assert.strictEqual(incarnations.get(id), killed.includes(id) ? 2 : 1, id)
          assert.strictEqual(yield* (yield* member("coordinator")).call("Who"), "coordinator")
        })
      )
    )
  }

  it.effect("K113: adding a worker gives one more, removing one gives one less", () =>
    provided(
      Effect.gen(function* () {
        const { info, member, registry, root } = yield* ecosystem(3)
        const added = yield* Supervisor.startChild(root, spec("w3"))
        assert.strictEqual((yield* info).live.length, 5)
        assert.strictEqual(yield* member("w3"), added)
        yield* Supervisor.stopChild(root, "w0")
        assert.deepStrictEqual((yield* info).live, ["coordinator", "w1", "w2", "w3"])
        assert.strictEqual(yield* registry.count(), 4)
        assert.strictEqual((yield* Effect.flip(registry.get(name("w0"))))._tag, "NotRegistered")
      })
    )
  )

  it.effect("K113: an orderly shutdown leaves none of them: no process, no name", () =>
    provided(
      Effect.gen(function* () {
        const scope = yield* Scope.make()
        const { ids, info, member, registry, root } = yield* ecosystem(20, scope)
        const refs = yield* Effect.forEach(ids, member)
        const exits = yield* Effect.forEach(refs, Process.monitor)
        yield* Scope.close(scope, Exit.void)
        assert.deepStrictEqual((yield* info).live, [])
        assert.isFalse(yield* Process.isAlive(root))
        for (const ref of refs) assert.isFalse(yield* Process.isAlive(ref))
        for (const exit of exits) assert.strictEqual((yield* exit)._tag, "Shutdown")
        assert.strictEqual(yield* registry.count(), 0)
      })
    )
  )

  it.effect("K115: what is created grows by one process, one name and one start for each worker", () =>
    provided(
      Effect.gen(function* () {
        for (const workers of [1, 10, 20]) {
          yield* Effect.scoped(
            Effect.gen(function* () {
              const { info, registry } = yield* ecosystem(workers)
              const { incarnations, live } = yield* info
              const starts = [...incarnations.values()].reduce((sum, count) => sum + count, 0)
              assert.deepStrictEqual(
                [live.length, yield* registry.count(), starts],
                [workers + 1, workers + 1, workers + 1]
              )
            })
          )
          assert.strictEqual(yield* (yield* ProcessRegistry.ProcessRegistry).count(), 0)
        }
      })
    )
  )
})
