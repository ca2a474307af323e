import { assert, describe } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { Fraction } from "fraction.js"
import { leastCore } from "../../../src/combinatorial/internal/leastCore.ts"
import { law } from "@foundation/core/testing/law"
import { p13 } from "../../p13.ts"
import * as Highs from "../reference/highs.ts"

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
  law("by another solver: no feasible direction is shorter", Math.ceil(p13 / 10), problems, ({ coordinates, rows }) => {
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
    const point = leastCore({
      nearTo: coordinates.map(({ least }) => new Fraction(least)),
      most: most.map((it) => new Fraction(it)),
      rows: asked.map(({ least, members }) => ({ members: new Set(members), least: new Fraction(least) }))
    })
    assert.isDefined(point)
    const x = point!.map((it) => it.valueOf())
    const constraints: ReadonlyArray<readonly [members: ReadonlyArray<number>, least: bigint]> = [
      ...asked.map(({ least, members }) => [members, BigInt(least)] as const),
      ...coordinates.map(({ least }, at) => [[at], BigInt(least)] as const)
    ]
    for (const [members, least] of constraints) {
      const sum = members.reduce((total, at) => total.add(point![at]!), new Fraction(0))
      assert.isTrue(sum.compare(least) >= 0)
    }
    point!.forEach((value, at) => assert.isTrue(value.compare(most[at]!) <= 0))
    const bounds = new Map(most.map((it, at) => [at, BigInt(it)]))
    const sum = x.reduce((total, it) => total + it, 0)
    assert.approximately(Highs.leastOverCore(new Map(x.map((_, at) => [at, 1])), bounds, constraints), sum, 1e-5)
    const away = new Map(x.map((it, at) => [at, it - coordinates[at]!.least]))
    const here = x.reduce((total, it, at) => total + away.get(at)! * it, 0)
    assert.isAtLeast(Highs.leastOverCore(away, bounds, constraints, sum + 1e-7), here - 1e-3)
    return true
  })
})
