/**
 * Writes the `src/index.ts` of every published package from its public modules, or with `--check` says which are stale.
 *
 * A public module is a file of `src/` named in PascalCase, outside the folders `internal` and `testing`. Readers get each
 * one as a namespace: `import { Locks } from "@foundation/core"`.
 *
 * **Guarantees** The barrel depends on the names of the files alone and is sorted by path, so two people who add a
 * module get the same file. Two modules of one name are refused rather than shadowed.
 *
 * **Does not guarantee** Anything about `src/testing/index.ts`: that one is written by hand.
 *
 * @since 0.1.0
 */
import * as fs from "node:fs"
import * as path from "node:path"
import * as Workspace from "./workspace.ts"

/** A package's barrel: where it stands and what it should hold. */
export interface Barrel {
  readonly path: string
  readonly text: string
}

/** Whether a path inside `src/` is a public module. */
export const isPublic = (file: string): boolean => {
  const parts = file.split("/")
  const name = parts.at(-1) ?? ""
  if (parts.includes("internal") || parts.includes("testing")) return false
  return /^[A-Z][A-Za-z0-9]*\.ts$/.test(name)
}

/**
 * The barrel of the modules at `files`, which are paths inside `src/`. Throws when two share a name, because one of them
 * could not be reached.
 */
export const render = (files: ReadonlyArray<string>): string => {
  const byName = new Map<string, string>()
  for (const file of files.filter(isPublic).toSorted()) {
    const name = path.posix.basename(file, ".ts")
    const other = byName.get(name)
    if (other !== undefined) throw new Error(`"${other}" and "${file}" would both be exported as ${name}: rename one`)
    byName.set(name, file)
  }
  return [...byName].map(([name, file]) => `export * as ${name} from "./${file}"\n`).join("")
}

/** The barrels of all published packages that have a `src/` folder and export `.`. */
export const all = (): ReadonlyArray<Barrel> =>
  Workspace.packages()
    .filter((it) => !it.manifest.private && it.manifest.exports.includes("."))
    .flatMap(({ folder }): ReadonlyArray<Barrel> => {
      const files = Workspace.filesUnder(`${folder}/src`, ".ts").map((file) => file.slice(`${folder}/src/`.length))
      return files.length === 0 ? [] : [{ path: `${folder}/src/index.ts`, text: render(files) }]
    })

/** The paths of the barrels that differ from what `all` gives. */
export const stale = (): ReadonlyArray<string> =>
  all()
    .filter((barrel) => {
      const file = path.join(Workspace.root, barrel.path)
      return !fs.existsSync(file) || fs.readFileSync(file, "utf8") !== barrel.text
    })
    .map((barrel) => barrel.path)

const main = (args: ReadonlyArray<string>): number => {
  const unknown = args.filter((arg) => arg !== "--check")
  if (unknown.length > 0) {
    console.error(`unknown argument ${unknown.join(" ")}; use --check or nothing`)
    return 2
  }
  const paths = stale()
  if (args.includes("--check")) {
    for (const file of paths) console.error(`${file} is stale: run the script "barrels"`)
    return paths.length === 0 ? 0 : 1
  }
  for (const barrel of all().filter((it) => paths.includes(it.path))) {
    fs.writeFileSync(path.join(Workspace.root, barrel.path), barrel.text)
    console.log(`wrote ${barrel.path}`)
  }
  return 0
}

if (import.meta.main) process.exitCode = main(process.argv.slice(2))
