import { assert, describe, it } from "@effect/vitest"
import * as Barrels from "../src/barrels.ts"

describe("barrels", () => {
  it("every barrel lists exactly the public modules of its package", () => {
    assert.deepStrictEqual(Barrels.stale(), [], 'run the script "barrels"')
  })

  it("a barrel is sorted by path and leaves out internals, testing and helpers", () => {
    const text = Barrels.render([
      "registry/ProcessRegistry.ts",
      "coordination/internal/Queue.ts",
      "coordination/Locks.ts",
      "index.ts",
      "testing/Simulation.ts",
      "coordination/helpers.ts",
      "BackendError.ts"
    ])
    assert.strictEqual(
      text,
      [
        'export * as BackendError from "./BackendError.ts"\n',
        'export * as Locks from "./coordination/Locks.ts"\n',
        'export * as ProcessRegistry from "./registry/ProcessRegistry.ts"\n'
      ].join("")
    )
  })

  it("a package without public modules has an empty barrel", () => {
    assert.strictEqual(Barrels.render(["index.ts"]), "")
  })

  it("two modules of one name are refused, naming both", () => {
    assert.throws(() => Barrels.render(["a/Locks.ts", "b/Locks.ts"]), /"a\/Locks.ts" and "b\/Locks.ts"/)
  })
})
