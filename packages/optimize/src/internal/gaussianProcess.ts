/**
 * Gaussian process regression: Matérn 5/2 with a length for each variable (C. E. Rasmussen, C. K. I. Williams, "Gaussian
 * Processes for Machine Learning", 2006), hyper-parameters at the maximum of their posterior, found by analytic gradients.
 *
 * The prior of the lengths grows with the dimension: ln ℓ ~ N(√2 + ½ ln d, 3) (C. Hvarfner, E. O. Hellsten, L. Nardi,
 * "Vanilla Bayesian optimization performs great in high dimensions", ICML 2024). Ordered variables are compared by their
 * distance on the unit interval, unordered ones by whether they are equal.
 *
 * **Guarantees** The same data give the same model. No allocation in loops over pairs of points.
 *
 * **Does not guarantee** The global maximum of the posterior.
 *
 * @since 0.1.0
 */
import * as Lbfgs from "./boundedLbfgs.ts"
import * as Cholesky from "./cholesky.ts"

/** Points, row by row, and what was seen there: `values` have mean 0 and variance 1, about. */
export interface Data {
  readonly n: number
  readonly d: number
  readonly points: Float64Array
  readonly values: Float64Array
  /** 1 for variables whose places have no order. */
  readonly unordered: Uint8Array
  /** What counts as a distance of 1 in each ordered variable. */
  readonly widths: Float64Array
}

/** ln ℓ of each variable, then ln of the variance and of the noise's variance. */
export type Hyper = Float64Array

/** A fitted process. */
export interface Model {
  readonly data: Data
  readonly hyper: Hyper
  /** ℓ⁻² of each variable, in widths. */
  readonly scales: Float64Array
  readonly variance: number
  readonly mean: number
  readonly factor: Float64Array
  /** K⁻¹·(values − mean). */
  readonly weights: Float64Array
}

const SQRT_5 = Math.sqrt(5)
const LENGTH_SPREAD = Math.sqrt(3)
const VARIANCE_SPREAD = 1
const NOISE_CENTRE = Math.log(1e-4)
const NOISE_SPREAD = 3
/** Added to the diagonal beside the noise, as a share of the variance, so that the factor exists. */
const JITTER = 1e-10

const lengthCentre = (d: number) => Math.SQRT2 + 0.5 * Math.log(d)

/** Where the search for hyper-parameters begins: all lengths `length`, no noise to speak of. */
export const startAt = (d: number, length: number): Hyper => {
  const hyper = new Float64Array(d + 2).fill(Math.log(length))
  hyper[d] = 0
  hyper[d + 1] = Math.log(1e-5)
  return hyper
}

/** Squared distance of two places of a variable. */
const square = (a: number, b: number, unordered: number): number =>
  unordered === 1 ? (a === b ? 0 : 1) : (a - b) * (a - b)

/** What squared distances of each variable are multiplied with. */
const inWidths = ({ unordered, widths }: Data): Float64Array =>
  widths.map((width, j) => (unordered[j] === 1 ? 1 : 1 / (width * width)))

/** What the posterior of the hyper-parameters needs, over and over. */
interface Workspace {
  readonly data: Data
  /** Squared distances, variable by variable: n·n numbers each, lower triangles. */
  readonly squares: ReadonlyArray<Float64Array>
  readonly kernel: Float64Array
  readonly slopes: Float64Array
  readonly inverse: Float64Array
  readonly scratch: Float64Array
  readonly weights: Float64Array
  readonly ones: Float64Array
}

const workspace = (data: Data): Workspace => {
  const { d, n, points, unordered } = data
  const factors = inWidths(data)
  const squares = Array.from({ length: d }, (_, j) => {
    const all = new Float64Array(n * n)
    for (let a = 0; a < n; a++) {
      for (let b = 0; b < a; b++) {
        all[a * n + b] = factors[j]! * square(points[a * d + j]!, points[b * d + j]!, unordered[j]!)
      }
    }
    return all
  })
  const matrix = () => new Float64Array(n * n)
  return {
    data,
    squares,
    kernel: matrix(),
    slopes: matrix(),
    inverse: matrix(),
    scratch: matrix(),
    weights: new Float64Array(n),
    ones: new Float64Array(n)
  }
}

