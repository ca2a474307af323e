/**
 * Bids that no optimal allocation needs.
 *
 * A bid is dominated by another that asks for no more goods and offers more, or as much and came earlier, if the other can
 * always take its place: if both are of one bidder, or the other is the only bid of its bidder. Domination among the bids
 * of one bidder lasts as long as that bidder is there; domination by somebody else ends when that bidder is left out.
 */
import type { Bid } from "../WinnerDetermination.ts"

/** For each bid the bidder of one that dominates it, its own bidder first; `undefined` for those that may be needed. */
export const dominators = (bids: ReadonlyArray<Bid>): ReadonlyArray<number | undefined> => {
  const byBidder = grouped(bids, (bid) => [bid.bidder])
  const own = bids.map((bid, index): number | undefined =>
    byBidder.get(bid.bidder)!.some((other) => dominates(bids, other, index)) ? bid.bidder : undefined
  )
  // A bid that dominates shares all of its items, so looking under the items of the other finds it.
  const singles = grouped(bids, (bid) => (byBidder.get(bid.bidder)!.length === 1 ? bid.items : []))
  return bids.map((bid, index) => {
    if (own[index] !== undefined) return own[index]
    for (const item of bid.items) {
      const other = singles.get(item)?.find((each) => dominates(bids, each, index))
      if (other !== undefined) return bids[other]!.bidder
    }
    return undefined
  })
}

const grouped = (
  bids: ReadonlyArray<Bid>,
  keysOf: (bid: Bid) => ReadonlyArray<number>
): ReadonlyMap<number, ReadonlyArray<number>> => {
  const groups = new Map<number, Array<number>>()
  bids.forEach((bid, index) => {
    for (const key of keysOf(bid)) {
      const group = groups.get(key)
      if (group === undefined) groups.set(key, [index])
      else group.push(index)
    }
  })
  return groups
}

const dominates = (bids: ReadonlyArray<Bid>, a: number, b: number): boolean => {
  const [one, other] = [bids[a]!, bids[b]!]
  if (a === b || one.price < other.price || (one.price === other.price && a > b)) return false
  return one.items.length <= other.items.length && one.items.every((item) => other.items.includes(item))
}
