import { CombinatorialAuction, CombinatorialGenerator, WinnerDetermination } from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import * as Bits from "../../../src/combinatorial/internal/bits.ts"
import * as Bound from "../../../src/combinatorial/internal/bound.ts"
import * as Candidates from "../../../src/combinatorial/internal/candidates.ts"
import * as Packing from "../../../src/combinatorial/internal/packing.ts"
import { relax } from "../../../src/combinatorial/internal/relax.ts"
import { shareOf, weightOf } from "../../../src/combinatorial/internal/search.ts"
import * as Tableau from "../../../src/combinatorial/internal/tableau.ts"
import { improved } from "../../../src/combinatorial/internal/tabu.ts"

const never = () => false

const instance = (family: string, seed: number) => {
  const generated = Result.getOrThrow(CombinatorialGenerator.generate({ family, bids: 100, goods: 30, seed }))
  const { bids } = Result.getOrThrow(CombinatorialAuction.decode({ goods: generated.goods, bids: generated.bids }))
  const packing = Packing.make(
    bids.map(({ bidder, items, price }) => ({ weight: price, groups: [...items, 30 + bidder] }))
  )
  const dead = new Uint8Array(packing.size)
  const bound = Bound.of(packing, Tableau.multipliers(relax(packing, never), packing.rows.length), dead)
  return { bids, packing, dead, bound, start: Candidates.from(packing, dead, packing.shares) }
}

const isPacking = ({ conflicts }: Packing.Packing, chosen: ReadonlyArray<number>): boolean =>
  chosen.every((a, at) => chosen.slice(at + 1).every((b) => a < b && !Bits.has(conflicts, a, b)))

describe("tabu search", () => {
  it("gives a packing no lighter than the start, the same each time, and mostly next to the best", () => {
    let shortfall = 0
    for (const family of CombinatorialGenerator.families)
      for (let seed = 1; seed <= 6; seed++) {
        const { bids, bound, dead, packing, start } = instance(family, seed)
        const found = improved(packing, dead, bound, start, never)
        assert.isTrue(isPacking(packing, found))
        assert.isTrue(weightOf(packing, found) >= weightOf(packing, start))
        assert.deepStrictEqual(improved(packing, dead, bound, start, never), found)
        const { chosen } = WinnerDetermination.solve(bids)
        shortfall += 1 - shareOf(packing, found) / shareOf(packing, chosen)
      }
    assert.isBelow(shortfall / (6 * CombinatorialGenerator.families.length), 0.01)
  })

  it("chooses nothing dead, gives the start when time has run out, and nothing of nothing", () => {
    const { bound, dead, packing, start } = instance("regions", 1)
    const odd = dead.map((_, column) => column % 2)
    const left = start.filter((column) => column % 2 === 0)
    assert.isTrue(improved(packing, odd, bound, left, never).every((column) => column % 2 === 0))
    assert.isAtLeast(
      shareOf(
        packing,
        improved(packing, dead, bound, start, () => true)
      ),
      shareOf(packing, start)
    )
    assert.deepStrictEqual(improved(packing, dead.fill(1), bound, [], never), [])
  })
})
