/**
 * `mabeam study`: looks into stored studies.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { plot } from "./study/PlotCommand.ts"

// Stores and samplers take long to load: only who asks for them waits.
const verbs = Effect.promise(() => import("./study/StudyVerbs.ts"))

/** The file that studies are in. */
export const storage = Flag.String("storage").pipe(
  Flag.withMetavar("FILE.sqlite"),
  Flag.withDescription("The file that was given to optimize run with --storage")
)

/** The flags that choose a study. */
export const chosen = {
  storage,
  study: Flag.String("study").pipe(
    Flag.withMetavar("NAME"),
    Flag.withDescription("Name of the study (default: the only one of the file)"),
    Flag.optional
  )
} as const

const json = Flag.Boolean("json").pipe(
  Flag.withDescription("Print one JSON document instead of a table"),
  Flag.withDefault(false),
  Flag.withoutNegation
)

const file = "--storage study.sqlite"

const list = (program: string) =>
  Command.make("list", { storage, json }, (given) => Effect.flatMap(verbs, (it) => it.list(given))).pipe(
    Command.withDescription("Lists the studies of a file, in the order in which they were begun."),
    Command.withShortDescription("List the studies of a file"),
    Command.withExamples([{ command: `${program} study list ${file}`, description: "What studies are there?" }])
  )

const show = (program: string) =>
  Command.make("show", { ...chosen, json }, (given) => Effect.flatMap(verbs, (it) => it.show(given))).pipe(
    Command.withDescription("Shows what a study is about, how far it has come and what is best."),
    Command.withShortDescription("Show a study in one look"),
    Command.withExamples([{ command: `${program} study show ${file} --study h6`, description: "How far has it come?" }])
  )

const best = (program: string) =>
  Command.make("best", { ...chosen, json }, (given) => Effect.flatMap(verbs, (it) => it.best(given))).pipe(
    Command.withDescription(
      "Shows the best trial: { value, params, trial }. A study of several objectives has a front: see pareto."
    ),
    Command.withShortDescription("Show the best trial"),
    Command.withExamples([
      { command: `${program} study best ${file} --json`, description: "The best parameters, for a program" }
    ])
  )

const trials = (program: string) =>
  Command.make(
    "trials",
    {
      ...chosen,
      state: Flag.Literals("state", ["waiting", "running", "paused", "complete", "pruned", "failed"]).pipe(
        Flag.withDescription("Trials in this state only; may be given several times (default: all)"),
        Flag.atMost(6)
      ),
      json
    },
    (given) => Effect.flatMap(verbs, (it) => it.trials(given))
  ).pipe(
    Command.withDescription("Shows the trials of a study by number; a table has the first 200 of them."),
    Command.withShortDescription("Show the trials"),
    Command.withExamples([
      { command: `${program} study trials ${file} --state failed`, description: "What went wrong, and why?" },
      { command: `${program} study trials ${file} --json`, description: "All trials as one JSON array" }
    ])
  )

const importance = (program: string) =>
  Command.make(
    "importance",
    {
      ...chosen,
      method: Flag.Literals("method", ["fanova", "permutation"]).pipe(
        Flag.withDescription("fanova: over the whole space; permutation: where the trials are (default: fanova)"),
        Flag.withDefault("fanova")
      ),
      objective: Flag.Int("objective").pipe(
        Flag.withMetavar("N"),
        Flag.withDescription("Of several objectives, the one to explain, from 0 (default: 0)"),
        Flag.withDefault(0)
      ),
      json
    },
    (given) => Effect.flatMap(verbs, (it) => it.importance(given))
  ).pipe(
    Command.withDescription(
      "Says which variables matter: shares of what the values depend on. Needs ten complete trials."
    ),
    Command.withShortDescription("Say which variables matter"),
    Command.withExamples([{ command: `${program} study importance ${file}`, description: "What is worth tuning?" }])
  )

const pareto = (program: string) =>
  Command.make("pareto", { ...chosen, json }, (given) => Effect.flatMap(verbs, (it) => it.pareto(given))).pipe(
    Command.withDescription("Shows the trials than which no other is better in every objective."),
    Command.withShortDescription("Show the Pareto front"),
    Command.withExamples([{ command: `${program} study pareto ${file}`, description: "What is there to choose from?" }])
  )

const exporting = (program: string) =>
  Command.make(
    "export",
    {
      ...chosen,
      format: Flag.Literals("format", ["csv", "json"]).pipe(
        Flag.withDescription("csv: a row for each trial; json: the whole study, to be imported again (default: csv)"),
        Flag.withDefault("csv")
      ),
      out: Flag.String("out").pipe(
        Flag.withMetavar("FILE"),
        Flag.withDescription("Write it here (default: standard output)"),
        Flag.optional
      )
    },
    (given) => Effect.flatMap(verbs, (it) => it.exporting(given))
  ).pipe(
    Command.withDescription("Writes a study for other programs."),
    Command.withShortDescription("Export a study"),
    Command.withExamples([
      { command: `${program} study export ${file} --out trials.csv`, description: "For a spreadsheet or a data frame" },
      { command: `${program} study export ${file} --format json --out study.json`, description: "All there is to know" }
    ])
  )

/** The noun with its verbs; `program` is how `mabeam` is called. */
export const study = (program: string) =>
  Command.make("study").pipe(
    Command.withDescription("Looks into stored studies."),
    Command.withSubcommands([
      list(program),
      show(program),
      best(program),
      trials(program),
      importance(program),
      pareto(program),
      plot(program, storage),
      exporting(program)
    ]),
    Command.withExamples([
      { command: `${program} study list ${file}`, description: "What studies are there?" },
      { command: `${program} study best ${file}`, description: "What are the best parameters?" }
    ])
  )
