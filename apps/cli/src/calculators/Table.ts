/**
 * Answers as lines for people. Pure.
 *
 * **Guarantees** Every field of an answer is shown, under its name in the JSON; nothing in it steers the terminal. What is the
 * same for several parts of an answer, such as the duels of one election, is shown once. Numbers have ten digits that count. On a terminal lines are cut to its width; in a pipe they are whole.
 *
 * **Does not guarantee** More than `rowsMax` rows of one list: the line after them says how many there are, and `--json` has all.
 *
 * @since 0.1.0
 */
import type { Screen } from "@apps/demo/Screen"
import * as Text from "@apps/demo/Text"
import type { Calculator } from "@mabeam/economics"
import { Equal } from "effect"

type Json = Calculator.Json
type Look = Pick<Screen, "isLive" | "colour" | "columns">

/** Rows of one list: 200. */
export const rowsMax = 200
/** A list of plain values that is longer than this gets a row for each. */
const inlineMax = 100

const isList = (value: Json): value is ReadonlyArray<Json> => Array.isArray(value)
const isObject = (value: Json): value is Calculator.JsonObject =>
  typeof value === "object" && value !== null && !isList(value)
const isScalar = (value: Json): boolean => typeof value !== "object" || value === null

/** An answer, or a list of answers, as printed with `--json`. */
export const linesOf = (answer: Json, look: Look): ReadonlyArray<string> => {
  const lines = isList(answer) ? answers(answer, look) : whole(answer, look)
  return look.isLive ? lines.map((line) => Text.clip(line, look.columns())) : lines
}

const answers = (list: ReadonlyArray<Json>, look: Look): ReadonlyArray<string> =>
  list.length === 0
    ? ["no inputs, no answers"]
    : list.flatMap((answer, index) => [
        ...(index === 0 ? [] : [""]),
        paintOf(look)(
          "bold",
          `── ${index + 1}${isObject(answer) && "id" in answer ? `: ${scalar(answer["id"] ?? null)}` : ""}`
        ),
        ...whole(isObject(answer) ? without(answer, "id") : answer, look)
      ])

const paintOf = ({ colour }: Look): Text.Paint => (colour ? Text.coloured : Text.plain)

const without = (object: Calculator.JsonObject, key: string): Calculator.JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([name]) => name !== key))

const whole = (answer: Json, look: Look): ReadonlyArray<string> => {
  if (!isObject(answer)) return [scalar(answer)]
  const refusal = refusalOf(answer)
  return refusal === undefined ? fields(answer, look, "") : [`${paintOf(look)("red", "refused")}  ${refusal}`]
}

const refusalOf = ({ error }: Calculator.JsonObject): string | undefined =>
  error !== undefined && isObject(error) && typeof error["message"] === "string"
    ? `${scalar(error["message"])}  (${scalar(error["tag"] ?? null)})`
    : undefined

/** What the parts of an answer have shown so far, by its name, and the part in which it stands. */
type Shown = Map<string, Array<{ readonly value: Json; readonly part: string }>>

/** In which part a value stands already; from now on in this one. */
const partWith = (shown: Shown, name: string, value: Json, part: string): string | undefined => {
  const before = shown.get(name) ?? []
  const found = before.find((it) => Equal.equals(it.value, value))
  if (found === undefined) shown.set(name, [...before, { value, part }])
  return found?.part
}

/** Plain values first come first, aligned; what has rows of its own follows under its name. */
const fields = (
  object: Calculator.JsonObject,
  look: Look,
  indent: string,
  part?: { readonly name: string; readonly shown: Shown }
): ReadonlyArray<string> => {
  const shown: Shown = part?.shown ?? new Map()
  const paint = paintOf(look)
  const entries = Object.entries(object).map(([name, value]) => {
    const refusal = isObject(value) ? refusalOf(value) : undefined
    if (refusal !== undefined)
      return { name: Text.clean(name), value, inline: `${paint("red", "refused")}  ${refusal}` }
    const inline = inlined(value)
    const where = inline === undefined && part !== undefined ? partWith(shown, name, value, part.name) : undefined
    return { name: Text.clean(name), value, inline: where === undefined ? inline : `as under ${where}` }
  })
  const width = Math.max(
    0,
    ...entries.filter(({ inline }) => inline !== undefined).map(({ name }) => Text.widthOf(name))
  )
  return entries.flatMap(({ inline, name, value }) =>
    inline === undefined
      ? [`${indent}${paint("cyan", name)}`, ...block(value, look, `${indent}  `, { name, shown })]
      : [`${indent}${paint("cyan", Text.padEnd(name, width))}  ${inline}`]
  )
}

