/**
 * The command that runs the job: flags in, a tuned network, an event log and a report out.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { Command } from "effect/cli"
import { flags, type Given, settingsOf } from "./Options.ts"
import { run } from "./run/Run.ts"
import { session } from "./Session.ts"

const description =
  "Tunes a neural network with a team of agents: they bid for training slots in auctions, propose parameters with different samplers, " +
  "and vote on what to agree on, while faults strike. Afterwards random search gets as many trainings, and the found parameters, " +
  "random search's best and the defaults see the test rows once. Ends with 0 when done, 1 failed, 2 bad input, 130 interrupted."

/**
 * The command under a name; `program` is how it is called, e.g. `npx -y pnpm@12 demo`, for the lines that tell how to repeat
 * or to go on with a run.
 */
export const runCommand = <const Name extends string>(name: Name, program: string) =>
  Command.make(name, flags, (given: Given) =>
    Effect.flatMap(settingsOf(given, program), (settings) => session(run, settings))
  ).pipe(
    Command.withDescription(description),
    Command.withShortDescription("Tune a real network with a team of agents"),
    Command.withExamples([
      { command: program, description: "60 trainings of a network on the digits data set, with faults" },
      { command: `${program} --quick`, description: "A short run" },
      { command: `${program} --data wine.csv --target quality`, description: "A table of your own" },
      { command: `${program} --resume`, description: "Go on with the run that was interrupted" },
      { command: `${program} --quick --json | tail -n 1`, description: "The result for a program" }
    ])
  )
