import { assert, describe, it } from "@effect/vitest"
import * as Process from "../../src/internal/gaussianProcess.ts"
import * as Random from "../../src/internal/random.ts"

const d = 3

/** Points of two ordered variables and one of three cells, and a smooth function of them. */
const dataOf = (n: number, seed: number): Process.Data => {
  const random = Random.stream(seed)
  const points = Float64Array.from({ length: n * d }, (_, at) =>
    at % d === 2 ? (Random.below(random, 3) + 0.5) / 3 : Random.uniform(random)
  )
  const values = Float64Array.from({ length: n }, (_, i) => truth(points.subarray(i * d, (i + 1) * d)))
  return { n, d, points, values, unordered: Uint8Array.from([0, 0, 1]), widths: Float64Array.from([1, 0.5, 1]) }
}

const truth = ([a = 0, b = 0, cell = 0]: ArrayLike<number> & Iterable<number>) => Math.sin(4 * a) + b * b - 1.2 * cell

const hyper = Float64Array.from([-0.5, 0.2, 0.4, 0.1, -6])

/** The kernel from its definition, and dense Gaussian elimination: nothing shared with the module. */
const reference = (data: Process.Data, h: Process.Hyper, at: Float64Array) => {
  const kernel = (x: ArrayLike<number>, y: ArrayLike<number>) => {
    const r = Math.sqrt(
      [0, 1, 2].reduce((sum, j) => {
        const gap = data.unordered[j] === 1 ? Number(x[j] !== y[j]) : (x[j]! - y[j]!) / data.widths[j]!
        return sum + (gap / Math.exp(h[j]!)) ** 2
      }, 0)
    )
    return Math.exp(h[d]!) * (1 + Math.sqrt(5) * r + (5 / 3) * r * r) * Math.exp(-Math.sqrt(5) * r)
  }
  const row = (i: number) => data.points.subarray(i * d, (i + 1) * d)
  const indexes = Array.from({ length: data.n }, (_, i) => i)
  const matrix = indexes.map((i) => indexes.map((j) => kernel(row(i), row(j)) + (i === j ? Math.exp(h[d + 1]!) : 0)))
  const solve = (b: ReadonlyArray<number>) => {
    const rows = matrix.map((line, i) => [...line, b[i]!])
    for (const i of indexes) {
      for (const k of indexes.slice(i + 1)) {
        const factor = rows[k]![i]! / rows[i]![i]!
        for (let j = i; j <= data.n; j++) rows[k]![j]! -= factor * rows[i]![j]!
      }
    }
    const x = indexes.map(() => 0)
    for (const i of indexes.toReversed()) {
      const rest = indexes.slice(i + 1).reduce((sum, j) => sum + rows[i]![j]! * x[j]!, 0)
      x[i] = (rows[i]![data.n]! - rest) / rows[i]![i]!
    }
    return x
  }
  const inner = (a: ReadonlyArray<number>, b: ReadonlyArray<number>) => a.reduce((sum, x, i) => sum + x * b[i]!, 0)
  const ones = indexes.map(() => 1)
  const values = [...data.values]
  const mean = inner(ones, solve(values)) / inner(ones, solve(ones))
  const cross = indexes.map((i) => kernel(row(i), at))
  return {
    mean: mean + inner(cross, solve(values.map((value) => value - mean))),
    deviation: Math.sqrt(kernel(at, at) - inner(cross, solve(cross)))
  }
}

describe("Gaussian process", () => {
  it("the gradient of the posterior of the hyper-parameters is that of its differences", () => {
    const data = dataOf(25, 1)
    const gradient = new Float64Array(d + 2)
    Process.energyOf(data, hyper, gradient)
    for (let i = 0; i < hyper.length; i++) {
      const moved = (by: number) =>
        Process.energyOf(
          data,
          hyper.map((value, j) => (i === j ? value + by : value)),
          new Float64Array(d + 2)
        )
      assert.closeTo(gradient[i]!, (moved(1e-5) - moved(-1e-5)) / 2e-5, 1e-5)
    }
  })

  it("predicts what the definition says, and knows the slopes", () => {
    const data = dataOf(20, 2)
    const model = Process.model(data, hyper)
    const room = Process.prediction(model)
    for (const at of [Float64Array.from([0.3, 0.6, 0.5]), Float64Array.from([0.95, 0.1, 1 / 6])]) {
      Process.predict(model, at, room, true)
      const { deviation, mean } = reference(data, hyper, at)
      assert.closeTo(room.mean, mean, 1e-6)
      assert.closeTo(room.deviation, deviation, 1e-6)
      for (const j of [0, 1]) {
        const moved = (by: number) => {
          const other = Process.prediction(model)
          Process.predict(
            model,
            at.map((x, k) => (k === j ? x + by : x)),
            other,
            false
          )
          return other
        }
        const [after, before] = [moved(1e-6), moved(-1e-6)]
        assert.closeTo(room.meanSlope[j]!, (after.mean - before.mean) / 2e-6, 1e-4)
        assert.closeTo(room.deviationSlope[j]!, (after.deviation - before.deviation) / 2e-6, 1e-4)
      }
      assert.strictEqual(room.meanSlope[2], 0)
    }
  })

  it("learns lengths and noise: goes through what it saw and predicts what it did not", () => {
    const data = dataOf(60, 3)
    const learned = Process.startAt(d, 0.5)
    const start = Process.energyOf(data, learned, new Float64Array(d + 2))
    assert.isBelow(Process.improve(data, learned, 60), start)
    const model = Process.model(data, learned)
    const room = Process.prediction(model)
    const fresh = dataOf(40, 4)
    for (let i = 0; i < fresh.n; i++) {
      const at = fresh.points.slice(i * d, (i + 1) * d)
      Process.predict(model, at, room, false)
      assert.closeTo(room.mean, truth(at), 0.05)
    }
    Process.predict(model, data.points.slice(0, d), room, false)
    assert.closeTo(room.mean, data.values[0]!, 1e-3)
    assert.isBelow(room.deviation, 0.02)
  })

  it("stands points that coincide", () => {
    const data = dataOf(10, 5)
    data.points.copyWithin(d, 0, d)
    const noiseless = hyper.slice()
    noiseless[d + 1] = -60
    const model = Process.model(data, noiseless)
    const room = Process.prediction(model)
    Process.predict(model, data.points.slice(0, d), room, true)
    assert.isTrue(Number.isFinite(room.mean) && Number.isFinite(room.deviation))
  })
})
