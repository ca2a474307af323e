/**
 * The report's model of a run. Pure: a view of `RunState`.
 *
 * **Guarantees** Every state whose run has begun gives a model, also in the middle of a round: what is under way is
 * left out or ends at the last event. Nothing is made up: a figure that is not measured yet stays undefined.
 *
 * **Does not guarantee** That pauses are left out: times are those of the clock since the start, so a run that was
 * interrupted and resumed shows the time between as a gap.
 *
 * @since 0.1.0
 */
import { posix, win32 } from "node:path"
import type {
  ReportAttempt,
  ReportDecision,
  ReportModel,
  ReportRound,
  ReportTrial,
  ReportVote
} from "../report/ReportModel.ts"
import { defaults, type HyperParameters, searchSpace } from "../training/HyperParameters.ts"
import { finals, randomJob } from "./RunEvent.ts"
import type { Attempt, RunState, Trial } from "./RunState.ts"

/** Where the run is kept, as it shall be printed. */
export interface Options {
  readonly store: string
}

/** What the team has found so far, and the training it rests on. */
export const foundOf = (state: RunState): { readonly params: HyperParameters; readonly job: string | undefined } => {
  const { agreed, best, finished } = state
  const last = finished.get(finals.found)?.params
  if (last === undefined) return agreed.job === undefined ? (best ?? agreed) : agreed
  const candidates = [agreed, best, ...state.trials.values()]
  return { params: last, job: candidates.find((one) => one !== undefined && same(one.params, last))?.job }
}

const same = (a: HyperParameters, b: HyperParameters): boolean =>
  Object.entries(a).every(([name, value]) => value === b[name as keyof HyperParameters])

/** The accuracy on the test part of one of the three final trainings. */
export const testAccuracyOf = (state: RunState, which: keyof typeof finals): number | undefined =>
  state.finished.get(finals[which])?.result.accuracy

/** How many elections followed the first of each program: a resumed run begins with an election of its own. */
export const reelectionsOf = ({ elections }: RunState): number =>
  elections.filter(({ resumptions }, index) => resumptions === elections[index - 1]?.resumptions).length

/** `digits.csv` of a path of any system. */
export const nameOfFile = (path: string): string => win32.basename(posix.basename(path))

/** The model of a run, or undefined before its first event. */
export const reportOf = (state: RunState, options: Options): ReportModel | undefined => {
  const { started } = state
  if (started === undefined) return undefined
  const since = (at: number) => Math.max(0, at - started.at) / 1000
  const { classes, features, file, test, train, validation } = started.data
  const found = foundOf(state)
  return {
    title: `${started.agents.length} agents tune a neural network on ${nameOfFile(file)}`,
    startedAt: `${new Date(started.at).toISOString().slice(0, 16).replace("T", " ")} UTC`,
    seconds: since(state.lastAt),
    seed: started.seed,
    command: started.command,
    interrupted: state.finishedRun === undefined,
    data: { name: nameOfFile(file), features, classes, train, validation, test },
    parameters: searchSpace,
    agents: [...state.agents.values()].map(({ history, id, sampler, temperament }) => ({
      id,
      sampler,
      temperament,
      credits: history
    })),
    workers: workersOf(state),
    trials: trials(state),
    attempts: state.attempts.map((attempt) => attemptIn(state, attempt, since)),
    rounds: rounds(state, since),
    decisions: decisions(state, since),
    faults: state.faults.map(({ at, detail, healedAt, kind, target }) => ({
      at: since(at),
      kind,
      target,
      healedAt: healedAt === undefined ? undefined : since(healedAt),
      detail
    })),
    elections: state.elections.map(({ at, because, leader, term }) => ({ at: since(at), term, leader, why: because })),
    restarts: state.restarts.map(({ at, because, target }) => ({ at: since(at), target, why: because })),
    randomSearch: randomSearch(state, started.trials),
    summary: {
      bestTrialId: found.job,
      bestParams: found.params,
      defaultParams: defaults,
      testAccuracy: testAccuracyOf(state, "found"),
      defaultTestAccuracy: testAccuracyOf(state, "default"),
      randomSearchTestAccuracy: testAccuracyOf(state, "random"),
      events: state.events,
      store: options.store
    }
  }
}

/** The workers that have trained, by name; numbers in names count as numbers. */
export const workersOf = (state: RunState): ReadonlyArray<string> =>
  [...new Set(state.attempts.map(({ worker }) => worker))].sort((a, b) => a.localeCompare(b, "en", { numeric: true }))

/** The team's trainings, repetitions of its finalists included: random search has as many. */
const trials = (state: RunState): ReadonlyArray<ReportTrial> =>
  [...state.finished.values()].flatMap(({ job, params, purpose, result }) => {
    const trial = trialOf(state, job)
    if (trial === undefined || (purpose !== "team" && purpose !== "repetition")) return []
    const { accuracy, loss, outcome } = result
    const round = purpose === "team" ? trial.round : lastRoundOf(state)
    return [{ id: job, agent: trial.agent, round, params, outcome, accuracy, loss }]
  })

/** The round in which finalists are trained again is a run's last. */
const lastRoundOf = ({ round, rounds }: RunState): number => (round ?? rounds.at(-1))?.round ?? 1

/** The trial that a training of the team belongs to. */
const trialOf = (state: RunState, job: string): Trial | undefined =>
  state.trials.get(job) ?? state.trials.get(job.replace(/-again-\d+$/, ""))

/** Who asked for a training: an agent, or what it is for. */
export const askedBy = (state: RunState, job: string, purpose: Attempt["purpose"]): string => {
  const trial = trialOf(state, job)
  return trial?.agent ?? (purpose === "team" || purpose === "repetition" ? "team" : purpose)
}

const attemptIn = (state: RunState, attempt: Attempt, since: (at: number) => number): ReportAttempt => ({
  trialId: attempt.job,
  agent: askedBy(state, attempt.job, attempt.purpose),
  worker: attempt.worker,
  from: since(attempt.from),
  to: since(attempt.to ?? state.lastAt),
  // What is still running in a log that has ended was cut off with it.
  outcome: attempt.outcome === "finished" ? "finished" : "died"
})

const rounds = (state: RunState, since: (at: number) => number): ReadonlyArray<ReportRound> =>
  state.rounds.map(({ at, best, coordinator, openedAt, round, sold }) => ({
    round,
    from: since(openedAt),
    to: since(at),
    coordinator,
    slots: sold?.winners.length ?? 0,
    price: sold?.price ?? 0,
    best: best?.accuracy ?? 0
  }))

const outcomes = {
  accept: "accepted",
  reject: "rejected",
  "no-clear-majority": "no majority",
  "insufficient-votes": "no majority"
} as const

const decisions = (state: RunState, since: (at: number) => number): ReadonlyArray<ReportDecision> =>
  state.decisions.map(({ at, changes, job, outcome, proposer, round, votes }) => ({
    round,
    at: since(at),
    proposer,
    trialId: job,
    changes,
    outcome: outcomes[outcome],
    votes: votes.map(({ agent, because, vote }): ReportVote =>
      vote === "abstain" ? { agent, vote: "silent", why: `abstained: ${because}` } : { agent, vote, why: because }
    )
  }))

/** The trainings of random search in the order of their numbers, not of their results. */
const randomSearch = (state: RunState, count: number): ReadonlyArray<number> =>
  Array.from({ length: count }, (_, index) => state.finished.get(randomJob(index + 1))?.result.accuracy).filter(
    (accuracy) => accuracy !== undefined
  )
