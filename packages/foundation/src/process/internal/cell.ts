/**
 * A process as the kernel keeps it: mailbox, state and a "scheduled" flag, no fiber while it is idle.
 *
 * One activation drains the mailbox run-to-completion. A handler that completes at once never leaves it; one that
 * suspends goes on as a fiber, and the mailbox waits until it is done. An incarnation is the time from one `init` to its
 * end; the cell, its label and its mailbox outlive incarnations, until its owner gives it up.
 */
import { Cause, Context, Effect, Exit, Fiber, Inspectable, Scope, Tracer } from "effect"
import { deadLetter } from "../../resilience/internal/deadLetter.ts"
import { InitCrashed, InitTimeout, ProcessCrashed, ProcessDead } from "../ProcessError.ts"
import type { Overflow } from "../Mailbox.ts"
import { Mailbox } from "../Mailbox.ts"
import { Address } from "./address.ts"
import type { Activation, Host } from "./host.ts"
import { onStack } from "./stack.ts"
import { Deadline, type Deadlines } from "./deadlines.ts"
import { type Sender, Senders } from "./senders.ts"
import { CurrentFrame, Envelope, Frame, isTypedFailure, type Reply, runWith, Signal } from "./message.ts"

/** How an incarnation ended. */
export type ProcessExit =
  | { readonly _tag: "Normal" }
  | { readonly _tag: "Shutdown" }
  | { readonly _tag: "Killed" }
  | { readonly _tag: "Crashed"; readonly cause: Cause.Cause<unknown> }

export const exitNormal: ProcessExit = { _tag: "Normal" }
export const exitShutdown: ProcessExit = { _tag: "Shutdown" }
export const exitKilled: ProcessExit = { _tag: "Killed" }
export const exitCrashed = (cause: Cause.Cause<unknown>): ProcessExit => ({ _tag: "Crashed", cause })

type Handler = (payload: unknown, state: unknown) => Effect.Effect<unknown, unknown, unknown>

/** What all processes of one kind share. */
export interface Blueprint {
  readonly name: string
  readonly init: (args: unknown) => Effect.Effect<unknown, unknown, unknown>
  readonly handlers: ReadonlyMap<string, Handler>
  readonly capacity: number
  readonly overflow: Overflow
  readonly redeliver: number
  readonly initMillis: number
}

/** Told of the life of a cell. */
export interface Watcher {
  /** An incarnation has ended. */
  onExit?(cell: Cell, exit: ProcessExit): void
  /** The process is gone for good. */
  onDead?(cell: Cell): void
}

/** Decides what becomes of a cell whose incarnation has ended; without an owner it is gone for good. */
export interface Owner {
  childEnded(exit: ProcessExit): void
}

export const Status = { Fresh: 0, Starting: 1, Running: 2, Ending: 3, Between: 4, Dead: 5 } as const
export type Status = (typeof Status)[keyof typeof Status]

export class Cell extends Address implements Activation {
  readonly blueprint: Blueprint
  readonly id: number
  readonly host: Host
  readonly args: unknown
  readonly services: Context.Context<never>
  owner: Owner | undefined
  status: Status = Status.Fresh
  incarnation = 0
  lastExit: ProcessExit | undefined = undefined
  /** In the run queue, or being activated. */
  private scheduled = false
  /** A handler is on the stack right now. */
  private busy = false
  /** Made with the first message. */
  private mailbox: Mailbox<Envelope> | undefined = undefined
  /** Made with the first signal, and let go with the last. */
  private signals: Mailbox<Signal> | undefined = undefined
  private senders: Senders | undefined = undefined
  private state: unknown = undefined
  private scope: Scope.Closeable | undefined = undefined
  /** The services with the incarnation's scope; made with its first message. */
  private context: Context.Context<never> | undefined = undefined
  private fiber: Fiber.Fiber<unknown, unknown> | undefined = undefined
  private current: Envelope | undefined = undefined
  private ending: ProcessExit | undefined = undefined
  /** Most cells have none or one: a set is made for the second. */
  private watchers: Watcher | Set<Watcher> | undefined = undefined

