/**
 * The final tally of a consensus: who voted what, and what the group has decided.
 *
 * Thresholds and weights are exact: a number counts as the decimal it is written as. `rule` is `majority` without weights
 * and `weighted` with them; these two differ in their name only: with `weights` shares are by weight, without by head.
 * `unanimous` has no thresholds of its own choice, so `acceptAt` and `rejectAt` are refused beside it; heads decide it, and
 * `weights` change the shares alone. `participants` as a number means that many voters, whatever their ids. A `quorum` may be
 * 0, and may be beyond all participants: then no votes are ever enough.
 *
 * **Guarantees** The order of `votes` never matters. A second vote of one voter, a voter who is no participant, a weight of
 * nobody, and a participant without a weight are refused with their place.
 *
 * **Example**
 *
 * ```ts
 * import { ConsensusTally } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * const votes = [
 *   { voter: "ada", vote: "accept" },
 *   { voter: "bob", vote: "accept" },
 *   { voter: "cleo", vote: "abstain" }
 * ]
 * Result.getOrThrow(ConsensusTally.calculator.solve({ participants: 3, votes })).decision
 * // => { outcome: "accept", acceptShare: "2/3", rejectShare: "0", votesCounted: 3, quorum: 2 }
 * ```
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import type { Answer, Calculator } from "../calculator/Calculator.ts"
import * as Amount from "../input/Amount.ts"
import * as Refusal from "../input/Refusal.ts"
import { Name } from "../internal/name.ts"
import { fromWritten } from "../internal/writtenDecimal.ts"
import * as Consensus from "./Consensus.ts"
import * as WeightedConsensus from "./WeightedConsensus.ts"

/** The input of `mabeam vote consensus`. */
export const Inputs = Schema.Struct({
  participants: Schema.Union([Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)), Schema.NonEmptyArray(Name)]),
  votes: Schema.Array(Schema.Struct({ voter: Name, vote: Schema.Literals(["accept", "reject", "abstain"]) })),
  rule: Schema.optionalKey(Schema.Literals(["majority", "unanimous", "weighted"])),
  weights: Schema.optionalKey(Schema.Record(Name, Amount.Amount)),
  base: Schema.optionalKey(Schema.Literals(["participants", "cast"])),
  quorum: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))),
  acceptAt: Schema.optionalKey(Amount.Amount),
  rejectAt: Schema.optionalKey(Amount.Amount)
})
export type Inputs = typeof Inputs.Type

const invalid = (path: Refusal.Place, because: string) => new Refusal.InvalidFormat({ path, because })

const headsOf = ({ participants }: Inputs): number =>
  typeof participants === "number" ? participants : participants.length

const judgeWeights = ({ participants, rule, weights }: Inputs, heads: number): Refusal.Common | undefined => {
  if (weights === undefined) {
    return rule === "weighted"
      ? invalid(["weights"], "the weighted rule needs the weight of every participant")
      : undefined
  }
  const names = Object.keys(weights)
  if (typeof participants !== "number") {
    const known = new Set<string>(participants)
    const stranger = names.find((name) => !known.has(name))
    if (stranger !== undefined) {
      return new Refusal.UnknownName({ path: ["weights", stranger], name: stranger, known: "the participants" })
    }
    const missing = participants.find((name) => !Object.hasOwn(weights, name))
    if (missing !== undefined) return invalid(["weights", missing], "every participant needs a weight")
  }
  if (names.length > heads) return new Refusal.TooLarge({ path: ["weights"], size: names.length, limit: heads })
  return names.length < heads
    ? invalid(["weights"], `${names.length} weights for ${heads} participants; every participant needs one`)
    : undefined
}

const judgeThresholds = (inputs: Inputs): Refusal.Common | undefined => {
  for (const key of ["acceptAt", "rejectAt"] as const) {
    const share = inputs[key]
    if (share === undefined) continue
    if (inputs.rule === "unanimous") return invalid([key], "the unanimous rule has no thresholds")
    const exact = fromWritten(share)
    const isShare = exact.compare(0) > 0 && exact.compare(1) <= 0
    if (!isShare) return invalid([key], `${JSON.stringify(share)} is not a share; give more than 0 and at most 1`)
  }
  return undefined
}

const judgeVotes = ({ participants, votes, weights }: Inputs, heads: number): Refusal.Common | undefined => {
  const duplicate = Refusal.duplicateOf(
    votes.map(({ voter }) => voter),
    (index) => ["votes", index, "voter"]
  )
  if (duplicate !== undefined) return duplicate
  const names = typeof participants === "number" ? weights && Object.keys(weights) : participants
  if (names === undefined) {
    return votes.length > heads
      ? new Refusal.TooLarge({ path: ["votes"], size: votes.length, limit: heads })
      : undefined
  }
  const known = new Set<string>(names)
  const index = votes.findIndex(({ voter }) => !known.has(voter))
  const stranger = votes[index]
  if (stranger === undefined) return undefined
  return new Refusal.UnknownName({ path: ["votes", index, "voter"], name: stranger.voter, known: "the participants" })
}

/** Judges decoded inputs; gives the first offence. */
const judge = (inputs: Inputs): Refusal.Common | undefined => {
  const { participants } = inputs
  const heads = headsOf(inputs)
  const duplicate =
    typeof participants === "number" ? undefined : Refusal.duplicateOf(participants, (index) => ["participants", index])
  return duplicate ?? judgeWeights(inputs, heads) ?? judgeThresholds(inputs) ?? judgeVotes(inputs, heads)
}

/** Tallies judged inputs. */
const tally = (inputs: Inputs): Answer => {
  const { rule, votes, ...options } = inputs
  const terms = WeightedConsensus.terms({ ...options, isUnanimous: rule === "unanimous" })
  const state = votes.reduce((state, vote) => WeightedConsensus.step(state, vote)[0], WeightedConsensus.initial(terms))
  return {
    decision: {
      outcome: WeightedConsensus.outcome(state),
      ...WeightedConsensus.shares(state),
      votesCounted: Consensus.cast(state.heads),
      quorum: terms.quorum
    }
  }
}

const decodeInputs = Refusal.decode(Inputs)

/** `mabeam vote consensus`. Its `rule` is part of the input. */
export const calculator: Calculator = {
  name: "consensus",
  version: 1,
  solve: (input) =>
    Result.flatMap(decodeInputs(input), (inputs): Result.Result<Answer, Refusal.Common> => {
      const offence = judge(inputs)
      return offence === undefined ? Result.succeed(tally(inputs)) : Result.fail(offence)
    })
}
