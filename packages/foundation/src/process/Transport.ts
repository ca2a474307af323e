/**
 * The door for transports: what a network, a cluster or a simulation brings so that processes elsewhere have addresses
 * here, and how it hands what arrives to a process.
 *
 * **Guarantees** An address made here keeps the promises of a call: it ends with an answer, a typed error, or
 * `CallTimeout`; `Process.gather` and `Process.multicast` take it beside local ones. What a carrier cannot carry is
 * `Unreachable`. When the scope closes, nothing is left under way, and every later call fails with `Unreachable`.
 *
 * **Does not guarantee** Exactly-once delivery: that is the carrier's to promise. A circle of calls that leaves the
 * program is not seen as `CallCycle`; its calls time out.
 *
 * **Details** A cast waits until the message has been taken over, at most 5 seconds; `Process.multicast` does not wait.
 * A cast that cannot be delivered becomes a dead letter, as it does for a process that is gone.
 *
 * @since 0.1.0
 */
import { Cause, Context, Effect, Exit, Fiber, Scope, Tracer } from "effect"
import type { Rpc } from "effect/rpc"
import { deadLetter } from "../resilience/internal/deadLetter.ts"
import { Address as AddressImpl, defaultCallMillis } from "./internal/address.ts"
import type { Deadlines } from "./internal/deadlines.ts"
import type { Envelope, Reply } from "./internal/message.ts"
import { defaultCapacity } from "./Mailbox.ts"
import * as Process from "./Process.ts"

/** What a transport brings: how one process elsewhere is reached. */
export interface Carrier {
  /** Names the process in errors and logs. */
  readonly label: string
  /** The limit of the mailbox behind it, in messages. */
  readonly capacity: number
  /**
   * Carries a request and brings its answer: the success, the protocol's error or a `Process.CallError`. It is interrupted
   * when nobody waits any more; the handler then runs on, unless the request is `interruptible`.
   */
  readonly request: (
    tag: string,
    payload: unknown,
    options: { readonly interruptible: boolean }
  ) => Effect.Effect<unknown, unknown>
  /** Carries a message into the mailbox and succeeds when it is there. */
  readonly deliver: (
    tag: string,
    payload: unknown
  ) => Effect.Effect<void, Process.MailboxFull | Process.ProcessDead | Process.Unreachable>
}

/** Makes addresses from carriers. What is under way ends with the scope. */
export const make: Effect.Effect<<R extends Rpc.Any>(carrier: Carrier) => Process.Address<R>, never, Scope.Scope> =
  Effect.gen(function* () {
    const services = Context.omit(Scope.Scope)(yield* Effect.context<Scope.Scope>())
    const traffic = yield* Effect.acquireRelease(
      Effect.sync(() => new Traffic(services)),
      (traffic) => traffic.close
    )
    // What the address understands lives in the types alone.
    return <R extends Rpc.Any>(carrier: Carrier) =>
      new CarriedAddress(carrier, traffic) as unknown as Process.Address<R>
  })

/**
 * Hands a request that has arrived to a process of this program, whatever its tag; the transport has decoded it by the
 * protocol. The caller's patience is measured where the caller is, so this waits as long as it takes.
 */
export const call = (
  ref: Process.AnyRef,
  tag: string,
  payload: unknown,
  options: { readonly interruptible: boolean }
): Effect.Effect<unknown, unknown> =>
  Effect.suspend(() =>
    Process.cellOf(ref).call(tag, payload, { timeout: "Infinity", interruptOnTimeout: options.interruptible })
  )

/** Hands a message that has arrived to a process of this program. */
export const cast = (ref: Process.AnyRef, tag: string, payload: unknown): Effect.Effect<void, Process.MailboxFull> =>
  Effect.suspend(() => Process.cellOf(ref).cast(tag, payload))

/** How many messages a process of this kind lets wait; the default limit where only its protocol is known here. */
export const capacityOf = (kind: { readonly name: string; readonly capacity?: unknown }): number =>
  typeof kind.capacity === "number" ? kind.capacity : defaultCapacity

/** What the addresses of one transport have under way. */
class Traffic {
  readonly services: Context.Context<never>
  readonly deadlines: Deadlines
  private readonly fibers = new Set<Fiber.Fiber<unknown, unknown>>()
  private closed = false

