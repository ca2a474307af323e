/** Ground truth for combinatorial auctions: every set of bids is looked at. Imports nothing of `src`. */

export interface Bid {
  readonly bidder: number
  readonly items: ReadonlyArray<number>
  readonly price: bigint
}

/** All sets of bids that can win together, as ascending lists of indexes. */
export const feasible = (bids: ReadonlyArray<Bid>): ReadonlyArray<ReadonlyArray<number>> => {
  const found: Array<ReadonlyArray<number>> = []
  for (let set = 0; set < 2 ** bids.length; set++) {
    const chosen = bids.flatMap((_, index) => ((set >> index) & 1 ? [index] : []))
    const bidders = chosen.map((index) => bids[index]!.bidder)
    const items = chosen.flatMap((index) => bids[index]!.items)
    if (new Set(bidders).size === bidders.length && new Set(items).size === items.length) found.push(chosen)
  }
  return found
}

export const value = (bids: ReadonlyArray<Bid>, chosen: ReadonlyArray<number>): bigint =>
  chosen.reduce((sum, index) => sum + bids[index]!.price, 0n)

/** The most that the bids can bring. */
export const welfare = (bids: ReadonlyArray<Bid>): bigint =>
  feasible(bids).reduce((best, chosen) => (value(bids, chosen) > best ? value(bids, chosen) : best), 0n)

/** The best set without bids of price 0; among equals the one with the earliest bid in which two differ. */
export const winners = (bids: ReadonlyArray<Bid>): ReadonlyArray<number> => {
  const best = welfare(bids)
  const all = feasible(bids).filter((it) => value(bids, it) === best && it.every((index) => bids[index]!.price > 0n))
  // Written as a word of ones and zeros, the greatest is the earliest.
  const word = (chosen: ReadonlyArray<number>) => bids.map((_, index) => (chosen.includes(index) ? "1" : "0")).join("")
  return all.reduce((a, b) => (word(b) > word(a) ? b : a))
}

/** What the others lose by the presence of `bidder`, who wins a bid of `price`. */
export const harm = (bids: ReadonlyArray<Bid>, bidder: number, price: bigint): bigint =>
  welfare(bids.filter((bid) => bid.bidder !== bidder)) - (welfare(bids) - price)

/** All sums that coalitions of the core ask of the winners outside of them: `[winners outside, least sum]`. */
export const coreConstraints = (
  bids: ReadonlyArray<Bid>,
  chosen: ReadonlyArray<number>
): ReadonlyArray<readonly [outside: ReadonlyArray<number>, least: bigint]> => {
  const bidders = [...new Set(bids.map((bid) => bid.bidder))]
  const won = new Map(chosen.map((index) => [bids[index]!.bidder, bids[index]!.price]))
  return Array.from({ length: 2 ** bidders.length }, (_, set) => {
    const coalition = bidders.filter((__, index) => (set >> index) & 1)
    const most = welfare(bids.filter((bid) => coalition.includes(bid.bidder)))
    const kept = coalition.reduce((sum, bidder) => sum + (won.get(bidder) ?? 0n), 0n)
    return [[...won.keys()].filter((bidder) => !coalition.includes(bidder)), most - kept] as const
  })
}
