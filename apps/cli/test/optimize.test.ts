import { NodeCrypto, NodeServices } from "@effect/platform-node"
import { assert, describe, layer, vi } from "@effect/vitest"
import { Random, SearchSpace, Studies, Study } from "@mabeam/optimize"
import { Cause, Effect, Exit, FileSystem, Layer, Runtime } from "effect"
import { Command } from "effect/cli"
import { chmodSync, readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { mabeam as command } from "../src/Mabeam.ts"
import * as StudyFile from "../src/study/StudyFile.ts"
import { mabeam, start } from "./command.ts"

// Each test starts processes; a busy machine takes its time.
vi.setConfig({ testTimeout: 120_000 })

const examples = fileURLToPath(new URL("../../../packages/optimize/examples", import.meta.url))

/** A directory with a space, `space.json`, and what else is given. */
const folder = (files: Readonly<Record<string, string>> = {}) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const directory = yield* fs.makeTempDirectoryScoped()
    const space = {
      variables: [
        { name: "mode", type: "ordinal", choices: ["low", "middle", "high"] },
        { name: "units", type: "int", low: 1, high: 64, log: true },
        { name: "rate", type: "log-float", low: 1e-5, high: 1, when: "mode in (middle, high) and units <= 32" }
      ]
    }
    for (const [name, text] of Object.entries({ "space.json": JSON.stringify(space), ...files })) {
      yield* fs.writeFileString(`${directory}/${name}`, text)
    }
    return directory
  })

interface Answered {
  readonly study: string
  readonly sampler: string
  readonly seed: number
  readonly best: {
    readonly value: number
    readonly params: Readonly<Record<string, unknown>>
    readonly trial: number
  } | null
  readonly front?: ReadonlyArray<{ readonly values: ReadonlyArray<number>; readonly trial: number }>
  readonly trials: ReadonlyArray<{
    readonly number: number
    readonly params: Readonly<Record<string, unknown>>
    readonly value: number | null
    readonly state: string
    readonly startedAt: string
    readonly endedAt: string | null
    readonly error?: { readonly kind: string; readonly message: string }
  }>
}

/** The answer of `optimize run --json`, which has to be the only thing on stdout. */
const answerOf = ({ stdout }: { readonly stdout: string }): Answered => {
  assert.strictEqual(stdout.trimEnd().split("\n").length, 1)
  return JSON.parse(stdout)
}

const run = (...args: ReadonlyArray<string>) => ["optimize", "run", ...args]

/** Runs the command in this process, which takes a tenth of the time; files of the directory are named as they are. */
const inside = (args: ReadonlyArray<string>, cwd: string) =>
  Effect.gen(function* () {
    const said = { stdout: "", stderr: "" }
    const hear = (name: "stdout" | "stderr") =>
      vi.spyOn(process[name], "write").mockImplementation((text, ...rest) => {
        said[name] += String(text)
        const done = rest.at(-1)
        if (typeof done === "function") done()
        return true
      })
    const spies = [hear("stdout"), hear("stderr")]
    const whole = args.map((word) => (/^[a-z]+\.(json|sqlite|py)$/.test(word) ? `${cwd}/${word}` : word))
    const exit = yield* Effect.exit(Command.runWith(command, { version: "0" })(whole)).pipe(
      Effect.ensuring(Effect.sync(() => spies.forEach((spy) => spy.mockRestore())))
    )
    if (Exit.isSuccess(exit)) return { code: 0, ...said }
    const error = Cause.squash(exit.cause)
    const message = error instanceof Error ? error.message : String(error)
    return { code: Runtime.getErrorExitCode(error), stdout: said.stdout, stderr: `${said.stderr}${message}\n` }
  })

/** Live processes whose command line holds a text. */
const processesOf = (text: string): number =>
  readdirSync("/proc").filter((entry) => {
    try {
      return /^\d+$/.test(entry) && readFileSync(`/proc/${entry}/cmdline`, "utf8").includes(text)
    } catch {
      // It has ended since it was listed.
      return false
    }
  }).length

