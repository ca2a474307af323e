/**
 * The registry's tables and statements on both databases. Lists travel as one JSON parameter, so that each statement has
 * one text for any number of rows and stays prepared.
 *
 * A name is held while the row of its session is there and has not run out by the database's clock. Claims first remove
 * the sessions in their way that have run out; a renewal that comes after that finds no row, one that was faster keeps
 * it. So nobody takes a name from a session that was told it lives.
 */
import type { RegistryStore } from "@foundation/core"
import type { Dialect } from "./backend.ts"
import type { Step } from "./migrate.ts"

/** Any number that no other user of the database takes for an advisory lock. */
const lockKey = 7_012_027

/** How much of an indexed text is in the index: PostgreSQL limits the size of an index row. */
const indexedCharacters = 100

export const steps = (dialect: Dialect): ReadonlyArray<Step> => {
  const [text, number, options] =
    dialect === "pg" ? [`text collate "C"`, "double precision", ""] : ["text", "real", " strict"]
  return [
    [
      `create table foundation_registry_sessions (session ${text} primary key, expires ${number} not null)${options}`,
      `create table foundation_registry_names (
        namespace ${text} not null, key ${text} not null,
        session ${text} not null, claim ${number} not null,
        node text not null, label text not null, metadata text not null, revision integer not null,
        primary key (namespace, key)
      )${options}`,
      "create index foundation_registry_names_session on foundation_registry_names (session)",
      `create table foundation_registry_terms (
        namespace ${text} not null, key ${text} not null,
        field ${text} not null, member integer not null, value ${text} not null, number ${number}
      )${options}`,
      "create index foundation_registry_terms_key on foundation_registry_terms (namespace, key)",
      `create index foundation_registry_terms_value
        on foundation_registry_terms (namespace, field, member, substr(value, 1, ${indexedCharacters}))`,
      "create index foundation_registry_terms_number on foundation_registry_terms (namespace, field, member, number)"
    ]
  ]
}

/** A statement and its parameters. */
export type Call = readonly [statement: string, parameters: ReadonlyArray<unknown>]

/** A row as the database gives it. */
export interface StoredRow {
  readonly namespace: string
  readonly key: string
  readonly session: string
  readonly claim: number
  readonly node: string
  readonly label: string
  readonly metadata: string
  readonly revision: number
}

export type Statements = ReturnType<typeof makeStatements>

const columns = ["namespace", "key", "session", "claim", "node", "label", "metadata", "revision"]

/** Collects parameters while a statement is written. */
class Parameters {
  readonly values: Array<unknown> = []
  private readonly dialect: Dialect
  constructor(dialect: Dialect) {
    this.dialect = dialect
  }
  readonly add = (value: unknown, type = "text"): string => {
    this.values.push(value)
    return this.dialect === "pg" ? `$${this.values.length}::${type}` : `?${this.values.length}`
  }
}

