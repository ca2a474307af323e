/**
 * Multipliers for a bound when there is no time for the simplex method: a few steps against the subgradient of the
 * Lagrangian dual (Held, Wolfe & Crowder, "Validation of subgradient optimization", 1974), with Polyak's length of step.
 *
 * **Guarantees** A bound from the result is no worse than one from `first`, rounding apart.
 */
import * as Bound from "./bound.ts"
import type { Packing } from "./packing.ts"

const stepsMax = 100

/** After so many steps without a better bound the steps become half as long. */
const patience = 5

/** Multipliers, none negative, for a good bound on what is not dead; `target` is a value that some packing has. */
export const multipliers = (packing: Packing, dead: Uint8Array, first: Float64Array, target: number): Float64Array => {
  const { rows, rowsOf, size } = packing
  const starts = [first, shared(packing, dead)].map((from) => ({ from, bound: Bound.of(packing, from, dead) }))
  let { bound, from: best } = starts[0]!.bound.value <= starts[1]!.bound.value ? starts[0]! : starts[1]!
  let least = bound.value
  let at = best
  let pace = 1
  let idle = 0
  for (let step = 0; step < stepsMax; step++) {
    const slack = new Float64Array(rows.length).fill(1)
    for (let column = 0; column < size; column++) {
      if (dead[column] === 0 && bound.margins[column]! > 0) for (const row of rowsOf[column]!) slack[row]! -= 1
    }
    const norm = slack.reduce((sum, each, row) => (each > 0 && at[row] === 0 ? sum : sum + each * each), 0)
    if (norm === 0) break
    const length = (pace * Math.max(0, bound.value - target)) / norm
    at = at.map((each, row) => Math.max(0, each - length * slack[row]!))
    bound = Bound.of(packing, at, dead)
    if (bound.value < least) {
      least = bound.value
      best = at
      idle = 0
    } else if (++idle === patience) {
      idle = 0
      pace /= 2
    }
  }
  return best
}

/** Each column asks its rows for equal parts of its weight; a row gives what the greediest asks. */
const shared = ({ rows, rowsOf, shares, size }: Packing, dead: Uint8Array): Float64Array => {
  const found = new Float64Array(rows.length)
  for (let column = 0; column < size; column++) {
    if (dead[column] === 1) continue
    const own = rowsOf[column]!
    const part = shares[column]! / own.length
    for (const row of own) if (found[row]! < part) found[row] = part
  }
  return found
}
