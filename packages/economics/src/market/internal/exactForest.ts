/**
 * Prices and spending that follow from a forest, in whole numbers, with the proof that they are an equilibrium.
 *
 * Within a tree prices are integers up to a common factor: each agent contributes the least common denominator of the
 * ratios of utilities among its goods. Nothing is reduced on the way, so 100 × 100 goods with utilities in doubles take
 * milliseconds although the integers have thousands of digits.
 */
import type { Rational } from "../../input/Amount.ts"
import { greatestDivisor, leastMultiple } from "../../internal/divisors.ts"
import { rooted } from "./bangPerBuck.ts"
import type { Forest, LinearMarket } from "./bangPerBuck.ts"

/** The market of `linear` without rounding. */
export interface ExactMarket {
  readonly linear: LinearMarket
  readonly utility: (agent: number, good: number) => Rational
  /** Supplies and incomes are these integers divided by their unit. */
  readonly supplies: ReadonlyArray<bigint>
  readonly supplyUnit: bigint
  readonly incomes: ReadonlyArray<bigint>
  readonly incomeUnit: bigint
}

/** A fraction that nobody has reduced. */
export interface Ratio {
  readonly over: bigint
  readonly under: bigint
}

/** A proved equilibrium, and the forest it follows from. */
export interface Proof {
  readonly forest: Forest
  readonly prices: ReadonlyArray<Ratio>
  readonly purchases: ReadonlyArray<{ readonly agent: number; readonly good: number; readonly amount: Ratio }>
}

/** Fractions over their least common denominator. */
export const overCommon = (values: ReadonlyArray<Rational>): { integers: ReadonlyArray<bigint>; unit: bigint } => {
  const unit = values.reduce((common, { d }) => leastMultiple(common, d), 1n)
  return { integers: values.map(({ d, n }) => n * (unit / d)), unit }
}

/** `log a` for `a > 0`, to about 1e-16 of itself. */
const logOf = (a: bigint): number => {
  const digits = a.toString(16)
  const head = digits.slice(0, 15)
  return Math.log(Number.parseInt(head, 16)) + (digits.length - head.length) * Math.log(16)
}

/** Integers proportional to the prices of each tree's goods. */
export const treePrices = (
  { linear, utility }: Pick<ExactMarket, "linear" | "utility">,
  { order, parent, tree, trees }: Forest
): Array<bigint> => {
  const { agents, goods } = linear
  const over = new Array<bigint>(goods).fill(1n)
  const under = new Array<bigint>(goods).fill(1n)
  const common = new Array<bigint>(agents).fill(1n)
  for (const node of order) {
    const agent = parent[node]!
    if (node < agents || agent === -1) continue
    const here = utility(agent, node - agents)
    const there = utility(agent, parent[agent]! - agents)
    const divisor = greatestDivisor(here.n * there.d, here.d * there.n)
    over[node - agents] = (here.n * there.d) / divisor
    under[node - agents] = (here.d * there.n) / divisor
    common[agent] = leastMultiple(common[agent]!, under[node - agents]!)
  }
  const roots = new Array<bigint>(trees).fill(1n)
  for (let a = 0; a < agents; a++) roots[tree[a]!]! *= common[a]!
  const prices = new Array<bigint>(goods).fill(0n)
  for (const node of order) {
    if (node < agents) continue
    const g = node - agents
    const agent = parent[node]!
    prices[g] =
      agent === -1
        ? roots[tree[node]!]!
        : (prices[parent[agent]! - agents]! / common[agent]!) * over[g]! * (common[agent]! / under[g]!)
  }
  return prices
}

/** Money moved along the edge above each node, times the worth of its tree's goods; the first debtor is `debtor`. */
const flows = (
  { incomes, linear: { agents }, supplies }: ExactMarket,
  { order, parent, tree }: Forest,
  prices: ReadonlyArray<bigint>,
  money: ReadonlyArray<bigint>,
  worth: ReadonlyArray<bigint>
): { flow: ReadonlyArray<bigint>; debtor: number } => {
  const flow = Array.from(parent, (_, node) =>
    node < agents
      ? incomes[node]! * worth[tree[node]!]!
      : prices[node - agents]! * supplies[node - agents]! * money[tree[node]!]!
  )
  let debtor = -1
  for (let k = order.length - 1; k >= 0; k--) {
    const node = order[k]!
    if (parent[node] === -1) continue
    if (flow[node]! < 0n) debtor = node
    flow[parent[node]!]! -= flow[node]!
  }
  return { flow, debtor }
}

/** Leads below this are taken for ties that were broken the wrong way: a little more than what doubles are verified to. */
const closeUpTo = 1e-6

/** A good that would give an agent more for its money than what it buys, and whether the lead is next to nothing. */
interface Wish {
  readonly agent: number
  readonly good: number
  readonly isClose: boolean
}

