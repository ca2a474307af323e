/**
 * What `mabeam events` does: reads an event log, and follows it while it grows.
 *
 * @since 0.1.0
 */
import * as Screen from "@apps/demo/Screen"
import { EventStore } from "@foundation/core"
import { Effect, Stream } from "effect"
import * as EventLogFile from "./EventLogFile.ts"
import { type Stored, lineOf, tableOf } from "./EventTable.ts"

/** Events that a query gives at most. */
const queryMax = 10_000
/** Events read in one go. */
const page = 1_000

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

// --- show ---------------------------------------------------------------------------------------------------------

/** What `events show` is asked for. */
export interface Show extends Filter {
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
  if (options.from <= 1 && options.limit < queryMax)
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

/** `mabeam events show`. */
export const show = (options: Show) => Effect.provide(runShow(options), EventLogFile.layer(options.store))

// --- tail ---------------------------------------------------------------------------------------------------------

/** What `events tail` is asked for. */
export interface Tail extends Filter {
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

/** `mabeam events tail`. */
export const tail = (options: Tail) => Effect.provide(runTail(options), EventLogFile.layer(options.store))
