/**
 * A table of numbers with a class label, read from a CSV file.
 *
 * **Guarantees** Every feature is a finite number and every row has a class. A file that cannot be used is refused with one typed
 * error whose message names the place (line, column) and the fix; all bad rows are found in one go, the first 20 are told.
 * Class numbers do not depend on the order of the rows.
 *
 * **Does not guarantee** Missing values are filled in: an empty field is a bad row.
 *
 * @since 0.1.0
 */
import { Effect, FileSystem, Result, Schema } from "effect"
import * as Csv from "./Csv.ts"

/** A table in memory: `x[row * features.length + column]`, `y[row]` indexes `classes`. */
export interface Dataset {
  /** Column names without the target, in the file's order. */
  readonly features: ReadonlyArray<string>
  readonly target: string
  /** Labels: ascending if all are numbers (`1`, `1.0` and `01` are one class), otherwise by code unit. */
  readonly classes: ReadonlyArray<string>
  readonly rows: number
  readonly x: Float64Array
  readonly y: Int32Array
}

/** A class needs one row in each part at least; five rows give 3, 1 and 1. */
export const ROWS_PER_CLASS_MIN = 5
/** So many bad rows are told one by one. */
export const BAD_ROWS_TOLD = 20
/** Larger files are refused before they are read: 64 MiB. */
export const FILE_BYTES_MAX = 64 * 1024 * 1024

/** The file cannot be read. */
export class FileUnreadable extends Schema.TaggedError<FileUnreadable>("@apps/demo/Dataset/FileUnreadable")(
  "FileUnreadable",
  { path: Schema.String, why: Schema.String }
) {
  override get message() {
    return `cannot read "${this.path}": ${this.why}. Check the path given with --data.`
  }
}

/** The file is larger than `FILE_BYTES_MAX`. */
export class FileTooLarge extends Schema.TaggedError<FileTooLarge>("@apps/demo/Dataset/FileTooLarge")("FileTooLarge", {
  path: Schema.String,
  bytes: Schema.Finite
}) {
  override get message() {
    return `"${this.path}" has ${this.bytes} bytes; the limit is ${FILE_BYTES_MAX}. Give a sample of its rows.`
  }
}

/** There is no header, or no row below it. */
export class NoRows extends Schema.TaggedError<NoRows>("@apps/demo/Dataset/NoRows")("NoRows", {
  missing: Schema.Literals(["header", "rows"])
}) {
  override get message() {
    return this.missing === "header"
      ? "the file is empty. Its first line has to name the columns."
      : "the file has a header and no rows. Give one row of numbers and a label per line below it."
  }
}

/** The header cannot be used: a name that is empty, given twice or badly quoted, or a single column. */
export class BadHeader extends Schema.TaggedError<BadHeader>("@apps/demo/Dataset/BadHeader")("BadHeader", {
  line: Schema.Int,
  problems: Schema.Array(Schema.String)
}) {
  override get message() {
    return `the header (line ${this.line}) cannot be used: ${this.problems.join("; ")}. Give each column one name of its own.`
  }
}

/** No column has the name of the target. */
export class TargetMissing extends Schema.TaggedError<TargetMissing>("@apps/demo/Dataset/TargetMissing")(
  "TargetMissing",
  { target: Schema.String, columns: Schema.Array(Schema.String) }
) {
  override get message() {
    const near = this.columns.find((name) => name.toLowerCase() === this.target.trim().toLowerCase())
    const shown = this.columns.slice(-8).map((name) => `"${Csv.clip(name)}"`)
    const list =
      this.columns.length > 8 ? `the last of ${this.columns.length} are ${shown.join(", ")}` : shown.join(", ")
    const hint = near === undefined ? "Name the label's column with --target." : `Did you mean --target ${near}?`
    return `there is no column "${this.target}". Columns: ${list}. ${hint}`
  }
}

