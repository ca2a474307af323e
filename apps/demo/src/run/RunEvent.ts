/**
 * What happens in a run, as it is written down. The log is the run: its state, its report and its resumption are folds over
 * these events.
 *
 * **Guarantees** Each event that may exist only once in a run has an id made from its meaning (`idOf`), so that a second
 * coordinator, or a second result of one training, cannot write another version of it.
 *
 * @since 0.1.0
 */
import { Receipts } from "@mabeam/core"
import { Schema } from "effect"
import { HyperParameters } from "../training/HyperParameters.ts"

const Value = Schema.Union([Schema.Finite, Schema.String, Schema.Boolean])

/** An optimizer agent as the run is told of it. */
export const AgentProfile = Schema.Struct({ id: Schema.String, sampler: Schema.String, temperament: Schema.String })
export type AgentProfile = typeof AgentProfile.Type

/** What a training gave. */
export const Result = Schema.Struct({
  outcome: Schema.Literals(["trained", "diverged"]),
  /** Share of right answers, 0 to 1. */
  accuracy: Schema.Finite,
  /** Mean cross-entropy, in nats. */
  loss: Schema.Finite,
  /** On the worker's clock. */
  seconds: Schema.Finite
})
export type Result = typeof Result.Type

/** What a training is for. */
export const Purpose = Schema.Literals([
  "team",
  /** A finalist of the team once more, under another seed. */
  "repetition",
  "random search",
  "final"
])
export type Purpose = typeof Purpose.Type

export const Vote = Schema.Struct({
  agent: Schema.String,
  vote: Schema.Literals(["accept", "reject", "abstain", "silent"]),
  because: Schema.String
})

/** The receipt of a vote on what can be written down. */
export const DecisionReceipt = Schema.Struct({
  ...Receipts.ConsensusReceipt.fields,
  proposal: Schema.Struct({ subject: Schema.String, value: Schema.Json, evidence: Schema.optionalKey(Schema.Json) })
})
export type DecisionReceipt = typeof DecisionReceipt.Type

const Job = Schema.String
const Round = Schema.Int
const Names = Schema.Array(Schema.String)

/** Everything that can happen. */
export const RunEvent = Schema.TaggedUnion({
  /** The first event: all that decides the run. */
  RunStarted: {
    run: Schema.String,
    seed: Schema.Int,
    trials: Schema.Int,
    slots: Schema.Int,
    workers: Schema.Int,
    chaos: Schema.Boolean,
    creditsAtStart: Schema.Int,
    agents: Schema.Array(AgentProfile),
    data: Schema.Struct({
      file: Schema.String,
      target: Schema.String,
      /** Of the bytes of the file, to notice that it has changed. */
      digest: Schema.String,
      features: Schema.Int,
      classes: Schema.Int,
      train: Schema.Int,
      validation: Schema.Int,
      test: Schema.Int
    }),
    command: Schema.String
  },
  RunResumed: {},
  RunInterrupted: {},
  LeaderElected: { term: Schema.Int, leader: Schema.String, because: Schema.String },
  RoundOpened: { round: Round, coordinator: Schema.String, slots: Schema.Int },
  /** The evaluation slots of a round were sold; the winners pay the price each. */
  SlotsSold: {
    round: Round,
    session: Schema.String,
    winners: Names,
    price: Schema.Int,
    bids: Schema.Array(Schema.Struct({ agent: Schema.String, amount: Schema.Int })),
    silent: Names,
    /** All that the sale was made from, for `Receipts.verifyAuction`; logs of earlier versions have none. */
    receipt: Schema.optionalKey(Receipts.AuctionReceipt)
  },
  TrialProposed: { job: Job, round: Round, agent: Schema.String, params: HyperParameters },
  /** A winner that could not say what to try gets its price back. */
  SlotReturned: { round: Round, agent: Schema.String, because: Schema.String },
  TrainingStarted: {
    job: Job,
    purpose: Purpose,
    worker: Schema.String,
    attempt: Schema.Int,
    params: HyperParameters
  },
  /** The thread died in the middle; the training will be given to a worker again. */
  TrainingDied: { job: Job, worker: Schema.String, attempt: Schema.Int, because: Schema.String },
  /** The one result of a training. */
  TrainingFinished: { job: Job, purpose: Purpose, worker: Schema.String, params: HyperParameters, result: Result },
  /** A change of shared variables was put to the vote. */
  VariablesDecided: {
    round: Round,
    session: Schema.String,
    proposer: Schema.String,
    job: Job,
    changes: Schema.Array(Schema.Struct({ variable: Schema.String, from: Value, to: Value })),
    outcome: Schema.Literals(["accept", "reject", "no-clear-majority", "insufficient-votes"]),
    votes: Schema.Array(Vote),
    /** All that it was decided from, for `Receipts.verifyConsensus`; logs of earlier versions have none. */
    receipt: Schema.optionalKey(DecisionReceipt)
  },
  /** Everybody has come to the barrier; what each agent earned in the round. */
  RoundClosed: {
    round: Round,
    arrived: Names,
    earned: Schema.Array(Schema.Struct({ agent: Schema.String, credits: Schema.Int, because: Schema.String }))
  },
  FaultInjected: { fault: Schema.Int, kind: Schema.String, target: Schema.String, detail: Schema.String },
  FaultHealed: { fault: Schema.Int, kind: Schema.String, target: Schema.String },
  Restarted: { target: Schema.String, because: Schema.String },
  RunFinished: { seconds: Schema.Finite }
})
export type RunEvent = typeof RunEvent.Type

/** The id of an event that a run may hold once; `undefined` for those that may come again. */
export const idOf = (run: string, event: RunEvent): string | undefined => {
  switch (event._tag) {
    case "RunStarted":
    case "RunFinished":
      return `${run}/${event._tag}`
    case "RoundOpened":
    case "SlotsSold":
    case "VariablesDecided":
    case "RoundClosed":
      return `${run}/${event._tag}/${event.round}`
    case "SlotReturned":
      return `${run}/${event._tag}/${event.round}/${event.agent}`
    case "TrialProposed":
    case "TrainingFinished":
      return `${run}/${event._tag}/${event.job}`
    case "LeaderElected":
      return `${run}/${event._tag}/${event.term}`
    case "FaultInjected":
    case "FaultHealed":
      return `${run}/${event._tag}/${event.fault}`
    default:
      return undefined
  }
}

/** The job names of the final evaluations, each of which sees the test part once. */
export const finals = { found: "final-found", default: "final-default", random: "final-random" } as const

/** The name of the team's training of this number, counted from 1. */
export const teamJob = (number: number): string => `team-${number}`

/** The name of random search's training of this number, counted from 1. */
export const randomJob = (number: number): string => `random-${number}`