/** Fills the lower triangle of the kernel, and the common factor of its derivatives by ln ℓ. */
const fillKernel = ({ data, kernel, slopes, squares }: Workspace, hyper: Hyper): void => {
  const { d, n } = data
  const variance = Math.exp(hyper[d]!)
  const noise = Math.exp(hyper[d + 1]!)
  kernel.fill(0)
  for (let j = 0; j < d; j++) {
    const scale = Math.exp(-2 * hyper[j]!)
    const all = squares[j]!
    for (let a = 1; a < n; a++) for (let at = a * n; at < a * n + a; at++) kernel[at]! += scale * all[at]!
  }
  for (let a = 0; a < n; a++) {
    for (let at = a * n; at < a * n + a; at++) {
      const r = SQRT_5 * Math.sqrt(kernel[at]!)
      const decay = variance * Math.exp(-r)
      kernel[at] = decay * (1 + r + (r * r) / 3)
      slopes[at] = (5 / 3) * decay * (1 + r)
    }
    kernel[a * n + a] = variance * (1 + JITTER) + noise
  }
}

const priorEnergy = (hyper: Hyper, d: number, gradient: Float64Array): number => {
  let energy = 0
  const add = (i: number, centre: number, spread: number) => {
    const z = (hyper[i]! - centre) / spread
    energy += 0.5 * z * z
    gradient[i]! += z / spread
  }
  for (let j = 0; j < d; j++) add(j, lengthCentre(d), LENGTH_SPREAD)
  add(d, 0, VARIANCE_SPREAD)
  add(d + 1, NOISE_CENTRE, NOISE_SPREAD)
  return energy
}

/** The mean that the data make most likely, and the weights under it. Needs the factor in `kernel`. */
const solveWeights = ({ data, kernel, ones, weights }: Workspace): number => {
  const { n, values } = data
  ones.fill(1)
  Cholesky.solveLower(kernel, n, n, ones)
  weights.set(values)
  Cholesky.solveLower(kernel, n, n, weights)
  const mean = Cholesky.dot(ones, 0, weights, 0, n) / Cholesky.dot(ones, 0, ones, 0, n)
  for (let i = 0; i < n; i++) weights[i]! -= mean * ones[i]!
  return mean
}

/** Minus the logarithm of the posterior of the hyper-parameters, up to a constant, with its gradient. */
const energy =
  (space: Workspace): Lbfgs.Objective =>
  (hyper, gradient) => {
    const { data, inverse, kernel, scratch, slopes, squares, weights } = space
    const { d, n } = data
    fillKernel(space, hyper)
    if (!Cholesky.factor(kernel, n, n)) return Number.POSITIVE_INFINITY
    solveWeights(space)
    let value = Cholesky.halfLogDeterminant(kernel, n, n) + 0.5 * Cholesky.dot(weights, 0, weights, 0, n)
    Cholesky.solveUpper(kernel, n, n, weights)
    Cholesky.invert(kernel, n, n, inverse, scratch)
    // inverse := K⁻¹ − w·wᵀ: half its trace with dK is the derivative.
    let trace = 0
    for (let a = 0; a < n; a++) {
      for (let b = 0; b <= a; b++) inverse[a * n + b]! -= weights[a]! * weights[b]!
      trace += inverse[a * n + a]!
    }
    gradient.fill(0)
    for (let a = 1; a < n; a++) for (let at = a * n; at < a * n + a; at++) slopes[at]! *= inverse[at]!
    for (let j = 0; j < d; j++) {
      const all = squares[j]!
      let sum = 0
      for (let a = 1; a < n; a++) sum += Cholesky.dot(slopes, a * n, all, a * n, a)
      gradient[j] = sum * Math.exp(-2 * hyper[j]!)
    }
    // K without noise is proportional to the variance: tr(A·(K − noise)) = tr(A·K) − noise·tr(A).
    const noise = Math.exp(hyper[d + 1]!)
    let quadratic = 0
    for (let i = 0; i < n; i++) quadratic += weights[i]! * data.values[i]!
    gradient[d + 1] = 0.5 * noise * trace
    gradient[d] = 0.5 * (n - quadratic) - gradient[d + 1]!
    value += priorEnergy(hyper, d, gradient)
    return value
  }

