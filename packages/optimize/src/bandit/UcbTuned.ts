/**
 * UCB1-tuned: the arm with the largest upper confidence bound, narrowed by the variance seen (P. Auer, N. Cesa-Bianchi, P. Fischer,
 * "Finite-time analysis of the multiarmed bandit problem", Machine Learning 47, 2002, section 4).
 *
 * Each arm is pulled once; then the one with the largest `mean + sqrt(ln n / k * min(1/4, variance + sqrt(2 ln n / k)))`, where `n`
 * counts all pulls and `k` those of the arm.
 *
 * **Guarantees** What holds for every policy (see `Bandit`). No chance at all: the seed does not matter.
 *
 * **Does not guarantee** A proven bound of regret: the paper proves one for the untuned rule and finds this one better on every
 * distribution tried. Rewards that change over time: use `Exp3`.
 *
 * **Example**
 *
 * ```ts
 * import { UcbTuned } from "@mabeam/optimize"
 * import { Result } from "effect"
 *
 * let state = Result.getOrThrow(UcbTuned.make({ arms: ["tpe", "random"] }))
 * for (let i = 0; i < 100; i++) {
 *   const arm = UcbTuned.choose(state)
 *   state = Result.getOrThrow(UcbTuned.reward(state, arm, arm === "tpe" ? 0.7 : 0.4))
 * }
 * state.arms.map(({ name, pulls }) => `${name} ${pulls}`) // => ["random 7", "tpe 93"]
 * ```
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import type { InvalidOptions } from "../sampler/Sampler.ts"
import { armFields, armsOf, begin, best, hasRange, placed, pulled, settings, stateFields } from "./Bandit.ts"
import type { InvalidReward, UnknownArm } from "./Bandit.ts"

/** The settings with their defaults. */
export const Settings = Schema.Struct(settings)
export type Settings = typeof Settings.Type

/** What is known; `spread` is the sum of squared distances from the mean. */
export const State = Schema.Struct({
  ...stateFields,
  policy: Schema.Literal("ucb-tuned"),
  arms: armsOf(Schema.Struct({ ...armFields, mean: Schema.Finite, spread: Schema.Finite }))
}).check(hasRange)
export type State = typeof State.Type

/** Begins. */
export const make = (given: typeof Settings.Encoded): Result.Result<State, InvalidOptions> =>
  Result.map(begin("ucb-tuned", Settings, given, { mean: 0, spread: 0 }), ([, state]) => ({
    ...state,
    policy: "ucb-tuned"
  }))

/** The arm to pull next. */
export const choose = ({ arms, pulls }: State): string =>
  best(arms, ({ mean, pulls: own, spread }) => {
    if (own === 0) return Number.POSITIVE_INFINITY
    const width = Math.log(pulls) / own
    return mean + Math.sqrt(width * Math.min(0.25, spread / own + Math.sqrt(2 * width)))
  })

/** What a pull gave. */
export const reward = (state: State, arm: string, value: number): Result.Result<State, UnknownArm | InvalidReward> =>
  Result.map(placed(state, arm, value), ([index, x]) =>
    pulled<State["arms"][number], State>(state, index, ({ mean, pulls, spread }) => {
      // B. P. Welford, "Note on a method for calculating corrected sums of squares and products", Technometrics 4(3), 1962.
      const next = mean + (x - mean) / (pulls + 1)
      return { mean: next, spread: spread + (x - mean) * (x - next) }
    })
  )
