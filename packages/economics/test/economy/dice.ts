/** A seeded source of choices for command sequences. */
import { Arbitrary, Schema } from "effect"

export interface Dice {
  /** An integer from 0 to n - 1. */
  readonly below: (n: number) => number
  readonly pick: <A>(list: readonly [A, ...ReadonlyArray<A>]) => A
  readonly share: () => number
}

/** Mulberry32. */
export const dice = (seed: number): Dice => {
  let state = seed | 0
  const share = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (n: number) => Math.floor(share() * n)
  return { below, share, pick: (list) => list[below(list.length)] ?? list[0] }
}

/** A seed and a length: a failing sequence is shrunk by cutting its end. */
export interface Plan {
  readonly seed: number
  readonly length: number
}

export const plans = (longest: number): Arbitrary.Arbitrary<Plan> =>
  Arbitrary.map(
    Arbitrary.all([
      Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 ** 31 - 1 }))),
      Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: longest })))
    ]),
    ([seed, length]) => ({ seed, length })
  )

/** A list of what `make` gives, one after the other. */
export const sequence = <A>({ length, seed }: Plan, make: (dice: Dice, index: number) => A): ReadonlyArray<A> => {
  const source = dice(seed)
  return Array.from({ length }, (_, index) => make(source, index))
}
