/**
 * The heaviest packing by branch and bound over the linear relaxation (Land & Doig 1960).
 *
 * **Guarantees** A packing is called optimal only if every other was excluded by a bound that accounts for rounding, or
 * weighed exactly. With `ties`, among the heaviest it is the one that contains the earliest column in which two differ,
 * unless `isEarliest` says that looking for it was given up.
 */
import * as Bits from "./bits.ts"
import * as Bound from "./bound.ts"
import * as Candidates from "./candidates.ts"
import { enumerate } from "./enumerate.ts"
import type { Packing } from "./packing.ts"
import { settle } from "./relax.ts"
import * as Tableau from "./tableau.ts"

export interface Options {
  /** Columns that may not be chosen. */
  readonly dead: Uint8Array
  /** Multipliers of the rows, from which the first bound comes; none negative. */
  readonly multipliers: Float64Array
  /** A packing to begin with, ascending. */
  readonly incumbent: ReadonlyArray<number>
  /** Tries to better a packing. Asked for once, when the first relaxation has not settled everything. */
  readonly improved?: (chosen: ReadonlyArray<number>) => ReadonlyArray<number>
  /** Whether to look for the earliest among the heaviest. */
  readonly ties: boolean
  readonly isSpent: () => boolean
}

export interface Found {
  /** Ascending. */
  readonly chosen: ReadonlyArray<number>
  readonly weight: bigint
  /** No packing weighs more; equals `weight` when `isOptimal`. */
  readonly bound: bigint
  readonly isOptimal: boolean
  readonly isEarliest: boolean
  readonly nodes: number
}

interface Node {
  readonly parent: Tableau.Tableau
  readonly dead: Uint8Array
  /** What the parent could reach, in shares, and how far that may be off. */
  readonly bound: Pick<Bound.Bound, "error" | "value">
  /** Whether it can hold nothing heavier than what we have, only something earlier. */
  readonly isTie?: boolean
  /** Whether the parent's solution has nothing that has died since: then it is this node's as well. */
  readonly isSolved?: boolean
}

/** Relaxations spent on ties, at least, before the search is content with any of the heaviest. */
const tieNodesMax = 500

/** Contested columns on which enumeration is tried at first, and the steps it is given. */
const enumerableFirst = 160
const stepsMax = 1_000

interface State {
  readonly packing: Packing
  readonly options: Options
  chosen: ReadonlyArray<number>
  weight: bigint
  /** `weight` in shares. */
  share: number
  isEarliest: boolean
  nodes: number
  tieNodes: number
  /** How many contested columns enumeration is tried on; learned on the way. */
  enumerable: number
}

export const weightOf = ({ weights }: Packing, columns: ReadonlyArray<number>): bigint =>
  columns.reduce((sum, column) => sum + weights[column]!, 0n)

export const shareOf = ({ shares }: Packing, columns: ReadonlyArray<number>): number =>
  columns.reduce((sum, column) => sum + shares[column]!, 0)

/** The heaviest packing, starting from a tableau of the whole. */
export const search = (packing: Packing, root: Tableau.Tableau, options: Options): Found => {
  const state: State = {
    packing,
    options,
    chosen: options.incumbent,
    weight: weightOf(packing, options.incumbent),
    share: shareOf(packing, options.incumbent),
    isEarliest: options.ties,
    nodes: 0,
    tieNodes: 0,
    enumerable: enumerableFirst
  }
  const bound = Bound.of(packing, options.multipliers, options.dead)
  const open: Array<Node> = [{ parent: root, dead: options.dead, bound }]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (options.isSpent()) {
      open.push(node)
      break
    }
    open.push(...expand(state, node))
    if (state.nodes === 1 && options.improved !== undefined && isOpen(state, open)) {
      offer(state, options.improved(state.chosen))
    }
  }
  return summary(state, open)
}

/** Whether something heavier may be left, and not just something as heavy. */
const isOpen = ({ share }: State, open: ReadonlyArray<Node>): boolean =>
  open.some(({ bound }) => bound.value > share * (1 + 1e-9))

const summary = (state: State, open: ReadonlyArray<Node>): Found => {
  const { chosen, isEarliest, nodes, packing, weight } = state
  const greatest = packing.weights.reduce((most, each) => (each > most ? each : most), 0n)
  let bound = weight
  for (const node of open) {
    const ceiling = Bound.ceiling(node.bound, greatest)
    if (ceiling > bound) bound = ceiling
  }
  return { chosen, weight, bound, isOptimal: open.length === 0, isEarliest: isEarliest && open.length === 0, nodes }
}

/** Whether a packing of this value, known up to `error`, could replace the best so far. */
const isWorthwhile = (state: State, value: number, error: number): boolean => {
  const { unit } = state.packing
  if (unit === 0) return !(value + error < state.share - error)
  const most = Math.floor((value + error) * unit)
  return state.isEarliest ? !(most < Number(state.weight)) : !(most <= Number(state.weight))
}

