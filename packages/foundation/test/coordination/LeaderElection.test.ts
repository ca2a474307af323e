import { assert, describe, it, layer } from "@effect/vitest"
import { Clock, Deferred, Effect, Exit, Fiber, Layer, Option, Scope, Stream } from "effect"
import { TestClock } from "effect/testing"
import { BackendError, Unavailable } from "../../src/BackendError.ts"
import * as LeaderElection from "../../src/coordination/LeaderElection.ts"
import * as LeaseStore from "../../src/coordination/LeaseStore.ts"
import { expectNoLeaks } from "../../src/testing/expectNoLeaks.ts"

type Options = Parameters<LeaderElection.LeaderElection["Service"]["campaign"]>[0]

const start = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.forkChild(effect, { startImmediately: true })

/** A campaign with a scope of its own: `die` ends it in good order. */
const campaign = Effect.fnUntraced(function* (options: Options) {
  const elections = yield* LeaderElection.LeaderElection
  const scope = yield* Scope.make()
  const campaign = yield* elections.campaign({ lease: "10 seconds", ...options }).pipe(Scope.provide(scope))
  return { ...campaign, close: Scope.close(scope, Exit.void) }
})

const leaders = (campaigns: ReadonlyArray<LeaderElection.Campaign>) =>
  Effect.map(
    Effect.filter(campaigns, ({ isLeader }) => isLeader),
    (found) => found.map(({ candidate }) => candidate)
  )

