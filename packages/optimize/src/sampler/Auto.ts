/**
 * Chooses a sampler by space, objectives, number of trials and noise, and says why.
 *
 * The choice is made anew for each trial, from the request alone: a study can begin with one sampler and go on with another, which then
 * sees all trials so far. `explain` gives the choice with its reason.
 *
 * | what is searched | sampler |
 * | --- | --- |
 * | several objectives, at most 100 trials | `tpe` |
 * | several objectives | `nsga2` |
 * | nothing to choose: one value for each variable | `random` |
 * | up to 20 variables, the first 300 trials | `gp` |
 * | otherwise, with noise | `tpe` |
 * | otherwise, ordered unconditional variables only | `cmaes` |
 * | otherwise | `de` |
 *
 * The rules come from the comparison that the repository's `bench:optimize` prints.
 *
 * **Guarantees** The same suggestion as the chosen sampler gives for the request. The choice does not depend on the values of trials,
 * except that noise is seen in trials of the same parameters that ended with different values.
 *
 * **Does not guarantee** The best choice for a function that is unlike all of those.
 *
 * **Example**
 *
 * ```ts
 * import { Auto, Problems } from "@mabeam/optimize"
 *
 * const { space } = Problems.branin
 * const request = { space, directions: ["minimize"], seed: 1, number: 0, history: [], pending: [] } as const
 * const { sampler, reason } = Auto.explain(request)
 * sampler // => "gp"
 * reason // => "one objective, 2 variables, at most 300 trials so far: a Gaussian process makes the most of each"
 * ```
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import { whole, withDefault } from "../internal/optionSchema.ts"
import { isSame } from "../internal/tried.ts"
import type { Declaration, Params, SpaceVariable } from "../space/SearchSpace.ts"
import { encodeUnsafe } from "../space/SearchSpace.ts"
import * as CmaEs from "./CmaEs.ts"
import * as DifferentialEvolution from "./DifferentialEvolution.ts"
import * as GaussianProcess from "./GaussianProcess.ts"
import * as NsgaII from "./NsgaII.ts"
import * as Random from "./Random.ts"
import { parseOptions } from "./Sampler.ts"
import type { InvalidOptions, Request, Sampler } from "./Sampler.ts"
import * as Tpe from "./Tpe.ts"

/** The options with their defaults. */
export const Options = Schema.Struct({
  /** How many trials there will be; 0 if nobody knows. 0 … 1,000,000,000, default 0. */
  budget: withDefault(whole(0, 1_000_000_000), 0),
  /** Whether the same parameters can give different values. Default `false`: it is noticed when it happens. */
  noisy: withDefault(Schema.Boolean, false)
})
export type Options = typeof Options.Type

/** What is used where nothing is told. */
export const defaults: Options = Schema.decodeSync(Options)({})

/** Most variables for which a Gaussian process is used. */
const MODELLED_MAX = 20
/** Most trials that a Gaussian process suggests: its time grows with their cube. */
const MODELLED_TRIALS = 300
/** Up to so many trials an estimator gains more on several objectives than a genetic algorithm. */
const FEW_TRIALS = 100
/** Trials of a sequence before the process, when they are shared out over the branches of a conditional space. */
const BRANCHED_STARTUP = 16

/** The samplers that are chosen from. */
export type Chosen = "cmaes" | "de" | "gp" | "nsga2" | "random" | "tpe"

/** A sampler by name, and why it is the one. */
export interface Choice {
  readonly sampler: Chosen
  readonly reason: string
}

/** What a choice depends on. */
export type Known<D extends Declaration = Declaration> = Pick<Request<D>, "space" | "directions" | "number" | "history">

/** A number that equal points share, and others hardly ever. */
const printOf = (point: Float64Array): number =>
  point.reduce((print, x) => (print * 31 + (Number.isNaN(x) ? 2 : x)) % 1e9, 7)

