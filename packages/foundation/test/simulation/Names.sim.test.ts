/** P3: a unique name has at most one owner in every instant, and only its owner's writes are taken. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Random, Schema } from "effect"
import { Rpc, RpcGroup } from "effect/rpc"
import * as Process from "../../src/process/Process.ts"
import * as ProcessRegistry from "../../src/registry/ProcessRegistry.ts"
import { makeMemoryStore } from "../../src/registry/internal/memoryStore.ts"
import type { RegistryStore } from "../../src/registry/RegistryStore.ts"
import * as Linearizability from "../../src/testing/Linearizability.ts"
import * as Simulation from "../../src/testing/Simulation.ts"
import { clientOf, type Disk, model, type Operation, Resource } from "./fenced.ts"
import { Names, registryOn } from "./names.ts"
import { holds } from "./seeds.ts"

const leaseMillis = 1000
const quiet = { delay: { min: 1, max: 20 }, loss: 0, duplicate: 0, reorder: 0 }
const rough = { delay: { min: 1, max: 60 }, loss: 0.05, duplicate: 0.05, reorder: 0.1 }
const contenders = ["a", "b", "c", "d", "e"]
const world: Simulation.WorldOptions = {
  nodes: ["store", "disk", ...contenders],
  network: rough,
  clocks: { a: { offset: 5000, rate: 0.87 }, b: { offset: 3_000_000, rate: 1.02 }, store: { rate: 1.01 } }
}
/** Pauses make two owners most easily. */
const chaos: Omit<Simulation.ChaosOptions, "lasting"> = {
  gap: { min: 200, max: 2000 },
  length: { min: 100, max: 2500 },
  faults: ["pause", "pause", "crash", "isolate", "partition", "one-way"]
}

const Owner = Process.make({
  name: "owner",
  protocol: RpcGroup.make(Rpc.make("Ping", { success: Schema.Int })),
  init: () => Effect.void,
  handlers: { Ping: () => Effect.succeed(1) }
})
const theOne = ProcessRegistry.name(Owner, "the-one")

interface Bugs {
  readonly resource?: Disk["bug"]
  readonly store?: (store: RegistryStore["Service"]) => RegistryStore["Service"]
}

/** Faults while nodes contend for one name, then calm; then everybody sees the same owner. */
const history = (sim: Simulation.Simulation, bugs: Bugs = {}) =>
  Effect.gen(function* () {
    const store = (bugs.store ?? ((it) => it))(makeMemoryStore({ shared: true }))
    const disk: Disk = { state: model.initial, answers: new Map(), bug: bugs.resource, refused: 0 }
    const operations = new Linearizability.History<Operation, number>()
    const registries = new Map<string, ProcessRegistry.ProcessRegistry["Service"]>()
    const owns = new Map<string, () => boolean>()
    const storeNode = sim.node("store")
    const diskNode = sim.node("disk")
    yield* storeNode.boot(Effect.flatMap(Process.start(Names, store), (names) => storeNode.expose("names", names)))
    yield* diskNode.boot(
      Effect.flatMap(Process.start(Resource, disk), (resource) => diskNode.expose("resource", resource))
    )
    let owners = 0
    const contend = (name: string) =>
      Effect.gen(function* () {
        const registry = yield* registryOn({ names: storeNode.remote("names", Names, name), node: name, leaseMillis })
        const look = Effect.runSyncWith(yield* Effect.context<never>())
        registries.set(name, registry)
        owns.set(name, () => look(registry.holds(theOne)))
        const ask = clientOf({
          resource: diskNode.remote("resource", Resource, name),
          client: name,
          history: operations
        })
        const own = Effect.gen(function* () {
          yield* registry.register(theOne, yield* Process.start(Owner))
          owners++
          const epoch = yield* ask({ _tag: "Open" })
          for (let n = yield* Random.nextIntBetween(0, 3); n > 0; n--) {
            if (!(yield* registry.holds(theOne))) return
            // Thinks for longer than is wise: it may no longer own the name when it writes.
            yield* Effect.sleep(yield* Random.nextIntBetween(0, 1200))
            const value = operations.calls.length
            yield* Effect.ignore(ask({ _tag: "Write", epoch, value }))
          }
          yield* Effect.ignore(ask({ _tag: "Read" }))
          yield* Effect.sleep(yield* Random.nextIntBetween(0, 600))
        })
        return yield* Effect.forever(
          Effect.andThen(
            Effect.exit(Effect.scoped(own)),
            Effect.flatMap(Random.nextIntBetween(50, 500), (millis) => Effect.sleep(millis))
          )
        )
      })
    const running = contenders.slice(0, yield* Random.nextIntBetween(2, 5))
    for (const name of running) {
      yield* sim.node(name).boot(
        Effect.suspend(() => {
          owns.delete(name)
          return Effect.forkScoped(Effect.scoped(contend(name)))
        })
      )
    }
    yield* sim.always(() => {
      const now = [...owns].filter(([name, isOwner]) => sim.node(name).isUp && isOwner()).map(([name]) => name)
      return now.length > 1 ? `${now.join(" and ")} own the name at the same time` : undefined
    })
    yield* sim.chaos({ lasting: "7 seconds", ...chaos, nodes: ["store", "disk", ...running] })
    yield* sim.setNetwork(quiet)
    const before = owners
    yield* sim.until(() => owners > before, { what: "a new owner in the calm", within: "10 seconds" })

    const found = Linearizability.violation(model, operations.calls)
    if (found !== undefined) {
      assert.fail(
        `after ${found.linearized} operations none can follow: ${JSON.stringify([found.blocked, operations.calls])}`
      )
    }
    return { owners, operations: operations.calls.length, refused: disk.refused }
  })

