/**
 * Who buys what in a linear Fisher market: proportional response, then, where that is slow, an interior point method.
 *
 * Proportional response (Zhang 2011; Birnbaum, Devanur, Xiao 2011) lets every agent spend in proportion to the utility each
 * good gave it. The interior point method solves the dual of Eisenberg and Gale (1959), minimise `Σ y_j − Σ e_i log β_i`
 * subject to `u_ij β_i ≤ y_j`, whose multipliers are the amounts bought; Mehrotra's predictor and corrector (1992).
 */
import { guessForest, solveForest, spendingOf } from "./bangPerBuck.ts"
import type { Forest, ForestValues, LinearMarket } from "./bangPerBuck.ts"
import { solveDense } from "./linear.ts"

export interface LinearSolution {
  /** What buys what, if it was found and accepted. */
  readonly forest: Forest | undefined
  readonly solved: ForestValues | undefined
  /** The last approximation, for when it was not found. */
  readonly values: Float64Array
  readonly spending: Float64Array
  readonly iterations: number
  readonly method: "proportional-response" | "interior-point"
}

const responsesMax = 128
const newtonMax = 100

/** Utilities relative to each agent's highest; what would underflow is lifted, which the search may do: forests are verified. */
const relativeUtilities = ({ agents, goods, logUtilities }: LinearMarket): Float64Array => {
  const utilities = new Float64Array(agents * goods)
  for (let i = 0; i < agents; i++) {
    let peak = -Infinity
    for (let j = 0; j < goods; j++) peak = Math.max(peak, logUtilities[i * goods + j]!)
    for (let j = 0; j < goods; j++) {
      const relative = logUtilities[i * goods + j]! - peak
      utilities[i * goods + j] = relative === -Infinity ? 0 : Math.exp(Math.max(relative, -200))
    }
  }
  return utilities
}

/**
 * Solves the market for incomes that sum to 1; `accept` has the last word on a forest that looks right. At the very end it
 * is shown one that is not verified, in case that it can do better than doubles.
 */
export const solveLinear = (
  market: LinearMarket,
  incomes: Float64Array,
  accept: (forest: Forest, isVerified: boolean) => boolean
): LinearSolution => {
  const utilities = relativeUtilities(market)
  const values = new Float64Array(market.goods)
  const spending = new Float64Array(market.agents * market.goods)
  // Verified up to 1e-9 but not accepted, as where rounded utilities break a tie.
  let nearly: Pick<LinearSolution, "values" | "spending"> | undefined
  const found = (isLast = false): Pick<LinearSolution, "forest" | "solved"> | undefined => {
    const forest = guessForest(market, incomes, values, spending)
    if (forest === undefined) return undefined
    const solved = solveForest(market, forest, incomes)
    if (solved.verified) nearly = { values: solved.values, spending: spendingOf(market, forest, solved.flow) }
    return (solved.verified || isLast) && accept(forest, solved.verified) ? { forest, solved } : undefined
  }
  const { agents, goods } = market
  for (let i = 0; i < agents; i++) {
    let sum = 0
    for (let j = 0; j < goods; j++) sum += utilities[i * goods + j]!
    for (let j = 0; j < goods; j++) spending[i * goods + j] = (incomes[i]! * utilities[i * goods + j]!) / sum
  }
  sumColumns(market, spending, values)
  for (let iterations = 1; iterations <= responsesMax; iterations++) {
    respond(market, utilities, incomes, values, spending)
    if ((iterations & (iterations - 1)) !== 0 && iterations % 64 !== 0) continue
    const answer = iterations < 8 ? undefined : found()
    if (answer !== undefined) return { ...answer, values, spending, iterations, method: "proportional-response" }
  }
  const interior = new InteriorPoint(market, utilities, incomes, values)
  let last = responsesMax
  for (let step = 1; step <= newtonMax; step++) {
    const outcome = interior.step()
    if (outcome === "lost") break
    interior.read(values, spending)
    const answer = interior.gap < 1e-2 ? found() : undefined
    const iterations = responsesMax + step
    if (answer !== undefined) return { ...answer, values, spending, iterations, method: "interior-point" }
    last = iterations
    if (outcome === "done") break
  }
  const answer = found(true)
  if (answer !== undefined) return { ...answer, values, spending, iterations: last, method: "interior-point" }
  const approximate = { values, spending, ...nearly }
  return { forest: undefined, solved: undefined, ...approximate, iterations: last, method: "interior-point" }
}

const sumColumns = ({ agents, goods }: LinearMarket, spending: Float64Array, values: Float64Array): void => {
  values.fill(0)
  for (let i = 0; i < agents; i++) for (let j = 0; j < goods; j++) values[j]! += spending[i * goods + j]!
}

