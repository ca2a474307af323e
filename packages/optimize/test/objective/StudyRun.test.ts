import { assert, describe, expect, it } from "@effect/vitest"
import { BackendError, EventStore } from "@foundation/core"
import { Deferred, Effect, Exit, Fiber, Layer, Option, Result } from "effect"
import { TestClock } from "effect/testing"
import * as FunctionObjective from "../../src/objective/FunctionObjective.ts"
import * as Objective from "../../src/objective/Objective.ts"
import * as StudyRun from "../../src/objective/StudyRun.ts"
import * as Random from "../../src/sampler/Random.ts"
import * as SearchSpace from "../../src/space/SearchSpace.ts"
import * as Studies from "../../src/study/Studies.ts"
import * as Study from "../../src/study/Study.ts"
import { after, opened, outcomes, passing } from "./opened.ts"

const inMemory = <A, E>(effect: Effect.Effect<A, E, Studies.Studies>) => Effect.provide(effect, Studies.layerMemory)

describe("a run", () => {
  it.effect("evaluates as many trials as are wanted, and one that is run again goes on", () =>
    Effect.gen(function* () {
      const study = yield* opened()
      const square = FunctionObjective.make(({ x }: { readonly x: number }) => x ** 2)
      const first = yield* StudyRun.run(study, square, { trials: 5 })
      assert.strictEqual(first.because._tag, "TrialLimitReached")
      assert.deepStrictEqual(outcomes(first.state), Array(5).fill("complete"))
      const second = yield* StudyRun.run(study, square, { trials: 8 })
      assert.strictEqual(second.state.count, 8)
      assert.strictEqual((yield* StudyRun.run(study, square, { trials: 8 })).state.count, 8)
    }).pipe(inMemory)
  )

  it.effect("takes values of functions, promises and effects, and passes the parameters of the study's type", () =>
    Effect.gen(function* () {
      const study = yield* opened()
      yield* StudyRun.run(
        study,
        FunctionObjective.make(({ x }) => x),
        { trials: 1 }
      )
      yield* StudyRun.run(
        study,
        FunctionObjective.make(async ({ x }) => ({ value: x })),
        { trials: 2 }
      )
      yield* StudyRun.run(
        study,
        FunctionObjective.effect(({ x }) => Effect.succeed({ values: [x], constraints: [x - 0.5] })),
        { trials: 3 }
      )
      const { trials } = yield* study.state
      for (const trial of trials) {
        assert.strictEqual(trial.state === "complete" ? trial.values[0] : undefined, trial.params.x)
      }
      const last = trials[2]!
      assert.deepStrictEqual(last.state === "complete" ? last.constraints : undefined, [last.params.x - 0.5])
    }).pipe(inMemory)
  )

  it.effect("ends when a rule of the study ends it, and when somebody pauses it", () =>
    Effect.gen(function* () {
      const study = yield* opened({ stop: { target: 0.5 } })
      const ran = yield* StudyRun.run(
        study,
        FunctionObjective.make(({ x }) => x)
      )
      assert.strictEqual(ran.because._tag, "StudyStopped")
      assert.isAtMost(Option.getOrThrow(ran.state.best).values[0]!, 0.5)
    }).pipe(inMemory)
  )

  it.effect("a paused study gives no trials", () =>
    Effect.gen(function* () {
      const study = yield* opened()
      const ran = yield* StudyRun.run(
        study,
        FunctionObjective.effect(({ x }, { number }) => Effect.as(number === 3 ? study.pause() : Effect.void, x))
      )
      assert.deepStrictEqual([ran.because._tag, ran.state.count], ["StudyPaused", 4])
    }).pipe(inMemory)
  )

  it.effect(
    "tells of each attempt when it is over, with the trial as it is then: complete, pruned, tried again, failed",
    () =>
      Effect.gen(function* () {
        const study = yield* opened({ pruner: after(1), attemptsMax: 2 })
        const objective = FunctionObjective.effect((_: unknown, { attempt, number, report }) =>
          Effect.gen(function* () {
            if (number === 1) yield* report(0, 1)
            if (number === 2 || (number === 3 && attempt === 1)) return yield* Effect.fail("no")
            return number
          })
        )
        const heard: Array<string> = []
        const onTrial = ({ attempt, failures, number, state }: Study.Trial) =>
          Effect.sync(() => heard.push(`${number}.${attempt} ${state} ${failures.length}`))
        yield* StudyRun.run(study, objective, { trials: 5, onTrial })
        assert.deepStrictEqual(heard, [
          "0.1 complete 0",
          "1.1 pruned 0",
          "2.1 waiting 1",
          "2.2 failed 2",
          "3.1 waiting 1",
          "3.2 complete 1",
          "4.1 complete 0"
        ])
      }).pipe(inMemory)
  )

  it.effect("workers evaluate side by side, each trial once", () =>
    Effect.gen(function* () {
      const study = yield* opened()
      const seen: Array<number> = []
      let [working, most] = [0, 0]
      const objective = FunctionObjective.effect(({ x }: { readonly x: number }, { number }) =>
        Effect.gen(function* () {
          seen.push(number)
          most = Math.max(most, ++working)
          yield* Effect.yieldNow
          working--
          return x
        })
      )
      const { state } = yield* StudyRun.run(study, objective, { trials: 40, workers: 8 })
      assert.strictEqual(most, 8)
      assert.deepStrictEqual(
        seen.toSorted((a, b) => a - b),
        Array.from({ length: 40 }, (_, index) => index)
      )
      assert.strictEqual(state.best._tag, "Some")
    }).pipe(inMemory)
  )
})

