/**
 * Bids that no optimal allocation needs.
 *
 * A bid is dominated by another that asks for no more goods and offers more, or as much and came earlier, if the other can
 * always take its place: if both are of one bidder, or the other is the only bid of its bidder. Domination among the bids
 * of one bidder lasts as long as that bidder is there; domination by somebody else ends when that bidder is left out.
 */
import type { Bid } from "../WinnerDetermination.ts"

/**
 * For each bid the bidder of one that dominates it, its own bidder first; `undefined` for those that may be needed, and for
 * those that there was no time to look at.
 */
export const dominators = (bids: ReadonlyArray<Bid>, isSpent: () => boolean): ReadonlyArray<number | undefined> => {
  const byBidder = Map.groupBy(bids.keys(), (index) => bids[index]!.bidder)
  const own = new Map([...byBidder].map(([bidder, group]) => [bidder, byRarest(bids, group)]))
  const single = byRarest(
    bids,
    [...byBidder.values()].flatMap((group) => (group.length === 1 ? group : []))
  )
  let isLate = false
  return bids.map(({ bidder, items }, index) => {
    isLate ||= index % 64 === 63 && isSpent()
    if (isLate) return undefined
    const wanted = new Set(items)
    const by = dominator(bids, own.get(bidder)!, index, wanted) ?? dominator(bids, single, index, wanted)
    return by === undefined ? undefined : bids[by]!.bidder
  })
}

type Index = ReadonlyMap<number, ReadonlyArray<number>>

/** Each of some bids under one of its items: that which the fewest of them ask for. */
const byRarest = (bids: ReadonlyArray<Bid>, indexes: ReadonlyArray<number>): Index => {
  const counts = new Map<number, number>()
  for (const index of indexes) for (const item of bids[index]!.items) counts.set(item, (counts.get(item) ?? 0) + 1)
  return Map.groupBy(indexes, (index) => {
    const { items } = bids[index]!
    return items.reduce((a, b) => (counts.get(b)! < counts.get(a)! ? b : a), items[0]!)
  })
}

/** One of the candidates that dominates a bid. It asks for no item that the bid does not, so it is under one of these. */
const dominator = (
  bids: ReadonlyArray<Bid>,
  candidates: Index,
  index: number,
  wanted: ReadonlySet<number>
): number | undefined => {
  const { items, price } = bids[index]!
  for (const item of items) {
    for (const other of candidates.get(item) ?? []) {
      const bid = bids[other]!
      if (other === index || bid.price < price || (bid.price === price && other > index)) continue
      if (bid.items.length <= items.length && bid.items.every((each) => wanted.has(each))) return other
    }
  }
  return undefined
}
