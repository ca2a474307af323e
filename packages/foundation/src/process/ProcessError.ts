/**
 * How talking to a process fails. Domain failures of a handler come beside these, typed by the protocol.
 *
 * @since 0.1.0
 */
import { Formatter, Schema } from "effect"

const describe = (defect: unknown): string => (defect instanceof Error ? defect.message : Formatter.format(defect))

/** No answer within the caller's time. The handler runs on unless the call asked for `interruptOnTimeout`. */
export class CallTimeout extends Schema.TaggedError<CallTimeout>("@foundation/core/Process/CallTimeout")(
  "CallTimeout",
  {
    process: Schema.String,
    tag: Schema.String,
    millis: Schema.Finite
  }
) {
  override get message() {
    return `"${this.process}" did not answer "${this.tag}" within ${this.millis} ms`
  }
}

/** The handler died of a defect while it worked on this very message. */
export class ProcessCrashed extends Schema.TaggedError<ProcessCrashed>("@foundation/core/Process/ProcessCrashed")(
  "ProcessCrashed",
  { process: Schema.String, tag: Schema.String, cause: Schema.Defect() }
) {
  override get message() {
    return `"${this.process}" crashed on "${this.tag}": ${describe(this.cause)}`
  }
}

/** The process is gone for good: nobody will answer. */
export class ProcessDead extends Schema.TaggedError<ProcessDead>("@foundation/core/Process/ProcessDead")(
  "ProcessDead",
  {
    process: Schema.String
  }
) {
  override get message() {
    return `"${this.process}" is gone for good`
  }
}

/** The mailbox is at its limit, or the message had to make room for a newer one. */
export class MailboxFull extends Schema.TaggedError<MailboxFull>("@foundation/core/Process/MailboxFull")(
  "MailboxFull",
  {
    process: Schema.String,
    capacity: Schema.Int
  }
) {
  override get message() {
    return `the mailbox of "${this.process}" holds its limit of ${this.capacity} messages`
  }
}

/** The call would wait for itself through others. `chain` names the processes that wait, the called one first. */
export class CallCycle extends Schema.TaggedError<CallCycle>("@foundation/core/Process/CallCycle")("CallCycle", {
  chain: Schema.Array(Schema.String)
}) {
  override get message() {
    return `the call would wait for itself: ${this.chain.join(" -> ")}`
  }
}

/** The transport could not carry the message: no node holds the process, or the store behind it failed. */
export class Unreachable extends Schema.TaggedError<Unreachable>("@foundation/core/Process/Unreachable")(
  "Unreachable",
  {
    process: Schema.String,
    reason: Schema.String
  }
) {
  override get message() {
    return `"${this.process}" cannot be reached: ${this.reason}`
  }
}

/** `init` did not come to its end in time. */
export class InitTimeout extends Schema.TaggedError<InitTimeout>("@foundation/core/Process/InitTimeout")(
  "InitTimeout",
  {
    process: Schema.String,
    millis: Schema.Finite
  }
) {
  override get message() {
    return `"${this.process}" did not finish its init within ${this.millis} ms`
  }
}

/** `init` died of a defect. */
export class InitCrashed extends Schema.TaggedError<InitCrashed>("@foundation/core/Process/InitCrashed")(
  "InitCrashed",
  {
    process: Schema.String,
    cause: Schema.Defect()
  }
) {
  override get message() {
    return `"${this.process}" crashed in its init: ${describe(this.cause)}`
  }
}

/** What any call may fail with, beside the errors of its protocol. */
export type CallError = CallTimeout | ProcessCrashed | ProcessDead | MailboxFull | CallCycle | Unreachable
