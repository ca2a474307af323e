/** A seeded source of choices for command sequences. */
import { Arbitrary, Schema } from "effect"
import { stream } from "../../src/internal/chances.ts"

export interface Dice {
  /** An integer from 0 to n - 1. */
  readonly below: (n: number) => number
  readonly pick: <A>(list: readonly [A, ...ReadonlyArray<A>]) => A
  readonly share: () => number
}

/** Choices from a seed. */
export const dice = (seed: number): Dice => {
  const share = stream(seed)
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
