/**
 * Rewrites an example so that each `// => text` reports what was there.
 *
 * A comment on a line where a statement ends, or on the lines directly below, belongs to that statement. When the
 * statement mentions `console.log` or `Console.log`, the lines it prints are compared, one comment for each; otherwise
 * the value of its expression, of its last initializer or of what it returns is, and several comments are one text.
 *
 * **Guarantees** Lines stay where they are, and the program does what it did before.
 *
 * **Does not guarantee** Positions within a line.
 *
 * @since 0.1.0
 */
import { parseSync } from "oxc-parser"
import { isNode, lineAt, walk } from "../imports.ts"
import type { Node } from "../imports.ts"

/** What one place of an example must give. */
export interface Expectation {
  readonly kind: "value" | "print"
  /** Line within the example, counted from 1. */
  readonly line: number
  /** For `print` the lines, for `value` one text. */
  readonly expected: ReadonlyArray<string>
}

/** A rewritten example; expectations are known to the code by their index. */
export interface Instrumented {
  readonly code: string
  readonly expectations: ReadonlyArray<Expectation>
}

/** The name under which the rewritten code finds its recorder. */
export const recorder = "__doctest"

interface Edit {
  readonly at: number
  readonly until: number
  readonly text: string
}

interface Annotation {
  readonly statement: Node
  readonly line: number
  readonly texts: Array<string>
}

/**
 * Rewrites `code`. Throws, with the line within the example, when it does not parse or when a `// =>` has nothing to
 * compare.
 */
export const instrument = (code: string): Instrumented => {
  const { comments, errors, program } = parseSync("example.ts", code)
  const first = errors[0]
  if (first !== undefined) throw new ExampleError(lineAt(code, first.labels[0]?.start ?? 0), first.message)
  const statements: Array<Node> = []
  walk(program, (node) => {
    if (/Statement$|Declaration$/.test(node.type) && node.type !== "BlockStatement") statements.push(node)
  })
  const annotations: Array<Annotation> = []
  for (const comment of comments) {
    const text = comment.type === "Line" ? /^ ?=>\s?(.*)$/.exec(comment.value)?.[1]?.trim() : undefined
    if (text === undefined) continue
    const line = lineAt(code, comment.start)
    const statement = statementBefore(code, statements, comment.start)
    if (statement === undefined) throw new ExampleError(line, '"// =>" must follow the end of a statement')
    const previous = annotations.at(-1)
    if (previous?.statement === statement) previous.texts.push(text)
    else annotations.push({ statement, line, texts: [text] })
  }
  const edits: Array<Edit> = []
  const expectations = annotations.map((it, id) => expect(code, it, id, edits))
  return { code: apply(code, edits), expectations }
}

/** What is wrong with an example, and where in it. */
export class ExampleError extends Error {
  readonly line: number

  constructor(line: number, message: string) {
    super(message)
    this.line = line
  }
}

/** The innermost statement that ends before `offset` with nothing but blanks and earlier `// =>` lines in between. */
const statementBefore = (code: string, statements: ReadonlyArray<Node>, offset: number): Node | undefined => {
  let best: Node | undefined
  for (const node of statements) {
    if (node.end > offset) continue
    const between = code.slice(node.end, offset).replace(/[^\S\n]*\/\/ ?=>.*\n?/g, "")
    if (!/^[\s;]*$/.test(between) || /\n[^\S\n]*\n/.test(between)) continue
    if (best === undefined || node.start >= best.start) best = node
  }
  return best
}

const expect = (code: string, annotation: Annotation, id: number, edits: Array<Edit>): Expectation => {
  const { line, statement, texts } = annotation
  const prints: Array<Node> = []
  walk(statement, (node) => {
    const text = node.type === "MemberExpression" ? code.slice(node.start, node.end) : ""
    if (text === "console.log" || text === "Console.log") prints.push(node)
  })
  if (prints.length > 0) {
    for (const node of prints) {
      const method = code.startsWith("C", node.start) ? "printEffect" : "print"
      edits.push({ at: node.start, until: node.end, text: `${recorder}.${method}(${id})` })
    }
    return { kind: "print", line, expected: texts }
  }
  const value = valueOf(statement)
  if (value === undefined) throw new ExampleError(line, '"// =>" must follow an expression, an initializer or a return')
  edits.push({ at: value.start, until: value.start, text: `${recorder}.value(${id}, (` })
  edits.push({ at: value.end, until: value.end, text: "))" })
  return { kind: "value", line, expected: [texts.join(" ")] }
}

const valueOf = (statement: Node): Node | undefined => {
  const part = (value: unknown): Node | undefined => (isNode(value) ? value : undefined)
  switch (statement.type) {
    case "ExpressionStatement":
      return part(statement["expression"])
    case "ReturnStatement":
      return part(statement["argument"])
    case "VariableDeclaration": {
      const last: unknown = Array.isArray(statement["declarations"]) ? statement["declarations"].at(-1) : undefined
      return isNode(last) ? part(last["init"]) : undefined
    }
    case "ExportNamedDeclaration": {
      const declaration = part(statement["declaration"])
      return declaration === undefined ? undefined : valueOf(declaration)
    }
    default:
      return undefined
  }
}

/** Edits of one statement never overlap, but one statement may lie within another: insert from the back. */
const apply = (code: string, edits: ReadonlyArray<Edit>): string =>
  edits
    .toSorted((a, b) => b.at - a.at || b.until - a.until)
    .reduce((text, edit) => text.slice(0, edit.at) + edit.text + text.slice(edit.until), code)