describe("what goes wrong in a function is a failure of its trial", () => {
  const once = (evaluate: () => unknown, options: StudyRun.RunOptions = {}, objectives = 1) =>
    Effect.gen(function* () {
      const directions = Array<"minimize">(objectives).fill("minimize")
      const study = yield* opened({ directions })
      // What it gives back may be anything: that is what is tested.
      const objective = FunctionObjective.make(() => evaluate() as number)
      const { state } = yield* StudyRun.run(study, objective, { trials: 1, ...options })
      return outcomes(state)[0]
    }).pipe(inMemory)

  it.effect.each([
    [
      "throws",
      () => {
        throw new Error("boom")
      },
      "failed (error): boom"
    ],
    [
      "throws a text",
      () => {
        throw "boom"
      },
      "failed (error): boom"
    ],
    [
      "throws nothing",
      () => {
        throw undefined
      },
      "failed (error): undefined"
    ],
    ["rejects", () => Promise.reject(new Error("boom")), "failed (error): boom"],
    ["rejects without a word", () => Promise.reject(new Error("")), "failed (error): it failed without a word"],
    ["NaN", () => Number.NaN, "failed (invalid-answer): NaN is not a finite number"],
    ["Infinity", () => Infinity, "failed (invalid-answer): Infinity is not a finite number"],
    ["nothing", () => undefined, "failed (invalid-answer): undefined is not a finite number"],
    ["null", () => null, "failed (invalid-answer): null is not a finite number"],
    ["a text", () => "0.5", 'failed (invalid-answer): "0.5" is not a finite number'],
    ["a bigint", () => 1n, "failed (invalid-answer): 1 is not a finite number"],
    ["too many", () => [1, 2], "failed (invalid-answer): 2 values for one objective"],
    ["none", () => [], "failed (invalid-answer): 0 values for one objective"],
    ["a hole", () => Array(1), "failed (invalid-answer): undefined is not a finite number"],
    ["an empty object", () => ({}), "failed (invalid-answer): {} has neither value nor values"],
    ["value and values", () => ({ value: 1, values: [1] }), "failed (invalid-answer): it has both value and values"],
    ["values that are none", () => ({ values: 1 }), "failed (invalid-answer): values: 1 is not a list"],
    [
      "constraints that are none",
      () => ({ value: 1, constraints: [Number.NaN] }),
      "failed (invalid-answer): constraints: NaN is not a finite number"
    ],
    [
      "constraints with a hole",
      () => ({ value: 1, constraints: Array(1) }),
      "failed (invalid-answer): constraints: undefined is not a finite number"
    ],
    [
      "a circle",
      () => {
        const circle: Record<string, unknown> = {}
        circle["self"] = circle
        return circle
      },
      'failed (invalid-answer): {"self":[Circular]} has neither value nor values'
    ]
  ] as ReadonlyArray<readonly [string, () => unknown, string]>)("%s", ([, evaluate, expected]) =>
    Effect.map(once(evaluate), (outcome) => assert.strictEqual(outcome, expected))
  )

  it.effect("too few values for the objectives", () =>
    Effect.map(
      once(() => 1, {}, 2),
      (outcome) => assert.strictEqual(outcome, "failed (invalid-answer): 1 values for 2 objectives")
    )
  )

  it.effect("a defect of an effect is a crash, what it fails with an error, its own interruption a crash", () =>
    Effect.gen(function* () {
      const study = yield* opened()
      const parts = [Effect.die(new Error("broken")), Effect.fail("no"), Effect.interrupt, Effect.succeed(1)]
      const objective = FunctionObjective.effect((_: { readonly x: number }, { number }) => parts[number]!)
      const { state } = yield* StudyRun.run(study, objective, { trials: 4 })
      assert.deepStrictEqual(outcomes(state), [
        "failed (crash): broken",
        "failed (error): no",
        "failed (crash): it was interrupted",
        "complete"
      ])
    }).pipe(inMemory)
  )

  it.effect("one that hangs has timed out, and its signal is aborted", () =>
    Effect.gen(function* () {
      const study = yield* opened()
      const aborted: Array<number> = []
      const objective = FunctionObjective.make(({ x }: { readonly x: number }, { number, signal }) =>
        number === 1 ? new Promise<number>(() => signal.addEventListener("abort", () => aborted.push(number))) : x
      )
      const running = yield* Effect.forkChild(StudyRun.run(study, objective, { trials: 3, timeout: "1 minute" }))
      yield* TestClock.adjust("1 minute")
      const { state } = yield* Fiber.join(running)
      assert.deepStrictEqual(outcomes(state), ["complete", "failed (timeout): it took longer than 1m", "complete"])
      assert.deepStrictEqual(aborted, [1])
    }).pipe(inMemory)
  )

  it.effect("one that takes longer than the study allows has timed out, too", () =>
    Effect.gen(function* () {
      const study = yield* opened({ trialTimeoutMillis: 5_000 })
      const objective = FunctionObjective.effect(({ x }: { readonly x: number }, { number }) =>
        number === 0 ? Effect.never : Effect.succeed(x)
      )
      const running = yield* Effect.forkChild(StudyRun.run(study, objective, { trials: 2 }))
      const { state } = yield* passing(running)
      const first = state.trials[0]!
      assert.match(outcomes(state)[0] ?? "", /^failed \(timeout\): /)
      assert.strictEqual(first.state === "failed" && first.endedAt! - first.startedAt! < 10_000, true)
      assert.strictEqual(outcomes(state)[1], "complete")
    }).pipe(inMemory)
  )

  it.effect("one that hangs and cannot be interrupted does not hold up the study", () =>
    Effect.gen(function* () {
      const study = yield* opened()
      const objective = FunctionObjective.effect(({ x }: { readonly x: number }, { number }) =>
        number === 0 ? Effect.uninterruptible(Effect.never) : Effect.succeed(x)
      )
      const running = yield* Effect.forkChild(StudyRun.run(study, objective, { trials: 2, timeout: "1 second" }))
      yield* TestClock.adjust("1 second")
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual(outcomes((yield* Fiber.join(running)).state), [
        "failed (timeout): it took longer than 1s",
        "complete"
      ])
    }).pipe(inMemory)
  )

  it.effect("answers that are too large to be kept count as failures in a row, too", () =>
    Effect.gen(function* () {
      const constraints = Array<number>(60_000).fill(0.1234567890123456)
      const objective = FunctionObjective.make(() => ({ value: 0, constraints }))
      const error = yield* Effect.flip(
        StudyRun.run(yield* opened(), objective, { trials: 100, failuresInRowMax: 3, workers: 1 })
      )
      assert.instanceOf(error, StudyRun.TooManyFailures)
      assert.match(error.message, /^the last 3 trials have failed, the last one: .* the limit is 1048576$/)
    }).pipe(inMemory)
  )

  it.effect("so many in a row end the run, and the study can be gone on with", () =>
    Effect.gen(function* () {
      const study = yield* opened()
      const objective = FunctionObjective.make(() => Promise.reject<number>(new Error("always")))
      const error = yield* Effect.flip(StudyRun.run(study, objective, { trials: 100, failuresInRowMax: 7, workers: 1 }))
      assert.instanceOf(error, StudyRun.TooManyFailures)
      assert.strictEqual(error.message, "the last 7 trials have failed, the last one: always")
      assert.strictEqual((yield* study.state).count, 7)
      const { state } = yield* StudyRun.run(
        study,
        FunctionObjective.make(({ x }) => x),
        { trials: 10 }
      )
      assert.lengthOf(
        outcomes(state).filter((it) => it === "complete"),
        3
      )
    }).pipe(inMemory)
  )

  it.effect("as many with a good one in between do not", () =>
    Effect.gen(function* () {
      const study = yield* opened()
      const objective = FunctionObjective.make(({ x }: { readonly x: number }, { number }) => {
        if (number % 3 === 0) return x
        throw new Error("often")
      })
      const { state } = yield* StudyRun.run(study, objective, { trials: 30, failuresInRowMax: 3 })
      assert.lengthOf(outcomes(state), 30)
    }).pipe(inMemory)
  )

  it.effect("an objective that cannot be opened ends the run with why, and takes no trial", () =>
    Effect.gen(function* () {
      const study = yield* opened()
      const objective: Objective.Objective<unknown> = {
        name: "gone",
        open: () => Effect.fail(new Objective.ObjectiveUnavailable({ objective: "gone", problem: "not there" }))
      }
      const error = yield* Effect.flip(StudyRun.run(study, objective, { trials: 3, workers: 2 }))
      assert.strictEqual(error.message, "gone cannot be started: not there")
      assert.strictEqual((yield* study.state).count, 0)
    }).pipe(inMemory)
  )

  it.effect("options out of range are defects that name the option", () =>
    Effect.gen(function* () {
      const study = yield* opened()
      const objective = FunctionObjective.make(({ x }: { readonly x: number }) => x)
      for (const options of [
        { workers: 0 },
        { workers: 1.5 },
        { workers: 1_001 },
        { trials: -1 },
        { reportsMax: -1 },
        { failuresInRowMax: 0 },
        { timeout: 0 },
        { heartbeat: "0 seconds" }
      ] as const) {
        const exit = yield* Effect.exit(StudyRun.run(study, objective, options))
        assert.isTrue(Exit.isFailure(exit))
        expect(String(exit)).toContain(Object.keys(options)[0])
      }
    }).pipe(inMemory)
  )
})

