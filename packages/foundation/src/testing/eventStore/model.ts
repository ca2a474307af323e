/**
 * The event store as the simplest thing that is right: lists of events, searched from the start.
 *
 * @since 0.1.0
 */
import { Arbitrary, Effect, Result, Schema } from "effect"
import type { EventStore } from "../../events/EventStore.ts"

const small = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 0, maximum }))

/** An append over few streams, versions and ids, so that conflicts are common; or an earlier one again. */
const Append = Schema.Array(
  Schema.Struct({
    stream: small(2),
    expected: Schema.Union([Schema.Literals(["any", "none"]), small(4)]),
    events: Schema.Array(
      Schema.Struct({ id: small(12), fresh: Schema.Boolean, type: Schema.Literals(["A", "B"]) })
    ).check(Schema.isMaxLength(3))
  })
).check(Schema.isMinLength(1), Schema.isMaxLength(2))
const Command = Schema.Union([Append, Schema.Struct({ again: small(7) })])

const commands = Arbitrary.schema(Schema.Array(Command).check(Schema.isMaxLength(12)))
type Commands = ReadonlyArray<typeof Command.Type>

interface ModelEvent {
  readonly id: string
  readonly stream: string
  readonly type: string
}

type Part = {
  readonly stream: string
  readonly expected: "any" | "none" | number
  readonly events: ReadonlyArray<ModelEvent>
}

/** The answer's tag; `log` grows when the append is good. */
const append = (log: Array<ModelEvent>, parts: ReadonlyArray<Part>): string => {
  const events = parts.flatMap((part) => part.events)
  if (new Set(events.map((it) => it.id)).size < events.length) return "EventIdReused"
  const old = events.filter((it) => log.some((other) => other.id === it.id))
  const equal = old.every((it) => log.some((o) => o.id === it.id && o.stream === it.stream && o.type === it.type))
  if (old.length > 0) return equal && old.length === events.length ? "repeated" : "EventIdReused"
  const next = [...log]
  for (const { stream, expected, events } of parts) {
    const version = next.filter((it) => it.stream === stream).length
    if (expected === "none" && version > 0) return "WrongExpectedVersion"
    if (typeof expected === "number" && version !== expected) return "WrongExpectedVersion"
    next.push(...events)
  }
  log.splice(0, log.length, ...next)
  return "appended"
}

/** Runs the commands on a store and on the model: the same answers, and in the end the same log. */
const agrees = Effect.fnUntraced(function* (store: EventStore["Service"], prefix: string, commands: Commands) {
  const model: Array<ModelEvent> = []
  const { position: start } = yield* store.stats
  const appends: Array<ReadonlyArray<Part>> = []
  let ids = 100
  for (const command of commands) {
    if ("again" in command && command.again >= appends.length) continue
    const parts =
      "again" in command
        ? appends[command.again]!
        : command.map(({ stream, expected, events }): Part => ({
            stream: `${prefix}-${stream}`,
            expected,
            events: events.map((it) => ({
              id: `${prefix}-${it.fresh ? ++ids : it.id}`,
              stream: `${prefix}-${stream}`,
              type: it.type
            }))
          }))
    appends.push(parts)
    const inputs = parts.map((part) => ({
      ...part,
      events: part.events.map(({ id, type }) => ({ id, type, data: null }))
    }))
    const result = yield* Effect.result(store.appendAll(inputs))
    const answer = Result.match(result, {
      onFailure: (error) => error._tag,
      onSuccess: (done) => (done.some((it) => it.repeated) ? "repeated" : "appended")
    })
    if (answer !== append(model, parts)) return false
  }
  const stored = (yield* store.readAll({ after: start })).map(({ id, stream, type, position }) => ({
    id,
    stream,
    type,
    position
  }))
  const expected = model.map((it, index) => ({ ...it, position: start + 1 + index }))
  return (
    JSON.stringify(stored) ===
    JSON.stringify(expected.map(({ id, stream, type, position }) => ({ id, stream, type, position })))
  )
})

export const eventStoreModel = { commands, agrees } as const
