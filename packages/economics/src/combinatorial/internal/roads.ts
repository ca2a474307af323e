/**
 * The family "paths" of the Combinatorial Auction Test Suite: goods are the edges of a graph of cities in the plane, bids
 * are the short paths between two of them (Leyton-Brown, Pearson & Shoham 2000, section 3.1).
 */
import type { Offer } from "./bundles.ts"
import type { Chances } from "../../internal/chances.ts"

const settings = { bidsMax: 5, buildingPenalty: 1.7, neighbours: 2, shippingCost: 1.5, stepsMax: 2_000 }

interface Edge {
  readonly to: number
  readonly good: number
  readonly length: number
}

/** Cities joined to their nearest, then by what shortens ways most, until there is an edge for each good. */
const roads = (goods: number, chances: Chances) => {
  const count = Math.max(3, Math.round(goods / 2))
  const cities = Array.from({ length: count }, () => [chances.between(0, 1), chances.between(0, 1)] as const)
  const distance = (a: number, b: number) => Math.hypot(cities[a]![0] - cities[b]![0], cities[a]![1] - cities[b]![1])
  const edges: ReadonlyArray<Array<Edge>> = cities.map(() => [])
  let built = 0
  const build = (a: number, b: number) => {
    if (a === b || built >= goods || edges[a]!.some((edge) => edge.to === b)) return
    edges[a]!.push({ to: b, good: built, length: distance(a, b) })
    edges[b]!.push({ to: a, good: built, length: distance(a, b) })
    built++
  }
  for (let near = 0; near < settings.neighbours; near++) {
    cities.forEach((_, city) => {
      const others = cities.map((__, other) => other).sort((a, b) => distance(city, a) - distance(city, b) || a - b)
      build(city, others[near + 1]!)
    })
  }
  const most = (count * (count - 1)) / 2
  while (built < Math.min(goods, most)) {
    const way = shortest(edges, distance, chances.integer(0, count - 1), chances.integer(0, count - 1))
    const before = built
    way.forEach((city, index) => build(way[index - 1] ?? city, city))
    // The shortest way was there already: any missing edge will do once in a while, so that this ends.
    if (built === before && chances.between(0, 1) < 0.1)
      build(chances.integer(0, count - 1), chances.integer(0, count - 1))
  }
  return { count, distance, edges }
}

/** The cities of the shortest way, if edges that are yet to be built count as longer. */
const shortest = (
  edges: ReadonlyArray<ReadonlyArray<Edge>>,
  distance: (a: number, b: number) => number,
  from: number,
  to: number
): ReadonlyArray<number> => {
  const lengths = edges.map((_, city) => (city === from ? 0 : Infinity))
  const previous = edges.map(() => -1)
  const open = new Set(edges.keys())
  while (open.size > 0) {
    let nearest = -1
    for (const city of open) if (nearest < 0 || lengths[city]! < lengths[nearest]!) nearest = city
    open.delete(nearest)
    if (nearest === to) break
    for (const city of open) {
      const isBuilt = edges[nearest]!.some((edge) => edge.to === city)
      const length = lengths[nearest]! + distance(nearest, city) * (isBuilt ? 1 : settings.buildingPenalty)
      if (length < lengths[city]!) {
        lengths[city] = length
        previous[city] = nearest
      }
    }
  }
  const way = [to]
  while (way[0] !== from) way.unshift(previous[way[0]!]!)
  return way
}

/** One bidder after the other: the ways between two cities that cost less than they are worth, the best of them. */
export const paths = (goods: number, chances: Chances): (() => Offer) => {
  const { count, distance, edges } = roads(goods, chances)
  return () => {
    const from = chances.integer(0, count - 1)
    const to = (from + chances.integer(1, count - 1)) % count
    const worth = chances.between(1, settings.shippingCost) * distance(from, to)
    const offer: Array<Offer[number]> = []
    let steps = 0
    const walk = (city: number, length: number, items: ReadonlyArray<number>, seen: ReadonlyArray<number>): void => {
      if (++steps > settings.stepsMax) return
      if (city === to) {
        offer.push({ items: items.toSorted((a, b) => a - b), price: worth - length })
        return
      }
      const onward = edges[city]!.filter(
        (edge) => !seen.includes(edge.to) && length + edge.length + distance(edge.to, to) < worth
      ).toSorted((a, b) => a.length + distance(a.to, to) - b.length - distance(b.to, to))
      for (const edge of onward) walk(edge.to, length + edge.length, [...items, edge.good], [...seen, edge.to])
    }
    walk(from, 0, [], [from])
    return offer.sort((a, b) => b.price - a.price).slice(0, settings.bidsMax)
  }
}
