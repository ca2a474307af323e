/**
 * Quasi-random search: trial n is the n-th point of a Sobol sequence, so that any stretch of trials covers the space evenly.
 *
 * The direction numbers are Joe and Kuo's; the scrambling is Owen's in its hashed form (papers in `internal/sobol.ts`).
 * Spaces with more than 64 variables use further blocks of 64 dimensions, each on an index that is itself Owen-shuffled
 * (Burley 2020, section 4): evenness then holds within each block.
 *
 * **Guarantees** Trial n does not depend on history. Different seeds give independently scrambled sequences.
 *
 * **Does not guarantee** Evenness over the trials that share a branch of a conditional space.
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import { withDefault } from "../internal/optionSchema.ts"
import { hash32 } from "../internal/random.ts"
import * as Sequence from "../internal/sobol.ts"
import { decode } from "../space/SearchSpace.ts"
import type { Declaration, Params } from "../space/SearchSpace.ts"
import { parseOptions, streams } from "./Sampler.ts"
import type { InvalidOptions, Request, Sampler } from "./Sampler.ts"

/** The options with their defaults. */
export const Options = Schema.Struct({
  /**
   * Whether the sequence is scrambled by the seed. Default `true`. Without, all seeds give the published sequence, which begins
   * at the lowest corner of the space.
   */
  scramble: withDefault(Schema.Boolean, true)
})
export type Options = typeof Options.Type

const TWO_32 = 0x1_0000_0000

/** A coordinate of point `index` (from 0, below 2^32) of the sequence, in [0, 1). */
export const coordinate = (index: number, dimension: number, seed: number, options: Options): number => {
  const block = Math.floor(dimension / Sequence.DIMENSIONS)
  const place = block === 0 ? index : Sequence.scramble(index, hash32(block, [seed, streams.sobol]))
  const word = Sequence.coordinate(place, dimension % Sequence.DIMENSIONS)
  if (!options.scramble) return word / TWO_32
  const salt = hash32(dimension, [seed, streams.sobol])
  // The bits below the 32nd are scrambled too: by pure chance, as nothing stands above them any more.
  return (Sequence.scramble(word, salt) + hash32(salt, [index]) / TWO_32) / TWO_32
}

/** Suggests the point of this seed and number; nothing else of the request is looked at. */
export const suggest = <D extends Declaration>(
  request: Pick<Request<D>, "space" | "seed" | "number">,
  options: Options = { scramble: true }
): Params<D> => {
  const { space, seed, number } = request
  return decode(
    space,
    Float64Array.from(space.variables, (_, dimension) => coordinate(number, dimension, seed, options))
  )
}

/** The sampler. */
export const make = (options?: Partial<Options>): Result.Result<Sampler, InvalidOptions> =>
  Result.map(parseOptions("sobol", Options, options ?? {}), (settings) => ({
    name: "sobol",
    options: settings,
    objectives: "many",
    learns: false,
    suggest: (request) => suggest(request, settings)
  }))
