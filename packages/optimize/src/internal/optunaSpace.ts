/**
 * A search space out of the distributions that the trials of an Optuna study were drawn from, conditions included.
 *
 * Optuna defines its spaces by running: it keeps for each trial which parameters were asked for, but not why. A parameter that
 * some finished trials lack is taken to depend on one that was asked for before it, if there is one whose value tells exactly
 * when it is there.
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import * as Condition from "../space/Condition.ts"
import type { Domain, Value } from "../space/Domain.ts"

const Attributes = Schema.Struct({
  low: Schema.optional(Schema.Finite),
  high: Schema.optional(Schema.Finite),
  log: Schema.optional(Schema.Boolean),
  step: Schema.optional(Schema.NullOr(Schema.Finite)),
  q: Schema.optional(Schema.Finite),
  choices: Schema.optional(Schema.Array(Schema.Union([Schema.String, Schema.Finite, Schema.Boolean, Schema.Null])))
})

/** A distribution as Optuna writes it down. */
export const DistributionJson = Schema.fromJsonString(Schema.Struct({ name: Schema.String, attributes: Attributes }))
type DistributionJson = typeof DistributionJson.Type

type Numeric = Extract<Domain, { readonly type: "float" | "int" }>
type Choices = { readonly type: "categorical"; readonly choices: ReadonlyArray<Value> }

/** A distribution in our terms: with choices in Optuna's order, to which stored values are indexes. */
export type Distribution = Numeric | Choices

/** Python's None is no value of ours; its name is the nearest. */
export const NONE = "None"

const float = (low: number, high: number, log: boolean, step?: number | null): Distribution => ({
  type: "float",
  low,
  high,
  log,
  step: step ?? undefined
})

/** Reads a distribution, of Optuna 3 and later or of the names before; the failure says what is wrong. */
export const distributionOf = ({ attributes, name }: DistributionJson): Result.Result<Distribution, string> => {
  const { choices, high, log = false, low, q, step } = attributes
  if (name === "CategoricalDistribution") {
    if (choices === undefined) return Result.fail("a categorical distribution has choices")
    return Result.succeed({ type: "categorical", choices: choices.map((choice) => choice ?? NONE) })
  }
  if (low === undefined || high === undefined) return Result.fail(`a ${name} has "low" and "high"`)
  switch (name) {
    case "FloatDistribution":
      return Result.succeed(float(low, high, log, step))
    case "UniformDistribution":
      return Result.succeed(float(low, high, false))
    case "LogUniformDistribution":
      return Result.succeed(float(low, high, true))
    case "DiscreteUniformDistribution":
      return Result.succeed(float(low, high, false, q))
    case "IntDistribution":
    case "IntUniformDistribution":
      return Result.succeed({ type: "int", low, high, log, step: step ?? 1 })
    case "IntLogUniformDistribution":
      return Result.succeed({ type: "int", low, high, log: true, step: 1 })
    default:
      return Result.fail(`there is no distribution "${name}"`)
  }
}

/** Whether Python's None is one of the choices. */
export const hasNone = ({ attributes }: DistributionJson): boolean => attributes.choices?.includes(null) === true

/** The value that is stored as a number. */
export const valueOf = (distribution: Distribution, stored: number): Value | undefined =>
  distribution.type === "categorical" ? distribution.choices[stored] : stored

/** One that holds the values of both: Optuna lets bounds change from trial to trial, but nothing else. */
const union = (a: Distribution, b: Distribution): Result.Result<Distribution, string> => {
  if (a.type === "categorical" || b.type === "categorical") {
    return a.type === b.type && JSON.stringify(a) === JSON.stringify(b)
      ? Result.succeed(a)
      : Result.fail("its choices change from trial to trial")
  }
  if (a.type !== b.type || a.log !== b.log || a.step !== b.step) {
    return Result.fail("its type, scale or step changes from trial to trial")
  }
  const shift = a.step === undefined ? 0 : Math.abs(a.low - b.low) / a.step
  if (Math.abs(shift - Math.round(shift)) > 1e-9) return Result.fail("its steps are counted from different bounds")
  return Result.succeed({ ...a, low: Math.min(a.low, b.low), high: Math.max(a.high, b.high) })
}

