/** Requests to pruners out of a seed: trials of all states, ties among the values, gaps among the steps. */
import { Arbitrary, Schema } from "effect"
import * as RandomStream from "../../src/internal/random.ts"
import type { Progress, PruneRequest } from "../../src/pruner/Pruner.ts"

const states = ["complete", "complete", "complete", "running", "pruned", "failed", "paused", "waiting"] as const

export interface Genes {
  readonly seed: number
  readonly trials: number
  readonly steps: number
  readonly objectives: number
}

const whole = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

export const genes: Arbitrary.Arbitrary<Genes> = Arbitrary.schema(
  Schema.Struct({ seed: whole(-1e9, 1e9), trials: whole(0, 40), steps: whole(1, 12), objectives: whole(1, 3) })
)

/** What a trial has told: values are small whole numbers, so that many are equal. */
export const requestOf = ({ objectives, seed, steps, trials }: Genes): PruneRequest => {
  const random = RandomStream.stream(seed, 77)
  const values = () => Array.from({ length: objectives }, () => RandomStream.below(random, 9) - 4)
  const own = RandomStream.below(random, trials + 1)
  const progressOf = (number: number): Progress => {
    const last = RandomStream.below(random, steps + 1)
    const reports = Array.from({ length: last }, (_, step) => ({ step, values: values() }))
    const told = reports.filter(() => RandomStream.below(random, 8) > 0)
    if (number === own) return { number, state: "running", reports: told.length > 0 ? told : reports }
    const state = states[RandomStream.below(random, states.length)]!
    return state === "complete" ? { number, state, reports: told, values: values() } : { number, state, reports: told }
  }
  const all = Array.from({ length: trials + 1 }, (_, number) => progressOf(number))
  const directions = Array.from({ length: objectives }, () =>
    RandomStream.below(random, 2) === 0 ? ("minimize" as const) : ("maximize" as const)
  )
  return { directions, seed, trial: all[own]!, others: all.filter(({ number }) => number !== own) }
}

/** The request with every value changed, by objective. */
export const withValues = (
  request: PruneRequest,
  change: (value: number, objective: number) => number
): PruneRequest => {
  const changed = (trial: Progress): Progress => {
    const reports = trial.reports.map(({ step, values }) => ({ step, values: values.map(change) }))
    return trial.values === undefined ? { ...trial, reports } : { ...trial, reports, values: trial.values.map(change) }
  }
  return { ...request, trial: changed(request.trial), others: request.others.map(changed) }
}

export const shuffled = <A>(values: ReadonlyArray<A>, seed: number): ReadonlyArray<A> => {
  const random = RandomStream.stream(seed, 6)
  return values
    .map((value) => ({ value, key: RandomStream.uniform(random) }))
    .sort((a, b) => a.key - b.key)
    .map(({ value }) => value)
}
