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

/** The values scaled by a power of two, which costs no digit, so that the largest is about 1: squares and differences stay finite. */
const ofUnitSize = (values: Float64Array): Float64Array => {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  const scale = 2 ** -Math.min(1023, Math.max(-1000, Math.floor(Math.log2(largest))))
  return values.map((value) => value * scale)
}

/** The values with mean 0 and variance 1, in their proportions. */
export const standardize = (given: Float64Array): Float64Array => {
  // The rounding of their mean is no deviation.
  if (given.every((value) => value === given[0])) return new Float64Array(given.length)
  const values = ofUnitSize(given)
  let sum = 0
  for (const value of values) sum += value / values.length
  let squares = 0
  for (const value of values) squares += (value - sum) * ((value - sum) / values.length)
  const deviation = Math.sqrt(squares)
  return values.map((value) => (deviation > 0 && Number.isFinite(deviation) ? (value - sum) / deviation : 0))
}

/** Warps values of which smaller ones are better. */
export const warp = (given: Float64Array): Float64Array => {
  const values = ofUnitSize(given)
  const sorted = values.slice().sort()
  const least = sorted[0]!
  const range = sorted[sorted.length - 1]! - least
  const middle = quantile(sorted, 0.5) - least
  if (!(range > WIDE * middle)) return standardize(values)
  const low = quantile(sorted, 0.1) - least
  const floor = Math.max(low, 1e-3 * middle, 1e-12 * range)
  return standardize(values.map((value) => Math.log1p((value - least) / floor)))
}