  constructor(
    blueprint: Blueprint,
    args: unknown,
    services: Context.Context<never>,
    host: Host,
    owner: Owner | undefined
  ) {
    super()
    this.blueprint = blueprint
    this.args = args
    this.services = services
    this.host = host
    this.owner = owner
    this.id = host.nextId()
  }

  get label(): string {
    return `${this.blueprint.name}#${this.id}`
  }

  get deadlines(): Deadlines {
    return this.host.deadlines
  }

  get capacity(): number {
    return this.blueprint.capacity
  }

  get queued(): number {
    return this.mailbox === undefined ? 0 : this.mailbox.size
  }

  /** Whether a handler, or `init`, is at work. */
  get isBusy(): boolean {
    return this.busy || this.fiber !== undefined
  }

  /** What `init` returned for the present incarnation. Only for readers that change nothing. */
  get stateUnsafe(): unknown {
    return this.state
  }

  override toString(): string {
    return this.label
  }

  /** What a person sees where a ref is printed. */
  toJSON(): object {
    return {
      _id: "Process",
      label: this.label,
      incarnation: this.incarnation,
      queued: this.queued,
      isDead: this.isDead
    }
  }

  [Inspectable.NodeInspectSymbol](): object {
    return this.toJSON()
  }

  get isDead(): boolean {
    return this.status === Status.Dead || (this.status === Status.Between && this.owner === undefined)
  }

  /** Not running, or about to end: what comes now is for the next incarnation. */
  private get isLeaving(): boolean {
    return this.status !== Status.Running || this.ending !== undefined
  }

  /** Whether it ends at once, without waiting for the handler at work. */
  private get isKilled(): boolean {
    return this.ending?._tag === "Killed" || this.ending?._tag === "Crashed"
  }

  /** Whether an incarnation has ended, or never came to be. */
  isOver(incarnation: number): boolean {
    return this.incarnation !== incarnation || this.status === Status.Between || this.status === Status.Dead
  }

  // --- messages ------------------------------------------------------------------------------------------------------

  post(envelope: Envelope): boolean {
    if (this.status === Status.Dead) {
      this.reject(envelope)
      return true
    }
    const mailbox = (this.mailbox ??= new Mailbox(this.blueprint.capacity))
    if (!mailbox.offer(envelope)) {
      if (this.blueprint.overflow !== "drop-oldest") return false
      const oldest = mailbox.take()!
      mailbox.offer(envelope)
      // Last, for the caller that is told may send again inside of this.
      this.drop(oldest)
    }
    if (!this.scheduled) this.wake()
    return true
  }

  whenRoom(sender: Sender): boolean {
    if (this.blueprint.overflow !== "wait") return false
    ;(this.senders ??= new Senders()).add(sender)
    return true
  }

  /** Posts into the kernel's own lane, which is served before the mailbox and is never full. */
  signal(signal: Signal): void {
    if (this.status === Status.Dead) return
    ;(this.signals ??= new Mailbox(Infinity)).offer(signal)
    if (!this.scheduled) this.wake()
  }

  onAbandoned(reply: Reply): void {
    if (reply.interruptOnTimeout && this.current?.reply === reply) this.fiber?.interruptUnsafe()
  }

  private wake(): void {
    if (this.scheduled || this.isBusy || this.isLeaving) return
    this.scheduled = true
    this.host.schedule(this)
  }

  activate(messagesMax: number): boolean {
    for (let n = 0; this.canHandle; n++) {
      if (n === messagesMax || (n > 0 && this.host.isOverdue())) return true
      this.handle(this.next()!)
      if (this.ending !== undefined && this.fiber === undefined) this.end(this.ending)
    }
    this.scheduled = false
    return false
  }

