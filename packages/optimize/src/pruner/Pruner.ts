/**
 * What a pruner is: a pure function that tells whether a running trial is worth going on.
 *
 * **Guarantees** of every pruner in this package: the answer depends on the request and the options alone, and not on the order
 * in which trials are listed. A trial without reports is never pruned. Maximizing mirrors minimizing, but for `threshold`, whose bounds
 * are about values as they are. Those that compare ranks (all but `patient` with a tolerance, `threshold` and `wilcoxon`) answer the
 * same after any increasing transform of an objective. What is not a number counts as infinitely bad.
 *
 * With several objectives, a rank is the place of the non-dominated front (see `internal/dominance`): better is who stands in an
 * earlier front. For successive halving that is the way of R. Schmucker, M. Donini, M. B. Zafar, D. Salinas, C. Archambeau,
 * "Multi-objective asynchronous successive halving", 2021; with one objective it is the usual order.
 *
 * @since 0.1.0
 */
import type { Direction, OptionsJson } from "../sampler/Sampler.ts"

/** What a trial was worth on the way. */
export interface Report {
  /** How far it had come: a whole number, not negative. */
  readonly step: number
  /** One for each objective. */
  readonly values: ReadonlyArray<number>
}

/** How far a trial has come. */
export interface Progress {
  readonly number: number
  readonly state: "waiting" | "running" | "paused" | "complete" | "pruned" | "failed"
  /** Steps ascending. */
  readonly reports: ReadonlyArray<Report>
  /** Of a complete trial: one for each objective. */
  readonly values?: ReadonlyArray<number> | undefined
  /** Of a complete trial: what was observed of each constraint, kept where it is not above 0. */
  readonly constraints?: ReadonlyArray<number> | undefined
}

/** What the answer may depend on. */
export interface PruneRequest {
  readonly directions: ReadonlyArray<Direction>
  /** A safe integer. */
  readonly seed: number
  /** The trial in question; its last report is what has just been told. */
  readonly trial: Progress
  /** All the others. */
  readonly others: ReadonlyArray<Progress>
}

/** A pruner with its options. `name` and `options` say how to make it again. */
export interface Pruner {
  readonly name: string
  readonly options: OptionsJson
  /** Whether it looks at one objective only; a study of several refuses it. */
  readonly objectives: "one" | "many"
  readonly shouldPrune: (request: PruneRequest) => boolean
}

/** Never prunes. */
export const none: Pruner = { name: "none", options: {}, objectives: "many", shouldPrune: () => false }
