import { NodeServices } from "@effect/platform-node"
import { assert, describe, layer, vi } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer, Result } from "effect"
import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import * as Problems from "../../src/problem/Problems.ts"
import * as ProgramObjective from "../../src/objective/ProgramObjective.ts"
import * as StudyRun from "../../src/objective/StudyRun.ts"
import * as Random from "../../src/sampler/Random.ts"
import type { SearchSpace } from "../../src/space/SearchSpace.ts"
import * as SpaceJson from "../../src/space/SpaceJson.ts"
import * as Studies from "../../src/study/Studies.ts"
import * as Study from "../../src/study/Study.ts"
import { after, opened, outcomes } from "./opened.ts"

// Each test starts programs; a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000 })

const example = (name: string) => fileURLToPath(new URL(`../../examples/${name}`, import.meta.url))

/** A program in the shell. */
const shell = (command: string, options: Partial<ProgramObjective.Options> = {}) =>
  ProgramObjective.make({ command, shell: true, onStderr: () => Effect.void, ...options })

/** A program in Python that answers each line with `body`, which finds the parameters in `p`, and the number of the line in `n`. */
const python = (body: string, options: Partial<ProgramObjective.Options> = {}) =>
  ProgramObjective.make({
    command: "python3",
    args: [
      "-c",
      [
        "import sys, json, os, time, signal",
        "def say(text): print(text, flush=True)",
        "def told(): return json.loads(sys.stdin.readline())",
        "n = -1",
        "for line in iter(sys.stdin.readline, ''):",
        "  n += 1",
        "  p = json.loads(line)",
        ...body.split("\n").map((line) => `  ${line}`)
      ].join("\n")
    ],
    onStderr: () => Effect.void,
    ...options
  })

/** Whether a process of the group lives: one that is dead and waits to be counted does not. */
const isThere = (group: number): boolean =>
  readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .some((entry) => {
      try {
        const [, state, , itsGroup] = /\) (\S) (\d+) (\d+)/.exec(readFileSync(`/proc/${entry}/stat`, "latin1")) ?? []
        return Number(itsGroup) === group && state !== "Z" && state !== "X"
      } catch {
        // It has ended since it was listed.
        return false
      }
    })

const names = { next: 0 }

/** A new study of its own name. */
const study = (settings: Parameters<typeof opened>[0] = {}) => opened(settings, { name: `study-${names.next++}` })

type Program = ReturnType<typeof shell>

/** Runs a program over a new study. */
const trials = (
  objective: Program,
  count: number,
  options: StudyRun.RunOptions = {},
  settings: Parameters<typeof opened>[0] = {}
) => Effect.flatMap(study(settings), (it) => StudyRun.run(it, objective, { trials: count, ...options }))

/** Three trials, of which the second has the parameter 0.9. */
const three = (objective: Program, options: StudyRun.RunOptions = {}) =>
  Effect.gen(function* () {
    const it = yield* study()
    for (const x of [0.1, 0.9, 0.2]) yield* it.enqueue({ x })
    const { state } = yield* StudyRun.run(it, objective, { trials: 3, ...options })
    return outcomes(state)
  })

/** Counts the processes that were started, and remembers them. */
const tally = () => {
  const pids: Array<number> = []
  return { pids, onStart: (_: string, pid: number) => Effect.sync(() => void pids.push(pid)) }
}

/** Runs an example over a space of its own. */
const runExample = (
  name: string,
  space: SearchSpace,
  objective: Program,
  options: StudyRun.RunOptions,
  settings: Pick<Parameters<typeof opened>[0] & {}, "pruner"> = {}
) =>
  Effect.gen(function* () {
    const studies = yield* Studies.Studies
    const definition = Result.getOrThrow(Study.define({ space, sampler: Random.make(), ...settings }))
    return yield* StudyRun.run(yield* studies.open(name, definition), objective, options)
  })

