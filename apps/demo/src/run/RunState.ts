/**
 * A run as its events tell it. Pure: `evolve` is total, and the same events give the same state.
 *
 * @since 0.1.0
 */
import type { HyperParameters } from "../training/HyperParameters.ts"
import { defaults } from "../training/HyperParameters.ts"
import { better } from "./Score.ts"
import type { AgentProfile, Purpose, Result, RunEvent } from "./RunEvent.ts"

type Of<Tag extends RunEvent["_tag"]> = Extract<RunEvent, { readonly _tag: Tag }>
type At<E> = Omit<E, "_tag"> & { /** Milliseconds since the epoch. */ readonly at: number }

export interface Agent extends AgentProfile {
  /** Credits now. */
  readonly balance: number
  /** Credits at the start and after each round that has closed. */
  readonly history: ReadonlyArray<number>
  readonly restarts: number
}

/** A team training, from its proposal on. */
export interface Trial {
  readonly job: string
  readonly round: number
  readonly agent: string
  readonly params: HyperParameters
}

/** A worker's attempt at a training. */
export interface Attempt {
  readonly job: string
  readonly purpose: Purpose
  readonly worker: string
  readonly attempt: number
  readonly from: number
  readonly to: number | undefined
  readonly outcome: "running" | "finished" | "died"
}

/** A training that has its result. */
export interface Finished {
  readonly job: string
  readonly purpose: Purpose
  readonly params: HyperParameters
  readonly result: Result
  readonly at: number
}

/** The round in which the team is. */
export interface OpenRound extends At<Of<"RoundOpened">> {
  readonly sold: Of<"SlotsSold"> | undefined
  readonly returned: ReadonlyArray<string>
  readonly decided: boolean
}

export interface ClosedRound extends At<Of<"RoundClosed">> {
  readonly coordinator: string
  readonly openedAt: number
  readonly sold: Of<"SlotsSold"> | undefined
  /** The best team result so far, when the round closed. */
  readonly best: Result | undefined
}

export interface Fault extends At<Of<"FaultInjected">> {
  readonly healedAt: number | undefined
}

export interface Election extends At<Of<"LeaderElected">> {
  /** How often the run had been resumed by then. */
  readonly resumptions: number
}

export interface RunState {
  readonly started: At<Of<"RunStarted">> | undefined
  readonly agents: ReadonlyMap<string, Agent>
  readonly round: OpenRound | undefined
  readonly rounds: ReadonlyArray<ClosedRound>
  readonly trials: ReadonlyMap<string, Trial>
  readonly attempts: ReadonlyArray<Attempt>
  /** Every training with its one result, in the order in which the results came. */
  readonly finished: ReadonlyMap<string, Finished>
  /** The best finished team training. */
  readonly best: Finished | undefined
  /** The shared variables as the team has agreed on them, and the training that they rest on. */
  readonly agreed: { readonly params: HyperParameters; readonly job: string | undefined; readonly version: number }
  readonly decisions: ReadonlyArray<At<Of<"VariablesDecided">>>
  readonly elections: ReadonlyArray<Election>
  readonly restarts: ReadonlyArray<At<Of<"Restarted">>>
  readonly faults: ReadonlyArray<Fault>
  readonly interrupted: boolean
  /** How often it has been gone on with. */
  readonly resumptions: number
  readonly finishedRun: At<Of<"RunFinished">> | undefined
  readonly events: number
  /** When the last event was written. */
  readonly lastAt: number
  /** Time during which the run was going, in milliseconds: pauses between an interruption and a resumption not counted. */
  readonly activeMillis: number
}

/** Before the first event. */
export const initial: RunState = {
  started: undefined,
  agents: new Map(),
  round: undefined,
  rounds: [],
  trials: new Map(),
  attempts: [],
  finished: new Map(),
  best: undefined,
  agreed: { params: defaults, job: undefined, version: 1 },
  decisions: [],
  elections: [],
  restarts: [],
  faults: [],
  interrupted: false,
  resumptions: 0,
  finishedRun: undefined,
  events: 0,
  lastAt: 0,
  activeMillis: 0
}

/** The state after one more event. */
export const evolve = (state: RunState, event: RunEvent, at: number): RunState => {
  const isPause = event._tag === "RunResumed" || state.started === undefined
  return {
    ...apply(state, event, at),
    events: state.events + 1,
    lastAt: at,
    activeMillis: state.activeMillis + (isPause ? 0 : Math.max(0, at - state.lastAt))
  }
}

const apply = (state: RunState, event: RunEvent, at: number): RunState => {
  switch (event._tag) {
    case "RunStarted":
      return { ...state, started: { ...event, at }, agents: agentsAtStart(event) }
    case "RunResumed":
      // Whatever was under way went down with the program.
      return {
        ...state,
        interrupted: false,
        resumptions: state.resumptions + 1,
        attempts: state.attempts.map((attempt) => lost(attempt, state.lastAt)),
        // Its program is new, and so is whatever had been struck.
        faults: state.faults.map((fault) => ({ ...fault, healedAt: fault.healedAt ?? at }))
      }
    case "RunInterrupted":
      return { ...state, interrupted: true }
    case "LeaderElected":
      return { ...state, elections: [...state.elections, { ...event, at, resumptions: state.resumptions }] }
    case "RoundOpened":
      return { ...state, round: { ...event, at, sold: undefined, returned: [], decided: false } }
    case "SlotsSold":
      return pay({ ...state, round: state.round && { ...state.round, sold: event } }, event)
    case "SlotReturned":
      return giveBack(state, event)
    case "TrialProposed":
      return { ...state, trials: new Map(state.trials).set(event.job, event) }
    case "TrainingStarted":
      return { ...state, attempts: [...state.attempts, { ...event, from: at, to: undefined, outcome: "running" }] }
    case "TrainingDied":
      return { ...state, attempts: state.attempts.map(endOf(event, at, "died")) }
    case "TrainingFinished":
      return finish(state, event, at)
    case "VariablesDecided":
      return decide({ ...state, round: state.round && { ...state.round, decided: true } }, event, at)
    case "RoundClosed":
      return close(state, event, at)
    case "FaultInjected":
      return { ...state, faults: [...state.faults, { ...event, at, healedAt: undefined }] }
    case "FaultHealed":
      return {
        ...state,
        faults: state.faults.map((fault) => (fault.fault === event.fault ? { ...fault, healedAt: at } : fault))
      }
    case "Restarted":
      return restarted(state, event, at)
    case "RunFinished":
      return { ...state, finishedRun: { ...event, at } }
  }
}

