/**
 * What a trial is worth, wherever that is found out: in this program, in a thread, in a program of any language.
 *
 * An objective opens an evaluator for each worker. An evaluator works on one trial at a time: it ends with values, or pruned, or
 * with a `TrialFailure`, which is a fact about the trial and not about the study.
 *
 * **Guarantees** Whatever an evaluator does (it throws, dies, hangs, talks nonsense) becomes one of five failures, each with its
 * reason, so that a study goes on. What an evaluator holds ends with its scope.
 *
 * **Does not guarantee** That an `ObjectiveUnavailable` is temporary: the run ends with it.
 *
 * @since 0.1.0
 */
import { Formatter, Result, Schema } from "effect"
import type { Effect, Scope } from "effect"
import type * as Domain from "../space/Domain.ts"
import type { Variable } from "../space/Variable.ts"
import type { Value } from "../study/Study.ts"

// --- failures ------------------------------------------------------------------------------------------------------

/** The objective says that it failed: it threw, or answered with an error. */
export class ObjectiveFailed extends Schema.TaggedError<ObjectiveFailed>("@mabeam/optimize/Objective/ObjectiveFailed")(
  "ObjectiveFailed",
  { reason: Schema.String, cause: Schema.optional(Schema.Defect()) }
) {
  readonly kind = "error"
  override get message() {
    return this.reason
  }
}

/** The program or thread died, or a defect ended the function. */
export class ObjectiveCrashed extends Schema.TaggedError<ObjectiveCrashed>(
  "@mabeam/optimize/Objective/ObjectiveCrashed"
)("ObjectiveCrashed", { reason: Schema.String, cause: Schema.optional(Schema.Defect()) }) {
  readonly kind = "crash"
  override get message() {
    return this.reason
  }
}

/** The evaluation took longer than it may. */
export class EvaluationTimedOut extends Schema.TaggedError<EvaluationTimedOut>(
  "@mabeam/optimize/Objective/EvaluationTimedOut"
)("EvaluationTimedOut", { reason: Schema.String }) {
  readonly kind = "timeout"
  override get message() {
    return this.reason
  }
}

/** What was answered is no answer: garbage, a line too long, values that are not finite or too many, too many reports. */
export class InvalidAnswer extends Schema.TaggedError<InvalidAnswer>("@mabeam/optimize/Objective/InvalidAnswer")(
  "InvalidAnswer",
  { reason: Schema.String }
) {
  readonly kind = "invalid-answer"
  override get message() {
    return this.reason
  }
}

/** The program or thread ended without an answer, in good order as it seems. */
export class EarlyExit extends Schema.TaggedError<EarlyExit>("@mabeam/optimize/Objective/EarlyExit")("EarlyExit", {
  reason: Schema.String
}) {
  readonly kind = "early-exit"
  override get message() {
    return this.reason
  }
}

/** Why an evaluation came to nothing. */
export type TrialFailure = ObjectiveFailed | ObjectiveCrashed | EvaluationTimedOut | InvalidAnswer | EarlyExit

/** There is nothing to evaluate with: the program or thread cannot be started. */
export class ObjectiveUnavailable extends Schema.TaggedError<ObjectiveUnavailable>(
  "@mabeam/optimize/Objective/ObjectiveUnavailable"
)("ObjectiveUnavailable", { objective: Schema.String, problem: Schema.String }) {
  override get message() {
    return `${this.objective} cannot be started: ${this.problem}`
  }
}

// --- models --------------------------------------------------------------------------------------------------------

/** A trial in the hands of an evaluator. */
export interface RunningTrial<out P = unknown> {
  readonly number: number
  readonly params: P
  /** Counted from 1. */
  readonly attempt: number
  /** How many values are wanted. */
  readonly objectives: number
  /** Whether the study has a pruner: otherwise `report` always answers false. */
  readonly mayBePruned: boolean
  /**
   * Tells what the trial is worth at a step, and answers whether it is pruned: then end it, whatever comes counts for nothing. A
   * report that is not valid, or one too many, fails the trial and does not return.
   */
  readonly report: (step: number, value: Value) => Effect.Effect<boolean>
  readonly setAttribute: (key: string, value: Schema.Json) => Effect.Effect<void>
  /** The value of a variable; in an open space, this declares it. One that is not declared as before fails the trial. */
  readonly suggest: <A extends Domain.Value>(name: string, variable: Variable<A>) => Effect.Effect<A>
}