/** Rows that cannot be used: the first `BAD_ROWS_TOLD` with their lines, and how many there are. */
export class BadRows extends Schema.TaggedError<BadRows>("@apps/demo/Dataset/BadRows")("BadRows", {
  rows: Schema.Array(Schema.Struct({ line: Schema.Int, problem: Schema.String })),
  total: Schema.Int
}) {
  override get message() {
    const told = this.rows.map(({ line, problem }) => `  line ${line}: ${problem}`)
    const rest = this.total - this.rows.length
    if (rest > 0) told.push(`  … and ${rest} more`)
    const count = this.total === 1 ? "1 row" : `${this.total} rows`
    return `${count} cannot be used. Correct or remove:\n${told.join("\n")}`
  }
}

/** The labels do not make classes that can be learned and tested. */
export class BadClasses extends Schema.TaggedError<BadClasses>("@apps/demo/Dataset/BadClasses")("BadClasses", {
  target: Schema.String,
  classes: Schema.Int,
  /** The classes with fewer than `ROWS_PER_CLASS_MIN` rows, up to 10 of them; empty if there is one class only. */
  small: Schema.Array(Schema.Struct({ label: Schema.String, rows: Schema.Int }))
}) {
  override get message() {
    if (this.small.length === 0) {
      return `column "${this.target}" has one class only. Choose the column to predict with --target.`
    }
    const list = this.small.map(({ label, rows }) => `"${Csv.clip(label)}" (${rows})`).join(", ")
    return (
      `column "${this.target}" has ${this.classes} classes, and these have fewer than ${ROWS_PER_CLASS_MIN} rows: ${list}. ` +
      "Give more rows of them, merge them, or choose another column with --target (a label, not a measured number)."
    )
  }
}

export type DatasetError = FileUnreadable | FileTooLarge | NoRows | BadHeader | TargetMissing | BadRows | BadClasses
export type ParseError = Exclude<DatasetError, FileUnreadable | FileTooLarge>

/** Reads and parses a file. Fails with the first kind of problem found, in the order of `DatasetError`. */
export const load = (options: {
  readonly path: string
  /** The column with the class label. */
  readonly target: string
}): Effect.Effect<Dataset, DatasetError, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const unreadable = (error: { readonly message: string }) =>
      new FileUnreadable({ path: options.path, why: error.message })
    const info = yield* Effect.mapError(fs.stat(options.path), unreadable)
    const bytes = Number(info.size)
    if (bytes > FILE_BYTES_MAX) return yield* new FileTooLarge({ path: options.path, bytes })
    const text = yield* Effect.mapError(fs.readFileString(options.path), unreadable)
    return yield* Effect.fromResult(parse(text, options.target))
  })

/** Parses the text of a CSV file with a header. Pure and total. */
export const parse = (text: string, target: string): Result.Result<Dataset, ParseError> => {
  const csv = Csv.parse(text)
  const header = csv.records[0]
  const first = csv.problems[0]
  if (first !== undefined && (header === undefined || first.line < header.line)) {
    return Result.fail(new BadHeader({ line: first.line, problems: [first.problem] }))
  }
  if (header === undefined) return Result.fail(new NoRows({ missing: "header" }))
  const columns = header.fields.map((name) => name.trim())
  const wrong = headerProblems(columns)
  if (wrong.length > 0) return Result.fail(new BadHeader({ line: header.line, problems: wrong }))
  const targetColumn = columns.indexOf(target.trim())
  if (targetColumn === -1) return Result.fail(new TargetMissing({ target, columns }))
  const rows = csv.records.slice(1)
  if (rows.length + csv.problems.length === 0) return Result.fail(new NoRows({ missing: "rows" }))
  return Result.flatMap(readRows(columns, targetColumn, rows, csv.problems), ({ labels, x }) =>
    classify(columns, targetColumn, x, labels)
  )
}

