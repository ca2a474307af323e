import { assert, describe, it } from "@effect/vitest"
import * as Packing from "../../../src/combinatorial/internal/packing.ts"

/** Of each three columns any two conflict, each pair in a group of its own. */
const triangles = Array.from({ length: 30 }, (_, at) => {
  const first = at - (at % 3)
  return { weight: 1n, groups: [first + (at % 3), first + ((at + 1) % 3)] }
})

describe("rows of a packing", () => {
  it("take in whatever conflicts with all of them", () => {
    assert.deepStrictEqual(Packing.make(triangles).rows[0], [0, 1, 2])
    assert.strictEqual(Packing.make(triangles).rows.length, 10)
  })

  it("stay as they are when time is up, and every conflict is in one", () => {
    const { conflicts, rows } = Packing.make(triangles, () => true)
    assert.deepStrictEqual(Packing.make(triangles).conflicts, conflicts)
    assert.strictEqual(rows.length, 5 + 15)
    triangles.forEach((_, column) => assert.isTrue(rows.some((row) => row.includes(column))))
  })
})
