/** An address that finds its process by name, anew for each message. */
import { Clock, Context, Effect, Exit, Fiber, Option } from "effect"
import type { MailboxFull } from "../../process/ProcessError.ts"
import { CallTimeout, type Unreachable } from "../../process/ProcessError.ts"
import { Address, type CallOptions, defaultCallMillis } from "../../process/internal/address.ts"
import type { Cell } from "../../process/internal/cell.ts"
import type { Deadlines } from "../../process/internal/deadlines.ts"
import type { Envelope } from "../../process/internal/message.ts"
import { DeadLetters } from "../../resilience/DeadLetters.ts"
import { Duration } from "effect"

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
    return Effect.flatMap(Clock.currentTimeMillis, (start) =>
      Effect.flatMap(Effect.timeoutOrElse(this.resolve, { duration: millis, orElse }), (cell) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) =>
          cell.call(tag, payload, { ...options, timeout: Math.max(0, millis - (now - start)) })
        )
      )
    )
  }

  override cast(tag: string, payload?: unknown): Effect.Effect<void, MailboxFull> {
    return Effect.matchEffect(this.resolve, {
      onSuccess: (cell) => cell.cast(tag, payload),
      onFailure: () => Effect.sync(() => this.deadLetter(Fiber.getCurrent()!.context, tag, payload))
    })
  }

  post(envelope: Envelope): boolean {
    const fiber = Effect.runForkWith(this.context)(this.resolve)
    fiber.addObserver((exit) => {
      if (Exit.isSuccess(exit)) {
        const cell = exit.value
        cell.send(envelope, () => {
          if (envelope.reply !== undefined) envelope.reply.settle(cell.full())
          else this.deadLetter(this.context, envelope.tag, envelope.payload)
        })
      } else if (envelope.reply !== undefined) envelope.reply.settle(exit)
      else this.deadLetter(this.context, envelope.tag, envelope.payload)
    })
    return true
  }

  whenRoom(): boolean {
    return false
  }

  onAbandoned(): void {}

  private deadLetter(context: Context.Context<never>, tag: string, payload: unknown): void {
    const letters = Context.getOption(context, DeadLetters)
    if (Option.isNone(letters)) return
    letters.value.addUnsafe({
      process: this.label,
      name: this.label,
      tag,
      payload,
      reason: "dead",
      attempts: 0,
      defect: undefined
    })
  }
}
