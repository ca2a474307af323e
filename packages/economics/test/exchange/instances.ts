import { Arbitrary, Schema } from "effect"

const small = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9 }))
const wide = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1e6 }))

/** Small integers, so that ties are frequent, or any amounts up to a million. */
const lists = (longest: number, amounts: typeof small | typeof wide) =>
  Arbitrary.all([
    Arbitrary.schema(Schema.Array(amounts).check(Schema.isMaxLength(longest))),
    Arbitrary.schema(Schema.Array(amounts).check(Schema.isMaxLength(longest)))
  ])

/** Values of up to `longest` buyers and sellers, which are integers. */
export const integers = (longest: number) =>
  Arbitrary.map(lists(longest, small), ([buyers, sellers]) => ({ buyers, sellers }))

/** As `integers`, with amounts of any kind. */
export const markets = (longest: number) =>
  Arbitrary.map(
    Arbitrary.all([lists(longest, small), lists(longest, wide), Arbitrary.schema(Schema.Boolean)]),
    ([narrow, broad, isBroad]) => {
      const [buyers, sellers] = isBroad ? broad : narrow
      return { buyers, sellers }
    }
  )

/** Traders `b0`, `b1`, … or `s0`, `s1`, … in order of arrival. */
export const named = <A>(letter: string, amounts: ReadonlyArray<A>) =>
  amounts.map((amount, index) => ({ id: `${letter}${index}`, amount }))

/** The JSON input of a double auction. */
export const input = <A>({
  buyers,
  sellers
}: {
  readonly buyers: ReadonlyArray<A>
  readonly sellers: ReadonlyArray<A>
}) => ({
  buyers: named("b", buyers),
  sellers: named("s", sellers)
})
