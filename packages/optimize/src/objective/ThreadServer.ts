/**
 * The thread's side of a `ThreadObjective`: serves a function.
 *
 * It imports nothing, so that a thread starts as fast as the function's own module: import it as `@mabeam/optimize/ThreadServer`.
 *
 * **Guarantees** What the function throws or rejects with fails its trial. What cannot be sent to another thread does so, too.
 *
 * @since 0.1.0
 */
import type { Params } from "../space/SearchSpace.ts"
import type { FunctionTrial, Given } from "./FunctionObjective.ts"

/** What a thread is told. */
export type ToThread =
  | {
      readonly type: "evaluate"
      readonly job: number
      readonly number: number
      readonly attempt: number
      readonly params: unknown
    }
  | { readonly type: "answer"; readonly id: number; readonly prune: boolean }

/** What a thread says, of a job. */
type FromThread =
  | { readonly type: "ready"; readonly job: 0 }
  | {
      readonly type: "report"
      readonly job: number
      readonly id: number
      readonly step: number
      readonly value: unknown
    }
  | {
      readonly type: "attribute"
      readonly job: number
      readonly id: number
      readonly key: string
      readonly value: unknown
    }
  | { readonly type: "given"; readonly job: number; readonly given: unknown }
  | { readonly type: "threw"; readonly job: number; readonly reason: string }

/** The thread's end of the line: `parentPort` of `node:worker_threads` is one. */
export interface Port {
  readonly postMessage: (message: unknown) => void
  readonly on: (event: "message", listener: (message: unknown) => void) => unknown
}

const said = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown))

/** Serves a function in a thread: call it once, at the top of the module that the thread runs, with the `parentPort`. */
export const serve = <P = Params>(
  port: Port | null,
  evaluate: (params: P, trial: Omit<FunctionTrial, "suggest">) => Given | PromiseLike<Given>
): void => {
  if (port === null) throw new Error("this module is for a thread: start it through ThreadObjective.make")
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  const post = (message: FromThread) => port.postMessage(message)
  const waiting = new Map<number, (prune: boolean) => void>()
  let ids = 0
  const answerTo = (message: (id: number) => FromThread): Promise<boolean> =>
    new Promise((resolve) => {
      const id = ++ids
      waiting.set(id, resolve)
      post(message(id))
    })
  const { signal } = new AbortController()
  const answer = async ({ attempt, job, number, params }: Extract<ToThread, { readonly type: "evaluate" }>) => {
    try {
      // The other side sends the parameters of the study's own space.
      const given = await evaluate(params as P, {
        number,
        attempt,
        signal,
        report: (step, value) => answerTo((id) => ({ type: "report", job, id, step, value })),
        setAttribute: async (key, value) => void (await answerTo((id) => ({ type: "attribute", job, id, key, value })))
      })
      post({ type: "given", job, given })
    } catch (error) {
      post({ type: "threw", job, reason: said(error) })
    }
  }
  port.on("message", (message) => {
    // Only a `ThreadObjective` speaks on this port.
    const told = message as ToThread
    if (told.type === "evaluate") return void answer(told)
    waiting.get(told.id)?.(told.prune)
    waiting.delete(told.id)
  })
  post({ type: "ready", job: 0 })
}
