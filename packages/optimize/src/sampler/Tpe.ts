/**
 * The tree-structured Parzen estimator (J. Bergstra, R. Bardenet, Y. Bengio, B. Kégl, "Algorithms for hyper-parameter
 * optimization", NIPS 2011), one variable at a time.
 *
 * The trials are ranked. For each variable, the best of those in which it is active give an estimator `l`, the others an
 * estimator `g`; a few candidates are drawn from `l`, and the one with the largest `l / g` is taken (it has the largest expected
 * improvement). Older trials of `g` weigh less. Kernels are compared by their heights, not by densities (see `internal/parzen`),
 * which did better in our comparison. Pending trials count as bad ones (a constant liar), so that workers asking at once are
 * sent to different places. A share of the trials explores: without it, the method can settle on a wrong branch of a conditional
 * space for good.
 *
 * With several objectives the good trials are whole fronts, and of the last of them those that add most hypervolume; each
 * weighs what it alone dominates (Y. Ozaki, Y. Tanigaki, S. Watanabe, M. Onishi, "Multiobjective tree-structured Parzen
 * estimator", JAIR 73, 2022). With more than four objectives, loneliness in the front stands for the hypervolume.
 *
 * **Guarantees** Only the ranking of the values of a single objective counts: any increasing transform gives the same
 * suggestions. The units of several objectives do not count. A failed trial teaches nothing. One that breaks constraints ranks behind all
 * that keep them, a pruned one behind every complete one; among pruned ones, the farthest steps come first, then the better last reports.
 * A choice that has been tried, by a failed trial too, or is being tried, is rejected, up to 8 times, each as if it had turned out
 * badly once more.
 *
 * **Does not guarantee** Attention to interactions: variables are modelled one by one.
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import { real, whole, withDefault } from "../internal/optionSchema.ts"
import * as TreeParzen from "../internal/treeParzen.ts"
import type { Declaration, Params, SpaceVariable, Value } from "../space/SearchSpace.ts"
import { parseOptions } from "./Sampler.ts"
import type { InvalidOptions, Request, Sampler } from "./Sampler.ts"

/** The options, with so many candidates unless told otherwise. */
export const optionsWith = (candidates: number) =>
  Schema.Struct({
    /** Trials, ended or pending, that are drawn at random before the model is used. 0 … 100,000, default 10. */
    startup: withDefault(whole(0, 100_000), 10),
    /** Share of the trials that count as good, rounded up. 0.001 … 0.999, default 0.1; larger is bolder in mixing, slower in settling. */
    goodFraction: withDefault(real(0.001, 0.999), 0.1),
    /** Most trials that count as good. 1 … 100,000, default 25. */
    goodMax: withDefault(whole(1, 100_000), 25),
    /** Candidates drawn for each variable, or group of variables. 1 … 10,000; more is greedier. */
    candidates: withDefault(whole(1, 10_000), candidates),
    /**
     * Share of trials that explore after the start-up: what conditions look at is drawn at random; where there are no conditions, all
     * is. 0 … 1, default 0.05.
     */
    exploration: withDefault(real(0, 1), 0.05),
    /** Weight of the prior beside the trials, which weigh 1. 0.001 … 1,000, default 1; larger is more curious. */
    priorWeight: withDefault(real(0.001, 1_000), 1)
  })

/** The options with their defaults: the temperament of the sampler. 8 candidates. */
export const Options = optionsWith(8)
export type Options = typeof Options.Type

/** What is used where nothing is told. */
export const defaults: Options = {
  startup: 10,
  goodFraction: 0.1,
  goodMax: 25,
  candidates: 8,
  exploration: 0.05,
  priorWeight: 1
}

/** How the next value of a variable is chosen; for samplers that leave some variables to this one. */
export const chooser = <D extends Declaration>(
  request: Request<D>,
  options: Options = defaults
): ((variable: SpaceVariable, index: number) => Value) => TreeParzen.chooser(request, options, false)

/** Suggests the next parameters. */
export const suggest = <D extends Declaration>(request: Request<D>, options: Options = defaults): Params<D> =>
  TreeParzen.suggest(request, options, false)

/** The sampler. Options left out take their defaults. */
export const make = (options?: Partial<Options>): Result.Result<Sampler, InvalidOptions> =>
  Result.map(parseOptions("tpe", Options, options ?? {}), (settings) => ({
    name: "tpe",
    options: settings,
    objectives: "many",
    suggest: (request) => suggest(request, settings)
  }))