/** Solves the relaxation of a node; gives the nodes that are left of it, the more promising last. */
const expand = (state: State, node: Node): ReadonlyArray<Node> => {
  const { packing } = state
  if (!isWorthwhile(state, node.bound.value, node.bound.error)) return []
  if (node.isTie === true && !state.isEarliest) return []
  if (node.isSolved === true) return tie(state, node.parent, node.dead, node.bound)
  state.nodes++
  if (node.isTie === true && ++state.tieNodes > tieNodesMax + 4 * (state.nodes - state.tieNodes)) {
    state.isEarliest = false
    return []
  }
  const dead = node.dead.slice()
  const tableau = Tableau.copyWithout(node.parent, dead)
  settle(packing, tableau, dead, state.share * (1 - 1e-9), state.options.isSpent)
  const multipliers = Tableau.multipliers(tableau, packing.rows.length)
  const bound = Bound.of(packing, multipliers, dead)
  if (!isWorthwhile(state, bound.value, bound.error)) return []
  const solution = Tableau.values(tableau)
  offer(state, Candidates.from(packing, dead, solution))
  if (!isWorthwhile(state, bound.value, bound.error)) return []
  for (let column = 0; column < packing.size; column++) {
    const margin = bound.margins[column]!
    if (dead[column] === 0 && margin < 0 && !isWorthwhile(state, bound.value + margin, bound.error)) dead[column] = 1
  }
  const rest = contested(packing, dead)
  if (rest.length === 0) {
    offer(state, living(dead))
    return []
  }
  const most = limitOf(state, bound, tableau, dead)
  if (most < state.weight || (most === state.weight && !state.isEarliest)) return []
  if (most === state.weight) return tie(state, tableau, dead, bound)
  if (rest.length <= state.enumerable && isEnumerated(state, dead, rest, multipliers)) return []
  const column = branching(tableau, dead, solution, rest)
  return halves(packing, tableau, dead, column, bound)
}

/** Tries to finish a node by enumeration. */
const isEnumerated = (
  state: State,
  dead: Uint8Array,
  rest: ReadonlyArray<number>,
  multipliers: Float64Array
): boolean => {
  const { packing } = state
  const { shares, unit, weights } = packing
  const isContested = new Set(rest)
  const free = living(dead).filter((column) => !isContested.has(column))
  // Whole numbers where doubles hold them exactly; otherwise shares, and room for rounding.
  const values = unit === 0 ? shares : Float64Array.from(weights, Number)
  const freely = free.reduce((sum, column) => sum + values[column]!, 0)
  const steps = enumerate(packing, values, {
    columns: rest,
    multipliers: unit === 0 ? multipliers : multipliers.map((each) => each * unit),
    // Whole numbers above the floor are above the weight, or not below it where the earliest is looked for.
    floor: () =>
      (unit === 0 ? state.share - 1e-9 * (1 + state.share) : Number(state.weight) + (state.isEarliest ? -0.1 : 0.9)) -
      freely,
    offer: (columns) =>
      offer(
        state,
        [...free, ...columns].sort((a, b) => a - b)
      ),
    stepsMax
  })
  if (steps < 0) state.enumerable = Math.floor(rest.length * 0.9)
  else if (steps < stepsMax / 4) state.enumerable = Math.max(state.enumerable, Math.ceil(rest.length * 1.1))
  return steps >= 0
}

/** The greatest weight that a node can hold, exactly where doubles leave in doubt whether it is more than the best so far. */
const limitOf = (state: State, bound: Bound.Bound, tableau: Tableau.Tableau, dead: Uint8Array): bigint => {
  const { unit } = state.packing
  if (unit !== 0) return BigInt(Math.floor((bound.value + bound.error) * unit))
  return bound.value - state.share > 4 * bound.error + 1e-9
    ? state.weight + 1n
    : Bound.sharp(state.packing, tableau, dead)
}

/** Takes a packing if it is heavier, or as heavy and earlier. */
const offer = (state: State, columns: ReadonlyArray<number>): void => {
  const share = shareOf(state.packing, columns)
  if (share < state.share * (1 - 1e-8)) return
  const weight = weightOf(state.packing, columns)
  if (weight < state.weight) return
  if (weight === state.weight && !(state.isEarliest && isEarlier(columns, state.chosen))) return
  state.chosen = columns
  state.weight = weight
  state.share = share
}

/** Of two sets of the same weight, both ascending: whether `a` has the first column in which they differ. */
export const isEarlier = (a: ReadonlyArray<number>, b: ReadonlyArray<number>): boolean => {
  const at = a.findIndex((column, index) => column !== b[index])
  return at >= 0 && a[at]! < (b[at] ?? Infinity)
}

