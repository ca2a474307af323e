/**
 * What idle agents cost in memory.
 *
 * @since 0.1.0
 */
import { ProcessRegistry, Supervisor } from "@foundation/core"
import { Effect, Layer } from "effect"
import { type Case, limit } from "../case.ts"
import { collectGarbage, now } from "../measure.ts"
import * as Worker from "../worker.ts"
import { agents, withTree } from "./sessions.ts"

const megabyte = 1_000_000

/** Resident memory after a collection; the event loop turns once so that freed pages can be given back. */
const resident = Effect.gen(function* () {
  collectGarbage()
  yield* Effect.sleep(50)
  collectGarbage()
  return process.memoryUsage.rss()
})

const grown = (n: number, before: number, after: number, ms: number) => ({
  samplesUs: [(ms * 1000) / n],
  ops: n,
  ms,
  bytes: (after - before) / n,
  extra: { rss_mb: (after - before) / megabyte, total_rss_mb: after / megabyte }
})

const idle: Case = {
  name: "idle-agents",
  about: "n idle supervised processes with names and metadata; rss_mb is the resident memory above the empty program",
  sizes: [1_000, 10_000, 100_000],
  reps: 1,
  warm: 0,
  targets: limit("rss_mb", 400),
  body: ({ effort, handlers, n }) =>
    Effect.flatMap(Layer.build(ProcessRegistry.layerMemory), (services) =>
      Effect.provideContext(
        Effect.gen(function* () {
          const count = Math.floor(n / effort.shrink)
          const worker = Worker.spec(handlers)
          const root = yield* Worker.supervisor
          const before = yield* resident
          const start = now()
          for (let i = 0; i < count; i++) {
            yield* Supervisor.startChild(
              root,
              Supervisor.child(worker, {
                id: `agent-${i}`,
                args: i,
                name: ProcessRegistry.name(worker, `agent-${i}`),
                metadata: Worker.metadata(i)
              })
            )
          }
          const ms = now() - start
          return grown(count, before, yield* resident, ms)
        }),
        services
      )
    )
}

const idleMabeam: Case = {
  name: "idle-agents of MABEAM",
  about: "n idle agents of the AgentRegistry under the AgentSupervisor, with capabilities and own restart budgets",
  sizes: [1_000, 10_000, 100_000],
  reps: 1,
  warm: 0,
  targets: limit("rss_mb", 400),
  body: ({ effort, handlers, n }) =>
    withTree(
      Effect.gen(function* () {
        const count = Math.floor(n / effort.shrink)
        const before = yield* resident
        const start = now()
        yield* agents(count, handlers)
        const ms = now() - start
        return grown(count, before, yield* resident, ms)
      })
    )
}

export const memoryCases: ReadonlyArray<Case> = [idle, idleMabeam]
