/**
 * What the trials of a study tell: to samplers, to pruners, and of the front that they have reached.
 *
 * @since 0.1.0
 */
import { Result } from "effect"
import * as Dominance from "../internal/dominance.ts"
import { minimized, violation } from "../internal/ranking.ts"
import type { Observation, Pending, Request, Sampler } from "../sampler/Sampler.ts"
import * as Feasible from "../sampler/Feasible.ts"
import { decode } from "../space/SearchSpace.ts"
import type { Declaration, NothingFeasible, Params } from "../space/SearchSpace.ts"
import { InvalidCommand } from "./Command.ts"
import type { State } from "./StudyState.ts"
import type { CompleteTrial, Trial } from "./Trial.ts"

const observationOf = <D extends Declaration>(trial: Trial<D>): Observation<D> | undefined => {
  const { number, params } = trial
  if (trial.state === "complete") {
    return { state: "complete", number, params, values: trial.values, constraints: trial.constraints }
  }
  if (trial.state === "failed") return { state: "failed", number, params }
  if (trial.state !== "pruned") return undefined
  const last = trial.reports.at(-1)
  return { state: "pruned", number, params, step: last?.step, value: last?.values[0] }
}

/** The parameters that a trial has or, in an open space, will have if it asks for what it was suggested. */
const wouldBe = <D extends Declaration>({ definition }: State<D>, { params, suggestion }: Trial<D>): Params<D> =>
  definition.space.open ? { ...suggestion, ...params } : params

/** What is known of the trials, as samplers want it: all that has not ended is pending. */
export const evidence = <D extends Declaration>(
  state: State<D>
): { readonly history: ReadonlyArray<Observation<D>>; readonly pending: ReadonlyArray<Pending<D>> } => {
  const history: Array<Observation<D>> = []
  const pending: Array<Pending<D>> = []
  for (const trial of state.trials) {
    const observation = observationOf(trial)
    if (observation === undefined) pending.push({ number: trial.number, params: wouldBe(state, trial) })
    else history.push(observation)
  }
  return { history, pending }
}

/** What a sampler may look at for the next trial. */
const requestOf = <D extends Declaration>(state: State<D>): Request<D> => {
  const { space, directions, seed } = state.definition
  let known: ReturnType<typeof evidence<D>> | undefined
  // Samplers that do not look at the trials do not pay for gathering them.
  return {
    space,
    directions,
    seed,
    number: state.count,
    get history() {
      return (known ??= evidence(state)).history
    },
    get pending() {
      return (known ??= evidence(state)).pending
    }
  }
}

/** The parameters that a sampler suggests next, feasible. The study is not changed. */
export const suggest = <D extends Declaration>(
  state: State<D>,
  sampler: Sampler = state.definition.sampler
): Result.Result<Params<D>, NothingFeasible> => {
  const { space } = state.definition
  // An open space in which nothing was asked for yet.
  if (space.variables.length === 0) return Result.succeed(decode(space, []))
  return Feasible.suggest(sampler, requestOf(state))
}

/** Whether all that a sampler would suggest has been tried. */
export const isExhausted = <D extends Declaration>(
  state: State<D>,
  sampler: Sampler = state.definition.sampler
): boolean => sampler.isExhausted?.(requestOf(state)) ?? false

/** The complete trials that keep the constraints and that no other such trial dominates, by number. */
export const front = <D extends Declaration>(state: State<D>): ReadonlyArray<CompleteTrial<D>> => {
  const kept = state.trials.filter((trial) => trial.state === "complete").filter((trial) => violation(trial) === 0)
  const points = kept.map(({ values }) => minimized(values, state.definition.directions))
  return Dominance.firstFront(points).map((index) => kept[index]!)
}

/** Whether the study's pruner would end a running trial now. */
export const shouldPrune = <D extends Declaration>(state: State<D>, number: number): boolean => {
  const { directions, pruner, seed } = state.definition
  const trial = state.trial(number)
  if (trial?.state !== "running" || trial.reports.length === 0) return false
  return pruner.shouldPrune({ directions, seed, trial, others: state.trials.filter((other) => other !== trial) })
}

/**
 * The volume that the front dominates, bounded by a reference point (one value for each objective, each worse than what is
 * hoped for). Trials that do not reach it in every objective count nothing. Exponential in the objectives; infinite where it is
 * beyond the doubles.
 */
export const hypervolume = <D extends Declaration>(
  state: State<D>,
  reference: ReadonlyArray<number>
): Result.Result<number, InvalidCommand> => {
  const { directions } = state.definition
  if (reference.length !== directions.length || !reference.every(Number.isFinite)) {
    const problem = `needs ${directions.length} finite numbers, one for each objective`
    return Result.fail(new InvalidCommand({ field: "reference", problem }))
  }
  const points = front(state).map(({ values }) => minimized(values, directions))
  return Result.succeed(Dominance.hypervolume(points, minimized(reference, directions)))
}
