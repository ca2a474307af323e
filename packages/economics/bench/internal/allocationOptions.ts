/** The command line of `allocation.ts`. */
import { Result } from "effect"
import { parseArgs } from "node:util"
import * as AllocationWorld from "../../src/allocation/AllocationWorld.ts"

/** A world to compare policies in, and its name. */
export interface Setting {
  readonly name: string
  readonly settings: AllocationWorld.Settings
}

/** What the command line asks for. */
export type Command =
  | { readonly _tag: "Help" }
  | { readonly _tag: "Run"; readonly seeds: number; readonly worlds: ReadonlyArray<Setting> }
  | { readonly _tag: "Refused"; readonly because: string }

const presets = new Map<string, AllocationWorld.Settings>(Object.entries(AllocationWorld.presets))
const names = [...presets.keys()].join(", ")

/** Fewer seeds give no intervals. */
const seedsMin = 5
const seedsMax = 1000

export const help = `usage: bench:allocation [--seeds N] [--preset NAME[,NAME]]... [--ticks N]

Compares ways of allocating tasks in simulated worlds: an auction with reputation, round robin, random, greedy, and what
the auction is made of. Every policy meets the same worlds, one for each seed. Prints means with 95 % intervals.

  --seeds N      seeds 1 to N, from ${seedsMin} to ${seedsMax}; default 30
  --preset NAME  ${names}; several by commas or by giving it again; default all
  --ticks N      how long tasks arrive, up to 10000; default 400
  --help         this text

Example: bench:allocation --preset liars --seeds 10 --ticks 100

Exit 0 when all was printed, 2 for bad arguments, 130 when it was interrupted.
`

const options = {
  seeds: { type: "string" },
  preset: { type: "string", multiple: true },
  ticks: { type: "string" },
  help: { type: "boolean", short: "h" }
} as const

/** A whole number in plain digits, or `NaN`. */
const wholeOf = (text: string): number => (/^\d{1,9}$/.test(text) ? Number(text) : Number.NaN)

const refused = (because: string): Command => ({ _tag: "Refused", because })

const worldsOf = (wanted: ReadonlyArray<string>, ticks: number | undefined): ReadonlyArray<Setting> | string => {
  const worlds: Array<Setting> = []
  for (const name of new Set(wanted)) {
    const preset = presets.get(name)
    if (preset === undefined) return `--preset: none is called ${JSON.stringify(name)}; there are ${names}`
    const settings = AllocationWorld.decode({ ...preset, ticks: ticks ?? preset.ticks })
    if (Result.isFailure(settings)) return `--${settings.failure.message}`
    worlds.push({ name, settings: settings.success })
  }
  return worlds
}

/** Understands the arguments, or says why not. */
export const parse = (args: ReadonlyArray<string>): Command => {
  try {
    // Some runners hand the separator through.
    const given = args[0] === "--" ? args.slice(1) : [...args]
    const { values } = parseArgs({ args: given, options, strict: true })
    if (values.help === true) return { _tag: "Help" }
    const seeds = wholeOf(values.seeds ?? "30")
    if (!(seeds >= seedsMin && seeds <= seedsMax)) {
      return refused(`--seeds: ${JSON.stringify(values.seeds)} is not a whole number from ${seedsMin} to ${seedsMax}`)
    }
    const ticks = values.ticks === undefined ? undefined : wholeOf(values.ticks)
    if (Number.isNaN(ticks)) return refused(`--ticks: ${JSON.stringify(values.ticks)} is not a whole number`)
    const wanted = (values.preset ?? [...presets.keys()]).flatMap((each) => each.split(",").map((name) => name.trim()))
    const worlds = worldsOf(wanted, ticks)
    return typeof worlds === "string" ? refused(worlds) : { _tag: "Run", seeds, worlds }
  } catch (error) {
    return refused(error instanceof Error ? error.message : String(error))
  }
}
