import { assert, describe, it } from "@effect/vitest"
import { campaign, law } from "@foundation/core/testing/law"
import { Arbitrary, Schema } from "effect"
import { LineSplitter } from "../../src/internal/lineSplitter.ts"
import type { Line } from "../../src/internal/lineSplitter.ts"

const encoder = new TextEncoder()

/** The lines of pieces that come one after the other. */
const split = (pieces: ReadonlyArray<Uint8Array>, bytesMax = 1_000): ReadonlyArray<Line> => {
  const splitter = new LineSplitter(bytesMax)
  return [...pieces.flatMap((piece) => splitter.push(piece)), ...splitter.end()]
}

/** Bytes in pieces that end at the given places. */
const cut = (bytes: Uint8Array, places: ReadonlyArray<number>): ReadonlyArray<Uint8Array> => {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))
}

const whole = (text: string): Line => ({ text, isWhole: true })

describe("lines of bytes", () => {
  it("end with a line feed, with or without a carriage return; the last one may lack it", () => {
    const lines = split([encoder.encode("a\nb\r\n\n\u00fc\nrest")])
    assert.deepStrictEqual(lines, ["a", "b", "", "\u00fc", "rest"].map(whole))
    assert.deepStrictEqual(split([encoder.encode("a\n")]), [whole("a")])
    assert.deepStrictEqual(split([]), [])
  })

  it("that are too long are told once, with their beginning, and do not hide the next", () => {
    const lines = split([encoder.encode(`${"x".repeat(30)}`), encoder.encode(`${"x".repeat(30)}\nok\n`)], 10)
    assert.deepStrictEqual(lines, [{ text: "xxxxxxxxxx", isWhole: false }, whole("ok")])
    assert.deepStrictEqual(split([encoder.encode("0123456789\n")], 10), [whole("0123456789")])
    assert.deepStrictEqual(split([encoder.encode("0123456789x")], 10), [{ text: "0123456789", isWhole: false }])
  })

  it("that are no UTF-8 are told as they can be shown", () => {
    assert.deepStrictEqual(split([new Uint8Array([255, 10, 97])]), [{ text: "\ufffd", isWhole: false }, whole("a")])
  })

  it("are kept although the buffer of a piece is written again", () => {
    const splitter = new LineSplitter(100)
    const buffer = encoder.encode("ab")
    splitter.push(buffer)
    buffer.fill(120)
    assert.deepStrictEqual(splitter.push(encoder.encode("c\n")), [whole("abc")])
  })

  const cases = Arbitrary.schema(
    Schema.Struct({
      lines: Schema.Array(Schema.String.check(Schema.isMaxLength(20))).check(Schema.isMaxLength(8)),
      places: Schema.Array(Schema.Natural).check(Schema.isMaxLength(6)),
      bytesMax: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 40 }))
    })
  )

  law(
    "lines are the same however the bytes are cut",
    campaign(10_000, 100_000),
    cases,
    ({ bytesMax, lines, places }) => {
      const bytes = encoder.encode(lines.join("\n"))
      const one = split([bytes], bytesMax)
      const many = split(cut(bytes, places), bytesMax)
      return JSON.stringify(one) === JSON.stringify(many)
    }
  )

  law("lines that are short enough come back as they were", campaign(10_000, 100_000), cases, ({ lines, places }) => {
    // A lone surrogate is no UTF-8, and a carriage return at the end belongs to the end of the line.
    const clean = lines.map((line) => line.toWellFormed().replaceAll(/[\n\r]/g, "-"))
    const bytes = encoder.encode(clean.map((line) => `${line}\n`).join(""))
    const back = split(cut(bytes, places))
    return JSON.stringify(back) === JSON.stringify(clean.map(whole))
  })
})
