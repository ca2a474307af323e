/** English auctions by definition: all offers sorted at once, no state carried from one to the next. */

interface Terms {
  readonly reserve: number
  readonly increment: number
  readonly buyNow?: number
  readonly onDeath?: "stands" | "lapses"
}

interface Entry {
  readonly _tag: string
  readonly bidder?: string
  readonly amount?: number
  readonly maximum?: number
}

/** Who wins at what price if the auction ends with these accepted entries. */
export const english = (terms: Terms, accepted: ReadonlyArray<Entry>) => {
  const taker = accepted.find((it) => it._tag === "BuyNow")
  if (taker !== undefined)
    return { winner: taker.bidder ?? null, price: terms.buyNow ?? null, maximum: terms.buyNow ?? 0 }
  const out = new Set<string | undefined>()
  for (const it of accepted) {
    if (it._tag === "Withdraw" || (it._tag === "Died" && terms.onDeath === "lapses")) out.add(it.bidder)
  }
  const offers = accepted
    .map((it, when) => ({ bidder: it.bidder ?? "", when, top: it.amount ?? it.maximum ?? -1, open: it.amount ?? 0 }))
    .filter((it) => it.top >= 0 && !out.has(it.bidder))
    .sort((a, b) => b.top - a.top || a.when - b.when)
  const best = offers[0]
  if (best === undefined) return { winner: null, price: null, maximum: 0 }
  const rival = offers.find((it) => it.bidder !== best.bidder)
  const opens = offers.filter((it) => it.bidder === best.bidder).map((it) => it.open)
  const pushed = rival === undefined ? 0 : Math.min(best.top, rival.top + terms.increment)
  const price = Math.min(Math.max(terms.reserve, pushed, ...opens), terms.buyNow ?? Infinity)
  return { winner: best.bidder, price, maximum: best.top }
}
