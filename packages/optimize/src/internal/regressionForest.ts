/**
 * A random forest of regression trees on the unit cube: trees of least squares, each grown on a bootstrap sample
 * (L. Breiman, "Random forests", Machine Learning 45, 2001; L. Breiman, J. Friedman, R. Olshen, C. Stone, "Classification
 * and Regression Trees", 1984).
 *
 * The categories of an unordered column are sorted by their mean in the node and cut once, which finds the best of all
 * subsets (W. Fisher, "On grouping for maximum homogeneity", JASA 53, 1958). Where a value is missing (`NaN`: the variable was
 * inactive) each tree draws one evenly: the function is taken as constant along a variable that is not there.
 *
 * **Guarantees** Depends on data and seed alone: neither on the order of rows, if these are listed by number, nor on the
 * order of columns (equal splits are told apart by the columns' salts).
 *
 * @since 0.1.0
 */
import * as Random from "./random.ts"

/** One variable of all rows. */
export interface Column {
  /** Tells its random streams from those of the others; distinct. */
  readonly salt: number
  /** How many categories there are; 0 when the values are ordered. */
  readonly categories: number
  /** Places in [0, 1]; `NaN` where it is missing. */
  readonly places: Float64Array
}

/** What a forest is grown on. */
export interface Data {
  readonly columns: ReadonlyArray<Column>
  readonly values: Float64Array
}

/** How a forest is grown. */
export interface ForestOptions {
  readonly seed: number
  readonly trees: number
  /** Fewest rows in a leaf. */
  readonly leafMin: number
}

/** A cut of a node in two. */
export interface Split {
  readonly column: number
  /** Rows below it go left; `NaN` for categories. */
  readonly threshold: number
  /** For categories: 1 for those that go left. */
  readonly goesLeft: Uint8Array | undefined
  readonly left: Node
  readonly right: Node
}

/** A leaf has no split. */
export interface Node {
  readonly value: number
  readonly split: Split | undefined
}

/** A tree with what it was not grown on. */
export interface Tree {
  readonly root: Node
  /** The columns with missing values filled in. */
  readonly columns: ReadonlyArray<Column>
  /** The rows that its bootstrap sample has left out. */
  readonly outOfBag: ReadonlyArray<number>
}

const purposes = { bag: 31, fill: 32 } as const

/** The category of a place. */
export const categoryOf = (place: number, categories: number): number =>
  Math.min(categories - 1, Math.floor(place * categories))

const goesLeft = ({ threshold, goesLeft }: Split, place: number): boolean =>
  goesLeft === undefined ? place < threshold : goesLeft[categoryOf(place, goesLeft.length)] === 1

/** What a tree says of a row, of which one column may have another place. */
export const predict = (tree: Tree, row: number, changed = -1, place = 0): number => {
  let node = tree.root
  while (node.split !== undefined) {
    const { column } = node.split
    const at = column === changed ? place : tree.columns[column]!.places[row]!
    node = goesLeft(node.split, at) ? node.split.left : node.split.right
  }
  return node.value
}

const filled = (column: Column, seed: number, tree: number): Column => {
  if (!column.places.some(Number.isNaN)) return column
  const random = Random.stream(seed, purposes.fill, tree, column.salt)
  return { ...column, places: column.places.map((place) => (Number.isNaN(place) ? Random.uniform(random) : place)) }
}

interface Candidate {
  readonly gain: number
  readonly column: number
  readonly threshold: number
  readonly goesLeft: Uint8Array | undefined
}

/** Grows one tree on rows that count as often as they were drawn. */
class Growth {
  private readonly side: Uint8Array
  private readonly scratch: Int32Array
  /** For each column the rows in the bag, by place; a node is the same stretch of each. */
  private readonly orders: ReadonlyArray<Int32Array>
  private readonly columns: ReadonlyArray<Column>
  private readonly values: Float64Array
  private readonly counts: Uint32Array
  private readonly leafMin: number