const bounds = (d: number) => {
  const lower = new Float64Array(d + 2).fill(Math.log(5e-3))
  const upper = new Float64Array(d + 2).fill(Math.log(1e3))
  lower[d] = Math.log(1e-2)
  upper[d] = Math.log(1e2)
  lower[d + 1] = Math.log(1e-9)
  upper[d + 1] = 0
  return { lower, upper }
}

/** Improves hyper-parameters in place; gives minus the logarithm of their posterior. */
export const improve = (data: Data, hyper: Hyper, evaluations: number): number =>
  Lbfgs.minimize(energy(workspace(data)), hyper, { ...bounds(data.d), evaluations, tolerance: 1e-3 })

/** Minus the logarithm of the posterior and its gradient: for tests. */
export const energyOf = (data: Data, hyper: Hyper, gradient: Float64Array): number =>
  energy(workspace(data))(hyper, gradient)

/** The process with these hyper-parameters. More noise is added if the kernel is too near to singular. */
export const model = (data: Data, hyper: Hyper): Model => {
  const space = workspace(data)
  const { d, n } = data
  const used = hyper.slice()
  for (;;) {
    fillKernel(space, used)
    if (Cholesky.factor(space.kernel, n, n)) break
    used[d + 1]! += Math.log(10)
  }
  const mean = solveWeights(space)
  Cholesky.solveUpper(space.kernel, n, n, space.weights)
  const factors = inWidths(data)
  const scales = Float64Array.from({ length: d }, (_, j) => factors[j]! * Math.exp(-2 * used[j]!))
  return { data, hyper: used, scales, variance: Math.exp(used[d]!), mean, factor: space.kernel, weights: space.weights }
}

/** Room for one prediction after the other. */
export interface Prediction {
  mean: number
  deviation: number
  /** Derivatives of both by the place; only of ordered variables. */
  readonly meanSlope: Float64Array
  readonly deviationSlope: Float64Array
  readonly kernel: Float64Array
  readonly slopes: Float64Array
  readonly solved: Float64Array
}

/** Room for predictions of a model. */
export const prediction = ({ data }: Model): Prediction => ({
  mean: 0,
  deviation: 0,
  meanSlope: new Float64Array(data.d),
  deviationSlope: new Float64Array(data.d),
  kernel: new Float64Array(data.n),
  slopes: new Float64Array(data.n),
  solved: new Float64Array(data.n)
})

/** Predicts at `point`, with derivatives if asked. */
export const predict = (model: Model, point: Float64Array, into: Prediction, withSlopes: boolean): void => {
  const { data, factor, mean, scales, variance, weights } = model
  const { d, n, points, unordered } = data
  const { kernel, slopes, solved } = into
  for (let i = 0; i < n; i++) {
    let distance = 0
    for (let j = 0; j < d; j++) distance += scales[j]! * square(point[j]!, points[i * d + j]!, unordered[j]!)
    const r = SQRT_5 * Math.sqrt(distance)
    const decay = variance * Math.exp(-r)
    kernel[i] = decay * (1 + r + (r * r) / 3)
    slopes[i] = (5 / 3) * decay * (1 + r)
  }
  into.mean = mean + Cholesky.dot(kernel, 0, weights, 0, n)
  solved.set(kernel)
  Cholesky.solveLower(factor, n, n, solved)
  const left = variance - Cholesky.dot(solved, 0, solved, 0, n)
  into.deviation = Math.sqrt(Math.max(left, 1e-14 * variance))
  if (!withSlopes) return
  Cholesky.solveUpper(factor, n, n, solved)
  for (let j = 0; j < d; j++) {
    let byMean = 0
    let byVariance = 0
    if (unordered[j] === 0) {
      const x = point[j]!
      for (let i = 0; i < n; i++) {
        const slope = slopes[i]! * (points[i * d + j]! - x)
        byMean += weights[i]! * slope
        byVariance -= solved[i]! * slope
      }
    }
    into.meanSlope[j] = scales[j]! * byMean
    into.deviationSlope[j] = (scales[j]! * byVariance) / into.deviation
  }
}
