/** Where the kernel and the addresses leave messages that nobody will handle. */
import { Context, Effect, LogLevel, Option, References } from "effect"
import { DeadLetters, type Reason } from "../DeadLetters.ts"

/** What a dead letter keeps of its message. */
export interface Undelivered {
  readonly tag: string
  readonly payload: unknown
  /** How often a handler has crashed on it. Default 0. */
  readonly attempts?: number | undefined
}

/**
 * Hands a message to the `DeadLetters` among the services. Where there are none it is dropped, with a line in the log at
 * `Debug` that says so.
 */
export const deadLetter = (
  services: Context.Context<never>,
  label: string,
  name: string,
  message: Undelivered,
  reason: Reason,
  defect: unknown
): void => {
  const { attempts = 0, payload, tag } = message
  const letters = Context.getOption(services, DeadLetters)
  if (Option.isSome(letters)) {
    letters.value.addUnsafe({ process: label, name, tag, payload, reason, attempts, defect })
    return
  }
  // A flood of lost messages costs no fibers where nobody reads of them.
  if (!LogLevel.isLessThanOrEqualTo(Context.get(services, References.MinimumLogLevel), "Debug")) return
  Effect.runForkWith(services)(
    Effect.logDebug(`"${tag}" for ${label} is dropped (${reason}): no DeadLetters layer keeps it`)
  )
}
