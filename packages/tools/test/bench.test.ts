import { spawnSync } from "node:child_process"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { slugOf } from "../src/bench/case.ts"
import { cases, select } from "../src/bench/catalog.ts"
import { lineOf, median, percentile } from "../src/bench/measure.ts"
import { parse } from "../src/bench/options.ts"
import { ratioOf, row, short } from "../src/bench/table.ts"

const program = (name: string) => path.join(import.meta.dirname, "../src/bench", name)

const bench = (...args: ReadonlyArray<string>) => {
  const { status, stderr, stdout } = spawnSync(process.execPath, ["--expose-gc", program("main.ts"), ...args], {
    encoding: "utf8"
  })
  return { status, stdout, stderr }
}

/** One JSON document to a line. */
const documents = (text: string): ReadonlyArray<Record<string, unknown>> =>
  text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))

describe("the bench's command line", () => {
  it("a case is found by its name, by the name without punctuation, and by its beginning", () => {
    const names = (word: string) => select(word).map((each) => each.name)
    assert.deepStrictEqual(names("lookup hit"), ["lookup hit"])
    assert.deepStrictEqual(names("call-1-client"), ["call, 1 client"])
    assert.deepStrictEqual(names("a11"), ["A11"])
    assert.isAbove(names("register").length, 1)
    assert.deepStrictEqual(names("no such case"), [])
    assert.deepStrictEqual(names(""), [])
  })

  it("several cases are run once each, in the order of the catalogue", () => {
    const command = parse(["--case", "A11,cast", "--case", "cast", "--json"])
    assert.strictEqual(command._tag, "Run")
    if (command._tag !== "Run") return
    assert.deepStrictEqual(
      command.cases.map((each) => each.name),
      ["cast", "A11"]
    )
    assert.isTrue(command.json)
    assert.strictEqual(command.effort.reps, 5)
  })

  it("a name with a comma of its own is one case", () => {
    const command = parse(["--case", "call, 1 client"])
    assert.deepStrictEqual(command._tag === "Run" && command.cases.map((each) => each.name), ["call, 1 client"])
  })

  it("without cases, all of them are run", () => {
    const command = parse([])
    assert.strictEqual(command._tag === "Run" && command.cases, cases)
  })

  it("every case has a slug of its own, and no slug is empty", () => {
    const slugs = cases.map((each) => slugOf(each.name))
    assert.strictEqual(new Set(slugs).size, cases.length)
    assert.isFalse(slugs.includes(""))
  })

  it("an unknown case is named and ends with exit 2", () => {
    const { status, stderr, stdout } = bench("--case", "cast,nonsense")
    assert.strictEqual(status, 2)
    assert.include(stderr, '"nonsense"')
    assert.strictEqual(stdout, "")
  })

  it("an unknown option ends with exit 2", () => {
    const { status, stderr } = bench("--fast")
    assert.strictEqual(status, 2)
    assert.include(stderr, "--fast")
  })

  it("--list names every case, --help the options", () => {
    const list = bench("--list")
    assert.strictEqual(list.status, 0)
    assert.strictEqual(list.stdout.trim().split("\n").length, cases.length)
    const help = bench("--help")
    assert.strictEqual(help.status, 0)
    for (const option of ["--case", "--json", "--quick", "--tiny", "--list"]) assert.include(help.stdout, option)
  })
})

