/**
 * What a report tells of a run: plain data, made from the run's events.
 *
 * Times are seconds since the run began. Accuracies are shares from 0 to 1. Names and texts may hold anything: the
 * report escapes them.
 *
 * @since 0.1.0
 */

export type ParameterValue = number | string | boolean

/** The values of a training's parameters, by the names in `ReportModel.parameters`. */
export type ParameterValues = Readonly<Record<string, ParameterValue>>

/** A dimension of the search, in the order its axis is drawn. */
export type ReportParameter =
  | { readonly name: string; readonly kind: "float" | "log-float" | "int"; readonly min: number; readonly max: number }
  | { readonly name: string; readonly kind: "categorical"; readonly choices: ReadonlyArray<ParameterValue> }

export interface ReportAgent {
  readonly id: string
  /** How it proposes, e.g. `TPE`. */
  readonly sampler: string
  /** How it bids, e.g. `bold`. */
  readonly temperament: string
  /** Credits at the start and after each round: one number more than the rounds it has seen. */
  readonly credits: ReadonlyArray<number>
}

/** A training with its one result. */
export interface ReportTrial {
  readonly id: string
  readonly agent: string
  /** From 1. */
  readonly round: number
  readonly params: ParameterValues
  readonly outcome: "trained" | "diverged"
  /** On the validation part. */
  readonly accuracy: number
  readonly loss: number
}

/** One thread working on one trial, whether it came to a result or died on the way. */
export interface ReportAttempt {
  readonly trialId: string
  readonly agent: string
  readonly worker: string
  readonly from: number
  readonly to: number
  readonly outcome: "finished" | "died"
}

export interface ReportRound {
  /** From 1. */
  readonly round: number
  readonly from: number
  readonly to: number
  readonly coordinator: string
  /** Slots sold, and what the winners paid for one on average. */
  readonly slots: number
  readonly price: number
  /** Best validation accuracy so far, when the round closed. */
  readonly best: number
}

export interface ReportVote {
  readonly agent: string
  readonly vote: "accept" | "reject" | "silent"
  /** The evidence it gave. */
  readonly why: string
}

/** A proposed change of shared variables and what became of it. */
export interface ReportDecision {
  readonly round: number
  readonly at: number
  readonly proposer: string
  /** The trial it rests on. */
  readonly trialId: string
  readonly changes: ReadonlyArray<{
    readonly variable: string
    readonly from: ParameterValue
    readonly to: ParameterValue
  }>
  readonly outcome: "accepted" | "rejected" | "no majority"
  readonly votes: ReadonlyArray<ReportVote>
}

export interface ReportFault {
  readonly at: number
  /** What was done, e.g. `poison message`. */
  readonly kind: string
  /** The agent or worker it struck. */
  readonly target: string
  /** When the target worked again; undefined if the run ended before. */
  readonly healedAt: number | undefined
  readonly detail: string
}

export interface ReportElection {
  readonly at: number
  readonly term: number
  readonly leader: string
  readonly why: string
}

export interface ReportRestart {
  readonly at: number
  /** The agent or worker. */
  readonly target: string
  readonly why: string
}

/** Accuracies on the test part, each from one look; undefined if the run was stopped before. */
export interface ReportSummary {
  readonly bestTrialId: string | undefined
  readonly bestParams: ParameterValues
  readonly defaultParams: ParameterValues
  readonly testAccuracy: number | undefined
  readonly defaultTestAccuracy: number | undefined
  readonly randomSearchTestAccuracy: number | undefined
  /** Events written, and where they are. */
  readonly events: number
  readonly store: string
}

export interface ReportModel {
  readonly title: string
  /** When the run began, as it shall be printed. */
  readonly startedAt: string
  readonly seconds: number
  readonly seed: number
  /** The command that repeats the run. */
  readonly command: string
  /** Stopped before its last training. */
  readonly interrupted: boolean
  readonly data: {
    readonly name: string
    readonly features: number
    readonly classes: number
    /** Rows of the three parts. */
    readonly train: number
    readonly validation: number
    readonly test: number
  }
  readonly parameters: ReadonlyArray<ReportParameter>
  readonly agents: ReadonlyArray<ReportAgent>
  readonly workers: ReadonlyArray<string>
  /** In the order their results came. */
  readonly trials: ReadonlyArray<ReportTrial>
  readonly attempts: ReadonlyArray<ReportAttempt>
  readonly rounds: ReadonlyArray<ReportRound>
  readonly decisions: ReadonlyArray<ReportDecision>
  readonly faults: ReadonlyArray<ReportFault>
  readonly elections: ReadonlyArray<ReportElection>
  readonly restarts: ReadonlyArray<ReportRestart>
  /** Validation accuracy of each training of the random search it is compared with, in order; may be empty. */
  readonly randomSearch: ReadonlyArray<number>
  readonly summary: ReportSummary
}
