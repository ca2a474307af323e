/** One request to many processes, and one collector for all their answers. */
import { Cause, Exit, type Tracer } from "effect"
import { CallCycle } from "../ProcessError.ts"
import type { Address } from "./address.ts"
import { Deadline } from "./deadlines.ts"
import { Envelope, type Frame, type Reply } from "./message.ts"

export interface Gathered {
  readonly replies: Array<{ readonly from: Address; readonly value: unknown }>
  readonly failures: Array<{ readonly from: Address; readonly error: unknown }>
  readonly silent: Array<Address>
}

export class Collector extends Deadline {
  private readonly targets: ReadonlyArray<Address>
  private readonly successes: number
  readonly enough: ((reply: { readonly from: Address; readonly value: unknown }) => boolean) | undefined
  private readonly resume: (gathered: Gathered) => void
  private readonly replies: Gathered["replies"] = []
  private readonly failures: Gathered["failures"] = []
  /** 1 where the target has answered. */
  private readonly answered: Uint8Array
  /** Those who want to know when nobody waits any more. */
  private told: Array<readonly [Address, Reply]> | undefined = undefined
  done = false

  constructor(
    targets: ReadonlyArray<Address>,
    successes: number,
    enough: Collector["enough"],
    resume: (gathered: Gathered) => void
  ) {
    super()
    this.targets = targets
    this.successes = successes
    this.enough = enough
    this.resume = resume
    this.answered = new Uint8Array(targets.length)
  }

  ask(tag: string, payload: unknown, frame: Frame | undefined, span: Tracer.AnySpan | undefined): void {
    const { targets } = this
    if (targets.length === 0 || this.successes === 0) return this.finish()
    for (let i = 0; i < targets.length; i++) {
      const target = targets[i]!
      if (frame !== undefined && frame.waitsFor(target)) {
        const chain = [...frame.chain().map((process) => process.label), target.label]
        this.answer(i, Exit.fail(new CallCycle({ chain })))
        continue
      }
      const reply = new CollectorReply(this, i)
      if (target.hearsOfAbandoned) (this.told ??= []).push([target, reply])
      target.ask(new Envelope(tag, payload, reply, frame, span), reply)
    }
  }

  answer(index: number, exit: Exit.Exit<unknown, unknown>): void {
    if (this.done || this.answered[index] === 1) return
    this.answered[index] = 1
    const from = this.targets[index]!
    let enough = false
    if (exit._tag === "Success") {
      const reply = { from, value: exit.value }
      this.replies.push(reply)
      enough = this.enough !== undefined && this.enough(reply)
    } else this.failures.push({ from, error: Cause.squash(exit.cause) })
    if (
      enough ||
      this.replies.length >= this.successes ||
      this.replies.length + this.failures.length === this.targets.length
    ) {
      this.finish()
    }
  }

  override expire(): void {
    if (!this.done) this.finish()
  }

  /** Nobody waits for the answers any more. */
  abandon(): void {
    this.done = true
    this.disarm()
    if (this.told !== undefined) for (const [target, reply] of this.told) target.onAbandoned(reply)
  }

  private finish(): void {
    this.abandon()
    const { failures, replies, targets } = this
    const complete = replies.length + failures.length === targets.length
    const silent = complete ? [] : targets.filter((_, i) => this.answered[i] === 0)
    this.resume({ replies, failures, silent })
  }
}

class CollectorReply implements Reply {
  private readonly collector: Collector
  private readonly index: number
  /** The handlers run on, as they do after the timeout of a call. */
  readonly interruptOnTimeout = false
  constructor(collector: Collector, index: number) {
    this.collector = collector
    this.index = index
  }
  get abandoned(): boolean {
    return this.collector.done
  }
  settle(exit: Exit.Exit<unknown, unknown>): void {
    this.collector.answer(this.index, exit)
  }
}
