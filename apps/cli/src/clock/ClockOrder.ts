/**
 * `mabeam clock order`: what happened before what, by the vector clocks of `@foundation/core`.
 *
 * **Guarantees** `{ processes, events }` gives the clock of every event and how each two events stand to each other; `{ a, b }`
 * how two clocks do, and their merge. A process counts each of its events, of whatever kind. A receipt merges the clock of the
 * sending first. Zero entries are left out.
 *
 * **Details** The events have to stand in an order in which they can have happened: a message is received after it was sent.
 * A message is sent once, and may be received by any processes, by its sender too, and by one process more than once: that is
 * a redelivery, which teaches nothing new and still counts as an event.
 *
 * Fidge, "Timestamps in Message-Passing Systems That Preserve the Partial Ordering" (1988); Mattern, "Virtual Time and Global
 * States of Distributed Systems" (1989).
 *
 * @since 0.1.0
 */
import { VectorClock } from "@foundation/core"
import { type Calculator, Refusal } from "@mabeam/economics"
import { Result, Schema } from "effect"

/** Events of one input: 2,000, which stand in two million relations. */
export const eventsMax = 2_000

/** A message is received that nobody has sent so far. */
export class NotSent extends Schema.TaggedError<NotSent>("@apps/cli/ClockOrder/NotSent")("NotSent", {
  path: Schema.Array(Schema.Union([Schema.String, Schema.Int])),
  msg: Schema.Union([Schema.String, Schema.Int])
}) {
  override get message() {
    return `${Refusal.show(this.path)}: message ${Refusal.quoted(this.msg)} is received before anybody has sent it; give the events in an order in which they can have happened`
  }
}

const Process = Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(255))
const Message = Schema.Union([Schema.String, Schema.Int])

const Event = Schema.Struct({
  p: Process,
  kind: Schema.Literals(["local", "send", "recv"]),
  /** What is sent or received. */
  msg: Schema.optionalKey(Message)
})
type Event = typeof Event.Type

const History = Schema.Struct({ processes: Schema.Array(Process), events: Schema.Array(Event) })

const Counter = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: VectorClock.counterMax }))
const Clock = Schema.Record(Process, Counter)
const Pair = Schema.Struct({ a: Clock, b: Clock })

const decodeHistory = Refusal.decode(History)
const decodePair = Refusal.decode(Pair)

type Offence = Refusal.Common | NotSent

const isPair = (input: unknown): boolean =>
  typeof input === "object" && input !== null && (Object.hasOwn(input, "a") || Object.hasOwn(input, "b"))

/** The calculator behind the command. */
export const calculator: Calculator.Calculator = {
  name: "clock-order",
  version: 1,
  solve: (input) =>
    Result.map(
      isPair(input) ? Result.map(decodePair(input), compare) : Result.flatMap(decodeHistory(input), order),
      (decision) => ({ decision })
    )
}

// --- two clocks ------------------------------------------------------------------------------------------------------

const clockOf = (entries: Readonly<Record<string, number>>) => VectorClock.makeUnsafe(Object.entries(entries))

// The entries of a clock in an order that does not depend on how it came about. `fromEntries` takes "__proto__" for a name.
const shown = (clock: VectorClock.VectorClock): Calculator.JsonObject =>
  Object.fromEntries([...clock].sort(([a], [b]) => (a < b ? -1 : 1)))

const compare = ({ a, b }: typeof Pair.Type): Calculator.JsonObject => ({
  relation: VectorClock.compare(clockOf(a), clockOf(b)),
  merge: shown(VectorClock.merge(clockOf(a), clockOf(b)))
})

// --- a history -------------------------------------------------------------------------------------------------------

const order = (history: typeof History.Type): Result.Result<Calculator.JsonObject, Offence> =>
  Result.map(clocksOf(history), (clocks) => ({
    clocks: clocks.map(shown),
    relations: relationsOf(history.events, clocks)
  }))

const clocksOf = ({
  events,
  processes
}: typeof History.Type): Result.Result<ReadonlyArray<VectorClock.VectorClock>, Offence> => {
  const twice = Refusal.duplicateOf(processes, (index) => ["processes", index])
  if (twice !== undefined) return Result.fail(twice)
  if (events.length > eventsMax) {
    return Result.fail(new Refusal.TooLarge({ path: ["events"], size: events.length, limit: eventsMax }))
  }
  const now = new Map(processes.map((process) => [process, VectorClock.empty]))
  const sent = new Map<string | number, VectorClock.VectorClock>()
  const clocks: Array<VectorClock.VectorClock> = []
  for (const [index, event] of events.entries()) {
    const before = now.get(event.p)
    if (before === undefined) {
      return Result.fail(
        new Refusal.UnknownName({ path: ["events", index, "p"], name: event.p, known: "the processes" })
      )
    }
    const offence = offenceOf(event, index, sent)
    if (offence !== undefined) return Result.fail(offence)
    const heard = event.kind === "recv" && event.msg !== undefined ? sent.get(event.msg) : undefined
    const after = VectorClock.increment(heard === undefined ? before : VectorClock.merge(before, heard), event.p)
    if (event.kind === "send" && event.msg !== undefined) sent.set(event.msg, after)
    now.set(event.p, after)
    clocks.push(after)
  }
  return Result.succeed(clocks)
}

const offenceOf = (
  { kind, msg }: Event,
  index: number,
  sent: ReadonlyMap<string | number, VectorClock.VectorClock>
): Offence | undefined => {
  const path = ["events", index, "msg"]
  if (kind === "local") {
    return msg === undefined
      ? undefined
      : new Refusal.InvalidFormat({ path, because: "a local event has no message; make it a send or a recv" })
  }
  if (msg === undefined)
    return new Refusal.InvalidFormat({ path, because: `Missing key: name the message of this ${kind}` })
  if (kind === "send" && sent.has(msg)) return new Refusal.DuplicateName({ path, name: String(msg) })
  return kind === "recv" && !sent.has(msg) ? new NotSent({ path, msg }) : undefined
}

/** How every two events stand to each other, the earlier one in the list first. */
const relationsOf = (
  events: ReadonlyArray<Event>,
  clocks: ReadonlyArray<VectorClock.VectorClock>
): ReadonlyArray<Calculator.Json> => {
  const relations: Array<Calculator.Json> = []
  for (const [i, { p }] of events.entries()) {
    const own = VectorClock.get(clocks[i] ?? VectorClock.empty, p)
    for (let j = i + 1; j < events.length; j++) {
      // An event is before another exactly if the other's clock has heard of it; in a valid order it is never after.
      const heard = VectorClock.get(clocks[j] ?? VectorClock.empty, p) >= own
      relations.push([i, j, heard ? "before" : "concurrent"])
    }
  }
  return relations
}
