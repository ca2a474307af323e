/** The bounds of an option that counts something. */
export interface Bounds {
  readonly min: number
  /** May be `Infinity`. */
  readonly max: number
  /** What an option that was left out is. */
  readonly fallback: number
}

/**
 * An option that counts something: a whole number within bounds. Anything else would quietly lift a limit, so it is a
 * `RangeError` that says which option it is.
 */
export const count = (what: string, value: number | undefined, { fallback, max, min }: Bounds): number => {
  if (value === undefined) return fallback
  const isWhole = Number.isSafeInteger(value) || value === Number.POSITIVE_INFINITY
  if (isWhole && value >= min && value <= max) return value
  throw new RangeError(`${what} is a whole number from ${min} to ${max}, not ${value}`)
}