describe("reports", () => {
  it.effect("are kept with the trial, and one that is pruned counts for nothing whatever it gives back", () =>
    Effect.gen(function* () {
      const study = yield* opened({ pruner: after(3) })
      const answers: Array<boolean> = []
      const objective = FunctionObjective.make(async ({ x }: { readonly x: number }, trial) => {
        for (let step = 0; step < 5; step++) answers.push(await trial.report(step, x + step))
        if (trial.number === 1) throw new Error("pruned")
        return x
      })
      const { state } = yield* StudyRun.run(study, objective, { trials: 2 })
      assert.deepStrictEqual(outcomes(state), ["pruned", "pruned"])
      assert.deepStrictEqual(answers, [false, false, true, true, true, false, false, true, true, true])
      const { x } = state.trials[0]!.params
      assert.deepStrictEqual(state.trials[0]!.reports, [
        { step: 0, values: [x] },
        { step: 1, values: [x + 1] },
        { step: 2, values: [x + 2] }
      ])
    }).pipe(inMemory)
  )

  it.effect("that are not valid, or too many, fail the trial", () =>
    Effect.gen(function* () {
      const study = yield* opened()
      const bad: ReadonlyArray<readonly [number, number | ReadonlyArray<number>]> = [
        [0, Number.NaN],
        [0, [1, 2]],
        [-1, 1],
        [0.5, 1],
        [Number.NaN, 1]
      ]
      const objective = FunctionObjective.make(async ({ x }: { readonly x: number }, { number, report }) => {
        const given = bad[number]
        if (given !== undefined) await report(...given)
        else for (let step = 0; ; step++) await report(step, x)
        return x
      })
      const { state } = yield* StudyRun.run(study, objective, { trials: bad.length + 1, reportsMax: 100 })
      assert.deepStrictEqual(outcomes(state), [
        "failed (invalid-answer): report at step 0: NaN is not a finite number",
        "failed (invalid-answer): report at step 0: 2 values for one objective",
        "failed (invalid-answer): the step -1 of a report is not a whole number from 0",
        "failed (invalid-answer): the step 0.5 of a report is not a whole number from 0",
        "failed (invalid-answer): the step NaN of a report is not a whole number from 0",
        "failed (invalid-answer): it reported more than 100 times"
      ])
      assert.lengthOf(state.trials.at(-1)!.reports, 100)
    }).pipe(inMemory)
  )

  it.effect("attributes are kept with the trial", () =>
    Effect.gen(function* () {
      const study = yield* opened()
      const objective = FunctionObjective.make(async ({ x }: { readonly x: number }, trial) => {
        await trial.setAttribute("note", { x })
        return x
      })
      const { state } = yield* StudyRun.run(study, objective, { trials: 1 })
      const { attributes, params } = state.trials[0]!
      assert.deepStrictEqual(attributes.get("note"), { x: params.x })
    }).pipe(inMemory)
  )

  it.effect("what cannot be kept of a trial fails it, and the next one is evaluated", () =>
    Effect.gen(function* () {
      const study = yield* opened()
      const long = "x".repeat(2 ** 20)
      const many = async (count: number, each: (index: number) => Promise<unknown>) => {
        for (let index = 0; index < count; index++) await each(index)
      }
      const parts: ReadonlyArray<(trial: FunctionObjective.FunctionTrial) => Promise<unknown>> = [
        ({ setAttribute }) => setAttribute("accuracy", Number.NaN),
        ({ setAttribute }) => setAttribute("", 1),
        ({ setAttribute }) => setAttribute("note", long),
        ({ setAttribute }) => many(1_001, (index) => setAttribute(`note ${index}`, index)),
        ({ report }) => many(10_001, (step) => report(step, 0)),
        async () => ({ value: 0, constraints: Array(60_000).fill(0.1234567890123456) })
      ]
      const objective = FunctionObjective.make(async (_: unknown, trial) => {
        const given = await parts[trial.number]?.(trial)
        // One part gives an answer of its own.
        return (given ?? 1) as number
      })
      const { state } = yield* StudyRun.run(study, objective, { trials: parts.length + 1, reportsMax: Infinity })
      assert.deepStrictEqual(
        outcomes(state).map((outcome) => outcome.replace(/\d{7} bytes/, "so many bytes")),
        [
          'failed (invalid-answer): attribute "accuracy": value: is not JSON',
          'failed (invalid-answer): attribute "": key: is not a text of 1 to 255 characters',
          'failed (invalid-answer): study "study": an event of so many bytes, the limit is 1048576',
          "failed (invalid-answer): trial 3 has its 1000 attributes already",
          "failed (invalid-answer): trial 4 has its 10000 reports already",
          'failed (invalid-answer): study "study": an event of so many bytes, the limit is 1048576',
          "complete"
        ]
      )
    }).pipe(inMemory)
  )
})