describe("what the bench prints", () => {
  // The whole of the bench, and so only where there is time.
  it.runIf(process.env["CAMPAIGN"] !== undefined)(
    "is one JSON line for each size and kind of handlers",
    { timeout: 60_000 },
    () => {
      const { status, stderr, stdout } = bench("--case", "call, 1 client", "--case", "A12", "--tiny", "--json")
      assert.strictEqual(status, 0, stderr)
      const lines = documents(stdout)
      assert.deepStrictEqual(
        lines.map((line) => [line["case"], line["n"], line["handlers"]]),
        [
          ["call, 1 client", 1, "sync"],
          ["call, 1 client", 1, "generator"],
          ["call, 1 client", 1, "value"],
          ["call, 1 client", 10_000, "sync"],
          ["call, 1 client", 10_000, "generator"],
          ["call, 1 client", 10_000, "value"],
          ["A12", 500, undefined]
        ]
      )
      for (const line of lines) {
        for (const figure of ["p50_us", "p95_us", "p99_us", "ops_per_s"]) {
          const value = line[figure]
          assert.isTrue(typeof value === "number" && Number.isFinite(value) && value > 0, `${figure}: ${String(value)}`)
        }
        assert.isTrue("bytes_per_item" in line)
        assert.strictEqual(line["shrunk_by"], 100)
      }
    }
  )

  it.runIf(process.env["CAMPAIGN"] !== undefined)(
    "is a table for people otherwise, with what the case is compared with",
    { timeout: 60_000 },
    () => {
      const { status, stdout } = bench("--case", "restart", "--tiny")
      assert.strictEqual(status, 0)
      assert.match(stdout, /^Node \d+/)
      assert.match(stdout, /restart after crash, until it answers +1 sync.* BEAM 47.6 µs/)
    }
  )
})

describe("the peers' format", () => {
  it("has the case's number in its name and says whose figure it is", { timeout: 60_000 }, () => {
    const { status, stderr, stdout } = spawnSync(process.execPath, ["--expose-gc", program("ours.ts")], {
      encoding: "utf8",
      env: { ...process.env, CASES: "6", REPS: "1", WARM: "0", CAP_MS: "5" }
    })
    assert.strictEqual(status, 0, stderr)
    const lines = documents(stdout)
    assert.deepStrictEqual(
      lines.map((line) => [line["peer"], line["case"], line["n"]]),
      [
        ["ours", "6 restart after crash", 1],
        ["ours, generators", "6 restart after crash", 1],
        ["ours, values", "6 restart after crash", 1]
      ]
    )
  })
})

describe("the bench's figures", () => {
  it("a percentile is an observed sample of nearest rank", () => {
    const sorted = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    assert.strictEqual(percentile(sorted, 0.5), 5)
    assert.strictEqual(percentile(sorted, 0.95), 10)
    assert.strictEqual(percentile([7], 0.99), 7)
  })

  it("a median of an even number of values lies half-way", () => {
    assert.strictEqual(median([4, 1, 3, 2]), 2.5)
    assert.strictEqual(median([3, 1, 2]), 2)
  })

  it("a line holds the medians over the repetitions, and each repetition beside them", () => {
    const rep = (us: number) => ({ samplesUs: [us, us, us], ops: 10, ms: 1, extra: { rss_mb: us } })
    const line = lineOf("x", 1, [rep(3), rep(1), rep(2)])
    assert.strictEqual(line.p50_us, 2)
    assert.deepStrictEqual(line.p50_all, [3, 1, 2])
    assert.strictEqual(line.ops_per_s, 10_000)
    assert.strictEqual(line["rss_mb"], 2)
    assert.strictEqual(line.bytes_per_item, null)
  })

  it("a ratio below 1 is better, whichever way the figure counts", () => {
    const line = lineOf("x", 1, [{ samplesUs: [2], ops: 1000, ms: 1 }])
    assert.strictEqual(ratioOf(line, { figure: "p50_us", value: 4, kind: "beam" }), 0.5)
    assert.strictEqual(ratioOf(line, { figure: "ops_per_s", value: 500_000, kind: "limit" }), 0.5)
  })

  it("a row says what was promised, and has one more row for each further target", () => {
    const line = lineOf("x", 1, [{ samplesUs: [2], ops: 1000, ms: 1, extra: { rss_mb: 40 } }])
    const text = row(line, [
      { figure: "p50_us", value: 4, kind: "beam" },
      { figure: "rss_mb", value: 400, kind: "limit" }
    ])
    const [first, second] = text.split("\n")
    assert.match(first!, /BEAM 4 µs +0.50/)
    assert.match(second!, /40 below 400 rss_mb +0.10/)
  })

  it("numbers are written with the digits that count", () => {
    assert.deepStrictEqual([0.2249, 12.34, 1234, 56_789, 1_234_567].map(short), [
      "0.225",
      "12.3",
      "1234",
      "56.8k",
      "1.23M"
    ])
  })
})
