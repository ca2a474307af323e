/**
 * Solves a demand system: Newton's method from a first guess, and where that fails the path of equilibria from the
 * economy that taxes everything away to the one that taxes nothing.
 *
 * The path is followed by pseudo-arclength (Keller 1977), so it may turn back in the tax. For almost every economy it leads
 * from the one equilibrium under full tax to an equilibrium without (the homotopy of Smale 1976 and Eaves 1976; Scarf's
 * economy included). Where there are several equilibria, the one at its end is given.
 */
import { applyNewton, evaluate, fillNewton, normalise, stateOf } from "./demand.ts"
import type { DemandState, DemandSystem } from "./demand.ts"
import { krylovSpace, solveByProducts, solveDense } from "./linear.ts"
import type { KrylovSpace } from "./linear.ts"

/** Where it ended. `state` holds values, spending shares and incomes. */
export interface DemandSolution {
  readonly state: DemandState
  readonly tax: number
  readonly iterations: number
  readonly method: "newton" | "homotopy"
}

/** Below this largest `|log D − log y|` a point is taken. */
const closeEnough = 1e-13
/** A point that Newton's method improves no further is taken below this. */
const goodEnough = 1e-10
/** The tax at which the path ends: values of goods in excess supply are as small. */
const lastTax = 1e-13

interface Space {
  readonly trial: DemandState
  readonly step: Float64Array
  readonly right: Float64Array
  readonly row: Float64Array
  readonly matrix: Float64Array
  readonly bordered: Float64Array
  readonly krylov: KrylovSpace
}

const spaceOf = (system: DemandSystem): Space => {
  const width = system.goods + 1
  return {
    trial: stateOf(system),
    step: new Float64Array(system.goods),
    right: new Float64Array(system.goods),
    row: new Float64Array(system.goods),
    // Only where products alone do not do.
    matrix: new Float64Array(0),
    bordered: new Float64Array(width),
    krylov: krylovSpace(system.goods)
  }
}

const largest = (values: Float64Array): number => {
  let most = 0
  for (const value of values) if (!(Math.abs(value) <= most)) most = Math.abs(value)
  return most
}

/** Newton's direction into `space.step`: by products first, by elimination where those do not converge. */
const findDirection = (system: DemandSystem, state: DemandState, tax: number, space: Space): boolean => {
  const { goods } = system
  const { demand, residual, stiffness } = state
  const { krylov, right, row, step } = space
  for (let j = 0; j < goods; j++) right[j] = (residual[j]! * demand[j]!) / stiffness[j]!
  const product = (v: Float64Array, out: Float64Array) => applyNewton(system, state, tax, v, out)
  const tolerance = Math.min(1e-2, Math.max(1e-12, largest(residual)))
  if (solveByProducts(product, right, step, krylov, tolerance, 12)) return true
  const matrix = new Float64Array(goods * goods)
  fillNewton(system, state, tax, matrix, goods, row)
  for (let j = 0; j < goods; j++) step[j] = residual[j]! * demand[j]!
  return solveDense(matrix, step, goods)
}

/** Moves `state` along the step as far as the residual shrinks. */
const search = (system: DemandSystem, state: DemandState, tax: number, space: Space): boolean => {
  const { step, trial } = space
  let scale = Math.min(1, 40 / largest(step))
  for (let halvings = 0; halvings < 12; halvings++, scale /= 2) {
    for (let j = 0; j < step.length; j++) trial.q[j] = state.q[j]! + scale * step[j]!
    evaluate(system, trial, tax)
    if (trial.norm < (1 - 1e-4 * scale) * state.norm) {
      state.q.set(trial.q)
      return true
    }
  }
  return false
}

/** Newton's method at a fixed tax, from where `state` is. Gives the iterations; `state` is where it came to. */
const newton = (system: DemandSystem, state: DemandState, tax: number, space: Space, limit: number): number => {
  evaluate(system, state, tax)
  let iterations = 0
  while (iterations < limit && largest(state.residual) > closeEnough) {
    iterations++
    if (!findDirection(system, state, tax, space)) break
    if (!search(system, state, tax, space)) break
    evaluate(system, state, tax)
  }
  return iterations
}

/** The demand of equal values, damped by the elasticity: exact for Cobb–Douglas. */
const firstGuess = (system: DemandSystem, state: DemandState): void => {
  state.q.fill(-Math.log(system.goods))
  evaluate(system, state, 0)
  const { demand, q, stiffness } = state
  for (let j = 0; j < q.length; j++) {
    const damped = demand[j]! / Math.max(stiffness[j]!, demand[j]!)
    q[j]! += damped * Math.max(-300, Math.log(demand[j]! * q.length))
  }
  normalise(state)
}

/** Solves the system within `limit` iterations. `state` holds the last point, whether it is an equilibrium or not. */
export const solveDemand = (system: DemandSystem, limit: number): DemandSolution => {
  const state = stateOf(system)
  const space = spaceOf(system)
  firstGuess(system, state)
  const iterations = newton(system, state, 0, space, Math.min(limit, 60))
  if (largest(state.residual) <= goodEnough) return { state, tax: 0, iterations, method: "newton" }
  return followPath(system, state, space, iterations, limit)
}

