import { NodeServices } from "@effect/platform-node"
import { assert, describe, layer } from "@effect/vitest"
import { Cause, Deferred, Effect, Exit, Fiber, FileSystem, Schema, type Scope } from "effect"
import type { Settings } from "../../src/Options.ts"
import type { RunLog } from "../../src/run/RunLog.ts"
import type { RunEvent } from "../../src/run/RunEvent.ts"
import { evolve, initial, type RunState } from "../../src/run/RunState.ts"
import { type Driver, ReportUnwritable, session } from "../../src/Session.ts"
import type { Screen } from "../../src/view/Screen.ts"
import { start, story } from "../view/story.ts"

class Broken extends Schema.TaggedError<Broken>("test/Broken")("Broken", {}) {}

const screen = () => {
  const writes: Array<string> = []
  const made: Screen = {
    write: (text) => writes.push(text),
    flush: Effect.void,
    columns: () => 80,
    rows: () => 24,
    isLive: false,
    colour: false
  }
  return { screen: made, text: () => writes.join("") }
}

/** A driver that tells the story up to some second and then ends as it is told. */
const driver =
  <E>(seconds: number, end: Effect.Effect<void, E>): Driver<E, never> =>
  (_, observe) =>
    Effect.scoped(
      Effect.gen(function* () {
        let state: RunState = initial
        const listeners = new Set<(event: RunEvent, state: RunState) => void>()
        const log: RunLog["Service"] = {
          run: "r1",
          state: Effect.sync(() => state),
          stateUnsafe: () => state,
          append: () => Effect.die("not here"),
          awaitState: () => Effect.never,
          listen: (listener): Effect.Effect<void, never, Scope.Scope> =>
            Effect.acquireRelease(
              Effect.sync(() => listeners.add(listener)),
              () => Effect.sync(() => listeners.delete(listener))
            )
        }
        const write = (event: RunEvent, at: number) => {
          state = evolve(state, event, at)
          for (const listener of listeners) listener(event, state)
        }
        yield* observe(log)
        for (const [when, event] of story) if (when <= seconds) write(event, start + when * 1000)
        yield* Effect.onInterrupt(end, () =>
          Effect.sync(() => write({ _tag: "RunInterrupted" }, start + seconds * 1000))
        )
        return state
      })
    )

const directory = Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped())

const settingsIn = (folder: string, json = false): Settings => ({
  run: {
    data: "d.csv",
    target: "target",
    trials: 2,
    agents: 3,
    workers: 2,
    seed: 7,
    chaos: true,
    store: `${folder}/s.sqlite`,
    resume: false,
    command: "demo --seed 7"
  },
  json,
  report: `${folder}/report.html`,
  resume: "demo --resume"
})

layer(NodeServices.layer)("a session", (it) => {
  describe("whose run finishes", () => {
    it.effect("writes the report and sums up", () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const folder = yield* directory
        const out = screen()
        const err = screen()
        yield* session(driver(10, Effect.void), settingsIn(folder), { stdout: out.screen, stderr: err.screen })
        assert.include(yield* fs.readFileString(`${folder}/report.html`), "98.00 %")
        assert.include(out.text(), "found by the team")
        assert.include(out.text(), "trial team-1 (bo): 97.8 %, the best so far\n")
        assert.strictEqual(err.text(), "")
      })
    )

    it.effect("with --json writes one line of JSON to stdout and everything else to stderr", () =>
      Effect.gen(function* () {
        const folder = yield* directory
        const out = screen()
        const err = screen()
        yield* session(driver(10, Effect.void), settingsIn(folder, true), { stdout: out.screen, stderr: err.screen })
        const { bestParams, ...rest } = JSON.parse(out.text())
        assert.strictEqual(out.text().indexOf("\n"), out.text().length - 1)
        assert.strictEqual(bestParams.learning_rate, 0.034)
        assert.deepStrictEqual(rest, {
          seed: 7,
          trials: 2,
          testAccuracy: 0.98,
          defaultTestAccuracy: 0.97,
          randomSearchTestAccuracy: 0.985,
          restarts: 1,
          reelections: 1,
          events: story.length,
          store: `${folder}/s.sqlite`,
          report: `${folder}/report.html`,
          seconds: 6.5
        })
        assert.include(err.text(), "found by the team")
      })
    )

    it.effect("prints warnings as lines among the others", () =>
      Effect.gen(function* () {
        const folder = yield* directory
        const out = screen()
        const warns = Effect.logWarning("something", "odd\nhappened")
        yield* session(driver(10, warns), settingsIn(folder), { stdout: out.screen, stderr: out.screen })
        assert.include(out.text(), "warn: something odd happened\n")
      })
    )
  })

  describe("whose run does not finish", () => {
    it.effect("still reports and sums up when it is interrupted, and stays interrupted", () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const folder = yield* directory
        const out = screen()
        const begun = yield* Deferred.make<void>()
        const waits = Effect.andThen(Deferred.succeed(begun, undefined), Effect.never)
        const streams = { stdout: out.screen, stderr: out.screen }
        const fiber = yield* Effect.forkChild(session(driver(1.6, waits), settingsIn(folder), streams))
        yield* Deferred.await(begun)
        yield* Fiber.interrupt(fiber)
        const exit = yield* Fiber.await(fiber)
        assert.isTrue(Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause))
        assert.include(yield* fs.readFileString(`${folder}/report.html`), "stopped before the end")
        assert.include(out.text(), "interrupted\n\nStopped before the end")
        assert.include(out.text(), "Go on with it: demo --resume")
      })
    )

    it.effect("reports what there is when it fails, and fails as it did", () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const folder = yield* directory
        const out = screen()
        const streams = { stdout: out.screen, stderr: out.screen }
        const error = yield* Effect.flip(session(driver(1.6, Effect.fail(new Broken())), settingsIn(folder), streams))
        assert.instanceOf(error, Broken)
        assert.isTrue(yield* fs.exists(`${folder}/report.html`))
      })
    )

    it.effect("says nothing of a run that has not begun", () =>
      Effect.gen(function* () {
        const folder = yield* directory
        const out = screen()
        const streams = { stdout: out.screen, stderr: out.screen }
        yield* Effect.flip(session(driver(-1, Effect.fail(new Broken())), settingsIn(folder, true), streams))
        assert.strictEqual(out.text(), "")
      })
    )
  })

  it.effect("that cannot write its report says so, and sums up all the same", () =>
    Effect.gen(function* () {
      const folder = yield* directory
      const out = screen()
      const streams = { stdout: out.screen, stderr: out.screen }
      const settings = { ...settingsIn(folder), report: `${folder}/missing/report.html` }
      const error = yield* Effect.flip(session(driver(10, Effect.void), settings, streams))
      assert.instanceOf(error, ReportUnwritable)
      assert.include(out.text(), "Report     could not be written")
    })
  )
})
