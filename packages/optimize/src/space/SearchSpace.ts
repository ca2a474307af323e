/**
 * A space of parameters: float, log-float, int, categorical, ordinal and boolean variables, conditional to any depth.
 *
 * A space is declared in the program, and then the type of its parameters follows from the declaration, or read from
 * JSON. It maps parameters to points of the unit cube and back: one coordinate per variable, in the declared order; a
 * choice is the middle of its cell. A prior stretches an axis (`Prior`), constraints forbid combinations (`Constraint`).
 * An open space does not know its variables yet: trials declare them as they need them (`extend`), and need not have all.
 *
 * **Guarantees** `decode` of any point gives values exactly within bounds. `decode(encode(params))` gives
 * `params` back, continuous values up to rounding. `SpaceJson.decode(SpaceJson.encode(space))` is the same space. A
 * conditional variable is present exactly when its condition holds. `sample` and `validate` keep the constraints; `decode` does
 * not look at them.
 *
 * **Does not guarantee** That a condition or a constraint can ever hold. That a condition which compares a continuous variable
 * with exactly the value that it has survives the rounding of `decode(encode(params))`.
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import type { Types } from "effect"
import { compileClause } from "../internal/clause.ts"
import { problemOfDomain } from "../internal/domainProblem.ts"
import * as Random from "../internal/random.ts"
import * as Condition from "./Condition.ts"
import * as Constraint from "./Constraint.ts"
import * as Domain from "./Domain.ts"
import type { Value } from "./Domain.ts"
import { type Prior, problemOfPrior } from "./Prior.ts"
import type { Declaration, Params, Variable } from "./Variable.ts"

export { boolean, categorical, fixed, float, int, logFloat, ordinal, prior, when } from "./Variable.ts"
export type { Value } from "./Domain.ts"
export type { Declaration, Params, Variable } from "./Variable.ts"

/** Most variables that a space may have. */
export const VARIABLES_MAX = 1_000
/** Most characters of a variable's name. */
export const NAME_LENGTH_MAX = 255
/** Most constraints of a space. */
export const CONSTRAINTS_MAX = 100
/** Draws after which a space counts as one in which nothing keeps the constraints. */
export const DRAWS_MAX = 10_000

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

/** A constraint cannot be read, or names what is no numeric variable. */
export class InvalidConstraint extends Schema.TaggedError<InvalidConstraint>(
  "@mabeam/optimize/SearchSpace/InvalidConstraint"
)("InvalidConstraint", { path: Path, constraint: Schema.String, problem: Schema.String }) {
  override get message() {
    return say(this.path, `"${this.constraint}" ${this.problem}`)
  }
}

/** Of so many draws, none keeps the constraints. */
export class NothingFeasible extends Schema.TaggedError<NothingFeasible>(
  "@mabeam/optimize/SearchSpace/NothingFeasible"
)("NothingFeasible", { draws: Schema.Int, constraints: Schema.Array(Schema.String) }) {
  override get message() {
    return `none of ${this.draws} draws keeps ${this.constraints.join(" and ")}`
  }
}

/** Parameters are not in the space: one is missing, unknown, inactive, of the wrong type or out of bounds, or a constraint is violated. */
export class InvalidParams extends Schema.TaggedError<InvalidParams>("@mabeam/optimize/SearchSpace/InvalidParams")(
  "InvalidParams",
  { path: Path, problem: Schema.String }
) {
  override get message() {
    return say(this.path, this.problem)
  }
}

/** Why a declaration is refused. */
export type InvalidSpace = MalformedSpace | InvalidName | InvalidDomain | InvalidCondition | InvalidConstraint

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
  readonly prior: Prior | undefined
  /** Whether every trial has a value for it: it has no condition, and the space is not open. */
  readonly always: boolean
  /** Whether it is active, given the values of the variables before it (`undefined`: inactive). */
  readonly isActive: (values: ReadonlyArray<Value | undefined>) => boolean
}