layer(LeaderElection.layerMemory)("LeaderElection", (it) => {
  it.effect("109: of five candidates exactly one leads, and after its end another with a higher term", () =>
    Effect.gen(function* () {
      const election = "five"
      const campaigns = yield* Effect.forEach([3, 1, 5, 5, 2], (score, i) =>
        campaign({ election, candidate: `n${i}`, score })
      )
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* leaders(campaigns), ["n3"], "the best score, then the greater name")
      const first = yield* campaigns[3]!.awaitElected
      yield* campaigns[3]!.close
      assert.deepStrictEqual(yield* leaders(campaigns), ["n2"])
      const second = yield* campaigns[2]!.awaitElected
      assert.isAbove(second.term, first.term)
    })
  )

  it.effect("a live leader is not deposed by a better candidate", () =>
    Effect.gen(function* () {
      const election = "stable"
      const modest = yield* campaign({ election, candidate: "modest", score: 1 })
      yield* TestClock.adjust("1 second")
      const { term } = yield* modest.awaitElected
      const better = yield* campaign({ election, candidate: "better", score: 100 })
      yield* TestClock.adjust("10 minutes")
      assert.deepStrictEqual(yield* leaders([modest, better]), ["modest"])
      assert.strictEqual((yield* modest.awaitElected).term, term)
      yield* modest.resign
      assert.deepStrictEqual(yield* leaders([modest, better]), ["better"])
    })
  )

  it.effect("a candidate waits for the time of standing before it takes a free office", () =>
    Effect.gen(function* () {
      const alone = yield* campaign({ election: "alone", candidate: "a", standing: "3 seconds" })
      yield* TestClock.adjust("2999 millis")
      assert.isFalse(yield* alone.isLeader)
      assert.isTrue(Option.isNone(yield* alone.office))
      yield* TestClock.adjust("1 millis")
      assert.isTrue(yield* alone.isLeader)
      assert.deepStrictEqual(yield* alone.office, Option.some({ election: "alone", candidate: "a", term: 1 }))
      const eager = yield* campaign({ election: "eager", candidate: "a", standing: 0 })
      assert.isTrue(yield* eager.isLeader)
    })
  )

  it.effect("the work of a leader is interrupted when it resigns", () =>
    Effect.gen(function* () {
      const only = yield* campaign({ election: "work", candidate: "a", standing: 0 })
      const interrupted = yield* Deferred.make<number>()
      const fiber = yield* start(
        only.lead(({ term }) => Effect.onInterrupt(Effect.never, () => Deferred.succeed(interrupted, term)))
      )
      yield* only.resign
      const error = yield* Effect.flip(Fiber.join(fiber))
      assert(error instanceof LeaderElection.Deposed)
      assert.strictEqual(error.reason, "resigned")
      assert.strictEqual(error.message, `"a" lost election "work", term 1 (resigned)`)
      assert.strictEqual(yield* Deferred.await(interrupted), 1)
      yield* only.resign
      for (const failure of [yield* Effect.flip(only.awaitElected), yield* Effect.flip(only.lead(() => Effect.void))]) {
        assert(failure instanceof LeaderElection.CampaignEnded)
        assert.strictEqual(failure.message, `"a" no longer stands in election "work"`)
      }
    })
  )

  it.effect("work that ends by itself leaves the office as it is", () =>
    Effect.gen(function* () {
      const only = yield* campaign({ election: "short work", candidate: "a", standing: 0 })
      assert.strictEqual(yield* only.lead(({ term }) => Effect.succeed(term)), 1)
      assert.strictEqual(yield* Effect.flip(only.lead(() => Effect.fail("no"))), "no")
      assert.isTrue(yield* only.isLeader)
    })
  )

  it.effect("who waits to be elected learns that the campaign is over", () =>
    Effect.gen(function* () {
      const loser = yield* campaign({ election: "over", candidate: "a" })
      const fiber = yield* start(loser.awaitElected)
      yield* loser.close
      assert.strictEqual((yield* Effect.flip(Fiber.join(fiber)))._tag, "CampaignEnded")
    })
  )

  it.effect("an election can be watched from its present state on", () =>
    Effect.gen(function* () {
      const elections = yield* LeaderElection.LeaderElection
      const election = "watched"
      const seen: Array<string> = []
      yield* start(
        Stream.runForEach(elections.watch(election), ({ leader, term }) =>
          Effect.sync(() => {
            seen.push(`${term} ${Option.getOrElse(leader, () => "-")}`)
          })
        )
      )
      assert.deepStrictEqual(seen, ["0 -"])
      const waiting = yield* start(elections.awaitLeader(election))
      const a = yield* campaign({ election, candidate: "a", standing: 0 })
      const b = yield* campaign({ election, candidate: "b", standing: 0 })
      assert.deepStrictEqual(yield* Fiber.join(waiting), { election, candidate: "a", term: 1 })
      yield* TestClock.adjust("1 minute")
      yield* a.close
      yield* TestClock.adjust(1)
      yield* b.close
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(seen, ["0 -", "1 a", "1 -", "2 b", "2 -"])
      assert.deepStrictEqual(yield* elections.lookup(election), { election, term: 2, leader: Option.none() })
    })
  )

  it.effect("what cannot be a campaign is refused", () =>
    Effect.gen(function* () {
      const refused = (options: Partial<Options>) =>
        Effect.flip(campaign({ election: "refused", candidate: "a", ...options }))
      for (const options of [{ election: "" }, { candidate: "x".repeat(256) }]) {
        const error = yield* refused(options)
        assert(error instanceof LeaderElection.InvalidName)
        assert.include(error.message, "1 to 255 characters")
      }
      for (const options of [
        { score: Number.NaN },
        { score: Number.POSITIVE_INFINITY },
        { lease: 0 },
        { lease: "2 days" },
        { lease: "1 second", standing: "2 seconds" }
      ] as const) {
        const error = yield* refused(options)
        assert(error instanceof LeaderElection.InvalidTerms)
        assert.include(error.message, "of a campaign")
      }
    })
  )

  it.effect("an election has room for a limited number of candidates", () =>
    Effect.gen(function* () {
      const store = yield* Layer.build(LeaseStore.layerMemory)
      const crowded = Effect.gen(function* () {
        const leases = yield* LeaseStore.LeaseStore
        for (let i = 0; i < LeaseStore.candidatesMax; i++) {
          const who = { session: `${i}`, candidate: `${i}`, score: 0, leaseMillis: 10_000, after: 0 }
          yield* leases.stand("crowded", who)
        }
        const error = yield* Effect.flip(campaign({ election: "crowded", candidate: "late" }))
        assert(error instanceof LeaseStore.TooManyCandidates)
        assert.include(error.message, "1000 candidates stand")
        yield* TestClock.adjust("10 seconds")
        yield* campaign({ election: "crowded", candidate: "late" })
      })
      yield* Effect.provide(Effect.provide(crowded, Layer.fresh(LeaderElection.layer)), store)
    })
  )
})

