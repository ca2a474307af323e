import { assert, describe } from "@effect/vitest"
import { campaign, law } from "@foundation/core/testing/law"
import { Arbitrary, Schema } from "effect"
import * as RandomStream from "../../src/internal/random.ts"
import { betterThanBest, standing } from "../../src/internal/standing.ts"

const whole = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))
const genes = Arbitrary.schema(
  Schema.Struct({ seed: whole(0, 1e9), rivals: whole(0, 40), own: whole(1, 5), objectives: whole(2, 4) })
)

describe("standing", () => {
  law(
    "the best of some points has as many before it as the one of them that has fewest",
    campaign(1_000, 20_000),
    genes,
    ({ objectives, own, rivals, seed }) => {
      const random = RandomStream.stream(seed)
      const points = (count: number) =>
        Array.from({ length: count }, () =>
          Array.from(
            { length: objectives },
            () => [Infinity, -Infinity][RandomStream.below(random, 20)] ?? RandomStream.below(random, 6)
          )
        )
      const [others, mine] = [points(rivals), points(own)]
      const entries = others.map((point, number) => ({ number, point }))
      const each = mine.map((point) => standing(entries, { number: 100, point }).better)
      assert.strictEqual(betterThanBest(others, mine), Math.min(...each))
      return true
    }
  )
})
