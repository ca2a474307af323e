/**
 * A space of parameters: float, log-float, int, categorical, ordinal and boolean variables, conditional to any depth.
 *
 * A space is declared in the program, and then the type of its parameters follows from the declaration, or read from
 * JSON. It maps parameters to points of the unit cube and back: one coordinate per variable, in the declared order; a
 * choice is the middle of its cell.
 *
 * **Guarantees** `decode` of any point gives legal parameters, exactly within bounds. `decode(encode(params))` gives
 * `params` back, continuous values up to rounding. `fromJson(toJson(space))` is the same space. A conditional variable is present
 * exactly when its condition holds.
 *
 * **Does not guarantee** That a condition can ever hold. That a condition which compares a continuous variable with exactly
 * the value that it has survives the rounding of `decode(encode(params))`.
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import type { Types } from "effect"
import * as Random from "../internal/random.ts"
import * as Condition from "./Condition.ts"
import * as Domain from "./Domain.ts"
import type { Value } from "./Domain.ts"
import { problemOfDomain } from "../internal/domainProblem.ts"
import type { Declaration, Params, Variable } from "./Variable.ts"

export { boolean, categorical, float, int, logFloat, ordinal, when } from "./Variable.ts"
export type { Value } from "./Domain.ts"
export type { Declaration, Params, Variable } from "./Variable.ts"

/** Most variables that a space may have. */
export const VARIABLES_MAX = 1_000
/** Most characters of a variable's name. */
export const NAME_LENGTH_MAX = 255

const Path = Schema.Array(Schema.Union([Schema.String, Schema.Finite]))

/** Writes a path as `variables[2].low`. */
export const printPath = (path: ReadonlyArray<string | number>): string =>
  path.map((part, index) => (typeof part === "number" ? `[${part}]` : index === 0 ? part : `.${part}`)).join("")

const say = (path: ReadonlyArray<string | number>, problem: string) =>
  path.length === 0 ? problem : `${printPath(path)}: ${problem}`

/** The declaration is not shaped like a space: a key is missing or unknown, a type is wrong, there are no or too many variables. */
export class MalformedSpace extends Schema.TaggedError<MalformedSpace>("@mabeam/optimize/SearchSpace/MalformedSpace")(
  "MalformedSpace",
  { path: Path, problem: Schema.String }
) {
  override get message() {
    return say(this.path, this.problem)
  }
}

/** A name is empty, too long, used twice, or reserved by JavaScript. */
export class InvalidName extends Schema.TaggedError<InvalidName>("@mabeam/optimize/SearchSpace/InvalidName")(
  "InvalidName",
  { path: Path, name: Schema.String, problem: Schema.String }
) {
  override get message() {
    return say(this.path, this.problem)
  }
}

/** Bounds, scale, step or choices of a variable contradict each other. */
export class InvalidDomain extends Schema.TaggedError<InvalidDomain>("@mabeam/optimize/SearchSpace/InvalidDomain")(
  "InvalidDomain",
  { path: Path, problem: Schema.String }
) {
  override get message() {
    return say(this.path, this.problem)
  }
}

/** A condition cannot be read, or names a variable that is not declared earlier, or compares what cannot be compared. */
export class InvalidCondition extends Schema.TaggedError<InvalidCondition>(
  "@mabeam/optimize/SearchSpace/InvalidCondition"
)("InvalidCondition", { path: Path, condition: Schema.String, problem: Schema.String }) {
  override get message() {
    return say(this.path, `"${this.condition}" ${this.problem}`)
  }
}

/** Parameters are not in the space: one is missing, unknown, inactive, of the wrong type or out of bounds. */
export class InvalidParams extends Schema.TaggedError<InvalidParams>("@mabeam/optimize/SearchSpace/InvalidParams")(
  "InvalidParams",
  { path: Path, problem: Schema.String }
) {
  override get message() {
    return say(this.path, this.problem)
  }
}

