/** The thread of a calculation. Loads nothing, so that it can be started before everything else. */
import { Worker } from "node:worker_threads"

let prepared: Worker | undefined

/** Starts a thread that loads while the command does; `take` gives it out. It does not keep the program alive. */
export const prepare = (): void => {
  prepared ??= start()
  prepared.unref()
}

/** The thread that was prepared, or a new one. */
export const take = (): Worker => {
  const worker = prepared ?? start()
  prepared = undefined
  worker.ref()
  return worker
}

const start = (): Worker => new Worker(new URL("./worker.ts", import.meta.url))
