/**
 * The options of a run on the command line, and the checks that can be made before anything starts.
 *
 * **Guarantees** An option that cannot be used is refused before a file is touched, with a message that names it, what was given
 * and what to give instead.
 *
 * @since 0.1.0
 */
import { Effect, FileSystem, Option, Path, Runtime, Schema } from "effect"
import { Flag } from "effect/cli"
import { availableParallelism } from "node:os"
import { fileURLToPath } from "node:url"
import type { RunOptions } from "./run/Run.ts"
import { agentsMax } from "./run/names.ts"
import * as StoreFile from "./StoreFile.ts"

/** An option that cannot be used. The program ends with 2. */
export class BadOption extends Schema.TaggedError<BadOption>("@apps/demo/Options/BadOption")("BadOption", {
  /** E.g. `--data`. */
  option: Schema.String,
  value: Schema.String,
  problem: Schema.String,
  fix: Schema.String
}) {
  override readonly [Runtime.errorExitCode] = 2
  override get message() {
    return `${this.option} ${JSON.stringify(this.value)}: ${this.problem}. ${this.fix}`
  }
}

/** The data set that comes with the demo. */
export const digits = fileURLToPath(new URL("../data/digits.csv", import.meta.url))
export const defaultTrials = 60
export const quickTrials = 18
export const trialsMax = 2_000
export const agentsMin = 2
export const workersMax = 64
export const seedMax = 2_147_483_647

/** As many threads as there are cores, at most 4. */
export const defaultWorkers = (): number => Math.min(4, availableParallelism())

/** A flag for a whole number in a range, with one message for everything else. */
export const wholeNumber = (name: string, minimum: number, maximum: number): Flag.Flag<number> =>
  Flag.String(name).pipe(
    Flag.filterMap(
      (text) => {
        const number = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN
        return number >= minimum && number <= maximum ? Option.some(number) : Option.none()
      },
      () => `a whole number from ${minimum} to ${maximum}`
    ),
    Flag.withMetavar("N")
  )

const onOff = (name: string, description: string) =>
  Flag.Boolean(name).pipe(Flag.withDescription(description), Flag.withDefault(false), Flag.withoutNegation)

/** The flags of a run. */
export const flags = {
  data: Flag.String("data").pipe(
    Flag.withMetavar("FILE.csv"),
    Flag.withDescription(
      "Table to learn from: a header row, numbers, and a class label in the column --target. Default: the digits data set that comes along"
    ),
    Flag.optional
  ),
  target: Flag.String("target").pipe(
    Flag.withMetavar("COLUMN"),
    Flag.withDescription("Column with the class label (default: target)"),
    Flag.withDefault("target")
  ),
  trials: wholeNumber("trials", 1, trialsMax).pipe(
    Flag.withDescription(
      `Trainings of the team, and as many of random search, 1 to ${trialsMax} (default: ${defaultTrials}, with --quick ${quickTrials})`
    ),
    Flag.optional
  ),
  agents: wholeNumber("agents", agentsMin, agentsMax).pipe(
    Flag.withDescription(`Optimizer agents, ${agentsMin} to ${agentsMax} (default: 6)`),
    Flag.withDefault(6)
  ),
  workers: wholeNumber("workers", 1, workersMax).pipe(
    Flag.withDescription(`Training threads, 1 to ${workersMax} (default: one for each core, at most 4)`),
    Flag.optional
  ),
  seed: wholeNumber("seed", 0, seedMax).pipe(
    Flag.withDescription("Decides the split of the data, the proposals, the trainings and the faults (default: 1)"),
    Flag.withDefault(1)
  ),
  chaos: Flag.Boolean("chaos").pipe(
    Flag.withDescription(
      "Crash an agent, kill a training thread and the coordinator in the middle of the run (default: on; off with --no-chaos)"
    ),
    Flag.withDefault(true)
  ),
  store: Flag.String("store").pipe(
    Flag.withMetavar("FILE.sqlite"),
    Flag.withDescription("Event log of the run, made if it is not there (default: out/demo.sqlite)"),
    Flag.withDefault("out/demo.sqlite")
  ),
  resume: onOff(
    "resume",
    "Go on with the interrupted run in --store: nothing is trained twice. Data, trials, agents, workers, seed and chaos are those of that run"
  ),
  json: onOff("json", "Print one line of JSON as the last line of stdout; everything for people goes to stderr"),
  quick: onOff(
    "quick",
    `Under 20 seconds: ${quickTrials} trials instead of ${defaultTrials}, if --trials is not given`
  ),
  out: Flag.String("out").pipe(
    Flag.withMetavar("DIR"),
    Flag.withDescription("Directory for report.html, made if it is not there (default: out)"),
    Flag.withDefault("out")
  )
} as const

