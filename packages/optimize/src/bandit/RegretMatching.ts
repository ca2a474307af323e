/**
 * Regret matching: each arm in proportion to how much it is regretted not to have pulled it (S. Hart, A. Mas-Colell, "A simple
 * adaptive procedure leading to correlated equilibrium", Econometrica 68(5), 2000; here for unconditional regrets, their section 4).
 *
 * `observe` takes what each arm would have given, `reward` what the pulled one gave: then the others are estimated by weighing it
 * with its probability (S. Hart, A. Mas-Colell, "A reinforcement procedure leading to correlated equilibrium", 2001), for which a share
 * `exploration` of the pulls is drawn evenly. `division` divides slots by the same proportions without any luck.
 *
 * **Guarantees** What holds for every policy (see `Bandit`). With `observe` and without exploration, the regret of the proportions against
 * the best arm after `t` rounds is at most `sqrt(k t)`, in units of the range, whatever the rewards.
 *
 * **Does not guarantee** A bound with `reward` alone: it holds on average and in the long run.
 *
 * **Example**
 *
 * ```ts
 * import { RegretMatching } from "@mabeam/optimize"
 * import { Result } from "effect"
 *
 * let state = Result.getOrThrow(RegretMatching.make({ arms: ["gp", "random", "tpe"], exploration: 0.3 }))
 * const gains = new Map([["gp", 0.6], ["random", 0.1], ["tpe", 0.5]])
 * for (let round = 0; round < 5; round++) state = Result.getOrThrow(RegretMatching.observe(state, gains))
 * const slots = [...RegretMatching.division(state, 10)]
 * slots // => [["gp", 8], ["random", 1], ["tpe", 1]]
 * ```
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import { real, withDefault } from "../internal/optionSchema.ts"
import type { InvalidOptions } from "../sampler/Sampler.ts"
import { armFields, armsOf, begin, drawn, hasRange, placed, pulled, salts, settings, stateFields } from "./Bandit.ts"
import type { InvalidReward, UnknownArm } from "./Bandit.ts"

const exploration = real(0, 1)

/** The settings with their defaults. */
export const Settings = Schema.Struct({
  ...settings,
  /** The share that is drawn, or divided, evenly. 0 … 1, default 0.1; with `reward` alone, above 0. */
  exploration: withDefault(exploration, 0.1)
})
export type Settings = typeof Settings.Type

/** What is known: how much more each arm would have given. */
export const State = Schema.Struct({
  ...stateFields,
  policy: Schema.Literal("regret-matching"),
  exploration,
  arms: armsOf(Schema.Struct({ ...armFields, regret: Schema.Finite }))
}).check(hasRange)
export type State = typeof State.Type

/** Begins. */
export const make = (given: typeof Settings.Encoded): Result.Result<State, InvalidOptions> =>
  Result.map(begin("regret-matching", Settings, given, { regret: 0 }), ([{ exploration }, state]) => ({
    ...state,
    policy: "regret-matching",
    exploration
  }))

/** The proportions, by name: those of the positive regrets, even while there are none. */
export const probabilities = ({ arms, exploration }: State): ReadonlyArray<number> => {
  const sum = arms.reduce((all, { regret }) => all + Math.max(0, regret), 0)
  const even = 1 / arms.length
  return arms.map(({ regret }) =>
    sum > 0 ? ((1 - exploration) * Math.max(0, regret)) / sum + exploration * even : even
  )
}

/** The arm to pull next. */
export const choose = (state: State): string => drawn(state, probabilities(state), salts.regret)

/** Divides slots by the proportions: whole parts first, the rest by the largest remainders (A. Hamilton's method). */
export const division = (state: State, slots: number): ReadonlyMap<string, number> => {
  const shares = probabilities(state).map((probability) => probability * slots)
  // A share that rounding puts just below a whole number is that number.
  const parts = shares.map((share) => Math.floor(share + 1e-9))
  const rest = Math.max(0, slots - parts.reduce((all, part) => all + part, 0))
  const order = shares.map((_, i) => i).sort((a, b) => shares[b]! - parts[b]! - (shares[a]! - parts[a]!) || a - b)
  for (const index of order.slice(0, rest)) parts[index]!++
  return new Map(state.arms.map(({ name }, i) => [name, parts[i]!]))
}

/** What each arm gave, or would have given; each must be there. */
export const observe = (
  state: State,
  values: ReadonlyMap<string, number>
): Result.Result<State, UnknownArm | InvalidReward> =>
  Result.gen(function* () {
    for (const name of values.keys()) yield* placed(state, name, state.low)
    const gains: Array<number> = []
    for (const { name } of state.arms) {
      const [, gain] = yield* placed(state, name, values.get(name) ?? Number.NaN)
      gains.push(gain)
    }
    const expected = probabilities(state).reduce((sum, probability, i) => sum + probability * gains[i]!, 0)
    const arms = state.arms.map((arm, i) => ({ ...arm, regret: arm.regret + gains[i]! - expected }))
    return { ...state, pulls: state.pulls + 1, arms }
  })

/** What a pull gave. */
export const reward = (state: State, arm: string, value: number): Result.Result<State, UnknownArm | InvalidReward> =>
  Result.map(placed(state, arm, value), ([index, x]) => {
    const probability = probabilities(state)[index]!
    const estimate = probability > 0 ? x / probability : x
    const next = pulled<State["arms"][number], State>(state, index, () => ({}))
    const arms = next.arms.map((each, i) => ({ ...each, regret: each.regret + (i === index ? estimate : 0) - x }))
    return { ...next, arms }
  })
