/**
 * The trials of a study as comma-separated values (RFC 4180), one row for each: for spreadsheets and data frames.
 *
 * Columns: `number`, `state`, `sampler`, `attempt`, `value` (or `value_0`, `value_1` … for several objectives), `param_NAME` for each
 * variable (empty where it is inactive), `startedAt`, `endedAt` (milliseconds since 1970), `owner`, and as JSON `constraints`, `failures`, `reports`,
 * `attributes`, `artifacts`, `lease`, `suggestion`. A file to be read needs the columns of its parameters only; a row with a value is then a complete
 * trial, one without waits.
 *
 * **Guarantees** `decode(definition, encode(study))` has the same trials. Whatever is decoded is a study or one typed error with
 * row (the header is row 1) and column.
 *
 * **Does not guarantee** What a CSV cannot tell: the definition comes from elsewhere, attributes of the study itself are left out.
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import * as Csv from "../internal/csv.ts"
import type { Declaration, SpaceVariable, Value } from "../space/SearchSpace.ts"
import type { Definition } from "../study/Definition.ts"
import type { State } from "../study/StudyState.ts"
import { make, ofTrial, parseTrial } from "./StudyRecord.ts"
import type { Made, TrialRecord } from "./StudyRecord.ts"

/** A cell, or the file as a whole, cannot be read. */
export class InvalidCsv extends Schema.TaggedError<InvalidCsv>("@mabeam/optimize/StudyCsv/InvalidCsv")("InvalidCsv", {
  /** From 1, which is the header. */
  row: Schema.Int,
  column: Schema.optional(Schema.String),
  problem: Schema.String
}) {
  override get message() {
    return `row ${this.row}${this.column === undefined ? "" : `, column "${this.column}"`}: ${this.problem}`
  }
}

const WORDS = ["state", "sampler", "owner"] as const
const NUMBERS = ["number", "attempt", "startedAt", "endedAt"] as const
const JSONS = ["constraints", "failures", "reports", "attributes", "artifacts", "lease", "suggestion"] as const
const PARAM = "param_"

const valueColumns = ({ directions }: Definition): ReadonlyArray<string> =>
  directions.length === 1 ? ["value"] : directions.map((_, objective) => `value_${objective}`)

const choicesOf = ({ domain }: SpaceVariable): ReadonlyArray<Value> => ("choices" in domain ? domain.choices : [])

/** Texts that would read as nothing, as JSON or as another choice are written as JSON. */
const writeParam = (variable: SpaceVariable, value: Value | undefined): string => {
  if (value === undefined) return ""
  if (typeof value !== "string") return String(value)
  const isOther = choicesOf(variable).some((choice) => typeof choice !== "string" && String(choice) === value)
  return isOther || value === "" || value.startsWith(`"`) ? JSON.stringify(value) : value
}

