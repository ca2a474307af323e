/**
 * The simplex method on a condensed tableau for packings: maximise the weight of columns between 0 and 1 with at most 1 in
 * each row (Dantzig 1947; dual simplex: Lemke 1954).
 *
 * **Guarantees** Nothing that a proof may rest on: these are doubles. Callers take the multipliers of the rows, which give
 * a bound whatever they are, and the solution as a hint.
 *
 * **Details** Variable `j` below `size` is a column, `size + r` the slack of row `r`. The right sides differ from 1 by
 * tiny steps, so that no two vertices coincide and the method does not go round in circles.
 */
import * as Bits from "./bits.ts"
import type { Packing } from "./packing.ts"

/** Basic variable `i` is `right[i]` less the nonbasic ones times row `i` of `cells`. */
export interface Tableau {
  readonly size: number
  height: number
  readonly width: number
  cells: Float64Array
  right: Float64Array
  /** What a unit of each nonbasic variable costs; none negative at an optimum. */
  readonly costs: Float64Array
  readonly basic: Array<number>
  readonly nonbasic: Int32Array
  objective: number
}

const small = 1e-9

/** A row with more slack than this does not bind. */
const loose = 1e-3

/** A step between 0 and 1 that depends on the row alone. */
const step = (row: number): number => {
  const mixed = Math.imul(row + 1, 0x9e3779b1) >>> 0
  return mixed / 2 ** 32
}
const rightOf = (row: number): number => 1 + 1e-6 * (0.5 + step(row))

/** The tableau of the slack basis: nothing chosen yet. */
export const make = (packing: Packing): Tableau => {
  const { rows, shares, size } = packing
  const cells = new Float64Array(rows.length * size)
  rows.forEach((columns, row) => {
    for (const column of columns) cells[row * size + column] = 1
  })
  return {
    size,
    height: rows.length,
    width: size,
    cells,
    right: Float64Array.from(rows, (_, row) => rightOf(row)),
    costs: shares.map((share) => -share),
    basic: rows.map((_, row) => size + row),
    nonbasic: Int32Array.from({ length: size }, (_, column) => column),
    objective: 0
  }
}

/**
 * A copy without the nonbasic columns in `dead`, and without the rows that do not bind: should one come to be violated,
 * `missing` finds it.
 */
export const copyWithout = (source: Tableau, dead: Uint8Array): Tableau => {
  const kept: Array<number> = []
  for (let at = 0; at < source.width; at++) {
    const variable = source.nonbasic[at]!
    if (variable >= source.size || dead[variable] === 0) kept.push(at)
  }
  const rows: Array<number> = []
  for (let row = 0; row < source.height; row++) {
    if (source.basic[row]! < source.size || source.right[row]! < loose) rows.push(row)
  }
  const width = kept.length
  const cells = new Float64Array(rows.length * width)
  rows.forEach((row, to) => {
    const from = row * source.width
    for (let at = 0; at < width; at++) cells[to * width + at] = source.cells[from + kept[at]!]!
  })
  return {
    size: source.size,
    height: rows.length,
    width,
    cells,
    right: Float64Array.from(rows, (row) => source.right[row]!),
    costs: Float64Array.from(kept, (at) => source.costs[at]!),
    basic: rows.map((row) => source.basic[row]!),
    nonbasic: Int32Array.from(kept, (at) => source.nonbasic[at]!),
    objective: source.objective
  }
}

/** Rows of the packing that the tableau has not, and that its solution violates; the worst first. */
export const missing = (packing: Packing, tableau: Tableau, solution: Float64Array): ReadonlyArray<number> => {
  const sums = new Float64Array(packing.rows.length)
  solution.forEach((value, column) => {
    if (value > small) for (const row of packing.rowsOf[column]!) sums[row]! += value
  })
  for (const variable of tableau.basic) if (variable >= tableau.size) sums[variable - tableau.size] = 0
  for (const variable of tableau.nonbasic) if (variable >= tableau.size) sums[variable - tableau.size] = 0
  const found: Array<number> = []
  sums.forEach((sum, row) => {
    if (sum > 1 + 1e-4) found.push(row)
  })
  return found.sort((a, b) => sums[b]! - sums[a]! || a - b)
}

