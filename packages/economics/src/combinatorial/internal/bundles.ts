/**
 * The families "regions" and "arbitrary" of the Combinatorial Auction Test Suite: bundles that grow good by good from
 * where a bidder's interest lies; prices with private and common values, and substitutes (Leyton-Brown, Pearson & Shoham
 * 2000, sections 3.2 and 3.3).
 */
import type { Chances } from "../../internal/chances.ts"

/** A bidder's bids, of which one at most may win. */
export type Offer = ReadonlyArray<{ readonly items: ReadonlyArray<number>; readonly price: number }>

const settings = {
  additionalLocation: 0.9,
  additivity: 0.2,
  budgetFactor: 1.5,
  deviation: 0.5,
  goodValueMax: 100,
  resaleFactor: 0.5,
  substitutesMax: 5
}

/** How goods belong together: the weight of each pair, and the chance that the next good is any at all. */
interface Nearness {
  readonly weights: ReadonlyArray<Float64Array>
  readonly jump: number
}

/** Goods on a grid, neighbours joined, some diagonals as well. */
export const regions = (goods: number, chances: Chances): Nearness => {
  const side = Math.ceil(Math.sqrt(goods))
  const weights = Array.from({ length: goods }, () => new Float64Array(goods))
  const join = (a: number, b: number) => {
    if (b < goods) weights[a]![b] = weights[b]![a] = 1
  }
  for (let good = 0; good < goods; good++) {
    const hasRight = good % side < side - 1
    if (hasRight) join(good, good + 1)
    join(good, good + side)
    if (hasRight && chances.between(0, 1) < 0.2) join(good, good + side + 1)
    if (good % side > 0 && chances.between(0, 1) < 0.2) join(good, good + side - 1)
  }
  return { weights, jump: 0.05 }
}

/** Every two goods belong together to a degree of their own. */
export const arbitrary = (goods: number, chances: Chances): Nearness => {
  const weights = Array.from({ length: goods }, () => new Float64Array(goods))
  for (let a = 0; a < goods; a++) {
    for (let b = 0; b < a; b++) weights[a]![b] = weights[b]![a] = chances.between(0, 1)
  }
  return { weights, jump: 0 }
}

/** One bidder after the other. */
export const offers = (goods: number, { jump, weights }: Nearness, chances: Chances): (() => Offer) => {
  const common = Array.from({ length: goods }, () => chances.between(1, settings.goodValueMax))
  const spread = settings.deviation * settings.goodValueMax
  return () => {
    const own = Float64Array.from({ length: goods }, () => chances.between(-spread, spread))
    const interest = own.map((value) => (value + spread) / (2 * spread))
    const value = (items: ReadonlyArray<number>) =>
      items.reduce((sum, item) => sum + common[item]! + own[item]!, 0) + items.length ** (1 + settings.additivity)
    const resale = (items: ReadonlyArray<number>) => items.reduce((sum, item) => sum + common[item]!, 0)
    const grow = (bundle: ReadonlyArray<number>, size: number) => grown(bundle, size, interest, weights, jump, chances)

    let size = 1
    const first = chances.weighted(interest)
    while (size < goods && chances.between(0, 1) < settings.additionalLocation) size++
    const bundle = grow([first], size)
    const price = value(bundle)
    if (price <= 0) return []
    const budget = settings.budgetFactor * price
    const least = settings.resaleFactor * resale(bundle)
    const substitutes = bundle
      .map((good) => grow([good], bundle.length))
      .map((items) => ({ items, price: value(items) }))
      .filter((it) => it.price > 0 && it.price <= budget && resale(it.items) >= least)
      .sort((a, b) => b.price - a.price)
    const seen = new Set<string>()
    return [{ items: bundle, price }, ...substitutes]
      .map((it) => ({ ...it, items: it.items.toSorted((a, b) => a - b) }))
      .filter(({ items }) => !seen.has(items.join()) && seen.add(items.join()).size > 0)
      .slice(0, 1 + settings.substitutesMax)
  }
}

const grown = (
  bundle: ReadonlyArray<number>,
  size: number,
  interest: Float64Array,
  weights: ReadonlyArray<Float64Array>,
  jump: number,
  chances: Chances
): ReadonlyArray<number> => {
  const items = [...bundle]
  const pull = new Float64Array(interest.length)
  const isIn = new Set(items)
  const draw = (good: number) => weights[good]!.forEach((weight, other) => (pull[other]! += weight))
  items.forEach(draw)
  while (items.length < size) {
    const isAnywhere = jump > 0 && chances.between(0, 1) < jump
    const odds = interest.map((each, good) => (isIn.has(good) ? 0 : isAnywhere ? 1 : each * pull[good]!))
    let next = chances.weighted(odds)
    // Nothing near is left: anywhere.
    if (next < 0) next = chances.weighted(interest.map((_, good) => (isIn.has(good) ? 0 : 1)))
    items.push(next)
    isIn.add(next)
    draw(next)
  }
  return items
}
