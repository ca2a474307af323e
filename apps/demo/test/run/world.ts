/**
 * A pure world for the plan: answers each step with what might come of it, good or bad, drawn from a seed. It keeps events
 * the way the log does: one with an id is taken once.
 */
import * as SeededRandom from "../../src/data/SeededRandom.ts"
import { defaults, type HyperParameters } from "../../src/training/HyperParameters.ts"
import { bid, earnings, temperaments } from "../../src/run/Bidding.ts"
import * as Plan from "../../src/run/Plan.ts"
import { idOf, type Result, type RunEvent, teamJob } from "../../src/run/RunEvent.ts"
import { attemptsOf, evolve, initial, type RunState } from "../../src/run/RunState.ts"

export interface Setting {
  readonly seed: number
  readonly trials: number
  readonly agents: number
  /** How much goes wrong, 0 to 0.5. */
  readonly trouble: number
}

const names = ["ada", "bo", "cleo", "dov", "eve", "fay"]
const kinds = Object.values(temperaments)
export const temperamentOf = (agent: string) => kinds[names.indexOf(agent) % kinds.length]!

export const begin = ({
  agents,
  seed,
  trials
}: Omit<Setting, "trouble">): Extract<RunEvent, { _tag: "RunStarted" }> => ({
  _tag: "RunStarted",
  run: "r1",
  seed,
  trials,
  slots: Math.max(1, agents - 1),
  workers: 2,
  chaos: true,
  creditsAtStart: 100,
  agents: names.slice(0, agents).map((id) => ({ id, sampler: "any", temperament: temperamentOf(id).name })),
  data: { file: "d.csv", target: "c", digest: "d", features: 2, classes: 2, train: 60, validation: 20, test: 20 },
  command: "demo"
})

/** The state that some events add up to; each second holds one. */
export const fold = (events: ReadonlyArray<RunEvent>): RunState =>
  events.reduce((state, event, second) => evolve(state, event, second * 1000), initial)

type Random = SeededRandom.SeededRandom

const paramsOf = (random: Random): HyperParameters => ({
  ...defaults,
  learning_rate: 0.001 + 0.2 * random.float(),
  hidden_units: 16 + random.below(200)
})

const resultOf = (random: Random): Result =>
  random.float() < 0.1
    ? { outcome: "diverged", accuracy: 0, loss: 10, seconds: 0.1 }
    : { outcome: "trained", accuracy: random.below(21) / 20, loss: random.float(), seconds: 0.1 }

/** What comes of a step: a few events, or none when whoever was to do it went down. */
const outcomeOf = (state: RunState, step: Plan.Step, random: Random, trouble: number): ReadonlyArray<RunEvent> => {
  const fails = () => random.float() < trouble
  switch (step._tag) {
    case "Nothing":
      return []
    case "OpenRound":
      return [{ _tag: "RoundOpened", round: step.round, coordinator: "ada", slots: step.slots }]
    case "Sell": {
      const asked = [...state.agents.keys()].map((agent) => ({ agent, isSilent: fails() }))
      const bids = asked.flatMap(({ agent, isSilent }) => {
        const amount = isSilent ? null : bid(state, agent, temperamentOf(agent))
        return amount === null ? [] : [{ agent, amount }]
      })
      const ranked = bids.toSorted((a, b) => b.amount - a.amount)
      return [
        {
          _tag: "SlotsSold",
          round: step.round,
          session: `auction-${step.round}`,
          winners: ranked.slice(0, step.slots).map(({ agent }) => agent),
          price: ranked[step.slots]?.amount ?? 1,
          bids,
          silent: asked.flatMap(({ agent, isSilent }) => (isSilent ? [agent] : []))
        }
      ]
    }
    case "Propose":
      return fails()
        ? [{ _tag: "SlotReturned", round: step.round, agent: step.agent, because: "it is gone" }]
        : [
            {
              _tag: "TrialProposed",
              job: teamJob(step.number),
              round: step.round,
              agent: step.agent,
              params: paramsOf(random)
            }
          ]
    case "Train":
      return step.tasks.flatMap((task): ReadonlyArray<RunEvent> => {
        const { job, params, purpose } = task
        const worker = `w${1 + random.below(2)}`
        const attempt = attemptsOf(state, job) + 1
        const started: RunEvent = { _tag: "TrainingStarted", job, purpose, worker, attempt, params }
        if (fails()) return [started]
        if (fails()) return [started, { _tag: "TrainingDied", job, worker, attempt, because: "the thread exited" }]
        const finished = (result: Result): RunEvent => ({
          _tag: "TrainingFinished",
          job,
          purpose,
          worker,
          params,
          result
        })
        const again = fails() ? [finished(resultOf(random))] : []
        return [started, finished(resultOf(random)), ...again]
      })
    case "Decide": {
      const outcomes = ["accept", "reject", "no-clear-majority", "insufficient-votes"] as const
      return [
        {
          _tag: "VariablesDecided",
          round: step.round,
          session: `vote-${step.round}`,
          proposer: step.candidate.trial.agent,
          job: step.candidate.trial.job,
          changes: step.candidate.changes,
          outcome: outcomes[fails() ? 1 + random.below(3) : 0]!,
          votes: []
        }
      ]
    }
    case "CloseRound":
      return [
        {
          _tag: "RoundClosed",
          round: step.round,
          arrived: [...state.agents.keys()],
          earned: earnings(state, step.round)
        }
      ]
    case "Finish":
      return [{ _tag: "RunFinished", seconds: 1 }]
  }
}

/** What happens whether anybody plans it or not. */
const accident = (state: RunState, random: Random, trouble: number): ReadonlyArray<RunEvent> => {
  if (random.float() >= trouble / 3) return []
  const term = state.elections.length + 1
  const accidents: ReadonlyArray<ReadonlyArray<RunEvent>> = [
    [{ _tag: "LeaderElected", term, leader: names[term % names.length]!, because: "the last one died" }],
    [{ _tag: "RunInterrupted" }, { _tag: "RunResumed" }],
    [{ _tag: "RunResumed" }],
    [{ _tag: "Restarted", target: "bo", because: "its process ended" }]
  ]
  return accidents[random.below(accidents.length)]!
}

/** A run that ends has ended after so many steps, but for one in a thousand million. */
const stepsMax = 5_000

/** Plays a run to its end from the events given; `undefined` when it does not end. */
export const play = (
  { trouble, ...setting }: Setting,
  before: ReadonlyArray<RunEvent> = [begin(setting)],
  next: (state: RunState) => Plan.Step = Plan.next
): ReadonlyArray<RunEvent> | undefined => {
  const random = SeededRandom.make(setting.seed).fork(`world-${before.length}`)
  const events = [...before]
  const ids = new Set(before.map((event) => idOf("r1", event)))
  let state = fold(before)
  const take = (event: RunEvent) => {
    const id = idOf("r1", event)
    if (id !== undefined && ids.has(id)) return
    ids.add(id)
    state = evolve(state, event, events.length * 1000)
    events.push(event)
  }
  for (let steps = 0; steps < stepsMax; steps++) {
    const step = next(state)
    if (step._tag === "Nothing") return events
    // Two coordinators may be at the same step; both see the state before.
    const coordinators = random.float() < trouble / 3 ? 2 : 1
    const outcomes = Array.from({ length: coordinators }, () => outcomeOf(state, step, random, trouble))
    outcomes.flat().forEach(take)
    accident(state, random, trouble).forEach(take)
  }
  return undefined
}
