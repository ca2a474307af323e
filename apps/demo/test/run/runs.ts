/** Short runs on small data, in this process or in one of their own. */
import { NodeCrypto, NodeServices } from "@effect/platform-node"
import { type BackendError, EventStore } from "@foundation/core"
import { SqlEventStore } from "@foundation/sql"
import { Effect, FileSystem, Layer, Schema } from "effect"
import { spawn } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import * as Run from "../../src/run/Run.ts"
import { RunEvent } from "../../src/run/RunEvent.ts"
import type { RunState } from "../../src/run/RunState.ts"
import { TallyLine } from "../../src/training/protocol.ts"

/** Two noisy spirals of `rows / 2` points each, as a CSV file. */
export const spiralsCsv = (rows: number): string => {
  const lines = Array.from({ length: rows }, (_, i) => {
    const turn = Math.floor(i / 2) / (rows / 2)
    const angle = turn * 6 + (i & 1) * Math.PI
    const x = turn * Math.cos(angle) + 0.02 * Math.sin(i * 12.9898)
    const y = turn * Math.sin(angle) + 0.02 * Math.sin(i * 78.233)
    return `${x.toFixed(4)},${y.toFixed(4)},${i & 1}`
  })
  return ["a,b,c", ...lines, ""].join("\n")
}

export const Live = Layer.mergeAll(NodeServices.layer, NodeCrypto.layer)

/** A folder of its own with a data file, and a run of it as it is told. */
export const prepare = (rows: number, given: Partial<Run.RunOptions> = {}) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const folder = yield* fs.makeTempDirectoryScoped()
    const data = `${folder}/spirals.csv`
    yield* fs.writeFileString(data, spiralsCsv(rows))
    const options: Run.RunOptions = {
      data,
      target: "c",
      trials: 6,
      agents: 3,
      workers: 2,
      seed: 1,
      chaos: false,
      store: `${folder}/run.sqlite`,
      resume: false,
      command: "demo",
      tallyFile: `${folder}/tally.jsonl`,
      ...given
    }
    return { folder, options }
  })

type Running = ReturnType<typeof Run.run>

/** Runs to the end, and gives the events and the state that they add up to. */
export const run = (
  options: Run.RunOptions
): Effect.Effect<
  { readonly events: ReadonlyArray<RunEvent>; readonly state: RunState },
  Effect.Error<Running>,
  Effect.Services<Running>
> =>
  Effect.gen(function* () {
    const events: Array<RunEvent> = []
    const state = yield* Run.run(options, (log) => Effect.asVoid(log.listen((event) => void events.push(event))))
    return { events, state }
  })

const decodeEvent = Schema.decodeUnknownSync(RunEvent)

/** What a store holds of its one run. */
export const historyOf = ({
  store
}: Run.RunOptions): Effect.Effect<ReadonlyArray<RunEvent>, BackendError.BackendError | EventStore.InvalidRequest> =>
  EventStore.EventStore.use((events) => events.readAll({ limit: 1_000 })).pipe(
    Effect.map((stored) => stored.map(({ data }) => decodeEvent(data))),
    Effect.provide(SqlEventStore.layerSqlite({ filename: store }))
  )

const decodeTally = Schema.decodeUnknownSync(Schema.fromJsonString(TallyLine))

/** What the threads have counted so far. */
export const tallyOf = (options: Run.RunOptions): ReadonlyArray<TallyLine> => {
  const file = options.tallyFile
  if (file === undefined || !existsSync(file)) return []
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => decodeTally(line))
}

export const begunIn = (lines: ReadonlyArray<TallyLine>) =>
  lines.flatMap(({ event, trialId }) => (event === "begun" ? [trialId] : []))

/** How often each thing is there. */
export const timesOf = (things: ReadonlyArray<string>): ReadonlyMap<string, number> => {
  const times = new Map<string, number>()
  for (const thing of things) times.set(thing, (times.get(thing) ?? 0) + 1)
  return times
}

/** All trainings of a run, by name, where none of them is repeated. */
export const jobsOf = (trials: number): ReadonlyArray<string> =>
  [
    ...Array.from({ length: trials }, (_, i) => [`team-${i + 1}`, `random-${i + 1}`]).flat(),
    "final-found",
    "final-default",
    "final-random"
  ].toSorted()

export const resultsIn = (events: ReadonlyArray<RunEvent>) =>
  events.flatMap((event) => (event._tag === "TrainingFinished" ? [event.job] : []))

/** How many training threads this process has. */
export const threads = () => process.getActiveResourcesInfo().filter((name) => name === "MessagePort").length

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stderr: string
}

const program = fileURLToPath(new URL("./program.ts", import.meta.url))

/** A run in a process of its own, which sends itself a signal when its log has got so many events. */
export const runApart = (
  options: Run.RunOptions,
  stop: { readonly after: number; readonly signal: NodeJS.Signals }
): Effect.Effect<Ended> =>
  Effect.callback<Ended>((resume) => {
    const told = JSON.stringify({ options, stop })
    const child = spawn(process.execPath, [program, told], { stdio: ["ignore", "ignore", "pipe"] })
    let stderr = ""
    child.stderr.on("data", (chunk) => {
      stderr += String(chunk)
    })
    child.on("close", (code, signal) => resume(Effect.succeed({ code, signal, stderr })))
    return Effect.sync(() => child.kill("SIGKILL"))
  })
