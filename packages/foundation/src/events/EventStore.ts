/**
 * Events in streams, kept for good: append with an expected version, read, follow, fold, query, prune.
 *
 * **Guarantees** An append is one transaction, over one stream or several. Versions of a stream count 1, 2, 3 … and stay
 * as they are when old events are pruned. Positions grow over all streams in the order in which appends become visible,
 * so a reader who has seen a position has seen everything before it. An append repeated under the same ids has no
 * further effect. Subscriptions deliver each event once, in order of position, and never stall.
 *
 * **Does not guarantee** Times of events come from the writer's clock and may step back between processes: order by
 * position. Ids of pruned events are forgotten. How long an acknowledged event survives is the backend's promise.
 *
 * **Example** (a balance from its events)
 *
 * ```ts
 * import { EventStore } from "@foundation/core"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const store = yield* EventStore.EventStore
 *   yield* store.append("account-1", "none", [
 *     { type: "Paid in", data: 100 },
 *     { type: "Paid out", data: -30 }
 *   ])
 *   return yield* store.stateAt("account-1", {
 *     initial: 0,
 *     step: (balance, event) => balance + Number(event.data)
 *   })
 * })
 *
 * await Effect.runPromise(Effect.provide(program, EventStore.layerMemory)) // => { state: 70, version: 2 }
 * ```
 *
 * @since 0.1.0
 */
import { Clock, Context, Effect, Layer, Metric, Option, Random, Result, Schema, Stream } from "effect"
import type { BackendError } from "../BackendError.ts"
import { count } from "../internal/count.ts"
import * as Event from "./Event.ts"
import { EventIdReused, EventLog, Expected, Name, WrongExpectedVersion } from "./EventLog.ts"
import type { NewEvent, Query, Stats, StreamAppend, StreamAppended, StreamInfo } from "./EventLog.ts"
import * as EventRequest from "./EventRequest.ts"
import { decodeRows, decodeStream } from "./internal/eventRows.ts"
import { makePruning, makeStates } from "./internal/eventStates.ts"
import { makeSubscriptions } from "./internal/eventSubscriptions.ts"
import { makeEventIds } from "./internal/eventIds.ts"
import { makeMemoryEventLog } from "./internal/memoryEventLog.ts"

export { DataTooLarge, InvalidEvent } from "./Event.ts"
export { EventIdReused, Expected, WrongExpectedVersion } from "./EventLog.ts"
export type { Stats, StreamInfo } from "./EventLog.ts"
export { EventNotFound, EventsPruned, InvalidRequest } from "./EventRequest.ts"

/** More events than an append may hold; split it. */
export class BatchTooLarge extends Schema.TaggedError<BatchTooLarge>("@foundation/core/EventStore/BatchTooLarge")(
  "BatchTooLarge",
  { events: Schema.Natural, eventsMax: Schema.Natural }
) {
  override get message() {
    return `the append has ${this.events} events, the limit is ${this.eventsMax}`
  }
}

/** A state kept beside its stream. */
export interface Snapshot {
  readonly stream: string
  /** The state is that after this version. */
  readonly version: number
  readonly state: Schema.Json
  readonly time: number
}

/** What became of an append. */
export interface Appended {
  readonly stream: string
  /** The stream's version afterwards. */
  readonly version: number
  readonly events: ReadonlyArray<Event.Stored>
  /** The same append had been stored before; nothing was written now. */
  readonly repeated: boolean
}

export type AppendError =
  | WrongExpectedVersion
  | EventIdReused
  | Event.InvalidEvent
  | Event.DataTooLarge
  | BatchTooLarge
  | EventRequest.InvalidRequest
  | BackendError

type ReadError = EventRequest.InvalidRequest | BackendError