/** The first wish that is left open, if there is one: by logarithms where they are clear, in integers where not. */
const openWish = (market: ExactMarket, { parent }: Forest, prices: ReadonlyArray<Ratio>): Wish | undefined => {
  const { linear, utility } = market
  const { agents, goods, logUtilities } = linear
  const logs = prices.map(({ over, under }, g) => logOf(over) - logOf(under) + logOf(market.supplies[g]!))
  let close: Wish | undefined
  for (let a = 0; a < agents; a++) {
    const bought = parent[a]! - agents
    const best = logUtilities[a * goods + bought]! - logs[bought]!
    for (let g = 0; g < goods; g++) {
      const ahead = logUtilities[a * goods + g]! - logs[g]! - best
      if (ahead < -1e-9 || g === bought) continue
      if (!(ahead <= closeUpTo)) return { agent: a, good: g, isClose: false }
      if (close !== undefined) continue
      const other = utility(a, g)
      const own = utility(a, bought)
      const left = other.n * own.d * prices[g]!.under * prices[bought]!.over
      if (left > other.d * own.n * prices[g]!.over * prices[bought]!.under) close = { agent: a, good: g, isClose: true }
    }
  }
  return close
}

/** The forest without the edge above `cut`, and with an edge between an agent and a good instead. */
const changed = (
  { agents, goods }: LinearMarket,
  { parent }: Forest,
  cut: number | undefined,
  added?: Wish
): Forest | undefined => {
  const neighbours: Array<Array<number>> = Array.from(parent, () => [])
  const link = (a: number, b: number) => {
    neighbours[a]!.push(b)
    neighbours[b]!.push(a)
  }
  for (const [node, above] of parent.entries()) if (above !== -1 && node !== cut) link(node, above)
  if (added !== undefined) link(added.agent, agents + added.good)
  return rooted(agents, goods, neighbours)
}

/** The edges from a good to an agent of its tree, each by its lower node. */
const pathBetween = (parent: Int32Array, good: number, agent: number): ReadonlyArray<number> => {
  const above: Array<number> = []
  for (let node = agent; node !== -1; node = parent[node]!) above.push(node)
  const path: Array<number> = []
  let meeting = good
  for (; !above.includes(meeting); meeting = parent[meeting]!) path.push(meeting)
  return [...path, ...above.slice(0, above.indexOf(meeting)).reverse()]
}

/**
 * The forest in which an agent buys what it wishes, as in the simplex method for networks (Dantzig 1951): money goes round
 * the circle that its edge closes until another edge is empty, which leaves.
 */
const granted = (linear: LinearMarket, forest: Forest, wish: Wish, flow: ReadonlyArray<bigint>): Forest | undefined => {
  const { parent, tree } = forest
  const good = linear.agents + wish.good
  if (tree[wish.agent] !== tree[good]) return changed(linear, forest, undefined, wish)
  const emptied = pathBetween(parent, good, wish.agent).filter((_, index) => index % 2 === 0)
  return changed(
    linear,
    forest,
    emptied.reduce((least, node) => (flow[node]! < flow[least]! ? node : least)),
    wish
  )
}

/** So often an edge is cut or another one takes its place: less often in large markets, in which each time takes longer. */
const changesMax = (nodes: number): number => 100 + Math.floor(2_000 / nodes)

/**
 * Proves that a forest is the equilibrium, or one that is next to it: edges with negative spending are cut, and where a tie
 * in doubles is none in fact the better good is bought.
 */
export const prove = (market: ExactMarket, guess: Forest): Proof | undefined => {
  const { incomes, incomeUnit, linear, supplies, supplyUnit } = market
  const { agents, goods } = linear
  let forest: Forest | undefined = guess
  for (let left = changesMax(agents + goods); forest !== undefined && left >= 0; left--) {
    const { parent, tree, trees }: Forest = forest
    const relative = treePrices(market, forest)
    const worth = new Array<bigint>(trees).fill(0n)
    const money = new Array<bigint>(trees).fill(0n)
    for (let g = 0; g < goods; g++) worth[tree[agents + g]!]! += relative[g]! * supplies[g]!
    for (let a = 0; a < agents; a++) money[tree[a]!]! += incomes[a]!
    if (money.includes(0n)) return undefined
    const { debtor, flow } = flows(market, forest, relative, money, worth)
    if (debtor !== -1) {
      forest = changed(linear, forest, debtor)
      continue
    }
    const prices = relative.map((price, g): Ratio => {
      const t = tree[agents + g]!
      return { over: price * money[t]! * supplyUnit, under: worth[t]! * incomeUnit }
    })
    const wish = openWish(market, forest, prices)
    if (wish !== undefined) {
      forest = wish.isClose ? granted(linear, forest, wish, flow) : undefined
      continue
    }
    const purchases = Array.from(parent.entries()).flatMap(([node, above]) => {
      if (above === -1 || flow[node] === 0n) return []
      const good = Math.max(node, above) - agents
      const amount = { over: flow[node]!, under: relative[good]! * money[tree[node]!]! * supplyUnit }
      return [{ agent: Math.min(node, above), good, amount }]
    })
    return { forest, prices, purchases }
  }
  return undefined
}
