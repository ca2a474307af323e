/**
 * Runs a study: workers ask for trials, evaluate them and tell what came of it, until the study has had its trials.
 *
 * ```text
 * ask ──▶ evaluate ──▶ tell | prune | fail        interrupted: released, for whoever asks next
 *            │
 *            └── report ──▶ prune?                the lease is renewed all the while
 * ```
 *
 * Any number of processes may run the same study at once. One that has nothing left to ask for waits for the trials of the others: if
 * one of them dies, it takes its trials up when their leases have ended.
 *
 * **Guarantees** Every trial that a worker has taken is ended or released, whatever the exit: a run that is interrupted leaves none of
 * its trials running. A trial that fails, takes longer than `timeout` or reports unkeepable has failed with the cause, and the next one
 * is evaluated. With one worker and an objective that answers the same to the same, runs of the same seed are equal.
 *
 * **Does not guarantee** That an evaluation without `timeout` ends. That a trial is evaluated once only: a worker that loses its
 * lease (its process was stopped, its clock leapt) works beside the next one until it hears of it.
 *
 * **Example** See `FunctionObjective`.
 *
 * @since 0.1.0
 */
import { Cause, Deferred, Duration, Effect, Exit, Fiber, Result, Schedule, Schema } from "effect"
import type { Declaration, NothingFeasible, Params } from "../space/SearchSpace.ts"
import type { OpenStudy, StudyFailure } from "../study/Studies.ts"
import * as Study from "../study/Study.ts"
import { EvaluationTimedOut, InvalidAnswer, ObjectiveCrashed, ObjectiveFailed, valuesOf } from "./Objective.ts"
import type { Evaluated, Evaluator, Objective, ObjectiveUnavailable, RunningTrial, TrialFailure } from "./Objective.ts"

// --- models --------------------------------------------------------------------------------------------------------

/** So many trials in a row have failed that the objective itself seems to be broken. What was done is stored. */
export class TooManyFailures extends Schema.TaggedError<TooManyFailures>("@mabeam/optimize/StudyRun/TooManyFailures")(
  "TooManyFailures",
  { inRow: Schema.Int, last: Schema.String }
) {
  override get message() {
    return `the last ${this.inRow} trials have failed, the last one: ${this.last}`
  }
}

/** Most workers of a run. */
export const WORKERS_MAX = 1_000
/** Most reports of an attempt unless told otherwise. */
export const REPORTS_MAX_DEFAULT = 10_000
/** Failures in a row that end a run unless told otherwise. */
export const FAILURES_IN_ROW_MAX_DEFAULT = 50
/** Most characters of a reason that are stored. */
export const REASON_LENGTH_MAX = 2_000

/** How a study is run. */
export interface RunOptions<D extends Declaration = Declaration> {
  /** How many trials are evaluated at once: 1 to 1,000. Default 1. */
  readonly workers?: number | undefined
  /** How many trials the study shall have, with those that it has. Default: as many as its definition allows. */
  readonly trials?: number | undefined
  /** How long an evaluation may take. Default: as long as the study says, or as it likes. */
  readonly timeout?: Duration.Input | undefined
  /** How often the leases of running trials are renewed; keep it well below the lease. Default 1 minute. */
  readonly heartbeat?: Duration.Input | undefined
  /** Most reports of one attempt; one more fails it. At least 0. Default 10,000. */
  readonly reportsMax?: number | undefined
  /** So many trials in a row fail, and the run ends with `TooManyFailures`. At least 1. Default 50. */
  readonly failuresInRowMax?: number | undefined
  /** Hears of each trial when an attempt at it is over; the worker waits for it. A defect ends the run. */
  readonly onTrial?: ((trial: Study.Trial<D>) => Effect.Effect<unknown>) | undefined
}

/** How a run ended. */
export interface Ran<D extends Declaration = Declaration> {
  readonly state: Study.State<D>
  /** All trials are there; a stop rule of the study holds; somebody paused the study. */
  readonly because: Study.TrialLimitReached | Study.StudyStopped | Study.StudyPaused
}

/** Why a run ends before its time. The study is as good as before; another run goes on with it. */
export type RunFailure = StudyFailure | NothingFeasible | ObjectiveUnavailable | TooManyFailures

/** What becomes of a trial. */
type Verdict =
  | Evaluated
  | { readonly _tag: "Failed"; readonly failure: TrialFailure }
  | { readonly _tag: "Lost"; readonly because: Study.EndRefusal }

interface Run<D extends Declaration> {
  readonly study: OpenStudy<D>
  readonly definition: Study.Definition<D>
  readonly options: RunOptions<D>
  failuresInRow: number
}

// --- the run -------------------------------------------------------------------------------------------------------