/** What the flags give. */
export interface Given {
  readonly data: Option.Option<string>
  readonly target: string
  readonly trials: Option.Option<number>
  readonly agents: number
  readonly workers: Option.Option<number>
  readonly seed: number
  readonly chaos: boolean
  readonly store: string
  readonly resume: boolean
  readonly json: boolean
  readonly quick: boolean
  readonly out: string
}

/** A run as it is asked for on the command line. */
export interface Settings {
  readonly run: RunOptions
  readonly json: boolean
  /** The report's file. */
  readonly report: string
  /** The command that goes on with the run. */
  readonly resume: string
}

/**
 * Checks the options and fills in the defaults. `program` is how the command is called, e.g. `npx -y pnpm@12 demo`. Makes the
 * directories of store and report, so that a run of minutes does not end at a missing one.
 */
export const settingsOf = Effect.fnUntraced(function* (given: Given, program: string) {
  const path = yield* Path.Path
  const { agents, chaos, json, out, resume, seed, store, target } = given
  const trials = Option.getOrElse(given.trials, () => (given.quick ? quickTrials : defaultTrials))
  const workers = Option.getOrElse(given.workers, defaultWorkers)
  const data = Option.getOrElse(given.data, () => digits)
  if (!resume) yield* checkData(data)
  if (target.trim() === "") {
    return yield* new BadOption({
      option: "--target",
      value: target,
      problem: "no name",
      fix: "Name the label's column."
    })
  }
  const report = path.join(out, "report.html")
  yield* checkStore(store, resume)
  yield* checkWritable("--store", store, store)
  yield* checkContent(store)
  yield* makeDirectory("--store", store, path.dirname(path.resolve(store)))
  yield* makeDirectory("--out", out, out)
  yield* checkWritable("--out", out, report)
  const settings: Settings = {
    run: {
      data,
      target,
      trials,
      agents,
      workers,
      seed,
      chaos,
      store,
      resume,
      command: commandOf(program, { ...given, trials, workers })
    },
    json,
    report,
    resume: [program, "--resume", ...option("store", store, "out/demo.sqlite"), ...option("out", out, "out")].join(" ")
  }
  return settings
})

// --- files -----------------------------------------------------------------------------------------------------------

const dash = (option: string, fix: string) =>
  new BadOption({ option, value: "-", problem: "standard input is not supported here", fix })

const checkData = Effect.fnUntraced(function* (file: string) {
  const fs = yield* FileSystem.FileSystem
  const bad = (problem: string, fix = "Give the path of a CSV file with a header row.") =>
    new BadOption({ option: "--data", value: file, problem, fix })
  if (file === "-") return yield* dash("--data", "A resumed run reads its data again: save them to a file.")
  const info = yield* Effect.mapError(fs.stat(file), (error) => bad(reasonOf(error)))
  if (info.type !== "File") return yield* bad(info.type === "Directory" ? "this is a directory" : "this is not a file")
  yield* Effect.mapError(fs.access(file, { readable: true }), (error) => bad(reasonOf(error)))
})

/** A store that is there has to be a SQLite file; one to resume from has to be there. */
export const checkStore = Effect.fnUntraced(function* (file: string, mustExist: boolean, option = "--store") {
  const fs = yield* FileSystem.FileSystem
  const bad = (problem: string, fix: string) => new BadOption({ option, value: file, problem, fix })
  const another = "Give the path of a SQLite file."
  if (file === "-") return yield* dash(option, another)
  if (file.trim() === "" || file.includes("\u0000")) return yield* bad("this is no path", another)
  // To SQLite, this is no path either: nothing would be kept.
  if (file === ":memory:") return yield* bad("what is in memory is kept nowhere", another)
  const info = yield* Effect.option(fs.stat(file))
  if (Option.isNone(info)) {
    return mustExist
      ? yield* bad(
          "no such file",
          "Give the event log of a run: the file that was given with --store, out/demo.sqlite by default."
        )
      : undefined
  }
  if (info.value.type === "Directory") return yield* bad("this is a directory", another)
  // Whoever opens a pipe to read waits until somebody writes.
  if (info.value.type !== "File") return yield* bad("this is not a file", another)
  const start = yield* Effect.mapError(firstBytes(file), (error) =>
    bad(reasonOf(error), "Make it readable, or give another path.")
  )
  if (start.length > 0 && new TextDecoder().decode(start) !== "SQLite format 3\u0000") {
    return yield* bad("this is not a SQLite database", "Give another path; the file was left as it is.")
  }
})

