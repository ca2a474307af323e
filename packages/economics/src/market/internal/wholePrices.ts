/**
 * Equilibrium prices of Cobb–Douglas agents who own goods, in whole numbers.
 *
 * `s_j p_j = Σ_i a_ij Σ_k w_ik p_k / Σ_k a_ik`, times the product of all `Σ_k a_ik`, is a system of whole numbers in which
 * every step of elimination divides without remainder (Bareiss 1968), so that no figure is longer than a determinant, and no
 * common divisor is looked for. Leading minors are positive, since each good of a closed part leads to every other.
 */

import { bitsOf } from "../../internal/divisors.ts"

/** Whole numbers that say what the agents of a part want and own: a row for each agent. */
export interface Part {
  readonly wishes: ReadonlyArray<ReadonlyArray<bigint>>
  readonly owned: ReadonlyArray<ReadonlyArray<bigint>>
}

const sum = (values: ReadonlyArray<bigint>): bigint => values.reduce((total, value) => total + value, 0n)

const suppliesOf = ({ owned }: Part): ReadonlyArray<bigint> => owned[0]!.map((_, k) => sum(owned.map((row) => row[k]!)))

/** How many bits a price can have, at most. */
export const bitsMax = (part: Part): number =>
  [...part.wishes.map(sum), ...suppliesOf(part)].reduce((total, value) => total + bitsOf(value), 0)

/** Whole numbers in proportion to the prices. */
export const wholePrices = (part: Part): ReadonlyArray<bigint> => {
  const { matrix, product } = systemOf(part)
  const last = matrix.length - 1
  let before = product
  for (let k = 0; k < last; k++) {
    const row = matrix[k]!
    const pivot = row[k]!
    for (let i = k + 1; i <= last; i++) {
      const other = matrix[i]!
      const factor = other[k]!
      for (let j = k + 1; j <= last; j++) other[j] = (other[j]! * pivot - factor * row[j]!) / before
    }
    before = pivot
  }
  const prices = new Array<bigint>(last + 1).fill(before)
  for (let i = last - 1; i >= 0; i--) {
    const row = matrix[i]!
    let owed = 0n
    for (let j = i + 1; j <= last; j++) owed -= row[j]! * prices[j]!
    prices[i] = owed / row[i]!
  }
  return prices
}

/** What is left over of each good (rows) for a price of each good (columns), times the product of all sums of wishes; and that. */
const systemOf = (part: Part): { readonly matrix: ReadonlyArray<Array<bigint>>; readonly product: bigint } => {
  const { owned, wishes } = part
  const sums = wishes.map(sum)
  const product = sums.reduce((total, each) => total * each, 1n)
  const supplies = suppliesOf(part)
  const matrix = supplies.map((supply, j) => supplies.map((_, k) => (j === k ? supply * product : 0n)))
  for (const [i, row] of wishes.entries()) {
    const others = product / sums[i]!
    for (const [j, wish] of row.entries()) {
      if (wish === 0n) continue
      const lever = wish * others
      for (const [k, amount] of owned[i]!.entries()) if (amount !== 0n) matrix[j]![k]! -= lever * amount
    }
  }
  return { matrix, product }
}
