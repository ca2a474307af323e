/**
 * The percentile rule: a trial goes on while its best report so far is among the better ones at its step.
 *
 * With 50 % this is the median stopping rule of D. Golovin, B. Solnik, S. Moitra, G. Kochanski, J. Karro, D. Sculley, "Google
 * Vizier: a service for black-box optimization", KDD 2017, section 3.2.2, with the options of T. Akiba and others, "Optuna: a
 * next-generation hyperparameter optimization framework", KDD 2019. Here as there the best report up to a step is compared with what
 * the complete trials reported at that very step.
 *
 * **Guarantees** Depends on ranks only: a trial is pruned when more than `ceil((n - 1) * percentile / 100)` of the `n` complete trials
 * that reported at its step are strictly better. Where the percentile falls on one of them this is Optuna's rule; between two,
 * Optuna draws a line that an increasing transform of the objective would bend, and here a trial must be worse than both.
 *
 * **Does not guarantee** A decision where nobody reports at the same steps: then nothing is pruned.
 *
 * **Example**
 *
 * ```ts
 * import { Percentile } from "@mabeam/optimize"
 * import { Result } from "effect"
 *
 * const pruner = Result.getOrThrow(Percentile.make({ percentile: 25, startupTrials: 4 }))
 * const others = [1, 2, 3, 4].map((value, number) => {
 *   return { number, state: "complete", reports: [{ step: 0, values: [value] }] } as const
 * })
 * const at = (value: number) => ({ number: 4, state: "running", reports: [{ step: 0, values: [value] }] }) as const
 * pruner.shouldPrune({ directions: ["minimize"], seed: 0, trial: at(2), others }) // => false
 * pruner.shouldPrune({ directions: ["minimize"], seed: 0, trial: at(2.5), others }) // => true
 * ```
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import { real, whole, withDefault } from "../internal/optionSchema.ts"
import * as Dominance from "../internal/dominance.ts"
import * as ProgressIndex from "../internal/progressIndex.ts"
import { firstFrom } from "../internal/rungs.ts"
import { betterThanBest, pointOf } from "../internal/standing.ts"
import { parseOptions } from "../sampler/Sampler.ts"
import type { Direction, InvalidOptions } from "../sampler/Sampler.ts"
import type { Progress, Pruner, PruneRequest, Report } from "./Pruner.ts"

const most = Number.MAX_SAFE_INTEGER

/** When a rule looks at a trial. */
export const timing = {
  /** Steps below this are not looked at. Whole, from 0 on, default 0. */
  warmupSteps: withDefault(whole(0, most), 0),
  /** Steps between two looks, counted from `warmupSteps`; the first report at or after a look's step is judged. Whole, from 1 on, default 1. */
  intervalSteps: withDefault(whole(1, most), 1)
}

/** The options that the median rule has as well. */
export const common = {
  /** Complete trials before any is pruned. 0 … 100,000, default 5. */
  startupTrials: withDefault(whole(0, 100_000), 5),
  ...timing,
  /** Fewest complete trials with a report at the step. 1 … 100,000, default 1. */
  minimumTrials: withDefault(whole(1, 100_000), 1)
}

/** The options with their defaults. */
export const Options = Schema.Struct({
  /** The share of better trials that goes on, in per cent. 0 … 100, default 25. */
  percentile: withDefault(real(0, 100), 25),
  ...common
})
export type Options = typeof Options.Type

/** Whether the last report is the first one at or after a step that is looked at. */
export const isLookedAt = (
  reports: ReadonlyArray<Report>,
  { intervalSteps, warmupSteps }: { readonly intervalSteps: number; readonly warmupSteps: number }
): boolean => {
  const step = reports.at(-1)?.step
  if (step === undefined || step < warmupSteps) return false
  const look = warmupSteps + Math.floor((step - warmupSteps) / intervalSteps) * intervalSteps
  return (reports.at(-2)?.step ?? -1) < look
}

const isComplete = ({ state }: Progress) => state === "complete"

const valuesAt = ({ reports }: Progress, step: number): ReadonlyArray<number> | undefined => {
  const report = firstFrom(reports, step)
  return report?.step === step ? report.values : undefined
}

/** The complete trials in the order of their values at a step. */
const index = (directions: ReadonlyArray<Direction>) =>
  ProgressIndex.makeWith(
    isComplete,
    (trial, step) => {
      const values = valuesAt(trial, step)
      return values === undefined ? undefined : pointOf(values, directions)
    },
    Dominance.lexicographic
  )

/** Complete trials, those of them that reported at the step, and how many of those are better than the best of a trial's reports. */
type Look = (request: PruneRequest, step: number) => readonly [complete: number, rivals: number, better: () => number]

const looking = (): Look => {
  const indexes = new Map<string, ReturnType<typeof index>>()
  return ({ directions, others, trial }, step) => {
    const key = directions.join()
    const find = indexes.get(key) ?? index(directions)
    indexes.set(key, find)
    const found = find(others)
    const order = found.order(step)
    const better = () => {
      const own = trial.reports.map(({ values }) => pointOf(values, directions))
      const best = own.reduce((a, b) => (Dominance.lexicographic(b, a) < 0 ? b : a))
      return directions.length === 1 ? ProgressIndex.placeIn(order, best) : betterThanBest(order.values, own)
    }
    return [found.members, order.values.length, better]
  }
}

/** A percentile rule under a name. */
export const named = (name: string, written: Pruner["options"], options: Options): Pruner => {
  const look = looking()
  return {
    name,
    options: written,
    objectives: "many",
    shouldPrune: (request) => {
      const { reports } = request.trial
      if (!isLookedAt(reports, options)) return false
      const [complete, rivals, better] = look(request, reports.at(-1)!.step)
      if (complete < options.startupTrials || rivals < options.minimumTrials) return false
      return better() > Math.ceil(((rivals - 1) * options.percentile) / 100)
    }
  }
}

/** The pruner. Options left out take their defaults. */
export const make = (options?: Partial<Options>): Result.Result<Pruner, InvalidOptions> =>
  Result.map(parseOptions("percentile", Options, options ?? {}), (settings) => named("percentile", settings, settings))
