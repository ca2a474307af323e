/**
 * Studies out of a SQLite storage of Optuna, versions 2.6 to 4.
 *
 * Complete, pruned and failed trials come as they are, with parameters, values, intermediate values, user attributes, constraints and
 * times (which Optuna writes without a time zone: they are read as UTC). Trials that were queued or running wait to be tried.
 * A study does not say what its space is: it is found from the distributions of its trials (see `space` of the options).
 *
 * **Guarantees** Reads only. What cannot be expressed is said in `notes`, never left out in silence: a complete trial whose value is
 * infinite has failed here, an intermediate value that is not finite is left out, and so is a trial that stopped before all its
 * parameters were asked for (the numbers of the later ones move up); Python's `None` among choices becomes a text. Anything else that
 * does not fit is a typed error.
 *
 * **Does not guarantee** System attributes, samplers and pruners: choose your own.
 *
 * @since 0.1.0
 */
import { Effect, Result, Schema, SchemaParser } from "effect"
import * as OptunaSpace from "../internal/optunaSpace.ts"
import type { Sampler } from "../sampler/Sampler.ts"
import { Direction } from "../sampler/Sampler.ts"
import * as SearchSpace from "../space/SearchSpace.ts"
import type { InvalidSpace, Value } from "../space/SearchSpace.ts"
import { define } from "../study/Definition.ts"
import type { InvalidSetting } from "../study/Definition.ts"
import { faultOf, make } from "./StudyRecord.ts"
import type { InvalidRecord, Made, TrialRecord } from "./StudyRecord.ts"

/** The file is not there, or not a SQLite database. */
export class UnreadableStorage extends Schema.TaggedError<UnreadableStorage>(
  "@mabeam/optimize/OptunaStorage/UnreadableStorage"
)("UnreadableStorage", { path: Schema.String, problem: Schema.String }) {
  override get message() {
    return `${this.path}: ${this.problem}`
  }
}

/** The database is not a storage of Optuna, or one of a version that is not known. */
export class UnsupportedStorage extends Schema.TaggedError<UnsupportedStorage>(
  "@mabeam/optimize/OptunaStorage/UnsupportedStorage"
)("UnsupportedStorage", { found: Schema.String, known: Schema.Array(Schema.String) }) {
  override get message() {
    return `a storage of Optuna of version ${this.found} is not known; "optuna storage upgrade" may help (known: ${this.known.join(", ")})`
  }
}

/** A row is not what Optuna writes. */
export class InvalidStorage extends Schema.TaggedError<InvalidStorage>("@mabeam/optimize/OptunaStorage/InvalidStorage")(
  "InvalidStorage",
  { table: Schema.String, row: Schema.Int, column: Schema.String, problem: Schema.String }
) {
  override get message() {
    return `${this.table}, row ${this.row}, ${this.column}: ${this.problem}`
  }
}

/** There is no study of this name. */
export class OptunaStudyNotFound extends Schema.TaggedError<OptunaStudyNotFound>(
  "@mabeam/optimize/OptunaStorage/OptunaStudyNotFound"
)("OptunaStudyNotFound", { name: Schema.String, known: Schema.Array(Schema.String) }) {
  override get message() {
    return `there is no study "${this.name}"; there are ${this.known.map((name) => `"${name}"`).join(", ")}`
  }
}

/** No space could be found that holds all trials. */
export class UnmappableSpace extends Schema.TaggedError<UnmappableSpace>(
  "@mabeam/optimize/OptunaStorage/UnmappableSpace"
)("UnmappableSpace", { parameter: Schema.String, problem: Schema.String }) {
  override get message() {
    return `${this.parameter}: ${this.problem}`
  }
}

/** The versions of the tables that are known, by the name of Alembic's revision. */
export const REVISIONS = ["v2.6.0.a", "v3.0.0.a", "v3.0.0.b", "v3.0.0.c", "v3.0.0.d", "v3.2.0.a"] as const

// --- rows ----------------------------------------------------------------------------------------------------------

