/**
 * One run from start to end: opens the store, prepares the data, starts the crew, and waits until the log says that the run is
 * finished.
 *
 * **Guarantees** Everything that a run knows is in its log: a run that was interrupted, or whose program was killed, is resumed
 * from there, and nothing is trained twice that has its result. Interrupting it writes `RunInterrupted` and ends the
 * crew, its threads and the store's connection.
 *
 * @since 0.1.0
 */
import { DeadLetters, EventStore, LeaderElection, ProcessRegistry } from "@foundation/core"
import { SqlEventStore } from "@foundation/sql"
import { Mabeam, Variables } from "@mabeam/core"
import {
  Clock,
  Deferred,
  Effect,
  FileSystem,
  Layer,
  Path,
  type PlatformError,
  Random,
  Schema,
  type Scope
} from "effect"
import { type CryptoError, Digest } from "effect/crypto"
import * as Dataset from "../data/Dataset.ts"
import { type Prepared, prepare } from "../data/Preparation.ts"
import { type Dimension, searchSpace } from "../training/HyperParameters.ts"
import * as TrainerWorker from "../training/TrainerWorker.ts"
import * as Chaos from "./Chaos.ts"
import { Crew } from "./Crew.ts"
import { hire, type HireError } from "./Hiring.ts"
import { Laboratory } from "./Evaluator.ts"
import type { RunStalled } from "./Rounds.ts"
import { RunEvent } from "./RunEvent.ts"
import * as RunLog from "./RunLog.ts"
import type { RunState } from "./RunState.ts"
import { agentsMax } from "./names.ts"
import { techniqueOf } from "./Techniques.ts"

/** What a run is told. */
export interface RunOptions {
  /** A CSV file with a header row. */
  readonly data: string
  /** The column with the class. */
  readonly target: string
  /** Trainings of the team, and as many of random search; at least 1. */
  readonly trials: number
  /** Optimizer agents, 2 to `agentsMax`. */
  readonly agents: number
  /** Training threads, 1 to 64. */
  readonly workers: number
  readonly seed: number
  /** Whether faults are injected. */
  readonly chaos: boolean
  /** A SQLite file for the events; made if it is not there. */
  readonly store: string
  /** Goes on with the newest run of the store, unless it has finished; what decides the run is taken from its log. */
  readonly resume: boolean
  /** The command that repeats the run, for its report. */
  readonly command: string
  /** A file that counts the trainings begun and finished by the threads, one JSON line each. */
  readonly tallyFile?: string | undefined
}

/** There is no unfinished run in the store. */
export class NothingToResume extends Schema.TaggedError<NothingToResume>("@apps/demo/Run/NothingToResume")(
  "NothingToResume",
  { store: Schema.String, because: Schema.String }
) {
  override get message() {
    return `nothing to resume in ${this.store}: ${this.because}`
  }
}

/** The data of an interrupted run are not what they were. */
export class DataChanged extends Schema.TaggedError<DataChanged>("@apps/demo/Run/DataChanged")("DataChanged", {
  file: Schema.String
}) {
  override get message() {
    return `${this.file} has changed since the run was interrupted; its results would not be comparable. Start a new run`
  }
}

type Started = Extract<RunEvent, { readonly _tag: "RunStarted" }>

/** Why a run did not come to its end. */
export type RunError =
  | Dataset.DatasetError
  | NothingToResume
  | DataChanged
  | RunStalled
  | RunLog.LogError
  | RunLog.AlreadyRecorded
  | HireError
  | EventStore.InvalidRequest
  | PlatformError.PlatformError
  | CryptoError.CryptoError

