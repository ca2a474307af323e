/**
 * A place for something that evaluates and may die: a process of ours that holds it, under a supervisor of its own.
 *
 * **Guarantees** When what sits here dies or has become useless, the supervisor starts it again. A trial that was given to something that had
 * died before it could look at it is given to the next one. What sits here ends with the scope.
 */
import { Process, Supervisor } from "@foundation/core"
import { Data, Deferred, Effect, Exit, Result, Schedule, Schema } from "effect"
import type { Scope } from "effect"
import { Rpc, RpcGroup } from "effect/rpc"
import { ObjectiveCrashed, ObjectiveUnavailable } from "../objective/Objective.ts"
import type { Evaluated, Evaluator, RunningTrial, TrialFailure } from "../objective/Objective.ts"

/** The evaluation is over, and what evaluated cannot go on: it is gone, hangs, or nobody knows what it will say next. */
export class Broken extends Data.TaggedError("Broken")<{
  /** What became of the trial; `undefined`: it was not looked at and may be given to the next one. */
  readonly outcome: Exit.Exit<Evaluated, TrialFailure> | undefined
  readonly because: string
}> {
  override get message() {
    return this.because
  }
}

/** What sits in a seat, for one incarnation. */
export interface Sitter<P> {
  readonly evaluate: (trial: RunningTrial<P>) => Effect.Effect<Evaluated, TrialFailure | Broken>
  /** For how many milliseconds it may still be starting. */
  readonly startMillis: () => number
  /** Fails when it is gone while nobody asks anything of it. */
  readonly watch: Effect.Effect<never, Broken>
}

interface Job<P> {
  readonly trial: RunningTrial<P>
  readonly outcome: Deferred.Deferred<Evaluated, TrialFailure | ObjectiveUnavailable>
  /** Why it was not looked at. */
  because: string
}

// A job never leaves the program, so its schema looks at nothing.
const Opaque = <A>() => Schema.declare((value: unknown): value is A => value !== undefined)

/** How often a trial is given to the next one before it has crashed. */
const GIVEN_MAX = 3

/** How long a start may take. */
const START_MAX = "30 seconds"

/** Waits between restarts, so that what dies at once does not keep the machine busy. */
const backoff = Schedule.min([Schedule.exponential("5 millis"), Schedule.spaced("200 millis")])

/** An evaluator that is started by `sit`, and again whenever it breaks. */
export const make = <P, R>(options: {
  readonly name: string
  readonly worker: string
  readonly sit: Effect.Effect<Sitter<P>, ObjectiveUnavailable, R | Scope.Scope>
}): Effect.Effect<Evaluator<P>, ObjectiveUnavailable, R | Scope.Scope> =>
  Effect.gen(function* () {
    const protocol = RpcGroup.make(
      Rpc.make("Evaluate", { payload: { job: Opaque<Job<P>>() } }),
      Rpc.make("Ready", { success: Schema.Finite })
    )
    const late = new ObjectiveUnavailable({ objective: options.name, problem: `it takes longer than ${START_MAX}` })
    const sitDown = Effect.gen(function* () {
      const sitter = yield* Effect.timeoutOrElse(options.sit, { duration: START_MAX, orElse: () => late })
      yield* Process.forkLinked(Effect.orDie(sitter.watch))
      return sitter
    })
    let isFirst = true
    const specification = Process.make({
      name: "evaluator",
      protocol,
      initTimeout: "Infinity",
      init: () =>
        Effect.gen(function* () {
          // The first one has to be there. Later, a trial that nobody can evaluate ends the run.
          const sitter = isFirst ? Result.succeed(yield* sitDown) : yield* Effect.result(sitDown)
          isFirst = false
          return sitter
        }),
      handlers: {
        Ready: (_, sitter) => Effect.sync(() => (Result.isSuccess(sitter) ? sitter.success.startMillis() : 0)),
        Evaluate: ({ job }, sitter) =>
          Effect.asVoid(
            Result.isSuccess(sitter) ? evaluate(sitter.success, job) : Deferred.fail(job.outcome, sitter.failure)
          )
      }
    })
    const root = yield* Supervisor.start(Supervisor.make({ name: "objective" })).pipe(Effect.orDie)
    const child = Supervisor.child(specification, {
      id: options.worker,
      shutdown: 0,
      // How much may fail is the run's to decide, which counts trials.
      budget: { restarts: Infinity, within: "5 seconds", onExceeded: "give-up" },
      backoff
    })
    const ref = yield* Supervisor.startChild(root, child).pipe(
      Effect.mapError((error) =>
        error._tag === "ChildStartFailed" && error.cause instanceof ObjectiveUnavailable
          ? error.cause
          : new ObjectiveUnavailable({ objective: options.name, problem: error.message })
      )
    )

    const give = (trial: RunningTrial<P>, times: number): ReturnType<Evaluator<P>["evaluate"]> =>
      Effect.gen(function* () {
        const outcome = Deferred.makeUnsafe<Evaluated, TrialFailure | ObjectiveUnavailable>()
        const job: Job<P> = { trial, outcome, because: "" }
        const calling = Effect.result(ref.call("Evaluate", { job }, { timeout: "Infinity" }))
        // The answer is there before what gave it has been cleared away.
        const called = yield* Effect.raceFirst(Effect.as(Effect.exit(Deferred.await(outcome)), undefined), calling)
        if (Deferred.isDoneUnsafe(outcome)) return yield* Deferred.await(outcome)
        if (called?._tag === "Failure" && called.failure._tag === "ProcessDead") {
          return yield* new ObjectiveUnavailable({ objective: options.name, problem: called.failure.message })
        }
        if (times < GIVEN_MAX) return yield* give(trial, times + 1)
        return yield* new ObjectiveCrashed({ reason: `${times} times before the trial was looked at, ${job.because}` })
      })

    return {
      // What is gone by now says so when it is asked to evaluate.
      ready: Effect.orElseSucceed(ref.call("Ready", undefined, { timeout: "Infinity" }), () => 0),
      evaluate: (trial) => give(trial, 1),
      reset: Effect.ignore(Supervisor.restartChild(root, options.worker))
    }
  })

const evaluate = <P>(sitter: Sitter<P>, job: Job<P>): Effect.Effect<boolean> =>
  Effect.matchEffect(sitter.evaluate(job.trial), {
    onSuccess: (evaluated) => Deferred.succeed(job.outcome, evaluated),
    onFailure: (failure) => {
      if (failure._tag !== "Broken") return Deferred.fail(job.outcome, failure)
      job.because = failure.because
      const telling = failure.outcome === undefined ? Effect.void : Deferred.done(job.outcome, failure.outcome)
      // The supervisor starts the next one.
      return Effect.andThen(telling, Effect.die(failure))
    }
  })
