/**
 * Thompson sampling: each arm as often as it is believed to be the best one (W. R. Thompson, "On the likelihood that one unknown
 * probability exceeds another in view of the evidence of two samples", Biometrika 25, 1933).
 *
 * A mean is drawn for each arm from what is believed of it, and the arm with the largest is pulled. With `model: "bernoulli"` beliefs
 * are beta distributions and a reward between the ends of the range is tossed to one of them, as often as it is near it (S. Agrawal,
 * N. Goyal, "Analysis of Thompson sampling for the multi-armed bandit problem", COLT 2012). With `"gaussian"` they are
 * normal ones around `sum / (k + 1)` with variance `1 / (k + 1)`, in units of the range (S. Agrawal, N. Goyal, "Further optimal
 * regret bounds for Thompson sampling", AISTATS 2013).
 *
 * **Guarantees** What holds for every policy (see `Bandit`).
 *
 * **Example**
 *
 * ```ts
 * import { Thompson } from "@mabeam/optimize"
 * import { Result } from "effect"
 *
 * let state = Result.getOrThrow(Thompson.make({ arms: ["a", "b", "c"], seed: 1 }))
 * const chances = new Map([["a", 0.2], ["b", 0.5], ["c", 0.8]])
 * for (let i = 0; i < 300; i++) {
 *   const arm = Thompson.choose(state)
 *   const succeeds = ((i * 7) % 10) / 10 < (chances.get(arm) ?? 0)
 *   state = Result.getOrThrow(Thompson.reward(state, arm, succeeds ? 1 : 0))
 * }
 * const mostPulled = state.arms.toSorted((a, b) => b.pulls - a.pulls)[0]
 * mostPulled?.name // => "c"
 * ```
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import * as GammaDraw from "../internal/gammaDraw.ts"
import { real, withDefault } from "../internal/optionSchema.ts"
import * as RandomStream from "../internal/random.ts"
import type { InvalidOptions } from "../sampler/Sampler.ts"
import {
  armFields,
  armsOf,
  begin,
  best,
  luck,
  hasRange,
  placed,
  pulled,
  salts,
  settings,
  stateFields
} from "./Bandit.ts"
import type { InvalidReward, UnknownArm } from "./Bandit.ts"

const own = {
  /** What is believed of an arm. Default `bernoulli`. */
  model: Schema.Literals(["bernoulli", "gaussian"]),
  /** Of `bernoulli`: successes and failures that are taken as seen before the first pull. Above 0 … 1,000,000, default 1. */
  priorSuccesses: real(1e-6, 1e6),
  priorFailures: real(1e-6, 1e6)
}

/** The settings with their defaults. */
export const Settings = Schema.Struct({
  ...settings,
  model: withDefault(own.model, "bernoulli"),
  priorSuccesses: withDefault(own.priorSuccesses, 1),
  priorFailures: withDefault(own.priorFailures, 1)
})
export type Settings = typeof Settings.Type

/** What is known; `sum` is that of the rewards, tossed ones with `bernoulli`. */
export const State = Schema.Struct({
  ...stateFields,
  ...own,
  policy: Schema.Literal("thompson"),
  arms: armsOf(
    Schema.Struct({ ...armFields, sum: Schema.Finite }).check(
      // Beyond that, the beta distribution has no shape.
      Schema.makeFilter(({ pulls, sum }) => (sum >= 0 && sum <= pulls) || "sum is not from 0 to pulls")
    )
  )
}).check(hasRange)
export type State = typeof State.Type

/** Begins. */
export const make = (given: typeof Settings.Encoded): Result.Result<State, InvalidOptions> =>
  Result.map(begin("thompson", Settings, given, { sum: 0 }), ([{ model, priorFailures, priorSuccesses }, state]) => ({
    ...state,
    policy: "thompson",
    model,
    priorSuccesses,
    priorFailures
  }))

/** The arm to pull next. */
export const choose = (state: State): string =>
  best(state.arms, ({ pulls, sum }, index) => {
    const random = luck(state, salts.thompson, index)
    return state.model === "gaussian"
      ? sum / (pulls + 1) + GammaDraw.normal(random) / Math.sqrt(pulls + 1)
      : GammaDraw.beta(random, state.priorSuccesses + sum, state.priorFailures + pulls - sum)
  })

/** What a pull gave. */
export const reward = (state: State, arm: string, value: number): Result.Result<State, UnknownArm | InvalidReward> =>
  Result.map(placed(state, arm, value), ([index, x]) => {
    const toss = () => (RandomStream.uniform(luck(state, salts.coin)) < x ? 1 : 0)
    const gain = state.model === "gaussian" || x === 0 || x === 1 ? x : toss()
    return pulled<State["arms"][number], State>(state, index, ({ sum }) => ({ sum: sum + gain }))
  })