/** Why a declaration is refused. */
export type InvalidSpace = MalformedSpace | InvalidName | InvalidDomain | InvalidCondition

/** A clause made ready: which variable it looks at, and the test. */
interface Check {
  readonly index: number
  readonly test: (value: Value) => boolean
}

/** A variable in its place. */
export interface SpaceVariable {
  readonly name: string
  readonly domain: Domain.Domain
  readonly axis: Domain.Axis
  readonly condition: Condition.Condition | undefined
  /** Whether it is active, given the values of the variables before it (`undefined`: inactive). */
  readonly isActive: (values: ReadonlyArray<Value | undefined>) => boolean
}

const TypeId = "~@mabeam/optimize/SearchSpace"

/** A checked space; `D` is its declaration. */
export interface SearchSpace<out D extends Declaration = Declaration> {
  readonly variables: ReadonlyArray<SpaceVariable>
  readonly [TypeId]: { readonly declaration: Types.Covariant<D>; readonly points: WeakMap<object, Float64Array> }
}

/** Parameters of a space whose declaration is known only at run time. */
export type AnyParams = Params

interface Entry {
  readonly path: ReadonlyArray<string | number>
  readonly name: string
  readonly domain: Domain.Domain
  readonly when: string | undefined
}

/** Checks a declaration. */
export const make = <const D extends Declaration>(declaration: D): Result.Result<SearchSpace<D>, InvalidSpace> =>
  compile<D>(
    Object.entries<Variable>(declaration).map(([name, { domain, when }]) => ({ path: [name], name, domain, when }))
  )

/** Checks a declaration written in the program; throws the `InvalidSpace`. */
export const makeUnsafe = <const D extends Declaration>(declaration: D): SearchSpace<D> =>
  Result.getOrThrowWith(make(declaration), (error) => error)

const compile = <D extends Declaration>(entries: ReadonlyArray<Entry>): Result.Result<SearchSpace<D>, InvalidSpace> =>
  Result.gen(function* () {
    if (entries.length === 0) {
      return yield* Result.fail(new MalformedSpace({ path: [], problem: "a space needs at least one variable" }))
    }
    if (entries.length > VARIABLES_MAX) {
      const problem = `a space has at most ${VARIABLES_MAX} variables, this one has ${entries.length}`
      return yield* Result.fail(new MalformedSpace({ path: [], problem }))
    }
    const variables: Array<SpaceVariable> = []
    const places = new Map<string, number>()
    for (const entry of entries) {
      const variable = yield* compileVariable(entry, variables, places)
      places.set(entry.name, variables.length)
      variables.push(variable)
    }
    const declaration = <A>(value: A): A => value
    return { variables, [TypeId]: { declaration, points: new WeakMap<object, Float64Array>() } }
  })

const problemOfName = (name: string, places: ReadonlyMap<string, number>): string | undefined => {
  if (name.length === 0) return "a name has at least one character"
  if (name.length > NAME_LENGTH_MAX) return `a name has at most ${NAME_LENGTH_MAX} characters`
  if (name === "__proto__") return `the name "__proto__" cannot be used`
  if (places.has(name)) return `the name "${name}" is used twice`
  return undefined
}

