/**
 * Linear markets: from a guess at who buys what to the prices that follow from it.
 *
 * Where agents spend only where they get most for their money, the pairs of agent and good with spending can be chosen to
 * form a forest, and the forest alone determines all prices: along an edge the ratio of prices is a ratio of utilities, and
 * in each tree the goods are worth what its agents have.
 *
 * Agents are nodes `0 … n−1`, goods are nodes `n … n+m−1`.
 */

/** Agents and goods, all of which matter; goods in units of their supply, incomes that sum to 1. */
export interface LinearMarket {
  readonly agents: number
  readonly goods: number
  /** Logarithms of utilities, `−Infinity` for a good that is not wanted; row-major. */
  readonly logUtilities: Float64Array
}

/** Trees in order of discovery from a good: `parent` and, for edges, the node and its parent. */
export interface Forest {
  readonly order: Int32Array
  /** By node, −1 for a root. */
  readonly parent: Int32Array
  /** By node: which tree. */
  readonly tree: Int32Array
  readonly trees: number
}

/** Values of goods (that sum to the incomes) and spending along the forest's edges, by the lower node. */
export interface ForestValues {
  readonly values: Float64Array
  readonly flow: Float64Array
  /** Whether nobody spends less than nothing and nobody would rather buy elsewhere, up to 1e-9. */
  readonly verified: boolean
}

const tolerance = 1e-9

/** Edges with money on them; kept free of circles by pushing money around each circle until an edge of it is empty. */
class FlowForest {
  readonly #incident: Array<Array<number>>
  readonly #from: Array<number> = []
  readonly #to: Array<number> = []
  readonly #flow: Array<number> = []
  readonly #via: Int32Array
  readonly #queue: Int32Array

  constructor(nodes: number) {
    this.#incident = Array.from({ length: nodes }, () => [])
    this.#via = new Int32Array(nodes)
    this.#queue = new Int32Array(nodes)
  }

