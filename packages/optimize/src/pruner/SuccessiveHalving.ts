/**
 * Successive halving with rungs that are decided as a whole (K. Jamieson, A. Talwalkar, "Non-stochastic best arm identification and
 * hyperparameter optimization", AISTATS 2016).
 *
 * Trials form cohorts of `trials` by their numbers: 0 … n − 1, n … 2n − 1, and so on. Of a cohort all come to the step
 * `minResource`; the best `floor(n / factor)` go on to `factor` times that step, the best `floor(n / factor ** 2)` of them go
 * farther, until one last trial or none would be left to choose.
 *
 * **Guarantees** Prunes a trial exactly when it can no longer be among those that go on, whatever the rest of its cohort will be
 * worth; so who is pruned does not depend on the order in which trials run, and the algorithm of the paper keeps the same ones. Of
 * equals, the one with the smaller number goes on. A trial that ended below a rung does not come to it.
 *
 * **Does not guarantee** Savings when trials run one after the other to their end: as long as the others have not come to a rung, it
 * cannot be said who is out, and the trial goes on. Run the cohort side by side, or pause at the rungs; else use `Asha`.
 *
 * **Example**
 *
 * ```ts
 * import { SuccessiveHalving } from "@mabeam/optimize"
 * import { Result } from "effect"
 *
 * const pruner = Result.getOrThrow(SuccessiveHalving.make({ trials: 4, reductionFactor: 2 }))
 * const report = (number: number, value: number) =>
 *   ({ number, state: "running", reports: [{ step: 1, values: [value] }] }) as const
 * const others = [report(0, 0.3), report(1, 0.8)]
 * // Two of four go on. Nobody knows yet whether the third of three is one of them, or the fourth of four will be.
 * const trial = report(2, 0.5)
 * pruner.shouldPrune({ directions: ["minimize"], seed: 0, trial, others }) // => false
 * pruner.shouldPrune({ directions: ["minimize"], seed: 0, trial, others: [...others, report(3, 0.4)] }) // => true
 * ```
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import { whole, withDefault } from "../internal/optionSchema.ts"
import { cohorts, isOutForGood, stepsFrom } from "../internal/rungs.ts"
import { parseOptions } from "../sampler/Sampler.ts"
import type { InvalidOptions } from "../sampler/Sampler.ts"
import type { Pruner } from "./Pruner.ts"

/** The options with their defaults. */
export const Options = Schema.Struct({
  /** How many trials start together. 2 … 1,000,000, default 27. */
  trials: withDefault(whole(2, 1_000_000), 27),
  /** The step of the lowest rung. 1 … 2^40, default 1. */
  minResource: withDefault(whole(1, 2 ** 40), 1),
  /** One of so many goes on. 2 … 1,000, default 3. */
  reductionFactor: withDefault(whole(2, 1_000), 3)
})
export type Options = typeof Options.Type

/** The pruner. Options left out take their defaults. */
export const make = (options?: Partial<Options>): Result.Result<Pruner, InvalidOptions> =>
  Result.map(parseOptions("sha", Options, options ?? {}), (settings) => {
    const { minResource, reductionFactor: factor, trials: size } = settings
    const steps = stepsFrom(minResource, factor, Number.MAX_SAFE_INTEGER)
    const othersOf = cohorts((number) => Math.floor(number / size))
    return {
      name: "sha",
      options: settings,
      objectives: "many",
      shouldPrune: (request) => isOutForGood(request, { size, others: othersOf(request) }, { steps, factor })
    }
  })
