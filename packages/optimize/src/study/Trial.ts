/**
 * A trial: parameters, and what became of them.
 *
 * ```text
 * waiting ──▶ running ──▶ complete | pruned | failed
 *    ▲           │
 *    ├── retry ──┤
 *    └── resume ── paused
 * ```
 *
 * @since 0.1.0
 */
import type { Schema } from "effect"
import type { Report } from "../pruner/Pruner.ts"
import type { Declaration, Params } from "../space/SearchSpace.ts"
import type { Artifact, FailureKind, Lease } from "./StudyEvent.ts"

/** An attempt that came to nothing. */
export interface Failure {
  /** Counted from 1. */
  readonly attempt: number
  readonly kind: FailureKind
  readonly reason: string
}

/** What a trial of any state has. */
export interface AnyTrial<D extends Declaration = Declaration> {
  readonly number: number
  /** What it works with. In an open space: what it has asked for so far. */
  readonly params: Params<D>
  /** What the sampler suggests for what an open space knows; of other spaces, the parameters. */
  readonly suggestion: Params<D>
  /** The name of the sampler that suggested the parameters, or `given`. */
  readonly sampler: string
  /** How often it was taken up: 0 while it has only waited. */
  readonly attempt: number
  readonly failures: ReadonlyArray<Failure>
  /** Of the present attempt, steps ascending. */
  readonly reports: ReadonlyArray<Report>
  readonly attributes: ReadonlyMap<string, Schema.Json>
  readonly artifacts: ReadonlyArray<Artifact>
  /** When the present attempt began, if anybody told the time. */
  readonly startedAt: number | undefined
  /** Who has taken up or renewed the present attempt, if anybody told. */
  readonly owner: string | undefined
}

/** Nobody works on it yet, or not any more. */
export interface WaitingTrial<D extends Declaration = Declaration> extends AnyTrial<D> {
  readonly state: "waiting"
}

/** Somebody works on it. */
export interface RunningTrial<D extends Declaration = Declaration> extends AnyTrial<D> {
  readonly state: "running"
  /** Without a lease nobody else takes it up, ever. */
  readonly lease: Lease | undefined
}

/** It rests. */
export interface PausedTrial<D extends Declaration = Declaration> extends AnyTrial<D> {
  readonly state: "paused"
}

/** It has a value for each objective. */
export interface CompleteTrial<D extends Declaration = Declaration> extends AnyTrial<D> {
  readonly state: "complete"
  readonly values: ReadonlyArray<number>
  /** What was observed of each constraint: kept where it is not above 0. */
  readonly constraints: ReadonlyArray<number>
  readonly endedAt: number | undefined
}

/** It was ended early; its last report says how far it came. */
export interface PrunedTrial<D extends Declaration = Declaration> extends AnyTrial<D> {
  readonly state: "pruned"
  readonly endedAt: number | undefined
}

/** Its last attempt came to nothing; the last of `failures` says why. */
export interface FailedTrial<D extends Declaration = Declaration> extends AnyTrial<D> {
  readonly state: "failed"
  readonly endedAt: number | undefined
}

/** A trial in any of its states. */
export type Trial<D extends Declaration = Declaration> =
  | WaitingTrial<D>
  | RunningTrial<D>
  | PausedTrial<D>
  | CompleteTrial<D>
  | PrunedTrial<D>
  | FailedTrial<D>

/** Whether nothing happens to it any more. */
export const hasEnded = <D extends Declaration>(
  trial: Trial<D>
): trial is CompleteTrial<D> | PrunedTrial<D> | FailedTrial<D> =>
  trial.state === "complete" || trial.state === "pruned" || trial.state === "failed"

/** A trial that nothing has happened to yet. */
export const fresh = <D extends Declaration>(number: number, params: Params<D>, sampler: string): WaitingTrial<D> => ({
  state: "waiting",
  number,
  params,
  suggestion: params,
  sampler,
  attempt: 0,
  failures: [],
  reports: [],
  attributes: new Map(),
  artifacts: [],
  startedAt: undefined,
  owner: undefined
})

/** What all states share, of a trial. */
export const common = <D extends Declaration>(trial: Trial<D>): AnyTrial<D> => ({
  number: trial.number,
  params: trial.params,
  suggestion: trial.suggestion,
  sampler: trial.sampler,
  attempt: trial.attempt,
  failures: trial.failures,
  reports: trial.reports,
  attributes: trial.attributes,
  artifacts: trial.artifacts,
  startedAt: trial.startedAt,
  owner: trial.owner
})
