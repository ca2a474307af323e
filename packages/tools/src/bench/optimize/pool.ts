/**
 * Hands jobs to child processes, so many at once, and tells how far it is.
 *
 * @since 0.1.0
 */
import { fork } from "node:child_process"
import type { ChildProcess } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { Answer, Job } from "./child.ts"
import * as Optuna from "./optuna.ts"
import { entryOf } from "./problems.ts"

const program = fileURLToPath(new URL("child.ts", import.meta.url))

/** A process that answers one job after the other. */
interface Worker {
  readonly ask: (job: Job) => Promise<Answer>
  readonly stop: () => void
}

const worker = (): Worker => {
  const child: ChildProcess = fork(program, [], {
    execArgv: ["--disable-warning=ExperimentalWarning"],
    // Where the modules of this package are found, wherever the command was given.
    cwd: fileURLToPath(new URL(".", import.meta.url)),
    stdio: ["ignore", "inherit", "inherit", "ipc"]
  })
  return {
    ask: (job) =>
      new Promise((resolve, reject) => {
        const ended = (code: number | null) =>
          reject(new Error(`a worker ended with exit ${code} at ${JSON.stringify(job)}`))
        child.once("exit", ended)
        child.once("message", (answer: Answer) => {
          child.off("exit", ended)
          resolve(answer)
        })
        child.send(job)
      }),
    stop: () => {
      child.kill()
    }
  }
}

/** A job that has been done. */
export interface Done {
  readonly job: Job
  readonly figures: ReadonlyArray<number>
  /** How long the whole job took. */
  readonly millis: number
}

/** Called after each job, with how many there are. */
export type Progress = (done: Done, count: number, total: number) => void

/** Does all jobs, `workers` at once; those of Optuna by `python`. Processes end when this does, however it does. */
export const work = async (
  jobs: ReadonlyArray<Job>,
  workers: number,
  python: Optuna.Python | undefined,
  progress: Progress
): Promise<ReadonlyArray<Done>> => {
  const done: Array<Done> = []
  const stops: Array<() => void> = []
  const stopAll = () => {
    for (const stop of stops.splice(0)) stop()
  }
  process.once("exit", stopAll)
  let next = 0
  const lane = async () => {
    let own: Worker | undefined
    let optuna: Optuna.Optuna | undefined
    const answer = async (job: Job): Promise<Answer> => {
      if (job._tag === "Run" && job.sampler === Optuna.NAME && python !== undefined) {
        if (optuna === undefined) stops.push((optuna = Optuna.start(python)).stop)
        return optuna.regrets(entryOf(job.function), job.seed, job.budgets)
      }
      if (own === undefined) stops.push((own = worker()).stop)
      return own.ask(job)
    }
    while (next < jobs.length) {
      const job = jobs[next++]!
      const before = performance.now()
      const { figures } = await answer(job)
      const one = { job, figures, millis: performance.now() - before }
      done.push(one)
      progress(one, done.length, jobs.length)
    }
  }
  try {
    await Promise.all(Array.from({ length: Math.min(workers, jobs.length) }, lane))
  } finally {
    stopAll()
    process.off("exit", stopAll)
  }
  return done
}
