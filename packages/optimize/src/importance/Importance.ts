/**
 * Which variables matter: shares of what the values of the trials depend on.
 *
 * Both methods learn a random forest from the complete trials, on the unit coordinates of the space, so that a logarithmic variable
 * counts by its logarithm.
 *
 * - `fanova` (F. Hutter, H. Hoos, K. Leyton-Brown, ICML 2014): the variance of each variable's marginal over the whole space, in shares
 *   of the variance of the forest. It asks: what would matter if all of the space were tried evenly?
 * - `permutation` (L. Breiman, "Random forests", 2001): how much worse the forest predicts left-out trials when the values of one
 *   variable are shuffled. It asks: what mattered where the trials are?
 *
 * **Guarantees** Fractions are from 0 to 1 and sum to 1. They depend on trials, options and seed alone: not on the order in which
 * variables are declared or trials listed, nor on the scale of the values.
 *
 * **Does not guarantee** That the forest has understood: look at `r2`, the share of the variance that it explains of trials that it
 * has not seen; below 0.3 or so, fractions tell little. A sampler that looks only where values are good sees little of the rest, and so
 * does the forest. Along a variable that is inactive the value is taken as constant.
 *
 * **Example**
 *
 * ```ts
 * import { Importance, Random, SearchSpace, Study } from "@mabeam/optimize"
 * import { Result } from "effect"
 *
 * const space = SearchSpace.makeUnsafe({ rate: SearchSpace.logFloat(1e-4, 1), seed: SearchSpace.int(0, 9) })
 * let study = Result.getOrThrow(Study.make({ space, sampler: Random.make() }))
 * for (let i = 0; i < 60; i++) {
 *   const [next, { number, params }] = Result.getOrThrow(Study.ask(study))
 *   study = Result.getOrThrow(Study.tell(next, number, Math.log10(params.rate) ** 2))
 * }
 * const { fractions, method } = Result.getOrThrow(Importance.ofStudy(study))
 * method // => "fanova"
 * fractions[0]!.name // => "rate"
 * fractions[0]!.fraction > 0.9 // => true
 * ```
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import * as Random from "../internal/random.ts"
import * as Forest from "../internal/regressionForest.ts"
import * as SearchSpace from "../space/SearchSpace.ts"
import type { Declaration, Params } from "../space/SearchSpace.ts"
import type { State } from "../study/StudyState.ts"
import { varianceOf } from "./Fanova.ts"
import { increases } from "./Permutation.ts"

/** How importance is measured. */
export const Method = Schema.Literals(["fanova", "permutation"])
export type Method = typeof Method.Type

/** Fewest complete trials from which anything is concluded. */
export const TRIALS_MIN = 10
/** Of more trials than these, so many are chosen evenly. */
export const TRIALS_MAX = 5_000

/** There are too few complete trials. */
export class TooFewTrials extends Schema.TaggedError<TooFewTrials>("@mabeam/optimize/Importance/TooFewTrials")(
  "TooFewTrials",
  { complete: Schema.Int, needed: Schema.Int }
) {
  override get message() {
    return `importances need ${this.needed} complete trials, there are ${this.complete}`
  }
}

/** There is nothing that variables could explain: all values are equal, or the forest has found no order in them. */
export class NothingExplained extends Schema.TaggedError<NothingExplained>(
  "@mabeam/optimize/Importance/NothingExplained"
)("NothingExplained", { problem: Schema.String }) {
  override get message() {
    return this.problem
  }
}

/** An option is out of its range. */
export class InvalidOption extends Schema.TaggedError<InvalidOption>("@mabeam/optimize/Importance/InvalidOption")(
  "InvalidOption",
  { option: Schema.String, problem: Schema.String }
) {
  override get message() {
    return `${this.option}: ${this.problem}`
  }
}

export type Refusal = TooFewTrials | NothingExplained | InvalidOption

/** How to measure. */
export interface Options {
  /** Default `fanova`. */
  readonly method?: Method | undefined
  /** A safe integer. Default 0. */
  readonly seed?: number | undefined
  /** Trees of the forest, 1 to 1,000. Default 64. */
  readonly trees?: number | undefined
  /** Fewest trials in a leaf, 1 to 100; more for noisy values. Default 1. */
  readonly leafMin?: number | undefined
}

/** What one variable matters. */
export interface Fraction {
  readonly name: string
  /** Of what all variables matter alone. */
  readonly fraction: number
}

/** What the variables of a space matter, the most important first. */
export interface Importances {
  readonly method: Method
  readonly fractions: ReadonlyArray<Fraction>
  /** How many trials were looked at. */
  readonly trials: number
  /** The share of the variance of left-out trials that the forest explains; at most 1, below 0 when it explains nothing. */
  readonly r2: number
  /** For `fanova`: the share of the forest's variance that no variable explains alone, but several do together. */
  readonly interactions: number | undefined
}

/** A trial with the value that is to be explained. */
export interface Sample<D extends Declaration = Declaration> {
  readonly number: number
  readonly params: Params<D>
  readonly value: number
}

const isWhole = (value: number, from: number, to: number) => Number.isSafeInteger(value) && value >= from && value <= to

const checked = ({ leafMin = 1, method = "fanova", seed = 0, trees = 64 }: Options) => {
  const refuse = (option: string, problem: string) => Result.fail(new InvalidOption({ option, problem }))
  if (!Schema.is(Method)(method)) return refuse("method", `there is no "${String(method)}"`)
  if (!Number.isSafeInteger(seed)) return refuse("seed", `${seed} is not a safe integer`)
  if (!isWhole(trees, 1, 1_000)) return refuse("trees", `${trees} is not a whole number from 1 to 1,000`)
  if (!isWhole(leafMin, 1, 100)) return refuse("leafMin", `${leafMin} is not a whole number from 1 to 100`)
  return Result.succeed({ leafMin, method, seed, trees })
}