const Text = Schema.String
const Id = Schema.Int
const tables = {
  studies: Schema.Struct({ study_id: Id, study_name: Text }),
  study_directions: Schema.Struct({ study_id: Id, direction: Text, objective: Id }),
  study_user_attributes: Schema.Struct({ study_id: Id, key: Text, value_json: Text }),
  trials: Schema.Struct({
    trial_id: Id,
    number: Id,
    study_id: Id,
    state: Schema.Literals(["RUNNING", "COMPLETE", "PRUNED", "FAIL", "WAITING"]),
    datetime_start: Schema.NullOr(Text),
    datetime_complete: Schema.NullOr(Text)
  }),
  trial_params: Schema.Struct({
    trial_id: Id,
    param_name: Text,
    param_value: Schema.Finite,
    distribution_json: OptunaSpace.DistributionJson
  }),
  trial_values: Schema.Struct({
    trial_id: Id,
    objective: Id,
    value: Schema.NullOr(Schema.Finite),
    value_type: Schema.optional(Text)
  }),
  trial_intermediate_values: Schema.Struct({
    trial_id: Id,
    step: Id,
    intermediate_value: Schema.NullOr(Schema.Finite),
    intermediate_value_type: Schema.optional(Text)
  }),
  trial_user_attributes: Schema.Struct({ trial_id: Id, key: Text, value_json: Text }),
  trial_system_attributes: Schema.Struct({ trial_id: Id, key: Text, value_json: Text })
} as const
type TableName = keyof typeof tables
type Tables = { readonly [T in TableName]: ReadonlyArray<(typeof tables)[T]["Type"]> }
type Row<T extends TableName> = Tables[T][number]

type Query = (sql: string) => ReadonlyArray<unknown>

const decodeTable = <T extends TableName>(table: T, query: Query): Result.Result<Tables[T], InvalidStorage> =>
  Result.gen(function* () {
    const rows: Array<Row<T>> = []
    const parse = SchemaParser.decodeUnknownResult(tables[table])
    for (const [index, row] of query(`select * from ${table} order by 1`).entries()) {
      const decoded = Result.mapError(parse(row), (issue) => {
        const { field, problem } = faultOf(issue)
        return new InvalidStorage({ table, row: index + 1, column: field, problem })
      })
      // The parser is the one of this table; TypeScript does not follow the index.
      rows.push((yield* decoded) as Row<T>)
    }
    return rows as Tables[T]
  })

const revisionOf = (query: Query): string => {
  const names = new Set(query("select name from sqlite_master where type = 'table'").map((row) => field(row, "name")))
  const missing = [...Object.keys(tables), "version_info", "alembic_version"].find((name) => !names.has(name))
  if (missing !== undefined) return `without a table "${missing}"`
  const schema = field(query("select schema_version from version_info")[0], "schema_version")
  const revision = field(query("select version_num from alembic_version")[0], "version_num")
  return schema === 12 ? String(revision) : `${String(schema)}/${String(revision)}`
}

const field = (row: unknown, name: string): unknown =>
  typeof row === "object" && row !== null ? new Map<string, unknown>(Object.entries(row)).get(name) : undefined

const readTables = (query: Query): Result.Result<Tables, UnsupportedStorage | InvalidStorage> =>
  Result.gen(function* () {
    const found = revisionOf(query)
    if (!REVISIONS.some((revision) => revision === found)) {
      return yield* Result.fail(new UnsupportedStorage({ found, known: REVISIONS }))
    }
    return {
      studies: yield* decodeTable("studies", query),
      study_directions: yield* decodeTable("study_directions", query),
      study_user_attributes: yield* decodeTable("study_user_attributes", query),
      trials: yield* decodeTable("trials", query),
      trial_params: yield* decodeTable("trial_params", query),
      trial_values: yield* decodeTable("trial_values", query),
      trial_intermediate_values: yield* decodeTable("trial_intermediate_values", query),
      trial_user_attributes: yield* decodeTable("trial_user_attributes", query),
      trial_system_attributes: yield* decodeTable("trial_system_attributes", query)
    }
  })

/** So long another process may hold the file. */
const BUSY_MILLIS = 5_000

/** Opens the file for the time of one reading. */
const withDatabase = (path: string): Effect.Effect<Tables, UnreadableStorage | UnsupportedStorage | InvalidStorage> =>
  Effect.tryPromise({
    // Only here, so that the package itself needs no SQLite.
    try: async () => {
      const { DatabaseSync } = await import("node:sqlite")
      const database = new DatabaseSync(path, { readOnly: true, timeout: BUSY_MILLIS })
      try {
        return readTables((sql) => database.prepare(sql).all())
      } finally {
        database.close()
      }
    },
    catch: (thrown) => new UnreadableStorage({ path, problem: String(thrown) })
  }).pipe(Effect.flatMap(Effect.fromResult))

