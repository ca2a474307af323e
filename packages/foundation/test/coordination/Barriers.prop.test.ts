/** P6: a barrier releases exactly once, with exactly its parties. Command sequences against a naive model. */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Clock, Effect, Exit, Fiber, Schema, Scope } from "effect"
import { TestClock } from "effect/testing"
import * as Barriers from "../../src/coordination/Barriers.ts"
import { campaign, law } from "../../src/testing/law.ts"

const party = Schema.Literals(["a", "b", "c", "d"])
const Command = Schema.TaggedUnion({
  Join: { party },
  Arrive: { party },
  Leave: { party },
  Die: { party },
  Interrupt: { party },
  Wait: { millis: Schema.Literals([40, 100]) },
  Reset: {}
})
type Command = typeof Command.Type
type Party = typeof party.Type

const timeoutMillis = 100

/** The rules once more, told the simplest way: lists, searched from the start. */
class Model {
  readonly members: Array<Party> = []
  readonly arrivals: Array<{ readonly party: Party; readonly settle: (outcome: string) => void }> = []
  generation = 0
  /** What a late arrival is told. */
  broken: string | undefined = undefined
  deadline = Number.POSITIVE_INFINITY
  readonly parties: number
  constructor(parties: number) {
    this.parties = parties
  }

  end(outcome: string, broken?: string) {
    const arrivals = this.arrivals.splice(0)
    this.deadline = Number.POSITIVE_INFINITY
    this.broken ??= broken
    for (const arrival of arrivals) arrival.settle(outcome)
  }

  has(name: Party) {
    return this.arrivals.some((arrival) => arrival.party === name)
  }

  arrive(name: Party, now: number, settle: (outcome: string) => void) {
    if (!this.members.includes(name)) return settle("NotJoined")
    if (this.broken !== undefined) return settle(this.broken)
    if (this.has(name)) return settle("AlreadyArrived")
    if (this.arrivals.length === 0) this.deadline = now + timeoutMillis
    this.arrivals.push({ party: name, settle })
    if (this.arrivals.length === this.parties) {
      this.end(`released ${this.generation}: ${this.arrivals.map((arrival) => arrival.party).join()}`)
      this.generation++
    }
  }

  depart(name: Party, how: "died" | "left") {
    const at = this.members.indexOf(name)
    if (at === -1) return
    this.members.splice(at, 1)
    if (how === "died" || this.has(name)) this.end(`${how} ${name}`, `${how} ${name}`)
  }
}

const outcomeOf = (exit: Exit.Exit<Barriers.Release, { readonly _tag: string }>): string => {
  if (Exit.isSuccess(exit)) return `released ${exit.value.generation}: ${exit.value.parties.join()}`
  const reason = exit.cause.reasons[0]!
  if (reason._tag === "Interrupt") return "interrupted"
  assert(reason._tag === "Fail")
  const error = reason.error
  if (error instanceof Barriers.BarrierTimeout)
    return `timeout of ${error.arrived.join()} without ${error.missing.join()}`
  return error instanceof Barriers.BarrierBroken ? `${error.reason} ${error.who.join()}` : error._tag
}

interface Attempt {
  readonly party: Party
  readonly fiber: Fiber.Fiber<Barriers.Release, { readonly _tag: string }>
  expected: string | undefined
}

