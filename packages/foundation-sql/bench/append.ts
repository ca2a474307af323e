/**
 * Appends to a SQLite file (write-ahead log, synchronous NORMAL): batches of 100, and single events from concurrent
 * appenders that share commits. One JSON line for each case; run with `node bench/append.ts`.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { EventStore } from "@foundation/core"
import { Effect } from "effect"
import { SqlEventStore } from "../src/index.ts"

const input = (n: number) => ({
  type: "TrialFinished",
  data: { trial: n, accuracy: 0.97, agent: "agent-3" },
  correlationId: `run-${n % 7}`
})

const batches = (rounds: number) =>
  Effect.gen(function* () {
    const store = yield* EventStore.EventStore
    for (let round = 0; round < rounds; round++) {
      yield* store.append(
        `batch-${round % 10}`,
        "any",
        Array.from({ length: 100 }, (_, index) => input(round * 100 + index))
      )
    }
    return rounds * 100
  })

const singles = (appenders: number, each: number) =>
  Effect.gen(function* () {
    const store = yield* EventStore.EventStore
    yield* Effect.all(
      Array.from({ length: appenders }, (_, appender) =>
        Effect.gen(function* () {
          for (let n = 0; n < each; n++) yield* store.append(`single-${appender}`, "any", [input(n)])
        })
      ),
      { concurrency: "unbounded", discard: true }
    )
    return appenders * each
  })

const measure = (name: string, work: Effect.Effect<number, unknown, EventStore.EventStore>) =>
  Effect.gen(function* () {
    const rates: Array<number> = []
    yield* work
    for (let repetition = 0; repetition < 5; repetition++) {
      const start = process.hrtime.bigint()
      const events = yield* work
      rates.push((events / Number(process.hrtime.bigint() - start)) * 1e9)
    }
    rates.sort((left, right) => left - right)
    const rounded = rates.map(Math.round)
    console.log(JSON.stringify({ case: name, ops_per_s: rounded[2], slowest: rounded[0], fastest: rounded[4] }))
  })

const folder = mkdtempSync(join(tmpdir(), "foundation-bench-"))
const program = Effect.gen(function* () {
  yield* measure("sqlite append, batches of 100, events", batches(100))
  yield* measure("sqlite append, single, 1 appender", singles(1, 2_000))
  yield* measure("sqlite append, single, 16 appenders", singles(16, 500))
  yield* measure("sqlite append, single, 64 appenders", singles(64, 200))
}).pipe(Effect.provide(SqlEventStore.layerSqlite({ filename: join(folder, "bench.sqlite") })))
await Effect.runPromise(program)
rmSync(folder, { recursive: true })
