import { assert, describe } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { Fraction } from "fraction.js"
import { leastCore } from "../../../src/combinatorial/internal/leastCore.ts"
import { law } from "@foundation/core/testing/law"
import { p13 } from "../../p13.ts"
import { assertLeastAndNearest } from "../reference/leastAndNearest.ts"

const below = (limit: number) => Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: limit - 1 }))

const problems = Arbitrary.schema(
  Schema.Struct({
    coordinates: Schema.Array(Schema.Struct({ least: below(20), room: below(30) })).check(
      Schema.isMinLength(5),
      Schema.isMaxLength(7)
    ),
    /** Which coordinates, and how much of what they can give, in tenths. */
    rows: Schema.Array(Schema.Struct({ set: below(127), tenths: below(11), more: below(3) })).check(
      Schema.isMinLength(5),
      Schema.isMaxLength(12)
    )
  })
)

describe("the least sum, then the least distance", () => {
  law("what is tight at the point holds it there", Math.ceil(p13 / 10), problems, ({ coordinates, rows }) => {
    const most = coordinates.map(({ least, room }) => least + room)
    const asked = rows
      .map(({ more, set, tenths }) => {
        const members = coordinates.flatMap((_, at) => (((set + 1) >> at) & 1 ? [at] : []))
        const [low, high] = [coordinates.map((it) => it.least), most].map((of) =>
          members.reduce((sum, at) => sum + of[at]!, 0)
        )
        return { members, least: low! + Math.floor(((high! - low!) * tenths) / (10 + more)) }
      })
      .filter(({ members }) => members.length > 0)
    const problem = {
      nearTo: coordinates.map(({ least }) => new Fraction(least)),
      most: most.map((it) => new Fraction(it)),
      rows: asked.map(({ least, members }) => ({ members: new Set(members), least: new Fraction(least) }))
    }
    const point = leastCore(problem)
    assert.isDefined(point)
    assertLeastAndNearest(point!, problem)
    return true
  })
})
