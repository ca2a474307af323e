/**
 * A mechanism as a calculator: one JSON input, one JSON answer. What the `mabeam` command calls, and what a receipt is
 * computed again with.
 *
 * **Guarantees** `solve` never throws and never defects: whatever comes in, it gives an answer that is plain JSON (no `NaN`,
 * no `undefined`) or a refusal with a place. The same input always gives the same answer, unless a time limit in the
 * input cut the work short, which the answer then says.
 *
 * @since 0.1.0
 */
import type { Effect, Result } from "effect"
import type { Refusal } from "../input/Refusal.ts"

/** What JSON can hold. */
export type Json = null | boolean | number | string | ReadonlyArray<Json> | JsonObject
export interface JsonObject {
  readonly [key: string]: Json
}

/** Whether a property was promised, and whether it held for this input; `unchecked` where a check would take too long. */
export type Finding = { readonly declared: boolean; readonly holds: boolean | "unchecked" }

/** An answer. */
export interface Answer {
  /** The fields of the mechanism's row in the table of formats, in its order; without `mechanism`, `tieBreak`, `properties`. */
  readonly decision: JsonObject
  /** The rule among equals, for mechanisms that may need one. */
  readonly tieBreak?: string | undefined
  /** By property; only mechanisms that have participants with an interest declare any. */
  readonly properties?: { readonly [property: string]: Finding } | undefined
}

/** A calculator that answers at once. */
export interface Calculator {
  /** The name in the input's `mechanism`, `kind` or `rule`. */
  readonly name: string
  /** Grows when the same input would be answered otherwise. */
  readonly version: number
  /** The input is the whole document, its `mechanism` (`kind`, `rule`) and an `id` taken off. */
  readonly solve: (input: unknown) => Result.Result<Answer, Refusal>
}

/** A calculator that takes its time, in a worker perhaps. */
export interface SlowCalculator {
  readonly name: string
  readonly version: number
  readonly solve: (input: unknown) => Effect.Effect<Answer, Refusal>
}
