import { Arbitrary, Schema } from "effect"
import type { Ballot } from "./reference/ranked.ts"

/** An election of up to five candidates. */
export interface Instance {
  readonly candidates: readonly [string, ...ReadonlyArray<string>]
  readonly ballots: ReadonlyArray<Ballot>
}

const names = ["constructor", "__proto__", "c", "d", "e"] as const
const int = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))
const digits = Schema.Tuple([int(0, 59), int(0, 59), int(0, 59), int(0, 59), int(0, 59)])
const Raw = Schema.Struct({
  size: int(1, 5),
  ballots: Schema.Array(Schema.Tuple([int(1, 4), digits])).check(Schema.isMaxLength(6))
})

/** Takes the candidates one by one from what is left: every strict ranking is as likely as any other. */
const strictly = (candidates: ReadonlyArray<string>, numbers: ReadonlyArray<number>) => {
  const left = [...candidates]
  return candidates.map((_, i) => left.splice(numbers[i]! % left.length, 1))
}

/** Candidates with the same remainder share a tier. */
const weakly = (candidates: ReadonlyArray<string>, numbers: ReadonlyArray<number>) =>
  candidates
    .map((_, level) => candidates.filter((_, i) => numbers[i]! % candidates.length === level))
    .filter((tier) => tier.length > 0)

const elections = (rank: typeof strictly): Arbitrary.Arbitrary<Instance> =>
  Arbitrary.map(Arbitrary.schema(Raw), ({ ballots, size }): Instance => {
    const [first, ...others] = names.slice(0, size)
    const candidates = [first ?? names[0], ...others] as const
    return { candidates, ballots: ballots.map(([count, numbers]) => ({ count, ranking: rank(candidates, numbers) })) }
  })

/** Every ballot ranks without ties. */
export const strict = elections(strictly)

/** Ballots with tiers. */
export const weak = elections(weakly)
