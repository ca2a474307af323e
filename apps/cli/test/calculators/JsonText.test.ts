import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import * as JsonText from "../../src/calculators/JsonText.ts"

const bytes = (text: string) => new TextEncoder().encode(text)
const problem = (given: Uint8Array | string): string | undefined => {
  const decoded = JsonText.decode(typeof given === "string" ? bytes(given) : given)
  return Result.isFailure(decoded) ? decoded.failure : undefined
}
const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth)

describe("JsonText", () => {
  const refused: ReadonlyArray<readonly [what: string, given: Uint8Array | string, message: string]> = [
    ["nothing", "", "this is empty; give one JSON document"],
    ["white space alone", " \n\t", "this is empty; give one JSON document"],
    ["bytes that are no UTF-8", new Uint8Array([0x7b, 0xc3, 0x28]), "this is not UTF-8 text; give JSON in UTF-8"],
    ["a database", bytes("SQLite format 3\u0000 and more"), "this is binary; give JSON in UTF-8"],
    ["UTF-16", new Uint8Array([0xff, 0xfe, 0x7b, 0x00]), "this is UTF-16; save it as UTF-8"],
    ["text that ends in the middle", '{"bids": [', "line 1, column 11: the text ends, expected a value"],
    ["a missing comma", '{\n  "a": 1\n  "b": 2\n}', 'line 3, column 3: expected "," or "}", found "\\""'],
    ["a comma too many", "[1, 2,]", 'line 1, column 7: expected a value, found "]"'],
    [
      "a comma before the end of an object",
      '{"a": 1,}',
      'line 1, column 9: expected a key in double quotes, found "}"'
    ],
    ["a key without quotes", "{a: 1}", 'line 1, column 2: expected a key in double quotes, found "a"'],
    ["single quotes", "{'a': 1}", 'line 1, column 2: expected a key in double quotes, found "\'"'],
    ["a missing colon", '{"a" 1}', 'line 1, column 6: expected ":", found "1"'],
    ["a comment", "// bids\n[]", 'line 1, column 1: expected a value, found "/"'],
    ["NaN", '{"a": NaN}', 'line 1, column 7: expected a value, found "NaN"'],
    ["infinity", "[-Infinity]", 'line 1, column 2: expected a value, found "-Infinity"'],
    ["undefined", "[undefined]", 'line 1, column 2: expected a value, found "undefined"'],
    ["a number beyond doubles", "[1e999]", "line 1, column 2: 1e999 is too large"],
    ["a leading zero", "[01]", "line 1, column 2: 01 is no JSON value"],
    ["a plus", "[+1]", 'line 1, column 2: expected a value, found "+1"'],
    ["a hexadecimal number", "[0x10]", "line 1, column 2: 0x10 is no JSON value"],
    ["a word that goes on", "[nullish]", "line 1, column 2: nullish is no JSON value"],
    [
      "a second document",
      "{}\n{}",
      'line 2, column 1: expected the end: one document; several inputs stand in a list, found "{"'
    ],
    ["an open string", '["abc', "line 1, column 2: this string has no end"],
    [
      "a line end in a string",
      '["a\nb"]',
      "line 1, column 4: a control character in a string; write it as an escape such as \\n"
    ],
    ["an unknown escape", '["\\x41"]', "line 1, column 3: an unknown escape in a string"],
    ["half an escape", '["\\u00"]', "line 1, column 3: an unknown escape in a string"],
    ["a key twice", '{"a": 1,\n "a": 2}', 'line 2, column 2: the key "a" is there twice'],
    ["a key twice in two spellings", '{"a": 1, "\\u0061": 2}', 'line 1, column 10: the key "a" is there twice'],
    [
      "a key twice, deep inside",
      '[{"b": {"__proto__": 1, "__proto__": 2}}]',
      'line 1, column 25: the key "__proto__" is there twice'
    ],
    ["lists too deep", nested(65), "line 1, column 65: nested deeper than 64"],
    ["a hundred thousand brackets", "[".repeat(100_000), "line 1, column 65: nested deeper than 64"],
    ["a column after letters of two units", '["𝄞𝄞", x]', 'line 1, column 8: expected a value, found "x"']
  ]
  for (const [what, given, message] of refused) {
    it(`refuses ${what} and says where`, () => assert.strictEqual(problem(given), message))
  }

  it("takes a byte order mark, 64 levels, and keys that name what objects inherit", () => {
    const text = `\ufeff{"deep": ${nested(63)}, "__proto__": {"constructor": 1}}`
    const value = Result.getOrThrow(JsonText.decode(bytes(text)))
    assert.deepStrictEqual(Object.keys(Object(value)), ["deep", "__proto__"])
  })

  it("takes and refuses what JSON.parse does, for broken copies of a document", () => {
    const sample = '{"a": [1, -2.5e3, "x\\n\\u00e9", true, null], "b": {"c": "", "d": [[], {}]}, "e": 0.125}'
    const letters = ['"', "\\", "{", "}", "[", "]", ",", ":", "1", "-", ".", "e", "t", " ", "\n", "u", "0"]
    let state = 7
    const chance = (below: number) => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
      return Math.floor((state / 2 ** 32) * below)
    }
    let taken = 0
    for (let run = 0; run < 20_000; run++) {
      let text = sample
      for (let count = 1 + chance(3); count > 0; count--) {
        const at = chance(text.length)
        const letter = letters[chance(letters.length)]!
        text = text.slice(0, at) + (chance(3) === 0 ? "" : letter) + text.slice(at + chance(2))
      }
      let expected: unknown
      let isJson = true
      try {
        expected = JSON.parse(text)
      } catch {
        isJson = false
      }
      const decoded = JsonText.decode(bytes(text))
      if (Result.isSuccess(decoded)) {
        assert.isTrue(isJson, text)
        assert.deepStrictEqual<unknown>(decoded.success, expected)
        taken++
      } else if (isJson) assert.match(decoded.failure, /is there twice|is too large/, text)
    }
    assert.isAbove(taken, 1_000)
  })
})