/** One round of proportional response. */
const respond = (
  market: LinearMarket,
  utilities: Float64Array,
  incomes: Float64Array,
  values: Float64Array,
  spending: Float64Array
): void => {
  const { agents, goods } = market
  for (let i = 0; i < agents; i++) {
    const base = i * goods
    let gained = 0
    for (let j = 0; j < goods; j++) {
      const gain = spending[base + j] === 0 ? 0 : (utilities[base + j]! * spending[base + j]!) / values[j]!
      spending[base + j] = gain
      gained += gain
    }
    const factor = incomes[i]! / gained
    for (let j = 0; j < goods; j++) spending[base + j]! *= factor
  }
  sumColumns(market, spending, values)
}

/** The state of the interior point method: all of `y`, `β`, the amounts `x` and the slacks `z = y − uβ` stay positive. */
class InteriorPoint {
  gap = Infinity
  readonly #market: LinearMarket
  readonly #u: Float64Array
  readonly #e: Float64Array
  readonly #y: Float64Array
  readonly #beta: Float64Array
  readonly #x: Float64Array
  readonly #z: Float64Array
  readonly #dx: Float64Array
  readonly #dz: Float64Array
  readonly #dy: Float64Array
  readonly #dbeta: Float64Array
  readonly #weight: Float64Array
  readonly #pivot: Float64Array
  readonly #rest: Float64Array
  readonly #matrix: Float64Array
  #pairs = 0
  /** The imbalance of what is there now. */
  #left: number

