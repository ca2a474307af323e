/**
 * Timeouts of calls, made cheap: most calls are answered long before, so a deadline costs two pointers, and one sleeping
 * fiber stands for all pending deadlines of the same clock and length. When none is pending any more, the sleeper is ended
 * in the next turn of the event loop, so that nothing keeps a finished program alive.
 */
import { Clock, Context, Effect, type Fiber, Scheduler } from "effect"
import { monotonicMillis } from "./time.ts"

/** A pending deadline; a node of its queue's list. */
export abstract class Deadline {
  queue: DeadlineQueue | undefined = undefined
  previous: Deadline | undefined = undefined
  next: Deadline | undefined = undefined
  at = 0
  abstract expire(): void

  /** Takes the deadline back; without effect when it has passed or was taken back before. */
  disarm(): void {
    this.queue?.remove(this)
  }
}

export class Deadlines {
  private readonly queues = new Map<Clock.Clock, Map<number, DeadlineQueue>>()
  private last: DeadlineQueue | undefined = undefined
  private sweeping = false
  private readonly later: (sweep: () => void) => void

  /** `later` says when sleepers that nobody needs are looked for; by default in the next turn of the event loop. */
  constructor(later: (sweep: () => void) => void = setImmediate) {
    this.later = later
  }

  arm(deadline: Deadline, millis: number, context: Context.Context<never>): void {
    const clock = Context.get(context, Clock.Clock)
    const last = this.last
    const queue =
      last !== undefined && last.millis === millis && last.clock === clock ? last : this.find(clock, millis, context)
    queue.add(deadline)
  }

  /** Looks in the next turn which sleepers no deadline needs any more. Until then the next call may need them again. */
  sweepSoon(): void {
    if (this.sweeping) return
    this.sweeping = true
    this.later(this.sweep)
  }

  /** Wakes nobody: only ends the sleepers that no deadline needs any more. */
  readonly sweep = (): void => {
    this.sweeping = false
    for (const [clock, byMillis] of this.queues) {
      for (const [millis, queue] of byMillis) {
        if (queue.isEmpty) {
          queue.cancel()
          byMillis.delete(millis)
          if (this.last === queue) this.last = undefined
        }
      }
      if (byMillis.size === 0) this.queues.delete(clock)
    }
  }

  private find(clock: Clock.Clock, millis: number, context: Context.Context<never>): DeadlineQueue {
    let byMillis = this.queues.get(clock)
    if (byMillis === undefined) this.queues.set(clock, (byMillis = new Map()))
    let queue = byMillis.get(millis)
    if (queue === undefined) byMillis.set(millis, (queue = new DeadlineQueue(this, clock, millis, context)))
    return (this.last = queue)
  }
}

/** Deadlines of one length on one clock: first in is first due, so the list is in order by itself. */
class DeadlineQueue {
  private readonly owner: Deadlines
  readonly clock: Clock.Clock
  readonly millis: number
  private readonly context: Context.Context<never>
  private head: Deadline | undefined = undefined
  private tail: Deadline | undefined = undefined
  private sleeper: Fiber.Fiber<void> | undefined = undefined

  constructor(owner: Deadlines, clock: Clock.Clock, millis: number, context: Context.Context<never>) {
    this.owner = owner
    this.clock = clock
    this.millis = millis
    this.context = Context.empty().pipe(
      Context.add(Clock.Clock, clock),
      Context.add(Scheduler.Scheduler, Context.get(context, Scheduler.Scheduler))
    )
  }

  get isEmpty(): boolean {
    return this.head === undefined
  }

  add(deadline: Deadline): void {
    deadline.queue = this
    deadline.at = monotonicMillis(this.clock) + this.millis
    deadline.previous = this.tail
    if (this.tail === undefined) this.head = deadline
    else this.tail.next = deadline
    this.tail = deadline
    if (this.sleeper === undefined) this.sleep(this.millis)
  }

  remove(deadline: Deadline): void {
    const { next, previous } = deadline
    if (previous === undefined) this.head = next
    else previous.next = next
    if (next === undefined) this.tail = previous
    else next.previous = previous
    deadline.queue = deadline.previous = deadline.next = undefined
    if (this.head === undefined) this.owner.sweepSoon()
  }

  cancel(): void {
    const sleeper = this.sleeper
    this.sleeper = undefined
    sleeper?.interruptUnsafe()
  }

  private sleep(millis: number): void {
    const sleeper = Effect.runForkWith(this.context)(Effect.sleep(millis))
    this.sleeper = sleeper
    sleeper.addObserver(() => {
      if (this.sleeper === sleeper) this.wake()
    })
  }

  private wake(): void {
    this.sleeper = undefined
    const now = monotonicMillis(this.clock)
    while (this.head !== undefined && this.head.at <= now) {
      const due = this.head
      this.remove(due)
      due.expire()
    }
    if (this.head !== undefined && this.sleeper === undefined) this.sleep(this.head.at - now)
  }
}
