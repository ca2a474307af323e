/**
 * The `mabeam` command: its nouns and verbs.
 *
 * @since 0.1.0
 */
import * as Demo from "@apps/demo/Command"
import { Command } from "effect/cli"
import { auction, clock, market, verify, vote } from "./Calculators.ts"
import { doctor } from "./Doctor.ts"
import { events } from "./Events.ts"
import { optimize } from "./Optimize.ts"
import { study } from "./Study.ts"

/** How the command is called from the root of the project. */
export const program = "npx -y pnpm@12 mabeam"

export const mabeam = Command.make("mabeam").pipe(
  Command.withDescription(
    "Multi-agent coordination on Foundation. Every command has --help; --json gives JSON on stdout and leaves people's words to stderr. " +
      "Ends with 0 when done, 1 failed, 2 bad input, 130 interrupted."
  ),
  Command.withSubcommands([
    Demo.runCommand("run", `${program} run`),
    auction(program),
    market(program),
    vote(program),
    verify(program),
    clock(program),
    optimize(program),
    study(program),
    events(program),
    doctor(program)
  ]),
  Command.withExamples([
    { command: `${program} run --quick`, description: "Tune a real network with a team of agents" },
    { command: `${program} events tail`, description: "Watch the event log of that run" },
    {
      command: `${program} auction solve apps/cli/examples/second-price.json`,
      description: "Decide an auction; market, vote, verify and clock answer likewise"
    },
    { command: `${program} optimize run --function branin`, description: "Search for good parameters" },
    { command: `${program} doctor`, description: "See whether this machine is fit" },
    { command: `${program} --completions bash`, description: "Print the completion script of a shell" }
  ])
)
