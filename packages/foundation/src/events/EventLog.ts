/**
 * What an event store backend implements: a few atomic steps over one ordered log.
 *
 * The rules of an append (expected versions, idempotence by event id) are written once, in the pure function `plan`; a
 * backend loads the heads and the known ids inside its transaction, asks `plan`, and writes the rows that it gets.
 *
 * **Guarantees** (what each backend owes, held by the contract suite in `@foundation/core/testing`) A commit is one
 * transaction. Positions are taken inside it: readers see them without gaps and never a later one before an earlier one.
 *
 * **Does not guarantee** Rows are handed out as they are stored; `EventStore` decodes them and answers `Corrupt` to junk.
 *
 * @since 0.1.0
 */
import { Context, Effect, Equal, Result, Schema } from "effect"
import type { Option } from "effect"
import type { BackendError } from "../BackendError.ts"

/** Names of streams, types, subscribers and ids: 1 to 255 characters, well-formed, without NUL. */
export const Name = Schema.NonEmptyString.check(
  Schema.isMaxLength(255),
  Schema.makeFilter((text: string) =>
    text.isWellFormed() && !text.includes("\u0000") ? undefined : "a well-formed text without NUL"
  )
)

/** The version a stream must have: `any`, `none` (it never had an event) or the version of its last event. */
export const Expected = Schema.Union([Schema.Literals(["any", "none"]), Schema.Natural])
export type Expected = typeof Expected.Type

/** An event on its way into the log; `data` is JSON text. */
export interface NewEvent {
  readonly id: string
  readonly type: string
  readonly data: string
  readonly time: number
  readonly correlationId: string | null
  readonly causationId: string | null
}

/** A row of the log: versions count from 1 in each stream, positions from 1 over all streams. */
export interface Row extends NewEvent {
  readonly stream: string
  readonly version: number
  readonly position: number
}

/** One stream's part of a commit. */
export interface StreamAppend {
  readonly stream: string
  readonly expected: Expected
  readonly events: ReadonlyArray<NewEvent>
}

/** What became of one stream's part. */
export interface StreamAppended {
  readonly stream: string
  /** The version of the stream's last event, 0 when it has none. */
  readonly version: number
  /** The rows of this append, also when they were there before. */
  readonly rows: ReadonlyArray<Row>
  /** All events of the append had been stored before: nothing was written. */
  readonly repeated: boolean
}

/** The stream is not at the expected version: read what happened since, decide again. */
export class WrongExpectedVersion extends Schema.TaggedError<WrongExpectedVersion>(
  "@foundation/core/EventStore/WrongExpectedVersion"
)("WrongExpectedVersion", { stream: Schema.String, expected: Expected, actual: Schema.Natural }) {
  override get message() {
    return `stream "${this.stream}" is at version ${this.actual}, expected ${this.expected}`
  }
}

/** The id belongs to an event with other content, or to one that was stored apart from the rest of this append. */
export class EventIdReused extends Schema.TaggedError<EventIdReused>("@foundation/core/EventStore/EventIdReused")(
  "EventIdReused",
  {
    id: Schema.String,
    stream: Schema.String,
    because: Schema.Literals(["other content", "partly stored", "twice in one append"])
  }
) {
  override get message() {
    return `event id "${this.id}" for stream "${this.stream}" is already in use (${this.because})`
  }
}

export type CommitRefusal = WrongExpectedVersion | EventIdReused

/** Which events a query wants; all given filters must hold. Times in epoch milliseconds. */
export interface Query {
  readonly stream?: string | undefined
  readonly types?: ReadonlyArray<string> | undefined
  /** Inclusive. */
  readonly since?: number | undefined
  /** Exclusive. */
  readonly until?: number | undefined
  readonly correlationId?: string | undefined
  readonly causationId?: string | undefined
  readonly orderBy: "position" | "time" | "id"
  readonly direction: "forwards" | "backwards"
  readonly offset: number
  readonly limit: number
}

/** Events before these bounds may go. A stream only ever loses a prefix. */
export interface Prune {
  readonly stream?: string | undefined
  /** Events older than this time (epoch milliseconds); an older event behind a younger one of its stream stays. */
  readonly before?: number | undefined
  /** Events below this version; needs `stream`. */
  readonly beforeVersion?: number | undefined
  /** Nothing beyond this position. */
  readonly upTo?: number | undefined
}

