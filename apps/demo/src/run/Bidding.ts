/**
 * What an agent offers for an evaluation slot, and what a round earns it. Credits are whole numbers.
 *
 * The auction is a (k+1)-price auction of identical slots with one slot each, in which an agent does best to bid what a slot is
 * worth to it. What it is worth follows from how well its own trials did of late, and from its temperament.
 *
 * @since 0.1.0
 */
import { better, score } from "./Score.ts"
import type { Finished, RunState } from "./RunState.ts"
import { trialsOf } from "./RunState.ts"

/** How an agent handles its money, and how much it trusts a single result. */
export interface Temperament {
  readonly name: string
  /** The share of its credits that a slot is worth to it when its trials are the best of all, 0 to 1. */
  readonly appetite: number
  /** Standard errors by which a finding must lead before the agent takes it over against its own evidence. */
  readonly skepticism: number
}

/** The temperaments that the demo gives out, in turn. */
export const temperaments = {
  bold: { name: "bold", appetite: 0.5, skepticism: 0 },
  steady: { name: "steady", appetite: 0.35, skepticism: 0.5 },
  thrifty: { name: "thrifty", appetite: 0.22, skepticism: 1.5 }
} as const satisfies Record<string, Temperament>

/** How many of its last trials an agent judges itself by. */
const memory = 4

/**
 * How well an agent's last trials did among all of the team's, from 0 (all others were better) to 1. An agent without
 * trials is given the benefit of the doubt: one half.
 */
export const standing = (state: RunState, agent: string): number => {
  const finished = [...state.trials.values()].flatMap((trial) => {
    const result = state.finished.get(trial.job)
    return result === undefined ? [] : [{ agent: trial.agent, score: score(result.result) }]
  })
  const own = finished.filter((trial) => trial.agent === agent).slice(-memory)
  if (own.length === 0) return 0.5
  const beaten = own.map(({ score }) => finished.filter((other) => other.score < score).length)
  return beaten.reduce((sum, count) => sum + count, 0) / (own.length * Math.max(1, finished.length - 1))
}

/** The bid of an agent for one slot: at least 1 while it has a credit, never more than it has. */
export const bid = (state: RunState, agent: string, temperament: Temperament): number | null => {
  const balance = state.agents.get(agent)?.balance ?? 0
  if (balance < 1) return null
  const worth = balance * temperament.appetite * (0.4 + 0.6 * standing(state, agent))
  return Math.max(1, Math.min(balance, Math.round(worth)))
}

/** What every agent gets at the end of a round, so that nobody is out of the game for good. */
export const income = 6
/** What the best trial of a round earns. */
export const prizeOfRound = 12
/** What a trial earns that is better than all before. */
export const prizeOfImprovement = 24

/** What a round earns each agent, in the order of the agents. */
export const earnings = (state: RunState, round: number) => {
  const trials = trialsOf(state, round).flatMap((trial) => {
    const finished = state.finished.get(trial.job)
    return finished === undefined ? [] : [{ agent: trial.agent, finished }]
  })
  const best = trials.reduce<(typeof trials)[number] | undefined>(
    (best, trial) => (best === undefined || better(trial.finished.result, best.finished.result) ? trial : best),
    undefined
  )
  const improved = best !== undefined && isImprovement(state, round, best.finished)
  return [...state.agents.keys()].map((agent) => {
    const isBest = best?.agent === agent
    const credits = income + (isBest ? prizeOfRound : 0) + (isBest && improved ? prizeOfImprovement : 0)
    const because = !isBest
      ? "income"
      : improved
        ? "income, best of the round, best so far"
        : "income, best of the round"
    return { agent, credits, because }
  })
}

const isImprovement = (state: RunState, round: number, candidate: Finished): boolean =>
  [...state.trials.values()].every((trial) => {
    const before = trial.round < round ? state.finished.get(trial.job) : undefined
    return before === undefined || better(candidate.result, before.result)
  })
