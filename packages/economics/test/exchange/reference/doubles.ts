/** Ground truth for double auctions: every matching is tried. For a handful of traders. */

/** The greatest gains from trade over all matchings, and the largest number of trades among those that reach it. */
export const best = (
  buyers: ReadonlyArray<number>,
  sellers: ReadonlyArray<number>
): { readonly gains: number; readonly trades: number } => {
  const [first, ...rest] = buyers
  if (first === undefined) return { gains: 0, trades: 0 }
  let found = best(rest, sellers)
  sellers.forEach((cost, index) => {
    const others = best(rest, sellers.toSpliced(index, 1))
    const gains = others.gains + first - cost
    if (gains > found.gains || (gains === found.gains && others.trades + 1 > found.trades)) {
      found = { gains, trades: others.trades + 1 }
    }
  })
  return found
}

/** Whether at `price` exactly `trades` units can be wanted and offered: nobody who gains has to be turned away. */
export const clears = (
  buyers: ReadonlyArray<number>,
  sellers: ReadonlyArray<number>,
  trades: number,
  price: number
): boolean =>
  buyers.filter((value) => value > price).length <= trades &&
  trades <= buyers.filter((value) => value >= price).length &&
  sellers.filter((cost) => cost < price).length <= trades &&
  trades <= sellers.filter((cost) => cost <= price).length

/** All values, and the points half-way between neighbours. */
export const prices = (buyers: ReadonlyArray<number>, sellers: ReadonlyArray<number>): ReadonlyArray<number> => {
  const sorted = [...buyers, ...sellers].sort((a, b) => a - b)
  return sorted.flatMap((value, index) => [value, (value + (sorted[index + 1] ?? value + 2)) / 2])
}

/** What a buyer (or seller) has to pay (receive) by Clarke's rule: the loss of the others by their presence. */
export const clarke = (buyers: ReadonlyArray<number>, sellers: ReadonlyArray<number>) => {
  const all = best(buyers, sellers).gains
  return {
    buyer: (index: number) => best(buyers.toSpliced(index, 1), sellers).gains - (all - (buyers[index] ?? 0)),
    seller: (index: number) => all + (sellers[index] ?? 0) - best(buyers, sellers.toSpliced(index, 1)).gains
  }
}

/** The rules as their papers word them, on sorted lists. */
export const textbook = (buyers: ReadonlyArray<number>, sellers: ReadonlyArray<number>) => {
  const b = [...buyers].sort((x, y) => y - x)
  const s = [...sellers].sort((x, y) => x - y)
  let q = 0
  while (q < b.length && q < s.length && (b[q] ?? 0) >= (s[q] ?? 0)) q++
  const at = (list: ReadonlyArray<number>, rank: number) => list[rank - 1] ?? Number.NaN
  const mean = (at(b, q + 1) + at(s, q + 1)) / 2
  // With a missing neighbour the mean is NaN, and every comparison with it is false.
  const accepted = q > 0 && mean >= at(s, q) && mean <= at(b, q)
  return {
    q,
    mcafee: accepted
      ? { volume: q, buyerPrice: mean, sellerPrice: mean }
      : q <= 1
        ? { volume: 0, buyerPrice: null, sellerPrice: null }
        : { volume: q - 1, buyerPrice: at(b, q), sellerPrice: at(s, q) },
    sbba:
      q > 0 && at(s, q + 1) <= at(b, q)
        ? { volume: q, buyerPrice: at(s, q + 1), sellerPrice: at(s, q + 1) }
        : q <= 1
          ? { volume: 0, buyerPrice: null, sellerPrice: null }
          : { volume: q - 1, buyerPrice: at(b, q), sellerPrice: at(b, q) }
  }
}