  override handleNow(envelope: Envelope): boolean {
    // Also inside of its own activation, when a caller that was just answered goes on: its handlers do not overlap.
    if (this.isBusy || this.isLeaving || this.queued > 0 || this.signals !== undefined) return false
    if (!this.host.enter()) return false
    this.handle(envelope)
    if (this.ending !== undefined && this.fiber === undefined) this.end(this.ending)
    if (this.canHandle && !this.scheduled) this.wake()
    this.host.leave()
    return true
  }

  private get canHandle(): boolean {
    return this.fiber === undefined && !this.isLeaving && (this.queued > 0 || this.signals !== undefined)
  }

  private next(): Envelope | undefined {
    const signals = this.signals
    if (signals !== undefined) {
      const signal = signals.take()
      if (signals.size === 0) this.signals = undefined
      return signal
    }
    const envelope = this.mailbox?.take()
    if (this.senders !== undefined) this.admitSenders()
    return envelope
  }

  private admitSenders(): void {
    while (this.senders !== undefined && this.queued < this.blueprint.capacity) {
      const sender = this.senders.take()
      if (sender === undefined) this.senders = undefined
      else sender.retry()
    }
  }

  private handle(envelope: Envelope): void {
    const { reply } = envelope
    if (reply !== undefined && reply.abandoned && reply.interruptOnTimeout) return
    const handler = this.blueprint.handlers.get(envelope.tag)
    this.busy = true
    const effect =
      handler === undefined ? Effect.die(noHandler(envelope.tag)) : attempt(handler, envelope.payload, this.state)
    // An answer that is there already needs no fiber.
    if (Exit.isExit(effect)) {
      this.busy = false
      return this.settle(envelope, effect)
    }
    const frame = new Frame(this, envelope.frame, reply)
    this.context ??= Context.add(this.services, Scope.Scope, this.scope!)
    let context = Context.add(this.context, CurrentFrame, frame)
    if (envelope.span !== undefined) context = Context.add(context, Tracer.ParentSpan, envelope.span)
    // Handlers run in the context that the process was started with; their requirements were met there.
    const fiber = Effect.runForkWith(context)(effect as Effect.Effect<unknown, unknown>)
    this.busy = false
    const exit = fiber.pollUnsafe()
    if (exit !== undefined) {
      frame.active = false
      return this.settle(envelope, exit)
    }
    this.fiber = fiber
    this.current = envelope
    fiber.addObserver((exit) => onStack(this.host, this.label, () => this.resumed(envelope, frame, exit)))
    // It killed its own process before it suspended.
    if (this.isKilled) fiber.interruptUnsafe()
  }

  /** A handler that had suspended has come to its end. */
  private resumed(envelope: Envelope, frame: Frame, exit: Exit.Exit<unknown, unknown>): void {
    this.fiber = undefined
    this.current = undefined
    frame.active = false
    this.settle(envelope, exit)
    if (this.status !== Status.Running || this.isBusy) return
    if (this.ending !== undefined) return this.end(this.ending)
    if (this.queued > 0 || this.signals !== undefined) this.wake()
  }

  private settle(envelope: Envelope, exit: Exit.Exit<unknown, unknown>): void {
    const { reply } = envelope
    if (exit._tag === "Success") {
      reply?.settle(exit)
    } else if (this.isKilled) {
      reply?.settle(
        Exit.fail(new ProcessCrashed({ process: this.label, tag: envelope.tag, cause: Cause.squash(exit.cause) }))
      )
    } else if (reply !== undefined && isTypedFailure(exit.cause)) {
      reply.settle(exit)
    } else if (
      reply !== undefined &&
      reply.abandoned &&
      reply.interruptOnTimeout &&
      Cause.hasInterruptsOnly(exit.cause)
    ) {
      return
    } else {
      this.crashedOn(envelope, exit.cause)
    }
  }

