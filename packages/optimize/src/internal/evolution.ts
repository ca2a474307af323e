/**
 * Covariance matrix adaptation: the state of an evolution strategy and how a generation changes it (N. Hansen, "The CMA
 * evolution strategy: a tutorial", arXiv 1604.00772, 2016, with its default parameters, negative weights included).
 *
 * Whole-numbered coordinates keep a margin: each generation leaves a chance of at least 1 / (d·λ) to step into a
 * neighbouring cell (R. Hamano, S. Saito, M. Nomura, S. Shirakawa, "CMA-ES with margin", GECCO 2022).
 *
 * **Guarantees** Pure: equal samples in equal order of rank give equal states.
 *
 * @since 0.1.0
 */
import { EigenvalueDecomposition, Matrix } from "ml-matrix"
import { distribution, quantile } from "./normal.ts"

/** The distribution that the next generation is drawn from. Matrices are row-major. */
export interface State {
  readonly d: number
  /** Size of a generation. */
  readonly lambda: number
  readonly generation: number
  readonly mean: Float64Array
  readonly sigma: number
  readonly covariance: Float64Array
  readonly pathSigma: Float64Array
  readonly pathCovariance: Float64Array
  /** Eigenvectors in columns, and the roots of the eigenvalues, ascending. */
  readonly vectors: Float64Array
  readonly roots: Float64Array
  /** By how much the margin stretches each coordinate. */
  readonly stretch: Float64Array
}

/** The tutorial's size of a generation. */
export const lambdaOf = (d: number): number => 4 + Math.floor(3 * Math.log(d))

const identity = (d: number): Float64Array =>
  Float64Array.from({ length: d * d }, (_, at) => (at % (d + 1) === 0 ? 1 : 0))

/** The first distribution: round, around `mean`. */
export const begin = (mean: Float64Array, sigma: number, lambda: number): State => {
  const d = mean.length
  return {
    d,
    lambda,
    generation: 0,
    mean,
    sigma,
    covariance: identity(d),
    pathSigma: new Float64Array(d),
    pathCovariance: new Float64Array(d),
    vectors: identity(d),
    roots: new Float64Array(d).fill(1),
    stretch: new Float64Array(d).fill(1)
  }
}

/** The sample that d standard normals lead to. */
export const sample = ({ d, mean, roots, sigma, stretch, vectors }: State, normals: Float64Array): Float64Array =>
  mean.map((centre, i) => {
    let sum = 0
    for (let j = 0; j < d; j++) sum += vectors[i * d + j]! * roots[j]! * normals[j]!
    return centre + stretch[i]! * sigma * sum
  })

interface Rates {
  /** Of the better half, positive, with sum 1. */
  readonly weights: Float64Array
  /** Of the others, negative: what they do to the covariance. */
  readonly against: Float64Array
  readonly effective: number
  readonly sigma: number
  readonly damping: number
  readonly covariance: number
  readonly one: number
  readonly mu: number
  /** Expected length of d standard normals. */
  readonly chi: number
}

const sumOf = (values: Float64Array): number => values.reduce((a, b) => a + b, 0)
const effectiveOf = (values: Float64Array): number => sumOf(values) ** 2 / values.reduce((sum, x) => sum + x * x, 0)

const ratesOf = (d: number, lambda: number): Rates => {
  const half = Math.floor(lambda / 2)
  const raw = Float64Array.from({ length: lambda }, (_, i) => Math.log((lambda + 1) / 2) - Math.log(i + 1))
  const weights = raw.subarray(0, half).map((weight, _, all) => weight / sumOf(all))
  const effective = effectiveOf(weights)
  const sigma = (effective + 2) / (d + effective + 5)
  const one = 2 / ((d + 1.3) ** 2 + effective)
  const mu = Math.min(1 - one, (2 * (effective - 2 + 1 / effective)) / ((d + 2) ** 2 + effective))
  const losers = raw.subarray(half)
  const force = Math.min(1 + one / mu, 1 + (2 * effectiveOf(losers)) / (effective + 2), (1 - one - mu) / (d * mu))
  return {
    weights,
    against: losers.map((weight, _, all) => (-force * weight) / sumOf(all)),
    effective,
    sigma,
    damping: 1 + 2 * Math.max(0, Math.sqrt((effective - 1) / (d + 1)) - 1) + sigma,
    covariance: (4 + effective / d) / (d + 4 + (2 * effective) / d),
    one,
    mu,
    chi: Math.sqrt(d) * (1 - 1 / (4 * d) + 1 / (21 * d * d))
  }
}

/** C^(−½)·y by the eigenvectors. */
const whiten = ({ d, roots, vectors }: State, y: Float64Array): Float64Array => {
  const result = new Float64Array(d)
  for (let j = 0; j < d; j++) {
    let sum = 0
    for (let i = 0; i < d; i++) sum += vectors[i * d + j]! * y[i]!
    sum /= roots[j]!
    for (let i = 0; i < d; i++) result[i]! += vectors[i * d + j]! * sum
  }
  return result
}

const decompose = (covariance: Float64Array, d: number): Pick<State, "vectors" | "roots"> => {
  const rows = Array.from({ length: d }, (_, i) => covariance.subarray(i * d, (i + 1) * d))
  const { eigenvectorMatrix, realEigenvalues } = new EigenvalueDecomposition(new Matrix(rows), {
    assumeSymmetric: true
  })
  return {
    vectors: Float64Array.from(eigenvectorMatrix.to1DArray()),
    roots: Float64Array.from(realEigenvalues, (value) => Math.sqrt(Math.max(value, 1e-20)))
  }
}