describe("unique names over simulated nodes (P3)", () => {
  holds(
    "Names.sim.test.ts",
    "one owner of a name in every instant, and its fenced writes are linearizable",
    { ...world, ci: 1000, nightly: 100_000 },
    (sim) => history(sim)
  )

  it.live("its histories are worth something: names change hands, and the fence refuses writes", () =>
    Effect.gen(function* () {
      let [owners, operations, refused] = [0, 0, 0]
      for (let seed = 1; seed <= 100; seed++) {
        const seen = yield* Simulation.run({ ...world, seed }, (sim) => history(sim))
        owners += seen.owners
        operations += seen.operations
        refused += seen.refused
      }
      assert.isAbove(owners, 400)
      assert.isAbove(operations, 1200)
      assert.isAbove(refused, 3)
    })
  )

  const finds = (name: string, bugs: Bugs, shows: RegExp) =>
    it.live(`a planted bug is found: ${name}`, () =>
      Effect.gen(function* () {
        const failed = yield* Effect.flip(Simulation.check({ ...world, runs: 200 }, (sim) => history(sim, bugs)))
        assert.match(failed.report, shows)
      })
    )

  finds("the resource takes writes of any epoch", { resource: "no fence" }, /none can follow/)
  finds("the resource does a repeated request again", { resource: "no memory of requests" }, /none can follow/)
  finds(
    "the store ends leases at half their time",
    {
      store: (store) => ({
        ...store,
        open: (session, lease) => store.open(session, lease / 2),
        renew: (session, lease) => store.renew(session, lease / 2)
      })
    },
    /own the name at the same time/
  )
  finds(
    "the store lets a claim win over a living holder",
    {
      store: (store) => ({
        ...store,
        claim: (rows) =>
          Effect.flatMap(store.find(rows[0]!.namespace, rows[0]!.key), (holder) =>
            Effect.andThen(store.release(holder === undefined ? [] : [holder]), store.claim(rows))
          )
      })
    },
    /own the name at the same time/
  )

  /** The store, and a registry on each of the others. */
  const registries = (sim: Simulation.Simulation) =>
    Effect.gen(function* () {
      const store = sim.node("store")
      yield* store.run(
        Effect.flatMap(Process.start(Names, makeMemoryStore({ shared: true })), (names) => store.expose("names", names))
      )
      const on = (node: string) =>
        sim.node(node).run(registryOn({ names: store.remote("names", Names, node), node, leaseMillis }))
      return { a: yield* on("a"), b: yield* on("b") }
    })
  const three = { seed: 1, nodes: ["store", "a", "b"], network: quiet }

  it.live("a node that comes back from a partition does not hold a name that another has taken meanwhile", () =>
    Simulation.run(three, (sim) =>
      Effect.gen(function* () {
        const { a, b } = yield* registries(sim)
        const [onA, onB] = [sim.node("a"), sim.node("b")]
        const register = (registry: typeof a) =>
          Effect.flatMap(Process.start(Owner), (owner) => registry.register(theOne, owner))
        yield* onA.run(register(a))
        yield* sim.isolate("a")
        yield* sim.adjust(2 * leaseMillis)
        yield* onB.run(register(b))
        yield* sim.heal()
        // While a opens its next session and asks for its names, they are not its own.
        for (let n = 0; n < leaseMillis; n++) {
          yield* sim.adjust(1)
          assert.isFalse(yield* onA.run(a.holds(theOne)))
        }
        assert.isTrue(yield* onB.run(b.holds(theOne)))
      })
    )
  )

  it.live("a registry that has closed registers nothing, and says so", () =>
    Simulation.run(three, (sim) =>
      Effect.gen(function* () {
        const { b } = yield* registries(sim)
        const closed = yield* sim
          .node("a")
          .run(
            Effect.scoped(registryOn({ names: sim.node("store").remote("names", Names, "a"), node: "c", leaseMillis }))
          )
        const owner = yield* sim.node("a").run(Process.start(Owner))
        const refused = yield* Effect.flip(sim.node("a").run(closed.register(theOne, owner)))
        assert.strictEqual(refused._tag, "ProcessDead")
        assert.isTrue(Option.isNone(yield* sim.node("b").run(b.whereis(theOne))))
      })
    )
  )
})
