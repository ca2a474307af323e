import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Result, Schema } from "effect"
import * as Csv from "../../src/data/Csv.ts"
import * as Dataset from "../../src/data/Dataset.ts"
import { digits } from "./load.ts"

const rows = (n: number, line: (i: number) => string) => Array.from({ length: n }, (_, i) => line(i)).join("\n")
const good = `a,b,label\n${rows(10, (i) => `${i},${i * 2},${i % 2 === 0 ? "even" : "odd"}`)}\n`

const parsed = (text: string, target = "label") => Result.getOrThrow(Dataset.parse(text, target))
const refused = (text: string, target = "label") => {
  const result = Dataset.parse(text, target)
  if (Result.isSuccess(result)) throw new Error("the text was accepted")
  return result.failure
}

describe("Dataset", () => {
  it.effect("reads the bundled digits: 1,797 rows of 64 pixels in 10 classes", () =>
    Effect.gen(function* () {
      const { classes, features, rows: count, x, y } = yield* digits
      assert.strictEqual(count, 1797)
      assert.strictEqual(features.length, 64)
      assert.deepStrictEqual(classes, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"])
      assert.strictEqual(x.length, 1797 * 64)
      assert.strictEqual(y[0], 0)
      assert.deepStrictEqual(Array.from(x.subarray(0, 6)), [0, 0, 5, 13, 9, 1])
    })
  )

  it("reads labels that are text, and a target column in any place", () => {
    const { classes, features, x, y } = parsed(`label,a\n${rows(10, (i) => `${i < 5 ? "zebra" : "ant"},${i}`)}`)
    assert.deepStrictEqual(features, ["a"])
    assert.deepStrictEqual(classes, ["ant", "zebra"])
    assert.deepStrictEqual([...y], [1, 1, 1, 1, 1, 0, 0, 0, 0, 0])
    assert.deepStrictEqual([...x], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  it("takes 1, 1.0 and 01 for one class and orders numeric labels as numbers", () => {
    const labels = ["10", "9", "9.0", "09", "10.0", "1e1", "9", "9", "10", "010"]
    assert.deepStrictEqual(parsed(`a,label\n${rows(10, (i) => `${i},${labels[i]!}`)}`).classes, ["9", "10"])
  })

  it("reads the same table with a byte-order mark, CRLF, CR, quotes, semicolons, tabs, spaces and blank lines", () => {
    const plain = parsed(good)
    const variants = {
      mark: `\ufeff${good}`,
      "mark and quotes": `\ufeff${good.replaceAll(/[^,\n]+/g, '"$&"')}`,
      crlf: good.replaceAll("\n", "\r\n"),
      cr: good.replaceAll("\n", "\r"),
      quotes: good.replaceAll(/[^,\n]+/g, '"$&"'),
      semicolons: good.replaceAll(",", ";"),
      tabs: good.replaceAll(",", "\t"),
      spaces: good.replaceAll(",", " , "),
      "no line end at the end": good.trimEnd(),
      "blank lines": `\n${good.replaceAll("\n", "\n\n  \n")}\n\n`
    }
    for (const [name, text] of Object.entries(variants)) assert.deepStrictEqual(parsed(text), plain, name)
  })

  it("keeps separators, doubled quotes and line ends inside quotes, and goes on counting lines right", () => {
    const names = `"a, ""b""\nc",label\n`
    assert.deepStrictEqual(parsed(`${names}${rows(10, (i) => `${i},${i % 2}`)}`).features, ['a, "b"\nc'])
    const failure = refused(`${names}${rows(10, (i) => `${i === 3 ? "x" : i},${i % 2}`)}`)
    assert.include(failure.message, "line 6: ")
  })

  it("tells every kind of bad row with its line and what is wrong", () => {
    const text = `a,b,label\n1,2,x\n1,2\n1,zwei,x\n1,,x\n1,Infinity,x\n1,2,\n\n1,2,x,9\n"1"0,2,x\n1,1e999,x\n0x10,1,x\n"1,2,x\n`
    assert.strictEqual(
      refused(text).message,
      `10 rows cannot be used. Correct or remove:
  line 3: it has 2 fields and the header has 3
  line 4: column "b" has "zwei", which is not a finite number
  line 5: column "b" is empty
  line 6: column "b" has "Infinity", which is not a finite number
  line 7: column "label" is empty
  line 9: it has 4 fields and the header has 3
  line 10: there is text after the closing quote of "1"
  line 11: column "b" has "1e999", which is not a finite number
  line 12: column "a" has "0x10", which is not a finite number
  line 13: a quoted field begins here and is never closed`
    )
  })

  it("tells 20 bad rows one by one and counts the rest", () => {
    const failure = refused(`a,label\n${rows(33, () => "bad,x")}`)
    assert.strictEqual(failure._tag, "BadRows")
    if (failure._tag !== "BadRows") return
    assert.strictEqual(failure.rows.length, 20)
    assert.strictEqual(failure.total, 33)
    assert.include(failure.message, "… and 13 more")
  })

  it("refuses a header with a name given twice, without a name, badly quoted, or of one column", () => {
    const message = (header: string) => {
      const failure = refused(`${header}\n1,2,3\n`)
      assert.strictEqual(failure._tag, "BadHeader", header)
      return failure.message
    }
    assert.include(message("a,label,a"), 'columns 1 and 3 are both named "a"')
    assert.include(message("a,,label"), "column 2 has no name")
    assert.include(message('a,"label'), "never closed")
    assert.include(message("label"), "features beside the target are needed")
  })

  it("names the columns there are when the target is missing, and the one that was meant", () => {
    const failure = refused(good, "Label")
    assert.strictEqual(failure._tag, "TargetMissing")
    assert.strictEqual(
      failure.message,
      'there is no column "Label". Columns: "a", "b", "label". Did you mean --target label?'
    )
    assert.include(refused(good, "digit").message, "Name the label's column with --target.")
  })

  it("refuses an empty file, a header alone, one class only and classes of fewer than five rows", () => {
    assert.strictEqual(refused("")._tag, "NoRows")
    assert.strictEqual(refused("\ufeff\r\n \n")._tag, "NoRows")
    assert.include(refused("a,label\n").message, "a header and no rows")
    assert.include(refused(`a,label\n${rows(9, (i) => `${i},x`)}`).message, "one class only")
    assert.include(
      refused(`a,label\n${rows(9, (i) => `${i},${i < 5 ? "x" : "y"}`)}`).message,
      'fewer than 5 rows: "y" (4)'
    )
    assert.include(refused(`a,label\n${rows(50, (i) => `1,${i / 7}`)}`).message, "not a measured number")
  })

  it("is not fooled by columns and labels called constructor or __proto__", () => {
    const text = `__proto__,constructor\n${rows(10, (i) => `${i},${i % 2 === 0 ? "__proto__" : "constructor"}`)}`
    assert.deepStrictEqual(parsed(text, "constructor").classes, ["__proto__", "constructor"])
  })

  it.effect("says which file cannot be read and which is too large", () =>
    Effect.gen(function* () {
      const missing = yield* Effect.flip(Dataset.load({ path: "no/such.csv", target: "x" }))
      assert.strictEqual(missing._tag, "FileUnreadable")
      assert.include(missing.message, 'cannot read "no/such.csv"')
      const fs = yield* FileSystem.FileSystem
      const path = `${yield* fs.makeTempDirectoryScoped()}/large.csv`
      yield* fs.writeFileString(path, "a,b\n")
      yield* fs.truncate(path, Dataset.FILE_BYTES_MAX + 1)
      const large = yield* Effect.flip(Dataset.load({ path, target: "b" }))
      assert.strictEqual(large._tag, "FileTooLarge")
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.prop("any text is parsed or refused with a message, never thrown at", [Schema.String], ([text]) => {
    for (const input of [text, `a,b\n${text}`, `a,b\n"${text}`]) {
      const result = Dataset.parse(input, "b")
      if (Result.isFailure(result)) assert.isAbove(result.failure.message.length, 20)
    }
  })

  it.prop(
    "what is written with quotes is read back",
    [Schema.NonEmptyArray(Schema.NonEmptyArray(Schema.String))],
    ([table]) => {
      // A first column that is never blank: a record of one blank field is a blank line.
      const written = table.map((row) => ["x", ...row])
      const text = written.map((row) => row.map((field) => `"${field.replaceAll('"', '""')}"`).join(",")).join("\r\n")
      const { problems, records } = Csv.parse(text)
      assert.deepStrictEqual(problems, [])
      assert.deepStrictEqual(
        records.map(({ fields }) => fields),
        written
      )
    }
  )
})
