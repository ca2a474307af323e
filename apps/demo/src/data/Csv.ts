/**
 * Cuts the text of a CSV file into records, keeping the line each begins on.
 *
 * **Guarantees** Total: any text gives records or a list of what is wrong where. Understands a byte-order mark, LF, CRLF
 * and CR line ends, a blank last line (blank lines anywhere are passed over), quoted fields with doubled quotes, separators and line
 * ends inside, and comma, semicolon or tab as the separator, whichever the header has most of.
 *
 * **Does not guarantee** Decimal commas: `1,5` between semicolons is text to it.
 *
 * Source of the format: RFC 4180.
 *
 * @since 0.1.0
 */

/** One record: its fields without quotes, and the line (from 1) it begins on. */
export interface CsvRecord {
  readonly line: number
  readonly fields: ReadonlyArray<string>
}

/** Something wrong at a line (from 1). */
export interface CsvProblem {
  readonly line: number
  readonly problem: string
}

/** What a text holds: records in order, and problems in order. A record with a problem is not among the records. */
export interface Csv {
  readonly records: ReadonlyArray<CsvRecord>
  readonly problems: ReadonlyArray<CsvProblem>
}

const separators = [",", ";", "\t"]

/** The separator that occurs most in the first line, outside quotes; a comma if none does. */
export const separatorOf = (text: string): string => {
  const counts = new Map(separators.map((separator) => [separator, 0]))
  let quoted = false
  for (const char of text) {
    if (char === '"') quoted = !quoted
    if (quoted) continue
    if (char === "\n" || char === "\r") break
    const count = counts.get(char)
    if (count !== undefined) counts.set(char, count + 1)
  }
  return separators.reduce((best, next) => (counts.get(next)! > counts.get(best)! ? next : best))
}

/** Cuts `text` into records. Linear in its length. */
export const parse = (text: string): Csv => {
  const start = text.charCodeAt(0) === 0xfeff ? 1 : 0
  const separator = separatorOf(text.slice(start))
  const records: Array<CsvRecord> = []
  const problems: Array<CsvProblem> = []
  let at = start
  let line = 1
  while (at < text.length) {
    const record = readRecord(text, at, line, separator)
    if (record.problem !== undefined) problems.push({ line, problem: record.problem })
    else if (record.fields.length > 1 || record.fields[0]!.trim() !== "") records.push({ line, fields: record.fields })
    at = record.next
    line = record.line
  }
  return { records, problems }
}

interface ReadRecord {
  readonly fields: ReadonlyArray<string>
  readonly problem: string | undefined
  readonly next: number
  /** The line after the record. */
  readonly line: number
}

/** Reads one record from `from`, its line end included. */
const readRecord = (text: string, from: number, startLine: number, separator: string): ReadRecord => {
  const fields: Array<string> = []
  let at = from
  let line = startLine
  let problem: string | undefined
  for (;;) {
    const field = text[at] === '"' ? readQuoted(text, at) : readPlain(text, at, separator)
    problem ??= field.problem
    line += field.lines
    fields.push(field.value)
    at = field.next
    const char = text[at]
    if (char === separator) {
      at++
    } else {
      // `at` stands on a line end or past the text: a field that has something else behind it has read to the line's end.
      if (char === "\r" && text[at + 1] === "\n") at++
      return { fields, problem, next: at + 1, line: line + 1 }
    }
    if (at >= text.length) {
      fields.push("")
      return { fields, problem, next: at, line: line + 1 }
    }
  }
}

interface ReadField {
  readonly value: string
  readonly next: number
  /** Line ends inside the field. */
  readonly lines: number
  readonly problem: string | undefined
}

/** Reads up to the separator or the line end. */
const readPlain = (text: string, from: number, separator: string): ReadField => {
  let at = from
  while (at < text.length && text[at] !== separator && text[at] !== "\n" && text[at] !== "\r") at++
  return { value: text.slice(from, at), next: at, lines: 0, problem: undefined }
}

/** Reads a quoted field; after an error it goes on at the end of the line, so that later lines are still looked at. */
const readQuoted = (text: string, from: number): ReadField => {
  let value = ""
  let lines = 0
  let at = from + 1
  for (;;) {
    const quote = text.indexOf('"', at)
    if (quote === -1) {
      const next = endOfLine(text, from)
      return { value: "", next, lines: 0, problem: "a quoted field begins here and is never closed" }
    }
    const piece = text.slice(at, quote)
    lines += piece.match(/\r\n|\r|\n/g)?.length ?? 0
    value += piece
    at = quote + 1
    if (text[at] !== '"') break
    value += '"'
    at++
  }
  const after = text[at]
  if (after === undefined || after === "\n" || after === "\r" || separators.includes(after)) {
    return { value, next: at, lines, problem: undefined }
  }
  const problem = `there is text after the closing quote of "${clip(value)}"`
  return { value, next: endOfLine(text, at), lines, problem }
}

const endOfLine = (text: string, from: number): number => {
  let at = from
  while (at < text.length && text[at] !== "\n" && text[at] !== "\r") at++
  return at
}

/** Shortens a value for a message. */
export const clip = (value: string): string => (value.length > 40 ? `${value.slice(0, 39)}…` : value)
