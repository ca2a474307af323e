/**
 * The words of a space's declaration, typed so that the type of the parameters follows from it.
 *
 * A variable is plain data: its domain and, if it is conditional, the condition's text. Nothing is checked here;
 * `SearchSpace.make` checks the declaration as a whole and says where it is wrong.
 *
 * @since 0.1.0
 */
import type { Types } from "effect"
import type { Domain, Value } from "./Domain.ts"
import type { Prior } from "./Prior.ts"

const TypeId = "~@mabeam/optimize/Variable"

/** One variable: values of type `A`; `Conditional` tells whether it may be absent. */
export interface Variable<out A extends Value = Value, out Conditional extends boolean = boolean> {
  readonly domain: Domain
  readonly when: string | undefined
  readonly prior: Prior | undefined
  readonly [TypeId]: { readonly value: Types.Covariant<A>; readonly conditional: Types.Covariant<Conditional> }
}

/** The variables of a space by name, in the order in which they are decided. */
export type Declaration = { readonly [name: string]: Variable }

/** The type of a variable's values. */
export type ValueOf<V> = V extends Variable<infer A> ? A : never

type OptionalNames<D extends Declaration> = {
  [K in keyof D]: D[K] extends Variable<Value, false> ? never : K
}[keyof D]

/** Shows an intersection as one object. */
type Flat<A> = { readonly [K in keyof A]: A[K] }

/** The parameters of one trial: every unconditional variable, and the conditional ones that are active. */
export type Params<D extends Declaration = Declaration> = Flat<
  { readonly [K in Exclude<keyof D, OptionalNames<D>>]: ValueOf<D[K]> } & {
    readonly [K in OptionalNames<D>]?: ValueOf<D[K]>
  }
>

const covariant = <A>(value: A): A => value

/** A variable of a domain that need not be valid. */
export const variable = <A extends Value>(domain: Domain, prior?: Prior | undefined): Variable<A, false> => ({
  domain,
  when: undefined,
  prior,
  [TypeId]: { value: covariant, conditional: covariant }
})

/**
 * A real number from `low` to `high`, bounds included.
 *
 * `log` spreads the logarithm evenly (`low` above 0); `step` allows `low`, `low + step`, … only. Not both.
 */
export const float = (
  low: number,
  high: number,
  options?: { readonly log?: boolean | undefined; readonly step?: number | undefined }
): Variable<number, false> =>
  variable({ type: "float", low, high, log: options?.log ?? false, step: options?.step ?? undefined })

/** A real number from `low` (above 0) to `high` whose logarithm is spread evenly. */
export const logFloat = (low: number, high: number): Variable<number, false> => float(low, high, { log: true })

/** A whole number from `low` to `high`, bounds included; `log` needs `low` of at least 1 and `high` of at most 2^40. `step` is 1 unless told. */
export const int = (
  low: number,
  high: number,
  options?: { readonly log?: boolean | undefined; readonly step?: number | undefined }
): Variable<number, false> => variable({ type: "int", low, high, log: options?.log ?? false, step: options?.step ?? 1 })

/** One of the choices, which have no order. */
export const categorical = <const Choices extends ReadonlyArray<Value>>(
  choices: Choices
): Variable<Choices[number], false> => variable({ type: "categorical", choices })

/** One of the choices, which stand in an order: neighbours are alike. */
export const ordinal = <const Choices extends ReadonlyArray<Value>>(
  choices: Choices
): Variable<Choices[number], false> => variable({ type: "ordinal", choices })

/** Always this value: a choice of one. */
export const fixed = <const A extends Value>(value: A): Variable<A, false> =>
  variable({ type: "categorical", choices: [value] })

/** True or false. */
export const boolean = (): Variable<boolean, false> => variable({ type: "boolean" })

/** The variable, active only when the condition on variables declared earlier holds. See `Condition` for the notation. */
export const when = <A extends Value>(condition: string, self: Variable<A>): Variable<A, true> => ({
  domain: self.domain,
  prior: self.prior,
  when: self.when === undefined ? condition : `${self.when} and ${condition}`,
  [TypeId]: { value: self[TypeId].value, conditional: covariant }
})

/**
 * The variable, of which it is known beforehand where good values are likely to lie: `{ likely: [low, high] }` for numbers,
 * `{ weights: [...] }` for choices. See `Prior`.
 */
export const prior = <A extends Value, C extends boolean>(known: Prior, self: Variable<A, C>): Variable<A, C> => ({
  ...self,
  prior: known
})