/** Counts the sleeps that have begun and not ended: the timers that are armed. */
const withCountedTimers = <A, E>(use: (armed: () => number) => Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Clock.clockWith((clock) => {
    let armed = 0
    const counting: Clock.Clock = Object.create(clock, {
      sleep: {
        value: (duration: Parameters<Clock.Clock["sleep"]>[0]) =>
          Effect.acquireUseRelease(
            Effect.sync(() => {
              armed++
            }),
            () => clock.sleep(duration),
            () =>
              Effect.sync(() => {
                armed--
              })
          )
      }
    })
    return Effect.provideService(
      Effect.suspend(() => use(() => armed)),
      Clock.Clock,
      counting
    )
  })

/** Plays the commands on the service and on the model; the first difference is a defect. */
const play = Effect.fnUntraced(function* (
  parties: number,
  commands: ReadonlyArray<Command>,
  armed: () => number,
  seen = new Map<string, number>()
) {
  const barriers = yield* Barriers.Barriers
  yield* barriers.create({ name: "b", parties, timeout: timeoutMillis })
  const model = new Model(parties)
  const seats = new Map<Party, { readonly member: Barriers.Member; readonly scope: Scope.Closeable }>()
  const attempts: Array<Attempt> = []
  let now = 0

  for (const command of commands) {
    switch (command._tag) {
      case "Join": {
        const expected = model.members.includes(command.party)
          ? "AlreadyJoined"
          : model.members.length === parties
            ? "BarrierFull"
            : "joined"
        const scope = yield* Scope.make()
        const result = yield* Effect.result(
          barriers.join({ barrier: "b", party: command.party }).pipe(Scope.provide(scope))
        )
        assert.strictEqual(result._tag === "Success" ? "joined" : result.failure._tag, expected)
        if (result._tag === "Success") {
          model.members.push(command.party)
          seats.set(command.party, { member: result.success, scope })
        }
        break
      }
      case "Arrive": {
        const seat = seats.get(command.party)
        if (seat === undefined) break
        const attempt: Attempt = {
          party: command.party,
          fiber: yield* Effect.forkChild(seat.member.arrive, { startImmediately: true }),
          expected: undefined
        }
        attempts.push(attempt)
        model.arrive(command.party, now, (outcome) => {
          attempt.expected = outcome
        })
        break
      }
      case "Leave":
        yield* seats.get(command.party)?.member.leave ?? Effect.void
        model.depart(command.party, "left")
        break
      case "Die":
        yield* Effect.suspend(() => {
          const seat = seats.get(command.party)
          return seat === undefined ? Effect.void : Scope.close(seat.scope, Exit.void)
        })
        model.depart(command.party, "died")
        break
      case "Interrupt": {
        const attempt = attempts.find((each) => each.party === command.party && each.expected === undefined)
        if (attempt === undefined) break
        yield* Fiber.interrupt(attempt.fiber)
        model.end(`interrupted ${command.party}`, `interrupted ${command.party}`)
        attempt.expected = "interrupted"
        break
      }
      case "Wait":
        yield* TestClock.adjust(command.millis)
        now += command.millis
        if (now >= model.deadline) {
          const arrived = model.arrivals.map((arrival) => arrival.party)
          const missing = model.members.filter((member) => !arrived.includes(member)).sort()
          model.end(`timeout of ${arrived.join()} without ${missing.join()}`, `timeout ${missing.join()}`)
        }
        break
      case "Reset":
        yield* barriers.reset("b")
        model.end("reset ")
        model.broken = undefined
        model.generation++
        break
    }
    for (const { expected, fiber } of attempts) {
      const exit = fiber.pollUnsafe()
      const actual = exit === undefined ? undefined : outcomeOf(exit)
      assert.strictEqual(actual, expected)
    }
    assert.strictEqual(armed(), model.arrivals.length > 0 ? 1 : 0, "one timer while somebody waits, none otherwise")
  }
  for (const { expected } of attempts) {
    const kind = expected?.split(" ")[0] ?? "waiting"
    seen.set(kind, (seen.get(kind) ?? 0) + 1)
  }
  yield* Effect.forEach(seats.values(), ({ scope }) => Scope.close(scope, Exit.void))
  assert.strictEqual(armed(), 0)
  return true
})

const parties = ["a", "b", "c", "d"] as const
const { Arrive, Die, Interrupt, Join, Leave, Reset, Wait } = Command.cases

/** Arrivals are frequent, so that generations fill, and faults are rare, so that some are not broken at once. */
const deck: ReadonlyArray<Command> = [
  ...parties.flatMap((party) => Array.from({ length: 6 }, () => Arrive.make({ party }))),
  ...parties.flatMap((party) => [Join.make({ party }), Join.make({ party })]),
  ...parties.flatMap((party) => [Die.make({ party }), Leave.make({ party }), Interrupt.make({ party })]),
  Wait.make({ millis: 40 }),
  Wait.make({ millis: 100 }),
  ...Array.from({ length: 5 }, () => Reset.make({}))
]

const histories = Arbitrary.all([
  Arbitrary.schema(Schema.Literals([1, 2, 3, 4])),
  Arbitrary.map(
    Arbitrary.array(Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: deck.length - 1 }))), {
      minLength: 20,
      maxLength: 60
    }),
    (cards) => cards.map((card) => deck[card]!)
  )
])

const run = ([seats, commands]: readonly [number, ReadonlyArray<Command>], seen?: Map<string, number>) => {
  // Everybody starts as a member: sequences that first have to fill the seats by chance release seldom.
  const joins = parties.slice(0, seats).map((party) => Join.make({ party }))
  return withCountedTimers((armed) =>
    Effect.provide(play(seats, [...joins, ...commands], armed, seen), Barriers.layer)
  ).pipe(Effect.provide(TestClock.layer()), Effect.orDie)
}

describe("Barriers (P6)", () => {
  law("every command sequence ends as the model says", campaign(1_000, 20_000), histories, (history) => run(history))

  it.effect("the sequences reach every way in which an arrival can end", () =>
    Effect.gen(function* () {
      const seen = new Map<string, number>()
      for (const history of yield* Arbitrary.sampleEffect(histories, { count: 150, seed: 1 })) yield* run(history, seen)
      const kinds = ["released", "died", "left", "interrupted", "reset", "timeout", "AlreadyArrived"]
      for (const kind of [...kinds, "NotJoined"]) assert.isAbove(seen.get(kind) ?? 0, 3, kind)
    })
  )
})
