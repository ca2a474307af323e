/**
 * `mabeam doctor`: says whether this machine and its store are fit for the job.
 *
 * **Guarantees** Ends with 1 if a check fails. Nothing is left behind: what it writes to see whether it may is removed.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import type { Given } from "./Examination.ts"

// Stores take long to load: only who asks for them waits.
const run = (given: Given) =>
  Effect.flatMap(
    Effect.promise(() => import("./Examination.ts")),
    (it) => it.run(given)
  )

/** The command; `program` is how `mabeam` is called. */
export const doctor = (program: string) =>
  Command.make(
    "doctor",
    {
      store: Flag.String("store").pipe(
        Flag.withMetavar("FILE.sqlite"),
        Flag.withDescription("Event log to check (default: out/demo.sqlite)"),
        Flag.withDefault("out/demo.sqlite")
      ),
      out: Flag.String("out").pipe(
        Flag.withMetavar("DIR"),
        Flag.withDescription("Directory that reports shall be written to (default: out)"),
        Flag.withDefault("out")
      ),
      json: Flag.Boolean("json").pipe(
        Flag.withDescription("Print one JSON document: { ok, checks }"),
        Flag.withDefault(false),
        Flag.withoutNegation
      )
    },
    run
  ).pipe(
    Command.withDescription(
      "Checks Node, SQLite, cores, memory, the working and out directories, and the store. Ends with 1 if a check fails."
    ),
    Command.withExamples([
      { command: `${program} doctor`, description: "See whether this machine is fit" },
      { command: `${program} doctor --store runs.sqlite --json`, description: "Check a store, for a program" }
    ])
  )
