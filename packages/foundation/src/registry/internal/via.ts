/** An address that finds its process by name, anew for each message. */
import { type Context, Duration, Effect, Exit, Fiber } from "effect"
import type { MailboxFull } from "../../process/ProcessError.ts"
import { CallCycle, CallTimeout, type Unreachable } from "../../process/ProcessError.ts"
import { Address, type CallOptions, defaultCallMillis } from "../../process/internal/address.ts"
import type { Cell } from "../../process/internal/cell.ts"
import type { Deadlines } from "../../process/internal/deadlines.ts"
import type { Envelope } from "../../process/internal/message.ts"
import { monotonicMillis } from "../../process/internal/time.ts"
import { deadLetter } from "../../resilience/internal/deadLetter.ts"

export class Via extends Address {
  readonly label: string
  readonly deadlines: Deadlines
  /** The mailbox behind the name has its own limit; here there is none. */
  readonly capacity = Infinity
  private readonly resolve: Effect.Effect<Cell, Unreachable>
  private readonly context: Context.Context<never>
  /** Whether finding the name may take its time. */
  private readonly slow: boolean

  constructor(options: {
    readonly label: string
    readonly deadlines: Deadlines
    readonly resolve: Effect.Effect<Cell, Unreachable>
    readonly context: Context.Context<never>
    readonly slow: boolean
  }) {
    super()
    this.label = options.label
    this.deadlines = options.deadlines
    this.resolve = options.resolve
    this.context = options.context
    this.slow = options.slow
  }

  override call(tag: string, payload?: unknown, options?: CallOptions): Effect.Effect<unknown, unknown> {
    if (!this.slow) return Effect.flatMap(this.resolve, (cell) => cell.call(tag, payload, options))
    const millis = options?.timeout === undefined ? defaultCallMillis : Duration.toMillis(options.timeout)
    const orElse = () => Effect.fail(new CallTimeout({ process: this.label, tag, millis }))
    // The time for finding the name is part of the caller's patience.
    return Effect.clockWith((clock) => {
      const start = monotonicMillis(clock)
      return Effect.flatMap(Effect.timeoutOrElse(this.resolve, { duration: millis, orElse }), (cell) =>
        cell.call(tag, payload, { ...options, timeout: Math.max(0, millis - (monotonicMillis(clock) - start)) })
      )
    })
  }

  override cast(tag: string, payload?: unknown): Effect.Effect<void, MailboxFull> {
    return Effect.matchEffect(this.resolve, {
      onSuccess: (cell) => cell.cast(tag, payload),
      onFailure: () => Effect.sync(() => this.bury(Fiber.getCurrent()!.context, { tag, payload }))
    })
  }

  post(envelope: Envelope): boolean {
    const fiber = Effect.runForkWith(this.context)(this.resolve)
    fiber.addObserver((exit) => {
      if (Exit.isSuccess(exit)) this.forward(exit.value, envelope)
      else if (envelope.reply !== undefined) envelope.reply.settle(exit)
      else this.bury(this.context, envelope)
    })
    return true
  }

  whenRoom(): boolean {
    return false
  }

  onAbandoned(): void {}

  /** Only now it is known who is asked, and whether it stands still until the asking handler is done. */
  private forward(cell: Cell, envelope: Envelope): void {
    const { frame, reply } = envelope
    if (reply !== undefined && frame !== undefined && frame.active && frame.waitsFor(cell)) {
      const chain = [...frame.chain().map((process) => process.label), cell.label]
      return reply.settle(Exit.fail(new CallCycle({ chain })))
    }
    cell.send(envelope, () => {
      if (reply !== undefined) reply.settle(cell.full())
      else this.bury(this.context, envelope)
    })
  }

  private bury(services: Context.Context<never>, message: { readonly tag: string; readonly payload: unknown }): void {
    deadLetter(services, this.label, this.label, message, "dead", undefined)
  }
}