const TypeId = "~@mabeam/optimize/SearchSpace"

/** A checked space; `D` is its declaration. */
export interface SearchSpace<out D extends Declaration = Declaration> {
  readonly variables: ReadonlyArray<SpaceVariable>
  readonly constraints: ReadonlyArray<Constraint.Constraint>
  /** Whether trials may declare further variables, and leave out known ones. */
  readonly open: boolean
  readonly [TypeId]: { readonly declaration: Types.Covariant<D>; readonly points: WeakMap<object, Float64Array> }
}

/** Parameters of a space whose declaration is known only at run time. */
export type AnyParams = Params

/** What is declared of one variable, and where. */
export interface Entry {
  readonly path: ReadonlyArray<string | number>
  readonly name: string
  readonly domain: Domain.Domain
  readonly when: string | undefined
  readonly prior: Prior | undefined
}

/** What is declared beside the variables. */
export interface Options {
  /** What parameters must satisfy together; see `Constraint`. */
  readonly constraints?: ReadonlyArray<string> | undefined
  /** Whether trials may declare further variables and leave out these. Default `false`. */
  readonly open?: boolean | undefined
}

/** Checks a declaration. */
export const make = <const D extends Declaration>(
  declaration: D,
  { constraints = [], open = false }: Options = {}
): Result.Result<SearchSpace<D>, InvalidSpace> =>
  compile<D>(
    Object.entries<Variable>(declaration).map(([name, { domain, prior, when }]) => {
      return { path: [name], name, domain, when, prior }
    }),
    { constraints, open }
  )

/** Checks a declaration written in the program; throws the `InvalidSpace`. */
export const makeUnsafe = <const D extends Declaration>(declaration: D, options?: Options): SearchSpace<D> =>
  Result.getOrThrowWith(make(declaration, options), (error) => error)

const compile = <D extends Declaration>(
  entries: ReadonlyArray<Entry>,
  { constraints, open }: { readonly constraints: ReadonlyArray<string>; readonly open: boolean }
): Result.Result<SearchSpace<D>, InvalidSpace> =>
  Result.gen(function* () {
    if (entries.length === 0 && !open) {
      return yield* Result.fail(new MalformedSpace({ path: [], problem: "a space needs at least one variable" }))
    }
    if (entries.length > VARIABLES_MAX) {
      const problem = `a space has at most ${VARIABLES_MAX} variables, this one has ${entries.length}`
      return yield* Result.fail(new MalformedSpace({ path: [], problem }))
    }
    const variables: Array<SpaceVariable> = []
    const places = new Map<string, number>()
    for (const entry of entries) {
      const variable = yield* compileVariable(entry, variables, places, open)
      places.set(entry.name, variables.length)
      variables.push(variable)
    }
    const declaration = <A>(value: A): A => value
    const compiled = yield* compileConstraints(constraints, variables, places, open)
    const points = new WeakMap<object, Float64Array>()
    return { variables, constraints: compiled, open, [TypeId]: { declaration, points } }
  })

const compileConstraints = (
  texts: ReadonlyArray<string>,
  variables: ReadonlyArray<SpaceVariable>,
  places: ReadonlyMap<string, number>,
  open: boolean
): Result.Result<ReadonlyArray<Constraint.Constraint>, MalformedSpace | InvalidConstraint> =>
  Result.gen(function* () {
    if (texts.length > 0 && open) {
      const problem = "an open space has no constraints: its variables are not known yet"
      return yield* Result.fail(new MalformedSpace({ path: ["constraints"], problem }))
    }
    if (texts.length > CONSTRAINTS_MAX) {
      const problem = `a space has at most ${CONSTRAINTS_MAX} constraints, this one has ${texts.length}`
      return yield* Result.fail(new MalformedSpace({ path: ["constraints"], problem }))
    }
    const placeOf = (name: string) => {
      const place = places.get(name)
      const variable = place === undefined ? undefined : variables[place]
      if (place === undefined || variable === undefined) return Result.fail(`names "${name}", which is not a variable`)
      const { domain } = variable
      const numeric = !("choices" in domain) || domain.choices.every((choice) => typeof choice === "number")
      return numeric ? Result.succeed(place) : Result.fail(`reckons with "${name}", whose choices are not all numbers`)
    }
    const compiled: Array<Constraint.Constraint> = []
    for (const [index, constraint] of texts.entries()) {
      const refuse = (problem: string) => new InvalidConstraint({ path: ["constraints", index], constraint, problem })
      compiled.push(yield* Result.mapError(Constraint.parse(constraint, placeOf), refuse))
    }
    return compiled
  })

