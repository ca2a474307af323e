/**
 * Latin hypercube sampling: of every `points` trials, each of `points` equally likely strata of each variable holds exactly one
 * (M. D. McKay, R. J. Beckman, W. J. Conover, "A comparison of three methods for selecting values of input variables in the
 * analysis of output from a computer code", Technometrics 21(2), 1979).
 *
 * Trials 0 … `points` − 1 are one design, the next `points` trials another, and so on. A conditional variable is stratified
 * over those trials of the design in which it is active: if there are m, into m strata. A choice (or whole number, or step)
 * of probability p then occurs m·p times in a design, rounded down or up by chance.
 *
 * **When to use** The number of trials is known beforehand: make it `points`. For an open end `sobol` is more even.
 *
 * **Guarantees** Trial n does not depend on history; it is the same for equal spaces, seeds and `points`.
 *
 * **Does not guarantee** Evenness of pairs of variables. Anything of the strata if only a part of a design is evaluated, but
 * that no stratum holds two.
 *
 * **Example**
 *
 * ```ts
 * import { LatinHypercube, SearchSpace } from "@mabeam/optimize"
 *
 * const space = SearchSpace.makeUnsafe({ x: SearchSpace.float(0, 1), kind: SearchSpace.categorical(["a", "b"]) })
 * const design = [0, 1, 2, 3].map((number) => LatinHypercube.suggest({ space, seed: 1, number }, { points: 4 }))
 * design.map(({ x }) => Math.floor(4 * x)).sort() // => [0, 1, 2, 3]
 * design.map(({ kind }) => kind).sort() // => ["a", "a", "b", "b"]
 * ```
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import { whole, withDefault } from "../internal/optionSchema.ts"
import * as RandomStream from "../internal/random.ts"
import { build } from "../space/SearchSpace.ts"
import type { Declaration, Params, SearchSpace, SpaceVariable, Value } from "../space/SearchSpace.ts"
import { parseOptions, streams } from "./Sampler.ts"
import type { InvalidOptions, Request, Sampler } from "./Sampler.ts"

/** The options with their defaults. */
export const Options = Schema.Struct({
  /** Trials of one design. 1 … 10,000, default 50. */
  points: withDefault(whole(1, 10_000), 50)
})
export type Options = typeof Options.Type

/** What is used where nothing is told. */
export const defaults: Options = Schema.decodeSync(Options)({})

/** 0 … n − 1 in an order by chance (R. Durstenfeld, "Algorithm 235: random permutation", CACM 7(7), 1964). */
const permutation = (n: number, random: RandomStream.Stream): Uint32Array => {
  const order = Uint32Array.from({ length: n }, (_, i) => i)
  for (let i = n - 1; i > 0; i--) {
    const j = RandomStream.below(random, i + 1)
    const kept = order[i]!
    order[i] = order[j]!
    order[j] = kept
  }
  return order
}

/**
 * One value of the variable for each of `count` trials. Inside their strata continuous variables lie by chance, each on its own;
 * others all at the same place, so that a cell which is as wide as k strata holds k of them exactly.
 */
const valuesOf = ({ axis }: SpaceVariable, count: number, random: RandomStream.Stream): ReadonlyArray<Value> => {
  const strata = permutation(count, random)
  const shared = RandomStream.uniform(random)
  return Array.from(strata, (stratum) =>
    axis.fromUnit((stratum + (axis.cells === 0 ? RandomStream.uniform(random) : shared)) / count)
  )
}

/** The values of the trials of one design, `undefined` where a variable is inactive. */
type Design = ReadonlyArray<ReadonlyArray<Value | undefined>>

const designOf = (space: SearchSpace, seed: number, block: number, points: number): Design => {
  const trials: ReadonlyArray<Array<Value | undefined>> = Array.from({ length: points }, () => [])
  for (const [index, variable] of space.variables.entries()) {
    const active = trials.filter((values) => variable.isActive(values))
    const values = valuesOf(variable, active.length, RandomStream.stream(seed, block, streams.lhs, index))
    let next = 0
    for (const trial of trials) trial.push(trial === active[next] ? values[next++] : undefined)
  }
  return trials
}

interface Known {
  readonly seed: number
  readonly block: number
  readonly points: number
  readonly design: Design
}

/** The latest design of each space: trials are mostly asked for one after the other. */
const latest = new WeakMap<SearchSpace, Known>()

const designFor = (space: SearchSpace, seed: number, block: number, points: number): Design => {
  const known = latest.get(space)
  if (known?.seed === seed && known.block === block && known.points === points) return known.design
  const design = designOf(space, seed, block, points)
  latest.set(space, { seed, block, points, design })
  return design
}

/** Suggests the trial of this seed and number; nothing else of the request is looked at. */
export const suggest = <D extends Declaration>(
  { number, seed, space }: Pick<Request<D>, "space" | "seed" | "number">,
  { points }: Options = defaults
): Params<D> => {
  const design = designFor(space, seed, Math.floor(number / points), points)
  const values = design[number % points]!
  return build(space, (_, index) => values[index]!)
}

/** The sampler. Options left out take their defaults. */
export const make = (options?: Partial<Options>): Result.Result<Sampler, InvalidOptions> =>
  Result.map(parseOptions("lhs", Options, options ?? {}), (settings) => ({
    name: "lhs",
    options: settings,
    objectives: "many",
    learns: false,
    suggest: (request) => suggest(request, settings)
  }))
