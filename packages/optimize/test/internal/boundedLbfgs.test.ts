import { assert, describe, it } from "@effect/vitest"
import * as Lbfgs from "../../src/internal/boundedLbfgs.ts"

const box = (n: number, low: number, high: number, evaluations = 500) => ({
  lower: new Float64Array(n).fill(low),
  upper: new Float64Array(n).fill(high),
  evaluations,
  tolerance: 1e-8
})

/** Rosenbrock's valley; the minimum of 0 lies where all are 1. */
const rosenbrock: Lbfgs.Objective = (x, gradient) => {
  gradient.fill(0)
  let sum = 0
  for (let i = 0; i + 1 < x.length; i++) {
    const [a, b] = [x[i]!, x[i + 1]!]
    sum += 100 * (b - a * a) ** 2 + (1 - a) ** 2
    gradient[i]! += -400 * a * (b - a * a) - 2 * (1 - a)
    gradient[i + 1]! += 200 * (b - a * a)
  }
  return sum
}

describe("bounded L-BFGS", () => {
  it("finds the end of Rosenbrock's valley in 2 and in 10 dimensions", () => {
    for (const n of [2, 10]) {
      const x = new Float64Array(n).fill(-1.2)
      assert.isBelow(Lbfgs.minimize(rosenbrock, x, box(n, -5, 5)), 1e-12)
      for (const place of x) assert.closeTo(place, 1, 1e-5)
    }
  })

  it("stops at the bounds where the minimum lies outside", () => {
    // Within x ≤ 0.5 the valley is lowest at its border: y = x² there.
    const x = Float64Array.from([-1, 2])
    const value = Lbfgs.minimize(rosenbrock, x, box(2, -2, 0.5))
    assert.closeTo(x[0]!, 0.5, 1e-6)
    assert.closeTo(x[1]!, 0.25, 1e-6)
    assert.closeTo(value, 0.25, 1e-9)
  })

  it("begins within the bounds, keeps to its evaluations, and is never worse than the start", () => {
    for (const evaluations of [1, 2, 5]) {
      let calls = 0
      const counted: Lbfgs.Objective = (x, gradient) => {
        calls++
        for (const place of x) assert.isTrue(place >= -3 && place <= 3)
        return rosenbrock(x, gradient)
      }
      const x = Float64Array.from([-9, 9])
      const value = Lbfgs.minimize(counted, x, box(2, -3, 3, evaluations))
      assert.isAtMost(calls, evaluations)
      assert.isAtMost(value, rosenbrock(Float64Array.from([-3, 3]), new Float64Array(2)))
      assert.strictEqual(value, rosenbrock(x, new Float64Array(2)))
    }
  })

  it("steps back from where the objective is not finite", () => {
    // x − ln x: the minimum is at 1, and nothing is defined below 0.
    const logarithm: Lbfgs.Objective = ([x = 0], gradient) => {
      gradient[0] = 1 - 1 / x
      return x > 0 ? x - Math.log(x) : Number.NaN
    }
    const x = Float64Array.from([5])
    Lbfgs.minimize(logarithm, x, box(1, -10, 10))
    assert.closeTo(x[0]!, 1, 1e-5)
  })
})
