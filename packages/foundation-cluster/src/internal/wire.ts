/**
 * The protocol of a process as it goes over the wire. Each entry of the process's own protocol has three ways to be sent:
 * as a call whose handler runs on when its caller goes, as a call whose handler goes with its caller, and as a cast,
 * which is answered as soon as the mailbox has it.
 */
import { Process } from "@foundation/core"
import { Schema } from "effect"
import { ClusterSchema } from "effect/cluster"
import { Rpc, RpcGroup, RpcSchema } from "effect/rpc"

/** A call that is interrupted with its caller. */
export const interruptibleTag = (tag: string): string => `${tag}/interruptible`

export const castTag = (tag: string): string => `${tag}/cast`

/** What a call may fail with on the process's side, beside the errors of its entry. */
const callErrors = [
  Process.CallTimeout,
  Process.ProcessCrashed,
  Process.ProcessDead,
  Process.MailboxFull,
  Process.CallCycle,
  Process.Unreachable
] as const

/** Derives the wire's protocol. Streams have no mailbox: an entry that answers with one is refused. */
export const wireProtocol = (protocol: RpcGroup.Any): RpcGroup.RpcGroup<Rpc.Any> => {
  const entries: Array<Rpc.Any> = []
  for (const any of requestsOf(protocol)) {
    if (RpcSchema.isStreamSchema(any.successSchema)) {
      throw new TypeError(`"${any._tag}" answers with a stream, which a process cannot do`)
    }
    const error = Schema.Union([any.errorSchema, ...callErrors])
    const wire = { payload: any.payloadSchema, success: any.successSchema, error }
    const lasting = Rpc.make(any._tag, wire).annotateMerge(any.annotations)
    entries.push(
      // A durable message stays in the store when its caller goes. Behind the mailbox the handler runs on in any case.
      lasting.annotate(ClusterSchema.Uninterruptible, "client"),
      Rpc.make(interruptibleTag(any._tag), wire).annotateMerge(any.annotations),
      Rpc.make(castTag(any._tag), { payload: any.payloadSchema, error: Schema.Union(callErrors) }).annotateMerge(
        any.annotations
      )
    )
  }
  return RpcGroup.make(...entries)
}

const requestsOf = (protocol: RpcGroup.Any): Iterable<Rpc.AnyWithProps> =>
  (protocol as RpcGroup.RpcGroup<Rpc.AnyWithProps>).requests.values()
