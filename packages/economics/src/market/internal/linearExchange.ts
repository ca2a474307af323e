/**
 * Linear exchange economies as Fisher markets whose incomes are what their prices make of the endowments.
 *
 * The map from incomes to the Fisher market's prices and on to the worth of endowments is monotone and homogeneous, a
 * nonlinear Perron–Frobenius problem. Within one forest it is linear, and its fixed point there is a stationary distribution
 * over trees; to go from forest to forest by these fixed points is Newton's method (Howard's policy iteration, 1960), damped
 * where it circles.
 */
import type { Arithmetic } from "../../input/Amount.ts"
import { doubles } from "../../input/Amount.ts"
import type { Active } from "./active.ts"
import { relativeValues, solveForest } from "./bangPerBuck.ts"
import type { Forest, LinearMarket } from "./bangPerBuck.ts"
import { strongParts } from "./components.ts"
import type { Relation } from "./components.ts"
import { solveLinear } from "./linearFisher.ts"
import { stationary } from "./stationary.ts"

const roundsMax = 60

export interface ExchangeSolution {
  /** The forest whose own incomes it serves, if one was found and verified up to 1e-9. */
  readonly forest: Forest | undefined
  /** Values of goods that sum to 1, and what agents spend on them. */
  readonly values: Float64Array
  readonly spending: Float64Array
  readonly rounds: number
}

/** The worth of what agents own. */
const incomesOf = (shares: Float64Array, values: Float64Array, agents: number): Float64Array => {
  const goods = values.length
  const incomes = new Float64Array(agents)
  for (let i = 0; i < agents; i++) for (let j = 0; j < goods; j++) incomes[i]! += shares[i * goods + j]! * values[j]!
  return incomes
}

/**
 * The worth of each tree's goods at which all trees' agents have just as much, from `split[tree][good]` (a good's part of
 * its tree's worth) and `shares[agent][good]` (who owns it). Trees that no ownership links keep their present worth.
 */
export const treeWorths = <A>(
  arithmetic: Arithmetic<A>,
  { tree, trees }: Forest,
  agents: number,
  split: ReadonlyArray<A>,
  shares: (agent: number, good: number) => A,
  present: ReadonlyArray<A>
): ReadonlyArray<A> => {
  const { add, multiply, zero } = arithmetic
  const chain = Array.from({ length: trees }, () => new Array<A>(trees).fill(zero))
  for (let a = 0; a < agents; a++)
    for (const [g, part] of split.entries()) {
      const row = chain[tree[agents + g]!]!
      const to = tree[a]!
      row[to] = add(row[to]!, multiply(part, shares(a, g)))
    }
  return stationary(arithmetic, chain, present)
}

/** A good's part of the worth of its tree. */
const splitOf = (market: LinearMarket, forest: Forest): Float64Array => {
  const { agents } = market
  const { tree, trees } = forest
  const relative = relativeValues(market, forest)
  const peak = new Float64Array(trees).fill(-Infinity)
  for (const [g, value] of relative.entries()) peak[tree[agents + g]!] = Math.max(peak[tree[agents + g]!]!, value)
  const total = new Float64Array(trees)
  for (const [g, value] of relative.entries()) total[tree[agents + g]!]! += Math.exp(value - peak[tree[agents + g]!]!)
  return relative.map((value, g) => Math.exp(value - peak[tree[agents + g]!]!) / total[tree[agents + g]!]!)
}

/** The spending along a forest's edges, as a table. */
const spendingOf = ({ agents, goods }: LinearMarket, { parent }: Forest, flow: Float64Array): Float64Array => {
  const spending = new Float64Array(agents * goods)
  for (const [node, above] of parent.entries())
    if (above !== -1)
      spending[Math.min(node, above) * goods + Math.max(node, above) - agents] = Math.max(0, flow[node]!)
  return spending
}

/** Solves a connected economy; `shares` (row-major) says who owns which part of a good. */
export const solveExchange = (market: LinearMarket, shares: Float64Array): ExchangeSolution => {
  const { agents, goods } = market
  let values: Float64Array = new Float64Array(goods).fill(1 / goods)
  let spending: Float64Array = new Float64Array(agents * goods)
  for (let round = 1; round <= roundsMax; round++) {
    const incomes = incomesOf(shares, values, agents)
    const solution = solveLinear(market, incomes, () => true)
    const { forest } = solution
    const fisher = solution.solved?.values ?? solution.values
    spending = solution.spending
    if (forest === undefined) {
      values = fisher.slice()
      continue
    }
    const { tree, trees } = forest
    const present = new Array<number>(trees).fill(0)
    for (let g = 0; g < goods; g++) present[tree[agents + g]!]! += fisher[g]!
    const split = splitOf(market, forest)
    const worths = treeWorths(doubles, forest, agents, [...split], (a, g) => shares[a * goods + g]!, present)
    const wished = split.map((part, g) => part * worths[tree[agents + g]!]!)
    const sum = wished.reduce((total, value) => total + value, 0)
    for (let g = 0; g < goods; g++) wished[g]! /= sum
    const solved = solveForest(market, forest, incomesOf(shares, wished, agents))
    if (solved.verified && wished.every((value) => value > 0))
      return { forest, values: solved.values, spending: spendingOf(market, forest, solved.flow), rounds: round }
    // The more often it has failed, the smaller the part of the wish that is taken.
    const boldness = 0.9 / (1 + Math.floor(round / 8))
    values = wished.map((value, g) => boldness * value + (1 - boldness) * (0.5 * fisher[g]! + 0.5 * values[g]!))
  }
  return { forest: undefined, values, spending, rounds: roundsMax }
}

/** A part of an economy that is priced for itself, or the agent for whom no prices are right. */
export type Layer = { readonly part: Active } | { readonly agent: number; readonly good: number | undefined }

/**
 * Takes an economy apart, the dearest part first: agents who want only goods of which they are the only owners trade among
 * themselves, at prices at which nobody else wants theirs. An agent who owns something dear that its part does not want, or
 * who wants only what is too dear for it, leaves no equilibrium (Gale 1976).
 */
export const layersOf = (active: Active, wants: Relation, owns: Relation): ReadonlyArray<Layer> => {
  const layers: Array<Layer> = []
  let { agents, goods } = active
  while (agents.length > 0) {
    const rest = { agents, goods }
    const closed = strongParts(rest, wants, owns).filter((part) => part.isClosed && part.agents.length > 0)
    for (const part of closed) {
      const inside = new Set(part.goods)
      for (const agent of part.agents) {
        const good = goods.find((j) => owns(agent, j) && !inside.has(j))
        if (part.goods.length === 0 || good !== undefined) return [{ agent, good }]
      }
      layers.push({ part: { agents: part.agents, goods: part.goods } })
    }
    const gone = new Set(closed.flatMap((part) => part.agents))
    const sold = new Set(closed.flatMap((part) => part.goods))
    agents = agents.filter((i) => !gone.has(i))
    goods = goods.filter((j) => !sold.has(j))
  }
  return layers
}
