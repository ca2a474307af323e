import { assert, describe, it } from "@effect/vitest"
import * as Boundaries from "../src/boundaries.ts"
import type { Package } from "../src/workspace.ts"

const named = (folder: string, name: string, exports: ReadonlyArray<string> = ["."]): Package => ({
  folder,
  manifest: { name, private: false, exports }
})

const packages = [
  named("packages/foundation", "@foundation/core", [".", "./testing"]),
  named("packages/foundation-sql", "@foundation/sql"),
  named("packages/economics", "@mabeam/economics"),
  named("packages/optimize", "@mabeam/optimize"),
  named("packages/mabeam", "@mabeam/core"),
  named("packages/tools", "@foundation/tools", []),
  named("packages/new", "@mabeam/new"),
  named("apps/demo", "@apps/demo"),
  named("apps/cli", "@apps/cli", [])
]

/** The reasons given for one planted file. */
const reasons = (path: string, text: string): ReadonlyArray<string> =>
  Boundaries.check([{ path, text }], packages).map((it) => it.because)

describe("boundaries", () => {
  it("the repository keeps them", () => {
    const found = Boundaries.checkRepository().map(({ because, line, path }) => `${path}:${line} ${because}`)
    assert.deepStrictEqual(found, [])
  })

  const refused: ReadonlyArray<readonly [rule: string, path: string, text: string, because: RegExp]> = [
    ["Foundation imports only effect", "packages/foundation/src/a/X.ts", 'import pg from "pg"', /may not import "pg"/],
    [
      "Foundation imports no Node module",
      "packages/foundation/src/a/X.ts",
      'import "node:fs"',
      /may not import "node:fs"/
    ],
    [
      "Foundation knows no backend",
      "packages/foundation/src/a/X.ts",
      'import type { S } from "@foundation/sql"',
      /@foundation\/core may not import @foundation\/sql/
    ],
    [
      "Foundation names @mabeam in no comment",
      "packages/foundation/src/a/X.ts",
      "// used by @mabeam/core\nexport {}",
      /never names/
    ],
    [
      "Foundation names @mabeam in no test",
      "packages/foundation/test/X.test.ts",
      'import { Variables } from "@mabeam/core"',
      /never names/
    ],
    [
      "backends know no MABEAM",
      "packages/foundation-sql/src/X.ts",
      'export * from "@mabeam/core"',
      /may not import @mabeam\/core/
    ],
    [
      "economics stands alone",
      "packages/economics/src/X.ts",
      'import { Process } from "@foundation/core"',
      /may not import @foundation\/core/
    ],
    [
      "a worker entry point is an import too",
      "packages/economics/src/X.ts",
      'new Worker(new URL("../../optimize/src/w.ts", import.meta.url))',
      /leaves the package/
    ],
    [
      "dynamic imports count",
      "packages/economics/src/X.ts",
      'const m = await import("@mabeam/optimize")',
      /may not import @mabeam\/optimize/
    ],
    [
      "import types count",
      "packages/economics/src/X.ts",
      'export type A = import("@mabeam/optimize").A',
      /may not import @mabeam\/optimize/
    ],
    [
      "resolving a module counts",
      "packages/economics/src/X.ts",
      'import.meta.resolve("@mabeam/optimize")',
      /may not import @mabeam\/optimize/
    ],
    [
      "computed imports are refused",
      "packages/economics/src/X.ts",
      "const m = await import(name)",
      /cannot be checked/
    ],
    [
      "optimization knows no agents",
      "packages/optimize/src/X.ts",
      'import { Agents } from "@mabeam/core"',
      /may not import @mabeam\/core/
    ],
    [
      "MABEAM knows no backend",
      "packages/mabeam/src/X.ts",
      'import { SqlEventStore } from "@foundation/sql"',
      /may not import @foundation\/sql/
    ],
    [
      "internals of another package are closed",
      "packages/mabeam/src/X.ts",
      'import { q } from "@foundation/core/internal/queue"',
      /is not exported by @foundation\/core \(it exports \., \.\/testing\)/
    ],
    [
      "deep paths are closed to tests as well",
      "packages/mabeam/test/X.test.ts",
      'import { q } from "@foundation/core/src/process/Mailbox.ts"',
      /is not exported/
    ],
    [
      "packages are imported by name",
      "packages/mabeam/test/X.test.ts",
      'import { q } from "../../foundation/src/index.ts"',
      /leaves the package: import it by name/
    ],
    ["sources do not import their tests", "packages/mabeam/src/X.ts", 'import { q } from "../test/q.ts"', /leaves src/],
    [
      "a package does not import itself by name",
      "packages/mabeam/src/X.ts",
      'import "@mabeam/core"',
      /import the file/
    ],
    ["apps are not imported by packages", "packages/tools/src/x.ts", 'import { main } from "@apps/demo"', /is an app/],
    ["the demo does not import the command", "apps/demo/src/x.ts", 'import { main } from "@apps/cli"', /is an app/],
    [
      "MABEAM uses no layer of Foundation",
      "packages/mabeam/src/X.ts",
      'import { Locks } from "@foundation/core"\nexport const l = Locks.layerMemory',
      /Locks\.layerMemory of @foundation\/core: the app chooses layers/
    ],
    [
      "not through a namespace of the whole package",
      "packages/mabeam/src/X.ts",
      'import * as F from "@foundation/core"\nexport const l = F.Locks["layer"]',
      /Locks\.layer of/
    ],
    [
      "not by destructuring",
      "packages/mabeam/src/X.ts",
      'import { Locks } from "@foundation/core"\nconst { layer: mine } = Locks',
      /Locks\.layer of/
    ],
    [
      "optimization uses no store of Foundation but memory",
      "packages/optimize/src/X.ts",
      'import { EventStore } from "@foundation/core"\nexport const l = EventStore.layer',
      /EventStore\.layer of/
    ],
    ["a package without a row is refused", "packages/new/src/X.ts", 'import "effect"', /has no row/],
    ["a file outside the packages is refused", "elsewhere/x.ts", "export {}", /belongs to no package/]
  ]
  it.each(refused)("%s", (_rule, path, text, because) => {
    const found = reasons(path, text)
    assert.isTrue(
      found.some((reason) => because.test(reason)),
      `expected ${String(because)}, found ${JSON.stringify(found)}`
    )
  })

  const allowed: ReadonlyArray<readonly [rule: string, path: string, text: string]> = [
    [
      "effect and its subpaths",
      "packages/foundation/src/a/X.ts",
      'import { Effect } from "effect"\nimport "effect/sql"'
    ],
    ["a file of the same package", "packages/foundation/src/a/X.ts", 'import { y } from "../b/internal/y.ts"'],
    ["the runner in published suites", "packages/foundation/src/testing/X.ts", 'import { it } from "@effect/vitest"'],
    ["exact fractions in economics", "packages/economics/src/X.ts", 'import { Fraction } from "fraction.js"'],
    ["an own worker", "packages/economics/src/X.ts", 'new Worker(new URL("./worker.ts", import.meta.url))'],
    ["a data file", "apps/demo/src/x.ts", 'new URL("../data/digits.csv", import.meta.url)'],
    ["a service by tag", "packages/mabeam/src/X.ts", 'import { Locks } from "@foundation/core"\nLocks.Locks'],
    ["layers in tests", "packages/mabeam/test/X.ts", 'import { Locks } from "@foundation/core"\nLocks.layerMemory'],
    ["own layers", "packages/mabeam/src/X.ts", 'import * as V from "./V.ts"\nexport const l = V.layer'],
    ["layers of effect", "packages/mabeam/src/X.ts", 'import { Logger } from "effect"\nexport const l = Logger.layer'],
    ["memory in optimize", "packages/optimize/src/X.ts", 'import { E } from "@foundation/core"\nE.layerMemory'],
    ["backends in an app", "apps/demo/src/x.ts", 'import { S } from "@foundation/sql"\nS.layer'],
    ["the job in the command", "apps/cli/src/x.ts", 'import { main } from "@apps/demo"'],
    ["words in strings and comments", "packages/optimize/src/X.ts", '// import "pg"\nexport const s = `import "pg"`']
  ]
  it.each(allowed)("allows %s", (_rule, path, text) => {
    assert.deepStrictEqual(reasons(path, text), [])
  })

  it("says the line", () => {
    const [found] = Boundaries.check(
      [{ path: "packages/economics/src/X.ts", text: 'import "effect"\n\nimport "pg"\n' }],
      packages
    )
    assert.strictEqual(found?.line, 3)
  })
})
