/**
 * Named cyclic barriers: nobody passes before everybody is there.
 *
 * A barrier waits for a number of *distinct* parties. A party joins once, as long as a `Scope` lives, and then arrives as
 * often as it likes; the arrival of the last one releases all of them and begins the next generation.
 *
 * **Guarantees** A generation releases exactly once, exactly the parties that arrived in it, and each of them learns the
 * same list; a party that arrives twice counts once. If a member dies (its scope closes), stops waiting or the time runs
 * out, everybody who waits fails at once with a typed error that names the cause, and whoever arrives later fails as
 * well until `reset`. No timer is armed while nobody waits.
 *
 * **Does not guarantee** Anything beyond this process: a barrier lives in the memory of its layer. Release is a
 * rendezvous, not a lock: a released party may run ahead while others are still being woken.
 *
 * **Example**
 *
 * ```ts
 * import { Barriers } from "@foundation/core"
 * import { Effect } from "effect"
 *
 * const worker = (party: string) =>
 *   Effect.gen(function* () {
 *     const barriers = yield* Barriers.Barriers
 *     const member = yield* barriers.join({ barrier: "round", party })
 *     const { parties } = yield* member.arrive
 *     return `${party} passed with ${parties.length}`
 *   }).pipe(Effect.scoped)
 *
 * const program = Effect.gen(function* () {
 *   const barriers = yield* Barriers.Barriers
 *   yield* barriers.create({ name: "round", parties: 2, timeout: "1 second" })
 *   return yield* Effect.all([worker("a"), worker("b")], { concurrency: "unbounded" })
 * })
 *
 * await Effect.runPromise(Effect.provide(program, Barriers.layer)) // => ["a passed with 2", "b passed with 2"]
 * ```
 *
 * @since 0.1.0
 */
import { Context, Duration, Effect, HashMap, Layer, Option, Schema } from "effect"
import type { Fiber, Scope } from "effect"
import * as Protocol from "./internal/barrier.ts"

/** A generation that was released. */
export interface Release {
  readonly barrier: string
  /** Counts the generations of the barrier from 0. */
  readonly generation: number
  /** All parties of the generation, in the order of their arrival. */
  readonly parties: ReadonlyArray<string>
}

/** A party's place at a barrier. */
export interface Member {
  readonly barrier: string
  readonly party: string
  /**
   * Waits until every party has arrived. Interrupting it breaks the generation for the others.
   *
   * Fails with `BarrierBroken` if the generation is broken, before or while waiting; with `BarrierTimeout` if its time
   * runs out while waiting; with `AlreadyArrived` if this party waits already (which changes nothing for that arrival);
   * with `NotJoined` after `leave` or the end of the scope.
   */
  readonly arrive: Effect.Effect<Release, AlreadyArrived | BarrierBroken | BarrierTimeout | NotJoined>
  /** Gives the seat to whoever joins next. Breaks the generation only if this party waits in it. Idempotent. */
  readonly leave: Effect.Effect<void>
}

/** The present state of a barrier. */
export interface Status {
  readonly barrier: string
  readonly generation: number
  /** How many parties make a generation complete. */
  readonly parties: number
  /** Members, sorted. */
  readonly joined: ReadonlyArray<string>
  /** Members that wait, in the order of their arrival. */
  readonly arrived: ReadonlyArray<string>
  /** Why the present generation is broken. */
  readonly broken: Option.Option<Protocol.Breach>
}

const Names = Schema.Array(Schema.String)
const quoted = (names: ReadonlyArray<string>) => names.map((name) => `"${name}"`).join(", ")

/** The name is taken. */
export class BarrierExists extends Schema.TaggedError<BarrierExists>("@foundation/core/Barriers/BarrierExists")(
  "BarrierExists",
  { barrier: Schema.String }
) {
  override get message() {
    return `Barrier "${this.barrier}" exists already`
  }
}

