/**
 * Appending events to SQLite: write-ahead log, synchronous NORMAL, a new file for each repetition.
 *
 * @since 0.1.0
 */
import * as path from "node:path"
import { DatabaseSync } from "node:sqlite"
import { EventStore } from "@foundation/core"
import { SqlEventStore } from "@foundation/sql"
import { Effect, Layer, type Scope } from "effect"
import { type Case, limit } from "../case.ts"
import { folder } from "../folder.ts"
import { now, type Rep } from "../measure.ts"

/** An event of about 100 bytes. */
const event = (i: number) => ({
  type: "vote.cast",
  data: { agent: `agent-${i % 1000}`, seq: i, choice: "accept", weight: 10, note: "aaaaaaaaaaaaaaaa" }
})

const withStore = <E>(
  work: (store: EventStore.EventStore["Service"]) => Effect.Effect<Rep, E>
): Effect.Effect<Rep, unknown, Scope.Scope> =>
  Effect.flatMap(folder, (dir) =>
    Effect.flatMap(Layer.build(SqlEventStore.layerSqlite({ filename: path.join(dir, "events.sqlite") })), (services) =>
      Effect.provideContext(Effect.flatMap(EventStore.EventStore, work), services)
    )
  )

const batches: Case = {
  name: "event append, SQLite, batches of 100",
  about: "n events, 100 to a stream and a commit, in 10 streams; a sample is the time of one event",
  sizes: [10_000, 100_000],
  targets: limit("ops_per_s", 25_000),
  body: ({ effort, n }) =>
    withStore(
      Effect.fnUntraced(function* (store) {
        const rounds = Math.floor(n / effort.shrink / 100)
        const samplesUs = new Float64Array(rounds)
        const start = now()
        for (let round = 0; round < rounds; round++) {
          const events = Array.from({ length: 100 }, (_, i) => event(round * 100 + i))
          const at = now()
          yield* store.append(`stream-${round % 10}`, "any", events)
          samplesUs[round] = (now() - at) * 10
        }
        return { samplesUs, ops: rounds * 100, ms: now() - start }
      })
    )
}

const appenders = 64

const singles: Case = {
  name: "event append, SQLite, single, concurrent appenders",
  about: `n events one by one from ${appenders} fibers, which share commits; a sample is one append`,
  sizes: [10_000, 100_000],
  targets: limit("ops_per_s", 8_000),
  body: ({ effort, n }) =>
    withStore(
      Effect.fnUntraced(function* (store) {
        const each = Math.floor(n / effort.shrink / appenders)
        const samplesUs: Array<number> = []
        const appender = Effect.fnUntraced(function* (index: number) {
          for (let i = 0; i < each; i++) {
            const at = now()
            yield* store.append(`stream-${index}`, i === 0 ? "none" : i, [event(i)])
            samplesUs.push((now() - at) * 1000)
          }
        })
        const all = Array.from({ length: appenders }, (_, index) => index)
        const start = now()
        yield* Effect.forEach(all, appender, { concurrency: "unbounded", discard: true })
        return { samplesUs, ops: samplesUs.length, ms: now() - start }
      })
    )
}

const alone: Case = {
  name: "event append, SQLite, single, one appender",
  about: "n events one by one, each in its own commit",
  sizes: [10_000],
  targets: limit("ops_per_s", 8_000),
  body: ({ effort, n }) =>
    withStore(
      Effect.fnUntraced(function* (store) {
        const total = Math.floor(n / effort.shrink)
        const samplesUs: Array<number> = []
        const start = now()
        for (let i = 0; i < total; i++) {
          const at = now()
          yield* store.append("stream", i === 0 ? "none" : i, [event(i)])
          samplesUs.push((now() - at) * 1000)
        }
        return { samplesUs, ops: total, ms: now() - start }
      })
    )
}

/** The driver alone, in the same mode, on a table of streams and versions. */
const raw = (perCommit: number): Case => ({
  name: `raw node:sqlite, ${perCommit} per commit`,
  about: "the floor: prepared inserts of the same events without our store, in the same mode",
  sizes: [10_000],
  body: ({ effort, n }) =>
    Effect.map(folder, (dir) => {
      const db = new DatabaseSync(path.join(dir, "raw.sqlite"))
      db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
        CREATE TABLE events (stream TEXT NOT NULL, version INTEGER NOT NULL, data TEXT NOT NULL,
          PRIMARY KEY (stream, version)) WITHOUT ROWID`)
      const insert = db.prepare("INSERT INTO events VALUES (?, ?, ?)")
      const rounds = Math.floor(n / effort.shrink / perCommit)
      const samplesUs = new Float64Array(rounds)
      const start = now()
      for (let round = 0; round < rounds; round++) {
        const at = now()
        db.exec("BEGIN IMMEDIATE")
        for (let i = round * perCommit; i < (round + 1) * perCommit; i++) {
          insert.run(`stream-${round % 10}`, i, JSON.stringify(event(i).data))
        }
        db.exec("COMMIT")
        samplesUs[round] = ((now() - at) * 1000) / perCommit
      }
      const ms = now() - start
      db.close()
      return { samplesUs, ops: rounds * perCommit, ms }
    })
})

export const eventCases: ReadonlyArray<Case> = [batches, singles, alone, raw(1), raw(100)]