it.effect("in an open space, trials declare their variables", () =>
  Effect.gen(function* () {
    const studies = yield* Studies.Studies
    const open = Result.getOrThrow(Study.define({ space: SearchSpace.open, sampler: Random.make(), seed: 1 }))
    const study = yield* studies.open("open", open)
    const objective = FunctionObjective.make(async (_, { number, suggest }) => {
      if (number === 2) return (await suggest("x", SearchSpace.boolean())) ? 1 : 0
      return suggest("x", SearchSpace.float(0, 1))
    })
    const { state } = yield* StudyRun.run(study, objective, { trials: 3 })
    const [first, , third] = outcomes(state)
    assert.strictEqual(first, "complete")
    assert.match(third ?? "", /^failed \(error\): .*x/)
    const trial = state.trials[0]!
    assert.strictEqual(trial.state === "complete" ? trial.values[0] : undefined, trial.params["x"])
  }).pipe(inMemory)
)

describe("an interrupted run", () => {
  const square = FunctionObjective.make(({ x }: { readonly x: number }) => x)

  it.effect("releases its trials, and goes on as one that was never interrupted", () =>
    Effect.gen(function* () {
      const { state: whole } = yield* StudyRun.run(yield* opened({}, { name: "whole" }), square, { trials: 6 })
      const study = yield* opened()
      const reached = Deferred.makeUnsafe<void>()
      const stuck = FunctionObjective.effect(({ x }: { readonly x: number }, { number }) =>
        number < 2 ? Effect.succeed(x) : Effect.andThen(Deferred.succeed(reached, undefined), Effect.never)
      )
      const running = yield* Effect.forkChild(StudyRun.run(study, stuck, { trials: 6 }))
      yield* Deferred.await(reached)
      yield* Fiber.interrupt(running)
      assert.deepStrictEqual(outcomes(yield* study.state), ["complete", "complete", "waiting"])
      const { state } = yield* StudyRun.run(study, square, { trials: 6 })
      assert.deepStrictEqual(
        state.trials.map(({ number, params, state }) => ({ number, params, state })),
        whole.trials.map(({ number, params, state }) => ({ number, params, state }))
      )
    }).pipe(inMemory)
  )

  it.effect("ends while it tells somebody of a trial, who does not listen to the end", () =>
    Effect.gen(function* () {
      const study = yield* opened()
      const told = Deferred.makeUnsafe<void>()
      const onTrial = () => Effect.andThen(Deferred.succeed(told, undefined), Effect.never)
      const running = yield* Effect.forkChild(StudyRun.run(study, square, { trials: 6, onTrial }))
      yield* Deferred.await(told)
      yield* Fiber.interrupt(running)
      assert.deepStrictEqual(outcomes(yield* study.state), ["complete"])
    }).pipe(inMemory)
  )

  it.effect("all of its workers' trials are released", () =>
    Effect.gen(function* () {
      const study = yield* opened()
      let begun = 0
      const all = Deferred.makeUnsafe<void>()
      const stuck = FunctionObjective.effect(() =>
        Effect.andThen(
          Effect.suspend(() => (++begun === 5 ? Deferred.succeed(all, undefined) : Effect.void)),
          Effect.never
        )
      )
      const running = yield* Effect.forkChild(StudyRun.run(study, stuck, { trials: 20, workers: 5 }))
      yield* Deferred.await(all)
      yield* Fiber.interrupt(running)
      assert.deepStrictEqual(outcomes(yield* study.state), Array(5).fill("waiting"))
    }).pipe(inMemory)
  )
})