layer(Layer.merge(NodeServices.layer, Studies.layerMemory), { excludeTestServices: true })("a program", (it) => {
  describe("examples", () => {
    it.effect.each([
      ["python3", "branin.py"],
      ["sh", "branin.sh"]
    ] as const)("%s %s", ([command, file]) =>
      Effect.gen(function* () {
        const { onStart, pids } = tally()
        const objective = ProgramObjective.make({ command, args: [example(file)], onStart })
        const { state } = yield* runExample(file, Problems.branin.space, objective, { trials: 12, workers: 2 })
        for (const trial of state.trials) {
          assert.strictEqual(trial.state, "complete")
          // The parameters are those of Branin, whose type the example does not carry.
          const params = trial.params as Parameters<typeof Problems.branin.evaluate>[0]
          if (trial.state === "complete") assert.closeTo(trial.values[0]!, Problems.branin.evaluate(params), 1e-9)
        }
        assert.lengthOf(pids, 2)
      })
    )

    it.effect("python3 curve.py is pruned, and goes on in one process", () =>
      Effect.gen(function* () {
        const space = Result.getOrThrow(SpaceJson.decode(JSON.parse(readFileSync(example("curve.json"), "utf8"))))
        const { onStart, pids } = tally()
        const objective = ProgramObjective.make({ command: "python3", args: [example("curve.py")], onStart })
        const { state } = yield* runExample("curve", space, objective, { trials: 4 }, { pruner: after(3) })
        assert.deepStrictEqual(outcomes(state), Array(4).fill("pruned"))
        assert.deepStrictEqual(
          state.trials.map(({ reports }) => reports.map(({ step }) => step)),
          Array.from({ length: 4 }, () => [0, 1, 2])
        )
        assert.lengthOf(pids, 1)
      })
    )
  })

  it.effect("one process of each worker serves the whole study, and is gone afterwards", () =>
    Effect.gen(function* () {
      const { onStart, pids } = tally()
      const objective = python('say(json.dumps({"values": [p["x"], n], "constraints": [-1]}))', { onStart })
      const directions = ["minimize", "maximize"] as const
      const { state } = yield* trials(objective, 20, {}, { directions })
      assert.deepStrictEqual(
        state.trials.map((trial) => (trial.state === "complete" ? trial.values : [])),
        state.trials.map(({ number, params }) => [params.x, number])
      )
      assert.lengthOf(pids, 1)
      assert.deepStrictEqual(pids.map(isThere), [false])
    })
  )

  describe("failures of the second trial, and the third is evaluated", () => {
    const good = 'say(json.dumps({"value": p["x"]}))'
    const shown = (text: string) => JSON.stringify(text)
    // What it does, what becomes of it, and how many processes that takes.
    const failures: ReadonlyArray<readonly [string, string, string, number]> = [
      ["says so", `say('{"error": "no data"}')`, "failed (error): no data", 1],
      ["says so in an odd way", `say('{"error": {"code": 7}}')`, 'failed (error): {"code":7}', 1],
      [
        "crashes",
        "sys.stderr.write('Error: boom\\n'); sys.exit(3)",
        "failed (crash): before it answered, the program ended with 3; it said: Error: boom",
        2
      ],
      [
        "dies of a signal",
        "os.kill(os.getpid(), signal.SIGKILL)",
        "failed (crash): before it answered, the program was ended by SIGKILL",
        2
      ],
      [
        "ends its output, not itself",
        "os.close(1); time.sleep(60)",
        "failed (early-exit): before it answered, the program closed its standard input or output",
        2
      ],
      ["says garbage", "say('loading')", `failed (invalid-answer): a line that is not JSON: "loading"`, 2],
      ["says a list", "say('[1]')", `failed (invalid-answer): a line that is not a JSON object: "[1]"`, 2],
      [
        "says nothing of ours",
        `say('{"loss": 1}')`,
        `failed (invalid-answer): a line without value, values, error, or step and intermediate: ${shown('{"loss": 1}')}`,
        2
      ],
      [
        "says no UTF-8",
        String.raw`sys.stdout.buffer.write(b'\xff\n'); sys.stdout.flush()`,
        'failed (invalid-answer): a line that is too long or no UTF-8: "\ufffd"',
        2
      ],
      [
        "says what is nested without end",
        `say('{"value":' + '[' * 200000 + ']' * 200000 + '}')`,
        `failed (invalid-answer): a line that is nested too deeply: ${shown(`{"value":${"[".repeat(71)}…`)}`,
        2
      ],
      ["says blank lines for ever", "while True: say('')", 'failed (invalid-answer): a line that is not JSON: ""', 2],
      [
        "is not finite",
        "say(json.dumps({'value': float('nan')}))",
        "failed (invalid-answer): NaN is not a finite number",
        1
      ],
      [
        "is infinite",
        "say(json.dumps({'value': float('-inf')}))",
        "failed (invalid-answer): -Infinity is not a finite number",
        1
      ],
      ["overflows", `say('{"value": 1e999}')`, "failed (invalid-answer): Infinity is not a finite number", 1],
      ["is a text", `say('{"value": "1"}')`, 'failed (invalid-answer): "1" is not a finite number', 1],
      ["is null", `say('{"value": null}')`, "failed (invalid-answer): null is not a finite number", 1],
      ["is too many", `say('{"values": [1, 2]}')`, "failed (invalid-answer): 2 values for one objective", 1],
      ["is none", `say('{"values": []}')`, "failed (invalid-answer): 0 values for one objective", 1],
      [
        "reports what is no number",
        `say('{"step": 1, "intermediate": null}')`,
        "failed (invalid-answer): report at step 1: NaN is not a finite number",
        2
      ],
      [
        "reports at no step",
        `say('{"step": "a", "intermediate": 1}')`,
        "failed (invalid-answer): the step NaN of a report is not a whole number from 0",
        2
      ],
      [
        "reports for ever",
        `while True: say('{"step": 1, "intermediate": 1}')`,
        "failed (invalid-answer): it reported more than 50 times",
        2
      ]
    ]
    it.effect.each(failures)("one that %s", ([, bad, expected, processes]) =>
      Effect.gen(function* () {
        const { onStart, pids } = tally()
        const objective = python(`if p["x"] == 0.9:\n  ${bad}\nelse:\n  ${good}`, { onStart })
        assert.deepStrictEqual(yield* three(objective, { reportsMax: 50 }), ["complete", expected, "complete"])
        assert.lengthOf(pids, processes)
        assert.deepStrictEqual(
          pids.map(isThere),
          pids.map(() => false)
        )
      })
    )

    it.effect("one that hangs, deaf to SIGTERM, with a child of its own: the whole group is killed", () =>
      Effect.gen(function* () {
        const { onStart, pids } = tally()
        const bad =
          "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n  if os.fork() == 0: time.sleep(600)\n  time.sleep(600)"
        const objective = python(`if p["x"] == 0.9:\n  ${bad}\n${good}`, { onStart, killAfter: "100 millis" })
        const outcome = yield* three(objective, { timeout: "1 second" })
        assert.deepStrictEqual(outcome, ["complete", "failed (timeout): it took longer than 1s", "complete"])
        assert.lengthOf(pids, 2)
        assert.deepStrictEqual(pids.map(isThere), [false, false])
      })
    )

    it.effect("one that ends while a child of its own holds its output open", () =>
      Effect.gen(function* () {
        const { onStart, pids } = tally()
        const command = `while read -r line; do case $line in *0.9*) sleep 100 & exit 0;; esac; echo '{"value":1}'; done`
        const outcome = yield* three(shell(command, { onStart }))
        // It may have been taken for one that serves a single trial, so that the next process was asked as well.
        assert.deepStrictEqual(outcome, [
          "complete",
          "failed (early-exit): before it answered, the program ended with 0",
          "complete"
        ])
        assert.lengthOf(pids, 3)
        assert.notInclude(pids.map(isThere), true)
      })
    )

    it.effect("one that starts slowly is not timed out for that, nor the next after one that is", () =>
      Effect.gen(function* () {
        const objective = shell(
          `sleep 0.7; while read -r line; do case $line in *0.9*) sleep 100;; esac; echo '{"value":1}'; done`
        )
        const outcome = yield* three(objective, { timeout: "300 millis" })
        assert.deepStrictEqual(outcome, ["complete", "failed (timeout): it took longer than 300ms", "complete"])
      })
    )

    it.effect("one whose line is too long, however long it is", () =>
      Effect.gen(function* () {
        const bad = "while True: sys.stdout.write('x' * 65536)"
        const objective = python(`if p["x"] == 0.9:\n  ${bad}\n${good}`, { lineBytesMax: 1_000 })
        const outcome = yield* three(objective)
        assert.match(outcome[1] ?? "", /^failed \(invalid-answer\): a line that is too long or no UTF-8: "x+…"$/)
        assert.deepStrictEqual([outcome[0], outcome[2]], ["complete", "complete"])
      })
    )
  })

  it.effect("a program that serves one trial and ends is started for each; nothing fails", () =>
    Effect.gen(function* () {
      const { onStart, pids } = tally()
      const { state } = yield* trials(shell(`read -r line; echo '{"value":1}'`, { onStart }), 10)
      assert.deepStrictEqual(outcomes(state), Array(10).fill("complete"))
      assert.isAtLeast(pids.length, 10)
    })
  )

  it.effect("a program that ends at once fails each trial with how it ended, and then the run", () =>
    Effect.gen(function* () {
      const it = yield* study()
      const objective = shell("echo 'no such model' >&2; exit 7")
      const error = yield* Effect.flip(StudyRun.run(it, objective, { trials: 10, failuresInRowMax: 3 }))
      assert.instanceOf(error, StudyRun.TooManyFailures)
      for (const outcome of outcomes(yield* it.state)) {
        assert.match(outcome, /^failed \(crash\): .*the program ended with 7; it said: no such model/)
      }
      assert.lengthOf((yield* it.state).trials, 3)
    })
  )

  it.effect("a program that is not there ends the run, and takes no trial", () =>
    Effect.gen(function* () {
      const it = yield* study()
      const objective = ProgramObjective.make({ command: "/nowhere/to/be/found" })
      const error = yield* Effect.flip(StudyRun.run(it, objective, { trials: 3 }))
      assert.strictEqual(error._tag, "ObjectiveUnavailable")
      assert.match(error.message, /^\/nowhere\/to\/be\/found cannot be started: /)
      assert.lengthOf((yield* it.state).trials, 0)
    })
  )

  it.effect("what is said unasked belongs to no trial: the next one has a new process", () =>
    Effect.gen(function* () {
      const { onStart, pids } = tally()
      const objective = python(
        'extra = "" if p["x"] != 0.1 else \'\\n{"value": -5}\\n{"value": -6}\'\nsay(json.dumps({"value": p["x"]}) + extra)',
        { onStart }
      )
      const it = yield* study()
      yield* it.enqueue({ x: 0.1 })
      // All of it is written at once, so that it is there when the second trial begins.
      const { state } = yield* StudyRun.run(it, objective, { trials: 2 })
      assert.deepStrictEqual(
        state.trials.map((trial) => (trial.state === "complete" ? trial.values[0] : undefined)),
        state.trials.map(({ params }) => params.x)
      )
      assert.lengthOf(pids, 2)
    })
  )

  it.effect("a program that answers twice each time shifts no answer to the next trial", () =>
    Effect.gen(function* () {
      const { state } = yield* trials(python('say("\\n".join(2 * [json.dumps({"value": p["x"]})]))'), 4)
      assert.deepStrictEqual(
        state.trials.map((trial) => (trial.state === "complete" ? trial.values[0] : undefined)),
        state.trials.map(({ params }) => params.x)
      )
    })
  )

  describe("pruning", () => {
    const reporting = (atEnd: string) =>
      `for step in range(5):\n  say(json.dumps({"step": step, "intermediate": 1}))\n  if told()["prune"]: break\n${atEnd}`

    it.effect.each([
      ["a value", `say('{"value": 1}')`, 1],
      ["an error", `say('{"error": "pruned"}')`, 1],
      ["garbage", "say('ok')", 1],
      ["nothing", "pass", 4],
      ["its end", "sys.exit(0)", 4]
    ] as const)("a program may end a pruned trial with %s", ([, end, processes]) =>
      Effect.gen(function* () {
        const { onStart, pids } = tally()
        const objective = python(reporting(end), { onStart, pruneGrace: "200 millis" })
        const { state } = yield* trials(objective, 4, {}, { pruner: after(2) })
        assert.deepStrictEqual(outcomes(state), Array(4).fill("pruned"))
        // The last process may or may not have been replaced when the run is over.
        assert.oneOf(pids.length, processes === 1 ? [1] : [processes, processes + 1])
      })
    )

    it.effect("without a pruner nothing is answered to a report", () =>
      Effect.gen(function* () {
        const body = 'say(json.dumps({"step": 0, "intermediate": 1}))\nsay(json.dumps({"value": p["x"]}))'
        const { state } = yield* trials(python(body), 3)
        assert.deepStrictEqual(outcomes(state), Array(3).fill("complete"))
      })
    )
  })

  it.effect("an interrupted run leaves no process behind, and releases its trials", () =>
    Effect.gen(function* () {
      const { onStart, pids } = tally()
      const begun = Deferred.makeUnsafe<void>()
      let lines = 0
      const objective = python(
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nsys.stderr.write('begun\\n'); sys.stderr.flush()\ntime.sleep(600)",
        {
          onStart,
          killAfter: "100 millis",
          onStderr: () => Effect.suspend(() => (++lines === 3 ? Deferred.succeed(begun, undefined) : Effect.void))
        }
      )
      const it = yield* study()
      const running = yield* Effect.forkChild(StudyRun.run(it, objective, { trials: 9, workers: 3 }))
      yield* Deferred.await(begun)
      assert.deepStrictEqual(pids.map(isThere), [true, true, true])
      yield* Fiber.interrupt(running)
      assert.deepStrictEqual(pids.map(isThere), [false, false, false])
      assert.deepStrictEqual(outcomes(yield* it.state), ["waiting", "waiting", "waiting"])
    })
  )

  it.effect("standard error is heard line by line, cut where a line is too long", () =>
    Effect.gen(function* () {
      const heard: Array<readonly [string, number]> = []
      const objective = python(
        'sys.stderr.write("x" * 100000 + "\\nthen\\n"); sys.stderr.flush()\nsay(\'{"value": 1}\')',
        { onStderr: (worker, line) => Effect.sync(() => void heard.push([worker.replace(/.*\//, ""), line.length])) }
      )
      yield* trials(objective, 2)
      assert.deepStrictEqual(heard.slice(0, 2), [
        ["1", 8192],
        ["1", 4]
      ])
    })
  )
})
