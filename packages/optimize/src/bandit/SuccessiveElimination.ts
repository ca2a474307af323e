/**
 * Successive elimination: all arms in turn, without those that are known to be worse (E. Even-Dar, S. Mannor, Y. Mansour, "Action
 * elimination and stopping conditions for the multi-armed bandit and reinforcement learning problems", JMLR 7, 2006, algorithm 3).
 *
 * When every arm that is left has `t` pulls, those are dropped whose mean lies `2 sqrt(ln(5 n t² / delta) / t)` or more below the best.
 *
 * **Guarantees** What holds for every policy (see `Bandit`); no chance at all. With independent rewards, the best arm is never dropped
 * with a probability of `1 - delta`, and an arm that is worse by `gap` is dropped after `O(ln(n / (delta gap)) / gap²)` pulls.
 *
 * **Does not guarantee** Little regret on the way: it is made to find the best arm, not to earn meanwhile.
 *
 * **Example**
 *
 * ```ts
 * import { SuccessiveElimination } from "@mabeam/optimize"
 * import { Option, Result } from "effect"
 *
 * let state = Result.getOrThrow(SuccessiveElimination.make({ arms: ["a", "b", "c"], delta: 0.05 }))
 * while (Option.isNone(SuccessiveElimination.winner(state))) {
 *   const arm = SuccessiveElimination.choose(state)
 *   state = Result.getOrThrow(SuccessiveElimination.reward(state, arm, arm === "b" ? 0.9 : 0.1))
 * }
 * Option.getOrThrow(SuccessiveElimination.winner(state)) // => "b"
 * state.pulls // => 279
 * ```
 *
 * @since 0.1.0
 */
import { Option, Result, Schema } from "effect"
import { real, withDefault } from "../internal/optionSchema.ts"
import type { InvalidOptions } from "../sampler/Sampler.ts"
import { armFields, armsOf, begin, best, hasRange, placed, pulled, settings, stateFields } from "./Bandit.ts"
import type { InvalidReward, UnknownArm } from "./Bandit.ts"

const delta = real(1e-12, 1 - 1e-12)

/** The settings with their defaults. */
export const Settings = Schema.Struct({
  ...settings,
  /** How likely it may be that the best arm is dropped. Above 0 and below 1, default 0.1. */
  delta: withDefault(delta, 0.1)
})
export type Settings = typeof Settings.Type

/** What is known; a dropped arm is not pulled any more. */
export const State = Schema.Struct({
  ...stateFields,
  policy: Schema.Literal("successive-elimination"),
  delta,
  arms: armsOf(Schema.Struct({ ...armFields, mean: Schema.Finite, dropped: Schema.Boolean }))
}).check(
  hasRange,
  Schema.makeFilter(({ arms }) => arms.some(({ dropped }) => !dropped) || "every arm is dropped")
)
export type State = typeof State.Type

/** Begins. */
export const make = (given: typeof Settings.Encoded): Result.Result<State, InvalidOptions> =>
  Result.map(begin("successive-elimination", Settings, given, { mean: 0, dropped: false }), ([{ delta }, state]) => ({
    ...state,
    policy: "successive-elimination",
    delta
  }))

const left = ({ arms }: State) => arms.filter(({ dropped }) => !dropped)

/** The arm to pull next: of those left, the one with the fewest pulls. */
export const choose = (state: State): string => best(left(state), ({ pulls }) => -pulls)

/** The arm that alone is left. */
export const winner = (state: State): Option.Option<string> => {
  const [first, second] = left(state)
  return first === undefined || second !== undefined ? Option.none() : Option.some(first.name)
}

const fewest = (state: State) =>
  left(state).reduce((least, { pulls }) => Math.min(least, pulls), Number.POSITIVE_INFINITY)

const withoutWorse = (state: State): State => {
  const t = fewest(state)
  const width = Math.sqrt(Math.log((5 * state.arms.length * t * t) / state.delta) / t)
  const highest = left(state).reduce((most, { mean }) => Math.max(most, mean), Number.NEGATIVE_INFINITY)
  return {
    ...state,
    arms: state.arms.map((arm) => (highest - arm.mean >= 2 * width && !arm.dropped ? { ...arm, dropped: true } : arm))
  }
}

/** What a pull gave. */
export const reward = (state: State, arm: string, value: number): Result.Result<State, UnknownArm | InvalidReward> =>
  Result.map(placed(state, arm, value), ([index, x]) => {
    const next = pulled<State["arms"][number], State>(state, index, ({ mean, pulls }) => ({
      mean: mean + (x - mean) / (pulls + 1)
    }))
    return fewest(next) > fewest(state) ? withoutWorse(next) : next
  })
