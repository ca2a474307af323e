/**
 * Bounds: a trial whose value leaves them is pruned at once. For values that mean failure, such as a loss that explodes.
 *
 * The options are those of Optuna's rule (T. Akiba and others, "Optuna: a next-generation hyperparameter optimization framework",
 * KDD 2019); bounds may also change with the step.
 *
 * **Guarantees** Looks at the last report alone and at the value as it is, whatever the direction. What is not a number is outside.
 *
 * **Example**
 *
 * ```ts
 * import { Threshold } from "@mabeam/optimize"
 * import { Result } from "effect"
 *
 * // Anything up to 100 from step 0 on, up to 10 from step 5 on.
 * const pruner = Result.getOrThrow(Threshold.make({ upper: "0: 100, 5: 10" }))
 * const isPruned = (step: number, value: number) => {
 *   const trial = { number: 0, state: "running", reports: [{ step, values: [value] }] } as const
 *   return pruner.shouldPrune({ directions: ["minimize"], seed: 0, trial, others: [] })
 * }
 * isPruned(4, 50) // => false
 * isPruned(5, 50) // => true
 * ```
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import { InvalidOptions, parseOptions } from "../sampler/Sampler.ts"
import type { OptionsJson } from "../sampler/Sampler.ts"
import { isLookedAt, timing } from "./Percentile.ts"
import type { Pruner } from "./Pruner.ts"

/** A number, or from which step on which bound holds: `"0: 100, 5: 10"`. */
const Bound = Schema.Union([Schema.Finite, Schema.String])

/** The options with their defaults. */
export const Options = Schema.Struct({
  /** The smallest value that goes on. One of the two bounds must be given. */
  lower: Schema.optionalKey(Bound),
  /** The largest value that goes on. */
  upper: Schema.optionalKey(Bound),
  ...timing
})
export type Options = typeof Options.Type

/** The bound that holds at a step, if any. */
type Schedule = (step: number) => number | undefined

const PAIR = /^\s*(\d+)\s*:\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*$/

const schedule = (bound: number | string | undefined): Result.Result<Schedule, string> => {
  if (typeof bound !== "string") return Result.succeed(() => bound)
  const pairs: Array<readonly [from: number, bound: number]> = []
  for (const text of bound.split(",")) {
    const [, from, value] = PAIR.exec(text) ?? []
    const pair = [Number(from), Number(value)] as const
    if (!pair.every(Number.isFinite)) return Result.fail(`"${text.trim()}" is not a step and a bound, as in "5: 0.1"`)
    if (!Number.isSafeInteger(pair[0])) return Result.fail(`${from} is too far for a step`)
    if (pairs.length > 0 && pair[0] <= pairs.at(-1)![0]) return Result.fail("the steps do not ascend")
    pairs.push(pair)
  }
  return Result.succeed((step) => pairs.findLast(([from]) => from <= step)?.[1])
}

/** The pruner. At least one bound must be given. */
export const make = (options: OptionsJson): Result.Result<Pruner, InvalidOptions> =>
  Result.gen(function* () {
    const settings = yield* parseOptions("threshold", Options, options)
    const refusal = (path: ReadonlyArray<string>, problem: string) =>
      new InvalidOptions({ owner: "threshold", path, problem })
    const { lower, upper } = settings
    if (lower === undefined && upper === undefined) return yield* Result.fail(refusal([], "needs lower or upper"))
    if (typeof lower === "number" && typeof upper === "number" && lower > upper) {
      return yield* Result.fail(refusal(["lower"], `is above upper, ${upper}`))
    }
    const lowest = yield* Result.mapError(schedule(lower), (problem) => refusal(["lower"], problem))
    const highest = yield* Result.mapError(schedule(upper), (problem) => refusal(["upper"], problem))
    const pruner: Pruner = {
      name: "threshold",
      options: settings,
      objectives: "one",
      shouldPrune: ({ trial: { reports } }) => {
        const last = reports.at(-1)
        if (last === undefined || !isLookedAt(reports, settings)) return false
        const [value = Number.NaN] = last.values
        const { step } = last
        const within =
          value >= (lowest(step) ?? Number.NEGATIVE_INFINITY) && value <= (highest(step) ?? Number.POSITIVE_INFINITY)
        return !within
      }
    }
    return pruner
  })