/** A store with levers: `cut` makes it unreachable, `hang` silent, `forget` lose its leases like a restored backup. */
const faulty = () => {
  const mode: { now: "well" | "cut" | "hang" | "forget" } = { now: "well" }
  const gone = new BackendError({ reason: new Unavailable({ operation: "LeaseStore", detail: "cut" }) })
  const layer = Layer.effect(
    LeaseStore.LeaseStore,
    Effect.map(LeaseStore.LeaseStore, (store) => {
      const through = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E | BackendError> =>
        Effect.suspend((): Effect.Effect<A, E | BackendError> => {
          if (mode.now === "cut") return Effect.fail(gone)
          return mode.now === "hang" ? Effect.never : effect
        })
      return LeaseStore.LeaseStore.of({
        stand: (...args) => through(store.stand(...args)),
        take: (...args) => through(store.take(...args)),
        renew: (...args) =>
          mode.now === "forget"
            ? Effect.succeed({ term: 7, leader: undefined, granted: undefined })
            : through(store.renew(...args)),
        release: (...args) => through(store.release(...args)),
        read: (...args) => through(store.read(...args))
      })
    })
  )
  return { mode, layer }
}

/** Two services over one memory store; the first reaches it through a link that can fail. */
const twoNodes = Effect.gen(function* () {
  const store = yield* Layer.build(LeaseStore.layerMemory)
  const link = faulty()
  const near = yield* Layer.build(Layer.fresh(LeaderElection.layer).pipe(Layer.provide(Layer.fresh(link.layer)))).pipe(
    Effect.provide(store)
  )
  const far = yield* Layer.build(Layer.fresh(LeaderElection.layer)).pipe(Effect.provide(store))
  return { near, far, link: link.mode }
})

describe("a leader that cannot renew its lease", () => {
  for (const fault of ["cut", "hang"] as const) {
    it.effect(`steps down before another is elected (${fault})`, () =>
      Effect.gen(function* () {
        const { far, link, near } = yield* twoNodes
        const a = yield* campaign({ election: "e", candidate: "a", standing: 0 }).pipe(Effect.provide(near))
        const b = yield* campaign({ election: "e", candidate: "b" }).pipe(Effect.provide(far))
        yield* TestClock.adjust("1 minute")
        const fiber = yield* start(a.lead(() => Effect.never))
        link.now = fault
        // The last renewal was at the minute: the margin is a fifth of the ten seconds.
        yield* TestClock.adjust("7999 millis")
        assert.isTrue(yield* a.isLeader)
        assert.isUndefined(fiber.pollUnsafe())
        yield* TestClock.adjust("1 millis")
        assert.isFalse(yield* a.isLeader)
        const error = yield* Effect.flip(Fiber.join(fiber))
        assert(error._tag === "Deposed" && error.reason === "expired")
        assert.isFalse(yield* b.isLeader)
        yield* TestClock.adjust("2 seconds")
        assert.isTrue(yield* b.isLeader)
        assert.strictEqual((yield* b.awaitElected).term, 2)
        link.now = "well"
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual(yield* leaders([a, b]), ["b"])
      })
    )
  }

  it.effect("leads again with a new term if nobody has followed", () =>
    Effect.gen(function* () {
      const { link, near } = yield* twoNodes
      const a = yield* campaign({ election: "e", candidate: "a", standing: 0 }).pipe(Effect.provide(near))
      link.now = "cut"
      yield* TestClock.adjust("9 seconds")
      assert.isFalse(yield* a.isLeader)
      link.now = "well"
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual(yield* a.office, Option.some({ election: "e", candidate: "a", term: 2 }))
    })
  )

  it.effect("is told when the store has given the office away", () =>
    Effect.gen(function* () {
      const { link, near } = yield* twoNodes
      const a = yield* campaign({ election: "e", candidate: "a", standing: 0 }).pipe(Effect.provide(near))
      const fiber = yield* start(a.lead(() => Effect.never))
      link.now = "forget"
      yield* TestClock.adjust("2500 millis")
      const error = yield* Effect.flip(Fiber.join(fiber))
      assert(error._tag === "Deposed" && error.reason === "refused")
      assert.isFalse(yield* a.isLeader)
    })
  )

  it.effect("cannot begin to campaign while the store is away", () =>
    Effect.gen(function* () {
      const { link, near } = yield* twoNodes
      const elections = yield* Effect.provide(LeaderElection.LeaderElection, near)
      link.now = "cut"
      assert.instanceOf(yield* Effect.flip(elections.campaign({ election: "e", candidate: "a" })), BackendError)
      assert.instanceOf(yield* Effect.flip(elections.lookup("e")), BackendError)
      assert.instanceOf(yield* Effect.flip(elections.awaitLeader("e")), BackendError)
      assert.instanceOf(yield* Effect.flip(Stream.runHead(elections.watch("e"))), BackendError)
      link.now = "hang"
      const fiber = yield* start(elections.campaign({ election: "e", candidate: "a", lease: "3 seconds" }))
      yield* TestClock.adjust("3 seconds")
      const error = yield* Effect.flip(Fiber.join(fiber))
      assert(error._tag === "BackendError" && error.reason._tag === "Timeout")
      link.now = "well"
    })
  )

  it.effect("can end its campaign although the store is away", () =>
    Effect.gen(function* () {
      const { far, link, near } = yield* twoNodes
      const a = yield* campaign({ election: "e", candidate: "a", standing: 0 }).pipe(Effect.provide(near))
      link.now = "cut"
      assert.instanceOf(yield* Effect.flip(a.resign), BackendError)
      assert.isFalse(yield* a.isLeader)
      const b = yield* campaign({ election: "e", candidate: "b", standing: 0 }).pipe(Effect.provide(far))
      assert.isFalse(yield* b.isLeader, "the lease of a still runs")
      yield* TestClock.adjust("10 seconds")
      assert.isTrue(yield* b.isLeader)

      link.now = "well"
      yield* a.resign
      link.now = "cut"
      const c = yield* campaign({ election: "f", candidate: "c" }).pipe(Effect.provide(near), Effect.flip)
      assert.instanceOf(c, BackendError)
    })
  )

  it.effect("closes in bounded time and leaves nothing behind although the store is silent", () =>
    expectNoLeaks(
      Effect.gen(function* () {
        const { link, near } = yield* twoNodes
        const a = yield* campaign({ election: "e", candidate: "a", standing: 0 }).pipe(Effect.provide(near))
        link.now = "hang"
        yield* TestClock.adjust("1 minute")
        const closing = yield* start(a.close)
        yield* TestClock.adjust("10 seconds")
        yield* Fiber.join(closing)
      }).pipe(Effect.scoped)
    )
  )

  it.effect("does not take itself for the leader when it wakes from a pause, before anything else has run", () =>
    Effect.gen(function* () {
      let paused = 0n
      const pausable = yield* Clock.clockWith((clock) =>
        Effect.succeed<Clock.Clock>(
          Object.create(clock, {
            monotonicTimeNanosUnsafe: { value: () => clock.monotonicTimeNanosUnsafe() + paused }
          })
        )
      )
      const a = yield* campaign({ election: "e", candidate: "a", standing: 0 }).pipe(
        Effect.provideService(Clock.Clock, pausable)
      )
      assert.isTrue(yield* a.isLeader)
      paused = 8_000_000_000n
      assert.isFalse(yield* a.isLeader)
      assert.isTrue(Option.isNone(yield* a.office))
      const waiting = yield* start(a.awaitElected)
      assert.isUndefined(waiting.pollUnsafe())
      yield* TestClock.adjust("3 seconds")
      assert.strictEqual((yield* Fiber.join(waiting)).term, 2)
    }).pipe(Effect.provide(LeaderElection.layerMemory))
  )
})

