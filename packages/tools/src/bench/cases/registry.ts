/**
 * Cases of the process registry: register, look up, and clean up after those that die.
 *
 * @since 0.1.0
 */
import { Process, ProcessRegistry, Supervisor } from "@foundation/core"
import { Effect, Layer, Schema, type Scope } from "effect"
import { Rpc, RpcGroup } from "effect/rpc"
import { beam, type Case, type Setting } from "../case.ts"
import { chunked, heapUsed, now, once, type Rep, whole } from "../measure.ts"
import * as Worker from "../worker.ts"

const sized = ({ effort, n }: Setting): number => Math.max(100, Math.floor(n / effort.shrink))

type Registry = ProcessRegistry.ProcessRegistry["Service"]

/** A registry of its own for each repetition. */
const withRegistry = <E>(
  work: (registry: Registry) => Effect.Effect<Rep, E, ProcessRegistry.ProcessRegistry | Scope.Scope>
): Effect.Effect<Rep, E, Scope.Scope> =>
  Effect.flatMap(Layer.build(ProcessRegistry.layerMemory), (services) =>
    Effect.provideContext(Effect.flatMap(ProcessRegistry.ProcessRegistry, work), services)
  )

const namesOf = (n: number) =>
  Array.from({ length: n }, (_, i) => ProcessRegistry.name({ protocol: Worker.Protocol }, `agent-${i}`))

const register: Case = {
  name: "register, sequential",
  about: "unique names with metadata, one after the other, owned by a scope",
  sizes: [10_000, 100_000],
  targets: beam("p50_us", { 10_000: 0.7, 100_000: 1.4 }),
  body: (setting) =>
    withRegistry(
      Effect.fnUntraced(function* (registry) {
        const n = sized(setting)
        const names = namesOf(n)
        const [ref] = yield* Worker.team(1, "sync")
        const before = heapUsed()
        const rep = yield* chunked(n, 100, (i) => registry.register(names[i]!, ref!, { metadata: Worker.metadata(i) }))
        return { ...rep, bytes: (heapUsed() - before) / n }
      })
    )
}

const Registrar = Process.make({
  name: "registrar",
  protocol: RpcGroup.make(Rpc.make("Register", { payload: { from: Schema.Int, to: Schema.Int } })),
  init: (names: ReadonlyArray<ProcessRegistry.Name<never>>) => Effect.succeed(names),
  handlers: {
    Register: Effect.fnUntraced(function* ({ from, to }, names) {
      const registry = yield* ProcessRegistry.ProcessRegistry
      for (let i = from; i < to; i++) {
        yield* Effect.orDie(registry.registerSelf(names[i]!, { metadata: Worker.metadata(i) }))
      }
    })
  }
})

const nobodys = RpcGroup.make()

const registerSelf: Case = {
  name: "register, by its own process",
  about: "a process registers itself under unique names with metadata, 100 for each message",
  sizes: [10_000, 100_000],
  targets: beam("p50_us", { 10_000: 0.7, 100_000: 1.4 }),
  body: (setting) =>
    withRegistry(
      Effect.fnUntraced(function* () {
        const n = sized(setting)
        const names = Array.from({ length: n }, (_, i) => ProcessRegistry.name({ protocol: nobodys }, `agent-${i}`))
        const registrar = yield* Process.start(Registrar, names)
        const samplesUs = new Float64Array(n / 100)
        const start = now()
        for (let i = 0; i < n; i += 100) {
          const before = now()
          yield* registrar.call("Register", { from: i, to: i + 100 })
          samplesUs[i / 100] = (now() - before) * 10
        }
        return { samplesUs, ops: n, ms: now() - start }
      })
    )
}

const registerFrom100: Case = {
  name: "register, from 100 fibers",
  about: "unique names with metadata, from 100 fibers at once",
  sizes: [10_000, 100_000],
  body: (setting) =>
    withRegistry(
      Effect.fnUntraced(function* (registry) {
        const n = sized(setting)
        const names = namesOf(n)
        const [ref] = yield* Worker.team(1, "sync")
        const per = n / 100
        const one = Effect.fnUntraced(function* (fiber: number) {
          for (let i = fiber * per; i < (fiber + 1) * per; i++) {
            yield* registry.register(names[i]!, ref!, { metadata: Worker.metadata(i) })
          }
        })
        const fibers = Array.from({ length: 100 }, (_, fiber) => fiber)
        return yield* whole(n, Effect.forEach(fibers, one, { concurrency: "unbounded", discard: true }))
      })
    )
}