export const makeStatements = (dialect: Dialect) => {
  const pg = dialect === "pg"
  const now = pg ? "(extract(epoch from clock_timestamp()) * 1000)::double precision" : "(unixepoch('subsec') * 1000.0)"
  const live = (alias: string) =>
    `exists (select 1 from foundation_registry_sessions s where s.session = ${alias}.session and s.expires > ${now})`

  /** A list in one parameter, as a table `r` of these columns. */
  const list = (types: Readonly<Record<string, "text" | "number">>): string => {
    const fields = Object.entries(types)
    if (!pg)
      return `(select ${fields.map(([field]) => `value ->> '${field}' as ${field}`).join(", ")} from json_each(?)) r`
    const typed = fields.map(([field, type]) => `${field} ${type === "text" ? "text" : "double precision"}`)
    return `json_to_recordset($1::json) as r(${typed.join(", ")})`
  }
  const rowTypes = {
    namespace: "text",
    key: "text",
    session: "text",
    claim: "number",
    node: "text",
    label: "text",
    metadata: "text"
  } as const
  const claimTypes = { namespace: "text", key: "text", session: "text", claim: "number" } as const

  const statement = (write: (add: Parameters["add"]) => string): Call => {
    const parameters = new Parameters(dialect)
    return [write(parameters.add), parameters.values]
  }
  const select = `select ${columns.map((column) => `n.${column}`).join(", ")} from foundation_registry_names n`

  return {
    /** Only one at a time claims: two that see no holder must not both insert after a third one's end. */
    lock: pg ? ([`select pg_advisory_xact_lock(${lockKey})`, []] as Call) : undefined,
    /** Forgets the sessions that have run out and hold nothing. */
    forget: statement(
      () => `delete from foundation_registry_sessions where expires <= ${now}
        and not exists (select 1 from foundation_registry_names n where n.session = foundation_registry_sessions.session)`
    ),
    open: (session: string, leaseMillis: number) =>
      statement(
        (add) => `insert into foundation_registry_sessions (session, expires)
          values (${add(session)}, ${now} + ${add(leaseMillis, "double precision")})`
      ),
    renew: (session: string, leaseMillis: number) =>
      statement(
        (add) => `update foundation_registry_sessions set expires = ${now} + ${add(leaseMillis, "double precision")}
          where session = ${add(session)} and expires > ${now} returning 1 as renewed`
      ),
    isLive: (session: string) =>
      statement(
        (add) =>
          `select 1 as live from foundation_registry_sessions where session = ${add(session)} and expires > ${now}`
      ),
    /** Ends the sessions that have run out and hold one of these names. */
    expire: (rows: string): Call => [
      `delete from foundation_registry_sessions where expires <= ${now} and session in (
        select n.session from foundation_registry_names n
        join ${list({ namespace: "text", key: "text" })} on n.namespace = r.namespace and n.key = r.key)`,
      [rows]
    ],
    /** Inserts the rows of the names that no session holds. */
    insert: (rows: string): Call => [
      `insert into foundation_registry_names (${columns.join(", ")})
        select r.namespace, r.key, r.session, r.claim, r.node, r.label, r.metadata, 1 from ${list(rowTypes)} where true
        on conflict (namespace, key) do update set session = excluded.session, claim = excluded.claim,
          node = excluded.node, label = excluded.label, metadata = excluded.metadata, revision = 1
        where not exists (select 1 from foundation_registry_sessions s where s.session = foundation_registry_names.session)`,
      [rows]
    ],
    byNames: (names: string): Call => [
      `${select} join ${list({ namespace: "text", key: "text" })} on n.namespace = r.namespace and n.key = r.key`,
      [names]
    ],
    release: (claims: string): Call => [
      `delete from foundation_registry_names where exists (select 1 from ${list(claimTypes)}
        where r.namespace = foundation_registry_names.namespace and r.key = foundation_registry_names.key
        and r.session = foundation_registry_names.session and r.claim = foundation_registry_names.claim)
        returning namespace, key`,
      [claims]
    ],
    removeTerms: (names: string): Call => [
      `delete from foundation_registry_terms where (namespace, key) in
        (select r.namespace, r.key from ${list({ namespace: "text", key: "text" })})`,
      [names]
    ],
    addTerms: (terms: string): Call => [
      `insert into foundation_registry_terms (namespace, key, field, member, value, number)
        select r.namespace, r.key, r.field, r.member, r.value, r.number from ${list({
          namespace: "text",
          key: "text",
          field: "text",
          member: "number",
          value: "text",
          number: "number"
        })}`,
      [terms]
    ],
    update: (
      namespace: string,
      key: string,
      metadata: string,
      revision: number | undefined,
      claim: RegistryStore.ClaimId | undefined
    ) =>
      statement(
        (add) => `update foundation_registry_names set metadata = ${add(metadata)}, revision = revision + 1
          where namespace = ${add(namespace)} and key = ${add(key)} and ${live("foundation_registry_names")}
          ${revision === undefined ? "" : `and revision = ${add(revision, "integer")}`}
          ${
            claim === undefined
              ? ""
              : `and session = ${add(claim.session)} and claim = ${add(claim.claim, "double precision")}`
          }
          returning ${columns.join(", ")}`
      ),
    find: (namespace: string, key: string) =>
      statement((add) => `${select} where n.namespace = ${add(namespace)} and n.key = ${add(key)} and ${live("n")}`),
    page: (namespace: string, after: string | undefined, limit: number) =>
      statement(
        (add) => `${select} where n.namespace = ${add(namespace)}
          ${after === undefined ? "" : `and n.key > ${add(after)}`} and ${live("n")}
          order by n.key limit ${add(limit, "integer")}`
      ),
    query: (namespace: string, conditions: ReadonlyArray<RegistryStore.Condition>, limit: number) =>
      statement((add) => {
        const parts = conditions.map((condition) => {
          const field = `t.field = ${add(condition.field)} and t.member = ${condition.operator === "has" ? 1 : 0}`
          return `exists (select 1 from foundation_registry_terms t
            where t.namespace = n.namespace and t.key = n.key and ${field} and ${compare(condition, add)})`
        })
        return `${select} where n.namespace = ${add(namespace)} and ${parts.join(" and ")} and ${live("n")}
          order by n.key limit ${add(limit, "integer")}`
      }),
    counts: statement(
      () => `select n.namespace, ${pg ? "count(*)::double precision" : "count(*)"} as count
        from foundation_registry_names n where ${live("n")} group by n.namespace`
    ),
    lapsed: statement(
      () => `select ${pg ? "count(*)::double precision" : "count(*)"} as count
        from foundation_registry_names n where not ${live("n")}`
    ),
    expireAll: statement(() => `delete from foundation_registry_sessions where expires <= ${now}`),
    retire: (session: string) =>
      statement((add) => `delete from foundation_registry_sessions where session = ${add(session)}`),
    removeOrphans: statement(
      () => `delete from foundation_registry_names where not exists (
          select 1 from foundation_registry_sessions s where s.session = foundation_registry_names.session)
        returning namespace, key`
    )
  }
}

const compare = (condition: RegistryStore.Condition, add: Parameters["add"]): string => {
  const { operator, value } = condition
  if (operator === "=" || operator === "has") return isValue(value, add)
  if (operator === "in") {
    return value.length === 0 ? "1 = 0" : `(${value.map((one) => isValue(one, add)).join(" or ")})`
  }
  return `t.number ${operator} ${add(value, "double precision")}`
}

/** The equality, and before it the part of it that the index knows. */
const isValue = (value: RegistryStore.Scalar, add: Parameters["add"]): string => {
  const text = JSON.stringify(value)
  return `(substr(t.value, 1, ${indexedCharacters}) = substr(${add(text)}, 1, ${indexedCharacters}) and t.value = ${add(text)})`
}
