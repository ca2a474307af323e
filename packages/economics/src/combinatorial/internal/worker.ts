/**
 * The worker thread of large combinatorial auctions: one assignment, one answer, and it ends.
 */
import { Result } from "effect"
import { parentPort, workerData } from "node:worker_threads"
import { type Assignment, solveNow } from "../BundleCalculator.ts"
import * as CombinatorialFirstPrice from "../CombinatorialFirstPrice.ts"
import * as CoreSelecting from "../CoreSelecting.ts"
import * as Vcg from "../Vcg.ts"

const mechanisms = [Vcg.mechanism, CombinatorialFirstPrice.mechanism, CoreSelecting.mechanism]

// Only `BundleCalculator` starts this file, and always with an assignment.
const { input, mechanism: name } = workerData as Assignment
const mechanism = mechanisms.find((it) => it.name === name)
if (mechanism === undefined) throw new Error(`no mechanism is called "${name}"`)
// A thread's port has no origin to aim at, as a window would.
// oxlint-disable-next-line unicorn/require-post-message-target-origin
parentPort?.postMessage(Result.getOrThrow(solveNow(mechanism, JSON.parse(input))))
