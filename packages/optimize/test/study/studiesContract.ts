/** What `Studies` must do on every event store: leases, budgets, pausing, resuming, many workers at once. */
import { assert, layer as layerBlock } from "@effect/vitest"
import type { EventStore } from "@foundation/core"
import { Effect, Layer, Option, Result, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as Problems from "../../src/problem/Problems.ts"
import * as Tpe from "../../src/sampler/Tpe.ts"
import * as SearchSpace from "../../src/space/SearchSpace.ts"
import * as Studies from "../../src/study/Studies.ts"
import * as Study from "../../src/study/Study.ts"

const { evaluate, space } = Problems.conditional
const sampler = Result.getOrThrow(Tpe.make({ startup: 3 }))
type Settings = Partial<Study.Settings<SearchSpace.Declaration>>

const open = (name: string, owner: string, settings: Settings = {}) =>
  Effect.gen(function* () {
    const studies = yield* Studies.Studies
    const definition = Result.getOrThrow(
      Study.define<SearchSpace.Declaration>({ space, sampler, seed: 5, ...settings })
    )
    return yield* studies.open(name, definition, { owner, lease: "10 seconds" })
  })

const value = (params: SearchSpace.AnyParams) => evaluate(Result.getOrThrow(SearchSpace.validate(space, params)))

const refusalOf = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(effect), ({ _tag }) => _tag)

