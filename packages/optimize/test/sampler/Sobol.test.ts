import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import * as Sequence from "../../src/internal/sobol.ts"
import * as Sobol from "../../src/sampler/Sobol.ts"
import * as SearchSpace from "../../src/space/SearchSpace.ts"

const plain: Sobol.Options = { scramble: false }
const scrambled: Sobol.Options = { scramble: true }

const pointsOf = (count: number, dimensions: number, seed: number, options: Sobol.Options) =>
  Array.from({ length: count }, (_, index) =>
    Array.from({ length: dimensions }, (_, dimension) => Sobol.coordinate(index, dimension, seed, options))
  )

/** The squared L2 star discrepancy (T. T. Warnock, 1972). */
const discrepancy = (points: ReadonlyArray<ReadonlyArray<number>>): number => {
  const [n, d] = [points.length, points[0]!.length]
  let single = 0
  let pairs = 0
  for (const a of points) {
    single += a.reduce((product, u) => product * (1 - u * u), 1)
    for (const b of points) pairs += a.reduce((product, u, i) => product * (1 - Math.max(u, b[i]!)), 1)
  }
  return 3 ** -d - (2 ** (1 - d) / n) * single + pairs / n ** 2
}

describe("Sobol", () => {
  it("begins with the published points of Joe and Kuo", () => {
    assert.deepStrictEqual(pointsOf(8, 5, 3, plain), [
      [0, 0, 0, 0, 0],
      [0.5, 0.5, 0.5, 0.5, 0.5],
      [0.75, 0.25, 0.25, 0.25, 0.75],
      [0.25, 0.75, 0.75, 0.75, 0.25],
      [0.375, 0.375, 0.625, 0.875, 0.375],
      [0.875, 0.875, 0.125, 0.375, 0.875],
      [0.625, 0.125, 0.875, 0.625, 0.625],
      [0.125, 0.625, 0.375, 0.125, 0.125]
    ])
  })

  it("has the reference values far out and in high dimensions", () => {
    const at = (index: number) => [0, 1, 2, 3, 20, 30, 63].map((d) => Sobol.coordinate(index, d, 0, plain))
    assert.deepStrictEqual(at(10), [0.9375, 0.0625, 0.6875, 0.1875, 0.4375, 0.1875, 0.4375])
    assert.deepStrictEqual(
      at(777),
      [0.6923828125, 0.9365234375, 0.1630859375, 0.2744140625, 0.2373046875, 0.5419921875, 0.4267578125]
    )
  })

  it("fills every cell of a dimension once in each block of a power of two, scrambled or not", () => {
    for (const options of [plain, scrambled]) {
      for (const dimension of [0, 1, 20, Sequence.DIMENSIONS - 1, Sequence.DIMENSIONS, 3 * Sequence.DIMENSIONS + 5]) {
        for (const first of [0, 256, 1024]) {
          const cells = Array.from({ length: 256 }, (_, i) =>
            Math.floor(Sobol.coordinate(first + i, dimension, 9, options) * 256)
          )
          assert.strictEqual(new Set(cells).size, 256, `dimension ${dimension}`)
        }
      }
    }
  })

  it("keeps the first two dimensions a net: every elementary box holds one point, scrambled or not", () => {
    for (const options of [plain, scrambled]) {
      const points = pointsOf(64, 2, 4, options)
      for (let k = 0; k <= 6; k++) {
        const boxes = points.map(([x, y]) => `${Math.floor(x! * 2 ** k)},${Math.floor(y! * 2 ** (6 - k))}`)
        assert.strictEqual(new Set(boxes).size, 64, `2^${k} by 2^${6 - k}`)
      }
    }
  })

  it("stays in [0, 1), and other seeds scramble otherwise", () => {
    const one = pointsOf(512, 8, 1, scrambled).flat()
    assert(one.every((u) => u >= 0 && u < 1))
    assert.notDeepEqual(one, pointsOf(512, 8, 2, scrambled).flat())
    assert.deepStrictEqual(one, pointsOf(512, 8, 1, scrambled).flat())
    assert.deepStrictEqual(pointsOf(64, 3, 1, plain), pointsOf(64, 3, 2, plain))
  })

  it("scrambles each coordinate to the even distribution over the seeds", () => {
    for (const index of [0, 1, 6]) {
      const mean = Array.from({ length: 4_000 }, (_, seed) => Sobol.coordinate(index, 3, seed, scrambled))
      const sum = mean.reduce((total, u) => total + u, 0)
      // Four standard errors of the mean of 4,000 even draws.
      assert.closeTo(sum / 4_000, 0.5, (4 * Math.sqrt(1 / 12)) / Math.sqrt(4_000))
    }
  })

  it("has a discrepancy far below that of random points", () => {
    for (const [dimensions, factor] of [
      [2, 8],
      [6, 1.6]
    ] as const) {
      const ofRandomPoints = Math.sqrt((2 ** -dimensions - 3 ** -dimensions) / 256)
      for (const seed of [1, 2, 3, 4, 5]) {
        const even = Math.sqrt(discrepancy(pointsOf(256, dimensions, seed, scrambled)))
        assert.isBelow(even * factor, ofRandomPoints, `${dimensions} dimensions`)
      }
    }
  })

  it("suggests members of a space with more variables than there are direction numbers", () => {
    const space = SearchSpace.makeUnsafe(
      Object.fromEntries(Array.from({ length: 130 }, (_, i) => [`x${i}`, SearchSpace.float(-1, 1)]))
    )
    const params = Sobol.suggest({ space, seed: 1, number: 5 })
    assert(SearchSpace.contains(space, params))
    assert.strictEqual(new Set(Object.values(params)).size, 130)
  })

  it("refuses options that it does not know", () => {
    const made = Sobol.make(JSON.parse(`{ "scrambled": true }`))
    assert(Result.isFailure(made))
    assert.match(made.failure.message, /^sobol\.scrambled: /)
  })
})
