/**
 * The heaviest packing by enumeration with bounds from clique covers, for when few columns are left: a step costs a
 * hundredth of a linear relaxation (Babel, "A fast algorithm for the maximum weight clique problem", 1994; covers that share
 * a column's weight out: Held, Cook & Sewell, "Maximum-weight stable sets and safe lower bounds for graph coloring", 2012).
 */
import * as Bits from "./bits.ts"
import type { Packing } from "./packing.ts"

export interface Options {
  /** The columns to choose from. */
  readonly columns: ReadonlyArray<number>
  /** Multipliers of the packing's rows, in units of the weights: where the first cover comes from. */
  readonly multipliers: Float64Array
  /** Packings whose value is not above this may be left out; asked again after every find. */
  readonly floor: () => number
  /** A packing above the floor. */
  readonly offer: (columns: ReadonlyArray<number>) => void
  /** Most steps. */
  readonly stepsMax: number
}

interface Local {
  readonly weights: Float64Array
  readonly words: number
  /** Row `i`: what conflicts with `i`. */
  readonly conflicts: Uint32Array
  readonly columns: ReadonlyArray<number>
  /** The rows with a positive multiplier, each with its columns. */
  readonly rows: ReadonlyArray<Int32Array>
  readonly rowsOf: ReadonlyArray<ReadonlyArray<number>>
  readonly multipliers: Float64Array
}

/** Room for rounding, as a share. */
const rounding = 1 + 1e-11

/** Offers every packing that may count, and gives the steps taken; -1 when there were too many. */
export const enumerate = (packing: Packing, weights: Float64Array, options: Options): number => {
  const local = localOf(packing, weights, options)
  const cover = priced(local)
  const count = local.columns.length
  const depthMax = count + 1
  const sets = new Uint32Array(depthMax * local.words)
  for (let column = 0; column < count; column++) sets[column >> 5]! |= 1 << (column & 31)
  const residual = new Float64Array(count)
  const chosen: Array<number> = []
  let steps = 0

  const descend = (depth: number, value: number): boolean => {
    if (++steps > options.stepsMax) return false
    const from = depth * local.words
    const budget = options.floor() - value
    let branches = uncovered(local, sets, from, residual, budget)
    if (branches.length > 1) {
      const others = cover(sets, from, budget)
      if (others.length < branches.length) branches = others
    }
    if (branches.length === 0) {
      if (value > options.floor()) options.offer(chosen.map((it) => local.columns[it]!).sort((a, b) => a - b))
      return true
    }
    for (let at = branches.length - 1; at >= 0; at--) {
      const column = branches[at]!
      const to = from + local.words
      for (let word = 0; word < local.words; word++) {
        sets[to + word] = sets[from + word]! & ~local.conflicts[column * local.words + word]!
      }
      sets[to + (column >> 5)]! &= ~(1 << (column & 31))
      sets[from + (column >> 5)]! &= ~(1 << (column & 31))
      chosen.push(column)
      const isDone = descend(depth + 1, value + local.weights[column]!)
      chosen.pop()
      if (!isDone) return false
    }
    // A packing that ends here has been reached already by whatever could be added to it, as weights are positive.
    return true
  }
  return descend(0, 0) ? steps : -1
}

/** Heavy columns first: they are branched on last and stand in the cover first. */
const localOf = (packing: Packing, weights: Float64Array, options: Options): Local => {
  const { conflicts } = packing
  const columns = options.columns.toSorted((a, b) => weights[b]! - weights[a]! || a - b)
  const words = (columns.length + 31) >> 5
  const cells = new Uint32Array(columns.length * words)
  for (let i = 0; i < columns.length; i++) {
    for (let j = 0; j < i; j++) {
      if (!Bits.has(conflicts, columns[i]!, columns[j]!)) continue
      cells[i * words + (j >> 5)]! |= 1 << (j & 31)
      cells[j * words + (i >> 5)]! |= 1 << (i & 31)
    }
  }
  const members = new Map<number, Array<number>>()
  columns.forEach((column, index) => {
    for (const row of packing.rowsOf[column]!) {
      if (!(options.multipliers[row]! > 0)) continue
      const own = members.get(row)
      if (own === undefined) members.set(row, [index])
      else own.push(index)
    }
  })
  const rowsOf: ReadonlyArray<Array<number>> = columns.map(() => [])
  ;[...members.values()].forEach((own, row) => own.forEach((column) => rowsOf[column]!.push(row)))
  return {
    weights: Float64Array.from(columns, (column) => weights[column]!),
    words,
    conflicts: cells,
    columns,
    rows: [...members.values()].map((own) => Int32Array.from(own)),
    rowsOf,
    multipliers: Float64Array.from(members.keys(), (row) => options.multipliers[row]!)
  }
}

