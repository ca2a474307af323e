/**
 * What a run has to do next, from what its log says. Pure and total, so that any coordinator, of this program or of a later
 * one, goes on where the last one stopped.
 *
 * A run explores in rounds: slots are sold, the winners propose, evaluators train, the team decides, a barrier closes the
 * round. Then its finalists are trained again under other seeds, for a few hundred rows tell the best apart from the lucky only poorly,
 * and the team decides once more. Random search gets as many trainings. At last the found, the default and the random
 * winner's parameters are trained on train and validation rows, and see the test rows once.
 *
 * @since 0.1.0
 */
import { defaults, type HyperParameters } from "../training/HyperParameters.ts"
import { finals, type Purpose, randomJob, type Result } from "./RunEvent.ts"
import { bestOf, type OpenRound, type RunState, type Trial, trialsOf } from "./RunState.ts"
import { better, mean, score } from "./Score.ts"
import { randomSearch } from "./Techniques.ts"

/** A training that has no result yet. */
export interface Task {
  readonly job: string
  readonly purpose: Purpose
  readonly params: HyperParameters
}

/** A change of the shared variables that a finding speaks for. */
export interface Candidate {
  readonly trial: Trial
  readonly result: Result
  /** The result behind the present values. */
  readonly agreed: Result | undefined
  readonly changes: ReadonlyArray<{ readonly variable: string; readonly from: Value; readonly to: Value }>
}

type Value = number | string

/** What comes next. */
export type Step =
  | { readonly _tag: "OpenRound"; readonly round: number; readonly slots: number }
  | { readonly _tag: "Sell"; readonly round: number; readonly slots: number }
  | { readonly _tag: "Propose"; readonly round: number; readonly agent: string; readonly number: number }
  | { readonly _tag: "Train"; readonly tasks: ReadonlyArray<Task> }
  | { readonly _tag: "Decide"; readonly round: number; readonly candidate: Candidate }
  | { readonly _tag: "CloseRound"; readonly round: number }
  | { readonly _tag: "Finish" }
  | { readonly _tag: "Nothing" }

/** How many of a run's trainings are repetitions of its finalists: two each, for a twelfth of the trainings. */
export const finalistsOf = (trials: number): number => (trials >= 24 ? Math.floor(trials / 12) : 0)
const repetitions = 2

/** How many trainings explore. */
export const explorationsOf = (trials: number): number => trials - repetitions * finalistsOf(trials)

/** The name of a repetition of a team training, counted from 1. */
export const repetitionJob = (job: string, repetition: number): string => `${job}-again-${repetition}`

/** What comes next in a run. */
export const next = (state: RunState): Step => {
  const { round, started } = state
  if (started === undefined || state.finishedRun !== undefined) return { _tag: "Nothing" }
  // A decision ends the work of a round; in the final one it may also change who the finalists are.
  if (round?.decided === true) return { _tag: "CloseRound", round: round.round }
  if (round !== undefined) return round.slots > 0 ? inRound(state, round) : inFinalRound(state, round)
  const left = explorationsOf(started.trials) - state.trials.size
  const number = state.rounds.length + 1
  if (left > 0) return { _tag: "OpenRound", round: number, slots: Math.min(left, started.slots) }
  const hasFinalRound = state.rounds.at(-1)?.sold === undefined && state.rounds.length > 0
  if (finalistsOf(started.trials) > 0 && !hasFinalRound) return { _tag: "OpenRound", round: number, slots: 0 }
  return afterRounds(state, started.seed, started.trials)
}

const inRound = (state: RunState, round: OpenRound): Step => {
  if (round.sold === undefined) return { _tag: "Sell", round: round.round, slots: round.slots }
  const trials = trialsOf(state, round.round)
  const answered = new Set([...trials.map((trial) => trial.agent), ...round.returned])
  const agent = round.sold.winners.find((winner) => !answered.has(winner))
  if (agent !== undefined) return { _tag: "Propose", round: round.round, agent, number: state.trials.size + 1 }
  const tasks = trials.map(({ job, params }): Task => ({ job, params, purpose: "team" }))
  return trainOr(state, tasks, () => decideOrClose(state, round, trials))
}

