/**
 * The signed-rank test (F. Wilcoxon, "Individual comparisons by ranking methods", Biometrics Bulletin 1(6), 1945).
 *
 * Differences are ranked by size, equal sizes by their mean rank. Zeros are ranked and then left out of the sum (J. W. Pratt,
 * "Remarks on zeros and ties in the Wilcoxon signed rank procedures", JASA 54, 1959); giving half of their ranks to either side,
 * as is also done, moves the sum and its distribution alike. Up to 50 differences the distribution of the sum is counted, ties
 * included; beyond, it is a normal one with the exact mean and variance of these ranks and half a unit of continuity correction.
 *
 * @since 0.1.0
 */
import { distribution } from "./normal.ts"

/** Most differences whose distribution is counted: 2 ** 50 sign patterns are still whole doubles. */
const EXACT_MAX = 50

/** The ranks of sizes, doubled so that mean ranks are whole numbers. */
const doubledRanks = (sizes: ReadonlyArray<number>): ReadonlyArray<number> => {
  const order = sizes.map((_, i) => i).sort((a, b) => sizes[a]! - sizes[b]!)
  const ranks = new Array<number>(sizes.length)
  for (let from = 0; from < order.length;) {
    let to = from
    while (to < order.length && sizes[order[to]!] === sizes[order[from]!]) to++
    // Places from + 1 … to have the mean (from + 1 + to) / 2.
    for (let i = from; i < to; i++) ranks[order[i]!] = from + 1 + to
    from = to
  }
  return ranks
}

/** The share of sign patterns in which the ranks with a plus sum up to `sum` at least. */
const countedTail = (ranks: ReadonlyArray<number>, sum: number): number => {
  const total = ranks.reduce((all, rank) => all + rank, 0)
  const ways = new Float64Array(total + 1)
  ways[0] = 1
  let reach = 0
  for (const rank of ranks) {
    reach += rank
    for (let at = reach; at >= rank; at--) ways[at]! += ways[at - rank]!
  }
  let tail = 0
  for (let at = sum; at <= total; at++) tail += ways[at]!
  return tail / 2 ** ranks.length
}

const normalTail = (ranks: ReadonlyArray<number>, sum: number): number => {
  const mean = ranks.reduce((all, rank) => all + rank, 0) / 2
  const variance = ranks.reduce((all, rank) => all + rank * rank, 0) / 4
  // Doubled ranks: half a unit of the sum is 1 here.
  return distribution(-(sum - 1 - mean) / Math.sqrt(variance))
}

/** How likely a sum of ranks as large as this one is if the differences are as likely above as below zero; 1 when all are zero. */
export const greaterP = (differences: ReadonlyArray<number>): number => {
  const ranks = doubledRanks(differences.map(Math.abs))
  const counted = ranks.filter((_, i) => differences[i] !== 0)
  if (counted.length === 0) return 1
  const sum = ranks.reduce((all, rank, i) => (differences[i]! > 0 ? all + rank : all), 0)
  return counted.length <= EXACT_MAX ? countedTail(counted, sum) : normalTail(counted, sum)
}
