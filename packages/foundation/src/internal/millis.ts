import { Duration } from "effect"

/** The bounds of an option that is a length of time, in milliseconds. */
export interface Span {
  readonly min: number
  /** May be `Infinity`. */
  readonly max: number
  /** What an option that was left out is. */
  readonly fallback: number
}

/** An option that is a length of time within bounds, in milliseconds. Anything else is a `RangeError` that says which option it is. */
export const millis = (what: string, value: Duration.Input | undefined, { fallback, max, min }: Span): number => {
  if (value === undefined) return fallback
  const asked = Duration.toMillis(Duration.fromInputUnsafe(value))
  if (asked >= min && asked <= max) return asked
  throw new RangeError(`${what} is from ${min} to ${max} milliseconds, not ${asked}`)
}
