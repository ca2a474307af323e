import { assert, describe, it } from "@effect/vitest"
import { AllocationWorld } from "@mabeam/economics"
import { spawn, spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { parse } from "../../bench/internal/allocationOptions.ts"
import { shown, table } from "../../bench/internal/allocationTables.ts"

const program = fileURLToPath(new URL("../../bench/allocation.ts", import.meta.url))

const bench = (...args: ReadonlyArray<string>) => {
  const { status, stderr, stdout } = spawnSync(process.execPath, [program, ...args], { encoding: "utf8" })
  return { status, stderr, stdout }
}

const refusal = (...args: ReadonlyArray<string>) => {
  const command = parse(args)
  return command._tag === "Refused" ? command.because : command
}

describe("bench:allocation", { timeout: 60_000 }, () => {
  it("prints a table of figures, one of differences, and two of gains, for a few seeds", () => {
    const { status, stderr, stdout } = bench("--seeds", "5", "--ticks", "20", "--preset", "liars")
    assert.deepStrictEqual([status, stderr], [0, ""])
    const number = String.raw`-?\d+(\.\d+)?`
    const rows = stdout.split("\n").filter((line) => new RegExp(`^[a-z, ]+?  +${number} ± ${number}`).test(line))
    assert.strictEqual(rows.length, 8 + 7 + 8 + 4)
    assert.match(stdout, /^\nliars: 5 seeds, 20 ticks/)
    assert.match(stdout, /\nWhat lying gains those who lie\n/)
    assert.match(stdout, /\nWhat one agent gains by asking 1.2 times as much\n/)
    assert.notInclude(stdout, "NaN")
  })

  it("a world without liars has no gains of theirs, and says none where there is no figure", () => {
    const { status, stdout } = bench("--", "--seeds", "5", "--ticks", "5", "--preset", "equal,honest")
    assert.strictEqual(status, 0)
    assert.match(stdout, /\nequal: 5 seeds[^]*\nhonest: 5 seeds/)
    assert.notInclude(stdout, "lying")
    assert.notInclude(stdout, "NaN")
  })

  it("help has an example that works", () => {
    const { status, stdout } = bench("--help")
    assert.strictEqual(status, 0)
    const example = /^Example: bench:allocation (.*)$/m.exec(stdout)?.[1] ?? assert.fail("there is no example")
    const { liars } = AllocationWorld.presets
    const worlds = [{ name: "liars", settings: { ...liars, ticks: 100 } }]
    assert.deepStrictEqual(parse(example.split(" ")), { _tag: "Run", seeds: 10, worlds })
  })

  it("by default it is 30 seeds and all presets as they are", () => {
    const worlds = Object.entries(AllocationWorld.presets).map(([name, settings]) => ({ name, settings }))
    assert.deepStrictEqual(parse([]), { _tag: "Run", seeds: 30, worlds })
    assert.deepStrictEqual(parse(["--preset", "liars,honest", "--preset", "crowded, equal,liars"]), {
      _tag: "Run",
      seeds: 30,
      worlds: [worlds[0], worlds[1], worlds[2], worlds[3]].filter((world) => world !== undefined)
    })
  })

  it("bad arguments are refused by name, with what would do; nothing runs", () => {
    for (const seeds of ["4", "1001", "5.5", "-5", "x", "", "1e2", "99999999999"]) {
      assert.strictEqual(
        refusal(`--seeds=${seeds}`),
        `--seeds: ${JSON.stringify(seeds)} is not a whole number from 5 to 1000`
      )
    }
    assert.strictEqual(
      refusal("--preset", "liars,nope"),
      '--preset: none is called "nope"; there are liars, honest, crowded, equal'
    )
    assert.match(String(refusal("--preset", "constructor")), /none is called "constructor"/)
    assert.strictEqual(refusal("--ticks", "x"), '--ticks: "x" is not a whole number')
    assert.match(String(refusal("--ticks", "0")), /^--ticks: Expected a value between 1 and 10000/)
    assert.match(
      String(refusal("--ticks", "10000", "--preset", "crowded")),
      /^--ticks: \d+ is more than the limit of 100000/
    )
    assert.match(String(refusal("--seed", "3")), /^Unknown option '--seed'/)
    assert.match(String(refusal("liars")), /^Unexpected argument 'liars'/)
    const { status, stderr, stdout } = bench("--seeds", "2")
    assert.deepStrictEqual([status, stdout], [2, ""])
    assert.strictEqual(stderr, '--seeds: "2" is not a whole number from 5 to 1000; --help shows the options\n')
  })

  it("an interrupt ends it at once, with a word and without a trace", async () => {
    const running = spawn(process.execPath, [program, "--seeds", "5", "--ticks", "100", "--preset", "liars,crowded"])
    let stderr = ""
    running.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString("utf8")))
    running.stdout.once("data", () => running.kill("SIGINT"))
    const status = await new Promise((resolve) => running.on("close", resolve))
    assert.deepStrictEqual([status, stderr], [130, "interrupted\n"])
  })
})

describe("tables", () => {
  it("an interval is its mean and how far it reaches; none without values", () => {
    assert.strictEqual(shown({ mean: 0.5, low: 0.4, high: 0.6, values: 9 }, 1, 100), "50.0 ± 10.0")
    assert.strictEqual(shown({ mean: Number.NaN, low: Number.NaN, high: Number.NaN, values: 3 }, 1), "none")
  })

  it("columns are as wide as what stands in them", () => {
    const rows = [
      ["policy", "x"],
      ["a", "10.5"]
    ]
    assert.strictEqual(table(rows), "policy     x\n------------\na       10.5")
  })
})
