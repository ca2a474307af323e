import { describe } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import * as Bits from "../../src/coordination/internal/bits.ts"
import { campaign, law } from "../../src/testing/law.ts"

/** Around the ends of words and pages, and up to the largest barrier. */
const numbers = Schema.Literals([0, 1, 30, 31, 32, 61, 62, 495, 496, 497, 526, 527, 991, 992, 9_999])
const changes = Arbitrary.array(Arbitrary.schema(Schema.Struct({ add: Schema.Boolean, number: numbers })), {
  maxLength: 40
})
const lowest = (set: ReadonlySet<number>) => {
  let free = 0
  while (set.has(free)) free++
  return free
}

describe("sets of bits", () => {
  law("hold what a set holds", campaign(1_000, 20_000), changes, (history) => {
    const set = new Set<number>()
    let bits = Bits.none
    return history.every(({ add, number }) => {
      const before = bits
      const had = numbers.literals.map((each) => Bits.has(before, each))
      bits = add ? Bits.add(bits, number) : Bits.remove(bits, number)
      if (add) set.add(number)
      else set.delete(number)
      return (
        numbers.literals.every(
          (each, i) => Bits.has(bits, each) === set.has(each) && Bits.has(before, each) === had[i]
        ) && Bits.firstFree(bits) === lowest(set)
      )
    })
  })

  law(
    "fill from the smallest free number",
    campaign(100, 1_000),
    Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_100 }))),
    (count) => {
      let bits = Bits.none
      for (let i = 0; i < count; i++) {
        if (Bits.firstFree(bits) !== i) return false
        bits = Bits.add(bits, i)
      }
      const hole = Math.floor(count / 2)
      return count === 0 || Bits.firstFree(Bits.remove(bits, hole)) === hole
    }
  )
})
