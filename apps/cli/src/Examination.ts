/**
 * What `mabeam doctor` does: gathers the facts, tells the verdicts.
 *
 * **Guarantees** Nothing is left behind: what it writes to see whether it may is removed.
 *
 * @since 0.1.0
 */
import * as Options from "@apps/demo/Options"
import * as StoreFile from "@apps/demo/StoreFile"
import * as Screen from "@apps/demo/Screen"
import * as Text from "@apps/demo/Text"
import { EventStore } from "@foundation/core"
import { SqlEventStore } from "@foundation/sql"
import { Effect, FileSystem, Path, Schema } from "effect"
import { statfs } from "node:fs/promises"
import { availableParallelism } from "node:os"
import { type Check, type Order, type Place, type Store, examine, orderProblem } from "./Checkup.ts"
import * as EventLogFile from "./EventLogFile.ts"

/** At least one check failed. */
export class Unfit extends Schema.TaggedError<Unfit>("@apps/cli/Doctor/Unfit")("Unfit", { failed: Schema.Int }) {
  override get message() {
    return this.failed === 1 ? "1 check failed" : `${this.failed} checks failed`
  }
}

/** What is asked for. */
export interface Given {
  readonly store: string
  readonly out: string
  readonly json: boolean
}

const page = 1_000

/** Fails with `Unfit` if a check fails. */
export const run = Effect.fnUntraced(function* ({ json, out, store }: Given) {
  const checks = examine({
    node: process.versions.node,
    cores: availableParallelism(),
    bytesAvailable: process.availableMemory(),
    sqliteProblem: yield* sqliteProblem,
    working: yield* lookAt(process.cwd()),
    out: yield* lookAt(out),
    storeFile: store,
    store: yield* storeIn(store)
  })
  const failed = checks.filter(({ status }) => status === "fail").length
  const screen = yield* Screen.stdout
  if (json) screen.write(`${JSON.stringify({ ok: failed === 0, checks })}\n`)
  else for (const line of checks.flatMap((check) => lines(check, screen.colour))) screen.write(`${line}\n`)
  yield* screen.flush
  if (failed > 0) return yield* new Unfit({ failed })
})

const styles = { ok: "green", warn: "yellow", fail: "red" } as const

const lines = ({ detail, fix, name, status }: Check, colour: boolean): ReadonlyArray<string> => {
  const paint = colour ? Text.coloured : Text.plain
  const first = `${paint(styles[status], Text.padEnd(status, 4))}  ${Text.padEnd(name, 18)}${Text.clean(detail)}`
  return fix === undefined ? [first] : [first, `${" ".repeat(24)}→ ${Text.clean(fix)}`]
}

/** Appends to a log in memory and reads it back. */
const sqliteProblem = Effect.gen(function* () {
  const store = yield* EventStore.EventStore
  yield* store.append("doctor", "none", [{ type: "Asked", data: null }])
  const events = yield* store.read("doctor")
  return events.length === 1 ? undefined : `wrote 1 event and read ${events.length}`
}).pipe(
  Effect.provide(SqlEventStore.layerSqlite({ filename: ":memory:" })),
  Effect.catch((error) => Effect.succeed(error.message))
)

/** Whether a directory, or the nearest one above it that is there, takes a file. */
const lookAt = Effect.fnUntraced(function* (directory: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const problem = (text: string): Place => ({ path: directory, problem: text, bytesFree: undefined })
  let there = path.resolve(directory)
  while (!(yield* Effect.orElseSucceed(fs.exists(there), () => false)) && path.dirname(there) !== there) {
    there = path.dirname(there)
  }
  const tried = yield* Effect.result(
    Effect.scoped(fs.makeTempFileScoped({ directory: there, prefix: ".mabeam-doctor-" }))
  )
  if (tried._tag === "Failure") {
    const isDirectory = yield* Effect.orElseSucceed(
      Effect.map(fs.stat(there), ({ type }) => type === "Directory"),
      () => true
    )
    return problem(isDirectory ? Options.reasonOf(tried.failure) : "a file is in the way")
  }
  const bytesFree = yield* Effect.tryPromise(() => statfs(there)).pipe(
    Effect.map(({ bavail, bsize }) => bavail * bsize),
    Effect.orElseSucceed(() => undefined)
  )
  return { path: directory, problem: undefined, bytesFree } satisfies Place
})

// --- the store -------------------------------------------------------------------------------------------------------

const storeIn = Effect.fnUntraced(function* (file: string) {
  const fs = yield* FileSystem.FileSystem
  const isThere = yield* Effect.orElseSucceed(fs.exists(file), () => true)
  if (!isThere) return { _tag: "Absent" } satisfies Store
  const inconsistent = (problem: string): Store => ({ _tag: "Inconsistent", problem })
  return yield* Effect.gen(function* () {
    yield* EventLogFile.check(file)
    const broken = yield* Effect.sync(() => quickCheck(file))
    if (broken !== undefined) return inconsistent(broken)
    return yield* Effect.provide(readThrough, SqlEventStore.layerSqlite({ filename: file }))
  }).pipe(
    Effect.catchTag("BadOption", ({ fix, problem }) => Effect.succeed<Store>({ _tag: "Unusable", problem, fix })),
    Effect.catch((error) => Effect.succeed(inconsistent(error.message)))
  )
})

/** What SQLite itself finds wrong with the file. */
const quickCheck = (file: string): string | undefined => {
  try {
    const found = StoreFile.reading(
      file,
      (database) => Object.values(database.prepare("pragma quick_check(1)").get() ?? {})[0]
    )
    return found === "ok" ? undefined : String(found)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Reads every event: each decodes, positions grow, versions have no gap, and the log's figures agree. */
const readThrough = Effect.gen(function* () {
  const store = yield* EventStore.EventStore
  const { events: expected, streams } = yield* store.stats
  let order: Order = { position: 0, versions: new Map() }
  let count = 0
  while (true) {
    const events = yield* store.readAll({ after: order.position, limit: page })
    const problem = orderProblem(order, events)
    if (problem !== undefined) return { _tag: "Inconsistent", problem } satisfies Store
    count += events.length
    order = { ...order, position: events.at(-1)?.position ?? order.position }
    if (events.length < page) break
  }
  // A run may be writing meanwhile: more is fine, less is not.
  if (count < expected) {
    return { _tag: "Inconsistent", problem: `${count} of ${expected} events can be read` } satisfies Store
  }
  return { _tag: "Sound", events: count, streams } satisfies Store
})
