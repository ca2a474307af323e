import { assert, describe, it } from "@effect/vitest"
import { Median, Pruner, Random, SearchSpace, Study } from "@mabeam/optimize"
import { Clock, Deferred, Effect, Fiber, Result } from "effect"
import { TestClock } from "effect/testing"
import * as RunProgress from "../../src/optimize/RunProgress.ts"

const space = SearchSpace.makeUnsafe({ x: SearchSpace.float(0, 1) })

/** A study of which so many trials have been told their number; the one before the last has failed. */
const studyOf = (trials: number): Study.State => {
  let state = Result.getOrThrow(Study.make({ space, sampler: Random.make() }))
  for (let number = 0; number < trials; number++) {
    const [next] = Result.getOrThrow(Study.ask(state))
    const ended =
      number === trials - 2 ? Study.fail(next, number, "no \u001b[31mdata") : Study.tell(next, number, 10 - number)
    state = Result.getOrThrow(ended)
  }
  return state
}

/** What a screen of 40 columns is told. */
const told = (
  isLive: boolean,
  run: (progress: RunProgress.Progress) => Effect.Effect<unknown>,
  workers = 1,
  state: Effect.Effect<Study.State> = Effect.succeed(studyOf(4))
) =>
  Effect.gen(function* () {
    let said = ""
    const screen = { isLive, columns: () => 40, write: (text: string) => void (said += text) }
    const progress = yield* RunProgress.make({ screen, state, trials: 10, workers, owner: "here" })
    yield* run(progress)
    return said
  })