  /** Adds an edge between agent node `a` and good node `g`. */
  add(a: number, g: number, money: number): void {
    let rest = money
    for (;;) {
      const path = this.#path(g, a)
      if (path === undefined) {
        const edge = this.#flow.push(rest) - 1
        this.#from.push(a)
        this.#to.push(g)
        this.#incident[a]!.push(edge)
        this.#incident[g]!.push(edge)
        return
      }
      // Taking money off the new edge puts it on the first edge of the path, takes it off the second, and so on.
      const takes = path.filter((_, index) => index % 2 === 1)
      const adds = path.filter((_, index) => index % 2 === 0)
      const leastTaken = takes.reduce((least, edge) => Math.min(least, this.#flow[edge]!), Infinity)
      if (rest <= leastTaken) {
        for (const edge of takes) this.#flow[edge]! -= rest
        for (const edge of adds) this.#flow[edge]! += rest
        return
      }
      // The other way round, an edge of the path is emptied and the new edge takes its place.
      const emptied = adds.reduce((best, edge) => (this.#flow[edge]! < this.#flow[best]! ? edge : best), adds[0]!)
      const amount = this.#flow[emptied]!
      for (const edge of takes) this.#flow[edge]! += amount
      for (const edge of adds) this.#flow[edge]! -= amount
      rest += amount
      this.#drop(emptied)
    }
  }

  #drop(edge: number): void {
    for (const node of [this.#from[edge]!, this.#to[edge]!]) {
      const edges = this.#incident[node]!
      edges.splice(edges.indexOf(edge), 1)
    }
  }

  /** The edges from `start` to `end`, if there is a path. */
  #path(start: number, end: number): Array<number> | undefined {
    const via = this.#via.fill(-1)
    const queue = this.#queue
    let tail = 1
    queue[0] = start
    via[start] = -2
    for (let head = 0; head < tail && via[end] === -1; head++) {
      const node = queue[head]!
      for (const edge of this.#incident[node]!) {
        const next = this.#from[edge]! + this.#to[edge]! - node
        if (via[next] !== -1) continue
        via[next] = edge
        queue[tail++] = next
      }
    }
    if (via[end] === -1) return undefined
    const path: Array<number> = []
    for (let node = end; node !== start; node = this.#from[via[node]!]! + this.#to[via[node]!]! - node)
      path.push(via[node]!)
    return path.reverse()
  }

  neighbours(): ReadonlyArray<ReadonlyArray<number>> {
    return this.#incident.map((edges, node) => edges.map((edge) => this.#from[edge]! + this.#to[edge]! - node))
  }
}

/**
 * The trees of a graph without circles, each from its most valuable good, where rounding in the flow ends up. `undefined` if a
 * good stands alone.
 */
export const rooted = (
  agents: number,
  goods: number,
  neighbours: ReadonlyArray<ReadonlyArray<number>>,
  values?: Float64Array
): Forest | undefined => {
  const nodes = agents + goods
  const order = new Int32Array(nodes)
  const parent = new Int32Array(nodes).fill(-1)
  const tree = new Int32Array(nodes).fill(-1)
  let tail = 0
  let trees = 0
  const roots = Array.from({ length: goods }, (_, g) => g)
  if (values !== undefined) roots.sort((g, h) => values[h]! - values[g]!)
  for (const good of roots) {
    const root = agents + good
    if (tree[root] !== -1) continue
    if (neighbours[root]!.length === 0) return undefined
    tree[root] = trees
    order[tail] = root
    let head = tail++
    for (; head < tail; head++) {
      const node = order[head]!
      for (const next of neighbours[node]!) {
        if (tree[next] !== -1) continue
        tree[next] = trees
        parent[next] = node
        order[tail++] = next
      }
    }
    trees++
  }
  return tail === nodes ? { order, parent, tree, trees } : undefined
}

/**
 * Guesses the forest from approximate values and spending: pairs that are nearer to where money goes than to where it does
 * not, and for each agent and good at least its largest.
 */
export const guessForest = (
  market: LinearMarket,
  incomes: Float64Array,
  values: Float64Array,
  spending: Float64Array
): Forest | undefined => {
  const { agents, goods, logUtilities } = market
  const logValues = values.map(Math.log)
  const forest = new FlowForest(agents + goods)
  const buyer = new Int32Array(goods).fill(-1)
  for (let i = 0; i < agents; i++) {
    for (let j = 0; j < goods; j++) {
      if (logUtilities[i * goods + j] === -Infinity) continue
      if (buyer[j] === -1 || spending[i * goods + j]! > spending[buyer[j]! * goods + j]!) buyer[j] = i
    }
  }
  for (let i = 0; i < agents; i++) {
    const base = i * goods
    let best = -Infinity
    let most = -1
    for (let j = 0; j < goods; j++) {
      const utility = logUtilities[base + j]!
      if (utility === -Infinity) continue
      best = Math.max(best, utility - logValues[j]!)
      if (most === -1 || spending[base + j]! > spending[base + most]!) most = j
    }
    for (let j = 0; j < goods; j++) {
      const utility = logUtilities[base + j]!
      if (utility === -Infinity) continue
      const loss = -Math.expm1(utility - logValues[j]! - best)
      const weight = spending[base + j]! / Math.min(incomes[i]!, values[j]!)
      if (weight > loss || j === most || buyer[j] === i) forest.add(i, agents + j, spending[base + j]!)
    }
  }
  return rooted(agents, goods, forest.neighbours(), values)
}

/** Logarithms of the values of goods, in each tree relative to its root. */
export const relativeValues = (
  { agents, goods, logUtilities }: LinearMarket,
  { order, parent }: Forest
): Float64Array => {
  const relative = new Float64Array(goods)
  for (const node of order) {
    if (node < agents || parent[node] === -1) continue
    const agent = parent[node]!
    const from = parent[agent]! - agents
    const base = agent * goods
    relative[node - agents] = relative[from]! + logUtilities[base + node - agents]! - logUtilities[base + from]!
  }
  return relative
}

/** What follows from a forest, in doubles. */
export const solveForest = (market: LinearMarket, forest: Forest, incomes: Float64Array): ForestValues => {
  const { agents, goods } = market
  const { order, parent, tree, trees } = forest
  const relative = relativeValues(market, forest)
  const peak = new Float64Array(trees).fill(-Infinity)
  for (let j = 0; j < goods; j++) peak[tree[agents + j]!] = Math.max(peak[tree[agents + j]!]!, relative[j]!)
  const total = new Float64Array(trees)
  const money = new Float64Array(trees)
  for (let j = 0; j < goods; j++) total[tree[agents + j]!]! += Math.exp(relative[j]! - peak[tree[agents + j]!]!)
  for (let i = 0; i < agents; i++) money[tree[i]!]! += incomes[i]!
  const values = relative.map((value, j) => {
    const t = tree[agents + j]!
    return (money[t]! * Math.exp(value - peak[t]!)) / total[t]!
  })
  const flow = new Float64Array(agents + goods)
  for (let node = 0; node < flow.length; node++) flow[node] = node < agents ? incomes[node]! : values[node - agents]!
  let verified = true
  for (let k = order.length - 1; k >= 0; k--) {
    const node = order[k]!
    const above = parent[node]!
    if (above === -1) continue
    if (flow[node]! < -tolerance * (node < agents ? incomes[node]! : values[node - agents]!)) verified = false
    flow[above]! -= flow[node]!
  }
  return { values, flow, verified: verified && nobodyEnvies(market, forest, values) }
}

/** The spending along a forest's edges, as a table. */
export const spendingOf = ({ agents, goods }: LinearMarket, { parent }: Forest, flow: Float64Array): Float64Array => {
  const spending = new Float64Array(agents * goods)
  for (const [node, above] of parent.entries())
    if (above !== -1)
      spending[Math.min(node, above) * goods + Math.max(node, above) - agents] = Math.max(0, flow[node]!)
  return spending
}

/** Whether every agent's parent in the forest is, up to the tolerance, the best it can buy. */
const nobodyEnvies = (market: LinearMarket, { parent }: Forest, values: Float64Array): boolean => {
  const { agents, goods, logUtilities } = market
  const logValues = values.map(Math.log)
  for (let i = 0; i < agents; i++) {
    const base = i * goods
    const bought = parent[i]! - agents
    const best = logUtilities[base + bought]! - logValues[bought]! + tolerance
    for (let j = 0; j < goods; j++) if (!(logUtilities[base + j]! - logValues[j]! <= best)) return false
  }
  return true
}
