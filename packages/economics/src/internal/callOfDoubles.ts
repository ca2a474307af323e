/**
 * The call market on doubles, in linear time: prices are selected, never sorted.
 *
 * Demand falls and supply grows with the price, so the price at which they cross is found by a grid first, which leaves the
 * limits of one interval, then by trying one of them and keeping those on one side of it. The price down to which a volume is
 * filled is found likewise. The clearing interval is then bounded by who is filled and who is not.
 *
 * **Guarantees** The same as clearing over levels in `CallMarket.clear`, a test holds the two together, for whole quantities
 * whose sum is at most 2^53 − 1. Linear time on average; after many bad pivots, medians keep it at `n log² n`.
 */
import * as Grid from "./quantityGrid.ts"

/** An order; without a price it is a market order. */
export interface Order {
  readonly side: "buy" | "sell"
  readonly price?: number | string
  readonly qty: number | string
}

/** What clearing has led to. */
export interface Cleared {
  readonly volume: number
  readonly low: number
  readonly high: number
  /** By position of the order. */
  readonly fills: Float64Array
  /** What finds nobody at the price: positive for buyers, negative for sellers. */
  readonly excess: number
}

/** The orders of one side in time order. Higher appeal comes first: the limit of a buyer, less than nothing for a seller's. */
export interface Side {
  /** Orders with a limit. */
  count: number
  readonly appeal: Float64Array
  /** The least and the greatest appeal. */
  least: number
  greatest: number
  readonly qty: Float64Array
  readonly at: Int32Array
  /** Market orders, which come before all others. */
  readonly markets: Array<{ readonly at: number; readonly qty: number }>
}

/** Both sides of a market. */
export interface Market {
  readonly orders: number
  readonly buys: Side
  readonly sells: Side
}

const roomFor = (orders: number): Side => ({
  count: 0,
  appeal: new Float64Array(orders),
  least: Infinity,
  greatest: -Infinity,
  qty: new Float64Array(orders),
  at: new Int32Array(orders),
  markets: []
})

/** Prices up to here are far enough from the largest double for any sum of two. */
const priceMax = 1e280

/** Reads orders if all are plain: numbers, prices up to 1e280, whole quantities whose sum is exact; else `undefined`. */
export const read = (orders: ReadonlyArray<Order>): Market | undefined => {
  const market = { orders: orders.length, buys: roomFor(orders.length), sells: roomFor(orders.length) }
  let total = 0
  for (let at = 0; at < orders.length; at++) {
    const { price, qty, side } = orders[at]!
    if (typeof qty === "string" || !Number.isSafeInteger(qty)) return undefined
    total += qty
    const own = side === "buy" ? market.buys : market.sells
    if (price === undefined) {
      own.markets.push({ at, qty })
      continue
    }
    if (typeof price === "string" || price > priceMax) return undefined
    const { count } = own
    const appeal = side === "buy" ? price : -price
    own.appeal[count] = appeal
    if (appeal < own.least) own.least = appeal
    if (appeal > own.greatest) own.greatest = appeal
    own.qty[count] = qty
    own.at[count] = at
    own.count = count + 1
  }
  return total <= Number.MAX_SAFE_INTEGER ? market : undefined
}

/** Clears a market; `undefined` when nothing is traded. */
export const clear = ({ buys, orders, sells }: Market): Cleared | undefined => {
  const work = { values: new Float64Array(orders), qty: new Float64Array(orders) }
  const volume = volumeOf(buys, sells, work)
  if (volume === 0) return undefined
  const fills = new Float64Array(orders)
  const bought = fill(buys, fills, volume, work)
  const sold = fill(sells, fills, volume, work)
  // Filled buys and unfilled sells bound the price from above, filled sells and unfilled buys from below.
  const highest = Math.min(bought.leastFilled, -sold.mostLeft)
  const lowest = Math.max(bought.mostLeft, -sold.leastFilled)
  // An end without a limit is not bounded by anything that was said: the other end is the price.
  const low = (lowest === -Infinity ? highest : lowest) + 0
  const high = (highest === Infinity ? lowest : highest) + 0
  // The midpoint lies between both ends, so a limit at the far end is accepted only if the interval is a point.
  const wanted = bought.marketLeft + (bought.mostLeft === high ? bought.left : 0)
  const offered = sold.marketLeft + (sold.mostLeft === -low ? sold.left : 0)
  return { volume, low, high, fills, excess: wanted > 0 ? wanted : -offered }
}

const marketQtyOf = ({ markets }: Side): number => markets.reduce((total, { qty }) => total + qty, 0)

