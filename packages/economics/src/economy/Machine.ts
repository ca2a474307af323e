/**
 * A pure state machine over events: a command is decided into events or refused, events make the state.
 *
 * **Guarantees** Everything that happens to a state is an event, so `replay` of the events gives the same state again, on
 * another day and on another machine. A refused command gives no event and changes nothing.
 *
 * **Does not guarantee** Storage: the events are the history, and keeping them is the driver's business. A machine holds
 * what its next decisions need and no more.
 *
 * **Example**
 *
 * ```ts
 * import { Ledger, Machine } from "@mabeam/economics"
 *
 * const machine = Ledger.make()
 * const run = Machine.run(machine, [
 *   { _tag: "Open", id: "1", at: 0, account: "ada", overdraft: 0n },
 *   { _tag: "Mint", id: "2", at: 1, to: "ada", amount: 100n },
 *   { _tag: "Burn", id: "3", at: 2, from: "ada", amount: 250n }
 * ])
 * run.events.map((event) => event._tag) // => ["Opened", "Minted"]
 * run.refused.map(({ refusal }) => refusal.message) // => ["from: ada has 100 available, 250 are needed"]
 * Ledger.balance(Machine.replay(machine, run.events), "ada") // => 100n
 * ```
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import { show } from "../input/Refusal.ts"

/** A machine. `evolve` is total on the events that its own `decide` has given. */
export interface Machine<State, Command, Event, Refused> {
  readonly initial: State
  readonly decide: (state: State, command: Command) => Result.Result<ReadonlyArray<Event>, Refused>
  readonly evolve: (state: State, event: Event) => State
}

/** What a sequence of commands has led to. */
export interface Run<State, Event, Refused> {
  readonly state: State
  readonly events: ReadonlyArray<Event>
  /** The refused commands, by their position in the sequence. */
  readonly refused: ReadonlyArray<{ readonly index: number; readonly refusal: Refused }>
}

/** The state after `events`. */
export const replay = <State, Event>(
  machine: Pick<Machine<State, never, Event, unknown>, "initial" | "evolve">,
  events: Iterable<Event>
): State => {
  let state = machine.initial
  for (const event of events) state = machine.evolve(state, event)
  return state
}

/** Decides a command and applies its events. */
export const handle = <State, Command, Event, Refused>(
  machine: Machine<State, Command, Event, Refused>,
  state: State,
  command: Command
): Result.Result<{ readonly state: State; readonly events: ReadonlyArray<Event> }, Refused> =>
  Result.map(machine.decide(state, command), (events) => ({ state: events.reduce(machine.evolve, state), events }))

/** Handles the commands one after the other; refused ones are noted and skipped. */
export const run = <State, Command, Event, Refused>(
  machine: Machine<State, Command, Event, Refused>,
  commands: Iterable<Command>,
  from: State = machine.initial
): Run<State, Event, Refused> => {
  let state = from
  let index = 0
  const events: Array<Event> = []
  const refused: Array<{ readonly index: number; readonly refusal: Refused }> = []
  for (const command of commands) {
    const handled = handle(machine, state, command)
    if (Result.isSuccess(handled)) {
      state = handled.success.state
      for (const event of handled.success.events) events.push(event)
    } else refused.push({ index, refusal: handled.failure })
    index++
  }
  return { state, events, refused }
}

const Path = Schema.Array(Schema.Union([Schema.String, Schema.Int]))

/** A sum of money is zero, negative, or beyond the largest one. */
export class InvalidMoney extends Schema.TaggedError<InvalidMoney>("@mabeam/economics/Machine/InvalidMoney")(
  "InvalidMoney",
  { path: Path, amount: Schema.String }
) {
  override get message() {
    return `${show(this.path)}: ${this.amount} is no sum of money; give whole minor units above 0, at most 10^30`
  }
}

/** Somebody has less than is needed. */
export class Insufficient extends Schema.TaggedError<Insufficient>("@mabeam/economics/Machine/Insufficient")(
  "Insufficient",
  { path: Path, name: Schema.String, available: Schema.String, needed: Schema.String }
) {
  override get message() {
    return `${show(this.path)}: ${this.name} has ${this.available} available, ${this.needed} are needed`
  }
}

/** The command does not fit the state that its subject is in. */
export class OutOfOrder extends Schema.TaggedError<OutOfOrder>("@mabeam/economics/Machine/OutOfOrder")("OutOfOrder", {
  path: Path,
  name: Schema.String,
  state: Schema.String,
  needs: Schema.String
}) {
  override get message() {
    return `${show(this.path)}: ${JSON.stringify(this.name)} is ${this.state}; it has to be ${this.needs}`
  }
}

/** The command comes before its time. */
export class TooEarly extends Schema.TaggedError<TooEarly>("@mabeam/economics/Machine/TooEarly")("TooEarly", {
  path: Path,
  at: Schema.Finite,
  from: Schema.Finite
}) {
  override get message() {
    return `${show(this.path)}: ${this.at} is too early; possible from ${this.from} on`
  }
}

/** The command comes after its time. */
export class TooLate extends Schema.TaggedError<TooLate>("@mabeam/economics/Machine/TooLate")("TooLate", {
  path: Path,
  at: Schema.Finite,
  until: Schema.Finite
}) {
  override get message() {
    return `${show(this.path)}: ${this.at} is too late; it had to come before ${this.until}`
  }
}

/** Somebody else has to give this command. */
export class NotAllowed extends Schema.TaggedError<NotAllowed>("@mabeam/economics/Machine/NotAllowed")("NotAllowed", {
  path: Path,
  by: Schema.String,
  needs: Schema.String
}) {
  override get message() {
    return `${show(this.path)}: ${JSON.stringify(this.by)} may not; only ${this.needs} may`
  }
}