/** A space without variables yet: trials declare them as they need them. */
export const open: SearchSpace = Result.getOrThrow(compile([], { constraints: [], open: true }))

/** An open space with one more variable, which has no condition; the space itself if it knows the same already. */
export const extend = <D extends Declaration>(
  space: SearchSpace<D>,
  name: string,
  variable: Variable
): Result.Result<SearchSpace<D>, InvalidSpace> => {
  const path = [name]
  const known = space.variables.find((each) => each.name === name)
  const { domain, prior } = variable
  if (known !== undefined) {
    if (isSame([known.domain, known.prior], [domain, prior])) return Result.succeed(space)
    const problem = `was declared as ${describe(known.domain)} before; a variable stays what it was`
    return Result.fail(new InvalidDomain({ path, problem }))
  }
  if (!space.open || variable.when !== undefined) {
    const problem = space.open ? "a variable of an open space has no condition" : "is not a variable of this space"
    return Result.fail(new MalformedSpace({ path, problem }))
  }
  const entries = space.variables.map((each): Entry => ({ ...each, path: [each.name], when: undefined }))
  return compile<D>([...entries, { path, name, domain, when: undefined, prior }], { constraints: [], open: true })
}

const problemOfName = (name: string, places: ReadonlyMap<string, number>): string | undefined => {
  if (name.length === 0) return "a name has at least one character"
  if (name.length > NAME_LENGTH_MAX) return `a name has at most ${NAME_LENGTH_MAX} characters`
  if (name === "__proto__") return `the name "__proto__" cannot be used`
  if (places.has(name)) return `the name "${name}" is used twice`
  return undefined
}

const compileVariable = (
  { path, name, domain, prior, when }: Entry,
  earlier: ReadonlyArray<SpaceVariable>,
  places: ReadonlyMap<string, number>,
  open: boolean
): Result.Result<SpaceVariable, InvalidSpace> =>
  Result.gen(function* () {
    const naming = problemOfName(name, places)
    if (naming !== undefined) return yield* Result.fail(new InvalidName({ path, name, problem: naming }))
    const wrong = problemOfDomain(domain)
    if (wrong !== undefined) {
      return yield* Result.fail(new InvalidDomain({ path: [...path, wrong.field], problem: wrong.problem }))
    }
    const unfit = prior === undefined ? undefined : problemOfPrior(domain, prior)
    if (unfit !== undefined) {
      return yield* Result.fail(new InvalidDomain({ path: [...path, "prior"], problem: unfit }))
    }
    const axis = Domain.axis(domain, prior)
    if (when === undefined) {
      return { name, domain, axis, prior, condition: undefined, always: !open, isActive: () => true }
    }
    if (open) {
      const problem = "a variable of an open space has no condition: a trial that does not ask for it has none"
      return yield* Result.fail(new MalformedSpace({ path: [...path, "when"], problem }))
    }
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
    return { name, domain, axis, prior, condition, always: false, isActive }
  })

