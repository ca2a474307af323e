/** Whether the right units have changed hands, in markets of orders with limits. */
import type { Arithmetic } from "../input/Amount.ts"
import type { Side } from "../exchange/Exchange.ts"

/** An order after trading; without a value it is worth any price. */
export interface Traded<A> {
  readonly side: Side
  readonly value: A | undefined
  readonly filled: A
  /** What is still wanted or offered. */
  readonly left: A
}

/**
 * Whether no unit could change hands, or be traded by another, with a gain: what is bought being sold, that is when the gains
 * are the most there are. Orders that are worth any price come before all others; two of them have no price to trade at.
 */
export const isBest = <A>({ compare, zero }: Arithmetic<A>, orders: Iterable<Traded<A>>): boolean => {
  const best = (a: A | undefined, b: A, sense: 1 | -1): A => (a !== undefined && sense * compare(a, b) >= 0 ? a : b)
  let worstBuy: A | undefined
  let bestLeftBuy: A | undefined
  let worstSell: A | undefined
  let bestLeftSell: A | undefined
  const isLeftAtAnyPrice = { buy: false, sell: false }
  for (const { filled, left, side, value } of orders) {
    const isLeft = compare(left, zero) > 0
    if (value === undefined) {
      isLeftAtAnyPrice[side] ||= isLeft
      continue
    }
    const isFilled = compare(filled, zero) > 0
    if (side === "buy") {
      if (isFilled) worstBuy = best(worstBuy, value, -1)
      if (isLeft) bestLeftBuy = best(bestLeftBuy, value, 1)
    } else {
      if (isFilled) worstSell = best(worstSell, value, 1)
      if (isLeft) bestLeftSell = best(bestLeftSell, value, -1)
    }
  }
  if (isLeftAtAnyPrice.buy && (bestLeftSell !== undefined || worstBuy !== undefined)) return false
  if (isLeftAtAnyPrice.sell && (bestLeftBuy !== undefined || worstSell !== undefined)) return false
  const isAbove = (a: A | undefined, b: A | undefined) => a !== undefined && b !== undefined && compare(a, b) > 0
  return !(
    isAbove(bestLeftBuy, bestLeftSell) ||
    isAbove(bestLeftBuy, worstBuy) ||
    isAbove(worstSell, bestLeftSell) ||
    isAbove(worstSell, worstBuy)
  )
}