/** Looks up 200,000 names, most of them far from the one before. */
const lookups = (
  setting: Setting,
  nameOf: (
    i: number,
    names: ReadonlyArray<ProcessRegistry.Name<Worker.Protocol>>
  ) => ProcessRegistry.Name<Worker.Protocol>
) =>
  withRegistry(
    Effect.fnUntraced(function* (registry) {
      const n = sized(setting)
      const names = namesOf(n)
      const [ref] = yield* Worker.team(1, "sync")
      for (const name of names) yield* registry.register(name, ref!)
      const order = Array.from({ length: 200_000 / setting.effort.shrink }, (_, i) => nameOf((i * 7919) % n, names))
      return yield* chunked(order.length, 100, (i) => registry.lookup(order[i]!))
    })
  )

const lookupHit: Case = {
  name: "lookup hit",
  about: "the process of a registered name, 200,000 times",
  sizes: [10_000, 100_000],
  targets: beam("p50_us", { 10_000: 0.23, 100_000: 0.5 }),
  body: (setting) => lookups(setting, (i, names) => names[i]!)
}

const lookupMiss: Case = {
  name: "lookup miss",
  about: "a name that nobody has, 200,000 times",
  sizes: [10_000, 100_000],
  targets: beam("p50_us", { 10_000: 0.22, 100_000: 0.39 }),
  body: (setting) => lookups(setting, (i) => ProcessRegistry.name({ protocol: Worker.Protocol }, `nobody-${i}`))
}

const lookupBuilt: Case = {
  name: "lookup hit, name built each time",
  about: "as a name that came in a message: the key is a new string and the name a new object",
  sizes: [10_000, 100_000],
  body: (setting) =>
    withRegistry(
      Effect.fnUntraced(function* (registry) {
        const n = sized(setting)
        const [ref] = yield* Worker.team(1, "sync")
        for (const name of namesOf(n)) yield* registry.register(name, ref!)
        return yield* chunked(200_000 / setting.effort.shrink, 100, (i) =>
          registry.lookup(ProcessRegistry.name({ protocol: Worker.Protocol }, `agent-${(i * 7919) % n}`))
        )
      })
    )
}

const Mortal = Process.make({
  name: "mortal",
  protocol: Worker.Protocol,
  init: (i: number) =>
    Effect.flatMap(ProcessRegistry.ProcessRegistry, (registry) =>
      registry.registerSelf(ProcessRegistry.name({ protocol: Worker.Protocol }, `agent-${i}`), {
        metadata: Worker.metadata(i)
      })
    ),
  handlers: {
    Add: ({ k }) => Effect.succeed(k),
    Update: () => Effect.succeed(0),
    Vote: () => Effect.succeed(true),
    Auction: () => Effect.succeed(0),
    Won: () => Effect.succeed(0),
    Ping: () => Effect.succeed("pong"),
    Crash: () => Effect.die(new Error("boom"))
  }
})

const cleanup: Case = {
  name: "clean-up",
  about: "10,000 supervised processes that registered themselves are killed; ends when the registry is empty",
  sizes: [10_000],
  targets: beam("p50_us", { 10_000: 38_000 }),
  body: (setting) =>
    withRegistry(
      Effect.fnUntraced(function* (registry) {
        const n = sized(setting)
        const root = yield* Worker.supervisor
        const refs: Array<Worker.Ref> = []
        for (let i = 0; i < n; i++) {
          const spec = Supervisor.child(Mortal, { id: `agent-${i}`, args: i, restart: "temporary" })
          refs.push(yield* Supervisor.startChild(root, spec))
        }
        return yield* once(
          n,
          Effect.gen(function* () {
            for (const ref of refs) yield* Process.kill(ref)
            while ((yield* registry.count()) > 0) yield* Effect.yieldNow
          })
        )
      })
    )
}

export const registryCases: ReadonlyArray<Case> = [
  register,
  registerSelf,
  registerFrom100,
  lookupHit,
  lookupMiss,
  lookupBuilt,
  cleanup
]
