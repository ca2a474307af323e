/**
 * The assignment of greatest total weight: each row to at most one column and each column to at most one row (Kuhn 1955;
 * Munkres 1957, as shortest augmenting paths: Jonker and Volgenant 1987).
 *
 * **Guarantees** Exact over exact numbers. Time is `rows² · columns` with the shorter side as rows.
 *
 * **Does not guarantee** The best of two assignments that differ by less than the rounding of doubles.
 */
import type { Arithmetic } from "../input/Amount.ts"

/** Column by row, or -1. `weights[row][column]` is not negative; all rows are equally long. */
export const assign = <A>(
  arithmetic: Arithmetic<A>,
  weights: ReadonlyArray<ReadonlyArray<A>>
): ReadonlyArray<number> => {
  const columns = weights[0]?.length ?? 0
  if (weights.length <= columns)
    return byRows(arithmetic, weights.length, columns, (row, column) => weights[row]?.[column])
  const rowOf = byRows(arithmetic, columns, weights.length, (column, row) => weights[row]?.[column])
  const columnOf = weights.map(() => -1)
  rowOf.forEach((row, column) => (columnOf[row] = column))
  return columnOf
}

/** Rows are added one by one, each by the shortest augmenting path under potentials. Positions count from 1; 0 is outside. */
const byRows = <A>(
  { add, compare, subtract, zero }: Arithmetic<A>,
  rows: number,
  columns: number,
  weight: (row: number, column: number) => A | undefined
): ReadonlyArray<number> => {
  const rowPotential = Array.from({ length: rows + 1 }, () => zero)
  const columnPotential = Array.from({ length: columns + 1 }, () => zero)
  const rowOf = new Int32Array(columns + 1)
  const cameFrom = new Int32Array(columns + 1)
  for (let added = 1; added <= rows; added++) {
    rowOf[0] = added
    const shortest: Array<A | undefined> = Array.from({ length: columns + 1 }, () => undefined)
    const visited = new Uint8Array(columns + 1)
    let at = 0
    do {
      visited[at] = 1
      const row = rowOf[at] ?? 0
      const potential = rowPotential[row] ?? zero
      let next = 0
      let delta: A | undefined
      for (let column = 1; column <= columns; column++) {
        if (visited[column] === 1) continue
        // The cost of an edge is its weight with the other sign.
        const gain = weight(row - 1, column - 1) ?? zero
        const reduced = subtract(subtract(subtract(zero, gain), potential), columnPotential[column] ?? zero)
        let known = shortest[column]
        if (known === undefined || compare(reduced, known) < 0) {
          shortest[column] = known = reduced
          cameFrom[column] = at
        }
        if (delta === undefined || compare(known, delta) < 0) {
          delta = known
          next = column
        }
      }
      const step = delta ?? zero
      for (let column = 0; column <= columns; column++) {
        if (visited[column] === 1) {
          const matched = rowOf[column] ?? 0
          rowPotential[matched] = add(rowPotential[matched] ?? zero, step)
          columnPotential[column] = subtract(columnPotential[column] ?? zero, step)
        } else {
          const known = shortest[column]
          if (known !== undefined) shortest[column] = subtract(known, step)
        }
      }
      at = next
    } while (rowOf[at] !== 0)
    while (at !== 0) {
      const previous = cameFrom[at] ?? 0
      rowOf[at] = rowOf[previous] ?? 0
      at = previous
    }
  }
  const columnOf = Array.from({ length: rows }, () => -1)
  for (let column = 1; column <= columns; column++) {
    const row = rowOf[column] ?? 0
    if (row > 0) columnOf[row - 1] = column - 1
  }
  return columnOf
}
