/**
 * The program of a training thread: takes one job at a time, reports its epochs and its result.
 *
 * It stands on `node:worker_threads` alone, so that a thread starts in a few tens of milliseconds. The parent decides what a
 * death means; nothing here tries to survive.
 *
 * **Guarantees** A training is counted as begun before its first step and as finished before its result is sent, in the
 * shared counters and, if asked, as a line in the tally file (appended in one write, so lines of several processes do not mix).
 *
 * @since 0.1.0
 */
import { appendFileSync } from "node:fs"
import { parentPort, threadId, workerData } from "node:worker_threads"
import * as Mlp from "./Mlp.ts"
import type { FromWorker, TallyLine, ToWorker, TrainingJob, TrainingResult, WorkerSetup } from "./protocol.ts"

const port = parentPort
if (port === null) throw new Error("this file is the program of a worker thread: start it through TrainerWorker.make")
// The parent passes a `WorkerSetup`; the thread border carries no types.
const { counters, data, tallyFile } = workerData as WorkerSetup
const send = (message: FromWorker) => port.postMessage(message)

const both = new Int32Array(data.train.length + data.validation.length)
both.set(data.train)
both.set(data.validation, data.train.length)

const count = (event: TallyLine["event"], { seed, split, trialId }: TrainingJob): void => {
  Atomics.add(counters, event === "begun" ? 0 : 1, 1)
  if (tallyFile === undefined) return
  const line: TallyLine = { event, trialId, seed, split, pid: process.pid, thread: threadId }
  appendFileSync(tallyFile, `${JSON.stringify(line)}\n`)
}

const run = (job: TrainingJob): TrainingResult => {
  const { params, trialId } = job
  const perEpoch: Array<number> = []
  const started = performance.now()
  const training = Mlp.train({
    data,
    trainOn: job.split === "train" ? data.train : both,
    evaluateOn: job.evaluateOn === "validation" ? data.validation : data.test,
    params,
    seed: job.seed,
    onEpoch: ({ epoch, trainLoss }, score) => {
      const progress = { type: "epoch", trialId, epoch, epochs: params.epochs, trainLoss } as const
      if (job.curve !== true) return send(progress)
      const { accuracy } = score()
      perEpoch.push(accuracy)
      send({ ...progress, accuracy })
    }
  })
  const { accuracy, epochs, loss, outcome } = training
  const seconds = (performance.now() - started) / 1000
  return { trialId, outcome, accuracy, loss, seconds, epochs, ...(job.curve === true ? { perEpoch } : {}) }
}

port.on("message", ({ job }: ToWorker) => {
  count("begun", job)
  send({ type: "begun", trialId: job.trialId })
  const result = run(job)
  count("finished", job)
  send({ type: "finished", result })
})
send({ type: "ready" })
