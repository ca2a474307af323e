/**
 * Who may import whom. Dependencies point down: Foundation knows nothing of MABEAM, mechanisms know nothing of agents,
 * and only the apps choose backends.
 *
 * **Guarantees** Every module named in the sources of the packages and apps is held against the table below, the
 * manifests' `exports` and the folders; a package without a row is itself a violation.
 *
 * **Does not guarantee** That a permitted import is a good idea, or anything about a target computed at run time: in a
 * package such an import is refused.
 *
 * @since 0.1.0
 */
import { posix } from "node:path"
import * as Imports from "./imports.ts"
import * as Workspace from "./workspace.ts"

/** What the sources of one package may name. */
export interface Rule {
  /** Workspace packages; `"packages"` stands for all that are not apps. */
  readonly workspace: ReadonlyArray<string> | "packages"
  /** Packages from the registry (subpaths included) and `node:` modules; `"any"` for no limit. */
  readonly external: ReadonlyArray<string> | "any"
  /**
   * Which `layer…` members of Foundation may be used. All of them only where backends meet services; `layerMemory` also by
   * a package that offers a complete memory layer of its own.
   */
  readonly foundationLayers: "all" | "memory" | "none"
}

const optimizeAndBelow = ["@foundation/core"]
const mabeamAndBelow = ["@foundation/core", "@mabeam/economics", "@mabeam/optimize"]
const apiAndBelow = [...mabeamAndBelow, "@mabeam/core"]
const everything = { workspace: "packages", external: "any", foundationLayers: "all" } as const

/** One row per package. */
export const table: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ["@foundation/core", { workspace: [], external: ["effect"], foundationLayers: "all" }],
  [
    "@foundation/sql",
    {
      workspace: ["@foundation/core"],
      external: ["effect", "@effect/sql-pg", "@effect/sql-sqlite-node"],
      foundationLayers: "all"
    }
  ],
  [
    "@foundation/cluster",
    {
      workspace: ["@foundation/core"],
      external: ["effect", "@effect/platform-node"],
      foundationLayers: "all"
    }
  ],
  [
    "@mabeam/economics",
    {
      workspace: [],
      external: ["effect", "@noble/hashes", "fraction.js", "node:worker_threads"],
      foundationLayers: "none"
    }
  ],
  [
    "@mabeam/optimize",
    { workspace: optimizeAndBelow, external: ["effect", "ml-matrix", "node:sqlite"], foundationLayers: "memory" }
  ],
  ["@mabeam/core", { workspace: mabeamAndBelow, external: ["effect"], foundationLayers: "none" }],
  ["@mabeam/bridge", { workspace: apiAndBelow, external: "any", foundationLayers: "none" }],
  ["@mabeam/api", { workspace: apiAndBelow, external: "any", foundationLayers: "none" }],
  ["@foundation/tools", everything],
  ["@apps/demo", everything],
  ["@apps/cli", everything],
  ["@apps/dashboard", everything]
])

/** Pairs of apps where the first may import the second. */
const appsThatShare = new Set(["@apps/cli @apps/demo"])

/** What `src/testing` may name beyond its package's row: suites are written against the test runner. */
const testingExternals = ["@effect/vitest", "vitest"]

/** A broken rule. */
export interface Violation {
  readonly path: string
  readonly line: number
  readonly because: string
}

/** Holds `files` against the table. */
export const check = (
  files: ReadonlyArray<Workspace.SourceFile>,
  packages: ReadonlyArray<Workspace.Package>
): ReadonlyArray<Violation> =>
  files.flatMap((file) => {
    const home = packages.find(({ folder }) => file.path.startsWith(`${folder}/`))
    if (home === undefined) return [{ path: file.path, line: 1, because: "belongs to no package" }]
    const uses = Imports.read(file.path, file.text)
    return [
      ...uses.imports.flatMap((it) => at(file, it.line, judgeImport(file.path, it, home, packages))),
      ...uses.members.flatMap((it) => at(file, it.line, judgeMember(file.path, it, home))),
      ...namesMabeam(file, home)
    ]
  })

/** Holds the whole repository against the table. */
export const checkRepository = (): ReadonlyArray<Violation> => {
  const packages = Workspace.packages()
  const files = packages.flatMap(({ folder }) =>
    ["src", "test", "bench"].flatMap((part) =>
      [".ts", ".tsx", ".js", ".mjs"].flatMap((suffix) => Workspace.filesUnder(`${folder}/${part}`, suffix))
    )
  )
  return check(files.map(Workspace.read), packages)
}

