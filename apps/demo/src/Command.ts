/**
 * The command that runs the job: flags in, a tuned network, an event log and a report out.
 *
 * @since 0.1.0
 */
import { Effect, Runtime, Schema } from "effect"
import { Command } from "effect/cli"
import { flags, type Given, settingsOf } from "./Options.ts"

/** The run did not come to its end. */
export class RunFailed extends Schema.TaggedError<RunFailed>("@apps/demo/Command/RunFailed")("RunFailed", {
  because: Schema.String,
  /** 2 if the user can mend it by other input, else 1. */
  exitCode: Schema.Literals([1, 2]),
  cause: Schema.Defect()
}) {
  override readonly [Runtime.errorExitCode] = this.exitCode
  override get message() {
    return this.because
  }
}

/** What is the user's to mend: the data, or what there is to resume. */
const badInput: ReadonlySet<string> = new Set([
  "FileUnreadable",
  "FileTooLarge",
  "NoRows",
  "BadHeader",
  "TargetMissing",
  "BadRows",
  "BadClasses",
  "NothingToResume",
  "DataChanged"
])

const toRunFailed = (error: { readonly _tag: string; readonly message: string }): RunFailed =>
  new RunFailed({ because: error.message, exitCode: badInput.has(error._tag) ? 2 : 1, cause: error })

const job = Effect.fnUntraced(
  function* (given: Given, program: string) {
    const settings = yield* settingsOf(given, program)
    // The job takes a third of a second to load, for which help and the other commands do not wait.
    const { run } = yield* Effect.promise(() => import("./run/Run.ts"))
    const { session } = yield* Effect.promise(() => import("./Session.ts"))
    yield* session(run, settings)
  },
  Effect.mapError((error) =>
    error._tag === "BadOption" || error._tag === "ReportUnwritable" ? error : toRunFailed(error)
  )
)

const description =
  "Tunes a neural network with a team of agents: they bid for training slots in auctions, propose parameters with different samplers, " +
  "and vote on what to agree on, while faults strike. Afterwards random search gets as many trainings, and the found parameters, " +
  "random search's best and the defaults see the test rows once. Ends with 0 when done, 1 failed, 2 bad input, 130 interrupted."

/**
 * The command under a name; `program` is how it is called, e.g. `npx -y pnpm@12 demo`, for the lines that tell how to repeat
 * or to go on with a run.
 */
export const runCommand = <const Name extends string>(name: Name, program: string) =>
  Command.make(name, flags, (given: Given) => job(given, program)).pipe(
    Command.withDescription(description),
    Command.withShortDescription("Tune a real network with a team of agents"),
    Command.withExamples([
      { command: program, description: "60 trainings of a network on the digits data set, with faults" },
      { command: `${program} --quick`, description: "A short run" },
      { command: `${program} --data wine.csv --target quality`, description: "A table of your own" },
      { command: `${program} --resume`, description: "Go on with the run that was interrupted" },
      { command: `${program} --quick --json | tail -n 1`, description: "The result for a program" }
    ])
  )
