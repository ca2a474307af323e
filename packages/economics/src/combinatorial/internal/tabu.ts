/**
 * Better packings by tabu search (Glover 1986; for weighted cliques, which are packings of the complement: Wu, Hao & Glover,
 * "Multi-neighborhood tabu search for the maximum weight clique problem", 2012).
 *
 * Each step takes the column that gains most, or loses least, and gives up those in its way, which may not come back for a
 * while. Where nothing better comes of that for long, it goes on from the best, shaken.
 *
 * **Guarantees** The result weighs no less than the start, and is the same each time unless time runs out.
 */
import * as Bits from "./bits.ts"
import type { Bound } from "./bound.ts"
import type { Packing } from "./packing.ts"

/** Few steps for few columns, which branch and bound does at once. */
const stepsFor = (columns: number): number => Math.min(40_000, (columns * columns) >> 3)

/** So many steps without anything better are taken before the best is shaken. */
const patience = 200

/** How long a column stays away that had to go: so long, and up to as much again. */
const tenure = 7

interface State {
  readonly packing: Packing
  readonly neighbours: ReadonlyArray<ReadonlyArray<number>>
  readonly isChosen: Uint8Array
  /** What the chosen columns in the way of a column weigh. */
  readonly against: Float64Array
  /** The step from which on a column may be chosen again. */
  readonly from: Int32Array
  share: number
}

/** Columns are searched that lack at most so much to being chosen, as shares of the bound: few at first, then more. */
const reaches = [0.005, 0.01, 0.02]

/** A packing at least as heavy as `start`, ascending. Columns that the bound says are far from being chosen stay out. */
export const improved = (
  packing: Packing,
  dead: Uint8Array,
  { margins, value }: Bound,
  start: ReadonlyArray<number>,
  isSpent: () => boolean
): ReadonlyArray<number> => {
  let best = start
  for (const reach of reaches) {
    const isChosen = new Set(best)
    const out = dead.map((each, column) => (margins[column]! < -reach * value && !isChosen.has(column) ? 1 : each))
    best = searched(packing, out, best, isSpent)
  }
  return best
}

/** A packing at least as heavy as `start`, ascending; nothing of it is dead. */
const searched = (
  packing: Packing,
  dead: Uint8Array,
  start: ReadonlyArray<number>,
  isSpent: () => boolean
): ReadonlyArray<number> => {
  const { conflicts, size } = packing
  const columns: Array<number> = []
  for (let column = 0; column < size; column++) if (dead[column] === 0) columns.push(column)
  if (columns.length === 0) return start
  const state: State = {
    packing,
    neighbours: Array.from({ length: size }, (_, column) =>
      dead[column] === 0 ? Bits.members(conflicts, column).filter((other) => dead[other] === 0) : []
    ),
    isChosen: new Uint8Array(size),
    against: new Float64Array(size),
    from: new Int32Array(size),
    share: 0
  }
  for (const column of start) take(state, column, 0, chance(0))
  let best = start
  let most = state.share
  let idle = 0
  const steps = stepsFor(columns.length)
  for (let step = 1; step <= steps; step++) {
    if (step % 256 === 0 && isSpent()) break
    const random = chance(step)
    let next = bestOf(state, columns, step)
    if (idle > patience || next < 0) {
      next = columns[random % columns.length]!
      if (idle > patience) restore(state, best)
      idle = 0
      if (state.isChosen[next] === 1) continue
    }
    take(state, next, step, random)
    idle++
    if (state.share > most * (1 + 1e-12)) {
      most = state.share
      best = columns.filter((column) => state.isChosen[column] === 1)
      idle = 0
    }
  }
  return best
}

/** A whole number that depends on the step alone. */
const chance = (step: number): number => {
  let mixed = Math.imul(step + 1, 0x9e3779b1)
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  return (mixed ^ (mixed >>> 13)) >>> 0
}

/** The column that gains most of those that are free to come; -1 if none is. */
const bestOf = (
  { against, from, isChosen, packing: { shares } }: State,
  columns: ReadonlyArray<number>,
  step: number
): number => {
  let best = -1
  let most = -Infinity
  for (const column of columns) {
    const gain = shares[column]! - against[column]!
    if (gain > most && isChosen[column] === 0 && from[column]! <= step) {
      most = gain
      best = column
    }
  }
  return best
}

/** Chooses a column; what is in its way goes. */
const take = (state: State, column: number, step: number, random: number): void => {
  for (const other of state.neighbours[column]!) {
    if (state.isChosen[other] === 0) continue
    leave(state, other)
    state.from[other] = step + tenure + (random % tenure)
  }
  const share = state.packing.shares[column]!
  state.isChosen[column] = 1
  state.share += share
  for (const other of state.neighbours[column]!) state.against[other]! += share
}

const leave = (state: State, column: number): void => {
  const share = state.packing.shares[column]!
  state.isChosen[column] = 0
  state.share -= share
  for (const other of state.neighbours[column]!) state.against[other]! -= share
}

/** Back to a packing. */
const restore = (state: State, chosen: ReadonlyArray<number>): void => {
  state.isChosen.fill(0)
  state.against.fill(0)
  state.share = 0
  for (const column of chosen) take(state, column, 0, 0)
}
