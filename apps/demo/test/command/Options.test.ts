import { NodeServices } from "@effect/platform-node"
import { assert, describe, layer } from "@effect/vitest"
import { Effect, FileSystem, PlatformError } from "effect"
import { CliOutput, Command } from "effect/cli"
import { DatabaseSync } from "node:sqlite"
import { BadOption, digits, flags, type Given, type Settings, settingsOf } from "../../src/Options.ts"

const silent = CliOutput.layerPresenter({ present: () => Effect.void })

/** The settings that some arguments give. */
const parse = Effect.fnUntraced(function* (args: ReadonlyArray<string>) {
  let found: Settings | undefined
  const command = Command.make("demo", flags, (given: Given) =>
    Effect.map(settingsOf(given, "demo"), (settings) => {
      found = settings
    })
  )
  yield* Command.runWith(command, { version: "0" })(args).pipe(Effect.provide(silent))
  return found ?? (yield* Effect.die("no settings"))
})

/** What is said of arguments that cannot be used. */
const refusal = (args: ReadonlyArray<string>) =>
  Effect.map(Effect.flip(parse(args)), (error) =>
    "errors" in error ? error.errors.map(({ message }) => message).join("\n") : error.message
  )

const folder = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const directory = yield* fs.makeTempDirectoryScoped()
  yield* fs.writeFileString(`${directory}/notes.txt`, "these are notes, and no database at all")
  return directory
})

layer(NodeServices.layer)("the options", (it) => {
  it.effect("have the defaults that the help tells", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const { json, run } = yield* parse(["--store", `${directory}/new/s.sqlite`, "--out", `${directory}/out`])
      const { command, store: _, workers, ...rest } = run
      assert.deepStrictEqual(rest, {
        data: digits,
        target: "target",
        trials: 60,
        agents: 6,
        seed: 1,
        chaos: true,
        resume: false
      })
      assert.isTrue(workers >= 1 && workers <= 4)
      assert.isFalse(json)
      assert.strictEqual(command, `demo --seed 1 --workers ${workers}`)
    })
  )

  it.effect("--quick asks for 18 trials, unless --trials says otherwise", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const places = ["--store", `${directory}/s.sqlite`, "--out", directory]
      assert.strictEqual((yield* parse([...places, "--quick"])).run.trials, 18)
      assert.strictEqual((yield* parse([...places, "--quick", "--trials", "5"])).run.trials, 5)
    })
  )

  it.effect("tell the command that repeats the run, and the one that goes on with it, ready to be pasted", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const data = `${directory}/my data.csv`
      yield* (yield* FileSystem.FileSystem).writeFileString(data, "a,b")
      const store = `${directory}/it's.sqlite`
      const args = ["--data", data, "--no-chaos", "--seed=9", "--workers", "3", "--store", store, "--out", directory]
      const { resume, run } = yield* parse(args)
      assert.isFalse(run.chaos)
      assert.strictEqual(run.command, `demo --seed 9 --workers 3 --data '${data}' --no-chaos`)
      assert.strictEqual(resume, `demo --resume --store '${directory}/it'\\''s.sqlite' --out ${directory}`)
    })
  )

  it.effect("do not look at the data of a run that is resumed: its log says which they are", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const store = `${directory}/s.sqlite`
      yield* (yield* FileSystem.FileSystem).writeFileString(store, "")
      const { run } = yield* parse(["--resume", "--store", store, "--data", "missing.csv", "--out", directory])
      assert.isTrue(run.resume)
    })
  )

  describe("that cannot be used are refused:", () => {
    const cases: ReadonlyArray<readonly [ReadonlyArray<string>, RegExp]> = [
      [["--trials", "-3"], /--trials: "-3"\. Expected: a whole number from 1 to 2000/],
      [["--trials", "1e3"], /--trials: "1e3"/],
      [["--trials", "2.5"], /--trials: "2\.5"/],
      [["--trials", "0"], /--trials: "0"/],
      [["--trials"], /Missing value for flag --trials/],
      [["--agents", "1"], /--agents: "1"\. Expected: a whole number from 2 to 12/],
      [["--agents", "13"], /--agents: "13"/],
      [["--workers", "0"], /--workers: "0"\. Expected: a whole number from 1 to 64/],
      [["--seed", "2147483648"], /--seed: "2147483648"\. Expected: a whole number from 0 to 2147483647/],
      [["more"], /Unexpected positional argument: "more"/],
      [["--no-json"], /Unrecognized flag: --no-json/],
      [["--data", "missing.csv"], /^--data "missing\.csv": no such file\. Give the path of a CSV file/],
      [["--data", "."], /^--data "\.": this is a directory/],
      [["--data", "-"], /^--data "-": standard input is not supported here/],
      [["--target", " "], /^--target " ": no name/],
      [["--store", "."], /^--store "\.": this is a directory/],
      [["--store", "-"], /^--store "-": standard input is not supported here/],
      [["--store", ""], /^--store "": this is no path/],
      [["--resume", "--store", "missing.sqlite"], /^--store "missing\.sqlite": no such file/]
    ]
    it.effect.each(cases)("%o", ([args, message]) => Effect.map(refusal(args), (said) => assert.match(said, message)))

    it.effect("a file where a directory is needed", () =>
      Effect.gen(function* () {
        const directory = yield* folder
        const error = yield* Effect.flip(parse(["--store", `${directory}/s.sqlite`, "--out", `${directory}/notes.txt`]))
        assert.instanceOf(error, BadOption)
        assert.match(error.message, /a file is in the way\. Give a place where files may be written\.$/)
      })
    )

    it.effect("a store that is no database, which is left as it is", () =>
      Effect.gen(function* () {
        const notes = `${yield* folder}/notes.txt`
        assert.match(yield* refusal(["--store", notes]), /this is not a SQLite database/)
        assert.include(yield* (yield* FileSystem.FileSystem).readFileString(notes), "these are notes")
      })
    )

    it.effect("a store that is a database of something else, or a broken one", () =>
      Effect.gen(function* () {
        const directory = yield* folder
        const [other, broken] = [`${directory}/other.sqlite`, `${directory}/broken.sqlite`]
        const database = new DatabaseSync(other)
        database.exec("create table notes (text)")
        database.close()
        yield* (yield* FileSystem.FileSystem).writeFileString(broken, "SQLite format 3\u0000 and no more")
        assert.match(yield* refusal(["--store", other]), /^--store .*: this database holds no event log\. /)
        assert.match(yield* refusal(["--store", broken]), /^--store .*: it cannot be read: file is not a database\. /)
      })
    )

    it.effect("a store or a report that cannot be written, before the run and not after it", () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const directory = yield* folder
        const [store, out] = [`${directory}/s.sqlite`, `${directory}/out`]
        yield* fs.makeDirectory(`${out}/report.html`, { recursive: true })
        const taken = yield* refusal(["--store", store, "--out", out])
        assert.match(taken, /^--out .*out\/report\.html is a directory\. Make it writable, or give another place\.$/)

        yield* fs.writeFileString(store, "")
        const denied = PlatformError.systemError({ _tag: "PermissionDenied", module: "FileSystem", method: "access" })
        const locked: FileSystem.FileSystem = {
          ...fs,
          access: (path, options) =>
            path === store && options?.writable ? Effect.fail(denied) : fs.access(path, options)
        }
        const said = yield* Effect.provideService(refusal(["--store", store]), FileSystem.FileSystem, locked)
        assert.match(said, /^--store .*s\.sqlite cannot be written: permission denied\. /)
      })
    )
  })
})
