/** Chance from a seed: the same on every machine. */

/** A stream of numbers in [0, 1), evenly (mulberry32). */
export const stream = (seed: number): (() => number) => {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Choices by chance. */
export interface Chances {
  /** Evenly from `low` up to `high`. */
  readonly between: (low: number, high: number) => number
  /** A whole number from `low` to `high`, both included. */
  readonly integer: (low: number, high: number) => number
  /** An index with chances in proportion to the weights, which are not negative; -1 if all are 0. */
  readonly weighted: (weights: ArrayLike<number>) => number
}

export const make = (seed: number): Chances => {
  const next = stream(seed)
  return {
    between: (low, high) => low + next() * (high - low),
    integer: (low, high) => low + Math.floor(next() * (high - low + 1)),
    weighted: (weights) => {
      let total = 0
      for (let at = 0; at < weights.length; at++) total += weights[at]!
      let rest = next() * total
      let last = -1
      for (let at = 0; at < weights.length; at++) {
        if (weights[at]! <= 0) continue
        last = at
        rest -= weights[at]!
        if (rest < 0) break
      }
      return last
    }
  }
}
