/**
 * Functional analysis of variance of a regression tree: how much of the variance each variable explains alone
 * (F. Hutter, H. Hoos, K. Leyton-Brown, "An efficient approach for assessing hyperparameter importance", ICML 2014).
 *
 * A tree is constant on boxes that fill the unit cube, so its marginals over all other variables are step functions and their variances
 * are exact sums; nothing is sampled.
 *
 * @since 0.1.0
 */
import type { Column, Node } from "../internal/regressionForest.ts"

/** The variance of a tree on the unit cube, and of its marginal over each variable. */
export interface TreeVariance {
  readonly total: number
  readonly main: Float64Array
}

/** The part of an axis that a node stands for. */
interface Span {
  readonly low: number
  readonly high: number
  /** Of categories: 1 for those inside. */
  readonly inside: Uint8Array | undefined
  readonly width: number
}

const wholeSpan = ({ categories }: Column): Span => ({
  low: 0,
  high: 1,
  inside: categories === 0 ? undefined : new Uint8Array(categories).fill(1),
  width: 1
})

const narrowed = (span: Span, threshold: number, goesLeft: Uint8Array | undefined, left: boolean): Span => {
  const { high, inside, low } = span
  if (goesLeft === undefined || inside === undefined) {
    const [from, to] = left ? [low, threshold] : [threshold, high]
    return { low: from, high: to, inside: undefined, width: to - from }
  }
  const kept = inside.map((is, category) => (is === 1 && (goesLeft[category] === 1) === left ? 1 : 0))
  return { low, high, inside: kept, width: kept.reduce((sum, is) => sum + is, 0) / kept.length }
}

interface Leaf {
  readonly mass: number
  readonly spans: ReadonlyMap<number, Span>
}

const leavesOf = (root: Node, columns: ReadonlyArray<Column>) => {
  const leaves: Array<Leaf> = []
  let [mean, square] = [0, 0]
  const visit = ({ split, value }: Node, spans: ReadonlyMap<number, Span>, volume: number): void => {
    if (split === undefined) {
      leaves.push({ mass: value * volume, spans })
      mean += value * volume
      square += value * value * volume
      return
    }
    const { column, goesLeft, threshold } = split
    const span = spans.get(column) ?? wholeSpan(columns[column]!)
    for (const left of [true, false]) {
      const part = narrowed(span, threshold, goesLeft, left)
      // Of no width: categories that were all on the other side further up.
      if (!(part.width > 0)) continue
      visit(left ? split.left : split.right, new Map(spans).set(column, part), (volume / span.width) * part.width)
    }
  }
  visit(root, new Map(), 1)
  return { leaves, mean, square }
}

/** The mean square of a step function that is `base` plus `height` from `low` to `high` for each step. */
const meanSquare = (base: number, steps: ReadonlyArray<readonly [low: number, high: number, height: number]>) => {
  const edges = steps.flatMap(([low, high, height]) => [[low, height] as const, [high, -height] as const])
  edges.sort((a, b) => a[0] - b[0])
  let [at, level, total] = [0, base, 0]
  for (const [place, change] of edges) {
    total += (place - at) * level * level
    at = place
    level += change
  }
  return total + (1 - at) * level * level
}

const categoricalMeanSquare = (base: number, parts: ReadonlyArray<readonly [inside: Uint8Array, height: number]>) => {
  const levels = new Float64Array(parts[0]?.[0].length ?? 0).fill(base)
  for (const [inside, height] of parts) {
    for (let category = 0; category < levels.length; category++) levels[category]! += inside[category]! * height
  }
  return levels.reduce((sum, level) => sum + level * level, 0) / levels.length
}

/** The variances of a tree. */
export const varianceOf = (root: Node, columns: ReadonlyArray<Column>): TreeVariance => {
  const { leaves, mean, square } = leavesOf(root, columns)
  const main = new Float64Array(columns.length)
  for (const index of columns.keys()) {
    // Leaves that are as wide as the cube are everywhere part of the marginal.
    let base = mean
    const steps: Array<readonly [number, number, number]> = []
    const parts: Array<readonly [Uint8Array, number]> = []
    for (const { mass, spans } of leaves) {
      const span = spans.get(index)
      if (span === undefined) continue
      base -= mass
      if (span.inside === undefined) steps.push([span.low, span.high, mass / span.width])
      else parts.push([span.inside, mass / span.width])
    }
    if (steps.length === 0 && parts.length === 0) continue
    const moment = parts.length > 0 ? categoricalMeanSquare(base, parts) : meanSquare(base, steps)
    main[index] = Math.max(0, moment - mean * mean)
  }
  return { total: Math.max(0, square - mean * mean), main }
}
