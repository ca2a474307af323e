/**
 * What `mabeam optimize run` does: opens a study, runs it, prints what came of it.
 *
 * @since 0.1.0
 */
import * as Screen from "@apps/demo/Screen"
import * as Text from "@apps/demo/Text"
import { ProgramObjective, Studies, StudyRun } from "@mabeam/optimize"
import { Effect, Layer, Logger, Option, References, Runtime, Schema } from "effect"
import * as Groups from "./Groups.ts"
import * as RunProgress from "./RunProgress.ts"
import * as StudyAnswers from "./StudyAnswers.ts"
import * as StudySettings from "./StudySettings.ts"

/** The options as they are given. */
export interface Given {
  readonly space: Option.Option<string>
  readonly function: Option.Option<string>
  readonly exec: Option.Option<string>
  readonly sampler: Option.Option<string>
  readonly "sampler-options": Option.Option<string>
  readonly pruner: Option.Option<string>
  readonly "pruner-options": Option.Option<string>
  readonly trials: number
  readonly seed: Option.Option<number>
  readonly workers: number
  readonly direction: ReadonlyArray<"minimize" | "maximize">
  readonly storage: Option.Option<string>
  readonly study: Option.Option<string>
  readonly timeout: Option.Option<number>
  readonly attempts: Option.Option<number>
  readonly json: boolean
}

/** Every trial has failed, or was ended early. The program ends with 1. */
export class NothingComplete extends Schema.TaggedError<NothingComplete>("@apps/cli/OptimizeRun/NothingComplete")(
  "NothingComplete",
  { trials: Schema.Int }
) {
  override readonly [Runtime.errorExitCode] = 1
  override get message() {
    return `none of the ${this.trials} trials is complete`
  }
}

/** Runs the command; `program` is how `mabeam` is called. */
export const run = (given: Given, program: string) =>
  Effect.scoped(running(given, program)).pipe(
    Effect.provide(
      Option.match(given.storage, {
        onNone: () => Studies.layerMemory,
        // Who keeps nothing does not wait for a store to be loaded.
        onSome: (file) =>
          Layer.unwrap(
            Effect.map(
              Effect.promise(() => import("../study/StudyFile.ts")),
              (it) => it.layer(file, false)
            )
          )
      })
    )
  )

const running = Effect.fnUntraced(function* (given: Given, program: string) {
  const { name, objective, study } = yield* StudySettings.open(given)
  const stderr = yield* Screen.stderr
  const { state } = study
  const { workers } = given
  const timeout = Option.getOrUndefined(given.timeout)
  const progress = yield* RunProgress.make({ screen: stderr, state, trials: given.trials, workers, owner: study.owner })
  const kill = yield* Groups.make
  const evaluating =
    objective ??
    ProgramObjective.make({
      command: Option.getOrElse(given.exec, () => ""),
      shell: true,
      onStderr: progress.line,
      onStart: (_, pid) => Effect.sync(() => void kill(pid))
    })
  const result = yield* StudyRun.run(study, evaluating, {
    trials: given.trials,
    workers,
    heartbeat: "20 seconds",
    onTrial: progress.trial,
    ...(timeout === undefined ? {} : { timeout: timeout * 1000 })
  }).pipe(
    progress.during,
    quietly(stderr),
    Effect.onInterrupt(() => Effect.sync(() => stderr.write(`${farewell(given, name, program)}\n`))),
    Effect.result
  )
  const now = yield* state
  yield* StudyAnswers.print(given.json ? StudyAnswers.runOf(name, now) : StudyAnswers.resultOf(name, now), given.json)
  if (result._tag === "Failure") return yield* result.failure
  if (result.success.because._tag !== "TrialLimitReached") stderr.write(`${result.success.because.message}\n`)
  if (now.count > 0 && now.counts.complete === 0) return yield* new NothingComplete({ trials: now.count })
})

/** What the program logs goes to stderr; restarts are told as failures of trials, unless more is asked for. */
const quietly =
  (stderr: Screen.Screen) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.gen(function* () {
      const level = yield* References.MinimumLogLevel
      const logger = Logger.make(({ logLevel, message }) => {
        const parts: ReadonlyArray<unknown> = Array.isArray(message) ? message : [message]
        stderr.write(`${Text.clean(`${logLevel.toLowerCase()}: ${parts.map(String).join(" ")}`)}\n`)
      })
      return yield* effect.pipe(
        Effect.provideService(References.MinimumLogLevel, level === "Warn" ? "Error" : level),
        Effect.provide(Logger.layer([logger]))
      )
    })

const quote = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)

/** What to say to who interrupts. */
const farewell = (given: Given, name: string, program: string): string => {
  if (Option.isNone(given.storage)) return "interrupted; the study was kept nowhere: --storage FILE.sqlite keeps it"
  const option = (key: string, value: Option.Option<string>) =>
    Option.match(value, { onNone: () => [], onSome: (it) => [`--${key} ${quote(it)}`] })
  const words = [
    `${program} optimize run`,
    ...option("storage", given.storage),
    `--study ${quote(name)}`,
    // What is evaluated is not taken from a file.
    ...option("exec", given.exec),
    `--trials ${given.trials}`,
    ...(given.workers === 1 ? [] : [`--workers ${given.workers}`]),
    ...Option.match(given.timeout, { onNone: () => [], onSome: (it) => [`--timeout ${it}`] })
  ]
  return `interrupted; all is stored, and this goes on with it:\n${words.join(" ")}`
}
