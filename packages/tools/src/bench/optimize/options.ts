/**
 * The command line of the comparison of samplers.
 *
 * @since 0.1.0
 */
import { availableParallelism } from "node:os"
import { parseArgs } from "node:util"
import { Samplers } from "@mabeam/optimize"
import { entries } from "./problems.ts"
import * as Team from "./team.ts"

/** What is compared, and how. */
export interface Plan {
  readonly functions: ReadonlyArray<string>
  readonly samplers: ReadonlyArray<string>
  readonly seeds: number
  /** Ascending. */
  readonly budgets: ReadonlyArray<number>
  readonly optuna: boolean
  readonly times: boolean
  readonly json: boolean
  readonly workers: number
}

/** What the command line asks for. */
export type Command =
  | { readonly _tag: "Help" }
  | { readonly _tag: "Run"; readonly plan: Plan }
  | { readonly _tag: "Refused"; readonly because: string }

const functionNames = entries.map(({ name }) => name)
const samplerNames = [...Samplers.makers.keys(), Team.NAME]

export const help = `usage: bench:optimize [options]

Runs samplers on functions with known minima and prints how far the best value is from the minimum after some evaluations: median
and quartiles over the seeds, mean ranks, times of suggestions, and which marks are reached.

  --functions A,B   of ${functionNames.join(", ")}; default all
  --samplers A,B    of ${samplerNames.join(", ")}; default all (team: agents
                    with ${Team.MEMBERS.join(", ")} that share one study)
  --seeds N         runs of each sampler on each function, with seeds 1 to N; default 20
  --budgets A,B     evaluations after which the best value is looked at; default 25,50,100,200
  --optuna          run Optuna's TPE beside them, if a python3 has it
  --no-times        leave out the times of suggestions
  --workers N       processes that work at once; default ${Math.min(2, availableParallelism())}
  --json            one JSON document instead of the tables
  --help            this text

example: bench:optimize --functions branin,mixed --samplers tpe,gp --seeds 5 --budgets 25,50
`

const options = {
  functions: { type: "string" },
  samplers: { type: "string" },
  seeds: { type: "string" },
  budgets: { type: "string" },
  optuna: { type: "boolean" },
  "no-times": { type: "boolean" },
  workers: { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean" }
} as const

class Refusal extends Error {}

const listOf = (text: string | undefined, option: string, known: ReadonlyArray<string>): ReadonlyArray<string> => {
  if (text === undefined) return known
  const words = text.split(",").map((word) => word.trim())
  for (const word of words) {
    if (!known.includes(word)) throw new Refusal(`--${option}: there is no "${word}"; there are ${known.join(", ")}`)
  }
  return known.filter((word) => words.includes(word))
}

const wholeOf = (text: string, option: string, most: number): number => {
  const value = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN
  if (!(value >= 1 && value <= most)) {
    throw new Refusal(`--${option}: "${text}" is not a whole number from 1 to ${most}`)
  }
  return value
}

/** Understands the arguments, or says why not. */
export const parse = (args: ReadonlyArray<string>): Command => {
  try {
    // Some runners hand the separator through.
    const given = args[0] === "--" ? args.slice(1) : [...args]
    const { values } = parseArgs({ args: given, options, strict: true })
    if (values.help === true) return { _tag: "Help" }
    const budgets = (values.budgets ?? "25,50,100,200").split(",").map((text) => wholeOf(text, "budgets", 10_000))
    return {
      _tag: "Run",
      plan: {
        functions: listOf(values.functions, "functions", functionNames),
        samplers: listOf(values.samplers, "samplers", samplerNames),
        seeds: wholeOf(values.seeds ?? "20", "seeds", 10_000),
        budgets: [...new Set(budgets)].sort((a, b) => a - b),
        optuna: values.optuna ?? false,
        times: values["no-times"] !== true,
        json: values.json ?? false,
        workers: wholeOf(values.workers ?? `${Math.min(2, availableParallelism())}`, "workers", 64)
      }
    }
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return { _tag: "Refused", because: error.message }
  }
}