/** Runs the contract against the event store that `layer` builds. */
export const suite = <E>(name: string, store: Layer.Layer<EventStore.EventStore, E>): void =>
  layerBlock(Layer.provideMerge(Studies.layer, store), { timeout: "60 seconds" })(`Studies: ${name}`, (it) => {
    it.effect("P14, 108: a dead worker's trial is free after its lease, not before; the late answer is refused", () =>
      Effect.gen(function* () {
        const [dead, alive] = [yield* open("lease", "dead"), yield* open("lease", "alive")]
        assert.strictEqual((yield* dead.ask()).number, 0)
        yield* TestClock.adjust("9999 millis")
        assert.strictEqual((yield* alive.ask()).number, 1)
        yield* TestClock.adjust("1 millis")
        const found = yield* alive.ask()
        assert.deepStrictEqual(
          [found.number, found.attempt, found.failures],
          [0, 2, [{ attempt: 1, kind: "lease-expired", reason: "dead did not renew its lease" }]]
        )
        for (const late of [
          dead.tell(0, 7),
          dead.fail(0, "late"),
          dead.prune(0),
          dead.report(0, 1, 1),
          dead.renew(0)
        ]) {
          assert.strictEqual(yield* refusalOf(late), "LeaseLost")
        }
        yield* alive.tell(0, 1)
        assert.strictEqual(yield* refusalOf(dead.tell(0, 7)), "TrialAlreadyTold")
        const best = Option.getOrThrow((yield* dead.refresh).best)
        assert.deepStrictEqual([best.number, best.values], [0, [1]])
      })
    )

    it.effect(
      "a worker that renews keeps its trial; a second worker of the same owner is told apart by the attempt",
      () =>
        Effect.gen(function* () {
          const [one, other] = [yield* open("renew", "a"), yield* open("renew", "b")]
          const first = yield* one.ask()
          for (let i = 0; i < 3; i++) {
            yield* TestClock.adjust("9 seconds")
            yield* one.renew(0, { attempt: first.attempt })
          }
          assert.strictEqual((yield* other.ask()).number, 1)
          yield* other.tell(1, 1)
          yield* TestClock.adjust("10 seconds")
          // The fiber that had it hangs; another of the same process asks and is given it again.
          const second = yield* one.ask()
          assert.deepStrictEqual([second.number, second.attempt], [0, 2])
          assert.strictEqual(yield* refusalOf(one.tell(0, 5, { attempt: first.attempt })), "LeaseLost")
          yield* one.tell(0, 6, { attempt: second.attempt })
        })
    )

    it.effect("a trial that is lost too often has failed; the study ends with nothing that looks as if it ran", () =>
      Effect.gen(function* () {
        const limits = { lossesMax: 1, trialsMax: 1 }
        for (const owner of ["a", "b"]) {
          const study = yield* open("losses", owner, limits)
          assert.strictEqual((yield* study.ask()).number, 0)
          yield* TestClock.adjust("10 seconds")
        }
        const last = yield* open("losses", "c", limits)
        assert.strictEqual(yield* refusalOf(last.ask()), "TrialLimitReached")
        const [trial] = (yield* last.state).trials
        assert(trial?.state === "failed")
        assert.deepStrictEqual(
          trial.failures.map(({ attempt, kind }) => [attempt, kind]),
          [
            [1, "lease-expired"],
            [2, "lease-expired"]
          ]
        )
      })
    )

    it.effect("attempts are retried with their cause, up to attemptsMax", () =>
      Effect.gen(function* () {
        const study = yield* open("retry", "a", { attemptsMax: 3 })
        for (const kind of ["crash", "invalid-answer"] as const) {
          assert.strictEqual((yield* study.ask()).number, 0)
          yield* study.fail(0, `because of ${kind}`, { kind })
        }
        const trial = yield* study.ask()
        assert.deepStrictEqual([trial.number, trial.attempt], [0, 3])
        yield* study.tell(0, 2)
        const told = (yield* study.state).trial(0)
        assert(told?.state === "complete")
        assert.deepStrictEqual(
          told.failures.map(({ kind, reason }) => [kind, reason]),
          [
            ["crash", "because of crash"],
            ["invalid-answer", "because of invalid-answer"]
          ]
        )
        yield* study.ask()
        yield* study.fail(1, "for good", { retry: false })
        assert.strictEqual((yield* study.state).trial(1)?.state, "failed")
      })
    )

    it.effect("a trial and a study have their time, by the clock", () =>
      Effect.gen(function* () {
        const study = yield* open("time", "a", { trialTimeoutMillis: 5_000, stop: { timeoutMillis: 20_000 } })
        yield* study.ask()
        yield* TestClock.adjust("4999 millis")
        yield* study.renew(0)
        yield* TestClock.adjust("1 millis")
        for (const late of [study.tell(0, 1), study.renew(0), study.report(0, 1, 1), study.prune(0)]) {
          assert.strictEqual(yield* refusalOf(late), "TrialTimedOut")
        }
        assert.strictEqual((yield* study.ask()).number, 1)
        const timedOut = (yield* study.state).trial(0)
        assert.deepStrictEqual([timedOut?.state, timedOut?.failures[0]?.kind], ["failed", "timeout"])
        yield* TestClock.adjust("4 seconds")
        yield* study.tell(1, 1)
        yield* TestClock.adjust("11 seconds")
        assert.strictEqual(yield* refusalOf(study.ask()), "StudyStopped")
      })
    )

    it.effect("pausing and resuming, of a trial and of the study, hold for every process", () =>
      Effect.gen(function* () {
        const [one, other] = [yield* open("pause", "a"), yield* open("pause", "b")]
        yield* one.ask()
        yield* other.pause(0)
        assert.strictEqual(yield* refusalOf(one.tell(0, 1)), "WrongTrialState")
        assert.strictEqual((yield* one.ask()).number, 1)
        yield* other.resume(0)
        assert.strictEqual((yield* one.ask()).number, 0)
        yield* other.pause()
        yield* other.pause()
        assert.strictEqual(yield* refusalOf(one.ask()), "StudyPaused")
        yield* one.tell(0, 1)
        yield* one.resume()
        assert.strictEqual((yield* other.ask()).number, 2)
      })
    )

    it.effect("a trial that is given back is free at once, no attempt has failed, and it is never seen paused", () =>
      Effect.gen(function* () {
        const [one, other] = [yield* open("release", "a"), yield* open("release", "b")]
        const { attempt, number } = yield* one.ask()
        yield* one.release(number, { attempt })
        const stored = yield* (yield* Studies.Studies).events("release").pipe(Stream.runCollect)
        assert.deepStrictEqual(
          stored.map(({ _tag }) => _tag),
          ["Created", "Asked", "Paused", "Resumed"]
        )
        const again = yield* other.ask()
        assert.deepStrictEqual([again.number, again.failures], [number, []])
        // It is somebody else's now.
        assert.strictEqual(yield* refusalOf(one.release(number)), "LeaseLost")
        assert.strictEqual(yield* refusalOf(other.release(number, { attempt: again.attempt + 1 })), "LeaseLost")
        assert.strictEqual(yield* refusalOf(other.release(7)), "TrialNotFound")
        yield* other.pause(number)
        assert.strictEqual(yield* refusalOf(other.release(number)), "WrongTrialState")
        yield* other.resume(number)
        yield* other.tell((yield* other.ask()).number, 1)
        assert.strictEqual(yield* refusalOf(other.release(number)), "TrialAlreadyTold")
      })
    )

    it.effect("queued trials come first; attributes, artifacts and reports are everybody's", () =>
      Effect.gen(function* () {
        const [one, other] = [yield* open("queue", "a"), yield* open("queue", "b")]
        const params = [1, 2].map((number) => SearchSpace.sample<SearchSpace.Declaration>(space, { seed: 1, number }))
        const numbers = yield* Effect.forEach(params, (each) => one.enqueue(each))
        assert.deepStrictEqual(numbers, [0, 1])
        const trial = yield* other.ask()
        assert.deepStrictEqual([trial.number, trial.params, trial.sampler], [0, params[0], "given"])
        yield* other.report(0, 3, 0.25)
        yield* other.setAttribute("host", { name: "b" }, 0)
        yield* one.setAttribute("team", ["x"])
        const artifact = { name: "model", uri: "file:///m", mediaType: "text/plain", bytes: 3 }
        yield* other.addArtifact(0, artifact)
        const state = yield* Studies.Studies.use((studies) => studies.get("queue"))
        const seen = state.trial(0)!
        assert.deepStrictEqual(seen.reports, [{ step: 3, values: [0.25] }])
        assert.deepStrictEqual([...seen.attributes], [["host", { name: "b" }]])
        assert.deepStrictEqual([seen.artifacts, [...state.attributes]], [[artifact], [["team", ["x"]]]])
      })
    )

    it.effect("P15: workers at once have each trial once and never more than the budget", () =>
      Effect.gen(function* () {
        const trialsMax = 24
        const work = (owner: string) =>
          Effect.gen(function* () {
            const study = yield* open("crowd", owner, { trialsMax })
            const numbers: Array<number> = []
            for (;;) {
              const trial = yield* Effect.result(study.ask())
              if (Result.isFailure(trial)) {
                assert.strictEqual(trial.failure._tag, "TrialLimitReached")
                return numbers
              }
              numbers.push(trial.success.number)
              yield* study.tell(trial.success.number, value(trial.success.params))
            }
          })
        const owners = Array.from({ length: 6 }, (_, i) => `worker ${i}`)
        const numbers = yield* Effect.forEach(owners, work, { concurrency: "unbounded" })
        const all = numbers.flat().sort((a, b) => a - b)
        assert.deepStrictEqual(
          all,
          Array.from({ length: trialsMax }, (_, i) => i)
        )
        const { counts } = yield* Studies.Studies.use((studies) => studies.get("crowd"))
        assert.strictEqual(counts.complete, trialsMax)
      })
    )

    it.effect("P14: opened anew before every step, a study decides as one that stays open", () =>
      Effect.gen(function* () {
        const whole = yield* open("whole", "a")
        for (let i = 0; i < 10; i++) {
          const asked = yield* whole.ask()
          yield* whole.tell(asked.number, value(asked.params))
          const trial = yield* Effect.flatMap(open("parts", "a"), (study) => study.ask())
          assert.deepStrictEqual(trial.params, asked.params)
          yield* Effect.flatMap(open("parts", "a"), (study) => study.tell(trial.number, value(trial.params)))
        }
        const names = yield* Studies.Studies.use((studies) => studies.list)
        assert.deepStrictEqual(names.slice(-2), ["whole", "parts"])
      })
    )
  })