/** The parameters of a trial in the order in which they were asked for. */
export interface Asked {
  readonly params: ReadonlyMap<string, readonly [Distribution, Value]>
  /** Whether the trial ran to an end that says that all its parameters were asked for. */
  readonly isWhole: boolean
}

/** A variable of the space that was found. */
export interface Found {
  readonly name: string
  readonly domain: Domain
  readonly when: string | undefined
}

/** No space holds all trials. */
export interface Unmappable {
  readonly name: string
  readonly problem: string
}

const domainOf = (distribution: Distribution): Domain => {
  if (distribution.type !== "categorical") return distribution
  const { choices } = distribution
  const isBoolean = choices.length === 2 && choices.includes(true) && choices.includes(false)
  return isBoolean ? { type: "boolean" } : distribution
}

const literalOf = (value: Value): Condition.Literal => ({ text: String(value), quoted: typeof value === "string" })

/** The clause on a parent that holds for the values of the one list and for none of the other. */
const clauseOf = (
  name: string,
  { type }: Distribution,
  present: ReadonlySet<Value>,
  absent: ReadonlySet<Value>
): Condition.Clause | undefined => {
  if (present.size === 0 || [...present].some((value) => absent.has(value))) return undefined
  if (type === "categorical") {
    const literals = [...present].map(literalOf)
    return { name, operator: literals.length === 1 ? "=" : "in", literals }
  }
  const [low, high] = rangeOf(present)
  const [least, most] = rangeOf(absent)
  if (low > most) return { name, operator: ">=", literals: [literalOf(low)] }
  return high < least ? { name, operator: "<=", literals: [literalOf(high)] } : undefined
}

/** The least and the greatest of numbers; of none, so that every other is above and below. */
const rangeOf = (values: ReadonlySet<Value>): readonly [low: number, high: number] => {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of values) {
    low = Math.min(low, Number(value))
    high = Math.max(high, Number(value))
  }
  return [low, high]
}

/** The condition under which a parameter is there, among the trials that ran to an end. */
const conditionOf = (
  name: string,
  earlier: ReadonlyArray<readonly [string, Distribution]>,
  trials: ReadonlyArray<Asked>
): Result.Result<string | undefined, Unmappable> => {
  const whole = trials.filter(({ isWhole }) => isWhole)
  if (whole.every(({ params }) => params.has(name))) return Result.succeed(undefined)
  const kinds = ["categorical", "int", "float"]
  const parents = earlier.toSorted((a, b) => kinds.indexOf(a[1].type) - kinds.indexOf(b[1].type))
  for (const [parent, distribution] of parents) {
    const [present, absent] = [new Set<Value>(), new Set<Value>()]
    let fits = true
    for (const { params } of whole) {
      const value = params.get(parent)?.[1]
      if (value !== undefined) (params.has(name) ? present : absent).add(value)
      else if (params.has(name)) fits = false
    }
    const clause = fits ? clauseOf(parent, distribution, present, absent) : undefined
    if (clause !== undefined) return Result.succeed(Condition.print([clause]))
  }
  const problem =
    "is given in some of the finished trials only, and no parameter before it tells in which; give the space"
  return Result.fail({ name, problem })
}

/** The variables of a space that holds the trials. */
export const infer = (trials: ReadonlyArray<Asked>): Result.Result<ReadonlyArray<Found>, Unmappable> =>
  Result.gen(function* () {
    const known = new Map<string, Distribution>()
    for (const { params } of trials) {
      for (const [name, [distribution]] of params) {
        const before = known.get(name)
        const after = before === undefined ? Result.succeed(distribution) : union(before, distribution)
        known.set(name, yield* Result.mapError(after, (problem) => ({ name, problem })))
      }
    }
    const found: Array<Found> = []
    const earlier: Array<readonly [string, Distribution]> = []
    for (const [name, distribution] of known) {
      found.push({ name, domain: domainOf(distribution), when: yield* conditionOf(name, earlier, trials) })
      earlier.push([name, distribution])
    }
    return found
  })
