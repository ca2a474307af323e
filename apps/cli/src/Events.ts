/**
 * `mabeam events`: reads an event log, and follows it while it grows.
 *
 * @since 0.1.0
 */
import { Options, Screen } from "@apps/demo"
import { EventStore } from "@foundation/core"
import { Effect, Stream } from "effect"
import { Command, Flag } from "effect/cli"
import * as EventLogFile from "./EventLogFile.ts"
import { type Stored, lineOf, tableOf } from "./EventTable.ts"

const showMax = 10_000
/** Events read in one go. */
const page = 1_000

const common = {
  store: Flag.String("store").pipe(
    Flag.withMetavar("FILE.sqlite"),
    Flag.withDescription("Event log to read (default: out/demo.sqlite)"),
    Flag.withDefault("out/demo.sqlite")
  ),
  stream: Flag.String("stream").pipe(
    Flag.withMetavar("NAME"),
    Flag.withDescription("Events of this stream only (default: all)"),
    Flag.atMost(1)
  ),
  type: Flag.String("type").pipe(
    Flag.withMetavar("TYPE"),
    Flag.withDescription("Events of this type only; may be given up to 20 times (default: all)"),
    Flag.atMost(20)
  )
} as const

interface Filter {
  readonly stream: ReadonlyArray<string>
  readonly type: ReadonlyArray<string>
}

const filters = ({ stream, type }: Filter) => ({
  ...(stream[0] === undefined ? {} : { stream: stream[0] }),
  ...(type.length === 0 ? {} : { type })
})

const matches =
  ({ stream, type }: Filter) =>
  (event: Stored): boolean =>
    (stream[0] === undefined || event.stream === stream[0]) && (type.length === 0 || type.includes(event.type))

// --- show ------------------------------------------------------------------------------------------------------------

interface Show extends Filter {
  readonly store: string
  readonly from: number
  readonly limit: number
  readonly json: boolean
}

const runShow = Effect.fnUntraced(function* (options: Show) {
  const store = yield* EventStore.EventStore
  const found = yield* select(store, options)
  const events = found.slice(0, options.limit)
  const screen = yield* Screen.stdout
  if (options.json) screen.write(`${JSON.stringify(events)}\n`)
  else for (const line of tableOf(events, screen)) screen.write(`${line}\n`)
  const next = found[options.limit]
  const stderr = yield* Screen.stderr
  if (events.length === 0) stderr.write("no event matches\n")
  else if (next !== undefined) stderr.write(`… and more: go on with --from ${next.position}\n`)
  yield* screen.flush
})

/** The events asked for, and one more if there is one. */
const select = Effect.fnUntraced(function* (store: EventStore.EventStore["Service"], options: Show) {
  // An index serves the filters; a place to start from is looked for in the order of the log.
  if (options.from <= 1 && options.limit < showMax)
    return yield* store.query({ ...filters(options), limit: options.limit + 1 })
  const isWanted = matches(options)
  const found: Array<Stored> = []
  let after = options.from - 1
  while (found.length <= options.limit) {
    const events = yield* store.readAll({ after, limit: page })
    found.push(...events.filter(isWanted))
    const last = events.at(-1)
    if (last === undefined || events.length < page) break
    after = last.position
  }
  return found
})

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
    (options: Show) => Effect.provide(runShow(options), EventLogFile.layer(options.store))
  ).pipe(
    Command.withDescription("Shows events of a log, oldest first."),
    Command.withExamples([
      { command: `${program} events show --type VariablesDecided`, description: "The decisions, as a table" },
      { command: `${program} events show --from 200 --limit 50 --json`, description: "Fifty events as one JSON array" }
    ])
  )

// --- tail ------------------------------------------------------------------------------------------------------------

interface Tail extends Filter {
  readonly store: string
  readonly last: number
  readonly json: boolean
}

const runTail = Effect.fnUntraced(function* (options: Tail) {
  const store = yield* EventStore.EventStore
  const screen = yield* Screen.stdout
  const print = (event: Stored) => screen.write(`${options.json ? JSON.stringify(event) : lineOf(event, screen)}\n`)
  // What comes after this position is followed, what is there up to it is told now: no gap and nothing twice.
  const { position } = yield* store.stats
  if (options.last > 0) {
    const newest = yield* store.query({ ...filters(options), direction: "backwards", limit: options.last })
    for (const event of newest.toReversed()) if (event.position <= position) print(event)
  }
  const [stream] = options.stream
  const following = store.subscribe({
    after: position,
    ...(stream === undefined ? {} : { stream }),
    ...(options.type.length === 0 ? {} : { types: options.type })
  })
  yield* Stream.runForEach(following, (event) => Effect.sync(() => print(event)))
})

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
    (options: Tail) => Effect.provide(runTail(options), EventLogFile.layer(options.store))
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
