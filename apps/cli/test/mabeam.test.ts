import { NodeCrypto, NodeServices } from "@effect/platform-node"
import { assert, describe, layer, vi } from "@effect/vitest"
import * as Program from "@apps/demo/Program"
import { EventStore } from "@foundation/core"
import { SqlEventStore } from "@foundation/sql"
import { Effect, FileSystem, Layer, Option } from "effect"
import { CliOutput, Command } from "effect/cli"
import { readFileSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import { mabeam as command } from "../src/Mabeam.ts"
import { mabeam, start } from "./command.ts"

// Each test starts processes; a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000 })

const append = (
  file: string,
  stream: string,
  events: ReadonlyArray<{ readonly type: string; readonly data: string }>
) =>
  Effect.gen(function* () {
    const store = yield* EventStore.EventStore
    yield* store.append(stream, "any", events)
  }).pipe(Effect.provide(SqlEventStore.layerSqlite({ filename: file })))

/** A directory with a log of 30 events in two streams: `run.sqlite`. */
const folder = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const directory = yield* fs.makeTempDirectoryScoped()
  const file = `${directory}/run.sqlite`
  for (let index = 0; index < 15; index++) {
    yield* append(file, "a", [{ type: index % 3 === 0 ? "Odd" : "Even", data: `a${index}` }])
    yield* append(file, "b", [{ type: "Other", data: `b${index}\u001b[31m` }])
  }
  return directory
})

const tamper = (file: string, statement: string) =>
  Effect.sync(() => {
    const database = new DatabaseSync(file)
    database.exec(statement)
    database.close()
  })

const positions = (json: string): ReadonlyArray<number> =>
  JSON.parse(json).map((event: { readonly position: number }) => event.position)

