import { assert, describe, it } from "@effect/vitest"
import { campaign, law } from "@foundation/core/testing/law"
import { Arbitrary, Schema } from "effect"
import { hypervolume } from "../../src/internal/dominance.ts"
import { contributions, normalized, select } from "../../src/internal/hypervolumeSelection.ts"

const unit = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 12 }))
const clouds = Arbitrary.map(
  Arbitrary.schema(Schema.Array(Schema.Tuple([unit, unit, unit])).check(Schema.isMinLength(1), Schema.isMaxLength(9))),
  (rows) => rows.map((row) => row.map((x) => x / 12))
)
const reference = [1.1, 1.1, 1.1]

/** The dominated volume, by counting the cells between all coordinates that there are. */
const volumeByCells = (points: ReadonlyArray<ReadonlyArray<number>>): number => {
  const edges = [...Array.from({ length: 13 }, (_, i) => i / 12), 1.1]
  let volume = 0
  for (let a = 0; a < 13; a++)
    for (let b = 0; b < 13; b++)
      for (let c = 0; c < 13; c++) {
        const corner = [edges[a]!, edges[b]!, edges[c]!]
        const size = (edges[a + 1]! - edges[a]!) * (edges[b + 1]! - edges[b]!) * (edges[c + 1]! - edges[c]!)
        if (points.some((point) => point.every((x, k) => x <= corner[k]!))) volume += size
      }
  return volume
}

describe("hypervolumeSelection", () => {
  law("weighs each point by what it alone dominates", campaign(60, 1_000), clouds, (points) => {
    const all = volumeByCells(points)
    return contributions(points).every((own, i) => Math.abs(own - (all - volumeByCells(points.toSpliced(i, 1)))) < 1e-9)
  })

  law(
    "chooses step by step whatever adds most, beside what was chosen before",
    campaign(200, 4_000),
    clouds,
    (points) => {
      const [before = [], ...rest] = points
      const chosen = select(rest, 4, [before])
      const taken: Array<ReadonlyArray<number>> = [before]
      assert.strictEqual(new Set(chosen).size, Math.min(4, rest.length))
      return chosen.every((index) => {
        const gain = (point: ReadonlyArray<number>) =>
          hypervolume([...taken, point], reference) - hypervolume(taken, reference)
        const isBest = rest.every((other) => gain(other) <= gain(rest[index]!) + 1e-12)
        taken.push(rest[index]!)
        return isBest
      })
    }
  )

  it("stretches to the unit cube, whatever the units; ranges beyond the doubles keep their ends", () => {
    assert.deepStrictEqual(
      normalized([
        [1, 100],
        [3, 300],
        [2, 200]
      ]),
      [
        [0, 0],
        [1, 1],
        [0.5, 0.5]
      ]
    )
    assert.deepStrictEqual(
      normalized([
        [5, 1],
        [5, 2]
      ]),
      [
        [0, 0],
        [0, 1]
      ]
    )
    assert.deepStrictEqual(normalized([[-1.7e308], [0], [1.7e308]]), [[0], [1], [1]])
    assert.deepStrictEqual(normalized([]), [])
  })
})
