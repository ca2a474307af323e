/**
 * What bandits are: pure policies that choose which arm to pull next, and learn from what it gave.
 *
 * Each policy is a module with `make`, `choose` and `reward`. A state is plain data: it can be written as JSON and read again with
 * the module's `State` schema. Rewards lie in a declared range and count by their place in it.
 *
 * **Guarantees** of every policy in this package: `choose` changes nothing and answers the same for the same state; its luck comes from the
 * seed and the number of rewards so far. Arms are a set: the order in which they are given does not matter. Rewards and range
 * scaled or shifted together give the same choices (up to rounding). Of equal arms, the one whose name sorts first.
 *
 * **Does not guarantee** Different arms for pulls in flight: two choices without a reward between them are the same arm.
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import { withDefault } from "../internal/optionSchema.ts"
import * as RandomStream from "../internal/random.ts"
import { InvalidOptions, parseOptions } from "../sampler/Sampler.ts"

/** No arm has this name. */
export class UnknownArm extends Schema.TaggedError<UnknownArm>("@mabeam/optimize/Bandit/UnknownArm")("UnknownArm", {
  arm: Schema.String,
  known: Schema.Array(Schema.String)
}) {
  override get message() {
    const more = this.known.length > 10 ? ", …" : ""
    return `there is no arm "${this.arm}"; there are ${this.known.slice(0, 10).join(", ")}${more}`
  }
}

/** A reward is not a number in the declared range, or is missing. */
export class InvalidReward extends Schema.TaggedError<InvalidReward>("@mabeam/optimize/Bandit/InvalidReward")(
  "InvalidReward",
  {
    arm: Schema.String,
    // @effect-diagnostics-next-line schemaNumber:off -- it shows the value at fault
    value: Schema.Number,
    low: Schema.Finite,
    high: Schema.Finite
  }
) {
  override get message() {
    return `${this.arm}: the reward ${this.value} is not from ${this.low} to ${this.high}`
  }
}

/** Most arms of a bandit. */
export const ARMS_MAX = 10_000

/** What every policy is told. */
export const settings = {
  /** The names of the arms: 1 … 10,000, each once. */
  arms: Schema.Array(Schema.String).check(Schema.isMinLength(1), Schema.isMaxLength(ARMS_MAX)),
  /** A safe integer. Default 0. */
  seed: withDefault(Schema.Int, 0),
  /** The least reward. Default 0. */
  low: withDefault(Schema.Finite, 0),
  /** The largest reward, above the least. Default 1. */
  high: withDefault(Schema.Finite, 1)
}

/** A whole number from 0 on. */
export const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/** What every state has; `A` is what is known of an arm. */
export interface State<A extends Arm = Arm> {
  readonly seed: number
  readonly low: number
  readonly high: number
  /** Rewards so far. */
  readonly pulls: number
  /** By name. */
  readonly arms: ReadonlyArray<A>
}

/** What every arm has. */
export interface Arm {
  readonly name: string
  readonly pulls: number
}

/** The fields of a state's schema. */
export const stateFields = { seed: Schema.Int, low: Schema.Finite, high: Schema.Finite, pulls: Count }

/** The fields of an arm's schema. */
export const armFields = { name: Schema.String, pulls: Count }

/** The arms of a state's schema: there is one at least. */
export const armsOf = <S extends Schema.Top>(arm: S) =>
  Schema.Array(arm).check(Schema.isMinLength(1), Schema.isMaxLength(ARMS_MAX))

/** A state's range is one. */
export const hasRange = Schema.makeFilter<{ readonly low: number; readonly high: number }>(
  ({ high, low }) => (low < high && Number.isFinite(high - low)) || "high is not above low"
)

/** What the settings of every policy have. */
export type Common = Schema.Struct<typeof settings>["Type"]

/** Begins a state from parsed settings; `fresh` is what is known of an arm that nobody has pulled. */
export const begin = <T extends Common, F extends object>(
  policy: string,
  schema: Schema.ConstraintDecoder<T>,
  given: unknown,
  fresh: F
): Result.Result<readonly [settings: T, state: State<Arm & F>], InvalidOptions> =>
  Result.flatMap(parseOptions(policy, schema, given), (parsed) => {
    const refuse = (path: string, problem: string) =>
      Result.fail(new InvalidOptions({ owner: policy, path: [path], problem }))
    const { arms, high, low, seed } = parsed
    const names = arms.toSorted()
    const twice = names.find((name, i) => name === names[i + 1])
    if (twice !== undefined) return refuse("arms", `"${twice}" is there twice`)
    if (!(low < high)) return refuse("high", `is not above low, ${low}`)
    if (!Number.isFinite(high - low)) return refuse("high", "the range is too wide for a number")
    const state = { seed, low, high, pulls: 0, arms: names.map((name) => ({ name, pulls: 0, ...fresh })) }
    return Result.succeed([parsed, state] as const)
  })

/** The place of an arm and the place of a reward in the range, 0 … 1. */
export const placed = (
  { arms, high, low }: State,
  arm: string,
  value: number
): Result.Result<readonly [index: number, reward: number], UnknownArm | InvalidReward> => {
  const index = arms.findIndex(({ name }) => name === arm)
  if (index < 0) return Result.fail(new UnknownArm({ arm, known: arms.map(({ name }) => name) }))
  if (!(value >= low && value <= high)) return Result.fail(new InvalidReward({ arm, value, low, high }))
  return Result.succeed([index, (value - low) / (high - low)])
}

/** The state after a pull of an arm, which is changed by `learn`. */
export const pulled = <A extends Arm, S extends State<A>>(
  state: S,
  index: number,
  learn: (arm: A) => Partial<A>
): S => ({
  ...state,
  pulls: state.pulls + 1,
  arms: state.arms.with(index, {
    ...state.arms[index]!,
    pulls: state.arms[index]!.pulls + 1,
    ...learn(state.arms[index]!)
  })
})

/** The luck of the next choice; the parts tell apart what draws. */
export const luck = ({ pulls, seed }: State, ...parts: ReadonlyArray<number>): RandomStream.Stream =>
  RandomStream.stream(seed, pulls, ...parts)

/** The first of the arms with the largest score. */
export const best = <A extends Arm>(arms: ReadonlyArray<A>, score: (arm: A, index: number) => number): string => {
  let chosen = 0
  let highest = Number.NEGATIVE_INFINITY
  for (const [index, arm] of arms.entries()) {
    const value = score(arm, index)
    if (value > highest) {
      chosen = index
      highest = value
    }
  }
  return arms[chosen]!.name
}

/** An arm drawn with the given probabilities. */
export const drawn = (state: State, probabilities: ReadonlyArray<number>, salt: number): string => {
  let rest = RandomStream.uniform(luck(state, salt))
  for (const [index, probability] of probabilities.entries()) {
    rest -= probability
    if (rest < 0) return state.arms[index]!.name
  }
  // Rounding may leave a rest: it belongs to the last that can be drawn at all.
  return state.arms[probabilities.findLastIndex((probability) => probability > 0)]!.name
}

/** What keeps the luck of the policies apart. */
export const salts = { thompson: 101, coin: 102, exp3: 103, regret: 104 } as const
