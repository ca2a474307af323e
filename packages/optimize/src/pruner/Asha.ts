/**
 * ASHA, asynchronous successive halving (L. Li, K. Jamieson, A. Rostamizadeh, E. Gonina, J. Ben-tzur, M. Hardt, B. Recht, A.
 * Talwalkar, "A system for massively parallel hyperparameter tuning", MLSys 2020).
 *
 * There are rungs at the steps `minResource * reductionFactor ** (minEarlyStoppingRate + k)`. A trial that comes to a rung goes on
 * when it is among the best `floor(n / reductionFactor)` of the `n` trials that have reached it, itself included, and is pruned
 * otherwise: nobody waits.
 *
 * **Details** The paper's algorithm *promotes*: who is not good enough rests, and goes on later once the rung has grown and it is
 * among the best. The *stopping* variant judges a trial once, when it comes. This function gives the paper's condition for the
 * present rung. Whoever prunes what it names, as a study does, runs the stopping variant; whoever pauses instead and asks again as
 * others come runs the promotion. Until `reductionFactor` trials have come to a rung its best part is empty. With pauses the first
 * ones wait; stopped, they would be lost at every rung, and a short study would complete nothing. So the best of those so few goes
 * on, as in Optuna, unless `keepLeader` is false.
 *
 * With several objectives the order is by fronts (R. Schmucker, M. Donini, M. B. Zafar, D. Salinas, C. Archambeau, "Multi-objective
 * asynchronous successive halving", 2021), and in a front by number.
 *
 * **Guarantees** Of the trials in a rung exactly `floor(n / reductionFactor)` pass at any moment (with `keepLeader`: at least one),
 * ties included: of equals, the one with the smaller number. The rungs are whole numbers, computed by multiplication.
 *
 * **Example**
 *
 * ```ts
 * import { Asha } from "@mabeam/optimize"
 * import { Result } from "effect"
 *
 * const pruner = Result.getOrThrow(Asha.make({ minResource: 1, reductionFactor: 3 }))
 * const trials = [0.5, 0.2, 0.9].map((value, number) => {
 *   return { number, state: "running", reports: [{ step: 1, values: [value] }] } as const
 * })
 * const isPruned = (number: number) =>
 *   pruner.shouldPrune({
 *     directions: ["minimize"],
 *     seed: 0,
 *     trial: trials[number]!,
 *     others: trials.filter((trial) => trial.number !== number)
 *   })
 * const pruned = [isPruned(0), isPruned(1), isPruned(2)]
 * pruned // => [true, false, true]
 * ```
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import { whole, withDefault } from "../internal/optionSchema.ts"
import { isBehindNow, rivalsAmong, stepsFrom } from "../internal/rungs.ts"
import { parseOptions } from "../sampler/Sampler.ts"
import type { InvalidOptions } from "../sampler/Sampler.ts"
import type { Pruner } from "./Pruner.ts"

/** The options with their defaults. */
export const Options = Schema.Struct({
  /** The step of the lowest rung, before `minEarlyStoppingRate`. 1 … 2^40, default 1. */
  minResource: withDefault(whole(1, 2 ** 40), 1),
  /** One of so many goes on. 2 … 1,000, default 4. */
  reductionFactor: withDefault(whole(2, 1_000), 4),
  /** How many rungs are left out at the bottom. 0 … 100, default 0. */
  minEarlyStoppingRate: withDefault(whole(0, 100), 0),
  /** A trial that has come so far is not judged any more. 1 … 2^53 − 1, default 2^53 − 1: there is always a next rung. */
  maxResource: withDefault(whole(1, Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER),
  /** Whether the best of a rung goes on while fewer than `reductionFactor` have come. Default true; false is the paper's condition. */
  keepLeader: withDefault(Schema.Boolean, true)
})
export type Options = typeof Options.Type

/** The pruner. Options left out take their defaults. */
export const make = (options?: Partial<Options>): Result.Result<Pruner, InvalidOptions> =>
  Result.map(parseOptions("asha", Options, options ?? {}), (settings) => {
    const { keepLeader, maxResource, minEarlyStoppingRate, minResource, reductionFactor: factor } = settings
    const steps = stepsFrom(minResource, factor, maxResource).slice(minEarlyStoppingRate)
    const rivals = rivalsAmong(() => true)
    return {
      name: "asha",
      options: settings,
      objectives: "many",
      shouldPrune: (request) => isBehindNow(request, rivals, { steps, factor }, keepLeader)
    }
  })
