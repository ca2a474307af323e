/**
 * What a reader asks of an event store, and why it may be refused.
 *
 * **Guarantees** Requests are strict: an unknown field, a wrong type or a number out of its range is an
 * `InvalidRequest` that names the place; nothing is ignored.
 *
 * **Does not guarantee** That a request finds anything: unknown streams are empty, not errors.
 *
 * @since 0.1.0
 */
import { Effect, Result, Schema } from "effect"
import { Time, problemOf } from "./Event.ts"
import { Name } from "./EventLog.ts"

/** An argument outside its range, or a filter that does not exist. */
export class InvalidRequest extends Schema.TaggedError<InvalidRequest>("@foundation/core/EventStore/InvalidRequest")(
  "InvalidRequest",
  { operation: Schema.String, problem: Schema.String }
) {
  override get message() {
    return `${this.operation}: ${this.problem}`
  }
}

/** No stored event has this id. */
export class EventNotFound extends Schema.TaggedError<EventNotFound>("@foundation/core/EventStore/EventNotFound")(
  "EventNotFound",
  { id: Schema.String }
) {
  override get message() {
    return `no event has the id "${this.id}"`
  }
}

/** A state was asked for whose first events are pruned and that no snapshot covers. */
export class EventsPruned extends Schema.TaggedError<EventsPruned>("@foundation/core/EventStore/EventsPruned")(
  "EventsPruned",
  { stream: Schema.String, from: Schema.Natural, first: Schema.Natural }
) {
  override get message() {
    return `events of stream "${this.stream}" from version ${this.from} are pruned; the first one stored is ${this.first}`
  }
}

const Limit = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 10_000 }))
const Direction = Schema.Literals(["forwards", "backwards"])

/** Which part of a stream to read. */
export const ReadOptions = Schema.Struct({
  /** First version, inclusive in either direction. Default: the stream's near end. */
  from: Schema.optional(Schema.Natural),
  /** Default `forwards`. */
  direction: Schema.optional(Direction),
  /** 1 to 10,000. Default 1,000. */
  limit: Schema.optional(Limit)
})
export type ReadOptions = typeof ReadOptions.Type

/** Which part of the whole log to read, forwards. */
export const ReadAllOptions = Schema.Struct({
  /** Events beyond this position. Default 0. */
  after: Schema.optional(Schema.Natural),
  /** 1 to 10,000. Default 1,000. */
  limit: Schema.optional(Limit)
})
export type ReadAllOptions = typeof ReadAllOptions.Type

/** Filters of a query; all that are given must hold. An unknown filter is an `InvalidRequest`. */
export const Filters = Schema.Struct({
  stream: Schema.optional(Name),
  type: Schema.optional(Schema.Union([Name, Schema.Array(Name)])),
  /** Epoch milliseconds, inclusive. */
  since: Schema.optional(Time),
  /** Epoch milliseconds, exclusive. */
  until: Schema.optional(Time),
  correlationId: Schema.optional(Name),
  causationId: Schema.optional(Name),
  /** Default `position`. Equal times are ordered by position. */
  orderBy: Schema.optional(Schema.Literals(["position", "time", "id"])),
  /** Default `forwards`. */
  direction: Schema.optional(Direction),
  /** Matching events to skip. Default 0. */
  offset: Schema.optional(Schema.Natural),
  /** 1 to 10,000. Default 1,000. */
  limit: Schema.optional(Limit)
})
export type Filters = typeof Filters.Type

/** What a subscription follows. */
export const SubscribeOptions = Schema.Struct({
  /** Events beyond this position; `end` means only what comes next. Default 0, the start. */
  after: Schema.optional(Schema.Union([Schema.Natural, Schema.Literal("end")])),
  stream: Schema.optional(Name),
  types: Schema.optional(Schema.Array(Name))
})
export type SubscribeOptions = typeof SubscribeOptions.Type

/** Which events may go. A stream only ever loses a prefix; give at least one bound. */
export const PruneOptions = Schema.Struct({
  stream: Schema.optional(Name),
  /** Events older than this time (epoch milliseconds). */
  before: Schema.optional(Time),
  /** Events below this version; needs `stream`. */
  beforeVersion: Schema.optional(Schema.Natural)
})
export type PruneOptions = typeof PruneOptions.Type

/** How far a fold goes; all that are given must hold. */
export const Until = Schema.Struct({
  version: Schema.optional(Schema.Natural),
  position: Schema.optional(Schema.Natural),
  /** Epoch milliseconds, inclusive: the fold ends before the first event that is younger. */
  time: Schema.optional(Time)
})
export type Until = typeof Until.Type

/** Reads a value strictly; the failure names the operation and the place. */
export const parse = <S extends Schema.Codec<unknown, unknown>>(schema: S) => {
  const decode = Schema.decodeUnknownResult(schema, { onExcessProperty: "error" })
  return (operation: string, input: unknown): Effect.Effect<S["Type"], InvalidRequest> => {
    const decoded = decode(input)
    return Result.isSuccess(decoded)
      ? Effect.succeed(decoded.success)
      : Effect.fail(new InvalidRequest({ operation, problem: problemOf(decoded.failure) }))
  }
}

export const parseName = parse(Name)
export const parseNatural = parse(Schema.Natural)
