/**
 * Weighted set packing: choose columns of the greatest total weight, at most one from each row. What winner determination
 * is once goods and bidders are rows and bids are columns.
 *
 * Every row is a set of columns that conflict pairwise, and whatever else conflicts with all of them may join it: the
 * bound of the linear relaxation gets tighter and no packing is lost.
 */
import * as Bits from "./bits.ts"

/** Columns in order of arrival. */
export interface Packing {
  readonly size: number
  /** Positive. */
  readonly weights: ReadonlyArray<bigint>
  /** The weights as shares of the greatest. */
  readonly shares: Float64Array
  /** The greatest weight as a double, if doubles tell every sum of weights from a tenth more or less; otherwise 0. */
  readonly unit: number
  /** The columns of each row; grows as cliques are found. */
  readonly rows: Array<ReadonlyArray<number>>
  /** The rows of each column. */
  readonly rowsOf: ReadonlyArray<Array<number>>
  /** For each column those that cannot be chosen with it. */
  readonly conflicts: Bits.Bits
}

/** One column as it is given: its weight and the groups of which only one member may be chosen. */
export interface Column {
  readonly weight: bigint
  readonly groups: ReadonlyArray<number>
}

/** Up to here doubles are sixteenths apart, so that a floor put between two whole numbers stays there. */
const sumMax = 2n ** 49n

const bitLength = (value: bigint): number => value.toString(2).length

/** Weights as shares of the greatest, each within 2^-52 of the truth, relative to the greatest. */
export const sharesOf = (weights: ReadonlyArray<bigint>): { readonly shares: Float64Array; readonly unit: number } => {
  let greatest = 0n
  let total = 0n
  for (const weight of weights) {
    if (weight > greatest) greatest = weight
    total += weight
  }
  // Cut to 64 bits before they become doubles: a double ends at 2^1024, text amounts do not.
  const shift = BigInt(Math.max(0, bitLength(greatest) - 64))
  const top = Number(greatest >> shift)
  return {
    shares: Float64Array.from(weights, (weight) => Number(weight >> shift) / top),
    unit: total <= sumMax ? Number(greatest) : 0
  }
}

/** Builds rows and conflicts. A column outside all groups is in a row of its own. When time is up, rows stay as they are. */
export const make = (columns: ReadonlyArray<Column>, isSpent: () => boolean = () => false): Packing => {
  const size = columns.length
  const groups = new Map<number, Array<number>>()
  columns.forEach((column, index) => {
    for (const group of column.groups) {
      const members = groups.get(group)
      if (members === undefined) groups.set(group, [index])
      else members.push(index)
    }
  })
  const cliques = [...groups.values()].filter((group) => group.length > 1)
  const conflicts = conflictsOf(size, cliques)
  const weights = columns.map((column) => column.weight)
  const { shares, unit } = sharesOf(weights)
  let isLate = false
  const extensions = cliques.map((clique, index) => {
    isLate ||= index % 16 === 15 && isSpent()
    return isLate ? clique : extended(clique, conflicts, shares)
  })
  const rows = largest(size, extensions)
  const rowsOf: ReadonlyArray<Array<number>> = Array.from({ length: size }, () => [])
  const packing: Packing = { size, weights, shares, unit, rows: [], rowsOf, conflicts }
  for (const row of rows) addRow(packing, row)
  rowsOf.forEach((of, column) => {
    if (of.length === 0) addRow(packing, [column])
  })
  return packing
}

/** Adds a set of columns that conflict pairwise as a row. */
export const addRow = (packing: Packing, columns: ReadonlyArray<number>): void => {
  for (const column of columns) packing.rowsOf[column]!.push(packing.rows.length)
  packing.rows.push(columns)
}

const conflictsOf = (size: number, cliques: ReadonlyArray<ReadonlyArray<number>>): Bits.Bits => {
  const conflicts = Bits.empty(size, size)
  const mask = Bits.empty(1, size)
  for (const clique of cliques) {
    mask.cells.fill(0)
    for (const column of clique) Bits.add(mask, 0, column)
    for (const column of clique) Bits.unite(conflicts, column, mask, 0)
  }
  for (let column = 0; column < size; column++) Bits.remove(conflicts, column, column)
  return conflicts
}

/** The clique and what conflicts with all of it, heavy columns first, ascending. */
export const extended = (
  clique: ReadonlyArray<number>,
  conflicts: Bits.Bits,
  shares: Float64Array
): ReadonlyArray<number> => {
  const common: Bits.Bits = { words: conflicts.words, cells: new Uint32Array(conflicts.words).fill(-1) }
  for (const column of clique) Bits.intersect(common, 0, conflicts, column)
  const joining = Bits.members(common, 0).sort((a, b) => shares[b]! - shares[a]! || a - b)
  const joined: Array<number> = []
  for (const column of joining) {
    if (!Bits.has(common, 0, column)) continue
    joined.push(column)
    Bits.intersect(common, 0, conflicts, column)
  }
  return joined.length === 0 ? clique : [...clique, ...joined].sort((a, b) => a - b)
}

/** Rows that are not contained in another. */
const largest = (size: number, rows: ReadonlyArray<ReadonlyArray<number>>): ReadonlyArray<ReadonlyArray<number>> => {
  const sorted = rows.toSorted((a, b) => b.length - a.length)
  const masks = Bits.empty(sorted.length, size)
  const kept: Array<number> = []
  sorted.forEach((row, index) => {
    for (const column of row) Bits.add(masks, index, column)
    if (!kept.some((other) => Bits.isSubset(masks, index, masks, other))) kept.push(index)
  })
  return kept.map((index) => sorted[index]!)
}