/** A program that answers with the first parameter, and hangs, deaf to all signals that can be ignored, at its nth trial. */
const hangingAt = (trial: number) => `
import sys, json, time, signal
signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.signal(signal.SIGINT, signal.SIG_IGN)
n = 0
for line in sys.stdin:
    if n == ${trial}: sys.stderr.write("hanging\\n"); sys.stderr.flush(); time.sleep(1000)
    n += 1
    print(json.dumps({"value": json.loads(line)["x"]}), flush=True)
`

layer(Layer.merge(NodeServices.layer, NodeCrypto.layer), { excludeTestServices: true })("mabeam optimize run", (it) => {
  it.effect("answers with the format that is promised; the same seed and one worker give the same trials", () =>
    Effect.gen(function* () {
      const cwd = yield* folder()
      const args = run("--function", "branin", "--trials", "15", "--seed", "7", "--json")
      const first = yield* mabeam(args, cwd)
      const second = yield* inside(args, cwd)
      assert.strictEqual(first.code, 0)
      const answer = answerOf(first)
      assert.deepStrictEqual(Object.keys(answer), ["study", "sampler", "seed", "best", "trials"])
      assert.deepStrictEqual([answer.study, answer.sampler, answer.seed], ["branin", "tpe", 7])
      assert.lengthOf(answer.trials, 15)
      for (const [index, trial] of answer.trials.entries()) {
        assert.deepStrictEqual(Object.keys(trial), ["number", "params", "value", "state", "startedAt", "endedAt"])
        assert.deepStrictEqual([trial.number, trial.state], [index, "complete"])
        assert.match(trial.startedAt, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
        assert.isAtLeast(Date.parse(trial.endedAt ?? ""), Date.parse(trial.startedAt))
      }
      const least = Math.min(...answer.trials.map(({ value }) => value ?? Infinity))
      assert.strictEqual(answer.best?.value, least)
      assert.deepStrictEqual(answer.trials[answer.best?.trial ?? -1]?.params, answer.best?.params)
      const timeless = ({ trials, ...rest }: Answered) => ({
        ...rest,
        trials: trials.map((trial) => ({ ...trial, startedAt: "", endedAt: "" }))
      })
      assert.deepStrictEqual(timeless(answerOf(second)), timeless(answer))
    })
  )

  it.effect("asks programs; conditions of the space hold, maximizing maximizes", () =>
    Effect.gen(function* () {
      const program = `while read -r line; do echo "{\\"value\\": $(echo "$line" | sed 's/.*"units":\\([0-9]*\\).*/\\1/')}"; done`
      const args = run("--space", "space.json", "--exec", program, "--trials", "20", "--workers", "3")
      const { code, stderr, stdout } = yield* inside([...args, "--direction", "maximize", "--json"], yield* folder())
      const { best, trials } = answerOf({ stdout })
      assert.strictEqual(code, 0)
      assert.notInclude(stderr, "failed")
      for (const { params, value } of trials) {
        assert.strictEqual(value, params["units"])
        assert.strictEqual("rate" in params, params["mode"] !== "low" && Number(params["units"]) <= 32)
      }
      assert.strictEqual(best?.value, Math.max(...trials.map(({ value }) => value ?? 0)))
    })
  )

  it.effect.runIf(process.env["CAMPAIGN"] !== undefined)("a pruned curve in Python, and several objectives", () =>
    Effect.gen(function* () {
      const cwd = yield* folder({
        "two.py":
          'import sys, json\nfor line in sys.stdin:\n  p = json.loads(line)\n  print(json.dumps({"values": [p["x"], p["y"]]}), flush=True)'
      })
      const curve = run(
        "--space",
        `${examples}/curve.json`,
        "--exec",
        `python3 ${examples}/curve.py`,
        "--pruner",
        "median"
      )
      const { trials } = answerOf(yield* inside([...curve, "--trials", "25", "--json"], cwd))
      const states = new Set(trials.map(({ state }) => state))
      assert.deepStrictEqual(states, new Set(["complete", "pruned"]))
      assert.isTrue(trials.every(({ state, value }) => (state === "complete") === (value !== null)))
      const two = run(
        "--function",
        "branin",
        "--exec",
        "python3 two.py",
        "--sampler",
        "random",
        "--trials",
        "12",
        "--json"
      )
      const both = answerOf(yield* inside([...two, "--direction", "minimize", "--direction", "maximize"], cwd))
      assert.deepStrictEqual(Object.keys(both), ["study", "sampler", "seed", "front", "trials"])
      // No trial is better than one of the front in both.
      for (const { values } of both.front ?? []) {
        const isBeaten = both.trials.some(
          ({ params }) => Number(params["x"]) < values[0]! && Number(params["y"]) > values[1]!
        )
        assert.isFalse(isBeaten)
      }
    })
  )

  it.effect("failures are told with their causes, the study goes on, and ends with 1 if nothing is complete", () =>
    Effect.gen(function* () {
      const cwd = yield* folder()
      const args = run("--function", "branin", "--trials", "3", "--json", "--exec")
      const garbled = yield* mabeam([...args, "while read l; do echo ouch >&2; echo junk; done"], cwd)
      assert.strictEqual(garbled.code, 1)
      const { best, trials } = answerOf(garbled)
      assert.isNull(best)
      assert.deepStrictEqual(
        trials.map(({ error, state }) => [state, error?.kind]),
        Array.from({ length: 3 }, () => ["failed", "invalid-answer"])
      )
      assert.include(garbled.stderr, "ouch\n")
      assert.include(garbled.stderr, 'trial 0 failed (invalid-answer): a line that is not JSON: "junk"\n')
      assert.match(garbled.stderr, /mabeam: none of the 3 trials is complete\n$/)
    })
  )

  it.effect("what a program says does not steer the terminal", () =>
    Effect.gen(function* () {
      const program = String.raw`while read l; do printf '\033[2Jhi\n' >&2; printf '{"error":"\\u001b[31mred"}\n'; done`
      const { stderr } = yield* inside(run("--function", "branin", "--trials", "1", "--exec", program), yield* folder())
      assert.include(stderr, "hi")
      assert.include(stderr, "red")
      assert.notInclude(stderr, "\u001b")
    })
  )

  it.effect("Ctrl-C ends it with 130, stores the state, leaves no process, and says how to go on", () =>
    Effect.gen(function* () {
      const name = `hangs-${process.pid}.py`
      const cwd = yield* folder({ [name]: hangingAt(2) })
      const args = run("--function", "branin", "--storage", "s.sqlite", "--study", "it", "--sampler", "random")
      const running = yield* start([...args, "--trials", "6", "--exec", `exec python3 ${name}`], cwd)
      yield* running.awaitText("hanging")
      assert.isAtLeast(processesOf(name), 2)
      running.kill("SIGINT")
      const { code, stderr, stdout } = yield* running.ended
      assert.strictEqual(code, 130)
      assert.strictEqual(stdout, "")
      assert.strictEqual(processesOf(name), 0)
      assert.include(stderr, `optimize run --storage s.sqlite --study it --exec 'exec python3 ${name}' --trials 6`)
      const trials = JSON.parse((yield* inside(["study", "trials", "--storage", "s.sqlite", "--json"], cwd)).stdout)
      assert.deepStrictEqual(
        trials.map(({ state }: { readonly state: string }) => state),
        ["complete", "complete", "waiting"]
      )
      // What goes on with another program has the trials of a run that was never interrupted.
      const honest = ["--exec", `python3 ${examples}/branin.py`, "--trials", "6", "--json"]
      const resumed = answerOf(yield* inside(run("--storage", "s.sqlite", "--study", "it", ...honest), cwd))
      const whole = answerOf(yield* inside(run("--function", "branin", "--sampler", "random", ...honest), cwd))
      assert.deepStrictEqual(
        resumed.trials.map(({ params }) => params),
        whole.trials.map(({ params }) => params)
      )
    })
  )

  it.effect("a second Ctrl-C ends it at once, and still leaves no process", () =>
    Effect.gen(function* () {
      const name = `twice-${process.pid}.py`
      const cwd = yield* folder({ [name]: hangingAt(0) })
      const running = yield* start(run("--function", "branin", "--exec", `exec python3 ${name}`), cwd)
      yield* running.awaitText("hanging")
      running.kill("SIGINT")
      yield* running.awaitText("interrupted")
      running.kill("SIGINT")
      assert.strictEqual((yield* running.ended).code, 130)
      assert.strictEqual(processesOf(name), 0)
    })
  )

  it.effect("two commands share a stored study: all trials are there once", () =>
    Effect.gen(function* () {
      const cwd = yield* folder()
      const args = run(
        "--function",
        "levy4",
        "--sampler",
        "random",
        "--storage",
        "s.sqlite",
        "--study",
        "both",
        "--trials",
        "40"
      )
      yield* inside([...args.slice(0, -1), "1"], cwd)
      const ends = yield* Effect.all([mabeam(args, cwd), mabeam(args, cwd)], {
        concurrency: "unbounded"
      })
      assert.deepStrictEqual(
        ends.map(({ code, stderr }) => [code, stderr.includes("failed")]),
        ends.map(() => [0, false])
      )
      const { stdout } = yield* inside(["study", "trials", "--storage", "s.sqlite", "--json"], cwd)
      const trials: Answered["trials"] = JSON.parse(stdout)
      assert.deepStrictEqual(
        trials.map(({ number, state }) => [number, state]),
        Array.from({ length: 40 }, (_, number) => [number, "complete"])
      )
    })
  )

  it.effect("refuses options out of range with 2, each in a line", () =>
    Effect.gen(function* () {
      const words =
        "--function branin --trials 0 --workers 257 --seed 1.5 --timeout never --attempts 101 --direction up"
      const { code, stderr, stdout } = yield* mabeam(run(...words.split(" ")), yield* folder())
      assert.deepStrictEqual([code, stdout], [2, ""])
      assert.match(stderr, /^mabeam optimize run: .*--trials: "0"/m)
    })
  )

  describe("refuses with 2, says what and why, and leaves stdout empty", () => {
    const bad: ReadonlyArray<readonly [words: string, said: RegExp]> = [
      ["", /--space "": it is not given/],
      [
        "--function nope",
        /--function "nope": .* branin, hartmann3, hartmann6, ackley5, levy4, rosenbrock4, mixed, cond/
      ],
      ["--function branin --sampler nope", /there is no sampler "nope"; there are .*cmaes.*random.*tpe/],
      ["--function branin --pruner nope", /there is no pruner "nope"; there are .*median.*none/],
      ["--function branin --pruner threshold", /--pruner-options "{}": threshold.* such as '\{ "upper": 1 \}'/],
      ['--function branin --sampler-options {"startup":-1}', /--sampler-options .*tpe\.startup.*"candidates":8/],
      ['--function branin --sampler random --sampler-options {"a":1}', /Leave --sampler-options out/],
      [
        "--space space.json --exec cat --direction minimize --direction maximize --sampler gp",
        /--sampler "gp": .*takes a single objective/
      ],
      ["--function branin --sampler-options [1]", /not an object/],
      [
        "--function branin --direction minimize --direction maximize",
        /--direction .*the function "branin" has one value/
      ],
      ["--space nowhere.json --exec cat", /nowhere\.json: no such file/],
      ["--space bounds.json --exec cat", /bounds\.json: variables\[0\]\.high: 1 is below low, 2/],
      ["--space unknown.json --exec cat", /unknown\.json: variables\[0\]\.colour/],
      ["--space when.json --exec cat", /when\.json: variables\[0\]\.when: "y = 1" names "y"/],
      ["--space torn.json --exec cat", /torn\.json: line 1, column \d+/],
      ["--space open.json --exec cat", /open\.json: an open space/],
      ["--space space.json", /--exec "": it is not given/],
      ["--space space.json --function branin", /--function has a space of its own/],
      ["--function branin --storage /nowhere/s.sqlite", /--storage .* directory cannot be used: no such file/],
      ["--function branin --storage space.json", /--storage .*space\.json": this is not a SQLite database/],
      ["--function branin --storage .", /--storage "\.": this is a directory/],
      ["--function branin --storage /dev/null", /--storage "\/dev\/null": this is not a file/],
      ["--function branin --storage :memory:", /--storage ":memory:": what is in memory is kept nowhere/]
    ]
    it.effect.each(bad)("%s", ([words, said]) =>
      Effect.gen(function* () {
        const variable = { name: "x", type: "float", low: 0, high: 1 }
        const json = (variables: ReadonlyArray<object>, rest = {}) => JSON.stringify({ variables, ...rest })
        const cwd = yield* folder({
          "bounds.json": json([{ ...variable, low: 2 }]),
          "unknown.json": json([{ ...variable, colour: 1 }]),
          "when.json": json([{ ...variable, when: "y = 1" }]),
          "torn.json": '{"variables": [',
          "open.json": json([], { open: true })
        })
        const { code, stderr, stdout } = yield* inside(run(...words.split(" ").filter((it) => it !== "")), cwd)
        assert.match(stderr, said)
        assert.deepStrictEqual([code, stdout], [2, ""])
      })
    )
  })
})

layer(Layer.merge(NodeServices.layer, NodeCrypto.layer), { excludeTestServices: true })("mabeam study", (it) => {
  /** A directory with `s.sqlite`: `one` has 20 trials of a function, `two` three trials of two objectives, of which one failed. */
  const stored = Effect.gen(function* () {
    const cwd = yield* folder()
    yield* inside(
      run("--function", "mixed", "--trials", "20", "--seed", "3", "--storage", "s.sqlite", "--study", "one"),
      cwd
    )
    const two = run(
      "--function",
      "branin",
      "--storage",
      "s.sqlite",
      "--study",
      "two",
      "--trials",
      "3",
      "--sampler",
      "random"
    )
    const program =
      'n=0; while read l; do n=$((n+1)); if [ $n = 2 ]; then echo \'{"error":"no"}\'; else echo "{\\"values\\":[$n,$n]}"; fi; done'
    yield* inside([...two, "--direction", "minimize", "--direction", "maximize", "--exec", program], cwd)
    return cwd
  })

  const study = (cwd: string, ...args: ReadonlyArray<string>) =>
    mabeam(["study", ...args, "--storage", "s.sqlite"], cwd)

  it.effect.runIf(process.env["CAMPAIGN"] !== undefined)(
    "lists, shows, exports and explains what is stored, and refuses what is not there",
    () =>
      Effect.gen(function* () {
        const cwd = yield* stored
        const json = (...args: ReadonlyArray<string>) =>
          Effect.map(study(cwd, ...args, "--json"), ({ stdout }) => JSON.parse(stdout))
        const list = yield* json("list")
        assert.deepStrictEqual(
          list.map(({ complete, failed, study, trials }: Record<string, unknown>) => [study, trials, complete, failed]),
          [
            ["one", 20, 20, undefined],
            ["two", 3, 2, 1]
          ]
        )
        const best = yield* json("best", "--study", "one")
        assert.deepStrictEqual(best, list[0].best)
        assert.deepStrictEqual(Object.keys(best), ["value", "params", "trial"])
        assert.lengthOf(yield* json("trials", "--study", "one", "--state", "complete"), 20)
        const [failed, ...others] = yield* json("trials", "--study", "two", "--state", "failed")
        assert.deepStrictEqual([failed.error, others], [{ kind: "error", message: "no" }, []])
        const front = yield* json("pareto", "--study", "two")
        assert.deepStrictEqual(
          front.map(({ trial, values }: Record<string, unknown>) => [trial, values]),
          [
            [0, [1, 1]],
            [2, [3, 3]]
          ]
        )
        const shown = yield* json("show", "--study", "one")
        assert.deepStrictEqual([shown.seed, shown.attributes], [3, { function: "mixed" }])
        const { fractions, trials } = yield* json("importance", "--study", "one")
        assert.strictEqual(trials, 20)
        const sum = fractions.reduce(
          (total: number, { fraction }: { readonly fraction: number }) => total + fraction,
          0
        )
        assert.closeTo(sum, 1, 1e-9)

        const csv = (yield* study(cwd, "export", "--study", "one")).stdout.trimEnd().split("\n")
        assert.lengthOf(csv, 21)
        assert.match(csv[0] ?? "", /^number,state,sampler,attempt,value,param_x,/)
        yield* study(cwd, "export", "--study", "two", "--format", "json", "--out", "two.json")
        const whole = JSON.parse(yield* FileSystem.FileSystem.use((fs) => fs.readFileString(`${cwd}/two.json`)))
        assert.lengthOf(whole.trials, 3)

        const table = (yield* study(cwd, "trials", "--study", "one")).stdout.split("\n")
        assert.match(table[1] ?? "", /number +state +value +seconds +x +rate +units +level +kind +flag/)
        assert.match((yield* study(cwd, "list")).stdout, /one +tpe +\S+Z +20/)

        const refusals: ReadonlyArray<readonly [ReadonlyArray<string>, number, RegExp]> = [
          [["best"], 2, /--study "": it is not given\. s\.sqlite holds one, two/],
          [["best", "--study", "three"], 2, /--study "three": there is no such study/],
          [["best", "--study", "two"], 2, /it has 2 objectives\. Ask for its front/],
          [["importance", "--study", "two"], 1, /importances need \d+ complete trials, there are 2/],
          [["importance", "--study", "one", "--objective", "1"], 2, /--objective "1"/],
          [["export", "--study", "one", "--out", "s.sqlite"], 2, /--out .*s\.sqlite"/]
        ]
        for (const [args, expected, said] of refusals) {
          const { code, stderr, stdout } = yield* study(cwd, ...args)
          assert.match(stderr, said)
          assert.deepStrictEqual([code, stdout], [expected, ""])
        }
        const again = run("--storage", "s.sqlite", "--study", "one")
        const mismatches: ReadonlyArray<readonly [ReadonlyArray<string>, RegExp]> = [
          [["--seed", "4"], /--seed "4": the stored study "one" has 3/],
          [["--function", "levy4"], /--function "levy4": the stored study "one" has another space/],
          [["--sampler", "random"], /--sampler "random": the stored study "one" has tpe\./],
          [
            ["--sampler-options", '{"startup":5}'],
            /--sampler-options ".*startup.*": the stored study "one" has .*"startup":10/
          ]
        ]
        for (const [args, said] of mismatches) {
          const { code, stderr } = yield* inside([...again, ...args], cwd)
          assert.match(stderr, said)
          assert.strictEqual(code, 2)
        }
      })
  )

  it.effect("tells that a study is paused, and that no program can evaluate an open space", () =>
    Effect.gen(function* () {
      const cwd = yield* folder()
      const open = Studies.Studies.use((studies) =>
        Effect.gen(function* () {
          const settings = { space: SearchSpace.open, sampler: Random.make(), seed: 1 }
          const study = yield* studies.open("open", yield* Effect.fromResult(Study.define(settings)))
          const { number } = yield* study.ask()
          yield* study.suggest(number, "x", SearchSpace.float(0, 1))
          yield* study.tell(number, 1)
          yield* study.pause()
        })
      )
      yield* Effect.provide(open, StudyFile.layer(`${cwd}/s.sqlite`, false))
      const shown = yield* inside(["study", "show", "--storage", "s.sqlite", "--json"], cwd)
      assert.deepInclude(JSON.parse(shown.stdout), { paused: true, trials: 1, complete: 1 })
      const table = yield* inside(["study", "show", "--storage", "s.sqlite"], cwd)
      assert.match(table.stdout, /^paused +yes$/m)
      const again = run("--storage", "s.sqlite", "--study", "open", "--exec", "cat")
      const { code, stderr, stdout } = yield* inside(again, cwd)
      assert.match(stderr, /--study "open": its space is open/)
      assert.deepStrictEqual([code, stdout], [2, ""])
    })
  )

  // The system refuses its administrator nothing.
  it.effect.runIf(process.getuid?.() !== 0)("a file that may only be read is refused by who would write", () =>
    Effect.gen(function* () {
      const cwd = yield* stored
      chmodSync(`${cwd}/s.sqlite`, 0o444)
      const { code, stderr, stdout } = yield* inside(run("--function", "branin", "--storage", "s.sqlite"), cwd)
      assert.match(stderr, /--storage "s\.sqlite": it cannot be written: permission denied/)
      assert.deepStrictEqual([code, stdout], [2, ""])
    })
  )

  it.effect("makes no file, and touches none that holds no studies", () =>
    Effect.gen(function* () {
      const cwd = yield* folder()
      const missing = yield* study(cwd, "list")
      assert.match(missing.stderr, /--storage .*s\.sqlite": no such file/)
      assert.strictEqual(missing.code, 2)
      assert.notInclude(readdirSync(cwd), "s.sqlite")
      const other = yield* inside(["study", "list", "--storage", "space.json"], cwd)
      assert.deepStrictEqual([other.code, other.stdout], [2, ""])
    })
  )
})
