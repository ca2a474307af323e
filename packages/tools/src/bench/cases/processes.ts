/**
 * Cases of the kernel: start, call, cast, restart.
 *
 * @since 0.1.0
 */
import { ProcessRegistry, Supervisor } from "@foundation/core"
import { Effect, Layer } from "effect"
import { beam, type Case, type Setting } from "../case.ts"
import { heapUsed, loop, now } from "../measure.ts"
import * as Worker from "../worker.ts"

const sized = ({ effort, n }: Setting): number => Math.max(100, Math.floor(n / effort.shrink))

/** Starts `n` children and keeps their refs. */
const spawn = (setting: Setting, isNamed: boolean) =>
  Effect.gen(function* () {
    const n = sized(setting)
    const root = yield* Worker.supervisor
    const worker = Worker.spec(setting.handlers)
    const start = (i: number): Effect.Effect<Worker.Ref, unknown, ProcessRegistry.ProcessRegistry> =>
      isNamed
        ? Supervisor.startChild(
            root,
            Supervisor.child(worker, {
              id: `agent-${i}`,
              args: i,
              name: ProcessRegistry.name(worker, `agent-${i}`),
              metadata: Worker.metadata(i)
            })
          )
        : Supervisor.startChild(root, Supervisor.child(worker, { id: `agent-${i}`, args: i }))
    const samplesUs = new Float64Array(n)
    const refs: Array<Worker.Ref> = []
    const before = heapUsed()
    const began = now()
    for (let i = 0; i < n; i++) {
      const at = now()
      refs.push(yield* start(i))
      samplesUs[i] = (now() - at) * 1000
    }
    const ms = now() - began
    return { samplesUs, ops: refs.length, ms, bytes: (heapUsed() - before - 8 * n) / n }
  })

const spawnSupervised: Case = {
  name: "spawn supervised",
  about: "starts children under one supervisor, one after the other; bytes of heap for each",
  sizes: [1_000, 10_000, 100_000],
  targets: (n) => [
    ...beam("p50_us", { 10_000: 4.43, 100_000: 7 })(n),
    ...beam("bytes_per_item", { 10_000: 3100, 100_000: 3100 })(n)
  ],
  body: (setting) =>
    Effect.flatMap(Layer.build(ProcessRegistry.layerMemory), (services) =>
      Effect.provideContext(spawn(setting, false), services)
    )
}

const spawnRegistered: Case = {
  name: "spawn supervised + registered",
  about: "as before, each with a name and metadata in the registry",
  sizes: [1_000, 10_000, 100_000],
  targets: (n) => [
    ...beam("p50_us", { 10_000: 10.5, 100_000: 13.5 })(n),
    ...beam("bytes_per_item", { 10_000: 3500, 100_000: 3500 })(n)
  ],
  body: (setting) =>
    Effect.flatMap(Layer.build(ProcessRegistry.layerMemory), (services) =>
      Effect.provideContext(spawn(setting, true), services)
    )
}

const call: Case = {
  name: "call, 1 client",
  about: "a request and its answer, among n processes of which one is asked",
  sizes: [1, 10_000],
  everyHandlers: true,
  targets: beam("p50_us", { 1: 1.57, 10_000: 1.57 }),
  body: (setting) =>
    Effect.gen(function* () {
      const [ref] = yield* Worker.team(setting.n, setting.handlers)
      return yield* loop(100_000, setting.effort, () => ref!.call("Add", { k: 1 }))
    })
}

const call100: Case = {
  name: "call, 100 clients to 100 servers",
  about: "100 fibers, each with its own server, 1,000 calls one after the other; only the throughput is comparable",
  sizes: [100],
  everyHandlers: true,
  targets: beam("ops_per_s", { 100: 500_000 }),
  body: (setting) =>
    Effect.gen(function* () {
      const refs = yield* Worker.team(100, setting.handlers)
      const samplesUs: Array<number> = []
      const each = 1000 / setting.effort.shrink
      const client = Effect.fnUntraced(function* (ref: Worker.Ref) {
        for (let k = 0; k < each; k++) {
          const at = now()
          yield* ref.call("Add", { k: 1 })
          samplesUs.push((now() - at) * 1000)
        }
      })
      const start = now()
      yield* Effect.forEach(refs, client, { concurrency: "unbounded", discard: true })
      return { samplesUs, ops: samplesUs.length, ms: now() - start }
    })
}

const cast: Case = {
  name: "cast",
  about: "100,000 messages without answer to n servers in turn, then a call to each that sees all of them handled",
  sizes: [1, 100],
  everyHandlers: true,
  targets: (n) => beam("p50_us", { 1: 0.22, 100: 0.23 })(n),
  body: (setting) =>
    Effect.gen(function* () {
      const refs = yield* Worker.team(setting.n, setting.handlers)
      const total = 100_000 / setting.effort.shrink
      const each = total / refs.length
      const start = now()
      for (let k = 0; k < each; k++) {
        for (const ref of refs) yield* ref.cast("Add", { k: 1 })
      }
      for (const ref of refs) {
        const handled = yield* ref.call("Add", { k: 0 })
        if (handled !== each) return yield* Effect.die(new Error(`${handled} of ${each} casts were handled`))
      }
      const ms = now() - start
      return { samplesUs: [(ms * 1000) / total], ops: total, ms }
    })
}

const restart: Case = {
  name: "restart after crash, until it answers",
  about: "a cast crashes the child, a call is answered by its next incarnation; among n children",
  sizes: [1, 100, 10_000],
  everyHandlers: true,
  targets: beam("p50_us", { 1: 47.6, 100: 47.6, 10_000: 47.6 }),
  body: (setting) =>
    Effect.gen(function* () {
      const refs = yield* Worker.team(setting.n, setting.handlers)
      const ref = refs[refs.length >> 1]!
      yield* ref.call("Ping")
      return yield* loop(5_000, setting.effort, () => Effect.andThen(ref.cast("Crash"), ref.call("Ping")))
    })
}

export const processCases: ReadonlyArray<Case> = [spawnSupervised, spawnRegistered, call, call100, cast, restart]
