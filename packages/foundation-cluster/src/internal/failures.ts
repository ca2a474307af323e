/** How failures are told on the two ends of the wire. */
import { Process } from "@foundation/core"
import { Cause, Effect } from "effect"
import { ClusterError } from "effect/cluster"

/** An error that names this node's process names the entity instead, which means something to callers everywhere. */
export const renamed = (error: unknown, from: string, to: string): unknown => {
  const process = to
  if (error instanceof Process.ProcessCrashed && error.process === from) {
    return new Process.ProcessCrashed({ process, tag: error.tag, cause: error.cause })
  }
  if (error instanceof Process.MailboxFull && error.process === from) {
    return new Process.MailboxFull({ process, capacity: error.capacity })
  }
  return error instanceof Process.ProcessDead && error.process === from ? new Process.ProcessDead({ process }) : error
}

/** What the cluster says of a message that it could not bring, in the words of a call. */
export const translate = (error: unknown, label: string, capacity: number): unknown => {
  if (ClusterError.MailboxFull.is(error)) return new Process.MailboxFull({ process: label, capacity })
  const unreachable = (reason: string) => new Process.Unreachable({ process: label, reason })
  if (ClusterError.EntityNotAssignedToRunner.is(error)) return unreachable("no runner holds its shard")
  if (ClusterError.AlreadyProcessingMessage.is(error)) return unreachable("the same message is being handled already")
  if (error instanceof ClusterError.PersistenceError)
    return unreachable(`the message store failed: ${reasonOf(error.cause)}`)
  return error
}

/** A message that is not a request fails in three ways only. */
export const asDelivery =
  (label: string) =>
  (
    cause: Cause.Cause<unknown>
  ): Effect.Effect<never, Process.MailboxFull | Process.ProcessDead | Process.Unreachable> => {
    const error = Cause.squash(cause)
    const known =
      error instanceof Process.MailboxFull ||
      error instanceof Process.ProcessDead ||
      error instanceof Process.Unreachable
    if (known) return Effect.fail(error)
    return Effect.fail(new Process.Unreachable({ process: label, reason: reasonOf(error) }))
  }

export const reasonOf = (problem: unknown): string => {
  const error = Cause.isCause(problem) ? Cause.squash(problem) : problem
  return error instanceof Error ? error.message : String(error)
}
