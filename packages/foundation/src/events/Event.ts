/**
 * The event: what a writer hands in, what the log hands out, and its form as one line of JSON.
 *
 * **Guarantees** Models are strict: an unknown field, a missing one or data that is not JSON is an `InvalidEvent` that
 * names the place. `deserialize(serialize(event))` is an equal event; any other text is an `InvalidEvent`.
 *
 * **Does not guarantee** `-0` comes back as `0`, and the order of an object's keys means nothing.
 *
 * @since 0.1.0
 */
import { Effect, Result, Schema } from "effect"
import { Name } from "./EventLog.ts"

/** Epoch milliseconds. */
export const Time = Schema.Int

/** An event before it is appended. Give an `id` to make a repeated append harmless. */
export const Input = Schema.Struct({
  /** Unique over the whole store. Default: a new id that grows with time. */
  id: Schema.optional(Name),
  type: Name,
  data: Schema.Json,
  /** What this event belongs to: a request, a session, a trial. */
  correlationId: Schema.optional(Name),
  /** The id of the event or command that led to this one. */
  causationId: Schema.optional(Name)
})
export type Input = typeof Input.Type

/** An event as it is stored; it never changes. */
export const Stored = Schema.Struct({
  id: Name,
  stream: Name,
  /** Place in its stream, from 1, without gaps. */
  version: Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)),
  /** Place in the whole store, from 1. */
  position: Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)),
  type: Name,
  data: Schema.Json,
  time: Time,
  correlationId: Schema.optionalKey(Name),
  causationId: Schema.optionalKey(Name)
})
export type Stored = typeof Stored.Type

/** The event does not have the form of an event. Nothing of its batch was stored. */
export class InvalidEvent extends Schema.TaggedError<InvalidEvent>("@foundation/core/Event/InvalidEvent")(
  "InvalidEvent",
  {
    /** Place in the batch, from 0. */
    index: Schema.Natural,
    /** What is wrong and where. */
    problem: Schema.String
  }
) {
  override get message() {
    return `event ${this.index} is invalid: ${this.problem}`
  }
}

/** The JSON text is over the limit. Nothing of its batch was stored. */
export class DataTooLarge extends Schema.TaggedError<DataTooLarge>("@foundation/core/Event/DataTooLarge")(
  "DataTooLarge",
  {
    /** `event 3` or `snapshot`. */
    what: Schema.String,
    /** UTF-8 bytes of the JSON text. */
    bytes: Schema.Natural,
    bytesMax: Schema.Natural
  }
) {
  override get message() {
    return `data of ${this.what} has ${this.bytes} bytes, the limit is ${this.bytesMax}`
  }
}

const decodeInput = Schema.decodeUnknownResult(Input, { onExcessProperty: "error" })
const decodeStored = Schema.decodeUnknownResult(Stored, { onExcessProperty: "error" })
/** For data that was just parsed: all that JSON can say is JSON, but for numbers beyond the doubles. */
const decodeParsed = Schema.decodeUnknownResult(Schema.Struct({ ...Stored.fields, data: Schema.Unknown }))
const columns: ReadonlySet<string> = new Set(Object.keys(Stored.fields))
const mayOverflow = (text: string): boolean =>
  /[eE]\+?[0-9]{3}/.test(text) || (text.length > 300 && /[0-9]{300}/.test(text))
const utf8 = new TextEncoder()

/** Problems in one line, as `Missing key at ["type"]`. */
export const problemOf = (error: Schema.SchemaError): string => error.message.replace(/\s*\n\s*/g, " ")

/** Reads a writer's event; anything else than an `Input` is an `InvalidEvent` at that index. */
export const parseInput = (input: unknown, index: number): Result.Result<Input, InvalidEvent> =>
  Result.mapError(decodeInput(input), (error) => new InvalidEvent({ index, problem: problemOf(error) }))

/** The JSON text of `data` with its size held under the limit. `what` names it in the error. */
export const encodeData = (
  data: Schema.Json,
  what: string,
  bytesMax: number
): Result.Result<string, DataTooLarge | string> => {
  let text: string
  try {
    text = JSON.stringify(data)
  } catch (error) {
    return Result.fail(error instanceof RangeError ? "data is nested too deeply" : `data is not JSON: ${String(error)}`)
  }
  const bytes = bytesBeyond(text, bytesMax)
  return bytes === undefined ? Result.succeed(text) : Result.fail(new DataTooLarge({ what, bytes, bytesMax }))
}

/** How many bytes of UTF-8 a text has, if they are more than `bytesMax`. */
export const bytesBeyond = (text: string, bytesMax: number): number | undefined => {
  // A UTF-16 unit takes at most three bytes, so that short texts need no second look.
  if (text.length * 3 <= bytesMax) return undefined
  const bytes = utf8.encode(text).length
  return bytes > bytesMax ? bytes : undefined
}

/** One line of JSON. */
export const serialize = (event: Stored): string => JSON.stringify(event)

/** Reads back what `serialize` wrote. */
export const deserialize = (text: string): Effect.Effect<Stored, InvalidEvent> =>
  Effect.suspend(() => {
    let json: unknown
    try {
      json = JSON.parse(text)
    } catch (error) {
      return Effect.fail(new InvalidEvent({ index: 0, problem: `not JSON: ${String(error)}` }))
    }
    const decoded = decodeStored(json)
    return Result.isSuccess(decoded)
      ? Effect.succeed(decoded.success)
      : Effect.fail(new InvalidEvent({ index: 0, problem: problemOf(decoded.failure) }))
  })

/** Reads a row of a log: data as JSON text, absent ids as null. The failure says what is wrong with it. */
export const fromRow = (row: unknown): Result.Result<Stored, string> => {
  if (typeof row !== "object" || row === null) return Result.fail("the row is not an object")
  const { data, correlationId, causationId, id, stream, version, position, type, time } = row as Record<string, unknown>
  if (typeof data !== "string") return Result.fail(`data of event ${String(id)} is not a text`)
  let json: unknown
  try {
    json = JSON.parse(data)
  } catch {
    return Result.fail(`data of event ${String(id)} is not JSON`)
  }
  const stored: Record<string, unknown> = { id, stream, version, position, type, data: json, time }
  if (correlationId !== null && correlationId !== undefined) stored["correlationId"] = correlationId
  if (causationId !== null && causationId !== undefined) stored["causationId"] = causationId
  // Half of the time that reading takes would go into walking through data that were just parsed.
  const others = Object.keys(row).filter((key) => !columns.has(key))
  const isPlain = others.length === 0 && !mayOverflow(data)
  const decoded = isPlain
    ? // What `JSON.parse` gives is JSON.
      (decodeParsed(stored) as Result.Result<Stored, Schema.SchemaError>)
    : decodeStored({ ...Object.fromEntries(others.map((key) => [key, true])), ...stored })
  return Result.mapError(decoded, (error) => `event ${String(id)}: ${problemOf(error)}`)
}