/** Runs a study until it has had its trials. */
export const run = <D extends Declaration, R>(
  study: OpenStudy<D>,
  objective: Objective<Params<D>, R>,
  options: RunOptions<D> = {}
): Effect.Effect<Ran<D>, RunFailure, R> =>
  Effect.gen(function* () {
    const workers = whole("workers", options.workers ?? 1, 1, WORKERS_MAX)
    whole("trials", options.trials ?? 0, 0, Infinity)
    whole("reportsMax", options.reportsMax ?? REPORTS_MAX_DEFAULT, 0, Infinity)
    lasting("timeout", options.timeout)
    lasting("heartbeat", options.heartbeat)
    whole("failuresInRowMax", options.failuresInRowMax ?? FAILURES_IN_ROW_MAX_DEFAULT, 1, Infinity)
    const { definition } = yield* study.state
    const shared: Run<D> = { study, definition, options, failuresInRow: 0 }
    const names = Array.from({ length: workers }, (_, index) => `${study.owner}/${index + 1}`)
    const ends = yield* Effect.forEach(
      names,
      (name) => Effect.scoped(Effect.flatMap(objective.open(name), (evaluator) => work(shared, evaluator))),
      { concurrency: "unbounded" }
    )
    // A rule that has stopped the study says more than the limit that another worker ran into.
    const because = ends.find(({ _tag }) => _tag !== "TrialLimitReached") ?? ends[0]!
    return { state: yield* study.state, because }
  })

const whole = (name: string, value: number, min: number, max: number): number => {
  if ((Number.isSafeInteger(value) || value === Infinity) && value >= min && value <= max) return value
  throw new RangeError(`${name} is a whole number from ${min} to ${max}, not ${value}`)
}

const lasting = (name: string, value: Duration.Input | undefined): void => {
  if (value === undefined || Duration.toMillis(Duration.fromInputUnsafe(value)) > 0) return
  throw new RangeError(`${name} is longer than nothing, unlike ${Duration.format(Duration.fromInputUnsafe(value))}`)
}

/** One worker: trial after trial. */
const work = <D extends Declaration>(
  shared: Run<D>,
  evaluator: Evaluator<Params<D>>
): Effect.Effect<Ran<D>["because"], RunFailure> =>
  Effect.gen(function* () {
    const { options, study } = shared
    for (;;) {
      // From the moment in which the trial is ours until it is settled, nothing interrupts but the evaluation.
      const refusal = yield* Effect.uninterruptibleMask((restore) =>
        Effect.gen(function* () {
          const asked = yield* Effect.result(persistently(study.ask({ trialsMax: options.trials })))
          if (Result.isFailure(asked)) return asked.failure
          const isLeft = yield* handle(shared, evaluator, asked.success, restore)
          if (isLeft) yield* restore(evaluator.reset)
          return undefined
        })
      )
      if (refusal === undefined) continue
      switch (refusal._tag) {
        case "StudyStopped":
        case "StudyPaused":
          return refusal
        case "TrialLimitReached":
          if (!(yield* othersAreAtWork(study))) return refusal
          yield* Effect.sleep(OTHERS_PAUSE)
          break
        case "InvalidParams":
        case "InvalidCommand":
          // Only a sampler that is not right suggests what is not of the space, and no request of this module is invalid.
          return yield* Effect.die(refusal)
        default:
          return yield* refusal
      }
    }
  })

const OTHERS_PAUSE = Duration.seconds(1)

/** Whether other processes hold trials that they may still lose. */
const othersAreAtWork = <D extends Declaration>(study: OpenStudy<D>) =>
  Effect.map(persistently(study.refresh), ({ trials }) =>
    trials.some(
      (trial) =>
        trial.state === "waiting" ||
        (trial.state === "running" && trial.lease !== undefined && trial.lease.owner !== study.owner)
    )
  )

/** What storage and other writers do to us passes, as a rule. */
const persistently = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.retry(effect, {
    schedule: Schedule.jittered(Schedule.exponential("50 millis")),
    times: 5,
    while: (error) => isPassing(error)
  })

const isPassing = (error: unknown): boolean =>
  typeof error === "object" &&
  error !== null &&
  "_tag" in error &&
  (error._tag === "BackendError" || error._tag === "StudyContended")

// --- one trial -----------------------------------------------------------------------------------------------------

type Restore = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

