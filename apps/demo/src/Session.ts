/**
 * A run as a person or a script sees it: watched while it goes on, then summed up, with its report on the disk.
 *
 * **Guarantees** The report and the summary come whatever ends the run, an interruption included, as long as it had begun. With
 * `json` the last line of stdout is the JSON document, and nothing else is written there.
 *
 * @since 0.1.0
 */
import { Cause, Effect, Exit, FileSystem, Logger, Schema, type Scope } from "effect"
import type { Settings } from "./Options.ts"
import * as Report from "./report/Report.ts"
import { reportOf } from "./run/reportOf.ts"
import type { RunOptions } from "./run/Run.ts"
import type { RunLog } from "./run/RunLog.ts"
import { initial, type RunState } from "./run/RunState.ts"
import { clean, coloured, plain } from "./view/Text.ts"
import * as Screen from "./view/Screen.ts"
import * as Summary from "./view/Summary.ts"
import * as View from "./view/View.ts"

/** The run is over, and its report could not be written. */
export class ReportUnwritable extends Schema.TaggedError<ReportUnwritable>("@apps/demo/Session/ReportUnwritable")(
  "ReportUnwritable",
  { path: Schema.String, why: Schema.String }
) {
  override get message() {
    return `the report ${this.path} cannot be written: ${this.why}`
  }
}

/** What drives a run; `observe` gets its log. */
export type Driver<E, R> = (
  options: RunOptions,
  observe: (log: RunLog["Service"]) => Effect.Effect<void, never, Scope.Scope>
) => Effect.Effect<RunState, E, R>

/** Where the session writes. Default: the program's own streams. */
export interface Streams {
  readonly stdout: Screen.Screen
  readonly stderr: Screen.Screen
}

/** Runs, shows, sums up. Fails as the run fails, after the report is written. */
export const session = <E, R>(run: Driver<E, R>, settings: Settings, streams?: Streams) =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const stdout = streams?.stdout ?? (yield* Screen.stdout)
      const screen = settings.json ? (streams?.stderr ?? (yield* Screen.stderr)) : stdout
      const view = View.make(screen)
      let log: RunLog["Service"] | undefined
      const observe = (opened: RunLog["Service"]) =>
        Effect.suspend(() => {
          log = opened
          return view.observe(opened)
        })
      const exit = yield* Effect.exit(restore(run(settings.run, observe))).pipe(Effect.provide(loggerTo(view)))
      const state = Exit.isSuccess(exit) ? exit.value : (log?.stateUnsafe() ?? initial)
      const written = yield* Effect.exit(writeReport(state, settings))
      if (state.started !== undefined) {
        const { store } = settings.run
        const report = Exit.isSuccess(written) ? written.value : undefined
        const places: Summary.Places = { store, report, resume: settings.resume }
        for (const line of Summary.text(state, places, screen.colour ? coloured : plain)) screen.write(`${line}\n`)
        yield* screen.flush
        if (settings.json) stdout.write(`${JSON.stringify(Summary.json(state, places))}\n`)
        yield* stdout.flush
      }
      if (Exit.isFailure(exit)) return yield* Effect.failCause(exit.cause)
      if (Exit.isFailure(written)) return yield* Effect.failCause(written.cause)
    })
  )

/** Writes the report of a run that has a result to tell of, and gives its path; without one the last report stays. */
const writeReport = (state: RunState, { report, run }: Settings) =>
  Effect.gen(function* () {
    const model = reportOf(state, { store: run.store })
    if (model === undefined || state.finished.size === 0) return undefined
    const fs = yield* FileSystem.FileSystem
    yield* Effect.mapError(
      fs.writeFileString(report, Report.render(model)),
      (error) => new ReportUnwritable({ path: report, why: error.message })
    )
    return report
  })

/** Log messages go where the view is, one line each, with their cause. */
const loggerTo = (view: View.View) =>
  Logger.layer([
    Logger.make(({ cause, logLevel, message }) => {
      const words = Array.isArray(message) ? message : [message]
      const told = words.map((word) => (typeof word === "string" ? word : (JSON.stringify(word) ?? String(word))))
      const reason = cause.reasons.length === 0 ? [] : [Cause.pretty(cause).split("\n")[0] ?? ""]
      view.print(clean(`${logLevel.toLowerCase()}: ${[...told, ...reason].join(" ")}`))
    })
  ])
