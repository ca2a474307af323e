import { assert, describe, it } from "@effect/vitest"
import { campaign, law } from "@foundation/core/testing/law"
import { Arbitrary, Schema } from "effect"
import { crowding, dominates, firstFront, fronts, hypervolume } from "../../src/internal/dominance.ts"
import type { Point } from "../../src/internal/dominance.ts"

const whole = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

/** Up to 12 points in 1 to 4 dimensions, on a small grid so that there are ties and equals. */
const clouds: Arbitrary.Arbitrary<ReadonlyArray<Point>> = Arbitrary.map(
  Arbitrary.schema(
    Schema.Struct({
      d: whole(1, 4),
      rows: Schema.Array(Schema.Array(whole(0, 7)).check(Schema.isMinLength(4), Schema.isMaxLength(4))).check(
        Schema.isMaxLength(12)
      )
    })
  ),
  ({ d, rows }) => rows.map((row) => row.slice(0, d))
)

/** By the definition: peel off what nobody among the rest dominates. */
const peeled = (points: ReadonlyArray<Point>): ReadonlyArray<ReadonlyArray<number>> => {
  const found: Array<ReadonlyArray<number>> = []
  let left = points.map((_, i) => i)
  while (left.length > 0) {
    const front = left.filter((i) =>
      left.every((j) => {
        const [a, b] = [points[j]!, points[i]!]
        return !(a.every((x, k) => x <= b[k]!) && a.some((x, k) => x < b[k]!))
      })
    )
    found.push(front)
    left = left.filter((i) => !front.includes(i))
  }
  return found
}

/** By inclusion and exclusion over the boxes between points and reference; exact on whole numbers. */
const included = (points: ReadonlyArray<Point>, reference: Point): number => {
  let volume = 0
  for (let subset = 1; subset < 2 ** points.length; subset++) {
    const corner = reference.map((_, k) =>
      points.reduce((most, point, i) => ((subset >> i) & 1 ? Math.max(most, point[k]!) : most), 0)
    )
    const box = corner.reduce((product, x, k) => product * Math.max(0, reference[k]! - x), 1)
    const size = points.filter((_, i) => (subset >> i) & 1).length
    volume += size % 2 === 1 ? box : -box
  }
  return volume
}

/** Min-Ex of K. Deb, "Multi-Objective Optimization Using Evolutionary Algorithms" (2001), table 21: parents 1 to 6, offspring a to f. */
const minEx: Readonly<Record<string, Point>> = {
  "1": [0.31, 6.1],
  "2": [0.43, 6.79],
  "3": [0.22, 7.09],
  "4": [0.59, 7.85],
  "5": [0.66, 3.65],
  "6": [0.83, 4.23],
  a: [0.21, 5.9],
  b: [0.79, 3.97],
  c: [0.51, 6.51],
  d: [0.27, 6.93],
  e: [0.58, 4.52],
  f: [0.24, 8.54]
}

describe("fronts", () => {
  law("are what peeling by the definition gives", campaign(2_000, 50_000), clouds, (points) => {
    assert.deepStrictEqual(fronts(points), peeled(points))
    assert.deepStrictEqual(firstFront(points), peeled(points)[0] ?? [])
    return true
  })

  it("are the published ones of Deb's Min-Ex", () => {
    const names = Object.keys(minEx)
    assert.deepStrictEqual(
      fronts(Object.values(minEx)).map((front) => front.map((i) => names[i]!).join("")),
      ["5ae", "13bd", "26cf", "4"]
    )
  })

  it("stand infinities, and equals share a front", () => {
    const infinite = Number.POSITIVE_INFINITY
    assert.deepStrictEqual(
      fronts([
        [infinite, 0],
        [0, infinite],
        [infinite, infinite],
        [infinite, 0]
      ]),
      [[0, 1, 3], [2]]
    )
    assert.isFalse(dominates([1, 2], [1, 2]))
    assert.deepStrictEqual(fronts([]), [])
  })
})

describe("crowding", () => {
  it("is the published distance of solutions 1 and d of Deb's Min-Ex", () => {
    // The book divides by the whole ranges, [0.1, 1] and [0, 60]: two more ends give the front these.
    const front = [[0.1, 60], minEx["3"]!, minEx["d"]!, minEx["1"]!, minEx["b"]!, [1, 0]]
    const distances = crowding(front)
    assert.closeTo(distances[3]!, 0.63, 0.005)
    assert.closeTo(distances[2]!, 0.12, 0.005)
    assert.deepStrictEqual([distances[0], distances[5]], [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY])
  })

  it("is by hand: gaps of the neighbours as shares of the range, summed; the ends are infinitely lonely", () => {
    const infinite = Number.POSITIVE_INFINITY
    // By the first objective 2/4 + 3/4, by the second 4/8 + 6/8, as whole numbers of quarters.
    assert.deepStrictEqual(
      [
        ...crowding([
          [0, 8],
          [1, 6],
          [2, 4],
          [4, 0]
        ])
      ],
      [infinite, 1, 1.5, infinite]
    )
    assert.deepStrictEqual(
      [
        ...crowding([
          [3, 3],
          [3, 3]
        ])
      ],
      [infinite, infinite]
    )
    assert.deepStrictEqual([...crowding([[1, 1]])], [infinite])
    assert.deepStrictEqual([...crowding([])], [])
    // A range of infinity says nothing about gaps.
    assert.deepStrictEqual(
      [
        ...crowding([
          [0, 2],
          [1, 1],
          [infinite, 0]
        ])
      ],
      [infinite, 1, infinite]
    )
  })
})

describe("hypervolume", () => {
  law("is what inclusion and exclusion gives", campaign(1_000, 20_000), clouds, (points) => {
    const d = points[0]?.length ?? 2
    const reference = Array.from({ length: d }, () => 6)
    const few = points.slice(0, 10)
    assert.strictEqual(hypervolume(few, reference), included(few, reference))
    return true
  })

  law(
    "does not shrink with another point, and grows by one that nobody dominates",
    campaign(1_000, 20_000),
    clouds,
    (points) => {
      const [last, ...rest] = points
      if (last === undefined) return true
      const reference = last.map(() => 8)
      const isNew = rest.every((point) => !dominates(point, last) && point.some((x, k) => x !== last[k]))
      const gain = hypervolume(points, reference) - hypervolume(rest, reference)
      return isNew ? gain > 0 : gain === 0
    }
  )

  it("is nothing for points that do not reach the reference, and exact for one", () => {
    assert.strictEqual(
      hypervolume(
        [
          [2, 0, 0],
          [0, 1, 0]
        ],
        [1, 1, 1]
      ),
      0
    )
    assert.strictEqual(hypervolume([[0.5, 0.5, 0.5]], [1, 1, 1]), 0.125)
    assert.strictEqual(hypervolume([], [1, 1]), 0)
  })

  it("is infinite where doubles end, and a number always", () => {
    const far = [1e200, 1e200, 1e200]
    const points = [
      [0, 1, 2],
      [1, 0, 2],
      [2, 1, 0]
    ]
    assert.strictEqual(hypervolume(points, far), Number.POSITIVE_INFINITY)
  })

  it("compares each of two objectives with one other alone, however long the front", () => {
    let looks = 0
    const points = Array.from({ length: 2_000 }, (_, i) =>
      Object.defineProperty([0, 2_000 - i], 0, {
        get: () => {
          looks += 1
          return i
        }
      })
    )
    assert.strictEqual(hypervolume(points, [2_000, 2_001]), (2_000 * 2_001) / 2)
    assert.isAtMost(looks, 100_000)
  })
})