const headerProblems = (columns: ReadonlyArray<string>): ReadonlyArray<string> => {
  const problems: Array<string> = []
  const seen = new Map<string, number>()
  columns.forEach((name, index) => {
    const before = seen.get(name)
    if (name === "") problems.push(`column ${index + 1} has no name`)
    else if (before !== undefined)
      problems.push(`columns ${before + 1} and ${index + 1} are both named "${Csv.clip(name)}"`)
    else seen.set(name, index)
  })
  if (problems.length === 0 && columns.length < 2) {
    problems.push(`it has the one column "${Csv.clip(columns[0]!)}", and features beside the target are needed`)
  }
  return problems.length > BAD_ROWS_TOLD
    ? [...problems.slice(0, BAD_ROWS_TOLD), `and ${problems.length - BAD_ROWS_TOLD} more`]
    : problems
}

/** Numbers of every row and its label, or everything that is wrong. */
const readRows = (
  columns: ReadonlyArray<string>,
  targetColumn: number,
  records: ReadonlyArray<Csv.CsvRecord>,
  broken: ReadonlyArray<Csv.CsvProblem>
): Result.Result<{ readonly x: Float64Array; readonly labels: ReadonlyArray<string> }, BadRows> => {
  const x = new Float64Array(records.length * (columns.length - 1))
  const labels: Array<string> = []
  const problems = [...broken]
  let at = 0
  for (const { fields, line } of records) {
    const problem = rowProblem(columns, targetColumn, fields)
    if (problem !== undefined) {
      problems.push({ line, problem })
      continue
    }
    fields.forEach((field, column) => {
      if (column === targetColumn) labels.push(field.trim())
      else x[at++] = Number(field)
    })
  }
  if (problems.length === 0) return Result.succeed({ x, labels })
  problems.sort((a, b) => a.line - b.line)
  return Result.fail(new BadRows({ rows: problems.slice(0, BAD_ROWS_TOLD), total: problems.length }))
}

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/

const isNumber = (text: string): boolean => decimal.test(text) && Number.isFinite(Number(text))

/** The first thing wrong with a row, or undefined. */
const rowProblem = (
  columns: ReadonlyArray<string>,
  targetColumn: number,
  fields: ReadonlyArray<string>
): string | undefined => {
  if (fields.length !== columns.length) return `it has ${fields.length} fields and the header has ${columns.length}`
  for (let column = 0; column < fields.length; column++) {
    const field = fields[column]!.trim()
    const name = `column "${Csv.clip(columns[column]!)}"`
    if (field === "") return `${name} is empty`
    if (column !== targetColumn && !isNumber(field))
      return `${name} has "${Csv.clip(field)}", which is not a finite number`
  }
  return undefined
}

/** Numbers the labels and checks that each class has rows enough. */
const classify = (
  columns: ReadonlyArray<string>,
  targetColumn: number,
  x: Float64Array,
  labels: ReadonlyArray<string>
): Result.Result<Dataset, BadClasses> => {
  const numeric = labels.every(isNumber)
  const names = numeric ? labels.map((label) => String(Number(label) + 0)) : labels
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  const classes = [...counts.keys()].sort((a, b) => (numeric ? Number(a) - Number(b) : a < b ? -1 : 1))
  const target = columns[targetColumn]!
  const small = classes.filter((name) => counts.get(name)! < ROWS_PER_CLASS_MIN)
  if (classes.length === 1 || small.length > 0) {
    const told = classes.length === 1 ? [] : small.slice(0, 10)
    return Result.fail(
      new BadClasses({
        target,
        classes: classes.length,
        small: told.map((label) => ({ label, rows: counts.get(label)! }))
      })
    )
  }
  const index = new Map(classes.map((name, position) => [name, position]))
  const features = columns.filter((_, column) => column !== targetColumn)
  const y = Int32Array.from(names, (name) => index.get(name)!)
  return Result.succeed({ features, target, classes, rows: labels.length, x, y })
}
