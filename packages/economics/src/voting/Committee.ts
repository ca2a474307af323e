/**
 * Committees of a given size elected by approval ballots.
 *
 * All rules here are resolute: among equals the candidate listed first in `candidates` goes first, and `tie` says whether
 * that was needed. `scores` holds exact fractions for the elected; each rule's module says what they measure.
 *
 * **Guarantees** The committee has exactly the asked number of seats, listed in the order of `candidates`. `jr`, `pjr` and
 * `ejr` say whether this committee represents large groups justly (see `Representation`).
 *
 * **Does not guarantee** An answer for any size: above 100 seats, or above 10 million approvals times seats, `TooLarge`.
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import type { Answer, Calculator } from "../calculator/Calculator.ts"
import * as Amount from "../input/Amount.ts"
import * as Refusal from "../input/Refusal.ts"
import * as Approvals from "./Approvals.ts"
import * as RankedRule from "./RankedRule.ts"
import * as Representation from "./Representation.ts"
import type { Ratio } from "../internal/bigRatio.ts"

/** The most seats of a committee. */
export const seatsMax = 100

/** The most approvals, counted once for voters of one mind, times seats. */
export const workMax = 10_000_000

/** The input of every committee rule. */
export const Inputs = Schema.Struct({
  ...Approvals.Inputs.fields,
  seats: Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))
})

/** Judged approvals and the number of seats, at most as many as there are candidates. */
export interface Profile extends Approvals.Profile {
  readonly seats: number
}

/** Who is elected, in the order of election, each with a score. */
export interface Elected {
  readonly members: ReadonlyArray<readonly [candidate: number, score: Ratio]>
  /** Whether the order of the candidates has decided a choice. */
  readonly tie: boolean
}

/** Elects a committee or says that it would take too long. */
export type Elect = (profile: Profile) => Result.Result<Elected, Refusal.TooLarge>

const decodeInputs = Refusal.decode(Inputs)

/** Decodes `Inputs` from outside and judges them. */
export const decode = (input: unknown): Result.Result<Profile, Refusal.Common> =>
  Result.flatMap(decodeInputs(input), ({ seats, ...inputs }) =>
    Result.flatMap(Approvals.profile(inputs), (judged): Result.Result<Profile, Refusal.TooLarge> => {
      const limit = Math.min(seatsMax, judged.candidates.length)
      if (seats > limit) return Result.fail(new Refusal.TooLarge({ path: ["seats"], size: seats, limit }))
      const work = seats * judged.groups.reduce((sum, group) => sum + group.approved.length, 0)
      return work > workMax
        ? Result.fail(new Refusal.TooLarge({ path: ["approvals"], size: work, limit: workMax }))
        : Result.succeed({ ...judged, seats })
    })
  )

/** A committee rule as a calculator. */
export const calculatorOf = (name: string, elect: Elect): Calculator => ({
  name,
  version: 1,
  solve: (input) =>
    Result.flatMap(decode(input), (profile): Result.Result<Answer, Refusal.TooLarge> =>
      Result.map(elect(profile), ({ members, tie }) => {
        const nameOf = (candidate: number) => profile.candidates[candidate]!
        const sorted = members.toSorted(([a], [b]) => a - b)
        const scores = sorted.map(([candidate, { above, below }]) => [
          nameOf(candidate),
          Amount.fractionOf(above, below)
        ])
        const committee = sorted.map(([candidate]) => candidate)
        return {
          decision: {
            winners: committee.map(nameOf),
            scores: Object.fromEntries(scores),
            tie,
            ...Representation.judge(profile, committee)
          },
          tieBreak: RankedRule.tieBreak
        }
      })
    )
})