/** What a trial was worth. */
export interface Answer {
  /** One for each objective. */
  readonly values: ReadonlyArray<number>
  /** What was observed of each constraint: kept where it is not above 0. */
  readonly constraints?: ReadonlyArray<number> | undefined
}

/** How an evaluation ends well. */
export type Evaluated = ({ readonly _tag: "Answered" } & Answer) | { readonly _tag: "Pruned" }

/** Evaluates one trial at a time. */
export interface Evaluator<in P> {
  /**
   * Waits until an evaluation can begin, as far as that can be known, and answers for how many milliseconds it may still be starting:
   * a start is no part of the time that a trial takes.
   */
  readonly ready: Effect.Effect<number>
  readonly evaluate: (trial: RunningTrial<P>) => Effect.Effect<Evaluated, TrialFailure | ObjectiveUnavailable>
  /** Ends what an interrupted evaluation has left running, and makes ready for the next. */
  readonly reset: Effect.Effect<void>
}

/** What trials with parameters of the type `P` are worth. */
export interface Objective<in P, out R = never> {
  /** For messages and the log. */
  readonly name: string
  /** Opens an evaluator for a worker of this name; it ends with the scope. */
  readonly open: (worker: string) => Effect.Effect<Evaluator<P>, ObjectiveUnavailable, R | Scope.Scope>
}

// --- answers -------------------------------------------------------------------------------------------------------

const isFinite = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value)

/** A list with holes is none: `every` would not look at them. */
const isNumbers = (value: unknown): value is ReadonlyArray<number> =>
  Array.isArray(value) && value.findIndex((it) => !isFinite(it)) === -1

const show = (value: unknown): string => {
  // A text that reads like a number is shown as the text that it is.
  const isText = typeof value === "string" && Number.isFinite(Number(value))
  const text = isText || (typeof value === "object" && value !== null) ? written(value) : String(value)
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text
}

/** As JSON, if there is any of it: what refers to itself has none. */
const written = (value: unknown): string => {
  try {
    return JSON.stringify(value)
  } catch (error) {
    if (error instanceof TypeError) return Formatter.format(value)
    throw error
  }
}

/** Most characters of an answer that a message shows. */
const SHOWN_MAX = 100

const refuse = (reason: string) => Result.fail(new InvalidAnswer({ reason }))

/** Values that are finite and as many as there are objectives. */
export const valuesOf = (value: unknown, objectives: number): Result.Result<ReadonlyArray<number>, InvalidAnswer> => {
  const values: ReadonlyArray<unknown> = Array.isArray(value) ? value : [value]
  if (!isNumbers(values)) return refuse(`${show(values.find((it) => !isFinite(it)))} is not a finite number`)
  if (values.length !== objectives) {
    return refuse(`${values.length} values for ${objectives === 1 ? "one objective" : `${objectives} objectives`}`)
  }
  return Result.succeed(values)
}

const has = <K extends string>(value: object, key: K): value is { readonly [key in K]: unknown } =>
  Object.hasOwn(value, key)

/** Reads what a function gave back: a number, numbers, or `{ value | values, constraints? }`. Other keys are not looked at. */
export const answerOf = (given: unknown, objectives: number): Result.Result<Evaluated, InvalidAnswer> => {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    return Result.map(valuesOf(given, objectives), (values) => ({ _tag: "Answered", values }))
  }
  if (has(given, "value") && has(given, "values")) return refuse("it has both value and values")
  if (has(given, "values") && !Array.isArray(given.values)) return refuse(`values: ${show(given.values)} is not a list`)
  if (!has(given, "value") && !has(given, "values")) return refuse(`${show(given)} has neither value nor values`)
  const values = valuesOf(has(given, "values") ? given.values : given.value, objectives)
  const constraints = has(given, "constraints") ? given.constraints : undefined
  if (constraints !== undefined && !isNumbers(constraints)) {
    if (!Array.isArray(constraints)) return refuse(`constraints: ${show(constraints)} is not a list`)
    return refuse(`constraints: ${show(constraints.find((it) => !isFinite(it)))} is not a finite number`)
  }
  return Result.map(values, (values) => ({
    _tag: "Answered",
    values,
    ...(constraints === undefined ? {} : { constraints })
  }))
}