/** Swaps the basic variable of `row` with the nonbasic one at `at`. */
const pivot = (tableau: Tableau, row: number, at: number): void => {
  const { cells, costs, height, right, width } = tableau
  const from = row * width
  const inverse = 1 / cells[from + at]!
  const values = new Float64Array(width)
  const touched = new Int32Array(width)
  let count = 0
  for (let other = 0; other < width; other++) {
    const cell = cells[from + other]!
    const value = Math.abs(cell) < 1e-12 ? 0 : cell * inverse
    cells[from + other] = values[other] = value
    if (value !== 0 && other !== at) touched[count++] = other
  }
  values[at] = 0
  // What is zero in the row changes nothing. Where little is, whole rows are faster than a list of the rest.
  const isSparse = 2 * count < width
  right[row]! *= inverse
  cells[from + at] = inverse
  for (let other = 0; other < height; other++) {
    if (other === row) continue
    const base = other * width
    const factor = cells[base + at]!
    if (factor === 0) continue
    if (isSparse)
      for (let each = 0; each < count; each++) cells[base + touched[each]!]! -= factor * values[touched[each]!]!
    else subtract(cells, base, values, factor)
    cells[base + at] = -factor * inverse
    right[other]! -= factor * right[row]!
  }
  const cost = costs[at]!
  subtract(costs, 0, values, cost)
  costs[at] = -cost * inverse
  tableau.objective -= cost * right[row]!
  const leaving = tableau.basic[row]!
  tableau.basic[row] = tableau.nonbasic[at]!
  tableau.nonbasic[at] = leaving
}

/** Takes `factor` times `values` from the cells from `base` on, four at a time. */
const subtract = (cells: Float64Array, base: number, values: Float64Array, factor: number): void => {
  const width = values.length
  let at = 0
  for (; at + 3 < width; at += 4) {
    cells[base + at]! -= factor * values[at]!
    cells[base + at + 1]! -= factor * values[at + 1]!
    cells[base + at + 2]! -= factor * values[at + 2]!
    cells[base + at + 3]! -= factor * values[at + 3]!
  }
  for (; at < width; at++) cells[base + at]! -= factor * values[at]!
}

/** From any basis that is feasible to an optimal one. `scales` weighs the columns against each other when one is to enter. */
export const maximise = (tableau: Tableau, scales: Float64Array, isSpent: () => boolean): void => {
  const limit = 50 * (tableau.height + tableau.width)
  for (let count = 0; count < limit; count++) {
    if (count % 16 === 15 && isSpent()) return
    let entering = -1
    let steepest = small
    for (let at = 0; at < tableau.width; at++) {
      const cost = tableau.costs[at]!
      if (cost >= -small) continue
      const variable = tableau.nonbasic[at]!
      const gain = variable < tableau.size ? -cost * scales[variable]! : -cost
      if (gain > steepest) {
        steepest = gain
        entering = at
      }
    }
    if (entering < 0) return
    const leaving = firstToVanish(tableau, entering)
    if (leaving < 0) return
    pivot(tableau, leaving, entering)
  }
}

const firstToVanish = ({ cells, height, right, width }: Tableau, entering: number): number => {
  let leaving = -1
  let least = Infinity
  for (let row = 0; row < height; row++) {
    const cell = cells[row * width + entering]!
    if (cell <= small) continue
    const ratio = Math.max(0, right[row]!) / cell
    if (ratio < least) {
      least = ratio
      leaving = row
    }
  }
  return leaving
}

/**
 * Back to a feasible basis after rows were added or columns have died: the objective only falls. Stops early below
 * `enough`, when numbers no longer allow a step, and when time has run out: the multipliers give a bound all the same.
 */
export const repair = (tableau: Tableau, dead: Uint8Array, enough: number, isSpent: () => boolean): void => {
  const { costs, nonbasic, size } = tableau
  const limit = 20 * tableau.height + 100
  for (let count = 0; count < limit && tableau.objective > enough; count++) {
    if (count % 16 === 15 && isSpent()) return
    const row = mostViolated(tableau, dead)
    if (row < 0) return
    // What is too small has to grow, what is dead has to go.
    const sign = tableau.right[row]! < 0 ? -1 : 1
    const from = row * tableau.width
    let entering = -1
    let least = Infinity
    let strongest = 0
    for (let at = 0; at < tableau.width; at++) {
      const cell = sign * tableau.cells[from + at]!
      if (cell <= small) continue
      const variable = nonbasic[at]!
      if (variable < size && dead[variable] === 1) continue
      const ratio = Math.max(0, costs[at]!) / cell
      if (ratio < least - 1e-12 || (ratio <= least && cell > strongest)) {
        least = ratio
        strongest = cell
        entering = at
      }
    }
    if (entering < 0) return
    pivot(tableau, row, entering)
  }
}

