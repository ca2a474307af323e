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
import { relativeValues, solveForest, spendingOf } from "./bangPerBuck.ts"
import type { Forest, LinearMarket } from "./bangPerBuck.ts"
import { strongParts } from "./components.ts"
import type { Relation } from "./components.ts"
import { solveLinear } from "./linearFisher.ts"
import { stationary } from "./stationary.ts"

const roundsMax = 200

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

/** Values, the Fisher market's answer to them, and where its forest would have them. */
interface Point {
  readonly values: Float64Array
  readonly answer: Float64Array
  readonly wish: Float64Array
  /** How far the answer is from the values, by Hilbert's metric. */
  readonly distance: number
  readonly solution: Pick<ExchangeSolution, "forest" | "values" | "spending">
}

const distanceOf = (values: Float64Array, answer: Float64Array): number => {
  let most = -Infinity
  let least = Infinity
  for (const [g, value] of values.entries()) {
    const ratio = Math.log(answer[g]! / value)
    most = Math.max(most, ratio)
    least = Math.min(least, ratio)
  }
  return most - least
}

const pointAt = (market: LinearMarket, shares: Float64Array, values: Float64Array): Point => {
  const { agents, goods } = market
  const solution = solveLinear(market, incomesOf(shares, values, agents), (_, isVerified) => isVerified)
  const { forest } = solution
  const answer = solution.solved?.values ?? solution.values.slice()
  const distance = distanceOf(values, answer)
  // Where several forests meet none has the answer for itself; then this is as near as the distance says.
  const spending =
    forest === undefined || solution.solved === undefined
      ? solution.spending
      : spendingOf(market, forest, solution.solved.flow)
  const approximate = { forest: undefined, values: answer, spending }
  if (forest === undefined) return { values, answer, wish: answer, distance, solution: approximate }
  const { tree, trees } = forest
  const present = new Array<number>(trees).fill(0)
  for (let g = 0; g < goods; g++) present[tree[agents + g]!]! += answer[g]!
  const split = splitOf(market, forest)
  const worths = treeWorths(doubles, forest, agents, [...split], (a, g) => shares[a * goods + g]!, present)
  const total = worths.reduce((sum, worth) => sum + worth, 0)
  const wish = split.map((part, g) => (part * worths[tree[agents + g]!]!) / total)
  const solved = solveForest(market, forest, incomesOf(shares, wish, agents))
  const isFound = solved.verified && wish.every((value) => value > 0)
  return {
    values,
    answer,
    wish,
    distance,
    solution: isFound
      ? { forest, values: solved.values, spending: spendingOf(market, forest, solved.flow) }
      : approximate
  }
}

/** From one point towards another by a share of the way, in logarithms and at most a thousandfold; sums to 1. */
const towards = (from: Float64Array, to: Float64Array, share: number): Float64Array => {
  const moved = from.map((value, g) => value * Math.min(1e3, Math.max(1e-3, to[g]! / value)) ** share)
  const sum = moved.reduce((total, value) => total + value, 0)
  return moved.map((value) => value / sum)
}

/**
 * Solves a connected economy; `shares` (row-major) says who owns which part of a good. A wish is followed as far as it brings
 * values and answer nearer together; where it does not, half of the way to the answer is gone, which never takes them apart.
 */
export const solveExchange = (market: LinearMarket, shares: Float64Array): ExchangeSolution => {
  const { goods } = market
  let point = pointAt(market, shares, new Float64Array(goods).fill(1 / goods))
  let share = 1
  let rounds = 1
  for (; rounds < roundsMax && point.solution.forest === undefined && point.distance > 1e-12; rounds++) {
    const isWish = share > 1e-9
    const next = pointAt(
      market,
      shares,
      towards(point.values, isWish ? point.wish : point.answer, isWish ? share : 0.5)
    )
    const isNearer = next.distance < 0.99 * point.distance
    if (isNearer || !isWish || next.solution.forest !== undefined) {
      point = next
      share = isWish ? Math.min(1, share * 16) : 1
    } else share /= 8
  }
  return { ...point.solution, rounds }
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
        if (part.goods.length === 0) return [{ agent, good: undefined }]
        if (good !== undefined) return [{ agent, good }]
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
