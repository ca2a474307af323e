/**
 * What parameters must satisfy together, known before anything is tried: `units * layers <= 4096 and low < high`.
 *
 * An arithmetic text over numeric variables: numbers, names (quoted with `"` or `'` where they hold other characters than
 * letters, digits, `_`, `.` or `$`), `+ - * / ^`, parentheses and `abs`, `sqrt`, `exp`, `log`, `min`, `max`; comparisons
 * `<`, `<=`, `>`, `>=`, which may be chained (`0 < a < b`), joined by `and`. `^` binds to the right and stronger than a sign
 * before it. A boolean variable counts as 0 or 1.
 *
 * **Guarantees** A comparison that names an inactive variable holds. One whose sides are no numbers (`sqrt(-1) < 2`) does not.
 * Text beyond 10,000 characters or 100 levels of parentheses is refused.
 *
 * **Does not guarantee** That anything satisfies it: `SearchSpace.make` does not search.
 *
 * @since 0.1.0
 */
import { Result } from "effect"

/** Values by the place of their variable; `undefined`: inactive. */
export type Values = ReadonlyArray<number | undefined>

/** A constraint ready for use. */
export interface Constraint {
  readonly text: string
  readonly holds: (values: Values) => boolean
}

/** Most characters of a text. */
export const TEXT_MAX = 10_000
/** Most levels of parentheses and signs. */
export const DEPTH_MAX = 100

type Term = (values: Values) => number
type Token = { readonly kind: "number" | "name" | "quoted" | "symbol"; readonly text: string; readonly at: number }

const TOKEN =
  /\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|([\p{L}_$][\p{L}\p{N}_.$]*)|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(<=|>=|<|>|[-+*/^(),]))/uy

const tokens = (source: string): Result.Result<ReadonlyArray<Token>, string> => {
  const found: Array<Token> = []
  const text = source.trimEnd()
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex
    const match = TOKEN.exec(text)
    if (match === null) return Result.fail(`cannot be read from character ${at + 1} on`)
    const [whole, number, name, double, single, symbol] = match
    const start = at + whole.length - whole.trimStart().length
    const quoted = double ?? single
    if (number !== undefined) found.push({ kind: "number", text: number, at: start })
    else if (name !== undefined) found.push({ kind: "name", text: name, at: start })
    else if (quoted !== undefined) found.push({ kind: "quoted", text: quoted.replace(/\\(.)/gsu, "$1"), at: start })
    else found.push({ kind: "symbol", text: symbol ?? "", at: start })
  }
  return Result.succeed(found)
}

const functions: ReadonlyMap<
  string,
  { readonly least: number; readonly most: number; readonly of: (...all: Array<number>) => number }
> = new Map([
  ["abs", { least: 1, most: 1, of: Math.abs }],
  ["sqrt", { least: 1, most: 1, of: Math.sqrt }],
  ["exp", { least: 1, most: 1, of: Math.exp }],
  ["log", { least: 1, most: 1, of: Math.log }],
  ["min", { least: 1, most: 100, of: Math.min }],
  ["max", { least: 1, most: 100, of: Math.max }]
])

const comparisons: ReadonlyMap<string, (a: number, b: number) => boolean> = new Map([
  ["<", (a, b) => a < b],
  ["<=", (a, b) => a <= b],
  [">", (a, b) => a > b],
  [">=", (a, b) => a >= b]
])

/** Thrown within this file only, and caught by `parse`. */
class Unreadable extends Error {}

/** Reads by recursive descent; each method reads one level of precedence. */
class Reader {
  at = 0
  depth = 0
  readonly tokens: ReadonlyArray<Token>
  readonly placeOf: (name: string) => number
  constructor(found: ReadonlyArray<Token>, placeOf: (name: string) => number) {
    this.tokens = found
    this.placeOf = placeOf
  }

  fail(expected: string): never {
    const token = this.tokens[this.at]
    const where = token === undefined ? "at the end" : `at "${token.text}" (character ${token.at + 1})`
    throw new Unreadable(`expects ${expected} ${where}`)
  }

  takes(...symbols: ReadonlyArray<string>): string | undefined {
    const token = this.tokens[this.at]
    if (token?.kind !== "symbol" || !symbols.includes(token.text)) return undefined
    this.at++
    return token.text
  }