/** The row to leave, by the steepest edge of the dual (Forrest & Goldfarb 1992): a tableau has its edges at hand. */
const mostViolated = ({ basic, cells, height, right, size, width }: Tableau, dead: Uint8Array): number => {
  let worst = -1
  let most = 0
  for (let row = 0; row < height; row++) {
    const value = right[row]!
    const variable = basic[row]!
    const violation = value < 0 ? -value : variable < size && dead[variable] === 1 ? value : 0
    if (violation <= 1e-8) continue
    let square = 1
    const end = (row + 1) * width
    for (let at = row * width; at < end; at++) square += cells[at]! * cells[at]!
    const steepness = (violation * violation) / square
    if (steepness > most) {
      most = steepness
      worst = row
    }
  }
  return worst
}

/** Adds rows of the packing; `repair` is due afterwards. */
export const addRows = (tableau: Tableau, packing: Packing, rows: ReadonlyArray<number>): void => {
  const { height, nonbasic, size, width } = tableau
  const cells = new Float64Array((height + rows.length) * width)
  cells.set(tableau.cells)
  const right = new Float64Array(height + rows.length)
  right.set(tableau.right)
  const isIn = new Uint8Array(size)
  rows.forEach((row, index) => {
    const columns = packing.rows[row]!
    for (const column of columns) isIn[column] = 1
    const base = (height + index) * width
    right[height + index] = rightOf(row)
    for (let at = 0; at < width; at++) {
      const variable = nonbasic[at]!
      if (variable < size) cells[base + at] = isIn[variable]!
    }
    for (let other = 0; other < height; other++) {
      const variable = tableau.basic[other]!
      if (variable >= size || isIn[variable] === 0) continue
      right[height + index]! -= right[other]!
      for (let at = 0; at < width; at++) cells[base + at]! -= cells[other * width + at]!
    }
    for (const column of columns) isIn[column] = 0
  })
  for (const row of rows) tableau.basic.push(size + row)
  tableau.cells = cells
  tableau.right = right
  tableau.height = height + rows.length
}

/** The value of each column. */
export const values = ({ basic, height, right, size }: Tableau): Float64Array => {
  const found = new Float64Array(size)
  for (let row = 0; row < height; row++) {
    const variable = basic[row]!
    if (variable < size) found[variable] = right[row]!
  }
  return found
}

/** The multipliers of the rows; none negative. */
export const multipliers = ({ costs, nonbasic, size, width }: Tableau, rows: number): Float64Array => {
  const found = new Float64Array(rows)
  for (let at = 0; at < width; at++) {
    const variable = nonbasic[at]!
    if (variable >= size) found[variable - size] = Math.max(0, costs[at]!)
  }
  return found
}

/** A set of columns that conflict pairwise and whose values sum to more than 1, if the greedy search sees one. */
export const violatedCliques = (packing: Packing, solution: Float64Array, most: number): Array<Array<number>> => {
  const { conflicts } = packing
  const fractional: Array<number> = []
  solution.forEach((value, column) => {
    if (value > 0.01 && value < 0.999) fractional.push(column)
  })
  fractional.sort((a, b) => solution[b]! - solution[a]! || a - b)
  const seen = new Set<string>()
  const found: Array<{ readonly clique: Array<number>; readonly sum: number }> = []
  for (const start of fractional) {
    const clique = [start]
    let sum = solution[start]!
    for (const other of fractional) {
      if (other === start || !clique.every((member) => Bits.has(conflicts, member, other))) continue
      clique.push(other)
      sum += solution[other]!
    }
    const key = [...clique].sort((a, b) => a - b).join()
    if (sum < 1.005 || seen.has(key)) continue
    seen.add(key)
    found.push({ clique, sum })
  }
  found.sort((a, b) => b.sum - a.sum)
  return found.slice(0, most).map((each) => each.clique)
}
