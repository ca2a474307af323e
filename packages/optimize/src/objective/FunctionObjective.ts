/**
 * Objectives that are functions of this program.
 *
 * **Guarantees** What a function throws or rejects with is an `ObjectiveFailed` of its trial, a defect of an effect an
 * `ObjectiveCrashed`. An interrupted evaluation interrupts the effect, and aborts the `signal` of a function.
 *
 * **Does not guarantee** That a function that never returns, without a promise, can be stopped: it stops the whole program. Give
 * such ones a thread (`ThreadObjective`). A promise that does not heed the `signal` goes on, and what it says is not heard.
 *
 * **Example**
 *
 * ```ts
 * import { FunctionObjective, Random, SearchSpace, Studies, Study, StudyRun } from "@mabeam/optimize"
 * import { Effect, Option } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const space = yield* Effect.fromResult(SearchSpace.make({ x: SearchSpace.float(-1, 1) }))
 *   const definition = yield* Effect.fromResult(Study.define({ space, sampler: Random.make(), seed: 1 }))
 *   const study = yield* Studies.Studies.use((studies) => studies.open("parabola", definition))
 *   const { state } = yield* StudyRun.run(
 *     study,
 *     FunctionObjective.make(({ x }) => (x < 0 ? Promise.reject("no") : x ** 2)),
 *     { trials: 50, workers: 2 }
 *   )
 *   console.log(Option.getOrThrow(state.best).values[0]! < 0.01) // => true
 * })
 *
 * await Effect.runPromise(Effect.provide(program, Studies.layerMemory))
 * ```
 *
 * @since 0.1.0
 */
import { Effect, Formatter } from "effect"
import type { Context, Schema } from "effect"
import type * as Domain from "../space/Domain.ts"
import type { Variable } from "../space/Variable.ts"
import type { Value } from "../study/Study.ts"
import { answerOf, ObjectiveCrashed, ObjectiveFailed } from "./Objective.ts"
import type { Answer, Evaluator, Objective, RunningTrial } from "./Objective.ts"

/** What a function may give back. */
export type Given = Value | { readonly value: number; readonly constraints?: ReadonlyArray<number> } | Answer

/** A trial in the hands of a function. */
export interface FunctionTrial {
  readonly number: number
  /** Counted from 1. */
  readonly attempt: number
  /** Aborted when nobody waits for the value any more. */
  readonly signal: AbortSignal
  /** Tells what the trial is worth at a step; true if it is pruned: then return, or throw. */
  readonly report: (step: number, value: Value) => Promise<boolean>
  readonly setAttribute: (key: string, value: Schema.Json) => Promise<void>
  /** The value of a variable; in an open space, this declares it. */
  readonly suggest: <A extends Domain.Value>(name: string, variable: Variable<A>) => Promise<A>
}

/** What a thrown thing says. */
export const said = (thrown: unknown): string => {
  const text = thrown instanceof Error ? thrown.message : typeof thrown === "string" ? thrown : Formatter.format(thrown)
  return text === "" ? "it failed without a word" : text
}

/** An objective of a function, sync or async. */
export const make = <P>(
  evaluate: (params: P, trial: FunctionTrial) => Given | PromiseLike<Given>,
  options: { readonly name?: string | undefined } = {}
): Objective<P> =>
  objective(options.name ?? (evaluate.name || "function"), (trial) =>
    Effect.contextWith((services) => {
      const run = Effect.runPromiseWith(services)
      return Effect.tryPromise({
        try: async (signal) => {
          const { attempt, number } = trial
          return evaluate(trial.params, {
            number,
            attempt,
            signal,
            report: (step, value) => run(trial.report(step, value), { signal }),
            setAttribute: (key, value) => run(trial.setAttribute(key, value), { signal }),
            suggest: (name, variable) => run(trial.suggest(name, variable), { signal })
          })
        },
        catch: (cause) => new ObjectiveFailed({ reason: said(cause), cause })
      })
    })
  )

/** An objective of an effect. What it fails with is why the trial failed. */
export const effect = <P, E, R>(
  evaluate: (params: P, trial: RunningTrial<P>) => Effect.Effect<Given, E, R>,
  options: { readonly name?: string | undefined } = {}
): Objective<P, R> =>
  objective(options.name ?? (evaluate.name || "effect"), (trial) =>
    Effect.mapError(
      Effect.suspend(() => evaluate(trial.params, trial)),
      (cause) => new ObjectiveFailed({ reason: said(cause), cause })
    )
  )

const objective = <P, R>(
  name: string,
  evaluate: (trial: RunningTrial<P>) => Effect.Effect<Given, ObjectiveFailed, R>
): Objective<P, R> => ({
  name,
  open: () =>
    Effect.contextWith((services: Context.Context<R>) => {
      const evaluator: Evaluator<P> = {
        ready: Effect.succeed(0),
        evaluate: (trial) =>
          evaluate(trial).pipe(
            Effect.provideContext(services),
            Effect.catchDefect((cause) => Effect.fail(new ObjectiveCrashed({ reason: said(cause), cause }))),
            Effect.flatMap((given) => Effect.fromResult(answerOf(given, trial.objectives)))
          ),
        reset: Effect.void
      }
      return Effect.succeed(evaluator)
    })
})
