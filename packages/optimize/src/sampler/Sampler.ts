/**
 * What a sampler is: a pure function from what is known to the next parameters.
 *
 * **Guarantees** of every sampler in this package: the suggestion depends on the request and the options alone, and
 * not on the order in which history and pending trials are listed. It is always a member of the space.
 *
 * @since 0.1.0
 */
import { Result, Schema, SchemaIssue, SchemaParser } from "effect"
import type { Declaration, Params, SearchSpace } from "../space/SearchSpace.ts"

/** Whether small or large values are wanted. */
export const Direction = Schema.Literals(["minimize", "maximize"])
export type Direction = typeof Direction.Type

/** A trial that has ended. */
export type Observation<D extends Declaration = Declaration> =
  | {
      readonly state: "complete"
      readonly number: number
      readonly params: Params<D>
      /** One for each objective. */
      readonly values: ReadonlyArray<number>
      /** What was observed of each constraint: kept where it is not above 0. Default: none. */
      readonly constraints?: ReadonlyArray<number> | undefined
    }
  | {
      readonly state: "pruned"
      readonly number: number
      readonly params: Params<D>
      /** How far it came, if it told. */
      readonly step?: number | undefined
      /** Its last intermediate value, if it told one. */
      readonly value?: number | undefined
    }
  | { readonly state: "failed"; readonly number: number; readonly params: Params<D> }

/** A trial that somebody is working on. */
export interface Pending<D extends Declaration = Declaration> {
  readonly number: number
  readonly params: Params<D>
}

/** What a suggestion may depend on. */
export interface Request<D extends Declaration = Declaration> {
  readonly space: SearchSpace<D>
  /** One for each objective, at least one. */
  readonly directions: ReadonlyArray<Direction>
  /** A safe integer. */
  readonly seed: number
  /** The number of the trial to be suggested: its random stream comes from `seed` and this. */
  readonly number: number
  readonly history: ReadonlyArray<Observation<D>>
  readonly pending: ReadonlyArray<Pending<D>>
}

/** Options of a sampler as they are written down. */
export const OptionsJson = Schema.Record(Schema.String, Schema.Union([Schema.Finite, Schema.Boolean, Schema.String]))
export type OptionsJson = typeof OptionsJson.Type

/** A sampler with its options. `name` and `options` say how to make it again. */
export interface Sampler {
  readonly name: string
  readonly options: OptionsJson
  /** Whether it looks at one objective only; a study of several refuses it. */
  readonly objectives: "one" | "many"
  /** Whether it looks at what trials were worth. Default: it does. See `Feasible`. */
  readonly learns?: boolean
  /** Why it cannot search this space, if it cannot: a study refuses it. Default: it can. */
  readonly refusal?: (space: SearchSpace) => InvalidOptions | undefined
  /** Whether all that it would ever suggest has been tried: a study stops. Default: never. */
  readonly isExhausted?: (request: Request) => boolean
  /** Throws `InvalidParams` if history or pending hold parameters that are not of the space, and what `refusal` says. */
  readonly suggest: <D extends Declaration>(request: Request<D>) => Params<D>
}

/** An option of a sampler, pruner or the like is unknown, of the wrong type or out of its range. */
export class InvalidOptions extends Schema.TaggedError<InvalidOptions>("@mabeam/optimize/Sampler/InvalidOptions")(
  "InvalidOptions",
  { owner: Schema.String, path: Schema.Array(Schema.String), problem: Schema.String }
) {
  override get message() {
    return `${[this.owner, ...this.path].join(".")}: ${this.problem}`
  }
}

const issues = SchemaIssue.makeFormatterStandardSchemaV1()

/** Checks the options of what is named (a sampler, a pruner) and fills in the defaults. */
export const parseOptions = <S extends Schema.ConstraintDecoder<unknown>>(
  owner: string,
  schema: S,
  options: unknown
): Result.Result<S["Type"], InvalidOptions> =>
  Result.mapError(SchemaParser.decodeUnknownResult(schema, { onExcessProperty: "error" })(options), (issue) => {
    const [first] = issues(issue).issues
    const path = (first?.path ?? []).map((part) => String(typeof part === "object" ? part.key : part))
    return new InvalidOptions({ owner, path, problem: first?.message ?? "is not an option" })
  })

/** Refuses every option of what takes none; `kind` is what the message calls it. */
export const refuseOptions = (
  owner: string,
  kind: "sampler" | "pruner",
  options: OptionsJson
): Result.Result<void, InvalidOptions> => {
  const [extra] = Object.keys(options)
  return extra === undefined
    ? Result.void
    : Result.fail(new InvalidOptions({ owner, path: [extra], problem: `this ${kind} has no options` }))
}

/** The salts that keep the random streams of samplers with the same seed apart. */
export const streams = { random: 1, sobol: 2, tpe: 3, gp: 4, cmaes: 5, de: 6, nsga2: 7, lhs: 8 } as const
