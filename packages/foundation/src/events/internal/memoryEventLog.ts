/** The event log in this process's memory. Every step is one synchronous block, hence atomic. */
import { Effect, Option, Result } from "effect"
import { BackendError, Full } from "../../BackendError.ts"
import { EventLog, makeSignal, plan } from "../EventLog.ts"
import type { CommitRefusal, Prune, Query, Row, SnapshotRow, StreamAppend, StreamAppended } from "../EventLog.ts"

interface StreamState {
  version: number
  rows: Array<Row>
}

/** The first index whose row is beyond the position. */
const after = (rows: ReadonlyArray<Row>, position: number): number => {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (rows[middle]!.position > position) high = middle
    else low = middle + 1
  }
  return low
}

const matches = (row: Row, query: Query): boolean =>
  (query.stream === undefined || row.stream === query.stream) &&
  (query.types === undefined || query.types.includes(row.type)) &&
  (query.since === undefined || row.time >= query.since) &&
  (query.until === undefined || row.time < query.until) &&
  (query.correlationId === undefined || row.correlationId === query.correlationId) &&
  (query.causationId === undefined || row.causationId === query.causationId)

const compare = (left: Row, right: Row, by: Query["orderBy"]): number => {
  if (by === "time" && left.time !== right.time) return left.time - right.time
  if (by === "id" && left.id !== right.id) return left.id < right.id ? -1 : 1
  return left.position - right.position
}

/** How many rows at the start of a stream the bounds let go. */
const prunable = (rows: ReadonlyArray<Row>, options: Prune): number => {
  let count = 0
  for (const row of rows) {
    if (options.upTo !== undefined && row.position > options.upTo) break
    if (options.before !== undefined && row.time >= options.before) break
    if (options.beforeVersion !== undefined && row.version >= options.beforeVersion) break
    count += 1
  }
  return count
}

export const makeMemoryEventLog = (options: { readonly eventsMax: number }): EventLog["Service"] => {
  let rows: Array<Row> = []
  let position = 0
  const streams = new Map<string, StreamState>()
  const ids = new Map<string, Row>()
  const checkpoints = new Map<string, number>()
  const snapshots = new Map<string, Array<SnapshotRow>>()
  const signal = makeSignal()

  const view = (parts: ReadonlyArray<StreamAppend>) => {
    const heads = new Map<string, number>()
    const known = new Map<string, Row>()
    for (const { stream, events } of parts) {
      heads.set(stream, streams.get(stream)?.version ?? 0)
      for (const { id } of events) {
        const row = ids.get(id)
        if (row !== undefined) known.set(id, row)
      }
    }
    return { heads, known, position }
  }

  const streamsOf = (options: Prune): ReadonlyArray<StreamState> => {
    if (options.stream === undefined) return [...streams.values()]
    const state = streams.get(options.stream)
    return state === undefined ? [] : [state]
  }

  return EventLog.of({
    commit: (parts) =>
      Effect.suspend((): Effect.Effect<ReadonlyArray<StreamAppended>, CommitRefusal | BackendError> => {
        const planned = plan(view(parts), parts)
        if (Result.isFailure(planned)) return Effect.fail(planned.failure)
        if (rows.length + planned.success.rows.length > options.eventsMax) {
          const detail = `the memory log holds at most ${options.eventsMax} events`
          return Effect.fail(new BackendError({ reason: new Full({ operation: "EventLog.commit", detail }) }))
        }
        for (const row of planned.success.rows) {
          rows.push(row)
          ids.set(row.id, row)
          const state = streams.get(row.stream)
          if (state === undefined) streams.set(row.stream, { version: row.version, rows: [row] })
          else {
            state.version = row.version
            state.rows.push(row)
          }
        }
        position = planned.success.position
        signal.advance(position)
        return Effect.succeed(planned.success.appended)
      }),
    readStream: ({ stream, from, direction, limit }) =>
      Effect.sync(() => {
        const state = streams.get(stream)
        if (state === undefined || state.rows.length === 0) return []
        const first = state.rows[0]!.version
        if (direction === "forwards") {
          const start = Math.max(0, from - first)
          return state.rows.slice(start, start + limit)
        }
        const end = Math.min(state.rows.length, from - first + 1)
        return end <= 0 ? [] : state.rows.slice(Math.max(0, end - limit), end).reverse()
      }),
    readAfter: ({ after: position, limit, stream, types }) =>
      Effect.sync(() => {
        const source = stream === undefined ? rows : (streams.get(stream)?.rows ?? [])
        const start = after(source, position)
        if (types === undefined) return source.slice(start, start + limit)
        const found: Array<Row> = []
        for (let index = start; index < source.length && found.length < limit; index++) {
          if (types.includes(source[index]!.type)) found.push(source[index]!)
        }
        return found
      }),
    query: (query) =>
      Effect.sync(() => {
        const source = query.stream === undefined ? rows : (streams.get(query.stream)?.rows ?? [])
        const sign = query.direction === "forwards" ? 1 : -1
        const found = source.filter((row) => matches(row, query))
        found.sort((left, right) => sign * compare(left, right, query.orderBy))
        return found.slice(query.offset, query.offset + query.limit)
      }),
    lookup: (id) => Effect.sync(() => Option.fromNullishOr(ids.get(id))),
    info: (stream) =>
      Effect.sync(() => {
        const state = streams.get(stream)
        if (state === undefined) return { version: 0, first: 1 }
        return { version: state.version, first: state.rows[0]?.version ?? state.version + 1 }
      }),
    head: Effect.sync(() => position),
    stats: Effect.sync(() => ({ events: rows.length, streams: streams.size, position })),
    readPrunable: (options, { after: position, limit }) =>
      Effect.sync(() =>
        streamsOf(options)
          .flatMap((state) => state.rows.slice(0, prunable(state.rows, options)))
          .filter((row) => row.position > position)
          .sort((left, right) => left.position - right.position)
          .slice(0, limit)
      ),
    prune: (options) =>
      Effect.sync(() => {
        const gone = new Set<Row>()
        for (const state of streamsOf(options)) {
          for (const row of state.rows.splice(0, prunable(state.rows, options))) {
            gone.add(row)
            ids.delete(row.id)
          }
        }
        if (gone.size > 0) rows = rows.filter((row) => !gone.has(row))
        return gone.size
      }),
    awaitAfter: (after) => signal.awaitAfter(after),
    loadCheckpoint: (subscriber) => Effect.sync(() => checkpoints.get(subscriber) ?? 0),
    saveCheckpoint: ({ subscriber, position, onlyForward }) =>
      Effect.sync(() => {
        const old = checkpoints.get(subscriber) ?? 0
        checkpoints.set(subscriber, onlyForward ? Math.max(old, position) : position)
      }),
    loadSnapshot: ({ stream, atMost }) =>
      Effect.sync(() => Option.fromNullishOr(snapshots.get(stream)?.findLast((row) => row.version <= atMost))),
    saveSnapshot: (snapshot, keep) =>
      Effect.sync(() => {
        const others = (snapshots.get(snapshot.stream) ?? []).filter((row) => row.version !== snapshot.version)
        const all = [...others, snapshot].sort((left, right) => left.version - right.version)
        snapshots.set(snapshot.stream, all.slice(-keep))
      })
  })
}
