/**
 * What values a shared variable may have.
 *
 * **Guarantees** Every type is a `Schema` and says in words what it allows. Numbers are finite: `NaN` is in no type.
 *
 * **Example**
 *
 * ```ts
 * import { VariableType } from "@mabeam/core"
 *
 * const rate = VariableType.logFloat({ min: 1e-5, max: 1 })
 * rate.is(0.01) // => true
 * rate.is(0) // => false
 * rate.allowed // => "a number from 0.00001 to 1"
 * ```
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/** The kinds of types. */
export const kinds = ["float", "log-float", "int", "choice", "boolean", "probability"] as const
export type Kind = (typeof kinds)[number]

/** A type of values. */
export interface Type<out T> {
  readonly kind: Kind
  readonly schema: Schema.Codec<T>
  /** What it allows, in words. */
  readonly allowed: string
  readonly is: (value: unknown) => value is T
  /** Why no value can be right, where the type was made from bounds that make no sense. */
  readonly flaw: string | undefined
}

/** Whether something is a type. */
export const isType = (value: unknown): value is Type<unknown> =>
  typeof value === "object" &&
  value !== null &&
  "is" in value &&
  typeof value.is === "function" &&
  "kind" in value &&
  kinds.some((kind) => kind === value.kind)

/** Inclusive bounds. */
export interface Bounds {
  readonly min: number
  readonly max: number
}

const make = <T>(kind: Kind, schema: Schema.Codec<T>, allowed: string, flaw?: string): Type<T> => ({
  kind,
  schema,
  allowed,
  is: Schema.is(schema),
  flaw
})

const outOfOrder = ({ max, min }: Bounds): string | undefined => {
  if (!Number.isFinite(min) || !Number.isFinite(max)) return `${min} and ${max} are not finite bounds`
  return min > max ? `${min} is above ${max}` : undefined
}

/** Bounds that are none let nothing through. */
const between = ({ max, min }: Bounds) =>
  Schema.isBetween(
    Number.isFinite(min) && Number.isFinite(max) ? { minimum: min, maximum: max } : { minimum: 1, maximum: 0 }
  )

/** A finite number between two bounds, which belong to it; without bounds, any finite number. */
export const float = (bounds?: Bounds): Type<number> =>
  bounds === undefined
    ? make("float", Schema.Finite, "a finite number")
    : make(
        "float",
        Schema.Finite.check(between(bounds)),
        `a number from ${bounds.min} to ${bounds.max}`,
        outOfOrder(bounds)
      )

/** A positive number between two positive bounds, for what is thought of in orders of magnitude. */
export const logFloat = (bounds: Bounds): Type<number> =>
  make(
    "log-float",
    Schema.Finite.check(between(bounds)),
    `a number from ${bounds.min} to ${bounds.max}`,
    outOfOrder(bounds) ?? (bounds.min > 0 ? undefined : `${bounds.min} has no logarithm`)
  )

/** A whole number between two bounds, which belong to it; without bounds, any safe integer. */
export const int = (bounds?: Bounds): Type<number> =>
  bounds === undefined
    ? make("int", Schema.Int, "a whole number")
    : make(
        "int",
        Schema.Int.check(between(bounds)),
        `a whole number from ${bounds.min} to ${bounds.max}`,
        outOfOrder(bounds) ??
          (Math.ceil(bounds.min) > bounds.max
            ? `no whole number lies between ${bounds.min} and ${bounds.max}`
            : undefined)
      )

/** One of the given values, at least one. */
export const choice = <const T extends string | number>(options: ReadonlyArray<T>): Type<T> =>
  make(
    "choice",
    Schema.Literals(options),
    `one of ${options.map((option) => JSON.stringify(option)).join(", ")}`,
    options.length === 0 ? "there is nothing to choose from" : undefined
  )

/** `true` or `false`. */
export const boolean: Type<boolean> = make("boolean", Schema.Boolean, "true or false")

/** A number from 0 to 1. */
export const probability: Type<number> = make(
  "probability",
  Schema.Finite.check(between({ min: 0, max: 1 })),
  "a number from 0 to 1"
)