  private crashedOn(envelope: Envelope, cause: Cause.Cause<unknown>): void {
    if (++envelope.attempts <= this.blueprint.redeliver && this.owner !== undefined) {
      ;(this.mailbox ??= new Mailbox(this.blueprint.capacity)).offerFirst(envelope)
      return this.end(exitCrashed(cause))
    }
    const defect = Cause.squash(cause)
    this.deadLetter(envelope, "poison", defect)
    // The caller goes on inside of `settle`: by then the incarnation has ended, so what it does meets the next one.
    this.end(exitCrashed(cause))
    envelope.reply?.settle(Exit.fail(new ProcessCrashed({ process: this.label, tag: envelope.tag, cause: defect })))
  }

  // --- life ----------------------------------------------------------------------------------------------------------

  /** Begins an incarnation: runs `init`, and hands over whether it came to be. */
  begin(parent: Frame | undefined, onReady: (exit: Exit.Exit<void, unknown>) => void): void {
    if (this.status === Status.Dead) throw new Error(`${this.label} is gone for good and cannot begin again`)
    this.status = Status.Starting
    this.incarnation++
    this.ending = undefined
    const scope = (this.scope = Scope.makeUnsafe())
    const context = Context.add(this.services, Scope.Scope, scope)
    const frame = new Frame(this, parent, undefined)
    const init = attempt(this.blueprint.init, this.args, undefined) as Effect.Effect<unknown, unknown>
    const limit = new InitDeadline(this)
    const fiber = runWith(Context.add(context, CurrentFrame, frame), init, (exit) => {
      frame.active = false
      limit.disarm()
      this.fiber = undefined
      this.initialized(exit, limit.expired, onReady)
    })
    if (fiber !== undefined && this.status === Status.Starting) {
      this.fiber = fiber
      if (Number.isFinite(this.blueprint.initMillis)) this.deadlines.arm(limit, this.blueprint.initMillis, context)
      if (this.isKilled) fiber.interruptUnsafe()
    }
  }

  private initialized(
    exit: Exit.Exit<unknown, unknown>,
    expired: boolean,
    onReady: (exit: Exit.Exit<void, unknown>) => void
  ): void {
    if (exit._tag === "Failure" || expired) {
      const cause = exit._tag === "Failure" ? exit.cause : Cause.interrupt()
      const failure = expired
        ? Exit.fail(new InitTimeout({ process: this.label, millis: this.blueprint.initMillis }))
        : isTypedFailure(cause)
          ? Exit.failCause(cause)
          : Exit.fail(new InitCrashed({ process: this.label, cause: Cause.squash(cause) }))
      return this.release(exit, () => {
        this.status = Status.Between
        const lastExit = (this.lastExit = this.ending ?? exitCrashed(cause))
        this.tellExit(lastExit)
        onReady(failure)
      })
    }
    this.state = exit.value
    this.status = Status.Running
    onReady(Exit.void)
    // `onReady` may have ended it already.
    if (this.status !== Status.Running) return
    if (this.ending !== undefined) return this.end(this.ending)
    if (this.queued > 0 || this.signals !== undefined) this.wake()
  }

  /** Ends the incarnation after the handler at work, or now when it is killed or crashes beside its handlers. */
  stop(exit: ProcessExit): void {
    // Between two incarnations there is nothing to end; what comes next is its owner's to decide.
    if (this.status !== Status.Starting && this.status !== Status.Running) return
    const isAtOnce = exit._tag === "Killed" || exit._tag === "Crashed"
    if (this.ending === undefined || isAtOnce) this.ending = exit
    if (this.fiber === undefined) {
      // With a handler on the stack, `activate` ends the incarnation when that handler is done.
      if (this.status === Status.Running && !this.busy) this.end(exit)
    } else if (isAtOnce) this.fiber.interruptUnsafe()
  }

  private end(exit: ProcessExit): void {
    if (this.status !== Status.Running) return
    this.status = Status.Ending
    this.ending = exit
    this.release(exit._tag === "Crashed" ? Exit.failCause(exit.cause) : Exit.void, () => this.ended(exit))
  }

