/**
 * `mabeam events`: reads an event log, and follows it while it grows.
 *
 * @since 0.1.0
 */
import * as Options from "@apps/demo/Options"
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import type { Show, Tail } from "./EventLog.ts"

const showMax = 10_000
/** Characters of a name of a stream or type. */
const wordMax = 255

// Stores take long to load: only who asks for them waits.
const log = Effect.promise(() => import("./EventLog.ts"))

/** A flag for what an event can be called. */
const word = (name: string, metavar: string) =>
  Flag.String(name).pipe(
    Flag.filterMap(
      (text) => (text.length >= 1 && text.length <= wordMax ? Option.some(text) : Option.none()),
      () => `1 to ${wordMax} characters`
    ),
    Flag.withMetavar(metavar)
  )

const common = {
  store: Flag.String("store").pipe(
    Flag.withMetavar("FILE.sqlite"),
    Flag.withDescription("Event log to read (default: out/demo.sqlite)"),
    Flag.withDefault("out/demo.sqlite")
  ),
  stream: word("stream", "NAME").pipe(
    Flag.withDescription("Events of this stream only (default: all)"),
    Flag.atMost(1)
  ),
  type: word("type", "TYPE").pipe(
    Flag.withDescription("Events of this type only; may be given up to 20 times (default: all)"),
    Flag.atMost(20)
  )
} as const

// --- show ------------------------------------------------------------------------------------------------------------

const show = (program: string) =>
  Command.make(
    "show",
    {
      ...common,
      from: Options.wholeNumber("from", 1, Number.MAX_SAFE_INTEGER).pipe(
        Flag.withDescription("First position in the log (default: 1)"),
        Flag.withDefault(1)
      ),
      limit: Options.wholeNumber("limit", 1, showMax).pipe(
        Flag.withDescription(`Events at most, 1 to ${showMax} (default: 100)`),
        Flag.withDefault(100)
      ),
      json: Flag.Boolean("json").pipe(
        Flag.withDescription("Print one JSON array of events"),
        Flag.withDefault(false),
        Flag.withoutNegation
      )
    },
    (options: Show) => Effect.flatMap(log, ({ show: run }) => run(options))
  ).pipe(
    Command.withDescription("Shows events of a log, oldest first."),
    Command.withExamples([
      { command: `${program} events show --type VariablesDecided`, description: "The decisions, as a table" },
      { command: `${program} events show --from 200 --limit 50 --json`, description: "Fifty events as one JSON array" }
    ])
  )

// --- tail ------------------------------------------------------------------------------------------------------------

const tail = (program: string) =>
  Command.make(
    "tail",
    {
      ...common,
      last: Options.wholeNumber("last", 0, showMax).pipe(
        Flag.withDescription(`Events to begin with, 0 to ${showMax} (default: 10)`),
        Flag.withDefault(10)
      ),
      json: Flag.Boolean("json").pipe(
        Flag.withDescription("Print each event as one line of JSON"),
        Flag.withDefault(false),
        Flag.withoutNegation
      )
    },
    (options: Tail) => Effect.flatMap(log, ({ tail: run }) => run(options))
  ).pipe(
    Command.withDescription("Shows the last events of a log and follows it. Ctrl-C ends it, with 130."),
    Command.withExamples([
      { command: `${program} events tail`, description: "Watch the run that writes out/demo.sqlite" },
      { command: `${program} events tail --type TrainingFinished --json`, description: "Each result as a line of JSON" }
    ])
  )

/** The noun with its verbs; `program` is how `mabeam` is called. */
export const events = (program: string) =>
  Command.make("events").pipe(
    Command.withDescription("Looks into the event log of a store."),
    Command.withSubcommands([show(program), tail(program)]),
    Command.withExamples([{ command: `${program} events show --limit 20`, description: "The first twenty events" }])
  )
