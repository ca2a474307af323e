import { assert, describe, it } from "@effect/vitest"
import type { Data } from "../../src/internal/gaussianProcess.ts"
import * as Random from "../../src/internal/random.ts"
import { around, neighbourhood } from "../../src/internal/trustRegion.ts"

/** Points within `reach` of (0.3, 0.98), besides others all over; values grow with the distance from the first. */
const dataOf = (near: number, far: number, reach: number): Data => {
  const random = Random.stream(5)
  const rows = Array.from({ length: near + far }, (_, i) =>
    i < near
      ? [0.3, 0.98].map((x) => x + (i === 0 ? 0 : reach * (2 * Random.uniform(random) - 1)))
      : [Random.uniform(random), 0.5 * Random.uniform(random)]
  )
  const values = Float64Array.from(rows, ([x = 0, y = 0]) => Math.hypot(x - 0.3, y - 0.98))
  return {
    n: rows.length,
    d: 2,
    points: Float64Array.from(rows.flat()),
    values,
    unordered: new Uint8Array(2),
    widths: Float64Array.of(1, 1)
  }
}

const both = Uint8Array.of(1, 1)

describe("the neighbourhood", () => {
  it("is the nearest points, eight in two dimensions, and the box that they span around the best", () => {
    const data = dataOf(16, 20, 0.01)
    const found = neighbourhood(data, both)
    assert(found !== undefined)
    const expected = [...data.values].sort((a, b) => a - b).slice(0, 8)
    assert.deepStrictEqual([...found.data.values], expected)
    const reach = (j: number) =>
      Math.max(...Array.from({ length: 8 }, (_, i) => Math.abs(found.data.points[2 * i + j]! - [0.3, 0.98][j]!)))
    for (const j of [0, 1]) {
      const { lower, upper } = found.region
      assert.closeTo(upper[j]! - [0.3, 0.98][j]!, reach(j), 1e-12)
      assert.closeTo([0.3, 0.98][j]! - lower[j]!, reach(j), 1e-12)
      assert.closeTo(found.data.widths[j]!, reach(j), 1e-12)
    }
  })

  it("is none while points are few, far apart or all in one place", () => {
    assert.isUndefined(neighbourhood(dataOf(15, 0, 0.01), both))
    assert.isUndefined(neighbourhood(dataOf(16, 0, 0.2), both))
    assert.isUndefined(neighbourhood(dataOf(16, 0, 1e-10), both))
    assert.isUndefined(neighbourhood(dataOf(16, 20, 0.01), Uint8Array.of(0, 0)))
  })

  it("is cut at the bounds, and no flatter than a fifth of its widest side", () => {
    const data = dataOf(16, 0, 0.03)
    const { region } = neighbourhood(data, both)!
    assert.isAtMost(region.upper[1]!, 1)
    for (let i = 0; i < 16; i++) data.points[2 * i] = 0.3 + i * 1e-9
    const flat = neighbourhood(data, both)!
    const widths = flat.data.widths
    assert.closeTo(widths[0]!, widths[1]! / 5, 1e-12)
  })

  it("holds only points that agree with the best where coordinates do not move", () => {
    const data = dataOf(40, 0, 0.02)
    for (let i = 0; i < 40; i++) data.points[2 * i] = i % 2 === 0 ? 0.25 : 0.251
    const { data: near, region } = neighbourhood(data, Uint8Array.of(0, 1))!
    assert.strictEqual(near.n, 5)
    assert.isTrue(Array.from({ length: 5 }, (_, i) => near.points[2 * i]).every((x) => x === 0.25))
    assert.deepStrictEqual([region.lower[0], region.upper[0], near.widths[0]], [0.25, 0.25, 1])
  })
})

describe("the box around the best", () => {
  const six = (moving: number) => {
    const points = Float64Array.of(0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.1, 0.5, 0.95, 0.3, 0.6, 0.25)
    const widths = new Float64Array(6).fill(1)
    const data = { n: 2, d: 6, points, values: Float64Array.of(2, 1), unordered: new Uint8Array(6), widths }
    return around(
      data,
      Uint8Array.from({ length: 6 }, (_, j) => (j < moving ? 1 : 0))
    )
  }

  it("reaches a fifth of the range to each side, cut at the bounds, and leaves other coordinates free", () => {
    const { lower, upper } = six(5)!
    for (const [j, low] of [0, 0.3, 0.75, 0.1, 0.4, 0].entries()) assert.closeTo(lower[j]!, low, 1e-12)
    for (const [j, high] of [0.3, 0.7, 1, 0.5, 0.8, 1].entries()) assert.closeTo(upper[j]!, high, 1e-12)
  })

  it("is for five dimensions or more", () => {
    assert.isDefined(six(6))
    assert.isUndefined(six(4))
  })
})
