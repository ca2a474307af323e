/**
 * The combinations of a grid as a tree over the variables: where a variable is inactive, there is one branch only.
 *
 * Branches that no later condition can tell apart share what follows, so that the tree of a space without conditions has a node
 * for each variable, however many combinations there are; counting, and finding a combination by its place, walk down once.
 *
 * @since 0.1.0
 */
import type { SpaceVariable, Value } from "../space/SearchSpace.ts"

/** Most values of a variable. */
export const VALUES_MAX = 10_000

/** Most branches that a tree keeps. */
const BRANCHES_MAX = 50_000

/** What remains from one variable on. */
export interface Node {
  /** How many combinations. */
  readonly total: number
  /** How many values the variable takes; 0 if it is inactive. */
  readonly values: number
  /** What follows: one for all values, or one for each. None behind the last variable. */
  readonly following: ReadonlyArray<Node>
  /** With one for each: how many combinations there are up to each value, that value included. */
  readonly ends: Float64Array
}

const NO_ENDS = new Float64Array(0)

/** For each variable the last one whose condition looks at it, or −1. */
const lastReaders = (variables: ReadonlyArray<SpaceVariable>): ReadonlyArray<number> => {
  const places = new Map(variables.map(({ name }, place) => [name, place]))
  const last = variables.map(() => -1)
  for (const [reader, { condition }] of variables.entries()) {
    for (const { name } of condition ?? []) last[places.get(name)!] = reader
  }
  return last
}

/** The tree; `undefined` if there are too many combinations to count exactly, or too many branches. */
export const build = (
  variables: ReadonlyArray<SpaceVariable>,
  values: ReadonlyArray<ReadonlyArray<Value>>
): Node | undefined => {
  const readers = lastReaders(variables)
  const looked = variables.map((_, level) => readers.flatMap((reader, i) => (i < level && reader >= level ? [i] : [])))
  const known = new Map<string, Node>()
  const chosen: Array<Value | undefined> = []
  const places: Array<number> = []
  let branches = 0

  const grow = (level: number): Node => {
    const variable = variables[level]
    if (variable === undefined) return { total: 1, values: 0, following: [], ends: NO_ENDS }
    const key = `${level}:${looked[level]!.map((i) => places[i]).join()}`
    const same = known.get(key)
    if (same !== undefined) return same
    const choices = values[level]!
    const descend = (place: number) => {
      chosen[level] = place < 0 ? undefined : choices[place]
      places[level] = place
      branches++
      const node =
        branches > BRANCHES_MAX
          ? { total: Number.POSITIVE_INFINITY, values: 0, following: [], ends: NO_ENDS }
          : grow(level + 1)
      chosen.length = level
      places.length = level
      return node
    }
    const node = branch(variable.isActive(chosen), readers[level]! >= 0, choices.length, descend)
    known.set(key, node)
    return node
  }

  const tree = grow(0)
  return Number.isSafeInteger(tree.total) ? tree : undefined
}

const branch = (isActive: boolean, isRead: boolean, count: number, descend: (place: number) => Node): Node => {
  if (!isActive) {
    const next = descend(-1)
    return { total: next.total, values: 0, following: [next], ends: NO_ENDS }
  }
  if (!isRead) {
    const next = descend(0)
    return { total: count * next.total, values: count, following: [next], ends: NO_ENDS }
  }
  const following: Array<Node> = []
  const ends = new Float64Array(count)
  let total = 0
  for (let place = 0; place < count && Number.isFinite(total); place++) {
    const next = descend(place)
    following.push(next)
    total += next.total
    ends[place] = total
  }
  return { total, values: count, following, ends }
}

/** The place of each variable's value in the combination at `index`; −1 where it is inactive. */
export const placesAt = (tree: Node, index: number): ReadonlyArray<number> => {
  const places: Array<number> = []
  let rest = index
  for (let node = tree; node.following.length > 0;) {
    const [first] = node.following
    if (node.ends.length > 0) {
      const place = node.ends.findIndex((end) => rest < end)
      rest -= place > 0 ? node.ends[place - 1]! : 0
      places.push(place)
      node = node.following[place]!
    } else {
      const place = node.values === 0 ? -1 : Math.floor(rest / first!.total)
      rest -= Math.max(place, 0) * first!.total
      places.push(place)
      node = first!
    }
  }
  return places
}

/** The index of a combination, whose places are asked for where a variable is active; `undefined` if one has no place. */
export const indexOf = (tree: Node, placeOf: (variable: number) => number | undefined): number | undefined => {
  let index = 0
  let variable = 0
  for (let node = tree; node.following.length > 0; variable++) {
    const place = node.values === 0 ? 0 : placeOf(variable)
    if (place === undefined) return undefined
    const isSplit = node.ends.length > 0
    const next = node.following[isSplit ? place : 0]!
    index += isSplit ? (place > 0 ? node.ends[place - 1]! : 0) : place * next.total
    node = next
  }
  return index
}