describe("a candidate of the same name", () => {
  it.effect("waits for the lease of the former life to run out", () =>
    Effect.gen(function* () {
      const { far, link, near } = yield* twoNodes
      yield* campaign({ election: "e", candidate: "a", standing: 0 }).pipe(Effect.provide(near))
      // The first life can neither renew nor say goodbye, like a process that is killed.
      link.now = "cut"
      const second = yield* campaign({ election: "e", candidate: "a", standing: 0 }).pipe(Effect.provide(far))
      yield* TestClock.adjust("9999 millis")
      assert.isFalse(yield* second.isLeader)
      yield* TestClock.adjust("1 millis")
      assert.isTrue(yield* second.isLeader)
      assert.strictEqual((yield* second.awaitElected).term, 2)
    })
  )
})

describe("a campaign that has ended", () => {
  it.effect("leaves nothing behind", () =>
    expectNoLeaks(
      Effect.gen(function* () {
        const campaigns = yield* Effect.forEach(["a", "b", "c"], (candidate) =>
          campaign({ election: "e", candidate, standing: 0 })
        )
        const elections = yield* LeaderElection.LeaderElection
        const watching = yield* start(Stream.runDrain(elections.watch("e")))
        const waiting = yield* Effect.forEach(campaigns, ({ lead }) => start(Effect.exit(lead(() => Effect.never))))
        yield* TestClock.adjust("1 minute")
        yield* Effect.forEach(campaigns, ({ close }) => close)
        yield* Fiber.interrupt(watching)
        yield* Fiber.awaitAll(waiting)
      }).pipe(Effect.provide(LeaderElection.layerMemory), Effect.scoped)
    )
  )
})