/** There is no such barrier, or no longer. */
export class NoSuchBarrier extends Schema.TaggedError<NoSuchBarrier>("@foundation/core/Barriers/NoSuchBarrier")(
  "NoSuchBarrier",
  { barrier: Schema.String }
) {
  override get message() {
    return `There is no barrier "${this.barrier}"`
  }
}

/** A barrier has at least 1 party and at most `partiesMax` of {@link Limits}, each named once. */
export class InvalidParties extends Schema.TaggedError<InvalidParties>("@foundation/core/Barriers/InvalidParties")(
  "InvalidParties",
  {
    barrier: Schema.String,
    // What was asked for may well be NaN.
    // @effect-diagnostics-next-line schemaNumber:off
    parties: Schema.Number,
    // @effect-diagnostics-next-line schemaNumber:off
    distinct: Schema.Number,
    partiesMax: Schema.Int
  }
) {
  override get message() {
    return this.distinct < this.parties
      ? `Barrier "${this.barrier}" names ${this.parties} parties, of which only ${this.distinct} are distinct`
      : `Barrier "${this.barrier}" has 1 to ${this.partiesMax} parties, not ${this.parties}`
  }
}

/** The layer holds as many barriers as {@link Limits} allows: remove one first. */
export class TooManyBarriers extends Schema.TaggedError<TooManyBarriers>("@foundation/core/Barriers/TooManyBarriers")(
  "TooManyBarriers",
  { barriersMax: Schema.Int }
) {
  override get message() {
    return `There are ${this.barriersMax} barriers already, which is the limit`
  }
}

/** The name of a barrier or party is empty or longer than 255 characters. */
export class InvalidName extends Schema.TaggedError<InvalidName>("@foundation/core/Barriers/InvalidName")(
  "InvalidName",
  { length: Schema.Int }
) {
  override get message() {
    return `A name has 1 to ${nameLengthMax} characters, not ${this.length}`
  }
}

/** Every seat is taken. */
export class BarrierFull extends Schema.TaggedError<BarrierFull>("@foundation/core/Barriers/BarrierFull")(
  "BarrierFull",
  { barrier: Schema.String, parties: Schema.Int }
) {
  override get message() {
    return `All ${this.parties} seats of barrier "${this.barrier}" are taken`
  }
}

/** The barrier was created for other parties. */
export class NotInvited extends Schema.TaggedError<NotInvited>("@foundation/core/Barriers/NotInvited")("NotInvited", {
  barrier: Schema.String,
  party: Schema.String
}) {
  override get message() {
    return `"${this.party}" is not among the parties of barrier "${this.barrier}"`
  }
}

/** A live member has this name. */
export class AlreadyJoined extends Schema.TaggedError<AlreadyJoined>("@foundation/core/Barriers/AlreadyJoined")(
  "AlreadyJoined",
  { barrier: Schema.String, party: Schema.String }
) {
  override get message() {
    return `"${this.party}" has joined barrier "${this.barrier}" already`
  }
}

/** The membership has ended: its scope is closed or the party has left. */
export class NotJoined extends Schema.TaggedError<NotJoined>("@foundation/core/Barriers/NotJoined")("NotJoined", {
  barrier: Schema.String,
  party: Schema.String
}) {
  override get message() {
    return `"${this.party}" is no longer a member of barrier "${this.barrier}"`
  }
}

/** The party waits already; its first arrival still counts. */
export class AlreadyArrived extends Schema.TaggedError<AlreadyArrived>("@foundation/core/Barriers/AlreadyArrived")(
  "AlreadyArrived",
  { barrier: Schema.String, party: Schema.String, generation: Schema.Int }
) {
  override get message() {
    return `"${this.party}" waits at barrier "${this.barrier}" already (generation ${this.generation})`
  }
}

