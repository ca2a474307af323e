/**
 * When a conditional variable is active: a conjunction of comparisons with variables declared earlier, in one notation for
 * programs and files.
 *
 *     optimizer = sgd and layers >= 2 and activation in (relu, "leaky relu")
 *
 * Operators are `=`, `!=`, `<`, `<=`, `>`, `>=` and `in (…)`. Names and words that hold spaces or operators are quoted
 * with `"` or `'`. Numbers compare with numeric variables, `true` and `false` with boolean ones, words with choices.
 *
 * **Guarantees** `parse(print(c))` gives `c`. A clause over an inactive variable is false, whatever its operator, so a
 * variable is only ever active under active ones.
 *
 * **Does not guarantee** That a condition can be met at all: `x < 0` over a variable from 1 to 2 is legal and never true.
 *
 * @since 0.1.0
 */
import { Result } from "effect"

/** Comparison operators of a clause. */
export type Operator = "=" | "!=" | "<" | "<=" | ">" | ">=" | "in"

/** A word of the text: the raw characters, and whether quotes forbid reading it as a number or boolean. */
export interface Literal {
  readonly text: string
  readonly quoted: boolean
}

/** `name op literal`; only `in` has other than one literal. */
export interface Clause {
  readonly name: string
  readonly operator: Operator
  readonly literals: ReadonlyArray<Literal>
}

/** All clauses must hold. */
export type Condition = ReadonlyArray<Clause>

type Token = { readonly kind: "word"; readonly literal: Literal } | { readonly kind: "symbol"; readonly text: string }

const TOKEN = /\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(!=|<=|>=|=|<|>|\(|\)|,)|([^\s=!<>(),"']+))/y

const tokens = (text: string): Result.Result<ReadonlyArray<Token>, string> => {
  const found: Array<Token> = []
  const source = text.trimEnd()
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < source.length) {
    const at = TOKEN.lastIndex
    const match = TOKEN.exec(source)
    if (match === null) return Result.fail(`cannot read it from character ${at + 1} on`)
    const [, double, single, symbol, word] = match
    const quoted = double ?? single
    if (quoted !== undefined) {
      found.push({ kind: "word", literal: { text: quoted.replace(/\\(.)/gs, "$1"), quoted: true } })
    } else if (symbol !== undefined) found.push({ kind: "symbol", text: symbol })
    else if (word !== undefined) found.push({ kind: "word", literal: { text: word, quoted: false } })
  }
  return Result.succeed(found)
}

const OPERATORS: ReadonlySet<string> = new Set(["=", "!=", "<", "<=", ">", ">="])
const isOperator = (text: string): text is Operator => OPERATORS.has(text)

/** Reads the tokens one clause at a time; a failure is the sentence that the error shows. */
class Reader {
  readonly tokens: ReadonlyArray<Token>
  at = 0
  constructor(tokens: ReadonlyArray<Token>) {
    this.tokens = tokens
  }
  get done() {
    return this.at >= this.tokens.length
  }
  word(): Literal | undefined {
    const token = this.tokens[this.at]
    if (token?.kind !== "word") return undefined
    this.at++
    return token.literal
  }
  symbol(): string | undefined {
    const token = this.tokens[this.at]
    if (token?.kind !== "symbol") return undefined
    this.at++
    return token.text
  }
}

const readClause = (reader: Reader): Result.Result<Clause, string> => {
  const name = reader.word()
  if (name === undefined) return Result.fail("expects the name of a variable")
  const operator = reader.symbol()
  if (operator === undefined) {
    const word = reader.word()
    return word !== undefined && !word.quoted && word.text === "in"
      ? readList(reader, name.text)
      : Result.fail(`expects an operator after "${name.text}"`)
  }
  if (!isOperator(operator)) return Result.fail(`expects an operator after "${name.text}", not "${operator}"`)
  const literal = reader.word()
  if (literal === undefined) return Result.fail(`expects a value after "${name.text} ${operator}"`)
  return Result.succeed({ name: name.text, operator, literals: [literal] })
}

const readList = (reader: Reader, name: string): Result.Result<Clause, string> => {
  const literals: Array<Literal> = []
  if (reader.symbol() !== "(") return Result.fail(`expects "(" after "${name} in"`)
  for (;;) {
    const literal = reader.word()
    if (literal === undefined) return Result.fail(`expects a value in the list after "${name} in"`)
    literals.push(literal)
    const next = reader.symbol()
    if (next === ")") return Result.succeed({ name, operator: "in", literals })
    if (next !== ",") return Result.fail(`expects "," or ")" in the list after "${name} in"`)
  }
}

/** Reads the notation; the failure says what is wrong and where. */
export const parse = (text: string): Result.Result<Condition, string> =>
  Result.gen(function* () {
    const reader = new Reader(yield* tokens(text))
    const clauses: Array<Clause> = []
    for (;;) {
      clauses.push(yield* readClause(reader))
      if (reader.done) return clauses
      const joint = reader.word()
      if (joint === undefined || joint.quoted || joint.text !== "and") {
        return yield* Result.fail(`expects "and" or the end after the clause on "${clauses.at(-1)!.name}"`)
      }
    }
  })

const BARE = /^[^\s=!<>(),"']+$/

const printText = (literal: Literal): string =>
  literal.quoted || !BARE.test(literal.text) ? `"${literal.text.replace(/["\\]/g, "\\$&")}"` : literal.text

const printName = (name: string) => printText({ text: name, quoted: false })

const printClause = ({ name, operator, literals }: Clause): string => {
  const values = literals.map(printText).join(", ")
  return operator === "in" ? `${printName(name)} in (${values})` : `${printName(name)} ${operator} ${values}`
}

/** Writes the notation. */
export const print = (condition: Condition): string => condition.map(printClause).join(" and ")
