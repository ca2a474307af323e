/**
 * The event log's tables and statements on both databases. Lists travel as one JSON parameter, so that each statement has
 * one text for any number of rows and stays prepared.
 */
import type { EventLog } from "@foundation/core"
import type { Dialect } from "./backend.ts"
import type { Step } from "./migrate.ts"

/** Notifications of PostgreSQL carry the new head on this channel. */
export const channel = "foundation_events"

export const steps = (dialect: Dialect): ReadonlyArray<Step> => {
  const [text, integer, options] =
    dialect === "pg" ? [`text collate "C"`, "bigint", ""] : ["text", "integer", " strict"]
  return [
    [
      `create table foundation_events (
        position ${integer} primary key,
        stream ${text} not null,
        version ${integer} not null,
        id ${text} not null unique,
        type ${text} not null,
        data text not null,
        time ${integer} not null,
        correlation_id ${text},
        causation_id ${text},
        unique (stream, version)
      )${options}`,
      "create index foundation_events_type on foundation_events (type, position)",
      "create index foundation_events_time on foundation_events (time, position)",
      `create index foundation_events_correlation on foundation_events (correlation_id, position)
        where correlation_id is not null`,
      `create index foundation_events_causation on foundation_events (causation_id, position)
        where causation_id is not null`,
      `create table foundation_event_streams (stream ${text} primary key, version ${integer} not null)${options}`,
      `create table foundation_event_head (one integer primary key check (one = 1), position ${integer} not null)${options}`,
      "insert into foundation_event_head (one, position) values (1, 0)",
      `create table foundation_event_checkpoints (
        subscriber ${text} primary key, position ${integer} not null
      )${options}`,
      `create table foundation_event_snapshots (
        stream ${text} not null, version ${integer} not null, state text not null, time ${integer} not null,
        primary key (stream, version)
      )${options}`
    ]
  ]
}

/** A statement and its parameters. */
export type Call = readonly [statement: string, parameters: ReadonlyArray<unknown>]

export interface Statements {
  /** The last position; with `lock` nobody else can append until the transaction ends. */
  readonly head: (lock: boolean) => Call
  readonly heads: (streams: ReadonlyArray<string>) => Call
  readonly byIds: (ids: ReadonlyArray<string>) => Call
  readonly insert: (rows: ReadonlyArray<EventLog.Row>) => Call
  readonly moveHeads: (heads: ReadonlyMap<string, number>) => Call
  readonly moveHead: (position: number) => Call
  readonly readStream: (options: {
    readonly stream: string
    readonly from: number
    readonly direction: "forwards" | "backwards"
    readonly limit: number
  }) => Call
  readonly select: (query: Selection) => Call
  readonly countPrunable: (options: EventLog.Prune) => Call
  readonly prune: (options: EventLog.Prune) => Call
  readonly info: (stream: string) => Call
  readonly stats: Call
  readonly loadCheckpoint: (subscriber: string) => Call
  readonly saveCheckpoint: (subscriber: string, position: number, onlyForward: boolean) => Call
  readonly loadSnapshot: (stream: string, atMost: number) => Call
  readonly saveSnapshot: (row: EventLog.SnapshotRow) => Call
  readonly trimSnapshots: (stream: string, keep: number) => Call
}

/** A search in the log: everything that reads more than one stream by version. */
export type Selection = Partial<EventLog.Query> & {
  readonly after?: number | undefined
  readonly prunable?: EventLog.Prune | undefined
}

/** Collects parameters while a statement is written. */
const makeParameters = (dialect: Dialect) => {
  const values: Array<unknown> = []
  return {
    values,
    /** The placeholder of a value. A number is cast, or PostgreSQL would compare it as text. */
    put: (value: string | number): string => {
      values.push(value)
      if (dialect === "sqlite") return "?"
      return typeof value === "number" ? `$${values.length}::bigint` : `$${values.length}::text`
    }
  }
}