/** What a database holds. */
export const contentOf = (option: string, file: string, fix: string) =>
  Effect.try({
    try: () => StoreFile.contentOf(file),
    catch: (error) => {
      const problem = `it cannot be read: ${error instanceof Error ? error.message : String(error)}`
      return new BadOption({ option, value: file, problem, fix })
    }
  })

/** A database of something else is left as it is. */
const checkContent = Effect.fnUntraced(function* (store: string) {
  const fs = yield* FileSystem.FileSystem
  if (!(yield* Effect.orElseSucceed(fs.exists(store), () => false))) return
  const fix = "Give another path; the file was left as it is."
  const content = yield* contentOf("--store", store, fix)
  if (content !== "other") return
  return yield* new BadOption({ option: "--store", value: store, problem: "this database holds no event log", fix })
})

/** What will be written over or into, if it is there. */
const checkWritable = Effect.fnUntraced(function* (option: string, value: string, file: string) {
  const fs = yield* FileSystem.FileSystem
  const bad = (problem: string) =>
    new BadOption({ option, value, problem, fix: "Make it writable, or give another place." })
  const info = yield* Effect.option(fs.stat(file))
  if (Option.isNone(info)) return
  if (info.value.type === "Directory") return yield* bad(`${file} is a directory`)
  yield* Effect.mapError(fs.access(file, { writable: true }), (error) =>
    bad(`${file} cannot be written: ${reasonOf(error)}`)
  )
})

const firstBytes = (file: string) =>
  Effect.scoped(
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const open = yield* fs.open(file, { flag: "r" })
      const buffer = new Uint8Array(16)
      const read = yield* open.read(buffer)
      return buffer.subarray(0, Number(read))
    })
  )

const makeDirectory = Effect.fnUntraced(function* (option: string, value: string, directory: string) {
  const fs = yield* FileSystem.FileSystem
  const bad = (problem: string) =>
    new BadOption({ option, value, problem, fix: "Give a place where files may be written." })
  if (value.trim() === "" || value.includes("\u0000")) return yield* bad("this is no path")
  yield* fs.makeDirectory(directory, { recursive: true }).pipe(
    Effect.andThen(fs.access(directory, { writable: true })),
    Effect.mapError((error) => bad(`the directory ${directory} cannot be used: ${reasonOf(error)}`))
  )
})

const reasons: ReadonlyMap<string, string> = new Map([
  ["NotFound", "no such file"],
  ["PermissionDenied", "permission denied"],
  ["AlreadyExists", "a file is in the way"]
])

/** Why the system refused, in a few words. */
export const reasonOf = (error: { readonly reason?: { readonly _tag: string }; readonly message: string }): string =>
  reasons.get(error.reason?._tag ?? "") ?? error.message

// --- the command again -----------------------------------------------------------------------------------------------

const quote = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)

const option = (name: string, value: string | number, initial: string | number): ReadonlyArray<string> =>
  value === initial ? [] : [`--${name} ${quote(String(value))}`]

/** The command that repeats a run: what decides it, as far as it is not the default. */
const commandOf = (
  program: string,
  given: Omit<Given, "trials" | "workers"> & { readonly trials: number; readonly workers: number }
): string =>
  [
    program,
    `--seed ${given.seed}`,
    `--workers ${given.workers}`,
    ...Option.match(given.data, { onNone: () => [], onSome: (data) => [`--data ${quote(data)}`] }),
    ...option("target", given.target, "target"),
    ...option("trials", given.trials, defaultTrials),
    ...option("agents", given.agents, 6),
    ...(given.chaos ? [] : ["--no-chaos"])
  ].join(" ")