/** Keeps events. Every method may fail with `BackendError`; other errors are listed where they come from. */
export class EventStore extends Context.Service<
  EventStore,
  {
    /**
     * Appends to one stream. Ids are looked at before the version: the same ids with the same content succeed again
     * without effect. At most 1,000 events of at most 1 MiB of JSON each.
     */
    readonly append: (
      stream: string,
      expected: Expected,
      events: ReadonlyArray<Event.Input>
    ) => Effect.Effect<Appended, AppendError>
    /** Appends to several streams in one transaction: all or nothing. The limit of events is over the whole. */
    readonly appendAll: (
      parts: ReadonlyArray<{
        readonly stream: string
        readonly expected: Expected
        readonly events: ReadonlyArray<Event.Input>
      }>
    ) => Effect.Effect<ReadonlyArray<Appended>, AppendError>
    /** Reads a part of a stream; an unknown stream is empty. */
    readonly read: (
      stream: string,
      options?: EventRequest.ReadOptions
    ) => Effect.Effect<ReadonlyArray<Event.Stored>, ReadError>
    /** Reads a part of the whole log in order of position. */
    readonly readAll: (options?: EventRequest.ReadAllOptions) => Effect.Effect<ReadonlyArray<Event.Stored>, ReadError>
    readonly lookup: (id: string) => Effect.Effect<Option.Option<Event.Stored>, BackendError>
    readonly get: (id: string) => Effect.Effect<Event.Stored, EventRequest.EventNotFound | BackendError>
    readonly query: (filters: EventRequest.Filters) => Effect.Effect<ReadonlyArray<Event.Stored>, ReadError>
    /** Catches up from a position, then follows for ever. A slow reader holds up nobody and skips nothing. */
    readonly subscribe: (options?: EventRequest.SubscribeOptions) => Stream.Stream<Event.Stored, ReadError>
    /**
     * Hands each event to `handle`, one after the other, from the subscriber's checkpoint on, and moves the checkpoint
     * when a page is handled or after `checkpointEvery` events (default 100), counting those that `stream` and `types`
     * skip while nothing matches. At least once: after a crash the events behind the checkpoint come again.
     */
    readonly consume: <E, R>(options: {
      readonly subscriber: string
      readonly stream?: string | undefined
      readonly types?: ReadonlyArray<string> | undefined
      readonly checkpointEvery?: number | undefined
      readonly handle: (event: Event.Stored) => Effect.Effect<void, E, R>
    }) => Effect.Effect<never, E | ReadError, R>
    /** The position up to which a subscriber has said to be done, 0 for an unknown one. */
    readonly checkpoint: (subscriber: string) => Effect.Effect<number, ReadError>
    /** Moves a checkpoint forward; a smaller position is ignored, so that a late save never rewinds. */
    readonly saveCheckpoint: (subscriber: string, position: number) => Effect.Effect<void, ReadError>
    /** Sets a checkpoint to any position, to replay or to skip. */
    readonly resetCheckpoint: (subscriber: string, position: number) => Effect.Effect<void, ReadError>
    /**
     * The state of a stream at some point: folds its events from version 1, or from its newest snapshot when `snapshot`
     * decodes one and no position or time bounds the fold. `EventsPruned` when events are missing at the start.
     */
    readonly stateAt: <S>(
      stream: string,
      options: {
        readonly initial: S
        readonly step: (state: S, event: Event.Stored) => S
        readonly until?: EventRequest.Until | undefined
        readonly snapshot?: Schema.Codec<S, Schema.Json> | undefined
      }
    ) => Effect.Effect<{ readonly state: S; readonly version: number }, EventRequest.EventsPruned | ReadError>
    /** Keeps a state beside its stream, the newest three of a stream. The version must have been reached. */
    readonly saveSnapshot: (
      stream: string,
      version: number,
      state: Schema.Json
    ) => Effect.Effect<void, Event.DataTooLarge | ReadError>
    /** The newest snapshot, or the newest one at or below a version. */
    readonly loadSnapshot: (stream: string, atMost?: number) => Effect.Effect<Option.Option<Snapshot>, ReadError>
    /** Removes old events and says how many went. Versions and positions of the others stay. */
    readonly prune: (options: EventRequest.PruneOptions) => Effect.Effect<number, ReadError>
    /** Hands the events that a prune would remove to `write`, in order, then prunes exactly these. */
    readonly archive: <E, R>(
      options: EventRequest.PruneOptions & {
        readonly write: (events: ReadonlyArray<Event.Stored>) => Effect.Effect<void, E, R>
      }
    ) => Effect.Effect<number, E | ReadError, R>
    readonly info: (stream: string) => Effect.Effect<StreamInfo, ReadError>
    readonly stats: Effect.Effect<Stats, BackendError>
  }
>()("@foundation/core/EventStore") {}

/** Limits of a store: whole numbers. One out of its range is a defect of the layer, a `RangeError` that names it. */
export interface Options {
  /** Bytes of JSON an event's data or a snapshot may have, 1 to 1 GiB. Default 1 MiB; beyond it `DataTooLarge`. */
  readonly dataBytesMax?: number | undefined
  /** Bytes of JSON beyond which a warning is logged, 0 to `Infinity`, which is never. Default 512 KiB. */
  readonly dataBytesWarn?: number | undefined
  /** Events in one append, 1 to 100,000. Default 1,000; beyond it `BatchTooLarge`. */
  readonly batchMax?: number | undefined
}

const appendedCount = Metric.counter("foundation_events_appended", {
  description: "Events written by append and appendAll",
  incremental: true
})

