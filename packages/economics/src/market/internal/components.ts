/** Parts of an economy: which agents and goods hang together through wishes and ownership. */
import type { Active } from "./active.ts"

/** Whether an agent wants, or owns, a good. */
export type Relation = (agent: number, good: number) => boolean

/** A strongly connected part: from each agent and good to each other by wishes (agent to good) and owners (good to agent). */
export interface StrongPart extends Active {
  /** Nothing leads out: its agents want only goods of which all owners are among them. */
  readonly isClosed: boolean
}

/** The strongly connected parts (Tarjan 1972), agents and goods in ascending order. */
export const strongParts = ({ agents, goods }: Active, wants: Relation, owns: Relation): ReadonlyArray<StrongPart> => {
  const n = agents.length
  const size = n + goods.length
  const next = Array.from({ length: size }, (_, node): ReadonlyArray<number> => {
    const out: Array<number> = []
    if (node < n) {
      for (let g = 0; g < goods.length; g++) if (wants(agents[node]!, goods[g]!)) out.push(n + g)
    } else for (let a = 0; a < n; a++) if (owns(agents[a]!, goods[node - n]!)) out.push(a)
    return out
  })
  const index = new Int32Array(size).fill(-1)
  const low = new Int32Array(size)
  const part = new Int32Array(size).fill(-1)
  const stack: Array<number> = []
  let count = 0
  let parts = 0
  // Depth is bounded by the sizes that a market may have.
  const visit = (node: number): void => {
    index[node] = low[node] = count++
    stack.push(node)
    for (const to of next[node]!) {
      if (index[to] === -1) visit(to)
      if (part[to] === -1) low[node] = Math.min(low[node]!, low[to]!)
    }
    if (low[node] !== index[node]) return
    for (let member = -1; member !== node;) {
      member = stack.pop() ?? node
      part[member] = parts
    }
    parts++
  }
  for (let node = 0; node < size; node++) if (index[node] === -1) visit(node)
  return Array.from({ length: parts }, (_, p) => ({
    agents: agents.filter((_, a) => part[a] === p),
    goods: goods.filter((_, g) => part[n + g] === p),
    isClosed: next.every((out, node) => part[node] !== p || out.every((to) => part[to] === p))
  }))
}

/** The parts that no wish and no ownership links, agents and goods in ascending order. */
export const weakParts = ({ agents, goods }: Active, isLinked: Relation): ReadonlyArray<Active> =>
  strongParts({ agents, goods }, isLinked, isLinked)
