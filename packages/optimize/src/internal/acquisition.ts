/**
 * Where to look next: the logarithm of the expected improvement of a Gaussian process, and its maximum over a space.
 *
 * @since 0.1.0
 */
import { decode, encodeUnsafe, violated } from "../space/SearchSpace.ts"
import type { Declaration, Params, SearchSpace } from "../space/SearchSpace.ts"
import type { Request } from "../sampler/Sampler.ts"
import * as Lbfgs from "./boundedLbfgs.ts"
import * as Process from "./gaussianProcess.ts"
import { logImprovement, logImprovementSlope } from "./normal.ts"
import * as Random from "./random.ts"
import { isTried } from "./tried.ts"

/** What is maximized. */
export interface Acquisition {
  readonly model: Process.Model
  /** At a point as the process sees it. */
  readonly at: (point: Float64Array) => number
  /** As `at`, and writes the gradient. */
  readonly withGradient: (point: Float64Array, gradient: Float64Array) => number
}

/** The least value that the process believes in at a point that was tried. */
const leastOf = ({ data, hyper, weights }: Process.Model): number => {
  const noise = Math.exp(hyper[data.d + 1]!)
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < data.n; i++) least = Math.min(least, data.values[i]! - noise * weights[i]!)
  return least
}

/** The logarithm of the expected improvement on the best so far. */
export const acquisition = (model: Process.Model): Acquisition => {
  const room = Process.prediction(model)
  const least = leastOf(model)
  return {
    model,
    at: (point) => {
      Process.predict(model, point, room, false)
      return Math.log(room.deviation) + logImprovement((least - room.mean) / room.deviation)
    },
    withGradient: (point, gradient) => {
      Process.predict(model, point, room, true)
      const { deviation, deviationSlope, mean, meanSlope } = room
      const z = (least - mean) / deviation
      const slope = logImprovementSlope(z)
      for (let j = 0; j < gradient.length; j++) {
        gradient[j] = deviationSlope[j]! / deviation - (slope * (meanSlope[j]! + z * deviationSlope[j]!)) / deviation
      }
      return Math.log(deviation) + logImprovement(z)
    }
  }
}

/** A box of the unit cube. */
export interface Region {
  readonly lower: Float64Array
  readonly upper: Float64Array
}

const everywhere = (d: number): Region => ({ lower: new Float64Array(d), upper: new Float64Array(d).fill(1) })

/** A place in the space: its parameters, its point in the unit cube, and the point as the process sees it. */
interface Candidate<D extends Declaration> {
  readonly params: Params<D>
  readonly point: Float64Array
  readonly seen: Float64Array
  readonly worth: number
}

/** Candidates that are improved. */
const IMPROVED = 8
/** Tried trials that candidates are drawn around. */
const CENTRES = 4
const RADII = [0.2, 0.05, 0.01, 0.001]

/** The worth of what violates a constraint: finite, so that it can be compared. */
const INFEASIBLE = -1e300

/** The parameters of the largest acquisition found in the region that were not tried yet; `undefined` if all were tried. */
export const maximize = <D extends Declaration>(
  request: Request<D>,
  acquisition: Acquisition,
  random: Random.Stream,
  region: Region = everywhere(request.space.variables.length)
): Params<D> | undefined => {
  const { space } = request
  const candidateAt = (unit: ArrayLike<number>): Candidate<D> => {
    const params = decode(space, unit)
    const exact = encodeUnsafe(space, params)
    const seen = exact.map((place) => (Number.isNaN(place) ? 0.5 : place))
    const worth = violated(space, params) === undefined ? acquisition.at(seen) : INFEASIBLE
    return { params, point: exact, seen, worth }
  }
  const candidates = spread(acquisition.model, region, random).map(candidateAt)
  candidates.sort((a, b) => b.worth - a.worth)
  const improved = distinct(candidates, region, IMPROVED).map((start) =>
    climb(space, acquisition, region, start, candidateAt)
  )
  const all = [...improved, ...candidates].sort((a, b) => b.worth - a.worth)
  return all.find(({ params }) => !isTried(request, params))?.params
}

