/**
 * The median stopping rule: a trial goes on while its best report so far is not worse than the median at its step.
 *
 * D. Golovin, B. Solnik, S. Moitra, G. Kochanski, J. Karro, D. Sculley, "Google Vizier: a service for black-box optimization", KDD
 * 2017, section 3.2.2. It is the `Percentile` rule at 50 %; what that module guarantees holds here.
 *
 * **Example**
 *
 * ```ts
 * import { Median, SearchSpace, Sobol, Study } from "@mabeam/optimize"
 * import { Result } from "effect"
 *
 * const space = SearchSpace.makeUnsafe({ x: SearchSpace.float(0, 1) })
 * const sampler = Result.getOrThrow(Sobol.make())
 * const pruner = Result.getOrThrow(Median.make({ startupTrials: 3 }))
 * let study = Result.getOrThrow(Study.make({ space, sampler, pruner, seed: 1 }))
 *
 * for (let i = 0; i < 20; i++) {
 *   const [asked, { number, params }] = Result.getOrThrow(Study.ask(study))
 *   study = asked
 *   for (let step = 1; step <= 9 && study.trial(number)?.state === "running"; step++) {
 *     study = Result.getOrThrow(Study.report(study, number, step, params.x + 1 / step))
 *     if (Study.shouldPrune(study, number)) study = Result.getOrThrow(Study.prune(study, number))
 *   }
 *   if (study.trial(number)?.state === "running") study = Result.getOrThrow(Study.tell(study, number, params.x))
 * }
 * const pruned = study.trials.filter((trial) => trial.state === "pruned")
 * pruned.length // => 11
 * ```
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import { parseOptions } from "../sampler/Sampler.ts"
import type { InvalidOptions } from "../sampler/Sampler.ts"
import { common, named } from "./Percentile.ts"
import type { Pruner } from "./Pruner.ts"

/** The options with their defaults; see `Percentile`. */
export const Options = Schema.Struct(common)
export type Options = typeof Options.Type

/** The pruner. Options left out take their defaults. */
export const make = (options?: Partial<Options>): Result.Result<Pruner, InvalidOptions> =>
  Result.map(parseOptions("median", Options, options ?? {}), (settings) =>
    named("median", settings, { ...settings, percentile: 50 })
  )
