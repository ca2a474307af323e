/** The thread that calculates, so that the command hears Ctrl-C and tells how far it is. */
import { enableCompileCache } from "node:module"
import { parentPort } from "node:worker_threads"
import type { Request } from "./Calculation.ts"
import type { Told } from "./CalculationWorker.ts"

// What Node compiled is kept in the system's directory for temporary files, which halves the wait.
enableCompileCache()
await import("effect/schema/SchemaJITCompiler/enable")
const { Effect } = await import("effect")
const Calculation = await import("./Calculation.ts")

/** Progress is told at most this often, in milliseconds. */
const pause = 100

if (parentPort === null) throw new Error("this is a worker's entry point")
const port = parentPort
const say = (told: Told) => port.postMessage(told)

port.once("message", (request: Request) => {
  let last = performance.now()
  const tell = (done: number, of: number) => {
    if (performance.now() - last < pause) return
    last = performance.now()
    say({ _tag: "Progress", done, of })
  }
  void Effect.runPromise(Calculation.run(request, tell))
    .then(
      (reply) => say({ _tag: "Reply", reply }),
      (defect: unknown) =>
        say({ _tag: "Defect", because: defect instanceof Error ? (defect.stack ?? defect.message) : String(defect) })
    )
    .finally(() => port.close())
})
