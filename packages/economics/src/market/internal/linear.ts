/**
 * Systems of linear equations, dense or by products alone.
 *
 * **Guarantees** `solveDense` pivots by rows; it says `false` where a pivot vanishes. Nothing is allocated: callers lend the
 * space.
 */

/** Solves `A x = b` by Gaussian elimination with row pivoting, in place: `a` (row-major) is destroyed, `b` becomes `x`. */
export const solveDense = (a: Float64Array, b: Float64Array, size: number): boolean => {
  for (let k = 0; k < size; k++) {
    const pivotRow = largestBelow(a, k, size)
    if (pivotRow !== k) swapRows(a, b, k, pivotRow, size)
    const pivot = a[k * size + k]!
    // Also where it is not a number.
    if (!(Math.abs(pivot) > 0)) return false
    for (let i = k + 1; i < size; i++) {
      const factor = a[i * size + k]! / pivot
      if (factor === 0) continue
      for (let j = k + 1; j < size; j++) a[i * size + j]! -= factor * a[k * size + j]!
      b[i]! -= factor * b[k]!
    }
  }
  for (let k = size - 1; k >= 0; k--) {
    let value = b[k]!
    for (let j = k + 1; j < size; j++) value -= a[k * size + j]! * b[j]!
    b[k] = value / a[k * size + k]!
  }
  return b.every(Number.isFinite)
}

const largestBelow = (a: Float64Array, k: number, size: number): number => {
  let row = k
  for (let i = k + 1; i < size; i++) if (Math.abs(a[i * size + k]!) > Math.abs(a[row * size + k]!)) row = i
  return row
}

const swapRows = (a: Float64Array, b: Float64Array, k: number, other: number, size: number): void => {
  for (let j = k; j < size; j++) {
    const kept = a[k * size + j]!
    a[k * size + j] = a[other * size + j]!
    a[other * size + j] = kept
  }
  const kept = b[k]!
  b[k] = b[other]!
  b[other] = kept
}

/** `out = A v`. */
export type Product = (v: Float64Array, out: Float64Array) => void

/** Space for `solveByProducts`. */
export interface KrylovSpace {
  readonly residual: Float64Array
  readonly shadow: Float64Array
  readonly direction: Float64Array
  readonly image: Float64Array
  readonly half: Float64Array
  readonly halfImage: Float64Array
}

export const krylovSpace = (size: number): KrylovSpace => ({
  residual: new Float64Array(size),
  shadow: new Float64Array(size),
  direction: new Float64Array(size),
  image: new Float64Array(size),
  half: new Float64Array(size),
  halfImage: new Float64Array(size)
})

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

/**
 * Solves `A x = b` for an `A` near the identity by the stabilised biconjugate gradients of van der Vorst (1992), from products
 * alone. Writes into `x`; `false` when the residual is not below `tolerance` times `b` after `steps` steps.
 */
export const solveByProducts = (
  product: Product,
  b: Float64Array,
  x: Float64Array,
  space: KrylovSpace,
  tolerance: number,
  steps: number
): boolean => {
  const { direction, half, halfImage, image, residual, shadow } = space
  x.fill(0)
  residual.set(b)
  shadow.set(b)
  direction.set(b)
  let rho = dot(shadow, residual)
  const enough = rho * tolerance * tolerance
  if (rho === 0) return true
  for (let step = 0; step < steps; step++) {
    product(direction, image)
    const alpha = rho / dot(shadow, image)
    for (let i = 0; i < x.length; i++) half[i] = residual[i]! - alpha * image[i]!
    product(half, halfImage)
    const square = dot(halfImage, halfImage)
    const omega = square === 0 ? 0 : dot(halfImage, half) / square
    for (let i = 0; i < x.length; i++) {
      x[i]! += alpha * direction[i]! + omega * half[i]!
      residual[i] = half[i]! - omega * halfImage[i]!
    }
    const rest = dot(residual, residual)
    if (rest <= enough) return true
    const next = dot(shadow, residual)
    const beta = (next / rho) * (alpha / omega)
    if (!Number.isFinite(beta)) return false
    for (let i = 0; i < x.length; i++) direction[i] = residual[i]! + beta * (direction[i]! - omega * image[i]!)
    rho = next
  }
  return false
}