describe("several processes on one study", () => {
  /** Each `openStudy` is a process of its own: it knows of the others by what is stored. */
  const both = Effect.all([
    opened({ attemptsMax: 2 }, { owner: "a", lease: "1 minute" }),
    opened({ attemptsMax: 2 }, { owner: "b", lease: "1 minute" })
  ])

  it.effect("have exactly the trials that are wanted, each evaluated once", () =>
    Effect.gen(function* () {
      const [a, b] = yield* both
      const seen: Array<number> = []
      const objective = FunctionObjective.effect(({ x }: { readonly x: number }, { number }) =>
        Effect.as(
          Effect.andThen(
            Effect.yieldNow,
            Effect.sync(() => seen.push(number))
          ),
          x
        )
      )
      const runs = yield* Effect.forkChild(
        Effect.forEach([a, b], (study) => StudyRun.run(study, objective, { trials: 30, workers: 4 }), {
          concurrency: "unbounded"
        })
      )
      const [one, two] = yield* passing(runs)
      assert.strictEqual(one!.state.count, 30)
      assert.deepStrictEqual(outcomes(two!.state), Array(30).fill("complete"))
      assert.deepStrictEqual(
        seen.toSorted((x, y) => x - y),
        Array.from({ length: 30 }, (_, index) => index)
      )
    }).pipe(inMemory)
  )

  it.effect("one takes up what another has lost, when its lease has ended", () =>
    Effect.gen(function* () {
      const [dead, alive] = yield* both
      yield* dead.ask()
      const running = yield* Effect.forkChild(
        StudyRun.run(
          alive,
          FunctionObjective.make(({ x }) => x),
          { trials: 3 }
        )
      )
      for (let second = 0; second < 30; second++) yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(outcomes(yield* alive.refresh), ["running", "complete", "complete"])
      const { state } = yield* passing(running)
      assert.deepStrictEqual(
        state.trials.map((trial) => trial.state),
        ["complete", "complete", "complete"]
      )
    }).pipe(inMemory)
  )

  it.effect("a heartbeat keeps the trial; a worker that loses its lease hears of it and drops the result", () =>
    Effect.gen(function* () {
      const [slow, other] = yield* both
      const objective = FunctionObjective.effect(({ x }: { readonly x: number }) =>
        Effect.as(Effect.sleep("5 minutes"), x)
      )
      const running = yield* Effect.forkChild(StudyRun.run(slow, objective, { trials: 1, heartbeat: "20 seconds" }))
      yield* TestClock.adjust("3 minutes")
      assert.strictEqual((yield* other.refresh).trials[0]!.attempt, 1)
      yield* other.prune(0).pipe(Effect.flip)
      yield* other.pause(0)
      yield* TestClock.adjust("20 seconds")
      assert.deepStrictEqual(outcomes(yield* slow.refresh), ["paused"])
      yield* Fiber.join(running)
    }).pipe(inMemory)
  )
})