  private release(exit: Exit.Exit<unknown, unknown>, then: () => void): void {
    const scope = this.scope!
    this.scope = undefined
    this.context = undefined
    this.state = undefined
    const finalizers = Scope.closeUnsafe(scope, exit)
    if (finalizers === undefined) return then()
    runWith(this.services, finalizers, (exit) => {
      if (exit._tag === "Failure") logDefect(this.services, `a finalizer of ${this.label} failed`, exit.cause)
      then()
    })
  }

  private ended(exit: ProcessExit): void {
    this.status = Status.Between
    this.lastExit = exit
    this.ending = undefined
    // Before those who wait for this end: an owner among them may begin the next incarnation at once.
    this.owner?.childEnded(exit)
    this.tellExit(exit)
    if (this.owner !== undefined) return
    if (exit._tag === "Crashed") logDefect(this.services, `${this.label} crashed`, exit.cause)
    this.giveUp()
  }

  /** Gone for good: waiting calls fail with `ProcessDead`, waiting casts become dead letters. */
  giveUp(): void {
    if (this.status === Status.Dead) return
    this.status = Status.Dead
    const watchers = this.watchers
    this.watchers = undefined
    // Before those who wait hear of it: what they see then, a name for example, is as it is to stay.
    if (watchers instanceof Set) for (const watcher of watchers) watcher.onDead?.(this)
    else watchers?.onDead?.(this)
    this.signals = undefined
    for (let envelope = this.mailbox?.take(); envelope !== undefined; envelope = this.mailbox?.take()) {
      this.reject(envelope)
    }
    if (this.senders !== undefined) this.admitSenders()
  }

  private tellExit(exit: ProcessExit): void {
    const { watchers } = this
    if (!(watchers instanceof Set)) return watchers?.onExit?.(this, exit)
    // Who comes while they are told watches the next incarnation already; who goes is not told any more.
    for (const watcher of Array.from(watchers)) if (watchers.has(watcher)) watcher.onExit?.(this, exit)
  }

  watch(watcher: Watcher): void {
    const { watchers } = this
    if (watchers === undefined || watchers === watcher) this.watchers = watcher
    else if (watchers instanceof Set) watchers.add(watcher)
    else this.watchers = new Set([watchers, watcher])
  }

  get watcherCount(): number {
    const { watchers } = this
    return watchers instanceof Set ? watchers.size : watchers === undefined ? 0 : 1
  }

  unwatch(watcher: Watcher): void {
    if (this.watchers === watcher) this.watchers = undefined
    else if (this.watchers instanceof Set) this.watchers.delete(watcher)
  }

  // --- letters that nobody reads -------------------------------------------------------------------------------------

  private reject(envelope: Envelope): void {
    if (envelope.reply !== undefined) envelope.reply.settle(Exit.fail(new ProcessDead({ process: this.label })))
    else this.deadLetter(envelope, "dead", undefined)
  }

  private drop(envelope: Envelope): void {
    if (envelope.reply !== undefined) envelope.reply.settle(this.full())
    else this.deadLetter(envelope, "overflow", undefined)
  }

  private deadLetter(envelope: Envelope, reason: "poison" | "dead" | "overflow", defect: unknown): void {
    if (envelope instanceof Signal) return
    deadLetter(this.services, this.label, this.blueprint.name, envelope, reason, defect)
  }
}

class InitDeadline extends Deadline {
  private readonly cell: Cell
  expired = false
  constructor(cell: Cell) {
    super()
    this.cell = cell
  }
  override expire(): void {
    this.expired = true
    this.cell.stop(exitKilled)
  }
}

const attempt = (handler: Handler, payload: unknown, state: unknown): Effect.Effect<unknown, unknown, unknown> => {
  try {
    return handler(payload, state)
  } catch (defect) {
    return Effect.die(defect)
  }
}

const noHandler = (tag: string) => new Error(`the protocol has no "${tag}"`)

const logDefect = (context: Context.Context<never>, text: string, cause: Cause.Cause<unknown>): void => {
  Effect.runForkWith(context)(Effect.logError(text, cause))
}
