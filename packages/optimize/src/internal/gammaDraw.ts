/**
 * Draws from the normal, gamma and beta distributions.
 *
 * Gamma: G. Marsaglia, W. W. Tsang, "A simple method for generating gamma variables", ACM TOMS 26(3), 2000, with their step for
 * shapes below 1.
 *
 * @since 0.1.0
 */
import { quantile } from "./normal.ts"
import * as RandomStream from "./random.ts"

/** A uniform draw that is never 0. */
const positive = (random: RandomStream.Stream): number => RandomStream.uniform(random) + 2 ** -54

/** A draw from the standard normal distribution. */
export const normal = (random: RandomStream.Stream): number => quantile(positive(random))

/** A draw from the gamma distribution of a positive shape and scale 1. */
export const gamma = (random: RandomStream.Stream, shape: number): number => {
  if (shape < 1) return gamma(random, shape + 1) * positive(random) ** (1 / shape)
  const d = shape - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (;;) {
    const x = normal(random)
    const v = (1 + c * x) ** 3
    if (v > 0 && Math.log(positive(random)) < 0.5 * x * x + d * (1 - v + Math.log(v))) return d * v
  }
}

/** A draw from the beta distribution; both shapes are positive. */
export const beta = (random: RandomStream.Stream, a: number, b: number): number => {
  const x = gamma(random, a)
  const y = gamma(random, b)
  // Both may underflow for tiny shapes; then the draw is at one of the ends.
  return x + y > 0 ? x / (x + y) : RandomStream.uniform(random) * (a + b) < a ? 1 : 0
}