describe("storage that fails", () => {
  const timeout = new BackendError.BackendError({
    reason: new BackendError.Timeout({ operation: "EventLog.commit", detail: "no answer" })
  })

  /** `Studies` over a memory store that fails whenever `fails` says so. */
  const failing = (fails: () => boolean) => {
    const memory = Layer.provide(EventStore.layerWith({}), EventStore.layerLogMemory())
    const broken = Layer.effect(
      EventStore.EventStore,
      Effect.map(EventStore.EventStore, (real) =>
        EventStore.EventStore.of({
          ...real,
          append: (...given) => (fails() ? Effect.fail(timeout) : real.append(...given))
        })
      )
    )
    return Studies.layer.pipe(Layer.provide(broken), Layer.provide(memory))
  }

  it.effect("now and then is tried again", () => {
    let count = 0
    return Effect.gen(function* () {
      const study = yield* opened()
      const objective = FunctionObjective.make(({ x }: { readonly x: number }) => x)
      const running = yield* Effect.forkChild(StudyRun.run(study, objective, { trials: 10 }))
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(outcomes((yield* Fiber.join(running)).state), Array(10).fill("complete"))
    }).pipe(Effect.provide(failing(() => ++count % 3 === 0)))
  })

  it.effect("for good ends the run with the error", () => {
    let isBroken = false
    return Effect.gen(function* () {
      const study = yield* opened()
      const objective = FunctionObjective.make(({ x }: { readonly x: number }, { number }) => {
        isBroken = number === 2
        return x
      })
      const running = yield* Effect.forkChild(Effect.result(StudyRun.run(study, objective, { trials: 10 })))
      yield* TestClock.adjust("1 minute")
      const result = yield* Fiber.join(running)
      assert.isTrue(Result.isFailure(result) && result.failure._tag === "BackendError")
    }).pipe(Effect.provide(failing(() => isBroken)))
  })
})