// --- trials --------------------------------------------------------------------------------------------------------

/** A study as it was found. */
export interface OptunaStudy {
  readonly name: string
  readonly directions: ReadonlyArray<Direction>
  readonly space: SearchSpace.SearchSpace
  readonly attributes: Readonly<Record<string, Schema.Json>>
  readonly trials: ReadonlyArray<TrialRecord>
  /** What could not be taken over as it was. */
  readonly notes: ReadonlyArray<string>
}

interface Parts {
  readonly row: Row<"trials">
  readonly asked: OptunaSpace.Asked
  readonly values: ReadonlyArray<Row<"trial_values">>
  readonly steps: ReadonlyArray<Row<"trial_intermediate_values">>
  readonly attributes: ReadonlyArray<Row<"trial_user_attributes">>
  readonly system: ReadonlyArray<Row<"trial_system_attributes">>
}

const group = <R extends { readonly trial_id: number }>(
  rows: ReadonlyArray<R>
): ReadonlyMap<number, ReadonlyArray<R>> => Map.groupBy(rows, ({ trial_id }) => trial_id)

const askedOf = (
  rows: ReadonlyArray<Row<"trial_params">>,
  isWhole: boolean
): Result.Result<OptunaSpace.Asked, InvalidStorage> =>
  Result.gen(function* () {
    const params = new Map<string, readonly [OptunaSpace.Distribution, Value]>()
    for (const { distribution_json, param_name, param_value, trial_id } of rows) {
      const refuse = (column: string, problem: string) =>
        new InvalidStorage({ table: "trial_params", row: trial_id, column, problem })
      const distribution = yield* Result.mapError(OptunaSpace.distributionOf(distribution_json), (problem) =>
        refuse("distribution_json", problem)
      )
      const value = OptunaSpace.valueOf(distribution, param_value)
      if (value === undefined) return yield* Result.fail(refuse("param_value", `there is no choice ${param_value}`))
      params.set(param_name, [distribution, value])
    }
    return { params, isWhole }
  })

const partsOf = (tables: Tables, study: number): Result.Result<ReadonlyArray<Parts>, InvalidStorage> =>
  Result.gen(function* () {
    const paramsBy = group(tables.trial_params)
    const valuesBy = group(tables.trial_values)
    const stepsBy = group(tables.trial_intermediate_values)
    const attributesBy = group(tables.trial_user_attributes)
    const systemBy = group(tables.trial_system_attributes)
    const parts: Array<Parts> = []
    for (const row of tables.trials.filter(({ study_id }) => study_id === study)) {
      const { state, trial_id } = row
      parts.push({
        row,
        asked: yield* askedOf(paramsBy.get(trial_id) ?? [], state === "COMPLETE" || state === "PRUNED"),
        values: (valuesBy.get(trial_id) ?? []).toSorted((a, b) => a.objective - b.objective),
        steps: (stepsBy.get(trial_id) ?? []).toSorted((a, b) => a.step - b.step),
        attributes: attributesBy.get(trial_id) ?? [],
        system: systemBy.get(trial_id) ?? []
      })
    }
    return parts.sort((a, b) => a.row.number - b.row.number)
  })

const TIME = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?)$/

const timeOf = (text: string | null): number | undefined => {
  const match = TIME.exec(text ?? "")
  const time = match === null ? Number.NaN : Date.parse(`${match[1]}T${match[2]}Z`)
  return Number.isNaN(time) ? undefined : time
}

const readJson = (text: string): Schema.Json | undefined => {
  try {
    return JSON.parse(text) as Schema.Json
  } catch {
    return undefined
  }
}

/** Turns the parts of trials into records, and keeps notes. */
class Reading {
  readonly notes: Array<string> = []
  readonly trials: Array<TrialRecord> = []
  private readonly space: SearchSpace.SearchSpace
  private readonly objectives: number

  constructor(space: SearchSpace.SearchSpace, objectives: number) {
    this.space = space
    this.objectives = objectives
  }