/** The value that a text means; `undefined` where it means none. */
const readParam = (variable: SpaceVariable, text: string): Value | undefined => {
  const { domain } = variable
  if (domain.type === "boolean") return text === "true" ? true : text === "false" ? false : undefined
  if (!("choices" in domain)) return readNumber(text)
  const other = domain.choices.find((choice) => typeof choice !== "string" && String(choice) === text)
  if (other !== undefined) return other
  if (!text.startsWith(`"`)) return text
  const json = readJson(text)
  return typeof json === "string" ? json : undefined
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/

const readNumber = (text: string): number | undefined => (NUMBER.test(text) ? Number(text) : undefined)

const readJson = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** Writes the trials of a study. */
export const encode = (state: State): string => {
  const { definition, trials } = state
  const { variables } = definition.space
  const names = valueColumns(definition)
  const header = [
    "number",
    "state",
    "sampler",
    "attempt",
    ...names,
    ...variables.map(({ name }) => `${PARAM}${name}`),
    "startedAt",
    "endedAt",
    "owner",
    ...JSONS
  ]
  const rows = trials.map((trial) => {
    const record = ofTrial(trial, definition.space.open)
    const { attempt, endedAt = "", number, owner = "", sampler, startedAt = "", values = [] } = record
    const params = new Map<string, Value>(Object.entries(record.params))
    const jsons = JSONS.map((key) => (record[key] === undefined ? "" : JSON.stringify(record[key])))
    return [
      ...[number, record.state, sampler, attempt].map(String),
      ...names.map((_, objective) => String(values[objective] ?? "")),
      ...variables.map((variable) => writeParam(variable, params.get(variable.name))),
      ...[startedAt, endedAt].map(String),
      owner,
      ...jsons
    ]
  })
  return Csv.write([header, ...rows])
}

type Cell = readonly [column: string, text: string]

/** Reads the cells of one row into a record of a trial. */
const readRow = (
  definition: Definition,
  variables: ReadonlyMap<string, SpaceVariable>,
  cells: ReadonlyArray<Cell>,
  row: number
): Result.Result<unknown, InvalidCsv> => {
  const record = new Map<string, unknown>()
  const params = new Map<string, Value>()
  const values: Array<number> = []
  const names = valueColumns(definition)
  for (const [column, text] of cells) {
    if (text === "") continue
    const refuse = (problem: string) => Result.fail(new InvalidCsv({ row, column, problem }))
    const variable = variables.get(column)
    const objective = names.indexOf(column)
    if (variable !== undefined) {
      const value = readParam(variable, text)
      if (value === undefined) return refuse(`${JSON.stringify(text)} is not a value of this variable`)
      params.set(variable.name, value)
    } else if (objective >= 0 || NUMBERS.some((name) => name === column)) {
      const number = readNumber(text)
      if (number === undefined) return refuse(`${JSON.stringify(text)} is not a number`)
      if (objective >= 0) values[objective] = number
      else record.set(column, number)
    } else if (JSONS.some((name) => name === column)) {
      const json = readJson(text)
      if (json === undefined) return refuse("is not JSON")
      record.set(column, json)
    } else record.set(column, text)
  }
  if (values.length > 0)
    record.set(
      "values",
      Array.from(values, (value) => value ?? null)
    )
  const state = record.get("state") ?? (values.length > 0 ? "complete" : "waiting")
  const defaults = { number: row - 2, sampler: "given", state, attempt: state === "waiting" ? 0 : 1 }
  return Result.succeed({ ...defaults, ...Object.fromEntries(record), params: Object.fromEntries(params) })
}

const checkHeader = (
  header: ReadonlyArray<string>,
  known: ReadonlySet<string>
): Result.Result<ReadonlyArray<string>, InvalidCsv> => {
  for (const [index, column] of header.entries()) {
    const refuse = (problem: string) => Result.fail(new InvalidCsv({ row: 1, column, problem }))
    if (!known.has(column)) return refuse("is not a column of this study")
    if (header.indexOf(column) !== index) return refuse("is there twice")
  }
  return Result.succeed(header)
}

/** The column that a path in a record was read from. */
const columnOf = (field: string, definition: Definition): string | undefined => {
  if (field.startsWith("params.")) return `${PARAM}${field.slice("params.".length)}`
  const objective = /^values(?:\[(\d+)\])?/.exec(field)
  if (objective !== null) return valueColumns(definition)[Number(objective[1] ?? 0)]
  return /^[A-Za-z]+/.exec(field)?.[0]
}

/** Reads trials of a study of this definition. */
export const decode = <D extends Declaration>(
  definition: Definition<D>,
  text: string
): Result.Result<Made<D>, InvalidCsv> =>
  Result.gen(function* () {
    const [first = [], ...rows] = yield* Result.mapError(Csv.read(text), (fault) => new InvalidCsv(fault))
    if (first.length === 0) return yield* Result.fail(new InvalidCsv({ row: 1, problem: "there is no header" }))
    const variables = new Map(definition.space.variables.map((it) => [`${PARAM}${it.name}`, it]))
    const known = new Set([...WORDS, ...NUMBERS, ...JSONS, ...valueColumns(definition), ...variables.keys()])
    const header = yield* checkHeader(first, known)
    const trials: Array<TrialRecord> = []
    for (const [index, cells] of rows.entries()) {
      const row = index + 2
      if (cells.length !== header.length) {
        const problem = `has ${cells.length} cells, the header has ${header.length}`
        return yield* Result.fail(new InvalidCsv({ row, problem }))
      }
      const named = header.map((column, i): Cell => [column, cells[i] ?? ""])
      const record = yield* readRow(definition, variables, named, row)
      trials.push(
        yield* Result.mapError(
          parseTrial(record, index),
          ({ field, problem }) => new InvalidCsv({ row, column: columnOf(field, definition), problem })
        )
      )
    }
    return yield* Result.mapError(
      make(definition, { trials }),
      ({ field, problem, trial = 0 }) =>
        new InvalidCsv({ row: trial + 2, column: columnOf(field, definition), problem })
    )
  })
