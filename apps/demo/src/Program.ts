/**
 * Runs a command as the whole program, with the manners that all our commands share.
 *
 * **Guarantees** Exit code 0 done, 1 failed, 2 bad input, 130 interrupted. What is wrong with the input is said in a line on
 * stderr that names the place and the fix; stack traces appear for defects only. A second Ctrl-C ends the program at once. Closing
 * the reader of stdout interrupts the program.
 *
 * @since 0.1.0
 */
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Cause, Console, Effect, Exit, Layer, References, Runtime } from "effect"
import { CliConfig, CliError, CliOutput, Command, GlobalFlag } from "effect/cli"

/** The release of these commands. */
export const version = "0.1.0"

type Services = Layer.Success<typeof NodeServices.layer> | Layer.Success<typeof NodeCrypto.layer>

/** Runs the command with the arguments of the process, and ends the process. */
export const main = <const Name extends string, Input, E, ContextInput>(
  command: Command.Command<Name, Input, ContextInput, E, Services>
): void => {
  guard()
  const program = Command.run(command, { version }).pipe(
    Effect.tapCause((cause) => tell(command.name, cause)),
    Effect.provide(layers),
    Effect.provideService(References.MinimumLogLevel, "Warn")
  )
  NodeRuntime.runMain(program, { disableErrorReporting: true, teardown: (exit, end) => end(exitCodeOf(exit)) })
}

/** What is wrong with the arguments goes to stderr in as many lines as there are problems; help and version to stdout. */
const presenter: CliOutput.Presenter = {
  present: (event) => {
    if (event._tag !== "InvalidInvocation") return CliOutput.defaultPresenter.present(event)
    const command = event.commandPath.join(" ")
    const lines = event.errors.map((error) => `${command}: ${error.message}`)
    return Console.error([...new Set(lines), `Try "${command} --help".`].join("\n"))
  }
}

const builtIns = [GlobalFlag.Help, GlobalFlag.Version, GlobalFlag.Completions, GlobalFlag.LogLevel]

const layers = Layer.mergeAll(
  NodeServices.layer,
  NodeCrypto.layer,
  CliOutput.layerPresenter(presenter),
  CliConfig.layer({ builtIns })
)

/** Says why the program failed, unless it has been said: a line for what was to be expected, everything for a defect. */
const tell = (name: string, cause: Cause.Cause<unknown>): Effect.Effect<void> => {
  if (Cause.hasInterruptsOnly(cause)) return Effect.void
  const error = Cause.squash(cause)
  if (CliError.isCliError(error)) return Effect.void
  if (Cause.hasDies(cause))
    return Console.error(`${name}: a defect of this program, please report it\n${Cause.pretty(cause)}`)
  return Console.error(`${name}: ${error instanceof Error ? error.message : String(error)}`)
}

const exitCodeOf = (exit: Exit.Exit<unknown, unknown>): number => {
  if (Exit.isSuccess(exit)) return 0
  if (Cause.hasInterruptsOnly(exit.cause)) return 130
  const error = Cause.squash(exit.cause)
  if (CliError.isCliError(error)) return error._tag === "ShowHelp" && error.errors.length === 0 ? 0 : 2
  return Runtime.getErrorExitCode(error)
}

/** Ends at once at the second Ctrl-C, and interrupts the program when nobody reads what it says any more. */
const guard = (): void => {
  let asked = 0
  process.on("SIGINT", () => {
    asked += 1
    if (asked > 1) process.exit(130)
  })
  let isClosed = false
  process.stdout.on("error", () => {
    if (isClosed) return
    isClosed = true
    // A program that is over does not hear the signal any more, and would be killed by it.
    if (process.listenerCount("SIGTERM") === 0) process.exit(130)
    process.kill(process.pid, "SIGTERM")
  })
  process.stderr.on("error", () => undefined)
}
