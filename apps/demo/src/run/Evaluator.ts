/**
 * An evaluator agent: it owns one training thread, and writes down what its trainings give.
 *
 * **Guarantees** A training has one result: one that is in the log already is answered from there, and the log takes no
 * second. A thread that dies in the middle of a training fails that request with `WorkerDied`, and a new thread is there for the next.
 *
 * @since 0.1.0
 */
import { Process } from "@foundation/core"
import { Agent } from "@mabeam/core"
import { Context, Effect, Schema } from "effect"
import { Rpc, type RpcGroup } from "effect/rpc"
import type { Prepared } from "../data/Preparation.ts"
import { HyperParameters } from "../training/HyperParameters.ts"
import type { Progress } from "../training/protocol.ts"
import * as TrainerWorker from "../training/TrainerWorker.ts"
import { Purpose, Result } from "./RunEvent.ts"
import { RunLog } from "./RunLog.ts"
import { attemptsOf } from "./RunState.ts"

/** A training to do. */
export const Training = Schema.Struct({
  job: Schema.String,
  purpose: Purpose,
  params: HyperParameters,
  seed: Schema.Int
})
export type Training = typeof Training.Type

/** Why a training did not come to a result this time. */
export class TrainingFailed extends Schema.TaggedError<TrainingFailed>("@apps/demo/Evaluator/TrainingFailed")(
  "TrainingFailed",
  {
    job: Schema.String,
    worker: Schema.String,
    reason: Schema.Literals(["died", "unavailable", "bad job", "log"]),
    because: Schema.String
  }
) {
  override get message() {
    return `${this.worker} did not finish ${this.job} (${this.reason}): ${this.because}`
  }
}

export const Protocol = Agent.Protocol.add(
  Rpc.make("Train", { payload: { training: Training }, success: Result, error: TrainingFailed })
)
export type EvaluatorRef = Process.ProcessRef<RpcGroup.Rpcs<typeof Protocol>>

/** What evaluators share: the data, the tally of trainings, and who wants to know of their progress. */
export class Laboratory extends Context.Service<
  Laboratory,
  {
    readonly data: Prepared
    readonly tally: TrainerWorker.Tally
    /** Told after each epoch, with the worker's handle; the training waits for it. */
    readonly onProgress: (worker: TrainerWorker.TrainerWorker, progress: Progress) => Effect.Effect<void>
  }
>()("@apps/demo/Laboratory") {}

interface State {
  readonly worker: TrainerWorker.TrainerWorker
}

const reasons = { WorkerDied: "died", WorkerUnavailable: "unavailable", BadJob: "bad job" } as const

/** Specifies an evaluator by the name of its worker. */
export const Evaluator = Process.make({
  name: "evaluator",
  protocol: Protocol,
  init: ({ id }: { readonly id: string }) =>
    Effect.gen(function* () {
      const { data, tally } = yield* Laboratory
      return { worker: yield* TrainerWorker.make({ name: id, data, tally }) }
    }),
  handlers: {
    ...Agent.defaults,
    Train: ({ training }, state) => train(training, state)
  }
})

const train = Effect.fnUntraced(function* ({ job, params, purpose, seed }: Training, { worker }: State) {
  const log = yield* RunLog
  const { onProgress } = yield* Laboratory
  const before = yield* log.state
  const known = before.finished.get(job)
  if (known !== undefined) return known.result

  const attempt = attemptsOf(before, job) + 1
  const failed = (reason: TrainingFailed["reason"], because: string) =>
    new TrainingFailed({ job, worker: worker.name, reason, because })
  const write = (event: Parameters<typeof log.append>[0]) =>
    Effect.catch(log.append(event), (error) =>
      error._tag === "AlreadyRecorded" ? log.state : Effect.fail(failed("log", error.message))
    )

  yield* write({ _tag: "TrainingStarted", job, purpose, worker: worker.name, attempt, params })
  const isFinal = purpose === "final"
  const result = yield* worker
    .train(
      {
        trialId: job,
        params,
        seed,
        split: isFinal ? "train+validation" : "train",
        evaluateOn: isFinal ? "test" : "validation"
      },
      (progress) => onProgress(worker, progress)
    )
    .pipe(
      Effect.tapError((error) =>
        write({ _tag: "TrainingDied", job, worker: worker.name, attempt, because: error.message })
      ),
      Effect.mapError((error) => (error._tag === "TrainingFailed" ? error : failed(reasons[error._tag], error.message)))
    )
  const { accuracy, loss, outcome, seconds } = result
  const after = yield* write({
    _tag: "TrainingFinished",
    job,
    purpose,
    worker: worker.name,
    params,
    result: { outcome, accuracy, loss, seconds }
  })
  // The log's result counts, also where another came first.
  return after.finished.get(job)?.result ?? { outcome, accuracy, loss, seconds }
})
