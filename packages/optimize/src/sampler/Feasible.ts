/**
 * What a sampler suggests, moved to where the constraints of the space are kept.
 *
 * In place of a suggestion that violates a constraint comes a feasible draw, evenly, as long as little is known, and always if the
 * sampler does not look at the trials. Later it is asked for again with other luck; if that does not help, it is drawn towards the
 * nearest feasible point that is known (of the trials, running ones too, or of a draw), to the last place where the constraints still hold: near
 * the border, where constrained optima lie (repair by interval halving, as in Michalewicz, Schoenauer, "Evolutionary
 * algorithms for constrained parameter optimization problems", 1996, section 3.3).
 *
 * **Guarantees** What is returned keeps the constraints. Spaces without constraints pay nothing. Depends on the request alone.
 *
 * **Does not guarantee** That a design (grid, Sobol, Latin hypercube) stays one where its points are repaired.
 *
 * @since 0.1.0
 */
import { Result } from "effect"
import * as Random from "../internal/random.ts"
import { decode, encodeUnsafe, NothingFeasible, sample, violated } from "../space/SearchSpace.ts"
import type { Declaration, Params, SearchSpace } from "../space/SearchSpace.ts"
import { streams } from "./Sampler.ts"
import type { Request, Sampler } from "./Sampler.ts"

/** So many ended trials are little: samplers that learn begin with about as many that are spread over the space. */
const LITTLE = 10
/** How often a suggestion is asked for with other luck. */
const TRIES = 3
/** Halvings of the way to the feasible point. */
const HALVINGS = 24
/** Ended trials that are looked at for the nearest feasible point, the latest of them; and as many that run. */
const ANCHORS_MAX = 1_000

/** Seeds of the further tries; far apart, so that neighbouring seeds do not share their luck. */
const seedOf = (seed: number, attempt: number): number =>
  attempt === 0 ? seed : (seed + attempt * 0x9e3779b1) % Number.MAX_SAFE_INTEGER

/** Squared distance over the places that both have. */
const distance = (a: Float64Array, b: Float64Array): number => {
  let sum = 0
  for (let index = 0; index < a.length; index++) {
    const gap = a[index]! - b[index]!
    // A place that one of them lacks counts as far away.
    sum += Number.isNaN(gap) ? 1 : gap * gap
  }
  return sum
}

const onlyNothing = (thrown: unknown): NothingFeasible => {
  if (thrown instanceof NothingFeasible) return thrown
  throw thrown
}

const feasibleDraw = <D extends Declaration>(
  space: SearchSpace<D>,
  seed: number,
  number: number
): Result.Result<Params<D>, NothingFeasible> =>
  Result.try({ try: () => sample(space, { seed, number }), catch: onlyNothing })

/** The nearest of the known parameters that keep the constraints; of a draw, too, unless there is no luck and one is known. */
const anchorOf = <D extends Declaration>(request: Request<D>, point: Float64Array): Params<D> => {
  const { history, number, pending, seed, space } = request
  let nearest: Params<D> | undefined
  let least = Number.POSITIVE_INFINITY
  const consider = (params: Params<D>) => {
    const away = distance(encodeUnsafe(space, params), point)
    if (away < least && violated(space, params) === undefined) [nearest, least] = [params, away]
  }
  for (const { params } of history.slice(-ANCHORS_MAX)) consider(params)
  for (const { params } of pending.slice(-ANCHORS_MAX)) consider(params)
  const draw = feasibleDraw(space, seed, number)
  if (Result.isSuccess(draw)) consider(draw.success)
  return nearest ?? Result.getOrThrowWith(draw, (nothing) => nothing)
}

const repair = <D extends Declaration>(request: Request<D>, params: Params<D>): Params<D> => {
  const { space } = request
  const point = encodeUnsafe(space, params)
  // Kept as it is: rounding could carry a point on the border across it.
  let best = anchorOf(request, point)
  const anchor = encodeUnsafe(space, best)
  const random = Random.stream(request.seed, request.number, streams.random)
  const luck = space.variables.map(() => Random.uniform(random))
  const between = (share: number) =>
    decode(
      space,
      anchor.map((place, index) => {
        // A variable that only one of the two has keeps the place that it has there; one that neither has may become active
        // on the way, where a choice between theirs is passed.
        const to = point[index]!
        if (Number.isNaN(place)) return Number.isNaN(to) ? luck[index]! : to
        return Number.isNaN(to) ? place : place + share * (to - place)
      })
    )
  let [kept, broken] = [0, 1]
  for (let step = 0; step < HALVINGS; step++) {
    const share = (kept + broken) / 2
    const candidate = between(share)
    if (violated(space, candidate) === undefined) [best, kept] = [candidate, share]
    else broken = share
  }
  return best
}

/** The sampler's suggestion, feasible. */
export const suggest = <D extends Declaration>(
  sampler: Sampler,
  request: Request<D>
): Result.Result<Params<D>, NothingFeasible> => {
  const { number, seed, space } = request
  let params = sampler.suggest(request)
  if (violated(space, params) === undefined) return Result.succeed(params)
  if (sampler.learns === false || request.history.length < LITTLE) {
    const draw = feasibleDraw(space, seed, number)
    // Without luck a known point may still help.
    if (Result.isSuccess(draw)) return draw
  }
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const other = { ...request, history: request.history, pending: request.pending, seed: seedOf(seed, attempt) }
    params = sampler.suggest(other)
    if (violated(space, params) === undefined) return Result.succeed(params)
  }
  return Result.try({ try: () => repair(request, params), catch: onlyNothing })
}