const compileVariable = (
  { path, name, domain, when }: Entry,
  earlier: ReadonlyArray<SpaceVariable>,
  places: ReadonlyMap<string, number>
): Result.Result<SpaceVariable, InvalidSpace> =>
  Result.gen(function* () {
    const naming = problemOfName(name, places)
    if (naming !== undefined) return yield* Result.fail(new InvalidName({ path, name, problem: naming }))
    const wrong = problemOfDomain(domain)
    if (wrong !== undefined) {
      return yield* Result.fail(new InvalidDomain({ path: [...path, wrong.field], problem: wrong.problem }))
    }
    const axis = Domain.axis(domain)
    if (when === undefined) return { name, domain, axis, condition: undefined, isActive: () => true }
    const refuse = (problem: string) => new InvalidCondition({ path: [...path, "when"], condition: when, problem })
    const condition = yield* Result.mapError(Condition.parse(when), refuse)
    const checks: Array<Check> = []
    for (const clause of condition) {
      const index = places.get(clause.name)
      if (index === undefined) {
        return yield* Result.fail(refuse(`names "${clause.name}", which is not declared before "${name}"`))
      }
      const test = yield* Result.mapError(compileClause(clause, earlier[index]!.domain), refuse)
      checks.push({ index, test })
    }
    const isActive = (values: ReadonlyArray<Value | undefined>) =>
      checks.every(({ index, test }) => {
        const value = values[index]
        return value !== undefined && test(value)
      })
    return { name, domain, axis, condition, isActive }
  })

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/

const choiceOf = (choices: ReadonlyArray<Value>, { text, quoted }: Condition.Literal): Value | undefined => {
  const bare = quoted ? undefined : choices.find((choice) => typeof choice !== "string" && String(choice) === text)
  if (bare !== undefined) return bare
  if (choices.includes(text)) return text
  return !quoted && NUMBER.test(text) ? choices.find((choice) => choice === Number(text)) : undefined
}

/** Reads a literal in the terms of the variable that it is compared with. */
const literalOf = (domain: Domain.Domain, literal: Condition.Literal): Value | undefined => {
  if (domain.type === "boolean") return choiceOf([false, true], literal)
  if (domain.type === "categorical" || domain.type === "ordinal") return choiceOf(domain.choices, literal)
  return !literal.quoted && NUMBER.test(literal.text) ? Number(literal.text) : undefined
}

const compileClause = (
  { name, operator, literals }: Condition.Clause,
  domain: Domain.Domain
): Result.Result<(value: Value) => boolean, string> =>
  Result.gen(function* () {
    const values: Array<Value> = []
    for (const literal of literals) {
      const value = literalOf(domain, literal)
      if (value === undefined) {
        const kind = domain.type === "float" || domain.type === "int" ? "a number" : "one of its choices"
        return yield* Result.fail(`compares "${name}" with "${literal.text}", which is not ${kind}`)
      }
      values.push(value)
    }
    if (operator === "in") return (value) => values.includes(value)
    const [bound] = values
    if (operator === "=") return (value) => value === bound
    if (operator === "!=") return (value) => value !== bound
    if (domain.type === "categorical" || domain.type === "boolean") {
      return yield* Result.fail(`uses "${operator}" with "${name}", whose values have no order`)
    }
    const rank = (value: Value) => (domain.type === "ordinal" ? domain.choices.indexOf(value) : Number(value))
    const limit = rank(bound!)
    if (operator === "<") return (value) => rank(value) < limit
    if (operator === "<=") return (value) => rank(value) <= limit
    if (operator === ">") return (value) => rank(value) > limit
    return (value) => rank(value) >= limit
  })

/** Decides the values in order; `choose` is asked for the active variables only. */
export const build = <D extends Declaration>(
  space: SearchSpace<D>,
  choose: (variable: SpaceVariable, index: number) => Value
): Params<D> => {
  const values: Array<Value | undefined> = []
  const params: Record<string, Value> = {}
  for (const [index, variable] of space.variables.entries()) {
    const value = variable.isActive(values) ? choose(variable, index) : undefined
    values.push(value)
    if (value !== undefined) params[variable.name] = value
  }
  Object.freeze(params)
  // The loop has just built what `Params<D>` describes; TypeScript cannot follow names known only at run time.
  return params as Params<D>
}

/** The parameters at a point of the unit cube. Coordinates of inactive variables are not looked at. */
export const decode = <D extends Declaration>(space: SearchSpace<D>, point: ArrayLike<number>): Params<D> =>
  build(space, ({ axis }, index) => axis.fromUnit(point[index] ?? 0))

