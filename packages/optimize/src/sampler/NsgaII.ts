/**
 * NSGA-II: a genetic algorithm for several objectives (K. Deb, A. Pratap, S. Agarwal, T. Meyarivan, "A fast and elitist multiobjective
 * genetic algorithm: NSGA-II", IEEE Trans. Evol. Comput. 6(2), 2002).
 *
 * A generation is the next N trials by number, whoever suggested them. Of the population before it and its own trials the N best
 * survive: those that keep the constraints before those that break them, front by front, the lonely before the crowded. Two parents, each
 * the better of two drawn ones, give a trial by simulated binary crossover and polynomial mutation; unordered variables come from one of the parents
 * and mutate to any value; a variable that only one parent has comes from it. A trial that has been tried or is being tried is mutated on.
 *
 * **When to use** Two or three objectives and hundreds of trials or more. With one objective it is a plain genetic algorithm: `DifferentialEvolution`
 * or `CmaEs` need fewer trials.
 *
 * **Guarantees** With one objective only the ranking of values counts; with several, the fronts count before the distances. The population is computed
 * from the trials alone, so a resumed study goes on as one that never stopped. A failed trial teaches nothing, a pruned one comes behind
 * every complete one.
 *
 * **Does not guarantee** An even front of more than three objectives: crowding then says little.
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import * as Generations from "../internal/generations.ts"
import { real, whole, withDefault } from "../internal/optionSchema.ts"
import * as RandomStream from "../internal/random.ts"
import { rank } from "../internal/ranking.ts"
import type { Telling } from "../internal/ranking.ts"
import * as Variation from "../internal/variation.ts"
import { encodeUnsafe } from "../space/SearchSpace.ts"
import type { Declaration, Params, SearchSpace } from "../space/SearchSpace.ts"
import { parseOptions, streams } from "./Sampler.ts"
import type { InvalidOptions, Request, Sampler } from "./Sampler.ts"
import * as Sobol from "./Sobol.ts"

/** The options with their defaults. */
export const Options = Schema.Struct({
  /** Trials of a generation. 4 … 10,000, default 20; the paper uses 100 for 25,000 trials. */
  population: withDefault(whole(4, 10_000), 20),
  /** Chance that a trial has two parents instead of one. 0 … 1, default 0.9. */
  crossover: withDefault(real(0, 1), 0.9),
  /** Chance that a variable mutates; 0 takes 1 / d. 0 … 1, default 0. */
  mutation: withDefault(real(0, 1), 0),
  /** How near children are to their parents. 0 … 1,000, default 15. */
  crossoverEta: withDefault(real(0, 1_000), 15),
  /** How small mutations are. 0 … 1,000, default 20. */
  mutationEta: withDefault(real(0, 1_000), 20)
})
export type Options = typeof Options.Type

/** What is used where nothing is told. */
export const defaults: Options = Schema.decodeSync(Options)({})

/** The survivors, best first. */
type Population = ReadonlyArray<Telling<Declaration>>

const remembered = Generations.memory<Population>()

const survivors = (request: Request, { population }: Options): Population => {
  const { directions, seed } = request
  return Generations.standing(remembered, request, {
    key: `${population} ${seed} ${directions.join()}`,
    first: [],
    size: () => population,
    next: (before, trials) =>
      trials.length === 0 ? before : rank([...before, ...trials], directions).slice(0, population)
  }).state
}

/** The points of two parents; the same twice where there is no crossover. */
const parentsOf = (
  points: ReadonlyArray<Float64Array>,
  { crossover }: Options,
  random: RandomStream.Stream
): readonly [Float64Array, Float64Array] => {
  // The survivors are in order: the better of two is the earlier.
  const winner = () => Math.min(RandomStream.below(random, points.length), RandomStream.below(random, points.length))
  const [a, b] = [winner(), winner()]
  return RandomStream.uniform(random) < crossover ? [points[a]!, points[b]!] : [points[a]!, points[a]!]
}

/** The place that a variable has from its parents. */
const inherited = (a: number, b: number, ordered: boolean, eta: number, random: RandomStream.Stream): number => {
  const chance = RandomStream.uniform(random)
  if (Number.isNaN(a) && Number.isNaN(b)) return chance
  if (Number.isNaN(a)) return b
  if (Number.isNaN(b)) return a
  // Half of the variables cross, as in the authors' program; the others come from one of the parents as they are.
  if (ordered && chance < 0.5) return Variation.crossed(a, b, eta, random)
  return chance < 0.75 ? a : b
}

const child = (
  space: SearchSpace,
  [a, b]: readonly [Float64Array, Float64Array],
  options: Options,
  random: RandomStream.Stream
): Float64Array => {
  const rate = options.mutation === 0 ? 1 / space.variables.length : options.mutation
  return Float64Array.from(space.variables, ({ axis }, index) => {
    const place = inherited(a[index]!, b[index]!, axis.ordered, options.crossoverEta, random)
    const mutates = RandomStream.uniform(random) < rate
    return mutates ? Variation.mutated(axis, place, options.mutationEta, random) : place
  })
}

/** Suggests the next parameters. */
export const suggest = <D extends Declaration>(request: Request<D>, options: Options = defaults): Params<D> => {
  const { number, seed, space } = request
  if (number < options.population) return Sobol.suggest(request)
  const points = survivors(request, options).map(({ params }) => encodeUnsafe<Declaration>(space, params))
  if (points.length < 2) return Sobol.suggest(request)
  const random = RandomStream.stream(seed, number, streams.nsga2)
  const point = child(space, parentsOf(points, options, random), options, random)
  return Variation.moveOn(request, point, random, (axis, x) => Variation.mutated(axis, x, options.mutationEta, random))
}

/** The sampler. Options left out take their defaults. */
export const make = (options?: Partial<Options>): Result.Result<Sampler, InvalidOptions> =>
  Result.map(parseOptions("nsga2", Options, options ?? {}), (settings) => ({
    name: "nsga2",
    options: settings,
    objectives: "many",
    suggest: (request) => suggest(request, settings)
  }))
