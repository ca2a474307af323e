/**
 * Studies as JSON: what `optimize run` and `study` print.
 *
 * **Guarantees** Times are ISO 8601, or null where nobody told the time. A trial that has no value has null.
 *
 * @since 0.1.0
 */
import * as Screen from "@apps/demo/Screen"
import { Study } from "@mabeam/optimize"
import { Effect, Option } from "effect"
import type { Schema } from "effect"
import * as Table from "../calculators/Table.ts"

type Json = Schema.Json

/** Prints an answer: as one JSON document, or as lines for people. */
export const print = Effect.fnUntraced(function* (answer: Json, asJson: boolean) {
  const screen = yield* Screen.stdout
  const lines = asJson ? [JSON.stringify(answer)] : Table.linesOf(answer, screen)
  screen.write(lines.map((line) => `${line}\n`).join(""))
  yield* screen.flush
})

type State = Study.State

const timeOf = (millis: number | undefined): string | null =>
  millis === undefined ? null : new Date(millis).toISOString()

/** The active variables. */
const paramsOf = ({ params }: Study.Trial): Record<string, Json> =>
  Object.fromEntries(Object.entries(params).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))

/** `{ value }` of a single objective, `{ values }` of several. */
const worth = ({ definition }: State, trial: Study.Trial): Record<string, Json> => {
  const values = trial.state === "complete" ? trial.values : undefined
  return definition.directions.length === 1 ? { value: values?.[0] ?? null } : { values: values ?? null }
}

const ending = (trial: Study.Trial): string | null => timeOf("endedAt" in trial ? trial.endedAt : undefined)

/** One trial. A failed one says why. */
export const trialOf = (state: State, trial: Study.Trial) => {
  const failure = trial.state === "failed" ? trial.failures.at(-1) : undefined
  return {
    number: trial.number,
    params: paramsOf(trial),
    ...worth(state, trial),
    state: trial.state,
    startedAt: timeOf(trial.startedAt),
    endedAt: ending(trial),
    ...(failure === undefined ? {} : { error: { kind: failure.kind, message: failure.reason } })
  }
}

/** One trial as a row for people: what was tried stands in columns of its own. */
export const rowOf = (state: State, trial: Study.Trial): Record<string, Json> => {
  const {
    endedAt,
    error,
    params,
    startedAt,
    value = null,
    values = null,
    ...rest
  } = {
    error: undefined,
    value: undefined,
    values: undefined,
    ...trialOf(state, trial)
  }
  const isSingleValue = state.definition.directions.length === 1
  const seconds = startedAt === null || endedAt === null ? null : (Date.parse(endedAt) - Date.parse(startedAt)) / 1000
  const row = {
    number: rest.number,
    state: rest.state,
    ...(isSingleValue ? { value } : { values }),
    seconds,
    ...(error === undefined ? {} : { error: `${error.kind}: ${error.message}` })
  }
  // A variable may be called like a column.
  const own = Object.entries(params).map(([name, it]) => [Object.hasOwn(row, name) ? `param ${name}` : name, it])
  return { ...row, ...Object.fromEntries(own) }
}

/** What is best of a single objective; null as long as no trial is complete. */
export const bestOf = (state: State) =>
  Option.match(state.best, {
    onNone: () => null,
    onSome: (trial) => ({ value: trial.values[0] ?? null, params: paramsOf(trial), trial: trial.number })
  })

/** What no other trial is better than in every objective. */
export const frontOf = (state: State) =>
  Study.front(state).map((trial) => ({
    values: trial.values,
    params: paramsOf(trial),
    trial: trial.number
  }))

const isSingle = ({ definition }: State): boolean => definition.directions.length === 1

/** The answer of `optimize run`. */
export const runOf = (name: string, state: State) => ({
  study: name,
  sampler: state.definition.sampler.name,
  seed: state.definition.seed,
  ...(isSingle(state) ? { best: bestOf(state) } : { front: frontOf(state) }),
  trials: state.trials.map((trial) => trialOf(state, trial))
})

/** The answer of `optimize run` for people: without its trials. */
export const resultOf = (name: string, state: State) => ({
  study: name,
  sampler: state.definition.sampler.name,
  seed: state.definition.seed,
  trials: state.count,
  ...countsOf(state),
  ...(isSingle(state) ? { best: bestOf(state) } : { front: Study.front(state).map((trial) => rowOf(state, trial)) })
})

/** How many trials there are, in which states. */
export const countsOf = ({ counts }: State) =>
  Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0))

/** What a person wants to know of a study in one look. */
export const summaryOf = (name: string, state: State) => ({
  study: name,
  sampler: state.definition.sampler.name,
  pruner: state.definition.pruner.name,
  directions: state.definition.directions,
  seed: state.definition.seed,
  ...(state.isPaused ? { paused: true } : {}),
  trials: state.count,
  ...countsOf(state),
  createdAt: timeOf(state.createdAt),
  ...(isSingle(state) ? { best: bestOf(state) } : { front: Study.front(state).length })
})
