/**
 * Permutation importance: how much worse a tree predicts the rows that it was not grown on when one column is shuffled among
 * them (L. Breiman, "Random forests", Machine Learning 45, 2001, section 10).
 *
 * @since 0.1.0
 */
import * as Random from "../internal/random.ts"
import { predict } from "../internal/regressionForest.ts"
import type { Node, Tree } from "../internal/regressionForest.ts"

const purpose = 35

const usedBy = ({ split }: Node, used = new Set<number>()): ReadonlySet<number> => {
  if (split === undefined) return used
  used.add(split.column)
  usedBy(split.left, used)
  return usedBy(split.right, used)
}

/** By how much the mean squared error grows for each column; columns that the tree does not look at add nothing. */
export const increases = (tree: Tree, index: number, values: Float64Array, seed: number): Float64Array => {
  const rows = tree.outOfBag
  const grown = new Float64Array(tree.columns.length)
  if (rows.length === 0) return grown
  const error = rows.reduce((sum, row) => sum + (values[row]! - predict(tree, row)) ** 2, 0)
  for (const column of usedBy(tree.root)) {
    const { places, salt } = tree.columns[column]!
    const random = Random.stream(seed, purpose, index, salt)
    const shuffled = rows.slice()
    for (let i = shuffled.length - 1; i > 0; i--) {
      const other = Random.below(random, i + 1)
      ;[shuffled[i], shuffled[other]] = [shuffled[other]!, shuffled[i]!]
    }
    const worse = rows.reduce(
      (sum, row, i) => sum + (values[row]! - predict(tree, row, column, places[shuffled[i]!])) ** 2,
      0
    )
    grown[column] = (worse - error) / rows.length
  }
  return grown
}
