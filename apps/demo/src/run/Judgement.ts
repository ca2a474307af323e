/**
 * How an agent votes on a finding: from its own evidence, by a rule that anyone can check.
 *
 * Its evidence are the trials that it won slots for and proposed itself. It asks two things: whether the finding leads what
 * the team has agreed on by more than chance, as its temperament demands; and whether its own best trial is better than
 * the finding. The second counts more: who has something better at hand does not settle for less.
 *
 * @since 0.1.0
 */
import type { Agent } from "@mabeam/core"
import { Schema } from "effect"
import type { Temperament } from "./Bidding.ts"
import { Result } from "./RunEvent.ts"
import { score, standardError } from "./Score.ts"

/** What a proposer puts before the others. */
export const Finding = Schema.Struct({
  job: Schema.String,
  agent: Schema.String,
  result: Result,
  /** The result behind the present values, if there is one. */
  agreed: Schema.optionalKey(Result),
  /** How many rows the results were measured on. */
  rows: Schema.Int
})
export type Finding = typeof Finding.Type

/** A trial of one's own. */
export interface Evidence {
  readonly job: string
  readonly result: Result
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`

/** Votes on a finding. Pure: the same evidence gives the same vote. */
export const judge = (finding: Finding, evidence: ReadonlyArray<Evidence>, temperament: Temperament): Agent.Ballot => {
  const own = evidence.reduce<Evidence | undefined>(
    (best, trial) => (best === undefined || score(trial.result) > score(best.result) ? trial : best),
    undefined
  )
  const found = score(finding.result)
  if (own !== undefined && own.job !== finding.job && score(own.result) > found) {
    return { vote: "reject", because: `my ${own.job} reached ${percent(own.result.accuracy)}` }
  }
  if (finding.agreed === undefined) {
    return { vote: "accept", because: `${percent(finding.result.accuracy)}, and nothing was agreed before` }
  }
  const lead = found - score(finding.agreed)
  const needed = temperament.skepticism * standardError(finding.agreed.accuracy, finding.rows)
  const gain = `${lead >= 0 ? "+" : ""}${(lead * 100).toFixed(2)} points`
  if (lead > needed) return { vote: "accept", because: `leads by ${gain}` }
  // Nothing of one's own to hold against it, and nothing that convinces either.
  if (own === undefined) return { vote: "abstain", because: `leads by ${gain} only, and I have no trial of my own` }
  return { vote: "reject", because: `leads by ${gain} only; I ask for ${(needed * 100).toFixed(2)}` }
}
