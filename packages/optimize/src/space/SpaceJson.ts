/**
 * Search spaces as JSON: `{ "variables": [{ "name", "type", "low", "high", "log", "step", "choices", "when", "prior" }],
 * "constraints": [] }`.
 *
 * `type` is `float`, `int`, `categorical`, `ordinal` or `boolean`; `log-float` is read as `float` with `log`. Bounds are for numbers,
 * `choices` for choices; `when` is written as in `Condition`, `prior` as in `Prior`, a constraint as in `Constraint`. `"open": true`
 * marks a space whose trials declare its variables.
 *
 * **Guarantees** Whatever is decoded is either a checked space or one typed error with the path of the fault. Keys that
 * mean nothing are refused rather than ignored. `decode(encode(space))` is the same space.
 *
 * @since 0.1.0
 */
import { Result, Schema, SchemaIssue, SchemaParser } from "effect"
import * as Condition from "./Condition.ts"
import type { Domain } from "./Domain.ts"
import { fromEntries, MalformedSpace } from "./SearchSpace.ts"
import type { Variable } from "./Variable.ts"
import { variable } from "./Variable.ts"
import type { Entry, InvalidSpace, SearchSpace, SpaceVariable } from "./SearchSpace.ts"

/** The kinds of variable in a file. */
export const VariableType = Schema.Literals(["float", "log-float", "int", "categorical", "ordinal", "boolean"])

/** One variable in a file; which keys go together depends on `type` and is checked by `decode`. */
export const VariableJson = Schema.Struct({
  name: Schema.String,
  type: VariableType,
  low: Schema.optionalKey(Schema.Finite),
  high: Schema.optionalKey(Schema.Finite),
  log: Schema.optionalKey(Schema.Boolean),
  step: Schema.optionalKey(Schema.Finite),
  choices: Schema.optionalKey(Schema.Array(Schema.Union([Schema.String, Schema.Finite, Schema.Boolean]))),
  when: Schema.optionalKey(Schema.String),
  prior: Schema.optionalKey(
    Schema.Union([
      Schema.Struct({ likely: Schema.Tuple([Schema.Finite, Schema.Finite]) }),
      Schema.Struct({ weights: Schema.Array(Schema.Finite) })
    ])
  )
})
export type VariableJson = typeof VariableJson.Type

/** A space in a file. */
export const SpaceJson = Schema.Struct({
  variables: Schema.Array(VariableJson),
  constraints: Schema.optionalKey(Schema.Array(Schema.String)),
  open: Schema.optionalKey(Schema.Boolean)
})
export type SpaceJson = typeof SpaceJson.Type

const parse = SchemaParser.decodeUnknownResult(SpaceJson, { onExcessProperty: "error" })
const issues = SchemaIssue.makeFormatterStandardSchemaV1()

const malformed = (issue: SchemaIssue.Issue): MalformedSpace => {
  const [first] = issues(issue).issues
  const path = (first?.path ?? []).map((part) => {
    const key = typeof part === "object" ? part.key : part
    return typeof key === "number" ? key : String(key)
  })
  return new MalformedSpace({ path, problem: first?.message ?? "is not a space" })
}

/** Reads a parsed JSON document. */
export const decode = (json: unknown): Result.Result<SearchSpace, InvalidSpace> =>
  Result.gen(function* () {
    const { constraints = [], open = false, variables } = yield* Result.mapError(parse(json), malformed)
    const entries: Array<Entry> = []
    for (const [index, variable] of variables.entries()) {
      const path = ["variables", index]
      const domain = yield* domainOf(variable, path)
      entries.push({ path, name: variable.name, domain, when: variable.when, prior: variable.prior })
    }
    return yield* fromEntries(entries, { constraints, open })
  })

/** Reads one variable without a condition, as trials of an open space declare it. */
export const decodeVariable = (json: VariableJson): Result.Result<Variable, MalformedSpace> =>
  Result.map(domainOf(json, [json.name]), (domain) => variable(domain, json.prior))

const NUMERIC = ["low", "high", "log", "step"] as const

const domainOf = (
  variable: VariableJson,
  path: ReadonlyArray<string | number>
): Result.Result<Domain, MalformedSpace> => {
  const refuse = (field: string, problem: string) =>
    Result.fail(new MalformedSpace({ path: [...path, field], problem }))
  const { type, low, high, step, choices } = variable
  if (type === "boolean" || type === "categorical" || type === "ordinal") {
    const extra = NUMERIC.find((field) => variable[field] !== undefined)
    if (extra !== undefined) return refuse(extra, `a variable of type ${type} takes no "${extra}"`)
    if (type !== "boolean")
      return choices === undefined ? refuse("choices", "is missing") : Result.succeed({ type, choices })
    return choices === undefined
      ? Result.succeed({ type })
      : refuse("choices", `a variable of type ${type} takes no "choices"`)
  }
  if (choices !== undefined) return refuse("choices", `a variable of type ${type} takes no "choices"`)
  if (low === undefined) return refuse("low", "is missing")
  if (high === undefined) return refuse("high", "is missing")
  if (type === "log-float" && variable.log === false) return refuse("log", `contradicts the type "log-float"`)
  const log = type === "log-float" || (variable.log ?? false)
  return Result.succeed(
    type === "int" ? { type, low, high, log, step: step ?? 1 } : { type: "float", low, high, log, step }
  )
}

/** Writes a space; defaults are left out. */
export const encode = ({ constraints, open, variables }: SearchSpace): SpaceJson => ({
  variables: variables.map(encodeVariable),
  ...(constraints.length === 0 ? {} : { constraints: constraints.map(({ text }) => text) }),
  ...(open ? { open } : {})
})

/** Writes one variable. */
export const encodeVariable = ({ name, domain, condition, prior }: SpaceVariable): VariableJson => ({
  name,
  ...encodeDomain(domain),
  ...(condition === undefined ? {} : { when: Condition.print(condition) }),
  ...(prior === undefined ? {} : { prior })
})

const encodeDomain = (domain: Domain): Omit<VariableJson, "name" | "when"> => {
  switch (domain.type) {
    case "boolean":
      return { type: domain.type }
    case "categorical":
    case "ordinal":
      return { type: domain.type, choices: domain.choices }
    case "int":
    case "float": {
      const { type, low, high, log, step } = domain
      const stepped = step !== undefined && !(type === "int" && step === 1)
      return { type, low, high, ...(log ? { log } : {}), ...(stepped ? { step } : {}) }
    }
  }
}