  conjunction(): (values: Values) => boolean {
    const parts = [this.chain()]
    while (this.tokens[this.at]?.kind === "name" && this.tokens[this.at]?.text === "and") {
      this.at++
      parts.push(this.chain())
    }
    if (this.at < this.tokens.length) this.fail(`"and" or the end`)
    return (values) => parts.every((part) => part(values))
  }

  chain(): (values: Values) => boolean {
    const from = this.at
    const terms = [this.sum()]
    const tests: Array<(a: number, b: number) => boolean> = []
    for (;;) {
      const symbol = this.takes("<", "<=", ">", ">=")
      if (symbol === undefined) break
      tests.push(comparisons.get(symbol)!)
      terms.push(this.sum())
    }
    if (tests.length === 0) this.fail("a comparison (<, <=, >, >=)")
    const places = this.tokens.slice(from, this.at).flatMap((token, index, all) => {
      const isCall = token.kind === "name" && functions.has(token.text) && all[index + 1]?.text === "("
      return token.kind === "quoted" || (token.kind === "name" && !isCall) ? [this.placeOf(token.text)] : []
    })
    return (values) => {
      if (places.some((place) => values[place] === undefined)) return true
      return tests.every((test, index) => test(terms[index]!(values), terms[index + 1]!(values)))
    }
  }

  sum(): Term {
    let left = this.product()
    for (;;) {
      const symbol = this.takes("+", "-")
      if (symbol === undefined) return left
      const [a, b] = [left, this.product()]
      left = symbol === "+" ? (values) => a(values) + b(values) : (values) => a(values) - b(values)
    }
  }

  product(): Term {
    let left = this.signed()
    for (;;) {
      const symbol = this.takes("*", "/")
      if (symbol === undefined) return left
      const [a, b] = [left, this.signed()]
      left = symbol === "*" ? (values) => a(values) * b(values) : (values) => a(values) / b(values)
    }
  }

  signed(): Term {
    const symbol = this.takes("+", "-")
    if (symbol === undefined) return this.power()
    const term = this.nested(() => this.signed())
    return symbol === "-" ? (values) => -term(values) : term
  }

  power(): Term {
    const base = this.atom()
    if (this.takes("^") === undefined) return base
    const exponent = this.nested(() => this.signed())
    return (values) => base(values) ** exponent(values)
  }

  atom(): Term {
    const token = this.tokens[this.at]
    if (token === undefined) return this.fail("a number or a name")
    if (this.takes("(") !== undefined) return this.closing(() => this.sum())
    if (token.kind === "symbol") return this.fail("a number or a name")
    this.at++
    if (token.kind === "number") {
      const value = Number(token.text)
      return () => value
    }
    if (token.kind === "name" && functions.has(token.text) && this.takes("(") !== undefined)
      return this.call(token.text)
    const place = this.placeOf(token.text)
    return (values) => values[place] ?? Number.NaN
  }

  call(name: string): Term {
    const { least, most, of } = functions.get(name)!
    const terms = this.closing(() => {
      const all = [this.sum()]
      while (this.takes(",") !== undefined) all.push(this.sum())
      return all
    })
    if (terms.length < least || terms.length > most) {
      throw new Unreadable(
        `gives ${name} ${terms.length} arguments; it takes ${least === most ? least : `${least} to ${most}`}`
      )
    }
    return (values) => of(...terms.map((term) => term(values)))
  }

  closing<A>(read: () => A): A {
    const inside = this.nested(read)
    if (this.takes(")") === undefined) this.fail(`")"`)
    return inside
  }

  nested<A>(read: () => A): A {
    if (++this.depth > DEPTH_MAX) throw new Unreadable(`goes deeper than ${DEPTH_MAX} levels`)
    const inside = read()
    this.depth--
    return inside
  }
}

/** Reads a text. `placeOf` gives the place of a numeric variable, or the sentence why there is none. */
export const parse = (
  text: string,
  placeOf: (name: string) => Result.Result<number, string>
): Result.Result<Constraint, string> => {
  if (text.length > TEXT_MAX) return Result.fail(`has ${text.length} characters, more than ${TEXT_MAX}`)
  return Result.flatMap(tokens(text), (found) => {
    const reader = new Reader(found, (name) =>
      Result.getOrThrowWith(placeOf(name), (problem) => new Unreadable(problem))
    )
    try {
      return Result.succeed({ text, holds: reader.conjunction() })
    } catch (error) {
      if (error instanceof Unreadable) return Result.fail(error.message)
      throw error
    }
  })
}