const inFinalRound = (state: RunState, round: OpenRound): Step => {
  const finalists = finalistsIn(state)
  const tasks = finalists.flatMap(({ job, params }) =>
    Array.from({ length: repetitions }, (_, i): Task => ({
      job: repetitionJob(job, i + 1),
      params,
      purpose: "repetition"
    }))
  )
  return trainOr(state, tasks, () => decideOrClose(state, round, finalists))
}

/** The best team trainings, and the agreed one among them whatever its rank. */
export const finalistsIn = (state: RunState): ReadonlyArray<Trial> => {
  const ranked = [...state.trials.values()]
    .flatMap((trial) => {
      const finished = state.finished.get(trial.job)
      return finished === undefined ? [] : [{ trial, score: score(finished.result) }]
    })
    .toSorted((a, b) => b.score - a.score)
    .map(({ trial }) => trial)
  const chosen = ranked.slice(0, finalistsOf(state.started?.trials ?? 0))
  const agreed = ranked.find((trial) => trial.job === state.agreed.job)
  return agreed === undefined || chosen.includes(agreed) ? chosen : [...chosen.slice(0, -1), agreed]
}

/** A team training's result, over all its repetitions that have one. */
export const resultOf = (state: RunState, job: string): Result | undefined => {
  const jobs = [job, ...Array.from({ length: repetitions }, (_, i) => repetitionJob(job, i + 1))]
  const results = jobs.flatMap((name) => state.finished.get(name)?.result ?? [])
  return results.length === 0 ? undefined : mean(results)
}

const decideOrClose = (state: RunState, round: OpenRound, trials: ReadonlyArray<Trial>): Step => {
  const candidate = candidateAmong(state, trials)
  return candidate === undefined
    ? { _tag: "CloseRound", round: round.round }
    : { _tag: "Decide", round: round.round, candidate }
}

/** The best of some trials, if it leads what is agreed and would change it. */
const candidateAmong = (state: RunState, trials: ReadonlyArray<Trial>): Candidate | undefined => {
  const agreed = state.agreed.job === undefined ? undefined : resultOf(state, state.agreed.job)
  let best: { readonly trial: Trial; readonly result: Result } | undefined
  for (const trial of trials) {
    const result = resultOf(state, trial.job)
    if (result !== undefined && (best === undefined || better(result, best.result))) best = { trial, result }
  }
  if (best === undefined || best.result.outcome === "diverged") return undefined
  if (agreed !== undefined && !better(best.result, agreed)) return undefined
  const changes = changesBetween(state.agreed.params, best.trial.params)
  return changes.length === 0 ? undefined : { ...best, agreed, changes }
}

/** The parameters in which two trainings differ. */
export const changesBetween = (from: HyperParameters, to: HyperParameters): Candidate["changes"] => {
  const before = new Map<string, Value>(Object.entries(from))
  return Object.entries(to).flatMap(([variable, value]) => {
    const old = before.get(variable)
    return old === undefined || old === value ? [] : [{ variable, from: old, to: value }]
  })
}

const trainOr = (state: RunState, tasks: ReadonlyArray<Task>, otherwise: () => Step): Step => {
  const open = tasks.filter((task) => !state.finished.has(task.job))
  return open.length === 0 ? otherwise() : { _tag: "Train", tasks: open }
}

const afterRounds = (state: RunState, seed: number, trials: number): Step => {
  const searches = Array.from({ length: trials }, (_, i): Task => ({
    job: randomJob(i + 1),
    purpose: "random search",
    params: randomSearch(seed, i + 1)
  }))
  return trainOr(state, searches, () => {
    const random = bestOf(state, "random search")
    const tests: ReadonlyArray<Task> = [
      { job: finals.found, purpose: "final", params: foundIn(state) },
      { job: finals.default, purpose: "final", params: defaults },
      ...(random === undefined ? [] : [{ job: finals.random, purpose: "final", params: random.params } as const])
    ]
    return trainOr(state, tests, () => ({ _tag: "Finish" }))
  })
}

/** The parameters that the team has found: those it agreed on, or the best ones if it never agreed. */
export const foundIn = (state: RunState): HyperParameters =>
  state.agreed.job === undefined ? (state.best?.params ?? defaults) : state.agreed.params
