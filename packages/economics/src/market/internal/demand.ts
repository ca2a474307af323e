/**
 * Demand of agents with constant elasticity of substitution, as a system of equations in the logarithms of values.
 *
 * Goods are measured in units of their whole supply, so the price of a good is the value of its supply, and all values
 * sum to 1. An agent spends the share `θ_ij = w_ij y_j^(1−σ_i) / Σ_k w_ik y_k^(1−σ_i)` of its income on good `j` at values
 * `y`; `σ = 0` is Leontief. The unknowns are `q = log y`; the equations are `F_j = log D_j − q_j = 0`, `D_j` being what all
 * spend on good `j`.
 *
 * A tax `t` takes this share of every income and spends it evenly on all goods. At `t = 1` the answer is `y_j = 1/m`; for
 * `t > 0` no value is below `t/m`, as on the central path of an interior point method.
 */

/** Agents and goods, all of which matter: every agent wants something and has an income, every good is wanted. */
export interface DemandSystem {
  readonly agents: number
  readonly goods: number
  /** `log w_ij` for goods in units of their supply; `−Infinity` for a good that is not wanted. Row-major. */
  readonly logWeights: Float64Array
  readonly sigma: Float64Array
  /** Incomes that sum to 1, or, in an exchange, the share of the supply of each good that an agent owns (row-major). */
  readonly incomes: { readonly fixed: Float64Array } | { readonly shares: Float64Array }
}

/** A point and all that follows from it. */
export interface DemandState {
  readonly q: Float64Array
  readonly y: Float64Array
  readonly income: Float64Array
  readonly theta: Float64Array
  /** What would be spent on a good without the tax. */
  readonly untaxed: Float64Array
  readonly demand: Float64Array
  readonly residual: Float64Array
  /** `Σ_i e_i σ_i θ_ij + t/m`: what good `j` loses for its own rise in price. */
  readonly stiffness: Float64Array
  /** `Σ residual²`. */
  norm: number
}

export const stateOf = ({ agents, goods }: DemandSystem): DemandState => ({
  q: new Float64Array(goods),
  y: new Float64Array(goods),
  income: new Float64Array(agents),
  theta: new Float64Array(agents * goods),
  untaxed: new Float64Array(goods),
  demand: new Float64Array(goods),
  residual: new Float64Array(goods),
  stiffness: new Float64Array(goods),
  norm: Infinity
})

/** The spending shares of all agents at `q`, each row the softmax of `log w + (1−σ) q`. */
const fillShares = ({ agents, goods, logWeights, sigma }: DemandSystem, { q, theta }: DemandState): void => {
  for (let i = 0; i < agents; i++) {
    const base = i * goods
    const power = 1 - sigma[i]!
    let largest = -Infinity
    for (let j = 0; j < goods; j++) {
      const value = logWeights[base + j]! + power * q[j]!
      theta[base + j] = value
      if (value > largest) largest = value
    }
    let sum = 0
    for (let j = 0; j < goods; j++) {
      const share = Math.exp(theta[base + j]! - largest)
      theta[base + j] = share
      sum += share
    }
    for (let j = 0; j < goods; j++) theta[base + j]! /= sum
  }
}

/** Shifts `q` so that the values sum to 1: in an exchange only relative prices matter. */
export const normalise = (state: DemandState): void => {
  let sum = 0
  for (const value of state.q) sum += Math.exp(value)
  const shift = Math.log(sum)
  for (let j = 0; j < state.q.length; j++) state.q[j]! -= shift
}

/** Fills a state from its `q` and a tax. */
export const evaluate = (system: DemandSystem, state: DemandState, tax: number): void => {
  const { agents, goods, incomes, sigma } = system
  const { demand, income, q, residual, stiffness, theta, untaxed, y } = state
  if ("shares" in incomes) normalise(state)
  for (let j = 0; j < goods; j++) y[j] = Math.exp(q[j]!)
  fillShares(system, state)
  untaxed.fill(0)
  stiffness.fill(0)
  for (let i = 0; i < agents; i++) {
    const base = i * goods
    let whole = 0
    if ("fixed" in incomes) whole = incomes.fixed[i]!
    else for (let j = 0; j < goods; j++) whole += incomes.shares[base + j]! * y[j]!
    income[i] = (1 - tax) * whole
    const stiff = whole * sigma[i]!
    for (let j = 0; j < goods; j++) {
      untaxed[j]! += whole * theta[base + j]!
      stiffness[j]! += stiff * theta[base + j]!
    }
  }
  state.norm = 0
  for (let j = 0; j < goods; j++) {
    demand[j] = (1 - tax) * untaxed[j]! + tax / goods
    stiffness[j] = (1 - tax) * stiffness[j]! + tax / goods
    residual[j] = Math.log(demand[j]!) - q[j]!
    state.norm += residual[j]! * residual[j]!
  }
}

/**
 * `out = G⁻¹ (D − ∂D/∂q) v`, the derivative of `−F` scaled by the stiffness `G`. In an exchange `D yᵀ` is added, which fixes
 * the scale of prices and changes nothing else.
 */
export const applyNewton = (
  system: DemandSystem,
  state: DemandState,
  tax: number,
  v: Float64Array,
  out: Float64Array
): void => {
  const { agents, goods, incomes, sigma } = system
  const { demand, income, stiffness, theta, y } = state
  out.fill(0)
  let level = 0
  if ("shares" in incomes) for (let j = 0; j < goods; j++) level += y[j]! * v[j]!
  for (let i = 0; i < agents; i++) {
    const base = i * goods
    let seen = 0
    for (let k = 0; k < goods; k++) seen += theta[base + k]! * v[k]!
    let push = income[i]! * (sigma[i]! - 1) * seen
    if ("shares" in incomes) {
      let gain = 0
      for (let k = 0; k < goods; k++) gain += incomes.shares[base + k]! * y[k]! * v[k]!
      push += (1 - tax) * gain
    }
    for (let j = 0; j < goods; j++) out[j]! += theta[base + j]! * push
  }
  for (let j = 0; j < goods; j++) out[j] = v[j]! + (demand[j]! * level - out[j]!) / stiffness[j]!
}

/** The matrix of `applyNewton` without the scaling, `D − ∂D/∂q (+ D yᵀ)`, into the first columns of rows of `width`. */
export const fillNewton = (
  system: DemandSystem,
  state: DemandState,
  tax: number,
  matrix: Float64Array,
  width: number,
  row: Float64Array
): void => {
  const { agents, goods, incomes, sigma } = system
  const { demand, income, stiffness, theta, y } = state
  for (let j = 0; j < goods; j++) {
    const level = "shares" in incomes ? demand[j]! : 0
    for (let k = 0; k < goods; k++) matrix[j * width + k] = level * y[k]!
    matrix[j * width + j]! += stiffness[j]!
  }
  for (let i = 0; i < agents; i++) {
    const base = i * goods
    const lever = income[i]! * (sigma[i]! - 1)
    for (let k = 0; k < goods; k++) {
      row[k] = lever * theta[base + k]!
      if ("shares" in incomes) row[k]! += (1 - tax) * incomes.shares[base + k]! * y[k]!
    }
    for (let j = 0; j < goods; j++) {
      const share = theta[base + j]!
      if (share !== 0) for (let k = 0; k < goods; k++) matrix[j * width + k]! -= share * row[k]!
    }
  }
}
