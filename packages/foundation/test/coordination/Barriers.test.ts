import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, Exit, Fiber, Option, Scope } from "effect"
import { TestClock } from "effect/testing"
import * as Barriers from "../../src/coordination/Barriers.ts"
import { expectNoLeaks } from "../../src/testing/expectNoLeaks.ts"

const join = (barrier: string, party: string) =>
  Effect.flatMap(Barriers.Barriers, (barriers) => barriers.join({ barrier, party }))

/** A member and the means to let it die. */
const mortal = Effect.fnUntraced(function* (barrier: string, party: string) {
  const scope = yield* Scope.make()
  const member = yield* Scope.provide(join(barrier, party), scope)
  return { ...member, die: Scope.close(scope, Exit.void) }
})

const start = <A, E>(effect: Effect.Effect<A, E>) => Effect.forkChild(effect, { startImmediately: true })
const failureOf = <A, E>(fiber: Fiber.Fiber<A, E>) => Effect.flip(Fiber.join(fiber))

layer(Barriers.layer)("Barriers", (it) => {
  it.effect("105: a barrier for three releases all three together", () =>
    Effect.gen(function* () {
      const barriers = yield* Barriers.Barriers
      yield* barriers.create({ name: "three", parties: 3 })
      const [a, b, c] = yield* Effect.all([join("three", "a"), join("three", "b"), join("three", "c")])
      const first = yield* start(b.arrive)
      const second = yield* start(a.arrive)
      assert.isUndefined(first.pollUnsafe())
      assert.isUndefined(second.pollUnsafe())
      const release = yield* c.arrive
      assert.deepStrictEqual(release, { barrier: "three", generation: 0, parties: ["b", "a", "c"] })
      assert.deepStrictEqual(yield* Fiber.join(first), release)
      assert.deepStrictEqual(yield* Fiber.join(second), release)
    })
  )

  it.effect("105: with one of three the time runs out and the error says who came", () =>
    Effect.gen(function* () {
      const barriers = yield* Barriers.Barriers
      yield* barriers.create({ name: "late", parties: 3, timeout: "100 millis" })
      const here = yield* join("late", "here")
      yield* join("late", "absent")
      const fiber = yield* start(here.arrive)
      yield* TestClock.adjust("99 millis")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      const error = yield* failureOf(fiber)
      assert(error instanceof Barriers.BarrierTimeout)
      assert.deepStrictEqual(error.arrived, ["here"])
      assert.deepStrictEqual(error.missing, ["absent"])
      assert.strictEqual(error.parties, 3)
      assert.strictEqual(error.message, `Only 1 of 3 parties came to barrier "late" in time, without "absent"`)
      const late = yield* Effect.flip(here.arrive)
      assert(late instanceof Barriers.BarrierBroken)
      assert.strictEqual(late.reason, "timeout")
      assert.strictEqual(late.message, `Generation 0 of barrier "late" is broken (timeout: "absent")`)
    })
  )

  it.effect("one party that arrives twice does not release a barrier for two", () =>
    Effect.gen(function* () {
      const barriers = yield* Barriers.Barriers
      yield* barriers.create({ name: "two", parties: 2 })
      const eager = yield* join("two", "eager")
      const fiber = yield* start(eager.arrive)
      const error = yield* Effect.flip(eager.arrive)
      assert(error instanceof Barriers.AlreadyArrived)
      assert.strictEqual(error.message, `"eager" waits at barrier "two" already (generation 0)`)
      assert.isUndefined(fiber.pollUnsafe())
      const other = yield* join("two", "other")
      yield* other.arrive
      assert.deepStrictEqual((yield* Fiber.join(fiber)).parties, ["eager", "other"])
    })
  )

  it.effect("a barrier can be used again and again, also by those it has just released", () =>
    Effect.gen(function* () {
      const barriers = yield* Barriers.Barriers
      yield* barriers.create({ name: "cyclic", parties: 3 })
      const rounds = 50
      const party = Effect.fnUntraced(function* (name: string) {
        const member = yield* join("cyclic", name)
        const seen: Array<number> = []
        for (let round = 0; round < rounds; round++) seen.push((yield* member.arrive).generation)
        yield* member.leave
        return seen
      })
      const seen = yield* Effect.forEach(["a", "b", "c"], party, { concurrency: "unbounded" })
      const all = Array.from({ length: rounds }, (_, i) => i)
      assert.deepStrictEqual(seen, [all, all, all])
    })
  )

  it.effect("the death of a member that has not arrived fails those who wait, and those who come later", () =>
    Effect.gen(function* () {
      const barriers = yield* Barriers.Barriers
      yield* barriers.create({ name: "death", parties: 3 })
      const [a, b, c] = yield* Effect.all([join("death", "a"), mortal("death", "b"), join("death", "c")])
      const fiber = yield* start(a.arrive)
      yield* b.die
      for (const error of [yield* failureOf(fiber), yield* Effect.flip(c.arrive)]) {
        assert(error instanceof Barriers.BarrierBroken)
        assert.strictEqual(error.reason, "died")
        assert.deepStrictEqual(error.who, ["b"])
      }
    })
  )

  it.effect("a member that dies while it waits fails with the others", () =>
    Effect.gen(function* () {
      const barriers = yield* Barriers.Barriers
      yield* barriers.create({ name: "waiting death", parties: 3 })
      const [a, b] = yield* Effect.all([mortal("waiting death", "a"), join("waiting death", "b")])
      const fibers = [yield* start(a.arrive), yield* start(b.arrive)]
      yield* a.die
      for (const fiber of fibers) {
        const error = yield* failureOf(fiber)
        assert(error._tag === "BarrierBroken" && error.reason === "died")
      }
      const error = yield* Effect.flip(a.arrive)
      assert(error instanceof Barriers.NotJoined)
      assert.strictEqual(error.message, `"a" is no longer a member of barrier "waiting death"`)
    })
  )

  it.effect("a member that stops waiting breaks the generation", () =>
    Effect.gen(function* () {
      const barriers = yield* Barriers.Barriers
      yield* barriers.create({ name: "impatient", parties: 3 })
      const [a, b] = yield* Effect.all([join("impatient", "a"), join("impatient", "b")])
      const patient = yield* start(a.arrive)
      const impatient = yield* start(b.arrive)
      yield* Fiber.interrupt(impatient)
      const error = yield* failureOf(patient)
      assert(error._tag === "BarrierBroken" && error.reason === "interrupted")
      assert.deepStrictEqual(error.who, ["b"])
    })
  )

  it.effect("a reset sends the waiting away and begins a generation for the same members", () =>
    Effect.gen(function* () {
      const barriers = yield* Barriers.Barriers
      yield* barriers.create({ name: "reset", parties: 2 })
      const [a, b] = yield* Effect.all([join("reset", "a"), mortal("reset", "b")])
      const fiber = yield* start(a.arrive)
      yield* barriers.reset("reset")
      const error = yield* failureOf(fiber)
      assert(error._tag === "BarrierBroken" && error.reason === "reset")
      assert.strictEqual(error.message, `Generation 0 of barrier "reset" is broken (reset)`)
      yield* b.die
      const heir = yield* join("reset", "b")
      assert.strictEqual((yield* Effect.flip(heir.arrive))._tag, "BarrierBroken")
      yield* barriers.reset("reset")
      const again = yield* start(a.arrive)
      assert.strictEqual((yield* heir.arrive).generation, 2)
      yield* Fiber.join(again)
    })
  )

  it.effect("a member that leaves before it arrives makes room for another", () =>
    Effect.gen(function* () {
      const barriers = yield* Barriers.Barriers
      yield* barriers.create({ name: "leave", parties: 2 })
      const [a, b] = yield* Effect.all([join("leave", "a"), join("leave", "b")])
      const fiber = yield* start(a.arrive)
      yield* b.leave
      yield* b.leave
      assert.isUndefined(fiber.pollUnsafe())
      assert.strictEqual((yield* Effect.flip(b.arrive))._tag, "NotJoined")
      const c = yield* join("leave", "c")
      yield* c.arrive
      assert.deepStrictEqual((yield* Fiber.join(fiber)).parties, ["a", "c"])
    })
  )

  it.effect("a member that leaves while it waits breaks the generation", () =>
    Effect.gen(function* () {
      const barriers = yield* Barriers.Barriers
      yield* barriers.create({ name: "walkout", parties: 2 })
      const a = yield* join("walkout", "a")
      const fiber = yield* start(a.arrive)
      yield* a.leave
      const error = yield* failureOf(fiber)
      assert(error._tag === "BarrierBroken" && error.reason === "left")
    })
  )

  it.effect("the handle of a dead member has no power over the seat of its heir", () =>
    Effect.gen(function* () {
      const barriers = yield* Barriers.Barriers
      yield* barriers.create({ name: "heir", parties: 2 })
      const old = yield* mortal("heir", "a")
      yield* old.leave
      const heir = yield* join("heir", "a")
      yield* old.die
      assert.strictEqual((yield* Effect.flip(old.arrive))._tag, "NotJoined")
      const b = yield* join("heir", "b")
      const fiber = yield* start(b.arrive)
      yield* heir.arrive
      yield* Fiber.join(fiber)
    })
  )

  it.effect("a removed barrier fails those who wait and those who hold a seat", () =>
    Effect.gen(function* () {
      const barriers = yield* Barriers.Barriers
      yield* barriers.create({ name: "gone", parties: 2 })
      const a = yield* join("gone", "a")
      const fiber = yield* start(a.arrive)
      yield* barriers.remove("gone")
      for (const error of [yield* failureOf(fiber), yield* Effect.flip(a.arrive)]) {
        assert(error._tag === "BarrierBroken" && error.reason === "removed")
      }
      assert.isTrue(Option.isNone(yield* barriers.lookup("gone")))
      for (const error of [
        yield* Effect.flip(barriers.remove("gone")),
        yield* Effect.flip(barriers.reset("gone")),
        yield* Effect.flip(join("gone", "b"))
      ]) {
        assert(error instanceof Barriers.NoSuchBarrier)
        assert.strictEqual(error.message, `There is no barrier "gone"`)
      }
      yield* barriers.create({ name: "gone", parties: 1 })
    })
  )

  it.effect("a barrier takes only as many parties as it has seats", () =>
    Effect.gen(function* () {
      const barriers = yield* Barriers.Barriers
      yield* barriers.create({ name: "full", parties: 1 })
      yield* join("full", "a")
      const full = yield* Effect.flip(join("full", "b"))
      assert(full instanceof Barriers.BarrierFull)
      assert.strictEqual(full.message, `All 1 seats of barrier "full" are taken`)
      const twice = yield* Effect.flip(join("full", "a"))
      assert(twice instanceof Barriers.AlreadyJoined)
      assert.strictEqual(twice.message, `"a" has joined barrier "full" already`)
    })
  )

  it.effect("a barrier that was created for named parties takes no others", () =>
    Effect.gen(function* () {
      const barriers = yield* Barriers.Barriers
      yield* barriers.create({ name: "named", parties: ["constructor", "toString"] })
      const error = yield* Effect.flip(join("named", "stranger"))
      assert(error instanceof Barriers.NotInvited)
      assert.strictEqual(error.message, `"stranger" is not among the parties of barrier "named"`)
      const [a, b] = yield* Effect.all([join("named", "constructor"), join("named", "toString")])
      const fiber = yield* start(a.arrive)
      yield* b.arrive
      yield* Fiber.join(fiber)
    })
  )

  it.effect("what cannot be a barrier is refused", () =>
    Effect.gen(function* () {
      const barriers = yield* Barriers.Barriers
      for (const parties of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 10_001, [], ["a", "a"]]) {
        const error = yield* Effect.flip(barriers.create({ name: "invalid", parties }))
        assert(error instanceof Barriers.InvalidParties)
        assert.include(error.message, `Barrier "invalid"`)
      }
      yield* barriers.create({ name: "taken", parties: 1 })
      const exists = yield* Effect.flip(barriers.create({ name: "taken", parties: 1 }))
      assert(exists instanceof Barriers.BarrierExists)
      assert.strictEqual(exists.message, `Barrier "taken" exists already`)
      for (const error of [
        yield* Effect.flip(barriers.create({ name: "", parties: 1 })),
        yield* Effect.flip(barriers.create({ name: "party", parties: ["x".repeat(256)] })),
        yield* Effect.flip(join("taken", ""))
      ]) {
        assert(error instanceof Barriers.InvalidName)
        assert.include(error.message, "A name has 1 to 255 characters")
      }
    })
  )

  it.effect("the state of a barrier can be read", () =>
    Effect.gen(function* () {
      const barriers = yield* Barriers.Barriers
      yield* barriers.create({ name: "status", parties: 3 })
      const [b, a] = yield* Effect.all([mortal("status", "b"), join("status", "a")])
      yield* start(Effect.ignore(a.arrive))
      const before = Option.getOrThrow(yield* barriers.lookup("status"))
      assert.deepStrictEqual(before, {
        barrier: "status",
        generation: 0,
        parties: 3,
        joined: ["a", "b"],
        arrived: ["a"],
        broken: Option.none()
      })
      yield* b.die
      const after = Option.getOrThrow(yield* barriers.lookup("status"))
      assert.deepStrictEqual(after.joined, ["a"])
      assert.deepStrictEqual(after.broken, Option.some({ generation: 0, reason: "died", who: ["b"] }))
      assert.include(yield* barriers.list, "status")
    })
  )
})

