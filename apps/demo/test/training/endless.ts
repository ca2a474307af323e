/** A program that trains without end and says when it is in the middle of it. Run by `interrupt.test.ts`. */
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import * as Preparation from "../../src/data/Preparation.ts"
import { defaults } from "../../src/training/HyperParameters.ts"
import * as TrainerPool from "../../src/training/TrainerPool.ts"
import { spirals } from "../data/load.ts"

const program = Effect.gen(function* () {
  yield* Effect.addFinalizer(() => Console.log("closed"))
  const pool = yield* TrainerPool.make({ size: 2, data: Preparation.prepare(spirals(100), 1) })
  const params = { ...defaults, hidden_units: 4096, epochs: 1000 }
  const job = (trialId: string) => ({ trialId, params, seed: 1, split: "train", evaluateOn: "validation" }) as const
  const train = (trialId: string) => pool.train(job(trialId), () => Console.log(trialId))
  yield* Effect.all([train("a"), train("b")], { concurrency: "unbounded" })
})

NodeRuntime.runMain(Effect.scoped(program), { disableErrorReporting: true })