layer(Layer.merge(NodeServices.layer, NodeCrypto.layer), { excludeTestServices: true })("mabeam", (it) => {
  describe("events show", () => {
    it.effect("prints a table, and says how to go on", () =>
      Effect.gen(function* () {
        const { code, stderr, stdout } = yield* mabeam(
          ["events", "show", "--store", "run.sqlite", "--limit", "3"],
          yield* folder
        )
        const lines = stdout.trimEnd().split("\n")
        assert.strictEqual(code, 0)
        assert.lengthOf(lines, 4)
        assert.match(lines[0] ?? "", /^position +time \(UTC\) +stream +version +type +data$/)
        assert.match(lines[1] ?? "", /^ +1 +\d{4}-\d\d-\d\d [\d:.]+ +a +1 +Odd +"a0"$/)
        assert.notInclude(stdout, "\u001b")
        assert.strictEqual(stderr, "… and more: go on with --from 4\n")
      })
    )

    it.effect("filters by stream, type and place, in one JSON array", () =>
      Effect.gen(function* () {
        const cwd = yield* folder
        const show = (...args: ReadonlyArray<string>) =>
          Effect.map(mabeam(["events", "show", "--store", "run.sqlite", "--json", ...args], cwd), ({ stdout }) =>
            positions(stdout)
          )
        assert.deepStrictEqual(yield* show("--stream", "a", "--type", "Odd"), [1, 7, 13, 19, 25])
        assert.deepStrictEqual(yield* show("--type", "Odd", "--type", "Other", "--limit", "4"), [1, 2, 4, 6])
        assert.deepStrictEqual(yield* show("--stream", "b", "--from", "23"), [24, 26, 28, 30])
        assert.deepStrictEqual(yield* show("--from", "1000"), [])
      })
    )
  })

  it.effect("events tail tells the last events, follows, and ends on Ctrl-C with 130", () =>
    Effect.gen(function* () {
      const cwd = yield* folder
      const tail = yield* start(
        ["events", "tail", "--store", "run.sqlite", "--last", "2", "--stream", "a", "--json"],
        cwd
      )
      yield* tail.awaitLines(2)
      yield* append(`${cwd}/run.sqlite`, "b", [{ type: "Other", data: "not asked for" }])
      yield* append(`${cwd}/run.sqlite`, "a", [{ type: "New", data: "1" }])
      yield* append(`${cwd}/run.sqlite`, "a", [{ type: "New", data: "2" }])
      yield* tail.awaitLines(4)
      tail.kill("SIGINT")
      const { code, stderr, stdout } = yield* tail.ended
      assert.deepStrictEqual(positions(`[${stdout.trimEnd().split("\n").join(",")}]`), [27, 29, 32, 33])
      assert.strictEqual(stderr, "")
      assert.strictEqual(code, 130)
    })
  )

  it.effect("ends with 130 when nobody reads its stdout any more, also where it has nothing else to do", () =>
    Effect.gen(function* () {
      const arbitrary = ["--family", "arbitrary", "--bids", "3000", "--goods", "40", "--seed", "1"]
      const lots = yield* start(["auction", "generate", ...arbitrary], yield* folder)
      lots.hangUp()
      const { code, stderr } = yield* lots.ended
      assert.deepStrictEqual([code, stderr], [130, ""])
    })
  )

  describe("doctor", () => {
    it.effect("finds a sound store sound", () =>
      Effect.gen(function* () {
        const { code, stderr, stdout } = yield* mabeam(["doctor", "--store", "run.sqlite", "--json"], yield* folder)
        const { checks, ok } = JSON.parse(stdout)
        assert.deepStrictEqual([code, ok, stderr], [0, true, ""])
        assert.deepInclude(checks, {
          name: "store",
          status: "ok",
          detail: "run.sqlite holds 30 events in 2 streams, all sound"
        })
      })
    )

    it.effect("finds a hole in a stream, says what to do and ends with 1", () =>
      Effect.gen(function* () {
        const cwd = yield* folder
        yield* tamper(`${cwd}/run.sqlite`, "delete from foundation_events where stream = 'a' and version = 5")
        const { code, stderr, stdout } = yield* mabeam(["doctor", "--store", "run.sqlite"], cwd)
        assert.match(stdout, /^fail {2}store +run\.sqlite: stream "a" goes from version 4 to 6 at position 11$/m)
        assert.match(stdout, /→ Do not append to it/)
        assert.strictEqual(stderr, "mabeam: 1 check failed\n")
        assert.strictEqual(code, 1)
      })
    )

    it.effect("finds an event that cannot be read, and a directory that cannot be used", () =>
      Effect.gen(function* () {
        const cwd = yield* folder
        yield* tamper(`${cwd}/run.sqlite`, "update foundation_events set data = '{' where position = 9")
        const { code, stdout } = yield* mabeam(["doctor", "--store", "run.sqlite", "--out", "run.sqlite"], cwd)
        assert.match(stdout, /^fail {2}store .*is not JSON/m)
        assert.match(stdout, /^fail {2}out directory +run\.sqlite: a file is in the way$/m)
        assert.strictEqual(code, 1)
      })
    )

    it.effect("leaves nothing behind, and does not make what is not there", () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const cwd = yield* fs.makeTempDirectoryScoped()
        const { code, stdout } = yield* mabeam(["doctor"], cwd)
        assert.include(stdout, "out/demo.sqlite is not there yet; a run makes it")
        assert.strictEqual(code, 0)
        assert.deepStrictEqual(yield* fs.readDirectory(cwd), [])
      })
    )
  })

  describe("refuses bad input with 2 and one line that names the place and the fix", () => {
    const cases: ReadonlyArray<readonly [ReadonlyArray<string>, RegExp]> = [
      [
        ["events", "show", "--limit", "-1"],
        /^mabeam events show: .*--limit: "-1"\. Expected: a whole number from 1 to 10000$/m
      ],
      [
        ["events", "show", "--stream", ""],
        /^mabeam events show: Missing value for flag --stream\. Expected: 1 to 255 characters$/m
      ],
      [
        ["events", "tail", "--store", "missing.sqlite"],
        /^mabeam: --store "missing\.sqlite": no such file\. Give the event log/
      ],
      [
        ["events", "show", "--store", "other.sqlite"],
        /^mabeam: --store "other\.sqlite": this database holds no event log/
      ],
      [["run", "--workers", "0"], /^mabeam run: Invalid value for flag --workers: "0"/]
    ]
    for (const [args, message] of cases) {
      it.effect(args.join(" "), () =>
        Effect.gen(function* () {
          const fs = yield* FileSystem.FileSystem
          const cwd = yield* fs.makeTempDirectoryScoped()
          yield* fs.writeFileString(`${cwd}/notes.txt`, "these are notes, and no database")
          yield* tamper(`${cwd}/other.sqlite`, "create table things (name text)")
          const before = yield* fs.readFile(`${cwd}/other.sqlite`)
          const { code, stderr, stdout } = yield* mabeam(args, cwd)
          assert.match(stderr, message)
          assert.notMatch(stderr, /^ +at /m)
          assert.strictEqual(stdout, "")
          assert.strictEqual(code, 2)
          assert.deepStrictEqual(yield* fs.readFile(`${cwd}/other.sqlite`), before)
        })
      )
    }
  })

  it.effect("has help with an example everywhere", () =>
    Effect.gen(function* () {
      const paths = [
        [],
        ["run"],
        ["auction"],
        ["auction", "solve"],
        ["auction", "generate"],
        ["market"],
        ["market", "solve"],
        ["market", "book"],
        ["vote"],
        ["vote", "tally"],
        ["vote", "consensus"],
        ["verify"],
        ["clock"],
        ["clock", "order"],
        ["events"],
        ["events", "show"],
        ["events", "tail"],
        ["doctor"]
      ]
      for (const path of paths) {
        const shown: Array<CliOutput.Presenter.Event> = []
        yield* Command.runWith(command, { version: "0" })([...path, "--help"]).pipe(
          Effect.provide(CliOutput.layerPresenter({ present: (event) => Effect.sync(() => shown.push(event)) }))
        )
        const [help] = shown
        assert.isTrue(help?._tag === "Help" && help.reason === "Requested")
        if (help?._tag !== "Help") return
        assert.isNotEmpty(help.helpDoc.examples, path.join(" "))
        for (const flag of help.helpDoc.flags) assert.isTrue(Option.isSome(flag.description), flag.name)
      }
    })
  )

  it.effect("prints completions", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const { code, stdout } = yield* mabeam(["--completions", "bash"], yield* fs.makeTempDirectoryScoped())
      for (const word of ["doctor", "auction", "consensus", "--receipt"]) assert.include(stdout, word)
      assert.strictEqual(code, 0)
    })
  )

  it("has one version", () => {
    const manifests = ["../package.json", "../../demo/package.json", "../../../package.json"]
    for (const path of manifests) {
      const text = readFileSync(new URL(path, import.meta.url), "utf8")
      assert.strictEqual(JSON.parse(text).version, Program.version)
    }
  })
})
