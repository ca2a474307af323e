/**
 * Text for a terminal: colours that can be switched off, and lines that keep to a width. Pure.
 *
 * @since 0.1.0
 */
import { CliOutput } from "effect/cli"

const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36 } as const
export type Style = keyof typeof codes

/** Puts a colour around a text, or not. */
export type Paint = (style: Style, text: string) => string
export const plain: Paint = (_, text) => text
export const coloured: Paint = (style, text) => (text === "" ? "" : `\u001b[${codes[style]}m${text}\u001b[0m`)

// oxlint-disable-next-line no-control-regex -- colours are control characters
const colours = /\u001b\[[0-9;]*m/g
// oxlint-disable-next-line no-control-regex -- as above
const pieces = /\u001b\[[0-9;]*m|[^]/gu
// With what would turn the rest of a line around, and separators of lines.
// oxlint-disable-next-line no-control-regex -- the point is to keep them off the terminal
const controls = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]+/g

/** A text from outside without anything that could steer the terminal. */
export const clean = (text: string): string => text.replaceAll(controls, " ")

/** Columns a line takes; colours take none. */
export const widthOf = (line: string): number => CliOutput.displayWidth(line.replaceAll(colours, ""))

/** Cuts a line to a width, with `…` at the end of what was longer. Colours are closed. */
export const clip = (line: string, width: number): string => {
  if (widthOf(line) <= width) return line
  if (width < 1) return ""
  let kept = ""
  let used = 0
  let coloured = false
  // Pieces in turn: a colour, or one character.
  for (const [piece] of line.matchAll(pieces)) {
    if (piece.startsWith("\u001b[")) {
      coloured = piece !== "\u001b[0m"
      kept += piece
      continue
    }
    const wide = CliOutput.displayWidth(piece)
    if (used + wide > width - 1) break
    kept += piece
    used += wide
  }
  return `${kept}…${coloured ? "\u001b[0m" : ""}`
}

/** Fills up to a width, on the right or the left; longer ones are cut. */
export const padEnd = (text: string, width: number): string => {
  const cut = clip(text, width)
  return cut + " ".repeat(Math.max(0, width - widthOf(cut)))
}
export const padStart = (text: string, width: number): string => {
  const cut = clip(text, width)
  return " ".repeat(Math.max(0, width - widthOf(cut))) + cut
}

/** A left and a right part of one line; the right part goes first when there is no room. */
export const spread = (left: string, right: string, width: number): string => {
  const gap = width - widthOf(left) - widthOf(right)
  return gap >= 2 ? left + " ".repeat(gap) + right : clip(left, width)
}

/** `97.8 %`. */
export const percent = (share: number, digits = 1): string => `${(share * 100).toFixed(digits)} %`

/** `0.0123`, `1.2e-5`: three digits that count. */
export const short = (value: number | string | boolean): string => {
  if (typeof value !== "number") return clean(String(value))
  if (value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e6)) {
    return value.toExponential(1).replace(".0e", "e").replace("e+", "e")
  }
  return String(Number(value.toPrecision(3)))
}

/** `1 restart`, `2 restarts`. */
export const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? "" : "s"}`

/** `7 s`, `1 min 04 s`, `2 h 05 min`. */
export const duration = (millis: number): string => {
  const seconds = Math.max(0, Math.floor(millis / 1000))
  if (seconds < 60) return `${seconds} s`
  const pad = (part: number) => String(part).padStart(2, "0")
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${pad(seconds % 60)} s`
  return `${Math.floor(seconds / 3600)} h ${pad(Math.floor((seconds % 3600) / 60))} min`
}

/** `12 ms`, `0.8 s`. */
export const brief = (millis: number): string =>
  millis < 100 ? `${Math.max(0, Math.round(millis))} ms` : tenths(millis)

/** `0.8 s`. */
export const tenths = (millis: number): string => `${(Math.max(0, millis) / 1000).toFixed(1)} s`
