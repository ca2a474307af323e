/**
 * What is known beforehand of where good values lie: a stretch of a variable's axis, so that likely values get more room.
 *
 * A place u on the axis is moved to P(u), the share of the prior's mass that lies before it. Whoever then draws evenly draws
 * from the prior, and whoever searches by distance looks closer where the prior is high: no sampler needs to know (space
 * warping; Ramachandran, Gupta, Rana, Li, Venkatesh, "Incorporating expert prior in Bayesian optimisation via space warping",
 * 2020).
 *
 * - `likely: [low, high]`, of a float or int: four fifths of a normal distribution over the axis (over the logarithm, if it is
 *   logarithmic) lie between these two values; it is cut off at the bounds.
 * - `weights`, of choices and booleans (false, true): how likely each is, in their order, above 0.
 *
 * **Guarantees** A tenth of the mass is spread evenly over the axis, whatever the prior says: a wrong one delays, it does not
 * forbid. With weights, all of the mass follows them.
 *
 * **Does not guarantee** That a model fits as well where the prior is low: distances there are small, and round trips up to
 * ten times less exact.
 *
 * @since 0.1.0
 */
import { density, distribution } from "../internal/normal.ts"
import { axis, lineOf } from "./Domain.ts"
import type { Axis, Domain, FloatDomain, IntDomain, Value } from "./Domain.ts"

/** See above. */
export type Prior =
  | { readonly likely: readonly [low: number, high: number] }
  | { readonly weights: ReadonlyArray<number> }

/** The share of the mass that is spread evenly. */
const EVENLY = 0.1
/** Four fifths of a normal distribution lie within so many deviations of its mean. */
const HALF_WIDTH = 1.2815515655446004

/** The smallest share of the axis that likely values may cover, and of the largest weight that a weight may be. */
const NARROWEST = 1e-6
/** Steps after which an inverse is as good as it gets; a dozen are usual. */
const STEPS_MAX = 200
/** Most cells whose places doubles still tell apart once they are stretched. */
const CELLS_MAX = 2 ** 40

/** What is wrong with the prior of a valid domain, if anything. */
export const problemOfPrior = (domain: Domain, prior: Prior): string | undefined => {
  const numeric = domain.type === "float" || domain.type === "int"
  if ("likely" in prior && "weights" in prior) return `a prior has "likely" or "weights", not both`
  if ("likely" in prior) {
    return numeric
      ? problemOfLikely(domain, prior.likely)
      : `"likely" is for numbers; a variable of type ${domain.type} takes "weights"`
  }
  if (numeric) return `"weights" are for choices; a variable of type ${domain.type} takes "likely"`
  const choices = domain.type === "boolean" ? 2 : domain.choices.length
  if (prior.weights.length !== choices) return `there are ${prior.weights.length} weights for ${choices} choices`
  const least = Math.max(...prior.weights) * NARROWEST
  const unfit = prior.weights.find((weight) => !(weight > 0 && weight >= least && weight < Number.POSITIVE_INFINITY))
  return unfit === undefined
    ? undefined
    : `a weight is finite, above 0 and at least ${NARROWEST} of the largest, unlike ${unfit}`
}

const problemOfLikely = (
  domain: FloatDomain | IntDomain,
  [low, high]: readonly [number, number]
): string | undefined => {
  if (!(low < high)) return `likely values go from a smaller to a larger number, not from ${low} to ${high}`
  if (low < domain.low || high > domain.high) return `likely values lie within ${domain.low} and ${domain.high}`
  const { cells } = axis(domain)
  if (cells > CELLS_MAX) return `with a prior, a variable has at most 2^40 values, not ${cells}`
  const share = lineOf(domain)(high) - lineOf(domain)(low)
  return share >= NARROWEST ? undefined : `likely values cover at least ${NARROWEST} of the range, not ${share}`
}

/** An increasing map of the unit interval onto itself, and its inverse. */
interface Warp {
  readonly forward: (u: number) => number
  readonly inverse: (p: number) => number
}

/** A Newton iteration kept within a bracket, which is halved wherever the steps do not get half as long. */
const invert = (forward: (u: number) => number, slope: (u: number) => number, p: number): number => {
  if (p <= 0) return 0
  if (p >= 1) return 1
  let low = 0
  let high = 1
  let u = p
  let length = 1
  for (let step = 0; step < STEPS_MAX; step++) {
    const error = forward(u) - p
    if (error === 0) return u
    if (error > 0) high = u
    else low = u
    const next = u - error / slope(u)
    const isGood = next > low && next < high && Math.abs(next - u) <= length / 2
    const inside = isGood ? next : low + (high - low) / 2
    length = Math.abs(inside - u)
    if (inside === u || inside === low || inside === high) return inside
    u = inside
  }
  return u
}

const normalWarp = (from: number, to: number): Warp => {
  const mean = (from + to) / 2
  const deviation = (to - from) / 2 / HALF_WIDTH
  const below = distribution(-mean / deviation)
  const mass = distribution((1 - mean) / deviation) - below
  const forward = (u: number) => EVENLY * u + ((1 - EVENLY) * (distribution((u - mean) / deviation) - below)) / mass
  const slope = (u: number) => EVENLY + ((1 - EVENLY) * density((u - mean) / deviation)) / (deviation * mass)
  return { forward, inverse: (p) => invert(forward, slope, p) }
}

const weightWarp = (given: ReadonlyArray<number>): Warp => {
  const largest = Math.max(...given)
  // Their sum must not overflow.
  const weights = given.map((weight) => weight / largest)
  const ends = [0]
  for (const weight of weights) ends.push(ends.at(-1)! + weight)
  const total = ends.at(-1)!
  const cells = weights.length
  return {
    forward: (u) => {
      const cell = Math.min(cells - 1, Math.floor(u * cells))
      return (ends[cell]! + (u * cells - cell) * weights[cell]!) / total
    },
    inverse: (p) => {
      const mass = p * total
      let cell = 0
      while (cell < cells - 1 && ends[cell + 1]! <= mass) cell++
      return (cell + (mass - ends[cell]!) / weights[cell]!) / cells
    }
  }
}

const warpOf = (domain: Domain, prior: Prior): Warp => {
  if ("weights" in prior) return weightWarp(prior.weights)
  // Refused by `problemOfPrior`: nothing to stretch.
  if (domain.type !== "float" && domain.type !== "int") return weightWarp([1])
  const line = lineOf(domain)
  return normalWarp(line(prior.likely[0]), line(prior.likely[1]))
}

/** The axis of a domain, stretched by a valid prior. */
export const stretch = (domain: Domain, plain: Axis, prior: Prior): Axis => {
  const { forward, inverse } = warpOf(domain, prior)
  const below = (u: number) => Math.min(Math.max(u, 0), 1 - Number.EPSILON / 2)
  const onLine = (value: Value) => below(forward(plain.toUnit(value)))
  const isLine = plain.cells === 0
  const lower = isLine ? onLine : (value: Value) => Math.max(0, forward(plain.lower(value)))
  const upper = isLine ? onLine : (value: Value) => Math.min(1, forward(plain.upper(value)))
  const middleOf = (value: Value) => below((lower(value) + upper(value)) / 2)
  return {
    ...plain,
    fromUnit: (u) => plain.fromUnit(inverse(u)),
    cellAt: (u) => plain.cellAt(inverse(u)),
    middle: (cell) => middleOf(plain.fromUnit(plain.middle(cell))),
    toUnit: isLine ? onLine : middleOf,
    lower,
    upper
  }
}