/**
 * As `uncovered`, from the multipliers of the relaxation: what they are too high for the columns that are left is taken
 * back, and rows are given up to branching until the rest is within the budget.
 */
const priced = ({ multipliers, rows, rowsOf, weights, words }: Local) => {
  const prices = new Float64Array(rows.length)
  const alive = new Int32Array(rows.length)
  const isIn = new Uint8Array(weights.length)
  const excess = new Float64Array(weights.length)

  const lowered = (cost: number): number => {
    for (let row = 0; row < rows.length; row++) {
      if (alive[row] === 0) continue
      let slack = prices[row]!
      for (const column of rows[row]!) {
        if (isIn[column] === 1 && -excess[column]! < slack) slack = -excess[column]!
        if (slack <= 0) break
      }
      if (slack <= 0) continue
      prices[row]! -= slack
      cost -= slack
      for (const column of rows[row]!) if (isIn[column] === 1) excess[column]! += slack
    }
    return cost
  }

  const drop = (column: number, cost: number): number => {
    isIn[column] = 0
    let rest = excess[column]! > 0 ? cost - excess[column]! : cost
    for (const row of rowsOf[column]!) if (--alive[row]! === 0) rest -= prices[row]!
    return rest
  }

  return (sets: Uint32Array, from: number, budget: number): ReadonlyArray<number> => {
    prices.set(multipliers)
    alive.fill(0)
    isIn.fill(0)
    let cost = 0
    for (let word = 0; word < words; word++) {
      for (let rest = sets[from + word]!; rest !== 0; rest &= rest - 1) {
        const column = word * 32 + 31 - Math.clz32(rest & -rest)
        isIn[column] = 1
        let over = weights[column]!
        for (const row of rowsOf[column]!) {
          over -= multipliers[row]!
          if (alive[row]!++ === 0) cost += multipliers[row]!
        }
        excess[column] = over
        if (over > 0) cost += over
      }
    }
    cost = lowered(cost)
    const branches: Array<number> = []
    while (cost * rounding > budget) {
      let best = -1
      let most = 0
      for (let row = 0; row < rows.length; row++) {
        if (alive[row] === 0) continue
        const worth = prices[row]! / alive[row]!
        if (worth > most) {
          most = worth
          best = row
        }
      }
      let single = -1
      for (let column = 0; column < weights.length; column++) {
        if (isIn[column] === 1 && (excess[column]! > most || (best < 0 && single < 0))) {
          most = Math.max(most, excess[column]!)
          single = column
        }
      }
      if (single >= 0) {
        branches.push(single)
        cost = drop(single, cost)
      } else if (best >= 0) {
        for (const column of rows[best]!) {
          if (isIn[column] === 0) continue
          branches.push(column)
          cost = drop(column, cost)
        }
      } else break
    }
    return branches.sort((a, b) => a - b)
  }
}

/** The columns of a set that no cover by cliques within `budget` has room for. Rounding is the caller's: see `floor`. */
const uncovered = (
  { conflicts, weights, words }: Local,
  sets: Uint32Array,
  from: number,
  residual: Float64Array,
  budget: number
): ReadonlyArray<number> => {
  const left: Array<number> = []
  for (let word = 0; word < words; word++) {
    for (let rest = sets[from + word]!; rest !== 0; rest &= rest - 1) {
      const column = word * 32 + 31 - Math.clz32(rest & -rest)
      left.push(column)
      residual[column] = weights[column]!
    }
  }
  let spent = 0
  const clique: Array<number> = []
  while (left.length > 0) {
    let least = left[0]!
    for (const column of left) if (residual[column]! < residual[least]!) least = column
    const share = residual[least]!
    if ((spent + share) * rounding > budget) break
    spent += share
    clique.length = 0
    clique.push(least)
    for (const column of left) {
      if (column === least) continue
      const base = column * words
      let fits = true
      for (const member of clique) {
        if ((conflicts[base + (member >> 5)]! & (1 << (member & 31))) === 0) {
          fits = false
          break
        }
      }
      if (fits) clique.push(column)
    }
    for (const member of clique) residual[member]! -= share
    let kept = 0
    for (const column of left) if (residual[column]! > 0) left[kept++] = column
    left.length = kept
  }
  return left
}
