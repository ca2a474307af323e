/** The auctions by the words of their definitions: sorting, and clocks that call one price after the other. */

export interface Said {
  readonly bidder: string
  readonly amount: number
}

export interface Item {
  readonly sold: boolean
  readonly winner: string | null
  readonly price: number | null
  readonly tie: boolean
}

const unsold: Item = { sold: false, winner: null, price: null, tie: false }

const ranked = (bids: ReadonlyArray<Said>, reserve: number) =>
  bids
    .map((bid, arrival) => ({ ...bid, arrival }))
    .filter((bid) => bid.amount >= reserve)
    .sort((a, b) => b.amount - a.amount || a.arrival - b.arrival)

export const sealed = (bids: ReadonlyArray<Said>, reserve: number, pays: "own" | "second"): Item => {
  const [first, second] = ranked(bids, reserve)
  if (first === undefined) return unsold
  const price = pays === "own" ? first.amount : (second?.amount ?? reserve)
  return { sold: true, winner: first.bidder, price, tie: second?.amount === first.amount }
}

/** Calls prices until at most one bidder is left. */
export const english = (values: ReadonlyArray<Said>, start: number, increment: number): Item => {
  let before: ReadonlyArray<Said> = []
  for (let round = 0; ; round++) {
    const price = start + round * increment
    const active = values.filter((it) => it.amount >= price)
    const [left] = active
    if (active.length === 1 && left !== undefined) return { sold: true, winner: left.bidder, price, tie: false }
    if (left === undefined) {
      const [leaver] = before
      return leaver === undefined
        ? unsold
        : { sold: true, winner: leaver.bidder, price: start + (round - 1) * increment, tie: true }
    }
    before = active
  }
}

/** Calls prices until somebody takes one. */
export const dutch = (stops: ReadonlyArray<Said>, start: number, decrement: number, reserve: number): Item => {
  for (let round = 0; start - round * decrement >= reserve; round++) {
    const price = start - round * decrement
    const takers = stops.filter((it) => it.amount >= price)
    const [taker] = takers
    if (taker !== undefined) return { sold: true, winner: taker.bidder, price, tie: takers.length > 1 }
  }
  return unsold
}

export const units = (bids: ReadonlyArray<Said>, k: number, reserve: number) => {
  const all = ranked(bids, reserve)
  const accepted = all.slice(0, k).sort((a, b) => a.arrival - b.arrival)
  return { winners: accepted.map((bid) => bid.bidder), price: all[k]?.amount ?? reserve }
}

/** The double nearest to `start + sign · round · step`, where numbers mean the decimals that they are written as. */
export const priceOf = (start: number, step: number, sign: 1 | -1, round: bigint): number => {
  const places = Math.max(decimal(start).places, decimal(step).places)
  const scaled = ({ digits, places: own }: Decimal) => digits * 10n ** BigInt(places - own)
  return Number(`${scaled(decimal(start)) + BigInt(sign) * round * scaled(decimal(step))}e-${places}`)
}

interface Decimal {
  readonly digits: bigint
  readonly places: number
}

const decimal = (value: number): Decimal => {
  const [mantissa = "", exponent = "0"] = String(value).split("e")
  const [whole = "", fraction = ""] = mantissa.split(".")
  const places = fraction.length - Number(exponent)
  const digits = BigInt(whole + fraction)
  return places >= 0 ? { digits, places } : { digits: digits * 10n ** BigInt(-places), places: 0 }
}