const parseRead = EventRequest.parse(EventRequest.ReadOptions)
const parseReadAll = EventRequest.parse(EventRequest.ReadAllOptions)
const parseFilters = EventRequest.parse(EventRequest.Filters)
const isName = Schema.is(Name)
const isExpected = Schema.is(Expected)

type Encoder = (
  parts: ReadonlyArray<{
    readonly stream: string
    readonly expected: Expected
    readonly events: ReadonlyArray<unknown>
  }>
) => Effect.Effect<
  { readonly parts: ReadonlyArray<StreamAppend>; readonly data: ReadonlyArray<ReadonlyArray<Schema.Json>> },
  AppendError
>

type Limits = Required<{ [K in keyof Options]: number }>

const limitsOf = (options: Options): Limits => ({
  dataBytesMax: count("EventStore: dataBytesMax", options.dataBytesMax, {
    min: 1,
    max: 1_073_741_824,
    fallback: 1_048_576
  }),
  dataBytesWarn: count("EventStore: dataBytesWarn", options.dataBytesWarn, {
    min: 0,
    max: Number.POSITIVE_INFINITY,
    fallback: 524_288
  }),
  batchMax: count("EventStore: batchMax", options.batchMax, { min: 1, max: 100_000, fallback: 1_000 })
})

/** Checks every event of an append and gives it its id and time, before the log sees any. */
const makeEncoder = (limits: Limits): Encoder => {
  const ids = makeEventIds()
  const encodeOne = (
    input: unknown,
    index: number,
    now: number,
    random: () => number
  ): Result.Result<readonly [NewEvent, Schema.Json], Event.InvalidEvent | Event.DataTooLarge> => {
    const parsed = Event.parseInput(input, index)
    if (Result.isFailure(parsed)) return Result.fail(parsed.failure)
    const event = parsed.success
    const data = Event.encodeData(event.data, `event ${index}`, limits.dataBytesMax)
    if (Result.isFailure(data)) {
      const problem = data.failure
      return Result.fail(typeof problem === "string" ? new Event.InvalidEvent({ index, problem }) : problem)
    }
    const row: NewEvent = {
      id: event.id ?? ids.make(now, random),
      type: event.type,
      data: data.success,
      time: now,
      correlationId: event.correlationId ?? null,
      causationId: event.causationId ?? null
    }
    return Result.succeed([row, event.data])
  }
  return Effect.fnUntraced(function* (inputs) {
    const now = yield* Clock.currentTimeMillis
    const source = yield* Random.Random
    const random = () => source.nextDoubleUnsafe()
    const total = inputs.reduce((sum, part) => sum + part.events.length, 0)
    if (total > limits.batchMax) {
      return yield* new BatchTooLarge({ events: total, eventsMax: limits.batchMax })
    }
    let index = 0
    const parts: Array<StreamAppend> = []
    const data: Array<ReadonlyArray<Schema.Json>> = []
    for (const part of inputs) {
      if (!isName(part.stream)) yield* EventRequest.parseName("append: stream", part.stream)
      if (!isExpected(part.expected)) {
        const problem = `expected must be "any", "none" or a version, not ${String(part.expected)}`
        return yield* new EventRequest.InvalidRequest({ operation: "append", problem })
      }
      const events: Array<NewEvent> = []
      const values: Array<Schema.Json> = []
      for (const input of part.events) {
        const encoded = encodeOne(input, index++, now, random)
        if (Result.isFailure(encoded)) return yield* encoded.failure
        const [event, value] = encoded.success
        const bytes = Event.bytesBeyond(event.data, limits.dataBytesWarn)
        if (bytes !== undefined) {
          yield* Effect.logWarning(`event "${event.id}" of stream "${part.stream}" is large: ${bytes} bytes`)
        }
        events.push(event)
        values.push(value)
      }
      parts.push({ stream: part.stream, expected: part.expected, events })
      data.push(values)
    }
    return { parts, data }
  })
}

/** Rows that were just written need no decoding: their data is what the caller handed in. */
const toAppended = (
  { stream, version, rows, repeated }: StreamAppended,
  data: ReadonlyArray<Schema.Json>
): Effect.Effect<Appended, BackendError> => {
  if (repeated) {
    return Effect.map(decodeRows("EventStore.append", rows), (events) => ({ stream, version, events, repeated }))
  }
  const events = rows.map((row, index): Event.Stored => ({
    id: row.id,
    stream,
    version: row.version,
    position: row.position,
    type: row.type,
    data: data[index]!,
    time: row.time,
    ...(row.correlationId === null ? {} : { correlationId: row.correlationId }),
    ...(row.causationId === null ? {} : { causationId: row.causationId })
  }))
  return Effect.succeed({ stream, version, events, repeated })
}

