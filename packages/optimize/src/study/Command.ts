/**
 * What can be done to a study, and why it may be refused.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import type { Sampler } from "../sampler/Sampler.ts"
import type { Declaration, InvalidParams, Params } from "../space/SearchSpace.ts"
import type { Artifact, FailureKind, Lease } from "./StudyEvent.ts"

/** The study has had all its trials. */
export class TrialLimitReached extends Schema.TaggedError<TrialLimitReached>(
  "@mabeam/optimize/Study/TrialLimitReached"
)("TrialLimitReached", { trialsMax: Schema.Int }) {
  override get message() {
    return `the study has had all its ${this.trialsMax} trials`
  }
}

/** The study is paused: it gives no trials until it is resumed. */
export class StudyPaused extends Schema.TaggedError<StudyPaused>("@mabeam/optimize/Study/StudyPaused")(
  "StudyPaused",
  {}
) {
  override get message() {
    return "the study is paused; resume it to go on"
  }
}

/** One of the stop rules has ended the study. */
export class StudyStopped extends Schema.TaggedError<StudyStopped>("@mabeam/optimize/Study/StudyStopped")(
  "StudyStopped",
  { rule: Schema.Literals(["target", "patience", "timeoutMillis"]), limit: Schema.Finite }
) {
  override get message() {
    switch (this.rule) {
      case "target":
        return `the study has reached its target of ${this.limit}`
      case "patience":
        return `the last ${this.limit} complete trials have not improved on the best`
      case "timeoutMillis":
        return `the study has had its ${this.limit} ms`
    }
  }
}

/** No trial of this number was asked for. */
export class TrialNotFound extends Schema.TaggedError<TrialNotFound>("@mabeam/optimize/Study/TrialNotFound")(
  "TrialNotFound",
  {
    // @effect-diagnostics-next-line schemaNumber:off -- it shows what was asked, which may be no number of a trial
    number: Schema.Number,
    trials: Schema.Int
  }
) {
  override get message() {
    return `there is no trial ${this.number}; ${this.trials} have been asked for`
  }
}

/** The trial has ended already; the first result stands. */
export class TrialAlreadyTold extends Schema.TaggedError<TrialAlreadyTold>("@mabeam/optimize/Study/TrialAlreadyTold")(
  "TrialAlreadyTold",
  { number: Schema.Int, state: Schema.Literals(["complete", "pruned", "failed"]) }
) {
  override get message() {
    return `trial ${this.number} has ended already (${this.state})`
  }
}

/** The trial is in a state in which this cannot be done. */
export class WrongTrialState extends Schema.TaggedError<WrongTrialState>("@mabeam/optimize/Study/WrongTrialState")(
  "WrongTrialState",
  { number: Schema.Int, state: Schema.Literals(["waiting", "running", "paused"]), needed: Schema.String }
) {
  override get message() {
    return `trial ${this.number} is ${this.state}, not ${this.needed}`
  }
}

/** Another worker has taken the trial up: the lease had ended. */
export class LeaseLost extends Schema.TaggedError<LeaseLost>("@mabeam/optimize/Study/LeaseLost")("LeaseLost", {
  number: Schema.Int,
  owner: Schema.String,
  holder: Schema.String
}) {
  override get message() {
    return `trial ${this.number} is now worked on by ${this.holder}, not by ${this.owner}`
  }
}

/** A value is not a finite number. `fail` the trial instead. */
export class InvalidValue extends Schema.TaggedError<InvalidValue>("@mabeam/optimize/Study/InvalidValue")(
  "InvalidValue",
  {
    number: Schema.Int,
    field: Schema.String,
    // @effect-diagnostics-next-line schemaNumber:off -- it shows the value at fault
    value: Schema.Number
  }
) {
  override get message() {
    return this.field === "step"
      ? `the step of trial ${this.number} is ${this.value}, not a whole number from 0`
      : `the ${this.field} of trial ${this.number} is ${this.value}, not a finite number`
  }
}

/** There are more or fewer values than objectives. */
export class WrongValueCount extends Schema.TaggedError<WrongValueCount>("@mabeam/optimize/Study/WrongValueCount")(
  "WrongValueCount",
  { number: Schema.Int, values: Schema.Int, objectives: Schema.Int }
) {
  override get message() {
    return `trial ${this.number} was told ${this.values} values; the study has ${this.objectives} objectives`
  }
}

/** A value for the only objective, or one for each. */
export type Value = number | ReadonlyArray<number>

/** What can be done to a study. Times are milliseconds since 1970; without them, leases do not end and nothing times out. */
export type Command<D extends Declaration = Declaration> =
  | ({ readonly _tag: "Ask" } & AskOptions<D>)
  | { readonly _tag: "Enqueue"; readonly params: Params<D>; readonly at?: number | undefined }
  | ({ readonly _tag: "Tell"; readonly number: number; readonly value: Value } & TellOptions)
  | ({ readonly _tag: "Fail"; readonly number: number; readonly reason: string } & FailOptions)
  | ({ readonly _tag: "Prune"; readonly number: number } & By)
  | ({ readonly _tag: "Report"; readonly number: number; readonly step: number; readonly value: Value } & By)
  | { readonly _tag: "Renew"; readonly number: number; readonly lease: Lease }
  | { readonly _tag: "Pause"; readonly number: number }
  | { readonly _tag: "Resume"; readonly number: number }
  | { readonly _tag: "PauseStudy" }
  | { readonly _tag: "ResumeStudy" }
  | {
      readonly _tag: "SetAttribute"
      readonly number?: number | undefined
      readonly key: string
      readonly value: Schema.Json
    }
  | { readonly _tag: "AddArtifact"; readonly number: number; readonly artifact: Artifact }

/** Who says it, and when. An owner who is not the holder of the trial's lease is refused. */
export interface By {
  readonly owner?: string | undefined
  readonly at?: number | undefined
}

/** Options of `ask`. */
export interface AskOptions<D extends Declaration = Declaration> {
  /** A new trial with these instead of a suggestion. */
  readonly params?: Params<D> | undefined
  /** Suggests instead of the study's own sampler. */
  readonly sampler?: Sampler | undefined
  /** Who will work on it, and until when it is theirs. Needs `at`. */
  readonly lease?: Lease | undefined
  readonly at?: number | undefined
}

/** Options of `tell`. */
export interface TellOptions extends By {
  /** What was observed of each constraint: kept where it is not above 0. */
  readonly constraints?: ReadonlyArray<number> | undefined
}

/** Options of `fail`. */
export interface FailOptions extends By {
  /** Default `error`. */
  readonly kind?: FailureKind | undefined
  /** Whether it may be tried again while `attemptsMax` allows. Default `true`. */
  readonly retry?: boolean | undefined
}

/** Why a trial cannot be ended. */
export type EndRefusal = TrialNotFound | TrialAlreadyTold | WrongTrialState | LeaseLost | InvalidValue | WrongValueCount
/** Why no trial is given. */
export type AskRefusal = TrialLimitReached | InvalidParams | StudyPaused | StudyStopped