/** The generation will never be released. `reset` begins the next one. */
export class BarrierBroken extends Schema.TaggedError<BarrierBroken>("@foundation/core/Barriers/BarrierBroken")(
  "BarrierBroken",
  {
    barrier: Schema.String,
    generation: Schema.Int,
    /** `died`: a member's scope closed. `interrupted`: a member stopped waiting. `left`: it left while it waited. */
    reason: Schema.Literals(["died", "interrupted", "left", "removed", "reset", "timeout"]),
    /** The parties that caused it; nobody for `removed` and `reset`, the missing members for `timeout`. */
    who: Names
  }
) {
  override get message() {
    const cause = this.who.length === 0 ? this.reason : `${this.reason}: ${quoted(this.who)}`
    return `Generation ${this.generation} of barrier "${this.barrier}" is broken (${cause})`
  }
}

/** The time of the generation ran out while this party waited. */
export class BarrierTimeout extends Schema.TaggedError<BarrierTimeout>("@foundation/core/Barriers/BarrierTimeout")(
  "BarrierTimeout",
  {
    barrier: Schema.String,
    generation: Schema.Int,
    parties: Schema.Int,
    /** Those who had arrived, in order. */
    arrived: Names,
    /** Members that had not arrived, sorted. Fewer than are wanting if seats were not taken at all. */
    missing: Names
  }
) {
  override get message() {
    const without = this.missing.length === 0 ? "" : `, without ${quoted(this.missing)}`
    return `Only ${this.arrived.length} of ${this.parties} parties came to barrier "${this.barrier}" in time${without}`
  }
}

/** How much one layer holds. Read when the layer is built. */
export const Limits = Context.Reference<{
  /** Default 10,000; more are refused with `InvalidParties`. */
  readonly partiesMax: number
  /** Default 10,000; more are refused with `TooManyBarriers`. */
  readonly barriersMax: number
}>("@foundation/core/Barriers/Limits", { defaultValue: () => ({ partiesMax: 10_000, barriersMax: 10_000 }) })

/** Creates barriers and lets parties join them. */
export class Barriers extends Context.Service<
  Barriers,
  {
    /**
     * Creates a barrier that lasts until `remove` or the end of the layer. Fails with `BarrierExists`, `InvalidParties`,
     * `InvalidName` or `TooManyBarriers`.
     */
    readonly create: (options: {
      readonly name: string
      /** A number takes the first so many that join; a list invites exactly these. */
      readonly parties: number | ReadonlyArray<string>
      /** How long a generation may take from its first arrival. Default: as long as it takes. */
      readonly timeout?: Duration.Input | undefined
    }) => Effect.Effect<void, BarrierExists | InvalidName | InvalidParties | TooManyBarriers>

    /** Forgets a barrier. Whoever waits or arrives later fails with `BarrierBroken`, reason `removed`. */
    readonly remove: (name: string) => Effect.Effect<void, NoSuchBarrier>

    /** Begins a new generation. Whoever still waits in the old one fails with `BarrierBroken`, reason `reset`. */
    readonly reset: (name: string) => Effect.Effect<void, NoSuchBarrier>

    /**
     * Takes a seat for as long as the surrounding scope lives; a scope that closes counts as the death of the member. A
     * broken barrier can be joined, so that the seat of a dead member is filled before the `reset`.
     */
    readonly join: (options: {
      readonly barrier: string
      readonly party: string
    }) => Effect.Effect<Member, AlreadyJoined | BarrierFull | InvalidName | NoSuchBarrier | NotInvited, Scope.Scope>

    /** Reads the present state. */
    readonly lookup: (name: string) => Effect.Effect<Option.Option<Status>>

    /** Names of all barriers, at most `barriersMax`, in the order of their creation. */
    readonly list: Effect.Effect<ReadonlyArray<string>>
  }
>()("@foundation/core/Barriers") {}