const at = (file: Workspace.SourceFile, line: number, because: string | undefined): ReadonlyArray<Violation> =>
  because === undefined ? [] : [{ path: file.path, line, because }]

/** Tests and benches compose what they like; the table is about `src/`. */
const isSource = (path: string, home: Workspace.Package): boolean => path.startsWith(`${home.folder}/src/`)

const isApp = (name: string): boolean => name.startsWith("@apps/")

/** `@scope/name` of `@scope/name/sub`, `effect` of `effect/sql`; built-in modules stay whole. */
const packageOf = (specifier: string): string =>
  specifier.startsWith("node:")
    ? specifier
    : specifier
        .split("/")
        .slice(0, specifier.startsWith("@") ? 2 : 1)
        .join("/")

const judgeImport = (
  path: string,
  it: Imports.Import,
  home: Workspace.Package,
  packages: ReadonlyArray<Workspace.Package>
): string | undefined => {
  if (it.kind === "computed") {
    return home.folder.startsWith("packages/") && home.manifest.name !== "@foundation/tools" && isSource(path, home)
      ? "an import whose target is computed cannot be checked: name the module"
      : undefined
  }
  if (it.specifier.startsWith(".") || it.kind === "url") return judgeRelative(path, it.specifier, home)
  if (it.specifier.startsWith("/") || it.specifier.startsWith("file:")) return `"${it.specifier}" is an absolute path`
  const name = packageOf(it.specifier)
  const target = packages.find(({ manifest }) => manifest.name === name)
  return target === undefined ? judgeExternal(path, name, home) : judgeWorkspace(path, it.specifier, target, home)
}

const judgeRelative = (path: string, specifier: string, home: Workspace.Package): string | undefined => {
  const target = posix.join(posix.dirname(path), specifier)
  if (!target.startsWith(`${home.folder}/`)) return `"${specifier}" leaves the package: import it by name`
  return isSource(path, home) && !isSource(target, home) ? `"${specifier}" leaves src/` : undefined
}

const judgeExternal = (path: string, name: string, home: Workspace.Package): string | undefined => {
  if (!isSource(path, home)) return undefined
  const rule = table.get(home.manifest.name)
  if (rule === undefined) return `${home.manifest.name} has no row in the table of boundaries`
  if (rule.external === "any" || rule.external.includes(name)) return undefined
  if (path.startsWith(`${home.folder}/src/testing/`) && isForTesting(name)) return undefined
  return `${home.manifest.name} may not import "${name}"`
}

const isForTesting = (name: string): boolean => testingExternals.includes(name) || name.startsWith("node:")

const judgeWorkspace = (
  path: string,
  specifier: string,
  target: Workspace.Package,
  home: Workspace.Package
): string | undefined => {
  const name = target.manifest.name
  if (isApp(name) && name !== home.manifest.name && !appsThatShare.has(`${home.manifest.name} ${name}`)) {
    return `${name} is an app and is not imported`
  }
  const subpath = `.${specifier.slice(name.length)}`
  if (!target.manifest.exports.includes(subpath)) {
    return `"${specifier}" is not exported by ${name} (it exports ${target.manifest.exports.join(", ") || "nothing"})`
  }
  if (!isSource(path, home)) return undefined
  const rule = table.get(home.manifest.name)
  if (rule === undefined) return `${home.manifest.name} has no row in the table of boundaries`
  if (name === home.manifest.name) return `"${specifier}" is this package: import the file`
  if (isApp(name) || rule.workspace === "packages" || rule.workspace.includes(name)) return undefined
  return `${home.manifest.name} may not import ${name}`
}

const judgeMember = (path: string, it: Imports.MemberUse, home: Workspace.Package): string | undefined => {
  const allowed = table.get(home.manifest.name)?.foundationLayers ?? "none"
  if (!isSource(path, home) || allowed === "all") return undefined
  const name = it.members.find((member) => /^layer([A-Z]|$)/.test(member))
  if (name === "layerMemory" && allowed === "memory") return undefined
  if (!it.specifier.startsWith("@foundation/") || name === undefined) return undefined
  return `${it.members.join(".")} of ${it.specifier}: the app chooses layers, ask for the service by its tag`
}

/** Foundation names MABEAM nowhere, not even in a comment: it must be usable and readable alone. */
const namesMabeam = (file: Workspace.SourceFile, home: Workspace.Package): ReadonlyArray<Violation> => {
  if (!home.manifest.name.startsWith("@foundation/") || home.manifest.name === "@foundation/tools") return []
  const offset = file.text.indexOf("@mabeam")
  return offset === -1 ? [] : at(file, Imports.lineAt(file.text, offset), "Foundation never names @mabeam")
}
