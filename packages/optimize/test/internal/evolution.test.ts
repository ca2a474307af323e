import { assert, describe, it } from "@effect/vitest"
import * as Evolution from "../../src/internal/evolution.ts"
import { distribution, quantile } from "../../src/internal/normal.ts"
import * as Random from "../../src/internal/random.ts"

const normalsOf = (random: Random.Stream, d: number) =>
  Float64Array.from({ length: d }, () => quantile(Math.max(1e-18, Random.uniform(random))))

/** Runs the strategy without bounds; gives the best value of each generation and the last state. */
const run = (
  objective: (x: Float64Array) => number,
  d: number,
  generations: number,
  cells: ReadonlyArray<number> = new Array<number>(d).fill(0)
) => {
  const random = Random.stream(7, d)
  let state = Evolution.begin(new Float64Array(d).fill(0.8), 0.3, Evolution.lambdaOf(d))
  const best: Array<number> = []
  for (let generation = 0; generation < generations; generation++) {
    const points = Array.from({ length: state.lambda }, () => Evolution.sample(state, normalsOf(random, d)))
    const ranked = points.sort((a, b) => objective(a) - objective(b))
    best.push(objective(ranked[0]!))
    state = Evolution.withMargin(Evolution.advance(state, ranked), cells)
  }
  return { best, state }
}

const sphere = (x: Float64Array) => x.reduce((sum, value) => sum + value * value, 0)

/** An ellipsoid of condition 10⁶ whose axes are not the coordinates'. */
const turned = (x: Float64Array) => {
  const d = x.length
  let sum = 0
  for (let k = 0; k < d; k++) {
    // The rows of a Householder reflection are orthonormal.
    let projected = x[k]!
    for (const value of x) projected -= (2 / d) * value
    sum += 10 ** ((6 * k) / (d - 1)) * projected * projected
  }
  return sum
}

describe("covariance matrix adaptation", () => {
  it("converges linearly on the sphere, at the rate of the literature", () => {
    // Hansen's tutorial: about 10^-9 after some 100 d evaluations in 10 dimensions.
    const { best } = run(sphere, 10, 200)
    assert.isBelow(Math.min(...best), 1e-9)
  })

  it("learns a turned ellipsoid of condition 10⁶, axes and lengths", () => {
    const { best, state } = run(turned, 5, 500)
    assert.isBelow(Math.min(...best), 1e-10)
    const { roots } = state
    assert.approximately(Math.log10((roots[4]! / roots[0]!) ** 2), 6, 1.2)
  })

  it("is the same in turned coordinates: the covariance carries the turn", () => {
    const state = run(turned, 4, 60).state
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j < 4; j++) {
        let sum = 0
        for (let k = 0; k < 4; k++) sum += state.vectors[i * 4 + k]! * state.roots[k]! ** 2 * state.vectors[j * 4 + k]!
        assert.closeTo(sum, state.covariance[i * 4 + j]!, 1e-9 * state.roots[3]! ** 2)
      }
    }
  })

  it("one generation by hand: mean and path of a population of six in two dimensions", () => {
    const state = Evolution.begin(Float64Array.from([0, 0]), 1, 6)
    const ranked = [
      [1, 0],
      [0, 1],
      [-1, 0],
      [0, -1],
      [2, 2],
      [3, 3]
    ].map((x) => Float64Array.from(x))
    const next = Evolution.advance(state, ranked)
    // ln 3.5 − ln i for i = 1, 2, 3, over their sum.
    const raw = [Math.log(3.5), Math.log(3.5 / 2), Math.log(3.5 / 3)]
    const [w1, w2, w3] = raw.map((weight) => weight / (raw[0]! + raw[1]! + raw[2]!)) as [number, number, number]
    assert.closeTo(next.mean[0]!, w1 - w3, 1e-12)
    assert.closeTo(next.mean[1]!, w2, 1e-12)
    const effective = 1 / (w1 ** 2 + w2 ** 2 + w3 ** 2)
    const rate = (effective + 2) / (2 + effective + 5)
    assert.closeTo(next.pathSigma[1]!, Math.sqrt(rate * (2 - rate) * effective) * w2, 1e-12)
  })

  it("keeps the chance of leaving a cell at its margin, however small the step has become", () => {
    const cells = [0, 8, 3]
    const state = run(sphere, 3, 300, cells).state
    const least = 1 / (3 * state.lambda)
    for (const i of [1, 2]) {
      const deviation = state.sigma * Math.sqrt(state.covariance[i * 3 + i]!) * state.stretch[i]!
      const cell = Math.min(cells[i]! - 1, Math.max(0, Math.floor(state.mean[i]! * cells[i]!)))
      const beyond = (border: number, side: number) => distribution((side * (state.mean[i]! - border)) / deviation)
      const leaves =
        (cell === 0 ? 0 : 1 - beyond(cell / cells[i]!, 1)) +
        (cell === cells[i]! - 1 ? 0 : beyond((cell + 1) / cells[i]!, 1))
      assert.isAtLeast(leaves, least * 0.99)
    }
  })
})
