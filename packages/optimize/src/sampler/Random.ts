/**
 * Random search: each trial is drawn from the space on its own (J. Bergstra, Y. Bengio, "Random search for
 * hyper-parameter optimization", JMLR 13, 2012).
 *
 * @since 0.1.0
 */
import * as RandomStream from "../internal/random.ts"
import { decode } from "../space/SearchSpace.ts"
import type { Declaration, Params } from "../space/SearchSpace.ts"
import { streams } from "./Sampler.ts"
import type { Request, Sampler } from "./Sampler.ts"

/** Draws the trial of this seed and number; nothing else of the request is looked at. */
export const suggest = <D extends Declaration>(request: Pick<Request<D>, "space" | "seed" | "number">): Params<D> => {
  const random = RandomStream.stream(request.seed, request.number, streams.random)
  const point = Float64Array.from(request.space.variables, () => RandomStream.uniform(random))
  return decode(request.space, point)
}

/** The sampler. It has no options. */
export const make = (): Sampler => ({ name: "random", options: {}, objectives: "many", learns: false, suggest })
