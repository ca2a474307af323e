/**
 * What travels between processes inside one program: the envelope, who waits for its answer, and the frame that makes a
 * circle of calls visible.
 */
import { Cause, Context, Effect, Exit, Fiber, Tracer } from "effect"
import type { Address } from "./address.ts"
import { Deadline } from "./deadlines.ts"
import { CallTimeout } from "../ProcessError.ts"

/** Somebody waits for the answer to a message. */
export interface Reply {
  /** Whether nobody waits any more: the caller timed out or was interrupted. */
  readonly abandoned: boolean
  /** Whether the handler is to be interrupted when nobody waits any more. */
  readonly interruptOnTimeout: boolean
  /** Answers; only the first answer counts. */
  settle(exit: Exit.Exit<unknown, unknown>): void
}

export class Envelope {
  readonly tag: string
  readonly payload: unknown
  readonly reply: Reply | undefined
  /** The frame of the handler that waits for the answer, if a handler does. */
  readonly frame: Frame | undefined
  /** The span of the sender, if it has one. */
  readonly span: Tracer.AnySpan | undefined
  /** How often a handler has crashed on this message. */
  attempts = 0

  constructor(
    tag: string,
    payload: unknown,
    reply: Reply | undefined,
    frame: Frame | undefined,
    span: Tracer.AnySpan | undefined
  ) {
    this.tag = tag
    this.payload = payload
    this.reply = reply
    this.frame = frame
    this.span = span
  }
}

/** A message of the kernel itself: it has its own lane, is never shed, and is nobody's dead letter. */
export class Signal extends Envelope {
  constructor(tag: string, payload: unknown) {
    super(tag, payload, undefined, undefined, undefined)
  }
}

/**
 * One handler at work on one message. Frames point to the frame of the caller that waits for them, so the chain of
 * frames is the chain of processes that stand still until this handler is done.
 */
export class Frame {
  readonly process: Address
  readonly parent: Frame | undefined
  readonly reply: Reply | undefined
  active = true

  constructor(process: Address, parent: Frame | undefined, reply: Reply | undefined) {
    this.process = process
    this.parent = parent
    this.reply = reply
  }

  /** The next frame that stands still until this one is done. */
  get waiting(): Frame | undefined {
    const { parent } = this
    return parent !== undefined && parent.active && this.reply?.abandoned !== true ? parent : undefined
  }

  /** The processes that stand still until this frame is done, the one that waits longest first, itself last. */
  chain(): Array<Address> {
    const chain: Array<Address> = [this.process]
    for (let frame = this.waiting; frame !== undefined; frame = frame.waiting) chain.push(frame.process)
    return chain.toReversed()
  }

  /** Whether a process stands still until this frame is done. */
  waitsFor(process: Address): boolean {
    if (this.process === process) return true
    for (let frame = this.waiting; frame !== undefined; frame = frame.waiting) {
      if (frame.process === process) return true
    }
    return false
  }
}

/** The frame in which the current fiber runs; `undefined` outside of every process. */
export const CurrentFrame = Context.Reference<Frame | undefined>("@foundation/core/Process/CurrentFrame", {
  defaultValue: () => undefined
})

/**
 * What a process keeps of the context that it was started in: not the handler or the span that started it, which end long
 * before it, and would be kept alive by it.
 */
export const ownServices = (services: Context.Context<never>): Context.Context<never> => {
  const spanless = Context.getOrUndefined(services, Tracer.ParentSpan) === undefined
  const plain = spanless ? services : Context.omit(Tracer.ParentSpan)(services)
  return Context.get(plain, CurrentFrame) === undefined ? plain : Context.add(plain, CurrentFrame, undefined)
}

/** The active frame of a fiber: one whose handler is still at work. */
export const activeFrame = (fiber: Fiber.Fiber<unknown, unknown>): Frame | undefined => {
  const frame = Context.get(fiber.context, CurrentFrame)
  return frame !== undefined && frame.active ? frame : undefined
}

/** A caller suspended in `call`. */
export class CallReply extends Deadline implements Reply {
  abandoned = false
  private done = false
  readonly interruptOnTimeout: boolean
  private readonly resume: (exit: Exit.Exit<unknown, unknown>) => void
  private readonly target: Address
  private readonly tag: string
  private readonly millis: number

  constructor(
    target: Address,
    tag: string,
    millis: number,
    interruptOnTimeout: boolean,
    resume: (exit: Exit.Exit<unknown, unknown>) => void
  ) {
    super()
    this.target = target
    this.tag = tag
    this.millis = millis
    this.interruptOnTimeout = interruptOnTimeout
    this.resume = resume
  }

  get isSettled(): boolean {
    return this.done
  }

  settle(exit: Exit.Exit<unknown, unknown>): void {
    if (this.done) return
    this.done = true
    this.disarm()
    this.resume(exit)
  }

  override expire(): void {
    if (this.done) return
    this.abandon()
    this.resume(Exit.fail(new CallTimeout({ process: this.target.label, tag: this.tag, millis: this.millis })))
  }

  /** The caller waits no longer. */
  abandon(): void {
    if (this.done) return
    this.done = true
    this.abandoned = true
    this.disarm()
    this.target.onAbandoned(this)
  }
}

/** The typed failure of an exit: every reason is a `Fail`, none a defect or an interruption. */
export const isTypedFailure = (cause: Cause.Cause<unknown>): boolean =>
  cause.reasons.length > 0 && cause.reasons.every(Cause.isFailReason)

/** Runs an effect to its end or its first suspension, and hands its exit over, now or later. */
export const runWith = <A, E>(
  context: Context.Context<never>,
  effect: Effect.Effect<A, E>,
  onExit: (exit: Exit.Exit<A, E>) => void
): Fiber.Fiber<A, E> | undefined => {
  const fiber = Effect.runForkWith(context)(effect)
  const exit = fiber.pollUnsafe()
  if (exit !== undefined) {
    onExit(exit)
    return undefined
  }
  fiber.addObserver(onExit)
  return fiber
}
