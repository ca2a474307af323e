/**
 * Sums of powers in logarithms, as constant elasticities of substitution need them.
 *
 * **Guarantees** No digits are lost where a power is next to 0 (σ next to 1): a sum is next to 1 there, and what is divided
 * by the power is by how much it differs from 1. However large a power is, nothing overflows.
 */

/** `log Σ exp`. */
export const logSum = (logs: ArrayLike<number>): number => {
  let peak = -Infinity
  for (let j = 0; j < logs.length; j++) peak = Math.max(peak, logs[j]!)
  if (peak === -Infinity || peak === Infinity) return peak
  let sum = 0
  for (let j = 0; j < logs.length; j++) sum += Math.exp(logs[j]! - peak)
  return peak + Math.log(sum)
}

/** `log Σ amounts` from the amounts and their logarithms. */
export const logTotal = (amounts: ArrayLike<number>, logs: ArrayLike<number>): number => {
  // By how much the sum differs from 1, with what rounding takes from each step (Neumaier 1974).
  let sum = -1
  let lost = 0
  for (let j = 0; j < amounts.length; j++) {
    const amount = amounts[j]!
    const next = sum + amount
    lost += Math.abs(sum) >= amount ? sum - next + amount : amount - next + sum
    sum = next
  }
  const beyond = sum + lost
  return Math.abs(beyond) < 0.5 ? Math.log1p(beyond) : logSum(logs)
}

/**
 * `log (Σ s_j e^(k v_j)) / k` for shares that sum to 1, given by their logarithms (`−Infinity` for none): the logarithm of a
 * power mean of amounts whose logarithms are `v`.
 */
export const powerMean = (logShares: Float64Array, values: Float64Array, power: number): number => {
  const k = Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, power))
  // The value with the largest term; the others are told by how they differ from it.
  let pivot = k > 0 ? -Infinity : Infinity
  for (let j = 0; j < values.length; j++)
    if (logShares[j]! > -Infinity) pivot = k > 0 ? Math.max(pivot, values[j]!) : Math.min(pivot, values[j]!)
  if (!Number.isFinite(pivot)) return pivot
  let less = 0
  for (let j = 0; j < values.length; j++)
    if (logShares[j]! > -Infinity) less += Math.exp(logShares[j]!) * Math.expm1(k * (values[j]! - pivot))
  if (less > -0.5) return pivot + Math.log1p(less) / k
  const terms = logShares.map((share, j) => (share === -Infinity ? share : share + k * (values[j]! - pivot)))
  return pivot + logSum(terms) / k
}