/** At most `TRIALS_MAX` of the samples, by number. */
const chosen = <D extends Declaration>(samples: ReadonlyArray<Sample<D>>, seed: number): ReadonlyArray<Sample<D>> => {
  const listed = samples.toSorted((a, b) => a.number - b.number)
  if (listed.length <= TRIALS_MAX) return listed
  const keys = new Map(listed.map(({ number }) => [number, Random.hash32(33, [seed, number])]))
  return listed
    .sort((a, b) => keys.get(a.number)! - keys.get(b.number)! || a.number - b.number)
    .slice(0, TRIALS_MAX)
    .sort((a, b) => a.number - b.number)
}

const saltOf = (name: string): number =>
  Random.hash32(
    34,
    Array.from(name, (character) => character.codePointAt(0) ?? 0)
  )

interface Table extends Forest.Data {
  readonly names: ReadonlyArray<string>
}

/** Rows and columns, the columns by name: so their order in the space does not matter. */
const tableOf = <D extends Declaration>(
  space: SearchSpace.SearchSpace<D>,
  samples: ReadonlyArray<Sample<D>>
): Table | undefined => {
  const points = samples.map(({ params }) => SearchSpace.encodeUnsafe(space, params))
  const named = space.variables.map(({ axis, name }, index) => ({ axis, index, name }))
  named.sort((a, b) => (a.name < b.name ? -1 : 1))
  const columns = named.map(({ axis, index, name }) => ({
    salt: saltOf(name),
    categories: axis.ordered ? 0 : axis.cells,
    places: Float64Array.from(points, (point) => point[index]!)
  }))
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const { value } of samples) {
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  // Halves, because high − low overflows for values near the largest double.
  const range = high / 2 - low / 2
  if (!(range > 0)) return undefined
  return {
    columns,
    names: named.map(({ name }) => name),
    values: Float64Array.from(samples, ({ value }) => (value / 2 - low / 2) / range)
  }
}

const fractionsOf = (names: ReadonlyArray<string>, weights: Float64Array): ReadonlyArray<Fraction> => {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return names
    .map((name, index) => ({ name, fraction: weights[index]! / total }))
    .sort((a, b) => b.fraction - a.fraction || (a.name < b.name ? -1 : 1))
}

const measureFanova = (table: Table, options: Forest.ForestOptions) => {
  const outOfBag = new Forest.OutOfBag(table.values)
  const weights = new Float64Array(table.columns.length)
  let told = 0
  for (const tree of Forest.grow(table, options)) {
    outOfBag.add(tree)
    const { main, total } = varianceOf(tree.root, tree.columns)
    if (!(total > 0)) continue
    told += 1
    for (const [index, variance] of main.entries()) weights[index]! += variance / total
  }
  const alone = told === 0 ? 0 : weights.reduce((sum, weight) => sum + weight, 0) / told
  return { weights, r2: outOfBag.r2, interactions: Math.max(0, 1 - alone) }
}

const measurePermutation = (table: Table, options: Forest.ForestOptions) => {
  const outOfBag = new Forest.OutOfBag(table.values)
  const weights = new Float64Array(table.columns.length)
  for (const [index, tree] of [...Forest.grow(table, options)].entries()) {
    outOfBag.add(tree)
    for (const [column, increase] of increases(tree, index, table.values, options.seed).entries()) {
      weights[column]! += increase
    }
  }
  // Shuffling what does not matter makes predictions better as often as worse.
  return { weights: weights.map((weight) => Math.max(0, weight)), r2: outOfBag.r2, interactions: undefined }
}

/** What the variables of a space matter to the values of samples. Samples whose value is not finite are left out. */
export const measure = <D extends Declaration>(
  space: SearchSpace.SearchSpace<D>,
  samples: ReadonlyArray<Sample<D>>,
  options: Options = {}
): Result.Result<Importances, Refusal> =>
  Result.gen(function* () {
    const { leafMin, method, seed, trees } = yield* checked(options)
    const used = chosen(
      samples.filter(({ value }) => Number.isFinite(value)),
      seed
    )
    const needed = Math.max(TRIALS_MIN, 2 * leafMin)
    if (used.length < needed) return yield* Result.fail(new TooFewTrials({ complete: used.length, needed }))
    const table = tableOf(space, used)
    if (table === undefined) return yield* Result.fail(new NothingExplained({ problem: "all values are equal" }))
    const measured = (method === "fanova" ? measureFanova : measurePermutation)(table, { leafMin, seed, trees })
    const { interactions, r2, weights } = measured
    if (!weights.some((weight) => weight > 0)) {
      const problem = "the values follow no variable"
      return yield* Result.fail(new NothingExplained({ problem }))
    }
    return { method, fractions: fractionsOf(table.names, weights), trials: used.length, r2, interactions }
  })

/** What the variables of a study matter to an objective, by default the first. */
export const ofStudy = <D extends Declaration>(
  state: State<D>,
  options: Options & { readonly objective?: number | undefined } = {}
): Result.Result<Importances, Refusal> => {
  const { objective = 0 } = options
  const objectives = state.definition.directions.length
  if (!isWhole(objective, 0, objectives - 1)) {
    const problem = `${objective} is not the index of one of ${objectives} objectives`
    return Result.fail(new InvalidOption({ option: "objective", problem }))
  }
  const samples = state.trials.flatMap((trial) =>
    trial.state === "complete" ? [{ number: trial.number, params: trial.params, value: trial.values[objective]! }] : []
  )
  return measure(state.definition.space, samples, options)
}
