import { assert, describe, it } from "@effect/vitest"
import { campaign, law } from "@foundation/core/testing/law"
import { Result } from "effect"
import * as LatinHypercube from "../../src/sampler/LatinHypercube.ts"
import * as Random from "../../src/sampler/Random.ts"
import * as SearchSpace from "../../src/space/SearchSpace.ts"
import { cases } from "../spaces.ts"

const runs = campaign(300, 5_000)

const designOf = <D extends SearchSpace.Declaration>(
  space: SearchSpace.SearchSpace<D>,
  seed: number,
  points: number,
  block = 0
) =>
  Array.from({ length: points }, (_, i) =>
    LatinHypercube.suggest({ space, seed, number: block * points + i }, { points })
  )

const three = SearchSpace.makeUnsafe({
  x: SearchSpace.float(-1, 1),
  rate: SearchSpace.logFloat(1e-4, 1),
  y: SearchSpace.float(0, 7)
})

/** The strata of all points, one list for each variable. */
const strataOf = (points: number, seed: number, block = 0) => {
  const design = designOf(three, seed, points, block).map((params) => SearchSpace.encodeUnsafe(three, params))
  return three.variables.map((_, i) => design.map((point) => Math.floor(point[i]! * points)))
}

const everyOne = (strata: ReadonlyArray<number>) =>
  strata.toSorted((a, b) => a - b).every((stratum, i) => stratum === i)

describe("LatinHypercube", () => {
  it("puts exactly one trial into each stratum of each variable, in every design", () => {
    for (const points of [1, 2, 7, 50, 64]) {
      for (const block of [0, 1, 12]) {
        for (const strata of strataOf(points, 3, block)) assert(everyOne(strata), `${points} points, design ${block}`)
      }
    }
  })

  it("makes another design of each seed, block and number of points, and shuffles each variable on its own", () => {
    const prints = [strataOf(50, 1), strataOf(50, 2), strataOf(50, 1, 1), strataOf(50, 1, 2)].map((it) => `${it}`)
    assert.strictEqual(new Set(prints).size, 4)
    assert.strictEqual(new Set(strataOf(50, 1).map(String)).size, 3)
    assert.notDeepEqual(designOf(three, 1, 50)[0], designOf(three, 1, 51)[0])
  })

  it("does not care which trial is asked for first", () => {
    const ask = (number: number) => LatinHypercube.suggest({ space: three, seed: 9, number }, { points: 10 })
    const forth = Array.from({ length: 35 }, (_, number) => ask(number))
    const back = Array.from({ length: 35 }, (_, i) => ask(34 - i)).toReversed()
    assert.deepStrictEqual(back, forth)
  })

  it("places each trial evenly: every stratum is as likely, and so is every place inside", () => {
    const [points, designs] = [8, 4_000]
    const counts = new Float64Array(points)
    let sum = 0
    for (let seed = 0; seed < designs; seed++) {
      const place = SearchSpace.encodeUnsafe(three, designOf(three, seed, points)[0]!)[2]!
      counts[Math.floor(place * points)]! += 1
      sum += (place * points) % 1
    }
    // Five standard deviations of a binomial count, and of the mean of even draws.
    const expected = designs / points
    for (const count of counts) assert.closeTo(count, expected, 5 * Math.sqrt(expected * (1 - 1 / points)))
    assert.closeTo(sum / designs, 0.5, 5 / Math.sqrt(12 * designs))
  })

  it("leaves no two variables in step: the strata of two variables are uncorrelated over the seeds", () => {
    let sum = 0
    const n = 400
    for (let seed = 0; seed < n; seed++) {
      const [a, , b] = strataOf(16, seed)
      sum += a!.reduce((total, it, i) => total + (it - 7.5) * (b![i]! - 7.5), 0) / (16 * 21.25)
    }
    // The correlation of two random permutations of 16 has the variance 1 / 15.
    assert.closeTo(sum / n, 0, 5 / Math.sqrt(15 * n))
  })

  it("estimates the mean of an additive function far better than random search (the theorem of M. Stein, 1987)", () => {
    const f = ({ x, rate, y }: { x: number; rate: number; y: number }) => x ** 3 + Math.log(rate) + Math.sin(y)
    const spread = (trialsOf: (seed: number) => ReadonlyArray<{ x: number; rate: number; y: number }>) => {
      const means = Array.from({ length: 200 }, (_, seed) => trialsOf(seed).reduce((sum, it) => sum + f(it), 0) / 20)
      const mean = means.reduce((a, b) => a + b) / 200
      return means.reduce((sum, it) => sum + (it - mean) ** 2, 0) / 200
    }
    const random = spread((seed) =>
      Array.from({ length: 20 }, (_, number) => Random.suggest({ space: three, seed, number }))
    )
    assert.isBelow(spread((seed) => designOf(three, seed, 20)) * 50, random)
  })

  it("stratifies a conditional variable over the trials in which it is active", () => {
    const space = SearchSpace.makeUnsafe({
      branch: SearchSpace.categorical(["a", "b", "c"]),
      x: SearchSpace.when("branch in (a, b)", SearchSpace.float(0, 1)),
      y: SearchSpace.when("branch = b and x < 0.5", SearchSpace.float(0, 1))
    })
    for (let seed = 0; seed < 20; seed++) {
      const points = designOf(space, seed, 50).map((params) => SearchSpace.encodeUnsafe(space, params))
      for (const variable of [1, 2]) {
        const active = points.map((point) => point[variable]!).filter((place) => !Number.isNaN(place))
        assert(everyOne(active.map((place) => Math.floor(place * active.length))), `variable ${variable}, seed ${seed}`)
      }
    }
  })

  law(
    "takes each value as often as its share of the trials says, rounded down or up",
    runs,
    cases,
    ({ space, seed }) => {
      const points = 1 + (Math.abs(seed) % 40)
      const design = designOf(space, seed, points)
      return space.variables.every(({ axis, name }) => {
        const values = design.flatMap((params) => params[name] ?? [])
        const counts = new Map<unknown, number>()
        for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
        return [...counts].every(([value, count]) => {
          if (axis.cells === 0 || !axis.contains(value)) return axis.cells === 0
          // A billionth for the rounding of the edges.
          const share = values.length * (axis.upper(value) - axis.lower(value))
          return count <= Math.ceil(share + 1e-9) && count >= Math.floor(share - 1e-9)
        })
      })
    }
  )

  it("has the defaults that it tells of, and refuses options out of range", () => {
    assert.deepStrictEqual<object>(LatinHypercube.defaults, { points: 50 })
    assert.deepStrictEqual(Result.getOrThrow(LatinHypercube.make()).options, LatinHypercube.defaults)
    const junk: ReadonlyArray<object> = [
      { points: 0 },
      { points: -1 },
      { points: 1.5 },
      { points: 10_001 },
      { points: Number.NaN },
      { points: "50" },
      { points: null },
      { points: [50] }
    ]
    for (const options of junk) {
      const made = LatinHypercube.make(options)
      assert(Result.isFailure(made))
      assert.match(made.failure.message, /^lhs\.points: /)
    }
    const unknown = LatinHypercube.make(JSON.parse(`{ "strata": 5 }`))
    assert(Result.isFailure(unknown))
    assert.match(unknown.failure.message, /^lhs\.strata: /)
  })
})
