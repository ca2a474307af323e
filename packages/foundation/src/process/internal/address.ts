/**
 * Where messages are sent: the part of a process that its senders see. A local process, a simulated link and a cluster
 * entity are addresses; each says how it posts an envelope, and `call` and `cast` are the same for all.
 */
import { Duration, Effect, Exit, Fiber, type Tracer } from "effect"
import { CallCycle, MailboxFull } from "../ProcessError.ts"
import { activeFrame, CallReply, Envelope, type Reply } from "./message.ts"
import type { Deadlines } from "./deadlines.ts"
import type { Sender } from "./senders.ts"

export interface CallOptions {
  readonly timeout?: Duration.Input | undefined
  readonly interruptOnTimeout?: boolean | undefined
}

/** The default patience of a call. */
export const defaultCallMillis = 5000

export abstract class Address {
  abstract readonly label: string
  abstract readonly deadlines: Deadlines
  /** The limit of the mailbox behind this address, for the message of `MailboxFull`. */
  abstract readonly capacity: number
  /** Whether gatherings tell it, too, when they wait no longer. */
  get hearsOfAbandoned(): boolean {
    return false
  }

  /** Takes the envelope over, or says that there is no room for it. Never waits. */
  abstract post(envelope: Envelope): boolean

  /** Lets a sender try again when there is room; only asked for after `post` said no. `false`: no waiting here. */
  abstract whenRoom(sender: Sender): boolean

  /** A caller of this address waits no longer. */
  abstract onAbandoned(reply: Reply): void

  call(tag: string, payload?: unknown, options?: CallOptions): Effect.Effect<unknown, unknown> {
    return Effect.callback<unknown, unknown>((resume) => {
      const fiber = Fiber.getCurrent()!
      const frame = activeFrame(fiber)
      if (frame !== undefined && frame.waitsFor(this)) {
        const chain = frame.chain().map((process) => process.label)
        resume(Exit.fail(new CallCycle({ chain: [...chain, this.label] })))
        return undefined
      }
      const millis = options?.timeout === undefined ? defaultCallMillis : Duration.toMillis(options.timeout)
      const reply = new CallReply(this, tag, millis, options?.interruptOnTimeout === true, resume)
      this.ask(new Envelope(tag, payload, reply, frame, fiber.cache.span), reply)
      if (reply.isSettled) return undefined
      if (Number.isFinite(millis)) this.deadlines.arm(reply, millis, fiber.context)
      return Effect.sync(() => reply.abandon())
    })
  }

  cast(tag: string, payload?: unknown): Effect.Effect<void, MailboxFull> {
    return Effect.suspend(() => {
      const envelope = new Envelope(tag, payload, undefined, undefined, Fiber.getCurrent()!.cache.span)
      if (this.post(envelope)) return Effect.void
      return Effect.callback<void, MailboxFull>((resume) => {
        // A handler that waited for room in a mailbox that stands still because of it would wait for ever.
        if (activeFrame(Fiber.getCurrent()!)?.waitsFor(this) === true) return resume(this.full())
        const sender = {
          gone: false,
          retry: () => {
            if (this.post(envelope)) resume(Effect.void)
            else if (!this.whenRoom(sender)) resume(this.full())
          }
        }
        if (!this.whenRoom(sender)) return resume(this.full())
        return Effect.sync(() => {
          sender.gone = true
        })
      })
    })
  }

  /** Casts without waiting; `false` when there is no room. */
  postCast(tag: string, payload: unknown, span: Tracer.AnySpan | undefined): boolean {
    return this.post(new Envelope(tag, payload, undefined, undefined, span))
  }

  full(): Exit.Exit<never, MailboxFull> {
    return Exit.fail(new MailboxFull({ process: this.label, capacity: this.capacity }))
  }

  /** Sends a request whose sender waits: a process that has nothing else to do answers it on the sender's stack. */
  ask(envelope: Envelope, reply: Reply): void {
    if (!this.handleNow(envelope)) this.send(envelope, () => reply.settle(this.full()))
  }

  /** Handles a message at once, if this is possible here and now. */
  handleNow(_envelope: Envelope): boolean {
    return false
  }

  /** Posts now or, where the mailbox lets its senders wait, when there is room; `refused` when neither can be. */
  send(envelope: Envelope, refused: () => void): void {
    if (this.post(envelope)) return
    const sender = {
      get gone() {
        return envelope.reply?.abandoned === true
      },
      retry: () => this.send(envelope, refused)
    }
    if (!this.whenRoom(sender)) refused()
  }
}