// --- the path -------------------------------------------------------------------------------------------------------

/** A point `(q, λ)` of the path, `λ` being the logarithm of the tax, and the direction in which it goes on. */
interface Walk {
  readonly q: Float64Array
  lambda: number
  readonly tangent: Float64Array
  readonly ahead: Float64Array
  stride: number
}

/** Fills the bordered matrix of the equations in `(q, λ)`; its last row is the tangent. */
const fillBordered = (
  system: DemandSystem,
  state: DemandState,
  tax: number,
  walk: Walk,
  space: Space,
  into: Float64Array
) => {
  const { goods } = system
  const width = goods + 1
  // The last column is `−D ∂F/∂λ`.
  fillNewton(system, state, tax, into, width, space.row)
  for (let j = 0; j < goods; j++) into[j * width + goods] = tax * (state.untaxed[j]! - 1 / goods)
  into.set(walk.tangent, goods * width)
}

/** The direction of the path at its present point, on the side of the last one. */
const turn = (system: DemandSystem, state: DemandState, walk: Walk, space: Space, matrix: Float64Array): boolean => {
  const { ahead, tangent } = walk
  fillBordered(system, state, Math.exp(walk.lambda), walk, space, matrix)
  ahead.fill(0)
  ahead[system.goods] = 1
  if (!solveDense(matrix, ahead, system.goods + 1)) return false
  let length = 0
  for (const value of ahead) length += value * value
  length = Math.sqrt(length)
  for (let j = 0; j < ahead.length; j++) tangent[j] = ahead[j]! / length
  return true
}

/** Newton's method back to the path in the plane across the tangent. Gives its iterations, or -1. */
const correct = (system: DemandSystem, state: DemandState, walk: Walk, space: Space, matrix: Float64Array): number => {
  const { goods } = system
  const { ahead } = walk
  let before = Infinity
  for (let iteration = 0; iteration < 8; iteration++) {
    const tax = Math.min(1, Math.exp(walk.lambda))
    evaluate(system, state, tax)
    const miss = largest(state.residual)
    if (miss <= 1e-10) return iteration
    if (!(miss < 0.9 * before)) return miss <= 1e-8 ? iteration : -1
    before = miss
    fillBordered(system, state, tax, walk, space, matrix)
    for (let j = 0; j < goods; j++) ahead[j] = state.residual[j]! * state.demand[j]!
    ahead[goods] = 0
    if (!solveDense(matrix, ahead, goods + 1)) return -1
    for (let j = 0; j < goods; j++) state.q[j]! += ahead[j]!
    walk.lambda += ahead[goods]!
  }
  return -1
}

/** Whether Newton's method without tax, from this point of the path, comes to an equilibrium; `state` is left there. */
const arrive = (system: DemandSystem, state: DemandState, walk: Walk, space: Space): number => {
  const iterations = newton(system, state, 0, space, 12)
  if (largest(state.residual) <= goodEnough) return iterations
  state.q.set(walk.q)
  return -iterations
}

/** Makes one stride; where it goes wrong, the next one is shorter. Gives the iterations it took. */
const stride = (system: DemandSystem, state: DemandState, walk: Walk, space: Space, matrix: Float64Array): number => {
  const { goods } = system
  const lambda = walk.lambda
  for (let j = 0; j < goods; j++) state.q[j] = walk.q[j]! + walk.stride * walk.tangent[j]!
  walk.lambda = Math.min(0, lambda + walk.stride * walk.tangent[goods]!)
  const taken = correct(system, state, walk, space, matrix)
  if (taken >= 0 && walk.lambda <= 0 && turn(system, state, walk, space, matrix)) {
    walk.q.set(state.q)
    if (taken <= 3) walk.stride *= 2
    return taken + 1
  }
  state.q.set(walk.q)
  walk.lambda = lambda
  walk.stride /= 3
  return 8
}

const followPath = (
  system: DemandSystem,
  state: DemandState,
  space: Space,
  before: number,
  limit: number
): DemandSolution => {
  const { goods } = system
  const matrix = new Float64Array((goods + 1) * (goods + 1))
  state.q.fill(-Math.log(goods))
  const tangent = new Float64Array(goods + 1)
  tangent[goods] = -1
  const walk: Walk = { q: state.q.slice(), lambda: 0, tangent, ahead: new Float64Array(goods + 1), stride: 0.1 }
  let iterations = before
  let nextTry = Math.log(1e-3)
  while (iterations < limit && walk.stride > 1e-9) {
    iterations += stride(system, state, walk, space, matrix)
    if (walk.lambda < nextTry) {
      nextTry = walk.lambda - 4
      const taken = arrive(system, state, walk, space)
      iterations += Math.abs(taken)
      if (taken > 0) return { state, tax: 0, iterations, method: "homotopy" }
    }
    if (walk.lambda < Math.log(lastTax)) break
  }
  const tax = Math.exp(walk.lambda)
  evaluate(system, state, tax)
  return { state, tax, iterations, method: "homotopy" }
}
