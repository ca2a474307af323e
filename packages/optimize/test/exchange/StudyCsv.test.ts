import { assert, describe, it } from "@effect/vitest"
import { campaign, law } from "@foundation/core/testing/law"
import { Arbitrary, Option, Result, Schema } from "effect"
import * as StudyCsv from "../../src/exchange/StudyCsv.ts"
import * as Csv from "../../src/internal/csv.ts"
import * as Random from "../../src/sampler/Random.ts"
import * as SearchSpace from "../../src/space/SearchSpace.ts"
import * as Study from "../../src/study/Study.ts"

const space = SearchSpace.makeUnsafe({
  rate: SearchSpace.float(0, 1),
  kind: SearchSpace.categorical(["1", 1, "", `a "b", c`, "true", true, "plain"]),
  deep: SearchSpace.boolean(),
  more: SearchSpace.when("deep = true", SearchSpace.int(0, 9))
})
const definition = Result.getOrThrow(Study.define({ space, sampler: Random.make() }))

const decoded = (...lines: ReadonlyArray<string>) => StudyCsv.decode(definition, lines.join("\n"))
const refusal = (...lines: ReadonlyArray<string>) => {
  const result = decoded(...lines)
  assert(Result.isFailure(result), "it should have been refused")
  assert.strictEqual(result.failure._tag, "InvalidCsv")
  return result.failure.message
}

const characters = Schema.Literals([",", `"`, "\r", "\n", "\r\n", "a", " ", "é", "\ufeff", ""])
const fields = Arbitrary.map(Arbitrary.schema(Schema.Array(characters)), (parts) => parts.join(""))
const tables = Arbitrary.map(
  Arbitrary.all([
    Arbitrary.array(fields),
    Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 4 })))
  ]),
  ([list, width]) =>
    Array.from({ length: Math.floor(list.length / width) }, (_, row) => list.slice(row * width, row * width + width))
)

describe("CSV", () => {
  law("what was written is read again", campaign(10_000, 100_000), tables, (rows) => {
    const text = Csv.write(rows)
    // The mark at the very beginning of a file says that it is Unicode, and is no text.
    const expected = text.startsWith("\ufeff") ? undefined : rows
    return expected === undefined || JSON.stringify(Result.getOrThrow(Csv.read(text))) === JSON.stringify(expected)
  })

  it("reads every kind of line end, quotes and empty fields as RFC 4180 has them", () => {
    const read = (text: string) => Result.getOrThrow(Csv.read(text))
    assert.deepStrictEqual(read("a,b\r\nc,d\ne,f\rg,h"), [
      ["a", "b"],
      ["c", "d"],
      ["e", "f"],
      ["g", "h"]
    ])
    assert.deepStrictEqual(read(`\ufeffa,"b\r\n""c""",\r\n`), [["a", `b\r\n"c"`, ""]])
    assert.deepStrictEqual(read(`,\n\n""\n`), [["", ""], [""]])
    assert.deepStrictEqual(read(""), [])
    for (const [text, row] of [
      [`a\n"b`, 2],
      [`a"b`, 1],
      [`"a"b`, 1]
    ] as const) {
      const result = Csv.read(text)
      assert(Result.isFailure(result))
      assert.strictEqual(result.failure.row, row)
    }
  })
})

describe("StudyCsv", () => {
  it("keeps choices apart that look alike", () => {
    let state = Study.start(definition)
    for (const kind of ["1", 1, "", `a "b", c`, "true", true, "plain"] as const) {
      const params = { rate: 0.5, deep: true, more: 3, kind }
      ;[state] = Result.getOrThrow(Study.ask(state, { params }))
    }
    const again = Result.getOrThrow(StudyCsv.decode(definition, StudyCsv.encode(state))).state
    assert.deepStrictEqual(again.trials, state.trials)
  })

  it("reads a plain table of parameters and values, as people write one", () => {
    const { state } = Result.getOrThrow(
      decoded(
        "param_rate,value,param_deep,param_more,param_kind",
        "0.25,3,true,7,plain",
        ".5,-1e-3,false,,1",
        "1,,false,,plain"
      )
    )
    assert.deepStrictEqual(
      state.trials.map((trial) => [
        trial.state,
        trial.params,
        trial.state === "complete" ? trial.values[0] : undefined
      ]),
      [
        ["complete", { rate: 0.25, kind: "plain", deep: true, more: 7 }, 3],
        ["complete", { rate: 0.5, kind: 1, deep: false }, -0.001],
        ["waiting", { rate: 1, kind: "plain", deep: false }, undefined]
      ]
    )
    assert.strictEqual(Option.getOrThrow(state.best).number, 1)
  })

  it("says what is wrong, with row and column", () => {
    const header = "param_rate,param_kind,param_deep,param_more,value"
    assert.strictEqual(refusal(""), "row 1: there is no header")
    assert.strictEqual(refusal("rate"), `row 1, column "rate": is not a column of this study`)
    assert.strictEqual(refusal("value,value"), `row 1, column "value": is there twice`)
    assert.strictEqual(refusal(header, "1,2"), "row 2: has 2 cells, the header has 5")
    assert.strictEqual(refusal(header, `1,"2`), "row 2: a quote is not closed")
    const good = "0.5,plain,false,,1"
    assert.strictEqual(
      refusal(header, good, "x,plain,false,,1"),
      `row 3, column "param_rate": "x" is not a value of this variable`
    )
    assert.strictEqual(refusal(header, good, "0.5,plain,false,,NaN"), `row 3, column "value": "NaN" is not a number`)
    assert.strictEqual(
      refusal(header, "0.5,plain,maybe,,1"),
      `row 2, column "param_deep": "maybe" is not a value of this variable`
    )
    assert.match(refusal(header, "0.5,odd,false,,1"), /^row 2: kind: "odd" is not one of /)
    assert.match(refusal(header, "2,plain,false,,1"), /^row 2: rate: 2 is not a number from 0 to 1/)
    assert.match(refusal(header, "0.5,plain,false,3,1"), /^row 2: more: is given although its condition does not hold/)
    assert.match(refusal(header, "0.5,plain,true,,1"), /^row 2: more: is missing/)
    assert.strictEqual(refusal(`${header},reports`, `${good},{`), `row 2, column "reports": is not JSON`)
    assert.match(refusal(`${header},reports`, `${good},[1]`), /^row 2, column "reports": /)
    assert.match(refusal(`${header},state`, `${good},lost`), /^row 2, column "state": /)
    assert.match(refusal(`${header},number`, `${good},-1`), /^row 2, column "number": /)
    assert.strictEqual(
      refusal(`${header},number`, `${good},4`),
      `row 2, column "number": is 4, but trials are numbered from 0 without gaps`
    )
    const more = Array.from({ length: 2 }, () => good)
    const limited = { ...definition, trialsMax: 1 }
    const full = StudyCsv.decode(limited, [header, ...more].join("\n"))
    assert(Result.isFailure(full))
    assert.strictEqual(full.failure.message, "row 3: trial 1 is above the limit")
  })
})
