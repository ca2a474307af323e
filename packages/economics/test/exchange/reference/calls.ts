/** Ground truth for the call market: every order is cut into units, every limit is tried as the price. */

export interface Order {
  readonly id: string
  readonly side: "buy" | "sell"
  readonly price?: number
  readonly qty: number
}

interface Unit {
  readonly order: Order
  readonly arrival: number
}

const unitsOf = (orders: ReadonlyArray<Order>, side: Order["side"]): ReadonlyArray<Unit> =>
  orders.flatMap((order, arrival) =>
    order.side === side ? Array.from({ length: order.qty }, () => ({ order, arrival })) : []
  )

const appeal = ({ price, side }: Order): number => (price === undefined ? Infinity : side === "buy" ? price : -price)
const accepts = ({ price: limit, side }: Order, price: number): boolean =>
  limit === undefined || (side === "buy" ? limit >= price : limit <= price)
const isBetter = ({ price: limit, side }: Order, price: number): boolean =>
  limit !== undefined && (side === "buy" ? limit > price : limit < price)

const at = (orders: ReadonlyArray<Order>, price: number) => {
  const ranked = (side: Order["side"]) =>
    unitsOf(orders, side)
      .filter((unit) => accepts(unit.order, price))
      .sort((x, y) =>
        appeal(y.order) > appeal(x.order) ? 1 : appeal(y.order) < appeal(x.order) ? -1 : x.arrival - y.arrival
      )
  const buys = ranked("buy")
  const sells = ranked("sell")
  const volume = Math.min(buys.length, sells.length)
  const left = [...buys.slice(volume), ...sells.slice(volume)]
  return {
    volume,
    filled: [...buys.slice(0, volume), ...sells.slice(0, volume)],
    isFair: !left.some((unit) => isBetter(unit.order, price)),
    excess: buys.length - sells.length
  }
}

/** The whole decision. */
export const call = (orders: ReadonlyArray<Order>) => {
  const limits = orders.flatMap((order) => (order.price === undefined ? [] : [order.price]))
  const tried = limits.map((price) => ({ price, ...at(orders, price) }))
  const volume = Math.max(0, ...tried.map((it) => it.volume))
  if (volume === 0) return { volume, price: null, clearing: null, fills: [], gainsFromTrade: 0 }
  const fair = tried.filter((it) => it.volume === volume && it.isFair)
  const low = Math.min(...fair.map((it) => it.price))
  const high = Math.max(...fair.map((it) => it.price))
  const price = (low + high) / 2
  const filled = fair[0]?.filled ?? []
  const fills = orders
    .map((order) => ({ id: order.id, qty: filled.filter((unit) => unit.order === order).length }))
    .filter((it) => it.qty > 0)
  const gainsFromTrade = filled.reduce((sum, { order }) => {
    const limit = order.price ?? price
    return sum + (order.side === "buy" ? limit - price : price - limit)
  }, 0)
  return { volume, price, clearing: { low, high }, fills, gainsFromTrade }
}

/** Units wanted less units offered at a price. */
export const excessAt = (orders: ReadonlyArray<Order>, price: number): number => at(orders, price).excess