  constructor(
    columns: ReadonlyArray<Column>,
    sorted: ReadonlyArray<Int32Array>,
    values: Float64Array,
    counts: Uint32Array,
    leafMin: number
  ) {
    this.columns = columns
    this.values = values
    this.counts = counts
    this.leafMin = leafMin
    this.side = new Uint8Array(values.length)
    this.orders = sorted.map((rows) => rows.filter((row) => counts[row]! > 0))
    this.scratch = new Int32Array(this.orders[0]?.length ?? 0)
  }

  grow(start = 0, end = this.scratch.length): Node {
    let [weight, sum] = [0, 0]
    for (let i = start; i < end; i++) {
      const row = this.orders[0]![i]!
      weight += this.counts[row]!
      sum += this.counts[row]! * this.values[row]!
    }
    const value = sum / weight
    const best = weight < 2 * this.leafMin ? undefined : this.bestSplit(start, end, weight, sum)
    if (best === undefined) return { value, split: undefined }
    const middle = this.part(start, end, best)
    const { column, threshold } = best
    const left = this.grow(start, middle)
    return { value, split: { column, threshold, goesLeft: best.goesLeft, left, right: this.grow(middle, end) } }
  }

  private bestSplit(start: number, end: number, weight: number, sum: number): Candidate | undefined {
    let best: Candidate | undefined
    for (const [column, { categories, salt }] of this.columns.entries()) {
      const found =
        categories === 0
          ? this.ordered(column, start, end, weight, sum)
          : this.unordered(column, start, end, weight, sum)
      if (found === undefined) continue
      const isBetter = best === undefined || found.gain > best.gain
      if (isBetter || (found.gain === best?.gain && salt < this.columns[best.column]!.salt)) best = found
    }
    return best
  }

  /** How much the sum of squares falls, in terms of what is not the same for all splits of a node. */
  private gain(weightLeft: number, sumLeft: number, weight: number, sum: number): number {
    const weightRight = weight - weightLeft
    if (weightLeft < this.leafMin || weightRight < this.leafMin) return 0
    const difference = sumLeft / weightLeft - (sum - sumLeft) / weightRight
    return (weightLeft * weightRight * difference * difference) / weight
  }

  private ordered(column: number, start: number, end: number, weight: number, sum: number): Candidate | undefined {
    const order = this.orders[column]!
    const { places } = this.columns[column]!
    let [weightLeft, sumLeft, bestGain, threshold] = [0, 0, MIN_GAIN, Number.NaN]
    for (let i = start; i < end - 1; i++) {
      const row = order[i]!
      weightLeft += this.counts[row]!
      sumLeft += this.counts[row]! * this.values[row]!
      const [here, next] = [places[row]!, places[order[i + 1]!]!]
      if (here === next) continue
      const gain = this.gain(weightLeft, sumLeft, weight, sum)
      if (gain <= bestGain) continue
      const middle = here + (next - here) / 2
      bestGain = gain
      threshold = middle > here ? middle : next
    }
    return Number.isNaN(threshold) ? undefined : { gain: bestGain, column, threshold, goesLeft: undefined }
  }