  constructor(services: Context.Context<never>) {
    this.services = services
    this.deadlines = Context.get(services, Process.Dispatcher).deadlines
  }

  /** Runs an effect on behalf of a sender; `undefined` when it has ended already, or the transport is closed. */
  run<A, E>(
    label: string,
    effect: Effect.Effect<A, E>,
    span: Tracer.AnySpan | undefined,
    onExit: (exit: Exit.Exit<A, E | Process.Unreachable>) => void
  ): Fiber.Fiber<A, E> | undefined {
    if (this.closed) {
      onExit(Exit.fail(new Process.Unreachable({ process: label, reason: "the transport is closed" })))
      return undefined
    }
    const context = span === undefined ? this.services : Context.add(this.services, Tracer.ParentSpan, span)
    const fiber = Effect.runForkWith(context)(effect)
    this.fibers.add(fiber)
    fiber.addObserver((exit) => {
      this.fibers.delete(fiber)
      onExit(exit)
    })
    return fiber
  }

  readonly close: Effect.Effect<void> = Effect.suspend(() => {
    this.closed = true
    return Fiber.interruptAll(this.fibers)
  })
}

class CarriedAddress extends AddressImpl {
  private readonly carrier: Carrier
  private readonly traffic: Traffic
  private readonly waiting = new Map<Reply, Fiber.Fiber<unknown, unknown>>()

  constructor(carrier: Carrier, traffic: Traffic) {
    super()
    this.carrier = carrier
    this.traffic = traffic
  }

  get label(): string {
    return this.carrier.label
  }

  get capacity(): number {
    return this.carrier.capacity
  }

  override get hearsOfAbandoned(): boolean {
    return true
  }

  get deadlines(): Deadlines {
    return this.traffic.deadlines
  }

  post(envelope: Envelope): boolean {
    const { payload, reply, span, tag } = envelope
    if (reply === undefined) {
      this.traffic.run(this.label, this.deliver(tag, payload), span, (exit) => {
        if (exit._tag === "Failure") this.deadLetter(tag, payload, "overflow", Cause.squash(exit.cause))
      })
      return true
    }
    const request = this.carrier.request(tag, payload, { interruptible: reply.interruptOnTimeout })
    const fiber = this.traffic.run(this.label, request, span, (exit) => {
      this.waiting.delete(reply)
      reply.settle(this.answerOf(exit))
    })
    if (fiber !== undefined && fiber.pollUnsafe() === undefined) this.waiting.set(reply, fiber)
    return true
  }

  /** A carrier has no room of its own to wait for. */
  whenRoom(): boolean {
    return false
  }

  onAbandoned(reply: Reply): void {
    this.waiting.get(reply)?.interruptUnsafe()
  }

  override cast(tag: string, payload?: unknown): Effect.Effect<void, Process.MailboxFull> {
    return this.deliver(tag, payload)
  }

  private deliver(tag: string, payload: unknown): Effect.Effect<void, Process.MailboxFull> {
    const late = new Process.Unreachable({ process: this.label, reason: `no answer within ${defaultCallMillis} ms` })
    return this.carrier.deliver(tag, payload).pipe(
      Effect.timeoutOrElse({ duration: defaultCallMillis, orElse: () => Effect.fail(late) }),
      Effect.catchTags({
        ProcessDead: (error) => Effect.sync(() => this.deadLetter(tag, payload, "dead", error)),
        Unreachable: (error) => Effect.sync(() => this.deadLetter(tag, payload, "dead", error))
      })
    )
  }

  /** A defect or an interruption of the carrier is not the process's: it could not be reached. */
  private answerOf(exit: Exit.Exit<unknown, unknown>): Exit.Exit<unknown, unknown> {
    if (exit._tag === "Success" || exit.cause.reasons.every(Cause.isFailReason)) return exit
    const reason = Cause.hasInterruptsOnly(exit.cause) ? "it was interrupted" : String(Cause.squash(exit.cause))
    return Exit.fail(new Process.Unreachable({ process: this.label, reason }))
  }

  private deadLetter(tag: string, payload: unknown, reason: "dead" | "overflow", defect: unknown): void {
    deadLetter(this.traffic.services, this.label, this.label, { tag, payload }, reason, defect)
  }
}
