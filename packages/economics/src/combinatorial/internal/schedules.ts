/**
 * The families "matching" and "scheduling" of the Combinatorial Auction Test Suite: pairs of time slots for take-off and
 * landing, and time on one machine before a deadline (Leyton-Brown, Pearson & Shoham 2000, sections 3.4 and 3.5).
 */
import type { Offer } from "./bundles.ts"
import type { Chances } from "../../internal/chances.ts"

/** Longitude and latitude of the four airports with slot control: Chicago O'Hare, LaGuardia, Reagan, Kennedy. */
const airports = [
  [-87.75, 41.98],
  [-73.87, 40.78],
  [-77.04, 38.85],
  [-73.78, 40.64]
] as const

const flights = {
  delay: 0.9,
  deviation: 0.5,
  earlyTakeOff: 1,
  lateLanding: 2,
  lateTakeOff: 2,
  lateness: 0.75,
  lengthMax: 10,
  priceMax: 5
}

const distance = (a: number, b: number): number =>
  Math.hypot(airports[a]![0] - airports[b]![0], airports[a]![1] - airports[b]![1])

const longest = Math.max(...airports.flatMap((_, a) => airports.map((__, b) => distance(a, b))))

/** Slots are dealt out over the airports: good `4 t + a` is slot `t` of airport `a`; goods beyond that nobody wants. */
export const matching = (goods: number, chances: Chances): (() => Offer) => {
  const times = Math.floor(goods / airports.length)
  const prices = airports.map(() => chances.between(0, flights.priceMax))
  return () => {
    const from = chances.integer(0, 3)
    const to = (from + chances.integer(1, 3)) % 4
    const length = Math.min(times - 1, Math.max(1, Math.round((flights.lengthMax * distance(from, to)) / longest)))
    const start = chances.integer(0, times - 1 - length)
    const value = chances.between(1 - flights.deviation, 1 + flights.deviation) * (prices[from]! + prices[to]!)
    const offer: Array<Offer[number]> = []
    for (let off = Math.max(0, start - flights.earlyTakeOff); off <= start + flights.lateTakeOff; off++) {
      for (let on = off + length; on <= Math.min(times - 1, start + length + flights.lateLanding); on++) {
        const late = Math.max(0, on - start - length)
        const delay = on - off - length
        offer.push({
          items: [4 * off + from, 4 * on + to],
          price: value * flights.delay ** delay * flights.lateness ** late
        })
      }
    }
    return offer.map((it) => ({ ...it, items: it.items.toSorted((a, b) => a - b) }))
  }
}

const jobs = { additionalDeadline: 0.9, additivity: 0.2, deviation: 0.5, lengthMax: 10 }

/** Good `t` is the machine's time from `t` to `t + 1`. */
export const scheduling =
  (goods: number, chances: Chances): (() => Offer) =>
  () => {
    const length = chances.integer(1, Math.min(jobs.lengthMax, goods))
    const first = chances.integer(length, goods)
    const value = chances.between(1 - jobs.deviation, 1 + jobs.deviation) * length ** (1 + jobs.additivity)
    const offer: Array<Offer[number]> = []
    let before = 0
    let deadline = first
    for (;;) {
      for (let end = Math.max(length, before + 1); end <= deadline; end++) {
        offer.push({
          items: Array.from({ length }, (_, index) => end - length + index),
          price: (value * first) / deadline
        })
      }
      if (deadline === goods || chances.between(0, 1) >= jobs.additionalDeadline) return offer
      before = deadline
      deadline = chances.integer(before + 1, goods)
    }
  }
