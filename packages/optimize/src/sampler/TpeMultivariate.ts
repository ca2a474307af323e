/**
 * The tree-structured Parzen estimator over groups of variables: one kernel for each trial in all variables of a group at
 * once, so that the model sees which values go together (S. Falkner, A. Klein, F. Hutter, "BOHB: robust and efficient hyperparameter
 * optimization at scale", ICML 2018; S. Watanabe, "Tree-structured Parzen estimator: understanding its algorithm components
 * and their roles for better empirical performance", 2023).
 *
 * A group are the variables that trials have together: those with the same condition, in an open space those that the same
 * trials have declared. Each group learns from the trials in which it is active, the best of those being the good ones. All else
 * is as in `tpe`, constraints, pruned and pending trials, several objectives and the share of random trials included.
 *
 * **When to use** Variables that depend on each other, and few trials.
 *
 * **Guarantees** Those of `tpe`.
 *
 * **Does not guarantee** Attention to interactions between groups: a conditional group does not see its parent's value.
 *
 * @since 0.1.0
 */
import { Result } from "effect"
import * as TreeParzen from "../internal/treeParzen.ts"
import type { Declaration, Params } from "../space/SearchSpace.ts"
import { parseOptions } from "./Sampler.ts"
import type { InvalidOptions, Request, Sampler } from "./Sampler.ts"
import * as Tpe from "./Tpe.ts"

/** The options of `tpe` with their defaults, but 24 candidates: each is drawn for a whole group. */
export const Options = Tpe.optionsWith(24)
export type Options = Tpe.Options

/** What is used where nothing is told. */
export const defaults: Options = { ...Tpe.defaults, candidates: 24 }

/** Suggests the next parameters. */
export const suggest = <D extends Declaration>(request: Request<D>, options: Options = defaults): Params<D> =>
  TreeParzen.suggest(request, options, true)

/** The sampler. Options left out take their defaults. */
export const make = (options?: Partial<Options>): Result.Result<Sampler, InvalidOptions> =>
  Result.map(parseOptions("tpe-multivariate", Options, options ?? {}), (settings) => ({
    name: "tpe-multivariate",
    options: settings,
    objectives: "many",
    suggest: (request) => suggest(request, settings)
  }))
