/** Promise P8 on SQLite: an acknowledged event is never lost, doubled or reordered within its stream. */
import { appendFileSync, copyFileSync, existsSync, readFileSync, truncateSync, writeFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { EventStore } from "@foundation/core"
import { campaign } from "@foundation/core/testing/law"
import { Effect, Result, Stream } from "effect"
import { SqlEventStore } from "../src/index.ts"
import { runWriter } from "./crash/child.ts"
import type { Acknowledged } from "./crash/child.ts"
import { problemsOf } from "./crash/check.ts"
import { sqliteFile } from "./databases.ts"

/** Seeded numbers below a bound (a linear congruential generator; Numerical Recipes' constants). */
const chance = (seed: number) => {
  let state = seed >>> 0
  return (bound: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * bound)
  }
}
const seed = Number(process.env["SEED"] ?? 1)
const replay = (name: string) =>
  `seed ${seed}; replay with: SEED=${seed} npx vitest run --project @foundation/sql -t "${name}"`

const open = <A, E>(filename: string, use: Effect.Effect<A, E, EventStore.EventStore>) =>
  Effect.provide(use, SqlEventStore.layerSqlite({ filename }))

const killsPerFile = 5

/** Kills writers on one file, one after the other; each goes on where the last was stopped, repeating what is unsure. */
const killRepeatedly = (kills: number, random: (bound: number) => number) =>
  Effect.gen(function* () {
    const filename = yield* sqliteFile
    const acknowledged: Array<Acknowledged> = []
    for (let kill = 0; kill < kills; kill++) {
      // The appends of the three streams advance unevenly: go back to the slowest. What is repeated must not double.
      const done = [0, 1, 2].map((index) => acknowledged.filter((it) => it.stream === `w-${index}`).at(-1)?.k ?? -1)
      const from = Math.min(...done) + 1
      acknowledged.push(...(yield* runWriter({ filename, name: "w", from, killAfter: 1 + random(400) })))
      const problems = yield* open(filename, problemsOf(acknowledged))
      if (problems.length > 0) return problems
    }
    return []
  }).pipe(Effect.scoped)

