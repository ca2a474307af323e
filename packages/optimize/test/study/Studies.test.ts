import { assert, describe, it } from "@effect/vitest"
import { BackendError, EventStore } from "@foundation/core"
import { Deferred, Effect, Fiber, Layer, Option, Result } from "effect"
import * as Problems from "../../src/problem/Problems.ts"
import * as Random from "../../src/sampler/Random.ts"
import * as Tpe from "../../src/sampler/Tpe.ts"
import * as SearchSpace from "../../src/space/SearchSpace.ts"
import * as Studies from "../../src/study/Studies.ts"
import * as Study from "../../src/study/Study.ts"

const { space, evaluate } = Problems.conditional

const definition = Result.getOrThrow(
  Study.define({ space, seed: 7, sampler: Result.getOrThrow(Tpe.make({ startup: 3 })) })
)

type Store = EventStore.EventStore["Service"]

/** `Studies` over a memory store whose parts a test may replace. */
const layerOver = (change: (store: Store) => Partial<Store>, options: EventStore.Options = {}) => {
  const store = Layer.provide(EventStore.layerWith(options), EventStore.layerLogMemory())
  const changed = Layer.effect(
    EventStore.EventStore,
    Effect.map(EventStore.EventStore, (real) => EventStore.EventStore.of({ ...real, ...change(real) }))
  )
  return Studies.layer.pipe(Layer.provideMerge(changed), Layer.provide(store))
}

const layer = layerOver(() => ({}))

const timeout = new BackendError.BackendError({
  reason: new BackendError.Timeout({ operation: "EventLog.commit", detail: "no answer" })
})

const open = Effect.flatMap(Studies.Studies, (studies) => studies.open("a", definition))

const trialOf = <D extends SearchSpace.Declaration>(
  study: Studies.OpenStudy<D>,
  value: (params: SearchSpace.Params<D>) => number
) =>
  Effect.gen(function* () {
    const trial = yield* study.ask()
    yield* study.tell(trial.number, value(trial.params))
    return trial
  })

