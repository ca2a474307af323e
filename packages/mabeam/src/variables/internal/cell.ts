/** A shared variable as it stands: its value, how it came to it, and who wants to hear of changes. */
import { VectorClock } from "@foundation/core"
import { Clock, Effect, Queue, Stream } from "effect"
import type { Change, Definition, Info, Policy, Restored, VariableScope, Why } from "../Variables.ts"
import { VariableNotFound } from "../VariablesError.ts"
import type { Type } from "../VariableType.ts"

/** How many changes a slow subscriber may be behind; then it misses the oldest. */
const changesMax = 1024

export const historyMaxDefault = 100

export class VariableCell {
  readonly name: string
  readonly type: Type<unknown>
  readonly owner: string
  readonly policy: Policy
  readonly scope: VariableScope
  value: unknown
  version: number
  clock: VectorClock.VectorClock
  why: Why
  /** Oldest first. */
  readonly past: Array<Change> = []
  isDeleted = false
  private readonly historyMax: number
  private readonly subscribers = new Set<Subscriber>()

  constructor(definition: Definition<unknown>, at: number) {
    const { initial, owner, restored } = definition
    this.name = definition.name
    this.type = definition.type
    this.owner = owner
    this.policy = definition.policy ?? "owner"
    this.scope = definition.scope ?? "global"
    this.historyMax = definition.historyMax ?? historyMaxDefault
    const present: Restored<unknown> = restored ?? {
      value: initial,
      version: 1,
      clock: VectorClock.increment(VectorClock.empty, owner),
      why: { by: owner, at }
    }
    this.value = present.value
    this.version = present.version
    this.clock = present.clock
    this.why = present.why
    this.remember(undefined)
  }

  /** Changes the value. Whoever calls has seen to it that the value is of the type. */
  advance(value: unknown, why: Why): Change {
    const from = this.value
    this.value = value
    this.version++
    this.clock = VectorClock.increment(this.clock, why.by)
    this.why = why
    const change = this.remember(from)
    for (const subscriber of this.subscribers) subscriber.tell(change)
    return change
  }

  private remember(from: unknown): Change {
    const { clock, name, value, version, why } = this
    const change: Change = { variable: name, from, to: value, version, clock, why }
    this.past.push(change)
    if (this.past.length > this.historyMax) this.past.shift()
    return change
  }

  info(): Info {
    const { clock, name, owner, policy, scope, type, value, version, why } = this
    return { name, kind: type.kind, value, version, clock, why, owner, policy, scope }
  }

  /** Ends the streams of whoever subscribed. */
  end(): void {
    this.isDeleted = true
    for (const subscriber of this.subscribers) subscriber.end()
    this.subscribers.clear()
  }

  subscribe(subscriber: Subscriber): () => void {
    this.subscribers.add(subscriber)
    return () => void this.subscribers.delete(subscriber)
  }

  get subscribed(): number {
    return this.subscribers.size
  }

  readonly get: Effect.Effect<unknown, VariableNotFound> = Effect.suspend(() =>
    this.isDeleted ? Effect.fail(new VariableNotFound({ name: this.name })) : Effect.succeed(this.value)
  )
}

/** Who hears of changes. Telling never waits and never fails. */
export interface Subscriber {
  readonly tell: (change: Change) => void
  readonly end: () => void
}

/** What a source of changes tells from the moment on at which the stream is run. */
export const follow = <A>(
  subscribe: (subscriber: Subscriber) => () => void,
  read: (change: Change) => A,
  first?: () => A
): Stream.Stream<A> =>
  Stream.callback<A>(
    (queue) =>
      Effect.acquireRelease(
        Effect.sync(() => {
          if (first !== undefined) Queue.offerUnsafe(queue, first())
          return subscribe({
            tell: (change) => void Queue.offerUnsafe(queue, read(change)),
            end: () => void Queue.endUnsafe(queue)
          })
        }),
        (unsubscribe) => Effect.sync(unsubscribe)
      ),
    { bufferSize: changesMax, strategy: "sliding" }
  )

/** The time of a change. */
export const now: Effect.Effect<number> = Clock.currentTimeMillis