describe("P8: SQLite", () => {
  const killed = "killed at random points, the store has every acknowledged event once and in its place"
  it.live(
    killed,
    () =>
      Effect.gen(function* () {
        const kills = campaign(200, 5_000)
        const random = chance(seed)
        const files = Array.from({ length: Math.ceil(kills / killsPerFile) }, () => chance(random(2 ** 31)))
        const problems = yield* Effect.forEach(files, (own) => killRepeatedly(killsPerFile, own), { concurrency: 2 })
        assert.deepStrictEqual(problems.flat(), [], replay(killed))
      }),
    7_200_000
  )

  const torn = "with a torn or overwritten end of the write-ahead log, what is left is a prefix of whole appends"
  it.live(
    torn,
    () =>
      Effect.gen(function* () {
        const random = chance(seed)
        const filename = yield* sqliteFile
        const acknowledged = yield* runWriter({ filename, name: "w", from: 0, killAfter: 150 })
        const wal = readFileSync(`${filename}-wal`)
        assert.isAbove(wal.length, 10_000)
        const copy = `${filename}-copy`
        let shortest = Number.POSITIVE_INFINITY
        for (let run = 0; run < campaign(300, 3_000); run++) {
          const at = random(wal.length)
          copyFileSync(filename, copy)
          if (existsSync(`${copy}-shm`)) writeFileSync(`${copy}-shm`, "")
          writeFileSync(`${copy}-wal`, wal)
          truncateSync(`${copy}-wal`, at)
          const garbage = random(3)
          if (garbage > 0)
            appendFileSync(`${copy}-wal`, Buffer.alloc(garbage === 1 ? 100 : wal.length - at, random(256)))
          const result = yield* Effect.result(open(copy, problemsOf(acknowledged, { lost: true })))
          assert.isTrue(Result.isSuccess(result), `cut at ${at}: ${String(result)}; ${replay(torn)}`)
          if (Result.isFailure(result)) return
          assert.deepStrictEqual(result.success, [], `cut at ${at}; ${replay(torn)}`)
          const { events } = yield* open(
            copy,
            EventStore.EventStore.use((store) => store.stats)
          )
          shortest = Math.min(shortest, events)
        }
        assert.isBelow(shortest, acknowledged.length, "some cut has hurt")
      }).pipe(Effect.scoped),
    600_000
  )

  it.live("a full disk is a typed error; what was acknowledged stays, and the refused append can be repeated", () =>
    Effect.gen(function* () {
      const filename = yield* sqliteFile
      const input = (n: number) => ({ id: `id-${n}`, type: "A", data: "x".repeat(1_000) })
      const full = Effect.gen(function* () {
        const store = yield* EventStore.EventStore
        for (let n = 0; n < 1_000; n++) {
          const result = yield* Effect.result(store.append("s", n, [input(n)]))
          if (Result.isSuccess(result)) continue
          const error = result.failure
          assert.strictEqual(error._tag === "BackendError" ? error.reason._tag : error._tag, "Full")
          // Reading goes on, and so does appending what fits nowhere: it is refused again, nothing hangs.
          assert.strictEqual((yield* store.stats).events, n)
          const large = Array.from({ length: 50 }, (_, index) => input(2_000 + index))
          const [left, right] = yield* Effect.all(
            [Effect.flip(store.append("s", "any", large)), Effect.flip(store.append("t", "any", large.slice(1)))],
            { concurrency: "unbounded" }
          )
          assert.deepStrictEqual([left._tag, right._tag], ["BackendError", "BackendError"])
          return n
        }
        return assert.fail("the disk is never full")
      })
      const limited = SqlEventStore.layerSqlite({ filename, pagesMax: 120 })
      const stored = yield* Effect.provide(full, limited)
      assert.isAbove(stored, 20)
      yield* open(
        filename,
        Effect.gen(function* () {
          const store = yield* EventStore.EventStore
          assert.strictEqual((yield* store.append("s", stored, [input(stored)])).repeated, false)
          assert.strictEqual((yield* store.append("s", stored, [input(stored)])).repeated, true)
          const all = yield* store.read("s")
          assert.deepStrictEqual(
            all.map((it) => it.id),
            Array.from({ length: stored + 1 }, (_, n) => `id-${n}`)
          )
        })
      )
    }).pipe(Effect.scoped)
  )

  it.live("in a shared commit, one append that does not fit takes nobody down with it", () =>
    Effect.gen(function* () {
      const filename = yield* sqliteFile
      const program = Effect.gen(function* () {
        const store = yield* EventStore.EventStore
        const small = Array.from({ length: 5 }, (_, n) => store.append(`small-${n}`, "none", [{ type: "A", data: n }]))
        const large = store.append("large", "none", [{ type: "A", data: "x".repeat(500_000) }])
        const results = yield* Effect.forEach([...small.slice(0, 3), large, ...small.slice(3)], Effect.result, {
          concurrency: "unbounded"
        })
        assert.deepStrictEqual(results.map(Result.isSuccess), [true, true, true, false, true, true])
        assert.strictEqual((yield* store.stats).events, 5)
      })
      yield* Effect.provide(program, SqlEventStore.layerSqlite({ filename, pagesMax: 100 }))
    }).pipe(Effect.scoped)
  )

  it.live("two writing processes and a following one share a file: the follower sees every event in order", () =>
    Effect.gen(function* () {
      const filename = yield* sqliteFile
      const events = [0, 1, 2, 3].reduce((sum, k) => sum + 1 + k, 0) * 25 * 3 * 2
      const follow = Effect.gen(function* () {
        const store = yield* EventStore.EventStore
        return yield* store.subscribe().pipe(Stream.take(events), Stream.runCollect)
      })
      const write = (name: string) => runWriter({ filename, name, from: 0, count: 100 })
      const [seen, left, right] = yield* Effect.all([open(filename, follow), write("left"), write("right")], {
        concurrency: "unbounded"
      })
      assert.deepStrictEqual(
        seen.map((it) => it.position),
        Array.from({ length: events }, (_, index) => index + 1)
      )
      assert.deepStrictEqual(yield* open(filename, problemsOf([...left, ...right])), [])
    }).pipe(Effect.scoped)
  )
})
