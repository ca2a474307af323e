import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { marks, meanRanks, quantile, short } from "../src/bench/optimize/marks.ts"
import type { Cell } from "../src/bench/optimize/marks.ts"
import { parse } from "../src/bench/optimize/options.ts"
import { entries, entryOf } from "../src/bench/optimize/problems.ts"

const program = path.join(import.meta.dirname, "../src/bench/optimize/main.ts")

const bench = (...args: ReadonlyArray<string>) => {
  const { status, stderr, stdout } = spawnSync(process.execPath, [program, ...args], { encoding: "utf8" })
  return { status, stdout, stderr }
}

const refused = (...args: ReadonlyArray<string>) => {
  const command = parse(args)
  return command._tag === "Refused" ? command.because : command._tag
}

const cell = (name: string, sampler: string, budget: number, ...regrets: ReadonlyArray<number>): Cell => ({
  function: name,
  sampler,
  budget,
  regrets
})

describe("the comparison's command line", () => {
  it("compares all samplers on all functions over 20 seeds unless told otherwise", () => {
    const command = parse([])
    assert(command._tag === "Run")
    assert.deepStrictEqual(
      command.plan.functions,
      entries.map(({ name }) => name)
    )
    assert.includeMembers([...command.plan.samplers], ["auto", "cmaes", "de", "gp", "nsga2", "random", "sobol", "tpe"])
    assert.strictEqual(command.plan.seeds, 20)
    assert.deepStrictEqual(command.plan.budgets, [25, 50, 100, 200])
  })

  it("understands lists, in any order and with spaces", () => {
    const command = parse(["--functions", "mixed, branin", "--samplers", "tpe", "--budgets", "50,5,50", "--seeds", "3"])
    assert(command._tag === "Run")
    assert.deepStrictEqual(command.plan.functions, ["branin", "mixed"])
    assert.deepStrictEqual(command.plan.budgets, [5, 50])
    assert.strictEqual(command.plan.seeds, 3)
  })

  it("says what is wrong", () => {
    assert.include(refused("--functions", "brannin"), `there is no "brannin"; there are branin`)
    assert.include(refused("--samplers", "tpe,"), `there is no ""`)
    assert.include(refused("--seeds", "0"), `--seeds: "0" is not a whole number from 1`)
    assert.include(refused("--seeds", "1e3"), `"1e3" is not a whole number`)
    assert.include(refused("--budgets", "25,x"), `--budgets: "x"`)
    assert.include(refused("--workers", "-1"), "workers")
    assert.include(refused("--fast"), "--fast")
    assert.include(refused("branin"), "branin")
    assert.strictEqual(refused("--", "--help"), "Help")
  })

  it("ends with exit 2 for what it does not understand, and shows an example when asked", { timeout: 60_000 }, () => {
    const { status, stderr, stdout } = bench("--samplers", "magic")
    assert.strictEqual(status, 2)
    assert.include(stderr, `"magic"`)
    assert.strictEqual(stdout, "")
    const help = bench("--help")
    assert.strictEqual(help.status, 0)
    assert.include(help.stdout, "example: bench:optimize --functions branin,mixed")
  })
})

