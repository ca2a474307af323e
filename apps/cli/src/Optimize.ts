/**
 * `mabeam optimize`: searches for good parameters.
 *
 * @since 0.1.0
 */
import * as Options from "@apps/demo/Options"
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import type { Given } from "./optimize/OptimizeRun.ts"

/** Most trials of a study that this command makes. */
export const trialsMax = 1_000_000

// Samplers and stores take long to load: only who asks for them waits.
const run = (program: string) => (given: Given) =>
  Effect.flatMap(
    Effect.promise(() => import("./optimize/OptimizeRun.ts")),
    (it) => it.run(given, program)
  )

const text = (name: string, metavar: string, description: string) =>
  Flag.String(name).pipe(Flag.withMetavar(metavar), Flag.withDescription(description), Flag.optional)

const seconds = (name: string, description: string) =>
  Flag.String(name).pipe(
    Flag.filterMap(
      (given) => {
        const number = /^\d+(\.\d+)?$/.test(given) ? Number(given) : Number.NaN
        return number >= 0.001 && number <= 1e9 ? Option.some(number) : Option.none()
      },
      () => "a number of seconds from 0.001 to 1000000000"
    ),
    Flag.withMetavar("SECONDS"),
    Flag.withDescription(description),
    Flag.optional
  )

const flags = {
  space: text(
    "space",
    "FILE",
    'Search space: { "variables": [{ "name", "type", "low", "high", … }] }. - reads standard input'
  ),
  function: text(
    "function",
    "NAME",
    "A function that comes along, with its space: branin, hartmann3, hartmann6, ackley5, levy4, rosenbrock4, mixed, conditional"
  ),
  exec: text(
    "exec",
    "COMMAND",
    'Program that evaluates: reads a line of parameters { "x": 1 }, answers { "value": 2 }. Run by the shell, one for each worker'
  ),
  sampler: text("sampler", "NAME", "What suggests parameters; an unknown name lists all (default: tpe)"),
  "sampler-options": text("sampler-options", "JSON", 'Options of the sampler, such as { "startup": 20 }'),
  pruner: text("pruner", "NAME", "What ends hopeless trials early; an unknown name lists all (default: none)"),
  "pruner-options": text("pruner-options", "JSON", 'Options of the pruner, such as { "upper": 1 }'),
  trials: Options.wholeNumber("trials", 1, trialsMax).pipe(
    Flag.withDescription("Trials that the study shall have, with those that it has (default: 100)"),
    Flag.withDefault(100)
  ),
  seed: Options.wholeNumber("seed", 0, Number.MAX_SAFE_INTEGER).pipe(
    Flag.withDescription("Decides what is tried: with one worker, the same seed gives the same trials (default: 0)"),
    Flag.optional
  ),
  workers: Options.wholeNumber("workers", 1, 256).pipe(
    Flag.withDescription("Trials that are evaluated at once, 1 to 256 (default: 1)"),
    Flag.withDefault(1)
  ),
  direction: Flag.Literals("direction", ["minimize", "maximize"]).pipe(
    Flag.withDescription("What is better; given several times, one for each objective (default: minimize)"),
    Flag.atMost(10)
  ),
  storage: text("storage", "FILE.sqlite", "Keep the study here, made if it is not there (default: kept nowhere)"),
  study: text("study", "NAME", "Name of the study; one that is stored goes on, with the settings that it has"),
  timeout: seconds(
    "timeout",
    "A trial that takes longer has failed; the start of a program is not counted (default: no limit)"
  ),
  attempts: Options.wholeNumber("attempts", 1, 100).pipe(
    Flag.withDescription("How often a trial is tried before it has failed, 1 to 100 (default: 1)"),
    Flag.optional
  ),
  json: Flag.Boolean("json").pipe(
    Flag.withDescription("Print one JSON document: { study, sampler, seed, best or front, trials }"),
    Flag.withDefault(false),
    Flag.withoutNegation
  )
} as const

const runCommand = (program: string) =>
  Command.make("run", flags, run(program)).pipe(
    Command.withDescription(
      "Searches for the parameters with the least value, or the greatest. The objective is a function that comes along, or a program of any " +
        'language: it reads one JSON object of parameters per line and answers one line each, { "value": x }, { "values": [x, y] } or { "error": "why" }. ' +
        'Before that it may tell { "step": n, "intermediate": x }; with a pruner, each is answered by { "prune": true or false }. ' +
        "What the program writes to standard error is shown. A program that dies, hangs or talks nonsense fails the trial, and is started anew."
    ),
    Command.withShortDescription("Search for the best parameters"),
    Command.withExamples([
      { command: `${program} optimize run --function branin --trials 50`, description: "A first try" },
      {
        command: `${program} optimize run --space packages/optimize/examples/curve.json --pruner median --exec "python3 packages/optimize/examples/curve.py" --workers 2`,
        description: "A program in Python, two of it at once, pruned early"
      },
      {
        command: `${program} optimize run --function hartmann6 --sampler gp --storage study.sqlite --study h6`,
        description: "Keep the study; the same command goes on after Ctrl-C"
      },
      {
        command: `${program} optimize run --function mixed --seed 7 --json`,
        description: "All trials as one JSON document"
      }
    ])
  )

/** The noun with its verbs; `program` is how `mabeam` is called. */
export const optimize = (program: string) =>
  Command.make("optimize").pipe(
    Command.withDescription("Searches for good parameters with few trials."),
    Command.withSubcommands([runCommand(program)]),
    Command.withExamples([
      { command: `${program} optimize run --function branin --trials 50`, description: "A first try" }
    ])
  )
