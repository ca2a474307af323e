/**
 * What every lease store must do, as a suite that any backend can run.
 *
 * **When to use** Call `suite("my backend", layer)` in a test file of your backend. The layer is built once; the store
 * must take its time from `Clock`, which the suite moves by hand.
 *
 * @since 0.1.0
 */
import { assert, layer as layerBlock } from "@effect/vitest"
import { Arbitrary, Clock, Effect, Schema } from "effect"
import type { Layer } from "effect"
import { TestClock } from "effect/testing"
import * as Rules from "../coordination/internal/lease.ts"
import * as LeaseStore from "../coordination/LeaseStore.ts"
import { campaign } from "./law.ts"

let elections = 0
/** The name of an election that no other test of this process uses. */
const fresh = (name: string): string => `${name}-${++elections}`

const lease = 1_000
const claim = (candidate: string, more: Partial<LeaseStore.Claim> = {}): LeaseStore.Claim => ({
  session: `session of ${candidate}`,
  candidate,
  score: 0,
  leaseMillis: lease,
  after: 0,
  ...more
})
const holding = (candidate: string, term: number) => ({ session: `session of ${candidate}`, term, leaseMillis: lease })

const who = Schema.Literals(["a", "b", "c"])
const Command = Schema.TaggedUnion({
  Stand: { who },
  Take: { who, after: Schema.Literals([0, 1, 2]) },
  Renew: { who, term: Schema.Literals([1, 2, 3]) },
  Release: { who },
  Wait: { millis: Schema.Literals([300, 1_000]) }
})
type Command = typeof Command.Type
const scores = { a: 0, b: 1, c: 1 }

/** What the rules say, applied to a record in memory. */
const expected = (record: LeaseStore.LeaseRecord, command: Command, now: number) => {
  switch (command._tag) {
    case "Stand":
      return Rules.stand(record, claim(command.who, { score: scores[command.who] }), now, LeaseStore.candidatesMax)
    case "Take": {
      const asked = claim(command.who, { score: scores[command.who], after: command.after })
      return Rules.take(record, asked, now, LeaseStore.candidatesMax)
    }
    case "Renew":
      return Rules.renew(record, holding(command.who, command.term), now)
    case "Release":
      return [undefined, Rules.release(record, holding(command.who, 0).session)] as const
    case "Wait":
      return [undefined, record] as const
  }
}

const actual = (store: LeaseStore.LeaseStore["Service"], election: string, command: Command) => {
  switch (command._tag) {
    case "Stand":
      return store.stand(election, claim(command.who, { score: scores[command.who] }))
    case "Take":
      return store.take(election, claim(command.who, { score: scores[command.who], after: command.after }))
    case "Renew":
      return store.renew(election, holding(command.who, command.term))
    case "Release":
      return store.release(election, holding(command.who, 0).session)
    case "Wait":
      return TestClock.adjust(command.millis)
  }
}