/** Evaluates a trial and settles it; answers whether the evaluator was left in the middle of it. */
const handle = <D extends Declaration>(
  shared: Run<D>,
  evaluator: Evaluator<Params<D>>,
  trial: Study.Trial<D>,
  restore: Restore
): Effect.Effect<boolean, RunFailure> =>
  Effect.gen(function* () {
    const { options, study } = shared
    const exit = yield* Effect.exit(restore(evaluate(shared, evaluator, trial)))
    if (Exit.isFailure(exit)) {
      yield* release(study, trial)
      return yield* Effect.failCause(exit.cause)
    }
    const { isLeft, verdict } = exit.value
    const settled = yield* settle(study, trial, verdict)
    shared.failuresInRow = settled._tag === "Failed" ? shared.failuresInRow + 1 : 0
    const ended = (yield* study.state).trial(trial.number)
    if (options.onTrial !== undefined && ended !== undefined) yield* restore(options.onTrial(ended))
    const max = options.failuresInRowMax ?? FAILURES_IN_ROW_MAX_DEFAULT
    if (settled._tag === "Failed" && shared.failuresInRow >= max) {
      return yield* new TooManyFailures({ inRow: shared.failuresInRow, last: settled.failure.reason })
    }
    return isLeft
  })

/** Gives a trial back, for whoever asks next: no attempt has failed. */
const release = <D extends Declaration>(
  study: OpenStudy<D>,
  { attempt, number }: Study.Trial<D>
): Effect.Effect<void> =>
  study.release(number, { attempt }).pipe(
    persistently,
    // Somebody else ended it, or its lease will.
    Effect.catch((error) => Effect.logWarning(`trial ${number} could not be released: ${error.message}`))
  )

/** Stores a verdict, or in its place the failure that it cannot be stored; gives what it was. */
const settle = <D extends Declaration>(
  study: OpenStudy<D>,
  trial: Study.Trial<D>,
  verdict: Verdict
): Effect.Effect<Verdict, StudyFailure> => {
  const { attempt, number } = trial
  const settling = (): ReturnType<OpenStudy<D>["prune"]> => {
    switch (verdict._tag) {
      case "Answered":
        return study.tell(number, verdict.values, { attempt, constraints: verdict.constraints })
      case "Pruned":
        return study.prune(number, { attempt })
      case "Failed": {
        const { kind, reason } = verdict.failure
        return study.fail(number, reason.slice(0, REASON_LENGTH_MAX), { attempt, kind })
      }
      case "Lost":
        return Effect.fail(verdict.because)
    }
  }
  return persistently(Effect.suspend(settling)).pipe(
    Effect.as(verdict),
    Effect.catchTag("TrialTooLarge", ({ message }) =>
      settle(study, trial, { _tag: "Failed", failure: new InvalidAnswer({ reason: message }) })
    ),
    Effect.catchTag(refusals, (refusal) =>
      Effect.as(Effect.logWarning(`the result is dropped: ${refusal.message}`), verdict)
    )
  )
}

/** The trial is not ours any more, as another worker, a person or the study has decided about it, or takes no such result. */
const losses = [
  "TrialNotFound",
  "TrialAlreadyTold",
  "WrongTrialState",
  "LeaseLost",
  "TrialTimedOut",
  "InvalidValue",
  "WrongValueCount"
] as const

/** What ends the work on a trial without a result. */
const refusals = [...losses, "InvalidCommand", "TooManyEntries"] as const

/** The trial is ours, but what the objective wants to be kept of it cannot be: it is too much, or nothing that can be written. */
const unkeepable = ["InvalidCommand", "TooManyEntries", "TrialTooLarge"] as const

/**
 * Evaluates a trial under its timeout and heartbeat. The evaluation has a fiber of its own, so that one which cannot be interrupted
 * does not hold up the study.
 */
const evaluate = <D extends Declaration>(
  shared: Run<D>,
  evaluator: Evaluator<Params<D>>,
  trial: Study.Trial<D>
): Effect.Effect<{ readonly verdict: Verdict; readonly isLeft: boolean }, RunFailure> =>
  Effect.gen(function* () {
    const { options } = shared
    const startMillis = yield* evaluator.ready
    const decided = Deferred.makeUnsafe<Verdict, RunFailure>()
    const { isPruned, running } = inHand(shared, trial, decided)
    let isLeft = true
    const evaluating = Effect.flatMap(verdictOf(evaluator, running), (exit) => {
      isLeft = false
      return Deferred.done(decided, exit)
    })
    const timeout = options.timeout ?? shared.definition.trialTimeoutMillis
    const timing = timeout === undefined ? Effect.never : timedOut(Duration.fromInputUnsafe(timeout), startMillis)
    const fibers = [
      yield* Effect.forkDetach(evaluating, { startImmediately: true }),
      yield* Effect.forkDetach(Deferred.complete(decided, timing)),
      yield* Effect.forkDetach(Deferred.complete(decided, beating(shared, trial)))
    ]
    const verdict = yield* Effect.ensuring(
      Deferred.await(decided),
      Effect.timeoutOption(Fiber.interruptAll(fibers), INTERRUPTION_MAX)
    )
    return { verdict: isPruned() && verdict._tag !== "Lost" ? { _tag: "Pruned" } : verdict, isLeft }
  })

/** How long an interrupted evaluation may take to end before the study goes on without. */
const INTERRUPTION_MAX = Duration.seconds(5)