const makeAppend = (log: EventLog["Service"], limits: Limits) => {
  const encode = makeEncoder(limits)
  const appendAll: EventStore["Service"]["appendAll"] = Effect.fnUntraced(function* (inputs) {
    const { parts, data } = yield* encode(inputs)
    const done = yield* log.commit(parts)
    let written = 0
    const result: Array<Appended> = []
    for (let index = 0; index < done.length; index++) {
      const part = done[index]!
      if (!part.repeated) written += part.rows.length
      result.push(yield* toAppended(part, data[index]!))
    }
    yield* Metric.update(appendedCount, written)
    return result
  })
  const append: EventStore["Service"]["append"] = (stream, expected, events) =>
    Effect.map(appendAll([{ stream, expected, events }]), (result) => result[0]!)
  return { append, appendAll }
}

const makeReads = (log: EventLog["Service"]) => {
  const read: EventStore["Service"]["read"] = Effect.fn("EventStore.read")(function* (name, options = {}) {
    const stream = yield* EventRequest.parseName("read: stream", name)
    const { from, direction = "forwards", limit = 1_000 } = yield* parseRead("read", options)
    const start = from ?? (direction === "forwards" ? 1 : Number.MAX_SAFE_INTEGER)
    const rows = yield* log.readStream({ stream, from: start, direction, limit })
    return yield* decodeStream("EventStore.read", rows, direction === "forwards" ? 1 : -1)
  })
  const readAll: EventStore["Service"]["readAll"] = Effect.fn("EventStore.readAll")(function* (options = {}) {
    const { after = 0, limit = 1_000 } = yield* parseReadAll("readAll", options)
    return yield* decodeRows("EventStore.readAll", yield* log.readAfter({ after, limit }))
  })
  const lookup: EventStore["Service"]["lookup"] = Effect.fn("EventStore.lookup")(function* (id) {
    const row = yield* log.lookup(id)
    if (Option.isNone(row)) return Option.none()
    const [event] = yield* decodeRows("EventStore.lookup", [row.value])
    return Option.fromNullishOr(event)
  })
  const get: EventStore["Service"]["get"] = (id) =>
    Effect.flatMap(
      lookup(id),
      Option.match({ onNone: () => Effect.fail(new EventRequest.EventNotFound({ id })), onSome: Effect.succeed })
    )
  const query: EventStore["Service"]["query"] = Effect.fn("EventStore.query")(function* (filters) {
    const {
      type,
      orderBy = "position",
      direction = "forwards",
      offset = 0,
      limit = 1_000,
      ...rest
    } = yield* parseFilters("query", filters)
    const types = type === undefined ? undefined : typeof type === "string" ? [type] : type
    const asked: Query = { ...rest, types, orderBy, direction, offset, limit }
    return yield* decodeRows("EventStore.query", yield* log.query(asked))
  })
  const info: EventStore["Service"]["info"] = (stream) =>
    Effect.flatMap(EventRequest.parseName("info: stream", stream), log.info)
  return { read, readAll, lookup, get, query, info, stats: log.stats }
}

const make = Effect.fnUntraced(function* (options: Options) {
  const log = yield* EventLog
  const limits = limitsOf(options)
  return EventStore.of({
    ...makeAppend(log, limits),
    ...makeReads(log),
    ...makeSubscriptions(log),
    ...makeStates(log, limits.dataBytesMax),
    ...makePruning(log)
  })
})

/** `EventStore` over any `EventLog`, with limits of your own. */
export const layerWith = (options: Options): Layer.Layer<EventStore, never, EventLog> =>
  Layer.effect(EventStore, make(options))

/** `EventStore` over any `EventLog`. */
export const layer: Layer.Layer<EventStore, never, EventLog> = layerWith({})

/**
 * The log in this process's memory. `eventsMax` (1 to 10,000,000, default 1,000,000) bounds it; beyond it appends fail
 * with `Full`.
 */
export const layerLogMemory = (options?: { readonly eventsMax?: number | undefined }): Layer.Layer<EventLog> =>
  Layer.sync(EventLog, () => {
    const bounds = { min: 1, max: 10_000_000, fallback: 1_000_000 }
    return makeMemoryEventLog({ eventsMax: count("EventStore: eventsMax", options?.eventsMax, bounds) })
  })

/** `EventStore` in this process's memory: tests, development, one node. */
export const layerMemory: Layer.Layer<EventStore> = Layer.provide(layer, layerLogMemory())

/** One line of JSON for an event, and back: `InvalidEvent` for anything else. */
export const serialize = Event.serialize
export const deserialize = Event.deserialize
