/** What the line of a program says. Pure. */
import { Result } from "effect"
import { answerOf, InvalidAnswer, ObjectiveFailed } from "../objective/Objective.ts"
import type { Evaluated } from "../objective/Objective.ts"
import type { Line } from "./lineSplitter.ts"

/** A line understood. */
export type Said =
  | { readonly _tag: "Report"; readonly step: number; readonly value: number | ReadonlyArray<number> }
  /** An answer, good or bad: the program waits for the next trial. */
  | { readonly _tag: "Ended"; readonly result: Result.Result<Evaluated, ObjectiveFailed | InvalidAnswer> }
  /** Nothing of ours: what the program will say next cannot be known. */
  | { readonly _tag: "Garbage"; readonly failure: InvalidAnswer }

/** Most characters of a line that a message shows. */
const SHOWN_MAX = 80

const shown = (text: string): string => JSON.stringify(text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text)

const garbage = (reason: string): Said => ({ _tag: "Garbage", failure: new InvalidAnswer({ reason }) })

/** Strings, and what some languages write where JSON has no number. */
const notNumbers = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity|nan|inf)\b/g

/** Parses JSON in which numbers may be missing: `NaN` and `Infinity` become texts, which are no numbers either. */
const parse = (text: string): unknown =>
  JSON.parse(text.replaceAll(notNumbers, (found) => (found.startsWith('"') ? found : JSON.stringify(found))))

/** Reads a line of a program. */
export const read = (line: Line, objectives: number): Said => {
  try {
    return understood(line, objectives)
  } catch (error) {
    // What is nested deeper than the stack can be read, but not be written into a message.
    if (error instanceof RangeError) return garbage(`a line that is nested too deeply: ${shown(line.text)}`)
    throw error
  }
}

const understood = ({ isWhole, text }: Line, objectives: number): Said => {
  if (!isWhole) return garbage(`a line that is too long or no UTF-8: ${shown(text)}`)
  let json: unknown
  try {
    json = parse(text)
  } catch {
    return garbage(`a line that is not JSON: ${shown(text)}`)
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    return garbage(`a line that is not a JSON object: ${shown(text)}`)
  }
  const said = new Map<string, unknown>(Object.entries(json))
  if (said.has("error")) {
    const error = said.get("error")
    const reason = typeof error === "string" && error !== "" ? error : JSON.stringify(error)
    return { _tag: "Ended", result: Result.fail(new ObjectiveFailed({ reason })) }
  }
  if (said.has("value") || said.has("values")) return { _tag: "Ended", result: answerOf(json, objectives) }
  if (said.has("step") && said.has("intermediate")) {
    // What is no step or no value is refused where it is reported.
    return { _tag: "Report", step: asNumber(said.get("step")), value: asValue(said.get("intermediate")) }
  }
  return garbage(`a line without value, values, error, or step and intermediate: ${shown(text)}`)
}

const asNumber = (value: unknown): number => (typeof value === "number" ? value : Number.NaN)

const asValue = (value: unknown): number | ReadonlyArray<number> =>
  Array.isArray(value) ? value.map(asNumber) : asNumber(value)
