/**
 * Judges what a Cobb–Douglas agent gets in plain products: a third of the time that logarithms of everything take.
 *
 * **Guarantees** The same as `logUtility` and `logBest`, rounding apart. Where a factor is so small or so large that a product
 * might leave the range of doubles, and where a good that is wanted is free or missing, the answer is `undefined`.
 */
import * as Amount from "../../input/Amount.ts"

/** What an agent gets, and what it might have had. */
export interface Judged {
  /** What the bundle costs. */
  readonly cost: number
  /** The logarithm of its utility. */
  readonly logUtility: number
  /** By how much the best that the income buys is better, as a difference of logarithms. */
  readonly missed: number
}

/** Products of three factors between these and of their reciprocals are within the range of doubles. */
const least = 1e-90
const most = 1e90

const isSafe = (value: number): boolean => value > least && value < most

/** Judges the bundle of one agent; `row` has its exponents, which need not sum to 1. */
export const judged = (
  row: ReadonlyArray<Amount.Given>,
  prices: ArrayLike<number>,
  bundle: ArrayLike<number>,
  income: number
): Judged | undefined => {
  const goods = prices.length
  const wishes = new Float64Array(goods)
  let sum = 0
  for (let j = 0; j < goods; j++) sum += wishes[j] = Amount.toNumber(row[j]!)
  if (!(isSafe(sum) && isSafe(income))) return undefined
  let cost = 0
  let logUtility = 0
  let missed = 0
  for (let j = 0; j < goods; j++) {
    const price = prices[j]!
    const amount = bundle[j]!
    const value = price * amount
    cost += value
    if (wishes[j] === 0) continue
    const share = wishes[j]! / sum
    if (!(isSafe(share) && isSafe(price) && isSafe(amount))) return undefined
    logUtility += share * Math.log(amount)
    missed += share * Math.log((share * income) / value)
  }
  return cost < Infinity ? { cost, logUtility, missed } : undefined
}
