/**
 * All voting rules at once, and each by its name.
 *
 * `all` takes `ballots`, or `approvals`, or both, and with `approvals` also `seats`. It answers an object by rule: for the
 * rules over rankings and for approval voting, and with `seats` for the committee rules. A rule that refuses the ballots, or
 * has none of its kind, holds `{ error: { tag, message, path } }`.
 *
 * **Guarantees** What `all` holds for a rule is the decision that the rule alone gives, with its `tieBreak` if it has one.
 *
 * **Example**
 *
 * ```ts
 * import { AllRules } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * const ballots = [{ count: 1, ranking: [["a", "b"]] }]
 * const { decision } = Result.getOrThrow(AllRules.calculator.solve({ candidates: ["a", "b"], ballots }))
 * const { borda, plurality } = decision
 * JSON.stringify(borda).slice(0, 23) // => '{"winners":["a","b"],"s'
 * JSON.stringify(plurality).slice(0, 30) // => '{"error":{"tag":"WeakRanking",'
 * ```
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import type { Answer, Calculator, JsonObject } from "../calculator/Calculator.ts"
import * as Refusal from "../input/Refusal.ts"
import * as Approvals from "./Approvals.ts"
import * as Ballots from "./Ballots.ts"
import * as Borda from "./Borda.ts"
import * as Committee from "./Committee.ts"
import * as Condorcet from "./Condorcet.ts"
import * as Copeland from "./Copeland.ts"
import * as EqualShares from "./EqualShares.ts"
import * as InstantRunoff from "./InstantRunoff.ts"
import * as Kemeny from "./Kemeny.ts"
import * as Minimax from "./Minimax.ts"
import * as Pairwise from "./Pairwise.ts"
import * as Plurality from "./Plurality.ts"
import * as ProportionalApproval from "./ProportionalApproval.ts"
import * as RankedPairs from "./RankedPairs.ts"
import * as RankedRule from "./RankedRule.ts"
import * as Schulze from "./Schulze.ts"
import * as SequentialPhragmen from "./SequentialPhragmen.ts"
import * as SequentialProportionalApproval from "./SequentialProportionalApproval.ts"
import * as Smith from "./Smith.ts"

/** The rules over rankings. */
export const ranked: ReadonlyArray<RankedRule.RankedRule> = [
  Plurality.rule,
  InstantRunoff.rule,
  Borda.rule,
  Copeland.rule,
  ...Schulze.rules,
  ...RankedPairs.rules,
  ...Minimax.rules,
  Kemeny.rule,
  Condorcet.rule,
  Smith.rule
]

/** The rules that elect committees. */
export const committees: ReadonlyArray<Calculator> = [
  ProportionalApproval.calculator,
  SequentialProportionalApproval.calculator,
  SequentialPhragmen.calculator,
  EqualShares.calculator
]

const Inputs = Schema.Struct({
  candidates: Ballots.Candidates,
  ballots: Schema.optionalKey(Ballots.Inputs.fields.ballots),
  approvals: Schema.optionalKey(Approvals.Inputs.fields.approvals),
  seats: Schema.optionalKey(Committee.Inputs.fields.seats)
})
type Inputs = typeof Inputs.Type

const decodeInputs = Refusal.decode(Inputs)

type Entry = readonly [rule: string, answered: Result.Result<Answer, Refusal.Refusal>]

const missing = (key: string) => Result.fail(new Refusal.InvalidFormat({ path: [key], because: "Missing key" }))

const rankedEntries = (inputs: Inputs): Result.Result<ReadonlyArray<Entry>, Refusal.Common> => {
  const { ballots, candidates } = inputs
  if (ballots === undefined) return Result.succeed(ranked.map(({ name }) => [name, missing("ballots")]))
  return Result.map(Ballots.elect({ candidates, ballots }), (election) => {
    const matrix = Pairwise.count(election)
    const pairwise = Pairwise.encode(candidates, matrix)
    return ranked.map((rule) => [rule.name, RankedRule.answer(rule, election, matrix, pairwise)])
  })
}

const approvalEntries = ({
  approvals,
  candidates,
  seats
}: Inputs): Result.Result<ReadonlyArray<Entry>, Refusal.Common> => {
  const { calculator } = Approvals
  if (approvals === undefined) return Result.succeed([[calculator.name, missing("approvals")]])
  const inputs = { candidates, approvals }
  return Result.map(Approvals.profile(inputs), () => [
    [calculator.name, calculator.solve(inputs)],
    ...(seats === undefined ? [] : committees.map(({ name, solve }): Entry => [name, solve({ ...inputs, seats })]))
  ])
}

const shown = (answered: Result.Result<Answer, Refusal.Refusal>): JsonObject => {
  if (Result.isFailure(answered)) {
    const { _tag: tag, message, path } = answered.failure
    return { error: { tag, message, path } }
  }
  const { decision, tieBreak } = answered.success
  return tieBreak === undefined ? decision : { ...decision, tieBreak }
}

/** `all` of `mabeam vote tally`. */
export const calculator: Calculator = {
  name: "all",
  version: 1,
  solve: (input) =>
    Result.flatMap(decodeInputs(input), (inputs): Result.Result<Answer, Refusal.Refusal> => {
      if (inputs.ballots === undefined && inputs.approvals === undefined) return missing("ballots")
      if (inputs.seats !== undefined && inputs.approvals === undefined) return missing("approvals")
      return Result.flatMap(rankedEntries(inputs), (rankings) =>
        Result.map(approvalEntries(inputs), (approvals) => ({
          decision: Object.fromEntries([...rankings, ...approvals].map(([rule, answered]) => [rule, shown(answered)]))
        }))
      )
    })
}

/** Everything that `mabeam vote tally` knows, by `rule`. */
export const calculators: ReadonlyArray<Calculator> = [
  ...ranked.map(RankedRule.calculatorOf),
  Approvals.calculator,
  ...committees,
  calculator
]
