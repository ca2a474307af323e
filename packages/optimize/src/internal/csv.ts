/**
 * Comma-separated values (RFC 4180): fields in quotes may hold commas, line breaks and doubled quotes.
 *
 * **Guarantees** `read(write(rows))` gives the rows back, but for empty last rows of one field. Lines may end in CRLF, LF or CR; a
 * byte-order mark is skipped.
 *
 * @since 0.1.0
 */
import { Result } from "effect"

/** Where a text is not CSV: the number of the row, from 1. */
export interface CsvFault {
  readonly row: number
  readonly problem: string
}

const quoted = (field: string): string => (/[",\r\n]/.test(field) ? `"${field.replaceAll(`"`, `""`)}"` : field)

/** Writes rows; every line ends in CRLF. */
export const write = (rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  // A row of one empty field would read as no row at all.
  rows.map((row) => `${row.length === 1 && row[0] === "" ? `""` : row.map(quoted).join(",")}\r\n`).join("")

/** Where a field that begins at a place ends, its quotes included; -1 when they are not closed. */
const endOf = (text: string, start: number): number => {
  let at = start
  if (text[start] !== `"`) {
    while (at < text.length && !`",\r\n`.includes(text[at]!)) at += 1
    return at
  }
  do {
    at = text.indexOf(`"`, at + 1)
    if (at === -1) return -1
    at += 1
  } while (text[at] === `"`)
  return at
}

/** Reads rows. Rows without a character are skipped. */
export const read = (text: string): Result.Result<ReadonlyArray<ReadonlyArray<string>>, CsvFault> => {
  const rows: Array<ReadonlyArray<string>> = []
  let row: Array<string> = []
  let number = 1
  let at = text.startsWith("\ufeff") ? 1 : 0
  const refuse = (problem: string) => Result.fail({ row: number, problem })
  while (at < text.length) {
    const start = at
    at = endOf(text, start)
    if (at === -1) return refuse("a quote is not closed")
    const isQuoted = text[start] === `"`
    row.push(isQuoted ? text.slice(start + 1, at - 1).replaceAll(`""`, `"`) : text.slice(start, at))
    const next = text[at]
    if (next === `"` || (isQuoted && next !== undefined && !",\r\n".includes(next))) {
      return refuse("a quote stands in the middle of a field")
    }
    if (next === ",") {
      at += 1
      if (at < text.length) continue
      row.push("")
    }
    if (row.length > 1 || at > start) {
      rows.push(row)
      number += 1
    }
    row = []
    at += text.startsWith("\r\n", at) ? 2 : 1
  }
  return Result.succeed(rows)
}