/** `Barriers` in this process's memory. Closing the layer removes every barrier. */
export const layer: Layer.Layer<Barriers> = Layer.effect(
  Barriers,
  Effect.gen(function* () {
    const limits = yield* Limits
    const run = Effect.runForkWith(yield* Effect.context<never>())
    const barriers = new Map<string, Barrier>()

    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        for (const barrier of barriers.values()) transition(barrier, { _tag: "Remove" })
        barriers.clear()
      })
    )

    const withBarrier = <A, E>(
      name: string,
      f: (barrier: Barrier) => Effect.Effect<A, E>
    ): Effect.Effect<A, E | NoSuchBarrier> =>
      Effect.suspend((): Effect.Effect<A, E | NoSuchBarrier> => {
        const barrier = barriers.get(name)
        return barrier === undefined ? Effect.fail(new NoSuchBarrier({ barrier: name })) : f(barrier)
      })

    return Barriers.of({
      create: Effect.fnUntraced(function* ({ name, parties, timeout }) {
        const invited = typeof parties === "number" ? undefined : new Set(parties)
        const count = typeof parties === "number" ? parties : parties.length
        const distinct = invited?.size ?? count
        const { barriersMax, partiesMax } = limits
        const badName = [name, ...(invited ?? [])].find((each) => !isName(each))
        if (badName !== undefined) return yield* new InvalidName({ length: badName.length })
        if (!Number.isSafeInteger(count) || count < 1 || count > partiesMax || distinct !== count) {
          return yield* new InvalidParties({ barrier: name, parties: count, distinct, partiesMax })
        }
        if (barriers.has(name)) return yield* new BarrierExists({ barrier: name })
        if (barriers.size >= barriersMax) return yield* new TooManyBarriers({ barriersMax })
        barriers.set(name, {
          name,
          timeout: Duration.fromInputUnsafe(timeout ?? Duration.infinity),
          run,
          state: Protocol.make(count, invited),
          waiters: [],
          timer: undefined
        })
      }),

      remove: (name) =>
        withBarrier(name, (barrier) =>
          Effect.sync(() => {
            barriers.delete(name)
            transition(barrier, { _tag: "Remove" })
          })
        ),

      reset: (name) =>
        withBarrier(name, (barrier) =>
          Effect.sync(() => {
            transition(barrier, { _tag: "Reset" })
          })
        ),

      join: ({ barrier: name, party }) =>
        Effect.map(
          Effect.acquireRelease(
            withBarrier(name, (barrier) => take(barrier, party)),
            (seat) => Effect.sync(() => vacate(seat, "Die"))
          ),
          asMember
        ),

      lookup: (name) => Effect.sync(() => Option.map(Option.fromUndefinedOr(barriers.get(name)), statusOf)),

      list: Effect.sync(() => [...barriers.keys()])
    })
  })
)

const nameLengthMax = 255
const isName = (name: string) => name.length > 0 && name.length <= nameLengthMax

type ArriveError = AlreadyArrived | BarrierBroken | BarrierTimeout | NotJoined
type Waiter = (outcome: Effect.Effect<Release, BarrierBroken | BarrierTimeout>) => void

/** The memory of one barrier: the protocol's state, who is to be woken and the one timer. */
interface Barrier {
  readonly name: string
  readonly timeout: Duration.Duration
  readonly run: (timer: Effect.Effect<void>) => Fiber.Fiber<void>
  state: Protocol.State
  /** One for each arrival of the present generation. */
  waiters: Array<Waiter>
  timer: Fiber.Fiber<void> | undefined
}

/** A seat is taken once: whoever joins later under the same name has another one. */
interface Seat {
  readonly barrier: Barrier
  readonly party: string
  taken: boolean
}

/** Applies one input and carries out what the protocol decided. A refusal is the caller's to tell. */
const transition = (barrier: Barrier, input: Protocol.Input): Protocol.Refusal | undefined => {
  const [next, outputs] = Protocol.step(barrier.state, input)
  // Before anybody is woken: a released party may arrive again at once.
  barrier.state = next
  for (const output of outputs) {
    switch (output._tag) {
      case "Refused":
        return output.because
      case "Began":
        startTimer(barrier, output.generation)
        break
      case "Released":
        wakeAll(
          barrier,
          Effect.succeed({ barrier: barrier.name, generation: output.generation, parties: output.parties })
        )
        break
      case "Broke":
        wakeAll(barrier, Effect.fail(breachError(barrier, output)))
        break
    }
  }
  return undefined
}