/** Runs, or goes on with, one run; `observe` is run in its scope as soon as its log is open. */
export const run = (
  options: RunOptions,
  observe: (log: RunLog.RunLog["Service"]) => Effect.Effect<void, never, Scope.Scope>
): Effect.Effect<RunState, RunError, FileSystem.FileSystem | Path.Path | Digest.Digest> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    yield* fs.makeDirectory(path.dirname(path.resolve(options.store)), { recursive: true })
    return yield* Effect.scoped(
      Effect.gen(function* () {
        const { isNew, started } = yield* open(options)
        const data = yield* loadData(started, options.resume)
        const program = supervise({ ...started, data: data.summary }, isNew, data.prepared, observe)
        const tally = TrainerWorker.makeTally({ file: options.tallyFile })
        return yield* Effect.provide(program(tally), RunLog.layer(started.run))
      })
    ).pipe(Effect.provide(SqlEventStore.layerSqlite({ filename: options.store })))
  })

// --- what the run is -------------------------------------------------------------------------------------------------

const decode = Schema.decodeUnknownEffect(RunEvent)

/** The first event of the run at hand: made from the options, or found in the store. */
const open = Effect.fnUntraced(function* (options: RunOptions) {
  if (!options.resume) return { isNew: true, started: yield* startOf(options) }
  const store = yield* EventStore.EventStore
  const nothing = (because: string) => new NothingToResume({ store: options.store, because })
  const starts = yield* store.query({ type: "RunStarted", direction: "backwards", limit: 1 })
  const newest = starts[0]
  if (newest === undefined) return yield* nothing("it holds no run")
  const started = yield* Effect.mapError(decode(newest.data), () => nothing("its newest run cannot be read"))
  if (started._tag !== "RunStarted") return yield* nothing("its newest run has no start")
  const ends = yield* store.query({ type: "RunFinished", correlationId: started.run, limit: 1 })
  if (ends.length > 0) return yield* nothing(`its newest run, ${started.run}, has finished`)
  return { isNew: false, started }
})

const startOf = Effect.fnUntraced(function* (options: RunOptions) {
  const now = yield* Clock.currentTimeMillis
  const stamp = new Date(now).toISOString().replace(/[-:]|\.\d+Z/g, "")
  // Two runs may begin in the same second.
  const mark = (yield* Random.nextIntBetween(0, 36 ** 4 - 1)).toString(36).padStart(4, "0")
  const profiles = Array.from({ length: Math.min(agentsMax, options.agents) }, (_, index) => {
    const { id, sampler, temperament } = techniqueOf(index)
    return { id, sampler, temperament: temperament.name }
  })
  const started: Started = {
    _tag: "RunStarted",
    run: `${stamp}-${mark}-seed-${options.seed}`,
    seed: options.seed,
    trials: options.trials,
    // One slot fewer than there are agents, so that slots have a price.
    slots: Math.max(1, profiles.length - 1),
    workers: options.workers,
    chaos: options.chaos,
    creditsAtStart: 100,
    agents: profiles,
    data: { file: options.data, target: options.target, digest: "", ...noRows },
    command: options.command
  }
  return started
})

const noRows = { features: 0, classes: 0, train: 0, validation: 0, test: 0 }

/** Reads and splits the data, and sees that they are what they were when the run began. */
const loadData = Effect.fnUntraced(function* (started: Started, isResumed: boolean) {
  const { file, target } = started.data
  const fs = yield* FileSystem.FileSystem
  const dataset = yield* Dataset.load({ path: file, target })
  const digests = yield* Digest.Digest
  const digest = Buffer.from(yield* digests.digest(Digest.sha256, yield* fs.readFile(file))).toString("hex")
  if (isResumed && digest !== started.data.digest) return yield* new DataChanged({ file })
  const prepared = prepare(dataset, started.seed)
  const summary: Started["data"] = {
    file,
    target,
    digest,
    features: dataset.features.length,
    classes: dataset.classes.length,
    train: prepared.train.length,
    validation: prepared.validation.length,
    test: prepared.test.length
  }
  return { prepared, summary }
})

// --- the run at work -------------------------------------------------------------------------------------------------