describe("Studies", () => {
  it.effect("P14: a study opened anew before every command goes on as one that stayed open", () =>
    Effect.gen(function* () {
      const studies = yield* Studies.Studies
      const whole = yield* studies.open("whole", definition, { owner: "one" })
      for (let i = 0; i < 30; i++) {
        yield* trialOf(whole, evaluate)
        const asked = yield* Effect.flatMap(studies.open("parts", definition, { owner: "one" }), (study) => study.ask())
        yield* Effect.flatMap(studies.open("parts", definition, { owner: "one" }), (study) =>
          study.tell(asked.number, evaluate(asked.params))
        )
      }
      assert.deepStrictEqual((yield* studies.get("parts")).trials, (yield* whole.state).trials)
      assert.deepStrictEqual((yield* studies.get("parts")).best, (yield* whole.state).best)
    }).pipe(Effect.provide(layer))
  )

  it.effect("gives every trial its own number, however many work on the study", () =>
    Effect.gen(function* () {
      const handles = yield* Effect.all(Array.from({ length: 8 }, () => open))
      const numbers = yield* Effect.forEach(
        handles.flatMap((study) => [study, study, study]),
        (study) => Effect.map(trialOf(study, evaluate), ({ number }) => number),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(
        numbers.toSorted((a, b) => a - b),
        Array.from({ length: 24 }, (_, number) => number)
      )
      const states = yield* Effect.forEach(handles, (study) => study.refresh)
      for (const { trials } of states) {
        assert.deepStrictEqual(trials, states[0]!.trials)
        assert(trials.every(({ state }) => state === "complete"))
      }
    }).pipe(
      Effect.provide(
        layerOver((real) => ({
          append: (...args) => Effect.tap(real.append(...args), () => Effect.yieldNow),
          read: (...args) => Effect.tap(real.read(...args), () => Effect.yieldNow)
        }))
      )
    )
  )

  it.effect("lets one result stand when two processes tell the same trial", () =>
    Effect.gen(function* () {
      const [one, two] = [yield* open, yield* open]
      const { number } = yield* one.ask()
      yield* one.tell(number, 1)
      const error = yield* Effect.flip(two.tell(number, 2))
      // `two` has not read the trial's beginning either: it must look before it refuses.
      assert.strictEqual(error._tag, "TrialAlreadyTold")
      const best = Option.getOrThrow((yield* one.state).best)
      assert.deepStrictEqual(best.values, [1])
    }).pipe(Effect.provide(layer))
  )

  it.effect("ends trials in every way", () =>
    Effect.gen(function* () {
      const study = yield* open
      for (let i = 0; i < 3; i++) yield* study.ask()
      yield* study.tell(0, 3)
      yield* study.fail(1, "lost")
      yield* study.report(2, 4, 1)
      yield* study.prune(2)
      const states = (yield* Effect.flatMap(Studies.Studies, (studies) => studies.get("a"))).trials
      assert.deepStrictEqual(
        states.map(({ state }) => state),
        ["complete", "failed", "pruned"]
      )
      assert.strictEqual((yield* Effect.flip(study.tell(7, 1)))._tag, "TrialNotFound")
    }).pipe(Effect.provide(layer))
  )

  it.effect("keeps the trial whose append was stored without an answer", () => {
    let silent = false
    const flaky = layerOver((real) => ({
      append: (...args) =>
        Effect.filterOrFail(
          real.append(...args),
          () => !silent,
          () => timeout
        )
    }))
    return Effect.gen(function* () {
      const study = yield* open
      silent = true
      assert.strictEqual((yield* Effect.flip(study.ask()))._tag, "BackendError")
      silent = false
      assert.strictEqual((yield* study.ask()).number, 1)
      yield* study.tell(0, 1)
      assert.strictEqual((yield* study.state).trials.length, 2)
    }).pipe(Effect.provide(flaky))
  })

  it.effect("is right after an interruption in the middle of an append", () =>
    Effect.gen(function* () {
      const reached = yield* Deferred.make<void>()
      let hang = false
      const hanging = layerOver((real) => ({
        append: (...args) =>
          Effect.tap(real.append(...args), () =>
            hang ? Effect.andThen(Deferred.succeed(reached, undefined), Effect.never) : Effect.void
          )
      }))
      yield* Effect.gen(function* () {
        const study = yield* open
        hang = true
        const fiber = yield* Effect.forkChild(study.ask(), { startImmediately: true })
        yield* Deferred.await(reached)
        yield* Fiber.interrupt(fiber)
        hang = false
        assert.strictEqual((yield* study.ask()).number, 1)
      }).pipe(Effect.provide(hanging))
    })
  )

  it.effect("leaves no trial paused, whichever append of a release is the last that is stored", () =>
    Effect.gen(function* () {
      const outcomes: Array<string> = []
      for (let stored = 0; stored < 3; stored++) {
        let left = Number.POSITIVE_INFINITY
        const dying = layerOver((real) => ({
          append: (...args) => Effect.suspend(() => (left-- > 0 ? real.append(...args) : Effect.fail(timeout)))
        }))
        const { counts } = yield* Effect.gen(function* () {
          const study = yield* open
          yield* study.ask()
          left = stored
          yield* Effect.exit(study.release(0))
          return yield* Effect.flatMap(Studies.Studies, (studies) => studies.get("a"))
        }).pipe(Effect.provide(dying))
        outcomes.push(`running ${counts.running}, waiting ${counts.waiting}`)
      }
      assert.deepStrictEqual(outcomes, ["running 1, waiting 0", "running 0, waiting 1", "running 0, waiting 1"])
    })
  )

  it.effect("gives up when others are always faster", () =>
    Effect.gen(function* () {
      const study = yield* open
      const error = yield* Effect.flip(study.ask())
      assert.strictEqual(error.message, `study "a": other writers were faster 100 times`)
    }).pipe(
      Effect.provide(
        layerOver((real) => ({
          append: (stream, expected, events) =>
            expected === "none"
              ? real.append(stream, expected, events)
              : Effect.fail(new EventStore.WrongExpectedVersion({ stream, expected, actual: 9 }))
        }))
      )
    )
  )

  it.effect("refuses a name that cannot be one, a study of another definition, and one that is not there", () =>
    Effect.gen(function* () {
      const studies = yield* Studies.Studies
      for (const name of ["", "x".repeat(241), "a\u0000", "\ud800"]) {
        assert.strictEqual((yield* Effect.flip(studies.open(name, definition)))._tag, "InvalidStudyName")
        assert.strictEqual((yield* Effect.flip(studies.get(name)))._tag, "InvalidStudyName")
      }
      yield* open
      const other = { ...definition, sampler: Random.make() }
      assert.strictEqual((yield* Effect.flip(studies.open("a", other)))._tag, "StudyMismatch")
      assert.strictEqual((yield* Effect.flip(studies.get("b"))).message, `there is no study "b"`)
    }).pipe(Effect.provide(layer))
  )

  it.effect("says which stored event is corrupt", () =>
    Effect.gen(function* () {
      const store = yield* EventStore.EventStore
      const studies = yield* Studies.Studies
      const study = yield* open
      yield* study.ask()
      yield* store.append("study/a", 2, [{ type: "Told", data: { _tag: "Told", number: 5, values: [1] } }])
      const unfit = "event 2 of the study: there is no trial 5"
      assert.strictEqual((yield* Effect.flip(study.refresh)).message, unfit)
      assert.strictEqual((yield* Effect.flip(study.ask())).message, unfit)
      assert.strictEqual((yield* Effect.flip(studies.get("a"))).message, unfit)
      yield* store.append("study/b", "none", [{ type: "Created", data: { _tag: "Creeted" } }])
      assert.match((yield* Effect.flip(studies.get("b"))).message, /^event 0 of the study: /)
      yield* store.prune({ stream: "study/a", beforeVersion: 2 })
      const gone = "event 0 of the study: the events before version 2 are gone"
      assert.strictEqual((yield* Effect.flip(studies.get("a"))).message, gone)
    }).pipe(Effect.provide(layer))
  )

  it.effect("refuses a trial that is too large for one event", () =>
    Effect.gen(function* () {
      const choice = "x".repeat(2_000)
      const wide = SearchSpace.makeUnsafe({ text: SearchSpace.categorical([choice]) })
      const studies = yield* Studies.Studies
      const error = yield* Effect.flip(
        studies.open("wide", Result.getOrThrow(Study.define({ space: wide, sampler: Random.make() })))
      )
      assert.strictEqual(error._tag, "TrialTooLarge")
    }).pipe(Effect.provide(layerOver(() => ({}), { dataBytesMax: 1_000 })))
  )

  it.effect("reads a study of many pages", () =>
    Effect.gen(function* () {
      const study = yield* Effect.flatMap(Studies.Studies, (studies) =>
        studies.open("long", { ...definition, sampler: Random.make() })
      )
      for (let i = 0; i < 1_100; i++) yield* trialOf(study, evaluate)
      const again = yield* Effect.flatMap(Studies.Studies, (studies) => studies.get("long"))
      assert.deepStrictEqual(again.trials, (yield* study.state).trials)
    }).pipe(Effect.provide(layer))
  )
})
