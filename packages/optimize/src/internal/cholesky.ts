/**
 * Dense linear algebra of symmetric positive definite matrices, on `Float64Array`, row by row, without allocation.
 *
 * Matrices are square, row-major, with `stride` numbers from row to row, so that a factor can grow in place. Of a factor
 * only the lower triangle is read or written. The algorithms are the textbook ones (G. H. Golub, C. F. Van Loan, "Matrix
 * Computations", 4th ed., 2013, sections 3.1, 4.2, 6.5), ordered so that inner loops run along rows.
 *
 * @since 0.1.0
 */

/** Sum of a[i + k]·b[j + k] for k from 0 to n − 1. */
export const dot = (a: Float64Array, i: number, b: Float64Array, j: number, n: number): number => {
  let even = 0
  let odd = 0
  let k = 0
  for (; k + 1 < n; k += 2) {
    even += a[i + k]! * b[j + k]!
    odd += a[i + k + 1]! * b[j + k + 1]!
  }
  if (k < n) even += a[i + k]! * b[j + k]!
  return even + odd
}

/** Replaces the lower triangle of `a` by its factor L, L·Lᵀ = a, from row `from` on; false if `a` is not positive definite. */
export const factor = (a: Float64Array, n: number, stride: number, from = 0): boolean => {
  for (let i = from; i < n; i++) {
    const row = i * stride
    for (let j = 0; j < i; j++) {
      const other = j * stride
      a[row + j] = (a[row + j]! - dot(a, row, a, other, j)) / a[other + j]!
    }
    const pivot = a[row + i]! - dot(a, row, a, row, i)
    if (!(pivot > 0)) return false
    a[row + i] = Math.sqrt(pivot)
  }
  return true
}

/** Replaces `b` by L⁻¹·b. */
export const solveLower = (l: Float64Array, n: number, stride: number, b: Float64Array): void => {
  for (let i = 0; i < n; i++) b[i] = (b[i]! - dot(l, i * stride, b, 0, i)) / l[i * stride + i]!
}

/** Replaces `b` by L⁻ᵀ·b. */
export const solveUpper = (l: Float64Array, n: number, stride: number, b: Float64Array): void => {
  for (let i = n - 1; i >= 0; i--) {
    const row = i * stride
    const x = b[i]! / l[row + i]!
    b[i] = x
    for (let k = 0; k < i; k++) b[k]! -= l[row + k]! * x
  }
}

/** Changes the factor of A into that of A + v·vᵀ, by rotations; `v` is spent. */
export const update = (l: Float64Array, n: number, stride: number, v: Float64Array): void => {
  for (let k = 0; k < n; k++) {
    const pivot = l[k * stride + k]!
    const length = Math.hypot(pivot, v[k]!)
    const c = length / pivot
    const s = v[k]! / pivot
    l[k * stride + k] = length
    for (let i = k + 1; i < n; i++) {
      const at = i * stride + k
      l[at] = (l[at]! + s * v[i]!) / c
      v[i] = c * v[i]! - s * l[at]!
    }
  }
}

/** Half of the logarithm of the determinant of L·Lᵀ. */
export const halfLogDeterminant = (l: Float64Array, n: number, stride: number): number => {
  let sum = 0
  for (let i = 0; i < n; i++) sum += Math.log(l[i * stride + i]!)
  return sum
}

/** Writes (L·Lᵀ)⁻¹ into the lower triangle of `inverse`; `scratch` has its size. Both have stride n. */
export const invert = (
  l: Float64Array,
  n: number,
  stride: number,
  inverse: Float64Array,
  scratch: Float64Array
): void => {
  // Row j of `scratch` is column j of L⁻¹, so that every sum below runs along rows.
  for (let j = 0; j < n; j++) {
    const column = j * n
    scratch[column + j] = 1 / l[j * stride + j]!
    for (let i = j + 1; i < n; i++) {
      const row = i * stride
      scratch[column + i] = -dot(l, row + j, scratch, column + j, i - j) / l[row + i]!
    }
  }
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) inverse[i * n + j] = dot(scratch, i * n + i, scratch, j * n + i, n - i)
  }
}
