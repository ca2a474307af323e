/** Options within their bounds. Anything else would quietly lift a limit, so it is a `RangeError` that says which option it is. */
import { Duration } from "effect"

export interface Bounds {
  readonly min: number
  readonly max: number
  /** What an option that was left out is. */
  readonly fallback: number
}

/** An option that counts something: a whole number. */
export const count = (what: string, value: number | undefined, { fallback, max, min }: Bounds): number => {
  if (value === undefined) return fallback
  if (Number.isSafeInteger(value) && value >= min && value <= max) return value
  throw new RangeError(`${what} is a whole number from ${min} to ${max}, not ${value}`)
}

/** An option that is a length of time, in milliseconds. */
export const millis = (what: string, value: Duration.Input | undefined, { fallback, max, min }: Bounds): number => {
  if (value === undefined) return fallback
  const asked = Duration.toMillis(Duration.fromInputUnsafe(value))
  if (asked >= min && asked <= max) return asked
  throw new RangeError(`${what} is from ${min} to ${max} milliseconds, not ${asked}`)
}

const hour = 3_600_000

/** How long a store tries to get the database: 0, which is one try, to an hour. */
export const patienceMillis = (store: string, value: Duration.Input | undefined, fallback: number): number =>
  millis(`${store}: patience`, value, { min: 0, max: hour, fallback })

/** How often a store looks for news: 1 ms to an hour. */
export const pollMillis = (store: string, value: Duration.Input | undefined, fallback: number): number =>
  millis(`${store}: pollInterval`, value, { min: 1, max: hour, fallback })