  attributesOf(owner: string, rows: ReadonlyArray<{ readonly key: string; readonly value_json: string }>) {
    const attributes = new Map<string, Schema.Json>()
    for (const { key, value_json } of rows) {
      const value = readJson(value_json)
      // Python writes NaN and infinities, which JSON does not know.
      if (value === undefined) this.notes.push(`${owner}: the attribute "${key}" is not JSON and kept as a text`)
      attributes.set(key, value === undefined ? value_json : value)
    }
    return Object.fromEntries(attributes)
  }

  private reportsOf({
    row,
    steps
  }: Parts): ReadonlyArray<{ readonly step: number; readonly values: readonly [number] }> {
    const reports: Array<{ readonly step: number; readonly values: readonly [number] }> = []
    for (const { intermediate_value, intermediate_value_type = "FINITE", step } of steps) {
      if (intermediate_value !== null && intermediate_value_type === "FINITE" && step >= 0 && this.objectives === 1) {
        reports.push({ step, values: [intermediate_value] })
      } else {
        const value = intermediate_value_type === "FINITE" ? intermediate_value : intermediate_value_type
        this.notes.push(`trial ${row.number}: the report ${value} of step ${step} is left out`)
      }
    }
    return reports
  }

  private constraintsOf({ row, system }: Parts): ReadonlyArray<number> {
    const text = system.find(({ key }) => key === "constraints")?.value_json
    const list = text === undefined ? [] : readJson(text)
    const numbers = Array.isArray(list) ? list.filter((it): it is number => typeof it === "number") : []
    const isWhole = Array.isArray(list) && numbers.length === list.length
    if (!isWhole) this.notes.push(`trial ${row.number}: its constraints are not finite numbers and left out`)
    return isWhole ? numbers : []
  }

  /** Parameters of a trial that has not begun stand in a system attribute. */
  private paramsOf({ asked, system }: Parts): unknown {
    const fixed = readJson(system.find(({ key }) => key === "fixed_params")?.value_json ?? "{}")
    const queued = Object.entries(typeof fixed === "object" && fixed !== null ? fixed : {})
    const begun = [...asked.params].map(([name, [, value]]) => [name, value] as const)
    return Object.fromEntries([...queued.map(([name, value]) => [name, value ?? OptunaSpace.NONE] as const), ...begun])
  }

  private endOf(parts: Parts): Pick<TrialRecord, "state" | "values" | "failures" | "constraints"> {
    const { row, values } = parts
    const failed = (reason: string) => ({ state: "failed", failures: [{ attempt: 1, kind: "error", reason }] }) as const
    if (row.state === "FAIL") return failed("it failed in Optuna")
    if (row.state === "PRUNED") return { state: "pruned" }
    if (row.state !== "COMPLETE") return { state: "waiting" }
    const finite = values.flatMap(({ value, value_type = "FINITE" }) =>
      value !== null && value_type === "FINITE" ? [value] : []
    )
    if (finite.length !== this.objectives) {
      const said = values.map(({ value, value_type }) => value ?? value_type).join(", ")
      this.notes.push(`trial ${row.number}: it is complete with (${said}), and has failed here`)
      return failed(`its values are (${said})`)
    }
    return { state: "complete", values: finite, constraints: this.constraintsOf(parts) }
  }

  add(parts: Parts): void {
    const { row } = parts
    const params = SearchSpace.validate(this.space, this.paramsOf(parts))
    if (Result.isFailure(params)) {
      this.notes.push(`trial ${row.number} (${row.state}) is left out: ${params.failure.message}`)
      return
    }
    const number = this.trials.length
    const given = Object.entries(params.success).filter((entry): entry is [string, Value] => entry[1] !== undefined)
    const end = this.endOf(parts)
    const isWaiting = end.state === "waiting"
    const [startedAt, endedAt] = [timeOf(row.datetime_start), timeOf(row.datetime_complete)]
    this.trials.push({
      number,
      params: Object.fromEntries(given),
      sampler: isWaiting ? "given" : "optuna",
      attempt: isWaiting ? 0 : 1,
      ...end,
      attributes: this.attributesOf(`trial ${row.number}`, parts.attributes),
      ...(isWaiting ? {} : { reports: this.reportsOf(parts) }),
      ...(isWaiting || startedAt === undefined ? {} : { startedAt }),
      ...(isWaiting || endedAt === undefined ? {} : { endedAt })
    })
  }
}

