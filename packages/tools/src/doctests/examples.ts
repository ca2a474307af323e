/**
 * Finds the examples of the repository: `ts` fences of Markdown files and of doc comments, and the programs in
 * `docs/examples`.
 *
 * **Guarantees** An example keeps the line it starts at, so that a failure can be shown where it was written.
 *
 * **Does not guarantee** Anything about other fences (`sh`, `json`, `text`) or about fences in doc comments without an
 * `**Example**` marker before them.
 *
 * @since 0.1.0
 */
import { parseSync } from "oxc-parser"
import { lineAt } from "../imports.ts"
import * as Workspace from "../workspace.ts"

/** A program found in a document. */
export interface Example {
  /** The document, from the root. */
  readonly path: string
  /** The document's line that holds the first line of `code`, counted from 1. */
  readonly line: number
  readonly code: string
  /** False for fences marked `no-run`, which are type-checked only. */
  readonly run: boolean
}

/** The `ts` fences of a Markdown file. Throws on a fence that does not end or has an unknown mark. */
export const fromMarkdown = ({ path, text }: Workspace.SourceFile): ReadonlyArray<Example> =>
  fencesIn(path, text.split("\n"), 1)

/** The `ts` fences that follow an `**Example**` marker in the doc comments of a TypeScript file. */
export const fromSource = ({ path, text }: Workspace.SourceFile): ReadonlyArray<Example> =>
  parseSync(path, text)
    .comments.filter((comment) => comment.type === "Block" && comment.value.startsWith("*"))
    .flatMap((comment) => {
      const lines = comment.value.split("\n").map((line) => line.replace(/^\s*\* ?/, ""))
      const marker = lines.findIndex((line) => line.includes("**Example**"))
      return marker === -1 ? [] : fencesIn(path, lines.slice(marker), lineAt(text, comment.start) + marker)
    })

/** Every example of the repository, in order of path and line. */
export const all = (): ReadonlyArray<Example> => [
  ...markdownFiles().flatMap((path) => fromMarkdown(Workspace.read(path))),
  ...Workspace.filesUnder("docs/examples", ".ts").map((path): Example => ({
    path,
    line: 1,
    code: Workspace.read(path).text,
    run: true
  })),
  ...Workspace.packages()
    .flatMap(({ folder }) => Workspace.filesUnder(`${folder}/src`, ".ts"))
    .flatMap((path) => fromSource(Workspace.read(path)))
]

/** The documents at the root, every README, and everything under `docs`. */
const markdownFiles = (): ReadonlyArray<string> =>
  Workspace.filesUnder("", ".md").filter(
    (path) => !path.includes("/") || path.endsWith("/README.md") || path.startsWith("docs/")
  )

const fencesIn = (path: string, lines: ReadonlyArray<string>, firstLine: number): ReadonlyArray<Example> => {
  const examples: Array<Example> = []
  for (let at = 0; at < lines.length; at++) {
    const open = /^(\s*)(`{3,})(.*)$/.exec(lines[at] ?? "")
    if (open === null) continue
    const [, indent = "", ticks = "", info = ""] = open
    const end = lines.findIndex((line, index) => index > at && line.trim() === ticks)
    const line = firstLine + at
    if (end === -1) throw new Error(`${path}:${line} the fence has no end`)
    const [language, ...marks] = info.trim().split(/\s+/)
    if (language === "ts") {
      const unknown = marks.find((mark) => mark !== "no-run")
      if (unknown !== undefined) throw new Error(`${path}:${line} unknown mark "${unknown}"; only no-run is known`)
      const code = lines.slice(at + 1, end).map((it) => (it.startsWith(indent) ? it.slice(indent.length) : it))
      examples.push({ path, line: line + 1, code: code.join("\n"), run: marks.length === 0 })
    }
    at = end
  }
  return examples
}
