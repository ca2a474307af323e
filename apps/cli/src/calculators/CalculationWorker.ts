/**
 * A thread for a calculation.
 *
 * **Guarantees** The thread ends with the effect: at its answer, and at once when it is interrupted.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import type { Reply, Request } from "./Calculation.ts"
import { take } from "./thread.ts"

/** What the thread says. */
export type Told =
  | { readonly _tag: "Progress"; readonly done: number; readonly of: number }
  | { readonly _tag: "Reply"; readonly reply: Reply }
  | { readonly _tag: "Defect"; readonly because: string }

/** Asks in a thread of its own; `tell` hears how far a list has come. */
export const ask = (request: Request, tell: (done: number, of: number) => void): Effect.Effect<Reply> =>
  Effect.callback<Reply>((resume) => {
    const worker = take()
    worker.on("message", (told: Told) => {
      if (told._tag === "Progress") tell(told.done, told.of)
      else resume(told._tag === "Reply" ? Effect.succeed(told.reply) : Effect.die(new Error(told.because)))
    })
    worker.on("error", (error) => resume(outOfMemory(error) ? Effect.succeed(tooLarge) : Effect.die(error)))
    worker.on("exit", () => resume(Effect.die(new Error("the calculating thread ended without an answer"))))
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    worker.postMessage(request)
    return Effect.promise(() => worker.terminate())
  })

const outOfMemory = (error: Error): boolean => "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY"

const tooLarge: Reply = { _tag: "Refused", message: "this takes more memory than there is; give less at once" }