describe("the layer of Barriers", () => {
  it.effect("fails those who still wait when it closes", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.gen(function* () {
        const barriers = yield* Barriers.Barriers
        yield* barriers.create({ name: "end", parties: 2, timeout: "1 hour" })
        const member = yield* join("end", "a")
        return yield* Effect.forkDetach(member.arrive, { startImmediately: true })
      }).pipe(Effect.provide(Barriers.layer))
      const error = yield* failureOf(fiber)
      assert(error._tag === "BarrierBroken" && error.reason === "removed")
    })
  )

  it.effect("holds no more barriers and parties than its limits say", () =>
    Effect.gen(function* () {
      const barriers = yield* Barriers.Barriers
      yield* barriers.create({ name: "1", parties: 2 })
      assert.instanceOf(yield* Effect.flip(barriers.create({ name: "2", parties: 3 })), Barriers.InvalidParties)
      const error = yield* Effect.flip(barriers.create({ name: "2", parties: 2 }))
      assert(error instanceof Barriers.TooManyBarriers)
      assert.strictEqual(error.message, "There are 1 barriers already, which is the limit")
      yield* barriers.remove("1")
      yield* barriers.create({ name: "2", parties: 2 })
    }).pipe(Effect.provide(Barriers.layer), Effect.provideService(Barriers.Limits, { partiesMax: 2, barriersMax: 1 }))
  )

  it.effect("a thousand parties pass together", () =>
    Effect.gen(function* () {
      const barriers = yield* Barriers.Barriers
      const n = 1_000
      yield* barriers.create({ name: "crowd", parties: n, timeout: "1 second" })
      const members = yield* Effect.forEach(
        Array.from({ length: n }, (_, i) => `p${i}`),
        (party) => join("crowd", party)
      )
      for (let round = 0; round < 2; round++) {
        const releases = yield* Effect.forEach(members, (member) => member.arrive, { concurrency: "unbounded" })
        assert.isTrue(releases.every((release) => release === releases[0]))
        assert.strictEqual(new Set(releases[0]!.parties).size, n)
        assert.strictEqual(releases[0]!.generation, round)
      }
    }).pipe(Effect.provide(Barriers.layer))
  )

  it.effect("leaves nothing behind, whether a generation was released, broken or abandoned", () =>
    expectNoLeaks(
      Effect.gen(function* () {
        const barriers = yield* Barriers.Barriers
        for (const name of ["released", "broken", "abandoned"]) {
          yield* barriers.create({ name, parties: 2, timeout: "1 hour" })
        }
        const released = yield* Effect.all([join("released", "a"), join("released", "b")])
        yield* Effect.all([released[0].arrive, released[1].arrive], { concurrency: "unbounded" })
        const [a, b] = yield* Effect.all([mortal("broken", "a"), mortal("broken", "b")])
        const broken = yield* start(Effect.exit(a.arrive))
        yield* b.die
        yield* a.die
        yield* Fiber.join(broken)
        const abandoned = yield* join("abandoned", "a")
        const fiber = yield* start(abandoned.arrive)
        yield* Fiber.interrupt(fiber)
      }).pipe(Effect.provide(Barriers.layer), Effect.scoped)
    )
  )
})
