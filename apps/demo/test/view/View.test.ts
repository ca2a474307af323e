import { assert, describe, it } from "@effect/vitest"
import { Effect, type Scope } from "effect"
import { TestClock } from "effect/testing"
import type { RunLog } from "../../src/run/RunLog.ts"
import type { RunEvent } from "../../src/run/RunEvent.ts"
import { evolve, initial, type RunState } from "../../src/run/RunState.ts"
import { frame } from "../../src/view/Frame.ts"
import { lineOf } from "../../src/view/Lines.ts"
import * as Screen from "../../src/view/Screen.ts"
import * as Summary from "../../src/view/Summary.ts"
import * as View from "../../src/view/View.ts"
import { at, start, story } from "./story.ts"

const picture = (seconds: number, width = 100) => frame(at(seconds), start + seconds * 1000, width).join("\n")

describe("the frame", () => {
  it("says that the run opens before it has begun", () => {
    assert.deepStrictEqual(frame(initial, start, 80), ["opening the run …"])
  })

  it("tells progress, the best so far, agents with credits, workers and faults in the middle of a round", () => {
    const text = picture(1.6)
    for (const piece of [
      /digits\.csv · 3 agents · 2 workers · seed 7 .* 1 s$/m,
      /1\/7 trainings · team 1\/2/,
      /best 97\.8 % on validation \(team-1, bo\)/,
      /^bo +86 +tpe, bold +has its result +1 +97\.8 % +–$/m,
      /^cleo +86 +tpe, bold +trains team-2 +1 +– +–$/m,
      /^ada +100 +tpe, bold +watches +0 +– +1$/m,
      /^w2 +team-2 \(cleo\), attempt 2 {2}0\.5 s$/m,
      /^w1 +waits$/m,
      /^round 1, 2 slots sold at 14 credits, coordinator bo$/m,
      /worker thread killed → w2: healed after 50 ms$/m,
      /coordinator killed → ada: healed after 0\.2 s$/m
    ]) {
      assert.match(text, piece)
    }
  })

  it("shows an agent as down until its fault is healed", () => {
    assert.match(picture(1), /^ada .* down /m)
    assert.match(picture(1), /coordinator killed → ada: not healed for 0 s/)
    assert.notInclude(picture(1.2), "down")
  })

  it("tells the last decisions with their votes", () => {
    assert.include(picture(3), "accepted 2:0 (1 abstained or silent) · bo: learning_rate 0.01 → 0.034")
  })

  it("estimates the time left from the trainings done", () => {
    assert.match(picture(3), /3 s, about 4 s left$/m)
    assert.match(picture(7), /6 s, finished$/m)
  })

  it("does without columns where there is no room, but never without names and credits", () => {
    const text = picture(1.6, 50)
    assert.match(text, /^bo +86/m)
    assert.notInclude(text, "tpe, bold")
    for (const line of text.split("\n")) assert.isAtMost(line.length, 50)
  })

  it("gives up sections from the least needed where there are few rows", () => {
    const lines = (rows: number) => frame(at(3), start + 3000, 100, { rows })
    assert.lengthOf(lines(3), 3)
    assert.include(lines(12).join("\n"), "faults")
    assert.notInclude(lines(12).join("\n"), "last decisions")
  })

  it("has colours only if asked for", () => {
    assert.notInclude(picture(3), "\u001b")
    assert.include(frame(at(3), start, 80, { colour: true }).join("\n"), "\u001b[32m")
  })
})

