/** Ground truth for the order book: one list of orders, searched from end to end for every unit that is traded. */

export interface Operation {
  readonly t: number
  readonly id: string
  readonly op: "limit" | "market" | "cancel"
  readonly side?: "buy" | "sell"
  readonly price?: number
  readonly qty?: number
}

interface Waiting {
  readonly id: string
  readonly side: "buy" | "sell"
  readonly price: number
  readonly arrival: number
  qty: number
}

const bestOf = (waiting: ReadonlyArray<Waiting>, side: "buy" | "sell"): Waiting | undefined => {
  let best: Waiting | undefined
  for (const order of waiting) {
    if (order.side !== side) continue
    const isBetter =
      best === undefined ||
      (side === "buy" ? order.price > best.price : order.price < best.price) ||
      (order.price === best.price && order.arrival < best.arrival)
    if (isBetter) best = order
  }
  return best
}

/** Runs a log whose operations are all in order; cancels of gone orders do nothing. */
export const run = (log: ReadonlyArray<Operation>) => {
  let waiting: Array<Waiting> = []
  const units: Array<{ t: number; buy: string; sell: string; price: number }> = []
  log.forEach(({ id, op, price, qty = 0, side = "buy", t }, arrival) => {
    if (op === "cancel") {
      waiting = waiting.filter((order) => order.id !== id)
      return
    }
    let left = qty
    while (left > 0) {
      const other = bestOf(waiting, side === "buy" ? "sell" : "buy")
      if (other === undefined) break
      if (op === "limit" && (side === "buy" ? other.price > (price ?? 0) : other.price < (price ?? 0))) break
      units.push({ t, buy: side === "buy" ? id : other.id, sell: side === "buy" ? other.id : id, price: other.price })
      left--
      other.qty--
      waiting = waiting.filter((order) => order.qty > 0)
    }
    if (op === "limit" && left > 0) waiting.push({ id, side, price: price ?? 0, arrival, qty: left })
  })
  const trades: Array<{ t: number; buy: string; sell: string; price: number; qty: number }> = []
  for (const unit of units) {
    const last = trades.at(-1)
    if (last !== undefined && last.buy === unit.buy && last.sell === unit.sell) last.qty++
    else trades.push({ ...unit, qty: 1 })
  }
  const listed = (side: "buy" | "sell") =>
    waiting
      .filter((order) => order.side === side)
      .sort((a, b) => (side === "buy" ? b.price - a.price : a.price - b.price) || a.arrival - b.arrival)
      .map(({ id, price, qty }) => ({ id, price, qty }))
  return { trades, book: { bids: listed("buy"), asks: listed("sell") } }
}
