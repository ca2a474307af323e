import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { campaign, law } from "@foundation/core/testing/law"
import { type Field, rings, type Ring } from "../../src/internal/isolines.ts"

const fieldOf = (columns: number, rows: number, f: (x: number, y: number) => number): Field => ({
  columns,
  rows,
  values: Array.from({ length: columns * rows }, (_, i) =>
    f((i % columns) / (columns - 1), Math.floor(i / columns) / (rows - 1))
  )
})

/** Twice the signed area: positive if it runs against the clock. */
const area = (ring: Ring): number =>
  ring.reduce((sum, [x, y], i) => {
    const [p, q] = ring[(i + 1) % ring.length]!
    return sum + x * q - p * y
  }, 0) / 2

const total = (found: ReadonlyArray<Ring>) => found.reduce((sum, ring) => sum + area(ring), 0)

/** Whether a point is inside by the even-odd rule. */
const isInside = (found: ReadonlyArray<Ring>, x: number, y: number): boolean => {
  let inside = false
  for (const ring of found) {
    for (const [i, [a, b]] of ring.entries()) {
      const [c, d] = ring[(i + 1) % ring.length]!
      if (b > y !== d > y && x < a + ((y - b) / (d - b)) * (c - a)) inside = !inside
    }
  }
  return inside
}

describe("isolines", () => {
  it("ring a circle, with a hole where the field rises again", () => {
    const disc = fieldOf(101, 101, (x, y) => Math.hypot(x - 0.5, y - 0.5))
    assert.approximately(total(rings(disc, 0.3)), Math.PI * 0.09, 1e-3)
    const washer = fieldOf(101, 101, (x, y) => Math.abs(Math.hypot(x - 0.5, y - 0.5) - 0.25))
    const found = rings(washer, 0.1)
    assert.strictEqual(found.length, 2)
    assert.approximately(total(found), Math.PI * (0.35 ** 2 - 0.15 ** 2), 1e-2)
  })

  it("end at the border, and have nothing or everything beyond the levels", () => {
    const slope = fieldOf(3, 4, (x) => x)
    assert.approximately(total(rings(slope, 0.25)), 0.25, 1e-12)
    assert.approximately(total(rings(slope, 2)), 1, 1e-12)
    assert.deepStrictEqual(rings(slope, -1), [])
  })

  const Small = Schema.Struct({
    columns: Schema.Literals([2, 3, 5]),
    values: Schema.Array(Schema.Literals([0, 1, 2, 3, 4])).check(Schema.isMinLength(10), Schema.isMaxLength(25))
  })

  law(
    "the nodes inside are those that are at most the level",
    campaign(2_000, 50_000),
    Arbitrary.schema(Small),
    ({ columns, values }) => {
      const rows = Math.max(2, Math.floor(values.length / columns))
      const field: Field = { columns, rows, values: values.slice(0, columns * rows) }
      const found = rings(field, 1.5)
      return (
        field.columns * field.rows > values.length ||
        Array.from({ length: columns * rows }, (_, i) => i).every((i) => {
          // Just within the square, so that no node lies upon the border.
          const inward = (u: number) => 0.5 + (u - 0.5) * (1 - 1e-6)
          const [x, y] = [inward((i % columns) / (columns - 1)), inward(Math.floor(i / columns) / (rows - 1))]
          return isInside(found, x, y) === values[i]! <= 1.5
        })
      )
    }
  )
})