/** Decides the values in order; `choose` is asked for the active variables only, and may leave out those of an open space. */
export const build = <D extends Declaration>(
  space: SearchSpace<D>,
  choose: (variable: SpaceVariable, index: number) => Value | undefined
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

/** The values of all variables as numbers, for constraints. */
const numbersOf = (space: SearchSpace, params: Params): Constraint.Values => {
  const given = new Map<string, Value | undefined>(Object.entries(params))
  return space.variables.map(({ name }) => {
    const value = given.get(name)
    return value === undefined ? undefined : Number(value)
  })
}

/** The first constraint that parameters of the space violate, as it is written. */
export const violated = <D extends Declaration>(space: SearchSpace<D>, params: Params<D>): string | undefined => {
  if (space.constraints.length === 0) return undefined
  const values = numbersOf(space, params)
  return space.constraints.find(({ holds }) => !holds(values))?.text
}

/**
 * Draws each active variable from its own distribution (evenly, or evenly in the logarithm, or from its prior), again until the
 * constraints are kept. Equal seeds, equal draws. Throws `NothingFeasible` after 10,000 draws.
 */
export const sample = <D extends Declaration>(
  space: SearchSpace<D>,
  options: { readonly seed: number; readonly number?: number | undefined }
): Params<D> => {
  const random = Random.stream(options.seed, options.number ?? 0)
  for (let draw = 0; draw < DRAWS_MAX; draw++) {
    const point = Float64Array.from(space.variables, () => Random.uniform(random))
    const params = decode(space, point)
    if (violated(space, params) === undefined) return params
  }
  throw new NothingFeasible({ draws: DRAWS_MAX, constraints: space.constraints.map(({ text }) => text) })
}

const withoutSign = (value: Value): Value => (value === 0 ? 0 : value)

/** Checks each parameter by itself. */
const validateEach = <D extends Declaration>(
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
    if (!given.delete(name)) return space.open ? undefined : refuse(name, "is missing")
    return axis.contains(value) ? withoutSign(value) : refuse(name, `${show(value)} is not ${describe(domain)}`)
  })
  for (const name of given.keys()) {
    const known = space.variables.some((variable) => variable.name === name)
    refuse(name, known ? "is given although its condition does not hold" : "is not a variable of this space")
  }
  return refusal === undefined ? Result.succeed(params) : Result.fail(refusal)
}

/** Checks parameters and gives them back in the declared order, frozen. */
export const validate = <D extends Declaration>(
  space: SearchSpace<D>,
  input: unknown
): Result.Result<Params<D>, InvalidParams> =>
  Result.flatMap(validateEach(space, input), (params) => {
    const broken = violated(space, params)
    return broken === undefined
      ? Result.succeed(params)
      : Result.fail(new InvalidParams({ path: [], problem: `the parameters do not keep ${broken}` }))
  })

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

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
  const given = new Map<string, Value | undefined>(Object.entries(params))
  return Float64Array.from(space.variables, ({ name, axis }) => {
    const value = given.get(name)
    return value === undefined ? Number.NaN : axis.toUnit(value)
  })
}

/** The point of the unit cube of parameters; `NaN` where a variable is inactive. Does not look at the constraints. */
export const encode = <D extends Declaration>(
  space: SearchSpace<D>,
  params: Params<D>
): Result.Result<Float64Array, InvalidParams> =>
  Result.map(validateEach(space, params), (checked) => encodeChecked(space, checked))

/** As `encode`; throws `InvalidParams`. The point of frozen parameters is computed once and shared: do not write to it. */
export const encodeUnsafe = <D extends Declaration>(space: SearchSpace<D>, params: Params<D>): Float64Array => {
  const { points } = space[TypeId]
  const known = points.get(params)
  if (known !== undefined) return known
  const point = Result.getOrThrowWith(encode(space, params), (error) => error)
  if (Object.isFrozen(params)) points.set(params, point)
  return point
}

/** A space out of entries; for the readers of other notations. */
export const fromEntries = (
  entries: ReadonlyArray<Entry>,
  options: { readonly constraints: ReadonlyArray<string>; readonly open: boolean }
): Result.Result<SearchSpace, InvalidSpace> => compile(entries, options)
