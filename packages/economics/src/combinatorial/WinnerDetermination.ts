/**
 * Winner determination: the allocation of goods to bids with the greatest sum of prices, each good to one bid and to each
 * bidder at most one bid (XOR); goods may stay unsold (free disposal). Rothkopf, Pekeč & Harstad, "Computationally
 * Manageable Combinational Auctions", 1998; Sandholm, "Algorithm for Optimal Winner Determination in Combinatorial
 * Auctions", 2002.
 *
 * Bids that can never be needed are dropped; what remains falls into components that share neither goods nor bidders; each
 * is a set packing, solved by linear relaxation, clique cuts, a tabu search for a good start, and branch and bound.
 *
 * **Guarantees** Exact: prices are integers of any size, and `isOptimal` is said only after every other allocation was
 * excluded by a bound that accounts for rounding. Among the optimal ones it is that with the earliest bid in which two
 * differ (`isEarliest`; looking for it is given up when very many are as good). When time runs out the allocation is still
 * feasible and `bound` is not exceeded by any other. The same input gives the same answer, unless time runs out.
 *
 * **Does not guarantee** Speed: the problem is NP-hard. A bid with price 0 never wins.
 *
 * **Example**
 *
 * ```ts
 * import { WinnerDetermination } from "@mabeam/economics"
 *
 * const found = WinnerDetermination.solve([
 *   { bidder: 0, items: [0, 1], price: 25n },
 *   { bidder: 1, items: [0], price: 20n },
 *   { bidder: 2, items: [1], price: 6n }
 * ])
 * found.chosen // => [1, 2]
 * found.welfare // => 26n
 * ```
 *
 * @since 0.1.0
 */
import * as Bound from "./internal/bound.ts"
import * as Candidates from "./internal/candidates.ts"
import { dominators } from "./internal/domination.ts"
import * as Lagrange from "./internal/lagrange.ts"
import * as Packing from "./internal/packing.ts"
import { relax } from "./internal/relax.ts"
import * as Search from "./internal/search.ts"
import * as Tableau from "./internal/tableau.ts"
import * as Tabu from "./internal/tabu.ts"

/** A bid as the solver sees it: bidders and items are numbers, the price an integer that is not negative. */
export interface Bid {
  readonly bidder: number
  /** Distinct. */
  readonly items: ReadonlyArray<number>
  readonly price: bigint
}

export interface Options {
  /** Whether to look for the earliest among the optimal allocations. Default `true`. */
  readonly ties?: boolean | undefined
  /** Asked now and then; once true, the best so far is the answer. Default: never. */
  readonly isSpent?: (() => boolean) | undefined
}

export interface Allocation {
  /** The indexes of the winning bids, ascending. */
  readonly chosen: ReadonlyArray<number>
  readonly welfare: bigint
  /** No allocation has a greater welfare. */
  readonly bound: bigint
  readonly isOptimal: boolean
  /** Whether it is the earliest among the optimal ones. */
  readonly isEarliest: boolean
  /** How many linear relaxations the search took. */
  readonly nodes: number
}

/** A part of the bids that shares no good and no bidder with the rest, solved. */
interface Component {
  /** The index of each column's bid, ascending. */
  readonly bids: ReadonlyArray<number>
  readonly bidders: ReadonlySet<number>
  readonly packing: Packing.Packing
  readonly relaxed: Tableau.Tableau
  /** Of the packing's rows, for bounds. */
  readonly multipliers: Float64Array
  readonly found: Search.Found
}

/** A solved auction that can be asked again without one of its bidders. */
export interface Solved extends Allocation {
  /** The greatest welfare without a bidder: value and bound. */
  readonly without: (bidder: number) => Pick<Allocation, "bound" | "isOptimal" | "welfare">
}

const never = () => false

/** The best allocation. */
export const solve = (bids: ReadonlyArray<Bid>, options: Options = {}): Solved => {
  const { isSpent = never, ties = true } = options
  const dominated = dominators(bids, isSpent)
  const components = split(bids, dominated).map((indexes) => solveComponent(bids, indexes, dominated, ties, isSpent))
  const sum = (of: (found: Search.Found) => bigint) => components.reduce((total, it) => total + of(it.found), 0n)
  return {
    chosen: components.flatMap(({ bids: own, found }) => found.chosen.map((it) => own[it]!)).sort((a, b) => a - b),
    welfare: sum((found) => found.weight),
    bound: sum((found) => found.bound),
    isOptimal: components.every((it) => it.found.isOptimal),
    isEarliest: components.every((it) => it.found.isEarliest),
    nodes: components.reduce((total, it) => total + it.found.nodes, 0),
    without: (bidder) => {
      const touched = components.find((it) => it.bidders.has(bidder))
      const others = (of: (found: Search.Found) => bigint) => sum(of) - (touched === undefined ? 0n : of(touched.found))
      const rest = touched === undefined ? undefined : solveWithout(bids, touched, bidder, dominated, isSpent)
      return {
        welfare: others((found) => found.weight) + (rest?.weight ?? 0n),
        bound: others((found) => found.bound) + (rest?.bound ?? 0n),
        isOptimal: (rest?.isOptimal ?? true) && components.every((it) => it === touched || it.found.isOptimal)
      }
    }
  }
}