/** Runs the contract against the backend that `layer` builds. */
export const suite = <E>(name: string, layer: Layer.Layer<LeaseStore.LeaseStore, E>): void =>
  layerBlock(layer, { timeout: "60 seconds" })(`LeaseStore contract: ${name}`, (it) => {
    it.effect("an election that nobody has stood in has no leader and no term", () =>
      Effect.gen(function* () {
        const store = yield* LeaseStore.LeaseStore
        assert.deepStrictEqual(yield* store.read(fresh("empty")), { term: 0, leader: undefined })
      })
    )

    it.effect("standing alone grants nothing", () =>
      Effect.gen(function* () {
        const store = yield* LeaseStore.LeaseStore
        const election = fresh("stand")
        const answer = yield* store.stand(election, claim("a"))
        assert.deepStrictEqual(answer, { term: 0, leader: undefined, granted: undefined })
        assert.isUndefined((yield* store.read(election)).leader)
      })
    )

    it.effect("the first lease is term 1, and others are told who holds it and how long it runs", () =>
      Effect.gen(function* () {
        const store = yield* LeaseStore.LeaseStore
        const election = fresh("take")
        const answer = yield* store.take(election, claim("a"))
        const leader = { candidate: "a", term: 1, remainingMillis: lease }
        assert.deepStrictEqual(answer, { term: 1, leader, granted: 1 })
        yield* TestClock.adjust(400)
        const refused = yield* store.take(election, claim("b", { score: 9 }))
        const rest = { ...leader, remainingMillis: 600 }
        assert.deepStrictEqual(refused, { term: 1, leader: rest, granted: undefined })
        assert.deepStrictEqual(yield* store.read(election), { term: 1, leader: rest })
      })
    )

    it.effect("a lease ends to the millisecond, and the next one is a later term", () =>
      Effect.gen(function* () {
        const store = yield* LeaseStore.LeaseStore
        const election = fresh("end")
        yield* store.take(election, claim("a"))
        yield* TestClock.adjust(lease - 1)
        assert.isUndefined((yield* store.take(election, claim("b"))).granted)
        yield* TestClock.adjust(1)
        assert.deepStrictEqual(yield* store.read(election), { term: 1, leader: undefined })
        assert.strictEqual((yield* store.take(election, claim("b"))).granted, 2)
      })
    )

    it.effect("a free office goes to nobody but the best who stands", () =>
      Effect.gen(function* () {
        const store = yield* LeaseStore.LeaseStore
        const election = fresh("best")
        yield* store.stand(election, claim("m", { score: 2 }))
        yield* store.stand(election, claim("n", { score: 2 }))
        assert.isUndefined((yield* store.take(election, claim("z", { score: 1 }))).granted)
        assert.isUndefined((yield* store.take(election, claim("m", { score: 2 }))).granted)
        assert.strictEqual((yield* store.take(election, claim("n", { score: 2 }))).granted, 1)
      })
    )

    it.effect("who stands and falls silent keeps others away for one lease", () =>
      Effect.gen(function* () {
        const store = yield* LeaseStore.LeaseStore
        const election = fresh("silent")
        yield* store.stand(election, claim("b"))
        yield* TestClock.adjust(lease - 1)
        assert.isUndefined((yield* store.take(election, claim("a"))).granted)
        yield* TestClock.adjust(1)
        assert.strictEqual((yield* store.take(election, claim("a"))).granted, 1)
      })
    )

    it.effect("a renewal extends a lease that runs, and nothing else", () =>
      Effect.gen(function* () {
        const store = yield* LeaseStore.LeaseStore
        const election = fresh("renew")
        yield* store.take(election, claim("a"))
        yield* TestClock.adjust(600)
        const renewed = yield* store.renew(election, holding("a", 1))
        assert.deepStrictEqual(renewed, {
          term: 1,
          leader: { candidate: "a", term: 1, remainingMillis: lease },
          granted: 1
        })
        assert.isUndefined((yield* store.renew(election, holding("b", 1))).granted)
        assert.isUndefined((yield* store.renew(election, holding("a", 2))).granted)
        yield* TestClock.adjust(lease)
        assert.isUndefined((yield* store.renew(election, holding("a", 1))).granted)
        assert.isUndefined((yield* store.renew(fresh("unknown"), holding("a", 0))).granted)
      })
    )

    it.effect("a release frees the office at once, by its holder only, and can be repeated", () =>
      Effect.gen(function* () {
        const store = yield* LeaseStore.LeaseStore
        const election = fresh("release")
        yield* store.take(election, claim("a"))
        yield* store.release(election, claim("b").session)
        assert.strictEqual((yield* store.read(election)).leader?.candidate, "a")
        yield* store.release(election, claim("a").session)
        yield* store.release(election, claim("a").session)
        yield* store.release(fresh("unknown"), "nobody")
        assert.isUndefined((yield* store.renew(election, holding("a", 1))).granted)
        assert.strictEqual((yield* store.take(election, claim("b"))).granted, 2)
      })
    )

    it.effect("a claim whose answer was lost is granted the same term; one that knows it gets a new one", () =>
      Effect.gen(function* () {
        const store = yield* LeaseStore.LeaseStore
        const election = fresh("lost")
        assert.strictEqual((yield* store.take(election, claim("a"))).granted, 1)
        yield* TestClock.adjust(500)
        const again = yield* store.take(election, claim("a"))
        assert.strictEqual(again.granted, 1)
        assert.strictEqual(again.leader?.remainingMillis, lease)
        assert.strictEqual((yield* store.take(election, claim("a", { after: 1 }))).granted, 2)
        assert.isUndefined((yield* store.take(election, claim("a", { session: "another life" }))).granted)
      })
    )

    it.effect("of many who claim at the same time one is granted the office", () =>
      Effect.gen(function* () {
        const store = yield* LeaseStore.LeaseStore
        for (let round = 0; round < 6; round++) {
          const election = fresh("race")
          // Every other time the election is known already.
          if (round % 2 === 0) yield* store.take(election, claim("first"))
          yield* store.release(election, claim("first").session)
          const names = Array.from({ length: 20 }, (_, i) => `n${i}`)
          const answers = yield* Effect.forEach(names, (each) => store.take(election, claim(each)), {
            concurrency: "unbounded"
          })
          assert.strictEqual(answers.filter(({ granted }) => granted !== undefined).length, 1)
        }
      })
    )

    it.effect("nothing is lost among many who stand at the same time", () =>
      Effect.gen(function* () {
        const store = yield* LeaseStore.LeaseStore
        for (let round = 0; round < 3; round++) {
          const election = fresh("crowd")
          yield* store.stand(election, claim("first"))
          yield* store.release(election, claim("first").session)
          const names = Array.from({ length: 20 }, (_, i) => `n${String(i).padStart(2, "0")}`)
          yield* Effect.forEach(names, (each) => store.stand(election, claim(each)), { concurrency: "unbounded" })
          // From the best down: a claim that only this one outranks is refused as long as it stands.
          for (const each of names.toReversed()) {
            const below = claim(`${each.slice(0, -1)}${String.fromCharCode(each.charCodeAt(2) - 1)}~`)
            assert.isUndefined((yield* store.take(election, below)).granted, `${each} stands`)
            yield* store.release(election, below.session)
            yield* store.release(election, claim(each).session)
          }
          assert.strictEqual((yield* store.take(election, claim("a"))).granted, 1)
        }
      })
    )

    it.effect("elections do not touch each other, whatever their names", () =>
      Effect.gen(function* () {
        const store = yield* LeaseStore.LeaseStore
        const names = ["constructor", "__proto__", "o'brien; drop table", "ß€😀", "x".repeat(255)].map((each) =>
          fresh(each)
        )
        for (const election of names) {
          assert.strictEqual((yield* store.take(election, claim(`leader of ${election}`))).granted, 1)
        }
        for (const election of names) {
          assert.strictEqual((yield* store.read(election)).leader?.candidate, `leader of ${election}`)
        }
      })
    )

    it.effect(
      "an election takes a limited number of candidates",
      () =>
        Effect.gen(function* () {
          const store = yield* LeaseStore.LeaseStore
          const election = fresh("full")
          for (let i = 0; i < LeaseStore.candidatesMax; i++) yield* store.stand(election, claim(`n${i}`))
          yield* store.stand(election, claim("n0"))
          for (const step of [store.stand(election, claim("late")), store.take(election, claim("late"))]) {
            const error = yield* Effect.flip(step)
            assert(error._tag === "TooManyCandidates")
            assert.strictEqual(error.election, election)
          }
          yield* store.release(election, claim("n0").session)
          yield* store.stand(election, claim("late"))
        }),
      60_000
    )

    it.effect.prop(
      "every sequence of steps is answered as the rules say",
      [Arbitrary.array(Arbitrary.schema(Command), { maxLength: 15 })],
      ([commands]) =>
        Effect.gen(function* () {
          const store = yield* LeaseStore.LeaseStore
          const election = fresh("sequence")
          let record = LeaseStore.emptyRecord
          for (const command of commands) {
            const now = yield* Clock.currentTimeMillis
            const [answer, next] = expected(record, command, now)
            record = next
            assert.deepStrictEqual(yield* actual(store, election, command), answer === "full" ? undefined : answer)
            assert.deepStrictEqual(yield* store.read(election), Rules.view(record, yield* Clock.currentTimeMillis))
          }
        }),
      { timeout: 600_000, arbitrary: { runs: campaign(200, 2_000) } }
    )
  })
