/**
 * Upper bounds that hold whatever the solver says: for any multipliers `y` of the rows that are not negative, no packing
 * weighs more than the sum of `y` and of what each column's weight exceeds the `y` of its rows by (weak duality).
 */
import type { Packing } from "./packing.ts"
import { multipliers } from "./tableau.ts"
import type { Tableau } from "./tableau.ts"

/** A bound in shares of the greatest weight. */
export interface Bound {
  /** The bound as doubles give it. */
  readonly value: number
  /** More than rounding can have taken from it, or from the sum of the shares of a packing. */
  readonly error: number
  /** By column: weight less multipliers, each known up to `error`. Only for columns that are not dead. */
  readonly margins: Float64Array
}

/** The bound over the columns that are not dead. */
export const of = (packing: Packing, multipliers: Float64Array, dead: Uint8Array): Bound => {
  const { rows, rowsOf, shares, size } = packing
  const margins = new Float64Array(size)
  let sum = 0
  for (let row = 0; row < rows.length; row++) sum += multipliers[row]!
  let value = sum
  let operations = 2 * size + rows.length
  for (let column = 0; column < size; column++) {
    if (dead[column] === 1) continue
    let margin = shares[column]!
    for (const row of rowsOf[column]!) margin -= multipliers[row]!
    margins[column] = margin
    operations += rowsOf[column]!.length + 3
    if (margin > 0) value += margin
  }
  return { value, error: operations * 2 ** -51 * (1 + sum + value), margins }
}

/** An upper bound on the weight itself, rounded up. */
export const ceiling = ({ error, value }: Pick<Bound, "error" | "value">, greatest: bigint): bigint =>
  ((BigInt(Math.ceil((value + error) * 2 ** 60)) * greatest) >> 60n) + 1n

const fraction = 64n
const roundsMax = 64

const absolute = (value: bigint): bigint => (value < 0n ? -value : value)

/**
 * The bound with multipliers worked out as far as needed to see single units of the weights: the multipliers of the
 * tableau, then corrected by what its basic columns exactly lack, again and again (iterative refinement; Wilkinson 1963).
 */
export const sharp = (packing: Packing, tableau: Tableau, dead: Uint8Array): bigint => {
  const { rows, rowsOf, size, weights } = packing
  const greatest = weights.reduce((most, weight) => (weight > most ? weight : most), 0n)
  const rough = multipliers(tableau, rows.length)
  const exact = Array.from(rough, (y) => (BigInt(Math.round(y * 2 ** 60)) * greatest * (1n << fraction)) >> 60n)
  const lacking = (column: number): bigint =>
    rowsOf[column]!.reduce((rest, row) => rest - exact[row]!, weights[column]! << fraction)
  let before: bigint | undefined
  for (let round = 0; round < roundsMax; round++) {
    const lacks = tableau.basic.map((variable) => (variable < size ? lacking(variable) : 0n))
    const most = lacks.reduce((worst, lack) => (absolute(lack) > worst ? absolute(lack) : worst), 0n)
    if (most < 1n << 16n || (before !== undefined && most >= before)) break
    before = most
    correct(tableau, exact, lacks, most)
  }
  let bound = 0n
  for (let row = 0; row < exact.length; row++) {
    if (exact[row]! < 0n) exact[row] = 0n
    bound += exact[row]!
  }
  for (let column = 0; column < size; column++) {
    if (dead[column] === 1) continue
    const margin = lacking(column)
    if (margin > 0n) bound += margin
  }
  return bound >> fraction
}

/** Shares what the basic columns lack out to the rows that bind. */
const correct = (tableau: Tableau, exact: Array<bigint>, lacks: ReadonlyArray<bigint>, most: bigint): void => {
  const { cells, nonbasic, size, width } = tableau
  const shift = BigInt(Math.max(0, most.toString(2).length - 60))
  const parts = Float64Array.from(lacks, (lack) => Number(lack >> shift))
  for (let at = 0; at < width; at++) {
    if (nonbasic[at]! < size) continue
    let sum = 0
    for (let row = 0; row < parts.length; row++) sum += cells[row * width + at]! * parts[row]!
    if (Number.isFinite(sum)) exact[nonbasic[at]! - size]! += BigInt(Math.round(sum)) << shift
  }
}
