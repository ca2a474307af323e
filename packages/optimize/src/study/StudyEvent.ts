/**
 * What happens to a study, as it is written down. A study is nothing but its events in their order.
 *
 * **Guarantees** Every event is plain JSON. Times are milliseconds since 1970, and absent where nobody told the time.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { PrunerJson } from "../pruner/Pruners.ts"
import { Direction } from "../sampler/Sampler.ts"
import { SamplerJson } from "../sampler/Samplers.ts"
import { SpaceJson, VariableJson } from "../space/SpaceJson.ts"

const TrialNumber = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
const at = Schema.optionalKey(Schema.Finite)

/** Parameters as JSON. */
export const ParamsJson = Schema.Record(Schema.String, Schema.Union([Schema.String, Schema.Finite, Schema.Boolean]))

/** Why an attempt at a trial came to nothing. */
export const FailureKind = Schema.Literals([
  "error",
  "crash",
  "timeout",
  "lease-expired",
  "invalid-answer",
  "early-exit",
  "cancelled"
])
export type FailureKind = typeof FailureKind.Type

/** Who works on a trial, and until when nobody else may. */
export const Lease = Schema.Struct({ owner: Schema.String, until: Schema.Finite })
export type Lease = typeof Lease.Type

/** Something that a trial left behind, and where it lies. */
export const Artifact = Schema.Struct({
  name: Schema.String,
  /** Where it lies, such as a path or a URL. */
  uri: Schema.String,
  mediaType: Schema.String,
  bytes: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
})
export type Artifact = typeof Artifact.Type

/** When a study ends before its last trial. */
export const StopRules = Schema.Struct({
  /** A complete trial is at least as good as this; for a single objective. */
  target: Schema.optionalKey(Schema.Finite),
  /** So many complete trials in a row have not improved on the best; for a single objective. At least 1. */
  patience: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThan(0))),
  /** So many milliseconds have passed since the study began. At least 1. */
  timeoutMillis: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThan(0)))
})
export type StopRules = typeof StopRules.Type

/** `Created` comes first and once. */
export const StudyEvent = Schema.TaggedUnion({
  Created: {
    space: SpaceJson,
    sampler: SamplerJson,
    pruner: PrunerJson,
    directions: Schema.NonEmptyArray(Direction),
    seed: Schema.Int,
    trialsMax: Schema.Int.check(Schema.isGreaterThan(0)),
    attemptsMax: Schema.Int.check(Schema.isGreaterThan(0)),
    lossesMax: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)),
    trialTimeoutMillis: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThan(0))),
    stop: StopRules,
    at
  },
  /** A new trial that runs at once. Trials are numbered from 0 without gaps. `sampler` names what suggested the parameters, or is "given". */
  Asked: { number: TrialNumber, params: ParamsJson, sampler: Schema.String, lease: Schema.optionalKey(Lease), at },
  /** A running trial of an open space asked for a variable and was given this value. */
  Suggested: {
    number: TrialNumber,
    variable: VariableJson,
    value: Schema.Union([Schema.String, Schema.Finite, Schema.Boolean])
  },
  /** A new trial that waits. */
  Enqueued: { number: TrialNumber, params: ParamsJson, at },
  /** A waiting trial is taken up: its next attempt. */
  Started: { number: TrialNumber, lease: Schema.optionalKey(Lease), at },
  /** The worker is alive. */
  Renewed: { number: TrialNumber, lease: Lease },
  Reported: { number: TrialNumber, step: TrialNumber, values: Schema.NonEmptyArray(Schema.Finite) },
  Told: {
    number: TrialNumber,
    values: Schema.NonEmptyArray(Schema.Finite),
    constraints: Schema.optionalKey(Schema.Array(Schema.Finite)),
    at
  },
  Pruned: { number: TrialNumber, at },
  /** An attempt failed; `retry` tells whether the trial waits for another. */
  Failed: { number: TrialNumber, kind: FailureKind, reason: Schema.String, retry: Schema.Boolean, at },
  /** The trial rests: nobody takes it up until it is resumed. */
  Paused: { number: TrialNumber },
  Resumed: { number: TrialNumber },
  StudyPaused: {},
  StudyResumed: {},
  /** Of a trial, or of the study when there is no number. */
  AttributeSet: { number: Schema.optionalKey(TrialNumber), key: Schema.String, value: Schema.Json },
  ArtifactAdded: { number: TrialNumber, artifact: Artifact }
})
export type StudyEvent = typeof StudyEvent.Type