const wakeAll = (barrier: Barrier, outcome: Effect.Effect<Release, BarrierBroken | BarrierTimeout>) => {
  const { timer, waiters } = barrier
  barrier.timer = undefined
  barrier.waiters = []
  timer?.interruptUnsafe()
  for (const wake of waiters) wake(outcome)
}

const startTimer = (barrier: Barrier, generation: number) => {
  if (!Duration.isFinite(barrier.timeout)) return
  const expire = Effect.sync(() => {
    // The timer ends here by itself: it is not to be interrupted on the way.
    barrier.timer = undefined
    transition(barrier, { _tag: "Expire", generation })
  })
  barrier.timer = barrier.run(Effect.andThen(Effect.sleep(barrier.timeout), expire))
}

const take = (
  barrier: Barrier,
  party: string
): Effect.Effect<Seat, AlreadyJoined | BarrierFull | InvalidName | NoSuchBarrier | NotInvited> => {
  if (!isName(party)) return Effect.fail(new InvalidName({ length: party.length }))
  const about = { barrier: barrier.name, party }
  switch (transition(barrier, { _tag: "Join", party })) {
    case undefined:
      return Effect.succeed({ barrier, party, taken: true })
    case "already joined":
      return Effect.fail(new AlreadyJoined(about))
    case "full":
      return Effect.fail(new BarrierFull({ barrier: barrier.name, parties: barrier.state.parties }))
    case "not invited":
      return Effect.fail(new NotInvited(about))
    default:
      return Effect.fail(new NoSuchBarrier({ barrier: barrier.name }))
  }
}

const vacate = (seat: Seat, how: "Die" | "Leave") => {
  if (!seat.taken) return
  seat.taken = false
  transition(seat.barrier, { _tag: how, party: seat.party })
}

const asMember = (seat: Seat): Member => {
  const { barrier, party } = seat
  const arrival: Protocol.Input = { _tag: "Arrive", party }
  // Runs only while the waiter has not been woken, so it concerns the generation in which this party waits.
  const giveUp = Effect.sync(() => {
    transition(barrier, { _tag: "Interrupt", party })
  })
  return {
    barrier: barrier.name,
    party,
    arrive: Effect.callback<Release, ArriveError>((resume) => {
      if (!seat.taken) return resume(Effect.fail(new NotJoined({ barrier: barrier.name, party })))
      // In line before the step: the last arrival is released together with the others.
      barrier.waiters.push(resume)
      const refusal = transition(barrier, arrival)
      if (refusal === undefined) return giveUp
      barrier.waiters.pop()
      return resume(Effect.fail(refusalError(barrier, party, refusal)))
    }),
    leave: Effect.sync(() => vacate(seat, "Leave"))
  }
}

const refusalError = (barrier: Barrier, party: string, refusal: Protocol.Refusal): ArriveError => {
  const { breach, generation } = barrier.state
  if (breach !== undefined) return new BarrierBroken({ barrier: barrier.name, ...breach })
  return refusal === "already arrived"
    ? new AlreadyArrived({ barrier: barrier.name, party, generation })
    : new NotJoined({ barrier: barrier.name, party })
}

const breachError = (
  { name, state }: Barrier,
  { breach, waiting }: Extract<Protocol.Output, { readonly _tag: "Broke" }>
): BarrierBroken | BarrierTimeout =>
  breach.reason === "timeout"
    ? new BarrierTimeout({
        barrier: name,
        generation: breach.generation,
        parties: state.parties,
        arrived: waiting,
        missing: breach.who
      })
    : new BarrierBroken({ barrier: name, ...breach })

const statusOf = ({ name, state }: Barrier): Status => ({
  barrier: name,
  generation: state.generation,
  parties: state.parties,
  joined: [...HashMap.keys(state.seats)].sort(),
  arrived: Protocol.waiting(state),
  broken: Option.fromUndefinedOr(state.breach)
})