/** The bids that may win, by component; each list ascending. */
const split = (
  bids: ReadonlyArray<Bid>,
  dominated: ReadonlyArray<number | undefined>
): ReadonlyArray<ReadonlyArray<number>> => {
  const parents = bids.map((_, index) => index)
  const rootOf = (index: number): number => {
    let at = index
    while (parents[at] !== at) at = parents[at] = parents[parents[at]!]!
    return at
  }
  const firstOf = new Map<string, number>()
  const mayWin = bids.map((bid, index) => bid.price > 0n && dominated[index] !== bid.bidder)
  bids.forEach((bid, index) => {
    if (!mayWin[index]) return
    for (const key of [`b${bid.bidder}`, ...bid.items.map((item) => `i${item}`)]) {
      const first = firstOf.get(key)
      if (first === undefined) firstOf.set(key, index)
      else parents[rootOf(index)] = rootOf(first)
    }
  })
  const components = new Map<number, Array<number>>()
  bids.forEach((_, index) => {
    if (!mayWin[index]) return
    const root = rootOf(index)
    const members = components.get(root)
    if (members === undefined) components.set(root, [index])
    else members.push(index)
  })
  return [...components.values()]
}

const packingOf = (
  bids: ReadonlyArray<Bid>,
  indexes: ReadonlyArray<number>,
  isSpent: () => boolean
): Packing.Packing => {
  const items = indexes.reduce((most, index) => bids[index]!.items.reduce((a, b) => Math.max(a, b + 1), most), 0)
  return Packing.make(
    indexes.map((index) => {
      const { bidder, items: own, price } = bids[index]!
      return { weight: price, groups: [...own, items + bidder] }
    }),
    isSpent
  )
}

const solveComponent = (
  bids: ReadonlyArray<Bid>,
  indexes: ReadonlyArray<number>,
  dominated: ReadonlyArray<number | undefined>,
  ties: boolean,
  isSpent: () => boolean
): Component => {
  const packing = packingOf(bids, indexes, isSpent)
  const bidders = new Set(indexes.map((index) => bids[index]!.bidder))
  const dead = Uint8Array.from(indexes, (index) => (dominated[index] === undefined ? 0 : 1))
  const relaxed = relax(packing, isSpent)
  const rough = Tableau.multipliers(relaxed, packing.rows.length)
  const heavy = Candidates.from(packing, dead, packing.shares)
  if (!isSpent()) {
    const hinted = Candidates.from(packing, dead, Tableau.values(relaxed))
    const incumbent = Search.weightOf(packing, hinted) > Search.weightOf(packing, heavy) ? hinted : heavy
    const improved = (chosen: ReadonlyArray<number>) =>
      Tabu.improved(packing, dead, Bound.of(packing, rough, dead), chosen, isSpent)
    const found = Search.search(packing, relaxed, { dead, multipliers: rough, incumbent, improved, ties, isSpent })
    return { bids: indexes, bidders, packing, relaxed, multipliers: rough, found }
  }
  // No time for more: a better bound, and a packing of what seems cheap at these multipliers.
  const multipliers = Lagrange.multipliers(packing, dead, rough, Search.shareOf(packing, heavy))
  const cheap = Candidates.from(packing, dead, Bound.of(packing, multipliers, dead).margins)
  const incumbent = Search.weightOf(packing, cheap) > Search.weightOf(packing, heavy) ? cheap : heavy
  const found = Search.search(packing, relaxed, { dead, multipliers, incumbent, ties, isSpent })
  return { bids: indexes, bidders, packing, relaxed, multipliers, found }
}

/** Solves a component again; what only the absent bidder dominated is back. */
const solveWithout = (
  bids: ReadonlyArray<Bid>,
  { bids: indexes, found, multipliers, packing, relaxed }: Component,
  bidder: number,
  dominated: ReadonlyArray<number | undefined>,
  isSpent: () => boolean
): Search.Found => {
  const dead = Uint8Array.from(indexes, (index) => {
    const by = dominated[index]
    return bids[index]!.bidder === bidder || (by !== undefined && by !== bidder) ? 1 : 0
  })
  if (isSpent()) return patched(packing, dead, found)
  const kept = new Set(found.chosen)
  const scores = Float64Array.from(packing.shares, (share, column) => (kept.has(column) ? 2 : share))
  const incumbent = Candidates.from(packing, dead, scores)
  return Search.search(packing, relaxed, { dead, multipliers, incumbent, ties: false, isSpent })
}

/** Without time to search: what is left of the packing, and what fits into the gap. The bound is that of the whole. */
const patched = (packing: Packing.Packing, dead: Uint8Array, found: Search.Found): Search.Found => {
  const chosen = Candidates.patched(packing, dead, found.chosen)
  const weight = Search.weightOf(packing, chosen)
  return { ...found, chosen, weight, isOptimal: weight === found.bound, isEarliest: false, nodes: 0 }
}
