import { assert, describe, it } from "@effect/vitest"
import { hashedChance, hashedSeed } from "../../src/internal/hashedChance.ts"

/** Pearson's chi-square of counts that should be equal, in standard deviations from what is expected. */
const excess = (cells: ReadonlyArray<number>, size: number): number => {
  const counts = new Float64Array(size)
  for (const cell of cells) counts[cell] = (counts[cell] ?? Number.NaN) + 1
  const mean = cells.length / size
  const square = counts.reduce((sum, count) => sum + (count - mean) ** 2 / mean, 0)
  return (square - (size - 1)) / Math.sqrt(2 * (size - 1))
}

const range = (length: number) => Array.from({ length }, (_, index) => index)

/** As it is asked: a seed, a purpose, a task and an agent. */
const draws = [1, 2, 7, 12_345, 2 ** 31].flatMap((seed) =>
  range(1000).flatMap((task) => range(12).map((place) => [seed, 5, task, place] as const))
)

describe("hashedChance", () => {
  it("is a share in [0, 1) that only the names decide", () => {
    for (const names of draws.slice(0, 2000)) {
      const chance = hashedChance(...names)
      assert.isTrue(chance >= 0 && chance < 1)
      assert.strictEqual(hashedChance(...names), chance)
    }
    assert.notStrictEqual(hashedChance(1, 2), hashedChance(2, 1))
    assert.notStrictEqual(hashedChance(1), hashedChance(1, 0))
  })

  it("is even: over 64 cells, for names in a row", () => {
    assert.isBelow(
      Math.abs(
        excess(
          draws.map((names) => Math.floor(64 * hashedChance(...names))),
          64
        )
      ),
      4
    )
  })

  it("neighbours know nothing of each other: pairs are even over 16 × 16 cells, whichever name is the next one", () => {
    for (const shift of [0, 1, 2, 3]) {
      const cells = draws.map((names) => {
        const next = names.map((name, index) => (index === shift ? name + 1 : name))
        return 16 * Math.floor(16 * hashedChance(...names)) + Math.floor(16 * hashedChance(...next))
      })
      assert.isBelow(Math.abs(excess(cells, 256)), 4, `name ${shift}`)
    }
  })

  it("seeds of streams differ", () => {
    const all = range(100).flatMap((seed) => range(100).map((index) => hashedSeed(seed, 2, index)))
    assert.strictEqual(new Set(all).size, all.length)
  })
})
