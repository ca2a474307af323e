/**
 * The mechanisms of combinatorial auctions as calculators.
 *
 * Small auctions are answered on the spot. Large ones run in a worker thread, so that nobody else waits while they are
 * solved.
 *
 * **Guarantees** The worker ends with the effect, whether it succeeds or is interrupted. An answer that took longer than
 * `timeLimitMs` says by `optimal` and `gap` how good it is at least.
 *
 * **Does not guarantee** That the limit is met to the millisecond: it is looked at between steps of the solver, and
 * counted from when the solver starts. It is measured on the machine's own clock, because solving takes real time.
 *
 * **Example**
 *
 * ```ts
 * import { BundleCalculator, Vcg } from "@mabeam/economics"
 * import { Effect } from "effect"
 *
 * const input = {
 *   goods: ["cpu", "disk"],
 *   bids: [
 *     { id: "both", bidder: "ada", items: ["cpu", "disk"], price: "25" },
 *     { id: "one", bidder: "bob", items: ["cpu"], price: "20" }
 *   ]
 * }
 * const { decision } = await Effect.runPromise(BundleCalculator.make(Vcg.mechanism).solve(input))
 * decision.winningBids // => ["both"]
 * decision.payments // => { ada: "20", bob: "0" }
 * ```
 *
 * @since 0.1.0
 */
import { Effect, Result } from "effect"
import { Worker } from "node:worker_threads"
import type { Answer, SlowCalculator } from "../calculator/Calculator.ts"
import type { Common } from "../input/Refusal.ts"
import { answer, type Mechanism } from "./BundleMechanism.ts"
import { findings } from "./BundleProperties.ts"
import * as CombinatorialAuction from "./CombinatorialAuction.ts"

/** Auctions with more bids than this are solved in a worker. */
export const inlineBidsMax = 60

/** Solves a judged auction in the calling thread. */
export const solveAuction = (mechanism: Mechanism, auction: CombinatorialAuction.Auction): Answer => {
  const stop = auction.timeLimitMs === undefined ? Infinity : performance.now() + auction.timeLimitMs
  const outcome = mechanism.run(auction.bids, () => performance.now() > stop)
  return answer(auction, outcome, findings(mechanism, auction.bids, outcome))
}

/** Solves in the calling thread: for sessions and for small auctions. */
export const solveNow = (mechanism: Mechanism, input: unknown): Result.Result<Answer, Common> =>
  Result.map(CombinatorialAuction.decode(input), (auction) => solveAuction(mechanism, auction))

/** What goes to the worker: an input that was judged, as JSON. */
export interface Assignment {
  readonly mechanism: string
  readonly input: string
}

// Sources run as they stand, and published they are JavaScript: the worker's file is called as this one is.
const workerFile = new URL(`./internal/worker${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url)

const inWorker = (mechanism: string, input: unknown): Effect.Effect<Answer> =>
  Effect.acquireUseRelease(
    Effect.sync(() => {
      const assignment: Assignment = { mechanism, input: JSON.stringify(input) }
      return new Worker(workerFile, { workerData: assignment })
    }),
    (worker) =>
      Effect.callback<Answer>((resume) => {
        worker.once("message", (given: Answer) => resume(Effect.succeed(given)))
        worker.once("error", (error) => resume(Effect.die(error)))
        worker.once("exit", (code) => resume(Effect.die(new Error(`the worker ended with exit ${code} and no answer`))))
      }),
    (worker) => Effect.promise(() => worker.terminate())
  )

/** A mechanism as a calculator. */
export const make = (mechanism: Mechanism): SlowCalculator => ({
  name: mechanism.name,
  version: 1,
  solve: (input) =>
    Effect.suspend(() => {
      const decoded = CombinatorialAuction.decode(input)
      if (Result.isFailure(decoded)) return Effect.fail(decoded.failure)
      const auction = decoded.success
      return auction.bids.length <= inlineBidsMax
        ? Effect.sync(() => solveAuction(mechanism, auction))
        : inWorker(mechanism.name, input)
    })
})