export interface StreamInfo {
  /** The version of the last event ever appended, 0 for a stream that never had one. */
  readonly version: number
  /** The first version still stored; `version + 1` when all are pruned. */
  readonly first: number
}

export interface SnapshotRow {
  readonly stream: string
  readonly version: number
  /** JSON text. */
  readonly state: string
  readonly time: number
}

export interface Stats {
  /** Events stored now. */
  readonly events: number
  /** Streams that ever had an event. */
  readonly streams: number
  /** The last position ever given, 0 for an empty log. */
  readonly position: number
}

/** The atomic steps. Rows are unchecked: the service decodes them. */
export class EventLog extends Context.Service<
  EventLog,
  {
    /** Decides by `plan` and writes, all parts or none. The positions of a commit are consecutive. */
    readonly commit: (
      parts: ReadonlyArray<StreamAppend>
    ) => Effect.Effect<ReadonlyArray<StreamAppended>, CommitRefusal | BackendError>
    /** Rows of one stream, `from` inclusive in either direction. */
    readonly readStream: (options: {
      readonly stream: string
      readonly from: number
      readonly direction: "forwards" | "backwards"
      readonly limit: number
    }) => Effect.Effect<ReadonlyArray<unknown>, BackendError>
    /** Rows with a position greater than `after`, in order; optionally of one stream or of some types only. */
    readonly readAfter: (options: {
      readonly after: number
      readonly limit: number
      readonly stream?: string | undefined
      readonly types?: ReadonlyArray<string> | undefined
    }) => Effect.Effect<ReadonlyArray<unknown>, BackendError>
    readonly query: (query: Query) => Effect.Effect<ReadonlyArray<unknown>, BackendError>
    readonly lookup: (id: string) => Effect.Effect<Option.Option<unknown>, BackendError>
    readonly info: (stream: string) => Effect.Effect<StreamInfo, BackendError>
    /** The last position given, 0 for an empty log. Every row up to it can be read. */
    readonly head: Effect.Effect<number, BackendError>
    readonly stats: Effect.Effect<Stats, BackendError>
    /** The rows that `prune` would remove, in order of position. */
    readonly readPrunable: (
      options: Prune,
      page: { readonly after: number; readonly limit: number }
    ) => Effect.Effect<ReadonlyArray<unknown>, BackendError>
    /** Removes what the bounds allow and says how many events went. Heads of streams stay. */
    readonly prune: (options: Prune) => Effect.Effect<number, BackendError>
    /**
     * Returns once the log may hold a position greater than `after`. It may return early, it is never late by more than
     * the backend's poll interval, and an append of this process wakes it at once.
     */
    readonly awaitAfter: (after: number) => Effect.Effect<void, BackendError>
    /** The position a subscriber has reached, 0 for an unknown one. */
    readonly loadCheckpoint: (subscriber: string) => Effect.Effect<number, BackendError>
    /** With `onlyForward` a smaller position than the stored one is ignored. */
    readonly saveCheckpoint: (options: {
      readonly subscriber: string
      readonly position: number
      readonly onlyForward: boolean
    }) => Effect.Effect<void, BackendError>
    /** The newest snapshot at or below the version. */
    readonly loadSnapshot: (options: {
      readonly stream: string
      readonly atMost: number
    }) => Effect.Effect<Option.Option<unknown>, BackendError>
    /** Keeps the newest `keep` snapshots of the stream; the same version again replaces. */
    readonly saveSnapshot: (snapshot: SnapshotRow, keep: number) => Effect.Effect<void, BackendError>
  }
>()("@foundation/core/EventStore/EventLog") {}

/** What `plan` must know; a backend reads it inside its transaction. */
export interface View {
  /** The head of each stream named in the parts; absent means 0. */
  readonly heads: ReadonlyMap<string, number>
  /** The stored rows whose ids occur in the parts. */
  readonly known: ReadonlyMap<string, Row>
  /** The last position given. */
  readonly position: number
}

/** What a commit changes. */
export interface Plan {
  readonly rows: ReadonlyArray<Row>
  readonly heads: ReadonlyMap<string, number>
  readonly position: number
  readonly appended: ReadonlyArray<StreamAppended>
}

/** JSON texts that mean the same; the order of keys does not count. */
const sameJson = (left: string, right: string): boolean => {
  if (left === right) return true
  try {
    return Equal.equals(JSON.parse(left), JSON.parse(right))
  } catch {
    return false
  }
}

