/** A short run made up by hand, event by event, with the times at which they came. */
import type { RunEvent } from "../../src/run/RunEvent.ts"
import { evolve, initial, type RunState } from "../../src/run/RunState.ts"
import { defaults, type HyperParameters } from "../../src/training/HyperParameters.ts"

export const start = 1_700_000_000_000

export const better: HyperParameters = { ...defaults, learning_rate: 0.034, activation: "tanh" }
export const worse: HyperParameters = { ...defaults, hidden_units: 16 }

const result = (accuracy: number) => ({ outcome: "trained", accuracy, loss: 0.1, seconds: 0.5 }) as const

export const begin: RunEvent = {
  _tag: "RunStarted",
  run: "r1",
  seed: 7,
  trials: 2,
  slots: 2,
  workers: 2,
  chaos: true,
  creditsAtStart: 100,
  agents: ["ada", "bo", "cleo"].map((id) => ({ id, sampler: "tpe", temperament: "bold" })),
  data: {
    file: "/data/digits.csv",
    target: "target",
    digest: "d",
    features: 64,
    classes: 10,
    train: 1078,
    validation: 360,
    test: 359
  },
  command: "demo --seed 7"
}

/** Pairs of seconds since the start and what happened then. */
export const story: ReadonlyArray<readonly [number, RunEvent]> = [
  [0, begin],
  [0.1, { _tag: "LeaderElected", term: 1, leader: "ada", because: "first election" }],
  [0.2, { _tag: "RoundOpened", round: 1, coordinator: "ada", slots: 2 }],
  [
    0.3,
    {
      _tag: "SlotsSold",
      round: 1,
      session: "s1",
      winners: ["bo", "cleo"],
      price: 14,
      bids: [
        { agent: "bo", amount: 20 },
        { agent: "cleo", amount: 18 },
        { agent: "ada", amount: 14 }
      ],
      silent: []
    }
  ],
  [0.4, { _tag: "TrialProposed", job: "team-1", round: 1, agent: "bo", params: better }],
  [0.4, { _tag: "TrialProposed", job: "team-2", round: 1, agent: "cleo", params: worse }],
  [0.5, { _tag: "TrainingStarted", job: "team-1", purpose: "team", worker: "w1", attempt: 1, params: better }],
  [0.5, { _tag: "TrainingStarted", job: "team-2", purpose: "team", worker: "w2", attempt: 1, params: worse }],
  [0.7, { _tag: "FaultInjected", fault: 1, kind: "worker thread killed", target: "w2", detail: "in epoch 3" }],
  [0.7, { _tag: "TrainingDied", job: "team-2", worker: "w2", attempt: 1, because: "the thread exited" }],
  [0.75, { _tag: "FaultHealed", fault: 1, kind: "worker thread killed", target: "w2" }],
  [0.8, { _tag: "TrainingStarted", job: "team-2", purpose: "team", worker: "w2", attempt: 2, params: worse }],
  [1, { _tag: "FaultInjected", fault: 2, kind: "coordinator killed", target: "ada", detail: "" }],
  [1.1, { _tag: "LeaderElected", term: 2, leader: "bo", because: '"ada" no longer leads' }],
  [1.2, { _tag: "Restarted", target: "ada", because: "its process ended" }],
  [1.2, { _tag: "FaultHealed", fault: 2, kind: "coordinator killed", target: "ada" }],
  [
    1.5,
    { _tag: "TrainingFinished", job: "team-1", purpose: "team", worker: "w1", params: better, result: result(0.978) }
  ],
  [2, { _tag: "TrainingFinished", job: "team-2", purpose: "team", worker: "w2", params: worse, result: result(0.91) }],
  [
    2.1,
    {
      _tag: "VariablesDecided",
      round: 1,
      session: "s2",
      proposer: "bo",
      job: "team-1",
      changes: [{ variable: "learning_rate", from: 0.01, to: 0.034 }],
      outcome: "accept",
      votes: [
        { agent: "ada", vote: "accept", because: "leads" },
        { agent: "bo", vote: "accept", because: "mine" },
        { agent: "cleo", vote: "abstain", because: "no trial" }
      ]
    }
  ],
  [
    2.2,
    {
      _tag: "RoundClosed",
      round: 1,
      arrived: ["ada", "bo", "cleo"],
      earned: [
        { agent: "ada", credits: 6, because: "income" },
        { agent: "bo", credits: 42, because: "best" },
        { agent: "cleo", credits: 6, because: "income" }
      ]
    }
  ],
  [
    2.3,
    { _tag: "TrainingStarted", job: "random-2", purpose: "random search", worker: "w1", attempt: 1, params: worse }
  ],
  [
    2.4,
    { _tag: "TrainingStarted", job: "random-1", purpose: "random search", worker: "w2", attempt: 1, params: better }
  ],
  [
    3,
    {
      _tag: "TrainingFinished",
      job: "random-2",
      purpose: "random search",
      worker: "w1",
      params: worse,
      result: result(0.9)
    }
  ],
  [
    3.1,
    {
      _tag: "TrainingFinished",
      job: "random-1",
      purpose: "random search",
      worker: "w2",
      params: better,
      result: result(0.95)
    }
  ],
  ...(
    [
      ["final-found", better, 0.98],
      ["final-default", defaults, 0.97],
      ["final-random", better, 0.985]
    ] as const
  ).flatMap(([job, params, accuracy], index): ReadonlyArray<readonly [number, RunEvent]> => [
    [3.5 + index, { _tag: "TrainingStarted", job, purpose: "final", worker: "w1", attempt: 1, params }],
    [4 + index, { _tag: "TrainingFinished", job, purpose: "final", worker: "w1", params, result: result(accuracy) }]
  ]),
  [6.5, { _tag: "RunFinished", seconds: 6.5 }]
]

/** The state after the events up to a time in seconds. */
export const at = (seconds: number): RunState =>
  story
    .filter(([when]) => when <= seconds)
    .reduce((state, [when, event]) => evolve(state, event, start + when * 1000), initial)

export const after = (events: ReadonlyArray<RunEvent>, from: RunState = initial): RunState =>
  events.reduce((state, event, index) => evolve(state, event, start + index * 137), from)
