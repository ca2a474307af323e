/**
 * The signed-rank rule: a trial is pruned when it is probably worse than the best trial, instance by instance.
 *
 * For objectives that are a mean over instances (folds, seeds, questions): step `i` stands for instance `i` and its report is what
 * that instance gave, not what all gave so far. The reports of both trials are paired by step and tested with F. Wilcoxon's
 * signed-rank test ("Individual comparisons by ranking methods", Biometrics Bulletin 1(6), 1945; see `internal/signedRank`), one-sided,
 * by the rule of Optuna 4 (T. Akiba and others, KDD 2019).
 *
 * **Guarantees** A trial whose mean so far is at least as good as the value of the best trial is never pruned. A trial with a value
 * that is not finite is not pruned, nor is any while the best trial has one. The best trial is the best complete one that keeps the
 * constraints; of equals, the one with the smallest number.
 *
 * **Does not guarantee** The error rate of a single test: it is asked again at each report, which about doubles the chance that a
 * good trial is lost. Ranks of differences change under a transform of the objective that is not linear.
 *
 * **Example**
 *
 * ```ts
 * import { Wilcoxon } from "@mabeam/optimize"
 * import { Result } from "effect"
 *
 * const pruner = Result.getOrThrow(Wilcoxon.make({ pThreshold: 0.1 }))
 * const reports = (values: ReadonlyArray<number>) => values.map((value, step) => ({ step, values: [value] }))
 * const best = { number: 0, state: "complete", values: [0.2], reports: reports([0.1, 0.3, 0.1, 0.3]) } as const
 * const isPruned = (values: ReadonlyArray<number>) => {
 *   const trial = { number: 1, state: "running", reports: reports(values) } as const
 *   return pruner.shouldPrune({ directions: ["minimize"], seed: 0, trial, others: [best] })
 * }
 * isPruned([0.2, 0.5, 0.4]) // => false
 * isPruned([0.2, 0.5, 0.4, 0.7]) // => true
 * ```
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import { real, whole, withDefault } from "../internal/optionSchema.ts"
import * as ProgressIndex from "../internal/progressIndex.ts"
import { violation } from "../internal/ranking.ts"
import { greaterP } from "../internal/signedRank.ts"
import { parseOptions } from "../sampler/Sampler.ts"
import type { InvalidOptions } from "../sampler/Sampler.ts"
import type { Progress, Pruner } from "./Pruner.ts"

/** The options with their defaults. */
export const Options = Schema.Struct({
  /** Prunes when the probability is below this. 0 … 1, default 0.1; larger prunes more. */
  pThreshold: withDefault(real(0, 1), 0.1),
  /** Fewest instances that both trials have. 0 … 100,000, default 2. */
  startupSteps: withDefault(whole(0, 100_000), 2)
})
export type Options = typeof Options.Type

/** Finds the best complete trial that keeps the constraints. */
const bests = (sign: number): ((others: ReadonlyArray<Progress>) => Progress | undefined) => {
  const index = ProgressIndex.make(
    (trial) => trial.state === "complete" && violation(trial) === 0,
    ({ values }) => {
      const value = values?.[0]
      return value === undefined || Number.isNaN(value) ? undefined : sign * value
    }
  )
  return (others) => index(others).order(0).trials[0]
}

/** Divided once, so that whole numbers are not rounded on the way; before, only where the sum overflows. */
const meanOf = (values: ReadonlyArray<number>): number => {
  const sum = values.reduce((all, value) => all + value, 0)
  return Number.isFinite(sum) ? sum / values.length : values.reduce((all, value) => all + value / values.length, 0)
}

const isWorse = (trial: Progress, best: Progress, sign: number, { pThreshold, startupSteps }: Options): boolean => {
  const valueOf = (report: { readonly values: ReadonlyArray<number> }) => sign * (report.values[0] ?? Number.NaN)
  const isWhole = ({ reports }: Progress) => reports.every((report) => Number.isFinite(valueOf(report)))
  if (!isWhole(trial) || !isWhole(best)) return false
  const known = new Map(best.reports.map((report) => [report.step, valueOf(report)]))
  const differences = trial.reports.flatMap((report) => {
    const value = known.get(report.step)
    return value === undefined ? [] : [valueOf(report) - value]
  })
  if (differences.length < startupSteps) return false
  const mean = meanOf(trial.reports.map(valueOf))
  if (mean <= valueOf({ values: best.values ?? [] })) return false
  return greaterP(differences) < pThreshold
}

/** The pruner. Options left out take their defaults. */
export const make = (options?: Partial<Options>): Result.Result<Pruner, InvalidOptions> =>
  Result.map(parseOptions("wilcoxon", Options, options ?? {}), (settings) => {
    const bestOf = { minimize: bests(1), maximize: bests(-1) }
    return {
      name: "wilcoxon",
      options: settings,
      objectives: "one",
      shouldPrune: ({ directions: [direction = "minimize"], others, trial }) => {
        if (trial.reports.length === 0) return false
        const best = bestOf[direction](others)
        return best !== undefined && isWorse(trial, best, direction === "maximize" ? -1 : 1, settings)
      }
    }
  })