describe("plain lines", () => {
  it("tell the story, one line for each event worth it", () => {
    let state: RunState = initial
    const lines = story.flatMap(([when, event]) => {
      state = evolve(state, event, start + when * 1000)
      return lineOf(event, state) ?? []
    })
    assert.deepStrictEqual(lines, [
      "run r1: 3 agents, 2 workers, 2 trials, seed 7; digits.csv: 1078 + 360 + 359 rows, 64 features, 10 classes",
      "coordinator: ada, term 1 (first election)",
      "round 1: bo, cleo win slots at 14 credits",
      "fault: worker thread killed strikes w2: in epoch 3",
      "training team-2 died on w2 (attempt 1): the thread exited",
      "healed: w2 after worker thread killed",
      "fault: coordinator killed strikes ada",
      'coordinator: bo, term 2 ("ada" no longer leads)',
      "restart: ada: its process ended",
      "healed: ada after coordinator killed",
      "trial team-1 (bo): 97.8 %, the best so far",
      "trial team-2 (cleo): 91.0 %",
      "vote: accepted 2:0 (1 abstained or silent) on team-1 of bo: learning_rate 0.01 → 0.034",
      "round 1 closed: best so far 97.8 %, 2 of 2 trials",
      "random search: 2 of 2 trainings",
      "final training of the found parameters: 98.00 % on the test part",
      "final training of the defaults: 97.00 % on the test part",
      "final training of random search's best: 98.50 % on the test part",
      "finished after 6.5 s"
    ])
  })
})

describe("the summary", () => {
  const places = { store: "out/demo.sqlite", report: "out/report.html", resume: "demo --resume" }

  it("compares the found parameters with random search and the defaults", () => {
    const text = Summary.text(at(10), places).join("\n")
    for (const piece of [
      /^Finished: 2 trainings of the team in 6 s/m,
      /^Best parameters \(team-1 of bo\):$/m,
      /^ {2}learning_rate +0\.034 +default 0\.01$/m,
      /^ {2}hidden_units +64$/m,
      /^ {2}found by the team +98\.00 %$/m,
      /^ {2}random search, 2 trainings +98\.50 % +found −0\.50 points$/m,
      /^ {2}the defaults +97\.00 % +found \+1\.00 points$/m,
      /^Survived +2 of 2 faults healed, 1 restart, 1 re-election$/m,
      /^Event log +out\/demo\.sqlite \(31 events\)$/m,
      /^Report +out\/report\.html$/m
    ]) {
      assert.match(text, piece)
    }
    assert.notInclude(text, "--resume")
  })

  it("says of a stopped run how to go on with it", () => {
    const text = Summary.text(at(3), places).join("\n")
    assert.include(text, "Stopped before the end, after 2 trainings")
    assert.include(text, "The test part was not looked at")
    assert.include(text, "Go on with it: demo --resume")
  })

  it("has the keys of the JSON document in their order, with null for what was not measured", () => {
    const names =
      "seed trials bestParams testAccuracy defaultTestAccuracy randomSearchTestAccuracy restarts reelections events store report seconds"
    assert.deepStrictEqual(Object.keys(Summary.json(at(10), places)), names.split(" "))
    const { defaultTestAccuracy, seconds, testAccuracy, trials } = Summary.json(at(3), places)
    assert.deepStrictEqual([trials, testAccuracy, defaultTestAccuracy, seconds], [2, null, null, 3])
  })
})

/** A screen that keeps what is written, and a log that can be told events. */
const stage = (isLive: boolean) => {
  const writes: Array<string> = []
  const size = { columns: 100, rows: 40 }
  const screen: Screen.Screen = {
    write: (text) => writes.push(text),
    flush: Effect.void,
    columns: () => size.columns,
    rows: () => size.rows,
    isLive,
    colour: false
  }
  let state = initial
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
  let told = 0
  const tell = (seconds: number) => {
    for (const [when, event] of story.slice(told)) {
      if (when > seconds) return
      told += 1
      state = evolve(state, event, start + when * 1000)
      for (const listener of listeners) listener(event, state)
    }
  }
  return { log, screen, size, tell, writes }
}

