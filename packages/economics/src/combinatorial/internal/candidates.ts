/**
 * Good packings, fast: greedy in a given order, then exchanges of one column for those in its way.
 */
import * as Bits from "./bits.ts"
import type { Packing } from "./packing.ts"

const roundsMax = 4

/** Takes columns in order as long as they fit. */
const greedy = ({ conflicts }: Packing, order: ReadonlyArray<number>): Array<number> => {
  const blocked: Bits.Bits = { words: conflicts.words, cells: new Uint32Array(conflicts.words) }
  const chosen: Array<number> = []
  for (const column of order) {
    if (Bits.has(blocked, 0, column)) continue
    chosen.push(column)
    Bits.unite(blocked, 0, conflicts, column)
  }
  return chosen
}

/** Exchanges while that gains something, and takes what has become free. */
const exchange = (packing: Packing, first: Array<number>, order: ReadonlyArray<number>): Array<number> => {
  const { conflicts, shares } = packing
  let chosen = first
  const isChosen = new Set(chosen)
  for (let round = 0; round < roundsMax; round++) {
    let hasGained = false
    for (const column of order) {
      if (isChosen.has(column)) continue
      const share = shares[column]!
      let loss = 0
      for (const other of chosen) {
        if (Bits.has(conflicts, column, other)) loss += shares[other]!
        if (loss >= share) break
      }
      if (loss >= share * (1 - 1e-9)) continue
      chosen = chosen.filter((other) => {
        const stays = !Bits.has(conflicts, column, other)
        if (!stays) isChosen.delete(other)
        return stays
      })
      chosen.push(column)
      isChosen.add(column)
      hasGained = true
    }
    if (!hasGained) break
  }
  return chosen
}

/** What is left of a packing whose columns may have died, and what then fits in the place of the dead, heavy ones first. */
export const patched = (packing: Packing, dead: Uint8Array, chosen: ReadonlyArray<number>): ReadonlyArray<number> => {
  const { conflicts, shares } = packing
  const left = chosen.filter((column) => dead[column] === 0)
  const freed = chosen.filter((column) => dead[column] === 1).flatMap((column) => Bits.members(conflicts, column))
  const order = [...new Set(freed)].filter((column) => dead[column] === 0)
  order.sort((a, b) => shares[b]! - shares[a]! || a - b)
  return greedy(packing, [...left, ...order]).sort((a, b) => a - b)
}

/** A packing of columns that are not dead, ascending: those of high `scores` first, heavy ones among equals. */
export const from = (packing: Packing, dead: Uint8Array, scores: Float64Array): ReadonlyArray<number> => {
  const order: Array<number> = []
  for (let column = 0; column < packing.size; column++) if (dead[column] === 0) order.push(column)
  order.sort((a, b) => scores[b]! - scores[a]! || packing.shares[b]! - packing.shares[a]! || a - b)
  return exchange(packing, greedy(packing, order), order).sort((a, b) => a - b)
}
