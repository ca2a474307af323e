/**
 * The command line of the bench.
 *
 * @since 0.1.0
 */
import { parseArgs } from "node:util"
import type { Case } from "./case.ts"
import { cases, select } from "./catalog.ts"
import type { Effort } from "./measure.ts"

/** What the command line asks for. */
export type Command =
  | { readonly _tag: "Help" }
  | { readonly _tag: "List" }
  | { readonly _tag: "Run"; readonly cases: ReadonlyArray<Case>; readonly json: boolean; readonly effort: Effort }
  | { readonly _tag: "Refused"; readonly because: string }

export const help = `usage: bench [--case NAME[,NAME]]... [--json] [--quick] [--list]

Measures every row of the design, each in a process of its own, and compares it with the BEAM's figure or with its limit.

  --case NAME   only this case, or all whose names begin so; may be given again. "A11" is the limit of behaviour A11.
  --json        one JSON line for each measurement instead of the table
  --quick       3 short repetitions at full size: figures for orientation
  --tiny        1 repetition at a hundredth of the size: only to see that every case runs
  --list        the cases
  --help        this text
`

const efforts = {
  full: { reps: 5, warm: 3, capMillis: 300, shrink: 1 },
  quick: { reps: 3, warm: 1, capMillis: 100, shrink: 1 },
  tiny: { reps: 1, warm: 0, capMillis: 5, shrink: 100 }
} as const

const options = {
  case: { type: "string", multiple: true },
  json: { type: "boolean" },
  quick: { type: "boolean" },
  tiny: { type: "boolean" },
  list: { type: "boolean" },
  help: { type: "boolean" }
} as const

/** Understands the arguments, or says why not. */
export const parse = (args: ReadonlyArray<string>): Command => {
  try {
    // Some runners hand the separator through.
    const given = args[0] === "--" ? args.slice(1) : [...args]
    const { values } = parseArgs({ args: given, options, strict: true })
    if (values.help === true) return { _tag: "Help" }
    if (values.list === true) return { _tag: "List" }
    const words = (values.case ?? []).flatMap((each) => namesIn(each))
    const unknown = words.filter((word) => select(word).length === 0)
    if (unknown.length > 0) {
      return { _tag: "Refused", because: `no case is called ${unknown.map((word) => `"${word}"`).join(", ")}` }
    }
    const wanted = new Set(words.flatMap((word) => select(word)))
    return {
      _tag: "Run",
      cases: values.case === undefined ? cases : cases.filter((each) => wanted.has(each)),
      json: values.json ?? false,
      effort: values.tiny === true ? efforts.tiny : values.quick === true ? efforts.quick : efforts.full
    }
  } catch (error) {
    return { _tag: "Refused", because: error instanceof Error ? error.message : String(error) }
  }
}

/** A name may have a comma of its own; only if it is no name as a whole, it is a list. */
const namesIn = (given: string): ReadonlyArray<string> =>
  select(given).length > 0 ? [given] : given.split(",").map((word) => word.trim())