const living = (dead: Uint8Array): Array<number> => {
  const found: Array<number> = []
  for (let column = 0; column < dead.length; column++) if (dead[column] === 0) found.push(column)
  return found
}

/** The living columns that conflict with another living one. */
const contested = ({ conflicts, size }: Packing, dead: Uint8Array): ReadonlyArray<number> => {
  const mask = Bits.empty(1, size)
  const alive = living(dead)
  for (const column of alive) Bits.add(mask, 0, column)
  return alive.filter((column) => {
    for (let word = 0; word < mask.words; word++) {
      if ((conflicts.cells[column * mask.words + word]! & mask.cells[word]!) !== 0) return true
    }
    return false
  })
}

/**
 * Where the best that is left is as heavy as what we have: only an earlier packing helps. It has all the columns of ours
 * that come before some column that ours lacks.
 */
const tie = (state: State, tableau: Tableau.Tableau, dead: Uint8Array, bound: Node["bound"]): ReadonlyArray<Node> => {
  const { chosen, packing } = state
  const ours = new Set(chosen)
  const before: Array<number> = []
  for (const column of living(dead)) {
    if (ours.has(column)) {
      before.push(column)
      continue
    }
    // Ours may have had a column before this one that is dead here: then nothing here is earlier.
    if (chosen.some((each) => each < column && dead[each] === 1)) return []
    // Nothing is in its way: whatever is as heavy here is earlier, so the search goes on for anything.
    if (!Bits.members(packing.conflicts, column).some((other) => dead[other] === 0)) {
      return anyTie(state, tableau, dead, bound)
    }
    const isSolved = tableau.nonbasic.includes(column)
    return [
      { ...without(tableau, dead, [column], bound), isTie: true, isSolved },
      { ...including(packing, tableau, dead, [...before, column], bound), isTie: true }
    ]
  }
  return []
}

/** The two halves of a node of which any packing will do that is as heavy as what we have. */
const anyTie = (
  state: State,
  tableau: Tableau.Tableau,
  dead: Uint8Array,
  bound: Node["bound"]
): ReadonlyArray<Node> => {
  const { packing } = state
  const rest = contested(packing, dead)
  if (rest.length === 0) {
    offer(state, living(dead))
    return []
  }
  const column = branching(tableau, dead, Tableau.values(tableau), rest)
  return halves(packing, tableau, dead, column, bound).map((half) => ({ ...half, isTie: true }))
}

/** A node without a column and with it, the more promising last. */
const halves = (
  packing: Packing,
  tableau: Tableau.Tableau,
  dead: Uint8Array,
  column: number,
  bound: Node["bound"]
): ReadonlyArray<Node> => [without(tableau, dead, [column], bound), including(packing, tableau, dead, [column], bound)]

const without = (
  parent: Tableau.Tableau,
  dead: Uint8Array,
  columns: ReadonlyArray<number>,
  { error, value }: Node["bound"]
): Node => {
  const next = dead.slice()
  for (const column of columns) next[column] = 1
  return { parent, dead: next, bound: { error, value } }
}

/** What conflicts with a column that is chosen dies; the column has then nothing against it. */
const including = (
  { conflicts }: Packing,
  parent: Tableau.Tableau,
  dead: Uint8Array,
  columns: ReadonlyArray<number>,
  bound: Node["bound"]
): Node =>
  without(
    parent,
    dead,
    columns.flatMap((column) => Bits.members(conflicts, column)),
    bound
  )

/**
 * The column whose two branches lower the bound most, judged by the first step of the dual simplex (Driebeck 1966; Tomlin
 * 1971); if the solution is integral, a chosen column that others could replace.
 */
const branching = (
  tableau: Tableau.Tableau,
  dead: Uint8Array,
  solution: Float64Array,
  rest: ReadonlyArray<number>
): number => {
  const { basic, cells, costs, height, nonbasic, size, width } = tableau
  let best = -1
  let most = -1
  for (let row = 0; row < height; row++) {
    const column = basic[row]!
    if (column >= size || dead[column] === 1) continue
    const value = solution[column]!
    if (value < 1e-3 || value > 1 - 1e-3) continue
    let down = Infinity
    let up = Infinity
    for (let at = 0; at < width; at++) {
      const cell = cells[row * width + at]!
      if (Math.abs(cell) < 1e-9 || (nonbasic[at]! < size && dead[nonbasic[at]!] === 1)) continue
      const ratio = Math.max(0, costs[at]!) / Math.abs(cell)
      if (cell > 0) down = Math.min(down, ratio)
      else up = Math.min(up, ratio)
    }
    const score = Math.max(1e-6, Math.min(1, down * value)) * Math.max(1e-6, Math.min(1, up * (1 - value)))
    if (score > most) {
      most = score
      best = column
    }
  }
  if (best >= 0) return best
  return rest.find((column) => solution[column]! > 0.5) ?? rest[0]!
}
