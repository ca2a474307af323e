/**
 * Text from outside as JSON, or the place in the text where it is none.
 *
 * **Guarantees** What is accepted is JSON (RFC 8259) in UTF-8, a byte order mark before it is skipped; no object has the same
 * key twice, nothing is nested deeper than `depthMax`, and every number is finite. A refusal names line and column, both from
 * 1. Never throws.
 *
 * **Does not guarantee** That numbers keep more digits than a double has.
 *
 * **Example** `decode(new TextEncoder().encode('{"a": 1, "a": 2}'))` fails with `line 1, column 10: the key "a" is there twice`.
 *
 * @since 0.1.0
 */
import type { Calculator } from "@mabeam/economics"
import { Result } from "effect"

/** Lists and objects within each other: 64. */
export const depthMax = 64

/** Bytes as JSON; fails with a sentence for people. */
export const decode = (bytes: Uint8Array): Result.Result<Calculator.Json, string> =>
  Result.flatMap(textOf(bytes), (text) => {
    const scanner = new Scanner(text)
    // What the scanner lets pass is JSON, and this is all that JSON.parse gives.
    return scanner.passes() ? Result.succeed(JSON.parse(text) as Calculator.Json) : Result.fail(scanner.problem)
  })

const textOf = (bytes: Uint8Array): Result.Result<string, string> => {
  const [first, second] = bytes
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    return Result.fail("this is UTF-16; save it as UTF-8")
  }
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes)
    if (/^[ \t\r\n]*$/.test(text)) return Result.fail("this is empty; give one JSON document")
    return text.includes("\u0000") ? Result.fail("this is binary; give JSON in UTF-8") : Result.succeed(text)
  } catch {
    return Result.fail("this is not UTF-8 text; give JSON in UTF-8")
  }
}

const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const word = /[\w.+-]+/y
const escapes = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y

/** Code units that the scanner looks for. */
const unit = { quote: 0x22, backslash: 0x5c, comma: 0x2c, colon: 0x3a, space: 0x20 } as const

/** Reads over a text once; its methods tell whether what they look for is there. */
class Scanner {
  readonly #text: string
  #at = 0
  problem = ""

  constructor(text: string) {
    this.#text = text
  }

  passes(): boolean {
    if (!this.#value(0)) return false
    this.#skip()
    return this.#at === this.#text.length || this.#expected("the end: one document; several inputs stand in a list")
  }

  #value(depth: number): boolean {
    this.#skip()
    switch (this.#text[this.#at]) {
      case "{":
        return depth < depthMax ? this.#members(depth + 1) : this.#fail(this.#at, `nested deeper than ${depthMax}`)
      case "[":
        return depth < depthMax ? this.#items(depth + 1) : this.#fail(this.#at, `nested deeper than ${depthMax}`)
      case '"':
        return this.#string()
      default:
        return this.#scalar()
    }
  }

  #items(depth: number): boolean {
    this.#at++
    this.#skip()
    if (this.#takes("]")) return true
    while (true) {
      if (!this.#value(depth)) return false
      this.#skip()
      if (this.#takes("]")) return true
      if (!this.#takes(",")) return this.#expected('"," or "]"')
    }
  }

  #members(depth: number): boolean {
    this.#at++
    this.#skip()
    if (this.#takes("}")) return true
    const keys = new Set<string>()
    while (true) {
      this.#skip()
      const start = this.#at
      if (this.#text[start] !== '"') return this.#expected("a key in double quotes")
      if (!this.#string()) return false
      const key = this.#keyFrom(start)
      if (keys.has(key)) return this.#fail(start, `the key ${JSON.stringify(key)} is there twice`)
      keys.add(key)
      this.#skip()
      if (!this.#takes(":")) return this.#expected('":"')
      if (!this.#value(depth)) return false
      this.#skip()
      if (this.#takes("}")) return true
      if (!this.#takes(",")) return this.#expected('"," or "}"')
    }
  }

  #keyFrom(start: number): string {
    const quoted = this.#text.slice(start, this.#at)
    // Two spellings of one key are one key: "\u0061" is "a".
    return quoted.includes("\\") ? String(JSON.parse(quoted)) : quoted.slice(1, -1)
  }

  #string(): boolean {
    const text = this.#text
    const start = this.#at
    let at = start + 1
    while (at < text.length) {
      const code = text.charCodeAt(at)
      if (code === unit.quote) {
        this.#at = at + 1
        return true
      }
      if (code < unit.space) return this.#fail(at, "a control character in a string; write it as an escape such as \\n")
      if (code !== unit.backslash) at++
      else {
        escapes.lastIndex = at
        const escaped = escapes.exec(text)
        if (escaped === null) return this.#fail(at, "an unknown escape in a string")
        at += escaped[0].length
      }
    }
    return this.#fail(start, "this string has no end")
  }

  #scalar(): boolean {
    const text = this.#text
    for (const literal of ["true", "false", "null"]) {
      if (text.startsWith(literal, this.#at)) return this.#wordEndsAt(this.#at + literal.length)
    }
    number.lastIndex = this.#at
    const found = number.exec(text)
    if (found === null) return this.#expected("a value")
    if (!Number.isFinite(Number(found[0]))) return this.#fail(this.#at, `${clipped(found[0])} is too large`)
    return this.#wordEndsAt(this.#at + found[0].length)
  }

  /** `nullx` and `01` are no values. */
  #wordEndsAt(end: number): boolean {
    word.lastIndex = this.#at
    const whole = word.exec(this.#text)?.[0] ?? ""
    if (whole.length > end - this.#at) return this.#fail(this.#at, `${clipped(whole)} is no JSON value`)
    this.#at = end
    return true
  }

  #skip(): void {
    const text = this.#text
    while (this.#at < text.length) {
      const code = text.charCodeAt(this.#at)
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return
      this.#at++
    }
  }

  #takes(char: string): boolean {
    if (this.#text[this.#at] !== char) return false
    this.#at++
    return true
  }

  #expected(what: string): boolean {
    word.lastIndex = this.#at
    const found = word.exec(this.#text)?.[0] ?? String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0)
    return this.#fail(
      this.#at,
      this.#at < this.#text.length
        ? `expected ${what}, found ${clipped(JSON.stringify(found))}`
        : `the text ends, expected ${what}`
    )
  }

  #fail(at: number, because: string): false {
    const before = this.#text.slice(0, at)
    const line = before.split("\n").length
    const column = Array.from(before.slice(before.lastIndexOf("\n") + 1)).length + 1
    this.problem = `line ${line}, column ${column}: ${because}`
    return false
  }
}

const clipped = (text: string): string => (text.length > 40 ? `${text.slice(0, 39)}…` : text)
