/**
 * What a pruner is: a pure function that tells whether a running trial is worth going on.
 *
 * **Guarantees** of every pruner in this package: the answer depends on the request and the options alone, and not on the order
 * in which trials are listed.
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
  readonly shouldPrune: (request: PruneRequest) => boolean
}

/** Never prunes. */
export const none: Pruner = { name: "none", options: {}, shouldPrune: () => false }