/** Whether trials of the same parameters have ended with different values. */
const showsNoise = <D extends Declaration>({ history, space }: Known<D>): boolean => {
  const seen = new Map<number, { readonly params: Params<D>; readonly value: number }>()
  for (const trial of history) {
    const value = trial.state === "complete" ? trial.values[0] : undefined
    if (value === undefined || Number.isNaN(value)) continue
    const print = printOf(encodeUnsafe(space, trial.params))
    const before = seen.get(print)
    if (before === undefined) seen.set(print, { params: trial.params, value })
    else if (before.value !== value && isSame(space, before.params, trial.params)) return true
  }
  return false
}

const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`

const ofSeveral = (objectives: number, budget: number): Choice =>
  budget > 0 && budget <= FEW_TRIALS
    ? {
        sampler: "tpe",
        reason: `${objectives} objectives and ${plural(budget, "trial")} in all: an estimator learns from fewer than a genetic algorithm`
      }
    : {
        sampler: "nsga2",
        reason: `${objectives} objectives${budget === 0 ? "" : ` and ${budget} trials`}: a genetic algorithm spreads over the whole front`
      }

/** What is left where a Gaussian process would take too long. */
const withoutModel = (moving: ReadonlyArray<SpaceVariable>, noisy: boolean): Choice => {
  if (noisy) return { sampler: "tpe", reason: "noise: an estimator is not misled by single lucky values" }
  return moving.every(({ always, axis }) => axis.ordered && always)
    ? { sampler: "cmaes", reason: "all ordered and always active: an evolution strategy learns how they interact" }
    : { sampler: "de", reason: "unordered or conditional ones among them: differential evolution takes every type" }
}

const ofOne = <D extends Declaration>(known: Known<D>, options: Options): Choice => {
  const moving = known.space.variables.filter(({ axis }) => axis.cells !== 1)
  const variables = plural(moving.length, "variable")
  if (moving.length === 0)
    return { sampler: "random", reason: "every variable has one value: there is nothing to choose" }
  const isSmall = moving.length <= MODELLED_MAX
  if (isSmall && known.number < MODELLED_TRIALS) {
    const why = `at most ${MODELLED_TRIALS} trials so far: a Gaussian process makes the most of each`
    return { sampler: "gp", reason: `one objective, ${variables}, ${why}` }
  }
  const { reason, sampler } = withoutModel(moving, options.noisy || showsNoise(known))
  const many = isSmall ? `${variables}, more than ${MODELLED_TRIALS} trials` : variables
  return { sampler, reason: `one objective, ${many}, too many for a Gaussian process; ${reason}` }
}

/** The sampler that suggests the trial of this number, and why it does. */
export const explain = <D extends Declaration>(known: Known<D>, options: Options = defaults): Choice =>
  known.directions.length > 1 ? ofSeveral(known.directions.length, options.budget) : ofOne(known, options)

/** Suggests what the chosen sampler suggests. */
export const suggest = <D extends Declaration>(request: Request<D>, options: Options = defaults): Params<D> => {
  switch (explain(request, options).sampler) {
    case "cmaes":
      return CmaEs.suggest(request)
    case "de":
      return DifferentialEvolution.suggest(request)
    case "gp": {
      const isBranched = request.space.variables.some(({ condition }) => condition !== undefined)
      const startup = isBranched ? BRANCHED_STARTUP : GaussianProcess.defaults.startup
      return GaussianProcess.suggest(request, { ...GaussianProcess.defaults, startup })
    }
    case "nsga2":
      return NsgaII.suggest(request)
    case "random":
      return Random.suggest(request)
    case "tpe":
      return Tpe.suggest(request)
  }
}

/** The sampler. Options left out take their defaults. */
export const make = (options?: Partial<Options>): Result.Result<Sampler, InvalidOptions> =>
  Result.map(parseOptions("auto", Options, options ?? {}), (settings) => ({
    name: "auto",
    options: settings,
    objectives: "many",
    suggest: (request) => suggest(request, settings)
  }))
