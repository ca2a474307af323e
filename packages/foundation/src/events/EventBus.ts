/**
 * Messages by topic inside one process: publish, subscribe with patterns, look back a little.
 *
 * **Guarantees** A subscriber sees the messages of its pattern in the order of publishing, each at most once. Publishing
 * never waits: a subscriber that is slow loses its own oldest messages, counted in `dropped`, and holds up nobody. A
 * subscription ends with its scope.
 *
 * **Does not guarantee** Delivery: what was dropped, or published while nobody listened, is gone unless the history still
 * has it. For events that must not be lost use `EventStore`.
 *
 * **Example** (listening to a family of topics)
 *
 * ```ts
 * import { EventBus } from "@foundation/core"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const bus = yield* EventBus.EventBus
 *   const trials = yield* bus.subscribe("trial.*")
 *   yield* bus.publish("agent.started", 1)
 *   yield* bus.publish("trial.done", 0.97)
 *   const { payload, topic } = yield* trials.take
 *   return [topic, payload]
 * })
 *
 * await Effect.runPromise(program.pipe(Effect.scoped, Effect.provide(EventBus.layerMemory))) // => ["trial.done", 0.97]
 * ```
 *
 * @since 0.1.0
 */
import { Clock, Context, Effect, Layer, Queue, Result, Schema, Stream } from "effect"
import type { Cause, Scope } from "effect"
import { Name } from "./EventLog.ts"

/** A published message. */
export interface Message {
  readonly topic: string
  readonly payload: unknown
  /** Place among all messages of the bus, from 1. */
  readonly sequence: number
  /** Epoch milliseconds. */
  readonly time: number
}

/** A topic or pattern that is not one: empty segments, more than 255 characters, or a `*` in a topic. */
export class InvalidTopic extends Schema.TaggedError<InvalidTopic>("@foundation/core/EventBus/InvalidTopic")(
  "InvalidTopic",
  { topic: Schema.String, problem: Schema.String }
) {
  override get message() {
    return `"${this.topic}" is no valid topic: ${this.problem}`
  }
}

/** A setting of a bus or of a subscription that is out of its range. */
export class InvalidSetting extends Schema.TaggedError<InvalidSetting>("@foundation/core/EventBus/InvalidSetting")(
  "InvalidSetting",
  { setting: Schema.String, problem: Schema.String }
) {
  override get message() {
    return `${this.setting} ${this.problem}`
  }
}

/** The bus has as many subscribers as it may have. */
export class TooManySubscribers extends Schema.TaggedError<TooManySubscribers>(
  "@foundation/core/EventBus/TooManySubscribers"
)("TooManySubscribers", { subscribersMax: Schema.Natural }) {
  override get message() {
    return `the bus has ${this.subscribersMax} subscribers already`
  }
}

/** One listener's end of the bus. */
export interface Subscription {
  /** The next message; waits for it. `Done` when the subscription has ended and nothing is left. */
  readonly take: Effect.Effect<Message, Cause.Done>
  /** All messages to come; ends with the subscription. */
  readonly messages: Stream.Stream<Message>
  /** How many messages were dropped because this subscriber was slow. */
  readonly dropped: Effect.Effect<number>
  /** Ends the subscription before its scope does. What was delivered can still be taken. */
  readonly unsubscribe: Effect.Effect<void>
}

export interface Stats {
  readonly published: number
  readonly subscribers: number
  /** Over all subscribers that ever were. */
  readonly dropped: number
}

/** Carries messages. */
export class EventBus extends Context.Service<
  EventBus,
  {
    /** Hands the payload to every subscriber whose pattern matches and says how many there were. Never waits. */
    readonly publish: (topic: string, payload: unknown) => Effect.Effect<number, InvalidTopic>
    /**
     * Listens until the surrounding scope ends. A pattern is a topic in which `*` stands for one segment, and in the
     * last place for all that remain: `test.*` matches `test.a` and `test.a.b`, `*` matches everything.
     */
    readonly subscribe: (
      pattern: string,
      options?: {
        /** Messages kept for a slow subscriber, 1 to 1,000,000. Default 1,024; beyond it the oldest is dropped. */
        readonly capacity?: number | undefined
        /** Matching messages of the history to deliver first, the newest ones. Default 0. */
        readonly replay?: number | undefined
      }
    ) => Effect.Effect<Subscription, InvalidTopic | InvalidSetting | TooManySubscribers, Scope.Scope>
    /** The last messages, oldest first. */
    readonly history: (options?: {
      /** Default `*`. */
      readonly pattern?: string | undefined
      /** Default: the whole history. */
      readonly limit?: number | undefined
    }) => Effect.Effect<ReadonlyArray<Message>, InvalidTopic | InvalidSetting>
    readonly stats: Effect.Effect<Stats>
  }
>()("@foundation/core/EventBus") {}

/** Limits of a bus. */
export interface Options {
  /** Messages kept for looking back. Default 1,000; the oldest goes first; 0 keeps none. */
  readonly historyMax?: number | undefined
  /** Default 10,000; beyond it `TooManySubscribers`. */
  readonly subscribersMax?: number | undefined
}

const isName = Schema.is(Name)

const segments = (topic: string, isPattern: boolean): Result.Result<ReadonlyArray<string>, InvalidTopic> => {
  const wrong = (problem: string) => Result.fail(new InvalidTopic({ topic: String(topic), problem }))
  if (!isName(topic)) return wrong("it must be a well-formed text of 1 to 255 characters")
  const parts = topic.split(".")
  if (parts.includes("")) return wrong("it has an empty segment")
  const starred = parts.find((part) => part.includes("*"))
  if (starred !== undefined && !isPattern) return wrong(`"*" is for patterns`)
  if (parts.some((part) => part.includes("*") && part !== "*")) return wrong(`"*" stands for a whole segment`)
  return Result.succeed(parts)
}

