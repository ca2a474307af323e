/** Studies in memory that are run in tests. */
import { Effect, Fiber, Result } from "effect"
import { TestClock } from "effect/testing"
import type { Pruner } from "../../src/pruner/Pruner.ts"
import * as Random from "../../src/sampler/Random.ts"
import type { Direction } from "../../src/sampler/Sampler.ts"
import * as SearchSpace from "../../src/space/SearchSpace.ts"
import * as Studies from "../../src/study/Studies.ts"
import * as Study from "../../src/study/Study.ts"

export const space = SearchSpace.makeUnsafe({ x: SearchSpace.float(0, 1) })

/** Prunes what has reported at least so many times. */
export const after = (steps: number): Pruner => ({
  name: "after",
  options: { steps },
  objectives: "many",
  shouldPrune: ({ trial }) => trial.reports.length >= steps
})

interface Settings {
  readonly pruner?: Pruner
  readonly directions?: ReadonlyArray<Direction>
  readonly stop?: { readonly target?: number }
  readonly attemptsMax?: number
  readonly trialTimeoutMillis?: number
}

/** The study of the layer in force, over one variable. */
export const opened = (settings: Settings = {}, options: Studies.OpenOptions & { readonly name?: string } = {}) =>
  Effect.flatMap(Studies.Studies, (studies) => {
    const definition = Result.getOrThrow(Study.define({ space, sampler: Random.make(), seed: 1, ...settings }))
    return studies.open(options.name ?? "study", definition, options)
  })

/** Lets a second pass, again and again, until a fiber has ended. */
export const passing = <A, E>(fiber: Fiber.Fiber<A, E>): Effect.Effect<A, E> =>
  Effect.gen(function* () {
    while (fiber.pollUnsafe() === undefined) yield* TestClock.adjust("1 second")
    return yield* Fiber.join(fiber)
  })

/** The state and the last failure of each trial, in one line each. */
export const outcomes = ({ trials }: Study.State): ReadonlyArray<string> =>
  trials.map(({ failures, state }) => {
    const last = failures.at(-1)
    return last === undefined ? state : `${state} (${last.kind}): ${last.reason}`
  })