const agentsAtStart = ({ agents, creditsAtStart }: Of<"RunStarted">) =>
  new Map(
    agents.map((agent) => [agent.id, { ...agent, balance: creditsAtStart, history: [creditsAtStart], restarts: 0 }])
  )

const lost = (attempt: Attempt, at: number): Attempt =>
  attempt.outcome === "running" ? { ...attempt, to: at, outcome: "died" } : attempt

const endOf =
  (event: { readonly job: string; readonly worker: string }, at: number, outcome: "died" | "finished") =>
  (attempt: Attempt): Attempt =>
    attempt.job === event.job && attempt.worker === event.worker && attempt.outcome === "running"
      ? { ...attempt, to: at, outcome }
      : attempt

/** Books credits to agents; the others stay as they are. */
const book = (agents: RunState["agents"], amounts: ReadonlyMap<string, number>): RunState["agents"] =>
  new Map(
    [...agents].map(([id, agent]) => [id, { ...agent, balance: agent.balance + (amounts.get(id) ?? 0) }] as const)
  )

const pay = (state: RunState, { price, winners }: Of<"SlotsSold">): RunState => ({
  ...state,
  agents: book(state.agents, new Map(winners.map((winner) => [winner, -price])))
})

const giveBack = (state: RunState, { agent }: Of<"SlotReturned">): RunState => {
  const { round } = state
  if (round === undefined) return state
  return {
    ...state,
    round: { ...round, returned: [...round.returned, agent] },
    agents: book(state.agents, new Map([[agent, round.sold?.price ?? 0]]))
  }
}

const finish = (state: RunState, event: Of<"TrainingFinished">, at: number): RunState => {
  const finished = { job: event.job, purpose: event.purpose, params: event.params, result: event.result, at }
  const isBest = event.purpose === "team" && (state.best === undefined || better(event.result, state.best.result))
  return {
    ...state,
    attempts: state.attempts.map(endOf(event, at, "finished")),
    finished: new Map(state.finished).set(event.job, finished),
    best: isBest ? finished : state.best
  }
}

const decide = (state: RunState, event: Of<"VariablesDecided">, at: number): RunState => {
  const decisions = [...state.decisions, { ...event, at }]
  const trial = state.trials.get(event.job)
  if (event.outcome !== "accept" || trial === undefined) return { ...state, decisions }
  const agreed = { params: trial.params, job: trial.job, version: state.agreed.version + 1 }
  return { ...state, decisions, agreed }
}

const close = (state: RunState, event: Of<"RoundClosed">, at: number): RunState => {
  const { round } = state
  if (round === undefined) return state
  const paid = book(state.agents, new Map(event.earned.map(({ agent, credits }) => [agent, credits])))
  const agents = new Map([...paid].map(([id, agent]) => [id, { ...agent, history: [...agent.history, agent.balance] }]))
  const closed = {
    ...event,
    at,
    coordinator: round.coordinator,
    openedAt: round.at,
    sold: round.sold,
    best: state.best?.result
  }
  return { ...state, agents, round: undefined, rounds: [...state.rounds, closed] }
}

const restarted = (state: RunState, event: Of<"Restarted">, at: number): RunState => {
  const agent = state.agents.get(event.target)
  const agents =
    agent === undefined ? state.agents : new Map(state.agents).set(agent.id, { ...agent, restarts: agent.restarts + 1 })
  return { ...state, agents, restarts: [...state.restarts, { ...event, at }] }
}

// --- questions -------------------------------------------------------------------------------------------------------

/** Team trainings of a round, in the order of proposal. */
export const trialsOf = (state: RunState, round: number): ReadonlyArray<Trial> =>
  [...state.trials.values()].filter((trial) => trial.round === round)

/** How many attempts a training has had. */
export const attemptsOf = (state: RunState, job: string): number =>
  state.attempts.filter((attempt) => attempt.job === job).length

/** Finished trainings of a purpose, in the order in which the results came. */
export const finishedOf = (state: RunState, purpose: Purpose): ReadonlyArray<Finished> =>
  [...state.finished.values()].filter((finished) => finished.purpose === purpose)

/** The best finished training of a purpose. */
export const bestOf = (state: RunState, purpose: Purpose): Finished | undefined =>
  finishedOf(state, purpose).reduce<Finished | undefined>(
    (best, finished) => (best === undefined || better(finished.result, best.result) ? finished : best),
    undefined
  )

/** Who leads now. */
export const leaderOf = (state: RunState): string | undefined => state.elections.at(-1)?.leader
