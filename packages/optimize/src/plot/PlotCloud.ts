/**
 * Many points: each for itself while they are few, and counted in cells when they are many.
 *
 * **Guarantees** Every point is in it: the counts of the cells sum to the points. So the lowest and the highest are never lost,
 * which thinning out would do. At most `columns` × `rows` cells.
 *
 * @since 0.1.0
 */
import { place } from "./PlotAxis.ts"
import type { PlotAxis } from "./PlotAxis.ts"

/** A trial at a place, in the units of the axes. */
export interface Point {
  readonly number: number
  readonly x: number
  readonly y: number
}

/** Few points. */
export interface Points {
  readonly _tag: "Points"
  readonly points: ReadonlyArray<Point>
}

/** How many points lie in a cell: columns from the left, rows from below. */
export interface Cell {
  readonly column: number
  readonly row: number
  readonly count: number
}

/** Many points, counted. */
export interface Density {
  readonly _tag: "Density"
  readonly columns: number
  readonly rows: number
  readonly cells: ReadonlyArray<Cell>
}

export type PlotCloud = Points | Density

/** Into how many cells points are counted, and from how many points on. */
export interface Grid {
  readonly columns: number
  readonly rows: number
  readonly pointsMax: number
}

/** The cell of a place from 0 to 1. */
export const cellOf = (place: number, cells: number): number => Math.min(cells - 1, Math.floor(place * cells))

/** Points between two axes. `isCounted` says how they are shown; default: by their number. */
export const make = (
  points: ReadonlyArray<Point>,
  x: PlotAxis,
  y: PlotAxis,
  { columns, pointsMax, rows }: Grid,
  isCounted: boolean = points.length > pointsMax
): PlotCloud => {
  if (!isCounted) return { _tag: "Points", points }
  const counts = new Uint32Array(columns * rows)
  for (const point of points) {
    counts[cellOf(place(y, point.y), rows) * columns + cellOf(place(x, point.x), columns)]! += 1
  }
  const cells: Array<Cell> = []
  for (const [index, count] of counts.entries()) {
    if (count > 0) cells.push({ column: index % columns, row: Math.floor(index / columns), count })
  }
  return { _tag: "Density", columns, rows, cells }
}

/** How many points there are. */
export const total = (cloud: PlotCloud): number =>
  cloud._tag === "Points" ? cloud.points.length : cloud.cells.reduce((sum, { count }) => sum + count, 0)
