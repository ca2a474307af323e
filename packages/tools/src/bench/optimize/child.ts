/**
 * A process of the comparison: takes one job after the other from its parent and answers each. It ends with its parent.
 *
 * @since 0.1.0
 */
import { Samplers } from "@mabeam/optimize"
import { Result, Schema } from "effect"
import { entryOf } from "./problems.ts"

/** A run of a sampler on a function, or the times of its suggestions. */
export const Job = Schema.TaggedUnion({
  Run: {
    function: Schema.String,
    sampler: Schema.String,
    seed: Schema.Int,
    budgets: Schema.Array(Schema.Int)
  },
  Time: { sampler: Schema.String, trials: Schema.Int, repetitions: Schema.Int }
})
export type Job = typeof Job.Type

/** Regrets after each budget, or milliseconds of each suggestion. */
export interface Answer {
  readonly figures: ReadonlyArray<number>
}

/** Times are taken in six dimensions. */
const TIMED = "hartmann6"

const answer = (job: Job): Answer => {
  const sampler = Result.getOrThrowWith(Samplers.decode({ name: job.sampler, options: {} }), (error) => error)
  return Job.match(job, {
    Run: (run) => ({ figures: entryOf(run.function).regrets(sampler, run.seed, run.budgets) }),
    Time: (time) => ({ figures: entryOf(TIMED).times(sampler, time.trials, time.repetitions) })
  })
}

if (process.send !== undefined) {
  process.on("message", (message) => {
    process.send?.(answer(Schema.decodeUnknownSync(Job)(message)))
  })
  process.on("disconnect", () => process.exit(0))
}