/** The largest of what is traded at any limit. Appeals of sellers are negative limits; here both are limits. */
const volumeOf = (buys: Side, sells: Side, work: Grid.Quantities): number => {
  // Buyers stand in front, sellers behind them.
  const wanting = copied(buys, work.values, work.qty)
  const offering = copied(sells, work.values.subarray(buys.count), work.qty.subarray(buys.count))
  let wantingCount = buys.count
  let offeringCount = sells.count
  let above = marketQtyOf(buys)
  let below = marketQtyOf(sells)
  const grid = Grid.over(
    wantingCount + offeringCount,
    Math.min(buys.least, -sells.greatest),
    Math.max(buys.greatest, -sells.least)
  )
  if (grid !== undefined) {
    const demands = Grid.sumsOf(grid, wanting, wantingCount, 1)
    const supplies = Grid.sumsOf(grid, offering, offeringCount, -1)
    // The first interval at whose upper end no more is wanted than offered: nowhere else is more traded.
    let place = 0
    above += demands.reduce((sum, each) => sum + each, 0) - demands[0]!
    for (; place < grid.places - 1 && above > below + supplies[place]!; above -= demands[place]!) {
      below += supplies[place]!
      place++
    }
    wantingCount = Grid.keep(grid, wanting, wantingCount, 1, place)
    offeringCount = Grid.keep(grid, offering, offeringCount, -1, place)
  }
  let volume = 0
  for (let round = 0; wantingCount + offeringCount > 0; round++) {
    const isByBuyers = wantingCount >= offeringCount
    const pivot = isByBuyers
      ? pivotOf(wanting.values, wantingCount, round)
      : -pivotOf(offering.values, offeringCount, round)
    const demand = above + reaching(wanting, wantingCount, pivot)
    const supply = below + reaching(offering, offeringCount, -pivot)
    volume = Math.max(volume, Math.min(demand, supply))
    if (demand === supply) break
    // Where more is wanted than offered the price has to rise for a larger volume, otherwise to fall.
    if (demand > supply) {
      below = supply
      wantingCount = keepAbove(wanting, wantingCount, pivot)
      offeringCount = keepBelow(offering, offeringCount, -pivot)
    } else {
      above = demand
      wantingCount = keepBelow(wanting, wantingCount, pivot)
      offeringCount = keepAbove(offering, offeringCount, -pivot)
    }
  }
  return volume
}

/** The orders with a limit of one side, to select among. */
const copied = ({ appeal, count, qty }: Side, values: Float64Array, amounts: Float64Array): Grid.Quantities => {
  values.set(appeal.subarray(0, count))
  amounts.set(qty.subarray(0, count))
  return { values, qty: amounts }
}

/** How much has a value of at least `pivot`. */
const reaching = ({ qty, values }: Grid.Quantities, count: number, pivot: number): number => {
  let total = 0
  for (let i = 0; i < count; i++) if (values[i]! >= pivot) total += qty[i]!
  return total
}

/** Moves what has a larger value than `pivot` to the front; gives how many they are. */
const keepAbove = ({ qty, values }: Grid.Quantities, count: number, pivot: number): number => {
  let kept = 0
  for (let i = 0; i < count; i++) {
    if (values[i]! <= pivot) continue
    values[kept] = values[i]!
    qty[kept++] = qty[i]!
  }
  return kept
}

/** Moves what has a smaller value than `pivot` to the front; gives how many they are. */
const keepBelow = ({ qty, values }: Grid.Quantities, count: number, pivot: number): number => {
  let kept = 0
  for (let i = 0; i < count; i++) {
    if (values[i]! >= pivot) continue
    values[kept] = values[i]!
    qty[kept++] = qty[i]!
  }
  return kept
}

/** So many rounds may keep most of what was there; then medians are taken. */
const patience = 60

const pivotOf = (values: Float64Array, count: number, round: number): number => {
  if (round >= patience) return values.slice(0, count).sort()[count >> 1]!
  const first = values[0]!
  const middle = values[count >> 1]!
  const last = values[count - 1]!
  return Math.max(Math.min(first, middle), Math.min(Math.max(first, middle), last))
}

/** Where one side ends. */
interface Ends {
  /** The least appeal of what is filled; infinite if market orders alone are. */
  readonly leastFilled: number
  /** The greatest appeal of what is not filled whole, and how much is unfilled there. */
  readonly mostLeft: number
  readonly left: number
  /** How much of market orders is unfilled. */
  readonly marketLeft: number
}

/** Fills one side up to `volume`: market orders, then those with more appeal, then the earlier. */
const fill = (side: Side, fills: Float64Array, volume: number, work: Grid.Quantities): Ends => {
  let rest = volume
  let marketLeft = 0
  for (const { at, qty } of side.markets) {
    const filled = Math.min(qty, rest)
    fills[at] = filled
    rest -= filled
    marketLeft += qty - filled
  }
  const margin = rest === 0 ? { appeal: Infinity, left: 0 } : marginOf(side, rest, work)
  const { appeal, at, count, qty } = side
  rest = margin.left
  let mostLeft = -Infinity
  let left = 0
  for (let i = 0; i < count; i++) {
    const own = appeal[i]!
    const wanted = qty[i]!
    let filled = wanted
    if (own <= margin.appeal) {
      filled = own === margin.appeal ? Math.min(wanted, rest) : 0
      rest -= filled
      if (own >= mostLeft && filled < wanted) {
        left = own === mostLeft ? left + wanted - filled : wanted - filled
        mostLeft = own
      }
    }
    fills[at[i]!] = filled
  }
  return { leastFilled: margin.appeal, mostLeft, left, marketLeft }
}

/** The least appeal that is filled at all, and what is left of `wanted` for the orders that have it. */
const marginOf = (
  side: Side,
  wanted: number,
  work: Grid.Quantities
): { readonly appeal: number; readonly left: number } => {
  const { values, qty } = copied(side, work.values, work.qty)
  let { count } = side
  let left = wanted
  const grid = Grid.over(count, side.least, side.greatest)
  if (grid !== undefined) {
    const sums = Grid.sumsOf(grid, work, count, 1)
    let place = grid.places - 1
    for (; place > 0 && left > sums[place]!; place--) left -= sums[place]!
    count = Grid.keep(grid, work, count, 1, place)
  }
  for (let round = 0; count > 0; round++) {
    const pivot = pivotOf(values, count, round)
    let better = 0
    let equal = 0
    for (let i = 0; i < count; i++) {
      const value = values[i]!
      if (value > pivot) better += qty[i]!
      else if (value === pivot) equal += qty[i]!
    }
    if (left <= better) count = keepAbove(work, count, pivot)
    else if (left <= better + equal) return { appeal: pivot, left: left - better }
    else {
      left -= better + equal
      count = keepBelow(work, count, pivot)
    }
  }
  throw new Error("more is to be filled than there is")
}