describe("the comparison", () => {
  it.runIf(process.env["CAMPAIGN"] !== undefined)(
    "runs for real: two seeds of two samplers on one function, as JSON",
    { timeout: 120_000 },
    () => {
      const args = [
        "--functions",
        "branin",
        "--samplers",
        "cmaes,random",
        "--seeds",
        "2",
        "--budgets",
        "5,20",
        "--json"
      ]
      const { status, stderr, stdout } = bench(...args)
      assert.strictEqual(status, 0, stderr)
      assert.include(stderr, "4 of 4 runs, 100 %")
      const { cells, timings }: { cells: ReadonlyArray<Cell>; timings: ReadonlyArray<{ millis: number }> } =
        JSON.parse(stdout)
      assert.deepStrictEqual(
        cells.map(({ budget, function: name, sampler }) => [name, sampler, budget]),
        [
          ["branin", "cmaes", 5],
          ["branin", "cmaes", 20],
          ["branin", "random", 5],
          ["branin", "random", 20]
        ]
      )
      assert.isTrue(cells.every(({ regrets }) => regrets.length === 2 && regrets.every((regret) => regret > 0)))
      assert.isAtMost(cells[1]!.regrets[0]!, cells[0]!.regrets[0]!)
      assert.isTrue(timings.length === 4 && timings.every(({ millis }) => millis > 0))
    }
  )

  it.runIf(process.env["CAMPAIGN"] !== undefined)(
    "prints tables otherwise, and says when Optuna is not there",
    { timeout: 120_000 },
    () => {
      const args = [
        "--functions",
        "mixed",
        "--samplers",
        "random,sobol",
        "--seeds",
        "2",
        "--budgets",
        "5",
        "--no-times"
      ]
      const { status, stderr, stdout } = bench(...args, "--optuna", "--workers", "1")
      assert.strictEqual(status, 0, stderr)
      assert.match(stderr, /Optuna \d+\.\d+|no python3 has Optuna/)
      assert.strictEqual(stdout.includes("optuna-tpe"), !stderr.includes("no python3"))
      assert.match(stdout, /mixed +after 5\n +random/)
      assert.include(stdout, "mean rank")
    }
  )

  it("ends its processes when it is interrupted", { timeout: 120_000 }, async () => {
    const args = ["--functions", "hartmann6", "--samplers", "random", "--seeds", "10000", "--workers", "1"]
    const running = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "ignore", "pipe"] })
    await once(running.stderr, "data")
    running.kill("SIGINT")
    // The pipe closes when nobody holds it any more: neither the program nor a child.
    running.stderr.resume()
    const [code] = await Promise.all([once(running, "exit"), once(running.stderr, "close")])
    assert.strictEqual(code[0], 130)
  })
})

describe("the comparison's figures", () => {
  it("quartiles lie between the neighbouring values", () => {
    assert.strictEqual(quantile([1, 2, 3, 4], 0.5), 2.5)
    assert.strictEqual(quantile([1, 2, 3, 4], 0.25), 1.75)
    assert.strictEqual(quantile([5], 0.75), 5)
    assert.strictEqual(quantile([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY], 0.5), Number.POSITIVE_INFINITY)
  })

  it("ranks share places when equal, and count only where all samplers ran", () => {
    const cells = [
      cell("branin", "a", 25, 1),
      cell("branin", "b", 25, 1),
      cell("branin", "c", 25, 3),
      cell("mixed", "a", 25, 2),
      cell("mixed", "b", 25, 1),
      cell("mixed", "c", 25, 0),
      cell("levy4", "a", 25, 0),
      cell("levy4", "b", 25, 1)
    ]
    assert.deepStrictEqual(Object.fromEntries(meanRanks(cells)), { a: 2.25, b: 1.75, c: 2 })
  })

  it("a mark is judged by the median, and only if it was measured", () => {
    const found = marks(
      [cell("branin", "gp", 100, 1e-9, 2e-5, 1), cell("levy4", "gp", 100, 0.05), cell("levy4", "gp", 50, 9)],
      [{ sampler: "gp", trials: 50, millis: 25 }]
    )
    assert.deepStrictEqual(
      found.map(({ reached, what }) => [what, reached]),
      [
        ["gp: branin ≤ 1.0e-5 after 100", false],
        ["gp: levy4 ≤ 0.1 after 100", true],
        ["gp: a suggestion ≤ 20 ms at 50 trials", false]
      ]
    )
  })

  it("auto may have one sampler before it, not two; Optuna's is not one of ours", () => {
    const row = (auto: number) => [
      cell("branin", "auto", 25, auto),
      cell("branin", "gp", 25, 2),
      cell("branin", "tpe", 25, 4),
      cell("branin", "optuna-tpe", 25, 1)
    ]
    const reached = (auto: number) =>
      marks(row(auto), []).flatMap((mark) => (mark.what.startsWith("auto") ? [mark.reached] : []))
    assert.deepStrictEqual([1.5, 2, 3, 5].map(reached), [[true], [true], [true], [false]])
    const [tpe] = marks(row(5), [])
    assert.deepStrictEqual([tpe?.what, tpe?.reached], ["tpe: mean rank no worse than Optuna's", false])
  })

  it("figures have the digits that count", () => {
    assert.deepStrictEqual([0, 0.12345, 1234.5, 0.0000123, 123_456].map(short), [
      "0",
      "0.123",
      "1230",
      "1.2e-5",
      "1.2e+5"
    ])
  })

  it("distances are from the known minimum, for parameters of the space only", () => {
    assert.closeTo(entryOf("branin").distance({ x: Math.PI, y: 2.275 }), 0, 1e-9)
    assert.throws(() => entryOf("branin").distance({ x: 100, y: 0 }))
    assert.throws(() => entryOf("nothing"))
  })
})