export const makeStatements = (dialect: Dialect): Statements => {
  const pg = dialect === "pg"
  const float = pg ? "::float8" : ""
  const number = (column: string) => (pg ? `${column}${float} as ${column.replace(/^.*\./, "")}` : column)
  const columns = `${number("e.position")}, e.stream, ${number("e.version")}, e.id, e.type, e.data, ${number("e.time")},
    e.correlation_id as "correlationId", e.causation_id as "causationId"`
  const texts = pg ? "(select json_array_elements_text($1::json))" : "(select value from json_each(?))"
  const [rows, text, integer] = pg
    ? [
        "json_array_elements($1::json) as r(value)",
        (index: number) => `value->>${index}`,
        (index: number) => `(value->>${index})::bigint`
      ]
    : ["json_each(?)", (index: number) => `value->>${index}`, (index: number) => `value->>${index}`]

  const insert = `insert into foundation_events
    (position, stream, version, id, type, data, time, correlation_id, causation_id)
    select ${integer(0)}, ${text(1)}, ${integer(2)}, ${text(3)}, ${text(4)}, ${text(5)}, ${integer(6)}, ${text(7)},
      ${text(8)} from ${rows}`
  // "where true" keeps SQLite from reading "on conflict" as a join.
  const moveHeads = `insert into foundation_event_streams (stream, version)
    select ${text(0)}, ${integer(1)} from ${rows} where true
    on conflict (stream) do update set version = excluded.version`
  const moveHead = `update foundation_event_head set position = ${pg ? "$1::bigint" : "?"}
    returning ${pg ? `pg_notify('${channel}', position::text)` : "position"}`

  /** A stream loses a prefix: an event is kept when an earlier one of its stream is kept for its time. */
  const prunable = (
    { stream, before, beforeVersion, upTo }: EventLog.Prune,
    put: (value: string | number) => string
  ) => {
    const parts: Array<string> = []
    if (stream !== undefined) parts.push(`e.stream = ${put(stream)}`)
    if (upTo !== undefined) parts.push(`e.position <= ${put(upTo)}`)
    if (beforeVersion !== undefined) parts.push(`e.version < ${put(beforeVersion)}`)
    if (before !== undefined) {
      parts.push(`e.time < ${put(before)}`)
      parts.push(`not exists (select 1 from foundation_events k
        where k.stream = e.stream and k.version < e.version and k.time >= ${put(before)})`)
    }
    return parts
  }

  const select = (query: Selection): Call => {
    const { values, put } = makeParameters(dialect)
    const parts: Array<string> = []
    if (query.stream !== undefined) parts.push(`e.stream = ${put(query.stream)}`)
    if (query.types !== undefined) {
      parts.push(query.types.length === 0 ? "1 = 0" : `e.type in (${query.types.map(put).join(", ")})`)
    }
    if (query.since !== undefined) parts.push(`e.time >= ${put(query.since)}`)
    if (query.until !== undefined) parts.push(`e.time < ${put(query.until)}`)
    if (query.correlationId !== undefined) parts.push(`e.correlation_id = ${put(query.correlationId)}`)
    if (query.causationId !== undefined) parts.push(`e.causation_id = ${put(query.causationId)}`)
    if (query.after !== undefined) parts.push(`e.position > ${put(query.after)}`)
    if (query.prunable !== undefined) parts.push(...prunable(query.prunable, put))
    const way = query.direction === "backwards" ? "desc" : "asc"
    const { orderBy = "position" } = query
    const order = orderBy === "position" ? `e.position ${way}` : `e.${orderBy} ${way}, e.position ${way}`
    const where = parts.length === 0 ? "" : `where ${parts.join(" and ")}`
    const page = `limit ${put(query.limit ?? 1_000)} offset ${put(query.offset ?? 0)}`
    return [`select ${columns} from foundation_events e ${where} order by ${order} ${page}`, values]
  }

  return {
    head: (lock) => [
      `select ${number("h.position")} from foundation_event_head h${pg && lock ? " for update" : ""}`,
      []
    ],
    heads: (streams) => [
      `select s.stream, ${number("s.version")} from foundation_event_streams s where s.stream in ${texts}`,
      [JSON.stringify(streams)]
    ],
    byIds: (ids) => [`select ${columns} from foundation_events e where e.id in ${texts}`, [JSON.stringify(ids)]],
    insert: (rows) => [
      insert,
      [
        JSON.stringify(
          rows.map((row) => [
            row.position,
            row.stream,
            row.version,
            row.id,
            row.type,
            row.data,
            row.time,
            row.correlationId,
            row.causationId
          ])
        )
      ]
    ],
    moveHeads: (heads) => [moveHeads, [JSON.stringify([...heads])]],
    moveHead: (position) => [moveHead, [position]],
    readStream: ({ stream, from, direction, limit }) => {
      const { values, put } = makeParameters(dialect)
      const [compare, way] = direction === "forwards" ? [">=", "asc"] : ["<=", "desc"]
      const statement = `select ${columns} from foundation_events e
        where e.stream = ${put(stream)} and e.version ${compare} ${put(from)}
        order by e.version ${way} limit ${put(limit)}`
      return [statement, values]
    },
    select,
    countPrunable: (options) => {
      const { values, put } = makeParameters(dialect)
      const where = prunable(options, put).join(" and ")
      return [`select count(*)${float} as count from foundation_events e where ${where}`, values]
    },
    prune: (options) => {
      const { values, put } = makeParameters(dialect)
      return [`delete from foundation_events as e where ${prunable(options, put).join(" and ")}`, values]
    },
    info: (stream) => {
      const { values, put } = makeParameters(dialect)
      const statement = `select s.version${float} as version,
          coalesce((select min(e.version) from foundation_events e where e.stream = s.stream), s.version + 1)${float} as first
        from foundation_event_streams s where s.stream = ${put(stream)}`
      return [statement, values]
    },
    stats: [
      `select (select count(*) from foundation_events)${float} as events,
        (select count(*) from foundation_event_streams)${float} as streams,
        (select h.position from foundation_event_head h)${float} as position`,
      []
    ],
    loadCheckpoint: (subscriber) => {
      const { values, put } = makeParameters(dialect)
      const from = `from foundation_event_checkpoints c where c.subscriber = ${put(subscriber)}`
      return [`select ${number("c.position")} ${from}`, values]
    },
    saveCheckpoint: (subscriber, position, onlyForward) => {
      const { values, put } = makeParameters(dialect)
      const statement = `insert into foundation_event_checkpoints as c (subscriber, position)
        values (${put(subscriber)}, ${put(position)})
        on conflict (subscriber) do update set position = excluded.position
        ${onlyForward ? "where excluded.position > c.position" : ""}`
      return [statement, values]
    },
    loadSnapshot: (stream, atMost) => {
      const { values, put } = makeParameters(dialect)
      const statement = `select s.stream, ${number("s.version")}, s.state, ${number("s.time")}
        from foundation_event_snapshots s where s.stream = ${put(stream)} and s.version <= ${put(atMost)}
        order by s.version desc limit 1`
      return [statement, values]
    },
    saveSnapshot: ({ stream, version, state, time }) => {
      const { values, put } = makeParameters(dialect)
      const statement = `insert into foundation_event_snapshots (stream, version, state, time)
        values (${put(stream)}, ${put(version)}, ${put(state)}, ${put(time)})
        on conflict (stream, version) do update set state = excluded.state, time = excluded.time`
      return [statement, values]
    },
    trimSnapshots: (stream, keep) => {
      const { values, put } = makeParameters(dialect)
      const statement = `delete from foundation_event_snapshots where stream = ${put(stream)} and version not in (
        select version from foundation_event_snapshots where stream = ${put(stream)}
        order by version desc limit ${put(keep)})`
      return [statement, values]
    }
  }
}
