import { assert, describe, it } from "@effect/vitest"
import * as Cholesky from "../../src/internal/cholesky.ts"
import * as Random from "../../src/internal/random.ts"

/** A well-conditioned symmetric matrix B·Bᵀ + n·1, row by row. */
const positive = (n: number, seed: number): Float64Array => {
  const random = Random.stream(seed)
  const b = Float64Array.from({ length: n * n }, () => 2 * Random.uniform(random) - 1)
  return Float64Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n]
    let sum = i === j ? n : 0
    for (let k = 0; k < n; k++) sum += b[i * n + k]! * b[j * n + k]!
    return sum
  })
}

const times = (a: Float64Array, x: Float64Array): Float64Array =>
  x.map((_, i) => x.reduce((sum, value, j) => sum + a[i * x.length + j]! * value, 0))

const close = (a: Float64Array, b: Float64Array, tolerance = 1e-10) => {
  for (let i = 0; i < a.length; i++) assert.closeTo(a[i]!, b[i]!, tolerance)
}

const lowerOf = (l: Float64Array, n: number) => l.map((value, at) => (at % n <= Math.floor(at / n) ? value : 0))

const sizes = [1, 2, 3, 7, 20]

describe("cholesky", () => {
  it("has the factor of the textbook's matrix", () => {
    const a = Float64Array.from([4, 0, 0, 12, 37, 0, -16, -43, 98])
    assert.isTrue(Cholesky.factor(a, 3, 3))
    assert.deepStrictEqual([...lowerOf(a, 3)], [2, 0, 0, 6, 1, 0, -8, 5, 3])
    assert.closeTo(Cholesky.halfLogDeterminant(a, 3, 3), Math.log(6), 1e-15)
  })

  it("solves, inverts, and refuses what is not positive definite", () => {
    for (const n of sizes) {
      const a = positive(n, n)
      const l = a.slice()
      assert.isTrue(Cholesky.factor(l, n, n))
      const x = Float64Array.from({ length: n }, (_, i) => Math.sin(i + 1))
      const b = times(a, x)
      Cholesky.solveLower(l, n, n, b)
      Cholesky.solveUpper(l, n, n, b)
      close(b, x)
      const inverse = new Float64Array(n * n)
      Cholesky.invert(l, n, n, inverse, new Float64Array(n * n))
      const whole = inverse.map((_, at) => {
        const [i, j] = [Math.floor(at / n), at % n]
        return inverse[i >= j ? i * n + j : j * n + i]!
      })
      close(times(whole, times(a, x)), x)
    }
    assert.isFalse(Cholesky.factor(Float64Array.from([1, 0, 2, 1]), 2, 2))
  })

  it("grows row by row, and takes a rank-1 update, as if factored anew", () => {
    for (const n of sizes) {
      const a = positive(n, 50 + n)
      const whole = a.slice()
      Cholesky.factor(whole, n, n)
      const grown = a.slice()
      for (let m = 1; m <= n; m++) Cholesky.factor(grown, m, n, m - 1)
      close(lowerOf(grown, n), lowerOf(whole, n))

      const v = Float64Array.from({ length: n }, (_, i) => Math.cos(3 * i))
      const changed = a.map((value, at) => value + v[Math.floor(at / n)]! * v[at % n]!)
      Cholesky.factor(changed, n, n)
      Cholesky.update(whole, n, n, v)
      close(lowerOf(whole, n), lowerOf(changed, n))
    }
  })
})