/** Draws each active variable from its own distribution: evenly, or evenly in the logarithm. Equal seeds, equal draws. */
export const sample = <D extends Declaration>(
  space: SearchSpace<D>,
  options: { readonly seed: number; readonly number?: number | undefined }
): Params<D> => {
  const random = Random.stream(options.seed, options.number ?? 0)
  const point = Float64Array.from(space.variables, () => Random.uniform(random))
  return decode(space, point)
}

const withoutSign = (value: Value): Value => (value === 0 ? 0 : value)

/** Checks parameters and gives them back in the declared order, frozen. */
export const validate = <D extends Declaration>(
  space: SearchSpace<D>,
  input: unknown
): Result.Result<Params<D>, InvalidParams> => {
  if (typeof input !== "object" || input === null || Array.isArray(input)) {
    return Result.fail(new InvalidParams({ path: [], problem: "parameters are an object" }))
  }
  const given = new Map<string, unknown>(Object.entries(input).filter(([, value]) => value !== undefined))
  let refusal: InvalidParams | undefined
  const refuse = (name: string, problem: string) => {
    refusal ??= new InvalidParams({ path: [name], problem })
    return 0
  }
  const params = build(space, ({ name, axis, domain }) => {
    const value = given.get(name)
    if (!given.delete(name)) return refuse(name, "is missing")
    return axis.contains(value) ? withoutSign(value) : refuse(name, `${show(value)} is not ${describe(domain)}`)
  })
  for (const name of given.keys()) {
    const known = space.variables.some((variable) => variable.name === name)
    refuse(name, known ? "is given although its condition does not hold" : "is not a variable of this space")
  }
  return refusal === undefined ? Result.succeed(params) : Result.fail(refusal)
}

const show = (value: unknown): string =>
  typeof value === "string" ? JSON.stringify(value) : typeof value === "object" ? "an object" : String(value)

const describe = (domain: Domain.Domain): string => {
  switch (domain.type) {
    case "boolean":
      return "true or false"
    case "categorical":
    case "ordinal":
      return `one of ${domain.choices.map((choice) => JSON.stringify(choice)).join(", ")}`
    case "int":
      return `a whole number from ${domain.low} to ${domain.high}${domain.step === 1 ? "" : ` in steps of ${domain.step}`}`
    case "float":
      return `a number from ${domain.low} to ${domain.high}${domain.step === undefined ? "" : ` in steps of ${domain.step}`}`
  }
}

/** Whether these are parameters of the space. */
export const contains = <D extends Declaration>(space: SearchSpace<D>, input: unknown): input is Params<D> =>
  Result.isSuccess(validate(space, input))

const encodeChecked = <D extends Declaration>(space: SearchSpace<D>, params: Params<D>): Float64Array => {
  const given = new Map<string, Value>(Object.entries(params))
  return Float64Array.from(space.variables, ({ name, axis }) => {
    const value = given.get(name)
    return value === undefined ? Number.NaN : axis.toUnit(value)
  })
}

/** The point of the unit cube of parameters; `NaN` where a variable is inactive. */
export const encode = <D extends Declaration>(
  space: SearchSpace<D>,
  params: Params<D>
): Result.Result<Float64Array, InvalidParams> =>
  Result.map(validate(space, params), (checked) => encodeChecked(space, checked))

/** As `encode`; throws `InvalidParams`. The point of frozen parameters is computed once and shared: do not write to it. */
export const encodeUnsafe = <D extends Declaration>(space: SearchSpace<D>, params: Params<D>): Float64Array => {
  const { points } = space[TypeId]
  const known = points.get(params)
  if (known !== undefined) return known
  const point = Result.getOrThrowWith(encode(space, params), (error) => error)
  if (Object.isFrozen(params)) points.set(params, point)
  return point
}

/** The space as checked entries become one; for the readers of other notations. */
export const fromEntries: (entries: ReadonlyArray<Entry>) => Result.Result<SearchSpace, InvalidSpace> = compile
