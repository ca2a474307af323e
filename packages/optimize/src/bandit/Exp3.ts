/**
 * EXP3: exponential weights for rewards that anybody may have chosen (P. Auer, N. Cesa-Bianchi, Y. Freund, R. E. Schapire, "The
 * nonstochastic multiarmed bandit problem", SIAM J. Comput. 32(1), 2002, section 3).
 *
 * An arm is drawn with `p = (1 - gamma) w / sum(w) + gamma / k`, and its weight multiplied by `exp(gamma x / (p k))`. Weights are
 * kept as logarithms, so none overflows.
 *
 * **Guarantees** What holds for every policy (see `Bandit`). With `gamma` from a `horizon` of `g` pulls, the expected regret against the
 * best single arm after them is at most `2 sqrt(e - 1) sqrt(g k ln k)`, in units of the range, whatever the rewards (the paper's
 * corollary 3.2).
 *
 * **Does not guarantee** That bound for pulls in flight: a reward is weighed with the probabilities of the state that it comes to.
 *
 * **Example**
 *
 * ```ts
 * import { Exp3 } from "@mabeam/optimize"
 * import { Result } from "effect"
 *
 * let state = Result.getOrThrow(Exp3.make({ arms: ["a", "b"], horizon: 1_000, seed: 3 }))
 * for (let i = 0; i < 1_000; i++) {
 *   const arm = Exp3.choose(state)
 *   state = Result.getOrThrow(Exp3.reward(state, arm, arm === "b" ? 0.8 : 0.3))
 * }
 * const [a = 0, b = 0] = Exp3.probabilities(state)
 * b > 10 * a // => true
 * ```
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import { real, whole, withDefault } from "../internal/optionSchema.ts"
import type { InvalidOptions } from "../sampler/Sampler.ts"
import { armFields, armsOf, begin, drawn, hasRange, placed, pulled, salts, settings, stateFields } from "./Bandit.ts"
import type { InvalidReward, UnknownArm } from "./Bandit.ts"

const gamma = real(1e-9, 1)

/** The settings with their defaults. */
export const Settings = Schema.Struct({
  ...settings,
  /** The share of even draws. Above 0 … 1. Default: the best one for `horizon`. */
  gamma: Schema.optionalKey(gamma),
  /** How many pulls are expected. 1 … 2^40, default 1,000. */
  horizon: withDefault(whole(1, 2 ** 40), 1_000)
})
export type Settings = typeof Settings.Type

/** What is known. */
export const State = Schema.Struct({
  ...stateFields,
  policy: Schema.Literal("exp3"),
  gamma,
  arms: armsOf(Schema.Struct({ ...armFields, logWeight: Schema.Finite }))
}).check(hasRange)
export type State = typeof State.Type

/** Begins. */
export const make = (given: typeof Settings.Encoded): Result.Result<State, InvalidOptions> =>
  Result.map(begin("exp3", Settings, given, { logWeight: 0 }), ([{ arms, gamma, horizon }, state]) => {
    const k = arms.length
    // A single arm has nothing to explore; the smallest share stands for none.
    const fitting = Math.max(1e-9, Math.min(1, Math.sqrt((k * Math.log(k)) / ((Math.E - 1) * horizon))))
    return { ...state, policy: "exp3", gamma: gamma ?? fitting }
  })

/** With which probability each arm is drawn, by name. */
export const probabilities = ({ arms, gamma }: State): ReadonlyArray<number> => {
  const highest = arms.reduce((most, { logWeight }) => Math.max(most, logWeight), Number.NEGATIVE_INFINITY)
  const weights = arms.map(({ logWeight }) => Math.exp(logWeight - highest))
  const sum = weights.reduce((all, weight) => all + weight, 0)
  return weights.map((weight) => ((1 - gamma) * weight) / sum + gamma / arms.length)
}

/** The arm to pull next. */
export const choose = (state: State): string => drawn(state, probabilities(state), salts.exp3)

/** What a pull gave. */
export const reward = (state: State, arm: string, value: number): Result.Result<State, UnknownArm | InvalidReward> =>
  Result.map(placed(state, arm, value), ([index, x]) => {
    const step = (state.gamma * x) / (probabilities(state)[index]! * state.arms.length)
    const next = pulled<State["arms"][number], State>(state, index, ({ logWeight }) => ({
      logWeight: logWeight + step
    }))
    // Only differences count: with the highest at 0 they stay exact however long it goes on.
    const highest = next.arms.reduce((most, { logWeight }) => Math.max(most, logWeight), Number.NEGATIVE_INFINITY)
    return { ...next, arms: next.arms.map((each) => ({ ...each, logWeight: each.logWeight - highest })) }
  })