/** The covariance after a generation: what it was, the path, and each step by its weight. */
const adapted = (
  state: State,
  rates: Rates,
  steps: ReadonlyArray<Float64Array>,
  path: Float64Array,
  lost: number
): Float64Array => {
  const { d, lambda } = state
  const half = rates.weights.length
  const weights = steps.map((y, k) => {
    if (k < half) return rates.weights[k]!
    // A generation that is not complete lacks its worst: what there is stands at the end of the list.
    const weight = rates.against[k - half + lambda - steps.length]!
    const white = whiten(state, y)
    return (
      (weight * d) /
      Math.max(
        1e-12,
        white.reduce((sum, x) => sum + x * x, 0)
      )
    )
  })
  const kept = 1 - rates.one - rates.mu * sumOf(Float64Array.from([...rates.weights, ...rates.against])) + lost
  return state.covariance.map((value, at) => {
    const i = Math.floor(at / d)
    const j = at % d
    let sum = 0
    for (let k = 0; k < steps.length; k++) sum += weights[k]! * steps[k]![i]! * steps[k]![j]!
    return kept * value + rates.one * path[i]! * path[j]! + rates.mu * sum
  })
}

/** The state after a generation, given its samples from best to worst: at least half of `lambda`. */
export const advance = (state: State, ranked: ReadonlyArray<Float64Array>): State => {
  const { d, lambda, mean, sigma, stretch } = state
  const rates = ratesOf(d, lambda)
  const steps = ranked.map((point) => point.map((x, i) => (x - mean[i]!) / (sigma * stretch[i]!)))
  const step = new Float64Array(d)
  for (const [k, weight] of rates.weights.entries()) {
    for (let i = 0; i < d; i++) step[i]! += weight * (steps[k]?.[i] ?? 0)
  }

  const white = whiten(state, step)
  const gainSigma = Math.sqrt(rates.sigma * (2 - rates.sigma) * rates.effective)
  const pathSigma = state.pathSigma.map((x, i) => (1 - rates.sigma) * x + gainSigma * white[i]!)
  const length = Math.hypot(...pathSigma)
  const settled = Math.sqrt(1 - (1 - rates.sigma) ** (2 * (state.generation + 1)))
  const isCalm = length / settled / rates.chi < 1.4 + 2 / (d + 1)
  const gain = isCalm ? Math.sqrt(rates.covariance * (2 - rates.covariance) * rates.effective) : 0
  const pathCovariance = state.pathCovariance.map((x, i) => (1 - rates.covariance) * x + gain * step[i]!)
  const lost = isCalm ? 0 : rates.one * rates.covariance * (2 - rates.covariance)
  const covariance = adapted(state, rates, steps, pathCovariance, lost)
  return {
    d,
    lambda,
    generation: state.generation + 1,
    mean: mean.map((centre, i) => centre + sigma * stretch[i]! * step[i]!),
    sigma: sigma * Math.exp(Math.min(1, (rates.sigma / rates.damping) * (length / rates.chi - 1))),
    covariance,
    pathSigma,
    pathCovariance,
    ...decompose(covariance, d),
    stretch
  }
}

/**
 * Keeps the margin of coordinates with cells; `cells[i]` is their number on the unit interval, 0 for a continuous one.
 * Moves the mean and stretches the coordinate just so that neighbouring cells keep their chance.
 */
export const withMargin = (state: State, cells: ReadonlyArray<number>): State => {
  const { covariance, d, lambda, sigma } = state
  const least = 1 / (d * lambda)
  const mean = state.mean.slice()
  const stretch = state.stretch.slice()
  for (const [i, count] of cells.entries()) {
    if (count < 2) continue
    const deviation = sigma * Math.sqrt(covariance[i * d + i]!) * stretch[i]!
    const cell = Math.min(count - 1, Math.max(0, Math.floor(mean[i]! * count)))
    if (cell === 0 || cell === count - 1) {
      // One border only: the chance beyond it.
      const border = (cell === 0 ? 1 : count - 1) / count
      const side = cell === 0 ? 1 : -1
      const beyond = distribution((-side * (border - mean[i]!)) / deviation)
      if (beyond < least) mean[i] = border + side * deviation * quantile(least)
      continue
    }
    const [low, high] = [cell / count, (cell + 1) / count]
    const below = Math.max(least / 2, distribution((low - mean[i]!) / deviation))
    const above = Math.max(least / 2, distribution((mean[i]! - high) / deviation))
    const inside = distribution((high - mean[i]!) / deviation) - distribution((low - mean[i]!) / deviation)
    const share = (1 - below - above - inside) / (below + above + inside - 1.5 * least)
    const [zLow, zHigh] = [below, above].map((p) => -quantile(p + share * (p - least / 2)))
    if (!(zLow! + zHigh! > 0)) continue
    const wanted = (high - low) / (zLow! + zHigh!)
    mean[i] = low + wanted * zLow!
    stretch[i]! *= wanted / deviation
  }
  return { ...state, mean, stretch }
}

/** Whether the search has ended: too small to move on, or too thin to be drawn from. */
export const hasConverged = ({ covariance, d, roots, sigma }: State): boolean => {
  let largest = 0
  for (let i = 0; i < d; i++) largest = Math.max(largest, sigma * Math.sqrt(covariance[i * d + i]!))
  const condition = roots[d - 1]! / roots[0]!
  return largest < 1e-11 || condition > 1e7 || !Number.isFinite(sigma) || sigma > 1e7
}