const directionsOf = (
  rows: ReadonlyArray<Row<"study_directions">>
): Result.Result<ReadonlyArray<Direction>, InvalidStorage> => {
  const directions: Array<Direction> = []
  for (const { direction, objective, study_id } of rows.toSorted((a, b) => a.objective - b.objective)) {
    // Old studies that did not say so minimize.
    if (direction === "MINIMIZE" || direction === "NOT_SET") directions.push("minimize")
    else if (direction === "MAXIMIZE") directions.push("maximize")
    else {
      const problem = `there is no direction "${direction}" (objective ${objective})`
      const place = { table: "study_directions", row: study_id, column: "direction" }
      return Result.fail(new InvalidStorage({ ...place, problem }))
    }
  }
  return Result.succeed(directions)
}

/** Why a study cannot be read. */
export type Refusal =
  | UnreadableStorage
  | UnsupportedStorage
  | InvalidStorage
  | OptunaStudyNotFound
  | UnmappableSpace
  | InvalidSpace

const studyOf = (
  tables: Tables,
  name: string,
  given: SearchSpace.SearchSpace | undefined
): Result.Result<OptunaStudy, Refusal> =>
  Result.gen(function* () {
    const study = tables.studies.find(({ study_name }) => study_name === name)
    if (study === undefined) {
      const known = tables.studies.map(({ study_name }) => study_name)
      return yield* Result.fail(new OptunaStudyNotFound({ name, known }))
    }
    const mine = <R extends { readonly study_id: number }>(rows: ReadonlyArray<R>) =>
      rows.filter(({ study_id }) => study_id === study.study_id)
    const directions = yield* directionsOf(mine(tables.study_directions))
    const parts = yield* partsOf(tables, study.study_id)
    const space = given ?? (yield* spaceOf(parts))
    const reading = new Reading(space, directions.length)
    const trials = new Set(parts.map(({ row }) => row.trial_id))
    const withNone = tables.trial_params.filter(
      ({ distribution_json, trial_id }) => trials.has(trial_id) && OptunaSpace.hasNone(distribution_json)
    )
    for (const parameter of new Set(withNone.map(({ param_name }) => param_name))) {
      reading.notes.push(`${parameter}: its choice None is kept as the text "${OptunaSpace.NONE}"`)
    }
    const attributes = reading.attributesOf("the study", mine(tables.study_user_attributes))
    for (const part of parts) reading.add(part)
    return { name, directions, space, attributes, trials: reading.trials, notes: reading.notes }
  })

const spaceOf = (parts: ReadonlyArray<Parts>): Result.Result<SearchSpace.SearchSpace, UnmappableSpace | InvalidSpace> =>
  Result.flatMap(
    Result.mapError(
      OptunaSpace.infer(parts.map(({ asked }) => asked)),
      ({ name, problem }) => new UnmappableSpace({ parameter: name, problem })
    ),
    (found) =>
      SearchSpace.fromEntries(
        found.map((entry) => ({ path: [entry.name], prior: undefined, ...entry })),
        { constraints: [], open: false }
      )
  )

/** The names of the studies in a storage. */
export const list = (
  path: string
): Effect.Effect<ReadonlyArray<string>, UnreadableStorage | UnsupportedStorage | InvalidStorage> =>
  Effect.map(withDatabase(path), ({ studies }) => studies.map(({ study_name }) => study_name))

/** How a study is read. */
export interface Options {
  /** Its space, where it cannot be found or is known better. */
  readonly space?: SearchSpace.SearchSpace | undefined
}

/** Reads a study. */
export const read = (path: string, name: string, options: Options = {}): Effect.Effect<OptunaStudy, Refusal> =>
  Effect.flatMap(withDatabase(path), (tables) => Effect.fromResult(studyOf(tables, name, options.space)))

/** Makes a study of it that goes on with a sampler of ours. */
export const toStudy = (
  { attributes, directions, space, trials }: OptunaStudy,
  settings: { readonly sampler: Sampler; readonly seed?: number | undefined }
): Result.Result<Made, InvalidSetting | InvalidRecord> =>
  Result.flatMap(
    define({ ...settings, space, directions }),
    (definition): Result.Result<Made, InvalidSetting | InvalidRecord> => make(definition, { attributes, trials })
  )