  private unordered(column: number, start: number, end: number, weight: number, sum: number): Candidate | undefined {
    const { categories, places } = this.columns[column]!
    const [weights, sums] = [new Float64Array(categories), new Float64Array(categories)]
    for (let i = start; i < end; i++) {
      const row = this.orders[column]![i]!
      const category = categoryOf(places[row]!, categories)
      weights[category]! += this.counts[row]!
      sums[category]! += this.counts[row]! * this.values[row]!
    }
    const present = [...weights.keys()].filter((category) => weights[category]! > 0)
    const mean = (category: number) => sums[category]! / weights[category]!
    present.sort((a, b) => mean(a) - mean(b) || a - b)
    let [weightLeft, sumLeft, bestGain, cut, cutWeight] = [0, 0, MIN_GAIN, 0, 0]
    for (const [i, category] of present.entries()) {
      if (i === present.length - 1) break
      weightLeft += weights[category]!
      sumLeft += sums[category]!
      const gain = this.gain(weightLeft, sumLeft, weight, sum)
      if (gain > bestGain) [bestGain, cut, cutWeight] = [gain, i + 1, weightLeft]
    }
    if (cut === 0) return undefined
    // Categories that the node has not seen follow the many.
    const left = new Uint8Array(categories).fill(cutWeight * 2 > weight ? 1 : 0)
    for (const [i, category] of present.entries()) left[category] = i < cut ? 1 : 0
    return { gain: bestGain, column, threshold: Number.NaN, goesLeft: left }
  }

  /** Moves the rows that go left before the others, in every order; gives where the others begin. */
  private part(start: number, end: number, { column, threshold, goesLeft }: Candidate): number {
    const { categories, places } = this.columns[column]!
    const rows = this.orders[column]!
    for (let i = start; i < end; i++) {
      const place = places[rows[i]!]!
      const left = goesLeft === undefined ? place < threshold : goesLeft[categoryOf(place, categories)] === 1
      this.side[rows[i]!] = left ? 1 : 0
    }
    let middle = start
    for (const order of this.orders) {
      let [to, kept] = [start, 0]
      for (let i = start; i < end; i++) {
        const row = order[i]!
        if (this.side[row] === 1) order[to++] = row
        else this.scratch[kept++] = row
      }
      order.set(this.scratch.subarray(0, kept), to)
      middle = to
    }
    return middle
  }
}

/** Splits that gain less are rounding errors, where values lie in [0, 1]. */
const MIN_GAIN = 1e-12

/** The rows by place. */
const sortedBy = ({ places }: Column): Int32Array =>
  Int32Array.from(places.keys()).sort((a, b) => places[a]! - places[b]! || a - b)

/** Grows the trees one by one; `data.values` should lie in [0, 1]. */
export function* grow(data: Data, { leafMin, seed, trees }: ForestOptions): Generator<Tree> {
  const rows = data.values.length
  const sorted = data.columns.map(sortedBy)
  for (let tree = 0; tree < trees; tree++) {
    const random = Random.stream(seed, purposes.bag, tree)
    const counts = new Uint32Array(rows)
    for (let i = 0; i < rows; i++) counts[Random.below(random, rows)]! += 1
    const columns = data.columns.map((column) => filled(column, seed, tree))
    const outOfBag = [...counts.keys()].filter((row) => counts[row] === 0)
    const orders = columns.map((column, i) => (column === data.columns[i] ? sorted[i]! : sortedBy(column)))
    yield { root: new Growth(columns, orders, data.values, counts, leafMin).grow(), columns, outOfBag }
  }
}

/** Gathers what the trees say of rows that they were not grown on. */
export class OutOfBag {
  private readonly values: Float64Array
  private readonly sums: Float64Array
  private readonly counts: Uint32Array

  constructor(values: Float64Array) {
    this.values = values
    this.sums = new Float64Array(values.length)
    this.counts = new Uint32Array(values.length)
  }

  add(tree: Tree): void {
    for (const row of tree.outOfBag) {
      this.sums[row]! += predict(tree, row)
      this.counts[row]! += 1
    }
  }

  /** The share of the variance that is explained; below 0 when the mean would do better. */
  get r2(): number {
    const seen = [...this.counts.keys()].filter((row) => this.counts[row]! > 0)
    const mean = seen.reduce((sum, row) => sum + this.values[row]!, 0) / seen.length
    let [left, total] = [0, 0]
    for (const row of seen) {
      left += (this.values[row]! - this.sums[row]! / this.counts[row]!) ** 2
      total += (this.values[row]! - mean) ** 2
    }
    return total > 0 ? 1 - left / total : 0
  }
}