describe("progress of a study", () => {
  it("says how far it is, what is best, how fast, and how long it will take", () => {
    const standing = { done: 20, of: 100, millis: 10_000, ended: 20, best: "0.5 (trial 3)" }
    assert.strictEqual(RunProgress.lineOf(standing), "20/100 trials, best 0.5 (trial 3), 2 /s, 40 s left")
    // Those that were there before the run began say nothing of how fast it is.
    assert.strictEqual(
      RunProgress.lineOf({ ...standing, ended: 2 }),
      "20/100 trials, best 0.5 (trial 3), 12 /min, 6 min 40 s left"
    )
    assert.strictEqual(RunProgress.lineOf({ ...standing, done: 0, ended: 0, best: undefined }), "0/100 trials")
    assert.strictEqual(
      RunProgress.lineOf({ ...standing, done: 100, ended: 100 }),
      "100/100 trials, best 0.5 (trial 3), 10 /s"
    )
  })

  it.effect("a run that has nothing left to do says whose trials it waits for", () =>
    Effect.gen(function* () {
      const asked = (owners: ReadonlyArray<string>) =>
        owners.reduce(
          (state, owner, index) => {
            const lease = { owner, until: 30_000 + 1_000 * index }
            return Result.getOrThrow(Study.ask(state, { lease, at: 0 }))[0]
          },
          studyOf(10 - owners.length)
        )
      // Each takes fifteen seconds, and says how it stands after ten.
      const saidOf = (state: Study.State) =>
        told(
          false,
          (progress) =>
            Effect.gen(function* () {
              const running = yield* Effect.forkChild(progress.during(Effect.sleep("15 seconds")), {
                startImmediately: true
              })
              yield* TestClock.adjust("15 seconds")
              yield* Fiber.join(running)
            }),
          1,
          Effect.succeed(state)
        )
      assert.include(yield* saidOf(asked(["there"])), "waits for trial 9 of another process, 20 s unless it renews")
      assert.include(
        yield* saidOf(asked(["there", "yonder"])),
        "waits for 2 trials of another process, 6 s unless it renews"
      )
      assert.notInclude(yield* saidOf(asked(["there", "here"])), "waits")
      assert.notInclude(yield* saidOf(studyOf(9)), "waits")
    })
  )

  it.effect("a terminal has one line, which fits it and is wiped away", () =>
    Effect.gen(function* () {
      const said = yield* told(true, (progress) =>
        Effect.gen(function* () {
          const end = Deferred.makeUnsafe<void>()
          const running = yield* Effect.forkChild(progress.during(Deferred.await(end)), { startImmediately: true })
          yield* TestClock.adjust("400 millis")
          yield* Deferred.succeed(end, undefined)
          yield* Fiber.join(running)
        })
      )
      const line = "\r\u001b[K4/10 trials, best 7 (trial 3)"
      assert.strictEqual(said, `${line}${line}\r\u001b[K`)
    })
  )

  it.effect("elsewhere there are plain lines: when the best improves, and every ten seconds", () =>
    Effect.gen(function* () {
      const said = yield* told(false, (progress) =>
        Effect.gen(function* () {
          const running = yield* Effect.forkChild(progress.during(Effect.sleep("25 seconds")), {
            startImmediately: true
          })
          yield* TestClock.adjust("25 seconds")
          yield* Fiber.join(running)
        })
      )
      assert.strictEqual(said, "4/10 trials, best 7 (trial 3)\n".repeat(2))
    })
  )

  describe("a program that reports and then waits for an answer that nobody gives", () => {
    /** What is said in so many seconds while the first trial reports for so many. */
    const saidOf = (seconds: number, reporting: number, pruner: Pruner.Pruner = Pruner.none) =>
      Effect.gen(function* () {
        const [asked] = Result.getOrThrow(
          Study.ask(Result.getOrThrow(Study.make({ space, sampler: Random.make(), pruner })))
        )
        const state = Effect.map(Clock.currentTimeMillis, (now) => {
          let study = asked
          for (let step = 0; step < Math.min(reporting, 1 + now / 1_000); step++) {
            study = Result.getOrThrow(Study.report(study, 0, step, 1))
          }
          return study
        })
        const wait = Effect.sleep(`${seconds} seconds`)
        return yield* told(
          false,
          (progress) =>
            Effect.gen(function* () {
              const running = yield* Effect.forkChild(progress.during(wait), { startImmediately: true })
              yield* TestClock.adjust(`${seconds} seconds`)
              yield* Fiber.join(running)
            }),
          1,
          state
        )
      })

    it.effect("is told once, after ten silent seconds", () =>
      Effect.gen(function* () {
        const lines = (yield* saidOf(65, 2)).trimEnd().split("\n")
        assert.lengthOf(
          lines.filter((line) => line.includes("needs a --pruner")),
          1
        )
        assert.strictEqual(
          lines.findIndex((line) => line.includes("needs a --pruner")),
          1
        )
      })
    )

    it.effect("is not told of one that goes on reporting, that has not reported, or that is answered", () =>
      Effect.gen(function* () {
        assert.notInclude(yield* saidOf(65, 100), "--pruner")
        assert.notInclude(yield* saidOf(65, 0), "--pruner")
        assert.notInclude(yield* saidOf(65, 2, Result.getOrThrow(Median.make())), "--pruner")
      })
    )
  })

  it.effect("failures are told with their reason, ten of them, and nothing steers the terminal", () =>
    Effect.gen(function* () {
      const failed = studyOf(4).trial(2)!
      const said = yield* told(false, (progress) =>
        Effect.forEach(Array.from({ length: 12 }), () => progress.trial(failed), { discard: true })
      )
      const lines = said.trimEnd().split("\n")
      assert.strictEqual(lines[0], "trial 2 failed (error): no  [31mdata")
      assert.lengthOf(lines, 11)
      assert.strictEqual(lines.at(-1), "further failures are not told one by one")
    })
  )

  it.effect("lines of programs are told with their worker, if there are several", () =>
    Effect.gen(function* () {
      const say = (progress: RunProgress.Progress) => progress.line("worker-x/2", "loading\u0007")
      assert.strictEqual(yield* told(false, say), "loading \n")
      assert.strictEqual(yield* told(false, say, 2), "[2] loading \n")
    })
  )
})
