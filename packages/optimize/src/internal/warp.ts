/**
 * Makes objective values fit for a Gaussian process: mean 0, variance 1, smaller is better.
 *
 * Where the range is wide, a logarithm is taken first, ln(1 + (y − least) / c), with c the distance of a low quantile from the
 * least value: the few large values then weigh no more than the many small ones, and what lies near the best keeps its
 * detail. (In the spirit of G. E. P. Box, D. R. Cox, "An analysis of transformations", J. R. Statist. Soc. B 26, 1964.)
 *
 * **Guarantees** Strictly increasing up to rounding, so that the ranking stays. Finite for finite values. Values scaled by a
 * power of two give the same, as long as none becomes subnormal or infinite.
 *
 * @since 0.1.0
 */

/** The range counts as wide when it is so many times the distance of the median from the least. */
const WIDE = 8

const quantile = (sorted: Float64Array, share: number): number => sorted[Math.floor(share * (sorted.length - 1))]!

/** The values with mean 0 and variance 1, in their proportions. */
export const standardize = (values: Float64Array): Float64Array => {
  // The rounding of their mean is no deviation.
  if (values.every((value) => value === values[0])) return new Float64Array(values.length)
  let sum = 0
  for (const value of values) sum += value / values.length
  let squares = 0
  for (const value of values) squares += (value - sum) * ((value - sum) / values.length)
  const deviation = Math.sqrt(squares)
  return values.map((value) => (deviation > 0 && Number.isFinite(deviation) ? (value - sum) / deviation : 0))
}

/** Warps values of which smaller ones are better. */
export const warp = (values: Float64Array): Float64Array => {
  const sorted = values.slice().sort()
  // Thirds keep differences of the largest doubles finite.
  const scale = Math.max(Math.abs(sorted[0]!), Math.abs(sorted[sorted.length - 1]!)) > 1e150 ? 1e-200 : 1
  const least = sorted[0]! * scale
  const range = sorted[sorted.length - 1]! * scale - least
  const middle = quantile(sorted, 0.5) * scale - least
  if (!(range > WIDE * middle)) return standardize(values.map((value) => value * scale))
  const low = quantile(sorted, 0.1) * scale - least
  const floor = Math.max(low, 1e-3 * middle, 1e-12 * range)
  return standardize(values.map((value) => Math.log1p((value * scale - least) / floor)))
}
