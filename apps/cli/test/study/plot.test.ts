/** `mabeam study plot` as a child process, on studies that `optimize run` has made. */
import { NodeServices } from "@effect/platform-node"
import { assert, describe, layer, vi } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import { mabeam } from "../command.ts"

// Each test starts processes; a busy machine takes its time.
vi.setConfig({ testTimeout: 120_000 })

const run = (directory: string, ...args: ReadonlyArray<string>) => mabeam(["optimize", "run", ...args], directory)
const plot = (directory: string, ...args: ReadonlyArray<string>) =>
  mabeam(["study", "plot", "--storage", "s.sqlite", ...args], directory)

describe("mabeam study plot", () => {
  layer(NodeServices.layer)((it) => {
    // Ten figures from a dozen processes: where there is time.
    it.effect.runIf(process.env["CAMPAIGN"] !== undefined)(
      "draws studies as a page and as drawings, and refuses what it cannot",
      () =>
        Effect.gen(function* () {
          const fs = yield* FileSystem.FileSystem
          const directory = yield* fs.makeTempDirectoryScoped()
          const stored = ["--storage", "s.sqlite", "--trials", "30", "--function", "conditional"]
          for (const name of ["random", "sobol"]) {
            const made = yield* run(directory, ...stored, "--sampler", name, "--study", name)
            assert.strictEqual(made.code, 0, made.stderr)
          }
          const page = yield* plot(directory, "--study", "random", "--study", "sobol", "--out", "all.html")
          assert.deepStrictEqual([page.code, page.stdout], [0, ""], page.stderr)
          const html = yield* fs.readFileString(`${directory}/all.html`)
          for (const kind of ["history", "best-so-far", "slice", "contour", "importances", "edf", "timeline"]) {
            assert.match(html, new RegExp(`<figure class="card" id="${kind}"`))
          }
          assert.match(html, /data-parallel/)
          assert.match(html, />sobol</, "the other study is compared")
          // What the study does not have is not on the page.
          assert.notMatch(html, /id="pareto"|id="intermediate"/)
          assert.match(html, />worker-[^<]*</, "the timeline knows the workers")
          const svg = yield* plot(directory, "--study", "sobol", "--kind", "slice", "--param", "rate", "--out", "a.SVG")
          assert.strictEqual(svg.code, 0, svg.stderr)
          const drawing = yield* fs.readFileString(`${directory}/a.SVG`)
          assert.match(drawing, /^<svg\s[^]*>rate \(log\)</)
          assert.notMatch(drawing, />width</)

          const refused = [
            [
              ["--study", "random", "--kind", "pareto", "--out", "b.svg"],
              /--kind "pareto": a Pareto front is drawn of two/
            ],
            [
              ["--study", "random", "--kind", "contour", "--param", "rate", "--out", "b.svg"],
              /--param "rate": .*two different/
            ],
            [["--study", "random", "--param", "speed", "--out", "b.svg"], /--param "speed": the study has no variable/],
            [["--study", "random", "--objective", "1", "--out", "b.svg"], /--objective "1": 1 is not the index/],
            [["--study", "nobody", "--out", "b.svg"], /--study "nobody": there is no such study/],
            [["--out", "b.svg"], /--study "": it is not given/],
            [["--study", "random", "--out", "b.png"], /--out "b.png": its ending says neither page nor drawing/],
            [["--study", "random", "--out", "nowhere/b.svg"], /--out "nowhere\/b.svg": its directory cannot be used/],
            [["--study", "random", "--out", "s.sqlite"], /--out "s.sqlite": /]
          ] as const
          for (const [args, words] of refused) {
            const answer = yield* plot(directory, ...args)
            assert.strictEqual(answer.code, 2, `${args.join(" ")}: ${answer.stderr}`)
            assert.match(answer.stderr, words)
          }
          const files = yield* fs.readDirectory(directory)
          assert.deepStrictEqual(files.filter((name) => !name.startsWith("s.sqlite")).toSorted(), ["a.SVG", "all.html"])
        })
    )
  })
})
