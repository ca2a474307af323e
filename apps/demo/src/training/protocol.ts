/**
 * What the trainer's main thread and its worker threads say to each other.
 *
 * **Guarantees** Plain data only, so that it crosses the thread border by structured clone; the data set crosses by shared memory.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import type { Prepared } from "../data/Preparation.ts"
import { HyperParameters } from "./HyperParameters.ts"

/** One training to do. */
export const TrainingJob = Schema.Struct({
  /** Names the training in progress messages, errors and the tally. */
  trialId: Schema.NonEmptyString.check(Schema.isMaxLength(255)),
  params: HyperParameters,
  /** Decides weights, order of rows and drop-out; with `params` and the data it decides the result. */
  seed: Schema.Int,
  /** Which rows are learned from. */
  split: Schema.Literals(["train", "train+validation"]),
  /** Which rows the model is scored on. `train+validation` may only be scored on `test`. */
  evaluateOn: Schema.Literals(["validation", "test"]),
  /** Score after each epoch too (one forward pass each, about a sixth more time). Only on `validation`. Default false. */
  curve: Schema.optionalKey(Schema.Boolean)
})
export type TrainingJob = typeof TrainingJob.Type

/** What a training gave. */
export interface TrainingResult {
  readonly trialId: string
  /** `diverged`: the numbers left the finite range; accuracy is then 0 and loss `Mlp.LOSS_MAX`. */
  readonly outcome: "trained" | "diverged"
  /** Share of right answers on `evaluateOn`, 0 to 1. */
  readonly accuracy: number
  /** Mean cross-entropy on `evaluateOn`, in nats. */
  readonly loss: number
  /** Time the worker took, in seconds of its own monotonic clock. */
  readonly seconds: number
  /** Epochs begun: `params.epochs` unless it diverged. */
  readonly epochs: number
  /** Accuracy after each epoch, if the job asked for its curve. */
  readonly perEpoch?: ReadonlyArray<number>
}

/** One epoch is over. */
export interface Progress {
  readonly trialId: string
  /** 1 to `epochs`. */
  readonly epoch: number
  readonly epochs: number
  /** Mean cross-entropy over the epoch, in nats. */
  readonly trainLoss: number
  /** Accuracy on `evaluateOn`, if the job asked for its curve. */
  readonly accuracy?: number
}

/** What a worker is started with. */
export interface WorkerSetup {
  readonly data: Prepared
  /** Shared: `[0]` trainings begun, `[1]` finished, over all workers of a tally. */
  readonly counters: Int32Array
  /** A file that gets one JSON line when a training begins and one when it has finished. */
  readonly tallyFile: string | undefined
}

export type ToWorker = { readonly type: "train"; readonly job: TrainingJob }

export type FromWorker =
  | { readonly type: "ready" }
  | { readonly type: "begun"; readonly trialId: string }
  | ({ readonly type: "epoch" } & Progress)
  | { readonly type: "finished"; readonly result: TrainingResult }

/** One line of the tally file. */
export const TallyLine = Schema.Struct({
  event: Schema.Literals(["begun", "finished"]),
  trialId: Schema.String,
  seed: Schema.Int,
  split: Schema.Literals(["train", "train+validation"]),
  pid: Schema.Int,
  thread: Schema.Int
})
export type TallyLine = typeof TallyLine.Type
