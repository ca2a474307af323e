/** `docs/limits.md` says the numbers that the sources set. */
import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"

const read = (url: URL) => readFileSync(url, "utf8")
const document = new URL("../../../docs/limits.md", import.meta.url)

const units = new Map([
  ["KiB", 1024],
  ["MiB", 1024 ** 2],
  ["ms", 1]
])

/** The number in a cell, for example "16 KiB". */
const said = (cell: string): number => {
  const [, digits, unit] = /^([\d,]+)(?: (\S+))?$/.exec(cell) ?? []
  const factor = unit === undefined ? 1 : units.get(unit)
  assert.isDefined(digits, `"${cell}" is no number`)
  assert.isDefined(factor, `"${cell}" has no known unit`)
  return Number(digits!.replaceAll(",", "")) * factor!
}

/** Every number that a source gives to a name: as its value, its default, or the fallback of its bounds. */
const set = (source: string, name: string): ReadonlyArray<number> => {
  const product = String.raw`(\d[\d_]*(?:\s*\*\s*\d[\d_]*)*)`
  const forms = [
    String.raw`\b${name}\b\s*(?:=|\?\?|:|\()\s*${product}`,
    String.raw`\b${name}\b[^}]*?\bfallback:\s*${product}`,
    String.raw`\bbounds = \{[^}]*\bfallback:\s*${product}\s*\}.*\n.*\b${name}\b`
  ]
  return forms.flatMap((form) => [...source.matchAll(new RegExp(form, "g"))].map(([, text]) => valueOf(text!)))
}

const valueOf = (product: string): number =>
  product.split("*").reduce((value, factor) => value * Number(factor.trim().replaceAll("_", "")), 1)

const rows = read(document)
  .split("\n")
  .flatMap((line) => {
    const cells = line.split("|").map((cell) => cell.trim())
    const [, name, path] = /^\[`(\w+)`\]\((\S+)\)$/.exec(cells[4] ?? "") ?? []
    return name === undefined ? [] : [{ what: cells[1]!, limit: cells[2]!, answer: cells[3]!, name, path: path! }]
  })

describe("the table of limits", () => {
  it("has a constant and a file in every row", () => {
    const lines = read(document)
      .split("\n")
      .filter((line) => /^\| (?!what|---)/.test(line))
    assert.strictEqual(rows.length, lines.length)
    assert.isAbove(rows.length, 40)
  })

  it.each(rows)("$what: $limit", ({ answer, limit, name, path }) => {
    const source = read(new URL(path, document))
    const numbers = set(source, name)
    assert.include(numbers, said(limit), `${name} in ${path} is ${numbers.join(" or ") || "not set"}`)
    assert.notStrictEqual(answer, "")
  })

  it("names errors that exist", () => {
    const tags = new Set(rows.flatMap(({ answer }) => [...answer.matchAll(/`([A-Z]\w+)`/g)].map(([, tag]) => tag!)))
    assert.deepStrictEqual(
      [...tags].filter((tag) => !declared(tag)),
      []
    )
  })
})

/** The sources that a row links to, and the modules of their errors, declare the tag. */
const declared = (tag: string): boolean =>
  errorSources.some((source) => source.includes(`"${tag}"`) || source.includes(`${tag}: {`))

const errorFiles = [
  "economics/src/exchange/Exchange.ts",
  "economics/src/input/Refusal.ts",
  "foundation/src/BackendError.ts",
  "foundation/src/process/ProcessError.ts",
  "foundation/src/process/SupervisorError.ts",
  "foundation/src/registry/ProcessRegistryError.ts",
  "foundation/src/events/Event.ts",
  "foundation/src/events/EventRequest.ts",
  "mabeam/src/variables/VariablesError.ts",
  "optimize/src/study/Command.ts"
].map((file) => new URL(`../../${file}`, import.meta.url))
const errorSources = [...errorFiles, ...rows.map(({ path }) => new URL(path, document))].map(read)