/** A value as part of a line, if it fits there. */
const inlined = (value: Json): string | undefined => {
  if (isScalar(value)) return scalar(value)
  const parts = isList(value) ? value : Object.values(value as Calculator.JsonObject)
  if (parts.length === 0) return "none"
  if (!parts.every(isScalar)) return undefined
  const text = isList(value)
    ? value.map(scalar).join(", ")
    : Object.entries(value as Calculator.JsonObject)
        .map(([name, part]) => `${Text.clean(name)} ${scalar(part)}`)
        .join(" · ")
  const isShort = isList(value) ? text.length <= inlineMax : parts.length <= 2 && text.length <= inlineMax
  return isShort ? text : undefined
}

const block = (
  value: Json,
  look: Look,
  indent: string,
  part: { readonly name: string; readonly shown: Shown }
): ReadonlyArray<string> => {
  const rows = rowsOf(value)
  if (rows === undefined) return isObject(value) ? fields(value, look, indent, part) : listed(value, look, indent)
  const kept = rows.cells.slice(0, rowsMax)
  const grid = rows.head === undefined ? kept : [rows.head, ...kept]
  const columns = Math.max(0, ...grid.map(({ length }) => length))
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(0, ...grid.map((row) => Text.widthOf(row[column]?.text ?? "")))
  )
  const paint = paintOf(look)
  const lines = grid.map((row, index) => {
    const cells = row.map(({ isNumber, text }, column) =>
      (isNumber ? Text.padStart : Text.padEnd)(text, widths[column] ?? 0)
    )
    const line = `${indent}${cells.join("  ")}`.trimEnd()
    return index === 0 && rows.head !== undefined ? paint("dim", line) : line
  })
  const more = rows.cells.length - kept.length
  return more === 0 ? lines : [...lines, `${indent}… and ${more} more; --json has all`]
}

const listed = (value: Json, look: Look, indent: string): ReadonlyArray<string> =>
  (isList(value) ? value.slice(0, rowsMax) : [value]).flatMap((item, index) => [
    `${indent}${index + 1}`,
    ...(isObject(item) ? fields(item, look, `${indent}  `) : [`${indent}  ${inlined(item) ?? scalar(item)}`])
  ])

// --- grids -----------------------------------------------------------------------------------------------------------

interface Cell {
  readonly text: string
  readonly isNumber: boolean
}
type Row = ReadonlyArray<Cell>

const cell = (value: Json | undefined): Cell => ({
  text: value === undefined ? "" : (inlined(value) ?? ""),
  isNumber: typeof value === "number"
})
const title = (text: string, isNumber: boolean): Cell => ({ text: Text.clean(text), isNumber })

/** A value as a grid, if it is one: its parts are plain, or plain records of the same kind. */
const rowsOf = (value: Json): { readonly head?: Row; readonly cells: ReadonlyArray<Row> } | undefined => {
  const entries = Object.entries(value as Calculator.JsonObject | ReadonlyArray<Json>)
  const parts = entries.map(([, part]) => part)
  const named = isList(value) ? undefined : entries.map(([name]) => title(name, false))
  const label = (index: number): Row => (named === undefined ? [] : [named[index]!])
  if (parts.every((part) => inlined(part) === "none")) return undefined
  if (parts.every(isScalar)) return { cells: parts.map((part, index) => [...label(index), cell(part)]) }
  if (parts.every(isFlat) && parts.every(isList)) {
    return { cells: parts.map((part, index) => [...label(index), ...part.map(cell)]) }
  }
  if (!parts.every(isObject) || !parts.every(isFlat)) return undefined
  const keys = columnsOf(parts, isList(value) ? [] : entries.map(([name]) => name))
  const isNumeric = (key: string) => parts.every((part) => typeof part[key] === "number" || !Object.hasOwn(part, key))
  const head = [...(named === undefined ? [] : [title("", false)]), ...keys.map((key) => title(key, isNumeric(key)))]
  return {
    head,
    cells: parts.map((part, index) => [
      ...label(index),
      ...keys.map((key) => cell(Object.hasOwn(part, key) ? part[key] : undefined))
    ])
  }
}

/** All keys of the parts; where rows and columns have the same names, as in a duel of each with each, in the order of the rows. */
const columnsOf = (
  parts: ReadonlyArray<Calculator.JsonObject>,
  names: ReadonlyArray<string>
): ReadonlyArray<string> => {
  const keys = new Set(parts.flatMap((part) => Object.keys(part)))
  return names.length === keys.size && names.every((name) => keys.has(name)) ? names : [...keys]
}

/** Whether all parts of a value fit into a cell. */
const isFlat = (value: Json): boolean =>
  !isScalar(value) && Object.values(value as Calculator.JsonObject).every((part) => inlined(part) !== undefined)

const scalar = (value: Json): string => {
  if (value === null) return "–"
  if (typeof value === "boolean") return value ? "yes" : "no"
  return typeof value === "number" ? String(Number(value.toPrecision(10))) : Text.clean(String(value))
}
