import { NodeServices } from "@effect/platform-node"
import { assert, describe, layer, vi } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import { demo } from "./program.ts"

// Each test starts processes; a busy machine takes its time.
vi.setConfig({ testTimeout: 120_000 })

/** Three classes that two numbers tell apart. */
const flowers = [
  "a,b,kind",
  ...Array.from({ length: 90 }, (_, i) => `${(i % 3) * 3 + (i % 7) / 7},${i % 3 === 1 ? 2 : (i % 5) / 5},k${i % 3}`)
].join("\n")

const folder = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const directory = yield* fs.makeTempDirectoryScoped()
  yield* fs.writeFileString(`${directory}/flowers.csv`, flowers)
  yield* fs.writeFileString(`${directory}/notes.txt`, "these are notes, and no database at all")
  return directory
})

const small = ["--data", "flowers.csv", "--target", "kind", "--agents", "3", "--workers", "1", "--trials"]

layer(NodeServices.layer, { excludeTestServices: true })("demo", (it) => {
  describe("refuses bad input with 2 and a line that names the place and the fix", () => {
    const cases: ReadonlyArray<readonly [ReadonlyArray<string>, RegExp]> = [
      [
        ["--trials", "abc"],
        /^demo: Invalid value for flag --trials: "abc"\. Expected: a whole number from 1 to 2000$/m
      ],
      [["--trails", "4"], /--trails[^]*Did you mean[^]*--trials/],
      [["--data", "flowers.csv"], /^demo: there is no column "target"\. Columns: "a", "b", "kind"/m],
      [["--store", "notes.txt"], /^demo: --store "notes\.txt": this is not a SQLite database/m]
    ]
    for (const [args, message] of cases) {
      it.effect(args.join(" "), () =>
        Effect.gen(function* () {
          const { code, stderr, stdout } = yield* demo(args, { cwd: yield* folder })
          assert.match(stderr, message)
          assert.notMatch(stderr, /^ +at /m)
          assert.strictEqual(stdout, "")
          assert.strictEqual(code, 2)
        })
      )
    }
  })

  it.effect("--help tells every option with its default, and examples", () =>
    Effect.gen(function* () {
      const { code, stdout } = yield* demo(["--help"], { cwd: yield* folder })
      assert.strictEqual(code, 0)
      const names = "data target trials agents workers seed chaos store resume json quick out"
      for (const name of names.split(" ")) assert.include(stdout, `--${name} `)
      assert.include(stdout, "EXAMPLES")
    })
  )

  it.effect("runs to the end, and the last line of stdout is the JSON", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const cwd = yield* folder
      const { code, stderr, stdout } = yield* demo([...small, "4", "--json"], { cwd })
      assert.strictEqual(code, 0, stderr)
      const result = JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "")
      assert.deepInclude(result, { seed: 1, trials: 4, store: "out/demo.sqlite", report: "out/report.html" })
      for (const key of ["testAccuracy", "defaultTestAccuracy", "randomSearchTestAccuracy"])
        assert.isNumber(result[key])
      assert.include(stderr, "Best parameters")
      assert.include(yield* fs.readFileString(`${cwd}/out/report.html`), "flowers.csv")
    })
  )

  it.effect("on Ctrl-C ends with 130, reports, and can be resumed", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const cwd = yield* folder
      let isSent = false
      const first = yield* demo([...small, "12"], {
        cwd,
        onStdout: (all, kill) => {
          if (isSent || !all.includes("trial team-2")) return
          isSent = true
          kill("SIGINT")
        }
      })
      assert.strictEqual(first.code, 130, first.stderr)
      assert.include(first.stdout, "Stopped before the end")
      assert.include(yield* fs.readFileString(`${cwd}/out/report.html`), "stopped before the end")
      const second = yield* demo(["--resume", "--json"], { cwd })
      assert.strictEqual(second.code, 0, second.stderr)
      assert.match(second.stderr, /^resumed: \d+ of 27 trainings are done$/m)
      assert.deepInclude(JSON.parse(second.stdout), { seed: 1, trials: 12 })
      const third = yield* demo(["--resume"], { cwd })
      assert.match(third.stderr, /^demo: nothing to resume in out\/demo\.sqlite: .* has finished/m)
      assert.strictEqual(third.code, 2)
    })
  )
})