const sameContent = (stream: string, event: NewEvent, row: Row): boolean =>
  row.stream === stream &&
  row.type === event.type &&
  row.correlationId === event.correlationId &&
  row.causationId === event.causationId &&
  sameJson(row.data, event.data)

/** The rows stored before under the ids of these parts, or the refusal; `undefined` when all events are new. */
const repeated = (
  view: View,
  parts: ReadonlyArray<StreamAppend>
): Result.Result<ReadonlyArray<StreamAppended> | undefined, EventIdReused> => {
  const seen = new Set<string>()
  let old = 0
  for (const { stream, events } of parts) {
    for (const event of events) {
      if (seen.has(event.id)) {
        return Result.fail(new EventIdReused({ id: event.id, stream, because: "twice in one append" }))
      }
      seen.add(event.id)
      const row = view.known.get(event.id)
      if (row === undefined) continue
      old += 1
      if (!sameContent(stream, event, row)) {
        return Result.fail(new EventIdReused({ id: event.id, stream, because: "other content" }))
      }
    }
  }
  if (old === 0) return Result.succeed(undefined)
  const appended: Array<StreamAppended> = []
  for (const { stream, events } of parts) {
    const rows: Array<Row> = []
    for (const event of events) {
      const row = view.known.get(event.id)
      if (row !== undefined) rows.push(row)
    }
    if (rows.length < events.length) {
      const id = rows[0]?.id ?? [...view.known.keys()].find((known) => seen.has(known)) ?? ""
      return Result.fail(new EventIdReused({ id, stream, because: "partly stored" }))
    }
    appended.push({ stream, version: view.heads.get(stream) ?? 0, rows, repeated: true })
  }
  return Result.succeed(appended)
}

/**
 * The rules of an append, over what the log holds now. Total and pure.
 *
 * Ids come first: parts that were stored as a whole with the same content succeed without effect; a known id otherwise
 * is refused. Then each part's expected version is compared, in order, so that a stream named twice builds on itself.
 */
export const plan = (view: View, parts: ReadonlyArray<StreamAppend>): Result.Result<Plan, CommitRefusal> => {
  const before = repeated(view, parts)
  if (Result.isFailure(before)) return Result.fail(before.failure)
  if (before.success !== undefined) {
    return Result.succeed({ rows: [], heads: new Map(), position: view.position, appended: before.success })
  }
  const heads = new Map<string, number>()
  const rows: Array<Row> = []
  const appended: Array<StreamAppended> = []
  let position = view.position
  for (const { stream, expected, events } of parts) {
    let version = heads.get(stream) ?? view.heads.get(stream) ?? 0
    if (expected !== "any" && version !== (expected === "none" ? 0 : expected)) {
      return Result.fail(new WrongExpectedVersion({ stream, expected, actual: version }))
    }
    const mine: Array<Row> = []
    for (const event of events) {
      version += 1
      position += 1
      mine.push({ ...event, stream, version, position })
    }
    for (const row of mine) rows.push(row)
    if (mine.length > 0) heads.set(stream, version)
    appended.push({ stream, version, rows: mine, repeated: false })
  }
  return Result.succeed({ rows, heads, position, appended })
}

/** Wakes those who wait for a position; the building block of `awaitAfter`. */
export interface Signal {
  /** The log has reached this position. */
  readonly advance: (position: number) => void
  /**
   * Returns at once when the position is behind, else with the next `advance` beyond it. `onWait` is called when the
   * wait has begun: the place to start whatever looks for news.
   */
  readonly awaitAfter: (after: number, onWait?: () => void) => Effect.Effect<void>
  /** How many wait now. */
  readonly waiting: () => number
}

export const makeSignal = (): Signal => {
  let reached = 0
  const waiters = new Map<(effect: Effect.Effect<void>) => void, number>()
  return {
    advance(position) {
      if (position <= reached) return
      reached = position
      for (const [resume, after] of waiters) {
        if (after >= reached) continue
        waiters.delete(resume)
        resume(Effect.void)
      }
    },
    awaitAfter: (after, onWait) =>
      Effect.callback<void>((resume) => {
        if (reached > after) return resume(Effect.void)
        waiters.set(resume, after)
        onWait?.()
        return Effect.sync(() => void waiters.delete(resume))
      }),
    waiting: () => waiters.size
  }
}