/** Starts the crew and waits for the end of the run. */
const supervise =
  (
    started: Started,
    isNew: boolean,
    prepared: Prepared,
    observe: (log: RunLog.RunLog["Service"]) => Effect.Effect<void, never, Scope.Scope>
  ) =>
  (tally: TrainerWorker.Tally) =>
    Effect.gen(function* () {
      const log = yield* RunLog.RunLog
      yield* observe(log)
      const { resumptions } = yield* log.append(isNew ? started : { _tag: "RunResumed" })
      const stalled = yield* Deferred.make<never, RunStalled>()
      const work = Effect.gen(function* () {
        // Names, types and values are this module's own.
        yield* Effect.orDie(defineVariables(yield* log.state))
        const crew = yield* hire({ started, stalled, onProgressFor: strikesOf(started, log), prepared, tally })
        yield* healing(log)
        const ended = log.awaitState((state) => state.finishedRun !== undefined)
        return yield* Effect.raceFirst(ended, Deferred.await(crew.stalled))
      })
      return yield* work.pipe(
        Effect.scoped,
        Effect.provide(servicesOf(`${started.run}-${resumptions}`)),
        Effect.onInterrupt(() => Effect.ignore(log.append({ _tag: "RunInterrupted" }), { log: "Warn" }))
      )
    })

/** What the crew works with; the prefix tells the sessions of a run from those before it was resumed. */
const servicesOf = (prefix: string) =>
  Mabeam.layer({ coordination: { prefix } }).pipe(
    Layer.provideMerge(
      Layer.mergeAll(ProcessRegistry.layerMemory, LeaderElection.layerMemory, DeadLetters.layerMemory())
    )
  )

/** What is to be done after each epoch of a training: a fault, when one is due. */
const strikesOf =
  (started: Started, log: RunLog.RunLog["Service"]) =>
  (crew: Crew["Service"]): Laboratory["Service"]["onProgress"] => {
    if (!started.chaos) return () => Effect.void
    const strike = Chaos.makeStrike(log, crew, Chaos.instants(started.seed, started.trials))
    // Apart from the training: a fault may end the very thread that tells of its progress.
    return (worker, progress) => Effect.asVoid(Effect.forkDetach(strike(worker, progress)))
  }

/** Writes down when the target of a fault works again. */
const healing = Effect.fnUntraced(function* (log: RunLog.RunLog["Service"]) {
  const context = yield* Effect.context<never>()
  yield* log.listen((event, state) => {
    for (const { fault, kind, target } of Chaos.healedBy(event, state)) {
      Effect.runForkWith(context)(
        Effect.ignore(log.append({ _tag: "FaultHealed", fault, kind, target }), { log: "Warn" })
      )
    }
  })
})

/** Defines the shared variables with the values that the log says, all to be changed by consensus only. */
const defineVariables = Effect.fnUntraced(function* (state: RunState) {
  const variables = yield* Variables.Variables
  const values = new Map<string, unknown>(Object.entries(state.agreed.params))
  for (const dimension of searchSpace) {
    yield* defineOne(variables, dimension, values.get(dimension.name))
  }
})

const defineOne = (variables: Variables.Variables["Service"], dimension: Dimension, initial: unknown) => {
  const common = { name: dimension.name, owner: "team", policy: "consensus" } as const
  if (dimension.kind === "categorical") {
    const type = Variables.choice(dimension.choices)
    return type.is(initial) ? Effect.asVoid(variables.define({ ...common, type, initial })) : notOfType(dimension.name)
  }
  const bounds = { min: dimension.min, max: dimension.max }
  const type =
    dimension.kind === "int"
      ? Variables.int(bounds)
      : dimension.kind === "float"
        ? Variables.float(bounds)
        : Variables.logFloat(bounds)
  return type.is(initial) ? Effect.asVoid(variables.define({ ...common, type, initial })) : notOfType(dimension.name)
}

const notOfType = (name: string) => Effect.die(new Error(`the agreed value of "${name}" is outside of its range`))