// oxlint-disable-next-line no-control-regex -- this is what terminals read
const sequences = /\u001b\[(\d+)A|\u001b\[2K|\u001b\[J|\u001b\[\?\d+[hl]|[^\u001b]/gu

/** A terminal good enough for what we send it. */
const rendered = (
  writes: ReadonlyArray<string>
): { readonly lines: ReadonlyArray<string>; readonly cursor: boolean } => {
  const lines: Array<string> = [""]
  let row = 0
  let cursor = true
  for (const [piece, up] of writes.join("").matchAll(sequences)) {
    if (up !== undefined) row -= Number(up)
    else if (piece === "\u001b[2K") lines[row] = ""
    else if (piece === "\u001b[J") lines.splice(row)
    else if (piece.startsWith("\u001b[?25")) cursor = piece.endsWith("h")
    else if (piece === "\n") row += 1
    else if (piece !== "\r" && !piece.startsWith("\u001b")) lines[row] = (lines[row] ?? "") + piece
    lines[row] ??= ""
  }
  return { lines, cursor }
}

describe("the live view", () => {
  it.effect("redraws in place: what stands on the terminal is the last frame, below what was printed", () =>
    Effect.gen(function* () {
      const { log, screen, tell, writes } = stage(true)
      const view = View.make(screen)
      yield* TestClock.setTime(start)
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* view.observe(log)
          for (const seconds of [0, 0.5, 1, 1.6]) {
            tell(seconds)
            yield* TestClock.setTime(start + seconds * 1000)
          }
          view.print("warning: something")
          yield* TestClock.adjust("200 millis")
          assert.isFalse(rendered(writes).cursor)
        })
      )
      const { cursor, lines } = rendered(writes)
      const shown = frame(log.stateUnsafe(), start + 1800, 99, { rows: 39 })
      assert.deepStrictEqual(lines.slice(0, 1 + shown.length), ["warning: something", ...shown])
      assert.isTrue(cursor)
    })
  )

  it.effect("draws at most ten frames a second, and none when nothing has changed", () =>
    Effect.gen(function* () {
      const { log, screen, tell, writes } = stage(true)
      yield* TestClock.setTime(start)
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* View.make(screen).observe(log)
          tell(0.4)
          const before = writes.length
          yield* TestClock.adjust("1 second")
          assert.isAtMost(writes.length - before, 10)
          const still = writes.length
          yield* TestClock.adjust("500 millis")
          assert.isAtMost(writes.length - still, 1)
        })
      )
    })
  )

  it.effect("restores the cursor when it is interrupted", () =>
    Effect.gen(function* () {
      const { log, screen, writes } = stage(true)
      const shown = Effect.scoped(Effect.andThen(View.make(screen).observe(log), Effect.never))
      yield* Effect.timeoutOption(shown, "1 second").pipe(Effect.forkScoped({ startImmediately: true }))
      yield* TestClock.adjust("2 seconds")
      assert.isTrue(rendered(writes).cursor)
      assert.include(writes.at(-1), "\u001b[?25h")
    })
  )

  it("counts the rows that a wide frame takes on a terminal made narrow", () => {
    assert.include(View.redraw(["x".repeat(90), "y"], ["z"], [], 40), "\u001b[4A")
  })

  it.effect("without a terminal it writes plain lines and nothing that steers", () =>
    Effect.gen(function* () {
      const { log, screen, tell, writes } = stage(false)
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* View.make(screen).observe(log)
          tell(10)
        })
      )
      assert.lengthOf(writes, 19)
      assert.notInclude(writes.join(""), "\u001b")
    })
  )
})

describe("the screen", () => {
  const stream = (isTTY: boolean) => ({ write: () => true, isTTY, writable: true })
  const colour = (isTTY: boolean, environment: Screen.Environment) => Screen.make(stream(isTTY), environment).colour

  it("has colour on a terminal, and not in a pipe, under NO_COLOR or on a dumb terminal", () => {
    assert.isTrue(colour(true, {}))
    assert.isFalse(colour(false, {}))
    assert.isFalse(colour(true, { NO_COLOR: "1" }))
    assert.isTrue(colour(true, { NO_COLOR: "" }))
    assert.isFalse(colour(true, { TERM: "dumb" }))
    assert.isTrue(colour(false, { FORCE_COLOR: "1" }))
  })

  it("is live on a terminal only", () => {
    assert.deepStrictEqual(
      [stream(true), stream(false)].map((one) => Screen.make(one, {}).isLive),
      [true, false]
    )
    assert.isFalse(Screen.make(stream(true), { TERM: "dumb" }).isLive)
  })
})
