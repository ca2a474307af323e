/**
 * What can be done to a study, and why it may be refused.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import type { Sampler } from "../sampler/Sampler.ts"
import type {
  Declaration,
  InvalidParams,
  InvalidSpace,
  NothingFeasible,
  Params,
  Variable
} from "../space/SearchSpace.ts"
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

/** One of the stop rules has ended the study, or its sampler has nothing left to suggest. */
export class StudyStopped extends Schema.TaggedError<StudyStopped>("@mabeam/optimize/Study/StudyStopped")(
  "StudyStopped",
  { rule: Schema.Literals(["target", "patience", "timeoutMillis", "exhausted"]), limit: Schema.Finite }
) {
  override get message() {
    switch (this.rule) {
      case "target":
        return `the study has reached its target of ${this.limit}`
      case "patience":
        return `the last ${this.limit} complete trials have not improved on the best`
      case "timeoutMillis":
        return `the study has had its ${this.limit} ms`
      case "exhausted":
        return `all that the sampler suggests has been tried, in ${this.limit} trials`
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

/** Another worker has taken the trial up, or the same one again: the lease had ended. */
export class LeaseLost extends Schema.TaggedError<LeaseLost>("@mabeam/optimize/Study/LeaseLost")("LeaseLost", {
  number: Schema.Int,
  /** Who speaks, and of which attempt, as far as was said. */
  owner: Schema.optional(Schema.String),
  attempt: Schema.optional(Schema.Int),
  /** Whose it is now, and the present attempt. */
  holder: Schema.optional(Schema.String),
  attempts: Schema.Int
}) {
  override get message() {
    return this.owner !== undefined && this.holder !== undefined && this.owner !== this.holder
      ? `trial ${this.number} is now worked on by ${this.holder}, not by ${this.owner}`
      : `trial ${this.number} is now at attempt ${this.attempts}, not ${this.attempt}`
  }
}

/** The attempt has had its time. What it says now comes too late; the next `ask` or `recover` ends it. */
export class TrialTimedOut extends Schema.TaggedError<TrialTimedOut>("@mabeam/optimize/Study/TrialTimedOut")(
  "TrialTimedOut",
  { number: Schema.Int, timeoutMillis: Schema.Int }
) {
  override get message() {
    return `trial ${this.number} has had its ${this.timeoutMillis} ms`
  }
}

/** A part of a command is not what it should be. */
export class InvalidCommand extends Schema.TaggedError<InvalidCommand>("@mabeam/optimize/Study/InvalidCommand")(
  "InvalidCommand",
  { field: Schema.String, problem: Schema.String }
) {
  override get message() {
    return `${this.field}: ${this.problem}`
  }
}

/** A trial, or the study, has as many of these as it may have. */
export class TooManyEntries extends Schema.TaggedError<TooManyEntries>("@mabeam/optimize/Study/TooManyEntries")(
  "TooManyEntries",
  {
    number: Schema.optional(Schema.Int),
    entries: Schema.Literals(["reports", "attributes", "artifacts"]),
    max: Schema.Int
  }
) {
  override get message() {
    const owner = this.number === undefined ? "the study" : `trial ${this.number}`
    return `${owner} has its ${this.max} ${this.entries} already`
  }
}

/** A value is not a finite number. `fail` the trial instead. */
export class InvalidValue extends Schema.TaggedError<InvalidValue>("@mabeam/optimize/Study/InvalidValue")(
  "InvalidValue",
  {
    number: Schema.Int,
    field: Schema.String,
    /** What was told: anything, where nobody checks types. */
    value: Schema.Unknown
  }
) {
  override get message() {
    const value = typeof this.value === "string" ? JSON.stringify(this.value) : String(this.value)
    return this.field === "step"
      ? `the step of trial ${this.number} is ${value}, not a whole number from 0`
      : `the ${this.field} of trial ${this.number} is ${value}, not a finite number`
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

/** Most reports of one attempt at a trial. */
export const REPORTS_MAX = 10_000
/** Most attributes of a trial, and of a study. */
export const ATTRIBUTES_MAX = 1_000
/** Most artifacts of a trial. */
export const ARTIFACTS_MAX = 1_000
/** Most characters of an owner, and of the key of an attribute. */
export const WORD_LENGTH_MAX = 255

/** What can be done to a study. Times are milliseconds since 1970; without them, leases do not end and nothing times out. */
export type Command<D extends Declaration = Declaration> =
  | ({ readonly _tag: "Ask" } & AskOptions<D>)
  | { readonly _tag: "Enqueue"; readonly params: Params<D>; readonly at?: number | undefined }
  | { readonly _tag: "Recover"; readonly at: number }
  | TrialCommand
  | ({ readonly _tag: "Release"; readonly number: number } & By)
  | { readonly _tag: "PauseStudy" }
  | { readonly _tag: "ResumeStudy" }

/** A running trial asks for the value of a variable. */
export type SuggestCommand = {
  readonly _tag: "Suggest"
  readonly number: number
  readonly name: string
  readonly variable: Variable
} & By

/** What concerns one trial, or an attribute. */
export type TrialCommand =
  | ({ readonly _tag: "Tell"; readonly number: number; readonly value: Value } & TellOptions)
  | ({ readonly _tag: "Fail"; readonly number: number; readonly reason: string } & FailOptions)
  | ({ readonly _tag: "Prune"; readonly number: number } & By)
  | ({ readonly _tag: "Report"; readonly number: number; readonly step: number; readonly value: Value } & By)
  | ({ readonly _tag: "Renew"; readonly number: number; readonly lease: Lease } & Omit<By, "owner">)
  | { readonly _tag: "Pause"; readonly number: number }
  | { readonly _tag: "Resume"; readonly number: number }
  | {
      readonly _tag: "SetAttribute"
      readonly number?: number | undefined
      readonly key: string
      readonly value: Schema.Json
    }
  | { readonly _tag: "AddArtifact"; readonly number: number; readonly artifact: Artifact }

/**
 * Who says it, and when. Whoever is not the holder of the trial's lease, or speaks of another attempt than the present one, is
 * refused. Without both, nobody is: so an operator may end what hangs.
 */
export interface By {
  readonly owner?: string | undefined
  /** The trial's `attempt` when it was given: tells workers of one owner apart, as a fencing token does. */
  readonly attempt?: number | undefined
  readonly at?: number | undefined
}

/** Options of `ask`. */
export interface AskOptions<D extends Declaration = Declaration> {
  /** A new trial with these instead of a suggestion. */
  readonly params?: Params<D> | undefined
  /** Suggests instead of the study's own sampler. */
  readonly sampler?: Sampler | undefined
  /** No new trial from this number on, if that is less than the study's own limit. */
  readonly trialsMax?: number | undefined
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

/** Why what concerns one trial is refused. */
export type EndRefusal =
  | TrialNotFound
  | TrialAlreadyTold
  | WrongTrialState
  | LeaseLost
  | TrialTimedOut
  | InvalidValue
  | WrongValueCount
  | InvalidCommand
  | TooManyEntries
/** Why no trial is given. */
export type AskRefusal =
  | TrialLimitReached
  | InvalidParams
  | NothingFeasible
  | StudyPaused
  | StudyStopped
  | InvalidCommand
/** Why a trial is not given the value of a variable. */
export type SuggestRefusal = EndRefusal | InvalidSpace | InvalidParams
