/**
 * Crossover and mutation of genetic algorithms on the unit interval, and what points have to do with each other there.
 *
 * Simulated binary crossover (K. Deb, R. B. Agrawal, "Simulated binary crossover for continuous search space", Complex Systems
 * 9, 1995) and polynomial mutation, both with their spread cut at the bounds as in the program of NSGA-II's authors (K. Deb,
 * A. Pratap, S. Agarwal, T. Meyarivan, IEEE Trans. Evol. Comput. 6(2), 2002).
 *
 * **Guarantees** The results lie in [0, 1]. The larger `eta`, the nearer they are to where they come from.
 *
 * @since 0.1.0
 */
import type { Axis } from "../space/Domain.ts"
import { decode, encodeUnsafe } from "../space/SearchSpace.ts"
import type { Declaration, Params, SearchSpace } from "../space/SearchSpace.ts"
import type { Request } from "../sampler/Sampler.ts"
import * as Random from "./random.ts"
import { untried } from "./tried.ts"

const clamp = (x: number): number => Math.min(1, Math.max(0, x))

/** Parents that are nearer than this have nothing to cross. */
const TOGETHER = 1e-14

/**
 * One of the two children of two places, on the side of the lower parent or on the other. Both spread around their parent by the
 * density of the paper, cut where the nearer bound would be passed.
 */
export const crossed = (a: number, b: number, eta: number, random: Random.Stream): number => {
  const chance = Random.uniform(random)
  const isLower = Random.uniform(random) < 0.5
  const low = Math.min(a, b)
  const high = Math.max(a, b)
  if (high - low < TOGETHER) return isLower ? a : b
  const room = isLower ? low : 1 - high
  const beta = 1 + (2 * room) / (high - low)
  const alpha = 2 - beta ** -(eta + 1)
  const spread =
    chance <= 1 / alpha ? (chance * alpha) ** (1 / (eta + 1)) : (1 / (2 - chance * alpha)) ** (1 / (eta + 1))
  const middle = (low + high) / 2
  const half = (spread * (high - low)) / 2
  return clamp(isLower ? middle - half : middle + half)
}

/** A place near another, by the polynomial density cut at the bounds. */
export const polynomial = (x: number, eta: number, random: Random.Stream): number => {
  const chance = Random.uniform(random)
  const power = 1 / (eta + 1)
  if (chance < 0.5) {
    const cut = (1 - x) ** (eta + 1)
    return clamp(x + (2 * chance + (1 - 2 * chance) * cut) ** power - 1)
  }
  const cut = x ** (eta + 1)
  return clamp(x + 1 - (2 * (1 - chance) + (2 * chance - 1) * cut) ** power)
}

/** A mutated place: of an unordered variable any other cell, of an ordered one a near place, at least in the next cell. */
export const mutated = (axis: Axis, x: number, eta: number, random: Random.Stream): number => {
  const { cells, ordered } = axis
  if (cells === 1) return x
  if (!ordered) {
    const cell = Random.below(random, cells - 1)
    return (cell + (cell >= Math.floor(x * cells) ? 1 : 0) + 0.5) / cells
  }
  const moved = polynomial(x, eta, random)
  const value = axis.fromUnit(x)
  if (cells === 0 || axis.fromUnit(moved) !== value) return moved
  const lower = axis.lower(value)
  const upper = axis.upper(value)
  // Neighbouring cells are at least a quarter as wide, logarithmic ones too.
  const beyond = (upper - lower) / 4
  const isFirst = axis.fromUnit(clamp(lower - beyond)) === value
  const isLast = axis.fromUnit(clamp(upper + beyond)) === value
  return clamp(isLast || (moved < x && !isFirst) ? lower - beyond : upper + beyond)
}

/** One of the variables that a point has and that could have another value, if there is one. */
const oneMoving = (space: SearchSpace, point: Float64Array, random: Random.Stream): number | undefined => {
  const moving = space.variables.flatMap(({ axis }, index) =>
    axis.cells === 1 || Number.isNaN(point[index]!) ? [] : [index]
  )
  return moving[Random.below(random, moving.length)]
}

/** The parameters of a point. While a trial has them already, one of their variables is moved, by chance. */
export const moveOn = <D extends Declaration>(
  request: Request<D>,
  point: Float64Array,
  random: Random.Stream,
  moved: (axis: Axis, x: number) => number
): Params<D> => {
  const { space } = request
  // All places, also of variables that a move brings to life.
  const place = point.slice()
  return untried(request, decode(space, point), (_, rejected) => {
    const exact = encodeUnsafe(space, rejected)
    const index = oneMoving(space, exact, random)
    if (index === undefined) return rejected
    place[index] = moved(space.variables[index]!.axis, exact[index]!)
    return decode(space, place)
  })
}
