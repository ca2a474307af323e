/**
 * A process of the comparison: takes one job after the other from its parent and answers each. It ends with its parent.
 *
 * @since 0.1.0
 */
import { Samplers } from "@mabeam/optimize"
import { Result, Schema } from "effect"
import { entryOf } from "./problems.ts"
import * as Team from "./team.ts"

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

const answer = async (job: Job): Promise<Answer> => {
  if (job._tag === "Run" && job.sampler === Team.NAME) {
    return { figures: await entryOf(job.function).teamRegrets(job.seed, job.budgets) }
  }
  const sampler = Result.getOrThrowWith(Samplers.decode({ name: job.sampler, options: {} }), (error) => error)
  return Job.match(job, {
    Run: (run) => ({ figures: entryOf(run.function).regrets(sampler, run.seed, run.budgets) }),
    Time: (time) => ({ figures: entryOf(TIMED).times(sampler, time.trials, time.repetitions) })
  })
}

if (process.send !== undefined) {
  process.on("message", (message) => {
    const job = Schema.decodeUnknownSync(Job)(message)
    // A failure ends this process, and its parent says at which job.
    void answer(job).then((answered) => process.send?.(answered))
  })
  process.on("disconnect", () => process.exit(0))
}
