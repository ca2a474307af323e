/**
 * Does it pay to allocate tasks by an auction with reputation? Prints figures, paired differences, and what lying or asking
 * more gains, over many seeds in several worlds. Run it with the root script `bench:allocation`; `--help` says how.
 */
import { setImmediate } from "node:timers/promises"
import * as AllocationComparison from "../src/allocation/AllocationComparison.ts"
import * as AllocationPolicies from "../src/allocation/AllocationPolicies.ts"
import type { Settings } from "../src/allocation/AllocationWorld.ts"
import { type Setting, help, parse } from "./internal/allocationOptions.ts"
import { comparisonTables, gainTable } from "./internal/allocationTables.ts"

/** What one agent asks in the last table, as a multiple of what the others would. */
const factor = 1.2

const { all, auction, auctionWithReputation, greedy, reputationAndPrice } = AllocationPolicies
const askers = [auctionWithReputation, reputationAndPrice, auction, greedy]

const progress = process.stderr.isTTY ? (text: string) => process.stderr.write(`\r\u001b[K${text}`) : () => false

/** One row for each seed, with a pause after each in which an interrupt is heard. */
const rowsOf = async (
  what: string,
  settings: Settings,
  policies: ReadonlyArray<AllocationPolicies.Policy>,
  seeds: number
): Promise<ReadonlyArray<AllocationComparison.Row>> => {
  const rows: Array<AllocationComparison.Row> = []
  for (let seed = 1; seed <= seeds; seed++) {
    progress(`${what}: seed ${seed} of ${seeds}`)
    rows.push(AllocationComparison.measure(settings, seed, policies))
    await setImmediate()
  }
  progress("")
  return rows
}

const report = async ({ name, settings }: Setting, seeds: number): Promise<void> => {
  const rows = await rowsOf(name, settings, all, seeds)
  console.log(`\n${name}: ${seeds} seeds, ${settings.ticks} ticks, ± is the 95 % interval\n`)
  console.log(comparisonTables(AllocationComparison.summarize(all, rows)))
  if (settings.liars === 0) return

  const honest = await rowsOf(`${name}, honest`, AllocationComparison.honest(settings), all, seeds)
  const lies = AllocationComparison.summarizeGains(all, rows, honest)
  console.log(`\nWhat lying gains those who lie\n\n${gainTable(lies, "honest", "lying")}`)

  const more = AllocationComparison.asking(settings, factor)
  const dear = await rowsOf(`${name}, asking more`, more, askers, seeds)
  const fair = await rowsOf(`${name}, asking as all do`, AllocationComparison.honest(more), askers, seeds)
  const asks = AllocationComparison.summarizeGains(askers, dear, fair)
  console.log(`\nWhat one agent gains by asking ${factor} times as much\n\n${gainTable(asks, "as all do", "more")}`)
}

const command = parse(process.argv.slice(2))
process.once("SIGINT", () => {
  progress("")
  console.error("interrupted")
  process.exit(130)
})
// A reader that has seen enough, such as `head`, ends it.
process.stdout.on("error", () => process.exit(0))
switch (command._tag) {
  case "Help":
    process.stdout.write(help)
    break
  case "Refused":
    console.error(`${command.because}; --help shows the options`)
    process.exitCode = 2
    break
  case "Run":
    for (const each of command.worlds) await report(each, command.seeds)
}