  constructor(market: LinearMarket, utilities: Float64Array, incomes: Float64Array, start: Float64Array) {
    const { agents, goods } = market
    const space = () => new Float64Array(agents * goods)
    this.#market = market
    this.#u = utilities
    this.#e = incomes
    this.#y = start.slice()
    this.#beta = new Float64Array(agents)
    this.#x = space()
    this.#z = space()
    this.#dx = space()
    this.#dz = space()
    this.#dy = new Float64Array(goods)
    this.#dbeta = new Float64Array(agents)
    this.#weight = space()
    this.#pivot = new Float64Array(agents)
    this.#rest = new Float64Array(agents)
    this.#matrix = new Float64Array(goods * goods)
    for (let i = 0; i < agents; i++) {
      let best = Infinity
      for (let j = 0; j < goods; j++) {
        const u = utilities[i * goods + j]!
        if (u > 0) best = Math.min(best, this.#y[j]! / u)
      }
      this.#beta[i] = best / 2
      for (let j = 0; j < goods; j++) {
        const at = i * goods + j
        if (utilities[at] === 0) continue
        this.#pairs++
        this.#z[at] = this.#y[j]! - utilities[at]! * this.#beta[i]!
        // In the middle: all products of an amount and its slack are the same.
        this.#x[at] = 1 / (agents * goods * this.#z[at]!)
      }
    }
    this.#left = this.#imbalance()
  }

  /** Predictor and corrector: `done` when no further step helps, `lost` when this one has spoilt what was there. */
  step(): "on" | "done" | "lost" {
    const { agents, goods } = this.#market
    this.#factor()
    const before = this.#complementarity(0)
    if (!this.#direction(0, false)) return "done"
    const reach = this.#reach()
    const ratio = this.#complementarity(reach) / before
    // What is bought must not vanish before it is what is paid for: then no step would bring it back.
    const imbalance = this.#left
    const share = Math.min(1, Math.max(ratio ** 3, imbalance))
    const target = (share * before) / this.#pairs
    if (!this.#direction(target, true)) return "done"
    const length = Math.min(1, 0.995 * this.#reach())
    for (let j = 0; j < goods; j++) this.#y[j]! += length * this.#dy[j]!
    for (let i = 0; i < agents; i++) this.#beta[i]! += length * this.#dbeta[i]!
    for (let at = 0; at < this.#x.length; at++) {
      this.#x[at]! += length * this.#dx[at]!
      this.#z[at]! += length * this.#dz[at]!
    }
    this.gap = this.#complementarity(0)
    this.#left = this.#imbalance()
    // At a degenerate solution the matrix becomes singular in doubles.
    if (imbalance < 1e-6 && this.#left > Math.max(1e-6, 1e3 * imbalance)) return "lost"
    return length > 1e-8 && (this.gap > 1e-17 || this.#left > 1e-9) ? "on" : "done"
  }

  /** Copies out values of goods that sum to 1, and spending. */
  read(values: Float64Array, spending: Float64Array): void {
    const { agents, goods } = this.#market
    for (let i = 0; i < agents; i++)
      for (let j = 0; j < goods; j++) spending[i * goods + j] = this.#x[i * goods + j]! * this.#y[j]!
    const sum = this.#y.reduce((total, value) => total + value, 0)
    for (let j = 0; j < goods; j++) values[j] = this.#y[j]! / sum
  }

  /** By what share what an agent buys for differs from what it has, or what is bought of a good from what there is, at most. */
  #imbalance(): number {
    const { agents, goods } = this.#market
    const sold = new Float64Array(goods)
    let most = 0
    for (let i = 0; i < agents; i++) {
      let worth = 0
      for (let j = 0; j < goods; j++) {
        const at = i * goods + j
        worth += this.#u[at]! * this.#x[at]!
        sold[j]! += this.#x[at]!
      }
      most = Math.max(most, Math.abs(1 - (this.#beta[i]! * worth) / this.#e[i]!))
    }
    for (const amount of sold) most = Math.max(most, Math.abs(1 - amount))
    return most
  }

  #complementarity(length: number): number {
    let sum = 0
    for (let at = 0; at < this.#x.length; at++)
      sum += (this.#x[at]! + length * this.#dx[at]!) * (this.#z[at]! + length * this.#dz[at]!)
    return sum
  }

  /** How far the direction may be gone until something vanishes, or a rate nearly does. */
  #reach(): number {
    let length = 1 / 0.995
    const bound = (value: Float64Array, change: Float64Array, most = 1) => {
      for (let at = 0; at < value.length; at++)
        if (change[at]! < 0 && most * value[at]! + length * change[at]! < 0) length = (-most * value[at]!) / change[at]!
    }
    bound(this.#x, this.#dx)
    bound(this.#z, this.#dz)
    bound(this.#y, this.#dy)
    // Newton's step from a rate that is too high goes far below the right one, from where it can only double.
    bound(this.#beta, this.#dbeta, 0.9)
    return length
  }

  /** The matrix in the values of goods alone, the rates `β` eliminated. */
  #factor(): void {
    const { agents, goods } = this.#market
    this.#matrix.fill(0)
    for (let i = 0; i < agents; i++) {
      const base = i * goods
      let pivot = this.#e[i]! / (this.#beta[i]! * this.#beta[i]!)
      for (let j = 0; j < goods; j++) {
        const u = this.#u[base + j]!
        if (u === 0) continue
        const k = this.#x[base + j]! / this.#z[base + j]!
        this.#weight[base + j] = k * u
        this.#matrix[j * goods + j]! += k
        pivot += k * u * u
      }
      this.#pivot[i] = pivot
      for (let j = 0; j < goods; j++) {
        const factor = this.#weight[base + j]! / pivot
        if (factor !== 0)
          for (let k = 0; k < goods; k++) this.#matrix[j * goods + k]! -= factor * this.#weight[base + k]!
      }
    }
  }

  /** The Newton step towards `x z = target`, with the second-order term of the last direction if asked. */
  #direction(target: number, corrected: boolean): boolean {
    const { agents, goods } = this.#market
    const right = this.#dy.fill(-1)
    for (let i = 0; i < agents; i++) {
      const base = i * goods
      let rest = this.#e[i]! / this.#beta[i]!
      for (let j = 0; j < goods; j++) {
        if (this.#u[base + j] === 0) continue
        // From here on `dx` holds the wished-for amount.
        const second = corrected ? this.#dx[base + j]! * this.#dz[base + j]! : 0
        const wish = (target - second) / this.#z[base + j]!
        this.#dx[base + j] = wish
        right[j]! += wish
        rest -= this.#u[base + j]! * wish
      }
      this.#rest[i] = rest
      for (let j = 0; j < goods; j++) right[j]! += (this.#weight[base + j]! * rest) / this.#pivot[i]!
    }
    const matrix = this.#matrix.slice()
    if (!solveDense(matrix, right, goods)) return false
    for (let i = 0; i < agents; i++) {
      const base = i * goods
      let seen = this.#rest[i]!
      for (let j = 0; j < goods; j++) seen += this.#weight[base + j]! * right[j]!
      const change = seen / this.#pivot[i]!
      this.#dbeta[i] = change
      for (let j = 0; j < goods; j++) {
        const at = base + j
        const u = this.#u[at]!
        if (u === 0) continue
        this.#dz[at] = right[j]! - u * change
        this.#dx[at] = this.#dx[at]! - this.#x[at]! - (this.#x[at]! / this.#z[at]!) * this.#dz[at]!
      }
    }
    return true
  }
}