/** Whether the topic is one of the pattern's; both in segments. */
const matches = (pattern: ReadonlyArray<string>, topic: ReadonlyArray<string>): boolean => {
  if (pattern.length > topic.length) return false
  for (let index = 0; index < pattern.length; index++) {
    if (pattern[index] !== "*" && pattern[index] !== topic[index]) return false
  }
  return pattern.length === topic.length || pattern.at(-1) === "*"
}

const count = (setting: string, value: number, minimum: number): Effect.Effect<number, InvalidSetting> =>
  Number.isInteger(value) && value >= minimum && value <= 1_000_000
    ? Effect.succeed(value)
    : Effect.fail(new InvalidSetting({ setting, problem: `must be from ${minimum} to 1,000,000, not ${value}` }))

interface Listener {
  readonly pattern: ReadonlyArray<string>
  readonly capacity: number
  readonly queue: Queue.Queue<Message, Cause.Done>
  dropped: number
}

interface State {
  readonly historyMax: number
  readonly subscribersMax: number
  readonly listeners: Set<Listener>
  /** A ring once it is full: `sequence % historyMax` is a message's place. */
  readonly ring: Array<readonly [Message, ReadonlyArray<string>]>
  sequence: number
  dropped: number
}

const deliver = (state: State, listener: Listener, message: Message): void => {
  if (Queue.sizeUnsafe(listener.queue) >= listener.capacity) {
    listener.dropped += 1
    state.dropped += 1
  }
  Queue.offerUnsafe(listener.queue, message)
}

/** The kept messages of a pattern, oldest first, the newest `limit` of them. */
const lookBack = (state: State, pattern: ReadonlyArray<string>, limit: number): ReadonlyArray<Message> => {
  const found: Array<Message> = []
  const kept = Math.min(state.sequence, state.historyMax)
  for (let sequence = state.sequence; sequence > state.sequence - kept && found.length < limit; sequence--) {
    const [message, topic] = state.ring[sequence % state.historyMax]!
    if (matches(pattern, topic)) found.push(message)
  }
  return found.reverse()
}

const publishOn = (state: State): EventBus["Service"]["publish"] =>
  Effect.fnUntraced(function* (topic, payload) {
    const parts = yield* Effect.fromResult(segments(topic, false))
    const time = yield* Clock.currentTimeMillis
    // One block without a pause: all subscribers see one order.
    const message: Message = { topic, payload, sequence: ++state.sequence, time }
    if (state.historyMax > 0) state.ring[message.sequence % state.historyMax] = [message, parts]
    let delivered = 0
    for (const listener of state.listeners) {
      if (!matches(listener.pattern, parts)) continue
      deliver(state, listener, message)
      delivered += 1
    }
    return delivered
  })

const subscribeTo = (state: State): EventBus["Service"]["subscribe"] =>
  Effect.fnUntraced(function* (topics, options = {}) {
    const pattern = yield* Effect.fromResult(segments(topics, true))
    const capacity = yield* count("capacity", options.capacity ?? 1_024, 1)
    const replay = yield* count("replay", options.replay ?? 0, 0)
    if (state.listeners.size >= state.subscribersMax) {
      return yield* new TooManySubscribers({ subscribersMax: state.subscribersMax })
    }
    const queue = yield* Queue.sliding<Message, Cause.Done>(capacity)
    const listener: Listener = { pattern, capacity, queue, dropped: 0 }
    const unsubscribe = Effect.suspend(() => {
      state.listeners.delete(listener)
      return Effect.asVoid(Queue.end(queue))
    })
    yield* Effect.acquireRelease(
      Effect.sync(() => {
        for (const message of lookBack(state, pattern, replay)) deliver(state, listener, message)
        state.listeners.add(listener)
      }),
      () => unsubscribe
    )
    return {
      take: Queue.take(queue),
      messages: Stream.fromQueue(queue),
      dropped: Effect.sync(() => listener.dropped),
      unsubscribe
    }
  })

const make = Effect.fnUntraced(function* (options: Options) {
  const historyMax = yield* count("historyMax", options.historyMax ?? 1_000, 0)
  const subscribersMax = yield* count("subscribersMax", options.subscribersMax ?? 10_000, 1)
  const state: State = { historyMax, subscribersMax, listeners: new Set(), ring: [], sequence: 0, dropped: 0 }

  yield* Effect.addFinalizer(() =>
    Effect.forEach(state.listeners, (listener) => Queue.end(listener.queue), { discard: true })
  )

  const history: EventBus["Service"]["history"] = Effect.fnUntraced(function* (options = {}) {
    const pattern = yield* Effect.fromResult(segments(options.pattern ?? "*", true))
    const limit = yield* count("limit", options.limit ?? 1_000_000, 0)
    return lookBack(state, pattern, limit)
  })

  return EventBus.of({
    publish: publishOn(state),
    subscribe: subscribeTo(state),
    history,
    stats: Effect.sync(() => ({
      published: state.sequence,
      subscribers: state.listeners.size,
      dropped: state.dropped
    }))
  })
})

/** A bus with limits of your own. */
export const layerWith = (options: Options): Layer.Layer<EventBus, InvalidSetting> =>
  Layer.effect(EventBus, make(options))

/** A bus in this process's memory. */
export const layerMemory: Layer.Layer<EventBus> = Layer.orDie(layerWith({}))