/** What an evaluation comes to, whatever it does. */
const verdictOf = <P>(
  evaluator: Evaluator<P>,
  trial: RunningTrial<P>
): Effect.Effect<Exit.Exit<Verdict, ObjectiveUnavailable>> =>
  evaluator.evaluate(trial).pipe(
    Effect.map((evaluated): Verdict => evaluated),
    Effect.catchTag(failures, (failure) => Effect.succeed<Verdict>({ _tag: "Failed", failure })),
    Effect.catchDefect((defect) => Effect.succeed(crashed(defect instanceof Error ? defect.message : String(defect)))),
    Effect.exit,
    Effect.map((exit) =>
      Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause) ? Exit.succeed(crashed("it was interrupted")) : exit
    )
  )

const failures = ["ObjectiveFailed", "ObjectiveCrashed", "EvaluationTimedOut", "InvalidAnswer", "EarlyExit"] as const

const crashed = (reason: string): Verdict => ({ _tag: "Failed", failure: new ObjectiveCrashed({ reason }) })

const timedOut = (timeout: Duration.Duration, startMillis: number) =>
  Effect.map(Effect.sleep(Duration.millis(Duration.toMillis(timeout) + startMillis)), (): Verdict => {
    const reason = `it took longer than ${Duration.format(timeout)}`
    return { _tag: "Failed", failure: new EvaluationTimedOut({ reason }) }
  })

/** Renews the lease until it is lost. */
const beating = <D extends Declaration>(
  { options, study }: Run<D>,
  { attempt, number }: Study.Trial<D>
): Effect.Effect<Verdict, RunFailure> =>
  Effect.sleep(options.heartbeat ?? "1 minute").pipe(
    Effect.andThen(persistently(study.renew(number, { attempt }))),
    Effect.forever,
    Effect.catchTag(refusals, (because) => Effect.succeed<Verdict>({ _tag: "Lost", because }))
  )

/** The objective declares a variable that is not right, or not as before. */
const misdeclared = [
  "MalformedSpace",
  "InvalidName",
  "InvalidDomain",
  "InvalidCondition",
  "InvalidConstraint",
  "InvalidParams"
] as const

/** The trial as the evaluator sees it. */
const inHand = <D extends Declaration>(
  { definition, options, study }: Run<D>,
  trial: Study.Trial<D>,
  decided: Deferred.Deferred<Verdict, RunFailure>
): { readonly running: RunningTrial<Params<D>>; readonly isPruned: () => boolean } => {
  const { attempt, number, params } = trial
  const objectives = definition.directions.length
  const reportsMax = options.reportsMax ?? REPORTS_MAX_DEFAULT
  let reports = 0
  let isPruned = false
  /** Decides about the trial, and never comes back to who reported. */
  const decide = (exit: Exit.Exit<Verdict, RunFailure>) => Effect.andThen(Deferred.done(decided, exit), Effect.never)
  const fail = (reason: string) => decide(Exit.succeed({ _tag: "Failed", failure: new InvalidAnswer({ reason }) }))
  const stored = <A>(effect: Effect.Effect<A, Study.EndRefusal | StudyFailure>): Effect.Effect<A> =>
    persistently(effect).pipe(
      Effect.catchTag(unkeepable, ({ message }) => fail(message)),
      Effect.catchTag(losses, (because) => decide(Exit.succeed({ _tag: "Lost", because }))),
      Effect.catch((failure) => decide(Exit.fail(failure)))
    )
  const running: RunningTrial<Params<D>> = {
    number,
    params,
    attempt,
    objectives,
    mayBePruned: definition.pruner.name !== "none",
    report: (step, value) =>
      Effect.gen(function* () {
        if (isPruned) return true
        if (++reports > reportsMax) return yield* fail(`it reported more than ${reportsMax} times`)
        const values = valuesOf(value, objectives)
        if (Result.isFailure(values)) return yield* fail(`report at step ${step}: ${values.failure.reason}`)
        if (!Number.isSafeInteger(step) || step < 0) {
          return yield* fail(`the step ${String(step)} of a report is not a whole number from 0`)
        }
        yield* stored(study.report(number, step, values.success, { attempt }))
        isPruned ||= yield* study.shouldPrune(number)
        return isPruned
      }),
    setAttribute: (key, value) =>
      study.setAttribute(key, value, number).pipe(
        Effect.catchTag("InvalidCommand", ({ message }) => fail(`attribute ${JSON.stringify(key)}: ${message}`)),
        stored
      ),
    suggest: (name, variable) =>
      study.suggest(number, name, variable, { attempt }).pipe(
        Effect.catchTag(misdeclared, ({ message: reason }) =>
          decide(Exit.succeed({ _tag: "Failed", failure: new ObjectiveFailed({ reason }) }))
        ),
        stored
      )
  }
  return { running, isPruned: () => isPruned }
}
