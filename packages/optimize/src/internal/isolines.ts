/**
 * The borders of what is small in a field of numbers: marching squares (W. Lorensen, H. Cline, 1987, in the plane), stitched to rings.
 *
 * **Guarantees** Rings are closed and do not cross each other; filled by the even-odd rule they are exactly where the field, linear
 * along the edges of its grid, is at most the level. The field ends at the unit square.
 *
 * @since 0.1.0
 */

/** Numbers at the nodes of a grid over the unit square: row by row from below, each from the left. At least 2 × 2. */
export interface Field {
  readonly columns: number
  readonly rows: number
  readonly values: ArrayLike<number>
}

export type Ring = ReadonlyArray<readonly [x: number, y: number]>

type Edge = "bottom" | "right" | "top" | "left"

/** By which corners are inside (1 bottom left, 2 bottom right, 4 top right, 8 top left): segments with the inside at their left. */
const SEGMENTS: ReadonlyArray<ReadonlyArray<readonly [Edge, Edge]>> = [
  [],
  [["bottom", "left"]],
  [["right", "bottom"]],
  [["right", "left"]],
  [["top", "right"]],
  [
    ["bottom", "left"],
    ["top", "right"]
  ],
  [["top", "bottom"]],
  [["top", "left"]],
  [["left", "top"]],
  [["bottom", "top"]],
  [
    ["right", "bottom"],
    ["left", "top"]
  ],
  [["right", "top"]],
  [["left", "right"]],
  [["bottom", "right"]],
  [["left", "bottom"]],
  []
]

/** The rings around what is at most the level. */
export const rings = ({ columns, rows, values }: Field, level: number): ReadonlyArray<Ring> => {
  // A frame of nodes that are outside lies upon the border, so that every ring closes along it.
  const wide = columns + 2
  const value = (i: number, k: number) =>
    i < 1 || k < 1 || i > columns || k > rows ? Number.POSITIVE_INFINITY : values[(k - 1) * columns + i - 1]!
  const x = (i: number) => Math.min(1, Math.max(0, (i - 1) / (columns - 1)))
  const y = (k: number) => Math.min(1, Math.max(0, (k - 1) / (rows - 1)))
  const edgeOf = (i: number, k: number, edge: Edge): number => {
    if (edge === "left") return (k * wide + i) * 2 + 1
    if (edge === "right") return (k * wide + i + 1) * 2 + 1
    return ((edge === "top" ? k + 1 : k) * wide + i) * 2
  }
  const next = new Map<number, number>()
  for (let k = 0; k <= rows; k++) {
    for (let i = 0; i <= columns; i++) {
      const inside = (a: number, b: number, bit: number) => (value(a, b) <= level ? bit : 0)
      const corners = inside(i, k, 1) + inside(i + 1, k, 2) + inside(i + 1, k + 1, 4) + inside(i, k + 1, 8)
      for (const [from, to] of SEGMENTS[corners]!) next.set(edgeOf(i, k, from), edgeOf(i, k, to))
    }
  }
  const crossing = (edge: number): readonly [number, number] => {
    const node = edge >> 1
    const [i, k] = [node % wide, Math.floor(node / wide)]
    const [p, q] = edge % 2 === 0 ? [i + 1, k] : [i, k + 1]
    const [a, b] = [value(i, k), value(p, q)]
    const share = Number.isFinite(a) && Number.isFinite(b) ? (level - a) / (b - a) : 0.5
    return [x(i) + share * (x(p) - x(i)), y(k) + share * (y(q) - y(k))]
  }
  const found: Array<Ring> = []
  for (const begin of next.keys()) {
    const ring: Array<readonly [number, number]> = []
    let edge: number | undefined = begin
    while (edge !== undefined && next.has(edge)) {
      ring.push(crossing(edge))
      const after: number = next.get(edge)!
      next.delete(edge)
      edge = after
    }
    if (ring.length > 2) found.push(ring)
  }
  return found
}