/** Random points over the whole region, and around the best of the tried ones. */
const spread = (
  { data }: Process.Model,
  { lower, upper }: Region,
  random: Random.Stream
): ReadonlyArray<Float64Array> => {
  const { d, n, points, values } = data
  const between = (j: number, share: number) => lower[j]! + share * (upper[j]! - lower[j]!)
  const count = Math.min(400, Math.max(100, Math.round(30_000 / n)))
  const all = Array.from({ length: count }, () =>
    Float64Array.from({ length: d }, (_, j) => between(j, Random.uniform(random)))
  )
  const order = Array.from({ length: n }, (_, i) => i).sort((a, b) => values[a]! - values[b]! || a - b)
  for (const centre of order.slice(0, CENTRES)) {
    const from = points.subarray(centre * d, (centre + 1) * d)
    for (const radius of RADII) {
      for (let k = 0; k < 5; k++) {
        // Some coordinates stay: in many dimensions a step in all of them at once rarely helps.
        const share = Math.min(1, 3 / d + 0.2)
        all.push(
          from.map((x, j) => {
            const stays = Random.uniform(random) > share
            const u = Random.uniform(random) + Random.uniform(random) + Random.uniform(random) - 1.5
            return stays ? x : Math.min(upper[j]!, Math.max(lower[j]!, x + radius * u * (upper[j]! - lower[j]!)))
          })
        )
      }
    }
  }
  return all
}

/** Candidates are near when no coordinate differs by more than this share of the region. */
const DISTINCT = 0.05

/** The first candidates that are not too near to each other. */
const distinct = <D extends Declaration>(
  sorted: ReadonlyArray<Candidate<D>>,
  { lower, upper }: Region,
  count: number
) => {
  const kept: Array<Candidate<D>> = []
  for (const candidate of sorted) {
    const isNear = kept.some(({ seen }) =>
      seen.every((x, j) => Math.abs(x - candidate.seen[j]!) <= DISTINCT * (upper[j]! - lower[j]!))
    )
    if (!isNear) kept.push(candidate)
    if (kept.length === count) break
  }
  return kept
}

/** Cells of an unordered variable that are all tried; of more, the neighbours in the list. */
const CELLS_ALL = 20

/** Climbs by turns along the continuous variables together and along each of the others, until nothing is gained. */
const climb = <D extends Declaration>(
  space: SearchSpace<D>,
  acquisition: Acquisition,
  region: Region,
  start: Candidate<D>,
  candidateAt: (unit: ArrayLike<number>) => Candidate<D>
): Candidate<D> => {
  let best = start
  for (let round = 0; round < 3; round++) {
    const before = best.worth
    const target = ascend(space, acquisition, region, best)
    for (let share = 1; share > 0.01; share /= 2) {
      const from = best.seen
      const smooth = candidateAt(target.map((place, index) => from[index]! + share * (place - from[index]!)))
      if (smooth.worth > best.worth) best = smooth
      // Nearer to the start only if the way leads out of what is feasible.
      if (smooth.worth > INFEASIBLE) break
    }
    let changed = false
    for (const [index, { axis }] of space.variables.entries()) {
      const stays = axis.cells < 2 || region.lower[index] === region.upper[index]
      if (stays || Number.isNaN(best.point[index]!)) continue
      for (const cell of neighbours(axis.cells, axis.ordered, axis.cellAt(best.point[index]!))) {
        const moved = best.seen.slice()
        moved[index] = axis.middle(cell)
        const candidate = candidateAt(moved)
        if (candidate.worth > best.worth) {
          best = candidate
          changed = true
        }
      }
    }
    if (!changed || best.worth - before < 1e-6) break
  }
  return best
}

const neighbours = (cells: number, ordered: boolean, cell: number): ReadonlyArray<number> => {
  const all = cells <= CELLS_ALL && !ordered ? Array.from({ length: cells }, (_, i) => i) : [cell - 1, cell + 1]
  return all.filter((other) => other >= 0 && other < cells && other !== cell)
}

const ASCENT_EVALUATIONS = 60

/** The point reached by gradients along the continuous variables that are active. */
const ascend = <D extends Declaration>(
  space: SearchSpace<D>,
  acquisition: Acquisition,
  region: Region,
  { point, seen }: Candidate<D>
): Float64Array => {
  const moving = space.variables.flatMap(({ axis }, index) =>
    axis.cells === 0 && !Number.isNaN(point[index]!) ? [index] : []
  )
  if (moving.length === 0) return seen
  const whole = seen.slice()
  const slope = new Float64Array(seen.length)
  const objective: Lbfgs.Objective = (x, gradient) => {
    for (const [k, index] of moving.entries()) whole[index] = x[k]!
    const worth = acquisition.withGradient(whole, slope)
    for (const [k, index] of moving.entries()) gradient[k] = -slope[index]!
    return -worth
  }
  const x = Float64Array.from(moving, (index) => seen[index]!)
  const lower = Float64Array.from(moving, (index) => region.lower[index]!)
  const upper = Float64Array.from(moving, (index) => region.upper[index]!)
  Lbfgs.minimize(objective, x, { lower, upper, evaluations: ASCENT_EVALUATIONS, tolerance: 1e-6 })
  for (const [k, index] of moving.entries()) whole[index] = x[k]!
  return whole
}
