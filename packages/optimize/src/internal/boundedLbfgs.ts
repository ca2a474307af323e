/**
 * Minimizes a smooth function within bounds: limited-memory BFGS on the variables that are free, steps projected back
 * into the box (the projected quasi-Newton method of D. P. Bertsekas, "Projected Newton methods for optimization problems
 * with simple constraints", SIAM J. Control 20(2), 1982, with the two-loop recursion of J. Nocedal, "Updating quasi-Newton
 * matrices with limited storage", Math. Comp. 35, 1980).
 *
 * **Guarantees** The result is never worse than the start, and lies within the bounds. At most `evaluations` calls.
 *
 * **Does not guarantee** More than a local minimum.
 *
 * @since 0.1.0
 */

/** What is minimized: gives the value at `x` and writes the gradient. A value that is not finite counts as infinitely bad. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number

/** The bounds, and when to stop. */
export interface Settings {
  readonly lower: Float64Array
  readonly upper: Float64Array
  /** Most calls of the objective. */
  readonly evaluations: number
  /** Stops when the largest component of the projected gradient is below this. */
  readonly tolerance: number
}

const MEMORY = 8
/** Share of the predicted decrease that a step has to bring (Armijo). */
const SUFFICIENT = 1e-4

interface Pair {
  readonly step: Float64Array
  readonly change: Float64Array
  readonly rho: number
}

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

/** Minus the inverse Hessian's estimate times `gradient`, on the free variables; 0 on the others. */
const directionOf = (gradient: Float64Array, isFree: Uint8Array, pairs: ReadonlyArray<Pair>): Float64Array => {
  const q = gradient.map((g, i) => (isFree[i] === 1 ? g : 0))
  const mask = (v: Float64Array) => {
    for (let i = 0; i < v.length; i++) if (isFree[i] === 0) v[i] = 0
  }
  const weights: Array<number> = []
  for (const { change, rho, step } of pairs.toReversed()) {
    const weight = rho * dot(step, q)
    weights.push(weight)
    for (let i = 0; i < q.length; i++) q[i]! -= weight * change[i]!
  }
  const last = pairs.at(-1)
  const scale = last === undefined ? 1 : 1 / (last.rho * dot(last.change, last.change))
  for (let i = 0; i < q.length; i++) q[i]! *= scale
  for (const { change, rho, step } of pairs) {
    const weight = weights.pop()! - rho * dot(change, q)
    for (let i = 0; i < q.length; i++) q[i]! += weight * step[i]!
  }
  mask(q)
  for (let i = 0; i < q.length; i++) q[i] = -q[i]!
  return q
}

/** Minimizes from `start`, which is changed into the result. Gives the value there. */
export const minimize = (objective: Objective, start: Float64Array, settings: Settings): number => {
  const { lower, upper, tolerance } = settings
  const n = start.length
  const clamp = (x: number, i: number) => Math.min(Math.max(x, lower[i]!), upper[i]!)
  for (let i = 0; i < n; i++) start[i] = clamp(start[i]!, i)
  let gradient = new Float64Array(n)
  let value = objective(start, gradient)
  let left = settings.evaluations - 1
  let pairs: Array<Pair> = []
  const isFree = new Uint8Array(n)
  let next = new Float64Array(n)
  let nextGradient = new Float64Array(n)
  if (!Number.isFinite(value)) return value
  while (left > 0) {
    let largest = 0
    for (let i = 0; i < n; i++) {
      const g = gradient[i]!
      isFree[i] = (start[i]! <= lower[i]! && g > 0) || (start[i]! >= upper[i]! && g < 0) ? 0 : 1
      if (isFree[i] === 1) largest = Math.max(largest, Math.abs(g))
    }
    if (largest < tolerance) break
    let direction = directionOf(gradient, isFree, pairs)
    let slope = dot(direction, gradient)
    if (!(slope < 0)) {
      pairs = []
      direction = directionOf(gradient, isFree, pairs)
      slope = dot(direction, gradient)
    }
    // Without a memory the length of the gradient means nothing: begin with a tenth of a unit.
    let length = pairs.length === 0 ? Math.min(1, 0.1 / Math.sqrt(-slope)) : 1
    let nextValue = Number.POSITIVE_INFINITY
    let moved = 0
    while (left > 0) {
      let decrease = 0
      moved = 0
      for (let i = 0; i < n; i++) {
        next[i] = clamp(start[i]! + length * direction[i]!, i)
        decrease += gradient[i]! * (next[i]! - start[i]!)
        moved = Math.max(moved, Math.abs(next[i]! - start[i]!))
      }
      nextValue = objective(next, nextGradient)
      left--
      if (nextValue <= value + SUFFICIENT * decrease || moved < 1e-12) break
      length *= Number.isFinite(nextValue) ? Math.min(0.5, Math.max(0.1, backtrack(value, nextValue, decrease))) : 0.1
    }
    if (!(nextValue < value)) break
    const step = next.map((x, i) => x - start[i]!)
    const change = nextGradient.map((g, i) => g - gradient[i]!)
    const curvature = dot(step, change)
    if (curvature > 1e-12 * dot(change, change)) {
      pairs.push({ step, change, rho: 1 / curvature })
      if (pairs.length > MEMORY) pairs.shift()
    }
    const gained = value - nextValue
    start.set(next)
    value = nextValue
    ;[gradient, nextGradient] = [nextGradient, gradient]
    if (gained < 1e-12 * Math.max(1, Math.abs(value))) break
  }
  return value
}

/** Where the parabola through the value, the slope and the value at the step's end has its minimum, as a share of the step. */
const backtrack = (value: number, nextValue: number, slope: number): number =>
  -slope / (2 * (nextValue - value - slope))
