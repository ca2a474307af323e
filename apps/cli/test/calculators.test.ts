import { NodeServices } from "@effect/platform-node"
import { assert, describe, layer, vi } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import { fileURLToPath } from "node:url"
import { mabeam, start } from "./command.ts"

// Each test starts processes; a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000 })

const example = (name: string) => fileURLToPath(new URL(`../examples/${name}.json`, import.meta.url))
const folder = Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped())

/** An input that takes minutes: a large auction among many wishes that overlap. */
const endless = Effect.fnUntraced(function* (cwd: string) {
  const { stdout } = yield* mabeam(
    ["auction", "generate", "--family", "arbitrary", "--bids", "3000", "--goods", "200", "--json"],
    cwd
  )
  return stdout
})

layer(NodeServices.layer, { excludeTestServices: true })("mabeam calculates", (it) => {
  it.effect("a file as a table for people, without colour in a pipe", () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* mabeam(["auction", "solve", example("second-price")], yield* folder)
      assert.match(stdout, /^mechanism {2}second-price\nsold {7}yes\nwinner {5}bob\nprice {6}12\n/)
      assert.notInclude(stdout, "\u001b")
      assert.deepStrictEqual([stderr, code], ["", 0])
    })
  )

  it.effect("standard input as one JSON document on one line", () =>
    Effect.gen(function* () {
      const input = '{"id": "q", "a": {"p": 2, "q": 1}, "b": {"p": 1, "q": 3}}'
      const { code, stderr, stdout } = yield* mabeam(["clock", "order", "-", "--json"], yield* folder, input)
      assert.strictEqual(stdout, '{"id":"q","relation":"concurrent","merge":{"p":2,"q":3}}\n')
      assert.deepStrictEqual([stderr, code], ["", 0])
    })
  )

  it.effect("a list with a bad element: the others are answered, and it ends with 2", () =>
    Effect.gen(function* () {
      const input = '[{"id": 1, "a": {}, "b": {}}, {"id": 2, "a": {}}]'
      const { code, stderr, stdout } = yield* mabeam(["clock", "order", "-", "--json"], yield* folder, input)
      const [first, second] = JSON.parse(stdout)
      assert.deepStrictEqual(first, { id: 1, relation: "equal", merge: {} })
      assert.deepStrictEqual([second.id, second.error.tag, second.error.path], [2, "InvalidFormat", ["b"]])
      assert.strictEqual(stderr, 'mabeam: standard input: 1 of 2 inputs was refused; their "error" says why\n')
      assert.strictEqual(code, 2)
    })
  )

  it.effect("a receipt and a picture into files of their own, which verify takes, and leaves nothing else", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const cwd = yield* folder
      const args = [
        "auction",
        "solve",
        example("double-k"),
        "--json",
        "--receipt",
        "receipt.json",
        "--plot",
        "plot.svg"
      ]
      const { code, stdout } = yield* mabeam(args, cwd)
      assert.deepStrictEqual([JSON.parse(stdout).price, code], [6, 0])
      assert.deepStrictEqual((yield* fs.readDirectory(cwd)).sort(), ["plot.svg", "receipt.json"])
      assert.match(yield* fs.readFileString(`${cwd}/plot.svg`), /^<svg/)
      const receipt = JSON.parse(yield* fs.readFileString(`${cwd}/receipt.json`))
      assert.deepStrictEqual(Object.keys(receipt), ["mechanism", "version", "inputs", "decision", "hash"])
      const verified = yield* mabeam(["verify", "receipt.json", "--json"], cwd)
      assert.strictEqual(verified.stdout, '{"valid":true,"differences":[]}\n')
    })
  )

  it.effect("what generate makes up", () =>
    Effect.gen(function* () {
      const cwd = yield* folder
      const args = ["auction", "generate", "--family", "scheduling", "--bids", "20", "--goods", "10", "--seed", "5"]
      const { stdout } = yield* mabeam(args, cwd)
      const solved = yield* mabeam(["auction", "solve", "-", "--json"], cwd, stdout)
      assert.deepStrictEqual([JSON.parse(solved.stdout).optimal, solved.code], [true, 0])
    })
  )

  it.effect("until Ctrl-C, which ends it with 130 and leaves nothing behind", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const cwd = yield* folder
      const input = yield* endless(cwd)
      const running = yield* start(["auction", "solve", "-", "--json", "--receipt", "r.json"], cwd, input)
      // It says that it is at work after three seconds; what it says earlier would be its end.
      yield* running.awaitWords
      running.kill("SIGINT")
      const { code, stderr, stdout } = yield* running.ended
      assert.match(stderr, /^calculating, \d s\n/)
      assert.deepStrictEqual([stdout, code], ["", 130])
      assert.deepStrictEqual(yield* fs.readDirectory(cwd), [])
    })
  )

  describe("refuses with 2, one line on stderr and nothing on stdout", () => {
    const cases: ReadonlyArray<readonly [args: ReadonlyArray<string>, input: string | undefined, message: RegExp]> = [
      [
        ["auction", "solve", "missing.json"],
        undefined,
        /^mabeam: missing\.json: no such file; name a file, or - for standard input\n$/
      ],
      [
        ["auction", "solve", "/dev/zero"],
        undefined,
        /^mabeam: \/dev\/zero: this is larger than 64 MiB; give less at once\n$/
      ],
      [["market", "solve", "."], undefined, /^mabeam: \.: this is a directory; name a file/],
      [["vote", "tally", "-"], "", /^mabeam: standard input: this is empty; give one JSON document\n$/],
      [["verify", "-"], '{"receipt": }', /^mabeam: standard input: line 1, column 13: expected a value, found "}"\n$/],
      [
        ["auction", "solve", "-"],
        '{"mechanism": "vgc"}',
        /^mabeam: standard input: mechanism: "vgc" is not among .*did you mean "vcg"\?\n$/
      ],
      // The control sequence introducer of eight bits, which JSON does not escape.
      [
        ["auction", "solve", "-"],
        '{"mechanism": "\u009b31m"}',
        /^mabeam: standard input: mechanism: " 31m" is not among/
      ],
      [["clock", "order"], undefined, /Missing required argument/i],
      [
        ["auction", "solve", "in.json", "--plot", "in.json"],
        undefined,
        /^mabeam: --plot "in\.json": another file of this command is called so/
      ],
      [
        ["auction", "solve", "in.json", "--receipt", "-"],
        undefined,
        /^mabeam: --receipt "-": standard output is for the answer/
      ],
      [
        ["auction", "solve", "in.json", "--receipt", "no/where.json"],
        undefined,
        /^mabeam: --receipt "no\/where\.json": its directory cannot be used: no such file/
      ],
      [
        ["auction", "generate", "--family", "matching", "--bids", "5", "--goods", "2"],
        undefined,
        /^mabeam: auction generate: --goods: "matching" needs at least 8 goods\n$/
      ],
      [["auction", "generate", "--family", "lottery", "--bids", "5", "--goods", "2"], undefined, /--family/]
    ]
    for (const [args, input, message] of cases) {
      it.effect(args.join(" "), () =>
        Effect.gen(function* () {
          const fs = yield* FileSystem.FileSystem
          const cwd = yield* folder
          yield* fs.writeFileString(`${cwd}/in.json`, '{"mechanism": "first-price", "bids": []}')
          const { code, stderr, stdout } = yield* mabeam(args, cwd, input)
          assert.match(stderr, message)
          assert.deepStrictEqual([stdout, code], ["", 2])
          assert.deepStrictEqual(yield* fs.readDirectory(cwd), ["in.json"])
        })
      )
    }
  })
})
