import { assert, describe, it } from "@effect/vitest"
import { acquisition, maximize } from "../../src/internal/acquisition.ts"
import * as Process from "../../src/internal/gaussianProcess.ts"
import * as Random from "../../src/internal/random.ts"
import type { Request } from "../../src/sampler/Sampler.ts"
import * as SearchSpace from "../../src/space/SearchSpace.ts"

const modelOf = (
  rows: ReadonlyArray<ReadonlyArray<number>>,
  values: ReadonlyArray<number>,
  unordered: ReadonlyArray<number>
) => {
  const d = unordered.length
  const data: Process.Data = {
    n: rows.length,
    d,
    points: Float64Array.from(rows.flat()),
    values: Float64Array.from(values),
    unordered: Uint8Array.from(unordered),
    widths: new Float64Array(d).fill(1)
  }
  return Process.model(data, Process.startAt(d, 0.3))
}

const smooth = modelOf(
  [
    [0.1, 0.2],
    [0.5, 0.9],
    [0.8, 0.4],
    [0.3, 0.6],
    [0.9, 0.95]
  ],
  [0.5, -0.4, 1.2, -1.1, 0.2],
  [0, 0]
)

/** The expected improvement by its definition, an integral over the normal distribution. */
const improvementAt = (model: Process.Model, point: Float64Array, least: number): number => {
  const room = Process.prediction(model)
  Process.predict(model, point, room, false)
  let sum = 0
  const steps = 40_000
  for (let i = 0; i < steps; i++) {
    const z = -10 + (20 * (i + 0.5)) / steps
    const gain = least - (room.mean + room.deviation * z)
    if (gain > 0) sum += gain * Math.exp((-z * z) / 2) * (20 / steps)
  }
  return sum / Math.sqrt(2 * Math.PI)
}

const plane = SearchSpace.makeUnsafe({ x: SearchSpace.float(0, 1), y: SearchSpace.float(0, 1) })

describe("the acquisition", () => {
  it("is the logarithm of the expected improvement on the best that the process believes in", () => {
    const { at } = acquisition(smooth)
    const room = Process.prediction(smooth)
    const beliefs = [0, 1, 2, 3, 4].map((i) => {
      Process.predict(smooth, smooth.data.points.slice(2 * i, 2 * i + 2), room, false)
      return room.mean
    })
    for (const point of [
      [0.35, 0.7],
      [0.6, 0.1],
      [0.45, 0.75]
    ]) {
      const place = Float64Array.from(point)
      assert.closeTo(at(place), Math.log(improvementAt(smooth, place, Math.min(...beliefs))), 1e-4)
    }
  })

  it("has the gradient that differences show", () => {
    const { at, withGradient } = acquisition(smooth)
    const gradient = new Float64Array(2)
    for (const point of [
      [0.35, 0.7],
      [0.62, 0.13],
      [0.97, 0.02]
    ]) {
      const place = Float64Array.from(point)
      assert.closeTo(withGradient(place, gradient), at(place), 1e-12)
      for (const j of [0, 1]) {
        const shifted = (by: number) => at(place.map((x, k) => (k === j ? x + by : x)))
        assert.closeTo(
          gradient[j]!,
          (shifted(1e-5) - shifted(-1e-5)) / 2e-5,
          1e-4 * Math.max(1, Math.abs(gradient[j]!))
        )
      }
    }
  })
})

/** A request after trials at some points. */
const requestOf = <D extends SearchSpace.Declaration>(
  space: SearchSpace.SearchSpace<D>,
  points: ReadonlyArray<ReadonlyArray<number>> = []
): Request<D> => ({
  space,
  directions: ["minimize"],
  seed: 0,
  number: points.length,
  history: points.map((point, number) => ({ state: "failed", number, params: SearchSpace.decode(space, point) })),
  pending: []
})

describe("its maximum", () => {
  it("is as high as the best of a fine grid", () => {
    const scored = acquisition(smooth)
    const found = maximize(requestOf(plane), scored, Random.stream(1))!
    let best = Number.NEGATIVE_INFINITY
    for (let i = 0; i <= 200; i++) {
      for (let j = 0; j <= 200; j++) best = Math.max(best, scored.at(Float64Array.of(i / 200, j / 200)))
    }
    assert.isAtLeast(scored.at(Float64Array.of(found.x, found.y)), best - 1e-3)
  })

  it("keeps to the region", () => {
    const region = { lower: Float64Array.of(0.7, 0.1), upper: Float64Array.of(0.75, 0.1) }
    for (let seed = 0; seed < 10; seed++) {
      const { x, y } = maximize(requestOf(plane), acquisition(smooth), Random.stream(seed), region)!
      assert.isTrue(x >= 0.7 && x <= 0.75)
      assert.closeTo(y, 0.1, 1e-12)
    }
  })

  it("is the best of all cells where there are cells only, tried ones aside, and none when all were tried", () => {
    const space = SearchSpace.makeUnsafe({
      kind: SearchSpace.categorical(["a", "b", "c"]),
      level: SearchSpace.int(1, 4)
    })
    const places = [0, 1, 2].flatMap((kind) => [0, 1, 2, 3].map((level) => [(kind + 0.5) / 3, (level + 0.5) / 4]))
    const tried = [places[0]!, places[5]!, places[10]!]
    const scored = acquisition(modelOf(tried, [1, -1, 0.3], [1, 0]))
    const params = maximize(requestOf(space, tried), scored, Random.stream(1))!
    const worth = scored.at(SearchSpace.encodeUnsafe(space, params))
    const rest = places.filter((place) => !tried.includes(place))
    assert.closeTo(worth, Math.max(...rest.map((place) => scored.at(Float64Array.from(place)))), 1e-12)
    const all = acquisition(
      modelOf(
        places,
        places.map((_, i) => Math.sin(i)),
        [1, 0]
      )
    )
    assert.isUndefined(maximize(requestOf(space, places), all, Random.stream(1)))
  })
})
